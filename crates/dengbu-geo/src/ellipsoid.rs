//! Reference ellipsoids of Chinese coordinate systems.

/// A rotational ellipsoid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipsoid {
    /// Semi-major axis in metres.
    pub semi_major_m: f64,
    /// Flattening reversed (298.257…).
    pub inverse_flattening: f64,
}

impl Ellipsoid {
    /// CGCS2000 (GB 22021—2008).
    pub const CGCS2000: Self = Self {
        semi_major_m: 6_378_137.0,
        inverse_flattening: 298.257_222_101,
    };
    /// 1980 西安坐标系 (IUGG 1975).
    pub const XIAN_1980: Self = Self {
        semi_major_m: 6_378_140.0,
        inverse_flattening: 298.257,
    };
    /// 1954 北京坐标系 (Krassowsky 1940).
    pub const BEIJING_1954: Self = Self {
        semi_major_m: 6_378_245.0,
        inverse_flattening: 298.3,
    };

    /// Third flattening n = f / (2 − f), in which the series of [`crate::gauss`] run.
    pub(crate) fn third_flattening(self) -> f64 {
        let f = 1.0 / self.inverse_flattening;
        f / (2.0 - f)
    }

    /// First eccentricity.
    pub(crate) fn eccentricity(self) -> f64 {
        let f = 1.0 / self.inverse_flattening;
        (f * (2.0 - f)).sqrt()
    }
}
