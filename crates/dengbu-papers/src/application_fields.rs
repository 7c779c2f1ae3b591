//! What is particular to each application, as labelled lines (申请内容).

use dengbu_law::application::{
    AmendDetail, DeliveryMethod, Detail, EstablishDetail, MortgageDetail, MortgageReleaseDetail,
    ReleaseDetail, ReshapeDetail, SeizureDetail, TransferDetail,
};
use dengbu_model::right::{MortgageMethod, RightDetail, RightType};
use dengbu_model::unit_code::UnitCode;

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
        Detail::Establish(d) => established(d),
        Detail::Amend(d) => amended(d),
        Detail::Release(d) => released(d),
        Detail::Reshape(d) => reshaped(d),
    }
}

fn established(d: &EstablishDetail) -> Vec<Labelled> {
    let mut lines = vec![Labelled::new("权源文号", text(d.source_no.as_ref()))];
    if let Some(content) = &d.content {
        lines.push(Labelled::new("登记内容", kind_zh(content)));
    }
    if !d.units.is_empty() {
        lines.push(Labelled::new(
            "不动产单元",
            format!("{} 个，内容见清单", d.units.len()),
        ));
    }
    lines
}

fn kind_zh(content: &RightDetail) -> String {
    RightType::ALL
        .iter()
        .find(|t| content.fits(**t))
        .map_or_else(|| content.table().to_owned(), |t| t.name_zh().to_owned())
}

fn amended(d: &AmendDetail) -> Vec<Labelled> {
    let mut lines = vec![Labelled::new("变更（更正）事项", text(d.matter.as_ref()))];
    if d.address.is_some() {
        lines.push(Labelled::new("变更后坐落", text(d.address.as_ref())));
    }
    lines.push(Labelled::new("依据文件编号", text(d.paper_no.as_ref())));
    lines
}

fn released(d: &ReleaseDetail) -> Vec<Labelled> {
    let mut lines = vec![Labelled::new("注销（解除）原因", text(d.cause.as_ref()))];
    if d.organ.is_some() {
        lines.push(Labelled::new("机关", text(d.organ.as_ref())));
    }
    lines.push(Labelled::new("依据文件编号", text(d.paper_no.as_ref())));
    lines
}

fn reshaped(d: &ReshapeDetail) -> Vec<Labelled> {
    let codes = |units: Vec<String>| {
        if units.is_empty() {
            NONE.to_owned()
        } else {
            units.join("、")
        }
    };
    vec![
        Labelled::new(
            "原不动产单元",
            codes(d.from.iter().map(UnitCode::grouped).collect()),
        ),
        Labelled::new(
            "新不动产单元",
            codes(d.to.iter().map(|t| t.unit.grouped()).collect()),
        ),
    ]
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
