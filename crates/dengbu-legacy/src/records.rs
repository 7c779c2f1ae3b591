//! What the three offices' tables say, brought into one form before any title is made of it.

use crate::land::Land;
use crate::reading::address::Place;
use chrono::NaiveDate;
use dengbu_model::codes::Code;
use dengbu_model::party::{CoOwnership, Holder};
use dengbu_model::quantity::Money;
use dengbu_model::right::Right;
use dengbu_model::unit_code::UnitCode;
use rust_decimal::Decimal;

/// One house record.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// Its identifier, to which rights refer.
    pub legacy_id: String,
    /// Index of the building in [`Land::buildings`].
    pub building: Option<usize>,
    /// Where in the building.
    pub place: Option<Place>,
    /// Unit code given by the source; otherwise one is issued.
    pub unit: Option<UnitCode>,
    /// 坐落.
    pub address: String,
    /// 建筑面积.
    pub area: Option<Decimal>,
    /// 专有（套内）建筑面积.
    pub inner_area: Option<Decimal>,
    /// 分摊建筑面积.
    pub shared_area: Option<Decimal>,
    /// 房屋用途.
    pub use_code: Option<Code>,
    /// 房屋结构.
    pub structure: Option<Code>,
    /// 房屋性质.
    pub nature: Option<Code>,
    /// 竣工时间.
    pub completed: Option<NaiveDate>,
    /// The record must not be loaded; a finding says why.
    pub blocked: bool,
}

/// One ownership record.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// Its identifier.
    pub legacy_id: String,
    /// Identifier of the house.
    pub house: String,
    /// 产权证号 as written.
    pub certificate: String,
    /// 登记时间.
    pub registered_on: Option<NaiveDate>,
    /// 现势.
    pub current: bool,
    /// 共有方式.
    pub co_ownership: CoOwnership,
    /// Holders in order.
    pub holders: Vec<Holder>,
    /// 交易价格.
    pub price: Option<Money>,
    /// 土地用途 of the right, where recorded.
    pub remarks: Vec<String>,
    /// The record must not be loaded; a finding says why.
    pub blocked: bool,
}

/// One mortgage or seizure record.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Its identifier.
    pub legacy_id: String,
    /// Identifier of the house.
    pub house: String,
    /// 不动产登记证明号（他项权证号） of a mortgage.
    pub proof_no: Option<String>,
    /// Registration date, or the day from which it runs.
    pub date: Option<NaiveDate>,
    /// In force.
    pub current: bool,
    /// The right; `None` when the record must not be loaded. Then the house isn't either: a title
    /// shown free of a limit that exists would be worse than no title.
    pub right: Option<Right>,
}

/// Names of tables and of the field that refers to the house.
#[derive(Debug, Clone, Copy, Default)]
pub struct RightTable {
    /// Table.
    pub table: &'static str,
    /// Field that holds the house's identifier.
    pub house_field: &'static str,
}

/// Everything of one office.
#[derive(Debug, Default)]
pub struct OfficeRecords {
    /// Parcels and buildings.
    pub land: Land,
    /// Table of houses and its address field.
    pub house_table: &'static str,
    /// Address field of the house table.
    pub address_field: &'static str,
    /// Houses in file order.
    pub houses: Vec<House>,
    /// Table of ownerships.
    pub ownership_table: RightTable,
    /// Field with the certificate number.
    pub certificate_field: &'static str,
    /// Ownerships in file order.
    pub ownerships: Vec<Ownership>,
    /// Table of mortgages.
    pub mortgage_table: RightTable,
    /// Mortgages in file order.
    pub mortgages: Vec<Limit>,
    /// Table of seizures.
    pub seizure_table: RightTable,
    /// Seizures in file order.
    pub seizures: Vec<Limit>,
    /// Rows read per table, in the order of the summary.
    pub read: Vec<(&'static str, usize)>,
    /// SM3 of the file behind each table.
    pub files: Vec<(&'static str, String)>,
}

impl OfficeRecords {
    /// The day the books were closed: the latest day, not after today, of any registration.
    pub fn books_closed(&self, today: NaiveDate) -> Option<NaiveDate> {
        let mortgages = self
            .mortgages
            .iter()
            .filter(|m| m.right.is_some())
            .filter_map(|m| m.date);
        let registered = self.ownerships.iter().filter_map(|o| o.registered_on);
        registered.chain(mortgages).filter(|d| *d <= today).max()
    }
}
