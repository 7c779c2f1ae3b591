//! What each kind of applicant gets to see, and the papers made of it.

use dengbu_model::party::Party;
use dengbu_search::access::Index;
use dengbu_search::answer::Answer;
use dengbu_search::document::{DoubtDecision, read_code};
use dengbu_search::request::SearchRequest;
use dengbu_search::{SearchError, application, issue};
use sqlx::Connection;

use crate::fixture::{
    World, doing, library, minute, mortgage, now, number, person, request, seizure, subject, title,
};

struct Street {
    w: World,
    unit: String,
    other: String,
}

/// A flat of 甲某, mortgaged and seized, and one of somebody whose number nobody wrote down.
async fn street() -> Street {
    let w = World::new().await;
    let units = w.plant("510402", 3).await;
    let owner = person("甲某", Some(&number(1)));
    w.record(&units[1], title(vec![owner]), &[], true).await;
    let bank = Party::named("某银行", dengbu_model::party::PartyKind::Enterprise);
    w.record(&units[1], mortgage(bank), &[], true).await;
    w.record(&units[1], seizure("某区人民法院"), &[], true)
        .await;
    w.record(&units[2], title(vec![person("甲某", None)]), &[], true)
        .await;
    Street {
        unit: units[1].as_str().to_owned(),
        other: units[2].as_str().to_owned(),
        w,
    }
}

impl Street {
    fn about(&self, kind: &str) -> SearchRequest {
        let mut r = request(kind, Index::UnitCode, person("丁某", Some(&number(4))));
        r.units = vec![self.unit.clone()];
        r.claimed_holder = Some("甲某".to_owned());
        r
    }
}

fn field<'a>(answer: &'a Answer, label: &str) -> Option<&'a str> {
    let unit = &answer.units[0];
    unit.natural
        .iter()
        .chain(&unit.state)
        .find(|f| f.label == label)
        .map(|f| f.value.as_str())
}

fn rules(result: Result<Answer, SearchError>) -> Vec<String> {
    match result {
        Err(SearchError::Refused(found)) => found.into_iter().map(|f| f.rule).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_intending_buyer_learns_that_and_not_who_or_how_much() {
    let s = street().await;
    let answer = s.w.ask(s.about("intending")).await.unwrap();
    assert_eq!(field(&answer, "是否存在抵押权登记"), Some("是（1 项）"));
    assert_eq!(field(&answer, "是否存在查封登记"), Some("是（1 项）"));
    assert_eq!(field(&answer, "是否存在共有情形"), Some("否"));
    assert_eq!(field(&answer, "是否存在异议登记"), Some("否"));
    assert!(field(&answer, "建筑面积").unwrap().starts_with("90.50"));
    let text = serde_json::to_string(&answer).unwrap();
    for secret in ["甲某", "某银行", "某区人民法院", "800,000", &number(1)] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_lawyer_without_order_learns_the_organ_and_whether_the_name_fits() {
    let s = street().await;
    let answer = s.w.ask(s.about("intending_lawyer")).await.unwrap();
    let label = "所提供的权利主体名称与登记簿记载";
    assert_eq!(field(&answer, label), Some("一致"));
    assert_eq!(field(&answer, "查封（限制）机关"), Some("某区人民法院"));
    assert_eq!(field(&answer, "共有形式"), Some("单独所有"));
    let text = serde_json::to_string(&answer).unwrap();
    assert!(!text.contains("某银行") && !text.contains(&number(1)));
}

#[tokio::test]
async fn parties_to_a_contract_see_results_without_numbers_organs_with() {
    let s = street().await;
    let answer = s.w.ask(s.about("contract_party")).await.unwrap();
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.contains("甲某") && text.contains("800,000.00"));
    assert!(!text.contains(&number(1)));
    let text = serde_json::to_string(&s.w.ask(s.about("state_organ")).await.unwrap()).unwrap();
    assert!(text.contains(&number(1)));
    let shared = s.w.ask(s.about("sharing_department")).await.unwrap();
    let text = serde_json::to_string(&shared).unwrap();
    assert!(text.contains("甲某") && !text.contains("800,000.00") && !text.contains(&number(1)));
}

#[tokio::test]
async fn who_is_not_in_the_register_is_refused_and_a_bare_name_needs_a_word() {
    let s = street().await;
    assert_eq!(rules(s.w.ask(s.about("holder")).await), ["Q14"]);
    let mut r = s.about("holder");
    r.applicant = person("甲某", Some(&number(1)));
    assert!(s.w.ask(r.clone()).await.is_ok());
    r.units = vec![s.other.clone()];
    assert_eq!(rules(s.w.ask(r.clone()).await), ["Q13"]);
    r.identity_note = Some("核对原房产证".to_owned());
    assert!(s.w.ask(r).await.is_ok());
    let mut r = s.about("heir");
    r.subject = Some(subject("甲某", 1));
    assert!(s.w.ask(r.clone()).await.is_ok());
    r.subject = Some(subject("戊某", 5));
    assert_eq!(rules(s.w.ask(r).await), ["Q14"]);
    let mut r = s.about("intending");
    r.units.push(s.other.clone());
    assert_eq!(rules(s.w.ask(r).await), ["Q11"]);
    let mut r = s.about("intending");
    r.units = vec![s.unit.replacen("510402", "510421", 1)];
    assert_eq!(rules(s.w.ask(r).await), ["Q12"]);
    let mut r = s.about("intending");
    r.index = Index::Person;
    assert_eq!(rules(s.w.ask(r).await), ["Q02"]);
    let r = s.about("public");
    assert_eq!(rules(s.w.ask(r).await), ["Q01"]);
}

#[tokio::test]
async fn an_address_names_one_place() {
    let s = street().await;
    let mut r = s.about("intending");
    r.index = Index::Address;
    r.units.clear();
    r.text = Some("示例路1号1室".to_owned());
    assert_eq!(s.w.ask(r.clone()).await.unwrap().units[0].unit_code, s.unit);
    r.text = Some("示例路1号".to_owned());
    let several = s.w.ask(r.clone()).await;
    assert!(matches!(several, Err(SearchError::Fields(f)) if f[0].code == "several"));
    r.units = vec![s.other.clone()];
    assert!(s.w.ask(r.clone()).await.is_ok());
    r.text = Some("示例路1号1室".to_owned());
    let elsewhere = s.w.ask(r).await;
    assert!(matches!(elsewhere, Err(SearchError::Fields(f)) if f[0].code == "not_at_address"));
}

#[tokio::test]
async fn a_proof_of_dwellings_waits_for_the_doubtful_ones_and_cannot_be_altered() {
    let s = street().await;
    let ids = || s.w.id();
    let mine = request("holder", Index::Person, person("甲某", Some(&number(1))));
    let made = s.w.take_in(mine).await;
    let no = &made.search_no;
    let mut tx = s.w.tx().await;
    let before = doing(now(), &ids);
    let early = issue::document(
        &mut tx,
        "中心",
        no,
        ("property_proof", &[]),
        &library(),
        &before,
    )
    .await;
    assert!(matches!(early, Err(SearchError::NoAnswerToday)));
    drop(tx);
    let answer = s.w.answer(no, now()).await.unwrap();
    let doubt = answer.people[0].doubts[0].right_id;
    let mut tx = s.w.tx().await;
    let d = doing(minute(1), &ids);
    let open = issue::document(&mut tx, "中心", no, ("property_proof", &[]), &library(), &d).await;
    assert!(matches!(open, Err(SearchError::Fields(f)) if f[0].code == "doubt_open"));
    let decide = |same_person| {
        vec![DoubtDecision {
            right_id: doubt,
            same_person,
            reason: "核对原档案照片".to_owned(),
        }]
    };
    let one = issue::document(
        &mut tx,
        "中心",
        no,
        ("property_proof", &decide(false)),
        &library(),
        &d,
    )
    .await
    .unwrap();
    assert_eq!(one.document_no, "有房2026510400000001");
    let conclusion = |i: &issue::Issued| i.body.as_ref().unwrap().conclusion.clone().unwrap();
    assert!(conclusion(&one).contains("共 1 处"));
    let two = issue::document(
        &mut tx,
        "中心",
        no,
        ("property_proof", &decide(true)),
        &library(),
        &d,
    )
    .await
    .unwrap();
    assert!(conclusion(&two).contains("共 2 处") && two.check_code != one.check_code);
    // the day after a new answer is needed
    let late = doing(minute(24 * 60), &ids);
    let late = issue::document(
        &mut tx,
        "中心",
        no,
        ("result_proof", &[]),
        &library(),
        &late,
    )
    .await;
    assert!(matches!(late, Err(SearchError::NoAnswerToday)));
    let code = read_code(&one.check_code).unwrap();
    let found = issue::by_code(&mut tx, &code).await.unwrap().unwrap();
    assert!(found.genuine && found.document_no == one.document_no);
    tx.commit().await.unwrap();
    s.tamper(no, &code).await;
}

impl Street {
    /// The server's role cannot change a paper or the log; whoever can, leaves a mark.
    async fn tamper(&self, no: &str, code: &str) {
        for sql in [
            "update search_document set body = '{}'",
            "delete from search_document",
            "update search_showing set body = '{}'",
            "delete from search_showing",
            "delete from search_shown_subject",
        ] {
            let mut tx = self.w.tx().await;
            let refused = sqlx::raw_sql(sql).execute(tx.conn()).await.unwrap_err();
            assert!(refused.to_string().contains("permission denied"), "{sql}");
        }
        let mut owner = sqlx::PgConnection::connect(self.w.db.owner_url())
            .await
            .unwrap();
        sqlx::raw_sql(
            "set app.scope = '510400'; update search_document set body = replace(body, '共 1 处', '共 9 处');
             update search_showing set body = replace(body, '甲某', '乙某')",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        let mut tx = self.w.tx().await;
        let found = issue::by_code(&mut tx, code).await.unwrap().unwrap();
        assert!(!found.genuine);
        let application = application::load(&mut tx, no, false).await.unwrap();
        let last = dengbu_search::log::last(&mut tx, &application).await;
        assert!(matches!(last, Err(SearchError::Unreadable(_))));
    }
}

#[tokio::test]
async fn a_paper_shows_no_more_than_its_applicant_may_see() {
    let s = street().await;
    let ids = || s.w.id();
    let made = s.w.take_in(s.about("intending")).await;
    s.w.answer(&made.search_no, now()).await.unwrap();
    let mut tx = s.w.tx().await;
    let d = doing(minute(1), &ids);
    let no = &made.search_no;
    for kind in ["register_extract", "property_proof"] {
        let refused = issue::document(&mut tx, "中心", no, (kind, &[]), &library(), &d).await;
        assert!(
            matches!(refused, Err(SearchError::NoSuchPaper(_))),
            "{kind}"
        );
    }
    let proof = issue::document(&mut tx, "中心", no, ("result_proof", &[]), &library(), &d)
        .await
        .unwrap();
    assert_eq!(proof.document_no, "查2026510400000001");
    let body = serde_json::to_string(proof.body.as_ref().unwrap()).unwrap();
    assert!(body.contains("是（1 项）") && !body.contains("某银行"));
}

#[tokio::test]
async fn a_refusal_is_a_paper_with_its_article_and_the_end() {
    let s = street().await;
    let ids = || s.w.id();
    let made = s.w.take_in(s.about("public")).await;
    let mut tx = s.w.tx().await;
    let d = doing(now(), &ids);
    let no = &made.search_no;
    let nothing = issue::refusal(&mut tx, "中心", no, ("mood", ""), &d).await;
    assert!(matches!(nothing, Err(SearchError::Fields(f)) if f.len() == 2));
    let reason = ("entitlement", "查询人不是权利人或者利害关系人");
    let (closed, notice) = issue::refusal(&mut tx, "中心", no, reason, &d)
        .await
        .unwrap();
    assert!(closed.refusal.unwrap().basis.contains("第十一条"));
    assert!(notice.genuine && notice.document_no.starts_with("不予查2026"));
    tx.commit().await.unwrap();
    let after = s.w.answer(no, minute(1)).await;
    assert!(matches!(after, Err(SearchError::Closed(_))));
}
