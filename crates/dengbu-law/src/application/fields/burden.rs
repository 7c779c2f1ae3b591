//! Fields of mortgages and of seizures.

use dengbu_model::right::MortgageMethod;

use super::{blank, err};
use crate::application::{FieldError, MortgageDetail, SeizureDetail};
use crate::catalogue::Business;

/// Code of 在建建筑物抵押权首次登记 in the catalogue.
const CONSTRUCTION_MORTGAGE: &str = "100-DY-04";

/// 实施细则第七十五条: a building under construction is mortgaged with a list of what is
/// mortgaged, and nothing else is (担保制度解释第五十一条).
pub(super) fn construction_fields(
    m: &MortgageDetail,
    business: &Business,
    submitting: bool,
    found: &mut Vec<FieldError>,
) {
    const FIELD: &str = "/detail/construction_scope";
    let of_construction = business.code == CONSTRUCTION_MORTGAGE;
    let given = !blank(m.construction_scope.as_deref());
    if given && !of_construction {
        found.push(err(
            FIELD,
            "not_applicable",
            "只有在建建筑物抵押才填写在建建筑物抵押范围",
        ));
    }
    if submitting && of_construction && !given {
        found.push(err(
            FIELD,
            "required",
            "请填写在建建筑物抵押范围（抵押物清单）",
        ));
    }
}

pub(super) fn mortgage_fields(m: &MortgageDetail, submitting: bool, found: &mut Vec<FieldError>) {
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

pub(super) fn seizure_fields(s: &SeizureDetail, submitting: bool, found: &mut Vec<FieldError>) {
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
