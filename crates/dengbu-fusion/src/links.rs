//! What stands on what: links between rows of the staging tables, each with its method and how
//! sure it is.

use serde::{Deserialize, Serialize};

use crate::address::Place;
use crate::land::LandRightLink;

/// How sure, in thousandths.
pub type Permille = u16;

/// How a link was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Not found.
    None,
    /// The source's own code or key.
    Key,
    /// A code cut short or used twice, restored from the run of numbers and the neighbours.
    RestoredCode,
    /// The shape lies wholly on it.
    Geometry,
    /// The shape lies mostly on it, or on several and the texts say which.
    GeometryAndText,
    /// Road, number and estate.
    Text,
    /// Address and building number, one building only.
    Address,
    /// Several buildings of the address; storeys, structure, year or key tell which.
    AddressAndFeatures,
    /// Several buildings of the address; the records before and behind are of one of them.
    AddressAndOrder,
    /// A person decided.
    Decision,
}

impl Method {
    /// Word of `crosswalk.csv`.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Key => "key",
            Self::RestoredCode => "restored-code",
            Self::Geometry => "geometry",
            Self::GeometryAndText => "geometry-and-text",
            Self::Text => "text",
            Self::Address => "address",
            Self::AddressAndFeatures => "address-and-features",
            Self::AddressAndOrder => "address-and-order",
            Self::Decision => "decision",
        }
    }

    /// For people.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::None => "未找到",
            Self::Key => "原系统标识",
            Self::RestoredCode => "编号复原",
            Self::Geometry => "图形落宗",
            Self::GeometryAndText => "图形与文字",
            Self::Text => "坐落与名称",
            Self::Address => "坐落与幢号",
            Self::AddressAndFeatures => "坐落与房屋特征",
            Self::AddressAndOrder => "坐落与前后记录",
            Self::Decision => "人工确认",
        }
    }
}

/// How a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Linked.
    Linked,
    /// Candidates, none sure enough: for a person.
    Doubtful,
    /// Nothing it could be linked to.
    Unlinked,
    /// A second record of what another record tells.
    DuplicateOf,
}

impl Status {
    /// Word of `crosswalk.csv`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Doubtful => "doubtful",
            Self::Unlinked => "unlinked",
            Self::DuplicateOf => "duplicate-of",
        }
    }
}

/// What a record might be linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Row in the table of what is linked to (ZRZ for houses, ZDJBXX for buildings).
    pub row: u32,
    /// How well it fits.
    pub score: Permille,
    /// What speaks for and against it, for people.
    pub reasons: Vec<String>,
}

/// A parcel's code as it will be used. One per row of ZDJBXX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelLink {
    /// 宗地代码; `None` where it can't be told.
    pub code: Option<String>,
    /// How.
    pub method: Method,
    /// How sure.
    pub confidence: Permille,
    /// Linked: has a code.
    pub status: Status,
    /// Codes it might bear.
    pub candidates: Vec<String>,
}

/// The parcel a building stands on. One per row of ZRZ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildingLink {
    /// Row of ZDJBXX.
    pub parcel: Option<u32>,
    /// Parcels under the footprint with their share of it, largest first; those below one
    /// hundredth left out.
    pub shares: Vec<(u32, f64)>,
    /// 自然幢号, 24 characters.
    pub code: Option<String>,
    /// The building in the words of the truth's `building` column.
    pub reference: String,
    /// How.
    pub method: Method,
    /// How sure.
    pub confidence: Permille,
    /// Whether.
    pub status: Status,
    /// Parcels it might stand on.
    pub candidates: Vec<Candidate>,
}

/// The building a house is in. One per row of H.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseLink {
    /// Row of ZRZ.
    pub building: Option<u32>,
    /// Where in it.
    pub place: Option<Place>,
    /// Number within the building, the last four digits of the unit code.
    pub unit_number: Option<u16>,
    /// The row of H this is a second record of.
    pub duplicate_of: Option<u32>,
    /// How.
    pub method: Method,
    /// How sure.
    pub confidence: Permille,
    /// Whether.
    pub status: Status,
    /// Buildings it might be in.
    pub candidates: Vec<Candidate>,
}

/// Rows of a table of rights tied to houses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightLinks {
    /// Row of H per row of the right's table; `None`: refers to no house there is.
    pub house: Vec<Option<u32>>,
}

/// All links.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// Per row of ZDJBXX.
    pub parcels: Vec<ParcelLink>,
    /// Per row of ZRZ.
    pub buildings: Vec<BuildingLink>,
    /// Per row of H.
    pub houses: Vec<HouseLink>,
    /// FDCQ2 to H.
    pub ownerships: RightLinks,
    /// DYAQ to H.
    pub mortgages: RightLinks,
    /// CFDJ to H.
    pub seizures: RightLinks,
    /// Row of FDCQ2 per row of QLR.
    pub holders: Vec<Option<u32>>,
    /// JSYDSYQ to ZDJBXX.
    #[serde(default)]
    pub land_rights: Vec<LandRightLink>,
    /// Row of JSYDSYQ per row of QLR.
    #[serde(default)]
    pub land_holders: Vec<Option<u32>>,
}

impl Links {
    /// The parcel code a house stands on; empty where it isn't linked.
    pub fn parcel_code(&self, house: &HouseLink) -> &str {
        let building = house.building.and_then(|b| self.buildings.get(b as usize));
        let parcel = building.and_then(|b| b.parcel);
        let parcel = parcel.and_then(|p| self.parcels.get(p as usize));
        parcel.and_then(|p| p.code.as_deref()).unwrap_or_default()
    }

    /// The 28-character unit code of a house, where it has one.
    pub fn unit_code(&self, house: &HouseLink) -> Option<String> {
        let building = self.buildings.get(house.building? as usize)?;
        let code = building.code.as_deref()?;
        Some(format!("{code}{:04}", house.unit_number?))
    }
}
