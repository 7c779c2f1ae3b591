//! A request sent again does nothing twice.

use std::sync::Arc;

use dengbu_cases::CaseError;
use dengbu_cases::answered::{self, Asked, Known};
use dengbu_cases::open::{self, NewCase};
use dengbu_model::unit_code::UnitCode;
use serde_json::json;
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::fixture::{CITY, FIRST, Office, RECEPTION, SEIZURE, doing, now};

fn asked<'a>(staff_id: Uuid, key: &'a str) -> Asked<'a> {
    Asked {
        authority: CITY,
        staff_id,
        key,
    }
}

/// Opens a case under a key as the server does; gives the answer, and whether it did the work.
async fn request(
    o: &Office,
    units: &[UnitCode],
    key: &str,
    body: &[u8],
) -> Result<(String, bool), CaseError> {
    let asked = asked(RECEPTION.id(), key);
    let mut tx = o.tx(CITY).await;
    if let Known::Answered(status, answer) = answered::claim(&mut tx, &asked, body, now()).await? {
        assert_eq!(status, 201);
        return Ok((answer["case_no"].as_str().unwrap().to_owned(), false));
    }
    // seizures do not shut one another out: only the key can keep the second case away
    let new = NewCase {
        business: SEIZURE.to_owned(),
        units: units.to_vec(),
        target_right_id: None,
        authority: CITY.to_owned(),
        office_id: None,
        office_authority: CITY.to_owned(),
        office_name: None,
        source: "counter".to_owned(),
    };
    let case_no = open::open(&mut tx, &new, &doing(RECEPTION, now())).await?;
    answered::remember(&mut tx, &asked, 201, &json!({ "case_no": case_no })).await?;
    tx.commit().await?;
    Ok((case_no, true))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_key_at_the_same_moment_has_one_effect() {
    let (o, units) = Office::with_dwellings(1).await;
    let o = Arc::new(o);
    let start = Arc::new(Barrier::new(8));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (o, units, start) = (o.clone(), units.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                request(&o, &units, "key-00000001", b"body").await.unwrap()
            })
        })
        .collect();
    let mut did = 0;
    for task in tasks {
        let (case_no, first) = task.await.unwrap();
        assert_eq!(case_no, "51040220261123000001");
        did += u32::from(first);
    }
    assert_eq!(did, 1);
    assert_eq!(
        o.text("select count(*)::text from registration_case").await,
        "1"
    );
}

#[tokio::test]
async fn a_key_is_good_for_one_request_of_one_person() {
    let (o, units) = Office::with_dwellings(1).await;
    request(&o, &units, "key-00000001", b"body").await.unwrap();
    let other = request(&o, &units, "key-00000001", b"another body").await;
    assert!(matches!(other, Err(CaseError::KeyReused)), "{other:?}");
    let mut tx = o.tx(CITY).await;
    let colleague = asked(FIRST.id(), "key-00000001");
    let known = answered::claim(&mut tx, &colleague, b"another body", now())
        .await
        .unwrap();
    assert_eq!(known, Known::New);
    assert_eq!(
        o.text("select count(*)::text from registration_case").await,
        "1"
    );
}

#[tokio::test]
async fn what_was_rolled_back_may_be_asked_again() {
    let (o, units) = Office::with_dwellings(1).await;
    let unknown = UnitCode::parse("510402001003GB00012F00010099").unwrap();
    assert!(
        request(&o, &[unknown], "key-00000001", b"body")
            .await
            .is_err()
    );
    let (_, did) = request(&o, &units, "key-00000001", b"mended body")
        .await
        .unwrap();
    assert!(did);
}
