//! Whether the parts of a right go together: its type with its detail, its codes
//! with the lists of the standard, its days with each other. Facts of older books
//! need not pass; what people enter should.

use chrono::NaiveDate;

use super::{Right, RightDetail, RightType};
use crate::codes::{self, Code};

/// One thing that does not go together in a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightFinding {
    /// The field as a JSON pointer within the right, such as `/detail/planned_use`.
    pub field: String,
    /// Machine code: `detail_kind`, `unknown_code` or `period`.
    pub code: &'static str,
    /// What is wrong, in Chinese.
    pub message: String,
}

/// A coded field of a detail: its name, its value, the lists that may hold it.
type Coded<'a> = (String, Option<&'a Code>, &'static [&'static str]);

/// A period of a detail: the name of its last day, its first and its last day.
type Period = (&'static str, Option<NaiveDate>, Option<NaiveDate>);

const LAND: &[&str] = &[codes::LAND_USE, codes::LAND_USE_2007];
const HOUSE: &[&str] = &[codes::HOUSE_USE];
const NATURE: &[&str] = &[codes::HOUSE_NATURE];
const STRUCTURE: &[&str] = &[codes::HOUSE_STRUCTURE];

impl Right {
    /// Everything that does not go together, in the order of the fields.
    #[must_use]
    pub fn findings(&self) -> Vec<RightFinding> {
        let mut found = Vec::new();
        if !self.detail.fits(self.right_type) {
            found.push(RightFinding {
                field: "/detail/kind".to_owned(),
                code: "detail_kind",
                message: format!(
                    "权利类型“{}”与登记内容（{}）不符",
                    self.right_type.name_zh(),
                    self.detail.table()
                ),
            });
        }
        for (field, code, lists) in self.detail.coded() {
            let known = |c: &Code| {
                lists
                    .iter()
                    .any(|l| codes::list(l).is_some_and(|l| l.contains(c.as_str())))
            };
            if let Some(code) = code.filter(|c| !known(c)) {
                found.push(RightFinding {
                    field: format!("/detail/{field}"),
                    code: "unknown_code",
                    message: format!("“{}”不在代码表“{}”中", code.as_str(), lists.join("、")),
                });
            }
        }
        if let Some((field, Some(start), Some(end))) = self.detail.period()
            && end < start
        {
            found.push(RightFinding {
                field: format!("/detail/{field}"),
                code: "period",
                message: format!("结束日期 {end} 早于起始日期 {start}"),
            });
        }
        found
    }
}

impl RightDetail {
    /// True when a right of this type is described by this detail (unit-code §10: which
    /// table of the standard holds which right type). 其他权利 may be anything.
    #[must_use]
    pub fn fits(&self, right_type: RightType) -> bool {
        use RightType as T;
        let types: &[RightType] = match self {
            Self::LandOwnership(_) => &[T::CollectiveLandOwnership, T::StateLandOwnership],
            Self::LandUse(_) => &[
                T::StateConstructionLand,
                T::Homestead,
                T::CollectiveConstructionLand,
            ],
            Self::ProjectBuildings(_) | Self::BuildingOwnership(_) => &[
                T::StateConstructionLandAndBuilding,
                T::HomesteadAndBuilding,
                T::CollectiveConstructionLandAndBuilding,
            ],
            Self::Structure(_) => &[
                T::StateConstructionLandAndBuilding,
                T::HomesteadAndBuilding,
                T::CollectiveConstructionLandAndBuilding,
                T::SeaAreaAndStructure,
                T::UninhabitedIslandAndStructure,
            ],
            Self::OwnersCommonPart(_) => &[T::OwnersCommonPart],
            Self::AgriculturalLand(_) => &[T::RuralContract, T::Grassland, T::Aquaculture],
            // a contract over forest land is of type 9 or 10 (unit-code table 1.1, letter E)
            Self::Forest(_) => &[
                T::RuralContract,
                T::RuralContractAndForest,
                T::ForestLand,
                T::ForestLandAndForest,
            ],
            Self::SeaArea(_) => &[T::SeaArea, T::UninhabitedIsland],
            Self::OtherRight(_) => &[T::WaterIntake, T::MineralExploration, T::Mining],
            Self::Easement(_) => &[T::Easement],
            Self::Mortgage(_) => &[T::Mortgage],
            Self::PriorityNotice(_) => &[T::PriorityNotice],
            Self::Caution(_) => &[T::Caution],
            Self::Seizure(_) => &[T::Seizure],
            Self::Habitation(_) => &[T::Habitation],
            Self::Restriction(_) => &[T::Restriction],
        };
        right_type == T::Other || types.contains(&right_type)
    }

    fn coded(&self) -> Vec<Coded<'_>> {
        let one = |name: &str, code, lists| (name.to_owned(), Option::as_ref(code), lists);
        match self {
            Self::LandOwnership(d) => vec![one("use_code", &d.use_code, LAND)],
            Self::LandUse(d) => vec![one("use_code", &d.use_code, LAND)],
            Self::ProjectBuildings(d) => {
                let each = |(i, b)| {
                    let b: &super::ProjectBuilding = b;
                    let at = |name: &str| format!("buildings/{i}/{name}");
                    [
                        (at("planned_use"), b.planned_use.as_ref(), HOUSE),
                        (at("structure"), b.structure.as_ref(), STRUCTURE),
                    ]
                };
                d.buildings.iter().enumerate().flat_map(each).collect()
            }
            Self::BuildingOwnership(d) => vec![
                one("planned_use", &d.planned_use, HOUSE),
                one("nature", &d.nature, NATURE),
                one("structure", &d.structure, STRUCTURE),
            ],
            Self::Structure(d) => {
                vec![one(
                    "structure_kind",
                    &d.structure_kind,
                    &[codes::STRUCTURE_KIND],
                )]
            }
            Self::AgriculturalLand(d) => vec![
                one(
                    "ownership_nature",
                    &d.ownership_nature,
                    &[codes::LAND_OWNERSHIP_NATURE],
                ),
                one("water_kind", &d.water_kind, &[codes::WATER_KIND]),
                one(
                    "farming_method",
                    &d.farming_method,
                    &[codes::FARMING_METHOD],
                ),
                one("use_code", &d.use_code, LAND),
                one("land_class", &d.land_class, &[codes::LAND_CLASS]),
            ],
            Self::Forest(d) => vec![
                one(
                    "ownership_nature",
                    &d.ownership_nature,
                    &[codes::LAND_OWNERSHIP_NATURE],
                ),
                one("forest_kind", &d.forest_kind, &[codes::FOREST_KIND]),
                one("origin", &d.origin, &[codes::FOREST_ORIGIN]),
            ],
            Self::SeaArea(d) => vec![one("sea_use", &d.sea_use, codes::SEA_USE)],
            Self::Mortgage(d) => vec![
                one("currency", &d.currency, &[codes::CURRENCY]),
                one("object_kind", &d.object_kind, &[codes::MORTGAGE_OBJECT]),
            ],
            Self::PriorityNotice(d) => vec![
                one("planned_use", &d.planned_use, HOUSE),
                one("nature", &d.nature, NATURE),
                one("structure", &d.structure, STRUCTURE),
            ],
            Self::OwnersCommonPart(_)
            | Self::OtherRight(_)
            | Self::Easement(_)
            | Self::Caution(_)
            | Self::Seizure(_)
            | Self::Habitation(_)
            | Self::Restriction(_) => Vec::new(),
        }
    }

    fn period(&self) -> Option<Period> {
        match self {
            Self::LandUse(d) => Some(("end", d.start, d.end)),
            Self::ProjectBuildings(d) => Some(("land_use_end", d.land_use_start, d.land_use_end)),
            Self::BuildingOwnership(d) => Some(("land_use_end", d.land_use_start, d.land_use_end)),
            Self::Structure(d) => Some(("land_use_end", d.land_use_start, d.land_use_end)),
            Self::AgriculturalLand(d) => Some(("end", d.start, d.end)),
            Self::Forest(d) => Some(("end", d.start, d.end)),
            Self::SeaArea(d) => Some(("end", d.start, d.end)),
            Self::OtherRight(d) => Some(("end", d.start, d.end)),
            Self::Easement(d) => Some(("end", d.start, d.end)),
            Self::Mortgage(d) => Some(("term_end", d.term_start, d.term_end)),
            Self::Seizure(d) => Some(("end", d.start, d.end)),
            Self::Habitation(d) => Some(("end", d.start, d.end)),
            Self::Restriction(d) => Some(("end", d.start, d.end)),
            Self::LandOwnership(_)
            | Self::OwnersCommonPart(_)
            | Self::PriorityNotice(_)
            | Self::Caution(_) => None,
        }
    }
}
