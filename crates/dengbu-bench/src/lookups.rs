//! Reading one unit and searching, through the HTTP API and through the same functions without
//! it, beside `select 1` round trips through the same pool.

use anyhow::{Result, ensure};
use dengbu_cadastre::{facts, search};
use dengbu_register::find;
use dengbu_register::person::PersonKey;
use dengbu_staff::Role;
use dengbu_store::{Scope, Store, TenantTx};
use serde::Serialize;

use crate::city::{self, COMMON_NAME, Household};
use crate::client::{Client, escaped};
use crate::figures::{AsyncWork, Figures, together};
use crate::options::Options;
use crate::place::Place;

/// Rows of a page, as the workbench asks for.
const PAGE: i64 = 20;

/// One kind of question, measured one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lookup {
    /// What is asked: in Chinese, for the table.
    pub label: &'static str,
    /// Machine name of the question.
    pub question: &'static str,
    /// `http` or `sql`.
    pub way: &'static str,
    /// Clients at once.
    pub clients: usize,
    /// How fast.
    pub figures: Figures,
    /// Its rate in `select 1` round trips of as many clients through the same pool.
    pub ratio_to_select_1: f64,
}

/// A question whose answers are known from the index it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Unit,
    Certificate,
    Holder,
    CommonHolder,
    IdNumber,
    Nobody,
    Rare(usize),
    Common(usize),
    Last,
    Door,
    Nowhere,
}

/// Questions with their machine names and labels.
const QUESTIONS: [(Question, &str, &str); 15] = [
    (Question::Unit, "unit", "按单元号读取"),
    (Question::Certificate, "certificate", "按证号查询"),
    (Question::Holder, "holder", "按姓名查询"),
    (
        Question::CommonHolder,
        "holder_common",
        "按姓名查询，重名最多",
    ),
    (Question::IdNumber, "id_number", "按证件号查询"),
    (Question::Nobody, "id_number_none", "按证件号查询，查无此人"),
    (Question::Rare(2), "address_2_rare", "坐落 2 字，少见"),
    (Question::Common(2), "address_2_common", "坐落 2 字，常见"),
    (Question::Rare(3), "address_3_rare", "坐落 3 字，少见"),
    (Question::Common(3), "address_3_common", "坐落 3 字，常见"),
    (Question::Rare(6), "address_6_rare", "坐落 6 字，少见"),
    (Question::Common(6), "address_6_common", "坐落 6 字，常见"),
    (
        Question::Last,
        "address_6_last",
        "坐落 6 字，常见，排在最后",
    ),
    (Question::Door, "address_door", "坐落到室"),
    (Question::Nowhere, "address_none", "坐落，查无"),
];

impl Question {
    /// How `by` of the API names it.
    fn by(self) -> &'static str {
        match self {
            Self::Unit => "unit_code",
            Self::Certificate => "certificate",
            Self::Holder | Self::CommonHolder => "holder",
            Self::IdNumber | Self::Nobody => "id_number",
            _ => "address",
        }
    }

    fn finds_nothing(self) -> bool {
        matches!(self, Self::Nobody | Self::Nowhere)
    }

    /// What is typed, made of a household that must be found by it.
    fn text(self, household: Household) -> Result<String> {
        let name = city::estate_name(household.estate());
        Ok(match self {
            Self::Unit => household.unit()?.as_str().to_owned(),
            Self::Certificate => household.certificate(),
            Self::Holder => household.holder_name(0),
            Self::CommonHolder => COMMON_NAME.to_owned(),
            Self::IdNumber => household.id_number(0),
            // no one in the city was born in that year
            Self::Nobody => "510499192001010019".to_owned(),
            Self::Rare(count @ (2 | 3)) => name.chars().take(count).collect(),
            Self::Rare(_) => format!("{name}{}", &household.door()[..4]),
            Self::Common(2) => name.chars().skip(2).collect(),
            Self::Common(3) => "仁和区".to_owned(),
            Self::Common(_) => "攀枝花市东区".to_owned(),
            Self::Last => "攀枝花市盐边县".to_owned(),
            Self::Door => format!("{name}{}", household.door()),
            Self::Nowhere => "无此小区九十九幢".to_owned(),
        })
    }
}

/// Measures all questions both ways with one client, reading one unit with many as well.
///
/// # Errors
/// A request that failed, or a search that did not find what must be there.
pub async fn measure(
    place: &Place,
    options: &Options,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Vec<Lookup>> {
    say("正在测量读取与查询……");
    let mut measured = Vec::new();
    for clients in [1, options.many] {
        let each = options.lookups.div_ceil(clients);
        let stores = vec![place.store.clone(); clients];
        let (select, _) = together(stores, each, SelectOne).await?;
        let base = select.rate();
        measured.push(Lookup {
            label: "select 1",
            question: "select_1",
            way: "sql",
            clients,
            figures: Figures::of(&[select]),
            ratio_to_select_1: 1.0,
        });
        for (question, name, label) in QUESTIONS {
            let points = question == Question::Unit;
            let total = if points {
                options.lookups
            } else {
                options.searches
            };
            let asking = Asking {
                question,
                units: options.units,
                each: total.div_ceil(clients),
            };
            say(&format!("  {label}，{clients} 个客户端"));
            for (way, sample) in asking.both_ways(place, clients).await? {
                let figures = Figures::of(&[sample]);
                measured.push(Lookup {
                    label,
                    question: name,
                    way,
                    clients,
                    figures,
                    ratio_to_select_1: figures.per_second / base,
                });
            }
        }
    }
    Ok(measured)
}

/// A question to be put many times, each time about another household.
#[derive(Debug, Clone, Copy)]
struct Asking {
    question: Question,
    units: usize,
    each: usize,
}

impl Asking {
    async fn both_ways(
        self,
        place: &Place,
        clients: usize,
    ) -> Result<[(&'static str, crate::figures::Sample); 2]> {
        // a clerk of the central authority, for whom the whole of his three counties is in view
        let http = place
            .clients(&vec!["510400"; clients], Role::Reception)
            .await?;
        let scope = Scope::new(["510400", "510402", "510403", "510411"])?;
        let direct = vec![
            Direct {
                store: place.store.clone(),
                scope,
                key: place.key.clone(),
            };
            clients
        ];
        let sql = together(direct, self.each, self).await?.0;
        let http = together(http, self.each, self).await?.0;
        Ok([("sql", sql), ("http", http)])
    }

    /// Another household for every turn, of the counties in view.
    fn household(self, at: usize, turn: usize) -> Household {
        let mut index = (at * self.each + turn + 1) * 7_919;
        loop {
            let household = Household(index % self.units);
            if city::authority_of(household.county()) == "510400" {
                return household;
            }
            index += city::ESTATE;
        }
    }

    fn check(self, household: Household, found: &[String]) -> Result<()> {
        if self.question.finds_nothing() || self.question == Question::Last {
            ensure!(found.is_empty(), "“{:?}”不应查到 {found:?}", self.question);
            return Ok(());
        }
        let text = self.question.text(household)?;
        ensure!(!found.is_empty(), "“{text}”应当查到，却没有");
        let unit = household.unit()?;
        // a page that is not full holds all there is
        let whole = i64::try_from(found.len())? < PAGE;
        let named = self.question != Question::CommonHolder;
        ensure!(
            !whole
                || !named
                || self.is_elsewhere(household)
                || found.iter().any(|u| u == unit.as_str()),
            "“{text}”应当查到 {unit:?}，只有 {found:?}"
        );
        Ok(())
    }

    /// Whether the question's text does not speak of this household.
    fn is_elsewhere(self, household: Household) -> bool {
        match self.question {
            Question::Common(3) => household.county() != "510411",
            Question::Common(6) => household.county() != "510402",
            _ => false,
        }
    }
}

/// The functions behind the API, in a transaction of their own.
#[derive(Clone)]
struct Direct {
    store: Store,
    scope: Scope,
    key: PersonKey,
}

impl AsyncWork<Direct> for Asking {
    async fn once(&self, direct: &mut Direct, at: usize, turn: usize) -> Result<()> {
        let household = self.household(at, turn);
        let text = self.question.text(household)?;
        let mut tx = direct.store.begin(&direct.scope).await?;
        let found = self.ask(&mut tx, &direct.key, &text).await?;
        tx.commit().await?;
        self.check(household, &found)
    }
}

impl Asking {
    async fn ask(self, tx: &mut TenantTx, key: &PersonKey, text: &str) -> Result<Vec<String>> {
        Ok(match self.question.by() {
            "unit_code" => facts::unit(tx, text)
                .await?
                .map(|u| u.unit_code)
                .into_iter()
                .collect(),
            "certificate" => find::by_certificate(tx, text, "", PAGE).await?,
            "holder" => find::by_holder_name(tx, text, "", PAGE).await?,
            "id_number" => find::by_id_number(tx, key, text, "", PAGE).await?,
            _ => search::units_by_address(tx, text, None, PAGE).await?,
        })
    }
}

impl AsyncWork<Client> for Asking {
    async fn once(&self, client: &mut Client, at: usize, turn: usize) -> Result<()> {
        let household = self.household(at, turn);
        let text = self.question.text(household)?;
        if self.question == Question::Unit {
            let unit = client.get(&format!("/api/v1/units/{text}")).await?;
            return self.check(household, &codes(std::slice::from_ref(&unit)));
        }
        let path = format!(
            "/api/v1/units?q={}&by={}&limit={PAGE}&reason={}",
            escaped(&text),
            self.question.by(),
            escaped("性能测量")
        );
        let page = client.get(&path).await?;
        let found = codes(page["items"].as_array().map_or(&[], Vec::as_slice));
        self.check(household, &found)
    }
}

fn codes(units: &[serde_json::Value]) -> Vec<String> {
    units
        .iter()
        .filter_map(|u| u["unit_code"].as_str().map(str::to_owned))
        .collect()
}

#[derive(Clone)]
struct SelectOne;

impl AsyncWork<Store> for SelectOne {
    async fn once(&self, store: &mut Store, _: usize, _: usize) -> Result<()> {
        let one: i32 = sqlx::query_scalar("select 1")
            .fetch_one(store.pool())
            .await?;
        ensure!(one == 1, "select 1");
        Ok(())
    }
}
