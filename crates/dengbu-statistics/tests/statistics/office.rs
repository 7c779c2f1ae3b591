//! Cases invented for counting: rows as the room of cases writes them, without its rules.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use dengbu_law::calendar::{Calendar, SHIPPED, parse_days};
use dengbu_statistics::dimension::Filter;
use dengbu_statistics::period::Period;
use dengbu_statistics::store::{self, Asked};
use dengbu_store::{AuthorityFile, PANZHIHUA, Scope, TenantTx, TestDb, seed_authorities};
use uuid::Uuid;

pub const CITY: &str = "510400";
pub const MIYI: &str = "510421";

/// A move of a case.
#[derive(Debug, Clone)]
pub struct Moved {
    pub at: DateTime<Utc>,
    pub actor: u128,
    pub action: &'static str,
    pub to_state: &'static str,
    pub to_step: &'static str,
}

/// A case as the tables hold it.
#[derive(Debug, Clone)]
pub struct Row {
    pub authority: &'static str,
    pub county: &'static str,
    pub serial: u32,
    pub business: &'static str,
    pub office: Option<&'static str>,
    pub source: &'static str,
    pub state: &'static str,
    pub step: &'static str,
    pub created_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub clock_start: Option<DateTime<Utc>>,
    pub due_on: Option<NaiveDate>,
    pub recorded_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub assignee: Option<u128>,
    pub moves: Vec<Moved>,
}

impl Row {
    pub fn case_no(&self) -> String {
        format!("{}20261101{:06}", self.county, self.serial)
    }

    /// The authority whose office took it: an office's code begins with it.
    pub fn taker(&self) -> &'static str {
        self.office.map_or(self.authority, |o| &o[..6])
    }
}

pub fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn calendar() -> Calendar {
    let days = parse_days(SHIPPED).unwrap();
    Calendar::new(days.into_iter().map(|d| (d.day, d.kind)))
}

type Pause = (&'static str, DateTime<Utc>, Option<DateTime<Utc>>);

impl Row {
    /// When the clock stood: from the move that stopped it to the next one.
    pub fn pauses(&self) -> Vec<Pause> {
        let next = self
            .moves
            .iter()
            .skip(1)
            .map(|m| Some(m.at))
            .chain([self.closed_at]);
        self.moves
            .iter()
            .zip(next)
            .filter_map(|(m, to)| {
                let kind = match (m.to_state, m.to_step) {
                    ("correction", _) => "correction",
                    ("in_progress", "notice") => "notice",
                    _ => return None,
                };
                Some((kind, m.at, to))
            })
            .collect()
    }

    pub fn stands_since(&self) -> Option<DateTime<Utc>> {
        self.pauses()
            .into_iter()
            .find(|(_, _, to)| to.is_none())
            .map(|(_, from, _)| from)
    }

    /// The last day as the notices since the clock began moved it.
    pub fn limit(&self) -> Option<NaiveDate> {
        let on = dengbu_model::time::date_in_shanghai;
        let mut due = self.due_on?;
        for (_, from, to) in self.pauses() {
            if let Some(to) = to.filter(|_| Some(from) >= self.clock_start) {
                due = calendar().shifted(due, on(from), on(to));
            }
        }
        Some(due)
    }
}

/// Numbers by chance, the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// An office with its database.
pub struct Office {
    pub db: TestDb,
}

impl Office {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let file = AuthorityFile::parse(PANZHIHUA).unwrap();
        seed_authorities(db.owner_url(), &file).await.unwrap();
        let office = Self { db };
        for authority in [CITY, MIYI] {
            let mut tx = office.tx(authority).await;
            let days = parse_days(SHIPPED).unwrap();
            dengbu_cases::days::put(&mut tx, authority, &days)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        office
    }

    pub async fn tx(&self, authority: &str) -> TenantTx {
        let scope = match authority {
            CITY => Scope::new(["510400", "510402", "510403", "510411"]),
            "*" => Scope::new(["510400", "510402", "510403", "510411", "510421", "510422"]),
            other => Scope::new([other]),
        };
        self.db.store().begin(&scope.unwrap()).await.unwrap()
    }

    pub async fn keep(&self, rows: &[Row]) {
        let mut tx = self.tx("*").await;
        for r in rows {
            sqlx::query(
                "insert into registration_case (county, case_no, authority, business, state, step, source, application,
                     address, office_id, taken_by, taken_by_name, created_at, accepted_at, clock_start, due_on,
                     recorded_at, closed_at, arrived_at, assignee, assignee_name, paused_at, office_authority)
                 values ($1, $2, $3, $4, $5, $6, $7, '{}', '示例路1号', $8, $9, '甲', $10, $11, $12, $13, $14, $15,
                     coalesce($11, $10), $16, case when $16::uuid is not null then '乙' end, $17, $18)",
            )
            .bind(r.county)
            .bind(r.case_no())
            .bind(r.authority)
            .bind(r.business)
            .bind(r.state)
            .bind(r.step)
            .bind(r.source)
            .bind(r.office)
            .bind(Uuid::from_u128(9))
            .bind(r.created_at)
            .bind(r.accepted_at)
            .bind(r.clock_start)
            .bind(r.limit())
            .bind(r.recorded_at)
            .bind(r.closed_at)
            .bind(r.assignee.map(Uuid::from_u128))
            .bind(r.stands_since())
            .bind(r.taker())
            .execute(tx.conn())
            .await
            .unwrap();
            for (kind, from, to) in r.pauses() {
                sqlx::query(
                    "insert into case_pause (county, case_no, pause_id, kind, reason, law, until, began_at, began_by,
                         began_by_name, ended_at, ended_by_name)
                     values ($1, $2, gen_random_uuid(), $3, '', '', $4::date, $4, $5, '甲', $6, case when $6 is not null then '甲' end)",
                )
                .bind(r.county)
                .bind(r.case_no())
                .bind(kind)
                .bind(from)
                .bind(Uuid::from_u128(1))
                .bind(to)
                .execute(tx.conn())
                .await
                .unwrap();
            }
            for (seq, m) in (1_i32..).zip(&r.moves) {
                sqlx::query(
                    "insert into case_event (county, case_no, seq, at, actor_id, actor_name, action, step, from_state,
                         to_state, to_step) values ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $9)",
                )
                .bind(r.county)
                .bind(r.case_no())
                .bind(seq)
                .bind(m.at)
                .bind(Uuid::from_u128(m.actor))
                .bind(format!("人员{}", m.actor))
                .bind(m.action)
                .bind(m.to_state)
                .bind(m.to_step)
                .execute(tx.conn())
                .await
                .unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    pub async fn asked(&self, tx: &mut TenantTx, from: &str, to: &str, filter: Filter) -> Asked {
        let calendars = store::calendars(tx, filter.lands()).await.unwrap();
        Asked {
            period: Period::new(day(from), day(to)).unwrap(),
            filter,
            calendars,
        }
    }
}

pub fn of(authorities: &[&str]) -> Filter {
    Filter {
        authorities: authorities.iter().map(|a| (*a).to_owned()).collect(),
        ..Filter::default()
    }
}

pub fn calendars(authorities: &[&str]) -> BTreeMap<String, Calendar> {
    authorities
        .iter()
        .map(|a| ((*a).to_owned(), calendar()))
        .collect()
}

/// A case by chance: accepted at some time around National Day or not yet, perhaps corrected,
/// perhaps with a notice, then recorded, refused, withdrawn or still open.
pub fn chance(dice: &mut Dice, serial: u32) -> Row {
    let (authority, county) = dice.pick(&[
        (CITY, "510402"),
        (CITY, "510402"),
        (CITY, "510403"),
        (CITY, "510411"),
        (MIYI, "510421"),
    ]);
    let start =
        at("2026-09-20T08:30") + TimeDelta::minutes(i64::try_from(dice.below(50 * 1440)).unwrap());
    let mut row = Row {
        authority,
        county,
        serial,
        business: dice.pick(&["200-04-02", "100-DY-01", "400-DY-01", "800-00-01"]),
        office: dice.pick(&[
            Some("510400-01"),
            Some("510400-02"),
            Some("510421-01"),
            None,
        ]),
        source: dice.pick(&["counter", "counter", "court", "web", "bank", "interface"]),
        state: "draft",
        step: "acceptance",
        created_at: start,
        accepted_at: None,
        clock_start: None,
        due_on: None,
        recorded_at: None,
        closed_at: None,
        assignee: None,
        moves: Vec::new(),
    };
    live(dice, &mut row);
    row
}

fn live(dice: &mut Dice, row: &mut Row) {
    let mut now = row.created_at;
    let mut later = |dice: &mut Dice, days: u64| {
        now += TimeDelta::minutes(i64::try_from(dice.below(days * 1440)).unwrap());
        now
    };
    let mv = |row: &mut Row, at, action, to_state, to_step, actor| {
        (row.state, row.step) = (to_state, to_step);
        row.moves.push(Moved {
            at,
            actor,
            action,
            to_state,
            to_step,
        });
    };
    let actor = u128::from(dice.below(4)) + 1;
    let calendar = calendar();
    if dice.below(10) == 0 {
        let when = later(dice, 2);
        let (action, state) = dice.pick(&[
            ("withdraw", "withdrawn"),
            ("reject_acceptance", "not_accepted"),
        ]);
        mv(row, when, action, state, "acceptance", actor);
        row.closed_at = Some(when);
        return;
    }
    if dice.below(20) == 0 {
        return;
    }
    let accept = |row: &mut Row, when: DateTime<Utc>| {
        row.accepted_at = row.accepted_at.or(Some(when));
        row.clock_start = Some(when);
        row.due_on = Some(calendar.due(dengbu_model::time::date_in_shanghai(when), 3));
    };
    if dice.below(8) == 0 {
        // 秒批
        let when = later(dice, 1);
        accept(row, when);
        row.recorded_at = Some(when);
        mv(row, when, "auto_decide", "in_progress", "certificate", 1);
    } else {
        let when = later(dice, 1);
        accept(row, when);
        mv(row, when, "submit", "in_progress", "first_review", actor);
        if dice.below(4) == 0 {
            mv(row, later(dice, 2), "agree", "in_progress", "notice", actor);
            mv(
                row,
                later(dice, 9),
                "agree",
                "in_progress",
                "approval",
                actor,
            );
        }
        if dice.below(4) == 0 {
            mv(
                row,
                later(dice, 2),
                "correct",
                "correction",
                "acceptance",
                actor,
            );
            if dice.below(5) == 0 {
                return;
            }
            let when = later(dice, 12);
            accept(row, when);
            mv(row, when, "submit", "in_progress", "first_review", actor);
            if dice.below(3) == 0 {
                mv(row, later(dice, 2), "agree", "in_progress", "notice", actor);
                if dice.below(3) == 0 {
                    return;
                }
                mv(
                    row,
                    later(dice, 9),
                    "agree",
                    "in_progress",
                    "approval",
                    actor,
                );
            }
        }
        match dice.below(8) {
            0 => return,
            1 => {
                let when = later(dice, 3);
                mv(row, when, "refuse", "refused", "approval", actor);
                row.closed_at = Some(when);
                return;
            }
            _ => {}
        }
        let when = later(dice, 4);
        row.recorded_at = Some(when);
        mv(row, when, "record", "in_progress", "delivery", actor);
    }
    if dice.below(3) > 0 {
        let when = later(dice, 5);
        mv(row, when, "deliver", "closed", "archive", actor);
        row.closed_at = Some(when);
    }
}
