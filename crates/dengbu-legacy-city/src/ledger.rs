//! The Excel ledger: a sheet per town, headings of two rows with merged cells.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// A cell.
pub enum Typed {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// Number.
    Number(f64),
}

impl From<String> for Typed {
    fn from(text: String) -> Self {
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text)
        }
    }
}

/// The workbook; sheets are made one after the other.
pub struct Ledger {
    book: Workbook,
    path: PathBuf,
    row: u32,
}

/// Rows of heading.
const HEADING: u32 = 3;

impl Ledger {
    /// An empty workbook that will be written to `path`.
    pub fn new(path: &Path) -> Self {
        Self {
            book: Workbook::new(),
            path: path.to_owned(),
            row: 0,
        }
    }

    /// Begins a town's sheet.
    pub fn sheet(&mut self, town: &str) -> Result<(), XlsxError> {
        let plain = Format::new();
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(town)?;
        sheet.merge_range(0, 0, 0, 10, &format!("盐边县{town}房屋登记台账"), &plain)?;
        sheet.write_string(1, 0, "序号")?;
        sheet.merge_range(1, 1, 1, 2, "权利人及证件号", &plain)?;
        sheet.write_string(1, 3, "房屋坐落")?;
        sheet.merge_range(1, 4, 1, 6, "房屋状况", &plain)?;
        for (column, text) in [
            (7, "产权证号"),
            (8, "登记日期"),
            (9, "限制情况"),
            (10, "备注"),
        ] {
            sheet.write_string(1, column, text)?;
        }
        for (column, text) in [
            (1, "姓名"),
            (2, "证件号"),
            (4, "建筑面积(㎡)"),
            (5, "层/总层"),
            (6, "结构"),
        ] {
            sheet.write_string(2, column, text)?;
        }
        self.row = HEADING;
        Ok(())
    }

    /// A row of the last sheet.
    pub fn row(&mut self, number: u32, cells: &[Typed]) -> Result<(), XlsxError> {
        let last = self.book.worksheets().len().saturating_sub(1);
        let row = self.row;
        self.row += 1;
        let sheet = self.book.worksheet_from_index(last)?;
        sheet.write_number(row, 0, number)?;
        for (column, cell) in (1u16..).zip(cells) {
            match cell {
                Typed::Empty => {}
                Typed::Text(text) => {
                    sheet.write_string(row, column, text)?;
                }
                Typed::Number(number) => {
                    sheet.write_number(row, column, *number)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the file.
    pub fn finish(mut self) -> Result<(), XlsxError> {
        self.book.save(&self.path)
    }
}
