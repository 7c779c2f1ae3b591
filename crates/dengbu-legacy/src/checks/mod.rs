//! Checks common to the three offices, on fields as written. Each leaves its finding and a value
//! that can be registered, or marks the record as not to be loaded.

mod holders;
mod house;
mod mortgage;

pub use holders::Holders;
pub use house::{HouseFields, house};
pub use mortgage::{MortgageFields, mortgage};

use crate::finding::{At, FindingClass, Findings};
use crate::land::Land;
use crate::reading::{certificate as certificates, date, text};
use chrono::{Months, NaiveDate};
use dengbu_model::codes::{self, Code};

/// A field's name and what stands in it.
pub type Field<'a> = (&'static str, &'a str);

/// The code of a name in a list, or the code itself when it is one of the list.
pub fn code_by_name(list: &str, written: &str) -> Option<Code> {
    let written = text::squeeze(written);
    let list = codes::list(list)?;
    let code = if list.contains(&written) {
        written
    } else {
        list.code_of(&written)?.to_owned()
    };
    Code::parse(&code).ok()
}

/// 土地用途 of the list of 2017, else of 2007.
pub fn land_use(written: &str) -> Option<Code> {
    code_by_name(codes::LAND_USE, written).or_else(|| code_by_name(codes::LAND_USE_2007, written))
}

/// Which bearer of a parcel code doubly used it belongs to: the only one whose land use suits
/// the code's letters (C = homestead, unit-code rules table 1.1).
pub fn bearer_by_use(land: &Land, indices: &[usize]) -> Option<usize> {
    let suits = |i: usize| {
        let parcel = &land.parcels[i];
        let homestead = parcel.land_use_text.contains("宅基地")
            || parcel
                .land_use
                .as_ref()
                .is_some_and(|c| c.as_str() == "0702");
        parcel
            .code
            .as_ref()
            .is_some_and(|c| c.feature().ends_with('C') == homestead)
    };
    let mut fitting = indices.iter().copied().filter(|i| suits(*i));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// 现势 or not.
pub fn is_current(written: &str) -> bool {
    matches!(text::squeeze(written).as_str(), "现势" | "1" | "有效")
}

/// Whether a seizure marked current is in force. One that had run out more than a year before
/// the books were closed is a fault of the books; one that ran out since is only said. A seizure
/// of immovables lasts at most three years (最高人民法院关于适用《中华人民共和国民事诉讼法》的解释,
/// 2022, 第四百八十五条) and lapses at its end unless renewed (最高人民法院关于人民法院民事执行中查封、
/// 扣押、冻结财产的规定, 2020, 第二十七条).
pub fn in_force(
    at: At<'_>,
    field: &str,
    end: Option<NaiveDate>,
    closed: Option<NaiveDate>,
    today: NaiveDate,
    findings: &mut Findings,
) -> bool {
    let Some(end) = end.filter(|e| *e < today) else {
        return true;
    };
    let long_past = closed
        .and_then(|c| c.checked_sub_months(Months::new(12)))
        .is_some_and(|c| end < c);
    let (class, message) = if long_past {
        (
            FindingClass::SeizureExpiredCurrent,
            format!("查封期限已于 {end} 届满仍标为现势，按已失效装载"),
        )
    } else {
        (
            FindingClass::SeizureElapsed,
            format!("查封期限已于 {end} 届满，未见续封，按已失效装载"),
        )
    };
    findings.add(class, at, (field, &end.to_string()), message);
    false
}

/// A date that must have come; an unusable one is a finding and left empty.
pub fn past_date(
    at: At<'_>,
    field: Field<'_>,
    today: NaiveDate,
    findings: &mut Findings,
) -> Option<NaiveDate> {
    match date::parse_past(field.1, today) {
        Ok(date) => Some(date),
        Err(error) => {
            findings.add(
                FindingClass::DateInvalid,
                at,
                field,
                format!("日期无效（{}），按无日期装载", error.message()),
            );
            None
        }
    }
}

/// A certificate field as written, with a finding when it holds no number.
pub fn certificate(at: At<'_>, field: Field<'_>, findings: &mut Findings) -> String {
    if !certificates::is_number(field.1) {
        findings.add(
            FindingClass::CertFormat,
            at,
            field,
            "证号栏没有完整证号，按无证号装载",
        );
    }
    field.1.trim().to_owned()
}

/// Start not after end.
pub fn ordered(
    at: At<'_>,
    field: Field<'_>,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    findings: &mut Findings,
) -> bool {
    let (Some(start), Some(end)) = (start, end) else {
        return true;
    };
    if start > end {
        findings.add(
            FindingClass::DateOrder,
            at,
            field,
            format!("期限止日 {end} 早于起日 {start}，未装载"),
        );
    }
    start <= end
}
