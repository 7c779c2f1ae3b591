//! Figures against a count by hand.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::catalogue;
use dengbu_model::time::date_in_shanghai;
use dengbu_statistics::dimension::{Dimension, Filter, ONLINE, Side};
use dengbu_statistics::figures::{Figures, Used};
use dengbu_statistics::store;

use crate::office::{CITY, Dice, MIYI, Moved, Office, Row, at, calendar, chance, day, of};

fn within(moment: Option<DateTime<Utc>>, from: NaiveDate, to: NaiveDate) -> bool {
    moment.is_some_and(|m| (from..=to).contains(&date_in_shanghai(m)))
}

/// The value that so many tenths of all keep within.
fn tenths<T: Ord + Copy>(all: &mut [T], tenths: usize) -> T {
    all.sort_unstable();
    all[(all.len() * tenths).div_ceil(10) - 1]
}

fn by_hand(rows: &[&Row], from: NaiveDate, to: NaiveDate) -> Figures {
    let calendar = calendar();
    let mut f = Figures::default();
    let (mut days, mut minutes) = (Vec::new(), Vec::new());
    for r in rows {
        if within(r.accepted_at, from, to) {
            f.accepted += 1;
            f.online += i64::from(ONLINE.contains(&r.source));
        }
        if within(r.closed_at, from, to) {
            f.refused += i64::from(r.state == "refused");
            f.withdrawn += i64::from(r.state == "withdrawn");
            f.not_accepted += i64::from(r.state == "not_accepted");
        }
        let handed = |m: &&Moved| m.action == "deliver" && within(Some(m.at), from, to);
        f.delivered += i64::try_from(r.moves.iter().filter(handed).count()).unwrap();
        if !within(r.recorded_at, from, to) {
            continue;
        }
        let (accepted, recorded) = (r.accepted_at.unwrap(), r.recorded_at.unwrap());
        let between = |a, b| calendar.days_left(date_in_shanghai(a), date_in_shanghai(b));
        let (mut used, mut seconds) = (
            between(accepted, recorded),
            (recorded - accepted).num_seconds(),
        );
        for (_, from, to) in r.pauses() {
            if let Some(to) = to {
                used -= between(from, to);
                seconds -= (to - from).num_seconds();
            }
        }
        f.recorded += 1;
        f.automatic += i64::from(r.moves.iter().any(|m| m.action == "auto_decide"));
        f.corrected += i64::from(r.moves.iter().any(|m| m.to_state == "correction"));
        f.on_time += i64::from(date_in_shanghai(recorded) <= r.limit().unwrap());
        days.push(used);
        minutes.push(seconds / 60);
    }
    f.used = (!days.is_empty()).then(|| Used {
        days_median: tenths(&mut days, 5),
        days_p90: tenths(&mut days, 9),
        minutes_median: tenths(&mut minutes, 5),
        minutes_p90: tenths(&mut minutes, 9),
    });
    f
}

fn key(r: &Row, by: Dimension) -> Vec<String> {
    let office = r.office.unwrap_or_default();
    let parts: Vec<&str> = match by {
        Dimension::Business => vec![r.business],
        Dimension::Family => vec![&catalogue::business(r.business).unwrap().family],
        Dimension::Office => vec![office],
        Dimension::Authority => vec![r.authority],
        Dimension::County => vec![r.county],
        Dimension::Source => vec![r.source],
        Dimension::Place => vec![office, r.county],
        Dimension::Taker => vec![r.taker(), r.authority],
    };
    parts.into_iter().map(str::to_owned).collect()
}

/// Random cases, every dimension, every figure, several filters: the same as by hand.
#[tokio::test]
async fn the_statements_count_what_a_count_by_hand_counts() {
    let office = Office::new().await;
    let mut dice = Dice(7);
    let rows: Vec<Row> = (1..=600).map(|n| chance(&mut dice, n)).collect();
    office.keep(&rows).await;
    let (from, to) = ("2026-09-28", "2026-10-25");
    let filters = [
        of(&[CITY, MIYI]),
        of(&[CITY]),
        Filter {
            county: Some("510403".into()),
            ..of(&[CITY])
        },
        Filter {
            office: Some("510400-02".into()),
            ..of(&[CITY, MIYI])
        },
        Filter {
            business: Some("200-04-02".into()),
            source: Some("web".into()),
            ..of(&[CITY])
        },
        Filter {
            family: Some(catalogue::business("100-DY-01").unwrap().family.clone()),
            ..of(&[MIYI])
        },
        // what offices of 米易 and of the city took for the land of the other
        Filter {
            side: Side::TakenElsewhere,
            lands: vec![CITY.to_owned()],
            ..of(&[MIYI])
        },
        Filter {
            side: Side::TakenElsewhere,
            lands: vec![MIYI.to_owned()],
            source: Some("counter".into()),
            ..of(&[CITY])
        },
    ];
    let mut tx = office.tx("*").await;
    for filter in filters {
        let fits = |r: &&Row| {
            let own = |authority: &str| filter.authorities.iter().any(|a| a == authority);
            let side = match filter.side {
                Side::Jurisdiction => own(r.authority),
                Side::TakenElsewhere => own(r.taker()) && !own(r.authority),
            };
            side && filter.county.as_deref().is_none_or(|c| c == r.county)
                && filter.office.as_deref().is_none_or(|o| Some(o) == r.office)
                && filter.business.as_deref().is_none_or(|b| b == r.business)
                && filter.source.as_deref().is_none_or(|s| s == r.source)
                && filter
                    .family
                    .as_deref()
                    .is_none_or(|f| catalogue::business(r.business).unwrap().family == f)
        };
        let chosen: Vec<&Row> = rows.iter().filter(fits).collect();
        let asked = office.asked(&mut tx, from, to, filter.clone()).await;
        let total = store::total(&mut tx, &asked).await.unwrap();
        assert!(total.recorded > 3 && total.accepted > 3, "{total:?}");
        assert_eq!(total, by_hand(&chosen, day(from), day(to)), "{filter:?}");
        for by in Dimension::ALL {
            let mut expected: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
            for r in &chosen {
                expected.entry(key(r, by)).or_default().push(r);
            }
            let expected: Vec<(Vec<String>, Figures)> = expected
                .into_iter()
                .map(|(k, rows)| (k, by_hand(&rows, day(from), day(to))))
                .filter(|(_, f)| !f.is_empty())
                .collect();
            let found = store::by(&mut tx, &asked, by).await.unwrap();
            assert_eq!(found, expected, "{by:?} {filter:?}");
        }
        let trend = store::trend(&mut tx, &asked).await.unwrap();
        assert_eq!(trend.len(), 28);
        for (key, figures) in trend {
            assert_eq!(figures, by_hand(&chosen, day(&key), day(&key)), "{key}");
        }
    }
}

/// The random cases do hold what the count is about: pauses, automatic ones, late ones.
#[tokio::test]
async fn a_correction_and_a_notice_stop_the_clock() {
    let office = Office::new().await;
    let mut row = chance(&mut Dice(3), 1);
    let mv = |t, action, to_state, to_step| Moved {
        at: at(t),
        actor: 1,
        action,
        to_state,
        to_step,
    };
    (row.authority, row.county) = (CITY, "510402");
    row.state = "in_progress";
    row.step = "certificate";
    row.accepted_at = Some(at("2026-11-02T09:00"));
    row.clock_start = Some(at("2026-11-10T09:00"));
    // accepted Monday, corrected Tuesday to the next Tuesday, notice Wednesday to the Wednesday after
    row.due_on = Some(day("2026-11-13"));
    row.recorded_at = Some(at("2026-11-20T10:00"));
    row.closed_at = None;
    row.moves = vec![
        mv("2026-11-02T09:00", "submit", "in_progress", "first_review"),
        mv("2026-11-03T09:00", "correct", "correction", "acceptance"),
        mv("2026-11-10T09:00", "submit", "in_progress", "first_review"),
        mv("2026-11-11T09:00", "agree", "in_progress", "notice"),
        mv("2026-11-18T09:00", "agree", "in_progress", "recording"),
        mv("2026-11-20T10:00", "record", "in_progress", "certificate"),
    ];
    office.keep(std::slice::from_ref(&row)).await;
    let mut tx = office.tx(CITY).await;
    let asked = office
        .asked(&mut tx, "2026-11-20", "2026-11-20", of(&[CITY]))
        .await;
    let f = store::total(&mut tx, &asked).await.unwrap();
    // Monday→Tuesday, Tuesday→Wednesday, Wednesday→Friday: four working days, 4 days 1 hour
    let used = f.used.unwrap();
    assert_eq!((used.days_median, used.minutes_median), (4, 4 * 1440 + 60));
    assert_eq!(
        (f.recorded, f.corrected, f.on_time),
        (1, 1, 1),
        "the notice lengthens the limit"
    );
    assert_eq!(f.accepted, 0, "it was accepted in another period");
}

/// Cases of another authority are neither counted nor seen, whatever is asked for.
#[tokio::test]
async fn the_scope_bounds_every_statement() {
    let office = Office::new().await;
    let mut dice = Dice(11);
    let rows: Vec<Row> = (1..=80).map(|n| chance(&mut dice, n)).collect();
    office.keep(&rows).await;
    let mut tx = office.tx(MIYI).await;
    let asked = office
        .asked(&mut tx, "2026-01-01", "2026-12-31", of(&[CITY, MIYI]))
        .await;
    let own: Vec<&Row> = rows.iter().filter(|r| r.authority == MIYI).collect();
    let expected = by_hand(&own, day("2026-01-01"), day("2026-12-31"));
    assert_eq!(store::total(&mut tx, &asked).await.unwrap(), expected);
    let counties = store::by(&mut tx, &asked, Dimension::County).await.unwrap();
    assert_eq!(counties.len(), 1);
    let people = store::work(&mut tx, asked.period, &asked.filter.authorities)
        .await
        .unwrap();
    let submits: i64 = people.iter().map(|p| p.work.accepted).sum();
    let moves = own.iter().flat_map(|r| &r.moves);
    assert_eq!(
        submits,
        i64::try_from(moves.filter(|m| m.action == "submit").count()).unwrap()
    );
    // and with the scope of both, only what is asked for
    let mut tx = office.tx("*").await;
    let asked = office
        .asked(&mut tx, "2026-01-01", "2026-12-31", of(&[]))
        .await;
    assert!(store::total(&mut tx, &asked).await.unwrap().is_empty());
    assert!(
        store::heaps(&mut tx, &asked.filter)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store::watched(&mut tx, of(&[]), day("2026-11-23"))
            .await
            .unwrap()
            .is_empty()
    );
}
