//! Going beyond the own authority (同城通办): the same person with what is lent for one case or for
//! the districts their office may take for, and a transaction scope that is widened just so far.
//!
//! Only handlers that call this module ever see more than the person's own scope; whoever is lent
//! nothing is given back unchanged, and then meets the row security of the database as before.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use dengbu_cases::case;
use dengbu_cases::inbox::{Lent, Reach};
use dengbu_law::catalogue::{self, Business};
use dengbu_law::flow::Step;
use dengbu_model::time::date_in_shanghai;
use dengbu_staff::same_city::{self, Cell, Desk, Place};
use dengbu_staff::{Action, Actor, AuditRecord, Grant, Role, audit, same_city_store};
use dengbu_store::{Scope, TenantTx};

use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::App;

fn widened(scope: &Scope, codes: impl IntoIterator<Item = String>) -> Result<Scope, Problem> {
    Scope::new(scope.codes().iter().cloned().chain(codes))
        .map_err(|e| dengbu_store::StoreError::from(e).into())
}

fn today(actor: &Actor) -> NaiveDate {
    date_in_shanghai(actor.request.now)
}

/// The person as far as they may go on this case.
///
/// # Errors
/// A database error; a case that is not lent is no error here.
pub async fn on_case(app: &App, signed: Signed, case_no: &str) -> Result<Signed, Problem> {
    let actor = &signed.actor;
    let county = match case_no.get(..6) {
        Some(county) if case_no.len() == 20 && case_no.bytes().all(|b| b.is_ascii_digit()) => {
            county.to_owned()
        }
        _ => return Ok(signed),
    };
    if actor.scope.contains(&county) {
        return Ok(signed);
    }
    let mut tx = app
        .store()
        .begin(&widened(&actor.scope, [county.clone()])?)
        .await?;
    let found = match case::load(&mut tx, case_no, false).await {
        Ok(found) => found,
        Err(dengbu_cases::CaseError::Unknown(_)) => return Ok(signed),
        Err(e) => return Err(e.into()),
    };
    let delegations = same_city_store::delegations(&mut tx, &actor.authority, true).await?;
    drop(tx);
    let place = Place {
        authority: &found.authority,
        business: &found.business.code,
        family: &found.business.family,
        office_authority: &found.office_authority,
        office_id: found.office_id.as_deref(),
    };
    let grants = same_city::lent(actor, &place, &delegations, today(actor));
    if grants.is_empty() {
        return Ok(signed);
    }
    let scope = widened(&actor.scope, [county.clone(), found.authority.clone()])?;
    // the authority of the land reads in its own trail who of elsewhere reached its case
    let mut tx = app.store().begin(&scope).await?;
    let record = AuditRecord::by(actor, "case.crossed")
        .in_trail_of(&found.authority)
        .on("case", case_no)
        .county(&county);
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(lent(signed, scope, grants))
}

fn lent(mut signed: Signed, scope: Scope, grants: Vec<Grant>) -> Signed {
    signed.actor.scope = scope;
    signed.actor.grants.extend(grants);
    signed
}

/// The person with the districts that their office may take cases for.
///
/// # Errors
/// A database error.
pub async fn on_land(app: &App, signed: Signed) -> Result<Signed, Problem> {
    let actor = &signed.actor;
    if actor.office.is_none() || !actor.may(Action::TakeCase, &actor.authority, None) {
        return Ok(signed);
    }
    let mut tx = app.store().begin(&actor.scope).await?;
    let cells = same_city_store::of_desk(&mut tx, Desk::of(actor)).await?;
    drop(tx);
    let open: Vec<&Cell> = cells
        .iter()
        .filter(|c| c.allowed && !actor.scope.contains(&c.authority))
        .collect();
    if open.is_empty() {
        return Ok(signed);
    }
    let day = today(actor);
    let mut grants = Vec::new();
    for cell in &open {
        for b in catalogue::all().iter().filter(|b| b.family == cell.family) {
            let grant = Grant {
                role: Role::Reception,
                business: b.code.clone(),
                authority: cell.authority.clone(),
                valid_from: day,
                valid_to: Some(day),
            };
            let at_home = actor.may(Action::TakeCase, &actor.authority, Some(&b.code));
            if at_home && !grants.contains(&grant) {
                grants.push(grant);
            }
        }
    }
    let codes = open
        .iter()
        .flat_map(|c| [c.authority.clone(), c.county.clone()]);
    let scope = widened(&actor.scope, codes)?;
    Ok(lent(signed, scope, grants))
}

/// Refuses unless the person's office may take a case of this business for this district.
///
/// # Errors
/// 403.
pub async fn require_desk(
    tx: &mut TenantTx,
    actor: &Actor,
    authority: &str,
    county: &str,
    business: &Business,
) -> Result<(), Problem> {
    let desk = Desk::of(actor);
    let cells = same_city_store::of_desk(tx, desk).await?;
    // somebody with a grant of their own at the authority of the land needs no office for it
    let day = today(actor);
    let by_grant = actor.grants.iter().any(|g| {
        (g.valid_from, g.valid_to) != (day, Some(day))
            && g.authority == authority
            && g.gives(Action::TakeCase, authority, Some(&business.code))
    });
    let away = desk.authority != authority;
    if (away && by_grant) || same_city::may_take(desk, authority, county, &business.family, &cells)
    {
        return Ok(());
    }
    Err(Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "office_not_authorised",
        format!(
            "您所在的办事点没有受理该行政区（{county}）“{}”业务的权限",
            business.family
        ),
    )
    .detail("请到有权限的办事点办理，或者请不动产所在地登记机构在“同城通办”中授权。"))
}

/// For lists of cases: the scope to read in, and what of it the person may see.
///
/// # Errors
/// A database error.
pub async fn for_lists(app: &App, actor: &Actor) -> Result<(Scope, Reach), Problem> {
    let mut tx = app.store().begin(&actor.scope).await?;
    let cells = same_city_store::of_desk(&mut tx, Desk::of(actor)).await?;
    let delegations = same_city_store::delegations(&mut tx, &actor.authority, true).await?;
    let authorities = dengbu_store::authority_list::list(&mut tx).await?;
    drop(tx);
    let day = today(actor);
    let mut counties: BTreeSet<String> = cells.into_iter().map(|c| c.county).collect();
    let mut lent = Vec::new();
    let given = delegations
        .iter()
        .filter(|d| d.to_authority == actor.authority && d.in_force(day));
    for d in given {
        let of_land = authorities.iter().filter(|a| a.authority == d.authority);
        counties.extend(of_land.flat_map(|a| a.counties.iter().map(|c| c.county.clone())));
        for b in catalogue::all().iter().filter(|b| d.covers(&b.family)) {
            if !actor.may(d.action, &actor.authority, Some(&b.code)) {
                continue;
            }
            for step in Step::ALL {
                if Action::for_step(step.code()) == Some(d.action) && b.step(step).is_some() {
                    lent.push(Lent {
                        authority: d.authority.clone(),
                        business: b.code.clone(),
                        step: step.code().to_owned(),
                    });
                }
            }
        }
    }
    let reach = Reach {
        own: actor.scope.codes().to_vec(),
        desk: actor
            .office
            .clone()
            .filter(|_| actor.may(Action::TakeCase, &actor.authority, None))
            .map(|office| (actor.authority.clone(), office)),
        lent,
    };
    Ok((widened(&actor.scope, counties)?, reach))
}

/// For figures of what the offices of these authorities took for others: the scope to count in and
/// the authorities of the land. Who counts filters by the offices: the rest of those places stays
/// out.
///
/// # Errors
/// A database error.
pub async fn taken_for(
    app: &App,
    actor: &Actor,
    authorities: &[String],
) -> Result<(Scope, Vec<String>), Problem> {
    let mut tx = app.store().begin(&actor.scope).await?;
    let places = same_city_store::places_of(&mut tx, authorities).await?;
    drop(tx);
    let lands: BTreeSet<String> = places.iter().map(|(a, _)| a.clone()).collect();
    let codes = places.into_iter().flat_map(|(a, county)| [a, county]);
    Ok((widened(&actor.scope, codes)?, lands.into_iter().collect()))
}
