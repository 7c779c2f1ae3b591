//! Measurements at the size of a city: loading existing titles, recordings per second through
//! the HTTP API against bare commits on the same store, look-ups and searches.
//!
//! Invariants:
//! - everything runs on a PostgreSQL of its own below the folder given, durable as in service;
//!   no other database is touched;
//! - a request that fails, or a search that does not find what must be there, ends the run: no
//!   figure is made of answers that are wrong;
//! - nothing is asserted about time: the figures are for people to judge.
//!
//! Map: [`options`] what is measured · [`city`] the invented city as a function of an index ·
//! [`place`] database, server and accounts · [`load`] the city into the register · [`prepare`]
//! cases up to the step before recording · [`recording`] recordings against bare commits ·
//! [`lookups`] reading and searching · [`client`] the HTTP client · [`figures`] rates and
//! percentiles · [`instant`] whole cases decided without a person · [`rules`] rules in memory ·
//! [`certificates`] electronic certificates · [`bulk`] their bulk issue, killed half way · [`report`] table and JSON.

pub mod bulk;
pub mod certificates;
pub mod city;
pub mod client;
pub mod figures;
pub mod instant;
pub mod load;
pub mod lookups;
pub mod options;
pub mod place;
pub mod prepare;
pub mod recording;
pub mod report;
pub mod rules;

use anyhow::Result;

pub use options::Options;
use place::Place;
pub use report::Report;

/// Runs all measurements and gives their figures; `say` is told how far it has come.
///
/// # Errors
/// Anything that went wrong, in Chinese where an operator can mend it.
pub async fn run(options: &Options, say: &(dyn Fn(&str) + Send + Sync)) -> Result<Report> {
    let mut place = Place::open(options).await?;
    let done = measure(&mut place, options, say).await;
    place.close(options).await?;
    done
}

/// Loads the city and issues electronic certificates for all of it.
///
/// # Errors
/// As [`run`].
pub async fn run_bulk(options: &Options, say: &(dyn Fn(&str) + Send + Sync)) -> Result<bulk::Bulk> {
    let place = Place::open(options).await?;
    let done = async {
        load::load(&place, options, say).await?;
        bulk::measure(&place, options, say).await
    }
    .await;
    place.close(options).await?;
    done
}

async fn measure(
    place: &mut Place,
    options: &Options,
    say: &(dyn Fn(&str) + Send + Sync),
) -> Result<Report> {
    let mut report = Report::begun(place, options).await?;
    report.load = load::load(place, options, say).await?;
    place.serve().await?;
    // Reading first: recording leaves cases behind and the look-ups are for the city as loaded.
    report.lookups = lookups::measure(place, options, say).await?;
    report.recordings = recording::measure(place, options, say).await?;
    report.instant = instant::measure(place, options, say).await?;
    report.rules = rules::measure(options);
    report.certificates =
        certificates::measure(&options.folder.join("certificates"), options.certificates)?;
    report.counts = report::count(place).await?;
    report.finish();
    Ok(report)
}
