//! A demonstration city: invented people and titles on the real names of Panzhihua's districts,
//! streets, towns and villages; and the way of the legacy sample into the register.
//!
//! Invariants:
//! - The city is a pure function of the day ([`city::city`]): the same day gives the same city.
//!   Only terms that must be running today (seizures) depend on the day at all.
//! - Nobody in it can be a real person: resident numbers bear the area codes 510498 and 510499
//!   and unified social credit codes the area code 510499, none of which is assigned
//!   (GB/T 2260); their check digits are right, so that every form takes them. Estates, roads,
//!   companies and banks are invented; numbers of court papers name a court that does not exist.
//! - [`seed()`] may be run again at any time and after a kill; it marks every authority with
//!   `settings.demo = true` before it writes anything, so that the front end can say so.
//! - A database in which anybody but the demonstration's own staff works is left alone: the demo
//!   accounts' password is public.
//!
//! Map: [`city`] the whole city · [`places`] where, [`shapes`] what buildings look like, `land`
//! parcels and land rights · [`people`] who · `titles`, `limits` what they hold and owe ·
//! [`story`] units and people that manuals and tests name · [`staff`] accounts · [`mod@seed`]
//! everything into a database, with the `work` of the last `months` ·
//! [`sample`] the legacy sample · `dice` chance from a seed.

pub mod city;
mod dice;
pub mod error;
mod floors;
mod land;
mod limits;
mod months;
pub mod people;
pub mod places;
pub mod sample;
pub mod seed;
pub mod shapes;
pub mod staff;
pub mod story;
mod titles;
mod work;

pub use error::DemoError;
pub use sample::{SampleReport, load_sample};
pub use seed::{Seeded, seed};
pub use staff::{DemoAccount, PASSWORD};
