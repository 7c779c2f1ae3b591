//! The audit trail (审计日志): who did or tried what, when, about what and why.
//!
//! GB/T 22239-2019 8.1.4.3: every user is covered; a record holds date and time, user, kind of
//! event and whether it succeeded; records are kept from deletion, change and overwriting. The
//! last is by privilege: the server's role may insert and select, nothing else.
//!
//! A record is written in the transaction of what it records, so there is neither a change
//! without a record nor a record without a change. `detail` holds no passwords and no personal
//! data: codes, numbers and names of fields.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use dengbu_store::{StoreError, TenantTx};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::timestamp::context::ContextV7;
use uuid::{Timestamp, Uuid};

use crate::actor::{Actor, RequestContext};
use crate::permission::Action;

/// Ids grow even within one instant: a request that leaves several records leaves them in order.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// Codes of the recorded actions and the names auditors read. A capability may record a code of
/// its own; without a name here the code itself is shown.
const ACTIONS: &[(&str, &str)] = &[
    (SIGN_IN, "登录"),
    (SIGN_OUT, "退出"),
    (SECOND_FACTOR, "动态码验证"),
    (TOTP_ENROLLED, "绑定动态码"),
    (TOTP_RESET, "解除动态码绑定"),
    (PASSWORD_CHANGED, "修改口令"),
    (PASSWORD_RESET, "重置口令"),
    (STAFF_CREATED, "新建人员"),
    (STAFF_UPDATED, "修改人员"),
    (STAFF_LOCKED, "停用人员"),
    (STAFF_UNLOCKED, "启用或解锁人员"),
    (GRANTS_SET, "设置授权"),
    (POLICY_SET, "修改登录安全策略"),
    (AUDIT_READ, "查看审计日志"),
    ("settings.updated", "修改机构设置"),
    ("settings.committed_days_set", "设置承诺时限"),
    ("tenant.created", "开通登记机构"),
    ("tenant.listed", "查看登记机构清单"),
    ("office.updated", "修改办事点"),
    ("unit.searched", "查询不动产单元"),
    ("unit.read", "查看不动产单元"),
    ("register.read", "查看登记簿"),
    ("register.verified", "校验登记簿"),
    ("register.lapsed", "期限届满，自动记载权利失效"),
    ("person.searched", "按权利人查询"),
    ("person.unmasked", "查看未脱敏信息"),
    ("search.created", "受理查询申请"),
    ("search.read", "查看查询申请"),
    ("search.updated", "修改查询申请"),
    ("search.answered", "提供查询结果"),
    ("search.refused", "不予查询"),
    ("search.scan_added", "上传查询材料"),
    ("search.scan_read", "查看查询材料"),
    ("search.document_issued", "出具查询结果文书"),
    ("search.log_read", "查看查询记录"),
    ("search.alert_handled", "处理查询异常"),
    ("case.created", "新建业务件"),
    ("case.read", "查看业务件"),
    ("case.updated", "修改申请内容"),
    ("case.acted", "办理业务件"),
    ("case.suspended", "暂停计时"),
    ("case.resumed", "恢复计时"),
    ("notice.read", "查看公告及异议"),
    ("notice.published", "发布公告"),
    ("notice.withdrawn", "撤回公告"),
    ("notice.objected", "登记公告异议"),
    ("notice.objection_decided", "处理公告异议"),
    ("case.instant", "接口提交业务件（自动审核）"),
    ("case.after_checked", "事后抽查自动审核业务件"),
    ("settings.automatic_set", "设置自动审核开关"),
    ("settings.trusted_channel_set", "设置可信渠道"),
    ("settings.extra_materials_set", "设置加收材料"),
    ("case.reasoning_read", "查看自动审核理由"),
    ("case.crossed", "外机构办理本地业务件（同城通办）"),
    ("unit.crossed", "外机构查看本地不动产单元（同城通办）"),
    ("same_city.matrix_set", "设置同城通办权限"),
    ("same_city.delegated", "委托审核"),
    ("same_city.delegation_ended", "终止委托审核"),
    ("material.added", "上传材料"),
    ("material.read", "查看材料"),
    ("material.verified", "核对材料"),
    ("material.removed", "移除材料"),
    ("paper.printed", "打印文书"),
    ("certificate.made", "缮证"),
    ("stock.changed", "管理空白证"),
    ("stock.counted", "盘点空白证"),
    ("certificate.printed", "打印证书"),
    ("print_station.set", "校准打印工位"),
    ("void_notice.published", "刊发证书遗失、作废公告"),
    ("service.read", "查看文书送达"),
    ("service.recorded", "登记文书送达"),
    ("service.annulled", "撤销送达记录"),
    ("fee.assessed", "核定登记费"),
    ("fee.exempted", "减免登记费"),
    ("fee.account", "登记费转月结"),
    ("fee.paid", "收取登记费"),
    ("fee.refunded", "退还登记费"),
    ("fee.read", "查看缴款单"),
    ("fee.counted", "收费日结"),
    ("fee.settled", "登记费月结"),
    ("fee.exported", "导出收费数据"),
    ("statistics.staff_read", "查看人员工作量"),
    ("statistics.exported", "导出统计数据"),
    ("case.urged", "督办催办"),
    ("case.joined", "并案"),
    ("case.parted", "分案"),
    ("case.reassigned", "转办业务件"),
    ("staff.deputy_named", "委托代理人"),
    ("staff.deputy_ended", "终止代理"),
    ("e_certificate.ordered", "签发电子证照"),
    ("e_certificate.acted", "处置电子证照"),
    ("e_certificate.read", "查看电子证照"),
    ("e_certificate.downloaded", "下载电子证照"),
    ("e_certificate.batch_created", "新建批量签发"),
    ("e_certificate.batch_acted", "控制批量签发"),
    ("seal.created", "制作电子印章"),
    ("seal.revoked", "撤销电子印章"),
    ("sharing.application_set", "设置共享应用"),
    ("citizen.opened", "开通公众账号"),
    ("citizen.acted", "处置公众账号"),
    ("paper.returned", "登记旧证收回"),
    ("blank_layout.set", "设置空白证版式"),
    ("blank_layout.reset", "恢复空白证版式"),
    ("data.export_asked", "申请数据导出"),
    ("data.export_stopped", "停止数据导出"),
    ("data.exported", "完成数据导出"),
    ("data.export_taken", "下载导出文件"),
    ("data.subscribed", "新增数据订阅"),
    ("data.subscription_state_set", "变更数据订阅"),
    ("data.subscription_key_renewed", "换发订阅密钥"),
    ("data.delivery_taken", "接收单位取走数据"),
    ("data.map_printed", "打印专题图"),
    ("intake.source_created", "新建数据源"),
    ("intake.package_added", "上传数据包"),
    ("intake.mapping_saved", "保存字段对照"),
    ("intake.sample_read", "查看数据源样例"),
    ("intake.run_asked", "开始数据整合运行"),
    ("intake.run_stopped", "停止数据整合运行"),
    ("intake.run_resumed", "继续数据整合运行"),
    ("intake.findings_exported", "导出质检结果"),
    ("intake.doubts_read", "查看待核对数据"),
    ("intake.report_sealed", "出具质检报告"),
    ("intake.package_profiled", "查看数据包字段概况"),
    ("intake.package_previewed", "预览字段对照结果"),
    ("intake.doubt_decided", "核对存疑数据"),
    ("intake.batch_opened", "装载入库批次"),
    ("intake.batch_released", "发布入库批次"),
    ("intake.batch_paused", "暂停发布入库批次"),
    ("intake.batch_undone", "回退入库批次"),
];

/// 登录.
pub const SIGN_IN: &str = "session.sign_in";
/// 退出.
pub const SIGN_OUT: &str = "session.sign_out";
/// 动态码验证.
pub const SECOND_FACTOR: &str = "session.second_factor";
/// 绑定动态码.
pub const TOTP_ENROLLED: &str = "staff.totp_enrolled";
/// 解除动态码绑定.
pub const TOTP_RESET: &str = "staff.totp_reset";
/// 修改口令.
pub const PASSWORD_CHANGED: &str = "staff.password_changed";
/// 重置口令.
pub const PASSWORD_RESET: &str = "staff.password_reset";
/// 新建人员.
pub const STAFF_CREATED: &str = "staff.created";
/// 修改人员.
pub const STAFF_UPDATED: &str = "staff.updated";
/// 停用人员.
pub const STAFF_LOCKED: &str = "staff.locked";
/// 启用或解锁人员.
pub const STAFF_UNLOCKED: &str = "staff.unlocked";
/// 设置授权.
pub const GRANTS_SET: &str = "staff.grants_set";
/// 修改登录安全策略.
pub const POLICY_SET: &str = "settings.policy_set";
/// 查看审计日志.
pub const AUDIT_READ: &str = "audit.read";

/// The name of an action for display; an unknown code stands for itself.
#[must_use]
pub fn action_name(code: &str) -> &str {
    ACTIONS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, name)| *name)
}

/// The codes that have names, for the search form: (code, name).
#[must_use]
pub fn known_actions() -> &'static [(&'static str, &'static str)] {
    ACTIONS
}

/// Whether what was tried succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 成功.
    Success,
    /// 失败: refused or not possible.
    Failure,
}

impl Outcome {
    fn code(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        }
    }
}

/// One record of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRecord {
    /// Id, version 7.
    pub audit_id: Uuid,
    /// The authority in whose trail it stands.
    pub authority: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none: the system.
    pub staff_id: Option<Uuid>,
    /// 姓名 at that time.
    pub staff_name: String,
    /// Code of what was done or tried.
    pub action: String,
    /// Whether it succeeded.
    pub outcome: Outcome,
    /// Kind of the object: `unit`, `case`, `staff`, …
    pub object_kind: Option<String>,
    /// Its code or id.
    pub object_id: Option<String>,
    /// Reason as the person stated it (查询原因).
    pub purpose: Option<String>,
    /// More, without personal data.
    pub detail: Option<Value>,
    /// The server's id of the request.
    pub request_id: Option<String>,
    /// Address of the caller.
    pub ip: Option<String>,
    /// County of the object.
    pub county: Option<String>,
}

impl AuditRecord {
    /// Something `actor` did in the request being served; stands in the trail of the actor's own
    /// authority unless [`AuditRecord::in_trail_of`] says otherwise.
    #[must_use]
    pub fn by(actor: &Actor, action: impl Into<String>) -> AuditRecord {
        let person = (actor.staff_id, actor.name.as_str());
        AuditRecord::of(&actor.authority, Some(person), action, &actor.request)
    }

    /// Something the system did by itself (timer, set-up).
    #[must_use]
    pub fn by_system(
        authority: &str,
        action: impl Into<String>,
        request: &RequestContext,
    ) -> AuditRecord {
        AuditRecord::of(authority, None, action, request)
    }

    pub(crate) fn of(
        authority: &str,
        person: Option<(Uuid, &str)>,
        action: impl Into<String>,
        request: &RequestContext,
    ) -> AuditRecord {
        let at = request.now;
        let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
        let time = Timestamp::from_unix(&ORDER, seconds, at.timestamp_subsec_nanos());
        AuditRecord {
            audit_id: Uuid::new_v7(time),
            authority: authority.to_owned(),
            at,
            staff_id: person.map(|(id, _)| id),
            staff_name: person.map_or("系统", |(_, name)| name).to_owned(),
            action: action.into(),
            outcome: Outcome::Success,
            object_kind: None,
            object_id: None,
            purpose: None,
            detail: None,
            request_id: request.request_id.clone(),
            ip: request.ip.map(|ip| ip.to_string()),
            county: None,
        }
    }

    /// Sets the id, for a replayed run.
    #[must_use]
    pub fn with_id(mut self, audit_id: Uuid) -> AuditRecord {
        self.audit_id = audit_id;
        self
    }

    /// What it is about.
    #[must_use]
    pub fn on(mut self, kind: impl Into<String>, id: impl Into<String>) -> AuditRecord {
        self.object_kind = Some(kind.into());
        self.object_id = Some(id.into());
        self
    }

    /// The county of the object.
    #[must_use]
    pub fn county(mut self, county: impl Into<String>) -> AuditRecord {
        self.county = Some(county.into());
        self
    }

    /// The stated reason.
    #[must_use]
    pub fn purpose(mut self, purpose: impl Into<String>) -> AuditRecord {
        self.purpose = Some(purpose.into());
        self
    }

    /// More about it; no personal data.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> AuditRecord {
        self.detail = Some(detail);
        self
    }

    /// It was tried and did not succeed.
    #[must_use]
    pub fn failed(mut self) -> AuditRecord {
        self.outcome = Outcome::Failure;
        self
    }

    /// Puts it in another authority's trail: the one whose data were touched.
    #[must_use]
    pub fn in_trail_of(mut self, authority: impl Into<String>) -> AuditRecord {
        self.authority = authority.into();
        self
    }
}

/// Writes a record within `tx`; the transaction's scope must cover the record's authority.
pub async fn record(tx: &mut TenantTx, record: &AuditRecord) -> Result<(), StoreError> {
    tx.require(&record.authority)?;
    sqlx::query(
        "insert into audit (authority, audit_id, at, staff_id, staff_name, action, outcome, \
            object_kind, object_id, purpose, detail, request_id, ip, county) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&record.authority)
    .bind(record.audit_id)
    .bind(record.at)
    .bind(record.staff_id)
    .bind(&record.staff_name)
    .bind(&record.action)
    .bind(record.outcome.code())
    .bind(&record.object_kind)
    .bind(&record.object_id)
    .bind(&record.purpose)
    .bind(&record.detail)
    .bind(&record.request_id)
    .bind(&record.ip)
    .bind(&record.county)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What to look for; everything that is set must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// An action's code, or its beginning up to a dot (`staff` finds `staff.created`).
    pub action: Option<String>,
    /// Who.
    pub staff_id: Option<Uuid>,
    /// Part of the person's name.
    pub staff_name: Option<String>,
    /// Kind of the object.
    pub object_kind: Option<String>,
    /// Its code or id.
    pub object_id: Option<String>,
    /// Whether it succeeded.
    pub outcome: Option<Outcome>,
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub to: Option<DateTime<Utc>>,
}

/// A page of the trail, newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    /// The records.
    pub items: Vec<AuditRecord>,
    /// Pass it back for the next page; none: this was the last.
    pub next_cursor: Option<String>,
}

/// Why a search was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The person is no auditor.
    #[error("您没有查看审计日志的权限，需要“安全审计员”岗位")]
    NotAllowed,
    /// Not a cursor of this search.
    #[error("翻页标记无效，请从第一页重新查询")]
    Cursor,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuditError {
    /// Machine code for API answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AuditError::NotAllowed => "not_allowed",
            AuditError::Cursor => "bad_cursor",
            AuditError::Store(_) => "internal",
        }
    }
}

impl From<sqlx::Error> for AuditError {
    fn from(error: sqlx::Error) -> AuditError {
        AuditError::Store(error.into())
    }
}

/// Searches the trails of the authorities `actor` audits, and records that in the same
/// transaction; `limit` is taken between 1 and 100.
pub async fn search(
    tx: &mut TenantTx,
    actor: &Actor,
    filter: &AuditFilter,
    cursor: Option<&str>,
    limit: u32,
) -> Result<AuditPage, AuditError> {
    let authorities = actor.authorities_for(Action::ReadAudit);
    if authorities.is_empty() {
        return Err(AuditError::NotAllowed);
    }
    let after = cursor.map(parse_cursor).transpose()?;
    let limit = limit.clamp(1, 100);
    let rows = sqlx::query(
        "select authority, audit_id, at, staff_id, staff_name, action, outcome, object_kind, \
            object_id, purpose, detail, request_id, ip, county from audit \
         where authority = any ($1) \
           and ($2::text is null or action = $2 or starts_with(action, $2 || '.')) \
           and ($3::uuid is null or staff_id = $3) \
           and ($4::text is null or strpos(staff_name, $4) > 0) \
           and ($5::text is null or object_kind = $5) \
           and ($6::text is null or object_id = $6) \
           and ($7::text is null or outcome = $7) \
           and ($8::timestamptz is null or at >= $8) \
           and ($9::timestamptz is null or at < $9) \
           and ($10::timestamptz is null or (at, audit_id) < ($10, $11)) \
         order by at desc, audit_id desc limit $12",
    )
    .bind(&authorities)
    .bind(&filter.action)
    .bind(filter.staff_id)
    .bind(&filter.staff_name)
    .bind(&filter.object_kind)
    .bind(&filter.object_id)
    .bind(filter.outcome.map(Outcome::code))
    .bind(filter.from)
    .bind(filter.to)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id))
    .bind(i64::from(limit) + 1)
    .fetch_all(tx.conn())
    .await?;
    let mut items = rows.iter().map(read_row).collect::<Result<Vec<_>, _>>()?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).map(cursor_after);
    let asked = serde_json::json!({ "action": filter.action, "object": filter.object_id });
    record(tx, &AuditRecord::by(actor, AUDIT_READ).detail(asked)).await?;
    Ok(AuditPage { items, next_cursor })
}

fn cursor_after(record: &AuditRecord) -> String {
    format!(
        "{}.{}",
        record.at.timestamp_micros(),
        record.audit_id.simple()
    )
}

fn parse_cursor(text: &str) -> Result<(DateTime<Utc>, Uuid), AuditError> {
    let (micros, id) = text.split_once('.').ok_or(AuditError::Cursor)?;
    let micros = micros.parse().map_err(|_| AuditError::Cursor)?;
    let at = DateTime::from_timestamp_micros(micros).ok_or(AuditError::Cursor)?;
    let id = Uuid::try_parse(id).map_err(|_| AuditError::Cursor)?;
    Ok((at, id))
}

fn read_row(row: &PgRow) -> Result<AuditRecord, sqlx::Error> {
    let outcome: &str = row.try_get("outcome")?;
    Ok(AuditRecord {
        audit_id: row.try_get("audit_id")?,
        authority: row.try_get("authority")?,
        at: row.try_get("at")?,
        staff_id: row.try_get("staff_id")?,
        staff_name: row.try_get("staff_name")?,
        action: row.try_get("action")?,
        outcome: if outcome == "success" {
            Outcome::Success
        } else {
            Outcome::Failure
        },
        object_kind: row.try_get("object_kind")?,
        object_id: row.try_get("object_id")?,
        purpose: row.try_get("purpose")?,
        detail: row.try_get("detail")?,
        request_id: row.try_get("request_id")?,
        ip: row.try_get("ip")?,
        county: row.try_get("county")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_rubbish_is_refused() {
        let now = DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap();
        let record = AuditRecord::by_system("510400", "x", &RequestContext::at(now));
        let parsed = parse_cursor(&cursor_after(&record)).unwrap();
        assert_eq!(parsed, (now, record.audit_id));
        for bad in ["", ".", "1", "x.y", "1.2", "99999999999999999999.0"] {
            assert!(parse_cursor(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn action_codes_are_distinct_and_named() {
        let codes: std::collections::BTreeSet<_> = ACTIONS.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), ACTIONS.len());
        assert_eq!(action_name(SIGN_IN), "登录");
        assert_eq!(action_name("robot.moved"), "robot.moved");
    }
}
