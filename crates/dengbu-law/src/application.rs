//! What an applicant asks for, and the checks of its fields.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_model::identity::IdDocument;
use dengbu_model::party::{CoOwnership, Holder, Party, check_holders};
use dengbu_model::quantity::Money;
use dengbu_model::right::{MortgageMethod, Officer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalogue::{Business, DetailKind};

/// The application of a case (申请内容); holders and obligors as they shall
/// stand in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Registration cause (登记原因, DJYY).
    pub reason: String,
    /// Who shall hold the right (权利人).
    pub holders: Vec<Holder>,
    /// Who gives it (义务人).
    #[serde(default)]
    pub obligors: Vec<Party>,
    /// How the holders own together (共有方式, GYFS).
    pub co_ownership: CoOwnership,
    /// One certificate per holder (申请分别持证, SQFBCZ).
    #[serde(default)]
    pub separate_certificates: bool,
    /// What is particular to the business.
    pub detail: Detail,
    /// Whom to call (联系人).
    #[serde(default)]
    pub contact: Option<Contact>,
    /// How the result is handed over (领证方式).
    #[serde(default)]
    pub delivery_method: DeliveryMethod,
    /// Questions put to the applicants and their answers (询问笔录).
    #[serde(default)]
    pub inquiry: Vec<Inquiry>,
    /// Warnings that were taken note of, each with the reason to go on.
    #[serde(default)]
    pub acknowledged: Vec<Acknowledgement>,
    /// Remarks for the register (附记, FJ).
    #[serde(default)]
    pub remarks: Option<String>,
}

/// Whom to call about the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
}

/// How the result is handed over (领证方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMethod {
    /// At the counter (窗口).
    #[default]
    Counter,
    /// By post (邮寄).
    Post,
    /// At a kiosk (自助机).
    Kiosk,
    /// Electronic only (电子).
    Electronic,
}

/// One question of the inquiry and its answer (询问笔录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Inquiry {
    /// The question as put.
    pub question: String,
    /// The answer as given.
    pub answer: String,
}

/// A warning taken note of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// Identifier of the rule that warned.
    pub rule: String,
    /// Why the case goes on, or which consent was given.
    pub reason: String,
}

/// What is particular to each business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// Sale of a registered title (存量房转移).
    Transfer(TransferDetail),
    /// Creation of a mortgage (抵押权首次).
    Mortgage(MortgageDetail),
    /// Striking out a mortgage (抵押权注销).
    MortgageRelease(MortgageReleaseDetail),
    /// Seizure (查封).
    Seizure(SeizureDetail),
}

impl Detail {
    /// The kind as the catalogue names it.
    #[must_use]
    pub fn kind(&self) -> DetailKind {
        match self {
            Self::Transfer(_) => DetailKind::Transfer,
            Self::Mortgage(_) => DetailKind::Mortgage,
            Self::MortgageRelease(_) => DetailKind::MortgageRelease,
            Self::Seizure(_) => DetailKind::Seizure,
        }
    }
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TransferDetail {
    /// Price in yuan (房地产交易价格, FDCJYJG).
    #[serde(default)]
    pub price: Option<Money>,
    /// Number of the contract filed with housing (网签合同号).
    #[serde(default)]
    pub contract_no: Option<String>,
    /// Day of the contract.
    #[serde(default)]
    pub contract_date: Option<NaiveDate>,
    /// Number of the deed-tax receipt or exemption (契税完税凭证号).
    #[serde(default)]
    pub deed_tax_proof_no: Option<String>,
}

/// A mortgage to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MortgageDetail {
    /// Ordinary or maximum-amount (抵押方式, DYFS).
    pub method: MortgageMethod,
    /// Debt secured in yuan (被担保主债权数额, BDBZZQSE); ordinary mortgage only.
    #[serde(default)]
    pub secured_amount: Option<Money>,
    /// Highest debt secured in yuan (最高债权数额, ZGZQSE); maximum-amount mortgage only.
    #[serde(default)]
    pub maximum_amount: Option<Money>,
    /// First day of the term of performance, or of the period in which debts arise.
    #[serde(default)]
    pub term_start: Option<NaiveDate>,
    /// Last day of it.
    #[serde(default)]
    pub term_end: Option<NaiveDate>,
    /// What the security covers (担保范围, DBFW).
    #[serde(default)]
    pub scope: Option<String>,
    /// Whether transfer was forbidden or restricted by agreement (SFCZJZHXZ).
    #[serde(default)]
    pub transfer_restricted: Option<bool>,
    /// Number of the mortgage contract.
    #[serde(default)]
    pub contract_no: Option<String>,
    /// The debtor, where it is not the mortgagor (债务人).
    #[serde(default)]
    pub debtor: Option<String>,
}

/// A mortgage to be struck out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MortgageReleaseDetail {
    /// The mortgage in the register.
    #[serde(default)]
    pub mortgage_right_id: Option<Uuid>,
    /// Why it ends (注销抵押原因, ZXDYYY).
    #[serde(default)]
    pub cause: Option<String>,
    /// Number of the creditor's paper.
    #[serde(default)]
    pub creditor_consent_no: Option<String>,
}

/// A seizure ordered by a court or other organ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SeizureDetail {
    /// The organ (查封机关, CFJG).
    #[serde(default)]
    pub court: String,
    /// Name of the paper (查封文件, CFWJ).
    #[serde(default)]
    pub document: Option<String>,
    /// Its number (查封文号, CFWH).
    #[serde(default)]
    pub document_no: String,
    /// The officers who served it.
    #[serde(default)]
    pub officers: Vec<Officer>,
    /// First day (查封起始时间, CFQSSJ).
    #[serde(default)]
    pub start: Option<NaiveDate>,
    /// Last day (查封结束时间, CFJSSJ).
    #[serde(default)]
    pub end: Option<NaiveDate>,
    /// What is seized (查封范围, CFFW).
    #[serde(default)]
    pub scope: Option<String>,
    /// When the order was served at the registry: decides the rank (R13).
    #[serde(default)]
    pub served_at: Option<DateTime<Utc>>,
}

/// A fault in one field, said so that it can be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer into the application, such as `/holders/0/party/name`.
    pub field: String,
    /// Stable machine code.
    pub code: &'static str,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
}

fn err(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> FieldError {
    FieldError {
        field: field.into(),
        code,
        message: message.into(),
    }
}

impl Application {
    /// Brings identity numbers into their standard form where they are valid;
    /// leaves what is wrong for [`Application::validate`] to name.
    pub fn normalise(&mut self, today: NaiveDate) {
        let parties = self
            .holders
            .iter_mut()
            .map(|h| &mut h.party)
            .chain(self.obligors.iter_mut());
        for party in parties {
            party.name = party.name.trim().to_owned();
            let agent_id = party.agent.as_mut().and_then(|a| a.id.as_mut());
            for id in party.id.as_mut().into_iter().chain(agent_id) {
                if let Ok(parsed) = IdDocument::parse(id.kind, &id.number, today) {
                    *id = parsed.document;
                }
            }
        }
    }

    /// Checks every field. `submitting` also demands what a draft may still lack.
    #[must_use]
    pub fn validate(
        &self,
        business: &Business,
        today: NaiveDate,
        submitting: bool,
    ) -> Vec<FieldError> {
        let mut found = Vec::new();
        if self.detail.kind() != business.detail_kind {
            found.push(err(
                "/detail/kind",
                "detail_mismatch",
                format!("申请内容与业务“{}”不符", business.short_name),
            ));
            return found;
        }
        self.limits(&mut found);
        for (i, h) in self.holders.iter().enumerate() {
            party_fields(
                &h.party,
                &format!("/holders/{i}/party"),
                today,
                submitting,
                false,
                &mut found,
            );
        }
        for (i, p) in self.obligors.iter().enumerate() {
            // the giving side is what the register says, with whatever number it holds
            party_fields(
                p,
                &format!("/obligors/{i}"),
                today,
                submitting,
                true,
                &mut found,
            );
        }
        self.detail_fields(today, submitting, &mut found);
        if submitting {
            self.complete(business, &mut found);
        }
        found
    }

    fn limits(&self, found: &mut Vec<FieldError>) {
        let long = |text: &str, max: usize| text.chars().count() > max;
        if long(&self.reason, 200) {
            found.push(err("/reason", "too_long", "登记原因不能超过 200 字"));
        }
        if self.remarks.as_deref().is_some_and(|t| long(t, 2000)) {
            found.push(err("/remarks", "too_long", "附记不能超过 2000 字"));
        }
        if self.holders.len() > 200 {
            found.push(err("/holders", "too_many", "权利人不能超过 200 人"));
        }
        if self.obligors.len() > 200 {
            found.push(err("/obligors", "too_many", "义务人不能超过 200 人"));
        }
    }

    fn complete(&self, business: &Business, found: &mut Vec<FieldError>) {
        if self.reason.trim().is_empty() {
            found.push(err("/reason", "required", "请填写登记原因"));
        }
        if business.detail_kind == DetailKind::Seizure {
            return;
        }
        if let Err(e) = check_holders(self.co_ownership, &self.holders) {
            found.push(err(
                "/holders",
                e.code(),
                format!("{}：{e}", business.applicants.holder_label),
            ));
        }
        if business.applicants.obligor_label.is_some() && self.obligors.is_empty() {
            found.push(err("/obligors", "required", "请选择登记簿上的义务人"));
        }
    }

    fn detail_fields(&self, today: NaiveDate, submitting: bool, found: &mut Vec<FieldError>) {
        match &self.detail {
            Detail::Transfer(t) => transfer_fields(t, today, submitting, found),
            Detail::Mortgage(m) => mortgage_fields(m, submitting, found),
            Detail::MortgageRelease(r) => {
                if submitting && r.mortgage_right_id.is_none() {
                    found.push(err(
                        "/detail/mortgage_right_id",
                        "required",
                        "请选择要注销的抵押权",
                    ));
                }
                if submitting && r.cause.as_deref().is_none_or(|c| c.trim().is_empty()) {
                    found.push(err("/detail/cause", "required", "请填写注销原因"));
                }
            }
            Detail::Seizure(s) => seizure_fields(s, submitting, found),
        }
    }
}

fn party_fields(
    party: &Party,
    at: &str,
    today: NaiveDate,
    submitting: bool,
    from_register: bool,
    found: &mut Vec<FieldError>,
) {
    if party.name.trim().is_empty() && submitting {
        found.push(err(format!("{at}/name"), "required", "请填写姓名或名称"));
    }
    if party.name.chars().count() > 200 {
        found.push(err(
            format!("{at}/name"),
            "too_long",
            "姓名或名称不能超过 200 字",
        ));
    }
    match &party.id {
        None if submitting && !from_register => {
            found.push(err(
                format!("{at}/id"),
                "required",
                "请填写证件种类和证件号码",
            ));
        }
        Some(id) if !from_register => {
            if id.number.trim().is_empty() {
                if submitting {
                    found.push(err(format!("{at}/id/number"), "required", "请填写证件号码"));
                }
            } else if let Err(e) = IdDocument::parse(id.kind, &id.number, today) {
                found.push(err(format!("{at}/id/number"), e.code(), e.to_string()));
            }
        }
        _ => {}
    }
    if let Some(phone) = &party.phone {
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        let odd = phone
            .chars()
            .any(|c| !(c.is_ascii_digit() || "+- ()（）".contains(c)));
        if !phone.is_empty() && (odd || !(7..=15).contains(&digits)) {
            found.push(err(
                format!("{at}/phone"),
                "phone_invalid",
                "联系电话应为 7 至 15 位数字，例如 13800000000",
            ));
        }
    }
    if let Some(agent) = &party.agent {
        if agent.name.trim().is_empty() && submitting {
            found.push(err(
                format!("{at}/agent/name"),
                "required",
                "请填写代理人姓名",
            ));
        }
        if let Some(id) = &agent.id
            && !id.number.trim().is_empty()
            && let Err(e) = IdDocument::parse(id.kind, &id.number, today)
        {
            found.push(err(
                format!("{at}/agent/id/number"),
                e.code(),
                e.to_string(),
            ));
        }
    }
}

fn transfer_fields(
    t: &TransferDetail,
    today: NaiveDate,
    submitting: bool,
    found: &mut Vec<FieldError>,
) {
    if t.contract_date.is_some_and(|d| d > today) {
        found.push(err(
            "/detail/contract_date",
            "date_in_future",
            "合同日期不能晚于今天",
        ));
    }
    if !submitting {
        return;
    }
    match &t.price {
        None => found.push(err("/detail/price", "required", "请填写交易价格（元）")),
        Some(p) if !p.is_positive() => {
            found.push(err(
                "/detail/price",
                "not_positive",
                "交易价格必须大于 0 元",
            ));
        }
        Some(_) => {}
    }
    if t.contract_no.as_deref().is_none_or(|c| c.trim().is_empty()) {
        found.push(err(
            "/detail/contract_no",
            "required",
            "请填写网签备案的买卖合同编号",
        ));
    }
}

fn mortgage_fields(m: &MortgageDetail, submitting: bool, found: &mut Vec<FieldError>) {
    if let (Some(start), Some(end)) = (m.term_start, m.term_end)
        && end <= start
    {
        found.push(err(
            "/detail/term_end",
            "date_order",
            "债务履行期限的止日必须晚于起日",
        ));
    }
    // 自然资源发〔2021〕54号 and 实施细则第七十一条: the maximum and the secured amount exclude each other
    match m.method {
        MortgageMethod::General if m.maximum_amount.is_some() => found.push(err(
            "/detail/maximum_amount",
            "not_applicable",
            "一般抵押不填最高债权额，请填写被担保主债权数额",
        )),
        MortgageMethod::MaximumAmount if m.secured_amount.is_some() => found.push(err(
            "/detail/secured_amount",
            "not_applicable",
            "最高额抵押不填被担保主债权数额，请填写最高债权额",
        )),
        _ => {}
    }
    if !submitting {
        return;
    }
    let (field, amount, name) = match m.method {
        MortgageMethod::General => (
            "/detail/secured_amount",
            &m.secured_amount,
            "被担保主债权数额",
        ),
        MortgageMethod::MaximumAmount => {
            ("/detail/maximum_amount", &m.maximum_amount, "最高债权额")
        }
    };
    match amount {
        None => found.push(err(field, "required", format!("请填写{name}（元）"))),
        Some(a) if !a.is_positive() => {
            found.push(err(field, "not_positive", format!("{name}必须大于 0 元")));
        }
        Some(_) => {}
    }
    if m.term_start.is_none() {
        found.push(err(
            "/detail/term_start",
            "required",
            "请填写债务履行期限（债权确定期间）的起日",
        ));
    }
    if m.term_end.is_none() {
        found.push(err(
            "/detail/term_end",
            "required",
            "请填写债务履行期限（债权确定期间）的止日",
        ));
    }
    if m.scope.as_deref().is_none_or(|s| s.trim().is_empty()) {
        found.push(err("/detail/scope", "required", "请填写担保范围"));
    }
    if m.transfer_restricted.is_none() {
        found.push(err(
            "/detail/transfer_restricted",
            "required",
            "请选择是否存在禁止或限制转让抵押不动产的约定",
        ));
    }
    if m.contract_no.as_deref().is_none_or(|s| s.trim().is_empty()) {
        found.push(err("/detail/contract_no", "required", "请填写抵押合同编号"));
    }
}

fn seizure_fields(s: &SeizureDetail, submitting: bool, found: &mut Vec<FieldError>) {
    if let (Some(start), Some(end)) = (s.start, s.end)
        && end <= start
    {
        found.push(err(
            "/detail/end",
            "date_order",
            "查封期限的止日必须晚于起日",
        ));
    }
    if !submitting {
        return;
    }
    if s.court.trim().is_empty() {
        found.push(err("/detail/court", "required", "请填写查封机关"));
    }
    if s.document_no.trim().is_empty() {
        found.push(err("/detail/document_no", "required", "请填写查封文号"));
    }
    if s.start.is_none() {
        found.push(err("/detail/start", "required", "请填写查封起始日期"));
    }
    if s.end.is_none() {
        found.push(err("/detail/end", "required", "请填写查封结束日期"));
    }
    if s.served_at.is_none() {
        found.push(err(
            "/detail/served_at",
            "required",
            "请填写送达时间（精确到分），轮候顺序以此为准",
        ));
    }
    // 不动产登记暂行条例实施细则第九十条 asks for the officers' work cards; that two serve the
    // order is the practice of the form (送达人两名)
    if s.officers
        .iter()
        .filter(|o| !o.name.trim().is_empty() && !o.certificate_no.trim().is_empty())
        .count()
        < 2
    {
        found.push(err(
            "/detail/officers",
            "two_officers",
            "请填写两名送达人员的姓名和工作证号",
        ));
    }
}
