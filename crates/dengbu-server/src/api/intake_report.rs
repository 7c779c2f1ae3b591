//! Data integration: the report of a run's quality control, as a page and as a sealed PDF.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengbu_certlib::seals::Purpose;
use dengbu_gm::Trust;
use dengbu_intake::paper::{self, Facts};
use dengbu_intake::results::{self, Count, TableCount, severity_name};
use dengbu_intake::run::{self, Run};
use dengbu_intake::source;
use dengbu_model::time::date_in_shanghai;
use dengbu_pdf::{SealPlace, Signing, Verdict, sign_pdf, verify_pdf};
use dengbu_staff::{Action, AuditRecord, audit};
use sm3::{Digest, Sm3};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::auth::Signed;
use crate::ecert::vault::{Desk, Vault};
use crate::gather;
use crate::problem::Problem;
use crate::reply::{At, attachment};
use crate::state::App;

/// Routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(run_report))
        .routes(routes!(run_report_pdf))
}

/// The report of a run's quality control: counts, verdict, digest of the report's content.
#[utoipa::path(get, path = "/intake/runs/{run_id}/report", operation_id = "run_report", params(("run_id" = Uuid, Path)),
    responses((status = 200, description = "a page for printing", body = String, content_type = "text/html"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
async fn run_report(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::Integrate)?;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let run = run::one(&mut tx, &actor.authority, id).await?;
    let counts = results::counts(&mut tx, &actor.authority, id).await?;
    let tables = results::tables(&mut tx, &actor.authority, id).await?;
    let record = AuditRecord::by(actor, "intake.findings_exported").on("run", id.to_string());
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    let body = body(&run, &names.authority(&actor.authority), &counts, &tables);
    let digest: String = Sm3::digest(body.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>质检报告</title>\
         <style>{STYLE}</style></head><body>{body}<footer>报告内容 SM3：{digest}</footer></body></html>"
    );
    Ok((
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
            ),
        ],
        page,
    )
        .into_response())
}

/// The report as a sealed PDF: what was checked with the digests of its files, counts per rule and
/// severity, the verdict; signed by the authority (ETSI.CAdES.detached).
#[utoipa::path(get, path = "/intake/runs/{run_id}/report.pdf", operation_id = "run_report_pdf", params(("run_id" = Uuid, Path)),
    responses((status = 200, description = "the sealed report", body = Vec<u8>, content_type = "application/pdf"), (status = "4XX", body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn run_report_pdf(
    State(app): State<App>,
    signed: Signed,
    At(id): At<Uuid>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    signed.require(Action::Integrate)?;
    let authority = &actor.authority;
    let now = actor.request.now;
    let mut tx = app.store().begin(&actor.scope).await?;
    let names = gather::names(&mut tx).await?;
    let run = run::one(&mut tx, authority, id).await?;
    if run.state != "done" {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "state",
            "运行还没有完成，不能出具质检报告",
        ));
    }
    let counts = results::counts(&mut tx, authority, id).await?;
    let tables = results::tables(&mut tx, authority, id).await?;
    let (package, title) = match run.package_id {
        Some(package) => (
            Some(source::package(&mut tx, authority, package).await?),
            source::one(&mut tx, authority, &run.source).await?.title,
        ),
        None => (None, String::new()),
    };
    let vault = app.office().vault()?;
    let desk = app
        .office()
        .desk(&mut tx, authority, Purpose::Registration)
        .await?;
    let trust = app.office().trust(now)?;
    let name = names.authority(authority);
    let file = tokio::task::spawn_blocking(move || {
        let facts = Facts {
            authority: &name,
            run: &run,
            source_title: &title,
            package: package.as_ref(),
            counts: &counts,
            tables: &tables,
            now,
        };
        sealed(&facts, &vault, &desk, &trust)
    });
    let file = file.await.map_err(|e| Problem::internal(&e))??;
    let record = AuditRecord::by(actor, "intake.report_sealed").on("run", id.to_string());
    audit::record(&mut tx, &record).await?;
    tx.commit().await?;
    Ok(attachment(
        &format!("quality-report-{id}.pdf"),
        "application/pdf",
        file,
    ))
}

/// Draws, signs, and judges the result before anybody gets it.
fn sealed(
    facts: &Facts<'_>,
    vault: &Vault,
    desk: &Desk,
    trust: &Trust,
) -> Result<Vec<u8>, Problem> {
    let paper = paper::draw(facts, vault.fonts).map_err(|e| Problem::internal(&e))?;
    let place = SealPlace {
        page: paper.page,
        x: paper.x,
        y: paper.y,
        width: f64::from(desk.seal.picture.width),
        height: f64::from(desk.seal.picture.height),
        picture: desk.picture.clone(),
    };
    let signing = Signing {
        signer: &desk.pdf,
        seal: Some(&place),
        time: facts.now,
        stamper: Some(&desk.pdf_stamper),
    };
    let file = sign_pdf(&vault.pdf_writer, &paper.document, &signing)
        .map_err(|e| Problem::internal(&e))?;
    let report = verify_pdf(&file, trust);
    if report.verdict != Verdict::Valid {
        tracing::error!(problems = ?report.problems, "a sealed quality report does not verify");
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "seal",
            "质检报告签章后的自检没有通过，请联系系统管理员检查电子印章",
        ));
    }
    Ok(file)
}

const STYLE: &str = "@page{size:A4;margin:18mm 16mm}body{font-family:'Noto Serif CJK SC','SimSun',serif;max-width:180mm;\
    margin:0 auto;color:#000}h1{text-align:center;font-size:20px}table{width:100%;border-collapse:collapse;margin:10px 0}\
    th,td{border:1px solid #000;padding:4px 8px;font-size:13px;text-align:left}td.n{text-align:right}thead{display:table-header-group}\
    tr{break-inside:avoid}footer{margin-top:16px;font-size:11px;word-break:break-all}p.v{font-size:16px;font-weight:bold}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Passed when no fault of the kind that must be mended is open (强制错误数 0 before loading).
fn body(run: &Run, authority: &str, counts: &[Count], tables: &[TableCount]) -> String {
    let of = |severity: &str| {
        counts
            .iter()
            .find(|c| c.by == "severity" && c.key == severity)
            .map_or(0, |c| c.count)
    };
    let verdict = match of("error") {
        0 => "质检结论：通过，没有强制问题。".to_owned(),
        n => format!("质检结论：不通过，有强制问题 {n} 个。"),
    };
    let on = run
        .finished_at
        .map(|at| date_in_shanghai(at).to_string())
        .unwrap_or_default();
    let mut out = format!(
        "<h1>不动产登记数据质检报告</h1><p>{}</p><p>数据源：{}　运行编号：{}　完成日期：{on}</p><p class=\"v\">{verdict}</p>\
         <p>强制问题 {} 个，警告 {} 个，提示 {} 个。</p>",
        escape(authority),
        escape(&run.source),
        run.run_id,
        of("error"),
        of("warning"),
        of("note"),
    );
    out.push_str("<table><thead><tr><th>数据表</th><th>源数据行</th><th>可入库</th><th>合并</th><th>待核对</th><th>退回</th></tr></thead><tbody>");
    for t in tables {
        out.push_str(&format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&t.table_name), t.read, t.accepted, t.merged, t.doubtful, t.rejected
        ));
    }
    out.push_str("</tbody></table><table><thead><tr><th>规则</th><th>级别</th><th>问题数</th></tr></thead><tbody>");
    for c in counts.iter().filter(|c| c.by == "rule") {
        out.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&c.key),
            severity_name(&c.severity),
            c.count
        ));
    }
    out.push_str("</tbody></table>");
    out
}
