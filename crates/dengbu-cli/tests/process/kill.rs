//! kill -9 of server and database during recordings: what was answered is kept, what was not is
//! recorded wholly or not at all, and no number is given out twice.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dengbu_store::{Store, StoreOptions, TenantTx};
use rustix::process::Signal;
use serde_json::Value;

use crate::office::{self, OFFICES, Person, Sale};
use crate::program::{Place, Program, run};

const ROUNDS: usize = 4;
const SALES_PER_ROUND: usize = 12;
const CLIENTS: usize = 4;
/// Another seed kills at other moments; `DENGBU_KILL_SEED` sets one.
const SEED: u64 = 0x5EED_0002;

/// Chance from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let given = std::env::var("DENGBU_KILL_SEED").ok();
        let seed = given.map_or(SEED, |text| text.parse().unwrap());
        eprintln!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// When and how a round ends.
struct Kill {
    /// After so many answers …
    answers: usize,
    /// … and so many turns of doing nothing.
    turns: u64,
    /// The database dies before the server, or the server before the database.
    database_first: bool,
    /// The database lives on and is met by the next server.
    server_only: bool,
}

impl Kill {
    fn of_round(round: usize, dice: &mut Dice) -> Self {
        Self {
            answers: 1 + usize::try_from(dice.below(6)).unwrap(),
            turns: dice.below(5_000),
            database_first: dice.below(2) == 0,
            server_only: round + 1 == ROUNDS,
        }
    }

    fn strike(&self, program: &mut Program, answered: &AtomicUsize) {
        while answered.load(Ordering::Acquire) < self.answers {
            thread::yield_now();
        }
        for _ in 0..self.turns {
            thread::yield_now();
        }
        if self.server_only {
            return program.kill_server();
        }
        if self.database_first {
            program.kill_database();
        }
        program.kill_server();
        // also the one that the server may have started in place of the first
        program.kill_database();
    }
}

/// A sale that was sent to be recorded, and the answer if there was one.
struct Asked {
    sale: Sale,
    answer: Option<Value>,
}

#[test]
fn kill_9_during_recordings_loses_and_doubles_nothing() {
    let place = Place::new();
    let data = place.data();
    let mut dice = Dice::new();
    let mut program = Program::serve(&data, &["--demo"]);
    let mut piles = office::prepare(&program.address, ROUNDS * SALES_PER_ROUND);
    let mut registrars: Vec<Person> = OFFICES
        .iter()
        .map(|(_, name)| Person::sign_in(&program.address, &format!("{name}-record")))
        .collect();
    let before = numbers_issued(&data);
    let mut recorded = Vec::new();
    let mut broken_off = 0;
    for round in 0..ROUNDS {
        let pile = piles.split_off(piles.len() - SALES_PER_ROUND);
        let kill = Kill::of_round(round, &mut dice);
        let (asked, untouched) = record_until_killed(&registrars, pile, &mut program, &kill);
        let open = asked.iter().filter(|a| a.answer.is_none()).count();
        broken_off += open;
        program = Program::serve(&data, &["--demo"]);
        // nobody has to sign in again
        for registrar in &mut registrars {
            *registrar = registrar.at(&program.address);
        }
        let kept = kept(&data, &asked);
        let answered = asked.len() - open;
        let unheard = kept.iter().flatten().count() - answered;
        eprintln!("round {round}: {answered} answered, {open} not, {unheard} of these recorded");
        assert!(unheard > 0, "the sale whose answer was lost is not kept");
        for (asked, number) in asked.into_iter().zip(kept) {
            recorded.push(repeat(&registrars, asked, number));
        }
        for sale in untouched {
            let asked = Asked { sale, answer: None };
            recorded.push(repeat(&registrars, asked, None));
        }
    }
    assert!(
        broken_off > ROUNDS,
        "no kill came while something was under way"
    );
    assert_eq!(recorded.len(), ROUNDS * SALES_PER_ROUND);
    let numbers: BTreeSet<&str> = recorded.iter().map(|(_, number)| number.as_str()).collect();
    assert_eq!(numbers.len(), recorded.len(), "a number was given twice");
    for (sale, number) in &recorded {
        let register = registrars[sale.office].get(&format!("/units/{}/register", sale.unit));
        assert!(
            register.to_string().contains(number),
            "{number}: {register}"
        );
    }
    series_have_no_gap(&data);
    assert_eq!(
        numbers_issued(&data),
        before + i64::try_from(recorded.len()).unwrap()
    );
    program.stop(Signal::TERM);
    let verified = run(&["register", "verify"], &data);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("校验通过"), "{verified:?}");
}

/// Records from several clients until nothing answers any more; also gives the sales that nobody
/// came to.
fn record_until_killed(
    registrars: &[Person],
    pile: Vec<Sale>,
    program: &mut Program,
    kill: &Kill,
) -> (Vec<Asked>, Vec<Sale>) {
    let pile = Mutex::new(pile);
    let asked = Mutex::new(Vec::new());
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(sale) = { pile.lock().unwrap().pop() } {
                    let answer = match registrars[sale.office].record(&sale) {
                        Ok((200, view)) => Some(view),
                        // the server outlived its database by a moment
                        Ok((500.., _)) | Err(_) => None,
                        Ok((status, view)) => panic!("{status}: {view}"),
                    };
                    let Some(view) = answer else {
                        asked.lock().unwrap().push(Asked { sale, answer });
                        return;
                    };
                    // the first answer of a round is lost on its way: recorded, and nobody knows
                    let lost = answered.fetch_add(1, Ordering::AcqRel) == 0;
                    let answer = (!lost).then_some(view);
                    asked.lock().unwrap().push(Asked { sale, answer });
                }
            });
        }
        kill.strike(program, &answered);
    });
    (asked.into_inner().unwrap(), pile.into_inner().unwrap())
}

/// Records again with the same key, twice: the answer is the one given before, if there was one,
/// and the number is the one kept, if there was one.
fn repeat(registrars: &[Person], asked: Asked, kept: Option<String>) -> (Sale, String) {
    let Asked { sale, answer } = asked;
    let registrar = &registrars[sale.office];
    let (status, again) = registrar.record(&sale).unwrap();
    assert_eq!(status, 200, "{again}");
    if let Some(answer) = answer {
        assert_eq!(again, answer, "another answer than before the kill");
        assert!(kept.is_some(), "answered, but not kept: {}", sale.case_no);
    }
    assert_eq!(registrar.record(&sale).unwrap(), (200, again.clone()));
    let results = again["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{again}");
    let number = results[0]["certificate_no"].as_str().unwrap().to_owned();
    assert_eq!(kept.as_ref().unwrap_or(&number), &number);
    (sale, number)
}

/// All that a recording writes, counted for one case: each is there once, or none is.
const TRACES: &str = "select array[
    (select count(*) from register_entry where case_no = $1),
    (select count(*) from register_right where case_no = $1),
    (select count(*) from register_right where end_case_no = $1),
    (select count(*) from issued_number where case_no = $1),
    (select count(*) from certificate where case_no = $1),
    (select count(*) from outbox where topic = 'register.entry' and payload ->> 'case_no' = $1),
    (select count(*) from case_event where case_no = $1 and action = 'record'),
    (select count(*) from audit where action = 'case.acted' and object_id = $1
                                  and detail ->> 'action' = 'record'),
    (select count(*) from registration_case where case_no = $1 and recorded_at is not null),
    (select count(*) from answered_request where key = $2 and status = 200)]";

/// The certificate number that the database keeps for each sale; none for those of which it keeps
/// nothing at all.
fn kept(data: &Path, asked: &[Asked]) -> Vec<Option<String>> {
    in_database(data, async |tx| {
        let mut kept = Vec::new();
        for Asked { sale, .. } in asked {
            let traces: Vec<i64> = sqlx::query_scalar(TRACES)
                .bind(&sale.case_no)
                .bind(&sale.key)
                .fetch_one(tx.conn())
                .await
                .unwrap();
            let whole = traces.iter().all(|n| *n == 1);
            assert!(
                whole || traces.iter().all(|n| *n == 0),
                "{} was recorded in part: {traces:?}",
                sale.case_no
            );
            let number: Option<String> =
                sqlx::query_scalar("select certificate_no from certificate where case_no = $1")
                    .bind(&sale.case_no)
                    .fetch_optional(tx.conn())
                    .await
                    .unwrap();
            assert_eq!(number.is_some(), whole);
            kept.push(number);
        }
        kept
    })
}

/// Each series begins with 1 and has every number up to its last: issued on a certificate that is
/// there, or void with the reason.
fn series_have_no_gap(data: &Path) {
    type Series = (String, i64, i64, i64, i64, i64);
    let series: Vec<Series> = in_database(data, async |tx| {
        sqlx::query_as(
            "select s.authority, s.last, min(n.serial), max(n.serial), count(*),
                    count(*) filter (where n.state = 'void' and n.reason <> '' or c.certificate_no is not null)
             from number_series s
             join issued_number n using (authority, year, kind)
             left join certificate c on c.county = n.county and c.certificate_no = n.certificate_no
             group by s.authority, s.year, s.kind, s.last",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap()
    });
    assert!(series.len() >= OFFICES.len(), "{series:?}");
    for (authority, last, lowest, highest, count, explained) in &series {
        assert_eq!(*lowest, 1, "{authority}");
        assert_eq!((last, highest), (count, count), "{authority} has a gap");
        assert_eq!(explained, count, "{authority} has numbers of nothing");
    }
}

/// Certificate numbers given so far, those of the demonstration's own cases among them.
fn numbers_issued(data: &Path) -> i64 {
    in_database(data, async |tx| {
        sqlx::query_scalar("select count(*) from issued_number")
            .fetch_one(tx.conn())
            .await
            .unwrap()
    })
}

/// Looks into the database of a running server.
pub fn in_database<T>(data: &Path, look: impl AsyncFnOnce(&mut TenantTx) -> T) -> T {
    let url = format!(
        "postgres://dengbu_app@localhost:5432/dengbu?host={}",
        data.join("database/run").display()
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::connect(&url, &StoreOptions::default())
            .await
            .unwrap();
        let mut tx = store.system().await.unwrap();
        let seen = look(&mut tx).await;
        drop(tx);
        store.pool().close().await;
        seen
    })
}
