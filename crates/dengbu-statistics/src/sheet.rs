//! Tables as CSV and as a workbook (XLSX).

use csv::WriterBuilder;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::StatisticsError;
use crate::definition::DEFINITIONS;
use crate::table::{Cell, Table};

/// UTF-8 with a byte order mark: spreadsheet programs read Chinese only so.
const MARK: &str = "\u{feff}";

/// A table as CSV. Text that a spreadsheet would take for a formula gets an apostrophe in front.
#[must_use]
pub fn csv(table: &Table) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut lines = vec![table.head.clone()];
    lines.extend(table.rows.iter().map(|row| row.iter().map(plain).collect()));
    for line in lines {
        // writing to memory does not fail
        let _ = writer.write_record(line.iter().map(|t| guarded(t)));
    }
    let body = writer.into_inner().unwrap_or_default();
    format!("{MARK}{}", String::from_utf8_lossy(&body))
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(n) => n.to_string(),
        Cell::Tenths(d) => d.to_string(),
        Cell::Empty => String::new(),
    }
}

/// A negative number stays a number; any other text that begins like a formula does not.
fn guarded(text: &str) -> String {
    let number = text.parse::<rust_decimal::Decimal>().is_ok();
    if !number && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Tables as a workbook, one sheet each, and a last one with the definitions. `notes` (place,
/// period, when and by whom it was made) stand above each table.
///
/// # Errors
/// [`StatisticsError::Workbook`].
pub fn xlsx(tables: &[Table], notes: &[String]) -> Result<Vec<u8>, StatisticsError> {
    let mut book = Workbook::new();
    // the same figures give the same file: no clock in it
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    for table in tables {
        fill(book.add_worksheet(), table, notes)?;
    }
    definitions(book.add_worksheet())?;
    Ok(book.save_to_buffer()?)
}

fn fill(sheet: &mut Worksheet, table: &Table, notes: &[String]) -> Result<(), StatisticsError> {
    let bold = Format::new().set_bold();
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_background_color("#EEF1F5");
    let tenths = Format::new().set_num_format("0.0");
    // a sheet's name may not have these, nor more than 31 characters
    let name: String = table
        .title
        .chars()
        .filter(|c| !r"[]:*?/\".contains(*c))
        .take(31)
        .collect();
    sheet.set_name(&name)?;
    sheet.write_string_with_format(0, 0, &table.title, &bold)?;
    let mut row = 1;
    for note in notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }
    for (column, title) in (0_u16..).zip(&table.head) {
        sheet.write_string_with_format(row, column, title, &head)?;
        sheet.set_column_width(column, if column == 0 { 30 } else { 14 })?;
    }
    sheet.set_freeze_panes(row + 1, 1)?;
    for line in &table.rows {
        row += 1;
        for (column, cell) in (0_u16..).zip(line) {
            match cell {
                // a string cell is never evaluated, whatever it begins with
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Count(n) => {
                    sheet.write_number(row, column, n.to_f64().unwrap_or_default())?
                }
                Cell::Tenths(d) => sheet.write_number_with_format(
                    row,
                    column,
                    d.to_f64().unwrap_or_default(),
                    &tenths,
                )?,
                Cell::Empty => sheet,
            };
        }
    }
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

fn definitions(sheet: &mut Worksheet) -> Result<(), StatisticsError> {
    let head = Format::new().set_bold().set_background_color("#EEF1F5");
    let wrap = Format::new().set_text_wrap();
    sheet.set_name("口径说明")?;
    for (column, (title, width)) in (0_u16..).zip([("指标", 24), ("口径", 80), ("数据来源", 50)])
    {
        sheet.write_string_with_format(0, column, title, &head)?;
        sheet.set_column_width(column, width)?;
    }
    for (row, d) in (1_u32..).zip(DEFINITIONS) {
        for (column, text) in (0_u16..).zip([d.name, d.meaning, d.source]) {
            sheet.write_string_with_format(row, column, text, &wrap)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use rust_decimal::Decimal;

    use super::*;

    fn table() -> Table {
        Table {
            title: "按收件点×属地县（区）".into(),
            head: ["收件点", "受理（件）", "按期率（%）"]
                .map(str::to_owned)
                .into(),
            rows: vec![
                vec![
                    Cell::Text("=HYPERLINK(\"http://x\")".into()),
                    Cell::Count(12),
                    Cell::Tenths(Decimal::new(995, 1)),
                ],
                vec![
                    Cell::Text("服务点, \"甲\"".into()),
                    Cell::Count(-3),
                    Cell::Empty,
                ],
            ],
        }
    }

    #[test]
    fn csv_has_a_mark_a_chinese_head_and_no_formula() {
        let text = csv(&table());
        let body = text.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::Reader::from_reader(body.as_bytes());
        assert_eq!(&reader.headers().unwrap()[1], "受理（件）");
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(&rows[0][0], "'=HYPERLINK(\"http://x\")");
        assert_eq!(&rows[1][0], "服务点, \"甲\"");
        assert_eq!(&rows[1][1], "-3", "a number stays one");
        assert!(body.contains("\r\n"));
        for evil in ["=1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\r=x"] {
            assert!(guarded(evil).starts_with('\''), "{evil:?}");
        }
    }

    #[test]
    fn another_reader_opens_the_workbook() {
        let notes = ["攀枝花市不动产登记中心".to_owned(), "=1+1".to_owned()];
        let bytes = xlsx(&[table()], &notes).unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(book.sheet_names(), ["按收件点×属地县（区）", "口径说明"]);
        let sheet = book.worksheet_range("按收件点×属地县（区）").unwrap();
        let at = |r, c| sheet.get_value((r, c)).cloned().unwrap_or(Data::Empty);
        assert_eq!(at(1, 0), Data::String(notes[0].clone()));
        assert_eq!(at(3, 1), Data::String("受理（件）".into()));
        assert_eq!(at(4, 0), Data::String("=HYPERLINK(\"http://x\")".into()));
        assert_eq!(at(4, 1), Data::Float(12.0));
        assert_eq!(at(4, 2), Data::Float(99.5));
        assert_eq!(at(5, 2), Data::Empty);
        let formulas = book.worksheet_formula("按收件点×属地县（区）").unwrap();
        assert!(formulas.cells().all(|(_, _, f)| f.is_empty()));
        let meant = book.worksheet_range("口径说明").unwrap();
        assert_eq!(meant.height(), DEFINITIONS.len() + 1);
        assert_eq!(
            xlsx(&[table()], &notes).unwrap(),
            bytes,
            "no clock in the file"
        );
    }
}
