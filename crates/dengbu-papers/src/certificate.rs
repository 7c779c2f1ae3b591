//! What a 不动产权证书 or 不动产登记证明 says: the rows of the style notice
//! 国土资发〔2015〕25号, with composite values written land first, house after a
//! stroke, as is the practice.

use chrono::NaiveDate;
use dengbu_model::certificate::CertificateKind;
use dengbu_model::codes;
use dengbu_model::party::Holder;
use dengbu_model::quantity::Area;
use dengbu_model::right::{
    BuildingOwnership, Mortgage, MortgageMethod, PriorityNotice, Right, RightDetail,
};

use crate::fields::Labelled;
use crate::format::{self, NONE};
use crate::inputs::UnitFacts;
use crate::mask::{Mask, Masker};
use crate::sheet::{grouped, names, or_none};

/// A certificate or proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Certificate or proof (证书类型).
    pub kind: CertificateKind,
    /// Number (不动产权证号, BDCQZH).
    pub number: String,
    /// The right it states.
    pub right: Right,
    /// Position of the holder it is for (分别持证); none when it is for all together.
    pub holder: Option<usize>,
    /// The unit. Its land area, nature and use give the land part of the rows.
    pub unit: UnitFacts,
    /// For a proof: the title certificate the burdened right has (不动产权证书号).
    pub title_certificate_no: Option<String>,
    /// Day of issue (登记日期).
    pub issued_on: NaiveDate,
    /// Serial of the blank (编号, 印制号); none before it is printed.
    pub form_serial: Option<String>,
    /// Case number (业务号).
    pub case_no: Option<String>,
    /// The code to scan, as a `data:image/…` address; anything else is left out.
    pub qr_image: Option<String>,
    /// True for a preview that must not pass for the certificate.
    pub preview: bool,
}

/// The rows of the certificate's table.
#[must_use]
pub fn rows(facts: &CertificateFacts, mask: Mask) -> Vec<Labelled> {
    match facts.kind {
        CertificateKind::Title => title_rows(facts, mask),
        CertificateKind::Proof => proof_rows(facts, mask),
    }
}

fn row(label: &str, value: impl Into<String>) -> Labelled {
    Labelled::new(label, value)
}

fn title_rows(facts: &CertificateFacts, mask: Mask) -> Vec<Labelled> {
    let right = &facts.right;
    let unit = &facts.unit;
    let masker = Masker::for_right(mask, right);
    vec![
        row("权利人", holder_names(facts, mask)),
        row("共有情况", shared_with(facts, mask)),
        row("坐落", or_none(Some(&unit.address))),
        row("不动产单元号", grouped(&unit.unit_code)),
        row("权利类型", right.right_type.name_zh()),
        row(
            "权利性质",
            unit.nature_name
                .clone()
                .unwrap_or_else(|| nature(&right.detail)),
        ),
        row(
            "用途",
            unit.use_name
                .clone()
                .unwrap_or_else(|| used_for(&right.detail)),
        ),
        row("面积", areas(right, unit)),
        row("使用期限", use_term(right, unit)),
        row("权利其他状况", other_conditions(right, &masker)),
        row(
            "附记",
            or_none(right.remarks.as_deref().map(|r| masker.text(r)).as_deref()),
        ),
    ]
}

/// The holders the certificate is for.
fn holder_names(facts: &CertificateFacts, mask: Mask) -> String {
    let all = &facts.right.holders;
    match facts.holder.and_then(|i| all.get(i)) {
        Some(one) => mask.name(&one.party),
        None => names(all.iter().map(|h| &h.party), mask),
    }
}

/// 共有情况; a certificate for one of several holders also names them all
/// (不动产登记暂行条例实施细则第二十一条).
fn shared_with(facts: &CertificateFacts, mask: Mask) -> String {
    let right = &facts.right;
    let text = format::co_ownership(right.co_ownership, &right.holders, mask);
    let has_shares = right.holders.iter().any(|h: &Holder| h.share.is_some());
    if facts.holder.is_some() && right.holders.len() > 1 && !has_shares {
        format!(
            "{text}，共有人：{}",
            names(right.holders.iter().map(|h| &h.party), mask)
        )
    } else {
        text
    }
}

fn nature(detail: &RightDetail) -> String {
    match detail {
        RightDetail::BuildingOwnership(b) => b
            .nature
            .as_ref()
            .map_or_else(|| NONE.to_owned(), |c| c.name_in(codes::HOUSE_NATURE)),
        _ => NONE.to_owned(),
    }
}

fn used_for(detail: &RightDetail) -> String {
    match detail {
        RightDetail::BuildingOwnership(b) => b
            .planned_use
            .as_ref()
            .map_or_else(|| NONE.to_owned(), |c| c.name_in(codes::HOUSE_USE)),
        RightDetail::LandUse(l) => l.use_code.as_ref().map_or_else(
            || NONE.to_owned(),
            |c| format::name_in(&[codes::LAND_USE, codes::LAND_USE_2007], c.as_str()),
        ),
        _ => NONE.to_owned(),
    }
}

fn areas(right: &Right, unit: &UnitFacts) -> String {
    let mut parts = Vec::new();
    match &right.detail {
        RightDetail::BuildingOwnership(b) => {
            // 独用 land is the parcel's area, otherwise the parcel is shared
            let (label, land) = match &b.own_land_area {
                Some(own) => ("宗地面积", Some(own)),
                None => ("共有宗地面积", unit.land_area.as_ref()),
            };
            parts.extend(land.map(|a| format!("{label}：{}", format::area(a))));
            let building = b.building_area.as_ref().or(unit.building_area.as_ref());
            parts.extend(building.map(|a| format!("房屋建筑面积：{}", format::area(a))));
        }
        RightDetail::LandUse(l) => parts.extend(
            l.area
                .as_ref()
                .or(unit.land_area.as_ref())
                .map(format::area),
        ),
        RightDetail::AgriculturalLand(a) => parts.extend(a.area.as_ref().map(format::area)),
        RightDetail::Forest(f) => parts.extend(f.area.as_ref().map(format::area)),
        RightDetail::SeaArea(s) => parts.extend(s.area.as_ref().map(format::area)),
        _ => {
            let land = unit
                .land_area
                .as_ref()
                .map(|a: &Area| format!("宗地面积：{}", format::area(a)));
            let building = unit
                .building_area
                .as_ref()
                .map(|a| format!("房屋建筑面积：{}", format::area(a)));
            parts.extend(land.into_iter().chain(building));
        }
    }
    if parts.is_empty() {
        NONE.to_owned()
    } else {
        parts.join("/")
    }
}

/// The land's term under the land right's name; a house has none (民法典第二百四十条).
fn use_term(right: &Right, unit: &UnitFacts) -> String {
    let (start, end) = match &right.detail {
        RightDetail::BuildingOwnership(b) => (b.land_use_start, b.land_use_end),
        RightDetail::ProjectBuildings(p) => (p.land_use_start, p.land_use_end),
        RightDetail::LandUse(l) => (l.start, l.end),
        RightDetail::Structure(s) => (s.land_use_start, s.land_use_end),
        RightDetail::AgriculturalLand(a) => (a.start, a.end),
        RightDetail::Forest(f) => (f.start, f.end),
        RightDetail::SeaArea(s) => (s.start, s.end),
        RightDetail::OtherRight(o) => (o.start, o.end),
        _ => (None, None),
    };
    let end = end.or(unit.land_use_end);
    if start.is_none() && end.is_none() {
        return NONE.to_owned();
    }
    let name = right.right_type.name_zh();
    let land = name.split('/').next().unwrap_or(name);
    format!("{land} {}", format::term(start, end))
}

fn other_conditions(right: &Right, masker: &Masker) -> String {
    let mut lines = Vec::new();
    if let RightDetail::BuildingOwnership(b) = &right.detail {
        lines.extend(building_conditions(b));
    }
    if let Some(text) = &right.other_conditions {
        lines.push(masker.text(text));
    }
    if lines.is_empty() {
        NONE.to_owned()
    } else {
        lines.join("\n")
    }
}

fn building_conditions(b: &BuildingOwnership) -> Vec<String> {
    let pairs = [
        (
            "房屋结构",
            b.structure
                .as_ref()
                .map(|c| c.name_in(codes::HOUSE_STRUCTURE)),
        ),
        ("专有建筑面积", b.exclusive_area.as_ref().map(format::area)),
        ("分摊建筑面积", b.shared_area.as_ref().map(format::area)),
        ("房屋总层数", b.storeys_total.map(|n| n.to_string())),
        ("所在层", b.storey.clone()),
        ("房屋竣工时间", b.completed.clone()),
    ];
    pairs
        .into_iter()
        .filter_map(|(label, value)| value.map(|v| format!("{label}：{v}")))
        .collect()
}

fn proof_rows(facts: &CertificateFacts, mask: Mask) -> Vec<Labelled> {
    let right = &facts.right;
    let unit = &facts.unit;
    let masker = Masker::for_right(mask, right);
    let matter = match &right.detail {
        RightDetail::PriorityNotice(n) => n.notice_kind.name_zh(),
        _ => right.right_type.name_zh(),
    };
    vec![
        row("证明权利或事项", matter),
        row("权利人（申请人）", holder_names(facts, mask)),
        row("义务人", names(&right.obligors, mask)),
        row("坐落", or_none(Some(&unit.address))),
        row("不动产单元号", grouped(&unit.unit_code)),
        row("其他", proof_matter(facts, &masker)),
        row(
            "附记",
            or_none(right.remarks.as_deref().map(|r| masker.text(r)).as_deref()),
        ),
    ]
}

/// 其他: what the proof says beside the parties, by kind of right.
fn proof_matter(facts: &CertificateFacts, masker: &Masker) -> String {
    let mut lines = Vec::new();
    if let Some(no) = &facts.title_certificate_no {
        lines.push(format!("不动产权证书号：{no}"));
    }
    match &facts.right.detail {
        RightDetail::Mortgage(m) => lines.extend(mortgage_matter(m, masker)),
        RightDetail::PriorityNotice(n) => lines.extend(notice_matter(n, masker)),
        RightDetail::Caution(c) => {
            lines.extend(
                c.matter
                    .as_ref()
                    .map(|m| format!("异议事项：{}", masker.text(m))),
            );
            // 民法典第二百二十条
            lines.push("申请人自异议登记之日起十五日内不提起诉讼的，异议登记失效。".to_owned());
        }
        RightDetail::Easement(e) => {
            lines.extend(
                e.benefited_unit
                    .as_ref()
                    .map(|c| format!("需役地不动产单元号：{}", c.grouped())),
            );
            lines.extend(
                e.benefited_address
                    .as_ref()
                    .map(|a| format!("需役地坐落：{a}")),
            );
            lines.extend(
                e.content
                    .as_ref()
                    .map(|c| format!("地役权内容：{}", masker.text(c))),
            );
            lines.push(format!("权利期限：{}", format::term(e.start, e.end)));
        }
        RightDetail::Habitation(h) => {
            lines.extend(
                h.scope
                    .as_ref()
                    .map(|s| format!("居住范围：{}", masker.text(s))),
            );
            lines.extend(
                h.conditions
                    .as_ref()
                    .map(|c| format!("居住条件和要求：{}", masker.text(c))),
            );
            let term = if h.for_life == Some(true) {
                "终生居住".to_owned()
            } else {
                format::term(h.start, h.end)
            };
            lines.push(format!("居住权期限：{term}"));
        }
        _ => {}
    }
    lines.extend(
        facts
            .right
            .other_conditions
            .as_ref()
            .map(|t| masker.text(t)),
    );
    if lines.is_empty() {
        NONE.to_owned()
    } else {
        lines.join("\n")
    }
}

fn mortgage_matter(m: &Mortgage, masker: &Masker) -> Vec<String> {
    let currency = m.currency.as_ref().map(|c| c.name_in(codes::CURRENCY));
    let amount = |v| format::money_in(v, currency.as_deref());
    let mut lines = vec![format!("抵押方式：{}", m.method.name_zh())];
    let (term_label, debt) = match m.method {
        MortgageMethod::General => (
            "债务履行期限",
            m.secured_amount
                .as_ref()
                .map(|v| format!("担保债权的数额：{}", amount(v))),
        ),
        MortgageMethod::MaximumAmount => (
            "债权确定期间",
            m.maximum_amount
                .as_ref()
                .map(|v| format!("最高债权额：{}", amount(v))),
        ),
    };
    lines.extend(debt);
    lines.push(format!(
        "{term_label}：{}",
        format::term(m.term_start, m.term_end)
    ));
    lines.extend(
        m.scope
            .as_ref()
            .map(|s| format!("担保范围：{}", masker.text(s))),
    );
    lines.extend(m.transfer_restricted.map(|v| {
        format!(
            "是否存在禁止或限制转让抵押不动产的约定：{}",
            format::yes_no(v)
        )
    }));
    lines.extend(m.rank.map(|r| format!("抵押权顺位：{r}")));
    lines
}

fn notice_matter(n: &PriorityNotice, masker: &Masker) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(
        n.amount
            .as_ref()
            .map(|a| format!("取得价格/被担保主债权数额：{}", format::money(a))),
    );
    lines.extend(
        n.scope
            .as_ref()
            .map(|s| format!("担保范围：{}", masker.text(s))),
    );
    lines
}

#[cfg(test)]
mod tests;
