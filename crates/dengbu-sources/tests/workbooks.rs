//! Workbooks made by another library: several headings, merged cells, formulas, errors, bombs.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;

use dengbu_sources::{OpenOptions, Record, Source, SourceError};
use rust_xlsxwriter::{Format, Formula, Workbook};

fn ledger(path: &std::path::Path) {
    let mut book = Workbook::new();
    let plain = Format::new();
    for (name, offset) in [("红格镇", 0), ("永兴镇", 100)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet
            .merge_range(0, 0, 0, 4, &format!("盐边县{name}房屋登记台账"), &plain)
            .unwrap();
        for (column, text) in [(0, "序号"), (3, "建筑面积(㎡)"), (4, "登记日期")] {
            sheet
                .merge_range(1, column, 2, column, text, &plain)
                .unwrap();
        }
        sheet.merge_range(1, 1, 1, 2, "权利人", &plain).unwrap();
        sheet.write(2, 1, "姓名").unwrap();
        sheet.write(2, 2, "证件号").unwrap();
        for i in 0..3_u32 {
            let row = i + 3;
            sheet.write(row, 0, f64::from(i + 1 + offset)).unwrap();
            sheet.write(row, 2, "510104199909254515").unwrap();
            sheet.write(row, 3, 90.5 + f64::from(i)).unwrap();
        }
        // One owner for two rows, a day of a calendar, a formula, an error, a number too long.
        sheet.merge_range(3, 1, 4, 1, "张三", &plain).unwrap();
        sheet.write(5, 1, "李四").unwrap();
        sheet
            .write_with_format(3, 4, 42251.0, &Format::new().set_num_format("yyyy-mm-dd"))
            .unwrap();
        sheet
            .write_formula(4, 3, Formula::new("=1/0").set_result("#DIV/0!"))
            .unwrap();
        sheet
            .write_formula(5, 3, Formula::new("=90+2").set_result("92"))
            .unwrap();
        sheet.write(5, 2, 510_104_199_909_254_515_f64).unwrap();
    }
    let other = book.add_worksheet().set_name("说明").unwrap();
    other.write(0, 0, "填表人").unwrap();
    other.write(0, 1, "电话").unwrap();
    other.write(1, 0, "王五").unwrap();
    book.save(path).unwrap();
}

#[test]
fn a_sheet_per_town_is_one_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("台账.xlsx");
    ledger(&path);
    let source = Source::open_path(&path, &OpenOptions::default()).unwrap();
    let names: Vec<&str> = source.tables().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["台账!红格镇", "台账!说明"]);
    let info = source.table("台账!红格镇").unwrap();
    let fields: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        fields,
        [
            "序号",
            "权利人·姓名",
            "权利人·证件号",
            "建筑面积(㎡)",
            "登记日期"
        ]
    );
    let rows: Vec<Record> = source
        .records("台账!红格镇")
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 6);
    let text = |r: usize, c: usize| rows[r].cells[c].as_text().into_owned();
    assert_eq!(
        (text(0, 1), text(1, 1), text(2, 1)),
        ("张三".into(), "张三".into(), "李四".into())
    );
    assert_eq!(
        (text(0, 4), text(0, 3)),
        ("2015-09-04".into(), "90.5".into())
    );
    assert_eq!(
        (rows[3].part.as_deref(), rows[3].number),
        (Some("永兴镇"), 4)
    );
    assert_eq!(text(1, 3), "");
    let said = |r: usize| {
        rows[r]
            .remarks
            .iter()
            .map(|x| x.text.as_str())
            .collect::<Vec<_>>()
            .join("；")
    };
    assert!(
        said(1).contains("#DIV/0!") && said(1).contains("公式"),
        "{}",
        said(1)
    );
    assert!(
        said(2).contains("按保存的计算结果") && said(2).contains("15 位"),
        "{}",
        said(2)
    );
    assert_eq!(text(2, 3), "92");
}

/// A sheet that says it goes to the last cell of Excel costs no more than what stands in it.
#[test]
fn a_bomb_is_refused_before_it_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.xlsx");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..300 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
    let error = Source::open_path(&path, &OpenOptions::default()).unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("压缩炸弹"), "{error}");
}

#[test]
fn what_is_no_workbook_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("a.xlsx", &b"PK\x03\x04 cut"[..]),
        ("b.xls", b"<html><table></table></html>"),
        (
            "c.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and nothing more",
        ),
        ("d.xlsx", b""),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = Source::open_path(&path, &OpenOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("Excel") || error.contains("内部结构"),
            "{name}: {error}"
        );
    }
    let path = dir.path().join("cut.xlsx");
    ledger(&path);
    let whole = std::fs::read(&path).unwrap();
    for at in [100, whole.len() / 2, whole.len() - 30] {
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(Source::open_path(&path, &OpenOptions::default()).is_err());
    }
    // A byte turned here and there: an error or a reading, no panic.
    for at in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&path, bytes).unwrap();
        if let Ok(source) = Source::open_path(&path, &OpenOptions::default()) {
            for table in source.tables() {
                let _ = source.records(&table.name).map(Iterator::count);
            }
        }
    }
}

/// What an office of 2005 would save: BIFF8, written by a program that is not ours.
const OLD: &str = r#"
import datetime, sys, xlwt
book = xlwt.Workbook(encoding="utf-8")
day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
for name in ["红格镇", "永兴镇"]:
    sheet = book.add_sheet(name)
    sheet.write_merge(0, 0, 0, 4, "盐边县" + name + "房屋登记台账")
    sheet.write_merge(1, 2, 0, 0, "序号")
    sheet.write_merge(1, 1, 1, 2, "权利人")
    sheet.write(2, 1, "姓名"); sheet.write(2, 2, "证件号")
    sheet.write_merge(1, 2, 3, 3, "建筑面积(㎡)")
    sheet.write_merge(1, 2, 4, 4, "登记日期")
    for i in range(300):
        row = 3 + i
        sheet.write(row, 0, i + 1)
        sheet.write(row, 1, "张三" if i % 2 else "李四、王五")
        sheet.write(row, 2, "510104199909254515")
        sheet.write(row, 3, 90.25 + i)
        sheet.write(row, 4, datetime.date(2015, 9, 4), day)
    sheet.write(303, 3, xlwt.Formula("SUM(D4:D303)"))
book.save(sys.argv[1])
"#;

#[test]
fn an_old_workbook_of_another_program_is_read() {
    let python = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/ecert-python/bin/python");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("台账.xls");
    let made = std::process::Command::new(&python)
        .args(["-c", OLD])
        .arg(&path)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "xlwt is missing");
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no xlwt in {}",
            python.display()
        );
        return;
    }
    assert!(
        std::fs::read(&path)
            .unwrap()
            .starts_with(b"\xd0\xcf\x11\xe0"),
        "a compound file, as Excel 97 wrote them"
    );
    let source = Source::open_path(&path, &OpenOptions::default()).unwrap();
    let table = source.tables().next().unwrap();
    let fields: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        fields,
        [
            "序号",
            "权利人·姓名",
            "权利人·证件号",
            "建筑面积(㎡)",
            "登记日期"
        ]
    );
    let records: Vec<Record> = source
        .records(&table.name)
        .unwrap()
        .filter_map(Result::ok)
        .filter(|r| !r.cells[1].is_blank())
        .collect();
    assert_eq!(records.len(), 600, "both sheets are one table");
    let text = |row: usize, cell: usize| records[row].cells[cell].as_text().into_owned();
    assert_eq!(text(0, 1), "李四、王五");
    assert_eq!(text(0, 2), "510104199909254515");
    assert_eq!(text(299, 3), "389.25");
    assert_eq!(text(299, 4), "2015-09-04");
    assert_eq!(records[599].part.as_deref(), Some("永兴镇"));
}
