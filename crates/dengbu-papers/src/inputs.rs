//! What the papers are filled with. Plain data: the caller has read it from the
//! case and the register; nothing here looks anything up.

use chrono::{DateTime, NaiveDate, Utc};
use dengbu_law::application::{Application, Contact, DeliveryMethod, Inquiry};
use dengbu_law::catalogue::Business;
use dengbu_model::cadastre::Parcel;
use dengbu_model::identity::IdDocument;
use dengbu_model::party::{CoOwnership, Holder, Party};
use dengbu_model::quantity::Area;
use dengbu_model::right::{Officer, RegistrationType, Right, RightType, SeizureKind};

use crate::application_fields::detail_lines;
use crate::fields::{Labelled, PageMeta};
use crate::mask::Mask;

/// What every paper says about its printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintFacts {
    /// Name of the registration authority (登记机构, DJJG).
    pub authority_name: String,
    /// When it was printed (打印时间).
    pub printed_at: DateTime<Utc>,
    /// Who printed it (打印人).
    pub printed_by: String,
    /// Whether persons are shown in full. Holds for the whole paper, whatever
    /// its parts say.
    pub mask: Mask,
}

/// What a case is about (案件事实).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    /// Case number (业务号, YWH).
    pub case_no: String,
    /// Business in Chinese (登记业务).
    pub business_name: String,
    /// Kind of registration (登记类型, DJLX).
    pub registration_type: RegistrationType,
    /// The right applied for or acted upon (权利类型).
    pub right_type: RightType,
    /// Articles the business rests on.
    pub legal_basis: Vec<String>,
    /// Registration cause (登记原因, DJYY).
    pub reason: String,
    /// How the holders' side is called, such as 抵押权人.
    pub holder_label: String,
    /// How the other side is called; none where there is none.
    pub obligor_label: Option<String>,
    /// Who shall hold the right (权利人).
    pub holders: Vec<Holder>,
    /// Who gives it (义务人).
    pub obligors: Vec<Party>,
    /// How the holders own together (共有方式, GYFS).
    pub co_ownership: CoOwnership,
    /// One certificate per holder (申请分别持证, SQFBCZ).
    pub separate_certificates: bool,
    /// The units (不动产单元).
    pub units: Vec<UnitFacts>,
    /// What is particular to the business, ready for print (may name persons in free text).
    pub detail: Vec<Labelled>,
    /// Questions put and answers given (询问笔录).
    pub inquiry: Vec<Inquiry>,
    /// Materials handed in or still lacking (收件材料).
    pub materials: Vec<MaterialLine>,
    /// Opinions in the order they were given (审批意见).
    pub opinions: Vec<StepOpinion>,
    /// When the case was accepted (受理时间); none before.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Who took it in (受理人).
    pub accepted_by: Option<String>,
    /// Where (办事点).
    pub office_name: Option<String>,
    /// Working days promised (承诺时限); 0 means at once.
    pub promised_days: Option<u32>,
    /// The day by which it shall be done (承诺办结日期).
    pub due_on: Option<NaiveDate>,
    /// How the result is handed over (领证方式).
    pub delivery_method: DeliveryMethod,
    /// Whom to call (联系人).
    pub contact: Option<Contact>,
    /// Remarks for the register (附记, FJ).
    pub remarks: Option<String>,
}

impl CaseFacts {
    /// The facts an application carries; times, units, materials and opinions
    /// are left empty for the caller to fill.
    #[must_use]
    pub fn of_application(case_no: &str, business: &Business, application: &Application) -> Self {
        Self {
            case_no: case_no.to_owned(),
            business_name: business.name.clone(),
            registration_type: business.registration_type,
            right_type: business.right_type,
            legal_basis: business.legal_basis.clone(),
            reason: application.reason.clone(),
            holder_label: business.applicants.holder_label.clone(),
            obligor_label: business.applicants.obligor_label.clone(),
            holders: application.holders.clone(),
            obligors: application.obligors.clone(),
            co_ownership: application.co_ownership,
            separate_certificates: application.separate_certificates,
            units: Vec::new(),
            detail: detail_lines(&application.detail),
            inquiry: application.inquiry.clone(),
            materials: Vec::new(),
            opinions: Vec::new(),
            accepted_at: None,
            accepted_by: None,
            office_name: None,
            promised_days: Some(business.days.committed),
            due_on: None,
            delivery_method: application.delivery_method,
            contact: application.contact.clone(),
            remarks: application.remarks.clone(),
        }
    }
}

/// A unit as papers describe it (不动产单元情况). Names, not codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitFacts {
    /// Unit code in any spelling (不动产单元号, BDCDYH); printed in groups.
    pub unit_code: String,
    /// Where it lies (坐落, ZL).
    pub address: String,
    /// Kind in Chinese (不动产类型), such as 土地和房屋.
    pub kind_name: Option<String>,
    /// Right type in Chinese (权利类型).
    pub right_type_name: Option<String>,
    /// Right nature in Chinese, land / house (权利性质), such as 出让/市场化商品房.
    pub nature_name: Option<String>,
    /// Use in Chinese, land / house (用途), such as 城镇住宅用地/住宅.
    pub use_name: Option<String>,
    /// Parcel area (宗地面积, ZDMJ).
    pub land_area: Option<Area>,
    /// Floor area (建筑面积, JZMJ).
    pub building_area: Option<Area>,
    /// Number of the certificate that stands now (原不动产权属证书号).
    pub certificate_no: Option<String>,
    /// Last day of the land use term (土地使用结束时间).
    pub land_use_end: Option<NaiveDate>,
}

/// One line of the material list (收件材料).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaterialLine {
    /// Name as in the catalogue.
    pub name: String,
    /// Form in Chinese: 原件, 复印件.
    pub form: String,
    /// Copies (份数).
    pub copies: u32,
    /// Pages (页数).
    pub pages: u32,
    /// Demanded of this application (必要).
    pub required: bool,
    /// In hand (已收).
    pub received: bool,
    /// Note, such as the department that supplied it (免提交：公安共享).
    pub note: Option<String>,
}

/// One person's opinion at one step (审批意见).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepOpinion {
    /// Step in Chinese (环节), such as 初审.
    pub step_name: String,
    /// What was done, in Chinese, such as 同意.
    pub action_name: String,
    /// The opinion as given.
    pub opinion: String,
    /// Who gave it.
    pub staff_name: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Where an applicant can turn who does not agree (救济途径). Data of the authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Who hears an application for reconsideration (行政复议机关).
    pub reconsideration_body: String,
    /// The court for a suit (人民法院).
    pub court: String,
}

/// A ground for refusing to register (不予登记情形), 不动产登记暂行条例第二十二条.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalGround {
    /// (一) 违反法律、行政法规规定的.
    Unlawful,
    /// (二) 存在尚未解决的权属争议的.
    Disputed,
    /// (三) 申请登记的不动产权利超过规定期限的.
    TermExceeded,
    /// (四) 法律、行政法规规定不予登记的其他情形.
    Other,
}

/// A ground for not accepting (不予受理情形), 不动产登记暂行条例第十七条第一款第三项、第四项.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectionGround {
    /// 申请材料不齐全.
    Incomplete,
    /// 申请材料不符合法定形式.
    WrongForm,
    /// 申请登记的不动产不属于本机构登记范围.
    OutsideJurisdiction,
    /// Another ground, told in the reason.
    Other,
}

/// A decision told to the applicants: refusal, non-acceptance, correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFacts<G> {
    /// Number of the notice (文号); the case number where there is no other.
    pub number: String,
    /// Grounds that apply. When empty no boxes are printed and the reason speaks alone.
    pub grounds: Vec<G>,
    /// Facts and reason, as the officer wrote them.
    pub reason: String,
    /// What must be brought or mended, each on its own (需要补正的全部内容).
    pub items: Vec<String>,
    /// The authority that can register, where this one cannot (有登记权的机构).
    pub proper_authority: Option<String>,
    /// The day by which the applicants are asked to bring it, if one was set.
    pub reply_by: Option<NaiveDate>,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
    /// By whom (经办人).
    pub decided_by: String,
    /// Where to turn.
    pub remedy: Remedy,
}

/// A correction request has no statutory boxes: its list of items is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoGround {}

/// The answer to a court's order (协助执行回执).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeizureReceiptFacts {
    /// Case number (业务号).
    pub case_no: String,
    /// The organ that ordered it (查封机关, CFJG).
    pub court: String,
    /// Name of the paper (查封文件, CFWJ).
    pub document: Option<String>,
    /// Its number (查封文号, CFWH).
    pub document_no: String,
    /// When it was served (送达时间).
    pub served_at: Option<DateTime<Utc>>,
    /// Who served it (送达人员).
    pub officers: Vec<Officer>,
    /// What was seized.
    pub units: Vec<SeizedUnit>,
    /// Who dealt with it (经办人).
    pub handled_by: String,
}

/// One unit seized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeizedUnit {
    /// The unit.
    pub unit: UnitFacts,
    /// In whose names it is registered (登记权利人).
    pub holders: Vec<Party>,
    /// Seizure or waiting seizure (查封类型, CFLX).
    pub kind: SeizureKind,
    /// Place in the queue, from 1, for a waiting seizure (轮候顺位).
    pub rank: Option<u32>,
    /// First day (查封起始时间).
    pub start: Option<NaiveDate>,
    /// Last day (查封结束时间).
    pub end: Option<NaiveDate>,
    /// What is seized (查封范围, CFFW).
    pub scope: Option<String>,
    /// When it was recorded (登簿时间); none when it could not be.
    pub registered_at: Option<DateTime<Utc>>,
    /// What stood before, told to the later organ (在先查封、抵押).
    pub earlier: Vec<EarlierBurden>,
}

/// A burden that stood before this seizure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierBurden {
    /// Kind in Chinese, such as 查封 or 抵押权.
    pub kind_name: String,
    /// The organ or the mortgagee.
    pub by: String,
    /// Number of the order or of the proof.
    pub document_no: Option<String>,
    /// Its term or amount, in words.
    pub note: Option<String>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
}

/// What was handed over, to whom (发证记录, DJFZ).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFacts {
    /// The papers handed over.
    pub certificates: Vec<IssuedPaper>,
    /// Who received them (领证人); none while still to be handed over.
    pub recipient: Option<Recipient>,
    /// When (发证时间).
    pub delivered_at: Option<DateTime<Utc>>,
    /// Who handed them over (发证人员).
    pub delivered_by: Option<String>,
}

/// A certificate or proof as handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedPaper {
    /// 不动产权证书 or 不动产登记证明.
    pub kind_name: String,
    /// Its number (核发证书号, HFZSH).
    pub number: String,
    /// Serial of the blank (印刷序列号, YSXLH).
    pub form_serial: Option<String>,
    /// Who holds it (持证人).
    pub holders: Vec<Party>,
}

/// Who received the papers (领证人).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Name (领证人姓名, LZRXM).
    pub name: String,
    /// Identity document (领证人证件号, LZRZJH).
    pub id: Option<IdDocument>,
    /// Telephone (领证人电话, LZRDH).
    pub phone: Option<String>,
    /// What they are to the holder: 本人, 代理人.
    pub capacity: Option<String>,
}

/// An extract of the register of one unit (登记簿摘录).
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractFacts {
    /// Unit code (不动产单元号).
    pub unit_code: String,
    /// Where it lies (坐落).
    pub address: String,
    /// State of the unit in Chinese, such as 有效.
    pub status_name: Option<String>,
    /// The moment the extract speaks of (截至时间).
    pub as_of: DateTime<Utc>,
    /// The parcel, if its page is wanted.
    pub parcel: Option<Parcel>,
    /// Rights in order of their entries, ended ones included.
    pub rights: Vec<ExtractRight>,
    /// Restrictions and hints, in words (限制、提示事项).
    pub restrictions: Vec<String>,
    /// The last entry of the unit: its hash is the check code; none while the
    /// unit has no entry.
    pub last_entry: Option<EntryMark>,
    /// What the extract was asked for (查询目的).
    pub purpose: Option<String>,
}

/// A right in an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractRight {
    /// The right.
    pub right: Right,
    /// What the entry says around it; its `mask` yields to that of the print.
    pub meta: PageMeta,
    /// When and why it ended; none while it stands.
    pub ended: Option<EndedMark>,
}

/// When and why a right ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedMark {
    /// When.
    pub at: DateTime<Utc>,
    /// Why (注销原因).
    pub reason: Option<String>,
    /// By which case.
    pub case_no: Option<String>,
}

/// The last entry of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryMark {
    /// Its position, from 1 (簿版本).
    pub seq: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Its hash in hexadecimal (SM3).
    pub hash: String,
}
