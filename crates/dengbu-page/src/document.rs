//! What a document is made of.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::fonts::FaceId;
use crate::picture::{ImageItem, QrItem};
use crate::shape::{Colour, PathItem};

/// Width and height in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Size {
    /// A4 upright.
    pub const A4: Size = Size::new(210.0, 297.0);
    /// A4 on its side, the shape of a certificate.
    pub const A4_LANDSCAPE: Size = Size::new(297.0, 210.0);

    /// A size of so many millimetres.
    #[must_use]
    pub const fn new(width: f64, height: f64) -> Size {
        Size { width, height }
    }
}

/// A document: what is written about it, its pages, the files it carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What is written about it.
    pub meta: Meta,
    /// Its pages, at least one.
    pub pages: Vec<Page>,
    /// Files it carries (OFD: attachments; PDF: embedded files).
    pub attachments: Vec<Attachment>,
}

/// What is written about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Its number among all documents of the world (OFD `DocID`, PDF `/ID`).
    pub id: [u8; 16],
    /// Title.
    pub title: String,
    /// Who issued it.
    pub author: String,
    /// What it is about; may be empty.
    pub subject: String,
    /// The day it was made.
    pub created: NaiveDate,
    /// Named values (OFD `CustomDatas`), for instance `ZZBS` and `ZZLXDM`.
    pub custom: Vec<(String, String)>,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its size.
    pub size: Size,
    /// What stands below the page's own items, the same on many pages and documents.
    pub template: Option<Arc<Template>>,
    /// What is drawn, in this order.
    pub items: Vec<Item>,
}

/// What many documents have on a page: frame, title, labels. Share one `Arc` between all
/// documents of a batch: backends keep what they made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Name, for instance `title-certificate-1`.
    pub name: String,
    /// Size of the page.
    pub size: Size,
    /// What is drawn.
    pub items: Vec<Item>,
}

impl From<(&str, Page)> for Template {
    /// What was drawn on a page, as a template.
    fn from((name, page): (&str, Page)) -> Template {
        Template {
            name: name.to_owned(),
            size: page.size,
            items: page.items,
        }
    }
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Text.
    Text(TextRun),
    /// Lines and areas.
    Path(PathItem),
    /// A picture.
    Image(ImageItem),
    /// A QR code.
    Qr(QrItem),
}

/// Characters of one font on one baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct TextRun {
    /// Left end of the baseline.
    pub x: f64,
    /// The baseline.
    pub baseline: f64,
    /// Size of the em square in millimetres.
    pub size: f64,
    /// Font.
    pub face: FaceId,
    /// The characters.
    pub text: String,
    /// Advance in millimetres after each character; as many as there are characters.
    pub advances: Vec<f64>,
    /// Colour.
    pub colour: Colour,
    /// Turned by so many degrees clockwise around the left end of the baseline.
    pub turn: f64,
    /// Name of the field whose value this is (OFD: a custom tag that names the object, so that a
    /// program can compare what is seen with what is said).
    pub field: Option<String>,
}

impl TextRun {
    /// Width in millimetres.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.advances.iter().sum()
    }
}

/// A file that a document carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Name with its ending, ASCII letters, digits, `-`, `_` and `.`: `ecert.xml`.
    pub name: String,
    /// Media type, `application/xml`.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Document {
    /// All items with the templates' before the pages' own.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.pages.iter().flat_map(|page| {
            let below = page.template.iter().flat_map(|t| t.items.iter());
            below.chain(&page.items)
        })
    }

    /// All runs of text.
    pub fn runs(&self) -> impl Iterator<Item = &TextRun> {
        self.items().filter_map(|item| match item {
            Item::Text(run) => Some(run),
            _ => None,
        })
    }
}
