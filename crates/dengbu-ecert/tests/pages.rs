//! Certificates as files, judged by programs we did not write: the PDF is drawn by poppler, its
//! text read by poppler, the code on the drawn page by zbar.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use dengbu_ecert::content::{
    Content, Field, HeldDwelling, HoldingProof, Part, RegisterExtract, RegistrationProof,
    ResultFrame, SearchResult, SearchedPerson,
};
use dengbu_ecert::layout::{Mark, Order, Press, document};
use dengbu_ecert::plan::{FloorPlan, Plan};
use dengbu_ecert::qr::{Payload, Signed, Stamp};
use dengbu_ecert::{DocumentKind, Identifier};
use dengbu_gm::Signature;
use dengbu_model::cadastre::Polygon;
use dengbu_page::Fonts;
use dengbu_papers::plan::{Boundary, PlanFacts};
use dengbu_pdf::PdfWriter;
use support::{content, day, key, sign};

const HOST: &str = "ecert.example.gov.cn";

fn text(t: &str) -> String {
    t.to_owned()
}

fn url(content: &Content) -> String {
    let stamp = Stamp {
        key_id: 1,
        list_index: 7,
        status_as_of: day("2026-11-23"),
    };
    let payload = Payload::of(content, stamp).unwrap();
    payload.sign(sign(&key(2))).unwrap().url(HOST)
}

fn pdf(content: &Content, plans: &[Plan], mark: &Mark) -> Vec<u8> {
    let url = url(content);
    let order = Order {
        content,
        qr: Some(&url),
        plans,
        mark,
        trial: false,
    };
    let pages = Press::standard().unwrap().compose(&order).unwrap();
    let made = document(content, pages, day("2026-11-23"), &[]);
    PdfWriter::new(Fonts::shared().unwrap())
        .unsigned(&made)
        .unwrap()
}

/// Whether the programs are here; CI must have them.
fn programs() -> bool {
    let all = ["pdftoppm", "pdftotext", "zbarimg"];
    let here = all
        .iter()
        .all(|p| Command::new(p).arg("--version").output().is_ok());
    assert!(
        here || std::env::var_os("CI").is_none(),
        "CI has poppler-utils and zbar-tools"
    );
    if !here {
        eprintln!("skipped: poppler-utils and zbar-tools are not installed");
    }
    here
}

fn run(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).output().unwrap();
    assert!(
        out.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}

/// Pages of a file as pictures, in a folder; where `DENGBU_PICTURES` names one, they stay there.
fn pictures(name: &str, file: &[u8], dots: &str) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let at = |n: &str| folder.path().join(n).to_string_lossy().into_owned();
    std::fs::write(at("c.pdf"), file).unwrap();
    run("pdftoppm", &["-r", dots, "-png", &at("c.pdf"), &at("page")]);
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|x| x == "png"))
        .collect();
    pages.sort();
    if let Some(kept) = std::env::var_os("DENGBU_PICTURES") {
        for (i, page) in pages.iter().enumerate() {
            let target = Path::new(&kept).join(format!("{name}-{}.png", i + 1));
            std::fs::copy(page, target).unwrap();
        }
    }
    (folder, pages)
}

fn read_text(file: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.pdf");
    std::fs::write(&path, file).unwrap();
    let found = run("pdftotext", &["-raw", &path.to_string_lossy(), "-"]);
    found.chars().filter(|c| !c.is_whitespace()).collect()
}

fn parcel_plan() -> Plan {
    let polygon = Polygon {
        srid: 0,
        rings: vec![vec![
            [0.0, 0.0],
            [80.0, 0.0],
            [95.0, 40.0],
            [60.0, 70.0],
            [0.0, 60.0],
        ]],
    };
    Plan::Parcel(PlanFacts {
        parcel_code: text("510402001003GB00012"),
        address: text("攀枝花市东区示例路12号"),
        area: text("5250.00 ㎡"),
        boundary: Boundary::of(&polygon),
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

fn floor_plan() -> Plan {
    let outline = Polygon {
        srid: 0,
        rings: vec![vec![
            [0.0, 0.0],
            [9.6, 0.0],
            [9.6, 4.2],
            [12.3, 4.2],
            [12.3, 9.9],
            [0.0, 9.9],
        ]],
    };
    Plan::Floor(FloorPlan {
        unit_code: text("510402 001003 GB00012 F00030027"),
        facts: [("所在层", "5"), ("总层数", "6"), ("建筑面积", "98.76 ㎡")]
            .map(|(label, value)| Field::new(label, value))
            .to_vec(),
        outline: Boundary::of(&outline),
        ..FloorPlan::default()
    })
}

fn title() -> dengbu_ecert::content::TitleCertificate {
    let Content::Title(made) = content() else {
        unreachable!()
    };
    made
}

/// Twelve holders, thirty units, long remarks.
fn large() -> Content {
    let mut t = title();
    let (holder, unit) = (t.holders[0].clone(), t.units[0].clone());
    t.holders = (1..=12)
        .map(|i| {
            let mut h = holder.clone();
            h.name = format!("买买提·阿卜杜热西提·示例{i}");
            h
        })
        .collect();
    t.units = (1..=30)
        .map(|i| {
            let mut u = unit.clone();
            u.code = format!("510402001003GB00012F0003{i:04}");
            u.address = format!("攀枝花市东区示例路12号3幢1单元{i}号");
            u
        })
        .collect();
    t.remarks =
        "各共有人依约定各占十二分之一；转让份额的，其他共有人在同等条件下享有优先购买的权利。"
            .repeat(12);
    Content::Title(t)
}

fn proof() -> Content {
    let t = title();
    let mut head = t.head.clone();
    head.number = text("川(2026)攀枝花市不动产证明第0000007号");
    head.identifier = identifier(DocumentKind::Proof);
    Content::Proof(RegistrationProof {
        head,
        matter: text("抵押权"),
        holders: t.holders.clone(),
        obligors: t.holders,
        units: t.units,
        other: text("抵押方式：一般抵押\n担保债权的数额：800,000.00 元（捌拾万元整）"),
        remarks: text("—"),
    })
}

fn identifier(kind: DocumentKind) -> Identifier {
    let own = "11510400MA0000015R";
    Identifier::new(&kind.type_code(own), own, "510400000000002", 1).unwrap()
}

fn frame(kind: DocumentKind, title_zh: &str, number: &str) -> ResultFrame {
    let t = title();
    let mut head = t.head;
    head.number = text(number);
    head.identifier = identifier(kind);
    ResultFrame {
        head,
        applicants: t.holders,
        title: text(title_zh),
        application: vec![
            Field::new("查询申请人", "张示例"),
            Field::new("查询目的", "子女入学"),
            Field::new("查询时点", "2026年11月23日 10:00:00"),
        ],
        conclusion: Some(text("截至查询时点，登记在下列被查询人名下的房屋共 1 处。")),
        warnings: vec![text("本查询结果只反映上列查询时点登记簿的记载。")],
        issued_at: text("2026年11月23日 10:00:00"),
        issued_by: text("王经办"),
        check_code: text("CV3Z-1X32-XVPX-KMFJ"),
    }
}

fn papers() -> [Content; 3] {
    let holding = HoldingProof {
        frame: frame(
            DocumentKind::HoldingProof,
            "个人住房登记情况查询证明",
            "有房2026510400000001",
        ),
        people: vec![SearchedPerson {
            relation: text("本人"),
            name: text("张示例"),
            id_kind: text("身份证"),
            id_number: text("510402180001010012"),
        }],
        dwellings: vec![HeldDwelling {
            holder: text("张示例"),
            address: text("攀枝花市东区示例路12号3幢1单元502号"),
            use_name: text("住宅"),
            area: text("98.76"),
            co_ownership: text("共同共有"),
            certificate_no: text(support::NUMBER),
        }],
        further: Vec::new(),
    };
    let page = |i: usize| Part {
        heading: format!("房地产权登记信息（{i}）"),
        facts: vec![
            Field::new("不动产单元号", "510402 001003 GB00012 F00030027"),
            Field::new("权利人", "张示例、李示例"),
            Field::new("附记", "本户房屋已办理抵押登记。"),
        ],
        ..Part::default()
    };
    let kind = DocumentKind::SearchResult;
    let search = SearchResult {
        frame: frame(kind, "不动产登记资料查询结果证明", "查2026510400000001"),
        parts: vec![page(1)],
    };
    let kind = DocumentKind::RegisterExtract;
    let extract = RegisterExtract {
        frame: frame(kind, "不动产登记簿查询摘录", "摘2026510400000001"),
        parts: (1..=12).map(page).collect(),
    };
    [
        Content::HoldingProof(holding),
        Content::SearchResult(search),
        Content::RegisterExtract(extract),
    ]
}

/// The code on each document, read by zbar from the page as poppler draws it at a telephone's
/// resolution, and our own check of what was read.
#[test]
fn zbar_reads_the_code_of_each_document() {
    if !programs() {
        return;
    }
    let [holding, search, extract] = papers();
    let title = Content::Title(title());
    let public = key(2).public();
    for (name, content, plans) in [
        ("title", title, vec![parcel_plan(), floor_plan()]),
        ("proof", proof(), Vec::new()),
        ("large", large(), Vec::new()),
        ("holding", holding, Vec::new()),
        ("search", search, Vec::new()),
        ("extract", extract, Vec::new()),
    ] {
        let (_folder, pages) = pictures(name, &pdf(&content, &plans, &Mark::None), "130");
        let paths: Vec<String> = pages
            .iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect();
        let args: Vec<&str> = ["--quiet", "--raw"]
            .into_iter()
            .chain(paths.iter().map(String::as_str))
            .collect();
        let out = Command::new("zbarimg").args(args).output().unwrap();
        let read = String::from_utf8(out.stdout).unwrap();
        assert_eq!(read.trim(), url(&content), "{name}");
        let payload = Signed::verify(read.trim(), |_, _, message, signature| {
            Some(public.verify(message, &Signature::from_raw(*signature)))
        })
        .unwrap();
        assert!(payload.fits(&content), "{name}");
    }
}

/// Text as poppler reads it: all of the register's words, and the marks of a copy.
#[test]
fn poppler_reads_every_value() {
    if !programs() {
        return;
    }
    let mark = Mark::Copy {
        grantee: text("示例银行"),
        purpose: text("抵押贷款"),
        valid_until: Some(text("2026年12月31日")),
    };
    let large = large();
    let found = read_text(&pdf(&large, &[parcel_plan()], &mark));
    for holder in large.holders() {
        assert!(found.contains(&holder.name), "{}", holder.name);
    }
    for unit in large.units() {
        let grouped: String = unit.grouped().split_whitespace().collect();
        assert!(found.contains(&grouped), "{grouped}");
    }
    let note = "加注件：仅供示例银行办理抵押贷款使用，有效期至2026年12月31日";
    let pages = found.matches("页共").count();
    assert_eq!(found.matches(note).count(), pages);
    assert!(found.contains("宗地图") && found.contains("80.00"));
    let dead = read_text(&pdf(&proof(), &[], &Mark::Dead));
    assert!(dead.contains("电子证照已注销，不再具有法律效力"));
    assert!(dead.contains("捌拾万元整"));
}
