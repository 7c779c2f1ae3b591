//! What a rule finds.

use crate::rule::Severity;
use dengbu_geo::{Bounds, Point};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($variant:ident $code:literal $doc:literal;)*) => {
        /// Class of a defect, in the words of the legacy city's truth.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// All.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of `findings.csv`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

kinds! {
    Id15 "id15" "15-digit identity number, completed.";
    IdChecksum "id_checksum" "Wrong check digit.";
    IdMissing "id_missing" "No identity number.";
    NameMissing "name_missing" "No name.";
    AreaSum "area_sum" "Building area is not inner plus shared area.";
    AreaVsGeometry "area_vs_geometry" "Recorded area far from the polygon's.";
    ParcelCodeBad "parcel_code_bad" "Malformed parcel code.";
    ParcelCodeDuplicate "parcel_code_duplicate" "Parcel code used twice.";
    ParcelOverlap "parcel_overlap" "Parcels overlap.";
    SelfIntersection "self_intersection" "Polygon crosses itself.";
    DuplicateVertex "duplicate_vertex" "Vertex repeated.";
    BuildingOutsideParcel "building_outside_parcel" "Footprint on no parcel.";
    BuildingAcrossParcels "building_across_parcels" "Footprint on two parcels.";
    DuplicateHouse "duplicate_house" "Second record of the same house.";
    FloorExceeds "floor_exceeds" "Storey above the building's storeys.";
    CodeInvalid "code_invalid" "Value not in the code list.";
    NumberInvalid "number_invalid" "Not a number, or an area that is not positive.";
    AmountInvalid "amount_invalid" "Amount not positive.";
    DateInvalid "date_invalid" "No such date, or in the future.";
    DateOrder "date_order" "End before begin.";
    CertDuplicate "cert_duplicate" "Certificate number of another current right.";
    CertFormat "cert_format" "No certificate number in the field.";
    Orphan "orphan" "Refers to a record that does not exist.";
    ShareSum "share_sum" "Shares do not add up to one.";
    MultipleCurrent "multiple_current" "Two current ownerships of one house.";
    SeizureExpiredCurrent "seizure_expired_current" "Seizure long past its end still current.";
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The rule (DQ-LOG-010).
    pub rule_id: String,
    /// How grave.
    pub severity: Severity,
    /// Office (a-municipal); empty for what concerns all sources.
    pub source: String,
    /// Table as the source calls it (FC_HOUSE).
    pub table: String,
    /// The record there; empty for what concerns a whole table.
    pub legacy_id: String,
    /// Field of the standard at fault; empty: the record as a whole.
    pub field: String,
    /// What stands there; identity numbers masked.
    pub value: String,
    /// What is wrong, in Chinese.
    pub message: String,
    /// Class of defect, where one fits.
    pub kind: Option<Kind>,
    /// Table of the standard (H).
    pub standard_table: String,
    /// Row there; `None` for what concerns a whole table.
    pub row: Option<u32>,
    /// File of the record, relative to its source.
    pub file: String,
    /// Line there; 0: not known.
    pub line: u32,
    /// A point on the map, in the plane of the staging area.
    pub place: Option<Point>,
    /// The box to show.
    pub bounds: Option<Bounds>,
}
