//! The format of scenario files (TOML).
//!
//! ```toml
//! [[scenario]]
//! name = "被查封的房屋不得买卖"
//! law = "《城市房地产管理法》第三十八条第（二）项"
//!
//! [scenario.given."甲房"]
//! owner = ["张三"]
//! seized = [{ by = "东区人民法院", until = "2027-05-01" }]
//!
//! [[scenario.case]]
//! business = "200-04-02"
//! units = ["甲房"]
//! to = ["王五"]
//! outcome = "refused"
//! rules = ["R10"]
//! ```
//!
//! People are written by name, with a share (`张三 1/2`) or a day of birth
//! (`小明（2015-06-01）`); names that end in 公司, 银行, 法院 and the like are bodies.
//! What a form demands and the scenario does not care about is filled in; `detail` lays
//! its own values over it. `@甲房` in a detail is the code of that unit, `@甲房.mortgage`
//! the first mortgage on it, `@甲房.mortgage.2` the second.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

/// A file of scenarios.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What the file is about.
    #[serde(default)]
    pub title: String,
    /// Its scenarios.
    pub scenario: Vec<Scenario>,
}

/// One scenario: a register, then cases one after the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in one line.
    pub name: String,
    /// Article it rests on.
    #[serde(default)]
    pub law: String,
    /// The day it plays.
    #[serde(default = "today")]
    pub today: NaiveDate,
    /// Units by their names, with what stands on them.
    pub given: BTreeMap<String, Given>,
    /// What is applied for.
    pub case: Vec<CaseLine>,
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 1).unwrap_or_default()
}

/// A unit and what stands on it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// `dwelling` (default), `land`, `building`, `structure`, `forest`, `other`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Name of the land unit it stands on; a parcel of its own when absent.
    #[serde(default)]
    pub on: Option<String>,
    /// `live` (default), `pre_coded`, `historic`, `extinct`, `locked`.
    #[serde(default)]
    pub status: Option<String>,
    /// Area in m²; 100 when absent, none when `0`.
    #[serde(default)]
    pub area: Option<String>,
    /// Use, a code of the standard; `10` (住宅) for dwellings when absent.
    #[serde(default, rename = "use")]
    pub use_code: Option<String>,
    /// Nature of the land right, such as `101` (划拨).
    #[serde(default)]
    pub land_nature: Option<String>,
    /// Type of the title, by our code; state land with building, or state land.
    #[serde(default)]
    pub right: Option<String>,
    /// Owners; nobody when empty.
    #[serde(default)]
    pub owner: Vec<String>,
    /// The owners own jointly (共同共有) where no shares are written.
    #[serde(default)]
    pub joint: bool,
    /// Last day of land use.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Day the title was registered.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Mortgages.
    #[serde(default)]
    pub mortgaged: Vec<GivenMortgage>,
    /// Seizures, in the order of their ranks.
    #[serde(default)]
    pub seized: Vec<GivenSeizure>,
    /// Priority notices.
    #[serde(default)]
    pub noticed: Vec<GivenNotice>,
    /// Cautions.
    #[serde(default)]
    pub cautioned: Vec<GivenCaution>,
    /// Rights of habitation.
    #[serde(default)]
    pub habitation: Vec<GivenHabitation>,
    /// Easements: who benefits.
    #[serde(default)]
    pub easement: Vec<String>,
    /// Restrictions: by whom.
    #[serde(default)]
    pub restricted: Vec<String>,
    /// Codes of businesses of other open cases on the unit.
    #[serde(default)]
    pub open_cases: Vec<String>,
    /// Names of other units on the same certificate.
    #[serde(default)]
    pub same_certificate: Vec<String>,
}

/// A mortgage that stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenMortgage {
    /// The creditor.
    pub to: String,
    /// Amount in yuan.
    #[serde(default = "amount")]
    pub amount: i64,
    /// Maximum-amount mortgage.
    #[serde(default)]
    pub maximum: bool,
    /// Agreement not to transfer, as the register says; silent when absent.
    #[serde(default)]
    pub no_transfer: Option<bool>,
    /// Day of registration.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Mortgage of a building under construction.
    #[serde(default)]
    pub construction: bool,
}

fn amount() -> i64 {
    500_000
}

/// A seizure that stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenSeizure {
    /// The court.
    pub by: String,
    /// Last day; three years from the start when absent.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// First day.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Pre-seizure.
    #[serde(default)]
    pub pre: bool,
    /// Whose property or share; the owners when empty.
    #[serde(default)]
    pub of: Vec<String>,
}

/// A priority notice that stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenNotice {
    /// Who holds it.
    pub to: String,
    /// `1` to `4` (预告登记种类).
    #[serde(default = "sale_notice")]
    pub kind: String,
    /// Who gave it; the owners when absent.
    #[serde(default)]
    pub from: Vec<String>,
    /// Day of registration.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Day from which the right itself could be registered.
    #[serde(default)]
    pub registrable: Option<NaiveDate>,
}

fn sale_notice() -> String {
    "2".to_owned()
}

/// A caution that stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenCaution {
    /// Who raised it.
    pub by: String,
    /// What about.
    #[serde(default)]
    pub matter: Option<String>,
    /// Day of registration.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Day on which the papers of a suit were handed in.
    #[serde(default)]
    pub sued: Option<NaiveDate>,
}

/// A right of habitation that stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenHabitation {
    /// Who lives there.
    pub to: String,
    /// Last day; for life when absent.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// One case and what must come of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLine {
    /// Code of the business.
    pub business: String,
    /// Names of the units.
    pub units: Vec<String>,
    /// Holders; as the register fills in when absent.
    #[serde(default)]
    pub to: Option<Vec<String>>,
    /// The holders own jointly.
    #[serde(default)]
    pub joint: bool,
    /// The giving side; as the register fills in when absent.
    #[serde(default)]
    pub from: Option<Vec<String>>,
    /// The right acted on: `mortgage`, `mortgage.2`, `seizure`, … on the first unit.
    #[serde(default)]
    pub right: Option<String>,
    /// Values laid over the form; `"-"` takes one out.
    #[serde(default)]
    pub detail: toml::Table,
    /// The further parts of a combined business.
    #[serde(default)]
    pub then_also: Vec<PartLine>,
    /// Warnings and consents that were taken note of.
    #[serde(default)]
    pub acknowledged: Vec<String>,
    /// The day, when it is another one than the scenario's.
    #[serde(default)]
    pub on: Option<NaiveDate>,
    /// `recorded` or `refused`.
    pub outcome: String,
    /// Rules that must stand in the way (refused) or have been found (recorded).
    #[serde(default)]
    pub rules: Vec<String>,
    /// Rules that must not have been found.
    #[serde(default)]
    pub not_rules: Vec<String>,
    /// Fields that must be named as faulty.
    #[serde(default)]
    pub fields: Vec<String>,
    /// What the units look like afterwards.
    #[serde(default)]
    pub then: BTreeMap<String, Then>,
    /// How many certificates and proofs it issues.
    #[serde(default)]
    pub certificates: Option<usize>,
}

/// A further part of a combined business.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartLine {
    /// Holders.
    #[serde(default)]
    pub to: Option<Vec<String>>,
    /// The giving side.
    #[serde(default)]
    pub from: Option<Vec<String>>,
    /// Values laid over the form.
    #[serde(default)]
    pub detail: toml::Table,
}

/// What must stand on a unit afterwards; what is absent is not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// Owners, with shares where they have any; empty for none.
    #[serde(default)]
    pub owner: Option<Vec<String>>,
    /// Number of mortgages.
    #[serde(default)]
    pub mortgages: Option<usize>,
    /// Creditors in the order of their ranks.
    #[serde(default)]
    pub mortgaged_to: Option<Vec<String>>,
    /// The court whose seizure is in force; `""` for none.
    #[serde(default)]
    pub seized_by: Option<String>,
    /// True when that one is a pre-seizure.
    #[serde(default)]
    pub pre_seized: Option<bool>,
    /// Number of waiting seizures.
    #[serde(default)]
    pub waiting: Option<usize>,
    /// Number of priority notices.
    #[serde(default)]
    pub notices: Option<usize>,
    /// Number of cautions.
    #[serde(default)]
    pub cautions: Option<usize>,
    /// Number of rights of habitation.
    #[serde(default)]
    pub habitations: Option<usize>,
    /// Number of easements.
    #[serde(default)]
    pub easements: Option<usize>,
    /// Number of restrictions.
    #[serde(default)]
    pub restrictions: Option<usize>,
    /// Status of the unit.
    #[serde(default)]
    pub status: Option<String>,
    /// Address of the unit.
    #[serde(default)]
    pub address: Option<String>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("情景文件 {file} 第 {line} 行：{message}")]
pub struct FileError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a file.
///
/// # Errors
/// [`FileError`] with the line.
pub fn read(name: &str, text: &str) -> Result<File, FileError> {
    toml::from_str(text).map_err(|e| FileError {
        file: name.to_owned(),
        line: e.span().map_or(1, |s| {
            text.get(..s.start)
                .unwrap_or_default()
                .matches('\n')
                .count()
                + 1
        }),
        message: e.message().to_owned(),
    })
}
