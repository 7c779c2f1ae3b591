//! Figures as shown.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::catalogue;
use dengbu_statistics::backlog::{AGES, Waiting};
use dengbu_statistics::definition::{DEFINITIONS, Definition};
use dengbu_statistics::dimension::{Dimension, source_name};
use dengbu_statistics::figures::{self, Figures, hours};
use dengbu_statistics::store::Person;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::gather::Names;

/// What is counted; each is explained by `GET /statistics/definitions`. Shares are percent with
/// one decimal; none where there is nothing to share.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FiguresView {
    /// 受理.
    pub accepted: i64,
    /// 其中网上.
    pub online: i64,
    /// 网上占比.
    pub online_share: Option<Decimal>,
    /// 登簿.
    pub recorded: i64,
    /// 其中自动审核.
    pub automatic: i64,
    /// 自动审核占比.
    pub automatic_share: Option<Decimal>,
    /// 其中按期.
    pub on_time: i64,
    /// 按期率.
    pub on_time_rate: Option<Decimal>,
    /// 补正件.
    pub corrected: i64,
    /// 发证.
    pub delivered: i64,
    /// 不予登记.
    pub refused: i64,
    /// 不予受理.
    pub not_accepted: i64,
    /// 撤回.
    pub withdrawn: i64,
    /// 用时中位数, working days.
    pub days_median: Option<i32>,
    /// 用时九成位, working days.
    pub days_p90: Option<i32>,
    /// 用时中位数, hours with one decimal.
    pub hours_median: Option<Decimal>,
    /// 用时九成位, hours with one decimal.
    pub hours_p90: Option<Decimal>,
}

impl From<&Figures> for FiguresView {
    fn from(f: &Figures) -> Self {
        Self {
            accepted: f.accepted,
            online: f.online,
            online_share: f.online_share(),
            recorded: f.recorded,
            automatic: f.automatic,
            automatic_share: f.automatic_share(),
            on_time: f.on_time,
            on_time_rate: f.on_time_rate(),
            corrected: f.corrected,
            delivered: f.delivered,
            refused: f.refused,
            not_accepted: f.not_accepted,
            withdrawn: f.withdrawn,
            days_median: f.used.map(|u| u.days_median),
            days_p90: f.used.map(|u| u.days_p90),
            hours_median: f.used.map(|u| hours(u.minutes_median)),
            hours_p90: f.used.map(|u| hours(u.minutes_p90)),
        }
    }
}

/// A day or month of the trend.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrendPoint {
    /// `2026-11-23` or `2026-11`.
    pub key: String,
    /// Figures.
    pub figures: FiguresView,
}

/// Open cases at a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacklogLine {
    /// Step.
    pub step: String,
    /// Step in Chinese.
    pub step_name: String,
    /// Cases of each age class.
    pub by_age: Vec<i64>,
    /// All.
    pub total: i64,
}

/// Open cases by light.
#[derive(Debug, Serialize, ToSchema)]
pub struct LightCount {
    /// `overdue`, `red`, `yellow`, `green` or `paused`.
    pub level: String,
    /// In Chinese.
    pub level_name: String,
    /// Cases.
    pub count: usize,
}

/// The figures of a period and what is open now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatisticsSummary {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// `day` or `month`.
    pub grain: String,
    /// All together.
    pub total: FiguresView,
    /// Each day or month.
    pub trend: Vec<TrendPoint>,
    /// Names of the age classes, working days since acceptance.
    pub ages: Vec<String>,
    /// Open cases by step and age, now.
    pub backlog: Vec<BacklogLine>,
    /// Open cases by light, now.
    pub lights: Vec<LightCount>,
    /// When it was counted.
    pub counted_at: DateTime<Utc>,
}

/// The backlog as shown.
#[must_use]
pub fn backlog(all: &[Waiting]) -> Vec<BacklogLine> {
    all.iter()
        .map(|w| BacklogLine {
            step: w.step.code().to_owned(),
            step_name: w.step.name_zh().to_owned(),
            by_age: w.by_age.to_vec(),
            total: w.total(),
        })
        .collect()
}

/// Names of the age classes.
#[must_use]
pub fn ages() -> Vec<String> {
    AGES.map(|(_, name)| name.to_owned()).to_vec()
}

/// A row of a breakdown.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakdownRow {
    /// Codes; empty where the case has none.
    pub keys: Vec<String>,
    /// Names.
    pub names: Vec<String>,
    /// Figures.
    pub figures: FiguresView,
}

/// Figures broken down.
#[derive(Debug, Serialize, ToSchema)]
pub struct Breakdown {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// By what.
    pub by: String,
    /// Names of the columns of names.
    pub columns: Vec<String>,
    /// Rows, most cases accepted first.
    pub rows: Vec<BreakdownRow>,
    /// All together.
    pub total: FiguresView,
}

/// Names of a row's codes.
#[must_use]
pub fn names(by: Dimension, keys: &[String], names: &Names) -> Vec<String> {
    let known = |code: &str, name: Option<String>| match name {
        _ if code.is_empty() => "（未填）".to_owned(),
        Some(name) => name,
        None => code.to_owned(),
    };
    let county = |code: &str| known(code, names.counties.get(code).cloned());
    // an office point's code is unique in practice: it begins with its authority's
    let office = |code: &str| {
        let named = names.offices.iter().find(|((_, id), _)| id == code);
        // of another authority's office only whose it is is known here
        let whose = || {
            let authority = names.authorities.get(code.get(..6)?)?;
            Some(format!("{authority}（{code}）"))
        };
        known(code, named.map(|(_, name)| name.clone()).or_else(whose))
    };
    match (by, keys) {
        (Dimension::Place, [taken, land]) => vec![office(taken), county(land)],
        (Dimension::Taker, [taken, land]) => vec![names.authority(taken), names.authority(land)],
        (_, [one]) => vec![match by {
            Dimension::Business => known(one, catalogue::business(one).map(|b| b.name.clone())),
            Dimension::Office | Dimension::Place => office(one),
            Dimension::Authority | Dimension::Taker => {
                known(one, names.authorities.get(one).cloned())
            }
            Dimension::County => county(one),
            Dimension::Source => known(one, Some(source_name(one).to_owned())),
            Dimension::Family => known(one, None),
        }],
        _ => keys.to_vec(),
    }
}

/// What a person did: moves made.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffWork {
    /// Who.
    pub staff_id: uuid::Uuid,
    /// Name.
    pub name: String,
    /// 受理.
    pub accepted: i64,
    /// 审查同意.
    pub agreed: i64,
    /// 登簿.
    pub recorded: i64,
    /// 缮证.
    pub certificates: i64,
    /// 发证.
    pub delivered: i64,
    /// 归档.
    pub archived: i64,
    /// 退回、补正.
    pub sent_back: i64,
    /// 不予受理、不予登记.
    pub refused: i64,
}

impl From<Person> for StaffWork {
    fn from(p: Person) -> Self {
        let figures::Work {
            accepted,
            agreed,
            recorded,
            certificates,
            delivered,
            archived,
            sent_back,
            refused,
        } = p.work;
        Self {
            staff_id: p.staff_id,
            name: p.name,
            accepted,
            agreed,
            recorded,
            certificates,
            delivered,
            archived,
            sent_back,
            refused,
        }
    }
}

/// What each person did in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffWorkList {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// People, by name.
    pub items: Vec<StaffWork>,
}

/// What a figure means.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefinitionView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// How it is counted.
    pub meaning: String,
    /// From which table.
    pub source: String,
}

/// What the figures mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct Definitions {
    /// Definitions.
    pub items: Vec<DefinitionView>,
}

/// All definitions.
#[must_use]
pub fn definitions() -> Definitions {
    let view = |d: &Definition| DefinitionView {
        code: d.code.to_owned(),
        name: d.name.to_owned(),
        meaning: d.meaning.to_owned(),
        source: d.source.to_owned(),
    };
    Definitions {
        items: DEFINITIONS.iter().map(view).collect(),
    }
}
