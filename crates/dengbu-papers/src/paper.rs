//! Which papers there are, and the one way to make them.

use crate::certificate::CertificateFacts;
use crate::inputs::{
    CaseFacts, DeliveryFacts, ExtractFacts, NoGround, NoticeFacts, PrintFacts, RefusalGround,
    RejectionGround, SeizureReceiptFacts,
};
use crate::papers;

/// A kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaperKind {
    /// 不动产登记申请书.
    Application,
    /// 受理凭证（收件单）.
    Receipt,
    /// 不动产登记审批表.
    Approval,
    /// 不动产登记簿摘录.
    RegisterExtract,
    /// 不予登记告知书.
    Refusal,
    /// 不予受理告知书.
    Rejection,
    /// 补正材料通知书.
    CorrectionNotice,
    /// 协助执行回执.
    SeizureReceipt,
    /// 发证记录.
    DeliveryRecord,
    /// 不动产权证书 or 不动产登记证明.
    Certificate,
}

impl PaperKind {
    /// All kinds, in the order of the process.
    pub const ALL: [Self; 10] = [
        Self::Application,
        Self::Receipt,
        Self::Rejection,
        Self::CorrectionNotice,
        Self::Approval,
        Self::Refusal,
        Self::SeizureReceipt,
        Self::Certificate,
        Self::DeliveryRecord,
        Self::RegisterExtract,
    ];

    /// Code used in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Receipt => "receipt",
            Self::Approval => "approval",
            Self::RegisterExtract => "register-extract",
            Self::Refusal => "refusal",
            Self::Rejection => "rejection",
            Self::CorrectionNotice => "correction-notice",
            Self::SeizureReceipt => "seizure-receipt",
            Self::DeliveryRecord => "delivery-record",
            Self::Certificate => "certificate",
        }
    }

    /// Name shown to people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Application => "不动产登记申请书",
            Self::Receipt => "不动产登记受理凭证",
            Self::Approval => "不动产登记审批表",
            Self::RegisterExtract => "不动产登记簿摘录",
            Self::Refusal => "不予登记告知书",
            Self::Rejection => "不予受理告知书",
            Self::CorrectionNotice => "补正材料通知书",
            Self::SeizureReceipt => "协助执行回执",
            Self::DeliveryRecord => "发证记录",
            Self::Certificate => "证书（证明）预览",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// A paper with the facts it needs.
#[derive(Debug, Clone, Copy)]
pub enum Paper<'a> {
    /// 不动产登记申请书.
    Application(&'a CaseFacts),
    /// 受理凭证（收件单）, 不动产登记暂行条例第十七条第一款第一项.
    Receipt(&'a CaseFacts),
    /// 不动产登记审批表.
    Approval(&'a CaseFacts),
    /// 不动产登记簿摘录.
    RegisterExtract(&'a ExtractFacts),
    /// 不予登记告知书, 不动产登记暂行条例第二十二条.
    Refusal(&'a CaseFacts, &'a NoticeFacts<RefusalGround>),
    /// 不予受理告知书, 不动产登记暂行条例第十七条.
    Rejection(&'a CaseFacts, &'a NoticeFacts<RejectionGround>),
    /// 补正材料通知书, 不动产登记暂行条例第十七条.
    CorrectionNotice(&'a CaseFacts, &'a NoticeFacts<NoGround>),
    /// 协助执行回执.
    SeizureReceipt(&'a SeizureReceiptFacts),
    /// 发证记录.
    DeliveryRecord(&'a CaseFacts, &'a DeliveryFacts),
    /// 不动产权证书 or 不动产登记证明; several make several pages.
    Certificate(&'a [CertificateFacts]),
}

impl Paper<'_> {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> PaperKind {
        match self {
            Self::Application(_) => PaperKind::Application,
            Self::Receipt(_) => PaperKind::Receipt,
            Self::Approval(_) => PaperKind::Approval,
            Self::RegisterExtract(_) => PaperKind::RegisterExtract,
            Self::Refusal(..) => PaperKind::Refusal,
            Self::Rejection(..) => PaperKind::Rejection,
            Self::CorrectionNotice(..) => PaperKind::CorrectionNotice,
            Self::SeizureReceipt(_) => PaperKind::SeizureReceipt,
            Self::DeliveryRecord(..) => PaperKind::DeliveryRecord,
            Self::Certificate(_) => PaperKind::Certificate,
        }
    }
}

/// The paper as a complete HTML document, ready to be shown and printed on A4.
#[must_use]
pub fn render(paper: Paper<'_>, print: &PrintFacts) -> String {
    match paper {
        Paper::Application(case) => papers::application::render(case, print),
        Paper::Receipt(case) => papers::receipt::render(case, print),
        Paper::Approval(case) => papers::approval::render(case, print),
        Paper::RegisterExtract(extract) => papers::extract::render(extract, print),
        Paper::Refusal(case, notice) => papers::notices::refusal(case, notice, print),
        Paper::Rejection(case, notice) => papers::notices::rejection(case, notice, print),
        Paper::CorrectionNotice(case, notice) => papers::notices::correction(case, notice, print),
        Paper::SeizureReceipt(receipt) => papers::seizure_receipt::render(receipt, print),
        Paper::DeliveryRecord(case, delivery) => papers::delivery::render(case, delivery, print),
        Paper::Certificate(certificates) => papers::certificate::render(certificates, print),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_one_kind_each() {
        for kind in PaperKind::ALL {
            assert_eq!(PaperKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(PaperKind::from_code("unknown"), None);
    }
}
