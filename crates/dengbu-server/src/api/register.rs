//! The register of a unit, now or at any moment.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use dengbu_model::codes;
use dengbu_model::time::date_in_shanghai;
use dengbu_papers::fields::Labelled;
use dengbu_register::read::{self, RegisterRight};
use dengbu_register::returns;
use dengbu_staff::{Action, AuditRecord, audit};
use dengbu_store::TenantTx;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::units::unit_code;
use crate::auth::Signed;
use crate::gather::{self, Names};
use crate::problem::Problem;
use crate::reply::{At, Params};
use crate::state::App;
use crate::views::register::{self, OldPaperView, RegisterView};
use crate::views::{name_of, unit};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_register))
}

/// The moment asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegisterQuery {
    /// The register as it stood then; now when absent.
    pub as_of: Option<DateTime<Utc>>,
}

/// The register of a unit; each reading is recorded.
#[utoipa::path(get, path = "/units/{unit_code}/register", operation_id = "read_register", params(RegisterQuery,
        ("unit_code" = String, Path, description = "28-character unit code")),
    responses((status = 200, body = RegisterView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn read_register(
    State(app): State<App>,
    signed: Signed,
    At(code): At<String>,
    Params(query): Params<RegisterQuery>,
) -> Result<Json<RegisterView>, Problem> {
    let actor = &signed.actor;
    signed.require(Action::ReadRegister)?;
    let code = unit_code(&code)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let view = view(&mut tx, &code, query.as_of, actor.request.now, &names).await?;
    let mut record = AuditRecord::by(actor, "register.read")
        .on("unit", code.as_str())
        .county(code.county().as_str());
    if let Some(at) = query.as_of {
        record = record.detail(serde_json::json!({ "as_of": at }));
    }
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Puts the register of a unit together.
pub(super) async fn view(
    tx: &mut TenantTx,
    code: &dengbu_model::unit_code::UnitCode,
    as_of: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    names: &Names,
) -> Result<RegisterView, Problem> {
    let today = date_in_shanghai(now);
    let whole = gather::whole(tx, code, names, today).await?;
    let at = as_of.unwrap_or(now);
    let parcel = dengbu_cadastre::facts::parcel(tx, &whole.facts.parcel_code).await?;
    let entries = read::entries(tx, code).await?;
    let all: Vec<&RegisterRight> = whole.rights.iter().collect();
    let restrictions = register::restrictions(&all, today);
    let counties: &BTreeMap<String, String> = &names.counties;
    let unit = unit::summary(
        &whole.facts,
        &all,
        !whole.detail.pending_cases.is_empty(),
        counties,
        today,
    );
    let authority_name = names.authority(&whole.facts.authority);
    let causes = whole.causes;
    let rights = match as_of {
        Some(at) => read::as_of(whole.rights, at),
        None => whole.rights,
    };
    let entries: Vec<_> = entries
        .iter()
        .filter(|e| e.body.effective_at <= at || as_of.is_none())
        .map(register::entry)
        .collect();
    let old_papers = returns::of_unit(tx, code).await?;
    Ok(RegisterView {
        old_papers: old_papers
            .into_iter()
            .filter(|p| p.voided_at <= at || as_of.is_none())
            .map(OldPaperView::from)
            .collect(),
        as_of: at,
        version: i64::try_from(entries.len()).unwrap_or(i64::MAX),
        parcel_page: parcel.map(|p| parcel_fields(&p)).unwrap_or_default(),
        catalogue: rights
            .iter()
            .enumerate()
            .map(|(i, r)| register::line(i + 1, r))
            .collect(),
        pages: rights
            .iter()
            .map(|r| {
                let cause = causes.get(&r.created_seq).map(String::as_str);
                register::page_view(r, cause, &whole.facts.address, &authority_name)
            })
            .collect(),
        entries,
        restrictions,
        pending_cases: whole.detail.pending_cases,
        authority_name,
        unit,
    })
}

/// 宗地基本信息.
fn parcel_fields(p: &dengbu_cadastre::facts::ParcelFacts) -> Vec<Labelled> {
    let field = |label: &str, value: String| Labelled {
        label: label.to_owned(),
        value,
    };
    let named = |list: &str, code: &Option<String>| {
        code.as_deref()
            .map(|c| name_of(list, c))
            .unwrap_or_default()
    };
    vec![
        field("宗地代码", p.parcel_code.clone()),
        field("坐落", p.address.clone()),
        field(
            "宗地面积",
            p.area.map(|a| format!("{a:.2} ㎡")).unwrap_or_default(),
        ),
        field("用途", named(codes::LAND_USE, &p.land_use)),
        field("权利类型", named(codes::RIGHT_TYPE, &p.right_type)),
        field("权利性质", named(codes::RIGHT_NATURE, &p.right_nature)),
        field(
            "四至",
            p.bounds.as_ref().map(|b| four_sides(b)).unwrap_or_default(),
        ),
    ]
}

/// 宗地四至 in one line.
fn four_sides(bounds: &[String; 4]) -> String {
    let sides = ["东", "南", "西", "北"].iter().zip(bounds);
    let told: Vec<String> = sides
        .map(|(side, what)| format!("{side}：{what}"))
        .collect();
    told.join("；")
}
