//! Rights of every type in the standard, typed.

use serde::{Deserialize, Serialize};

/// A record of optional facts: what is absent in JSON is none, what is unknown is refused.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* #[serde(default)] pub $field: $ty,)*
        }
    };
}

mod burden;
mod check;
mod detail;

pub use burden::{
    Caution, Easement, Habitation, Mortgage, MortgageMethod, Officer, PriorityNotice,
    PriorityNoticeKind, Restriction, Seizure, SeizureKind,
};
pub use check::RightFinding;
pub use detail::{
    AgriculturalLand, BuildingOwnership, Forest, LandOwnership, LandUse, OtherRight,
    OwnersCommonPart, ProjectBuilding, ProjectBuildings, SeaArea, Structure,
};

use crate::party::{CoOwnership, Holder, Party};

macro_rules! registration_types {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal;)*) => {
        /// Kind of registration (登记类型, DJLX).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum RegistrationType {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl RegistrationType {
            /// The standard's code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Name in Chinese.
            #[must_use]
            pub fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// The type with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

registration_types! {
    /// 首次登记.
    First = "100", "首次登记";
    /// 转移登记.
    Transfer = "200", "转移登记";
    /// 变更登记.
    Alteration = "300", "变更登记";
    /// 注销登记.
    Deregistration = "400", "注销登记";
    /// 更正登记.
    Rectification = "500", "更正登记";
    /// 异议登记.
    Caution = "600", "异议登记";
    /// 预告登记.
    PriorityNotice = "700", "预告登记";
    /// 查封登记.
    Seizure = "800", "查封登记";
    /// 其它登记.
    Other = "900", "其它登记";
}

macro_rules! right_types {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $standard:expr, $title:literal, $zh:literal;)*) => {
        /// Type of right (权利类型, QLLX). Types above 22 differ between systems, so the
        /// code here is our own; [`RightType::standard_code`] gives the standard's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum RightType {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl RightType {
            /// All types.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Our stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The standard's code (权利类型), where the standard has one all sources agree on.
            #[must_use]
            pub fn standard_code(self) -> Option<&'static str> {
                match self { $(Self::$variant => $standard,)* }
            }

            /// Name in Chinese.
            #[must_use]
            pub fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// The type with our code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// True for ownership and use rights, which a title certificate shows and of
            /// which a unit has one at a time (实施细则第二十条).
            #[must_use]
            pub fn is_title(self) -> bool {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

right_types! {
    /// 集体土地所有权.
    CollectiveLandOwnership = "collective_land_ownership", Some("1"), true, "集体土地所有权";
    /// 国家土地所有权.
    StateLandOwnership = "state_land_ownership", Some("2"), true, "国家土地所有权";
    /// 国有建设用地使用权.
    StateConstructionLand = "state_construction_land", Some("3"), true, "国有建设用地使用权";
    /// 国有建设用地使用权/房屋（构筑物）所有权.
    StateConstructionLandAndBuilding = "state_construction_land_and_building", Some("4"), true, "国有建设用地使用权/房屋（构筑物）所有权";
    /// 宅基地使用权.
    Homestead = "homestead", Some("5"), true, "宅基地使用权";
    /// 宅基地使用权/房屋（构筑物）所有权.
    HomesteadAndBuilding = "homestead_and_building", Some("6"), true, "宅基地使用权/房屋（构筑物）所有权";
    /// 集体建设用地使用权.
    CollectiveConstructionLand = "collective_construction_land", Some("7"), true, "集体建设用地使用权";
    /// 集体建设用地使用权/房屋（构筑物）所有权.
    CollectiveConstructionLandAndBuilding = "collective_construction_land_and_building", Some("8"), true, "集体建设用地使用权/房屋（构筑物）所有权";
    /// 土地承包经营权.
    RuralContract = "rural_contract", Some("9"), true, "土地承包经营权";
    /// 土地承包经营权/森林、林木所有权.
    RuralContractAndForest = "rural_contract_and_forest", Some("10"), true, "土地承包经营权/森林、林木所有权";
    /// 林地使用权.
    ForestLand = "forest_land", Some("11"), true, "林地使用权";
    /// 林地使用权/森林、林木使用权.
    ForestLandAndForest = "forest_land_and_forest", Some("12"), true, "林地使用权/森林、林木使用权";
    /// 草原使用权.
    Grassland = "grassland", Some("13"), true, "草原使用权";
    /// 水域滩涂养殖权.
    Aquaculture = "aquaculture", Some("14"), true, "水域滩涂养殖权";
    /// 海域使用权.
    SeaArea = "sea_area", Some("15"), true, "海域使用权";
    /// 海域使用权/构（建）筑物所有权.
    SeaAreaAndStructure = "sea_area_and_structure", Some("16"), true, "海域使用权/构（建）筑物所有权";
    /// 无居民海岛使用权.
    UninhabitedIsland = "uninhabited_island", Some("17"), true, "无居民海岛使用权";
    /// 无居民海岛使用权/构（建）筑物所有权.
    UninhabitedIslandAndStructure = "uninhabited_island_and_structure", Some("18"), true, "无居民海岛使用权/构（建）筑物所有权";
    /// 地役权.
    Easement = "easement", Some("19"), false, "地役权";
    /// 取水权.
    WaterIntake = "water_intake", Some("20"), false, "取水权";
    /// 探矿权.
    MineralExploration = "mineral_exploration", Some("21"), false, "探矿权";
    /// 采矿权.
    Mining = "mining", Some("22"), false, "采矿权";
    /// 其他权利.
    Other = "other", Some("99"), false, "其他权利";
    /// 建筑物区分所有权业主共有部分.
    OwnersCommonPart = "owners_common_part", None, false, "建筑物区分所有权业主共有部分";
    /// 抵押权.
    Mortgage = "mortgage", None, false, "抵押权";
    /// 居住权.
    Habitation = "habitation", None, false, "居住权";
    /// 预告登记.
    PriorityNotice = "priority_notice", None, false, "预告登记";
    /// 异议登记.
    Caution = "caution", None, false, "异议登记";
    /// 查封登记.
    Seizure = "seizure", None, false, "查封登记";
    /// 限制（锁定）.
    Restriction = "restriction", None, false, "限制登记";
}

/// A right as registered: type, holders and what is particular to its type. What is
/// common to all entries (unit, case, number, registrar, time) belongs to the entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// Type (权利类型, QLLX).
    pub right_type: RightType,
    /// How the holders own together (共有方式, GYFS).
    pub co_ownership: CoOwnership,
    /// Holders (权利人, QLR).
    pub holders: Vec<Holder>,
    /// Obligors (义务人, YWR): mortgagor, seller, owner of a seized unit.
    #[serde(default)]
    pub obligors: Vec<Party>,
    /// What is particular to the type.
    pub detail: RightDetail,
    /// Other conditions of the right (权利其他状况, QLQTZK).
    #[serde(default)]
    pub other_conditions: Option<String>,
    /// Remarks (附记, FJ).
    #[serde(default)]
    pub remarks: Option<String>,
}

macro_rules! details {
    ($($(#[$doc:meta])* $variant:ident($kind:literal, $table:literal);)*) => {
        /// What is particular to a right, by the table of the standard it belongs to.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(tag = "kind")]
        pub enum RightDetail {
            $($(#[$doc])* #[serde(rename = $kind)] $variant($variant),)*
        }

        impl RightDetail {
            /// Our code of the kind.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            /// Table of the standard.
            #[must_use]
            pub fn table(&self) -> &'static str {
                match self { $(Self::$variant(_) => $table,)* }
            }
        }
    };
}

details! {
    /// 土地所有权.
    LandOwnership("land_ownership", "TDSYQ");
    /// 建设用地使用权、宅基地使用权.
    LandUse("land_use", "JSYDSYQ");
    /// 房地产权（项目内多幢房屋）.
    ProjectBuildings("project_buildings", "FDCQ1");
    /// 房地产权（独幢、层、套、间房屋）.
    BuildingOwnership("building_ownership", "FDCQ2");
    /// 建筑物区分所有权业主共有部分.
    OwnersCommonPart("owners_common_part", "FDCQ3");
    /// 构（建）筑物所有权.
    Structure("structure", "GJZWSYQ");
    /// 土地承包经营权、农用地其他使用权（非林地）.
    AgriculturalLand("agricultural_land", "NYDSYQ");
    /// 林权.
    Forest("forest", "LQ");
    /// 海域（含无居民海岛）使用权.
    SeaArea("sea_area", "HYSYQ");
    /// 其他相关权利.
    OtherRight("other_right", "QTXGQL");
    /// 地役权.
    Easement("easement", "DYIQ");
    /// 抵押权.
    Mortgage("mortgage", "DYAQ");
    /// 预告登记.
    PriorityNotice("priority_notice", "YGDJ");
    /// 异议登记.
    Caution("caution", "YYDJ");
    /// 查封登记.
    Seizure("seizure", "CFDJ");
    /// 居住权.
    Habitation("habitation", "JZQ");
    /// 限制单元.
    Restriction("restriction", "XZDY");
}

#[cfg(test)]
mod tests;
