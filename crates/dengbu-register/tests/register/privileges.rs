//! What the server's role may not do, whatever its code says; and what one authority never sees
//! of another.

use dengbu_model::certificate::{CertificateKind, FormSerial};
use dengbu_register::append::append;
use dengbu_register::entry::EntryCertificate;
use dengbu_register::numbers::{self, Purpose};
use dengbu_register::{RegisterError, certificates, find, forms, read};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

use crate::fixture::{CITY, CITY_PARCEL, MIYI, World, key, minute, mortgage, now, title};

fn sqlstate(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(|c| c.into_owned())
}

#[tokio::test]
async fn the_servers_role_cannot_change_what_was_recorded() {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 1).await;
    w.write(vec![w.entry(CITY, &units[1], title("甲"), minute(0))])
        .await
        .unwrap();
    w.seal(CITY).await;
    for (table, column) in [
        ("register_entry", "body"),
        ("register_chain", "county"),
        ("case_event", "action"),
        ("audit", "action"),
    ] {
        for sql in [
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            format!("truncate {table}"),
            format!("truncate {table} cascade"),
            format!("alter table {table} disable row level security"),
            format!("drop table {table}"),
        ] {
            let mut tx = w.tx(CITY).await;
            let refused = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                .execute(tx.conn())
                .await
                .unwrap_err();
            assert_eq!(
                sqlstate(&refused).as_deref(),
                Some("42501"),
                "{sql}: {refused}"
            );
        }
    }
    for table in ["register_entry", "register_chain"] {
        // not even through a lock that an update would take, or an upsert
        let mut tx = w.tx(CITY).await;
        let sql = format!("select 1 from {table} for update");
        let refused = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(tx.conn())
            .await
            .unwrap_err();
        assert_eq!(sqlstate(&refused).as_deref(), Some("42501"));
    }
    let role: (String, bool, bool) = {
        let mut tx = w.tx(CITY).await;
        sqlx::query_as("select rolname::text, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    assert_eq!(role, ("dengbu_app".to_owned(), false, false));
}

/// A title with a certificate and a form in stock, all of the city's authority.
async fn city_with_a_title() -> (World, Vec<dengbu_model::unit_code::UnitCode>, String) {
    let w = World::new().await;
    let units = w.plant(CITY, CITY_PARCEL, 2).await;
    let mut tx = w.tx(CITY).await;
    let mut entry = w.entry(CITY, &units[1], title("甲"), minute(0));
    let issuer = numbers::issuer(&mut tx, CITY).await.unwrap();
    let purpose = Purpose {
        county: "510402",
        case_no: None,
        entry_id: entry.entry_id,
        at: now(),
    };
    let number = numbers::draw_certificate(&mut tx, &issuer, CertificateKind::Title, &purpose)
        .await
        .unwrap()
        .to_string();
    entry.certificates = vec![EntryCertificate {
        number: number.clone(),
        kind: "title".to_owned(),
        holder: None,
    }];
    let mut heads = dengbu_register::append::lock_units(&mut tx, &units[1..2])
        .await
        .unwrap();
    let made = append(&mut tx, &key(), &mut heads, vec![entry])
        .await
        .unwrap();
    certificates::follow(&mut tx, &made[0], &|| w.id())
        .await
        .unwrap();
    let serial = FormSerial::parse("D51000000001").unwrap();
    forms::receive(&mut tx, CITY, "title", &serial, 3, "管理员", now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(number, "川(2026)攀枝花市不动产权第0000001号");
    (w, units, number)
}

#[tokio::test]
async fn one_authority_sees_nothing_of_another() {
    let (w, units, number) = city_with_a_title().await;
    let mut tx = w.tx(MIYI).await;
    for table in [
        "parcel",
        "estate_unit",
        "register_entry",
        "register_unsealed",
        "register_chain",
        "register_right",
        "register_holder",
        "number_series",
        "issued_number",
        "certificate",
        "paper_form",
    ] {
        let seen: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, 0, "{table}");
    }
    assert!(read::rights(&mut tx, &units[1]).await.unwrap().is_empty());
    assert!(read::entries(&mut tx, &units[1]).await.unwrap().is_empty());
    assert!(
        find::by_certificate(&mut tx, &number, "", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        find::by_holder_name(&mut tx, "甲", "", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        find::standing(&mut tx, &[units[1].as_str().to_owned()])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(forms::stock(&mut tx, CITY).await.unwrap().is_empty());
    assert!(numbers::series(&mut tx).await.unwrap().is_empty());
    let unknown = read::unit_state(&mut tx, &units[1], None).await;
    assert!(matches!(unknown, Err(RegisterError::UnknownUnit(_))));
    // and writes find nothing to write on
    let none = sqlx::query("update certificate set state = 'revoked'")
        .execute(tx.conn())
        .await
        .unwrap();
    assert_eq!(none.rows_affected(), 0);
    let none = sqlx::query("delete from register_right")
        .execute(tx.conn())
        .await
        .unwrap();
    assert_eq!(none.rows_affected(), 0);
    tx.commit().await.unwrap();
    let mut own = w.tx(CITY).await;
    assert_eq!(
        find::by_certificate(&mut own, &number, "", 10)
            .await
            .unwrap(),
        [units[1].as_str()]
    );
    assert_eq!(forms::stock(&mut own, CITY).await.unwrap()[0].in_stock, 3);
}

#[tokio::test]
async fn one_authority_cannot_write_for_another() {
    let (w, units, _) = city_with_a_title().await;
    // an entry for the city's unit out of Miyi's scope
    let mut tx = w.tx(MIYI).await;
    let entry = w.entry(CITY, &units[2], title("乙"), minute(1));
    let refused = append(&mut tx, &key(), &mut BTreeMap::new(), vec![entry])
        .await
        .unwrap_err();
    let RegisterError::Store(dengbu_store::StoreError::Database(e)) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(sqlstate(e).as_deref(), Some("42501"), "{e}");
    drop(tx);

    let mut tx = w.tx(MIYI).await;
    let serial = FormSerial::parse("D51000000009").unwrap();
    let refused = forms::receive(&mut tx, CITY, "title", &serial, 1, "外人", now())
        .await
        .unwrap_err();
    let RegisterError::Store(dengbu_store::StoreError::Database(e)) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(sqlstate(e).as_deref(), Some("42501"), "{e}");
    drop(tx);

    // an entry on the own unit under the other authority's name does not reach its queue
    let miyi = w.plant(MIYI, crate::fixture::MIYI_PARCEL, 1).await;
    let mut tx = w.tx(MIYI).await;
    let mut heads = dengbu_register::append::lock_units(&mut tx, &miyi[1..])
        .await
        .unwrap();
    let forged = w.entry(CITY, &miyi[1], mortgage("银行"), minute(1));
    assert!(
        append(&mut tx, &key(), &mut heads, vec![forged])
            .await
            .is_err()
    );
    drop(tx);

    // and numbers of its series cannot be drawn
    let mut tx = w.tx(MIYI).await;
    let issuer = numbers::issuer(&mut tx, CITY).await.unwrap();
    let purpose = Purpose {
        county: "510402",
        case_no: None,
        entry_id: w.id(),
        at: now(),
    };
    assert!(
        numbers::draw_certificate(&mut tx, &issuer, CertificateKind::Title, &purpose)
            .await
            .is_err()
    );
    drop(tx);
    assert_eq!(w.verify().await.broken, None);
    let numbers = "select string_agg(certificate_no, ' ') from issued_number";
    assert_eq!(w.text(numbers).await, "川(2026)攀枝花市不动产权第0000001号");
}
