//! 限制情况 of the ledger: mortgages and seizures told in free text.

use super::{date, number, text::narrow};
use chrono::NaiveDate;
use regex::Regex;
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// One sentence of the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// 已抵押给…,82万元,2017.7.13-2032.7.13
    Mortgage {
        /// 抵押权人.
        mortgagee: String,
        /// Secured amount in yuan.
        yuan: Decimal,
        /// Term of the debt.
        term: (NaiveDate, NaiveDate),
    },
    /// …人民法院(2019)川0403执1068号查封
    Seizure {
        /// 查封机关.
        court: String,
        /// 查封文号.
        document_no: String,
        /// 轮候查封 instead of 查封.
        waiting: bool,
    },
}

#[expect(
    clippy::expect_used,
    reason = "fixed patterns, compiled by the unit test below"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern compiles")
}
static MORTGAGE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^已?抵押给(.+?)[,，]([-0-9.]+)(万元|元)[,，](.+)$"));
static SEIZURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:被)?(.+?法院)(\(\d{4}\).+?号)(轮候)?查封$"));

/// Reads the whole column. `Err` holds the first sentence that says nothing known.
pub fn parse(text: &str) -> Result<Vec<Limit>, String> {
    let text = narrow(text);
    text.split([';', '。'])
        .map(str::trim)
        .filter(|s| !s.is_empty() && *s != "无")
        .map(|s| one(s).ok_or_else(|| s.to_owned()))
        .collect()
}

fn one(sentence: &str) -> Option<Limit> {
    if let Some(c) = MORTGAGE.captures(sentence) {
        return Some(Limit::Mortgage {
            mortgagee: c[1].to_owned(),
            yuan: number::yuan(&c[2], &c[3])?,
            term: date::parse_span(&c[4]).ok()?,
        });
    }
    let c = SEIZURE.captures(sentence)?;
    Some(Limit::Seizure {
        court: c[1].to_owned(),
        document_no: c[2].to_owned(),
        waiting: c.get(3).is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let all = parse("已抵押给中国农业银行股份有限公司攀枝花分行,83万元,2016.6.3-2046.6.3;盐边县人民法院(2020)川0403执997号查封").unwrap();
        assert_eq!(all.len(), 2);
        let Limit::Mortgage {
            mortgagee,
            yuan,
            term,
        } = &all[0]
        else {
            panic!("{all:?}")
        };
        assert_eq!(mortgagee, "中国农业银行股份有限公司攀枝花分行");
        assert_eq!(*yuan, Decimal::from(830_000));
        assert_eq!(term.1, NaiveDate::from_ymd_opt(2046, 6, 3).unwrap());
        assert_eq!(
            all[1],
            Limit::Seizure {
                court: "盐边县人民法院".into(),
                document_no: "(2020)川0403执997号".into(),
                waiting: false
            }
        );
        assert_eq!(parse("").unwrap(), vec![]);
        assert_eq!(parse("有纠纷").unwrap_err(), "有纠纷");
        assert!(parse("已抵押给某银行,八十万元,2016.6.3-2046.6.3").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = parse(&text);
        }
    }
}
