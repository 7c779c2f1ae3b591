//! What is particular to rights over the property of others, to notices and to
//! restrictions; names of the fields follow the tables of the national standard.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::codes::Code;
use crate::quantity::{Area, Money};
use crate::unit_code::UnitCode;

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
        /// 房屋性质 (FWXZ).
        nature: Option<Code>,
        /// 房屋结构 (FWJG).
        structure: Option<Code>,
        /// 所在层 (SZC), as written.
        storey: Option<String>,
        /// 总层数 (ZCS).
        storeys_total: Option<i32>,
        /// 建筑面积 (JZMJ), m².
        building_area: Option<Area>,
        /// 担保范围 (DBFW).
        scope: Option<String>,
        /// 是否存在禁止或限制转让抵押不动产的约定 (SFCZJZHXZ).
        transfer_restricted: Option<bool>,
        /// Day from which the right itself can be registered (能够进行不动产登记之日, 民法典第二百二十一条
        /// 第二款); none while nobody noted it. The platform's own field.
        registrable_on: Option<NaiveDate>,
    }
}

record! {
    /// Caution (异议登记, YYDJ).
    Caution {
        /// 异议事项 (YYSX).
        matter: Option<String>,
        /// Court or arbitration commission that took the suit (受理机构); the platform's own field.
        suit_body: Option<String>,
        /// Number of its case (案号); the platform's own field.
        suit_no: Option<String>,
        /// Day on which the notice of acceptance was handed in (实施细则第八十三条第二款); none while
        /// no suit is noted. The platform's own field.
        suit_on: Option<NaiveDate>,
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
        /// 限制类型 (XZLX).
        restriction_kind: Option<String>,
        /// 限制单位 (XZDW).
        organ: Option<String>,
        /// 限制文件号码 (XZWJHM).
        document_no: Option<String>,
        /// 限制原因.
        reason: Option<String>,
        /// 限制范围 (XZFW).
        scope: Option<String>,
        /// 送达日期 (SDTZRQ).
        served_on: Option<NaiveDate>,
        /// 限制起始日期 (XZQSRQ).
        start: Option<NaiveDate>,
        /// 限制终止日期 (XZZZRQ).
        end: Option<NaiveDate>,
    }
}
