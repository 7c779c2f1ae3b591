//! The cashier's desk in the database: all SQL of this room.
//!
//! Map: [`orders`] issuing, re-assessing, exempting, closing · [`read`] one order, lists · [`money`]
//! payments and refunds · [`gate`] may the case go on · [`day`] the day's sheet and what was counted ·
//! [`month`] monthly settlement · `series` receipt numbers ·
//! `trail` events.

pub mod day;
pub mod gate;
pub mod money;
pub mod month;
pub mod orders;
pub mod read;
mod series;
mod trail;

pub use orders::CaseFacts;
pub use read::{Event, LineRow, Order, Payment};
