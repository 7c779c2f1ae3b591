//! Thematic maps (专题图): parcels coloured by what stands on them in the register, on the county's
//! plane, as they stood at a moment.
//!
//! Map: [`classify`] which class a parcel is in (pure) · [`survey`] reading · [`sheet`] the printed
//! map with title, legend, scale and north, as SVG · [`picture`] the same as PNG and PDF.

pub mod classify;
pub mod picture;
pub mod sheet;
pub mod survey;

pub use classify::{Class, Facts, Theme};
pub use survey::{Place, ThemeMap};
