//! Paper forms and number series.

use dengbu_model::certificate::{CertificateKind, FormSerial};
use dengbu_register::RegisterError;
use dengbu_register::forms::{self, FormError};
use dengbu_register::numbers::{self, Purpose};

use crate::fixture::{CITY, World, minute, now};

fn serial(text: &str) -> FormSerial {
    FormSerial::parse(text).unwrap()
}

#[tokio::test]
async fn a_form_is_used_once_for_its_own_kind() {
    let w = World::new().await;
    let mut tx = w.tx(CITY).await;
    let t = &mut tx;
    forms::receive(
        t,
        CITY,
        "title",
        &serial("D51000000001"),
        3,
        "管理员",
        now(),
    )
    .await
    .unwrap();
    forms::receive(t, CITY, "proof", &serial("51000000001"), 2, "管理员", now())
        .await
        .unwrap();
    let print = async |t: &mut _, kind: &str, which: &str| {
        forms::use_form(t, CITY, kind, which, "号", "件", "缮证员", minute(1)).await
    };
    print(t, "title", "D51000000001").await.unwrap();
    let twice = print(t, "title", "D51000000001").await.unwrap_err();
    assert!(matches!(
        &twice,
        RegisterError::Form(FormError::NotInStock {
            state: "使用", ..
        })
    ));
    let odd = print(t, "title", "51000000001").await.unwrap_err();
    assert!(matches!(
        &odd,
        RegisterError::Form(FormError::WrongKind { .. })
    ));
    assert!(odd.to_string().contains("需要不动产权证书空白纸"), "{odd}");
    let none = print(t, "title", "D51000000009").await.unwrap_err();
    assert!(matches!(&none, RegisterError::Form(FormError::Unknown(_))));
    forms::write_off(
        t,
        CITY,
        "D51000000002",
        "spoiled",
        "打印错位",
        "缮证员",
        minute(2),
    )
    .await
    .unwrap();
    let spoiled = print(t, "title", "D51000000002").await.unwrap_err();
    assert!(matches!(
        &spoiled,
        RegisterError::Form(FormError::NotInStock {
            state: "作废", ..
        })
    ));
    let stock = forms::stock(t, CITY).await.unwrap();
    assert_eq!(stock[0].form_kind, "title");
    assert_eq!(
        (
            stock[0].total,
            stock[0].in_stock,
            stock[0].used,
            stock[0].spoiled
        ),
        (3, 1, 1, 1)
    );
    assert_eq!((stock[1].total, stock[1].in_stock), (2, 2));
}

#[tokio::test]
async fn serials_come_in_once() {
    let w = World::new().await;
    let mut tx = w.tx(CITY).await;
    forms::receive(
        &mut tx,
        CITY,
        "title",
        &serial("D51000000001"),
        3,
        "管理员",
        now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut tx = w.tx(CITY).await;
    let overlap = forms::receive(
        &mut tx,
        CITY,
        "title",
        &serial("D51000000003"),
        3,
        "管理员",
        now(),
    )
    .await;
    assert!(matches!(
        overlap,
        Err(RegisterError::Form(FormError::Overlap(1)))
    ));
    drop(tx);
    for count in [0, forms::BATCH_MAX + 1] {
        let mut tx = w.tx(CITY).await;
        let refused = forms::receive(
            &mut tx,
            CITY,
            "title",
            &serial("D52000000001"),
            count,
            "管理员",
            now(),
        )
        .await;
        assert!(matches!(
            refused,
            Err(RegisterError::Form(FormError::Count))
        ));
    }
    assert_eq!(w.text("select count(*)::text from paper_form").await, "3");
}

#[tokio::test]
async fn a_run_past_the_last_serial_is_refused_and_leaves_nothing() {
    let w = World::new().await;
    let mut tx = w.tx(CITY).await;
    let refused = forms::receive(
        &mut tx,
        CITY,
        "title",
        &serial("D99999999998"),
        5,
        "管理员",
        now(),
    )
    .await;
    assert!(
        matches!(refused, Err(RegisterError::Form(FormError::PastEnd(_)))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn numbers_rolled_back_return_and_years_and_kinds_count_apart() {
    let w = World::new().await;
    let draw = async |kind, at: &str, keep: bool| {
        let mut tx = w.tx(CITY).await;
        let issuer = numbers::issuer(&mut tx, CITY).await.unwrap();
        let purpose = Purpose {
            county: "510402",
            case_no: None,
            entry_id: w.id(),
            at: at.parse().unwrap(),
        };
        let number = numbers::draw_certificate(&mut tx, &issuer, kind, &purpose)
            .await
            .unwrap();
        if keep {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        number.to_string()
    };
    let title = CertificateKind::Title;
    let at = "2026-11-23T01:00:00Z";
    assert_eq!(
        draw(title, at, true).await,
        "川(2026)攀枝花市不动产权第0000001号"
    );
    assert_eq!(
        draw(title, at, false).await,
        "川(2026)攀枝花市不动产权第0000002号"
    );
    assert_eq!(
        draw(title, at, true).await,
        "川(2026)攀枝花市不动产权第0000002号"
    );
    let proof = draw(CertificateKind::Proof, at, true).await;
    assert_eq!(proof, "川(2026)攀枝花市不动产证明第0000001号");
    // the year is that of Panzhihua's clock, not of Greenwich
    let new_year = draw(title, "2026-12-31T16:00:00Z", true).await;
    assert_eq!(new_year, "川(2027)攀枝花市不动产权第0000001号");
    let mut tx = w.tx(CITY).await;
    for s in numbers::series(&mut tx).await.unwrap() {
        assert!(s.unexplained.is_empty() && s.issued == s.last, "{s:?}");
    }
}

#[tokio::test]
async fn a_gap_is_named_unless_it_is_explained() {
    let w = World::new().await;
    w.as_owner(
        "insert into number_series values ('510400', 2026, 'title', 4);
         insert into issued_number (authority, year, kind, serial, certificate_no, county, issued_at)
             values ('510400', 2026, 'title', 1, '一', '510402', now()), ('510400', 2026, 'title', 4, '四', '510402', now());
         insert into issued_number (authority, year, kind, serial, certificate_no, county, state, reason, issued_at)
             values ('510400', 2026, 'title', 2, '二', '510402', 'void', '打印机故障', now())",
    )
    .await;
    let mut tx = w.tx(CITY).await;
    let series = numbers::series(&mut tx).await.unwrap();
    assert_eq!(series[0].unexplained, [3]);
    assert_eq!(series[0].void, [(2, "打印机故障".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_numbers_drawn_at_once_differ() {
    let w = std::sync::Arc::new(World::new().await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let w = w.clone();
            tokio::spawn(async move {
                let mut tx = w.tx(CITY).await;
                let day = "2026-11-23".parse().unwrap();
                let number = numbers::draw_case_number(&mut tx, "510402", day)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                number.as_str().to_owned()
            })
        })
        .collect();
    let mut drawn = Vec::new();
    for t in tasks {
        drawn.push(t.await.unwrap());
    }
    drawn.sort();
    let expected: Vec<String> = (1..=8).map(|n| format!("51040220261123{n:06}")).collect();
    assert_eq!(drawn, expected);
}
