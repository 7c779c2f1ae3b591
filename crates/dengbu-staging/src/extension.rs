//! Columns of ours beside the standard's: keys and parsed addresses that tie legacy rows together.
//!
//! A mapping may fill them in any table; the standard's own export leaves them out.

/// Legacy id of the house record a right, limit or holder refers to (FC_OWNER.HOUSE_ID).
pub const HOUSE: &str = "X_HOUSE";
/// The building as the source's own key names it: on a ZRZ row its own key, on an H row the
/// building it says it belongs to (BUILD_NO `001-001-1`, ZRZH, 编号 `F0013`).
pub const BUILDING: &str = "X_BUILDING";
/// The parcel as the source names it where that is no parcel code yet (DJH, 宗地号).
pub const PARCEL: &str = "X_PARCEL";
/// Number of a building on its parcel or in its estate (幢号), digits.
pub const BLOCK: &str = "X_BLOCK";
/// 区县 of the address.
pub const DISTRICT: &str = "X_DISTRICT";
/// 街道, 乡镇 or 村 of the address.
pub const TOWN: &str = "X_TOWN";
/// 路巷 of the address (炳草岗大街).
pub const ROAD: &str = "X_ROAD";
/// 门牌号 of the address, digits, `之N` kept (74, 74-2).
pub const GATE: &str = "X_GATE";
/// 小区 or project of the address (凤凰新村一期).
pub const ESTATE: &str = "X_ESTATE";
/// 单元 of the address, digits.
pub const UNIT: &str = "X_UNIT";
/// 层 of the address or record, digits, `-1` for the first below ground.
pub const STOREY: &str = "X_STOREY";
/// 室 on its storey, digits (of 1203室: 3).
pub const ROOM: &str = "X_ROOM";
/// Storeys of the building as the house's own record gives them (层/总层 of a ledger).
pub const STOREYS: &str = "X_STOREYS";
/// Limits in free text (他项情况: 已抵押给…).
pub const LIMITS: &str = "X_LIMITS";
/// 土地证号 or other former certificate of a parcel.
pub const LAND_CERTIFICATE: &str = "X_LAND_CERTIFICATE";
/// 土地使用权人 or owner named in the row of the parcel or building.
pub const HOLDER: &str = "X_HOLDER";

/// On FDCQ1 and FDCQ2: `1` where the title holds the land use right together with the building
/// (权利类型 4、6、8 of 不动产登记数据库标准, 权利类型字典).
pub const WITH_LAND: &str = "X_WITH_LAND";

/// Written by assignment, never by a mapping: row number (from 0) in ZDJBXX of the parcel a ZRZ
/// or H row stands on; empty where none.
pub const LINK_PARCEL: &str = "X_LINK_ZDJBXX";
/// Written by assignment: row number in ZRZ of the building an H row is in.
pub const LINK_BUILDING: &str = "X_LINK_ZRZ";
/// Written by assignment: row number in H of the house an FDCQ2, DYAQ, CFDJ or QLR row is about;
/// empty where the house it refers to does not exist.
pub const LINK_HOUSE: &str = "X_LINK_H";
/// Written by assignment: row number in FDCQ2 of the right a QLR row belongs to.
pub const LINK_RIGHT: &str = "X_LINK_FDCQ2";
/// Written by assignment on H: `linked`, `doubtful`, `unlinked`, `duplicate-of`.
pub const STATUS: &str = "X_STATUS";
/// Written by assignment on H, ZRZ and ZDJBXX: the code that will be used (28, 24, 19 characters).
/// The standard's own columns keep what the source had, so that rules see it.
pub const CODE: &str = "X_CODE";

/// Columns that assignment writes.
pub const WRITTEN_BY_ASSIGNMENT: [&str; 6] = [
    LINK_PARCEL,
    LINK_BUILDING,
    LINK_HOUSE,
    LINK_RIGHT,
    STATUS,
    CODE,
];

/// All that a mapping may fill, with what they hold, for the documents of the mapping format.
pub const ALL: [(&str, &str); 17] = [
    (HOUSE, "所指房屋记录的原标识"),
    (BUILDING, "所指（或本身）幢的原标识"),
    (PARCEL, "所指宗地的原编号"),
    (BLOCK, "幢号"),
    (DISTRICT, "区县"),
    (TOWN, "街道、乡镇或村"),
    (ROAD, "路、街、巷"),
    (GATE, "门牌号"),
    (ESTATE, "小区或项目"),
    (UNIT, "单元"),
    (STOREY, "所在层"),
    (ROOM, "层内室号"),
    (STOREYS, "记录所载总层数"),
    (LIMITS, "限制情况原文"),
    (LAND_CERTIFICATE, "原土地证号"),
    (HOLDER, "记录所载使用权人"),
    (WITH_LAND, "房地一体的权利填 1"),
];

/// Whether a code is one of ours.
pub fn is_extension(field: &str) -> bool {
    ALL.iter().any(|(code, _)| *code == field)
}
