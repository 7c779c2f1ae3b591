//! The legacy sample of the three offices into the register as existing titles.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chrono::{DateTime, Utc};
use dengbu_cadastre::load::{NewBuilding, NewParcel};
use dengbu_legacy::{ExistingTitle, Finding, LegacyCity, LegacyOwnership, Summary, read_city};
use dengbu_model::right::{RegistrationType, Right};
use dengbu_model::time::date_in_shanghai;
use dengbu_register::entry::Provenance;
use dengbu_register::person::PersonKey;
use dengbu_store::{Store, authority_list};
use dengbu_takeover::{ExistingRight, ExistingStock, ExistingUnit, Loaded, Options, Subject, load};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::DemoError;

/// What the loading of the sample found and did; printed with `Display`.
#[derive(Debug, Clone)]
pub struct SampleReport {
    /// Rows read, loaded and left out per table, findings per class.
    pub summary: Summary,
    /// Every finding, in the order of reading.
    pub findings: Vec<Finding>,
    /// What went into cadastre and register.
    pub loaded: Loaded,
}

impl fmt::Display for SampleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let l = &self.loaded;
        write!(f, "{}", self.summary)?;
        writeln!(
            f,
            "写入：宗地 {}、自然幢 {}、不动产单元 {}（已存在、未改动 {}）、登记簿记录 {} 条。",
            l.parcels_new, l.buildings_new, l.units_new, l.units_skipped, l.entries
        )
    }
}

/// Reads the folder of the sample (`a-municipal`, `b-miyi`, `c-yanbian`) and puts what is sound in
/// it into cadastre and register. Units already there stay as they are.
///
/// # Errors
/// [`DemoError::Legacy`] when a file is missing or damaged as a whole, [`DemoError::UnknownCounty`]
/// when the database lacks an authority for a county.
pub async fn load_sample(
    store: &Store,
    key: &PersonKey,
    dir: &Path,
    now: DateTime<Utc>,
) -> Result<SampleReport, DemoError> {
    let (dir, today) = (dir.to_path_buf(), date_in_shanghai(now));
    // Reading takes a second or two of pure work: not on the threads that serve requests.
    let city = match tokio::task::spawn_blocking(move || read_city(&dir, today)).await {
        Ok(city) => city?,
        Err(stopped) => return Err(DemoError::malformed(stopped)),
    };
    let scope = store.system_scope().await?;
    let authorities = authorities(store).await?;
    let summary = Summary::of(&city);
    let (stock, findings) = stock(city, &authorities)?;
    let loaded = load(store, &scope, key, &stock, Options::new(now, &Uuid::now_v7)).await?;
    Ok(SampleReport {
        summary,
        findings,
        loaded,
    })
}

/// County → authority.
async fn authorities(store: &Store) -> Result<BTreeMap<String, String>, DemoError> {
    let mut tx = store.system().await?;
    let list = authority_list::list(&mut tx).await?;
    let pairs = list.into_iter().flat_map(|a| {
        let authority = a.authority;
        a.counties
            .into_iter()
            .map(move |c| (c.county, authority.clone()))
    });
    Ok(pairs.collect())
}

fn stock(
    city: LegacyCity,
    authorities: &BTreeMap<String, String>,
) -> Result<(ExistingStock, Vec<Finding>), DemoError> {
    let parcels = city
        .parcels
        .into_iter()
        .map(|p| NewParcel {
            parcel: p.parcel,
            provenance: Some(origin(&p.provenance)),
        })
        .collect();
    let buildings = city
        .buildings
        .into_iter()
        .map(|b| NewBuilding {
            building: b.building,
            provenance: Some(origin(&b.provenance)),
        })
        .collect();
    let units = city
        .titles
        .into_iter()
        .map(|t| unit(t, authorities))
        .collect::<Result<_, _>>()?;
    Ok((
        ExistingStock {
            parcels,
            buildings,
            units,
        },
        city.findings,
    ))
}

fn unit(
    title: ExistingTitle,
    authorities: &BTreeMap<String, String>,
) -> Result<ExistingUnit, DemoError> {
    let county = title.unit.county();
    let authority = authorities
        .get(county.as_str())
        .ok_or_else(|| DemoError::UnknownCounty(county.as_str().to_owned()))?;
    let ownerships = title
        .ownerships
        .into_iter()
        .enumerate()
        .map(|(n, o)| ownership(o, n))
        .collect();
    let mortgages = title.mortgages.into_iter().map(|m| Record {
        right: m.right,
        registration_type: RegistrationType::First,
        number: m.proof_no,
        on: m.registered_on,
        current: m.current,
        from: m.provenance,
    });
    let seizures = title.seizures.into_iter().map(|s| Record {
        right: s.right,
        registration_type: RegistrationType::Seizure,
        number: None,
        on: s.registered_on,
        current: s.current,
        from: s.provenance,
    });
    Ok(ExistingUnit {
        authority: authority.clone(),
        provenance: register_origin(title.provenance),
        subject: Subject::Dwelling(Box::new(title.dwelling)),
        ownerships,
        others: mortgages.chain(seizures).map(existing).collect(),
    })
}

/// What the three kinds of legacy rights have in common.
struct Record {
    right: Right,
    registration_type: RegistrationType,
    number: Option<String>,
    on: Option<chrono::NaiveDate>,
    current: bool,
    from: dengbu_legacy::Provenance,
}

/// The first known owner counts as first registration, those after as transfers.
fn ownership(o: LegacyOwnership, nth: usize) -> ExistingRight {
    existing(Record {
        registration_type: if nth == 0 {
            RegistrationType::First
        } else {
            RegistrationType::Transfer
        },
        right: o.right,
        number: o.certificate_no,
        on: o.registered_on,
        current: o.current,
        from: o.provenance,
    })
}

fn existing(r: Record) -> ExistingRight {
    ExistingRight {
        ended_on: ended_on(&r),
        right: r.right,
        registration_type: r.registration_type,
        certificate_no: r.number,
        registered_on: r.on,
        end_reason: None,
        current: r.current,
        provenance: register_origin(r.from),
    }
}

/// A seizure that is over ended at the latest with its term; of mortgages the books do not say.
fn ended_on(r: &Record) -> Option<chrono::NaiveDate> {
    let dengbu_model::right::RightDetail::Seizure(s) = &r.right.detail else {
        return None;
    };
    let after_start = |end: &chrono::NaiveDate| r.on.is_none_or(|on| *end >= on);
    (!r.current).then_some(s.end).flatten().filter(after_start)
}

fn register_origin(from: dengbu_legacy::Provenance) -> Provenance {
    Provenance {
        source: from.source,
        table: from.table,
        legacy_id: from.legacy_id,
        file_sm3: from.file_sm3,
    }
}

fn origin(from: &dengbu_legacy::Provenance) -> Value {
    json!({
        "source": from.source,
        "table": from.table,
        "legacy_id": from.legacy_id,
        "file_sm3": from.file_sm3,
    })
}

impl SampleReport {
    /// Whether the sample could be read is an error of its own; this says whether anything in it
    /// was left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.summary.tables.iter().map(|t| t.left_out).sum()
    }
}
