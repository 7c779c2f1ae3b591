//! Coordinates of what is given out, and areas that are asked for.

use dengbu_geo::CoordinateSystem;
use dengbu_model::cadastre::Polygon;
use serde::{Deserialize, Serialize};

use crate::row::Shape;

/// WGS 84; equal to CGCS2000 to a few centimetres (大地坐标), taken as such when a boundary says so.
const WGS84: i32 = 4326;
/// Points that the outline of an area may have.
pub const AREA_POINTS_MAX: usize = 2000;

/// Coordinate system of an export. Both are CGCS2000, the only one a register may give out
/// (《关于加快使用2000国家大地坐标系的通知》: from 2018-07-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Longitude and latitude in degrees (EPSG:4490).
    #[default]
    Geographic,
    /// 3° Gauss-Krüger, central meridian 102°E, metres (EPSG:4543).
    Projected,
}

impl Plane {
    /// EPSG code.
    #[must_use]
    pub fn epsg(self) -> u32 {
        match self {
            Self::Geographic => 4490,
            Self::Projected => 4543,
        }
    }

    /// Name for people.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Geographic => "CGCS2000 经纬度（EPSG:4490）",
            Self::Projected => "CGCS2000 三度带高斯-克吕格，中央经线 102°（EPSG:4543）",
        }
    }

    /// Well-known text, as `.prj` files and GeoPackages carry it.
    #[must_use]
    pub fn wkt(self) -> &'static str {
        match self {
            Self::Geographic => GEOGRAPHIC,
            Self::Projected => PROJECTED,
        }
    }

    fn system(self) -> CoordinateSystem {
        match self {
            Self::Geographic => CoordinateSystem::Geographic,
            Self::Projected => CoordinateSystem::PANZHIHUA,
        }
    }

    /// A boundary in this system; none when it lies in a system that cannot be converted, or is
    /// no polygon.
    #[must_use]
    pub fn shape(self, polygon: &Polygon) -> Option<Shape> {
        let epsg = match polygon.srid {
            WGS84 => 4490,
            other => u32::try_from(other).ok()?,
        };
        let from = CoordinateSystem::from_epsg(epsg).ok()?;
        if from == self.system() {
            return Shape::new(polygon.rings.clone());
        }
        let (source, target) = (from.projection(), self.system().projection());
        let point = |p: &[f64; 2]| {
            let geographic = source.to_geographic(*p).ok()?;
            target.from_geographic(geographic).ok()
        };
        let rings: Option<Vec<Vec<[f64; 2]>>> = polygon
            .rings
            .iter()
            .map(|ring| ring.iter().map(point).collect())
            .collect();
        Shape::new(rings?)
    }
}

const GEOGRAPHIC: &str = concat!(
    r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000","#,
    r#"6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],"#,
    r#"PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,"#,
    r#"AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]"#
);

const PROJECTED: &str = concat!(
    r#"PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 102E",GEOGCS["China Geodetic Coordinate System 2000","#,
    r#"DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],"#,
    r#"AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],"#,
    r#"UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]],"#,
    r#"PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],"#,
    r#"PARAMETER["central_meridian",102],PARAMETER["scale_factor",1],"#,
    r#"PARAMETER["false_easting",500000],PARAMETER["false_northing",0],"#,
    r#"UNIT["metre",1,AUTHORITY["EPSG","9001"]],AUTHORITY["EPSG","4543"]]"#
);

/// An area, in longitude and latitude.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// West, south, east, north.
    Box([f64; 4]),
    /// An outline.
    Outline(Vec<[f64; 2]>),
}

impl Area {
    /// Says what is wrong with it.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn check(&self) -> Result<(), String> {
        let on_earth = |p: &[f64; 2]| {
            p.iter().all(|x| x.is_finite())
                && (-180.0..=180.0).contains(&p[0])
                && (-90.0..=90.0).contains(&p[1])
        };
        match self {
            Self::Box([w, s, e, n]) => {
                if !on_earth(&[*w, *s]) || !on_earth(&[*e, *n]) {
                    Err("范围应为经纬度：西、南、东、北".to_owned())
                } else if w >= e || s >= n {
                    Err("范围的西应小于东，南应小于北".to_owned())
                } else {
                    Ok(())
                }
            }
            Self::Outline(points) => {
                if points.len() < 3 {
                    Err("范围至少要有三个点".to_owned())
                } else if points.len() > AREA_POINTS_MAX {
                    Err(format!("范围最多 {AREA_POINTS_MAX} 个点"))
                } else if !points.iter().all(on_earth) {
                    Err("范围的点应为经度、纬度".to_owned())
                } else {
                    Ok(())
                }
            }
        }
    }

    fn outline(&self) -> Vec<[f64; 2]> {
        match self {
            Self::Box([w, s, e, n]) => vec![[*w, *s], [*e, *s], [*e, *n], [*w, *n]],
            Self::Outline(points) => points.clone(),
        }
    }

    /// True when a shape in longitude and latitude meets it: a point of one inside the other, or
    /// two sides that cross.
    #[must_use]
    pub fn meets(&self, shape: &Shape) -> bool {
        let area = self.outline();
        let Some(outer) = shape.rings.first() else {
            return false;
        };
        let [w, s, e, n] = shape.bounds();
        let apart = |axis: usize, low: f64, high: f64| {
            area.iter().all(|p| p[axis] < low) || area.iter().all(|p| p[axis] > high)
        };
        if apart(0, w, e) || apart(1, s, n) {
            return false;
        }
        outer.iter().any(|p| inside(&area, *p))
            || area.iter().any(|p| inside(outer, *p))
            || sides(outer).any(|a| sides(&area).any(|b| cross(a, b)))
    }
}

type Side = ([f64; 2], [f64; 2]);

fn sides(ring: &[[f64; 2]]) -> impl Iterator<Item = Side> + '_ {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter().copied().zip(next.copied())
}

/// Even-odd rule; the ring may be open or closed.
fn inside(ring: &[[f64; 2]], p: [f64; 2]) -> bool {
    sides(ring)
        .filter(|(a, b)| (a[1] > p[1]) != (b[1] > p[1]))
        .filter(|(a, b)| p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0])
        .count()
        % 2
        == 1
}

fn cross((a, b): Side, (c, d): Side) -> bool {
    let turn = |o: [f64; 2], p: [f64; 2], q: [f64; 2]| {
        (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0])
    };
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, side: f64) -> Vec<[f64; 2]> {
        let (e, n) = (west + side, south + side);
        vec![[west, south], [e, south], [e, n], [west, n], [west, south]]
    }

    fn polygon(srid: i32) -> Polygon {
        Polygon {
            srid,
            rings: vec![square(101.7, 26.57, 0.001)],
        }
    }

    #[test]
    fn there_and_back_is_the_same_place() {
        let plane = Plane::Projected.shape(&polygon(4490)).unwrap();
        let [w, s, ..] = plane.bounds();
        // the envelope of the city in EPSG:4543
        assert!((407_900.0..525_100.0).contains(&w), "{w}");
        assert!((2_882_300.0..3_026_800.0).contains(&s), "{s}");
        let back = Plane::Geographic
            .shape(&Polygon {
                srid: 4543,
                rings: plane.rings,
            })
            .unwrap();
        let first = back.rings[0][0];
        assert!((first[0] - 101.7).abs() < 1e-9 && (first[1] - 26.57).abs() < 1e-9);
    }

    #[test]
    fn a_local_system_has_no_place() {
        assert_eq!(Plane::Geographic.shape(&polygon(0)), None);
        assert_eq!(Plane::Geographic.shape(&polygon(2379)), None);
    }

    #[test]
    fn an_area_meets_what_it_touches_holds_or_lies_in() {
        let shape = |w, side| Shape::new(vec![square(w, 26.0, side)]).unwrap();
        let area = Area::Box([101.0, 26.0, 102.0, 27.0]);
        assert!(area.meets(&shape(101.2, 0.1)), "holds");
        assert!(area.meets(&shape(101.9, 0.5)), "crosses");
        assert!(
            Area::Box([101.4, 26.4, 101.5, 26.5]).meets(&shape(101.0, 1.0)),
            "lies in"
        );
        assert!(!area.meets(&shape(102.5, 0.1)));
        let thin = Area::Outline(vec![
            [100.0, 26.05],
            [103.0, 26.05],
            [103.0, 26.06],
            [100.0, 26.06],
        ]);
        assert!(thin.meets(&shape(101.2, 0.1)), "only sides cross");
    }

    #[test]
    fn an_area_that_is_none_is_told() {
        assert!(Area::Outline(vec![[1.0, 1.0]]).check().is_err());
        assert!(Area::Box([101.0, 27.0, 102.0, 26.0]).check().is_err());
        assert!(
            Area::Box([407_900.0, 26.0, 525_100.0, 27.0])
                .check()
                .is_err()
        );
        assert!(Area::Outline(square(101.0, 26.0, 1.0)).check().is_ok());
    }
}
