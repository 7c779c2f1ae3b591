//! What the register and the cadastre hold, given out (数据分发): data sets, exports in the formats
//! that others read, deliveries on schedule, thematic maps, and the history of a parcel.
//!
//! Invariants
//! - what is given out is read in one transaction of the asking authority's scope: row level
//!   security decides what can be in it, an agreement can only take away from that;
//! - every field of every data set is data (`data/data-sets.toml`), with the table and the field of
//!   the national standard it belongs to and what of a person it tells;
//! - coordinates are given out in CGCS2000, geographic (EPSG:4490) or on the county's plane
//!   (EPSG:4543); what lies in another system is converted, what cannot be is given out without
//!   a shape and counted;
//! - equal registers, requests and moments give equal files, byte for byte where the format lets
//!   them.
//!
//! Map: [`data_set`] what there is · [`row`] values and rows ·
//! [`dress`] masking · [`gather`] all reading SQL · [`place`] coordinates and areas · [`mod@format`]
//! writers · [`export`] a whole export into a file · [`request`] what is asked for ·
//! [`ledger`] exports, versions, subscriptions and who took what (all writing SQL) ·
//! [`depot`] where files wait · [`schedule`] when a delivery is due · [`theme`] thematic maps · [`history`] a parcel's changes.

pub mod data_set;
pub mod depot;
pub mod dress;
mod error;
pub mod export;
pub mod format;
pub mod gather;
pub mod history;
pub mod ledger;
pub mod place;
pub mod request;
pub mod row;
pub mod schedule;
pub mod theme;

pub use error::DistributionError;
pub use request::Request;
