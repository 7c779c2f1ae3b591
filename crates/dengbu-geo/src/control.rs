//! Old and local plane systems (西安80, 北京54, 地方坐标系) through points known in both.
//!
//! Similarity (four parameters) or affine (six parameters), by least squares over the points that
//! agree with each other. Which do not is found first, robustly: the fit through few points that
//! leaves the least median of squares (P. J. Rousseeuw, 1984) shows who stands apart; the rest is
//! fitted, tried again, and the outliers are named with their residuals, never dropped silently.

use crate::shape::{Point, Shape};
use serde::Serialize;

/// A point known in both systems.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPoint {
    /// Name (点名).
    pub name: String,
    /// East and north in the old system.
    pub from: Point,
    /// East and north in the new one.
    pub to: Point,
}

/// Which transformation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// 四参数: shift, turn, scale.
    Similarity,
    /// 六参数: each axis its own.
    Affine,
}

impl Method {
    /// Points that determine it.
    fn determining(self) -> usize {
        match self {
            Self::Similarity => 2,
            Self::Affine => 3,
        }
    }

    /// Points needed: one more than determine it, or no error could show.
    pub fn least_points(self) -> usize {
        self.determining() + 1
    }

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Similarity => "相似变换（四参数）",
            Self::Affine => "仿射变换（六参数）",
        }
    }
}

/// Why no transformation can be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Fewer points than needed.
    #[error("{}至少需要 {needed} 个控制点，现有 {have} 个。请补充控制点。", method.name())]
    TooFew {
        /// The transformation.
        method: Method,
        /// Points given.
        have: usize,
        /// Points needed.
        needed: usize,
    },
    /// A coordinate that is no number.
    #[error("控制点“{0}”的坐标不是有效数字。")]
    NotANumber(String),
    /// A point given twice with different coordinates.
    #[error("控制点“{0}”出现两次且坐标不同，请核对。")]
    Contradiction(String),
    /// All points on a line (or on one spot).
    #[error(
        "控制点几乎在一条直线上（最大横向偏离 {width_m:.2} 米，长 {length_m:.2} 米），不能可靠推算变换参数。请补充直线以外的控制点。"
    )]
    Collinear {
        /// Extent along the line.
        length_m: f64,
        /// Extent across.
        width_m: f64,
    },
    /// One system is the mirror of the other.
    #[error("控制点两套坐标互为镜像：其中一套的东坐标与北坐标颠倒，请互换后重试。")]
    AxesSwapped,
    /// No system of metres on this earth.
    #[error("推算出的尺度为 {0:.4}，不合理：请核对坐标单位和控制点对应关系。")]
    Scale(f64),
    /// No majority of points agrees.
    #[error("控制点互相不符（多数点的残差超过 {0:.3} 米），找不到一致的变换。请核对控制点。")]
    NoAgreement(f64),
}

/// A plane transformation: `to + m · (p − from)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Transformation {
    /// Matrix by rows.
    pub matrix: [[f64; 2]; 2],
    /// Origin in the old system.
    pub from: Point,
    /// Its image in the new one.
    pub to: Point,
}

impl Transformation {
    /// The image of a point.
    pub fn apply(&self, p: Point) -> Point {
        let d = [p[0] - self.from[0], p[1] - self.from[1]];
        let row = |k: usize| self.to[k] + self.matrix[k][0] * d[0] + self.matrix[k][1] * d[1];
        [row(0), row(1)]
    }

    /// The image of a shape.
    pub fn apply_shape(&self, shape: &Shape) -> Shape {
        shape.map(|p| self.apply(p))
    }

    /// The transformation back; `None` if it flattens the plane.
    pub fn inverse(&self) -> Option<Self> {
        let [[a, b], [c, d]] = self.matrix;
        let det = a * d - b * c;
        (det.abs() > 1e-12).then_some(Self {
            matrix: [[d / det, -b / det], [-c / det, a / det]],
            from: self.to,
            to: self.from,
        })
    }

    /// Mean scale.
    pub fn scale(&self) -> f64 {
        self.determinant().abs().sqrt()
    }

    fn determinant(&self) -> f64 {
        let [[a, b], [c, d]] = self.matrix;
        a * d - b * c
    }

    /// Turn from the old to the new system in degrees, anticlockwise.
    pub fn turn_deg(&self) -> f64 {
        let [[a, b], [c, d]] = self.matrix;
        (c - b).atan2(a + d).to_degrees()
    }
}

/// What one control point says to the fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Residual {
    /// Name.
    pub name: String,
    /// Given minus computed, in m.
    pub east_m: f64,
    /// Given minus computed, in m.
    pub north_m: f64,
    /// Length of both.
    pub total_m: f64,
    /// Left out of the fit because it contradicts the others.
    pub outlier: bool,
}

/// A fitted transformation with what it leaves unexplained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Which.
    pub method: Method,
    /// Its parameters.
    pub transformation: Transformation,
    /// Every point in the order given.
    pub residuals: Vec<Residual>,
    /// Root mean square of the residuals of points that were used, in m.
    pub rms_m: f64,
}

impl Fit {
    /// Names of outliers with their residual.
    pub fn outliers(&self) -> impl Iterator<Item = &Residual> {
        self.residuals.iter().filter(|r| r.outlier)
    }

    /// Greatest residual of points that were used, in m.
    pub fn greatest_m(&self) -> f64 {
        let used = self.residuals.iter().filter(|r| !r.outlier);
        used.map(|r| r.total_m).fold(0.0, f64::max)
    }

    /// What to tell people: points used, accuracy, outliers by name.
    pub fn message(&self) -> String {
        let out: Vec<String> = self
            .outliers()
            .map(|r| format!("{}（残差 {:.3} 米）", r.name, r.total_m))
            .collect();
        let used = self.residuals.len() - out.len();
        let told = format!(
            "{}：采用 {used} 个控制点，点位中误差 {:.3} 米，最大残差 {:.3} 米",
            self.method.name(),
            self.rms_m,
            self.greatest_m()
        );
        if out.is_empty() {
            return told;
        }
        format!("{told}；剔除异常点 {}，请核对其坐标", out.join("、"))
    }
}

/// Residual up to which a point agrees with the others (m): 同名点残差 ≤ 0.05 m (DQ-TOP-022).
pub const TOLERANCE_M: f64 = 0.05;

/// Narrower than this part of its length and a set of points is a line.
const LINE: f64 = 0.01;
/// Scales between metres and metres; beyond, a unit is wrong.
const SCALES: std::ops::Range<f64> = 0.9..1.1;

/// Fits a transformation.
///
/// # Errors
/// [`ControlError`], each naming what to mend.
pub fn fit(points: &[ControlPoint], method: Method, tolerance_m: f64) -> Result<Fit, ControlError> {
    let points = distinct(points)?;
    let needed = method.least_points();
    if points.len() < needed {
        return Err(ControlError::TooFew {
            method,
            have: points.len(),
            needed,
        });
    }
    let all: Vec<usize> = (0..points.len()).collect();
    spread(&points, &all)?;
    let used = agreeing(&points, method, tolerance_m);
    if used.len() < needed {
        return Err(ControlError::NoAgreement(tolerance_m));
    }
    spread(&points, &used)?;
    let transformation =
        least_squares(&points, &used, method).ok_or(ControlError::NoAgreement(tolerance_m))?;
    let rms_m = rms(&points, &used, &transformation);
    if mirrored(&points, &used, method, &transformation, rms_m) {
        return Err(ControlError::AxesSwapped);
    }
    let scale = transformation.scale();
    if !SCALES.contains(&scale) {
        return Err(ControlError::Scale(scale));
    }
    let residuals = points
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let [x, y] = transformation.apply(p.from);
            let (east_m, north_m) = (p.to[0] - x, p.to[1] - y);
            Residual {
                name: p.name.clone(),
                east_m,
                north_m,
                total_m: east_m.hypot(north_m),
                outlier: !used.contains(&i),
            }
        })
        .collect();
    Ok(Fit {
        method,
        transformation,
        residuals,
        rms_m,
    })
}

/// Points once each; the same name with other coordinates is a contradiction.
fn distinct(points: &[ControlPoint]) -> Result<Vec<ControlPoint>, ControlError> {
    let mut out: Vec<ControlPoint> = Vec::with_capacity(points.len());
    for p in points {
        if p.from.iter().chain(&p.to).any(|v| !v.is_finite()) {
            return Err(ControlError::NotANumber(p.name.clone()));
        }
        match out.iter().find(|q| q.name == p.name || q.from == p.from) {
            None => out.push(p.clone()),
            Some(same) if same.from == p.from && same.to == p.to => {}
            Some(_) => return Err(ControlError::Contradiction(p.name.clone())),
        }
    }
    Ok(out)
}

/// Refuses points on a line.
fn spread(points: &[ControlPoint], of: &[usize]) -> Result<(), ControlError> {
    for which in [|p: &ControlPoint| p.from, |p: &ControlPoint| p.to] {
        let at: Vec<Point> = of.iter().map(|i| which(&points[*i])).collect();
        let c = mean(&at);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for p in &at {
            let d = [p[0] - c[0], p[1] - c[1]];
            (xx, xy, yy) = (xx + d[0] * d[0], xy + d[0] * d[1], yy + d[1] * d[1]);
        }
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        let (sin, cos) = angle.sin_cos();
        let extent = |f: &dyn Fn(&Point) -> f64| {
            let values = at.iter().map(f);
            let (low, high) = values.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
            high - low
        };
        let length_m = extent(&|p| cos * (p[0] - c[0]) + sin * (p[1] - c[1]));
        let width_m = extent(&|p| cos * (p[1] - c[1]) - sin * (p[0] - c[0]));
        if width_m <= LINE * length_m {
            return Err(ControlError::Collinear { length_m, width_m });
        }
    }
    Ok(())
}

fn mean(points: &[Point]) -> Point {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 points")]
    let n = points.len().max(1) as f64;
    let sum = points
        .iter()
        .fold([0.0; 2], |s, p| [s[0] + p[0], s[1] + p[1]]);
    [sum[0] / n, sum[1] / n]
}

fn least_squares(points: &[ControlPoint], of: &[usize], method: Method) -> Option<Transformation> {
    let from = mean(&of.iter().map(|i| points[*i].from).collect::<Vec<_>>());
    let to = mean(&of.iter().map(|i| points[*i].to).collect::<Vec<_>>());
    let mut s = [[0.0; 2]; 2];
    let mut t = [[0.0; 2]; 2];
    for i in of {
        let (p, q) = (points[*i].from, points[*i].to);
        let d = [p[0] - from[0], p[1] - from[1]];
        let e = [q[0] - to[0], q[1] - to[1]];
        for r in 0..2 {
            for c in 0..2 {
                s[r][c] += d[r] * d[c];
                t[r][c] += e[r] * d[c];
            }
        }
    }
    let matrix = match method {
        Method::Similarity => {
            let square = s[0][0] + s[1][1];
            let (a, b) = ((t[0][0] + t[1][1]) / square, (t[1][0] - t[0][1]) / square);
            [[a, -b], [b, a]]
        }
        Method::Affine => {
            let det = s[0][0] * s[1][1] - s[0][1] * s[1][0];
            // Three points on a line, of however many metres, determine nothing.
            if det <= 1e-9 * (s[0][0] + s[1][1]).powi(2) {
                return None;
            }
            [0, 1].map(|r| {
                [
                    (t[r][0] * s[1][1] - t[r][1] * s[0][1]) / det,
                    (t[r][1] * s[0][0] - t[r][0] * s[0][1]) / det,
                ]
            })
        }
    };
    matrix
        .iter()
        .flatten()
        .all(|v| v.is_finite())
        .then_some(Transformation { matrix, from, to })
}

fn off(point: &ControlPoint, t: &Transformation) -> f64 {
    let [x, y] = t.apply(point.from);
    (point.to[0] - x).hypot(point.to[1] - y)
}

fn rms(points: &[ControlPoint], of: &[usize], t: &Transformation) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 points")]
    let n = of.len().max(1) as f64;
    (of.iter().map(|i| off(&points[*i], t).powi(2)).sum::<f64>() / n).sqrt()
}

/// Points that agree with each other: seeded by the least median of squares, then grown and
/// pruned by the fit of those taken until nothing changes.
fn agreeing(points: &[ControlPoint], method: Method, tolerance_m: f64) -> Vec<usize> {
    let n = points.len();
    // Half and one, but more than determine the fit: those agree by themselves.
    let majority = (n / 2 + 1).max(method.least_points());
    let mut best: Option<(f64, Transformation)> = None;
    for few in subsets(n, method.determining()) {
        let Some(t) = least_squares(points, &few, method) else {
            continue;
        };
        let mut offs: Vec<f64> = points.iter().map(|p| off(p, &t)).collect();
        offs.sort_by(f64::total_cmp);
        let median = offs[majority - 1];
        if best.is_none_or(|(least, _)| median < least) {
            best = Some((median, t));
        }
    }
    let Some((median, mut t)) = best else {
        return Vec::new();
    };
    // Rousseeuw's finite-sample factor; a normal law's 1.4826.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 points")]
    let spare = (n - method.determining()) as f64;
    let mut limit = tolerance_m.max(2.5 * 1.4826 * (1.0 + 5.0 / spare) * median);
    let mut used = Vec::new();
    for _ in 0..20 {
        let now: Vec<usize> = (0..n).filter(|i| off(&points[*i], &t) <= limit).collect();
        if now == used || now.len() < method.least_points() {
            return now;
        }
        used = now;
        let Some(next) = least_squares(points, &used, method) else {
            return used;
        };
        t = next;
        limit = tolerance_m.max(3.0 * rms(points, &used, &t));
    }
    used
}

/// All choices of `of` from `n`, or twenty thousand of them in even steps.
fn subsets(n: usize, of: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    for i in 0..n {
        for j in i + 1..n {
            if of == 2 {
                all.push(vec![i, j]);
            } else {
                all.extend((j + 1..n).map(|k| vec![i, j, k]));
            }
            // Some hundred points are plenty; the limit bounds memory for nonsense input.
            if all.len() > 2_000_000 {
                break;
            }
        }
    }
    let step = all.len().div_ceil(20_000).max(1);
    all.into_iter().step_by(step).collect()
}

/// Whether exchanging the axes of the old system explains the points where the fit doesn't.
fn mirrored(
    points: &[ControlPoint],
    used: &[usize],
    method: Method,
    found: &Transformation,
    rms_m: f64,
) -> bool {
    if method == Method::Affine {
        return found.determinant() < 0.0;
    }
    let swapped: Vec<ControlPoint> = points
        .iter()
        .map(|p| ControlPoint {
            from: [p.from[1], p.from[0]],
            ..p.clone()
        })
        .collect();
    least_squares(&swapped, used, method)
        .is_some_and(|t| rms(&swapped, used, &t) * 10.0 + 0.001 < rms_m)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of an invented local system, turned by 0.77° and off by centimetres.
    fn sample() -> Vec<ControlPoint> {
        let known = [
            ("K1", -19_372.858, 63_986.712, 482_658.735, 2_955_101.133),
            ("K2", -20_281.582, 64_015.51, 481_750.997, 2_955_151.649),
            ("K3", -20_094.173, 63_510.529, 481_926.258, 2_954_642.354),
            ("K4", -20_096.046, 63_955.824, 481_935.03, 2_955_087.524),
            ("K5", -19_591.917, 64_390.245, 482_449.386, 2_955_509.778),
            ("K6", -19_181.048, 64_264.875, 482_857.129, 2_955_374.636),
            ("K7", -18_922.161, 64_721.605, 483_126.861, 2_955_825.038),
            ("K8", -19_228.444, 63_895.632, 482_800.941, 2_955_006.638),
        ];
        known
            .iter()
            .map(|(name, a, b, c, d)| ControlPoint {
                name: (*name).to_owned(),
                from: [*a, *b],
                to: [*c, *d],
            })
            .collect()
    }

    #[test]
    fn good_points_fit_to_centimetres() {
        for method in [Method::Similarity, Method::Affine] {
            let fit = fit(&sample(), method, TOLERANCE_M).unwrap();
            assert_eq!(fit.outliers().count(), 0);
            assert!(
                fit.rms_m < 0.03 && fit.greatest_m() <= TOLERANCE_M,
                "{fit:?}"
            );
            assert!((fit.transformation.scale() - 1.0).abs() < 1e-4);
            let back = fit.transformation.inverse().unwrap();
            let p = back.apply(fit.transformation.apply([-19_000.0, 64_000.0]));
            assert!((p[0] + 19_000.0).abs() < 1e-6 && (p[1] - 64_000.0).abs() < 1e-6);
        }
    }

    #[test]
    fn outliers_are_named() {
        for (method, wrong) in [
            (Method::Similarity, vec![(2, 0.4)]),
            (Method::Similarity, vec![(0, 25.0), (5, -3.0)]),
            (
                Method::Similarity,
                vec![(1, 1000.0), (3, 900.0), (7, -80.0)],
            ),
            (Method::Affine, vec![(6, 0.8)]),
            (Method::Affine, vec![(1, 1000.0), (3, 900.0)]),
        ] {
            let mut points = sample();
            for (i, by) in &wrong {
                points[*i].to[0] += by;
            }
            let fit = fit(&points, method, TOLERANCE_M).unwrap();
            let named: Vec<&str> = fit.outliers().map(|r| r.name.as_str()).collect();
            let want: Vec<&str> = wrong
                .iter()
                .map(|(i, _)| points[*i].name.as_str())
                .collect();
            assert_eq!(named, want, "{method:?}");
            assert!(fit.rms_m < 0.05 && named.iter().all(|n| fit.message().contains(n)));
        }
    }

    #[test]
    fn one_of_four_is_named_one_of_three_cannot_be() {
        let mut points = sample()[..4].to_vec();
        points[3].to[1] += 5.0;
        let found = fit(&points, Method::Similarity, TOLERANCE_M).unwrap();
        assert_eq!(
            found
                .outliers()
                .map(|r| r.name.as_str())
                .collect::<Vec<_>>(),
            ["K4"]
        );
        let mut points = sample()[..3].to_vec();
        points[2].to[1] += 5.0;
        let found = fit(&points, Method::Similarity, TOLERANCE_M);
        assert!(found.is_ok_and(|f| f.rms_m > 0.5 && f.outliers().count() == 0));
    }

    #[test]
    fn what_cannot_be_fitted_says_why() {
        let all = sample();
        let few = fit(&all[..2], Method::Similarity, TOLERANCE_M).unwrap_err();
        assert!(
            matches!(
                few,
                ControlError::TooFew {
                    have: 2,
                    needed: 3,
                    ..
                }
            ),
            "{few}"
        );
        let line: Vec<ControlPoint> = (0u32..5)
            .map(|i| ControlPoint {
                name: format!("L{i}"),
                from: [f64::from(i) * 100.0, f64::from(i) * 50.0],
                to: [
                    480_000.0 + f64::from(i) * 100.0,
                    2_950_000.0 + f64::from(i) * 50.0,
                ],
            })
            .collect();
        for method in [Method::Similarity, Method::Affine] {
            let error = fit(&line, method, TOLERANCE_M).unwrap_err();
            assert!(matches!(error, ControlError::Collinear { .. }), "{error}");
            assert!(error.to_string().contains("直线"));
            let swapped: Vec<ControlPoint> = all
                .iter()
                .map(|p| ControlPoint {
                    from: [p.from[1], p.from[0]],
                    ..p.clone()
                })
                .collect();
            assert_eq!(
                fit(&swapped, method, TOLERANCE_M).unwrap_err(),
                ControlError::AxesSwapped
            );
            let feet: Vec<ControlPoint> = all
                .iter()
                .map(|p| ControlPoint {
                    from: p.from.map(|v| v / 0.3048),
                    ..p.clone()
                })
                .collect();
            assert!(matches!(
                fit(&feet, method, TOLERANCE_M),
                Err(ControlError::Scale(_))
            ));
        }
        let mut twice = all.clone();
        twice.push(ControlPoint {
            to: [0.0, 0.0],
            ..all[0].clone()
        });
        assert!(matches!(
            fit(&twice, Method::Similarity, TOLERANCE_M),
            Err(ControlError::Contradiction(_))
        ));
        let mut broken = all.clone();
        broken[1].from[0] = f64::NAN;
        assert!(matches!(
            fit(&broken, Method::Similarity, TOLERANCE_M),
            Err(ControlError::NotANumber(_))
        ));
    }

    #[test]
    fn hundreds_of_points_are_fitted_too() {
        let points: Vec<ControlPoint> = (0u32..300)
            .map(|i| {
                let (x, y) = (f64::from(i % 20) * 97.0, f64::from(i / 20) * 103.0);
                let wrong = if i % 50 == 7 { 12.0 } else { 0.0 };
                ControlPoint {
                    name: i.to_string(),
                    from: [x, y],
                    to: [x + 480_000.0 + wrong, y + 2_950_000.0],
                }
            })
            .collect();
        let fit = fit(&points, Method::Affine, TOLERANCE_M).unwrap();
        assert_eq!(fit.outliers().count(), 6);
    }
}
