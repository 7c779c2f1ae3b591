//! What is asked for: data sets, area, moment, format, names of the columns, plane, masking.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::DistributionError;
use crate::data_set::{self, DataSet, Personal};
use crate::format::Format;
use crate::place::{Area, Plane};

/// Parcels or buildings that may be named in one request.
pub const NAMED_MAX: usize = 5000;

/// How columns are headed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// The standard's tables and field codes (标准库表).
    #[default]
    Standard,
    /// Chinese headings.
    Chinese,
}

/// What becomes of what a field tells of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dress {
    /// Given out as it stands.
    Full,
    /// 脱敏.
    #[default]
    Masked,
    /// The field is empty.
    Left,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Codes of data sets.
    pub data_sets: Vec<String>,
    /// Form of the file.
    pub format: Format,
    /// Headings.
    #[serde(default)]
    pub names: Names,
    /// Coordinate system.
    #[serde(default)]
    pub plane: Plane,
    /// Counties; none: all of the authority.
    #[serde(default)]
    pub counties: Vec<String>,
    /// Only what stands on parcels that meet this area.
    #[serde(default)]
    pub area: Option<Area>,
    /// Only these parcels.
    #[serde(default)]
    pub parcels: Vec<String>,
    /// The register as it stood then; none: now.
    #[serde(default)]
    pub as_of: Option<DateTime<Utc>>,
    /// Also rights that ended before (历史).
    #[serde(default)]
    pub historic: bool,
    /// Only rights that came or went since this moment (an increment); none: all.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// What becomes of each kind of personal fact; what is not named is masked.
    #[serde(default)]
    pub dress: BTreeMap<Personal, Dress>,
}

impl Request {
    /// A request for these data sets in this form, everything else as usual.
    #[must_use]
    pub fn new(data_sets: &[&str], format: Format) -> Self {
        Self {
            data_sets: data_sets.iter().map(|c| (*c).to_owned()).collect(),
            format,
            names: Names::default(),
            plane: Plane::default(),
            counties: Vec::new(),
            area: None,
            parcels: Vec::new(),
            as_of: None,
            historic: false,
            since: None,
            dress: BTreeMap::new(),
        }
    }

    /// What becomes of such a fact.
    #[must_use]
    pub fn dress_of(&self, personal: Personal) -> Dress {
        self.dress.get(&personal).copied().unwrap_or_default()
    }

    /// True when anything of a person goes out unmasked.
    #[must_use]
    pub fn tells_persons(&self) -> bool {
        Personal::ALL
            .iter()
            .any(|p| self.dress_of(*p) == Dress::Full)
    }

    /// The data sets, in the catalogue's order.
    ///
    /// # Errors
    /// [`DistributionError::Request`] for an unknown one, none, a county that is none, an area that
    /// is none, too many parcels, a moment before which nothing ends.
    pub fn check(&self) -> Result<Vec<&'static DataSet>, DistributionError> {
        let wrong = |field, text: String| Err(DistributionError::Request(field, text));
        if self.data_sets.is_empty() {
            return wrong("/data_sets", "请至少选择一个数据集".to_owned());
        }
        if let Some(unknown) = self.data_sets.iter().find(|c| data_set::find(c).is_none()) {
            return wrong(
                "/data_sets",
                format!("没有数据集“{unknown}”，请从数据目录中选择"),
            );
        }
        let county = |c: &&String| c.len() != 6 || !c.bytes().all(|b| b.is_ascii_digit());
        if let Some(bad) = self.counties.iter().find(county) {
            return wrong("/counties", format!("“{bad}”不是六位区县代码"));
        }
        if self.parcels.len() > NAMED_MAX {
            return wrong("/parcels", format!("一次最多指定 {NAMED_MAX} 宗地"));
        }
        if let Some(bad) = self.parcels.iter().find(|p| p.chars().count() != 19) {
            return wrong("/parcels", format!("“{bad}”不是 19 位宗地代码"));
        }
        if let Some(area) = &self.area {
            area.check()
                .map_err(|text| DistributionError::Request("/area", text))?;
        }
        if let (Some(since), Some(until)) = (self.since, self.as_of)
            && since >= until
        {
            return wrong("/since", "起始时间应早于截止时间".to_owned());
        }
        let asked: BTreeSet<&str> = self.data_sets.iter().map(String::as_str).collect();
        Ok(data_set::all()
            .iter()
            .filter(|s| asked.contains(s.code.as_str()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(request: &Request) -> &'static str {
        match request.check() {
            Err(DistributionError::Request(field, _)) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = Request::new(&["units", "parcels"], Format::Csv);
        let sets = good.check().unwrap();
        assert_eq!(sets[0].code, "parcels", "in the catalogue's order");
        assert_eq!(fault(&Request::new(&[], Format::Csv)), "/data_sets");
        assert_eq!(fault(&Request::new(&["x"], Format::Csv)), "/data_sets");
        let with = |change: fn(&mut Request)| {
            let mut request = good.clone();
            change(&mut request);
            fault(&request)
        };
        assert_eq!(with(|r| r.counties = vec!["5104".to_owned()]), "/counties");
        assert_eq!(with(|r| r.parcels = vec!["1".to_owned()]), "/parcels");
        assert_eq!(
            with(|r| r.area = Some(Area::Box([102.0, 26.0, 101.0, 27.0]))),
            "/area"
        );
        let moment = DateTime::from_timestamp(0, 0);
        let mut request = good.clone();
        (request.since, request.as_of) = (moment, moment);
        assert_eq!(fault(&request), "/since");
    }

    #[test]
    fn persons_are_masked_unless_the_agreement_says_otherwise() {
        let mut request = Request::new(&["holders"], Format::Csv);
        assert!(!request.tells_persons());
        assert_eq!(request.dress_of(Personal::Identity), Dress::Masked);
        request.dress.insert(Personal::Name, Dress::Full);
        assert!(request.tells_persons());
    }
}
