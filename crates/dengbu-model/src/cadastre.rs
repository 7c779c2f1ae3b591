//! The cadastre's objects: parcel, building, building part, storey, dwelling, unit.

use serde::{Deserialize, Serialize};

use crate::codes::Code;
use crate::quantity::Area;
use crate::unit_code::{BuildingCode, ParcelCode, UnitCode};

/// A polygon as surveyed: rings of x, y pairs in the coordinate system named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Polygon {
    /// EPSG code; 0 for a local plane system.
    pub srid: i32,
    /// Outer ring, then holes.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// A parcel (宗地, ZDJBXX).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// Code (宗地代码, ZDDM).
    pub code: ParcelCode,
    /// Address (坐落, ZL).
    pub address: String,
    /// Area in m² (宗地面积, ZDMJ).
    pub area: Option<Area>,
    /// Land use (用途, YT).
    pub use_code: Option<Code>,
    /// Right type (权利类型, QLLX).
    pub right_type: Option<Code>,
    /// Nature of the right (权利性质, QLXZ).
    pub right_nature: Option<Code>,
    /// What borders it in the east, south, west and north (宗地四至).
    pub bounds: Option<[String; 4]>,
    /// Boundary.
    pub geometry: Option<Polygon>,
}

/// A building (自然幢, ZRZ).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Building {
    /// Code (自然幢号, ZRZH).
    pub code: BuildingCode,
    /// Name (项目名称、建筑物名称).
    pub name: String,
    /// Address.
    pub address: String,
    /// Storeys above ground (地上层数, DSCS).
    pub storeys_above: Option<i32>,
    /// Storeys below ground (地下层数, DXCS).
    pub storeys_below: Option<i32>,
    /// Structure (房屋结构, FWJG).
    pub structure: Option<Code>,
    /// When it was completed, as written (竣工日期, JGRQ).
    pub completed: Option<String>,
    /// Outline.
    pub footprint: Option<Polygon>,
}

/// A part of a building (逻辑幢, LJZ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BuildingPart {
    /// Local key (逻辑幢号, LJZH).
    pub part: String,
    /// The building.
    pub building: BuildingCode,
    /// House number (门牌号, MPH).
    pub house_number: Option<String>,
    /// Surveyed building area in m² (实测建筑面积, SCJZMJ).
    pub building_area: Option<Area>,
    /// Storeys (总层数, ZCS).
    pub storeys_total: Option<i32>,
}

/// A storey (层, C).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Storey {
    /// The building.
    pub building: BuildingCode,
    /// Number; below ground negative (实际层, SJC).
    pub number: i32,
    /// Nominal storey as written (名义层, MYC).
    pub label: Option<String>,
    /// Building area in m² (层建筑面积, CJZMJ).
    pub building_area: Option<Area>,
}

/// A unit of a building (户, H).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Dwelling {
    /// Code (不动产单元号, BDCDYH).
    pub unit: UnitCode,
    /// The building.
    pub building: BuildingCode,
    /// Entrance (单元).
    pub entrance: Option<String>,
    /// Storey (实际层数, SJCS).
    pub storey: i32,
    /// Room (室号部位, SHBW).
    pub room: String,
    /// Address (坐落, ZL).
    pub address: String,
    /// Use (房屋用途, FWYT1).
    pub use_code: Option<Code>,
    /// Structure (房屋结构, FWJG).
    pub structure: Option<Code>,
    /// Kind (房屋类型, FWLX).
    pub kind: Option<Code>,
    /// Nature (房屋性质, FWXZ).
    pub nature: Option<Code>,
    /// Storeys of the building (总层数, ZCS).
    pub storeys_total: Option<i32>,
    /// Surveyed building area in m² (实测建筑面积, SCJZMJ).
    pub building_area: Option<Area>,
    /// Surveyed inner area in m² (实测套内建筑面积, SCTNJZMJ).
    pub inner_area: Option<Area>,
    /// Surveyed shared area in m² (实测分摊建筑面积, SCFTJZMJ).
    pub shared_area: Option<Area>,
    /// Predicted building area in m² (预测建筑面积, YCJZMJ).
    pub predicted_area: Option<Area>,
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $zh:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Code used in records.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Name in Chinese.
            #[must_use]
            pub fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }

            /// The value with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

coded! {
    /// What a unit is (不动产单元类型).
    UnitKind {
        /// The land alone.
        Land = "land", "宗地";
        /// A set, room or shop.
        Dwelling = "dwelling", "户";
        /// A whole building.
        Building = "building", "幢";
        /// A structure.
        Structure = "structure", "构筑物";
        /// Forest.
        Forest = "forest", "林木";
        /// Anything else.
        Other = "other", "其他";
    }
}

coded! {
    /// Where a unit stands in its life (不动产单元状态).
    UnitStatus {
        /// Coded before approval.
        PreCoded = "pre_coded", "预编";
        /// In force.
        Live = "live", "有效";
        /// Blocked.
        Locked = "locked", "锁定";
        /// Superseded.
        Historic = "historic", "历史";
        /// Gone.
        Extinct = "extinct", "灭失";
    }
}

/// An estate unit (不动产单元): what a right can stand on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EstateUnit {
    /// Code (不动产单元号, BDCDYH).
    pub code: UnitCode,
    /// What it is.
    pub kind: UnitKind,
    /// Where it stands in its life.
    pub status: UnitStatus,
    /// Address (坐落, ZL).
    pub address: String,
    /// Area in m².
    pub area: Option<Area>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_comes_back_as_it_was_and_takes_no_unknown_field() {
        let parcel = Parcel {
            code: ParcelCode::parse("510402001003GB00012").unwrap(),
            address: "攀枝花市东区示例路1号".to_owned(),
            area: Some(Area::parse("1234.5678").unwrap()),
            use_code: Some(Code::parse("0701").unwrap()),
            right_type: Some(Code::parse("3").unwrap()),
            right_nature: None,
            bounds: Some(["路", "河", "宗地 11", "宗地 13"].map(str::to_owned)),
            geometry: Some(Polygon {
                srid: 4490,
                rings: vec![vec![
                    [101.7, 26.5],
                    [101.8, 26.5],
                    [101.8, 26.6],
                    [101.7, 26.5],
                ]],
            }),
        };
        let mut json = serde_json::to_value(&parcel).unwrap();
        assert_eq!(json["area"], "1234.5678");
        assert_eq!(
            serde_json::from_value::<Parcel>(json.clone()).unwrap(),
            parcel
        );
        json["owner"] = "x".into();
        assert!(serde_json::from_value::<Parcel>(json).is_err());
    }

    #[test]
    fn the_code_in_records_is_the_one_in_json() {
        for code in [
            "land",
            "dwelling",
            "building",
            "structure",
            "forest",
            "other",
        ] {
            let kind = UnitKind::from_code(code).unwrap();
            assert_eq!(serde_json::to_value(kind).unwrap(), code);
            assert_eq!(kind.code(), code);
        }
        for code in ["pre_coded", "live", "locked", "historic", "extinct"] {
            let status = UnitStatus::from_code(code).unwrap();
            assert_eq!(serde_json::to_value(status).unwrap(), code);
            assert_eq!(status.code(), code);
        }
        assert_eq!(UnitStatus::from_code("LIVE"), None);
    }
}
