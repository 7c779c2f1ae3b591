//! Pages of a certificate, drawn once and written twice: as OFD (GB/T 33190, the legal master)
//! and as PDF (the copy for those who have no OFD reader).
//!
//! All lengths are millimetres, the origin is the upper left corner of the page, y grows
//! downwards. Text is already laid out: a run has one font, one baseline and an advance for each
//! character, so both backends put every glyph at the same place.
//!
//! Invariants:
//! - knows nothing of files, of certificates or of the law;
//! - a character that no font has is an error ([`FontError::Missing`]), never a box;
//! - the same drawing gives the same font subset, byte for byte.
//!
//! Map: [`document`] what a document is made of · [`canvas`] drawing · [`shape`] paths, colours,
//! strokes · [`fonts`] the fonts of the house and their metrics · [`subset`] the part of a font
//! that a document carries · [`picture`] pictures and QR modules.
//!
//! ```
//! use dengbu_page::{Canvas, Colour, Fonts, Size, Stroke};
//!
//! let fonts = Fonts::shared()?;
//! let mut page = Canvas::new(Size::A4_LANDSCAPE, fonts);
//! page.rect(8.0, 8.0, 281.0, 194.0, Stroke::new(0.3, Colour::BLACK));
//! page.text(157.0, 40.0, 5.0, "不动产权证书")?.field("ZZMC");
//! let page = page.finish();
//! assert_eq!(page.items.len(), 2);
//! # Ok::<(), dengbu_page::FontError>(())
//! ```

pub mod canvas;
pub mod document;
pub mod fonts;
pub mod picture;
pub mod shape;
pub mod subset;

pub use canvas::Canvas;
pub use document::{Attachment, Document, Item, Meta, Page, Size, Template, TextRun};
pub use fonts::{FaceId, FontError, Fonts};
pub use picture::{Image, ImageItem, QrItem};
pub use shape::{Colour, Paint, Path, PathItem, Segment, Stroke};
pub use subset::{Subset, Subsets};

/// Typographic points as millimetres: 1 pt = 25.4/72 mm.
#[must_use]
pub fn pt(points: f64) -> f64 {
    points * 25.4 / 72.0
}
