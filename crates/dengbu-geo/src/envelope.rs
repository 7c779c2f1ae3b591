//! Swapped axes, a wrong zone, a forgotten or unexpected prefix: told from where a county lies.

use crate::shape::{Bounds, Point, Shape};
use crate::system::{CoordinateSystem, PREFIX_M, ZoneWidth};
use serde::Deserialize;

/// Where the land of one county lies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Six digits of GB/T 2260.
    pub code: String,
    /// Name.
    pub name: String,
    /// EPSG code of the plane.
    pub epsg: u32,
    /// Least and greatest easting in m.
    pub east: [f64; 2],
    /// Least and greatest northing in m.
    pub north: [f64; 2],
}

/// Envelopes of all counties of a city.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelopes {
    /// One per county.
    #[serde(rename = "county")]
    pub counties: Vec<Envelope>,
}

/// A table of envelopes that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("行政区范围数据有误：{0}")]
pub struct EnvelopeError(String);

/// How coordinates lie to a county.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement {
    /// Where they should.
    Inside,
    /// In the county once east and north are exchanged.
    Swapped,
    /// In the county once the zone's number is taken off the easting.
    Prefixed {
        /// The zone number found.
        zone: u8,
    },
    /// As [`Placement::Prefixed`], with east and north exchanged too.
    SwappedPrefixed {
        /// The zone number found.
        zone: u8,
    },
    /// In the county when read on the plane of another central meridian.
    OtherMeridian {
        /// Degrees east.
        central_meridian_deg: f64,
    },
    /// Longitude and latitude within the county.
    Geographic,
    /// Latitude and longitude, in this order, within the county.
    GeographicSwapped,
    /// Nowhere near, however read.
    Elsewhere,
}

impl Placement {
    /// What is wrong, for people; empty when nothing is.
    pub fn message(self) -> String {
        match self {
            Self::Inside => String::new(),
            Self::Swapped => "东坐标与北坐标颠倒，互换后落在本行政区内".to_owned(),
            Self::Prefixed { zone } => format!("东坐标含带号 {zone}，去掉带号后落在本行政区内"),
            Self::SwappedPrefixed { zone } => {
                format!("东坐标与北坐标颠倒且含带号 {zone}，互换并去掉带号后落在本行政区内")
            }
            Self::OtherMeridian {
                central_meridian_deg,
            } => format!("按中央经线 {central_meridian_deg}° 投影才落在本行政区内，投影带有误"),
            Self::Geographic => "坐标是经纬度，不是平面坐标".to_owned(),
            Self::GeographicSwapped => "坐标是纬度在前的经纬度，不是平面坐标".to_owned(),
            Self::Elsewhere => "坐标不在本行政区范围内，请核对坐标系".to_owned(),
        }
    }

    /// Which system the coordinates are in and whether their axes are exchanged; `None` where
    /// nothing explains them.
    pub fn explanation(self, plane: CoordinateSystem) -> Option<(CoordinateSystem, bool)> {
        let CoordinateSystem::Plane {
            central_meridian_deg,
            ..
        } = plane
        else {
            return None;
        };
        let with = |central_meridian_deg, zone_prefix| CoordinateSystem::Plane {
            central_meridian_deg,
            zone_prefix,
        };
        match self {
            Self::Inside => Some((plane, false)),
            Self::Swapped => Some((plane, true)),
            Self::Prefixed { zone } => Some((with(central_meridian_deg, Some(zone)), false)),
            Self::SwappedPrefixed { zone } => Some((with(central_meridian_deg, Some(zone)), true)),
            Self::OtherMeridian {
                central_meridian_deg,
            } => Some((with(central_meridian_deg, None), false)),
            Self::Geographic => Some((CoordinateSystem::Geographic, false)),
            Self::GeographicSwapped => Some((CoordinateSystem::Geographic, true)),
            Self::Elsewhere => None,
        }
    }
}

impl Envelopes {
    /// From TOML, as in `data/envelopes.toml`.
    ///
    /// # Errors
    /// [`EnvelopeError`] for unreadable text, an unknown plane, or limits in the wrong order.
    pub fn parse(text: &str) -> Result<Self, EnvelopeError> {
        let read: Self = toml::from_str(text).map_err(|e| EnvelopeError(e.to_string()))?;
        for county in &read.counties {
            CoordinateSystem::from_epsg(county.epsg).map_err(|e| EnvelopeError(e.to_string()))?;
            let ordered = county.east[0] < county.east[1] && county.north[0] < county.north[1];
            if !ordered {
                return Err(EnvelopeError(format!("{} 的范围上下限颠倒", county.name)));
            }
        }
        Ok(read)
    }

    /// Those of Panzhihua.
    ///
    /// # Errors
    /// Never for the data built in; a test reads it.
    pub fn panzhihua() -> Result<Self, EnvelopeError> {
        Self::parse(include_str!("../data/envelopes.toml"))
    }

    /// The county whose code begins a parcel code; `None` for foreign counties.
    pub fn of(&self, code: &str) -> Option<&Envelope> {
        self.counties.iter().find(|c| code.starts_with(&c.code))
    }
}

impl Envelope {
    /// The box on its plane.
    pub fn bounds(&self) -> Bounds {
        Bounds([self.east[0], self.north[0], self.east[1], self.north[1]])
    }

    /// The plane of the envelope.
    pub fn plane(&self) -> CoordinateSystem {
        CoordinateSystem::from_epsg(self.epsg).unwrap_or(CoordinateSystem::PANZHIHUA)
    }

    /// How one point lies to the county.
    pub fn place_point(&self, [x, y]: Point) -> Placement {
        let within = |p: Point| self.bounds().holds(p);
        if within([x, y]) {
            return Placement::Inside;
        }
        if within([y, x]) {
            return Placement::Swapped;
        }
        for (east, north, swapped) in [(x, y, false), (y, x, true)] {
            let zone = (east / PREFIX_M).floor();
            if (1.0..=60.0).contains(&zone) && within([east - zone * PREFIX_M, north]) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "1 to 60"
                )]
                let zone = zone as u8;
                return if swapped {
                    Placement::SwappedPrefixed { zone }
                } else {
                    Placement::Prefixed { zone }
                };
            }
        }
        let read_as =
            |system: CoordinateSystem, p| system.transform(p, self.plane()).is_ok_and(within);
        if read_as(CoordinateSystem::Geographic, [x, y]) {
            return Placement::Geographic;
        }
        if read_as(CoordinateSystem::Geographic, [y, x]) {
            return Placement::GeographicSwapped;
        }
        let widths = [ZoneWidth::Three, ZoneWidth::Six];
        let meridians = widths.iter().flat_map(|w| w.zones().map(|z| w.meridian(z)));
        let mut fitting = meridians.filter(|meridian| {
            let plane = CoordinateSystem::Plane {
                central_meridian_deg: *meridian,
                zone_prefix: None,
            };
            (x - 500_000.0).abs() < 800_000.0 && read_as(plane, [x, y])
        });
        match fitting.next() {
            Some(central_meridian_deg) => Placement::OtherMeridian {
                central_meridian_deg,
            },
            None => Placement::Elsewhere,
        }
    }

    /// How a shape lies to the county, told by the middle of its box.
    pub fn place(&self, shape: &Shape) -> Placement {
        self.place_point(shape.bounds().centre())
    }
}

/// How most of a layer lies, and what part of it (0 to 1) agrees; `None` for an empty layer.
/// One sign for all: a whole delivery is in one system, and a parcel that disagrees with its
/// layer is the parcel's own fault.
pub fn most(placements: &[Placement]) -> Option<(Placement, f64)> {
    let mut tally: Vec<(Placement, u32)> = Vec::new();
    for placement in placements {
        match tally.iter_mut().find(|(p, _)| p == placement) {
            Some((_, n)) => *n += 1,
            None => tally.push((*placement, 1)),
        }
    }
    let all: u32 = tally.iter().map(|(_, n)| n).sum();
    // The first of equals, so that the answer does not hang on chance.
    let best = tally.into_iter().rev().max_by_key(|(_, n)| *n)?;
    Some((best.0, f64::from(best.1) / f64::from(all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn east_district() -> Envelope {
        Envelopes::panzhihua()
            .unwrap()
            .of("510402001001GB00001")
            .unwrap()
            .clone()
    }

    #[test]
    fn every_way_to_be_wrong() {
        let county = east_district();
        let plane = county.plane();
        let right = [482_658.0, 2_955_101.0];
        let [longitude, latitude] = plane
            .transform(right, CoordinateSystem::Geographic)
            .unwrap();
        let by_105 = plane
            .transform(right, CoordinateSystem::from_epsg(4544).unwrap())
            .unwrap();
        for (point, want) in [
            (right, Placement::Inside),
            ([2_955_101.0, 482_658.0], Placement::Swapped),
            (
                [34_482_658.0, 2_955_101.0],
                Placement::Prefixed { zone: 34 },
            ),
            (
                [2_955_101.0, 34_482_658.0],
                Placement::SwappedPrefixed { zone: 34 },
            ),
            ([longitude, latitude], Placement::Geographic),
            ([latitude, longitude], Placement::GeographicSwapped),
            (
                by_105,
                Placement::OtherMeridian {
                    central_meridian_deg: 105.0,
                },
            ),
            ([0.0, 0.0], Placement::Elsewhere),
            ([f64::NAN, 0.0], Placement::Elsewhere),
            ([-19_372.0, 63_986.0], Placement::Elsewhere),
        ] {
            let got = county.place_point(point);
            assert_eq!(got, want, "{point:?}");
            assert_eq!(got.message().is_empty(), want == Placement::Inside);
            if let Some((system, swapped)) = got.explanation(plane) {
                let read = if swapped { [point[1], point[0]] } else { point };
                let back = system.transform(read, plane).unwrap();
                assert!((back[0] - right[0]).abs() < 1e-3 && (back[1] - right[1]).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_layer_speaks_with_one_voice() {
        let swapped = [Placement::Swapped, Placement::Inside, Placement::Swapped];
        let (most_say, part) = most(&swapped).unwrap();
        assert_eq!(most_say, Placement::Swapped);
        assert!((part - 2.0 / 3.0).abs() < 1e-9);
        assert!(most(&[]).is_none());
    }

    #[test]
    fn tables_are_checked() {
        assert_eq!(Envelopes::panzhihua().unwrap().counties.len(), 5);
        assert!(Envelopes::panzhihua().unwrap().of("510104").is_none());
        let county = |epsg: u32, east: &str| {
            format!("[[county]]\ncode='1'\nname='甲'\nepsg={epsg}\neast={east}\nnorth=[1.0,2.0]")
        };
        assert!(Envelopes::parse(&county(4543, "[1.0,2.0]")).is_ok());
        assert!(Envelopes::parse(&county(4543, "[2.0,1.0]")).is_err());
        assert!(Envelopes::parse(&county(3857, "[1.0,2.0]")).is_err());
    }
}
