//! Statutory register pages (登记簿页) and the papers an authority prints
//! (申请书, 受理凭证, 审批表, 摘录, 告知书, 回执, 发证记录, 证书).
//!
//! Pure: facts in, labelled fields or an HTML document out. Nothing is looked
//! up, there is no clock, and the same facts always make the same bytes.
//!
//! Invariants:
//! - every text is escaped; a document holds no script and fetches nothing;
//! - under [`Mask::Masked`] no identity number, account number, mobile number
//!   or name of a natural person leaves in full, in free text neither;
//! - an empty field shows `—`, so that nothing can be added by hand.
//!
//! Map: [`fields`] the register's pages as labelled fields; [`parcel`] the
//! parcel's page and the cover; [`certificate`] what a certificate or proof
//! says; [`overprint`] it put at the millimetres of the pre-printed blank; [`plan`] its plan
//! page; [`void_notice`] notices about lost and void certificates; [`service_receipt`] the receipt of service; [`inputs`] the facts papers are filled with; [`application_fields`]
//! the lines of an application; [`mask`] what may be seen of persons;
//! [`mod@format`] how dates, money and areas are written; [`Paper`] and [`render`]
//! the documents.

pub mod application_fields;
pub mod certificate;
pub mod fields;
pub mod format;
pub mod inputs;
pub mod mask;
pub mod overprint;
mod paper;
mod papers;
pub mod parcel;
pub mod plan;
pub mod proof;
pub mod public_notice;
pub mod service_receipt;
mod sheet;
pub mod void_notice;

pub use mask::Mask;
pub use maud::Markup;
pub use paper::{Paper, PaperKind, render};
