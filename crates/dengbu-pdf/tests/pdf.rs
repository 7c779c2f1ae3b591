//! The PDF copy: judged by poppler and pyHanko, by our own verifier, and broken on purpose.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

use std::path::Path as FilePath;
use std::process::Command;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Duration, Utc};
use dengbu_gm::crl::Reason;
use dengbu_gm::signer::SoftwareSigner;
use dengbu_gm::timestamp::OwnTimeStamper;
use dengbu_gm::{City, KeyStore, Policy, Role, Signer, Trust};
use dengbu_page::picture::QrModules;
use dengbu_page::{
    Attachment, Canvas, Colour, Document, Fonts, Image, Meta, Path, Size, Stroke, Template,
};
use dengbu_pdf::{PdfError, PdfWriter, SealPlace, Signing, Verdict, sign_pdf, verify_pdf};
use proptest::prelude::*;

const AUTHORITY: &str = "510400";
const HOLDER: &str = "张示例、李㐀花";

fn now() -> DateTime<Utc> {
    "2026-11-29T10:00:00Z".parse().unwrap()
}

fn fonts() -> &'static Fonts {
    Fonts::shared().unwrap()
}

static WRITER: LazyLock<PdfWriter> = LazyLock::new(|| PdfWriter::new(fonts()));

/// A red square with a transparent half, as PNG: 2 × 2 pixels.
fn picture() -> Arc<Image> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let pixels = [200, 0, 0, 255, 200, 0, 0, 0, 200, 0, 0, 128, 200, 0, 0, 255];
    writer.write_image_data(&pixels).unwrap();
    drop(writer);
    Arc::new(Image::read(bytes).unwrap())
}

fn document() -> Document {
    let mut below = Canvas::new(Size::A4_LANDSCAPE, fonts());
    below.rect(8.0, 8.0, 281.0, 194.0, Stroke::new(0.6, Colour::SEAL));
    below
        .centred(82.0, 38.0, 8.0, "不动产权证书（电子）")
        .unwrap();
    let template = Arc::new(Template::from(("title", below.finish())));
    let mut page = Canvas::over(&template, fonts());
    page.text(190.0, 48.0, 4.5, HOLDER).unwrap().field("CZZT");
    page.text(
        157.0,
        26.0,
        5.0,
        "川（2026）攀枝花市不动产权第0000010号 (A\\B)",
    )
    .unwrap();
    page.text(60.0, 120.0, 12.0, "样例")
        .unwrap()
        .turned(30.0)
        .colour(Colour::SEAL);
    page.qr(
        30.0,
        140.0,
        29.0,
        QrModules::new((0..841).map(|n| n % 3 == 0).collect()).unwrap(),
    );
    page.image(240.0, 160.0, 20.0, 20.0, &picture());
    let mut plan = Canvas::new(Size::A4, fonts());
    plan.path(
        Path::polyline(&[(40.0, 60.0), (150.0, 70.0), (140.0, 160.0)], true),
        (
            Colour::new(255, 244, 200),
            Stroke::new(0.4, Colour::BLACK).dashed(&[2.0, 1.0]),
        ),
    );
    plan.path(
        Path::circle(100.0, 110.0, 12.0),
        Stroke::new(0.3, Colour::BLACK),
    );
    plan.text(90.0, 112.0, 4.0, "宗地图 12.34m").unwrap();
    Document {
        meta: Meta {
            id: [0xab; 16],
            title: "不动产权证书".to_owned(),
            author: "攀枝花市自然资源和规划局".to_owned(),
            subject: String::new(),
            created: now().date_naive(),
            custom: vec![("ZZBS".to_owned(), "1.2.156.3005.2.X".to_owned())],
        },
        pages: vec![page.finish(), plan.finish()],
        attachments: vec![Attachment {
            name: "ecert.xml".to_owned(),
            media_type: "application/xml".to_owned(),
            bytes: b"<ecert/>".to_vec(),
        }],
    }
}

fn city(folder: &FilePath) -> City {
    let store = KeyStore::create(&folder.join("keys.json"), "口令", Policy::Test).unwrap();
    let mut city = City::found(store, "攀枝花市", now()).unwrap();
    city.issue(
        Role::PdfSigner,
        AUTHORITY,
        "攀枝花市自然资源和规划局",
        now(),
    )
    .unwrap();
    city
}

fn signed_by(signer: &SoftwareSigner, stamper: Option<&OwnTimeStamper>) -> Vec<u8> {
    let seal = SealPlace {
        page: 0,
        x: 100.0,
        y: 122.0,
        width: 40.0,
        height: 40.0,
        picture: picture(),
    };
    let signing = Signing {
        signer,
        seal: Some(&seal),
        time: now(),
        stamper: stamper.map(|s| s as _),
    };
    sign_pdf(&WRITER, &document(), &signing).unwrap()
}

/// A signed file and whom to trust for it.
static ONE: LazyLock<(Vec<u8>, Trust)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let signer = city.signer(Role::PdfSigner, AUTHORITY).unwrap();
    (signed_by(&signer, None), city.trust(now()).unwrap())
});

#[test]
fn a_signed_copy_is_valid_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let signer = city.signer(Role::PdfSigner, AUTHORITY).unwrap();
    let bytes = signed_by(&signer, None);
    assert_eq!(bytes, signed_by(&signer, None));
    let report = verify_pdf(&bytes, &city.trust(now()).unwrap());
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.problems);
    assert_eq!(report.time, Some(now()));
    assert!(report.signer.unwrap().contains("攀枝花市自然资源和规划局"));
    let nobody = verify_pdf(&bytes, &Trust::default());
    assert_eq!(nobody.verdict, Verdict::Untrusted);
    let sm2 = city.signer(Role::SealMaker, "").unwrap();
    let signing = Signing {
        signer: &sm2,
        seal: None,
        time: now(),
        stamper: None,
    };
    assert!(matches!(
        sign_pdf(&WRITER, &document(), &signing),
        Err(PdfError::Sign(_))
    ));
}

#[test]
fn a_time_stamp_proves_the_time_even_of_a_key_stolen_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut city = city(folder.path());
    let signer = city.signer(Role::PdfSigner, AUTHORITY).unwrap();
    let stamper = OwnTimeStamper::new(
        Arc::new(city.signer(Role::PdfTimeStamper, "").unwrap()),
        now,
    );
    let (plain, stamped) = (signed_by(&signer, None), signed_by(&signer, Some(&stamper)));
    let id = city.store().current(Role::PdfSigner, AUTHORITY).unwrap().id;
    city.revoke(id, now() + Duration::days(9), Reason::KeyCompromise)
        .unwrap();
    let trust = city.trust(now() + Duration::days(9)).unwrap();
    assert_eq!(verify_pdf(&plain, &trust).verdict, Verdict::Untrusted);
    let report = verify_pdf(&stamped, &trust);
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.problems);
    assert_eq!(report.proven, Some(now()));
}

#[test]
fn files_that_are_none_of_ours_are_named() {
    let (bytes, trust) = &*ONE;
    let verdict = |bytes: &[u8]| verify_pdf(bytes, trust).verdict;
    assert_eq!(verdict(b""), Verdict::Unreadable);
    assert_eq!(verdict(b"PK\x03\x04"), Verdict::Unreadable);
    assert_eq!(
        verdict(&WRITER.unsigned(&document()).unwrap()),
        Verdict::Unsigned
    );
    let mut huge = bytes.clone();
    huge.resize(dengbu_pdf::verify::LENGTH_MAX + 1, b' ');
    assert_eq!(verdict(&huge), Verdict::Unreadable);
    assert_eq!(verdict(&bytes[..bytes.len() / 2]), Verdict::Unsigned);
    assert_eq!(verdict(&bytes[..bytes.len() - 1]), Verdict::Altered);
    let mut appended = bytes.clone();
    appended.extend(b"\n1 0 obj<<>>endobj\n%%EOF");
    assert_eq!(verdict(&appended), Verdict::Altered);
    let mut twice = bytes.clone();
    twice.extend(&bytes[..]);
    assert_eq!(verdict(&twice), Verdict::Altered);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Every byte counts, except the case of the signature's hexadecimal digits.
    #[test]
    fn a_changed_byte_is_never_valid_and_never_a_panic(at in any::<proptest::sample::Index>(), with in 1u8.., cut in proptest::option::weighted(0.2, any::<proptest::sample::Index>())) {
        let (original, trust) = &*ONE;
        let mut bytes = original.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= with;
        let only_case = bytes[at].eq_ignore_ascii_case(&original[at]);
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let verdict = verify_pdf(&bytes, trust).verdict;
        prop_assert!(verdict != Verdict::Valid || only_case, "byte {}: {:?}", at, verdict);
    }

    #[test]
    fn foreign_bytes_never_panic(head in proptest::sample::select(vec!["%PDF-1.7\n", "%PDF-1.7 /ByteRange [0 9 20 30]/Contents <3082", ""]), junk in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = head.as_bytes().to_vec();
        bytes.extend(junk);
        prop_assert_ne!(verify_pdf(&bytes, &ONE.1).verdict, Verdict::Valid);
    }
}

/// A program; CI must have it.
fn there(program: &str) -> bool {
    let there = Command::new(program).arg("-v").output().is_ok();
    assert!(
        there || std::env::var_os("CI").is_none(),
        "{program} is missing"
    );
    if !there {
        eprintln!("skipped: {program} is missing");
    }
    there
}

fn said(program: &str, words: &[&str], file: &FilePath) -> String {
    let mut command = Command::new(program);
    command.args(words).arg(file);
    if program == "pdftotext" {
        // it writes where it is told
        command.arg("-");
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    String::from_utf8_lossy(&output.stdout).into_owned() + &errors
}

#[test]
fn poppler_reads_the_text_finds_the_fonts_and_accepts_the_signature() {
    if !there("pdftotext") || !there("pdfsig") || !there("pdffonts") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certificate.pdf");
    std::fs::write(&path, &ONE.0).unwrap();
    let text = said("pdftotext", &["-layout"], &path);
    for part in [
        "不动产权证书（电子）",
        HOLDER,
        "川（2026）攀枝花市不动产权第0000010号 (A\\B)",
        "宗地图 12.34m",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("Error"), "{text}");
    let fonts = said("pdffonts", &[], &path);
    for name in ["DengbuKai", "DengbuRare"] {
        let line = fonts.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains("CID TrueType"), "{line}");
        // embedded, subset, with a map to Unicode
        assert_eq!(line.matches("yes").count(), 3, "{line}");
    }
    let signature = said("pdfsig", &["-nocert"], &path);
    assert!(signature.contains("Signature is Valid"), "{signature}");
    assert!(signature.contains("Total document signed"), "{signature}");
    if let Some(show) = std::env::var_os("DENGBU_SHOW") {
        std::fs::copy(&path, FilePath::new(&show).join("certificate.pdf")).unwrap();
    }
}

#[test]
fn pyhanko_accepts_signature_and_time_stamp() {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/ecert-python/bin/python");
    if !python.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "run tools/ecert-python.sh first"
        );
        eprintln!("skipped: run tools/ecert-python.sh first");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let city = city(folder.path());
    let signer = city.signer(Role::PdfSigner, AUTHORITY).unwrap();
    let stamper = OwnTimeStamper::new(
        Arc::new(city.signer(Role::PdfTimeStamper, "").unwrap()),
        now,
    );
    let (pdf, pem) = (folder.path().join("c.pdf"), folder.path().join("root.pem"));
    std::fs::write(&pdf, signed_by(&signer, Some(&stamper))).unwrap();
    let certificate = city
        .signer(Role::PdfRoot, "")
        .unwrap()
        .certificate()
        .to_pem();
    std::fs::write(&pem, certificate).unwrap();
    let script = "
import sys, datetime
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.keys import load_cert_from_pemder
from pyhanko_certvalidator import ValidationContext
root = load_cert_from_pemder(sys.argv[2])
moment = datetime.datetime(2026, 11, 29, 11, tzinfo=datetime.timezone.utc)
context = ValidationContext(trust_roots=[root], moment=moment, allow_fetching=False)
with open(sys.argv[1], 'rb') as file:
    signature = PdfFileReader(file).embedded_signatures[0]
    status = validate_pdf_signature(signature, context, context)
    print(status.intact, status.valid, status.trusted, status.coverage.name, status.timestamp_validity.valid, status.timestamp_validity.trusted)
    print(status.pretty_print_details())
";
    let output = Command::new(python)
        .args(["-c", script])
        .arg(&pdf)
        .arg(&pem)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.starts_with("True True True ENTIRE_FILE True True"),
        "{text}{errors}"
    );
}
