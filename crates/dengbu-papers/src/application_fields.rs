//! What is particular to each application, as labelled lines (申请内容).

use dengbu_law::application::{
    DeliveryMethod, Detail, MortgageDetail, MortgageReleaseDetail, SeizureDetail, TransferDetail,
};
use dengbu_model::right::MortgageMethod;

use crate::fields::Labelled;
use crate::format::{self, NONE};

/// The lines of an application's own part, in the order of the statutory form.
/// Free-text names stand as written; the paper masks them when it is printed masked.
#[must_use]
pub fn detail_lines(detail: &Detail) -> Vec<Labelled> {
    match detail {
        Detail::Transfer(t) => transfer(t),
        Detail::Mortgage(m) => mortgage(m),
        Detail::MortgageRelease(r) => release(r),
        Detail::Seizure(s) => seizure(s),
    }
}

fn text(value: Option<&String>) -> String {
    value
        .map(|t| t.trim())
        .filter(|t| !t.is_empty())
        .unwrap_or(NONE)
        .to_owned()
}

fn transfer(t: &TransferDetail) -> Vec<Labelled> {
    vec![
        Labelled::new(
            "房地产交易价格",
            t.price
                .as_ref()
                .map_or_else(|| NONE.to_owned(), format::money),
        ),
        Labelled::new("买卖合同编号", text(t.contract_no.as_ref())),
        Labelled::new(
            "合同日期",
            t.contract_date
                .map_or_else(|| NONE.to_owned(), format::date),
        ),
        Labelled::new("契税完税（减免）凭证号", text(t.deed_tax_proof_no.as_ref())),
    ]
}

fn mortgage(m: &MortgageDetail) -> Vec<Labelled> {
    let maximum = m.method == MortgageMethod::MaximumAmount;
    let (amount_label, amount, term_label) = if maximum {
        ("最高债权额", m.maximum_amount.as_ref(), "债权确定期间")
    } else {
        (
            "被担保主债权数额",
            m.secured_amount.as_ref(),
            "债务履行期限",
        )
    };
    vec![
        Labelled::new("抵押方式", m.method.name_zh()),
        Labelled::new(
            amount_label,
            amount.map_or_else(|| NONE.to_owned(), format::money),
        ),
        Labelled::new(term_label, format::term(m.term_start, m.term_end)),
        Labelled::new("担保范围", text(m.scope.as_ref())),
        Labelled::new(
            // 自然资发〔2021〕54号: the book and the form must say so either way
            "是否存在禁止或限制转让抵押不动产的约定",
            m.transfer_restricted.map_or(NONE, format::yes_no),
        ),
        Labelled::new("抵押合同编号", text(m.contract_no.as_ref())),
        Labelled::new("债务人", text(m.debtor.as_ref())),
    ]
}

fn release(r: &MortgageReleaseDetail) -> Vec<Labelled> {
    vec![
        Labelled::new("注销抵押原因", text(r.cause.as_ref())),
        Labelled::new(
            "抵押权人同意注销文件号",
            text(r.creditor_consent_no.as_ref()),
        ),
    ]
}

fn seizure(s: &SeizureDetail) -> Vec<Labelled> {
    let officers: Vec<_> = s
        .officers
        .iter()
        .map(|o| format!("{}（证号 {}）", o.name, o.certificate_no))
        .collect();
    vec![
        Labelled::new("查封机关", text(Some(&s.court))),
        Labelled::new("查封文件", text(s.document.as_ref())),
        Labelled::new("查封文号", text(Some(&s.document_no))),
        Labelled::new("查封期限", format::term(s.start, s.end)),
        Labelled::new("查封范围", text(s.scope.as_ref())),
        Labelled::new("送达人员", text(Some(&officers.join("、")))),
        Labelled::new(
            "送达时间",
            s.served_at.map_or_else(|| NONE.to_owned(), format::minute),
        ),
    ]
}

/// How the result is handed over, in Chinese (领证方式).
#[must_use]
pub fn delivery_method_name(method: DeliveryMethod) -> &'static str {
    match method {
        DeliveryMethod::Counter => "窗口领取",
        DeliveryMethod::Post => "邮寄",
        DeliveryMethod::Kiosk => "自助机领取",
        DeliveryMethod::Electronic => "电子证照",
    }
}
