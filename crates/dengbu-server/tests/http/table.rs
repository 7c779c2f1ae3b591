//! One way to call each operation of the interface, aimed at objects of 510402. An operation
//! without a row here fails the tests.

use axum::http::Method;
use dengbu_staff::{Action, AuthorityPolicy, Role};
use serde_json::{Value, json};

use crate::house::{Answer, CITY, Client, House, MIYI, SALE, operations};
use crate::land::{party, resident};

/// How an operation meets the objects of another authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It names one: refused.
    Object,
    /// It lists: they are not in the list.
    List,
    /// It is about the caller's own session or authority only.
    Own,
    /// It is not for staff: for everybody, for citizens or for programs, each with a door of its own.
    Outside,
}

/// A call of an operation.
#[derive(Debug)]
pub struct Try {
    pub id: &'static str,
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
    pub reach: Reach,
    /// The permission it needs; none: everybody who is signed in.
    pub needs: Option<Action>,
}

impl Try {
    pub fn writes(&self) -> bool {
        self.method != Method::GET
    }

    pub async fn send(&self, client: &Client) -> Answer {
        if self.id == "add_material" {
            let case_no = self.path.split('/').nth(4).unwrap();
            return client
                .upload(case_no, &[("item", "A1")], b"%PDF-1.7 other")
                .await;
        }
        if self.id == "add_search_scan" {
            let item = [("item", "S1")];
            return client.upload_to(&self.path, &item, b"%PDF-1.7 other").await;
        }
        let body = self.body.clone().unwrap_or(Value::Null);
        // the case was saved once since it began
        let seen = if self.id == "act_on_case" {
            [("if-match", "\"2\"")]
        } else {
            [("if-match", "\"1\"")]
        };
        if self.writes() {
            client
                .with(self.method.clone(), &self.path, &seen, &body)
                .await
        } else {
            client.get(&self.path).await
        }
    }
}

/// What there is in 510402.
pub struct Objects {
    pub unit: String,
    pub other_unit: String,
    pub case_no: String,
    pub material: String,
    pub staff: String,
    pub searches: crate::searches::Asked,
    pub kept: crate::ecert::Kept,
    pub intake: crate::intake::Taken,
}

/// A serial of the city's stock, and the name of everything in 510402.
pub const SERIAL: &str = "D51000000001";
pub const PLACE: &str = "栖霞";

/// Texts that only somebody of the city may see.
pub fn secrets(o: &Objects) -> Vec<String> {
    vec![
        PLACE.to_owned(),
        "张三".to_owned(),
        resident(1),
        resident(101),
        "人员city".to_owned(),
        SERIAL.to_owned(),
        o.material.clone(),
        "D000000".to_owned(),
        crate::intake::TITLE.to_owned(),
    ]
}

/// Fills 510402: two titles, a sale under acceptance with a paper, stock, an office, staff.
pub async fn fill(house: &House) -> Objects {
    let units = house.plant(CITY, "510402", PLACE, 2).await;
    house.plant(MIYI, MIYI, "安宁", 1).await;
    let clerk = house.join(CITY, "city-clerk", &[Role::Reception]).await;
    let maker = house
        .join(CITY, "city-maker", &[Role::CertificateMaker])
        .await;
    let chief = house.join(CITY, "city-chief", &[Role::Administrator]).await;
    let staff = house
        .hire(CITY, "city-target", &[Role::Archivist])
        .await
        .to_string();
    let case_no = clerk.open(SALE, &units[0]).await;
    let buyer = party("张三", &resident(101));
    clerk.save_sale(&case_no, buyer, |_| {}).await.ok(200);
    let paper = clerk
        .upload(&case_no, &[("item", "A1")], b"%PDF-1.7 D000000")
        .await
        .ok(201);
    let forms = json!({ "form_kind": "title", "first_serial": SERIAL, "count": 3 });
    maker.post("/api/v1/form-stock", &forms).await.ok(201);
    let office = json!({ "name": "城东办事点", "address": "", "county": "510402", "active": true });
    chief
        .with(Method::PUT, "/api/v1/offices/510400-77", &[], &office)
        .await
        .ok(200);
    crate::fees::fill(house, &clerk, &case_no).await;
    let searches = crate::searches::fill(&clerk, &units[0], PLACE).await;
    let kept = crate::ecert::fill(house, &maker, &chief, &clerk).await;
    Objects {
        unit: units[0].clone(),
        other_unit: units[1].clone(),
        case_no,
        material: paper["material_id"].as_str().unwrap().to_owned(),
        staff,
        searches,
        kept,
        intake: crate::intake::fill(house).await,
    }
}

fn policy() -> Value {
    json!(AuthorityPolicy {
        require_totp: false,
        ..AuthorityPolicy::default()
    })
}

/// Where and with what each operation is called.
fn aim(id: &str, o: &Objects) -> Option<(String, Option<Value>, Reach, Option<Action>)> {
    use Reach::{List, Object, Own};
    let case = |rest: &str| format!("/api/v1/cases/{}{rest}", o.case_no);
    let unit = |rest: &str| format!("/api/v1/units/{}{rest}", o.unit);
    let paper = |rest: &str| case(&format!("/materials/{}{rest}", o.material));
    let staff = |rest: &str| format!("/api/v1/staff/{}{rest}", o.staff);
    let at = |path: &str| format!("/api/v1{path}");
    let because = Some(json!({ "reason": "试一试" }));
    let grant = json!({ "role": "archivist", "business": "*", "authority": CITY, "valid_from": "2026-01-01", "valid_to": null });
    let person =
        json!({ "name": "改名", "phone": null, "office_id": null, "registrar_licence": null });
    let read = |path: String, action| Some((path, None, Object, Some(action)));
    let list = |path: &str, action| Some((at(path), None, List, Some(action)));
    let all = |path: &str| Some((at(path), None, Own, None));
    match id {
        "search_audit" => list(&format!("/audit?object={}", o.case_no), Action::ReadAudit),
        "read_authority" => all("/authority"),
        "set_policy" => Some((
            at("/authority/policy"),
            Some(policy()),
            Own,
            Some(Action::ManageSettings),
        )),
        "search_buildings" => list("/buildings?q=%E6%A0%96%E9%9C%9E", Action::SearchUnits),
        "building_table" => read(
            at(&format!("/buildings/{}/table", &o.unit[..24])),
            Action::SearchUnits,
        ),
        "read_calendar" => all("/calendar"),
        "board_today" => list("/board/today", Action::ReadCases),
        "list_promises" => all("/authority/committed-days"),
        "set_promise" => Some((
            at("/authority/committed-days/200-04-02"),
            Some(json!({ "days": 2 })),
            Own,
            Some(Action::ManageSettings),
        )),
        "list_cases" => list("/cases?box=all&limit=100", Action::ReadCases),
        "create_case" => Some((
            at("/cases"),
            Some(json!({ "business": SALE, "units": [o.other_unit] })),
            Object,
            Some(Action::TakeCase),
        )),
        "read_case" => read(case(""), Action::ReadCases),
        "act_on_case" => Some((
            case("/actions"),
            Some(json!({ "action": "submit" })),
            Object,
            Some(Action::TakeCase),
        )),
        "suspension_reasons" => read(case("/suspension-reasons"), Action::ReadCases),
        "suspend_case" => Some((
            case("/suspension"),
            Some(json!({ "reason_code": "verify", "reason": "试一试", "until": "2026-12-01" })),
            Object,
            Some(Action::TakeCase),
        )),
        "resume_case" => Some((
            case("/resumption"),
            Some(json!({ "reason": "试一试" })),
            Object,
            Some(Action::TakeCase),
        )),
        "read_notice" => read(case("/notice"), Action::ReadCases),
        "publish_notice" => Some((
            case("/notice"),
            Some(
                json!({ "title": "公告", "body": "试一试", "places": "所在地", "days": 15, "objection_address": "某路", "contact": "0812" }),
            ),
            Object,
            Some(Action::FirstReview),
        )),
        "withdraw_notice" => Some((
            case("/notice/withdrawal"),
            Some(json!({ "reason": "试一试" })),
            Object,
            Some(Action::FirstReview),
        )),
        "object_to_notice" => Some((
            case("/objections"),
            Some(json!({ "objector": "某人", "contact": "0812", "grounds": "试一试" })),
            Object,
            Some(Action::TakeCase),
        )),
        "decide_objection" => Some((
            case("/objections/0198c3c4-0000-7000-8000-000000000001/decision"),
            Some(json!({ "upheld": false, "reason": "试一试" })),
            Object,
            Some(Action::Approve),
        )),
        "list_notices" => list("/notices", Action::ReadCases),
        "notice_paper" => read(
            at("/notices/0198c3c4-0000-7000-8000-000000000001/paper"),
            Action::ReadCases,
        ),
        "join_case" => Some((
            case("/joint"),
            Some(json!({ "with": "51040220260101000001" })),
            Object,
            Some(Action::TakeCase),
        )),
        "part_case" => Some((
            case("/joint/parting"),
            Some(json!({ "reason": "试一试" })),
            Object,
            Some(Action::TakeCase),
        )),
        "case_assignees" => read(case("/assignees"), Action::Supervise),
        "reassign_cases" => Some((
            at("/board/reassignments"),
            Some(json!({ "cases": [&o.case_no], "to": null, "reason": "试一试" })),
            Object,
            Some(Action::Supervise),
        )),
        "list_deputies" => Some((at("/deputies"), None, Own, None)),
        "name_deputy" => Some((
            at("/deputies"),
            Some(
                json!({ "deputy": "0198c3c4-0000-7000-8000-000000000001", "from_on": "2026-11-01", "to_on": "2027-06-01", "reason": "休假" }),
            ),
            Own,
            None,
        )),
        "end_deputy" => Some((
            at("/deputies/0198c3c4-0000-7000-8000-000000000001/end"),
            None,
            Own,
            None,
        )),
        "save_application" => Some((
            case("/application"),
            Some(
                json!({ "reason": "买卖", "holders": [], "co_ownership": "0", "detail": { "kind": "transfer" } }),
            ),
            Object,
            Some(Action::TakeCase),
        )),
        "check_case" => read(case("/checks"), Action::ReadCases),
        "add_material" => read(case("/materials"), Action::TakeCase),
        "remove_material" => read(paper(""), Action::TakeCase),
        "material_content" => read(paper("/content"), Action::ReadCases),
        "verify_material" => Some((
            paper("/verification"),
            Some(json!({ "verified": true })),
            Object,
            Some(Action::TakeCase),
        )),
        "list_case_units" => read(case("/units"), Action::ReadCases),
        "read_case_progress" => read(case("/progress"), Action::ReadCases),
        "case_paper" => read(case("/papers/application"), Action::ReadCases),
        "read_catalogue" => all("/catalogue"),
        "read_business" => all("/catalogue/200-04-02"),
        "search_certificates" => list("/certificates", Action::ReadCertificates),
        "read_code_lists" => all("/codes"),
        "read_code_list" => all("/codes/%E6%9D%83%E5%88%A9%E7%B1%BB%E5%9E%8B"),
        "form_stock" => list("/form-stock", Action::ReadCertificates),
        "receive_forms" => Some((
            at("/form-stock"),
            Some(json!({ "form_kind": "title", "first_serial": "D51000009001", "count": 1 })),
            Own,
            Some(Action::ManageStock),
        )),
        "list_forms" => list("/form-stock/serials", Action::ReadCertificates),
        "form_holders" => list("/form-stock/holders", Action::ReadCertificates),
        "hand_over_forms" => Some((
            at("/form-stock/hand-over"),
            Some(json!({ "form_kind": "title", "first_serial": SERIAL, "count": 1, "to": null })),
            Own,
            Some(Action::ManageStock),
        )),
        "list_form_counts" => list("/form-counts", Action::ReadCertificates),
        "count_forms" => Some((
            at("/form-counts"),
            Some(json!({ "form_kind": "title", "counted": 1, "explanation": "试一试" })),
            Own,
            Some(Action::ManageStock),
        )),
        "print_certificate" => read(
            at("/certificates/%E5%B7%9D(2026)X%E7%AC%AC1%E5%8F%B7/print?mode=preview"),
            Action::ReadCertificates,
        ),
        "list_print_stations" => list("/print-stations", Action::ReadCertificates),
        "save_print_station" => Some((
            at("/print-stations/one"),
            Some(json!({ "shift_x": 0, "shift_y": 0, "scale_x": 10000, "scale_y": 10000 })),
            Own,
            Some(Action::ManageStock),
        )),
        "print_test_page" => Some((
            at("/print-stations/one/test-page"),
            None,
            Own,
            Some(Action::ReadCertificates),
        )),
        "read_case_service" => read(case("/service"), Action::ReadCases),
        "record_service" => Some((
            case("/service"),
            Some(
                json!({ "event_seq": 1, "person": 1, "method": "direct", "on": "2026-11-23", "particulars": {} }),
            ),
            Object,
            Some(Action::ServeDocument),
        )),
        "annul_service" => Some((
            case("/service/annulments"),
            Some(json!({ "event_seq": 1, "person": 1, "attempt": 1, "reason": "试一试" })),
            Object,
            Some(Action::ServeDocument),
        )),
        "service_receipt" => read(case("/service/1/1/receipt"), Action::ReadCases),
        "list_waiting_service" => list("/service", Action::ServeDocument),
        "list_void_notices" => list("/void-notices", Action::ReadCertificates),
        "publish_void_notice" => Some((
            at("/void-notices"),
            Some(json!({ "certificate_no": "川(2026)X第1号", "kind": "lost", "reason": "试一试" })),
            Object,
            Some(Action::ManageStock),
        )),
        "void_notice_paper" => read(
            at("/void-notices/%E5%B7%9D(2026)X%E7%AC%AC1%E5%8F%B7/paper?kind=lost"),
            Action::ReadCertificates,
        ),
        "list_old_papers" => list("/old-papers", Action::ReadCertificates),
        "take_paper_back" => Some((
            at("/old-papers/%E5%B7%9D(2026)X%E7%AC%AC1%E5%8F%B7/return"),
            Some(json!({ "note": "试一试" })),
            Object,
            Some(Action::Deliver),
        )),
        "list_blank_layouts" => list("/blank-layouts", Action::ReadCertificates),
        "set_blank_layout" => Some((
            at("/blank-layouts/title"),
            Some(json!({ "width": 185.0, "height": 260.0, "pages": [] })),
            Own,
            Some(Action::ManageStock),
        )),
        "reset_blank_layout" => Some((
            at("/blank-layouts/title"),
            None,
            Own,
            Some(Action::ManageStock),
        )),
        "destroy_form" => Some((
            at(&format!("/form-stock/{SERIAL}/destroy")),
            because,
            Object,
            Some(Action::ManageStock),
        )),
        "spoil_form" => Some((
            at(&format!("/form-stock/{SERIAL}/spoil")),
            because,
            Object,
            Some(Action::ManageStock),
        )),
        "number_series" => list("/number-series", Action::ReadCertificates),
        "take_instant_case" => Some((
            at("/instant-cases"),
            Some(json!({ "business": SALE, "units": [o.other_unit] })),
            Object,
            Some(Action::TakeCase),
        )),
        "list_switches" => all("/authority/automatic"),
        "set_switch" => Some((
            at(&format!("/authority/automatic/{SALE}")),
            Some(json!({ "enabled": true, "after_check_percent": 5 })),
            Own,
            Some(Action::ManageSettings),
        )),
        "list_tenants" => Some((
            at("/platform/tenants"),
            None,
            Own,
            Some(Action::ManageTenants),
        )),
        "create_tenant" => Some((
            at("/platform/tenants"),
            Some(crate::tenant::request("510498", "510499")),
            Own,
            Some(Action::ManageTenants),
        )),
        "read_matrix" => Some((
            at("/same-city/matrix"),
            None,
            Own,
            Some(Action::ManageSettings),
        )),
        "set_matrix" => Some((
            at("/same-city/matrix"),
            Some(
                json!({ "cells": [{ "county": "510402", "office_authority": CITY,
                "office_id": "510400-01", "family": "转移登记", "allowed": false }] }),
            ),
            Own,
            Some(Action::ManageSettings),
        )),
        "list_delegations" => Some((
            at("/same-city/delegations"),
            None,
            List,
            Some(Action::ManageSettings),
        )),
        "delegate_review" => Some((
            at("/same-city/delegations"),
            Some(
                json!({ "to_authority": MIYI, "family": "*", "action": "approve",
                "valid_from": "2026-01-01", "valid_to": "2036-12-31", "document": "示例委1号" }),
            ),
            Own,
            Some(Action::ManageSettings),
        )),
        "end_delegation" => Some((
            at("/same-city/delegations/01935000-0000-7000-8000-000000000001/end"),
            None,
            Object,
            Some(Action::ManageSettings),
        )),
        "read_after_check" => read(at(&format!("/after-checks/{}", o.case_no)), Action::Approve),
        "list_channels" => Some((
            at("/authority/trusted-channels"),
            None,
            Own,
            Some(Action::ManageSettings),
        )),
        "set_channel" => Some((
            at("/authority/trusted-channels/city-clerk"),
            Some(json!({ "sources": ["税务"] })),
            Own,
            Some(Action::ManageSettings),
        )),
        "list_extra_materials" => all("/authority/extra-materials"),
        "set_extra_materials" => Some((
            at(&format!("/authority/extra-materials/{SALE}")),
            Some(json!({ "items": [{ "name": "结清证明", "required": true, "basis": "示例" }] })),
            Own,
            Some(Action::ManageSettings),
        )),
        "list_after_checks" => list("/after-checks", Action::Approve),
        "note_after_check" => Some((
            at(&format!("/after-checks/{}", o.case_no)),
            Some(json!({ "passed": true, "note": "无误" })),
            Object,
            Some(Action::Approve),
        )),
        "list_offices" => Some((at("/offices"), None, List, None)),
        "put_office" => Some((
            at("/offices/510400-77"),
            Some(json!({ "name": "改了", "county": "510402", "active": false })),
            Own,
            Some(Action::ManageOffices),
        )),
        "read_parcel" => read(
            at(&format!("/parcels/{}", &o.unit[..19])),
            Action::SearchUnits,
        ),
        "register_health" => list("/register/health", Action::ReadStatistics),
        "verify_register" => list("/register/verification", Action::VerifyRegister),
        "list_roles" => all("/roles"),
        "read_session" | "sign_out" | "enrol_second_factor" => Some((
            at(if id == "enrol_second_factor" {
                "/session/totp/enrolment"
            } else {
                "/session"
            }),
            None,
            Own,
            None,
        )),
        "sign_in" => Some((
            at("/session"),
            Some(json!({ "username": "nobody", "password": "falsch" })),
            Own,
            None,
        )),
        "change_password" => Some((
            at("/session/password"),
            Some(json!({ "current": "falsch", "new": "falsch" })),
            Own,
            None,
        )),
        "pass_second_factor" => Some((
            at("/session/totp"),
            Some(json!({ "code": "000000" })),
            Own,
            None,
        )),
        "confirm_second_factor" => Some((
            at("/session/totp/confirmation"),
            Some(json!({ "code": "000000" })),
            Own,
            None,
        )),
        "list_staff" => list("/staff?limit=100", Action::ManageStaff),
        "create_staff" => Some((
            at("/staff"),
            Some(
                json!({ "authority": CITY, "username": "neu", "name": "新人", "grants": [grant] }),
            ),
            Object,
            Some(Action::ManageStaff),
        )),
        "read_staff" => read(staff(""), Action::ManageStaff),
        "update_staff" => Some((staff(""), Some(person), Object, Some(Action::ManageStaff))),
        "set_grants" => Some((
            staff("/grants"),
            Some(json!({ "grants": [grant], "reason": "试一试" })),
            Object,
            Some(Action::ManageStaff),
        )),
        "lock_staff" => Some((staff("/lock"), because, Object, Some(Action::ManageStaff))),
        "reset_password" => Some((
            staff("/password-reset"),
            None,
            Object,
            Some(Action::ManageStaff),
        )),
        "unlock_staff" => Some((staff("/unlock"), because, Object, Some(Action::ManageStaff))),
        id if crate::giving::OPERATIONS.contains(&id) => crate::giving::aim(id, &o.unit),
        id if crate::ecert::OPERATIONS.contains(&id) || crate::ecert::MORE.contains(&id) => {
            crate::ecert::aim(id, &o.kept)
        }
        id if crate::intake::OPERATIONS.contains(&id) => crate::intake::aim(id, &o.intake),
        id if crate::fees::OPERATIONS.contains(&id) => crate::fees::aim(id, &o.case_no),
        id if crate::searches::OPERATIONS.contains(&id) => crate::searches::aim(id, &o.searches),
        id if crate::statistics::OPERATIONS.contains(&id) => crate::statistics::aim(id, &o.case_no),
        "search_units" => list("/units?q=%E6%A0%96%E9%9C%9E%E8%B7%AF", Action::SearchUnits),
        "read_unit" => read(unit(""), Action::ReadRegister),
        "read_register" => read(unit("/register"), Action::ReadRegister),
        "register_paper" => read(unit("/register/paper"), Action::ReadRegister),
        "unmask_unit" => Some((
            unit("/unmask"),
            because,
            Object,
            Some(Action::ReadPersonalData),
        )),
        _ => None,
    }
}

/// A call of every operation; the one that ends the session comes last.
pub fn tries(o: &Objects) -> Vec<Try> {
    let mut all: Vec<Try> = operations()
        .into_iter()
        .map(|(id, method, _)| {
            let (path, body, reach, needs) =
                aim(&id, o).unwrap_or_else(|| panic!("operation {id} has no row in table.rs"));
            let id: &'static str = id.leak();
            Try {
                id,
                method,
                path,
                body,
                reach,
                needs,
            }
        })
        .collect();
    all.sort_by_key(|t| t.id == "sign_out");
    all
}
