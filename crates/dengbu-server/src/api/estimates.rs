//! Estimates for the counter and the citizen: what a registration costs, which taxes a transfer
//! brings. Nothing is kept.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use dengbu_fees::assess::{assess, sample};
use dengbu_fees::order::Method;
use dengbu_fees::tariff::{self, UseClass};
use dengbu_fees::tax::{self, Passing, Question, Subject, TaxLine, table};
use dengbu_fees::{FeeError, exemption, settings};
use dengbu_law::catalogue;
use dengbu_model::quantity::{Area, Money};
use dengbu_model::time::date_in_shanghai;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::plausible;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::reply::Params;
use crate::state::App;
use crate::views::fee::{self as view, FeeEstimatePart, yuan};

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(fee_tariff))
        .routes(routes!(estimate_fee))
        .routes(routes!(estimate_tax))
}

/// A choice with its source.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeChoice {
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// Where it comes from.
    source: Option<String>,
    /// What shows it.
    evidence: Option<String>,
    /// What is not certain about it.
    unverified: Option<String>,
}

fn choice(code: &str, name: &str) -> FeeChoice {
    FeeChoice {
        code: code.to_owned(),
        name: name.to_owned(),
        source: None,
        evidence: None,
        unverified: None,
    }
}

/// The standard of today and the choices of forms.
#[derive(Debug, Serialize, ToSchema)]
pub struct TariffView {
    /// Since when it holds.
    valid_from: NaiveDate,
    /// Dwelling, yuan per 件.
    residential: String,
    /// Other, yuan per 件.
    non_residential: String,
    /// Garage, yuan per 件.
    garage: String,
    /// Each further certificate, yuan.
    certificate: String,
    /// Documents it rests on.
    law: Vec<String>,
    /// Exemptions from the fee.
    exemptions: Vec<FeeChoice>,
    /// Uses.
    uses: Vec<FeeChoice>,
    /// Ways to pay.
    methods: Vec<FeeChoice>,
    /// Exemptions from deed tax.
    deed_exemptions: Vec<FeeChoice>,
}

/// The standard of the registration fee today and the choices of forms.
#[utoipa::path(get, path = "/fee-tariff", operation_id = "fee_tariff",
    responses((status = 200, body = TariffView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn fee_tariff(signed: Signed) -> Result<Json<TariffView>, Problem> {
    let today = date_in_shanghai(signed.actor.request.now);
    let t = tariff::on(today).ok_or(FeeError::NoTariff(today))?;
    let law = &t.law;
    Ok(Json(TariffView {
        valid_from: t.valid_from,
        residential: yuan(t.residential),
        non_residential: yuan(t.non_residential),
        garage: yuan(t.garage),
        certificate: yuan(t.certificate),
        law: [
            &law.residential,
            &law.non_residential,
            &law.garage,
            &law.extra_certificate,
            &law.per_item,
            &law.per_parcel,
            &law.payer,
        ]
        .into_iter()
        .cloned()
        .collect(),
        exemptions: exemption::all()
            .iter()
            .map(|e| FeeChoice {
                source: Some(e.source.clone()),
                evidence: Some(e.evidence.clone()),
                unverified: e.unverified.clone(),
                ..choice(&e.code, &e.name)
            })
            .collect(),
        uses: UseClass::ALL
            .into_iter()
            .filter(|c| *c != UseClass::Unknown)
            .map(|c| choice(c.code(), c.name_zh()))
            .collect(),
        methods: Method::ALL
            .into_iter()
            .map(|m| choice(m.code(), m.name_zh()))
            .collect(),
        deed_exemptions: table::rates()
            .deed_exemption
            .iter()
            .map(|e| FeeChoice {
                source: Some(e.law.clone()),
                unverified: e.unverified.clone(),
                ..choice(&e.code, &e.name)
            })
            .collect(),
    }))
}

/// What is to be registered.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeeQuestion {
    /// Business code.
    business: String,
    /// `residential`, `non_residential` or `garage`.
    #[param(value_type = String)]
    use_class: UseClass,
    /// Units; 1 when not said.
    units: Option<u32>,
    /// Parcels they lie on; 1 when not said.
    parcels: Option<u32>,
    /// Certificates for each unit; 1 when not said.
    certificates: Option<u32>,
    /// Code of an exemption.
    exemption: Option<String>,
    /// Day; today when not said.
    day: Option<NaiveDate>,
}

/// What a registration would cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeEstimate {
    /// Each business of a combined one by itself.
    parts: Vec<FeeEstimatePart>,
    /// Together, yuan.
    due: String,
}

/// Estimates the registration fee.
#[utoipa::path(get, path = "/fee-estimate", operation_id = "estimate_fee", params(FeeQuestion),
    responses((status = 200, body = FeeEstimate), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn estimate_fee(
    signed: Signed,
    Params(q): Params<FeeQuestion>,
) -> Result<Json<FeeEstimate>, Problem> {
    let today = date_in_shanghai(signed.actor.request.now);
    let day = q.day.unwrap_or(today);
    let unknown = || Problem::field("/business", "unknown_business", "业务目录中没有这项业务");
    let business = catalogue::business(&q.business).ok_or_else(unknown)?;
    let reason = match q.exemption.as_deref().filter(|c| !c.is_empty()) {
        None => None,
        Some(code) => Some(exemption::of(code).ok_or_else(|| {
            Problem::field("/exemption", "unknown_exemption", "没有这种减免情形")
        })?),
    };
    let codes = if business.parts.is_empty() {
        std::slice::from_ref(&business.code)
    } else {
        &business.parts
    };
    let mut parts = Vec::new();
    let mut due = rust_decimal::Decimal::ZERO;
    for code in codes {
        let business = catalogue::business(code).ok_or_else(unknown)?;
        let one = |n: Option<u32>| n.unwrap_or(1);
        let part = sample(
            business,
            q.use_class,
            one(q.units),
            one(q.parcels),
            one(q.certificates),
        )?;
        let found = assess(&part, reason, day)?;
        due += found.due();
        parts.push(view::estimate(business, &found));
    }
    Ok(Json(FeeEstimate {
        parts,
        due: yuan(due),
    }))
}

/// A transfer whose taxes are asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaxQuestion {
    /// Day of the contract; today when not said.
    day: Option<NaiveDate>,
    /// `sale`, `exchange`, `gift` or `inheritance`.
    #[param(value_type = String)]
    passing: Passing,
    /// `home`, `other` or `land`.
    #[param(value_type = String)]
    subject: Subject,
    /// Price, assessed value, or the difference of an exchange; yuan.
    #[param(value_type = String)]
    price: Money,
    /// True when the price holds VAT.
    with_vat: Option<bool>,
    /// Building area in m².
    #[param(value_type = Option<String>)]
    area: Option<Area>,
    /// Which home of the family this is afterwards: 1, 2, or 3 for further ones.
    homes: Option<u8>,
    /// Code of an exemption from deed tax.
    exemption: Option<String>,
    /// False when the seller is no individual.
    seller_individual: Option<bool>,
    /// Full years the seller held it.
    held_years: Option<u32>,
    /// What the seller paid for it, yuan.
    #[param(value_type = Option<String>)]
    original_price: Option<Money>,
}

/// One tax.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaxLineView {
    /// Name.
    tax: String,
    /// Who bears it.
    payer: String,
    /// Which rule was used.
    rule: String,
    /// Base, yuan.
    base: String,
    /// Rate in percent.
    rate_percent: String,
    /// Amount, yuan; absent when it cannot be reckoned.
    amount: Option<String>,
    /// What it rests on.
    law: String,
    /// What is not certain about it.
    unverified: Option<String>,
    /// True when it is only a hint.
    hint: bool,
}

impl From<TaxLine> for TaxLineView {
    fn from(l: TaxLine) -> Self {
        Self {
            tax: l.tax.to_owned(),
            payer: l.payer.to_owned(),
            rule: l.rule,
            base: yuan(l.base),
            rate_percent: (l.rate * rust_decimal::Decimal::from(100))
                .normalize()
                .to_string(),
            amount: l.amount.map(yuan),
            law: l.law,
            unverified: l.unverified,
            hint: l.hint,
        }
    }
}

/// The taxes of a transfer.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaxEstimate {
    /// Deed tax first.
    lines: Vec<TaxLineView>,
    /// What this is and is not.
    notice: String,
}

/// Estimates the taxes of a transfer.
#[utoipa::path(get, path = "/tax-estimate", operation_id = "estimate_tax", params(TaxQuestion),
    responses((status = 200, body = TaxEstimate), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn estimate_tax(
    State(app): State<App>,
    signed: Signed,
    Params(q): Params<TaxQuestion>,
) -> Result<Json<TaxEstimate>, Problem> {
    let actor = &signed.actor;
    let day = q.day.unwrap_or(date_in_shanghai(actor.request.now));
    if !plausible(day) {
        let message = "日期超出范围，年份应为 1 至 9999";
        return Err(Problem::field("/day", "date_out_of_range", message));
    }
    if q.homes.is_some_and(|h| !(1..=3).contains(&h)) {
        let message = "家庭住房套次应为 1（唯一）、2（第二套）或 3（三套及以上）";
        return Err(Problem::field("/homes", "out_of_range", message));
    }
    let mut tx = app.store().begin(&actor.scope).await?;
    let own = settings::load(&mut tx, &actor.authority).await?;
    let lines = tax::estimate(&Question {
        day,
        passing: q.passing,
        subject: q.subject,
        price: q.price,
        with_vat: q.with_vat.unwrap_or(false),
        area: q.area,
        homes: q.homes,
        exemption: q.exemption.filter(|c| !c.is_empty()),
        seller_individual: q.seller_individual.unwrap_or(true),
        held_years: q.held_years,
        original_price: q.original_price,
        local_rate: own.deed_rate,
    })?;
    Ok(Json(TaxEstimate {
        lines: lines.into_iter().map(TaxLineView::from).collect(),
        notice: "试算结果仅供参考，不作为纳税依据；应纳税额由税务机关核定。金额按四舍五入到分。"
            .to_owned(),
    }))
}
