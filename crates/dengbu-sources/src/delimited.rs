//! CSV, TSV and kin: separator guessed, quotes by RFC 4180, any size in flat memory.
//!
//! Own splitting in place of a library's: after a quote that is never closed the reading goes on
//! with the next line, and no record grows beyond the limit.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;

use crate::error::{BrokenRecord, SourceError};
use crate::limits::Limits;
use crate::record::{Cell, Field, Record};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};
use crate::text::{self, EncodingGuess, Line, Lines};

/// Lines looked at for separator and heading.
const LOOKED_AT: usize = 50;
/// Lines one record may go over.
const RECORD_LINES: usize = 200;
const SEPARATORS: [char; 4] = [',', '\t', ';', '|'];

struct Delimited {
    file: FileAt,
    guess: EncodingGuess,
    separator: char,
    heading_line: u64,
    fields: usize,
    limits: Limits,
}

/// Opens a file; the table is called as the file.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let name = file.stem();
    let guess = text::guess(&file.path, options.encoding(&name))?;
    let mut rows = Rows::new(lines(file, &guess, &options.limits)?, ',', &options.limits);
    let mut looked_at = Vec::new();
    while looked_at.len() < LOOKED_AT {
        match rows.raw().map_err(SourceError::io(&file.path))? {
            Some((n, line)) if !line.trim().is_empty() => looked_at.push((n, line)),
            Some(_) => {}
            None => break,
        }
    }
    let Some((separator, heading)) = layout(&looked_at) else {
        return Err(SourceError::damaged(&file.path, "是空文件，没有表头"));
    };
    let (heading_line, names) = heading;
    if names.len() > options.limits.fields {
        return Err(SourceError::too_large(
            &file.path,
            format!(
                "表头有 {} 列，多于 {} 列",
                names.len(),
                options.limits.fields
            ),
        ));
    }
    let mut info = TableInfo::new(&name, file, Format::Delimited);
    info.fields = headings(&names, &mut info.notes);
    if heading_line > 1 {
        info.notes
            .push(format!("表头在第 {heading_line} 行，其上各行未读取"));
    }
    let kind = match separator {
        '\t' => "制表符".to_owned(),
        s => format!("“{s}”"),
    };
    if separator != ',' {
        info.notes.push(format!("以{kind}分隔"));
    }
    info.encoding = Some(guess.clone());
    let open = Delimited {
        file: file.clone(),
        guess,
        separator,
        heading_line,
        fields: info.fields.len(),
        limits: options.limits.clone(),
    };
    Ok(vec![Entry {
        info,
        open: Box::new(open),
    }])
}

fn lines(file: &FileAt, guess: &EncodingGuess, limits: &Limits) -> Result<Lines, SourceError> {
    let input = File::open(&file.path).map_err(SourceError::io(&file.path))?;
    Lines::new(input, guess, limits.line_bytes).map_err(SourceError::io(&file.path))
}

type Heading = (u64, Vec<String>);

/// The separator that splits most lines into the same number of fields, and the first line of
/// that number.
fn layout(lines: &[(u64, String)]) -> Option<(char, Heading)> {
    let mut best: Option<(usize, usize, char, Heading)> = None;
    for separator in SEPARATORS {
        let split: Vec<(u64, Vec<String>)> = lines
            .iter()
            .filter_map(|(n, line)| {
                let mut fields = Vec::new();
                split(line, separator, &mut fields).then_some((*n, fields))
            })
            .collect();
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, fields) in &split {
            *counts.entry(fields.len()).or_default() += 1;
        }
        let Some((count, times)) = counts.into_iter().max_by_key(|(c, t)| (*t, *c)) else {
            continue;
        };
        let Some(heading) = split.into_iter().find(|(_, f)| f.len() == count) else {
            continue;
        };
        // One column only is what any wrong separator gives.
        let weight = if count > 1 { times } else { 0 };
        if best
            .as_ref()
            .is_none_or(|(w, c, ..)| (weight, count) > (*w, *c))
        {
            best = Some((weight, count, separator, heading));
        }
    }
    best.map(|(_, _, separator, heading)| (separator, heading))
}

/// Field names out of a heading: empty ones numbered, doubled ones told apart.
pub fn headings(names: &[String], notes: &mut Vec<String>) -> Vec<Field> {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let mut name = name.trim().to_owned();
            if name.is_empty() {
                name = format!("第{}列", i + 1);
            }
            let times = used.entry(name.clone()).or_default();
            *times += 1;
            if *times > 1 {
                notes.push(format!(
                    "表头有重复的“{name}”，第 {} 列改称“{name}#{times}”",
                    i + 1
                ));
                name = format!("{name}#{times}");
            }
            Field::text(name)
        })
        .collect()
}

/// Splits one record; `false` when a quote is still open at its end.
fn split(line: &str, separator: char, fields: &mut Vec<String>) -> bool {
    fields.clear();
    let mut field = String::new();
    let mut chars = line.chars().peekable();
    let (mut quoted, mut at_start) = (false, true);
    while let Some(c) = chars.next() {
        if quoted {
            match c {
                '"' if chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                '"' => quoted = false,
                c => field.push(c),
            }
        } else if c == separator {
            fields.push(std::mem::take(&mut field));
            at_start = true;
            continue;
        } else if c == '"' && at_start {
            quoted = true;
        } else {
            field.push(c);
        }
        at_start = false;
    }
    fields.push(field);
    !quoted
}

/// Records out of lines.
struct Rows {
    lines: Lines,
    back: VecDeque<(u64, String)>,
    separator: char,
    expected: usize,
    record_bytes: usize,
}

impl Rows {
    fn new(lines: Lines, separator: char, limits: &Limits) -> Self {
        Self {
            lines,
            back: VecDeque::new(),
            separator,
            expected: 0,
            record_bytes: limits.record_bytes,
        }
    }

    /// The next line; a too long one comes as U+FFFD alone.
    fn raw(&mut self) -> std::io::Result<Option<(u64, String)>> {
        if let Some(line) = self.back.pop_front() {
            return Ok(Some(line));
        }
        let line = match self.lines.next_line()? {
            None => return Ok(None),
            Some(Line::TooLong) => TOO_LONG.to_owned(),
            Some(Line::Text(t)) => t.to_owned(),
        };
        Ok(Some((self.lines.number(), line)))
    }

    fn next_row(&mut self, fields: &mut Vec<String>) -> Option<Result<u64, (u64, String)>> {
        let (number, first) = loop {
            match self.raw() {
                Err(e) => return Some(Err((self.lines.number(), format!("读取中断：{e}")))),
                Ok(None) => return None,
                Ok(Some((_, line))) if line.trim().is_empty() => {}
                Ok(Some(line)) => break line,
            }
        };
        if first == TOO_LONG {
            return Some(Err((number, "该行过长，未读取".to_owned())));
        }
        if split(&first, self.separator, fields) {
            return Some(Ok(number));
        }
        self.joined(number, first, fields)
    }

    /// A record that goes over several lines; when its quote is never closed only its first line
    /// is lost.
    fn joined(
        &mut self,
        number: u64,
        first: String,
        fields: &mut Vec<String>,
    ) -> Option<Result<u64, (u64, String)>> {
        let mut record = first;
        let mut taken: VecDeque<(u64, String)> = VecDeque::new();
        while taken.len() < RECORD_LINES && record.len() < self.record_bytes {
            let Ok(Some((n, line))) = self.raw() else {
                break;
            };
            // A whole record behind an open quote: the quote was a slip of the hand.
            let whole = self.expected > 2
                && !line.contains('"')
                && line.matches(self.separator).count() + 1 == self.expected;
            record.push('\n');
            record.push_str(&line);
            taken.push_back((n, line));
            if whole {
                break;
            }
            if split(&record, self.separator, fields) {
                return Some(Ok(number));
            }
        }
        taken.append(&mut self.back);
        self.back = taken;
        Some(Err((number, "引号没有闭合，该行未读取".to_owned())))
    }
}

const TOO_LONG: &str = "\u{fffd}";

impl Open for Delimited {
    fn records(&self) -> Result<Records, SourceError> {
        let mut rows = Rows::new(
            lines(&self.file, &self.guess, &self.limits)?,
            self.separator,
            &self.limits,
        );
        while rows.lines.number() < self.heading_line {
            match rows.raw().map_err(SourceError::io(&self.file.path))? {
                Some(_) => {}
                None => break,
            }
        }
        rows.expected = self.fields;
        let (shown, expected) = (self.file.shown.clone(), self.fields);
        let mut fields = Vec::new();
        let mut ended = false;
        Ok(Box::new(std::iter::from_fn(move || {
            if ended {
                return None;
            }
            Some(match rows.next_row(&mut fields)? {
                Ok(number) => record(&shown, number, &fields, expected),
                Err((line, reason)) => {
                    ended = reason.starts_with("读取中断");
                    Err(BrokenRecord::new(&shown, line, reason))
                }
            })
        })))
    }
}

fn record(
    file: &str,
    number: u64,
    fields: &[String],
    expected: usize,
) -> Result<Record, BrokenRecord> {
    let surplus = fields.get(expected..).unwrap_or_default();
    if fields.len() < expected || surplus.iter().any(|f| !f.trim().is_empty()) {
        return Err(BrokenRecord::new(
            file,
            number,
            format!("有 {} 个字段，应为 {expected} 个，该行未读取", fields.len()),
        ));
    }
    if fields.iter().any(|f| f.contains('\u{fffd}')) {
        return Err(BrokenRecord::new(
            file,
            number,
            "有无法识别的字符，该行未读取",
        ));
    }
    let cell = |f: &String| match f.as_str() {
        "\\N" => Cell::Empty,
        t => Cell::from_text(t),
    };
    Ok(Record {
        number,
        cells: fields.iter().take(expected).map(cell).collect(),
        ..Record::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (TableInfo, Vec<Result<Record, BrokenRecord>>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        std::fs::write(&path, bytes).unwrap();
        let file = FileAt {
            path,
            shown: "t.csv".into(),
        };
        let entry = open(&file, &OpenOptions::default()).unwrap().remove(0);
        let all = entry.open.records().unwrap().collect();
        (entry.info, all)
    }

    fn texts(r: &Result<Record, BrokenRecord>) -> Vec<String> {
        let r = r.as_ref().unwrap();
        r.cells.iter().map(|c| c.as_text().into_owned()).collect()
    }

    #[test]
    fn quotes_line_breaks_and_what_is_broken() {
        let text = "编号,坐落,面积\r\n1,\"东区,1号\r\n二楼\",90\r\n2,\"没有闭合,80\r\n3,丙,70\r\n4,丁\r\n5,戊,60,,\r\n";
        let (info, rows) = read(text.as_bytes());
        assert_eq!(info.fields.len(), 3);
        assert_eq!(texts(&rows[0]), ["1", "东区,1号\n二楼", "90"]);
        let broken = rows[1].as_ref().unwrap_err();
        assert_eq!(
            (broken.line, broken.reason.as_str()),
            (4, "引号没有闭合，该行未读取")
        );
        assert_eq!(texts(&rows[2]), ["3", "丙", "70"]);
        assert_eq!(rows[2].as_ref().unwrap().number, 5);
        assert_eq!(
            rows[3].as_ref().unwrap_err().reason,
            "有 2 个字段，应为 3 个，该行未读取"
        );
        assert_eq!(texts(&rows[4]), ["5", "戊", "60"]);
    }

    #[test]
    fn other_separators_titles_and_doubled_headings() {
        let (info, rows) = read("某某县台账\n姓名;证号;证号\n张三;1;2\n李四;3;4\n".as_bytes());
        let names: Vec<&str> = info.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["姓名", "证号", "证号#2"]);
        assert_eq!(texts(&rows[1]), ["李四", "3", "4"]);
        let (info, rows) = read("A\tB\n1,5\t2\n".as_bytes());
        assert_eq!(info.fields.len(), 2);
        assert_eq!(texts(&rows[0]), ["1,5", "2"]);
    }

    #[test]
    fn spoilt_characters_name_their_line() {
        let mut bytes = encoding_rs::GBK
            .encode("姓名,坐落\n张三,东区\n李四,西区\n")
            .0
            .into_owned();
        let at = bytes.len() - 3;
        bytes[at] = 0xff;
        let (_, rows) = read(&bytes);
        assert!(rows[0].is_ok());
        assert_eq!(rows[1].as_ref().unwrap_err().line, 3);
    }

    proptest::proptest! {
        /// What the csv crate writes is read as it was.
        #[test]
        fn as_the_csv_crate_writes(rows in proptest::collection::vec(
            proptest::collection::vec("[a-z\",; \n甲乙]{0,6}", 3), 1..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["一", "二", "三"]).unwrap();
            for r in &rows { writer.write_record(r).unwrap(); }
            let bytes = writer.into_inner().unwrap();
            let (_, read) = read(&bytes);
            let got: Vec<Vec<String>> = read.iter().map(texts).collect();
            let want: Vec<Vec<String>> = rows;
            proptest::prop_assert_eq!(got, want);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("t.csv");
            std::fs::write(&path, bytes).unwrap();
            let file = FileAt { path, shown: "t.csv".into() };
            if let Ok(entries) = open(&file, &OpenOptions::default()) {
                for e in entries { let _ = e.open.records().unwrap().count(); }
            }
        }
    }
}
