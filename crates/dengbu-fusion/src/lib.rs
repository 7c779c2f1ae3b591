//! Data fusion (数据融合整理建库): the offices' files become one checked set of records, every link
//! with its method and how sure it is, every doubt listed for a person.
//!
//! [`fn@run`] goes through the stages read → coordinates → assign → codes → quality → outputs
//! ([`Stage`]), tells how far it is ([`Progress`]), can be stopped between pieces of work and goes
//! on from its work directory.
//!
//! Invariants
//! - deterministic: equal files, mappings, decisions, journal and day give equal outputs, byte
//!   for byte, whatever the number of cores (times and memory in `summary.json` aside);
//! - numbers of an address (门牌, 幢, 单元, 层, 室) are equal or absent, never similar;
//! - a link below certainty is never taken silently: it is doubtful, with candidates and reasons;
//! - a unit code once issued is never issued again ([`codes::Journal`]);
//! - what the source had stays in the standard's columns; what was decided stands in links.
//!
//! Map
//! - [`fn@run`]: the pipeline; [`progress`], [`error`];
//! - [`address`], [`text`], [`facts`]: rows as they are compared; `ground`: their shapes;
//! - [`parcels`], [`buildings`], [`houses`], [`codes`]: codes, 落宗, 落幢, unit numbers;
//!   [`land`]: 房地关联; [`assign`]: all of it over the staging area; [`decisions`]: what persons decided;
//! - [`links`]: what comes out; [`titles`]: what can be loaded; [`people`]: one person, two
//!   spellings; [`worklist`]: what a person must look at; [`outputs`]: the files;
//! - [`score`]: against a known truth.

pub mod address;
pub mod assign;
pub mod buildings;
pub mod codes;
mod coordinates;
pub mod decisions;
pub mod error;
pub mod facts;
pub mod findings;
mod ground;
pub mod houses;
pub mod land;
pub mod links;
pub mod outputs;
mod parallel;
pub mod parcels;
pub mod people;
pub mod progress;
pub mod read;
pub mod run;
pub mod score;
pub mod text;
pub mod titles;
pub mod work;
pub mod worklist;

pub use decisions::{Decided, Decision, Decisions};
pub use error::FusionError;
pub use findings::FindingRow;
pub use land::{LandLink, Together};
pub use links::{BuildingLink, Candidate, HouseLink, Links, Method, ParcelLink, Status};
pub use progress::{Progress, Silent, Stage, StageProgress};
pub use run::{Options, Outcome, run};
pub use titles::AcceptedTitle;
pub use worklist::WorkItem;
