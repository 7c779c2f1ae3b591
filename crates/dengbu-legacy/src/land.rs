//! Parcels and buildings of one office: what is read, which building stands on which parcel, and
//! the faults of codes and geometry.

use crate::files::Rings;
use crate::finding::{At, FindingClass, Findings};
use crate::geometry;
use chrono::NaiveDate;
use dengbu_model::codes::Code;
use dengbu_model::unit_code::ParcelCode;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// 宗地 as an office recorded it.
#[derive(Debug, Clone, Default)]
pub struct Parcel {
    /// The code as it stands, by which findings name the parcel.
    pub legacy_id: String,
    /// Code under which it is loaded: `None` while malformed or not its own.
    pub code: Option<ParcelCode>,
    /// 坐落.
    pub address: String,
    /// 项目 or 小区 on it, where the record says.
    pub project: String,
    /// 土地用途 as a code of the 2007 or 2017 list.
    pub land_use: Option<Code>,
    /// 土地用途 as written.
    pub land_use_text: String,
    /// 权利性质 as a code.
    pub right_nature: Option<Code>,
    /// 土地使用期限止.
    pub term_end: Option<NaiveDate>,
    /// 土地使用权人.
    pub holder: String,
    /// Recorded area in m².
    pub area: Option<Decimal>,
    /// 土地证号.
    pub certificate_no: String,
    /// Polygon as in the file.
    pub rings: Rings,
}

/// 自然幢 as an office recorded it.
#[derive(Debug, Clone, Default)]
pub struct Building {
    /// Its own identifier.
    pub legacy_id: String,
    /// 项目 or 小区 name.
    pub name: String,
    /// 幢号 within the parcel, 1–9998.
    pub number: Option<u32>,
    /// Road and door number, where recorded.
    pub address: String,
    /// 总层数.
    pub storeys: Option<u32>,
    /// 房屋结构.
    pub structure: Option<Code>,
    /// 竣工时间 as recorded (a year or a day).
    pub completed: Option<String>,
    /// Polygon as in the file.
    pub rings: Rings,
    /// Index of the parcel it stands on.
    pub parcel: Option<usize>,
}

/// All land of one office.
#[derive(Debug, Default)]
pub struct Land {
    /// Office folder.
    pub source: &'static str,
    /// Table names of parcels and buildings in findings.
    pub tables: (&'static str, &'static str),
    /// Identifier fields of both, for findings.
    pub keys: (&'static str, &'static str),
    /// EPSG code of the coordinates, 0 for a local plane.
    pub srid: i32,
    /// Parcels in file order.
    pub parcels: Vec<Parcel>,
    /// Buildings in file order.
    pub buildings: Vec<Building>,
}

/// Recorded area is far from the polygon's beyond a tenth of it: old surveys by tape differ by
/// less.
const AREA_FAR: f64 = 0.1;
/// Parcels sharing more than this (m²) overlap; less is the noise of boundaries drawn twice.
const OVERLAP_TOLERANCE: f64 = 5.0;
/// Share of a footprint on a parcel from which the building stands on it.
const STANDS_ON: f64 = 0.05;

impl Land {
    /// Reads the codes; a malformed one is a finding and leaves the parcel without code.
    pub fn read_codes(&mut self, findings: &mut Findings) {
        for parcel in &mut self.parcels {
            match ParcelCode::parse(&parcel.legacy_id) {
                Ok(code) => parcel.code = Some(code),
                Err(error) => findings.add(
                    FindingClass::ParcelCodeBad,
                    At::new(self.source, self.tables.0, &parcel.legacy_id),
                    (self.keys.0, &parcel.legacy_id),
                    format!("宗地代码不合规则（{error}）；未查明前该宗地及其上房屋不装载"),
                ),
            }
        }
    }

    /// Codes borne by more than one parcel. `rightful` says of the bearers' indices which one
    /// the code belongs to, if that can be known; the others lose it.
    pub fn settle_duplicates(
        &mut self,
        rightful: impl Fn(&Self, &[usize]) -> Option<usize>,
        findings: &mut Findings,
    ) {
        let mut bearers: BTreeMap<ParcelCode, Vec<usize>> = BTreeMap::new();
        for (i, parcel) in self.parcels.iter().enumerate() {
            if let Some(code) = &parcel.code {
                bearers.entry(code.clone()).or_default().push(i);
            }
        }
        for (code, indices) in bearers.into_iter().filter(|(_, v)| v.len() > 1) {
            let owner = rightful(self, &indices);
            for i in indices.iter().copied().filter(|i| Some(*i) != owner) {
                self.parcels[i].code = None;
            }
            let kept = owner.map_or("均不能认定为该代码的宗地".to_owned(), |i| {
                format!("按现有资料认定属于“{}”", self.parcels[i].address)
            });
            findings.add(
                FindingClass::ParcelCodeDuplicate,
                At::new(self.source, self.tables.0, code.as_str()),
                (self.keys.0, code.as_str()),
                format!("{} 宗地使用同一代码：{kept}", indices.len()),
            );
        }
    }

    /// Area of building `b`'s footprint and the parts of it on each parcel it touches.
    pub fn footprint_on(&self, b: usize) -> (f64, Vec<(usize, f64)>) {
        let Some(foot) = self.buildings[b].rings.first() else {
            return (0.0, Vec::new());
        };
        let on = self
            .parcels
            .iter()
            .enumerate()
            .filter_map(|(i, p)| {
                p.rings
                    .first()
                    .map(|r| (i, geometry::overlap_area(foot, r)))
            })
            .filter(|(_, a)| *a > 0.0)
            .collect();
        (geometry::area(foot), on)
    }

    /// The one parcel on which most of a footprint lies.
    pub fn parcel_under(&self, b: usize) -> Option<usize> {
        let (whole, on) = self.footprint_on(b);
        on.into_iter()
            .filter(|(_, a)| *a > whole / 2.0)
            .map(|(i, _)| i)
            .next()
    }

    /// Faults of every polygon.
    pub fn check_geometry(&self, findings: &mut Findings) {
        let crossed: Vec<bool> = self
            .parcels
            .iter()
            .map(|p| {
                p.rings
                    .first()
                    .is_some_and(|r| geometry::self_intersects(r))
            })
            .collect();
        for (parcel, crossed) in self.parcels.iter().zip(&crossed) {
            let Some(ring) = parcel.rings.first() else {
                continue;
            };
            let mut add = |class, field: &str, value: &str, message: String| {
                findings.add(
                    class,
                    At::new(self.source, self.tables.0, &parcel.legacy_id),
                    (field, value),
                    message,
                )
            };
            if geometry::has_duplicate_vertex(ring) {
                add(
                    FindingClass::DuplicateVertex,
                    "geometry",
                    "",
                    "界址点重复，装载时已去除重复点".to_owned(),
                );
            }
            if *crossed {
                add(
                    FindingClass::SelfIntersection,
                    "geometry",
                    "",
                    "宗地图形自相交，请重新核对界址点顺序".to_owned(),
                );
            } else if let Some(recorded) = parcel.area.and_then(|a| a.to_f64()) {
                let drawn = geometry::area(ring);
                if (recorded - drawn).abs() > drawn * AREA_FAR {
                    add(
                        FindingClass::AreaVsGeometry,
                        "area",
                        &recorded.to_string(),
                        format!("登记面积 {recorded:.2} 平方米，图形面积 {drawn:.2} 平方米"),
                    );
                }
            }
        }
        self.check_overlaps(&crossed, findings);
        self.check_footprints(findings);
    }

    /// Of an overlapping pair that one is named whose polygon differs more from its recorded area,
    /// and a parcel once only.
    fn check_overlaps(&self, crossed: &[bool], findings: &mut Findings) {
        let doubt = |i: usize| -> f64 {
            let (Some(ring), Some(recorded)) = (
                self.parcels[i].rings.first(),
                self.parcels[i].area.and_then(|a| a.to_f64()),
            ) else {
                return 0.0;
            };
            // The area of a ring that crosses itself says nothing.
            if crossed[i] {
                0.0
            } else {
                (geometry::area(ring) / recorded - 1.0).abs()
            }
        };
        let mut worst: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
        for (i, a) in self.parcels.iter().enumerate() {
            for (j, b) in self.parcels.iter().enumerate().skip(i + 1) {
                let (Some(ra), Some(rb)) = (a.rings.first(), b.rings.first()) else {
                    continue;
                };
                let common = geometry::overlap_area(ra, rb);
                if common > OVERLAP_TOLERANCE {
                    let (named, other) = if doubt(j) > doubt(i) { (j, i) } else { (i, j) };
                    let entry = worst.entry(named).or_insert((common, other));
                    if common > entry.0 {
                        *entry = (common, other);
                    }
                }
            }
        }
        for (named, (common, other)) in worst {
            let (named, other) = (
                &self.parcels[named].legacy_id,
                &self.parcels[other].legacy_id,
            );
            let message = format!("与宗地 {other} 重叠 {common:.2} 平方米");
            findings.add(
                FindingClass::ParcelOverlap,
                At::new(self.source, self.tables.0, named),
                ("geometry", other),
                message,
            );
        }
    }

    fn check_footprints(&self, findings: &mut Findings) {
        for (b, building) in self.buildings.iter().enumerate() {
            if building.rings.is_empty() {
                continue;
            }
            let (whole, on) = self.footprint_on(b);
            let on: Vec<usize> = on
                .into_iter()
                .filter(|(_, a)| *a > whole * STANDS_ON)
                .map(|(i, _)| i)
                .collect();
            let (class, message) = match on[..] {
                [] => (
                    FindingClass::BuildingOutsideParcel,
                    "幢的图形不在任何宗地内".to_owned(),
                ),
                [_] => continue,
                // On overlapping parcels a footprint inside one of them is on both by their fault.
                _ if on.iter().any(|i| {
                    self.parcels[*i].rings.first().is_some_and(|r| {
                        geometry::overlap_area(&building.rings[0], r) > whole * 0.999
                    })
                }) =>
                {
                    continue;
                }
                _ => (
                    FindingClass::BuildingAcrossParcels,
                    format!(
                        "幢的图形跨宗地 {}",
                        on.iter()
                            .map(|i| self.parcels[*i].legacy_id.as_str())
                            .collect::<Vec<_>>()
                            .join("、")
                    ),
                ),
            };
            findings.add(
                class,
                At::new(self.source, self.tables.1, &building.legacy_id),
                ("geometry", ""),
                message,
            );
        }
    }
}
