//! What is particular to each type of right; names of the fields follow the
//! tables of the national database standard.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::codes::Code;
use crate::quantity::{Area, Money};
use crate::unit_code::UnitCode;

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

record! {
    /// Land ownership (土地所有权, TDSYQ); areas in m².
    LandOwnership {
        /// 农用地面积 (NYDMJ).
        farm_area: Option<Area>,
        /// 耕地面积 (GDMJ).
        arable_area: Option<Area>,
        /// 林地面积 (LDMJ).
        forest_area: Option<Area>,
        /// 草地面积 (CDMJ).
        grass_area: Option<Area>,
        /// 其它农用地面积 (QTNYDMJ).
        other_farm_area: Option<Area>,
        /// 建设用地面积 (JSYDMJ).
        construction_area: Option<Area>,
        /// 未利用地面积 (WLYDMJ).
        unused_area: Option<Area>,
    }
}

record! {
    /// Construction or homestead land use right (建设用地使用权、宅基地使用权, JSYDSYQ).
    LandUse {
        /// 使用权面积 (SYQMJ), m².
        area: Option<Area>,
        /// 使用权起始时间 (SYQQSSJ).
        start: Option<NaiveDate>,
        /// 使用权结束时间 (SYQJSSJ).
        end: Option<NaiveDate>,
        /// 取得价格 (QDJG), yuan.
        price: Option<Money>,
        /// 用途 (YT).
        use_code: Option<Code>,
    }
}

record! {
    /// Buildings of one project as one unit (房地产权（项目内多幢房屋）, FDCQ1).
    ProjectBuildings {
        /// 土地使用权人 (TDSYQR).
        land_use_holder: Option<String>,
        /// 独用土地面积 (DYTDMJ), m².
        own_land_area: Option<Area>,
        /// 分摊土地面积 (FTTDMJ), m².
        shared_land_area: Option<Area>,
        /// 土地使用起始时间 (TDSYQSSJ).
        land_use_start: Option<NaiveDate>,
        /// 土地使用结束时间 (TDSYJSSJ).
        land_use_end: Option<NaiveDate>,
        /// 房地产交易价格 (FDCJYJG), yuan.
        price: Option<Money>,
    }
}

record! {
    /// Ownership of a building, storey, set or room (房地产权（独幢、层、套、间房屋）, FDCQ2).
    BuildingOwnership {
        /// 土地使用权人 (TDSYQR).
        land_use_holder: Option<String>,
        /// 独用土地面积 (DYTDMJ), m².
        own_land_area: Option<Area>,
        /// 分摊土地面积 (FTTDMJ), m².
        shared_land_area: Option<Area>,
        /// 土地使用起始时间 (TDSYQSSJ).
        land_use_start: Option<NaiveDate>,
        /// 土地使用结束时间 (TDSYJSSJ).
        land_use_end: Option<NaiveDate>,
        /// 房地产交易价格 (FDCJYJG), yuan.
        price: Option<Money>,
        /// 规划用途 (GHYT).
        planned_use: Option<Code>,
        /// 房屋性质 (FWXZ).
        nature: Option<Code>,
        /// 房屋结构 (FWJG).
        structure: Option<Code>,
        /// 所在层 (SZC).
        storey: Option<String>,
        /// 总层数 (ZCS).
        storeys_total: Option<i32>,
        /// 建筑面积 (JZMJ), m².
        building_area: Option<Area>,
        /// 专有建筑面积 (ZYJZMJ), m².
        exclusive_area: Option<Area>,
        /// 分摊建筑面积 (FTJZMJ), m².
        shared_area: Option<Area>,
        /// 竣工时间 (JGSJ), as written.
        completed: Option<String>,
        /// Number of the contract filed with housing (网签合同号).
        contract_no: Option<String>,
    }
}

record! {
    /// Common part of the owners of a building (建筑物区分所有权业主共有部分, FDCQ3).
    OwnersCommonPart {
        /// 建（构）筑物编号 (JGZWBH).
        number: Option<String>,
        /// 建（构）筑物名称 (JGZWMC).
        name: Option<String>,
        /// 建（构）筑物数量 (JGZWSL).
        count: Option<i32>,
        /// 建（构）筑物面积 (JGZWMJ), m².
        area: Option<Area>,
        /// 分摊土地面积 (FTTDMJ), m².
        shared_land_area: Option<Area>,
    }
}

record! {
    /// Ownership of a structure (构（建）筑物所有权, GJZWSYQ).
    Structure {
        /// 土地/海域使用权人 (TDHYSYQR).
        land_use_holder: Option<String>,
        /// 土地/海域使用面积 (TDHYSYMJ), m².
        land_area: Option<Area>,
        /// 土地/海域使用起始时间 (TDHYSYQSSJ).
        land_use_start: Option<NaiveDate>,
        /// 土地/海域使用结束时间 (TDHYSYJSSJ).
        land_use_end: Option<NaiveDate>,
        /// 构（建）筑物类型 (GJZWLX).
        structure_kind: Option<Code>,
        /// 构（建）筑物规划用途 (GJZWGHYT).
        planned_use: Option<String>,
        /// 构(建)筑物面积 (GJZWMJ), m².
        area: Option<Area>,
        /// 竣工时间 (JGSJ), as written.
        completed: Option<String>,
    }
}

record! {
    /// Contract right and other uses of farm land (土地承包经营权、农用地其他使用权, NYDSYQ).
    AgriculturalLand {
        /// 发包方代码 (FBFDM).
        issuer_code: Option<String>,
        /// 发包方名称 (FBFMC).
        issuer_name: Option<String>,
        /// 承包（使用权）面积 (CBMJ), m².
        area: Option<Area>,
        /// 承包(使用)起始时间 (CBQSSJ).
        start: Option<NaiveDate>,
        /// 承包(使用)结束时间 (CBJSSJ).
        end: Option<NaiveDate>,
        /// 土地所有权性质 (TDSYQXZ).
        ownership_nature: Option<Code>,
        /// 水域滩涂类型 (SYTTLX).
        water_kind: Option<Code>,
        /// 养殖业方式 (YZYFS).
        farming_method: Option<Code>,
        /// 草原质量 (CYZL).
        grass_quality: Option<String>,
        /// 适宜载畜量 (SYZCL).
        livestock_capacity: Option<i32>,
        /// 承包合同编码 (CBHTBM).
        contract_code: Option<String>,
    }
}

record! {
    /// Forest right (林权, LQ).
    Forest {
        /// 发包方 (FBF).
        issuer: Option<String>,
        /// 使用权（承包）面积 (SYQMJ), m².
        area: Option<Area>,
        /// 林地使用（承包）起始时间 (LDSYQSSJ).
        start: Option<NaiveDate>,
        /// 林地使用（承包）结束时间 (LDSYJSSJ).
        end: Option<NaiveDate>,
        /// 林地所有权性质 (LDSYQXZ).
        ownership_nature: Option<Code>,
        /// 森林、林木所有权人 (SLLMSYQR1).
        tree_owner: Option<String>,
        /// 森林、林木使用权人 (SLLMSYQR2).
        tree_user: Option<String>,
        /// 主要树种 (ZYSZ).
        species: Option<String>,
        /// 株数 (ZS).
        tree_count: Option<i32>,
        /// 林种 (LZ).
        forest_kind: Option<Code>,
        /// 起源 (QY).
        origin: Option<Code>,
        /// 造林年度 (ZLND).
        planted_year: Option<i32>,
        /// 林班 (LB).
        compartment: Option<String>,
        /// 小班 (XB).
        subcompartment: Option<String>,
        /// 小地名 (XDM).
        place_name: Option<String>,
    }
}

record! {
    /// Sea-area or island use right (海域（含无居民海岛）使用权, HYSYQ).
    SeaArea {
        /// 使用权面积 (SYQMJ), m².
        area: Option<Area>,
        /// 使用权起始时间 (SYQQSSJ).
        start: Option<NaiveDate>,
        /// 使用权结束时间 (SYQJSSJ).
        end: Option<NaiveDate>,
        /// 使用金总额 (SYJZE), yuan.
        fee_total: Option<Money>,
        /// 用海类型 (YHLX).
        sea_use: Option<Code>,
    }
}

record! {
    /// Water intake, exploration, mining and other rights (其他相关权利, QTXGQL).
    OtherRight {
        /// 权利起始时间 (QLQSSJ).
        start: Option<NaiveDate>,
        /// 权利结束时间 (QLJSSJ).
        end: Option<NaiveDate>,
        /// 取水方式 (QSFS).
        water_method: Option<String>,
        /// 水源类型 (SYLX).
        water_source: Option<String>,
        /// 取水量 (QSL).
        water_amount: Option<String>,
        /// 取水用途 (QSYT).
        water_use: Option<String>,
        /// 勘查面积 (KCMJ), m².
        exploration_area: Option<Area>,
        /// 开采方式 (KCFS).
        mining_method: Option<String>,
        /// 开采矿种 (KCKZ).
        minerals: Option<String>,
        /// 生产规模 (SCGM).
        scale: Option<String>,
    }
}

record! {
    /// Easement (地役权, DYIQ); holders are those of the benefited land.
    Easement {
        /// 需役地不动产单元号 (XYDBDCDYH).
        benefited_unit: Option<UnitCode>,
        /// 需役地坐落 (XYDZL).
        benefited_address: Option<String>,
        /// 地役权内容 (DYQNR).
        content: Option<String>,
        /// 权利起始时间 (QLQSSJ).
        start: Option<NaiveDate>,
        /// 权利结束时间 (QLJSSJ).
        end: Option<NaiveDate>,
    }
}

/// Kind of mortgage (抵押方式, DYFS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MortgageMethod {
    /// 一般抵押.
    #[default]
    #[serde(rename = "1")]
    General,
    /// 最高额抵押.
    #[serde(rename = "2")]
    MaximumAmount,
}

impl MortgageMethod {
    /// The standard's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::General => "1",
            Self::MaximumAmount => "2",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::General => "一般抵押",
            Self::MaximumAmount => "最高额抵押",
        }
    }
}

record! {
    /// Mortgage (抵押权, DYAQ); holders are the creditors, obligors the mortgagors.
    Mortgage {
        /// 抵押方式 (DYFS).
        method: MortgageMethod,
        /// 被担保主债权数额 (BDBZZQSE), yuan; ordinary mortgage.
        secured_amount: Option<Money>,
        /// 最高债权数额 (ZGZQSE), yuan; maximum-amount mortgage.
        maximum_amount: Option<Money>,
        /// 币种 (BZ).
        currency: Option<Code>,
        /// 债务履行起始时间 (ZWLXQSSJ).
        term_start: Option<NaiveDate>,
        /// 债务履行结束时间 (ZWLXJSSJ).
        term_end: Option<NaiveDate>,
        /// 担保范围 (DBFW).
        scope: Option<String>,
        /// 是否存在禁止或限制转让抵押不动产的约定 (SFCZJZHXZ); none when the register is silent.
        transfer_restricted: Option<bool>,
        /// 抵押权顺位 (DYQSW).
        rank: Option<u32>,
        /// 抵押不动产类型 (DYBDCLX).
        object_kind: Option<Code>,
        /// 抵押面积 (DYMJ), m².
        mortgaged_area: Option<Area>,
        /// 债务人.
        debtor: Option<String>,
        /// 抵押合同号.
        contract_no: Option<String>,
        /// 在建建筑物坐落 (ZJJZWZL).
        construction_address: Option<String>,
        /// 在建建筑物抵押范围 (ZJJZWDYFW).
        construction_scope: Option<String>,
        /// 最高债权确定事实 (ZGZQQDSS).
        fixed_fact: Option<String>,
    }
}

impl Mortgage {
    /// A mortgage of which only the kind is known.
    #[must_use]
    pub fn new(method: MortgageMethod) -> Self {
        Self {
            method,
            ..Self::default()
        }
    }
}

/// Kind of priority notice (预告登记种类, YGDJZL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PriorityNoticeKind {
    /// 预售商品房买卖预告登记.
    #[default]
    #[serde(rename = "1")]
    PresaleTransfer,
    /// 其它不动产买卖预告登记.
    #[serde(rename = "2")]
    Transfer,
    /// 预售商品房抵押权预告登记.
    #[serde(rename = "3")]
    PresaleMortgage,
    /// 其它不动产抵押权预告登记.
    #[serde(rename = "4")]
    Mortgage,
}

impl PriorityNoticeKind {
    /// The standard's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PresaleTransfer => "1",
            Self::Transfer => "2",
            Self::PresaleMortgage => "3",
            Self::Mortgage => "4",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::PresaleTransfer => "预售商品房买卖预告登记",
            Self::Transfer => "其它不动产买卖预告登记",
            Self::PresaleMortgage => "预售商品房抵押权预告登记",
            Self::Mortgage => "其它不动产抵押权预告登记",
        }
    }
}

record! {
    /// Priority notice (预告登记, YGDJ).
    PriorityNotice {
        /// 预告登记种类 (YGDJZL).
        notice_kind: PriorityNoticeKind,
        /// 取得价格/被担保主债权数额 (QDJG), yuan.
        amount: Option<Money>,
        /// 土地使用权人 (TDSYQR).
        land_use_holder: Option<String>,
        /// 规划用途 (GHYT).
        planned_use: Option<Code>,
        /// 建筑面积 (JZMJ), m².
        building_area: Option<Area>,
        /// 担保范围 (DBFW).
        scope: Option<String>,
        /// 是否存在禁止或限制转让抵押不动产的约定 (SFCZJZHXZ).
        transfer_restricted: Option<bool>,
    }
}

record! {
    /// Caution (异议登记, YYDJ).
    Caution {
        /// 异议事项 (YYSX).
        matter: Option<String>,
    }
}

/// Kind of seizure (查封类型, CFLX).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SeizureKind {
    /// 查封.
    #[default]
    #[serde(rename = "1")]
    Seizure,
    /// 轮候查封.
    #[serde(rename = "2")]
    Waiting,
    /// 预查封.
    #[serde(rename = "3")]
    PreSeizure,
    /// 轮候预查封.
    #[serde(rename = "4")]
    WaitingPreSeizure,
}

impl SeizureKind {
    /// The standard's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Seizure => "1",
            Self::Waiting => "2",
            Self::PreSeizure => "3",
            Self::WaitingPreSeizure => "4",
        }
    }

    /// Name in Chinese.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Seizure => "查封",
            Self::Waiting => "轮候查封",
            Self::PreSeizure => "预查封",
            Self::WaitingPreSeizure => "轮候预查封",
        }
    }

    /// True for those that wait behind another.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Waiting | Self::WaitingPreSeizure)
    }
}

record! {
    /// An officer who served an order (送达人).
    Officer {
        /// Name.
        name: String,
        /// Number of the work card (工作证号).
        certificate_no: String,
    }
}

record! {
    /// Seizure (查封登记, CFDJ).
    Seizure {
        /// 查封类型 (CFLX).
        #[serde(rename = "seizure_kind")]
        kind: SeizureKind,
        /// 查封机关 (CFJG).
        court: String,
        /// 查封文件 (CFWJ).
        document: Option<String>,
        /// 查封文号 (CFWH).
        document_no: String,
        /// 查封起始时间 (CFQSSJ).
        start: Option<NaiveDate>,
        /// 查封结束时间 (CFJSSJ).
        end: Option<NaiveDate>,
        /// 查封范围 (CFFW).
        scope: Option<String>,
        /// When the order was served at the registry (送达时间).
        served_at: Option<DateTime<Utc>>,
        /// Place among those waiting; 0 for the one in force (轮候顺序).
        rank: Option<u32>,
        /// Who served it.
        officers: Vec<Officer>,
    }
}

record! {
    /// Right of habitation (居住权, JZQ; 民法典第三百六十六条至第三百七十一条).
    Habitation {
        /// 居住范围 (JZFW).
        scope: Option<String>,
        /// 居住条件和要求 (JZTJHYQ).
        conditions: Option<String>,
        /// 居住权开始时间 (JZQKSSJ).
        start: Option<NaiveDate>,
        /// 居住权结束时间 (JZQJSSJ).
        end: Option<NaiveDate>,
        /// 终生居住 (ZSJZ).
        for_life: Option<bool>,
        /// 是否有偿 (SFYC).
        paid: Option<bool>,
    }
}

record! {
    /// Administrative or other restriction (限制单元, XZDY).
    Restriction {
        /// 限制类型.
        restriction_kind: Option<String>,
        /// 限制单位.
        organ: Option<String>,
        /// 限制文号.
        document_no: Option<String>,
        /// 限制原因.
        reason: Option<String>,
        /// 限制起始时间.
        start: Option<NaiveDate>,
        /// 限制结束时间.
        end: Option<NaiveDate>,
    }
}
