use proptest::prelude::*;

use super::fit::{fit, width, wrap};
use super::station::{CorrectionError, test_page};
use super::*;
use dengbu_model::certificate::CertificateKind;

use super::form::FormFault;

fn title(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = [
        ("证号", "川(2026)攀枝花市不动产权第0000001号"),
        ("权利人", "张三丰、李四光"),
        ("共有情况", "共同共有"),
        ("坐落", "攀枝花市东区某某路12号"),
        ("不动产单元号", "510402 001003 GB00012 F00030027"),
        ("权利类型", "国有建设用地使用权/房屋所有权"),
        ("权利性质", "出让/市场化商品房"),
        ("用途", "城镇住宅用地/住宅"),
        ("面积", "共有宗地面积：12345.67㎡/房屋建筑面积：98.76㎡"),
        ("使用期限", "国有建设用地使用权 2001-05-01起2071-04-30止"),
        ("权利其他状况", "房屋结构：钢筋混凝土结构\n所在层：5"),
        ("附记", NONE),
    ]
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .to_vec();
    for (key, value) in changes {
        all.iter_mut().find(|(k, _)| k == key).unwrap().1 = (*value).to_owned();
    }
    all
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// All lines of a key over all pages, without the signs of continuation.
fn text_of(laid: &Laid, key: &str) -> String {
    let lines = laid.pages.iter().flat_map(|p| &p.lines);
    lines
        .filter(|(k, l)| k == key && l.text != CONTINUED)
        .map(|(_, l)| plain(&l.text))
        .collect()
}

#[test]
fn blanks_have_every_row_of_the_statutory_page_in_order_and_places_do_not_overlap() {
    let order: Vec<String> = title(&[]).into_iter().map(|(k, _)| k).collect();
    for (kind, wanted) in [
        (CertificateKind::Title, order),
        (
            CertificateKind::Proof,
            [
                "证号",
                "证明权利或事项",
                "权利人（申请人）",
                "义务人",
                "坐落",
                "不动产单元号",
                "其他",
                "附记",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
    ] {
        let form = form::of(kind);
        let keys: Vec<&String> = form
            .pages
            .iter()
            .flat_map(|p| &p.places)
            .map(|p| &p.key)
            .collect();
        assert_eq!(keys, wanted.iter().collect::<Vec<_>>());
        for page in &form.pages {
            for p in &page.places {
                assert!(
                    p.x > 0.0 && p.x + p.width < form.width && p.y + p.height < form.height,
                    "{p:?}"
                );
                assert!(
                    p.sizes.windows(2).all(|s| s[0] > s[1]) && p.smallest() >= 9.0,
                    "{p:?}"
                );
            }
            for pair in page.places.windows(2) {
                assert!(pair[0].y + pair[0].height < pair[1].y, "{pair:?}");
            }
        }
    }
}

#[test]
fn an_ordinary_certificate_stands_in_its_places_in_the_largest_type() {
    let laid = lay_out(form::of(CertificateKind::Title), &title(&[]));
    assert_eq!(laid.pages.len(), 2);
    assert!(laid.moved.is_empty());
    for (key, value) in title(&[]) {
        assert_eq!(text_of(&laid, &key), plain(&value));
    }
    let (_, address) = laid.pages[0]
        .lines
        .iter()
        .find(|(k, _)| k == "坐落")
        .unwrap();
    assert_eq!((address.x, address.size), (50.0, 12.0));
}

#[test]
fn long_texts_get_smaller_type_then_the_remarks_then_continuation_pages() {
    let address = "攀枝花市东区".to_owned() + &"很长的路".repeat(12) + "1号";
    let laid = lay_out(
        form::of(CertificateKind::Title),
        &title(&[("坐落", &address)]),
    );
    let (_, line) = laid.pages[0]
        .lines
        .iter()
        .find(|(k, _)| k == "坐落")
        .unwrap();
    assert!(line.size < 12.0 && laid.moved.is_empty(), "{line:?}");
    assert_eq!(text_of(&laid, "坐落"), address);

    let many: Vec<String> = (1..=80).map(|i| format!("权利人第{i:03}位")).collect();
    let many = many.join("、");
    let laid = lay_out(
        form::of(CertificateKind::Title),
        &title(&[("权利人", &many), ("附记", "原证收回")]),
    );
    assert_eq!(text_of(&laid, "权利人"), SEE_REMARKS);
    assert_eq!(laid.moved, ["权利人"]);
    assert_eq!(text_of(&laid, REMARKS), format!("原证收回权利人：{many}"));
    assert_eq!(laid.pages.len(), 2);

    let crowd = [many.as_str(); 12].join("、");
    let laid = lay_out(
        form::of(CertificateKind::Title),
        &title(&[("权利人", &crowd)]),
    );
    assert!(laid.pages.len() > 2);
    assert_eq!(laid.pages[2].name, "续页1");
    assert_eq!(text_of(&laid, REMARKS), format!("权利人：{crowd}"));
    let signs = |p: &LaidPage| p.lines.iter().filter(|(_, l)| l.text == CONTINUED).count();
    let (last, before) = laid.pages[1..].split_last().unwrap();
    assert!(signs(last) == 0 && before.iter().all(|p| signs(p) == 1));
}

#[test]
fn a_closing_sign_begins_no_line_and_a_number_is_not_torn() {
    let lines = wrap("甲乙丙丁戊，己庚ABC12345678", 5.0 * fit::points(12.0), 12.0);
    assert_eq!(lines[0], "甲乙丙丁");
    assert!(lines.iter().all(|l| !l.starts_with('，')), "{lines:?}");
    assert!(
        wrap("共有 12345.67㎡", 30.0, 12.0)
            .iter()
            .any(|l| l.contains("12345.67"))
    );
    // longer than any line: broken, not lost
    assert_eq!(wrap(&"A".repeat(99), 20.0, 12.0).concat().len(), 99);
}

#[test]
fn overprint_holds_only_data_and_preview_the_drawn_blank_too() {
    let laid = lay_out(
        form::of(CertificateKind::Title),
        &title(&[("权利人", "<b>")]),
    );
    let shift = Correction {
        shift_x: -125,
        shift_y: 30,
        scale_x: 10_010,
        ..Correction::default()
    };
    let over = draw("证", &laid, &[], Mode::Overprint, &shift);
    assert!(
        over.contains("translate(-1.25 0.3) scale(1.001 1)"),
        "{over}"
    );
    assert!(over.contains("@page{size:185mm 260mm;margin:0}"));
    assert!(!over.contains("<rect") && !over.contains("内容预览") && over.contains("&lt;b&gt;"));
    let seen = draw("证", &laid, &[], Mode::Preview, &shift);
    assert!(seen.contains("<rect") && seen.contains("内容预览") && !seen.contains("translate"));
}

#[test]
fn corrections_have_bounds_and_the_test_page_shows_them() {
    let off = |shift_x, scale_y| Correction {
        shift_x,
        scale_y,
        ..Correction::default()
    };
    assert_eq!(off(2_000, 10_500).check(), Ok(()));
    assert_eq!(off(-2_001, 10_000).check(), Err(CorrectionError::Shift));
    assert_eq!(off(0, 9_499).check(), Err(CorrectionError::Scale));
    assert_eq!(
        off(i32::MIN + 1, 10_000).check(),
        Err(CorrectionError::Shift)
    );
    assert_eq!(off(150, 10_100).apply(10.0, 20.0), (11.5, 20.2));
    assert_eq!(Correction::default().transform(), "");
    let closed = |page: &str, element: &str| {
        page.matches(&format!("<{element} ")).count()
            == page.matches(&format!("</{element}>")).count()
    };
    let page = test_page("一号<窗口", 185.0, 260.0, &off(-5, 10_000));
    assert!(closed(&page, "line") && closed(&page, "circle"));
    assert!(page.contains("-0.05 毫米") && page.contains("20,20") && page.contains("一号&lt;窗口"));
}

#[test]
fn an_authoritys_own_blank_has_the_same_places_each_on_the_page_and_none_over_another() {
    let kind = CertificateKind::Title;
    let own = form::of(kind);
    assert_eq!(own.check(kind), Ok(()));
    let proof = form::of(CertificateKind::Proof);
    assert_eq!(proof.check(CertificateKind::Proof), Ok(()));
    assert!(matches!(proof.check(kind), Err(FormFault::Places(_))));
    let changed = |change: fn(&mut form::Form)| {
        let mut form = own.clone();
        change(&mut form);
        form.check(kind).unwrap_err().to_string()
    };
    assert!(changed(|f| f.width = 20.0).contains("100 至 420"));
    assert!(changed(|f| f.height = f64::NAN).contains("100 至 420"));
    assert!(changed(|f| f.pages[0].places[1].x = 170.0).contains("“权利人”应在纸张之内"));
    assert!(changed(|f| f.pages[0].places[1].y = f64::NAN).contains("“权利人”应在纸张之内"));
    assert!(changed(|f| f.pages[0].places[2].y = 40.0).contains("“权利人”与“共有情况”"));
    assert!(changed(|f| f.pages[0].places[1].sizes = vec![9.0, 12.0]).contains("从大到小"));
    assert!(changed(|f| f.pages[0].places[1].sizes.clear()).contains("从大到小"));
    assert!(changed(|f| drop(f.pages[1].places.pop())).contains("remarks/附记"));
    assert!(changed(|f| f.pages[0].places.swap(1, 2)).contains("栏目顺序"));
    // what is moved is printed where it was moved to
    let mut form = own.clone();
    form.pages[0].places[1].x = 55.0;
    form.pages[0].places[1].width = 108.0;
    assert_eq!(form.check(kind), Ok(()));
    let laid = lay_out(&form, &title(&[]));
    let at = |key: &str| laid.pages[0].lines.iter().find(|(k, _)| k == key).unwrap();
    assert!((at("权利人").1.x - 55.0).abs() < f64::EPSILON);
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_stands_outside_its_place(
        holders in "[\\u{4e00}-\\u{9fa5}、，A-Za-z0-9（）]{0,900}",
        remarks in "[\\u{4e00}-\\u{9fa5}。\\n0-9 ]{0,1800}",
    ) {
        let laid = lay_out(form::of(CertificateKind::Title), &title(&[("权利人", &holders), ("附记", &remarks)]));
        let own = text_of(&laid, "权利人");
        let notes = text_of(&laid, REMARKS);
        if laid.moved.is_empty() {
            prop_assert_eq!(own, plain(&holders));
            prop_assert_eq!(notes, plain(&remarks));
        } else {
            prop_assert_eq!(own, SEE_REMARKS);
            prop_assert_eq!(notes, plain(&format!("{remarks}权利人：{holders}")));
        }
        let places: Vec<&Place> = laid.form.pages.iter().flat_map(|p| &p.places).collect();
        for (key, line) in laid.pages.iter().flat_map(|p| &p.lines) {
            let Some(place) = places.iter().find(|p| &p.key == key) else { continue };
            // one sign more than the width may stand where nothing else can be broken
            prop_assert!(width(&line.text, line.size) <= place.width + 0.001, "{:?}", line);
            prop_assert!(line.baseline <= place.y + place.height && line.baseline > place.y);
        }
    }

    #[test]
    fn what_fits_is_set_whole(text in "[\\u{4e00}-\\u{9fa5}a-z、]{0,80}") {
        for place in form::of(CertificateKind::Proof).pages.iter().flat_map(|p| &p.places) {
            if let Some(lines) = fit(&text, place) {
                let joined: String = lines.into_iter().map(|l| l.text).collect();
                prop_assert_eq!(&joined, &text);
            }
        }
    }
}
