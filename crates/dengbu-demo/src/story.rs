//! Units and people that manuals and browser tests call by name. All but the last few lie in the
//! first building of 示例花园 (东区炳草岗街道): three entrances, six storeys, two rooms a landing,
//! all of whose flats are sold, owned by one person and free of limits unless said otherwise here.

use dengbu_model::party::Party;

use crate::people::person;

/// The building of the stories (自然幢号).
pub const BUILDING: &str = "510402101001GB00001F0001";

/// The tower (自然幢号) for the building table: 34 storeys, 4 entrances of 6 rooms.
pub const TOWER: &str = "510402101001GB00002F0001";

/// (a) A clean flat, one owner: a sale goes through.
pub const CLEAN_FLAT: &str = "510402101001GB00001F00010001";
/// (b) A seized flat: no sale, no mortgage.
pub const SEIZED_FLAT: &str = "510402101001GB00001F00010002";
/// (c) A mortgaged flat whose transfer was restricted by agreement.
pub const MORTGAGED_RESTRICTED_FLAT: &str = "510402101001GB00001F00010003";
/// (d) A mortgaged flat that may be transferred with its mortgage (民法典第四百零六条).
pub const MORTGAGED_FREE_FLAT: &str = "510402101001GB00001F00010004";
/// (e) A flat of husband and wife together (共同共有).
pub const JOINT_FLAT: &str = "510402101001GB00001F00010005";
/// (f) A flat of three by shares of one third each (按份共有).
pub const SHARED_FLAT: &str = "510402101001GB00001F00010006";
/// (g) A flat with a caution (异议登记).
pub const CAUTIONED_FLAT: &str = "510402101001GB00001F00010007";
/// (h) A flat with a right of habitation (居住权).
pub const INHABITED_FLAT: &str = "510402101001GB00001F00010008";
/// (i) Land not built on (宗地单元).
pub const LAND: &str = "510402101002GB00003W00000000";
/// A flat with a priority notice (预告登记).
pub const NOTICED_FLAT: &str = "510402101001GB00001F00010009";
/// A flat with a seizure and another one waiting behind it (轮候查封).
pub const TWICE_SEIZED_FLAT: &str = "510402101001GB00001F00010010";

/// More clean flats, for tests that register something and so use one up.
pub const SPARE_CLEAN_FLATS: [&str; 12] = [
    "510402101001GB00001F00010013",
    "510402101001GB00001F00010014",
    "510402101001GB00001F00010015",
    "510402101001GB00001F00010016",
    "510402101001GB00001F00010017",
    "510402101001GB00001F00010018",
    "510402101001GB00001F00010019",
    "510402101001GB00001F00010020",
    "510402101001GB00001F00010021",
    "510402101001GB00001F00010022",
    "510402101001GB00001F00010023",
    "510402101001GB00001F00010024",
];

/// A clean flat in 米易县.
pub const MIYI_CLEAN_FLAT: &str = "510421101001GB00001F00010001";
/// A clean flat in 盐边县.
pub const YANBIAN_CLEAN_FLAT: &str = "510422101001GB00001F00010001";

/// What a story demands of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// One owner, no limits.
    Clean,
    /// See [`SEIZED_FLAT`].
    Seized,
    /// See [`TWICE_SEIZED_FLAT`].
    SeizedTwice,
    /// See [`MORTGAGED_RESTRICTED_FLAT`].
    MortgagedRestricted,
    /// See [`MORTGAGED_FREE_FLAT`].
    MortgagedFree,
    /// See [`JOINT_FLAT`].
    Joint,
    /// See [`SHARED_FLAT`].
    Shared,
    /// See [`CAUTIONED_FLAT`].
    Cautioned,
    /// See [`INHABITED_FLAT`].
    Inhabited,
    /// See [`NOTICED_FLAT`].
    Noticed,
}

/// The scene set for a unit; none for those left to chance.
#[must_use]
pub fn scene(unit: &str) -> Option<Scene> {
    Some(match unit {
        SEIZED_FLAT => Scene::Seized,
        TWICE_SEIZED_FLAT => Scene::SeizedTwice,
        MORTGAGED_RESTRICTED_FLAT => Scene::MortgagedRestricted,
        MORTGAGED_FREE_FLAT => Scene::MortgagedFree,
        JOINT_FLAT => Scene::Joint,
        SHARED_FLAT => Scene::Shared,
        CAUTIONED_FLAT => Scene::Cautioned,
        INHABITED_FLAT => Scene::Inhabited,
        NOTICED_FLAT => Scene::Noticed,
        MIYI_CLEAN_FLAT | YANBIAN_CLEAN_FLAT => Scene::Clean,
        other if other.starts_with(BUILDING) => Scene::Clean,
        _ => return None,
    })
}

/// A buyer who holds nothing yet: 买家甲.
#[must_use]
pub fn buyer() -> Party {
    person("林示例", "510499199001010011")
}

/// His wife, for buying together: 买家乙.
#[must_use]
pub fn buyers_wife() -> Party {
    person("何样例", "510499199202030027")
}

/// One who comes too late: wants what is sold or seized already.
#[must_use]
pub fn second_buyer() -> Party {
    person("罗示范", "510498198505050032")
}
