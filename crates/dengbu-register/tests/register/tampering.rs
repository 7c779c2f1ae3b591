//! Whoever holds the keys of the database can change it; the walk over the chains notices and
//! says where.

use dengbu_model::unit_code::UnitCode;
use dengbu_register::entry::{EntryBody, chain_hash};
use sqlx::Connection;

use crate::fixture::{CITY, CITY_PARCEL, MIYI, MIYI_PARCEL, World, ended, minute, mortgage, title};

/// Unit 1 has three entries, unit 2 one, all sealed; Miyi's unit one, sealed; then one more entry
/// on unit 2 that waits to be sealed.
async fn register() -> (World, Vec<UnitCode>) {
    let w = World::new().await;
    let mut units = w.plant(CITY, CITY_PARCEL, 2).await;
    let miyi = w.plant(MIYI, MIYI_PARCEL, 1).await;
    let first = w.entry(CITY, &units[1], title("甲"), minute(0));
    let first_id = first.right_id;
    let mut sale = w.entry(CITY, &units[1], title("乙"), minute(1));
    sale.ends = vec![ended(first_id)];
    w.write(vec![first]).await.unwrap();
    w.write(vec![sale]).await.unwrap();
    w.write(vec![w.entry(CITY, &units[1], mortgage("银行"), minute(2))])
        .await
        .unwrap();
    w.write(vec![w.entry(CITY, &units[2], title("丙"), minute(3))])
        .await
        .unwrap();
    w.write(vec![w.entry(MIYI, &miyi[1], title("丁"), minute(3))])
        .await
        .unwrap();
    w.seal(CITY).await;
    w.seal(MIYI).await;
    w.write(vec![w.entry(CITY, &units[2], mortgage("银行"), minute(4))])
        .await
        .unwrap();
    units.push(miyi[1].clone());
    let report = w.verify().await;
    assert_eq!(report.broken, None);
    assert_eq!(
        (report.entries, report.units, report.links, report.unsealed),
        (6, 3, 5, 1)
    );
    (w, units)
}

/// Tampers and demands that the report names every one of `words`.
async fn noticed(w: &World, sql: &str, words: &[&str]) {
    w.as_owner(sql).await;
    let Some(broken) = w.verify().await.broken else {
        panic!("not noticed: {sql}")
    };
    for word in words {
        assert!(
            broken.contains(word),
            "{sql}\n→ {broken}\nshould say {word}"
        );
    }
}

fn at(unit: &UnitCode, seq: i64) -> String {
    format!("unit_code = '{}' and unit_seq = {seq}", unit.as_str())
}

#[tokio::test]
async fn a_changed_body() {
    let (w, units) = register().await;
    let sql = format!(
        "update register_entry set body = replace(body, '乙', '戊') where {}",
        at(&units[1], 2)
    );
    noticed(&w, &sql, &[units[1].as_str(), "第 2 条", "内容与哈希不符"]).await;
}

#[tokio::test]
async fn a_changed_hash() {
    let (w, units) = register().await;
    let sql = format!(
        "update register_entry set hash = decode(repeat('ab', 32), 'hex') where {}",
        at(&units[1], 2)
    );
    noticed(&w, &sql, &[units[1].as_str(), "第 2 条", "哈希"]).await;
}

#[tokio::test]
async fn a_changed_previous_hash() {
    let (w, units) = register().await;
    let sql = format!(
        "update register_entry set prev_hash = decode(repeat('ab', 32), 'hex') where {}",
        at(&units[1], 2)
    );
    noticed(&w, &sql, &[units[1].as_str(), "第 2 条", "不衔接"]).await;
}

#[tokio::test]
async fn an_entry_taken_out_of_the_middle() {
    let (w, units) = register().await;
    let sql = format!("delete from register_entry where {}", at(&units[1], 2));
    noticed(&w, &sql, &[units[1].as_str(), "应为第 2 条", "缺失"]).await;
}

#[tokio::test]
async fn the_first_entry_taken_out() {
    let (w, units) = register().await;
    let sql = format!("delete from register_entry where {}", at(&units[1], 1));
    noticed(&w, &sql, &[units[1].as_str(), "应为第 1 条", "缺失"]).await;
}

#[tokio::test]
async fn the_last_entry_cut_off() {
    let (w, units) = register().await;
    let sql = format!("delete from register_entry where {}", at(&units[1], 3));
    noticed(&w, &sql, &[units[1].as_str(), "链头（第 3 条）", "末尾"]).await;
}

#[tokio::test]
async fn the_last_entry_cut_off_and_the_head_set_back() {
    let (w, units) = register().await;
    let unit = units[1].as_str();
    let sql = format!(
        "delete from register_entry where {};
         update estate_unit u set head_seq = 2, head_hash = e.hash from register_entry e
         where u.unit_code = '{unit}' and e.unit_code = u.unit_code and e.unit_seq = 2",
        at(&units[1], 3)
    );
    // the unit looks whole; the authority's chain still holds the entry
    noticed(&w, &sql, &["登记机构 510400 总链", "缺失"]).await;
}

#[tokio::test]
async fn a_whole_unit_wiped_out() {
    let (w, units) = register().await;
    let unit = units[2].as_str();
    let sql = format!(
        "delete from register_entry where unit_code = '{unit}';
         update estate_unit set head_seq = 0, head_hash = '' where unit_code = '{unit}'"
    );
    noticed(&w, &sql, &["登记机构 510400 总链第 4 环", "缺失"]).await;
}

#[tokio::test]
async fn a_head_set_back_alone() {
    let (w, units) = register().await;
    let sql = format!(
        "update estate_unit set head_seq = 2 where unit_code = '{}'",
        units[1].as_str()
    );
    noticed(&w, &sql, &[units[1].as_str(), "链头（第 2 条）"]).await;
}

#[tokio::test]
async fn every_column_beside_the_body() {
    let other = "'00000000-0000-4000-8000-000000000001'";
    for (column, value) in [
        ("entry_id", other),
        ("authority", "'510421'"),
        ("registration_type", "'900'"),
        ("right_id", other),
        ("right_type", "'mortgage'"),
        ("case_no", "'51040220261123000001'"),
        ("recorded_at", "recorded_at + interval '1 microsecond'"),
    ] {
        let (w, units) = register().await;
        let sql = format!(
            "update register_entry set {column} = {value} where {}",
            at(&units[1], 2)
        );
        noticed(&w, &sql, &[units[1].as_str(), "第 2 条", "索引字段"]).await;
    }
}

#[tokio::test]
async fn a_chain_link_changed_or_removed() {
    let of = "authority = '510400' and chain_seq = 3";
    for (sql, words) in [
        (
            format!("update register_chain set hash = decode(repeat('cd', 32), 'hex') where {of}"),
            "第 3 环：哈希不衔接",
        ),
        (
            format!("update register_chain set prev_hash = '' where {of}"),
            "第 3 环：哈希不衔接",
        ),
        (
            format!(
                "update register_chain set entry_hash = decode(repeat('cd', 32), 'hex') where {of}"
            ),
            "第 3 环：哈希不衔接",
        ),
        (
            format!("delete from register_chain where {of}"),
            "应为第 3 环",
        ),
        (
            "delete from register_chain where authority = '510400' and chain_seq = 1".to_owned(),
            "应为第 1 环",
        ),
    ] {
        let (w, _) = register().await;
        noticed(&w, &sql, &["登记机构 510400 总链", words]).await;
    }
}

#[tokio::test]
async fn the_last_chain_link_removed() {
    let (w, units) = register().await;
    let sql = "delete from register_chain where authority = '510400' and chain_seq = 4";
    let entry = w
        .text(&format!(
            "select entry_id::text from register_entry where {}",
            at(&units[2], 1)
        ))
        .await;
    noticed(&w, sql, &[&entry, "既不在总链上，也不在待上链队列中"]).await;
}

#[tokio::test]
async fn the_queue_emptied_or_forged() {
    let (w, units) = register().await;
    let waiting = w
        .text(&format!(
            "select entry_id::text from register_entry where {}",
            at(&units[2], 2)
        ))
        .await;
    noticed(
        &w,
        "delete from register_unsealed",
        &[&waiting, "既不在总链上"],
    )
    .await;

    let forged = "00000000-0000-4000-8000-000000000001";
    let (w, _) = register().await;
    let sql = format!(
        "insert into register_unsealed select authority, '{forged}', county, entry_hash, recorded_at from register_unsealed"
    );
    noticed(&w, &sql, &[forged, "不存在，或已经上链"]).await;

    let (w, _) = register().await;
    let sql = "update register_unsealed set entry_hash = decode(repeat('cd', 32), 'hex')";
    noticed(&w, sql, &["登记簿记录"]).await;
}

#[tokio::test]
async fn a_sealed_entry_put_into_the_queue_again() {
    let (w, units) = register().await;
    let sealed = w
        .text(&format!(
            "select entry_id::text from register_entry where {}",
            at(&units[1], 1)
        ))
        .await;
    let sql = format!(
        "insert into register_unsealed select authority, entry_id, county, hash, recorded_at
         from register_entry where {}",
        at(&units[1], 1)
    );
    noticed(&w, &sql, &[&sealed, "已经上链"]).await;
}

#[tokio::test]
async fn an_entry_in_the_queues_of_two_authorities() {
    let (w, _) = register().await;
    let sql = "insert into register_unsealed
               select '510421', entry_id, county, entry_hash, recorded_at from register_unsealed";
    noticed(&w, sql, &["两个登记机构"]).await;
}

#[tokio::test]
async fn an_entry_slipped_into_another_authoritys_chain() {
    let (w, units) = register().await;
    let waiting = w
        .text(&format!(
            "select entry_id::text from register_entry where {}",
            at(&units[2], 2)
        ))
        .await;
    noticed(
        &w,
        "update register_unsealed set authority = '510421'",
        &[&waiting],
    )
    .await;
    // and once it was sealed there
    assert_eq!(w.seal(MIYI).await, 1);
    let broken = w.verify().await.broken.unwrap();
    assert!(
        broken.contains("登记机构 510421 总链第 2 环") && broken.contains(&waiting),
        "{broken}"
    );
}

/// Somebody who knows how the chains are made rewrites the last entry of a unit with a right hash
/// and a right head: the authority's chain tells.
#[tokio::test]
async fn an_entry_rewritten_with_a_right_hash() {
    let (w, units) = register().await;
    let mut tx = w.tx(CITY).await;
    let entries = dengbu_register::read::entries(&mut tx, &units[1])
        .await
        .unwrap();
    drop(tx);
    let last = &entries[2];
    let text = last.body.canonical().unwrap().replace("银行", "亲戚");
    assert!(EntryBody::parse(&text).is_ok());
    let hash = chain_hash(&last.prev_hash, text.as_bytes()).to_vec();
    let mut owner = w.owner().await;
    let done = sqlx::query("update register_entry set body = $1, hash = $2 where entry_id = $3")
        .bind(&text)
        .bind(&hash)
        .bind(last.body.entry_id)
        .execute(&mut owner)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    sqlx::query("update estate_unit set head_hash = $1 where unit_code = $2")
        .bind(&hash)
        .bind(units[1].as_str())
        .execute(&mut owner)
        .await
        .unwrap();
    owner.close().await.unwrap();
    let broken = w.verify().await.broken.unwrap();
    assert!(broken.contains("登记机构 510400 总链第 3 环"), "{broken}");
}
