//! Statistics (统计) of registration work, the supervisor's board (督办) and reminders.
//!
//! Invariants:
//! - Every figure has one definition, in [`definition`]: its Chinese name, how it is counted and
//!   from which table. The workbench and every exported sheet show these very words.
//! - A figure is counted by the moment its event happened: accepted by 受理时间, recorded by
//!   登簿时间, and so on. A case can count as accepted in one month and as recorded in the next.
//! - Time used is counted with the authority's own calendar by [`dengbu_law::calendar`], which
//!   also reckons the limits: SQL is given that calendar as a table and knows no working day itself.
//! - No figure names a person but the figures by person, which only administrators and auditors
//!   may read (the server sees to that).
//!
//! Map: [`period`] from when to when · [`dimension`] by what · [`figures`] what is counted and
//! the shares · [`definition`] what each figure means · [`days`] the working-day table · [`level`]
//! red and yellow lights · [`backlog`] open cases by step and age · [`board`] the supervisor's
//! list · [`table`] a table of figures, [`sheet`] the same as CSV and XLSX · [`store`] all SQL.

pub mod backlog;
pub mod board;
pub mod days;
pub mod definition;
pub mod dimension;
mod error;
pub mod figures;
pub mod level;
pub mod period;
pub mod sheet;
pub mod store;
pub mod table;

pub use error::StatisticsError;
