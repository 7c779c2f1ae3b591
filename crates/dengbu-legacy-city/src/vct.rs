//! VCT 3.0 text (GB/T 17798): two polygon layers with their attributes, GBK.

use std::fmt::Write;
use std::path::Path;

use encoding_rs::GBK;

use crate::plan::Point;
use crate::{MakeError, at};

/// A layer.
pub struct Layer<'a> {
    /// 要素代码.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
    /// Attribute table.
    pub table: &'a str,
    /// Fields as `NAME,Type,width[,decimals]`.
    pub fields: &'a [&'a str],
    /// Rings and attributes.
    pub rows: Vec<(&'a [Point], Vec<String>)>,
}

/// Writes the file.
pub fn write(path: &Path, layers: &[Layer<'_>]) -> Result<(), MakeError> {
    let mut text = String::new();
    head(&mut text, layers);
    text.push_str("FeatureCodeBegin\n");
    for layer in layers {
        put(
            &mut text,
            format_args!("{},{},Polygon,{}\n", layer.code, layer.name, layer.table),
        );
    }
    text.push_str("FeatureCodeEnd\n\nTableStructureBegin\n");
    for layer in layers {
        put(
            &mut text,
            format_args!(
                "{},{}\n{}\n0\n",
                layer.table,
                layer.fields.len(),
                layer.fields.join("\n")
            ),
        );
    }
    text.push_str("TableStructureEnd\n\nPolygonBegin\n");
    let mut number = 0;
    for layer in layers {
        for (ring, _) in &layer.rows {
            number += 1;
            polygon(&mut text, number, layer.code, ring);
        }
    }
    text.push_str("PolygonEnd\n\nAttributeBegin\n");
    let mut number = 0;
    for layer in layers {
        put(&mut text, format_args!("{}\n", layer.table));
        for (_, row) in &layer.rows {
            number += 1;
            put(&mut text, format_args!("{number},{}\n", row.join(",")));
        }
        text.push_str("TableEnd\n");
    }
    text.push_str("AttributeEnd\n");
    let (bytes, ..) = GBK.encode(&text);
    std::fs::write(path, &bytes).map_err(at(path))
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into memory cannot fail.
    let _ = text.write_fmt(what);
}

fn head(text: &mut String, layers: &[Layer<'_>]) {
    let points = layers
        .iter()
        .flat_map(|l| &l.rows)
        .flat_map(|(ring, _)| ring.iter());
    let [w, s, e, n] = points.fold(
        [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ],
        |b, [x, y]| [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)],
    );
    text.push_str(
        "HeadBegin\nDataMark:CNSDTF-VCT\nVersion:3.0\nCoordinateSystemType:P\nDim:2\n\
         XAxisDirection:E\nYAxisDirection:N\nXYUnit:M\nSpheroid:CGCS2000,6378137.0,298.257222101\n\
         PrimeMeridian:Greenwich\nProjection:高斯-克吕格投影\n\
         Parameters:102,1,34500000,0,3,34\n",
    );
    put(
        text,
        format_args!("ExtentMin:{w:.4},{s:.4}\nExtentMax:{e:.4},{n:.4}\n"),
    );
    text.push_str("MapScale:500\nDate:20140630\nSeparator:,\nHeadEnd\n\n");
}

fn polygon(text: &mut String, number: usize, code: &str, ring: &[Point]) {
    let count = ring.len() as f64;
    let [x, y] = ring.iter().fold([0.0, 0.0], |a, p| {
        [a[0] + p[0] / count, a[1] + p[1] / count]
    });
    put(
        text,
        format_args!(
            "{number}\n{code}\nUnknown\n1\n{x:.4},{y:.4}\n1\n11\n{}\n",
            ring.len()
        ),
    );
    for [x, y] in ring {
        put(text, format_args!("{x:.4},{y:.4}\n"));
    }
    text.push_str("0\n");
}
