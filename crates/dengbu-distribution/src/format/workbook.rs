//! A workbook: a sheet per data set, the notes on the first.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::{Setting, Writer, failed};
use crate::DistributionError;
use crate::data_set::DataSet;
use crate::row::{Row, Value};

/// Rows a sheet may have below its heading.
const ROWS_MAX: u32 = 1_048_575;

/// A workbook being written.
pub struct Xlsx {
    setting: Setting,
    path: PathBuf,
    book: Workbook,
    set: Option<&'static DataSet>,
    part: u32,
    next: u32,
    sheets: usize,
    day: Format,
    head: Format,
}

impl Xlsx {
    pub fn new(setting: Setting, path: &Path) -> Self {
        Self {
            setting,
            path: path.to_owned(),
            book: Workbook::new(),
            set: None,
            part: 1,
            next: 1,
            sheets: 0,
            day: Format::new().set_num_format("yyyy-mm-dd"),
            head: Format::new().set_bold(),
        }
    }

    fn sheet(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        let name = match self.part {
            1 => self.setting.table(set),
            part => format!("{}{part}", self.setting.table(set)),
        };
        let headings: Vec<&str> = set.fields.iter().map(|f| self.setting.heading(f)).collect();
        let sheet = self.book.add_worksheet_with_low_memory().map_err(failed)?;
        sheet.set_name(&name).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, heading) in (0u16..).zip(headings) {
            let wide = heading.chars().count().max(10);
            sheet
                .set_column_width(
                    column,
                    f64::from(u32::try_from(wide * 2).unwrap_or(20).min(60)),
                )
                .map_err(failed)?;
            sheet
                .write_string_with_format(0, column, heading, &self.head)
                .map_err(failed)?;
        }
        self.next = 1;
        self.sheets += 1;
        Ok(())
    }
}

fn cell(
    sheet: &mut Worksheet,
    at: (u32, u16),
    value: &Value,
    day: &Format,
) -> Result<(), DistributionError> {
    match value {
        Value::Empty => return Ok(()),
        Value::Date(d) => {
            let text = d.format("%Y-%m-%d").to_string();
            match ExcelDateTime::parse_from_str(&text) {
                Ok(date) => sheet.write_datetime_with_format(at.0, at.1, &date, day),
                // a day before 1900, which the format cannot say
                Err(_) => sheet.write_string(at.0, at.1, text),
            }
        }
        Value::Text(text) => sheet.write_string(at.0, at.1, text),
        number => match number.number() {
            Some(n) => sheet.write_number(at.0, at.1, n),
            None => sheet.write_string(at.0, at.1, number.text()),
        },
    }
    .map_err(failed)?;
    Ok(())
}

impl Writer for Xlsx {
    fn begin(&mut self, set: &'static DataSet) -> Result<(), DistributionError> {
        self.set = Some(set);
        self.part = 1;
        self.sheet(set)
    }

    fn row(&mut self, row: &Row) -> Result<(), DistributionError> {
        if self.next > ROWS_MAX
            && let Some(set) = self.set
        {
            self.part += 1;
            self.sheet(set)?;
        }
        let sheet = self
            .book
            .worksheet_from_index(self.sheets.saturating_sub(1))
            .map_err(failed)?;
        for (column, value) in (0u16..).zip(&row.values) {
            cell(sheet, (self.next, column), value, &self.day)?;
        }
        self.next += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>, notes: &[String]) -> Result<(), DistributionError> {
        let sheet = self.book.add_worksheet();
        sheet.set_name("说明").map_err(failed)?;
        sheet.set_column_width(0, 100).map_err(failed)?;
        for (row, line) in (0u32..).zip(notes) {
            sheet.write_string(row, 0, line).map_err(failed)?;
        }
        self.book.save(&self.path).map_err(failed)
    }
}
