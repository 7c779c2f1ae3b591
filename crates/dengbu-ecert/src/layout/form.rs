//! Places of a certificate's parts, read from data, so that a province's blank is a matter of data.

use dengbu_page::{Colour, Size};
use serde::Deserialize;

use super::LayoutError;
use crate::kind::DocumentKind;

/// A row of the table on the face.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowForm {
    /// Label, as the content names it.
    pub label: String,
    /// Height.
    pub height: f64,
    /// Text begins at the top of the place; otherwise it stands in the middle.
    #[serde(default)]
    pub top: bool,
}

/// The face of a certificate. A `…_place` is left, top, width, height; a `…_at` is the middle of a
/// line, its baseline and its size in points.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Kind.
    pub kind: DocumentKind,
    /// Width of the page.
    pub width: f64,
    /// Height of the page.
    pub height: f64,
    /// Colour of frame, title and lines.
    pub ink: [u8; 3],
    /// The ornamented frame: left, top, width, height.
    pub frame: [f64; 4],
    /// Line above the title.
    pub above_title: String,
    /// Title.
    pub title: String,
    /// Where the title stands.
    pub title_at: [f64; 3],
    /// The sentence that names the law.
    pub statement: String,
    /// Its place.
    pub statement_place: [f64; 4],
    /// Its sizes, the first that fits.
    pub statement_sizes: Vec<f64>,
    /// Label above the authority.
    pub authority_label: String,
    /// Where the authority stands.
    pub authority_at: [f64; 3],
    /// Where the date stands.
    pub date_at: [f64; 3],
    /// Seal: left, top, side.
    pub seal: [f64; 3],
    /// Line at the foot of the left half.
    pub below: String,
    /// Where it stands.
    pub below_at: [f64; 3],
    /// Code with its quiet zone: left, top, side.
    pub qr: [f64; 3],
    /// What stands below the code.
    pub qr_note: String,
    /// 证照标识.
    pub identifier_place: [f64; 4],
    /// Certificate number.
    pub number_place: [f64; 4],
    /// Table: left, top, width of the labels, width of the values.
    pub table: [f64; 4],
    /// Rows.
    pub rows: Vec<RowForm>,
    /// Sizes of values, the first that fits.
    pub row_sizes: Vec<f64>,
}

/// Result papers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultForm {
    /// Width of the page.
    pub width: f64,
    /// Height of the page.
    pub height: f64,
    /// Margins: left, top, right, bottom.
    pub margin: [f64; 4],
    /// Size of the title, points.
    pub title_size: f64,
    /// Size of text.
    pub text_size: f64,
    /// Size of tables.
    pub table_size: f64,
    /// Side of the seal.
    pub seal_side: f64,
    /// Side of the code with its quiet zone.
    pub qr_side: f64,
}

/// Pages behind the face.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinuationForm {
    /// Where text and plans stand: left, top, width, height.
    #[serde(rename = "box")]
    pub place: [f64; 4],
    /// Size of headings.
    pub heading_size: f64,
    /// Size of text.
    pub text_size: f64,
    /// Size of tables.
    pub table_size: f64,
}

/// All places.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Version, kept with every certificate made by it.
    pub version: String,
    /// Faces.
    pub form: Vec<Form>,
    /// Result papers.
    pub result: ResultForm,
    /// Pages behind the face.
    pub continuation: ContinuationForm,
}

impl Form {
    /// Size of the page.
    #[must_use]
    pub fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }

    /// Colour of frame, title and lines.
    #[must_use]
    pub fn colour(&self) -> Colour {
        let [red, green, blue] = self.ink;
        Colour::new(red, green, blue)
    }
}

impl Layout {
    /// The layout that the program carries.
    ///
    /// # Errors
    /// None, as a test shows; the data is compiled in.
    pub fn standard() -> Result<Self, LayoutError> {
        Self::read(include_str!("../../data/layout.toml"))
    }

    /// Reads a layout and looks whether all places lie on their pages.
    ///
    /// # Errors
    /// [`LayoutError::Form`] says what is wrong.
    pub fn read(text: &str) -> Result<Self, LayoutError> {
        let read: Self = toml::from_str(text).map_err(|e| LayoutError::Form(e.to_string()))?;
        for form in &read.form {
            check(form)?;
        }
        for kind in [DocumentKind::Title, DocumentKind::Proof] {
            if read.face(kind).is_none() {
                return Err(LayoutError::Form(format!("没有{}的版式", kind.name_zh())));
            }
        }
        Ok(read)
    }

    /// The face of a kind; none for result papers.
    #[must_use]
    pub fn face(&self, kind: DocumentKind) -> Option<&Form> {
        self.form.iter().find(|f| f.kind == kind)
    }
}

fn check(form: &Form) -> Result<(), LayoutError> {
    let wrong = |what: &str| {
        Err(LayoutError::Form(format!(
            "{}的{what}超出页面",
            form.kind.name_zh()
        )))
    };
    let on_page = |[x, y, w, h]: [f64; 4]| {
        x >= 0.0 && y >= 0.0 && w > 0.0 && h > 0.0 && x + w <= form.width && y + h <= form.height
    };
    let square = |[x, y, side]: [f64; 3]| [x, y, side, side];
    let rows: f64 = form.rows.iter().map(|r| r.height).sum();
    let [x, y, labels, values] = form.table;
    for (what, place) in [
        ("边框", form.frame),
        ("说明文字", form.statement_place),
        ("印章", square(form.seal)),
        ("二维码", square(form.qr)),
        ("证照标识", form.identifier_place),
        ("证号", form.number_place),
        ("表格", [x, y, labels + values, rows]),
    ] {
        if !on_page(place) {
            return wrong(what);
        }
    }
    if form.row_sizes.is_empty() || form.statement_sizes.is_empty() {
        return Err(LayoutError::Form(format!(
            "{}没有字号",
            form.kind.name_zh()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_layout_is_whole() {
        let layout = Layout::standard().unwrap();
        let title = layout.face(DocumentKind::Title).unwrap();
        assert_eq!(title.rows.len(), 11);
        // 物权法 ended on 2021-01-01 (民法典第一千二百六十条)
        assert!(title.statement.contains("民法典") && !title.statement.contains("物权法"));
    }

    #[test]
    fn a_place_beyond_the_page_is_refused() {
        let text = include_str!("../../data/layout.toml");
        let wrong = text.replacen(
            "seal = [100.0, 122.0, 40.0]",
            "seal = [270.0, 122.0, 40.0]",
            1,
        );
        let said = Layout::read(&wrong).unwrap_err().to_string();
        assert_eq!(said, "版式数据有误：不动产权证书的印章超出页面");
        assert!(Layout::read("version = 1").is_err());
    }
}
