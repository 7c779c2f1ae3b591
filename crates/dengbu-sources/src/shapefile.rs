//! Shapefiles: shapes and attributes that belong together by their order.

use crate::dbase::{self, Layout, Row, Rows};
use crate::error::{BrokenRecord, SourceError};
use crate::record::{Record, Remark};
use crate::shapes::Shapes;
use crate::source::{Entry, FileAt, Format, Open, OpenOptions, Records, TableInfo};

struct Shapefile {
    file: FileAt,
    attributes: Option<(FileAt, Layout)>,
    points_max: usize,
}

/// Opens a `.shp` with what stands beside it.
pub fn open(file: &FileAt, options: &OpenOptions) -> Result<Vec<Entry>, SourceError> {
    let name = file.stem();
    let mut info = TableInfo::new(&name, file, Format::Shapefile);
    info.shapes = true;
    let points_max = options.limits.points;
    let shapes = Shapes::open(&file.path, points_max)?;
    if let Some((declared, length)) = shapes.truncated {
        info.notes.push(format!(
            "图形文件应为 {declared} 字节，实为 {length} 字节，文件不完整"
        ));
    }
    if file.sibling("shx").is_none() {
        info.notes
            .push("缺少 .shx 索引文件，按 .shp 的顺序读取".to_owned());
    }
    info.crs = file
        .sibling("prj")
        .and_then(|p| std::fs::read(p).ok())
        .map(|b| {
            String::from_utf8_lossy(b.get(..8192).unwrap_or(&b))
                .trim()
                .to_owned()
        });
    if info.crs.is_none() {
        info.notes
            .push("没有 .prj，坐标系须在对照文件中写明".to_owned());
    }
    let attributes = match file.sibling("dbf") {
        Some(path) => {
            let shown = file
                .shown
                .rsplit_once('.')
                .map_or_else(|| file.shown.clone(), |(s, _)| format!("{s}.dbf"));
            let dbf = FileAt { path, shown };
            let told = options.encoding(&name);
            let layout = dbase::layout(&dbf.path, dbase::cpg(file), told, options.limits.fields)?;
            dbase::describe(&mut info, &layout);
            Some((dbf, layout))
        }
        None => {
            info.notes.push("缺少 .dbf 属性表，只有图形".to_owned());
            None
        }
    };
    let open = Shapefile {
        file: file.clone(),
        attributes,
        points_max,
    };
    Ok(vec![Entry {
        info,
        open: Box::new(open),
    }])
}

impl Open for Shapefile {
    fn records(&self) -> Result<Records, SourceError> {
        let shapes = Shapes::open(&self.file.path, self.points_max)?;
        let rows = match &self.attributes {
            Some((file, layout)) => Some(Rows::open(&file.path, &file.shown, layout)?),
            None => None,
        };
        let mut pairs = Pairs {
            shapes,
            rows,
            shown: self.file.shown.clone(),
            number: 0,
        };
        Ok(Box::new(std::iter::from_fn(move || pairs.next_pair())))
    }
}

struct Pairs {
    shapes: Shapes,
    rows: Option<Rows>,
    shown: String,
    number: u64,
}

impl Pairs {
    fn next_pair(&mut self) -> Option<Result<Record, BrokenRecord>> {
        loop {
            self.number += 1;
            let shape = self.shapes.next_shape();
            let row = match &mut self.rows {
                Some(rows) => rows.next_row(),
                None => shape.as_ref().map(|_| {
                    Ok(Row::Record(Record {
                        number: self.number,
                        ..Record::default()
                    }))
                }),
            };
            let broken =
                |reason: &str| Some(Err(BrokenRecord::new(&self.shown, self.number, reason)));
            return match (shape, row) {
                (None, None) => None,
                (_, Some(Ok(Row::Deleted))) => continue,
                (_, Some(Err(error))) => Some(Err(error)),
                (Some(_), None) => broken("图形没有对应的属性记录，未读取"),
                (None, Some(Ok(Row::Record(record)))) => Some(Ok(shapeless(
                    record,
                    "没有对应的图形（图形文件不完整）".to_owned(),
                ))),
                (Some(Err(reason)), Some(Ok(Row::Record(record)))) => {
                    Some(Ok(shapeless(record, reason)))
                }
                (Some(Ok(geometry)), Some(Ok(Row::Record(record)))) => {
                    Some(Ok(Record { geometry, ..record }))
                }
            };
        }
    }
}

/// The attributes are kept though the shape is lost.
fn shapeless(mut record: Record, reason: String) -> Record {
    record.remarks.push(Remark::on_shape(reason));
    record
}
