//! Several holders in one field: names, identity numbers and shares in matching order.

use super::text::{holder_name, narrow, squeeze};

/// One holder as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrittenHolder {
    /// Name, blanks inside removed.
    pub name: String,
    /// Identity number, narrow and upper case; empty when none.
    pub id: String,
    /// Share as written; empty when none.
    pub share: String,
}

/// Why fields don't pair up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Names found.
    pub names: usize,
    /// Numbers found.
    pub ids: usize,
    /// Shares found.
    pub shares: usize,
}

fn split(text: &str) -> Vec<&str> {
    text.split(['、', '，', ',', ';', '；']).collect()
}

/// An identity number as it should stand: half width, no blanks, upper case X.
pub fn id_number(text: &str) -> String {
    squeeze(text).to_ascii_uppercase()
}

/// Pairs 张三、李四 with their numbers and shares. Numbers and shares may be missing altogether;
/// when given there must be as many as names (an empty place holds the order: 、5104…).
pub fn pair(names: &str, ids: &str, shares: &str) -> Result<Vec<WrittenHolder>, Mismatch> {
    let list = |s: &str| {
        if squeeze(s).is_empty() {
            Vec::new()
        } else {
            split(s).into_iter().map(str::to_owned).collect::<Vec<_>>()
        }
    };
    let names: Vec<String> = split(names).into_iter().map(holder_name).collect();
    let (ids, shares) = (list(ids), list(shares));
    let fits = |n: usize| n == 0 || n == names.len();
    if !fits(ids.len()) || !fits(shares.len()) {
        return Err(Mismatch {
            names: names.len(),
            ids: ids.len(),
            shares: shares.len(),
        });
    }
    Ok(names
        .into_iter()
        .enumerate()
        .map(|(i, name)| WrittenHolder {
            name,
            id: ids.get(i).map(|s| id_number(s)).unwrap_or_default(),
            share: shares
                .get(i)
                .map(|s| narrow(s).trim().to_owned())
                .unwrap_or_default(),
        })
        .collect())
}

/// An organisation by its name, where the record doesn't say what kind of party it is.
pub fn is_organisation(name: &str) -> bool {
    name.chars().count() > 4
        && [
            "公司",
            "厂",
            "银行",
            "中心",
            "学校",
            "医院",
            "合作社",
            "委员会",
            "局",
            "所",
            "站",
            "处",
            "院",
            "社",
            "集团",
        ]
        .iter()
        .any(|s| name.ends_with(s) || name.contains("有限公司") || name.contains("银行"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_in_order() {
        let h = pair(
            "潘 俊欣、魏辉海",
            "510104199909254515、53322319810727175x",
            "50%、50%",
        )
        .unwrap();
        assert_eq!(h[0].name, "潘俊欣");
        assert_eq!(
            h[1],
            WrittenHolder {
                name: "魏辉海".into(),
                id: "53322319810727175X".into(),
                share: "50%".into()
            }
        );
        let h = pair("金  文、夏国兰", "、510104194802211758", "").unwrap();
        assert_eq!(
            (h[0].id.as_str(), h[1].id.as_str()),
            ("", "510104194802211758")
        );
        let h = pair("周娜雪", "", "").unwrap();
        assert_eq!((h.len(), h[0].id.as_str()), (1, ""));
        assert_eq!(pair("", "", "").unwrap()[0].name, "");
    }

    #[test]
    fn refuses_to_guess() {
        assert_eq!(
            pair("甲、乙、丙", "1、2", ""),
            Err(Mismatch {
                names: 3,
                ids: 2,
                shares: 0
            })
        );
        assert!(pair("甲、乙", "1、2", "100%").is_err());
    }

    #[test]
    fn organisations() {
        assert!(is_organisation("攀枝花市普达商贸有限公司"));
        assert!(is_organisation("中国工商银行股份有限公司攀枝花分行"));
        assert!(is_organisation("攀枝花市住房公积金管理中心"));
        assert!(!is_organisation("欧阳处"));
        assert!(!is_organisation("张三"));
    }
}
