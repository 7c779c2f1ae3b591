//! What is wrong in the legacy data, said record by record.

use serde::Serialize;

macro_rules! classes {
    ($($variant:ident $code:literal $zh:literal $doc:literal;)*) => {
        /// Kinds of findings. The codes of the first group are those of the sample's own list of
        /// classes; the last group says why this loader left something out that no single
        /// defect of that list explains.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FindingClass { $(#[doc = $doc] $variant,)* }

        impl FindingClass {
            /// Every class, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code used in files (id15, orphan …).
            pub fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }

            /// The name shown to people.
            pub fn name_zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
        }
    };
}

classes! {
    Id15 "id15" "十五位身份证号" "15-digit identity number, upgraded to 18.";
    IdChecksum "id_checksum" "证件号码校验不符" "Wrong check digit.";
    IdMissing "id_missing" "缺证件号码" "No identity number.";
    NameMissing "name_missing" "缺权利人姓名" "Empty holder name.";
    AreaSum "area_sum" "面积不闭合" "Building area differs from inner plus shared area.";
    AreaVsGeometry "area_vs_geometry" "宗地面积与图形不符" "Recorded parcel area far from the polygon's.";
    ParcelCodeBad "parcel_code_bad" "宗地代码不合规则" "Malformed parcel code.";
    ParcelCodeDuplicate "parcel_code_duplicate" "宗地代码重复" "Parcel code used twice.";
    ParcelOverlap "parcel_overlap" "宗地重叠" "Two parcels overlap.";
    SelfIntersection "self_intersection" "图形自相交" "A ring crosses itself.";
    DuplicateVertex "duplicate_vertex" "重复界址点" "A ring repeats a vertex.";
    BuildingOutsideParcel "building_outside_parcel" "幢不在宗地内" "Footprint on no parcel.";
    BuildingAcrossParcels "building_across_parcels" "幢跨宗地" "Footprint on two parcels.";
    BuildingUnmatched "building_unmatched" "找不到所在幢" "The address names no findable building.";
    DuplicateHouse "duplicate_house" "房屋重复建档" "Second record of the same house.";
    FloorExceeds "floor_exceeds" "所在层超过总层数" "Storey above the building's storeys.";
    CodeInvalid "code_invalid" "代码不在字典内" "Value not in the code list.";
    NumberInvalid "number_invalid" "不是有效数字" "Not a number, or an area that is not positive.";
    AmountInvalid "amount_invalid" "金额无效" "Amount not positive.";
    DateInvalid "date_invalid" "日期无效" "No such date, or in the future.";
    DateOrder "date_order" "起止日期颠倒" "End before begin.";
    CertDuplicate "cert_duplicate" "证号重复" "Certificate number of another current right.";
    CertFormat "cert_format" "没有有效证号" "No certificate number in the field.";
    Orphan "orphan" "所指记录不存在" "Refers to a record that does not exist.";
    ShareSum "share_sum" "份额合计不为一" "Holders' shares do not add up to one.";
    MultipleCurrent "multiple_current" "一房多个现势产权" "Two current ownerships of one house.";
    SeizureExpiredCurrent "seizure_expired_current" "查封早已到期仍为现势" "A seizure long past its end still marked current.";
    RowUnreadable "row_unreadable" "记录无法读取" "A row that cannot be read.";
    UnitCodeBad "unit_code_bad" "不动产单元代码不合规则" "A unit code that breaks the rules of its form.";
    ParcelUnusable "parcel_unusable" "宗地无有效代码" "The house's parcel bears no usable code, so no unit code can be issued.";
    PlaceUnreadable "place_unreadable" "单元、楼层、房号无法识别" "No entrance, storey and room can be read.";
    NoCurrentOwnership "no_current_ownership" "没有可装载的现势产权" "No ownership in force that could be loaded.";
    HolderConflict "holder_conflict" "权利人与证件号数目不符" "Names, numbers and shares of a right do not pair up.";
    LimitUnreadable "limit_unreadable" "限制情况无法识别" "A remark on limits that says nothing known.";
    SeizureElapsed "seizure_elapsed" "查封期限届满" "A seizure that was in force when the books were closed and has run out since.";
    OwnershipLeftOut "ownership_left_out" "随产权一并未装载" "A record left out because the title it stands on is.";
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Kind.
    pub class: FindingClass,
    /// Office folder (a-municipal).
    pub source: String,
    /// Table (FC_OWNER, 台账).
    pub table: String,
    /// The record's own identifier.
    pub legacy_id: String,
    /// Field at fault, empty when the record as a whole is.
    pub field: String,
    /// What stands there. Identity numbers are masked.
    pub value: String,
    /// What is wrong and what was done, in Chinese.
    pub message: String,
}

/// The record a finding is about.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Office folder.
    pub source: &'static str,
    /// Table.
    pub table: &'a str,
    /// The record's identifier.
    pub legacy_id: &'a str,
}

impl<'a> At<'a> {
    /// Names a record.
    pub fn new(source: &'static str, table: &'a str, legacy_id: &'a str) -> Self {
        Self {
            source,
            table,
            legacy_id,
        }
    }
}

/// Collects findings in the order of reading.
#[derive(Debug, Default)]
pub struct Findings(pub(crate) Vec<Finding>);

impl Findings {
    /// Adds one on a field (its name and what stands in it).
    pub fn add(
        &mut self,
        class: FindingClass,
        at: At<'_>,
        field: (&str, &str),
        message: impl Into<String>,
    ) {
        self.0.push(Finding {
            class,
            source: at.source.to_owned(),
            table: at.table.to_owned(),
            legacy_id: at.legacy_id.to_owned(),
            field: field.0.to_owned(),
            value: field.1.to_owned(),
            message: message.into(),
        });
    }
}
