//! Result papers of searches as printed and as the public sees them, and searches' errors.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_law::rules::{Severity, Violation};
use dengbu_papers::Mask;
use dengbu_papers::fields::Labelled;
use dengbu_papers::inputs::PrintFacts;
use dengbu_papers::proof::{Check, ProofFacts, ProofSection, render};
use dengbu_search::SearchError;
use dengbu_search::document::{Body, Cell, grouped_code};
use dengbu_search::issue::Issued;
use dengbu_staff::Actor;

use crate::problem::{FieldProblem, Problem};
use crate::state::App;

/// Where the public reaches this server: what the authority set, else what the browser called it.
pub fn public_base(set: Option<&str>, headers: &HeaderMap, app: &App) -> String {
    if let Some(url) = set {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|h| h.to_str().ok())
        .filter(|h| {
            h.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        })
        .unwrap_or("localhost");
    let scheme = if app.config().secure_cookies {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}

fn facts(kept: &Issued, body: &Body, base: &str, show: &dyn Fn(&Cell) -> String) -> ProofFacts {
    ProofFacts {
        title: body.title.clone(),
        number: body.number.clone(),
        conclusion: body.conclusion.clone(),
        sections: body
            .sections
            .iter()
            .map(|s| ProofSection {
                heading: s.heading.clone(),
                facts: s
                    .facts
                    .iter()
                    .map(|l| Labelled::new(&l.label, show(&l.value)))
                    .collect(),
                columns: s.columns.clone(),
                rows: s
                    .rows
                    .iter()
                    .map(|row| row.iter().map(show).collect())
                    .collect(),
            })
            .collect(),
        warnings: body.warnings.clone(),
        issued_at: body.issued_at,
        issued_by: body.issued_by.clone(),
        check_code: grouped_code(&kept.check_code),
        digest: kept.sm3.clone(),
        check_url: format!("{base}/verify/{}", kept.check_code),
    }
}

/// The paper for print; none when its content cannot be read.
pub fn paper(kept: &Issued, base: &str, actor: &Actor) -> Option<String> {
    let body = kept.body.as_ref()?;
    let print = PrintFacts {
        authority_name: body.authority_name.clone(),
        printed_at: actor.request.now,
        printed_by: actor.name.clone(),
        mask: Mask::Full,
    };
    Some(render(
        &facts(kept, body, base, &|c| c.text.clone()),
        &print,
    ))
}

/// All that a paper says; none when its content cannot be read.
pub fn full(kept: &Issued) -> Option<ProofFacts> {
    let body = kept.body.as_ref()?;
    Some(facts(kept, body, "", &|c| c.text.clone()))
}

/// What the public page says of a paper that is kept.
pub fn check(kept: &Issued) -> Check {
    match &kept.body {
        Some(body) if kept.genuine => Check::Genuine {
            proof: Box::new(facts(kept, body, "", &Cell::masked)),
            authority_name: body.authority_name.clone(),
        },
        _ => Check::Damaged {
            number: kept.document_no.clone(),
        },
    }
}

/// A page without script.
pub fn html(body: String) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'self'";
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

impl From<SearchError> for Problem {
    fn from(e: SearchError) -> Self {
        let text = e.to_string();
        match e {
            SearchError::Unknown(_) => Self::not_found(text),
            SearchError::Fields(faults) => Self::fields(
                faults
                    .into_iter()
                    .map(|f| FieldProblem {
                        field: f.field,
                        code: f.code.to_owned(),
                        message: f.message,
                    })
                    .collect(),
            ),
            SearchError::Stale { current } => {
                let mut p = Self::new(StatusCode::CONFLICT, "stale_version", text);
                p.current_version = Some(current);
                p
            }
            SearchError::Closed(_) => Self::new(StatusCode::CONFLICT, "search_closed", text),
            SearchError::Refused(found) => {
                let mut p = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "search_refused", text);
                p.detail = found
                    .first()
                    .map(|f| format!("{}（{}）", f.message, f.basis));
                p.errors = found
                    .iter()
                    .map(|f| FieldProblem {
                        field: f.field.clone().unwrap_or_default(),
                        code: f.ground.clone(),
                        message: f.message.clone(),
                    })
                    .collect();
                p.violations = found
                    .into_iter()
                    .map(|f| Violation {
                        rule: f.rule,
                        severity: Severity::Block,
                        citizen_message: f.message.clone(),
                        message: f.message,
                        law: f.basis,
                        field: f.field,
                        unit_code: None,
                    })
                    .collect();
                p
            }
            SearchError::TooMany { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_units", text)
            }
            SearchError::NoAnswerToday => Self::new(StatusCode::CONFLICT, "no_answer_today", text),
            SearchError::NoSuchPaper(_) => Self::new(StatusCode::CONFLICT, "no_such_paper", text),
            SearchError::Register(inner) => inner.into(),
            SearchError::Cadastre(inner) => inner.into(),
            SearchError::Case(inner) => inner.into(),
            SearchError::Library(inner) => inner.into(),
            SearchError::Store(inner) => inner.into(),
            other => Self::internal(&other),
        }
    }
}
