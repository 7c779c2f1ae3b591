//! Printable papers of a case and the register extract.

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dengbu_cases::case::{self, Case};
use dengbu_cases::materials;
use dengbu_law::flow::{CaseState, Move, Step};
use dengbu_model::codes;
use dengbu_model::quantity::Area;
use dengbu_model::right::RightDetail;
use dengbu_model::time::date_in_shanghai;
use dengbu_model::unit_code::UnitCode;
use dengbu_papers::certificate::CertificateFacts;
use dengbu_papers::inputs::{
    CaseFacts, DeliveryFacts, EarlierBurden, EndedMark, EntryMark, ExtractFacts, ExtractRight,
    IssuedPaper, MaterialLine, NoticeFacts, PrintFacts, Recipient, Remedy, SeizedUnit,
    SeizureReceiptFacts, StepOpinion, UnitFacts,
};
use dengbu_papers::{Mask, Paper, PaperKind, render};
use dengbu_register::certificates;
use dengbu_register::read::{self, RegisterRight};
use dengbu_staff::{Action, Actor, AuditRecord, audit};
use dengbu_store::TenantTx;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::register::RegisterQuery;
use super::units::unit_code;
use crate::auth::Signed;
use crate::crossing;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{At, Params};
use crate::state::App;
use crate::views::case::PaperLink;
use crate::views::name_of;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(case_paper))
        .routes(routes!(register_paper))
}

/// Papers that exist for a case at this point.
pub(super) fn links(case: &Case) -> Vec<PaperLink> {
    PaperKind::ALL
        .into_iter()
        .filter(|k| exists(case, *k))
        .map(|k| PaperLink {
            code: k.code().to_owned(),
            name: k.name_zh().to_owned(),
            url: format!("/api/v1/cases/{}/papers/{}", case.case_no, k.code()),
        })
        .collect()
}

fn exists(case: &Case, kind: PaperKind) -> bool {
    let seizure = case.business.code.starts_with("800");
    let issues = dengbu_law::flow::issues_paper(case.business);
    match kind {
        PaperKind::Application => !seizure,
        PaperKind::Receipt => case.accepted_at.is_some(),
        PaperKind::Approval => case.accepted_at.is_some(),
        PaperKind::RegisterExtract => false,
        PaperKind::Refusal => case.state == CaseState::Refused,
        PaperKind::Rejection => case.state == CaseState::NotAccepted,
        PaperKind::CorrectionNotice => case.events.iter().any(|e| e.action == Move::Correct.code()),
        PaperKind::SeizureReceipt => seizure && case.recorded_at.is_some(),
        PaperKind::DeliveryRecord => issues && case.step > Step::Delivery,
        PaperKind::Certificate => issues && case.recorded_at.is_some(),
    }
}

pub(super) fn html(body: String) -> Response {
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

/// A printable paper of a case, as HTML; each printing is recorded.
#[utoipa::path(get, path = "/cases/{case_no}/papers/{paper}", operation_id = "case_paper",
    params(("case_no" = String, Path, description = "20-digit case number"), ("paper" = String, Path, description = "code of the paper")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn case_paper(
    State(app): State<App>,
    signed: Signed,
    At((case_no, paper)): At<(String, String)>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    signed.require(Action::ReadCases)?;
    let missing = || Problem::not_found("该业务件目前没有这份文书");
    let kind = PaperKind::from_code(&paper).ok_or_else(missing)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let case = case::load(&mut tx, &case_no, false).await?;
    if !exists(&case, kind) {
        return Err(missing());
    }
    let names = gather::names(&mut tx).await?;
    let facts = case_facts(&mut tx, &case, date_in_shanghai(actor.request.now)).await?;
    let print = print_facts(actor, &names.authority(&case.authority), Mask::Full);
    let body = match kind {
        PaperKind::Application => render(Paper::Application(&facts), &print),
        PaperKind::Receipt => render(Paper::Receipt(&facts), &print),
        PaperKind::Approval => render(Paper::Approval(&facts), &print),
        PaperKind::Refusal => render(
            Paper::Refusal(&facts, &notice(&case, Move::Refuse, &names)),
            &print,
        ),
        PaperKind::Rejection => render(
            Paper::Rejection(&facts, &notice(&case, Move::RejectAcceptance, &names)),
            &print,
        ),
        PaperKind::CorrectionNotice => render(
            Paper::CorrectionNotice(&facts, &notice(&case, Move::Correct, &names)),
            &print,
        ),
        PaperKind::SeizureReceipt => render(
            Paper::SeizureReceipt(&seizure_receipt(&mut tx, &case, &facts).await?),
            &print,
        ),
        PaperKind::DeliveryRecord => render(
            Paper::DeliveryRecord(&facts, &delivery(&mut tx, &case).await?),
            &print,
        ),
        PaperKind::Certificate => render(
            Paper::Certificate(&certificate_facts(&mut tx, &case, &facts).await?),
            &print,
        ),
        PaperKind::RegisterExtract => return Err(missing()),
    };
    let record = AuditRecord::by(actor, "paper.printed")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "paper": kind.code() }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(html(body))
}

pub(super) fn print_facts(actor: &Actor, authority_name: &str, mask: Mask) -> PrintFacts {
    PrintFacts {
        authority_name: authority_name.to_owned(),
        printed_at: actor.request.now,
        printed_by: actor.name.clone(),
        mask,
    }
}

async fn case_facts(
    tx: &mut TenantTx,
    case: &Case,
    today: NaiveDate,
) -> Result<CaseFacts, Problem> {
    let mut facts = CaseFacts::of_application(&case.case_no, case.business, &case.application);
    for code in &case.units {
        facts.units.push(unit_facts(tx, code, &case.case_no).await?);
    }
    let states = dengbu_cases::check::units(tx, case).await?;
    let papers = materials::list(tx, case).await?;
    facts.materials = case
        .checklist(&states, today)
        .into_iter()
        .filter_map(|c| {
            let own: Vec<_> = papers.iter().filter(|m| m.item == c.item.code).collect();
            let received = !own.is_empty();
            (c.required || received).then(|| MaterialLine {
                name: c.item.name.clone(),
                form: if own.iter().any(|m| m.original) {
                    "原件"
                } else {
                    "复印件"
                }
                .to_owned(),
                copies: own.iter().map(|m| m.copies.unsigned_abs()).sum(),
                pages: own
                    .iter()
                    .filter_map(|m| m.pages)
                    .map(i32::unsigned_abs)
                    .sum(),
                required: c.required,
                received,
                note: None,
            })
        })
        .collect();
    facts.opinions = case
        .events
        .iter()
        .filter(|e| e.step != Step::Acceptance.code() || e.action == Move::Submit.code())
        .filter_map(|e| {
            let action = Move::ALL.into_iter().find(|m| m.code() == e.action)?;
            let step = Step::from_code(&e.step)?;
            (step <= Step::Recording).then(|| StepOpinion {
                step_name: step.name_zh().to_owned(),
                action_name: action.name_zh().to_owned(),
                opinion: e
                    .opinion
                    .clone()
                    .or_else(|| e.reason.clone())
                    .unwrap_or_default(),
                staff_name: e.actor_name.clone(),
                at: e.at,
            })
        })
        .collect();
    facts.accepted_at = case.accepted_at;
    facts.accepted_by = Some(case.taken_by_name.clone());
    facts.due_on = case.due_on;
    facts.office_name = office_name(tx, case).await?;
    Ok(facts)
}

async fn office_name(tx: &mut TenantTx, case: &Case) -> Result<Option<String>, Problem> {
    let Some(id) = &case.office_id else {
        return Ok(None);
    };
    let offices = dengbu_store::authority_list::offices(tx).await?;
    Ok(offices
        .into_iter()
        .find(|o| o.office_id == *id)
        .map(|o| o.name))
}

/// A unit as papers describe it: names, not codes. The title is the one from which the
/// case started, also when a paper is printed after the case made a new one.
pub(super) async fn unit_facts(
    tx: &mut TenantTx,
    code: &UnitCode,
    case_no: &str,
) -> Result<UnitFacts, Problem> {
    let text = code.as_str().to_owned();
    let Some(u) = dengbu_cadastre::facts::unit(tx, &text).await? else {
        return Ok(UnitFacts::default());
    };
    let parcel = dengbu_cadastre::facts::parcel(tx, &u.parcel_code).await?;
    let rights = read::rights(tx, code).await?;
    let title = rights
        .iter()
        .rev()
        .find(|r| r.right.right_type.is_title() && r.case_no.as_deref() != Some(case_no));
    let building = title.and_then(|t| match &t.right.detail {
        RightDetail::BuildingOwnership(b) => Some(b),
        _ => None,
    });
    let pair = |land: Option<String>, house: Option<String>| match (land, house) {
        (Some(l), Some(h)) => Some(format!("{l}/{h}")),
        (l, h) => l.or(h),
    };
    let land = u.kind == "land";
    let land_use = parcel
        .as_ref()
        .and_then(|p| p.land_use.as_deref())
        .map(|c| name_of(codes::LAND_USE, c));
    let house_use = u
        .use_code
        .as_deref()
        .filter(|_| !land)
        .map(|c| name_of(codes::HOUSE_USE, c));
    let land_nature = parcel
        .as_ref()
        .and_then(|p| p.right_nature.as_deref())
        .map(|c| name_of(codes::RIGHT_NATURE, c));
    let house_nature = building
        .and_then(|b| b.nature.as_ref())
        .map(|c| c.name_in(codes::HOUSE_NATURE));
    Ok(UnitFacts {
        unit_code: text,
        address: u.address.clone(),
        kind_name: Some(if land { "土地" } else { "土地和房屋" }.to_owned()),
        right_type_name: title.map(|t| t.right.right_type.name_zh().to_owned()),
        nature_name: pair(land_nature, house_nature),
        use_name: pair(land_use, house_use),
        land_area: parcel
            .as_ref()
            .and_then(|p| p.area)
            .and_then(|a| Area::new(a).ok()),
        building_area: u.area.filter(|_| !land).and_then(|a| Area::new(a).ok()),
        certificate_no: title.and_then(|t| t.certificate_no.clone()),
        land_use_end: building.and_then(|b| b.land_use_end),
    })
}

fn notice<G>(case: &Case, action: Move, names: &Names) -> NoticeFacts<G> {
    let event = case.events.iter().rev().find(|e| e.action == action.code());
    let reason = event.and_then(|e| e.reason.clone()).unwrap_or_default();
    let place = names.authority(&case.authority);
    NoticeFacts {
        number: case.case_no.clone(),
        grounds: Vec::new(),
        items: reason
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .map(str::to_owned)
            .collect(),
        reason,
        proper_authority: None,
        reply_by: None,
        decided_at: event.map_or(case.created_at, |e| e.at),
        decided_by: event.map(|e| e.actor_name.clone()).unwrap_or_default(),
        remedy: Remedy {
            reconsideration_body: format!("{}的本级人民政府", place),
            court: "有管辖权的人民法院".to_owned(),
        },
    }
}

async fn seizure_receipt(
    tx: &mut TenantTx,
    case: &Case,
    facts: &CaseFacts,
) -> Result<SeizureReceiptFacts, Problem> {
    let mut units = Vec::new();
    let mut order = None;
    for (code, unit) in case.units.iter().zip(&facts.units) {
        let rights = read::rights(tx, code).await?;
        let Some(own) = rights
            .iter()
            .find(|r| r.case_no.as_deref() == Some(case.case_no.as_str()))
        else {
            continue;
        };
        let RightDetail::Seizure(s) = &own.right.detail else {
            continue;
        };
        order = Some(s.clone());
        let earlier = rights
            .iter()
            .filter(|r| {
                r.valid_to.is_none()
                    && r.created_seq < own.created_seq
                    && !r.right.right_type.is_title()
            })
            .map(burden)
            .collect();
        units.push(SeizedUnit {
            unit: unit.clone(),
            holders: own.right.obligors.clone(),
            kind: s.kind,
            rank: s.rank.filter(|_| s.kind.is_waiting()),
            start: s.start,
            end: s.end,
            scope: s.scope.clone(),
            registered_at: Some(own.registered_at),
            earlier,
        });
    }
    let order = order.ok_or_else(|| Problem::not_found("该业务件没有登簿的查封"))?;
    Ok(SeizureReceiptFacts {
        case_no: case.case_no.clone(),
        court: order.court,
        document: order.document,
        document_no: order.document_no,
        served_at: order.served_at,
        officers: order.officers,
        units,
        handled_by: case.taken_by_name.clone(),
    })
}

fn burden(r: &RegisterRight) -> EarlierBurden {
    let (kind, document_no) = match &r.right.detail {
        RightDetail::Seizure(s) => (s.kind.name_zh(), Some(s.document_no.clone())),
        _ => (r.right.right_type.name_zh(), r.certificate_no.clone()),
    };
    EarlierBurden {
        kind_name: kind.to_owned(),
        by: r
            .right
            .holders
            .iter()
            .map(|h| h.party.name.as_str())
            .collect::<Vec<_>>()
            .join("、"),
        document_no,
        note: None,
        registered_at: r.registered_at,
    }
}

async fn delivery(tx: &mut TenantTx, case: &Case) -> Result<DeliveryFacts, Problem> {
    let issued = certificates::of_case(tx, &case.county, &case.case_no).await?;
    let event = case
        .events
        .iter()
        .rev()
        .find(|e| e.action == Move::Deliver.code());
    let recipient = certificates::recipient(tx, &case.county, &case.case_no).await?;
    Ok(DeliveryFacts {
        certificates: issued
            .iter()
            .map(|c| IssuedPaper {
                kind_name: crate::views::case::kind_name(&c.kind).to_owned(),
                number: c.certificate_no.clone(),
                form_serial: c.form_serial.clone(),
                holders: holders_of(case, c.holder_ordinal),
            })
            .collect(),
        recipient: recipient.map(|r| Recipient {
            name: r.name,
            id: r.id_number.map(|n| {
                dengbu_model::identity::IdDocument::from_register(
                    dengbu_model::identity::IdKind::ResidentId,
                    n,
                )
            }),
            phone: r.phone,
            capacity: None,
        }),
        delivered_at: event.map(|e| e.at),
        delivered_by: event.map(|e| e.actor_name.clone()),
    })
}

/// The holders a certificate is for: one of them, or all.
fn holders_of(case: &Case, ordinal: Option<i32>) -> Vec<dengbu_model::party::Party> {
    let only = ordinal.and_then(|o| usize::try_from(o).ok());
    case.application
        .holders
        .iter()
        .enumerate()
        .filter(|(i, _)| only.is_none_or(|o| o == *i))
        .map(|(_, h)| h.party.clone())
        .collect()
}

async fn certificate_facts(
    tx: &mut TenantTx,
    case: &Case,
    facts: &CaseFacts,
) -> Result<Vec<CertificateFacts>, Problem> {
    let issued = certificates::of_case(tx, &case.county, &case.case_no).await?;
    let mut made = Vec::with_capacity(issued.len());
    for c in issued {
        let Some(at) = case.units.iter().position(|u| u.as_str() == c.unit_code) else {
            continue;
        };
        let rights = read::rights(tx, &case.units[at]).await?;
        let Some(right) = rights.iter().find(|r| r.right_id == c.right_id) else {
            continue;
        };
        let unit = facts.units.get(at).cloned().unwrap_or_default();
        let kind = dengbu_model::certificate::CertificateKind::from_code(&c.kind)
            .unwrap_or(dengbu_model::certificate::CertificateKind::Proof);
        made.push(CertificateFacts {
            kind,
            number: c.certificate_no,
            right: right.right.clone(),
            holder: c.holder_ordinal.and_then(|h| usize::try_from(h).ok()),
            title_certificate_no: unit.certificate_no.clone(),
            unit,
            issued_on: date_in_shanghai(c.issued_at),
            form_serial: c.form_serial.clone(),
            case_no: c.case_no,
            qr_image: None,
            preview: c.form_serial.is_none(),
        });
    }
    Ok(made)
}

/// The register of a unit as a printable extract; each printing is recorded.
#[utoipa::path(get, path = "/units/{unit_code}/register/paper", operation_id = "register_paper", params(RegisterQuery,
        ("unit_code" = String, Path, description = "28-character unit code")),
    responses((status = 200, body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn register_paper(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
    Params(query): Params<RegisterQuery>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadRegister)?;
    let code = unit_code(&code)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let whole = gather::whole(&mut tx, &code, &names, date_in_shanghai(actor.request.now)).await?;
    let at = query.as_of.unwrap_or(actor.request.now);
    let authority_name = names.authority(&whole.facts.authority);
    let entries = read::entries(&mut tx, &code).await?;
    let last = entries
        .iter()
        .rev()
        .find(|e| e.body.effective_at <= at || query.as_of.is_none());
    let causes = whole.causes;
    let rights = read::as_of(whole.rights, at);
    let then: Vec<&RegisterRight> = rights.iter().collect();
    let restrictions = crate::views::register::restrictions(&then, date_in_shanghai(at));
    let parcel = dengbu_cadastre::facts::parcel(&mut tx, &whole.facts.parcel_code).await?;
    let extract = ExtractFacts {
        unit_code: code.as_str().to_owned(),
        address: whole.facts.address.clone(),
        status_name: Some(whole.detail.facts.status_name.clone()),
        as_of: at,
        parcel: parcel.and_then(|p| p.into_parcel()),
        last_entry: last.map(|e| EntryMark {
            seq: e.body.unit_seq,
            recorded_at: e.body.recorded_at,
            hash: e.hash.iter().map(|b| format!("{b:02x}")).collect(),
        }),
        rights: rights
            .into_iter()
            .map(|r| ExtractRight {
                meta: crate::views::register::meta(
                    &r,
                    causes.get(&r.created_seq).map(String::as_str),
                    &whole.facts.address,
                    &authority_name,
                    Mask::Masked,
                ),
                ended: r.valid_to.map(|at| EndedMark {
                    at,
                    reason: r.end_reason.clone(),
                    case_no: r.end_case_no.clone(),
                }),
                right: r.right,
            })
            .collect(),
        restrictions,
        purpose: None,
    };
    let mask = if actor.may(Action::ReadPersonalData, &whole.facts.authority, None) {
        Mask::Full
    } else {
        Mask::Masked
    };
    let body = render(
        Paper::RegisterExtract(&extract),
        &print_facts(actor, &authority_name, mask),
    );
    let record = AuditRecord::by(actor, "paper.printed")
        .on("unit", code.as_str())
        .county(code.county().as_str())
        .detail(serde_json::json!({ "paper": "register-extract" }));
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(html(body))
}
