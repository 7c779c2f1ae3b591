//! Whole cases per second: application, shared data, automatic decision, recording, electronic
//! proof and archive in one request, against bare single-row commits in the same run.

use anyhow::{Context, Result, ensure};
use dengbu_law::application::{DeliveryMethod, prefill};
use dengbu_law::catalogue;
use dengbu_register::read;
use serde::Serialize;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::city;
use crate::client::Client;
use crate::figures::{AsyncWork, Figures, Sample, median, together};
use crate::options::Options;
use crate::place::Place;
use crate::prepare;
use crate::recording::Insert;

const BUSINESS: &str = "100-DY-01";
const COUNTIES: [&str; 5] = ["510402", "510421", "510403", "510422", "510411"];

/// Whole cases with so many clients, and the commits beside them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instant {
    /// In Chinese, for the table.
    pub label: &'static str,
    /// Clients at once.
    pub clients: usize,
    /// POST /instant-cases, granted.
    pub cases: Figures,
    /// One row inserted and committed by as many clients.
    pub commits: Figures,
    /// Cases per commit in the same round, the median of all rounds.
    pub ratio: f64,
}

/// Measures one client and many.
///
/// # Errors
/// A case that was not granted, or the database.
pub async fn measure(
    place: &Place,
    options: &Options,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Vec<Instant>> {
    switch_on(place).await?;
    let mut all = Vec::new();
    for (label, clients) in [("一个通道", 1), ("多个通道", options.many)] {
        say(&format!(
            "正在准备自动办结测量：{label}，{clients} 个客户端……"
        ));
        all.push(one(place, options, label, clients).await?);
    }
    Ok(all)
}

async fn switch_on(place: &Place) -> Result<()> {
    let mut owner = PgConnection::connect(&place.owner_url).await?;
    let switches = json!({
        dengbu_cases::automatic::SETTINGS_KEY: {
            BUSINESS: { "enabled": true, "after_check_percent": 5 },
        },
        // the measured case ends with its certificate: no cashier sits in between
        "fees": { "settle_before": "never" },
    });
    sqlx::query("update authority set settings = settings || $1")
        .bind(switches)
        .execute(&mut owner)
        .await?;
    Ok(owner.close().await?)
}

/// A channel with the cases it will hand in.
struct Channel {
    client: Client,
    pile: Vec<String>,
}

async fn one(
    place: &Place,
    options: &Options,
    label: &'static str,
    clients: usize,
) -> Result<Instant> {
    let each = options.instant[usize::from(clients > 1)];
    let mut channels = Vec::with_capacity(clients);
    for county in COUNTIES.iter().take(clients.min(COUNTIES.len())) {
        let sharing = (0..clients)
            .filter(|at| COUNTIES[at % COUNTIES.len()] == *county)
            .count();
        let mut bodies = bodies(place, options, county, sharing * each * options.rounds).await?;
        for _ in 0..sharing {
            let client = place
                .channel(city::authority_of(county), &["公安", "银行"])
                .await?;
            let pile = bodies.split_off(bodies.len() - each * options.rounds);
            channels.push(Channel { client, pile });
        }
    }
    place.analyse().await?;
    let mut inserters = Vec::with_capacity(clients);
    for _ in 0..clients {
        inserters.push(PgConnection::connect(&place.owner_url).await?);
    }
    let (mut commits, mut cases, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let bare: Sample;
        (bare, inserters) = together(inserters, each, Insert).await?;
        let done: Sample;
        (done, channels) = together(channels, each, HandIn).await?;
        ratios.push(done.rate() / bare.rate());
        commits.push(bare);
        cases.push(done);
    }
    for inserter in inserters {
        inserter.close().await?;
    }
    Ok(Instant {
        label,
        clients,
        cases: Figures::of(&cases),
        commits: Figures::of(&commits),
        ratio: median(ratios),
    })
}

/// Requests as a bank's gateway would send them, written before the clock runs.
async fn bodies(
    place: &Place,
    options: &Options,
    county: &str,
    count: usize,
) -> Result<Vec<String>> {
    let free =
        prepare::free_units(&place.store, &place.scope, county, count, options.units).await?;
    let business = catalogue::business(BUSINESS).context("业务目录")?;
    let mut tx = place.store.begin(&place.scope).await?;
    let mut bodies = Vec::with_capacity(count);
    for household in free {
        let unit = household.unit()?;
        let state = read::unit_state(&mut tx, &unit, None).await?;
        let blank = prefill(business, &[state], None).map_err(|f| anyhow::anyhow!(f.message))?;
        let mut application = prepare::filled(blank)?;
        application.delivery_method = DeliveryMethod::Electronic;
        let proof = |item: &str, source: &str| json!({ "item": item, "source": source, "reference": "示例", "data": {} });
        let body = json!({
            "business": BUSINESS,
            "units": [unit],
            "application": application,
            "evidence": [proof("A2", "公安"), proof("F1", "银行"), proof("F2", "银行")],
        });
        bodies.push(body.to_string());
    }
    tx.commit().await?;
    Ok(bodies)
}

#[derive(Clone)]
struct HandIn;

impl AsyncWork<Channel> for HandIn {
    async fn once(&self, channel: &mut Channel, _: usize, _: usize) -> Result<()> {
        let next = channel.pile.pop().context("没有待提交的业务件")?;
        let answer = channel.client.instant(next).await?;
        ensure!(
            answer["granted"] == true && answer["state"] == "closed",
            "业务件没有自动办结：{answer}"
        );
        Ok(())
    }
}
