//! Holders of a right: names, identity numbers, shares, manner of co-ownership.

use crate::finding::{At, FindingClass, Findings};
use crate::people;
use crate::reading::holder::{Mismatch, WrittenHolder};
use crate::reading::text;
use chrono::NaiveDate;
use dengbu_model::identity::IdKind;
use dengbu_model::party::{CoOwnership, Holder};
use dengbu_model::quantity::Share;

/// Holders of one right, gathered.
pub struct Holders<'a> {
    at: At<'a>,
    /// 共有方式.
    pub co_ownership: CoOwnership,
    /// Holders in order.
    pub holders: Vec<Holder>,
    /// Remarks for the right.
    pub remarks: Vec<String>,
    /// Not to be loaded.
    pub blocked: bool,
}

impl<'a> Holders<'a> {
    /// Starts with the manner of co-ownership as written (name or code; empty when unsaid).
    pub fn new(at: At<'a>, manner: &str, findings: &mut Findings) -> Self {
        let co_ownership = match text::squeeze(manner).as_str() {
            "单独所有" | "0" => CoOwnership::Sole,
            "共同共有" | "1" => CoOwnership::Joint,
            "按份共有" | "2" => CoOwnership::ByShares,
            "其他共有" | "3" | "" => CoOwnership::Other,
            other => {
                findings.add(
                    FindingClass::CodeInvalid,
                    at,
                    ("GYFS", other),
                    "共有方式不在字典内",
                );
                CoOwnership::Other
            }
        };
        Self {
            at,
            co_ownership,
            holders: Vec::new(),
            remarks: Vec::new(),
            blocked: false,
        }
    }

    /// Names, numbers and shares that don't pair up: which number is whose can't be guessed.
    pub fn conflict(&mut self, field: &str, m: &Mismatch, findings: &mut Findings) {
        let message = format!(
            "权利人 {} 个、证件号 {} 个、份额 {} 个，无法对应，未装载",
            m.names, m.ids, m.shares
        );
        findings.add(FindingClass::HolderConflict, self.at, (field, ""), message);
        self.blocked = true;
    }

    /// One more holder.
    pub fn add(
        &mut self,
        written: &WrittenHolder,
        kind: Option<IdKind>,
        name_field: &str,
        place: people::Place<'_>,
        today: NaiveDate,
        findings: &mut Findings,
    ) {
        if written.name.is_empty() {
            findings.add(
                FindingClass::NameMissing,
                place.at,
                (name_field, ""),
                "没有权利人姓名，未装载",
            );
            self.blocked = true;
        }
        let read = people::holder(written, kind, place, today, findings);
        if read.id_doubtful && !self.remarks.iter().any(|r| r == people::ID_TO_CHECK) {
            self.remarks.push(people::ID_TO_CHECK.to_owned());
        }
        let share = if written.share.is_empty() {
            None
        } else {
            Share::parse(&written.share).ok()
        };
        if share.is_none() && !written.share.is_empty() {
            findings.add(
                FindingClass::NumberInvalid,
                place.at,
                ("份额", &written.share),
                "份额无法识别，未装载",
            );
            self.blocked = true;
        }
        self.holders.push(Holder {
            party: read.party,
            share,
        });
    }

    /// All holders are in: shares must add up (民法典 第二百九十八条: each co-owner by shares owns
    /// according to its share), and the manner must suit their number.
    pub fn finish(&mut self, share: (&str, &str), findings: &mut Findings) {
        self.finish_in(self.at.table, share, findings);
    }

    /// As [`finish`](Self::finish), where shares stand in another table.
    pub fn finish_in(
        &mut self,
        share_table: &str,
        (share_field, share_id): (&str, &str),
        findings: &mut Findings,
    ) {
        let shares: Vec<Share> = self.holders.iter().filter_map(|h| h.share).collect();
        let partly = !shares.is_empty() && shares.len() < self.holders.len();
        if partly || (!shares.is_empty() && !Share::adds_to_one(&shares)) {
            let message = "权利人份额合计不等于一，未装载";
            findings.add(
                FindingClass::ShareSum,
                At::new(self.at.source, share_table, share_id),
                (share_field, ""),
                message,
            );
            self.blocked = true;
        }
        if self.co_ownership == CoOwnership::Joint {
            self.drop_shares(&shares);
        }
        if self.holders.len() == 1 && self.co_ownership == CoOwnership::Other {
            self.co_ownership = CoOwnership::Sole;
        }
        if self.holders.len() > 1 && self.co_ownership == CoOwnership::Other {
            self.remarks.push("原台账未载明共有方式，待核".to_owned());
        }
        if !self.blocked
            && let Err(error) = dengbu_model::party::check_holders(self.co_ownership, &self.holders)
        {
            let message = format!("共有方式与权利人不符（{error}），未装载");
            findings.add(FindingClass::HolderConflict, self.at, ("", ""), message);
            self.blocked = true;
        }
    }

    /// Joint owners own the whole without shares (民法典 第二百九十九条). Equal ones in the books
    /// are a form filled in; others are kept as a remark.
    fn drop_shares(&mut self, shares: &[Share]) {
        if shares.iter().any(|s| *s != shares[0]) {
            let list = shares
                .iter()
                .map(Share::to_string)
                .collect::<Vec<_>>()
                .join("、");
            self.remarks.push(format!("原登记资料另载份额：{list}"));
        }
        self.holders.iter_mut().for_each(|h| h.share = None);
    }
}
