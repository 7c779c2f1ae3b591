//! Checks of what was filled in: each fault names its field.

mod burden;

use chrono::NaiveDate;
use dengbu_model::identity::IdDocument;
use dengbu_model::party::{Party, check_holders};
use dengbu_model::right::RightDetail;

use super::{
    AmendDetail, Application, Detail, EstablishDetail, FieldError, ReleaseDetail, ReshapeDetail,
    TransferDetail,
};
use crate::catalogue::{Business, DetailKind, EffectKind};

pub(super) fn err(
    field: impl Into<String>,
    code: &'static str,
    message: impl Into<String>,
) -> FieldError {
    FieldError {
        field: field.into(),
        code,
        message: message.into(),
    }
}

impl Application {
    /// Checks every field. `submitting` also demands what a draft may still lack.
    #[must_use]
    pub fn validate(
        &self,
        business: &'static Business,
        today: NaiveDate,
        submitting: bool,
    ) -> Vec<FieldError> {
        let parts = match self.parts(business) {
            Ok(parts) => parts,
            Err(fault) => return vec![fault],
        };
        let mut found = Vec::new();
        for (i, (business, part)) in parts.iter().enumerate() {
            let mut own = part.validate_one(business, today, submitting);
            if i > 0 {
                for fault in &mut own {
                    fault.field = format!("/further/{}{}", i - 1, fault.field);
                }
            }
            found.extend(own);
        }
        found
    }

    fn validate_one(
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
        // who stands in the register stays as written there, with whatever number it holds
        let known = match business.detail_kind {
            DetailKind::Release | DetailKind::Reshape => true,
            DetailKind::Amend => {
                !business.lets_change("holders") && !business.lets_change("holders.identity")
            }
            _ => false,
        };
        for (i, h) in self.holders.iter().enumerate() {
            party_fields(
                &h.party,
                &format!("/holders/{i}/party"),
                today,
                submitting,
                known,
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
        self.detail_fields(business, today, submitting, &mut found);
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
        match business.detail_kind {
            // who orders and who gives is in the order itself
            DetailKind::Seizure => return,
            // holders that are not named stay as they are
            DetailKind::Reshape => return,
            DetailKind::Release | DetailKind::Amend => {
                if self.holders.is_empty() {
                    found.push(err(
                        "/holders",
                        "required",
                        format!("请填写{}", business.applicants.holder_label),
                    ));
                }
                return;
            }
            _ => {}
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

    fn detail_fields(
        &self,
        business: &Business,
        today: NaiveDate,
        submitting: bool,
        found: &mut Vec<FieldError>,
    ) {
        match &self.detail {
            Detail::Transfer(t) => transfer_fields(t, business, today, submitting, found),
            Detail::Mortgage(m) => {
                burden::mortgage_fields(m, submitting, found);
                burden::construction_fields(m, business, submitting, found);
            }
            Detail::MortgageRelease(r) => {
                if submitting && r.mortgage_right_id.is_none() {
                    found.push(err(
                        "/detail/mortgage_right_id",
                        "required",
                        "请选择要注销的抵押权",
                    ));
                }
                if submitting && blank(r.cause.as_deref()) {
                    found.push(err("/detail/cause", "required", "请填写注销原因"));
                }
            }
            Detail::Seizure(s) => burden::seizure_fields(s, submitting, found),
            Detail::Establish(d) => establish_fields(d, business, submitting, found),
            Detail::Amend(d) => amend_fields(d, business, submitting, found),
            Detail::Release(d) => release_fields(d, business, submitting, found),
            Detail::Reshape(d) => reshape_fields(d, submitting, found),
        }
    }
}

fn blank(text: Option<&str>) -> bool {
    text.is_none_or(|t| t.trim().is_empty())
}

fn establish_fields(
    d: &EstablishDetail,
    business: &Business,
    submitting: bool,
    found: &mut Vec<FieldError>,
) {
    let own = d.content.iter().map(|c| ("/detail/content".to_owned(), c));
    let each = d
        .units
        .iter()
        .enumerate()
        .map(|(i, u)| (format!("/detail/units/{i}/content"), &u.content));
    for (at, content) in own.chain(each) {
        content_fields(&at, content, business, found);
    }
    if submitting && d.content.is_none() && d.units.is_empty() {
        found.push(err(
            "/detail/content",
            "required",
            format!("请填写{}的内容", business.right_type.name_zh()),
        ));
    }
}

/// The content is of the table that the business's type of right is kept in.
fn content_fields(
    at: &str,
    content: &RightDetail,
    business: &Business,
    found: &mut Vec<FieldError>,
) {
    let fits = if business.right_types.is_empty() {
        dengbu_model::right::RightType::ALL
            .iter()
            .any(|t| t.is_title() && content.fits(*t))
    } else {
        business.right_types.iter().any(|t| content.fits(*t))
    };
    if !fits {
        found.push(err(
            at,
            "content_mismatch",
            format!(
                "内容（{}）与权利类型“{}”不符",
                content.table(),
                business.right_type.name_zh()
            ),
        ));
    }
    if let RightDetail::Habitation(h) = content {
        if blank(h.scope.as_deref()) {
            found.push(err(
                format!("{at}/scope"),
                "required",
                "请填写居住的范围（民法典第三百六十七条）",
            ));
        }
        if let (Some(start), Some(end)) = (h.start, h.end)
            && end <= start
        {
            found.push(err(
                format!("{at}/end"),
                "date_order",
                "居住权期限的止日必须晚于起日",
            ));
        }
        if h.end.is_none() && h.for_life != Some(true) {
            found.push(err(
                format!("{at}/end"),
                "required",
                "请填写居住权期限，或者选择终生居住",
            ));
        }
    }
    if let RightDetail::Easement(e) = content
        && blank(e.content.as_deref())
    {
        found.push(err(
            format!("{at}/content"),
            "required",
            "请填写地役权的内容（民法典第三百七十三条）",
        ));
    }
    if let RightDetail::Caution(c) = content
        && blank(c.matter.as_deref())
    {
        found.push(err(format!("{at}/matter"), "required", "请填写异议事项"));
    }
    noted_later(at, content, business, found);
}

/// What is noted on a right by a business of its own is not given when the right is first entered.
fn noted_later(at: &str, content: &RightDetail, business: &Business, found: &mut Vec<FieldError>) {
    if business.effect != EffectKind::Establish {
        return;
    }
    match content {
        RightDetail::Caution(c) if c.suit_on.is_some() || c.suit_no.is_some() => found.push(err(
            format!("{at}/suit_on"),
            "noted_later",
            "起诉、仲裁情况在异议登记后另行申请记载（异议登记起诉情况记载）",
        )),
        RightDetail::PriorityNotice(n) if n.registrable_on.is_some() => found.push(err(
            format!("{at}/registrable_on"),
            "noted_later",
            "能够申请登记之日在预告登记后另行申请记载",
        )),
        _ => {}
    }
}

/// A business that notes one thing on a right asks for just that.
fn noting_fields(content: &RightDetail, business: &Business, found: &mut Vec<FieldError>) {
    let notes = |field: &str| business.may_change.iter().any(|f| f == field);
    let mut required = |field: &str, message: &str| {
        found.push(err(format!("/detail/content/{field}"), "required", message));
    };
    match content {
        RightDetail::Caution(c) if notes("content.suit_on") => {
            if blank(c.suit_body.as_deref()) {
                required("suit_body", "请填写受理的人民法院或者仲裁委员会");
            }
            if blank(c.suit_no.as_deref()) {
                required("suit_no", "请填写案号");
            }
            if c.suit_on.is_none() {
                required("suit_on", "请填写提交受理通知书的日期");
            }
        }
        RightDetail::PriorityNotice(n)
            if notes("content.registrable_on") && n.registrable_on.is_none() =>
        {
            required("registrable_on", "请填写能够申请登记之日");
        }
        _ => {}
    }
}

fn amend_fields(
    d: &AmendDetail,
    business: &Business,
    submitting: bool,
    found: &mut Vec<FieldError>,
) {
    if let Some(content) = &d.content {
        content_fields("/detail/content", content, business, found);
        if submitting {
            noting_fields(content, business, found);
        }
    }
    for (i, other) in d.others.iter().enumerate() {
        content_fields(
            &format!("/detail/others/{i}/content"),
            &other.content,
            business,
            found,
        );
    }
    if submitting && blank(d.matter.as_deref()) && business.effect == EffectKind::Amend {
        found.push(err(
            "/detail/matter",
            "required",
            "请填写变更（更正）的事项",
        ));
    }
}

fn release_fields(
    d: &ReleaseDetail,
    business: &Business,
    submitting: bool,
    found: &mut Vec<FieldError>,
) {
    if !submitting {
        return;
    }
    if blank(d.cause.as_deref()) {
        found.push(err("/detail/cause", "required", "请填写注销（解除）的原因"));
    }
    if business.effect == EffectKind::EndSeizure {
        if blank(d.organ.as_deref()) {
            found.push(err("/detail/organ", "required", "请填写解封机关"));
        }
        if blank(d.paper_no.as_deref()) {
            found.push(err("/detail/paper_no", "required", "请填写解封文号"));
        }
    }
}

fn reshape_fields(d: &ReshapeDetail, submitting: bool, found: &mut Vec<FieldError>) {
    if !submitting {
        return;
    }
    if d.from.is_empty() {
        found.push(err("/detail/from", "required", "请选择原不动产单元"));
    }
    if d.to.is_empty() {
        found.push(err("/detail/to", "required", "请填写新的不动产单元"));
    }
    if let Some(i) = d.to.iter().position(|t| d.from.contains(&t.unit)) {
        found.push(err(
            format!("/detail/to/{i}/unit"),
            "duplicate",
            "新的不动产单元不能与原单元相同，请先由权籍岗编制新的单元号",
        ));
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
    business: &Business,
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
    // price and contract belong to a sale; inheritance, gifts and rulings have none
    if !submitting || !business.rules.iter().any(|r| r == "R72") {
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
