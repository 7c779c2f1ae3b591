//! The terms of the field as types: codes, parties, rights, areas, money, the
//! cadastre's objects.
//!
//! Invariants: no I/O, no clock, no randomness. A value of a newtype is valid:
//! it was parsed once and need not be checked again. Pinyin codes of the standard
//! appear in doc comments and at the boundaries only.
//!
//! Map: [`unit_code`] parcel, building and unit codes; [`identity`] identity
//! documents; [`party`] persons and co-ownership; [`quantity`] areas, money,
//! shares; [`codes`] the standard's code lists; [`right`] rights of every type;
//! [`certificate`] and [`case_number`] numbers; [`e_certificate`] states of electronic certificates; [`cadastre`] parcels, buildings,
//! dwellings; [`address`] and [`time`].

mod half_width;
mod text_newtype;

pub mod address;
pub mod cadastre;
pub mod case_number;
pub mod certificate;
pub mod codes;
pub mod e_certificate;
pub mod identity;
pub mod party;
pub mod quantity;
pub mod right;
pub mod time;
pub mod unit_code;
