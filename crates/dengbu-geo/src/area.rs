//! Recorded area against drawn area.

use crate::shape::{Point, Shape};
use crate::system::{CoordinateSystem, SystemError, ZoneWidth};

/// How far a recorded area may be from the drawn one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaTolerance {
    /// m² that never matter.
    pub least_m2: f64,
    /// Part of the recorded area from which it is to be looked at.
    pub warn_part: f64,
    /// Part of the recorded area from which it is wrong.
    pub wrong_part: f64,
}

impl AreaTolerance {
    /// Parcels: max(0.1 m², 0.1 %) to be looked at, 1 % wrong. No Chinese standard fixes these;
    /// 1 % is SOLA's limit between title and parcel.
    pub const PARCEL: Self = Self {
        least_m2: 0.1,
        warn_part: 0.001,
        wrong_part: 0.01,
    };
    /// Footprints of buildings: 1 % to be looked at (DQ-TOP-015).
    pub const FOOTPRINT: Self = Self {
        least_m2: 0.1,
        warn_part: 0.01,
        wrong_part: 0.05,
    };
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Within tolerance.
    Same,
    /// To be looked at.
    Differs,
    /// Wrong.
    Far,
}

impl AreaTolerance {
    /// Compares a recorded area with a drawn one, both in m².
    pub fn compare(self, recorded_m2: f64, drawn_m2: f64) -> Agreement {
        let off = (recorded_m2 - drawn_m2).abs();
        let of = recorded_m2.abs();
        if off <= self.least_m2.max(self.warn_part * of) {
            Agreement::Same
        } else if off <= self.wrong_part * of {
            Agreement::Differs
        } else {
            Agreement::Far
        }
    }
}

/// Area in m² of a shape in `system`, on the 3° plane whose meridian is nearest to it: areas on a
/// far plane are too large (0.03 % at 1.5°, 0.4 % at 5°).
///
/// # Errors
/// [`SystemError::OutOfReach`].
pub fn on_nearest_plane(shape: &Shape, system: CoordinateSystem) -> Result<f64, SystemError> {
    let geographic = system.transform_shape(shape, CoordinateSystem::Geographic)?;
    let [longitude, _]: Point = geographic.bounds().centre();
    let plane = nearest_plane(longitude);
    if plane == system {
        return Ok(shape.area());
    }
    Ok(CoordinateSystem::Geographic
        .transform_shape(&geographic, plane)?
        .area())
}

/// The 3° plane without prefix whose meridian is nearest to a longitude.
pub fn nearest_plane(longitude_deg: f64) -> CoordinateSystem {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 60"
    )]
    let zone = (longitude_deg / 3.0).round().clamp(0.0, 60.0) as u8;
    CoordinateSystem::zone(ZoneWidth::Three, zone, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances() {
        let t = AreaTolerance::PARCEL;
        for (recorded, drawn, want) in [
            (50.0, 50.09, Agreement::Same),
            (50.0, 50.2, Agreement::Differs),
            (1000.0, 1000.9, Agreement::Same),
            (1000.0, 1009.0, Agreement::Differs),
            (1000.0, 1011.0, Agreement::Far),
            (0.0, 300.0, Agreement::Far),
        ] {
            assert_eq!(t.compare(recorded, drawn), want, "{recorded} {drawn}");
        }
    }

    #[test]
    fn a_far_plane_would_lie() {
        let near = Shape::Polygon(vec![vec![
            [500_000., 2.95e6],
            [500_100., 2.95e6],
            [500_100., 2_950_100.],
            [500_000., 2_950_100.],
        ]]);
        let far = CoordinateSystem::from_epsg(4544).unwrap();
        let moved = CoordinateSystem::PANZHIHUA
            .transform_shape(&near, far)
            .unwrap();
        assert!((moved.area() / 1e4 - 1.0).abs() > 0.001);
        assert!((on_nearest_plane(&moved, far).unwrap() - 1e4).abs() < 0.01);
        assert!((on_nearest_plane(&near, CoordinateSystem::PANZHIHUA).unwrap() - 1e4).abs() < 1e-9);
    }
}
