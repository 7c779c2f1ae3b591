//! What is said and taken of giving out.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_distribution::data_set::{self, DataSet, Personal};
use dengbu_distribution::format::Format;
use dengbu_distribution::ledger::{GiveOut, Subscription, Version};
use dengbu_distribution::place::{Area, Plane};
use dengbu_distribution::request::{Dress, Names, Request};
use dengbu_distribution::schedule::{Every, Schedule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// A field of a data set.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataFieldView {
    /// Code in the standard's table.
    code: String,
    /// Heading.
    title: String,
    /// What it tells of a person; none: nothing.
    personal: Option<String>,
}

/// A version of a data set.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataVersionView {
    /// Number.
    version: i32,
    /// The register as it stood then.
    as_of: DateTime<Utc>,
    /// Rows.
    rows: i64,
    /// SM3 of the file.
    sm3: String,
    /// Note.
    note: String,
    /// Who made it.
    made_by: String,
    /// Export it is in.
    export: Uuid,
}

/// A data set of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataSetView {
    /// Code.
    code: String,
    /// Table of the national standard.
    table: String,
    /// Name.
    title: String,
    /// What is in it.
    about: String,
    /// True when it has shapes.
    geometry: bool,
    /// Rows now.
    rows: u64,
    /// Fields.
    fields: Vec<DataFieldView>,
    /// Versions, newest first.
    versions: Vec<DataVersionView>,
}

/// A choice with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataChoice {
    /// Code.
    code: String,
    /// Name.
    name: String,
}

/// The catalogue of data sets.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataCatalogue {
    /// Data sets.
    items: Vec<DataSetView>,
    /// Formats.
    formats: Vec<DataChoice>,
    /// Kinds of personal facts.
    personal: Vec<DataChoice>,
    /// When the register last changed; none when it is empty.
    last_change: Option<DateTime<Utc>>,
}

fn code(value: &impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The catalogue from counts and versions.
pub fn catalogue(
    rows: &[(&'static DataSet, u64)],
    versions: &[Version],
    last_change: Option<DateTime<Utc>>,
) -> DataCatalogue {
    let version = |v: &Version| DataVersionView {
        version: v.version,
        as_of: v.as_of,
        rows: v.rows,
        sm3: v.sm3.clone(),
        note: v.note.clone(),
        made_by: v.made_by.clone(),
        export: v.give_out_id,
    };
    let set = |(set, rows): &(&'static DataSet, u64)| DataSetView {
        code: set.code.clone(),
        table: set.table.clone(),
        title: set.title.clone(),
        about: set.about.clone(),
        geometry: set.geometry,
        rows: *rows,
        fields: set
            .fields
            .iter()
            .map(|f| DataFieldView {
                code: f.code.clone(),
                title: f.title.clone(),
                personal: f.personal.map(|p| p.name_zh().to_owned()),
            })
            .collect(),
        versions: versions
            .iter()
            .filter(|v| v.data_set == set.code)
            .map(version)
            .collect(),
    };
    DataCatalogue {
        items: rows.iter().map(set).collect(),
        formats: Format::ALL
            .iter()
            .map(|f| DataChoice {
                code: code(f),
                name: f.name_zh().to_owned(),
            })
            .collect(),
        personal: Personal::ALL
            .iter()
            .map(|p| DataChoice {
                code: code(p),
                name: p.name_zh().to_owned(),
            })
            .collect(),
        last_change,
    }
}

/// What becomes of each kind of personal fact: `full`, `masked` or `left`; masked unless said.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DressChoice {
    /// Names.
    #[serde(default)]
    #[schema(pattern = "^(full|masked|left)$")]
    name: Option<String>,
    /// Identity numbers.
    #[serde(default)]
    #[schema(pattern = "^(full|masked|left)$")]
    identity: Option<String>,
    /// Telephones and addresses.
    #[serde(default)]
    #[schema(pattern = "^(full|masked|left)$")]
    contact: Option<String>,
    /// Prices and debts.
    #[serde(default)]
    #[schema(pattern = "^(full|masked|left)$")]
    money: Option<String>,
    /// Numbers of certificates.
    #[serde(default)]
    #[schema(pattern = "^(full|masked|left)$")]
    certificate: Option<String>,
    /// Remarks.
    #[serde(default)]
    #[schema(pattern = "^(full|masked|left)$")]
    text: Option<String>,
}

/// What shall be given out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataRequest {
    /// Codes of data sets.
    data_sets: Vec<String>,
    /// Format: `geo_package`, `shapefile`, `csv`, `xlsx`, `geojson`, `flat_geobuf`, `vct`.
    format: String,
    /// Headings: `standard` or `chinese`.
    #[serde(default)]
    names: Option<String>,
    /// Coordinates: `geographic` or `projected`.
    #[serde(default)]
    plane: Option<String>,
    /// Counties; none: all of the authority.
    #[serde(default)]
    counties: Vec<String>,
    /// Only what stands on parcels that meet this outline, longitude and latitude.
    #[serde(default)]
    outline: Option<Vec<[f64; 2]>>,
    /// Only these parcels.
    #[serde(default)]
    parcels: Vec<String>,
    /// The register as it stood then; none: now.
    #[serde(default)]
    as_of: Option<DateTime<Utc>>,
    /// Also rights that have ended.
    #[serde(default)]
    historic: bool,
    /// Only what came or went since.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    /// Personal facts.
    #[serde(default)]
    dress: DressChoice,
}

fn choice<T: serde::de::DeserializeOwned>(
    field: &'static str,
    text: &str,
    what: &str,
) -> Result<T, Problem> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| {
        Problem::field(
            field,
            "unknown",
            format!("没有{what}“{text}”，请从列表中选择"),
        )
    })
}

impl DataRequest {
    /// The same as the capability takes it.
    pub fn read(&self) -> Result<Request, Problem> {
        let format: Format = choice("/format", &self.format, "格式")?;
        let sets: Vec<&str> = self.data_sets.iter().map(String::as_str).collect();
        let mut request = Request::new(&sets, format);
        if let Some(names) = &self.names {
            request.names = choice::<Names>("/names", names, "列名方式")?;
        }
        if let Some(plane) = &self.plane {
            request.plane = choice::<Plane>("/plane", plane, "坐标系")?;
        }
        request.counties.clone_from(&self.counties);
        request.area = self.outline.clone().map(Area::Outline);
        request.parcels.clone_from(&self.parcels);
        request.as_of = self.as_of;
        request.historic = self.historic;
        request.since = self.since;
        let d = &self.dress;
        for (personal, how) in [
            (Personal::Name, &d.name),
            (Personal::Identity, &d.identity),
            (Personal::Contact, &d.contact),
            (Personal::Money, &d.money),
            (Personal::Certificate, &d.certificate),
            (Personal::Text, &d.text),
        ] {
            if let Some(how) = how {
                request
                    .dress
                    .insert(personal, choice::<Dress>("/dress", how, "脱敏方式")?);
            }
        }
        request.check()?;
        Ok(request)
    }
}

/// Rows of a data set in an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataRowsView {
    /// Name of the data set.
    title: String,
    /// Rows.
    rows: u64,
    /// Rows without a usable shape.
    unplaced: u64,
}

/// An export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportView {
    /// Identity.
    pub export: Uuid,
    /// Name.
    title: String,
    /// Why.
    purpose: String,
    /// Names of its data sets.
    data_sets: Vec<String>,
    /// Format.
    format: String,
    /// Format in words.
    format_name: String,
    /// `waiting`, `running`, `done`, `failed`, `stopped`, `expired`.
    state: String,
    /// State in words.
    state_name: String,
    /// Rows read.
    done: i64,
    /// Rows in all, once counted.
    total: i64,
    /// Rows a second; none before it runs.
    rate: Option<i64>,
    /// Seconds left; none when unknown.
    seconds_left: Option<i64>,
    /// What was given.
    sets: Vec<DataRowsView>,
    /// Bytes of the file.
    bytes: Option<u64>,
    /// SM3 of the file.
    sm3: Option<String>,
    /// What went wrong.
    error: Option<String>,
    /// True when it tells persons unmasked.
    tells_persons: bool,
    /// Who asked.
    asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
    /// How often its file was taken.
    taken: i64,
}

fn state_name(state: &str) -> &'static str {
    match state {
        "waiting" => "排队",
        "running" => "正在导出",
        "done" => "已完成",
        "failed" => "失败",
        "stopped" => "已停止",
        _ => "文件已清理",
    }
}

/// An export as shown.
pub fn export(g: GiveOut, now: DateTime<Utc>) -> Result<ExportView, Problem> {
    let request = g.request()?;
    let exported = g.exported();
    let title = |code: &str| data_set::find(code).map_or(code, |s| &s.title).to_owned();
    let running = g.started_at.filter(|_| g.state == "running");
    let rate = running.and_then(|t| {
        let seconds = (now - t).num_seconds();
        (seconds > 0).then(|| g.done / seconds)
    });
    let seconds_left = rate
        .filter(|r| *r > 0)
        .map(|r| (g.total - g.done).max(0) / r);
    Ok(ExportView {
        export: g.give_out_id,
        data_sets: request.data_sets.iter().map(|c| title(c)).collect(),
        format: code(&request.format),
        format_name: request.format.name_zh().to_owned(),
        state_name: state_name(&g.state).to_owned(),
        sets: exported
            .iter()
            .flat_map(|e| &e.sets)
            .map(|s| DataRowsView {
                title: title(&s.code),
                rows: s.rows,
                unplaced: s.unplaced,
            })
            .collect(),
        bytes: exported.as_ref().map(|e| e.bytes),
        sm3: exported.map(|e| e.sm3),
        tells_persons: request.tells_persons(),
        title: g.title,
        purpose: g.purpose,
        state: g.state,
        done: g.done,
        total: g.total,
        rate,
        seconds_left,
        error: g.error,
        asked_by: g.asked_by,
        asked_at: g.asked_at,
        finished_at: g.finished_at,
        taken: g.taken,
    })
}

/// When deliveries are due.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleChoice {
    /// `day`, `week` or `month`.
    #[schema(pattern = "^(day|week|month)$")]
    every: String,
    /// Weekday 1–7, or day of the month 1–28.
    #[serde(default)]
    day: Option<u8>,
    /// Full hour, 0–23.
    hour: u8,
}

impl ScheduleChoice {
    /// The same as the capability takes it.
    pub fn read(&self) -> Result<Schedule, Problem> {
        let every = match (self.every.as_str(), self.day) {
            ("day", _) => Every::Day,
            ("week", Some(day)) => Every::Week(day),
            ("month", Some(day)) => Every::Month(day),
            ("week" | "month", None) => {
                return Err(Problem::field(
                    "/schedule/day",
                    "required",
                    "请选择星期或者日期",
                ));
            }
            _ => {
                return Err(Problem::field(
                    "/schedule/every",
                    "unknown",
                    "周期应为每日、每周或者每月",
                ));
            }
        };
        let schedule = Schedule {
            every,
            hour: self.hour,
        };
        schedule
            .check()
            .map_err(|text| Problem::field("/schedule", "bad_schedule", text))?;
        Ok(schedule)
    }
}

/// A subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionView {
    /// Identity.
    subscription: Uuid,
    /// Who receives.
    receiver: String,
    /// Number of the agreement.
    agreement_no: String,
    /// What it rests on.
    legal_basis: String,
    /// Why.
    purpose: String,
    /// Names of its data sets.
    data_sets: Vec<String>,
    /// Format in words.
    format_name: String,
    /// Counties; none: all.
    counties: Vec<String>,
    /// What of persons goes out in full, in words.
    in_full: Vec<String>,
    /// When, in words.
    schedule: String,
    /// True when each delivery holds only what changed.
    increment: bool,
    /// First day.
    starts_on: NaiveDate,
    /// Last day.
    ends_on: Option<NaiveDate>,
    /// `active`, `paused`, `ended`.
    state: String,
    /// Next delivery.
    next_at: Option<DateTime<Utc>>,
    /// Version, for `If-Match`.
    version: i32,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: DateTime<Utc>,
}

/// A subscription as shown.
pub fn subscription(s: Subscription) -> Result<SubscriptionView, Problem> {
    let unreadable = |e: serde_json::Error| Problem::internal(&e);
    let request: Request = serde_json::from_value(s.request).map_err(unreadable)?;
    let schedule: Schedule = serde_json::from_value(s.schedule).map_err(unreadable)?;
    Ok(SubscriptionView {
        subscription: s.subscription_id,
        receiver: s.receiver,
        agreement_no: s.agreement_no,
        legal_basis: s.legal_basis,
        purpose: s.purpose,
        data_sets: request
            .data_sets
            .iter()
            .map(|c| {
                data_set::find(c)
                    .map_or(c.as_str(), |d| &d.title)
                    .to_owned()
            })
            .collect(),
        format_name: request.format.name_zh().to_owned(),
        in_full: Personal::ALL
            .iter()
            .filter(|p| request.dress_of(**p) == Dress::Full)
            .map(|p| p.name_zh().to_owned())
            .collect(),
        counties: request.counties,
        schedule: schedule.words(),
        increment: s.increment,
        starts_on: s.starts_on,
        ends_on: s.ends_on,
        state: s.state,
        next_at: s.next_at,
        version: s.version,
        created_by: s.created_by,
        created_at: s.created_at,
    })
}
