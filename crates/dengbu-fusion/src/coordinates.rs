//! Stage 坐标统一: all shapes to the plane of the city (CGCS2000, 3°, 102°E, no prefix, EPSG:4543).

use dengbu_geo::control::{self, Method, TOLERANCE_M};
use dengbu_geo::envelope::{Envelopes, Placement};
use dengbu_geo::{CoordinateSystem, Point};
use dengbu_mapping::{Crs, Mapping};
use dengbu_staging::{Staging, Table};
use geo_types::Geometry;

use crate::error::FusionError;
use crate::ground;
use crate::progress::{Progress, Stage, StageProgress};
use crate::read::OfficeRead;

/// How a source's coordinates become the city's.
enum Way {
    /// Through a known system.
    System(CoordinateSystem),
    /// Through control points.
    Fitted(control::Transformation),
}

/// Brings all shapes to the plane; gives what people must be told.
///
/// # Errors
/// Stopped.
pub fn unify(
    staging: &mut Staging,
    mappings: &[Mapping],
    offices: &[OfficeRead],
    progress: &dyn Progress,
) -> Result<Vec<String>, FusionError> {
    let mut told = Vec::new();
    let total = mappings.len() as u64;
    for (done, mapping) in (0..).zip(mappings) {
        progress.report(&StageProgress {
            stage: Stage::Coordinates,
            what: mapping.source.clone(),
            done,
            total,
        });
        if progress.stopped() {
            return Err(FusionError::Stopped);
        }
        let office = offices.iter().find(|o| o.source == mapping.source);
        if let (Some(crs), Some(office)) = (&mapping.crs, office) {
            match way(crs, office) {
                Ok((way, message)) => {
                    told.extend(message.map(|m| format!("{}：{m}", mapping.source)));
                    let swap = crs.axes == "north_east";
                    convert(staging, &mapping.source, &way, swap, &mut told);
                }
                Err(why) => told.push(format!(
                    "{}：{why}本数据源的图形未参加落宗和拓扑检查",
                    mapping.source
                )),
            }
        }
    }
    progress.report(&StageProgress {
        stage: Stage::Coordinates,
        what: String::new(),
        done: total,
        total,
    });
    Ok(told)
}

fn way(crs: &Crs, office: &OfficeRead) -> Result<(Way, Option<String>), String> {
    if crs.control.is_some() {
        let points: Vec<control::ControlPoint> = office.points.iter().map(Into::into).collect();
        // Four parameters leave less room for a wrong point to hide in than six.
        let fit = control::fit(&points, Method::Similarity, TOLERANCE_M)
            .or_else(|first| control::fit(&points, Method::Affine, TOLERANCE_M).map_err(|_| first))
            .map_err(|e| e.to_string())?;
        return Ok((Way::Fitted(fit.transformation), Some(fit.message())));
    }
    if crs.datum != "cgcs2000" {
        return Err(format!("坐标系 {} 没有控制点，无法换算。", crs.datum));
    }
    let width = match crs.kind.as_str() {
        "geographic" => return Ok((Way::System(CoordinateSystem::Geographic), None)),
        "gauss_kruger_6" => 6.0,
        _ => 3.0,
    };
    let central_meridian_deg = crs.meridian.ok_or("没有写明中央经线。")?;
    let zone = if width < 4.0 {
        central_meridian_deg / 3.0
    } else {
        (central_meridian_deg + 3.0) / 6.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 60"
    )]
    let zone = zone.round().clamp(1.0, 60.0) as u8;
    let system = CoordinateSystem::Plane {
        central_meridian_deg,
        zone_prefix: crs.zone_prefix.then_some(zone),
    };
    Ok((Way::System(system), None))
}

/// Converts the shapes of one source. Where the declared system leads out of every county and the
/// file's own numbers, read otherwise, lie in one, the numbers are believed and that is told.
fn convert(staging: &mut Staging, source: &str, way: &Way, swap: bool, told: &mut Vec<String>) {
    for table in staging.tables_mut() {
        let rows: Vec<usize> = (0..table.len())
            .filter(|row| table.geometry(*row).is_some() && table.source(*row) == source)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let other = match way {
            Way::System(system) => explained(table, &rows, (*system, swap)),
            Way::Fitted(_) => None,
        };
        let (system, swap) = match (&other, way) {
            (Some((placement, system, swap)), _) => {
                told.push(format!(
                    "{source} {}：{}，已按此换算",
                    table.code(),
                    placement.message()
                ));
                (Way::System(*system), *swap)
            }
            (None, Way::System(system)) => (Way::System(*system), swap),
            (None, Way::Fitted(fit)) => (Way::Fitted(*fit), swap),
        };
        let mut lost = 0;
        for row in rows {
            let Some(shape) = table.geometry(row) else {
                continue;
            };
            let moved = converted(shape, &system, swap);
            lost += usize::from(moved.is_none());
            table.set_geometry(row, moved);
        }
        if lost > 0 {
            told.push(format!(
                "{source} {}：{lost} 个图形的坐标超出坐标系范围，未参加图形检查",
                table.code()
            ));
        }
    }
}

fn converted(shape: &Geometry<f64>, way: &Way, swap: bool) -> Option<Geometry<f64>> {
    let turned = |[x, y]: Point| if swap { [y, x] } else { [x, y] };
    let finite = |p: Point| (p[0].is_finite() && p[1].is_finite()).then_some(p);
    match way {
        Way::Fitted(fit) => ground::moved(shape, |p| finite(fit.apply(turned(p)))),
        Way::System(system) => {
            if let Some(shift) = shift_only(*system) {
                return ground::moved(shape, |p| {
                    let [x, y] = turned(p);
                    finite([x - shift, y])
                });
            }
            let (from, to) = (
                system.projection(),
                CoordinateSystem::PANZHIHUA.projection(),
            );
            ground::moved(shape, |p| {
                let geographic = from.to_geographic(turned(p)).ok()?;
                finite(to.from_geographic(geographic).ok()?)
            })
        }
    }
}

/// Same plane, only the zone's number in front: nothing is computed, nothing rounded.
fn shift_only(system: CoordinateSystem) -> Option<f64> {
    let CoordinateSystem::Plane {
        central_meridian_deg,
        zone_prefix,
    } = system
    else {
        return None;
    };
    let CoordinateSystem::Plane {
        central_meridian_deg: ours,
        ..
    } = CoordinateSystem::PANZHIHUA
    else {
        return None;
    };
    ((central_meridian_deg - ours).abs() < 1e-9)
        .then(|| f64::from(zone_prefix.unwrap_or(0)) * dengbu_geo::system::PREFIX_M)
}

/// Whether most shapes lie in no county by the declared system, but in one when read otherwise.
fn explained(
    table: &Table,
    rows: &[usize],
    (system, swap): (CoordinateSystem, bool),
) -> Option<(Placement, CoordinateSystem, bool)> {
    let envelopes = Envelopes::panzhihua().ok()?;
    let step = (rows.len() / 40).max(1);
    let mut votes: Vec<(Placement, CoordinateSystem, bool)> = Vec::new();
    let mut asked = 0;
    for row in rows.iter().step_by(step) {
        let shape = table.geometry(*row)?;
        let first = first_point(shape)?;
        asked += 1;
        let declared = converted(shape, &Way::System(system), swap);
        let declared = declared.as_ref().and_then(first_point);
        let inside = |p: Point| envelopes.counties.iter().any(|c| c.bounds().holds(p));
        if declared.is_some_and(inside) {
            continue;
        }
        let found = envelopes.counties.iter().find_map(|county| {
            let placement = county.place_point(first);
            placement
                .explanation(county.plane())
                .map(|(s, turned)| (placement, s, turned))
        });
        votes.extend(found);
    }
    let best = votes.first().copied()?;
    let agreeing = votes
        .iter()
        .filter(|v| v.1 == best.1 && v.2 == best.2)
        .count();
    (agreeing * 10 >= asked * 8).then_some(best)
}

fn first_point(shape: &Geometry<f64>) -> Option<Point> {
    ground::coordinates(shape).first().copied()
}
