//! Where parcels and buildings lie: coordinate systems, control points, plane topology.
//!
//! Invariants
//! - pure: no I/O, no clock, no chance; threads only split work, the answer does not depend on
//!   their number;
//! - coordinates are `[east, north]` in metres, or `[longitude, latitude]` in degrees; never the
//!   geodesist's x = north;
//! - whatever decides whether something crosses is decided with exact predicates; what is
//!   measured (areas, widths) is measured from a local origin, so that eight digits of easting
//!   cost no precision;
//! - every list that comes out is sorted, so that equal input gives equal bytes.
//!
//! Map
//! - [`ellipsoid`], [`gauss`], [`system`]: CGCS2000 geographic ↔ Gauss-Krüger, 3° and 6°, any
//!   central meridian, with and without the zone's number in front of the easting;
//! - [`control`]: old and local plane systems through control points, outliers named;
//! - [`envelope`]: swapped axes, a wrong zone, a forgotten prefix, seen from a county's envelope;
//! - [`shape`]: polygons, areas, shares; [`fault`]: what is wrong with one polygon;
//! - [`common`]: area two polygons share; [`tree`]: packed R-tree; [`topology`]: overlaps, gaps
//!   and containment over whole layers; [`area`]: recorded against drawn area.

pub mod area;
pub mod common;
pub mod control;
pub mod ellipsoid;
pub mod envelope;
pub mod fault;
pub mod gauss;
pub mod parallel;
pub mod shape;
pub mod system;
pub mod topology;
pub mod tree;

pub use shape::{Bounds, Point, Shape};
pub use system::CoordinateSystem;
