//! What is particular to ownership and use rights; names of the fields follow the
//! tables of the national database standard.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::codes::Code;
use crate::quantity::{Area, Money};

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
        /// 用途 (YT).
        use_code: Option<Code>,
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
        /// The buildings of the project (项目属性, FDCQ_XM).
        buildings: Vec<ProjectBuilding>,
    }
}

record! {
    /// One building of a project (房地产权（项目内多幢房屋）项目属性, FDCQ_XM).
    ProjectBuilding {
        /// 项目名称 (XMMC).
        project: Option<String>,
        /// 幢号 (ZH), as written.
        building_no: Option<String>,
        /// 总层数 (ZCS).
        storeys_total: Option<i32>,
        /// 规划用途 (GHYT).
        planned_use: Option<Code>,
        /// 房屋结构 (FWJG).
        structure: Option<Code>,
        /// 建筑面积 (JZMJ), m².
        building_area: Option<Area>,
        /// 竣工时间 (JGSJ), as written.
        completed: Option<String>,
        /// 总套数 (ZTS).
        units_total: Option<i32>,
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
        /// 承包（使用权）面积 (CBMJ), m²; the standard's table has 亩.
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
        /// 用途 (YT).
        use_code: Option<Code>,
        /// 用地用海分类 (YDYHFL).
        land_class: Option<Code>,
    }
}

record! {
    /// Forest right (林权, LQ).
    Forest {
        /// 发包方 (FBF).
        issuer: Option<String>,
        /// 使用权（承包）面积 (SYQMJ), m²; the standard's table has 亩.
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
        /// 发包方代码 (FBFDM).
        issuer_code: Option<String>,
        /// 森林类别 (SLLB), 公益林 or 商品林: the list has its names for codes.
        category: Option<String>,
    }
}

record! {
    /// Sea-area or island use right (海域（含无居民海岛）使用权, HYSYQ).
    SeaArea {
        /// 使用权面积 (SYQMJ), m²; the standard's table has hectares.
        area: Option<Area>,
        /// 使用权起始时间 (SYQQSSJ).
        start: Option<NaiveDate>,
        /// 使用权结束时间 (SYQJSSJ).
        end: Option<NaiveDate>,
        /// 使用金总额 (SYJZE), yuan.
        fee_total: Option<Money>,
        /// 用海类型 (YHLX).
        sea_use: Option<Code>,
        /// 使用金标准依据 (SYJBZYJ).
        fee_basis: Option<String>,
        /// 使用金缴纳情况 (SYJJNQK).
        fee_payment: Option<String>,
        /// 海域（海岛）管理号 (HYGLH).
        management_no: Option<String>,
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
        /// 取水量 (QSL), m³, as written.
        water_amount: Option<String>,
        /// 取水用途 (QSYT).
        water_use: Option<String>,
        /// 勘查面积 (KCMJ), m²; the standard's table has km².
        exploration_area: Option<Area>,
        /// 开采方式 (KCFS).
        mining_method: Option<String>,
        /// 开采矿种 (KCKZ).
        minerals: Option<String>,
        /// 生产规模 (SCGM).
        scale: Option<String>,
    }
}
