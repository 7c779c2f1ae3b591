//! Content on pages: one model in millimetres that OFD and PDF are both written from.
//!
//! Invariants:
//! - every character of the content stands on the pages, on the face or, when it has no room
//!   there, on the pages behind it; none is clipped or drawn over the edge of its place;
//! - a character that no font has is an error ([`LayoutError::Font`]);
//! - the same content, code and plans give the same pages.
//!
//! Map: [`form`] places as data; `wrap` lines; `flow` text and tables from page to page; `face` the
//! face of certificates; `paper` result papers; `mark` watermarks and notes on copies.

mod compose;
mod face;
pub(crate) mod flow;
pub mod form;
pub mod mark;
mod paper;
mod qr_modules;
pub(crate) mod wrap;

pub use compose::{Composed, Order, Press, SealPlace, carried, document, face_text, visible};
pub use form::Layout;
pub use mark::Mark;

/// Why pages cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A character that no font has.
    #[error(transparent)]
    Font(#[from] dengbu_page::FontError),
    /// The text for the code is too long for one.
    #[error("二维码内容过长，无法生成")]
    Qr,
    /// The layout's data is wrong.
    #[error("版式数据有误：{0}")]
    Form(String),
    /// More pages than a certificate may have.
    #[error("证照超过 {0} 页，请核对登记簿内容")]
    TooManyPages(usize),
}

#[cfg(test)]
mod tests;
