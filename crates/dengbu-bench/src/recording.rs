//! Recordings per second through the HTTP API, against bare single-row commits on the same
//! store in the same run.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use dengbu_staff::Role;
use serde::Serialize;
use sqlx::{Connection, PgConnection};
use tokio::process::Command;
use uuid::Uuid;

use crate::city;
use crate::client::Client;
use crate::figures::{AsyncWork, Figures, Sample, median, together};
use crate::options::Options;
use crate::place::Place;
use crate::prepare::{self, Ready};

/// Counties whose recordings all draw numbers from one series: the authority 510400.
const ONE_AUTHORITY: [&str; 3] = ["510402", "510403", "510411"];
/// Counties of all three authorities.
const ALL: [&str; 5] = ["510402", "510421", "510403", "510422", "510411"];

/// Recordings with so many clients, and the commits beside them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recordings {
    /// Who records: in Chinese, for the table.
    pub label: &'static str,
    /// Clients at once.
    pub clients: usize,
    /// Authorities (登记机构) whose number series they share.
    pub authorities: usize,
    /// POST /cases/{no}/actions record.
    pub recordings: Figures,
    /// One row inserted and committed by as many clients.
    pub commits: Figures,
    /// Recordings per commit in the same round, the median of all rounds.
    pub ratio: f64,
    /// pgbench with the same insert and as many clients, transactions per second; none where it
    /// is not installed.
    pub pgbench_per_second: Option<f64>,
}

struct Setting {
    label: &'static str,
    clients: usize,
    counties: &'static [&'static str],
}

/// Measures one client, many at all authorities, and many at a single one.
///
/// # Errors
/// A recording that was refused, or the database.
pub async fn measure(
    place: &Place,
    options: &Options,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Vec<Recordings>> {
    commit_table(place).await?;
    let settings = [
        Setting {
            label: "一名登簿员",
            clients: 1,
            counties: &ONE_AUTHORITY[..1],
        },
        Setting {
            label: "三个登记机构",
            clients: options.many,
            counties: &ALL,
        },
        Setting {
            label: "同一登记机构",
            clients: options.many,
            counties: &ONE_AUTHORITY,
        },
    ];
    let mut measured = Vec::new();
    for setting in &settings {
        say(&format!(
            "正在准备登簿测量：{}，{} 个客户端……",
            setting.label, setting.clients
        ));
        measured.push(one(place, options, setting, say).await?);
    }
    Ok(measured)
}

async fn one(
    place: &Place,
    options: &Options,
    setting: &Setting,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Recordings> {
    let counties: Vec<&'static str> = (0..setting.clients)
        .map(|at| setting.counties[at % setting.counties.len()])
        .collect();
    let mut registrars = registrars(place, options, &counties).await?;
    place.analyse().await?;
    let mut inserters = Vec::with_capacity(setting.clients);
    for _ in 0..setting.clients {
        inserters.push(PgConnection::connect(&place.owner_url).await?);
    }
    say("正在测量（提交与登簿交替进行）……");
    let each = options.recordings[usize::from(setting.clients > 1)];
    let (mut commits, mut recordings, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let bare: Sample;
        (bare, inserters) = together(inserters, each, Insert).await?;
        let recorded: Sample;
        (recorded, registrars) = together(registrars, each, Record).await?;
        ratios.push(recorded.rate() / bare.rate());
        commits.push(bare);
        recordings.push(recorded);
    }
    for inserter in inserters {
        inserter.close().await?;
    }
    let authorities: std::collections::BTreeSet<_> =
        counties.iter().map(|c| city::authority_of(c)).collect();
    Ok(Recordings {
        label: setting.label,
        clients: setting.clients,
        authorities: authorities.len(),
        recordings: Figures::of(&recordings),
        commits: Figures::of(&commits),
        ratio: median(ratios),
        pgbench_per_second: pgbench(place, &options.folder, setting.clients, each).await?,
    })
}

/// A registrar at a keep-alive connection with a pile of cases.
struct Registrar {
    client: Client,
    pile: Vec<Ready>,
}

async fn registrars(
    place: &Place,
    options: &Options,
    counties: &[&'static str],
) -> Result<Vec<Registrar>> {
    let pile = options.cases_per_client(counties.len());
    let mut wanted: BTreeMap<&'static str, usize> = BTreeMap::new();
    for county in counties {
        *wanted.entry(county).or_default() += pile;
    }
    let mut ready = prepare::cases(place, &wanted, options.units).await?;
    let authorities: Vec<&str> = counties.iter().map(|c| city::authority_of(c)).collect();
    let clients = place.clients(&authorities, Role::Registrar).await?;
    clients
        .into_iter()
        .zip(counties)
        .map(|(client, county)| {
            let all = ready.get_mut(county).context("没有准备好的业务件")?;
            let pile = all.split_off(all.len() - pile);
            Ok(Registrar { client, pile })
        })
        .collect()
}

#[derive(Clone)]
struct Record;

impl AsyncWork<Registrar> for Record {
    async fn once(&self, registrar: &mut Registrar, _: usize, _: usize) -> Result<()> {
        let next = registrar.pile.pop().context("没有待登簿的业务件")?;
        let view = registrar.client.record(&next.case_no, next.version).await?;
        let numbers = view["results"].as_array().map_or(0, Vec::len);
        ensure!(numbers == 1, "业务件 {} 登簿后没有证明号", next.case_no);
        Ok(())
    }
}

#[derive(Clone)]
pub(crate) struct Insert;

impl AsyncWork<PgConnection> for Insert {
    async fn once(&self, connection: &mut PgConnection, at: usize, turn: usize) -> Result<()> {
        sqlx::query("insert into bench_commit (id, client, turn) values ($1, $2, $3)")
            .bind(Uuid::now_v7())
            .bind(i32::try_from(at)?)
            .bind(i32::try_from(turn)?)
            .execute(connection)
            .await?;
        Ok(())
    }
}

async fn commit_table(place: &Place) -> Result<()> {
    let mut owner = PgConnection::connect(&place.owner_url).await?;
    sqlx::raw_sql(
        "create table if not exists bench_commit (id uuid primary key, client integer, turn integer)",
    )
    .execute(&mut owner)
    .await?;
    owner.close().await?;
    Ok(())
}

/// The same insert by PostgreSQL's own measuring program, where it is installed.
async fn pgbench(place: &Place, folder: &Path, clients: usize, each: usize) -> Result<Option<f64>> {
    let script = folder.join("commit.sql");
    std::fs::write(
        &script,
        "insert into bench_commit (id, client, turn) values (gen_random_uuid(), :client_id, 0);\n",
    )?;
    let clients = clients.to_string();
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-j", "2"])
        .args(["-c", &clients, "-t", &each.max(100).to_string(), "-f"])
        .arg(&script)
        .arg(&place.owner_url)
        .output()
        .await;
    let Ok(output) = output else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split(' ').next())
        .and_then(|number| number.parse().ok()))
}
