//! dBASE tables: attributes of shapefiles, or tables of their own.
//!
//! Own reader of the field types that deliveries use: the exact record of any damage can be named,
//! encodings are judged by the content, no input makes it panic.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use chrono::NaiveDate;
use encoding_rs::Encoding;

use crate::error::{BrokenRecord, SourceError};
use crate::record::{Cell, Field, FieldKind, Record, Remark};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};
use crate::text::{self, EncodingGuess, decode_fully};

/// Bytes of attribute data looked at for the encoding.
const SAMPLE: usize = 4 << 20;

/// A field's place in a record.
#[derive(Debug, Clone)]
struct Column {
    kind: u8,
    at: usize,
    len: usize,
}

/// What the header says.
#[derive(Debug, Clone)]
pub struct Layout {
    columns: Vec<Column>,
    /// Fields for people.
    pub fields: Vec<Field>,
    /// Encoding of texts.
    pub guess: EncodingGuess,
    /// Records by the header.
    pub declared: u64,
    /// Records the file has room for.
    pub present: u64,
    start: u64,
    width: usize,
}

/// Opens a table without shapes.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let name = file.stem();
    let layout = layout(
        &file.path,
        cpg(file),
        options.encoding(&name),
        options.limits.fields,
    )?;
    let mut info = TableInfo::new(&name, file, Format::Dbase);
    describe(&mut info, &layout);
    let open = Dbase {
        file: file.clone(),
        layout,
    };
    Ok(vec![Entry {
        info,
        open: Box::new(open),
    }])
}

/// Fills in what the header says.
pub fn describe(info: &mut TableInfo, layout: &Layout) {
    info.fields = layout.fields.clone();
    info.encoding = Some(layout.guess.clone());
    info.records = Some(layout.declared.min(layout.present));
    if layout.present < layout.declared {
        info.notes.push(format!(
            "属性表应有 {} 条记录，文件只有 {} 条，文件不完整",
            layout.declared, layout.present
        ));
    }
}

/// What the `.cpg` beside a file says.
pub fn cpg(file: &FileAt) -> Option<String> {
    let text = std::fs::read(file.sibling("cpg")?).ok()?;
    Some(
        String::from_utf8_lossy(text.get(..64).unwrap_or(&text))
            .trim()
            .to_owned(),
    )
}

/// Reads the header and judges the encoding by the content: what the `.cpg` says is believed
/// unless the texts contradict it.
pub fn layout(
    path: &Path,
    cpg: Option<String>,
    told: Option<&'static Encoding>,
    fields_max: usize,
) -> Result<Layout, SourceError> {
    let broken = || {
        SourceError::damaged(
            path,
            "不是完整的 dBASE 属性表（文件头损坏）。请重新取得完整的 .dbf 文件",
        )
    };
    let mut input = File::open(path).map_err(SourceError::io(path))?;
    let length = input.metadata().map_err(SourceError::io(path))?.len();
    let mut head = [0; 32];
    input.read_exact(&mut head).map_err(|_| broken())?;
    let declared = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
    let start = u64::from(u16::from_le_bytes([head[8], head[9]]));
    let width = usize::from(u16::from_le_bytes([head[10], head[11]]));
    let mut raw = vec![0; usize::try_from(start.saturating_sub(32)).unwrap_or(0)];
    input.read_exact(&mut raw).map_err(|_| broken())?;
    let (columns, names) = columns(&raw, width).ok_or_else(broken)?;
    if columns.len() > fields_max {
        return Err(SourceError::too_large(
            path,
            format!("字段多于 {fields_max} 个"),
        ));
    }
    let sample = text_sample(&mut input, start, width, &columns);
    let mut names_and_texts = names.concat();
    names_and_texts.extend_from_slice(&sample);
    let guess = judge(&names_and_texts, cpg.as_deref(), head[29], told);
    let fields = names
        .iter()
        .zip(&columns)
        .map(|(n, c)| Field::new(decode_fully(n, guess.encoding).trim(), kind(c.kind)))
        .collect();
    Ok(Layout {
        columns,
        fields,
        guess,
        declared,
        present: length.saturating_sub(start) / width.max(1) as u64,
        start,
        width,
    })
}

fn kind(kind: u8) -> FieldKind {
    match kind {
        b'N' | b'F' | b'I' | b'B' | b'+' | b'O' => FieldKind::Number,
        b'D' | b'@' | b'T' => FieldKind::Date,
        b'L' => FieldKind::Truth,
        b'M' | b'G' | b'P' => FieldKind::Binary,
        _ => FieldKind::Text,
    }
}

type NamesRaw = Vec<Vec<u8>>;

fn columns(raw: &[u8], width: usize) -> Option<(Vec<Column>, NamesRaw)> {
    let (mut columns, mut names) = (Vec::new(), Vec::new());
    let mut place = 1;
    for field in raw.chunks(32) {
        if field.first() == Some(&0x0d) {
            break;
        }
        let name = field
            .get(..11)?
            .split(|b| *b == 0)
            .next()
            .unwrap_or_default();
        let (kind, low, high) = (*field.get(11)?, *field.get(16)?, *field.get(17)?);
        // Text fields of more than 255 bytes keep the rest of their length in the decimals.
        let len = usize::from(low)
            + if kind == b'C' {
                usize::from(high) << 8
            } else {
                0
            };
        columns.push(Column {
            kind,
            at: place,
            len,
        });
        names.push(name.to_vec());
        place += len;
    }
    (place <= width && !columns.is_empty()).then_some((columns, names))
}

/// The texts of some records, for the encoding.
fn text_sample(input: &mut File, start: u64, width: usize, columns: &[Column]) -> Vec<u8> {
    let mut sample = Vec::new();
    if input.seek(SeekFrom::Start(start)).is_err() {
        return sample;
    }
    let mut record = vec![0; width];
    let mut read = 0;
    while read < SAMPLE && input.read_exact(&mut record).is_ok() {
        for c in columns.iter().filter(|c| c.kind == b'C') {
            let text = record
                .get(c.at..c.at + c.len)
                .unwrap_or_default()
                .trim_ascii();
            // A text as wide as its field may end in half a character, which says nothing.
            if text.len() < c.len {
                sample.extend_from_slice(text);
                sample.push(b'\n');
            }
        }
        read += width;
    }
    sample
}

fn judge(
    texts: &[u8],
    cpg: Option<&str>,
    language: u8,
    told: Option<&'static Encoding>,
) -> EncodingGuess {
    let found = |encoding, evidence: String| EncodingGuess {
        encoding,
        mark: 0,
        evidence,
    };
    if let Some(encoding) = told {
        return found(encoding, "按指定的编码读取".to_owned());
    }
    let guess = text::guess_bytes(texts, false);
    let plain = texts.is_ascii();
    let content = if guess.mark > 0
        || guess.encoding == encoding_rs::UTF_16LE
        || guess.encoding == encoding_rs::UTF_16BE
    {
        found(encoding_rs::GB18030, "无法判断，按 GB18030 读取".to_owned())
    } else {
        guess
    };
    let named = match cpg.filter(|c| !c.is_empty()) {
        Some(name) => Some((text::label(name), format!(".cpg 写明 {name}"))),
        // Language driver 0x4D: code page 936.
        None if language == 0x4d => Some((text::label("GBK"), "文件头写明代码页 936".to_owned())),
        None => None,
    };
    match named {
        None => {
            let none = ["没有 .cpg；", &content.evidence].concat();
            let encoding = if plain {
                encoding_rs::GB18030
            } else {
                content.encoding
            };
            found(encoding, none)
        }
        Some((None, said)) => found(
            content.encoding,
            format!("{said}，无此编码；{}", content.evidence),
        ),
        Some((Some(encoding), said)) => {
            let fits = |e: &'static Encoding| !decode_fully(texts, e).contains('\u{fffd}');
            // Chinese text is valid UTF-8 only when it is meant to be.
            let contradicted = !plain
                && content.encoding != encoding
                && fits(content.encoding)
                && (!fits(encoding) || content.encoding == encoding_rs::UTF_8);
            let same = [content.encoding, encoding]
                .iter()
                .all(|e| *e != encoding_rs::UTF_8);
            if contradicted && !same {
                found(
                    content.encoding,
                    format!("{said}，但内容不符；{}", content.evidence),
                )
            } else {
                found(encoding, said)
            }
        }
    }
}

/// Streams the rows of a table, deleted ones among them.
pub struct Rows {
    input: BufReader<File>,
    layout: Layout,
    number: u64,
    buffer: Vec<u8>,
    shown: String,
}

/// A row, or a deleted one.
pub enum Row {
    /// A row.
    Record(Record),
    /// Marked as deleted; holds its number.
    Deleted,
}

impl Rows {
    /// Opens a table of known layout.
    pub fn open(path: &Path, shown: &str, layout: &Layout) -> Result<Self, SourceError> {
        let mut input =
            BufReader::with_capacity(1 << 16, File::open(path).map_err(SourceError::io(path))?);
        input
            .seek(SeekFrom::Start(layout.start))
            .map_err(SourceError::io(path))?;
        Ok(Self {
            input,
            buffer: vec![0; layout.width],
            layout: layout.clone(),
            number: 0,
            shown: shown.to_owned(),
        })
    }

    /// The next row. Rows the header promises and the file hasn't are one broken record.
    pub fn next_row(&mut self) -> Option<Result<Row, BrokenRecord>> {
        let Layout { declared, .. } = self.layout;
        if self.number >= declared {
            return None;
        }
        self.number += 1;
        let number = self.number;
        if self.input.read_exact(&mut self.buffer).is_err() {
            self.number = declared;
            let reason = format!(
                "属性表应有 {declared} 条记录，文件在第 {number} 条处中断，其后 {} 条缺失",
                declared - number + 1
            );
            return Some(Err(BrokenRecord::new(&self.shown, number, reason)));
        }
        match self.buffer.first() {
            Some(b'*') => return Some(Ok(Row::Deleted)),
            Some(b' ') => {}
            _ => {
                return Some(Err(BrokenRecord::new(
                    &self.shown,
                    number,
                    "记录标志损坏，该条未读取",
                )));
            }
        }
        Some(self.record(number).map(Row::Record))
    }

    fn record(&self, number: u64) -> Result<Record, BrokenRecord> {
        let mut record = Record {
            number,
            ..Record::default()
        };
        for (i, column) in self.layout.columns.iter().enumerate() {
            let raw = self
                .buffer
                .get(column.at..column.at + column.len)
                .unwrap_or_default();
            let cell = match cell(raw, column, self.layout.guess.encoding) {
                Ok((cell, None)) => cell,
                Ok((cell, Some(remark))) => {
                    record.remarks.push(Remark::on_field(i, remark));
                    cell
                }
                Err(()) => {
                    let reason = format!(
                        "“{}”有无法识别的字符，该条未读取",
                        self.layout.fields.get(i).map_or("", |f| f.name.as_str())
                    );
                    return Err(BrokenRecord::new(&self.shown, number, reason));
                }
            };
            record.cells.push(cell);
        }
        Ok(record)
    }
}

fn cell(
    raw: &[u8],
    column: &Column,
    encoding: &'static Encoding,
) -> Result<(Cell, Option<&'static str>), ()> {
    let ascii = || {
        String::from_utf8_lossy(raw)
            .trim_matches(['\0', ' '])
            .to_owned()
    };
    let cell = match column.kind {
        b'N' | b'F' => {
            let text = ascii();
            // A number that did not fit its field is a row of asterisks.
            if text.starts_with('*') {
                return Ok((Cell::Empty, Some("数值超出字段宽度，原值已丢失")));
            }
            Cell::from_number_text(&text)
        }
        b'D' => {
            let text = ascii();
            match NaiveDate::parse_from_str(&text, "%Y%m%d") {
                Ok(day) => Cell::Date(day.into()),
                Err(_) if text.trim_matches('0').is_empty() => Cell::Empty,
                Err(_) => Cell::Text(text),
            }
        }
        b'I' | b'+' => match raw.try_into().map(i32::from_le_bytes) {
            Ok(n) => Cell::Number(n.into()),
            Err(_) => Cell::Empty,
        },
        b'B' | b'O' => match raw.try_into().map(f64::from_le_bytes) {
            Ok(n) => Cell::from_float(n),
            Err(_) => Cell::Empty,
        },
        b'L' => match raw.first() {
            Some(b'T' | b't' | b'Y' | b'y') => Cell::Text("是".to_owned()),
            Some(b'F' | b'f' | b'N' | b'n') => Cell::Text("否".to_owned()),
            _ => Cell::Empty,
        },
        b'M' | b'G' | b'P' | b'T' | b'@' => Cell::Empty,
        _ => return text_cell(raw, encoding),
    };
    Ok((cell, None))
}

fn text_cell(raw: &[u8], encoding: &'static Encoding) -> Result<(Cell, Option<&'static str>), ()> {
    let end = raw
        .iter()
        .rposition(|b| !matches!(b, 0 | b' '))
        .map_or(0, |i| i + 1);
    let body = &raw[..end];
    let text = decode_fully(body, encoding);
    if !text.contains('\u{fffd}') {
        return Ok((Cell::from_text(text.trim_matches(['\0', ' '])), None));
    }
    // A text that fills its field was cut there, perhaps through a character.
    for cut in 1..=3.min(end) {
        let shorter = decode_fully(&body[..end - cut], encoding);
        if end == raw.len() && !shorter.contains('\u{fffd}') {
            return Ok((
                Cell::from_text(shorter.trim_matches(['\0', ' '])),
                Some("文字超出字段宽度，末尾半个汉字已舍去"),
            ));
        }
    }
    Err(())
}

struct Dbase {
    file: FileAt,
    layout: Layout,
}

impl Open for Dbase {
    fn records(&self) -> Result<Records, SourceError> {
        let mut rows = Rows::open(&self.file.path, &self.file.shown, &self.layout)?;
        Ok(Box::new(std::iter::from_fn(move || {
            loop {
                match rows.next_row()? {
                    Ok(Row::Deleted) => {}
                    Ok(Row::Record(r)) => return Some(Ok(r)),
                    Err(e) => return Some(Err(e)),
                }
            }
        })))
    }
}
