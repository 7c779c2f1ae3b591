//! Excel workbooks: a table per kind of sheet, headings of several rows, merged cells, formulas.
//!
//! Sheets with the same heading (a sheet per town) are one table; the record says its sheet. XLSX
//! is streamed; before it is opened, what it unpacks to is measured.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Dimensions, Reader, SheetType, Xls, Xlsx};
use chrono::{NaiveDate, NaiveDateTime};

use crate::delimited::headings;
use crate::error::{BrokenRecord, SourceError};
use crate::heading::{self, Heading, Merged, SheetRow};
use crate::limits::Limits;
use crate::record::{Cell, Record, Remark};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};
use crate::threaded::{self, Closed, Outlet};

/// Rows looked at for the heading.
const LOOKED_AT: usize = 40;
/// Excel keeps fifteen significant digits of a number.
const DIGITS_KEPT: f64 = 1e15;

type Book = Xlsx<BufReader<File>>;
type OldBook = Xls<BufReader<File>>;

#[derive(Clone)]
struct Sheet {
    name: Arc<str>,
    heading: Heading,
    merged: Vec<Merged>,
}

struct Workbook {
    file: FileAt,
    sheets: Vec<Sheet>,
    width: usize,
    old: bool,
    limits: Limits,
}

/// Opens a workbook.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let old = is_old(&file.path)?;
    let path = file.path.clone();
    let limits = options.limits.clone();
    // A library reading a foreign file: a panic of it must not be ours.
    let read = std::panic::catch_unwind(move || {
        if old {
            old_sheets(&path, &limits)
        } else {
            measure(&path, &limits)?;
            sheets(&path, &limits)
        }
    });
    let (sheets, notes) = read.unwrap_or_else(|_| {
        Err(SourceError::damaged(
            &file.path,
            "内部结构损坏，无法读取。请用 Excel 打开后另存",
        ))
    })?;
    if sheets.is_empty() {
        return Err(SourceError::damaged(&file.path, "没有带表头的工作表"));
    }
    Ok(tables(file, sheets, &notes, old, &options.limits))
}

/// Whether a file is of the old binary kind, by its first bytes.
fn is_old(path: &Path) -> Result<bool, SourceError> {
    let mut head = [0; 8];
    let mut input = File::open(path).map_err(SourceError::io(path))?;
    let read = input.read(&mut head).map_err(SourceError::io(path))?;
    match head.get(..read) {
        Some([b'P', b'K', ..]) => Ok(false),
        Some([0xd0, 0xcf, 0x11, 0xe0, ..]) => Ok(true),
        _ => Err(SourceError::damaged(
            path,
            "不是 Excel 工作簿。若是网页或文本另改了扩展名，请用 Excel 打开后另存为 .xlsx",
        )),
    }
}

/// Unpacks everything once without keeping it: what an archive claims of itself is not believed.
fn measure(path: &Path, limits: &Limits) -> Result<(), SourceError> {
    let input = File::open(path).map_err(SourceError::io(path))?;
    let packed = input.metadata().map_err(SourceError::io(path))?.len();
    let bad = |e: &dyn std::fmt::Display| {
        SourceError::damaged(
            path,
            format!("不是完整的 Excel 工作簿（{e}）。请重新取得完整的文件"),
        )
    };
    let mut archive = zip::ZipArchive::new(BufReader::new(input)).map_err(|e| bad(&e))?;
    if archive.len() > limits.files {
        return Err(SourceError::too_large(
            path,
            format!("压缩包内文件多于 {}", limits.files),
        ));
    }
    let room = limits
        .unpacked_bytes
        .min((packed.max(1 << 20)).saturating_mul(limits.unpack_ratio));
    let mut unpacked = 0;
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(|e| bad(&e))?;
        let mut entry = entry.take(room - unpacked + 1);
        unpacked += std::io::copy(&mut entry, &mut std::io::sink()).map_err(|e| bad(&e))?;
        if unpacked > room {
            return Err(SourceError::too_large(
                path,
                format!(
                    "解压后大于 {} MB，是文件的 {} 倍以上，疑为压缩炸弹",
                    room >> 20,
                    room / packed.max(1)
                ),
            ));
        }
    }
    Ok(())
}

type Found = (Vec<Sheet>, Vec<String>);

fn book(path: &Path) -> Result<Book, SourceError> {
    let input = BufReader::new(File::open(path).map_err(SourceError::io(path))?);
    Xlsx::new(input).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> SourceError {
    SourceError::damaged(
        path,
        format!("不是完整的 Excel 工作簿（{error}）。若有打开密码，请去掉密码后另存"),
    )
}

fn sheets(path: &Path, limits: &Limits) -> Result<Found, SourceError> {
    let mut book = book(path)?;
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    for sheet in book.sheets_metadata().to_vec() {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        let merged = book
            .merge_cells_by_sheet_name(&sheet.name)
            .unwrap_or_default();
        let merged = regions(&merged);
        let mut rows: Vec<SheetRow> = Vec::new();
        let head = each_row(&mut book, &sheet.name, limits, |row, cells, _| {
            rows.push((row, cells));
            if rows.len() < LOOKED_AT {
                Ok(())
            } else {
                Err(Closed)
            }
        });
        if let Err(Stop::Damaged(e)) = head {
            notes.push(format!("工作表“{}”无法读取：{e}", sheet.name));
            continue;
        }
        add(&sheet.name, &rows, merged, &mut out, &mut notes);
    }
    Ok((out, notes))
}

fn add(
    name: &str,
    rows: &[SheetRow],
    merged: Vec<Merged>,
    out: &mut Vec<Sheet>,
    notes: &mut Vec<String>,
) {
    match heading::find(rows, &merged) {
        Some(heading) => out.push(Sheet {
            name: name.into(),
            heading,
            merged,
        }),
        None if rows.is_empty() => notes.push(format!("工作表“{name}”是空的")),
        None => notes.push(format!("工作表“{name}”没有表头，未读取")),
    }
}

fn regions(merged: &[Dimensions]) -> Vec<Merged> {
    merged
        .iter()
        .filter(|m| m.start.0 <= m.end.0 && m.start.1 <= m.end.1)
        .map(|m| Merged {
            rows: (m.start.0, m.end.0),
            columns: (m.start.1, m.end.1),
        })
        .collect()
}

fn old_book(path: &Path, limits: &Limits) -> Result<OldBook, SourceError> {
    let input = File::open(path).map_err(SourceError::io(path))?;
    if input.metadata().map_err(SourceError::io(path))?.len() > limits.whole_file_bytes {
        return Err(SourceError::too_large(path, "XLS 文件过大，请另存为 .xlsx"));
    }
    Xls::new(BufReader::new(input)).map_err(|e| unreadable(path, &e))
}

fn old_sheets(path: &Path, limits: &Limits) -> Result<Found, SourceError> {
    let mut book = old_book(path, limits)?;
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    for sheet in book.sheets_metadata().to_vec() {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        let merged = regions(
            &book
                .merge_cells_by_sheet_name(&sheet.name)
                .unwrap_or_default(),
        );
        let rows: Vec<SheetRow> = match book.worksheet_range(&sheet.name) {
            Ok(range) => old_rows(&range)
                .take(LOOKED_AT)
                .map(|(n, c, _)| (n, c))
                .collect(),
            Err(e) => {
                notes.push(format!("工作表“{}”无法读取：{e}", sheet.name));
                continue;
            }
        };
        add(&sheet.name, &rows, merged, &mut out, &mut notes);
    }
    Ok((out, notes))
}

type FullRow = (u32, Vec<Cell>, Vec<Remark>);

fn old_rows(range: &calamine::Range<Data>) -> impl Iterator<Item = FullRow> + '_ {
    let (top, left) = range.start().unwrap_or_default();
    range.rows().zip(top..).filter_map(move |(row, number)| {
        let mut cells = vec![Cell::Empty; usize::try_from(left).unwrap_or(0)];
        let mut remarks = Vec::new();
        for data in row {
            let at = cells.len();
            cells.push(cell(data.clone(), at, &mut remarks));
        }
        (!cells.iter().all(Cell::is_blank) || !remarks.is_empty())
            .then_some((number, cells, remarks))
    })
}

/// Sheets of one heading become one table.
fn tables(
    file: &FileAt,
    sheets: Vec<Sheet>,
    notes: &[String],
    old: bool,
    limits: &Limits,
) -> Vec<Entry> {
    let mut groups: BTreeMap<Vec<String>, Vec<Sheet>> = BTreeMap::new();
    let mut order = Vec::new();
    for sheet in sheets {
        let key = sheet.heading.names.clone();
        if !groups.contains_key(&key) {
            order.push(key.clone());
        }
        groups.entry(key).or_default().push(sheet);
    }
    let many = order.len() > 1;
    let mut out = Vec::new();
    for key in order {
        let Some(sheets) = groups.remove(&key) else {
            continue;
        };
        let name = match sheets.first() {
            Some(first) if many => format!("{}!{}", file.stem(), first.name),
            _ => file.stem(),
        };
        let mut info = TableInfo::new(&name, file, Format::Workbook);
        info.fields = headings(&key, &mut info.notes);
        info.notes.extend(notes.iter().cloned());
        if sheets.len() > 1 {
            let names: Vec<&str> = sheets.iter().map(|s| &*s.name).collect();
            info.notes.push(format!(
                "{} 个工作表的表头相同，合为一个表：{}",
                names.len(),
                names.join("、")
            ));
        }
        info.notes.extend(sheets.iter().filter_map(|s| {
            s.heading
                .title
                .as_ref()
                .map(|t| format!("工作表“{}”的标题：{t}", s.name))
        }));
        let open = Workbook {
            file: file.clone(),
            width: key.len(),
            sheets,
            old,
            limits: limits.clone(),
        };
        out.push(Entry {
            info,
            open: Box::new(open),
        });
    }
    out
}

enum Stop {
    Closed,
    Damaged(String),
}

/// Calls `take` with every row that holds anything.
fn each_row(
    book: &mut Book,
    sheet: &str,
    limits: &Limits,
    mut take: impl FnMut(u32, Vec<Cell>, Vec<Remark>) -> Result<(), Closed>,
) -> Result<(), Stop> {
    let damaged = |e: calamine::XlsxError| Stop::Damaged(e.to_string());
    let mut reader = book.worksheet_cells_reader(sheet).map_err(damaged)?;
    let (mut row, mut cells, mut remarks) = (None, Vec::new(), Vec::new());
    loop {
        let next = reader.next_cell_with_formula_metadata().map_err(damaged)?;
        let Some(next) = next else { break };
        let (at_row, at_column) = next.pos;
        if row != Some(at_row) {
            if let Some(number) = row.replace(at_row)
                && !(cells.iter().all(Cell::is_blank) && remarks.is_empty())
            {
                take(
                    number,
                    std::mem::take(&mut cells),
                    std::mem::take(&mut remarks),
                )
                .map_err(|Closed| Stop::Closed)?;
            }
            cells.clear();
            remarks.clear();
        }
        let column = usize::try_from(at_column).unwrap_or(usize::MAX);
        if column >= limits.fields {
            continue;
        }
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = cell(next.value.into(), column, &mut remarks);
        if next.formula.is_some() {
            let text = if cells[column].is_blank() {
                "单元格是公式，没有保存计算结果"
            } else {
                "单元格是公式，按保存的计算结果读取"
            };
            remarks.push(Remark::on_field(column, text));
        }
    }
    if let Some(number) = row
        && !(cells.iter().all(Cell::is_blank) && remarks.is_empty())
    {
        take(number, cells, remarks).map_err(|Closed| Stop::Closed)?;
    }
    Ok(())
}

fn cell(data: Data, column: usize, remarks: &mut Vec<Remark>) -> Cell {
    let mut remark = |text: String| remarks.push(Remark::on_field(column, text));
    match data {
        Data::Empty => Cell::Empty,
        Data::Int(n) => Cell::Number(n.into()),
        Data::Float(n) => {
            if n.abs() >= DIGITS_KEPT {
                remark("数值超过 15 位，Excel 只保留 15 位有效数字，末尾可能已失真".to_owned());
            }
            Cell::from_float(n)
        }
        Data::String(t) if t.is_empty() => Cell::Empty,
        Data::String(t) => Cell::Text(t),
        Data::Bool(b) => Cell::Text(if b { "是" } else { "否" }.to_owned()),
        Data::DateTime(d) => day_and_time(d).unwrap_or_else(|| Cell::from_float(d.as_f64())),
        Data::DateTimeIso(t) | Data::DurationIso(t) => {
            NaiveDateTime::parse_from_str(&t, "%Y-%m-%dT%H:%M:%S%.f")
                .ok()
                .or_else(|| t.parse::<NaiveDate>().ok().map(Into::into))
                .map_or(Cell::Text(t), Cell::Date)
        }
        Data::Error(e) => {
            remark(format!("单元格是错误值 {e}，按空白读取"));
            Cell::Empty
        }
    }
}

/// The day of a date cell; `None` for durations and days no calendar has.
fn day_and_time(date: calamine::ExcelDateTime) -> Option<Cell> {
    if !date.is_datetime() || !(1.0..2_958_466.0).contains(&date.as_f64()) {
        return None;
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?
        .and_hms_opt(hour.into(), minute.into(), second.into())
        .map(Cell::Date)
}

impl Open for Workbook {
    fn records(&self) -> Result<Records, SourceError> {
        let path = self.file.path.clone();
        let (sheets, width, limits) = (self.sheets.clone(), self.width, self.limits.clone());
        let shown = self.file.shown.clone();
        if self.old {
            let mut book = old_book(&path, &limits)?;
            return Ok(threaded::stream(&self.file.shown, move |out| {
                for sheet in sheets {
                    let mut rows = DataRows::new(&sheet, width);
                    match book.worksheet_range(&sheet.name) {
                        Ok(range) => {
                            for (row, cells, remarks) in old_rows(&range) {
                                rows.take(row, cells, remarks, out)?;
                            }
                        }
                        Err(e) => {
                            out.send(Err(damaged_sheet(&shown, &sheet.name, &e.to_string())))?
                        }
                    }
                }
                Ok(())
            }));
        }
        let mut book = book(&path)?;
        Ok(threaded::stream(&self.file.shown, move |out| {
            for sheet in sheets {
                let mut rows = DataRows::new(&sheet, width);
                let read = each_row(&mut book, &sheet.name, &limits, |row, cells, remarks| {
                    rows.take(row, cells, remarks, out)
                });
                match read {
                    Ok(()) => {}
                    Err(Stop::Closed) => return Err(Closed),
                    Err(Stop::Damaged(e)) => {
                        out.send(Err(damaged_sheet(&shown, &sheet.name, &e)))?
                    }
                }
            }
            Ok(())
        }))
    }
}

fn damaged_sheet(file: &str, sheet: &str, error: &str) -> BrokenRecord {
    BrokenRecord::new(
        file,
        0,
        format!("工作表“{sheet}”从此处起无法读取（{error}）"),
    )
}

/// Rows below the heading, with merged cells filled in.
struct DataRows<'a> {
    sheet: &'a Sheet,
    width: usize,
    held: Vec<(Merged, Cell)>,
}

impl<'a> DataRows<'a> {
    fn new(sheet: &'a Sheet, width: usize) -> Self {
        Self {
            sheet,
            width,
            held: Vec::new(),
        }
    }

    fn take(
        &mut self,
        row: u32,
        mut cells: Vec<Cell>,
        mut remarks: Vec<Remark>,
        out: &mut Outlet,
    ) -> Result<(), Closed> {
        if row <= self.sheet.heading.rows.1 {
            return Ok(());
        }
        self.fill(row, &mut cells);
        cells.truncate(self.width);
        remarks.retain(|r| r.field.is_some_and(|f| f < self.width));
        if cells.iter().all(Cell::is_blank) && remarks.is_empty() {
            return Ok(());
        }
        cells.resize(self.width, Cell::Empty);
        out.send(Ok(Record {
            number: u64::from(row) + 1,
            part: Some(self.sheet.name.clone()),
            cells,
            geometry: None,
            remarks,
        }))
    }

    /// A merged cell's value stands in all its rows and columns.
    fn fill(&mut self, row: u32, cells: &mut Vec<Cell>) {
        self.held.retain(|(m, _)| m.rows.1 >= row);
        for m in self.sheet.merged.iter().filter(|m| m.rows.0 == row) {
            let value = usize::try_from(m.columns.0).ok().and_then(|c| cells.get(c));
            if let Some(value) = value.filter(|c| !c.is_blank()) {
                self.held.push((*m, value.clone()));
            }
        }
        for (m, value) in &self.held {
            for column in m.columns.0..=m.columns.1 {
                let Ok(column) = usize::try_from(column) else {
                    continue;
                };
                if column >= self.width {
                    break;
                }
                if cells.len() <= column {
                    cells.resize(column + 1, Cell::Empty);
                }
                if cells[column].is_blank() {
                    cells[column] = value.clone();
                }
            }
        }
    }
}
