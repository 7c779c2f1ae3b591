//! Projections against PROJ, an independent program (`cs2cs`, Debian package proj-bin).

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use dengbu_geo::CoordinateSystem;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Longitudes around every meridian of China and latitudes from the south to the north of it.
fn places() -> Vec<[f64; 2]> {
    let mut places = Vec::new();
    for i in 0u32..63 {
        for j in 0u32..9 {
            places.push([73.6 + f64::from(i), 4.1 + 6.0 * f64::from(j)]);
        }
    }
    places
}

fn cs2cs(to: u32, places: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let mut child = Command::new("cs2cs")
        .args(["-d", "6", "EPSG:4490", &format!("EPSG:{to}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    // EPSG:4490 is latitude first, the planes are northing first.
    let text: String = places
        .iter()
        .map(|p| format!("{:.12} {:.12}\n", p[1], p[0]))
        .collect();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| {
        let mut numbers = line.split_whitespace().map(|n| n.parse::<f64>().unwrap());
        let (north, east) = (numbers.next().unwrap(), numbers.next().unwrap());
        [east, north]
    });
    Some(rows.collect())
}

#[test]
fn planes_are_those_of_proj() {
    let all = places();
    // 3° and 6°, with and without prefix, in the west, in Panzhihua and in the east.
    for code in [
        4513, 4522, 4533, 4534, 4543, 4544, 4554, 4491, 4501, 4502, 4507,
    ] {
        let system = CoordinateSystem::from_epsg(code).unwrap();
        let CoordinateSystem::Plane {
            central_meridian_deg,
            ..
        } = system
        else {
            unreachable!()
        };
        let near: Vec<[f64; 2]> = all
            .iter()
            .copied()
            .filter(|p| (p[0] - central_meridian_deg).abs() < 6.0)
            .collect();
        let Some(theirs) = cs2cs(code, &near) else {
            assert!(std::env::var("CI").is_err(), "cs2cs (proj-bin) is missing");
            println!("skipped: cs2cs is not installed (Debian package proj-bin)");
            return;
        };
        assert_eq!(near.len(), theirs.len());
        for (place, theirs) in near.iter().zip(theirs) {
            let ours = CoordinateSystem::Geographic
                .transform(*place, system)
                .unwrap();
            for k in 0..2 {
                assert!(
                    (ours[k] - theirs[k]).abs() < 2e-6,
                    "EPSG:{code} {place:?} {ours:?} {theirs:?}"
                );
            }
            let back = system
                .transform(theirs, CoordinateSystem::Geographic)
                .unwrap();
            for k in 0..2 {
                assert!(
                    (back[k] - place[k]).abs() < 2e-11,
                    "EPSG:{code} {place:?} {back:?}"
                );
            }
        }
    }
}
