//! Moves on a case, and claiming a case or giving it back.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengbu_cases::moves::{Absent, Promise, Recipient, Request};
use dengbu_cases::progress;
use dengbu_cases::{case, hand, moves, promise};
use dengbu_law::flow::{Move, Step};
use dengbu_staff::{Action, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cases::{may_move, whole};
use crate::auth::Signed;
use crate::crossing;
use crate::problem::Problem;
use crate::reply::{At, Body};
use crate::state::App;
use crate::views::case::CaseView;
use crate::write::{self, Begun, if_match};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(act_on_case))
}

/// A move on a case.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionRequest {
    /// The move.
    action: ActionName,
    /// Opinion.
    #[serde(default)]
    opinion: Option<String>,
    /// Reason.
    #[serde(default)]
    reason: Option<String>,
    /// Where a case is sent back to.
    #[serde(default)]
    target_step: Option<Step>,
    /// Serials of the blank forms, one per certificate.
    #[serde(default)]
    form_serials: Vec<String>,
    /// To whom the result is handed.
    #[serde(default)]
    #[schema(value_type = Option<RecipientView>)]
    recipient: Option<Recipient>,
    /// Archive number.
    #[serde(default)]
    archive_no: Option<String>,
}

/// To whom the result is handed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RecipientView {
    /// Name.
    pub name: String,
    /// Identity number.
    pub id_number: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
}

/// Moves, and claiming a case or giving it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionName {
    /// Accept.
    Submit,
    /// Agree.
    Agree,
    /// Send back.
    SendBack,
    /// Ask for corrections.
    Correct,
    /// Do not accept.
    RejectAcceptance,
    /// Refuse to register.
    Refuse,
    /// Withdraw.
    Withdraw,
    /// Record.
    Record,
    /// Print the certificate.
    MakeCertificate,
    /// Hand over.
    Deliver,
    /// Archive.
    Archive,
    /// Claim.
    Claim,
    /// Give back to the pool.
    Release,
}

impl ActionName {
    fn as_move(self) -> Option<Move> {
        Some(match self {
            Self::Submit => Move::Submit,
            Self::Agree => Move::Agree,
            Self::SendBack => Move::SendBack,
            Self::Correct => Move::Correct,
            Self::RejectAcceptance => Move::RejectAcceptance,
            Self::Refuse => Move::Refuse,
            Self::Withdraw => Move::Withdraw,
            Self::Record => Move::Record,
            Self::MakeCertificate => Move::MakeCertificate,
            Self::Deliver => Move::Deliver,
            Self::Archive => Move::Archive,
            Self::Claim | Self::Release => return None,
        })
    }
}

fn bounded(field: &str, text: &Option<String>) -> Result<(), Problem> {
    match text {
        Some(t) if t.chars().count() > 2000 || t.contains('\0') => {
            Err(Problem::field(field, "too_long", "文字不能超过 2000 字"))
        }
        _ => Ok(()),
    }
}

/// Makes a move on a case.
#[utoipa::path(post, path = "/cases/{case_no}/actions", operation_id = "act_on_case", request_body = ActionRequest,
    params(("case_no" = String, Path, description = "20-digit case number"), ("If-Match" = String, Header, description = "version"),
           ("X-CSRF-Token" = String, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = CaseView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn act_on_case(
    State(app): State<App>,
    signed: Signed,
    At(case_no): At<String>,
    headers: HeaderMap,
    Body(request): Body<ActionRequest>,
) -> Result<Response, Problem> {
    let signed = crossing::on_case(&app, signed, &case_no).await?;
    let actor = &signed.actor;
    let seen = if_match(&headers)?;
    bounded("/opinion", &request.opinion)?;
    bounded("/reason", &request.reason)?;
    let mut w =
        match write::begin(&app, actor, &headers, &("act", &case_no, seen, &request)).await? {
            Begun::Replayed(answer) => return Ok(answer),
            Begun::Fresh(w) => w,
        };
    let before = case::load(&mut w.tx, &case_no, true).await?;
    let action = request.action;
    let absent = super::hands::stands_in(&mut w.tx, actor, &before).await?;
    let doing = write::doing(actor);
    // whoever may see the case hears that it moved on, rather than that its present step is
    // not theirs
    if actor.may(
        Action::ReadCases,
        &before.authority,
        Some(&before.business.code),
    ) {
        case::require_version(&before, seen)?;
    }
    let case = match action.as_move() {
        None => {
            if !may_move(actor, &before, Move::Agree) {
                return Err(Problem::forbidden(format!(
                    "您没有办理“{}”环节的权限",
                    before.step.name_zh()
                )));
            }
            hand::assign(
                &mut w.tx,
                &case_no,
                seen,
                action == ActionName::Claim,
                &doing,
            )
            .await?
        }
        Some(step) => {
            if !may_move(actor, &before, step) {
                return Err(Problem::forbidden(format!(
                    "您没有办理“{}”环节的权限",
                    before.step.name_zh()
                )));
            }
            let settings = promise::settings(&mut w.tx, &before.authority).await?;
            let promise = Promise {
                committed_days: promise::committed(&settings, before.business),
            };
            let asked = Request {
                action: step,
                opinion: request.opinion,
                reason: request.reason,
                target: request.target_step,
                form_serials: request.form_serials,
                recipient: request.recipient,
                archive_no: request.archive_no,
                standing_for: absent.map(|a| Absent {
                    staff_id: a.staff_id,
                    name: a.name,
                }),
            };
            let work = app.start_work(&case_no);
            let tools = app.tools();
            let made = moves::make(&mut w.tx, &tools, &case_no, seen, &asked, &promise, &doing);
            progress::watched(work.progress.clone(), made).await?
        }
    };
    let view = whole(&mut w.tx, &case, actor, &doing).await?;
    let record = AuditRecord::by(actor, "case.acted")
        .on("case", &case_no)
        .county(&case.county)
        .detail(serde_json::json!({ "action": action, "from": before.step.code(), "to": case.step.code() }));
    w.finish(record, StatusCode::OK, &view).await
}
