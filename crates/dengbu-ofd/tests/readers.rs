//! Readers we did not write open our files: the crate ofd-core and the Python package ofdkit.

mod support;

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use ofd_core::{OfdPackage, OfdReader, RenderOptions};
use support::*;

#[test]
fn ofd_core_opens_checks_and_renders_it() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = sealed(&city(folder.path()));
    if let Some(path) = std::env::var_os("DENGBU_SHOW") {
        std::fs::write(Path::new(&path).join("certificate.ofd"), &bytes).unwrap();
    }
    let mut reader = OfdReader::new(OfdPackage::new(Cursor::new(bytes)).unwrap()).unwrap();
    let report = ofd_core::check_reader(&mut reader);
    assert!(report.conforms(), "{:?}", report.problems);
    assert_eq!(report.signatures.len(), 1);
    let body = reader.ofd().doc_bodies[0].clone();
    let document = reader.load_document(&body).unwrap();
    assert_eq!(document.pages().len(), 2);
    let image = reader
        .render_page_to_image(&document, 0, &RenderOptions::with_dpi(96.0))
        .unwrap();
    let dark = |x: f64, y: f64, width: f64, height: f64| {
        let px = |mm: f64| (mm / 25.4 * 96.0) as u32;
        let mut count = 0;
        for y in px(y)..px(y + height) {
            for x in px(x)..px(x + width) {
                let pixel = image.get_pixel(x, y);
                count += u32::from(pixel.0[0] < 128 && pixel.0[1] < 128);
            }
        }
        count
    };
    assert!(
        dark(190.0, 43.0, 60.0, 7.0) > 150,
        "the holder's name is seen"
    );
    assert!(
        dark(49.0, 30.0, 66.0, 9.0) > 400,
        "the template's title is seen"
    );
    assert!(dark(30.0, 140.0, 30.0, 30.0) > 3000, "the code is seen");
    assert_eq!(
        dark(20.0, 60.0, 30.0, 20.0),
        0,
        "nothing where nothing was drawn"
    );
    if let Some(path) = std::env::var_os("DENGBU_SHOW") {
        image.save(Path::new(&path).join("ofd-1.png")).unwrap();
        let options = RenderOptions::with_dpi(96.0);
        let second = reader.render_page_to_image(&document, 1, &options).unwrap();
        second.save(Path::new(&path).join("ofd-2.png")).unwrap();
    }
}

#[test]
fn ofdkit_reads_the_same_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
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
    let path = folder.path().join("certificate.ofd");
    std::fs::write(&path, sealed(&city(folder.path()))).unwrap();
    let script = "import sys, ofdkit; print(ofdkit.extract_text(sys.argv[1]))";
    let output = Command::new(python)
        .args(["-c", script])
        .arg(&path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    for part in [
        "不动产权证书（电子）",
        UNIT,
        "攀枝花市东区<炳草岗>大街 & 1号",
        "宗地图 12.34m",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}{error}");
    }
}
