//! Coordinate systems by name: CGCS2000 geographic and its Gauss-Krüger planes.

use crate::ellipsoid::Ellipsoid;
use crate::gauss::GaussKruger;
use crate::shape::{Point, Shape};

/// Easting of the central meridian, so that no easting is negative (GB 22021—2008).
pub const FALSE_EASTING_M: f64 = 500_000.0;
/// What one zone's number adds to an easting that carries it.
pub const PREFIX_M: f64 = 1_000_000.0;

/// Width of a Gauss-Krüger zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ZoneWidth {
    /// 三度带: zone n has its meridian at 3n.
    Three,
    /// 六度带: zone n has its meridian at 6n − 3.
    Six,
}

impl ZoneWidth {
    /// Degrees.
    pub fn degrees(self) -> f64 {
        match self {
            Self::Three => 3.0,
            Self::Six => 6.0,
        }
    }

    /// Central meridian of a zone in degrees east.
    pub fn meridian(self, zone: u8) -> f64 {
        match self {
            Self::Three => 3.0 * f64::from(zone),
            Self::Six => 6.0 * f64::from(zone) - 3.0,
        }
    }

    /// Zones that cover China in this width (EPSG's list of CGCS2000 planes).
    pub fn zones(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::Three => 25..=45,
            Self::Six => 13..=23,
        }
    }
}

/// A coordinate system in which a source may deliver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CoordinateSystem {
    /// CGCS2000 geographic, `[longitude, latitude]` in degrees (EPSG:4490).
    Geographic,
    /// CGCS2000 Gauss-Krüger plane.
    Plane {
        /// Central meridian in degrees east.
        central_meridian_deg: f64,
        /// Zone number written in front of the easting, if any.
        zone_prefix: Option<u8>,
    },
}

/// Why a system or a point cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SystemError {
    /// EPSG code of none of our systems.
    #[error(
        "EPSG:{0} 不是 CGCS2000 地理坐标或高斯-克吕格坐标系。请改用控制点转换，或写明中央经线。"
    )]
    UnknownEpsg(u32),
    /// A projection text (.prj) that names none of our systems.
    #[error("坐标系说明不是 CGCS2000 的地理坐标或高斯-克吕格投影：{0}。请改用控制点转换。")]
    UnknownText(String),
    /// A point that lies in no reach of the system.
    #[error("坐标（{0}，{1}）超出坐标系的范围，请检查坐标系、带号和坐标顺序。")]
    OutOfReach(f64, f64),
}

impl CoordinateSystem {
    /// The plane of Panzhihua: CGCS2000, 3°, central meridian 102°E, no prefix (EPSG:4543).
    pub const PANZHIHUA: Self = Self::Plane {
        central_meridian_deg: 102.0,
        zone_prefix: None,
    };

    /// A 3° or 6° zone, with or without its number in front of the easting.
    pub fn zone(width: ZoneWidth, zone: u8, prefix: bool) -> Self {
        Self::Plane {
            central_meridian_deg: width.meridian(zone),
            zone_prefix: prefix.then_some(zone),
        }
    }

    /// By EPSG code: 4490; 4491–4501 and 4502–4512 (6° with and without prefix); 4513–4533 and
    /// 4534–4554 (3° with and without prefix).
    ///
    /// # Errors
    /// [`SystemError::UnknownEpsg`].
    pub fn from_epsg(code: u32) -> Result<Self, SystemError> {
        let of = |first: u32, width: ZoneWidth, prefix| {
            let zone = u8::try_from(code - first).unwrap_or_default() + width.zones().start();
            Ok(Self::zone(width, zone, prefix))
        };
        match code {
            4490 => Ok(Self::Geographic),
            4491..=4501 => of(4491, ZoneWidth::Six, true),
            4502..=4512 => of(4502, ZoneWidth::Six, false),
            4513..=4533 => of(4513, ZoneWidth::Three, true),
            4534..=4554 => of(4534, ZoneWidth::Three, false),
            _ => Err(SystemError::UnknownEpsg(code)),
        }
    }

    /// The EPSG code, if the system has one. A meridian that a 3° and a 6° zone share is named as
    /// the 3° zone when it bears no prefix.
    pub fn epsg(self) -> Option<u32> {
        let Self::Plane {
            central_meridian_deg,
            zone_prefix,
        } = self
        else {
            return Some(4490);
        };
        let found = |width: ZoneWidth, with: u32, without: u32| {
            width
                .zones()
                .zip(0u32..)
                .find(|(zone, _)| {
                    (width.meridian(*zone) - central_meridian_deg).abs() < 1e-9
                        && zone_prefix.is_none_or(|p| p == *zone)
                })
                .map(|(_, i)| i + zone_prefix.map_or(without, |_| with))
        };
        found(ZoneWidth::Three, 4513, 4534).or_else(|| found(ZoneWidth::Six, 4491, 4502))
    }

    /// From the text of a `.prj` file (well-known text): the datum must be CGCS2000; meridian and
    /// prefix follow from its parameters, not from its name.
    ///
    /// # Errors
    /// [`SystemError::UnknownText`] for other datums and projections.
    pub fn from_wkt(text: &str) -> Result<Self, SystemError> {
        let upper = text.to_uppercase();
        let unknown = || SystemError::UnknownText(text.trim().chars().take(80).collect());
        if ![
            "CGCS2000",
            "CHINA_2000",
            "CHINA 2000",
            "CHINA_GEODETIC_COORDINATE_SYSTEM_2000",
        ]
        .iter()
        .any(|word| upper.contains(word))
        {
            return Err(unknown());
        }
        if !upper.trim_start().starts_with("PROJ") {
            return Ok(Self::Geographic);
        }
        let meridian = parameter(&upper, "CENTRAL_MERIDIAN")
            .or_else(|| parameter(&upper, "LONGITUDE OF NATURAL ORIGIN"))
            .ok_or_else(unknown)?;
        let easting = parameter(&upper, "FALSE_EASTING")
            .or_else(|| parameter(&upper, "FALSE EASTING"))
            .unwrap_or(FALSE_EASTING_M);
        Self::from_parameters(meridian, easting).ok_or_else(unknown)
    }

    /// From a central meridian and a false easting, as in the `Parameters` of a VCT head:
    /// 500 000, or 34 500 000 when the easting carries zone 34. `None` for another easting.
    pub fn from_parameters(central_meridian_deg: f64, false_easting_m: f64) -> Option<Self> {
        let zone = (false_easting_m - FALSE_EASTING_M) / PREFIX_M;
        let whole = (zone - zone.round()).abs() < 1e-9 && (0.0..=120.0).contains(&zone);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 120"
        )]
        let zone = zone.round() as u8;
        (whole && (0.0..=180.0).contains(&central_meridian_deg)).then_some(Self::Plane {
            central_meridian_deg,
            zone_prefix: (zone > 0).then_some(zone),
        })
    }

    /// Name for people.
    pub fn name(self) -> String {
        match self {
            Self::Geographic => "CGCS2000 地理坐标（经度，纬度）".to_owned(),
            Self::Plane {
                central_meridian_deg,
                zone_prefix,
            } => format!(
                "CGCS2000 高斯-克吕格，中央经线 {central_meridian_deg}°，{}",
                zone_prefix.map_or("无带号".to_owned(), |z| format!("带号 {z}"))
            ),
        }
    }

    /// The converter of this system; build it once for many points.
    pub fn projection(self) -> Projection {
        Projection {
            plane: match self {
                Self::Geographic => None,
                Self::Plane {
                    central_meridian_deg,
                    zone_prefix,
                } => Some(GaussKruger::new(
                    Ellipsoid::CGCS2000,
                    central_meridian_deg,
                    FALSE_EASTING_M + PREFIX_M * f64::from(zone_prefix.unwrap_or(0)),
                )),
            },
        }
    }

    /// One point from this system into another.
    ///
    /// # Errors
    /// [`SystemError::OutOfReach`].
    pub fn transform(self, point: Point, to: Self) -> Result<Point, SystemError> {
        if self == to {
            return Ok(point);
        }
        let geographic = self.projection().to_geographic(point)?;
        to.projection().from_geographic(geographic)
    }

    /// A whole shape from this system into another.
    ///
    /// # Errors
    /// [`SystemError::OutOfReach`] for the first point that has no image.
    pub fn transform_shape(self, shape: &Shape, to: Self) -> Result<Shape, SystemError> {
        if self == to {
            return Ok(shape.clone());
        }
        let (from, to) = (self.projection(), to.projection());
        shape.try_map(|p| to.from_geographic(from.to_geographic(p)?))
    }
}

/// Ready-made constants of one system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    plane: Option<GaussKruger>,
}

impl Projection {
    /// To longitude and latitude.
    ///
    /// # Errors
    /// [`SystemError::OutOfReach`].
    pub fn to_geographic(&self, point: Point) -> Result<Point, SystemError> {
        match &self.plane {
            None => on_earth(point),
            Some(plane) => plane
                .inverse(point)
                .ok_or(SystemError::OutOfReach(point[0], point[1])),
        }
    }

    /// From longitude and latitude.
    ///
    /// # Errors
    /// [`SystemError::OutOfReach`].
    pub fn from_geographic(&self, point: Point) -> Result<Point, SystemError> {
        match &self.plane {
            None => on_earth(point),
            Some(plane) => plane
                .forward(point)
                .ok_or(SystemError::OutOfReach(point[0], point[1])),
        }
    }
}

fn on_earth(point: Point) -> Result<Point, SystemError> {
    (point[0].abs() <= 180.0 && point[1].abs() <= 90.0)
        .then_some(point)
        .ok_or(SystemError::OutOfReach(point[0], point[1]))
}

/// The number behind `PARAMETER["NAME",` in either dialect of well-known text.
fn parameter(upper: &str, name: &str) -> Option<f64> {
    let rest = &upper[upper.find(&format!("\"{name}\""))? + name.len() + 2..];
    rest.trim_start_matches([',', ' '])
        .split([',', ']', ' '])
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_systems_both_ways() {
        for code in (4490..=4501).chain(4513..=4554) {
            let system = CoordinateSystem::from_epsg(code).unwrap();
            assert_eq!(system.epsg(), Some(code), "{}", system.name());
        }
        assert_eq!(
            CoordinateSystem::from_epsg(4543).unwrap(),
            CoordinateSystem::PANZHIHUA
        );
        assert_eq!(
            CoordinateSystem::from_epsg(4508).unwrap(),
            CoordinateSystem::zone(ZoneWidth::Six, 19, false)
        );
        assert!(CoordinateSystem::from_epsg(2343).is_err());
    }

    #[test]
    fn texts_of_prj_files() {
        let esri = r#"PROJCS["CGCS2000_3_Degree_GK_Zone_34",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",34500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",102.0],PARAMETER["Scale_Factor",1.0],UNIT["Meter",1.0]]"#;
        assert_eq!(CoordinateSystem::from_wkt(esri).unwrap().epsg(), Some(4522));
        let geographic = r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000"]]"#;
        assert_eq!(
            CoordinateSystem::from_wkt(geographic).unwrap(),
            CoordinateSystem::Geographic
        );
        let xian = r#"PROJCS["Xian_1980_3_Degree_GK_Zone_34",GEOGCS["GCS_Xian_1980"]]"#;
        assert!(CoordinateSystem::from_wkt(xian).is_err());
        assert!(CoordinateSystem::from_wkt("").is_err());
        assert!(CoordinateSystem::from_parameters(102.0, 123.0).is_none());
    }

    #[test]
    fn the_prefix_only_shifts() {
        let with = CoordinateSystem::from_epsg(4522).unwrap();
        let got = with
            .transform([34_480_000.0, 2_950_000.0], CoordinateSystem::PANZHIHUA)
            .unwrap();
        assert!((got[0] - 480_000.0).abs() < 1e-6 && (got[1] - 2_950_000.0).abs() < 1e-6);
        let six = CoordinateSystem::from_epsg(4508).unwrap();
        assert!(
            six.transform(got, CoordinateSystem::PANZHIHUA).unwrap()[0] > 700_000.0,
            "zone 18 of six degrees has its meridian at 111°"
        );
        assert!(with.transform([f64::NAN, 0.0], six).is_err());
    }
}
