//! Messages of the national standard for reporting (接入报文): one XML file per case, a table row
//! per element, columns as attributes. A folder of messages is one source with a table per kind
//! of element.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::BrokenRecord;
use crate::limits::Limits;
use crate::record::{Cell, Field, Record};
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, Skipped, TableInfo};

/// Bytes in which `<Message>` must come.
const HEAD: usize = 1024;
/// Elements by the standard's table they carry.
const ELEMENTS: &[(&str, &str)] = &[
    ("KTT_ZDJBXX", "ZDJBXX"),
    ("KTF_ZDBHQK", "ZDBHQK"),
    ("KTT_ZHJBXX", "ZHJBXX"),
    ("KTF_ZH_YHZK", "YHZK"),
    ("KTF_ZH_YHYDZB", "YHYDZB"),
    ("KTF_ZHBHQK", "ZHBHQK"),
    ("KTT_GY_JZD", "JZD"),
    ("KTT_GY_JZX", "JZX"),
    ("KTT_FW_ZRZ", "ZRZ"),
    ("KTT_FW_LJZ", "LJZ"),
    ("KTT_FW_C", "C"),
    ("KTT_FW_H", "H"),
    ("KTT_GZW", "GZW"),
    ("ZD_K_103", "ZDK103"),
    ("ZH_K_105", "ZHK105"),
    ("QLF_QL_TDSYQ", "TDSYQ"),
    ("QLF_QL_JSYDSYQ", "JSYDSYQ"),
    ("QLF_QL_NYDSYQ", "NYDSYQ"),
    ("QLT_FW_FDCQ_DZ", "FDCQ1"),
    ("QLF_FW_FDCQ_DZ_XM", "FDCQ_XM"),
    ("QLT_FW_FDCQ_YZ", "FDCQ2"),
    ("QLF_FW_FDCQ_QFSYQ", "FDCQ3"),
    ("QLF_QL_HYSYQ", "HYSYQ"),
    ("QLT_QL_GJZWSYQ", "GJZWSYQ"),
    ("QLT_QL_LQ", "LQ"),
    ("QLF_QL_DYIQ", "DYIQ"),
    ("QLF_QL_DYAQ", "DYAQ"),
    ("QLF_QL_YGDJ", "YGDJ"),
    ("QLF_QL_YYDJ", "YYDJ"),
    ("QLF_QL_CFDJ", "CFDJ"),
    ("QLF_QL_ZXDJ", "ZXDJ"),
    ("QLF_QL_GZDJ", "GZDJ"),
    ("QLF_QL_QTXGQL", "QTXGQL"),
    ("QLF_QL_JZQ", "JZQ"),
    ("QLF_XZDY", "XZDY"),
    ("ZTT_GY_QLR", "QLR"),
    ("ZTT_GY_JTCY", "JTCY"),
    ("DJT_DJ_SL", "DJSLSQ"),
    ("DJT_DJ_SLSQ", "DJSLSQ"),
    ("DJF_DJ_SQ", "DJSQR"),
    ("DJF_DJ_SQR", "DJSQR"),
    ("DJF_DJ_SJ", "DJSJ"),
    ("DJF_DJ_SF", "DJSF"),
    ("DJF_DJ_SH", "DJSH"),
    ("DJF_DJ_SZ", "DJSZ"),
    ("DJF_DJ_FZ", "DJFZ"),
    ("DJF_DJ_GD", "DJGD"),
    ("DJF_DJ_DB", "DJDB"),
    ("FJ_F_100", "FJ"),
];

/// The standard's table of an element; the element's own name when it is none.
fn table_of(element: &str) -> &str {
    ELEMENTS
        .iter()
        .find(|(e, _)| *e == element)
        .map_or(element, |(_, t)| t)
}

/// Whether a file is such a message, by its first bytes.
pub fn is_message(file: &FileAt) -> bool {
    let xml = file
        .path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("xml"));
    if !xml {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(&file.path).and_then(|f| f.take(HEAD as u64).read_to_end(&mut head));
    read.is_ok()
        && head
            .windows(9)
            .any(|w| w == b"<Message>" || w == b"<Message ")
}

/// Opens messages as one source. A file that breaks off gives what stands before.
pub fn open(files: &[FileAt], options: &OpenOptions, skipped: &mut Vec<Skipped>) -> Vec<Entry> {
    let mut found: BTreeMap<String, (BTreeSet<String>, Vec<String>, u64)> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for file in files {
        let read = each_row(file, &options.limits, |table, attributes, _| {
            let entry = found.entry(table.to_owned()).or_insert_with(|| {
                order.push(table.to_owned());
                Default::default()
            });
            for (name, _) in attributes {
                if entry.1.len() < options.limits.fields && entry.0.insert(name.clone()) {
                    entry.1.push(name);
                }
            }
            entry.2 += 1;
            true
        });
        if let Err(why) = read {
            skipped.push(Skipped {
                file: file.shown.clone(),
                reason: format!("报文不完整：{why}"),
            });
        }
    }
    let files = Arc::new(files.to_vec());
    order
        .into_iter()
        .filter_map(|table| {
            let (_, fields, rows) = found.remove(&table)?;
            let mut info = TableInfo::new(&table, files.first()?, Format::Exchange);
            if files.len() > 1 {
                info.notes.push(format!("合并自 {} 份报文", files.len()));
            }
            info.fields = fields.iter().map(Field::text).collect();
            info.records = Some(rows);
            let open = Messages {
                files: files.clone(),
                table,
                fields,
                limits: options.limits.clone(),
            };
            Some(Entry {
                info,
                open: Box::new(open),
            })
        })
        .collect()
}

type Attributes = Vec<(String, String)>;

/// Calls `take` with every row element until it says no.
fn each_row(
    file: &FileAt,
    limits: &Limits,
    mut take: impl FnMut(&str, Attributes, u64) -> bool,
) -> Result<(), String> {
    let input = File::open(&file.path).map_err(|e| e.to_string())?;
    let counted = CountLines {
        input: BufReader::new(input),
        line: 1,
    };
    let mut reader = Reader::from_reader(counted);
    let mut buffer = Vec::new();
    let mut path: Vec<String> = Vec::new();
    loop {
        buffer.clear();
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|e| format!("第 {} 行：{e}", reader.get_ref().line))?;
        if reader.buffer_position() > limits.whole_file_bytes {
            return Err("文件过大".to_owned());
        }
        let line = reader.get_ref().line;
        match event {
            Event::Start(start) => {
                let name = local_name(&start);
                if path.len() == 2
                    && path[1] == "Data"
                    && !take(table_of(&name), attributes(&start)?, line)
                {
                    return Ok(());
                }
                path.push(name);
                if path.len() > 64 {
                    return Err(format!("第 {line} 行：元素嵌套过深"));
                }
            }
            Event::Empty(start) => {
                let name = local_name(&start);
                if path.len() == 2
                    && path[1] == "Data"
                    && !take(table_of(&name), attributes(&start)?, line)
                {
                    return Ok(());
                }
            }
            Event::End(_) => {
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(()),
            Event::Eof => return Err(format!("第 {line} 行：文件在此中断")),
            // No entity of a document type is ever resolved.
            Event::DocType(_) => return Err("不接受带文档类型声明（DOCTYPE）的报文".to_owned()),
            _ => {}
        }
    }
}

fn local_name(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn attributes(start: &BytesStart<'_>) -> Result<Attributes, String> {
    start
        .attributes()
        .map(|a| {
            let a = a.map_err(|e| e.to_string())?;
            let name = a.key.local_name().as_ref().to_owned();
            let value = quick_xml::escape::unescape(&a.value).map_err(|e| e.to_string())?;
            Ok((name, value.into_owned()))
        })
        .collect()
}

/// Counts the lines read.
struct CountLines {
    input: BufReader<File>,
    line: u64,
}

impl Read for CountLines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.count(&buffer[..n]);
        Ok(n)
    }
}

impl CountLines {
    fn count(&mut self, bytes: &[u8]) {
        self.line += bytes.iter().filter(|b| **b == b'\n').count() as u64;
    }
}

impl BufRead for CountLines {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        let lines = self
            .input
            .buffer()
            .get(..n)
            .map_or(0, |b| b.iter().filter(|b| **b == b'\n').count());
        self.line += lines as u64;
        self.input.consume(n);
    }
}

struct Messages {
    files: Arc<Vec<FileAt>>,
    table: String,
    fields: Vec<String>,
    limits: Limits,
}

impl Open for Messages {
    fn records(&self) -> Result<Records, crate::error::SourceError> {
        let (files, table, fields) = (self.files.clone(), self.table.clone(), self.fields.clone());
        let limits = self.limits.clone();
        // A message is small: its rows of the table are held, one message at a time.
        let mut next = 0;
        let mut held: std::vec::IntoIter<Result<Record, BrokenRecord>> = Vec::new().into_iter();
        Ok(Box::new(std::iter::from_fn(move || {
            loop {
                if let Some(item) = held.next() {
                    return Some(item);
                }
                let file = files.get(next)?;
                next += 1;
                let part: Arc<str> = file.shown.as_str().into();
                let mut rows = Vec::new();
                let read = each_row(file, &limits, |of, attributes, line| {
                    if of == table && rows.len() < limits.held_items {
                        rows.push(Ok(row(line, &part, &attributes, &fields)));
                    }
                    true
                });
                if let Err(why) = read {
                    rows.push(Err(BrokenRecord::new(
                        &file.shown,
                        0,
                        format!("报文不完整：{why}"),
                    )));
                }
                held = rows.into_iter();
            }
        })))
    }
}

fn row(line: u64, part: &Arc<str>, attributes: &Attributes, fields: &[String]) -> Record {
    let value = |field: &String| {
        attributes
            .iter()
            .find(|(n, _)| n == field)
            .map(|(_, v)| v.as_str())
    };
    Record {
        number: line,
        part: Some(part.clone()),
        // "/" stands for an empty value in messages.
        cells: fields
            .iter()
            .map(|f| match value(f) {
                None | Some("/") => Cell::Empty,
                Some(v) => Cell::from_text(v),
            })
            .collect(),
        ..Record::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    const MESSAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Message>\n<Head><BizMsgID>510421260101000001</BizMsgID></Head>\n<Data>\n<KTT_FW_H BDCDYH=\"A1\" ZL=\"东区&lt;1&gt;号\" MJDW=\"/\"/>\n<ZTT_GY_QLR QLRMC=\"张三\" ZJH=\"1\"></ZTT_GY_QLR>\n<ZTT_GY_QLR QLRMC=\"李四\" QLBL=\"1/2\"/>\n</Data>\n</Message>\n";

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let source = Source::open_path(dir.path(), &OpenOptions::default()).unwrap();
        (dir, source)
    }

    #[test]
    fn many_messages_are_one_source() {
        let other = MESSAGE.replace("张三", "王五");
        let (_dir, source) = folder(&[
            ("BizA.xml", MESSAGE),
            ("BizB.xml", &other),
            ("note.xml", "<x/>"),
        ]);
        let holders = source.table("QLR").unwrap();
        let names: Vec<&str> = holders.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["QLRMC", "ZJH", "QLBL"]);
        let rows: Vec<Record> = source.records("QLR").unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[2].cells[0].as_text(), "王五");
        assert_eq!(
            (rows[2].part.as_deref(), rows[2].number),
            (Some("BizB.xml"), 6)
        );
        let house = source.records("H").unwrap().next().unwrap().unwrap();
        assert_eq!(house.cells[1].as_text(), "东区<1>号");
        assert_eq!(house.cells[2], Cell::Empty);
        assert_eq!(source.skipped().len(), 1);
    }

    #[test]
    fn cut_messages_and_entities_are_said() {
        let cut = &MESSAGE[..MESSAGE.len() - 15];
        let bomb = MESSAGE.replace("<Message>", "<!DOCTYPE m [<!ENTITY a \"b\">]><Message>");
        let (_dir, source) = folder(&[("BizA.xml", cut), ("BizB.xml", &bomb)]);
        let reasons: Vec<&str> = source.skipped().iter().map(|s| s.reason.as_str()).collect();
        assert!(
            reasons[0].contains("中断") || reasons[0].contains("报文不完整"),
            "{reasons:?}"
        );
        assert!(reasons[1].contains("DOCTYPE"), "{reasons:?}");
        let rows: Vec<_> = source.records("QLR").unwrap().collect();
        assert_eq!(rows.iter().filter(|r| r.is_ok()).count(), 2);
        assert!(rows.iter().any(Result::is_err));
    }
}
