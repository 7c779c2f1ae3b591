use super::*;

fn polygon(srid: i32, ring: &[[f64; 2]]) -> Polygon {
    Polygon {
        srid,
        rings: vec![ring.to_vec()],
    }
}

/// A rectangle of 40 by 25 m with a corner cut off, far from the origin, counter-clockwise, closed.
fn parcel() -> Polygon {
    let at = |x: f64, y: f64| [34_500_000.0 + x, 2_940_000.0 + y];
    polygon(
        4522,
        &[
            at(0.0, 0.0),
            at(40.0, 0.0),
            at(40.0, 22.0),
            at(36.0, 25.0),
            at(0.0, 25.0),
            at(0.0, 0.0),
        ],
    )
}

#[test]
fn points_run_clockwise_from_the_north_west_and_sides_are_those_of_the_geometry() {
    let b = Boundary::of(&parcel()).unwrap();
    assert_eq!(b.points.len(), 5);
    assert_eq!(b.points[0], [34_500_000.0, 2_940_025.0]);
    assert_eq!(b.points[1], [34_500_036.0, 2_940_025.0]);
    let lengths: Vec<String> = b
        .sides()
        .iter()
        .map(|s| format!("{}-{} {:.2}", s.from, s.to, s.length))
        .collect();
    assert_eq!(
        lengths,
        [
            "1-2 36.00",
            "2-3 5.00",
            "3-4 22.00",
            "4-5 40.00",
            "5-1 25.00"
        ]
    );
}

#[test]
fn the_scale_is_the_largest_standard_one_that_fits() {
    let b = Boundary::of(&parcel()).unwrap();
    // 40 m at 1:500 are 80 mm, at 1:200 they are 200 mm
    assert_eq!(b.scale(113.0, 134.0), Some(500));
    assert_eq!(b.scale(200.0, 134.0), Some(200));
    assert_eq!(b.scale(199.9, 134.0), Some(500));
    assert_eq!(b.scale(0.1, 0.1), None);
}

#[test]
fn the_figure_on_paper_is_true_to_the_scale() {
    let boundary = Boundary::of(&parcel());
    let drawn = parcel_plan_page(&PlanFacts {
        parcel_code: "510402001003GB00012".to_owned(),
        address: "测试路".to_owned(),
        area: "994.00㎡".to_owned(),
        boundary: boundary.clone(),
        neighbours: vec![Some("GB00013".to_owned()), None, None, None, None],
        bounds: None,
    })
    .into_string();
    assert!(drawn.contains("1:500"), "{drawn}");
    let at = drawn.find("data-part=\"boundary\" points=\"").unwrap();
    let points: Vec<[f64; 2]> = drawn[at..]
        .split('"')
        .nth(3)
        .unwrap()
        .split(' ')
        .map(|p| {
            let (x, y) = p.split_once(',').unwrap();
            [x.parse().unwrap(), y.parse().unwrap()]
        })
        .collect();
    for (i, side) in boundary.unwrap().sides().iter().enumerate() {
        let (a, b) = (points[i], points[(i + 1) % points.len()]);
        let metres = (b[0] - a[0]).hypot(b[1] - a[1]) * 500.0 / 1000.0;
        assert!((metres - side.length).abs() < 0.002, "{side:?} {metres}");
        assert!(drawn.contains(&format!("{:.2}", side.length)));
    }
    // in an HTML document an element left open would swallow all that follows it
    for element in ["polygon", "circle", "rect", "text"] {
        let closed = drawn.matches(&format!("</{element}>")).count();
        assert_eq!(
            drawn.matches(&format!("<{element} ")).count(),
            closed,
            "{element}"
        );
    }
    assert!(drawn.contains("GB00013") && drawn.contains("J5") && drawn.contains("北"));
}

#[test]
fn neighbours_are_found_by_touching_sides() {
    let own = Boundary::of(&polygon(0, &[[0., 0.], [0., 10.], [10., 10.], [10., 0.]])).unwrap();
    let east = Boundary::of(&polygon(
        0,
        &[[10.1, 0.], [10.1, 10.], [20., 10.], [20., 0.]],
    ))
    .unwrap();
    let far = Boundary::of(&polygon(0, &[[0., 90.], [0., 99.], [9., 99.], [9., 90.]])).unwrap();
    // sides from the north-west corner: north, east, south, west
    assert_eq!(
        own.neighbours(&[far, east], 0.5),
        [None, Some(1), None, None]
    );
}

#[test]
fn degrees_become_metres_and_what_is_no_boundary_is_none() {
    let side = 0.001;
    let b = Boundary::of(&polygon(
        4490,
        &[
            [101.7, 26.5],
            [101.7 + side, 26.5],
            [101.7 + side, 26.5 + side],
            [101.7, 26.5 + side],
        ],
    ))
    .unwrap();
    let lengths: Vec<f64> = b.sides().iter().map(|s| s.length).collect();
    assert!((lengths[1] - 111.195).abs() < 0.01, "{lengths:?}");
    assert!((lengths[0] - 99.51).abs() < 0.1, "{lengths:?}");
    assert_eq!(Boundary::of(&polygon(0, &[])), None);
    assert_eq!(
        Boundary::of(&polygon(0, &[[0., 0.], [1., 1.], [0., 0.]])),
        None
    );
    assert_eq!(
        Boundary::of(&polygon(0, &[[0., 0.], [1., 0.], [2., 0.]])),
        None
    );
    assert_eq!(
        Boundary::of(&polygon(0, &[[f64::NAN, 0.], [1., 0.], [2., 5.]])),
        None
    );
}

#[test]
fn a_floor_plan_is_the_scan_or_says_that_there_is_none() {
    let with = floor_plan_page("510402", "某路", Some("data:image/png;base64,AA")).into_string();
    assert!(with.contains("<image href=\"data:image/png;base64,AA\""));
    for bad in [None, Some("https://example.org/x.png")] {
        let without = floor_plan_page("510402", "某路", bad).into_string();
        assert!(without.contains("粘贴在此处") && !without.contains("example.org"));
    }
}
