//! A whole export: read page by page, dressed, written into one file, with notes of what it is.

use std::path::Path;

use chrono::{DateTime, Utc};
use dengbu_model::time::{date_in_shanghai, shanghai};
use dengbu_store::TenantTx;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sm3::{Digest as _, Sm3};

use crate::data_set::{DataSet, Personal, Rows};
use crate::format::{self, Format, Setting};
use crate::gather::{self, Key, Selection, Stored};
use crate::place::Plane;
use crate::request::{Dress, Request};
use crate::row::{Row, Value};
use crate::{DistributionError, dress};

/// What is told while an export runs; returns false to stop it.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) -> bool + Send + Sync);

/// Rows of one data set that were given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetResult {
    /// Data set.
    pub code: String,
    /// Rows.
    pub rows: u64,
    /// Rows whose boundary could not be given (none surveyed, or in a local system).
    pub unplaced: u64,
}

/// What an export gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Data sets in their order.
    pub sets: Vec<SetResult>,
    /// SM3 of the file, hexadecimal.
    pub sm3: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// The register as it stood at this moment.
    pub as_of: DateTime<Utc>,
}

impl Exported {
    /// Rows in all.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sets.iter().map(|s| s.rows).sum()
    }
}

/// Writes what is asked for into a new file. Progress is in stored rows.
///
/// # Errors
/// [`DistributionError`]; the file is then worthless and to be thrown away.
pub async fn export(
    tx: &mut TenantTx,
    request: &Request,
    authority_name: &str,
    now: DateTime<Utc>,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Exported, DistributionError> {
    let sets = request.check()?;
    let selection = gather::selection(tx, request, now).await?;
    let mut total = 0;
    for set in &sets {
        total += gather::count(tx, set, &selection).await?;
    }
    let setting = Setting {
        names: request.names,
        plane: plane(request),
        day: date_in_shanghai(selection.as_of())
            .format("%Y%m%d")
            .to_string(),
    };
    let mut writer = format::writer(request.format, setting, &sets, path)?;
    let (mut results, mut done) = (Vec::with_capacity(sets.len()), 0);
    for set in &sets {
        writer.begin(set)?;
        let mut result = SetResult {
            code: set.code.clone(),
            rows: 0,
            unplaced: 0,
        };
        let mut after = Key::default();
        loop {
            let page = gather::page(tx, set, &selection, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.key.clone();
            done += u64::try_from(page.len()).unwrap_or_default();
            for stored in page {
                for row in rows(set, stored, request) {
                    result.rows += 1;
                    result.unplaced += u64::from(set.geometry && row.shape.is_none());
                    writer.row(&row)?;
                }
            }
            if !progress(done, total.max(done)) {
                return Err(DistributionError::Stopped);
            }
        }
        results.push(result);
    }
    writer.finish(&notes(request, &selection, authority_name, &sets, &results))?;
    let (sm3, bytes) = digest(path)?;
    Ok(Exported {
        sets: results,
        sm3,
        bytes,
        as_of: selection.as_of(),
    })
}

/// The plane actually used: VCT knows the projected one only.
fn plane(request: &Request) -> Plane {
    match request.format {
        Format::Vct => Plane::Projected,
        _ => request.plane,
    }
}

/// The rows that a stored one gives: holders are one row each.
#[must_use]
pub fn rows(set: &DataSet, stored: Stored, request: &Request) -> Vec<Row> {
    let Stored { mut data, ring, .. } = stored;
    let polygon = ring.and_then(gather::polygon);
    if let (Rows::Buildings, Some(object)) = (set.rows, data.as_object_mut())
        && let Some(area) = polygon
            .as_ref()
            .and_then(|p| Plane::Projected.shape(p))
            .map(|s| s.area())
    {
        object.insert("footprint".to_owned(), json!(format!("{area:.2}")));
    }
    let shape = polygon.and_then(|p| plane(request).shape(&p));
    let row = |data: &Json| {
        let values: Vec<Value> = set
            .fields
            .iter()
            .map(|field| dress::value(field, data, request))
            .collect();
        Row {
            values,
            shape: shape.clone(),
        }
    };
    if set.rows != Rows::Holders {
        return vec![row(&data)];
    }
    let holders = data.pointer("/body/holders").and_then(Json::as_array);
    let each = holders.cloned().unwrap_or_default().into_iter().zip(1..);
    each.map(|(holder, ordinal)| {
        let mut one = data.clone();
        if let Some(object) = one.as_object_mut() {
            object.insert("holder".to_owned(), holder);
            object.insert("ordinal".to_owned(), json!(ordinal));
        }
        row(&one)
    })
    .collect()
}

fn digest(path: &Path) -> Result<(String, u64), DistributionError> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sm3::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            break;
        }
        bytes += u64::try_from(read).unwrap_or_default();
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    let hex = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok((hex, bytes))
}

/// What a receiver must know of a file, in lines.
fn notes(
    request: &Request,
    selection: &Selection,
    authority: &str,
    sets: &[&'static DataSet],
    results: &[SetResult],
) -> Vec<String> {
    let moment = selection
        .as_of()
        .with_timezone(&shanghai())
        .format("%Y年%m月%d日 %H:%M:%S");
    let mut lines = vec![
        "不动产登记数据导出说明".to_owned(),
        format!("提供机构：{authority}"),
        format!("数据时点：{moment}（北京时间）的登记簿；宗地、自然幢为导出时的权籍现状"),
        format!("坐标系：{}", plane(request).name_zh()),
    ];
    if request.historic {
        lines.push("含已终止的权利，权属状态 1 现势、2 历史".to_owned());
    }
    if let Some(since) = request.since {
        let since = since
            .with_timezone(&shanghai())
            .format("%Y年%m月%d日 %H:%M:%S");
        lines.push(format!("增量：只含 {since} 之后设立或者终止的权利"));
    }
    for (set, result) in sets.iter().zip(results) {
        let unplaced = match result.unplaced {
            0 => String::new(),
            n => format!("，其中 {n} 行没有可用的图形"),
        };
        lines.push(format!(
            "{}（{}）：{} 行{unplaced}",
            set.title, set.table, result.rows
        ));
    }
    for personal in Personal::ALL {
        let what = match request.dress_of(personal) {
            Dress::Full => continue,
            Dress::Masked => "已脱敏",
            Dress::Left => "未提供",
        };
        lines.push(format!("{}：{what}", personal.name_zh()));
    }
    lines.push("数据仅限约定用途使用，不得转给他人。以登记簿记载为准。".to_owned());
    lines
}
