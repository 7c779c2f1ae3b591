use dengbu_model::quantity::Area;
use dengbu_page::{Item, Page, TextRun};
use dengbu_papers::plan::{Boundary, PlanFacts};
use proptest::prelude::*;

use super::mark::Mark;
use super::*;
use crate::content::tests::{facts, head, holding, person, proof, title};
use crate::content::{Content, Part, TitleCertificate};
use crate::kind::DocumentKind;
use crate::plan::{FloorPlan, Plan};

const URL: &str =
    "HTTPS://ECERT.EXAMPLE.GOV.CN/V/AEBQCAAAAAAQVX25KXIHZCAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn compose(content: &Content, plans: &[Plan], mark: &Mark) -> Composed {
    Press::standard()
        .unwrap()
        .compose(&Order {
            content,
            qr: Some(URL),
            plans,
            mark,
            trial: false,
        })
        .unwrap()
}

fn runs(page: &Page) -> impl Iterator<Item = &TextRun> {
    let below = page.template.iter().flat_map(|t| t.items.iter());
    below.chain(&page.items).filter_map(|item| match item {
        Item::Text(run) => Some(run),
        _ => None,
    })
}

fn text(composed: &Composed) -> String {
    let all: Vec<&str> = composed
        .pages
        .iter()
        .flat_map(runs)
        .map(|r| r.text.as_str())
        .collect();
    all.concat()
}

/// Runs that stand beyond the edge of their page.
fn beyond(page: &Page, edge: f64) -> Vec<String> {
    runs(page)
        .filter(|r| r.turn == 0.0)
        .filter(|r| {
            let right = r.x + r.width();
            r.x < edge
                || right > page.size.width - edge
                || r.baseline - r.size < edge
                || r.baseline + r.size * 0.3 > page.size.height - edge
        })
        .map(|r| format!("{} at {:.1},{:.1}", r.text, r.x, r.baseline))
        .collect()
}

fn with(change: impl FnOnce(&mut TitleCertificate)) -> Content {
    let Content::Title(mut t) = title() else {
        unreachable!()
    };
    change(&mut t);
    Content::Title(t)
}

/// A parcel of five corners with a slanted side.
pub(crate) fn parcel_plan() -> Plan {
    let polygon = dengbu_model::cadastre::Polygon {
        srid: 0,
        rings: vec![vec![
            [0.0, 0.0],
            [80.0, 0.0],
            [95.0, 40.0],
            [60.0, 70.0],
            [0.0, 60.0],
        ]],
    };
    let boundary = Boundary::of(&polygon);
    let text = |t: &str| t.to_owned();
    Plan::Parcel(PlanFacts {
        parcel_code: text("510402001003GB00012"),
        address: text("攀枝花市东区示例路12号"),
        area: text("12345.67 ㎡"),
        boundary,
        neighbours: vec![
            Some(text("示例公园")),
            Some(text("510402001003GB00013")),
            None,
            Some(text("示例路")),
            Some(text("510402001003GB00011")),
        ],
        bounds: Some(["示例小区", "示例路", "510402001003GB00011", "示例公园"].map(text)),
    })
}

#[test]
fn a_plain_certificate_is_one_page() {
    for content in [title(), proof()] {
        let made = compose(&content, &[], &Mark::None);
        assert_eq!(made.pages.len(), 1);
        assert_eq!(visible(&made.pages)["KZ_ZL"], face_text(&content)["KZ_ZL"]);
        assert_eq!(beyond(&made.pages[0], 8.0), Vec::<String>::new());
        let seal = made.seal;
        assert_eq!(
            (seal.page, seal.x, seal.y, seal.side),
            (0, 100.0, 122.0, 40.0)
        );
    }
}

#[test]
fn twelve_holders_and_long_remarks_flow_on() {
    let content = with(|t| {
        t.holders = (0..12)
            .map(|i| {
                let mut h = t.holders[0].clone();
                h.name = format!("示例置业发展有限责任公司第{i}分公司");
                h
            })
            .collect();
        t.remarks = "本房屋系购买取得，附有约定。".repeat(80);
    });
    let made = compose(&content, &[parcel_plan()], &Mark::None);
    assert_eq!(made.pages.len(), 3);
    let shown = visible(&made.pages);
    for (field, value) in face_text(&content) {
        assert_eq!(shown[&field], value, "{field}");
    }
    let all = text(&made);
    assert!(
        all.contains("（转附页）") && all.contains("权利人（续）") && all.contains("附记（续）")
    );
    assert!(all.contains("第3页 共3页"));
}

#[test]
fn a_character_without_a_font_fails() {
    let content = with(|t| t.holders[0].name = "张\u{E123}".to_owned());
    let press = Press::standard().unwrap();
    let refused = press.compose(&Order {
        content: &content,
        qr: None,
        plans: &[],
        mark: &Mark::None,
        trial: false,
    });
    assert!(matches!(refused, Err(LayoutError::Font(_))), "{refused:?}");
}

#[test]
fn the_parcel_plan_is_true_to_scale() {
    let made = compose(&title(), &[parcel_plan()], &Mark::None);
    let all = text(&made);
    for part in [
        "宗地图",
        "1:1000",
        "北",
        "J1",
        "J5",
        "85.00",
        "示例公园",
        "东至",
    ] {
        // 85.00 is no side: the parcel's sides are 60, 60.83, 46.10, 42.72, 80
        assert_eq!(all.contains(part), part != "85.00", "{part}");
    }
    for length in ["80.00", "42.72", "46.10", "60.83", "60.00"] {
        assert_eq!(
            all.matches(length).count(),
            2,
            "{length}: at the side and in the list"
        );
    }
    // 95 m at 1:1000 are 95 mm
    let boundary = made.pages[1].items.iter().find_map(|item| match item {
        Item::Path(p) if p.path.segments.len() == 6 => p.path.bounds(),
        _ => None,
    });
    let (left, top, right, bottom) = boundary.unwrap();
    assert!((right - left - 95.0).abs() < 1e-6, "{left} {right}");
    assert!((bottom - top - 70.0).abs() < 1e-6);
}

#[test]
fn a_floor_plan_says_what_it_shows() {
    let nothing = Plan::Floor(FloorPlan {
        unit_code: "510402001003GB00012F00030027".to_owned(),
        ..FloorPlan::default()
    });
    let all = text(&compose(&title(), &[nothing], &Mark::None));
    assert!(all.contains("没有本户的图形"));
}

#[test]
fn marks_stand_on_every_page() {
    let copy = Mark::Copy {
        grantee: "示例银行".to_owned(),
        purpose: "抵押贷款".to_owned(),
        valid_until: Some("2026年12月01日".to_owned()),
    };
    let note = "加注件：仅供示例银行办理抵押贷款使用，有效期至2026年12月01日";
    for (mark, want, tiles) in [
        (copy, note, "加注件"),
        (
            Mark::Dead,
            "电子证照已注销，不再具有法律效力",
            "电子证照已注销",
        ),
        (Mark::Preview, "预览件，不作凭证", "预览"),
    ] {
        let made = compose(&title(), &[parcel_plan()], &mark);
        for page in &made.pages {
            let noted = runs(page).filter(|r| r.text == want).count();
            let tiled = runs(page)
                .filter(|r| r.text == tiles && r.turn != 0.0)
                .count();
            assert_eq!((noted, tiled), (1, 6), "{want}");
        }
        // the mark changes nothing else
        let plain = compose(&title(), &[parcel_plan()], &Mark::None);
        assert_eq!(visible(&made.pages), visible(&plain.pages));
    }
}

#[test]
fn a_result_paper_flows_over_pages() {
    let Content::HoldingProof(mut paper) = holding() else {
        unreachable!()
    };
    let one = paper.dwellings[0].clone();
    paper.dwellings = (0..60)
        .map(|i| {
            let mut d = one.clone();
            d.address = format!("攀枝花市东区示例路{i}号");
            d
        })
        .collect();
    let content = Content::HoldingProof(paper);
    let made = compose(&content, &[], &Mark::None);
    assert!(made.pages.len() > 1);
    assert_eq!(made.seal.page, made.pages.len() - 1);
    let all = text(&made);
    for i in 0..60 {
        assert_eq!(all.matches(&format!("示例路{i}号")).count(), 1, "{i}");
    }
    // the head of the table stands on every page with rows
    assert!(all.matches("证书（证明）号").count() >= made.pages.len() - 1);
    for page in &made.pages {
        assert_eq!(beyond(page, 8.0), Vec::<String>::new());
    }
}

#[test]
fn the_same_content_gives_the_same_document() {
    let made = || {
        let content = title();
        let pages = compose(&content, &[parcel_plan()], &Mark::None);
        let day = "2026-11-23".parse().unwrap();
        document(&content, pages, day, &[("COPY", "1".to_owned())])
    };
    let one = made();
    assert_eq!(one, made());
    let metadata = String::from_utf8(one.attachments[0].bytes.clone()).unwrap();
    assert!(metadata.contains("<field code=\"ZZBH\" name=\"certificateNumber\" label=\"证照编号\">川(2026)攀枝花市不动产权第0000001号</field>"));
    assert_eq!(one.attachments[1].bytes, crate::canonical::bytes(&title()));
}

/// Where each line of the face stands, so that a change of the layout is seen.
#[test]
fn the_face_stands_where_it_stood() {
    let made = compose(&title(), &[], &Mark::None);
    let lines: Vec<String> = made.pages[0]
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Text(r) => Some(format!(
                "{:.1} {:.1} {:.2} {}",
                r.x, r.baseline, r.size, r.text
            )),
            _ => None,
        })
        .collect();
    let golden = include_str!("../../tests/golden/title-face.txt");
    assert_eq!(lines.join("\n"), golden.trim_end());
}

fn some_name() -> impl Strategy<Value = String> {
    "[一-龥]{1,30}|[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9}){0,3}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the register holds stands on the pages once, inside their frame.
    #[test]
    fn nothing_is_clipped(
        names in prop::collection::vec(some_name(), 1..14),
        remarks in "([一-龥，。；（）A-Za-z0-9 ]{0,200}\n?){0,6}",
        other in "([一-龥：0-9.㎡]{1,40}\n?){0,12}",
        address in "[一-龥0-9号]{1,200}",
        units in 1_usize..40,
        purpose in "[一-龥]{1,20}",
    ) {
        let content = with(|t| {
            let one = t.holders[0].clone();
            t.holders = names.iter().map(|n| {
                let mut h = one.clone();
                h.name = n.clone();
                h
            }).collect();
            t.remarks = remarks.clone();
            t.other_conditions = other.clone();
            let first = t.units[0].clone();
            t.units = (0..units).map(|i| {
                let mut u = first.clone();
                u.code = format!("510402001003GB00012F0003{:04}", i + 1);
                u.address = format!("{address}{i}");
                u
            }).collect();
        });
        let mark = Mark::Copy { grantee: "示例银行".to_owned(), purpose, valid_until: None };
        let made = compose(&content, &[], &mark);
        let shown = visible(&made.pages);
        for (field, value) in face_text(&content) {
            prop_assert_eq!(&shown[&field], &value, "{}", field);
        }
        if units > 1 {
            let all = text(&made);
            for u in content.units() {
                // the face names the first
                let times = all.matches(&u.grouped()).count();
                prop_assert!(times >= 1, "{}", u.code);
            }
        }
        for page in &made.pages {
            prop_assert_eq!(beyond(page, 8.0), Vec::<String>::new());
        }
    }

    /// Tables of result papers keep each cell's characters in their order.
    #[test]
    fn no_cell_is_lost(rows in prop::collection::vec(("[一-龥]{1,60}", "[A-Z0-9]{1,40}"), 1..60)) {
        let Content::HoldingProof(mut paper) = holding() else { unreachable!() };
        paper.further = vec![Part {
            heading: "测试".to_owned(),
            columns: vec!["甲".to_owned(), "乙".to_owned()],
            rows: rows.iter().map(|(a, b)| vec![a.clone(), b.clone()]).collect(),
            ..Part::default()
        }];
        let made = compose(&Content::HoldingProof(paper), &[], &Mark::None);
        let all = text(&made);
        let count = |t: &str, c: char| t.matches(c).count();
        let want: String = rows.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
        for c in want.chars() {
            prop_assert!(count(&all, c) >= count(&want, c), "{}", c);
        }
        for page in &made.pages {
            prop_assert_eq!(beyond(page, 8.0), Vec::<String>::new());
        }
    }
}

#[test]
fn a_unit_list_of_hundreds_flows_on() {
    let one = facts(vec![person("张示例", None)]);
    let many: Vec<_> = (1..=300)
        .map(|i| {
            let mut f = one.clone();
            f.unit.unit_code = format!("510402001003GB00012F0003{i:04}");
            f.unit.land_area = Some(Area::parse("100.5").unwrap());
            f
        })
        .collect();
    let number = "川(2026)攀枝花市不动产权第0000001号";
    let content = Content::of_certificate(head(DocumentKind::Title, number), &many).unwrap();
    let made = compose(&content, &[], &Mark::None);
    let all = text(&made);
    assert!(all.contains("不动产单元清单（共300个单元）"));
    assert_eq!(all.matches("序号").count(), made.pages.len() - 1);
    assert!(all.contains("510402 001003 GB00012 F00030300"));
}
