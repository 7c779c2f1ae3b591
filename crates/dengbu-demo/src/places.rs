//! Where the city stands: counties, streets, towns and villages by their real names; roads and
//! estates on them are invented.

use crate::shapes::Shape;

/// How the land came to its holder and who built on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenure {
    /// 出让 to a developer who sold the units (商品房).
    Developed,
    /// 划拨 to a works that sold the flats to its workers (房改房).
    WorkersHousing,
    /// 宅基地 of a villager.
    Homestead,
    /// Granted and not built on yet.
    Vacant,
}

/// One estate on one parcel.
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    /// 地籍区 and 地籍子区 with the county: 12 digits. The districts 1xx are the demonstration's
    /// own; the legacy sample uses others.
    pub sub_district: &'static str,
    /// Feature code (宗地特征码): GB or JC.
    pub feature: &'static str,
    /// Number of the parcel.
    pub parcel: u32,
    /// Street, town or village.
    pub place: &'static str,
    /// Road and number, invented.
    pub road: &'static str,
    /// Name, invented.
    pub name: &'static str,
    /// Year of completion; of the grant where nothing is built.
    pub year: i32,
    /// Tenure.
    pub tenure: Tenure,
    /// Its buildings in order of their numbers.
    pub shapes: &'static [Shape],
    /// Area of the parcel in m².
    pub parcel_area: i64,
}

impl Estate {
    /// County code.
    #[must_use]
    pub fn county(&self) -> &'static str {
        &self.sub_district[..6]
    }

    /// Registration authority of the county.
    #[must_use]
    pub fn authority(&self) -> &'static str {
        match self.county() {
            "510421" => "510421",
            "510422" => "510422",
            _ => "510400",
        }
    }

    /// Parcel code (宗地代码).
    #[must_use]
    pub fn parcel_code(&self) -> String {
        format!("{}{}{:05}", self.sub_district, self.feature, self.parcel)
    }

    /// Address of the parcel (坐落).
    #[must_use]
    pub fn address(&self) -> String {
        format!(
            "攀枝花市{}{}{}{}",
            county_name(self.county()),
            self.place,
            self.road,
            self.name
        )
    }
}

/// Name of a county.
#[must_use]
pub fn county_name(county: &str) -> &'static str {
    match county {
        "510402" => "东区",
        "510403" => "西区",
        "510411" => "仁和区",
        "510421" => "米易县",
        "510422" => "盐边县",
        _ => "",
    }
}

/// Place name in certificate numbers of an authority.
#[must_use]
pub fn certificate_place(authority: &str) -> &'static str {
    match authority {
        "510421" => "米易县",
        "510422" => "盐边县",
        _ => "攀枝花市",
    }
}

#[expect(clippy::too_many_arguments, reason = "a row of the table below")]
const fn estate(
    sub_district: &'static str,
    parcel: u32,
    place: &'static str,
    road: &'static str,
    name: &'static str,
    year: i32,
    tenure: Tenure,
    shapes: &'static [Shape],
    parcel_area: i64,
) -> Estate {
    let feature = match tenure {
        Tenure::Homestead => "JC",
        _ => "GB",
    };
    Estate {
        sub_district,
        feature,
        parcel,
        place,
        road,
        name,
        year,
        tenure,
        shapes,
        parcel_area,
    }
}

use Shape::{Commercial, Homestead as Farm, MidRise, Tower, VillaRow, WalkUp};
use Tenure::{Developed, Homestead, Vacant, WorkersHousing};

/// All estates; the first is the one whose first building the stories live in.
#[rustfmt::skip] // a table: a row to a line
pub const ESTATES: &[Estate] = &[
    // 东区
    estate("510402101001", 1, "炳草岗街道", "示例路8号", "示例花园", 2012, Developed, &[WalkUp, WalkUp], 3_960),
    estate("510402101001", 2, "大渡口街道", "示例路66号", "样板云顶", 2018, Developed, &[Tower], 9_200),
    estate("510402101002", 1, "炳草岗街道", "样例街12号", "示例商街", 2015, Developed, &[Commercial], 2_150),
    estate("510402101002", 2, "弄弄坪街道", "示范巷3号", "向阳示例小区", 1996, WorkersHousing, &[WalkUp, WalkUp, WalkUp], 5_400),
    estate("510402101002", 3, "银江镇", "示例路北侧", "待建地块", 2023, Vacant, &[], 12_680),
    // 西区
    estate("510403101001", 1, "清香坪街道", "样例街21号", "清香示例小区", 1994, WorkersHousing, &[WalkUp, WalkUp, WalkUp, WalkUp], 7_300),
    estate("510403101001", 2, "玉泉街道", "示例路5号", "玉泉样例庭院", 2016, Developed, &[MidRise, MidRise], 4_100),
    estate("510403101002", 1, "格里坪镇", "示范路西侧", "待建地块", 2022, Vacant, &[], 20_150),
    // 仁和区
    estate("510411101001", 1, "仁和镇", "示例大街30号", "仁和示例新城", 2014, Developed, &[MidRise, MidRise, WalkUp, WalkUp], 8_800),
    estate("510411101001", 2, "大河中路街道", "样例路2号", "大河示例山庄", 2017, Developed, &[VillaRow], 3_900),
    estate("510411101001", 3, "大河中路街道", "样例路9号", "大河示例广场", 2017, Developed, &[Commercial], 2_260),
    estate("510411102001", 1, "平地镇迤沙拉村", "示例组1号", "", 2009, Homestead, &[Farm], 180),
    estate("510411102001", 2, "平地镇迤沙拉村", "示例组2号", "", 2011, Homestead, &[Farm], 178),
    estate("510411102001", 3, "平地镇迤沙拉村", "示例组3号", "", 2013, Homestead, &[Farm], 180),
    estate("510411102002", 1, "大田镇片那立村", "示例组6号", "", 2010, Homestead, &[Farm], 175),
    estate("510411102002", 2, "大田镇片那立村", "示例组7号", "", 2015, Homestead, &[Farm], 180),
    // 米易县
    estate("510421101001", 1, "攀莲镇", "示例路18号", "安宁样例苑", 2010, Developed, &[WalkUp, WalkUp, WalkUp], 5_700),
    estate("510421101001", 2, "攀莲镇", "样例大道7号", "米易示例新居", 2019, Developed, &[MidRise, MidRise], 4_260),
    estate("510421101002", 1, "丙谷镇", "示范街4号", "丙谷示例小区", 2006, Developed, &[WalkUp], 2_020),
    estate("510421101002", 2, "撒莲镇", "示例路15号", "撒莲样例院落", 2018, Developed, &[VillaRow], 4_020),
    estate("510421101002", 3, "白马镇", "样例路南侧", "待建地块", 2024, Vacant, &[], 16_400),
    estate("510421102001", 1, "攀莲镇贤家村", "示例组1号", "", 2008, Homestead, &[Farm], 176),
    estate("510421102001", 2, "攀莲镇贤家村", "示例组2号", "", 2012, Homestead, &[Farm], 180),
    estate("510421102001", 3, "攀莲镇贤家村", "示例组5号", "", 2016, Homestead, &[Farm], 172),
    // 盐边县
    estate("510422101001", 1, "桐子林镇", "示例路11号", "桐子林样例苑", 2011, Developed, &[WalkUp, WalkUp], 3_860),
    estate("510422101001", 2, "桐子林镇", "样例街20号", "二滩示例家园", 2020, Developed, &[MidRise], 2_180),
    estate("510422101001", 3, "桐子林镇", "样例街1号", "桐子林示例商场", 2013, Developed, &[Commercial], 2_200),
    estate("510422101002", 1, "红格镇", "示例温泉路6号", "红格样例别院", 2019, Developed, &[VillaRow], 4_150),
    estate("510422101002", 2, "渔门镇", "示范街8号", "渔门示例小区", 2007, Developed, &[WalkUp], 2_010),
    estate("510422101002", 3, "红格镇", "示例温泉路东侧", "待建地块", 2024, Vacant, &[], 18_300),
    estate("510422102001", 1, "红格镇昔格达村", "示例组3号", "", 2009, Homestead, &[Farm], 180),
    estate("510422102001", 2, "红格镇昔格达村", "示例组4号", "", 2014, Homestead, &[Farm], 177),
    estate("510422102001", 3, "红格镇昔格达村", "示例组8号", "", 2017, Homestead, &[Farm], 180),
];

/// The invented developer or works of a county: name and serial of its credit code.
#[must_use]
pub fn builder(county: &str, tenure: Tenure) -> (&'static str, u32) {
    match (tenure, county) {
        (Tenure::WorkersHousing, "510403") => ("示例矿务有限责任公司", 12),
        (Tenure::WorkersHousing, _) => ("示例钢铁有限责任公司", 11),
        (_, "510402") => ("示例置业有限公司", 1),
        (_, "510403") => ("样例房地产开发有限公司", 2),
        (_, "510411") => ("仁和示范置业有限公司", 3),
        (_, "510421") => ("米易样例房地产开发有限公司", 4),
        _ => ("盐边示例置业有限公司", 5),
    }
}
