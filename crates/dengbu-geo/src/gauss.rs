//! Gauss-Krüger projection by Krüger's series in the third flattening, to the sixth order.
//!
//! Source of the series: L. Krüger, Konforme Abbildung des Erdellipsoids in der Ebene (1912);
//! the coefficients to order six as in C. F. F. Karney, Transverse Mercator with an accuracy of a
//! few nanometers, J. Geodesy 85 (2011), eqs. 35 and 36. Within 10° of the central meridian the
//! series are good to less than a micrometre; `tests/proj.rs` compares with PROJ.

use crate::ellipsoid::Ellipsoid;
use crate::shape::Point;

/// Farther from the central meridian than this (degrees) nobody projects a cadastre.
const FARTHEST_DEG: f64 = 20.0;

/// A Gauss-Krüger plane: scale 1 on the central meridian, northing 0 on the equator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussKruger {
    central_meridian: f64,
    false_easting: f64,
    eccentricity: f64,
    /// Rectifying radius A.
    radius: f64,
    alpha: [f64; 6],
    beta: [f64; 6],
}

impl GaussKruger {
    /// The plane of `ellipsoid` with its central meridian in degrees east.
    pub fn new(ellipsoid: Ellipsoid, central_meridian_deg: f64, false_easting_m: f64) -> Self {
        let n = ellipsoid.third_flattening();
        let [n2, n3, n4, n5, n6] = [2, 3, 4, 5, 6].map(|p| n.powi(p));
        Self {
            central_meridian: central_meridian_deg,
            false_easting: false_easting_m,
            eccentricity: ellipsoid.eccentricity(),
            radius: ellipsoid.semi_major_m / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0 + n6 / 256.0),
            alpha: [
                n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4 - 127.0 / 288.0 * n5
                    + 7891.0 / 37800.0 * n6,
                13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1440.0 * n4 + 281.0 / 630.0 * n5
                    - 1_983_433.0 / 1_935_360.0 * n6,
                61.0 / 240.0 * n3 - 103.0 / 140.0 * n4
                    + 15061.0 / 26880.0 * n5
                    + 167_603.0 / 181_440.0 * n6,
                49561.0 / 161_280.0 * n4 - 179.0 / 168.0 * n5 + 6_601_661.0 / 7_257_600.0 * n6,
                34729.0 / 80640.0 * n5 - 3_418_889.0 / 1_995_840.0 * n6,
                212_378_941.0 / 319_334_400.0 * n6,
            ],
            beta: [
                n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - 1.0 / 360.0 * n4 - 81.0 / 512.0 * n5
                    + 96199.0 / 604_800.0 * n6,
                1.0 / 48.0 * n2 + 1.0 / 15.0 * n3 - 437.0 / 1440.0 * n4 + 46.0 / 105.0 * n5
                    - 1_118_711.0 / 3_870_720.0 * n6,
                17.0 / 480.0 * n3 - 37.0 / 840.0 * n4 - 209.0 / 4480.0 * n5 + 5569.0 / 90720.0 * n6,
                4397.0 / 161_280.0 * n4 - 11.0 / 504.0 * n5 - 830_251.0 / 7_257_600.0 * n6,
                4583.0 / 161_280.0 * n5 - 108_847.0 / 3_991_680.0 * n6,
                20_648_693.0 / 638_668_800.0 * n6,
            ],
        }
    }

    /// Longitude and latitude in degrees to east and north in metres; `None` for what lies
    /// beyond the poles, more than 20° off the meridian, or is no number.
    pub fn forward(&self, [longitude, latitude]: Point) -> Option<Point> {
        let off = longitude - self.central_meridian;
        // Written so that NaN fails too.
        if !(off.abs() <= FARTHEST_DEG && latitude.abs() <= 90.0) {
            return None;
        }
        let (off, latitude) = (off.to_radians(), latitude.to_radians());
        let tau = conformal_tangent(latitude.tan(), self.eccentricity);
        let xi = tau.atan2(off.cos());
        let eta = (off.sin() / tau.hypot(off.cos())).asinh();
        let (mut north, mut east) = (xi, eta);
        for (j, a) in (1..).zip(self.alpha) {
            let order = 2.0 * f64::from(j);
            north += a * (order * xi).sin() * (order * eta).cosh();
            east += a * (order * xi).cos() * (order * eta).sinh();
        }
        Some([self.false_easting + self.radius * east, self.radius * north])
    }

    /// East and north in metres to longitude and latitude in degrees; `None` beyond the reach of
    /// [`GaussKruger::forward`].
    pub fn inverse(&self, [east, north]: Point) -> Option<Point> {
        let (xi, eta) = (
            north / self.radius,
            (east - self.false_easting) / self.radius,
        );
        if !(xi.abs() <= std::f64::consts::FRAC_PI_2 && eta.abs() <= FARTHEST_DEG.to_radians()) {
            return None;
        }
        let (mut north, mut east) = (xi, eta);
        for (j, b) in (1..).zip(self.beta) {
            let order = 2.0 * f64::from(j);
            north -= b * (order * xi).sin() * (order * eta).cosh();
            east -= b * (order * xi).cos() * (order * eta).sinh();
        }
        let conformal = north.sin() / east.sinh().hypot(north.cos());
        let tau = geodetic_tangent(conformal, self.eccentricity);
        let off = east.sinh().atan2(north.cos());
        Some([
            self.central_meridian + off.to_degrees(),
            tau.atan().to_degrees(),
        ])
    }
}

/// Tangent of the conformal latitude from that of the geodetic one (Karney, eqs. 7 to 9).
fn conformal_tangent(tau: f64, e: f64) -> f64 {
    let sigma = (e * (e * tau / 1.0f64.hypot(tau)).atanh()).sinh();
    tau * 1.0f64.hypot(sigma) - sigma * 1.0f64.hypot(tau)
}

/// The reverse by Newton's method (Karney, eqs. 19 to 21): two steps reach the last digit, four
/// are the bound.
fn geodetic_tangent(conformal: f64, e: f64) -> f64 {
    let e2m = 1.0 - e * e;
    let mut tau = conformal / e2m;
    for _ in 0..4 {
        let got = conformal_tangent(tau, e);
        let step = (conformal - got) / 1.0f64.hypot(got) * (1.0 + e2m * tau * tau)
            / (e2m * 1.0f64.hypot(tau));
        tau += step;
        if step.abs() <= 1e-16 * tau.abs().max(1.0) {
            break;
        }
    }
    tau
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn panzhihua() -> GaussKruger {
        GaussKruger::new(Ellipsoid::CGCS2000, 102.0, 500_000.0)
    }

    #[test]
    fn the_meridian_is_true_to_scale() {
        let [east, north] = panzhihua().forward([102.0, 26.5]).unwrap();
        assert!((east - 500_000.0).abs() < 1e-9);
        // cs2cs EPSG:4490 EPSG:4543 of PROJ 9.1.
        assert!((north - 2_932_230.492_5).abs() < 1e-4, "{north}");
        let [_, north] = panzhihua().forward([102.0, 26.6]).unwrap();
        assert!((north - 2_943_310.140_7).abs() < 1e-4, "{north}");
    }

    #[test]
    fn what_is_no_place_gives_none() {
        for point in [[f64::NAN, 26.0], [102.0, 91.0], [150.0, 26.0]] {
            assert_eq!(panzhihua().forward(point), None);
        }
        assert_eq!(panzhihua().inverse([500_000.0, 2e7]), None);
        assert_eq!(panzhihua().inverse([f64::INFINITY, 0.0]), None);
    }

    proptest! {
        #[test]
        fn there_and_back(off in -9.0f64..9.0, latitude in -80.0f64..80.0) {
            let place = [102.0 + off, latitude];
            let plane = panzhihua();
            let back = plane.inverse(plane.forward(place).unwrap()).unwrap();
            prop_assert!((back[0] - place[0]).abs() < 1e-11, "{back:?} {place:?}");
            prop_assert!((back[1] - place[1]).abs() < 1e-11, "{back:?} {place:?}");
        }
    }
}
