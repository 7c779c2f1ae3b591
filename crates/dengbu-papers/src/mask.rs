//! What a reader may see of persons (脱敏).
//!
//! Whoever searches the register sees what the search law allows
//! (不动产登记资料查询暂行办法); everything else shows persons masked. Names of
//! organisations are public and stay.
//!
//! In free text (附记, 权利其他状况, opinions) numbers are always masked, and the
//! names of those who are parties. A person named there who is no party cannot
//! be told from other words; whoever hands out masked papers looks at 附记.

use dengbu_model::identity::IdDocument;
use dengbu_model::party::{Party, PartyKind, masked_name, masked_phone};
use dengbu_model::right::{Right, RightDetail};
use serde::{Deserialize, Serialize};

/// Whether persons are shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// 全部显示: for the file of the case and for those entitled.
    Full,
    /// 脱敏显示: names 张*, numbers 5104**********1234.
    #[default]
    Masked,
}

/// What the names of organisations end with: a free-text name that ends
/// otherwise is taken for a person and masked, which errs on the safe side.
const ORGANISATION_ENDINGS: [&str; 34] = [
    "公司",
    "银行",
    "支行",
    "分行",
    "信用社",
    "合作社",
    "委员会",
    "居委会",
    "村委会",
    "中心",
    "法院",
    "检察院",
    "政府",
    "集团",
    "大学",
    "学院",
    "学校",
    "中学",
    "小学",
    "医院",
    "研究院",
    "研究所",
    "事务所",
    "协会",
    "基金会",
    "工厂",
    "管理局",
    "分局",
    "联社",
    "合伙）",
    "村",
    "小组",
    "街道办",
    "办事处",
];

impl Mask {
    /// True when persons are masked.
    #[must_use]
    pub fn is_masked(self) -> bool {
        self == Self::Masked
    }

    /// A party's name; natural persons are masked.
    #[must_use]
    pub fn name(self, party: &Party) -> String {
        match (self, party.kind) {
            (Self::Full, _) => party.name.clone(),
            (Self::Masked, PartyKind::Person) => masked_name(&party.name),
            // 其它 (99) says nothing about who it is
            (Self::Masked, PartyKind::Other) => self.free_name(&party.name),
            (Self::Masked, _) => party.name.clone(),
        }
    }

    /// Names in a free-text field, separated by 、 or a comma, of parties whose
    /// kind is not known.
    #[must_use]
    pub fn free_name(self, names: &str) -> String {
        if self == Self::Full {
            return names.to_owned();
        }
        names
            .split(['、', '，', ',', ';', '；'])
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(|n| {
                let organisation = ORGANISATION_ENDINGS.iter().any(|e| n.ends_with(e));
                if organisation {
                    n.to_owned()
                } else {
                    masked_name(n)
                }
            })
            .collect::<Vec<_>>()
            .join("、")
    }

    /// A person's name known to be one (agent, contact, recipient).
    #[must_use]
    pub fn person(self, name: &str) -> String {
        if self.is_masked() {
            masked_name(name)
        } else {
            name.to_owned()
        }
    }

    /// An identity number.
    #[must_use]
    pub fn id(self, id: &IdDocument) -> String {
        if self.is_masked() {
            id.masked()
        } else {
            id.number.clone()
        }
    }

    /// A telephone number.
    #[must_use]
    pub fn phone(self, phone: &str) -> String {
        if self.is_masked() {
            masked_phone(phone)
        } else {
            phone.to_owned()
        }
    }

    /// An address of a person: hidden from the first digit on when masked, so
    /// that the street stays and the door does not.
    #[must_use]
    pub fn address(self, address: &str) -> String {
        if self == Self::Full {
            return address.to_owned();
        }
        match address.find(|c: char| c.is_numeric()) {
            Some(at) => format!("{}****", &address[..at]),
            None => address.to_owned(),
        }
    }

    /// Free text: identity numbers, account numbers and mobile numbers in it
    /// are masked.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        if self.is_masked() {
            scrub_numbers(text)
        } else {
            text.to_owned()
        }
    }
}

/// Masks free text about one right: besides numbers also the names of all who
/// appear in it.
#[derive(Debug, Clone)]
pub struct Masker {
    mask: Mask,
    names: Vec<(String, String)>,
}

impl Masker {
    /// A masker that knows the parties of a right.
    #[must_use]
    pub fn for_right(mask: Mask, right: &Right) -> Self {
        let mut masker = Self::for_parties(
            mask,
            right
                .holders
                .iter()
                .map(|h| &h.party)
                .chain(&right.obligors),
        );
        if let RightDetail::Mortgage(m) = &right.detail
            && let Some(debtor) = &m.debtor
        {
            masker.know(debtor, mask.free_name(debtor));
        }
        masker
    }

    /// A masker that knows these parties.
    #[must_use]
    pub fn for_parties<'a>(mask: Mask, parties: impl IntoIterator<Item = &'a Party>) -> Self {
        let mut masker = Self {
            mask,
            names: Vec::new(),
        };
        for party in parties {
            masker.know(&party.name, mask.name(party));
            let agent = party.agent.as_ref().map(|a| &a.name);
            for name in party.legal_representative.iter().chain(agent) {
                masker.know(name, mask.person(name));
            }
        }
        masker
    }

    fn know(&mut self, name: &str, shown: String) {
        // a single character would hit ordinary words
        let known = self.names.iter().any(|(n, _)| n == name);
        if self.mask.is_masked() && name.chars().count() > 1 && name != shown && !known {
            self.names.push((name.to_owned(), shown));
            // longer names first: 王小明 must not be caught by 王小
            self.names
                .sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
        }
    }

    /// Adds what another masker knows.
    pub(crate) fn join(&mut self, other: Self) {
        for (name, shown) in other.names {
            self.know(&name, shown);
        }
    }

    /// The mask.
    #[must_use]
    pub fn mask(&self) -> Mask {
        self.mask
    }

    /// Free text as it may be shown.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut out = self.mask.text(text);
        for (name, shown) in &self.names {
            out = out.replace(name, shown);
        }
        out
    }
}

/// Masks every run of 15 to 19 digits (identity and account numbers; the last
/// character may be X) and every mobile number of 11 digits. Case numbers (20
/// digits) and unit codes (12 digits, then letters) are left alone.
fn scrub_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        if !is_digit(chars[at]) {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let mut end = at;
        while end < chars.len() && is_digit(chars[end]) {
            end += 1;
        }
        let followed_by_x = end < chars.len() && matches!(chars[end], 'x' | 'X' | 'ｘ' | 'Ｘ');
        if end - at == 17 && followed_by_x {
            end += 1;
        }
        let length = end - at;
        let mobile = length == 11 && matches!(chars[at], '1' | '１');
        if (15..=19).contains(&length) || mobile {
            let (head, tail) = if mobile { (3, 4) } else { (4, 4) };
            out.extend(&chars[at..at + head]);
            out.extend(std::iter::repeat_n('*', length - head - tail));
            out.extend(&chars[end - tail..end]);
        } else {
            out.extend(&chars[at..end]);
        }
        at = end;
    }
    out
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_free_text_are_masked() {
        let m = Mask::Masked;
        assert_eq!(
            m.text("证号51040218000101002X，"),
            "证号5104**********002X，"
        );
        assert_eq!(m.text("旧证510402800101001"), "旧证5104*******1001");
        assert_eq!(m.text("电话13800000000。"), "电话138****0000。");
        assert_eq!(
            m.text("全角５１０４０２１８０００１０１００１２"),
            "全角５１０４**********００１２"
        );
    }

    #[test]
    fn codes_of_the_register_are_left_alone() {
        let m = Mask::Masked;
        for text in [
            "51040020261123000001",
            "510402001003GB00012F00030027",
            "川(2021)攀枝花市不动产权第0000001号",
            "2026年11月23日，800,000.00 元",
        ] {
            assert_eq!(m.text(text), text);
        }
        assert_eq!(Mask::Full.text("51040218000101002X"), "51040218000101002X");
    }

    #[test]
    fn free_names_keep_organisations() {
        let m = Mask::Masked;
        let shown = m.free_name("张三、攀枝花某某商业银行股份有限公司，沙马伍各莫");
        assert!(shown.contains("攀枝花某某商业银行股份有限公司"), "{shown}");
        assert!(
            !shown.contains("张三") && !shown.contains("沙马伍各莫"),
            "{shown}"
        );
        assert!(shown.starts_with('张'), "{shown}");
    }

    #[test]
    fn addresses_lose_the_door() {
        assert_eq!(
            Mask::Masked.address("攀枝花市东区某某路12号3栋"),
            "攀枝花市东区某某路****"
        );
    }
}
