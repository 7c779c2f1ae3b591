//! Writing VCT 3.0.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

use encoding_rs::Encoding;
use geo_types::{Coord, Geometry, LineString, Polygon};

use super::index::{Layer, LayerKind, Structure, VctType};
use crate::record::Cell;

/// Head of a file to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// 比例尺分母 (500).
    pub scale: u32,
    /// Central meridian, degrees (102).
    pub meridian: u32,
    /// Easting of the central meridian (500000, or 34500000 with the zone before it).
    pub false_easting: f64,
    /// Zone number of the three-degree zones (34).
    pub zone: u32,
    /// Day of the data, `YYYYMMDD`.
    pub date: String,
    /// Lower left and upper right corner.
    pub extent: [[f64; 2]; 2],
}

/// Why something cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VctWriteError {
    /// The system says no.
    #[error("写入失败：{0}")]
    Io(#[from] std::io::Error),
    /// A character that the encoding hasn't.
    #[error("“{text}”中有 {encoding} 编码没有的字符，请改用 GB18030")]
    Unmappable {
        /// The text.
        text: String,
        /// The encoding.
        encoding: &'static str,
    },
    /// No such layer or table, or another number of values than it has fields.
    #[error("表“{table}”有 {fields} 个字段，给出 {values} 个值")]
    Values {
        /// Table.
        table: String,
        /// Its fields.
        fields: usize,
        /// Values given.
        values: usize,
    },
    /// A shape of another kind than the layer's.
    #[error("图层“{0}”不能写入这种图形")]
    Shape(String),
}

/// Writes features one by one; sections are gathered in temporary files and put together at the
/// end, so that a million parcels need no memory.
pub struct VctWriter {
    head: Head,
    layers: Vec<Layer>,
    structures: Vec<Structure>,
    encoding: &'static Encoding,
    shapes: [Spool; 3],
    tables: Vec<Spool>,
    next_id: i64,
}

type Spool = BufWriter<File>;

fn spool() -> std::io::Result<Spool> {
    Ok(BufWriter::new(tempfile::tempfile()?))
}

/// The values of a text file may not hold the separator or a line's end.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ',' => '，',
            '\n' | '\r' | '\t' => ' ',
            c => c,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

impl VctWriter {
    /// A writer of layers and their tables (and tables without layers), in GB18030, GBK or UTF-8.
    ///
    /// # Errors
    /// No temporary file can be made.
    pub fn new(
        head: Head,
        layers: Vec<Layer>,
        structures: Vec<Structure>,
        encoding: &'static Encoding,
    ) -> Result<Self, VctWriteError> {
        let tables = structures
            .iter()
            .map(|_| spool())
            .collect::<Result<_, _>>()?;
        Ok(Self {
            head,
            layers,
            structures,
            encoding,
            shapes: [spool()?, spool()?, spool()?],
            tables,
            next_id: 1,
        })
    }

    /// Writes a row of a table, with its object when the table is a layer's; gives its 标识码.
    ///
    /// # Errors
    /// [`VctWriteError`].
    pub fn feature(
        &mut self,
        table: &str,
        cells: &[Cell],
        geometry: Option<&Geometry<f64>>,
    ) -> Result<i64, VctWriteError> {
        let values = |fields| VctWriteError::Values {
            table: table.to_owned(),
            fields,
            values: cells.len(),
        };
        let Some(position) = self.structures.iter().position(|s| s.table == table) else {
            return Err(values(0));
        };
        let structure = &self.structures[position];
        if structure.fields.len() != cells.len() {
            return Err(values(structure.fields.len()));
        }
        let id = self.next_id;
        let mut row = id.to_string();
        for (field, cell) in structure.fields.iter().zip(cells) {
            row.push(',');
            row.push_str(&match cell {
                Cell::Date(d) if field.field_type == VctType::Date => {
                    d.format("%Y%m%d").to_string()
                }
                other => plain(&other.as_text()),
            });
        }
        row.push('\n');
        let object = match geometry {
            Some(geometry) => self.object(id, table, geometry)?,
            None => None,
        };
        let row = self.encoded(&row)?;
        if let Some((section, text)) = object {
            let bytes = self.encoded(&text)?;
            self.shapes[section].write_all(&bytes)?;
        }
        self.tables[position].write_all(&row)?;
        self.next_id += 1;
        Ok(id)
    }

    fn object(
        &self,
        id: i64,
        table: &str,
        geometry: &Geometry<f64>,
    ) -> Result<Option<(usize, String)>, VctWriteError> {
        let Some(layer) = self.layers.iter().find(|l| l.table == table) else {
            return Ok(None);
        };
        let head = format!("{id}\n{}\nUnknown\n", layer.code);
        let (section, body) = match (layer.kind, geometry) {
            (LayerKind::Point, Geometry::Point(p)) => (0, format!("1\n1\n{}", point(p.0))),
            (LayerKind::Point, Geometry::MultiPoint(m)) => {
                let points: String = m.0.iter().map(|p| point(p.0)).collect();
                (0, format!("4\n{}\n{points}", m.0.len()))
            }
            (LayerKind::Line, Geometry::LineString(l)) => (1, lines(std::slice::from_ref(l))),
            (LayerKind::Line, Geometry::MultiLineString(m)) => (1, lines(&m.0)),
            (LayerKind::Polygon, Geometry::Polygon(p)) => (2, rings(std::slice::from_ref(p))),
            (LayerKind::Polygon, Geometry::MultiPolygon(m)) => (2, rings(&m.0)),
            _ => return Err(VctWriteError::Shape(layer.name.clone())),
        };
        Ok(Some((section, format!("{head}{body}0\n"))))
    }

    fn encoded(&self, text: &str) -> Result<Vec<u8>, VctWriteError> {
        let (bytes, _, unmappable) = self.encoding.encode(text);
        if unmappable {
            return Err(VctWriteError::Unmappable {
                text: text.trim().chars().take(60).collect(),
                encoding: self.encoding.name(),
            });
        }
        Ok(bytes.into_owned())
    }

    /// Lower left and upper right corner, once they are known.
    pub fn set_extent(&mut self, extent: [[f64; 2]; 2]) {
        self.head.extent = extent;
    }

    /// Puts the file together.
    ///
    /// # Errors
    /// [`VctWriteError`].
    pub fn finish(mut self, out: &mut impl Write) -> Result<(), VctWriteError> {
        let before = self.encoded(&self.before())?;
        out.write_all(&before)?;
        for (spool, word) in self.shapes.iter_mut().zip(["Point", "Line", "Polygon"]) {
            writeln!(out, "{word}Begin")?;
            pour(spool, out)?;
            write!(out, "{word}End\n\n")?;
        }
        out.write_all(b"AnnotationBegin\nAnnotationEnd\n\nAttributeBegin\n")?;
        for (spool, structure) in self.tables.iter_mut().zip(&self.structures) {
            let (name, _, _) = self.encoding.encode(&structure.table);
            out.write_all(&name)?;
            out.write_all(b"\n")?;
            pour(spool, out)?;
            out.write_all(b"TableEnd\n")?;
        }
        out.write_all(b"AttributeEnd\n")?;
        out.flush()?;
        Ok(())
    }

    /// Head, layers and structures.
    fn before(&self) -> String {
        let h = &self.head;
        let corner = |c: [f64; 2]| format!("{:.4},{:.4}", c[0], c[1]);
        let mut text = format!(
            "HeadBegin\nDataMark:CNSDTF-VCT\nVersion:3.0\nCoordinateSystemType:P\nDim:2\n\
             XAxisDirection:E\nYAxisDirection:N\nXYUnit:M\n\
             Spheroid:CGCS2000,6378137.0,298.257222101\nPrimeMeridian:Greenwich\n\
             Projection:高斯-克吕格投影\nParameters:{},1,{},0,3,{}\n\
             VerticalDatum:1985国家高程基准\nTemporalReferenceSystem:北京时间\n\
             ExtentMin:{}\nExtentMax:{}\nMapScale:{}\nOffset:0,0\nDate:{}\nSeparator:,\n\
             HeadEnd\n\nFeatureCodeBegin\n",
            h.meridian,
            h.false_easting,
            h.zone,
            corner(h.extent[0]),
            corner(h.extent[1]),
            h.scale,
            h.date
        );
        for l in &self.layers {
            text += &format!(
                "{},{},{},{}\n",
                plain(&l.code),
                plain(&l.name),
                l.kind.word(),
                l.table
            );
        }
        for s in &self.structures {
            if !self.layers.iter().any(|l| l.table == s.table) {
                text += &format!("{},{}\n", s.table, s.table);
            }
        }
        text += "FeatureCodeEnd\n\nTableStructureBegin\n";
        for s in &self.structures {
            let bare = !self.layers.iter().any(|l| l.table == s.table);
            text += &format!(
                "{},{}{}\n",
                s.table,
                s.fields.len(),
                if bare { ",NoneGeometry" } else { "" }
            );
            for f in &s.fields {
                let name = plain(&f.name);
                text += &match f.field_type {
                    VctType::Char | VctType::Binary => format!("{name},Char,{}\n", f.width.max(1)),
                    VctType::Int => format!("{name},Int8\n"),
                    VctType::Float => format!("{name},Float,{},{}\n", f.width.max(1), f.decimals),
                    VctType::Date => format!("{name},Date\n"),
                };
            }
            text += "0\n";
        }
        text + "TableStructureEnd\n\n"
    }
}

fn pour(spool: &mut Spool, out: &mut impl Write) -> std::io::Result<()> {
    spool.flush()?;
    let file = spool.get_mut();
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            n => out.write_all(&buffer[..n])?,
        }
    }
}

fn point(p: Coord<f64>) -> String {
    format!("{:.4},{:.4}\n", p.x, p.y)
}

fn lines(lines: &[LineString<f64>]) -> String {
    let mut text = format!("1\n{}\n", lines.len());
    for l in lines {
        text += &format!("11\n{}\n", l.0.len());
        text.extend(l.0.iter().map(|p| point(*p)));
    }
    text
}

fn rings(polygons: &[Polygon<f64>]) -> String {
    let rings: Vec<&LineString<f64>> = polygons
        .iter()
        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        .collect();
    // 标识点: the middle of the first ring's corners.
    let corners = rings.first().map_or(&[][..], |r| r.0.as_slice());
    let corners = corners.split_last().map_or(corners, |(_, rest)| rest);
    let count = corners.len().max(1) as f64;
    let sum = corners.iter().fold(Coord { x: 0.0, y: 0.0 }, |s, p| s + *p);
    let mut text = format!("1\n{}{}\n", point(sum / count), rings.len());
    for ring in rings {
        text += &format!("11\n{}\n", ring.0.len());
        text.extend(ring.0.iter().map(|p| point(*p)));
    }
    text
}
