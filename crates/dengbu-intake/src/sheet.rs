//! Findings as tables for a spreadsheet.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::IntakeError;
use crate::results::{Count, Finding, severity_name};

/// UTF-8 with a byte order mark: spreadsheet programs read Chinese only so.
const MARK: &str = "\u{feff}";
/// Rows of a worksheet at most, below what the format allows.
pub const ROWS_MAX: usize = 1_000_000;

const HEAD: [(&str, f64); 11] = [
    ("序号", 8.0),
    ("规则", 14.0),
    ("类别", 22.0),
    ("级别", 8.0),
    ("数据源", 14.0),
    ("数据表", 14.0),
    ("原标识", 22.0),
    ("字段", 14.0),
    ("现值", 26.0),
    ("问题与处理办法", 60.0),
    ("所在县（区）或宗地", 22.0),
];

fn cells(f: &Finding) -> [String; 11] {
    [
        (f.seq + 1).to_string(),
        f.rule_id.clone(),
        f.kind.clone(),
        severity_name(&f.severity).to_owned(),
        f.source.clone(),
        f.table_name.clone(),
        f.legacy_id.clone(),
        f.field.clone(),
        f.value.clone(),
        f.message.clone(),
        f.place.clone(),
    ]
}

/// The head of the CSV form.
#[must_use]
pub fn csv_head() -> Vec<u8> {
    let mut out = MARK.as_bytes().to_vec();
    out.extend(csv_lines([HEAD.map(|(name, _)| name.to_owned())]));
    out
}

/// Findings as lines of CSV. Text that a spreadsheet would take for a formula gets an apostrophe.
#[must_use]
pub fn csv_rows(findings: &[Finding]) -> Vec<u8> {
    csv_lines(findings.iter().map(cells))
}

fn csv_lines(rows: impl IntoIterator<Item = [String; 11]>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        // writing to memory does not fail
        let _ = writer.write_record(row.iter().map(|t| guarded(t)));
    }
    writer.into_inner().unwrap_or_default()
}

fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Findings and their counts as a workbook. `notes` stand above.
///
/// # Errors
/// [`IntakeError::Workbook`].
pub fn xlsx(
    findings: &[Finding],
    counts: &[Count],
    notes: &[String],
) -> Result<Vec<u8>, IntakeError> {
    let mut book = Workbook::new();
    // the same findings give the same file: no clock in it
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let head = Format::new().set_bold().set_background_color("#EEF1F5");
    summary(book.add_worksheet(), counts, notes, &head)?;
    let sheet = book.add_worksheet();
    sheet.set_name("问题清单")?;
    for (column, (title, width)) in (0_u16..).zip(HEAD) {
        sheet.write_string_with_format(0, column, title, &head)?;
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, f) in (1_u32..).zip(findings.iter().take(ROWS_MAX)) {
        for (column, text) in (0_u16..).zip(cells(f)) {
            // a string cell is never evaluated, whatever it begins with
            sheet.write_string(row, column, text)?;
        }
    }
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    Ok(book.save_to_buffer()?)
}

fn summary(
    sheet: &mut Worksheet,
    counts: &[Count],
    notes: &[String],
    head: &Format,
) -> Result<(), IntakeError> {
    sheet.set_name("汇总")?;
    let mut row = 0;
    for note in notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }
    for (column, (title, width)) in (0_u16..).zip([
        ("统计口径", 14.0),
        ("项目", 30.0),
        ("级别", 10.0),
        ("数量", 12.0),
    ]) {
        sheet.write_string_with_format(row, column, title, head)?;
        sheet.set_column_width(column, width)?;
    }
    for c in counts {
        row += 1;
        let by = match c.by.as_str() {
            "severity" => "级别",
            "rule" => "规则",
            "kind" => "类别",
            "table" => "数据表",
            _ => "县（区）",
        };
        let key = if c.by == "severity" {
            severity_name(&c.key)
        } else {
            c.key.as_str()
        };
        let severity = if c.severity.is_empty() {
            ""
        } else {
            severity_name(&c.severity)
        };
        sheet.write_string(row, 0, by)?;
        sheet.write_string(row, 1, key)?;
        sheet.write_string(row, 2, severity)?;
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        sheet.write_number(row, 3, c.count as f64)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    fn one() -> Finding {
        Finding {
            seq: 0,
            rule_id: "DQ-ATT-001".into(),
            kind: "id15".into(),
            severity: "note".into(),
            source: "a".into(),
            table_name: "FC_OWNER".into(),
            legacy_id: "O,1".into(),
            field: "ID_NO".into(),
            value: "=HYPERLINK(\"x\")".into(),
            message: "已升位".into(),
            place: String::new(),
            geometry: None,
        }
    }

    #[test]
    fn csv_is_read_back_and_holds_no_formula() {
        let mut bytes = csv_head();
        bytes.extend(csv_rows(&[one()]));
        let text = String::from_utf8(bytes).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches(MARK).as_bytes());
        assert_eq!(&reader.headers().unwrap()[1], "规则");
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!((&row[6], &row[8]), ("O,1", "'=HYPERLINK(\"x\")"));
    }

    #[test]
    fn another_reader_opens_the_workbook() {
        let counts = [Count {
            by: "severity".into(),
            key: "note".into(),
            severity: "note".into(),
            count: 1,
        }];
        let bytes = xlsx(&[one()], &counts, &["示例".into()]).unwrap();
        assert_eq!(bytes, xlsx(&[one()], &counts, &["示例".into()]).unwrap());
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let sheet = book.worksheet_range("问题清单").unwrap();
        assert_eq!(
            sheet.get_value((1, 8)),
            Some(&Data::String("=HYPERLINK(\"x\")".into()))
        );
        let summary = book.worksheet_range("汇总").unwrap();
        assert_eq!(
            summary.get_value((2, 1)),
            Some(&Data::String("提示".into()))
        );
        assert_eq!(summary.get_value((2, 3)), Some(&Data::Float(1.0)));
    }
}
