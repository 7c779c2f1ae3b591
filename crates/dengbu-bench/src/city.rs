//! An invented city of any size: each unit is a function of its index, so that nothing needs to
//! be kept in memory and every query can be made up from an index alone.
//!
//! Nobody in it can be a real person: resident numbers bear the area code 510499, which is not
//! assigned (GB/T 2260), with right check digits. Streets are Panzhihua's; roads and estates are
//! invented.

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use dengbu_cadastre::load::{NewBuilding, NewDwelling, NewParcel};
use dengbu_model::cadastre::{Building, Dwelling, Parcel};
use dengbu_model::certificate::{CertificateKind, CertificateNumber};
use dengbu_model::codes::Code;
use dengbu_model::identity::{IdDocument, IdKind, credit_code_check, resident_id_check_digit};
use dengbu_model::party::{CoOwnership, Holder, Party, PartyKind};
use dengbu_model::quantity::{Area, Money, Share};
use dengbu_model::right::{
    BuildingOwnership, Mortgage, MortgageMethod, RegistrationType, Right, RightDetail, RightType,
};
use dengbu_model::unit_code::{BuildingCode, ParcelCode, UnitCode};
use dengbu_register::append::NewEntry;
use dengbu_register::entry::{Provenance, Registrar};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Units of a building: 15 storeys, two entrances of one flat each.
const BUILDING: usize = 30;
/// Units of an estate (one parcel): two buildings.
pub const ESTATE: usize = 2 * BUILDING;

/// Counties by estate number modulo 20: 30 % 东区, 15 % 西区, 25 % 仁和区, 15 % each county.
const COUNTIES: [&str; 20] = [
    "510402", "510411", "510421", "510402", "510403", "510422", "510411", "510402", "510402",
    "510411", "510421", "510403", "510402", "510411", "510422", "510403", "510402", "510411",
    "510421", "510422",
];

const SYLLABLES: &str = "金银桂梅兰竹菊松柏杨柳榆枫荷莲桃李杏梨樱云霞星月阳晨晴雪雨风江湖河海溪泉山岭峰川龙凤麒麟鹤鹏翔飞福禄寿喜康宁安泰和顺祥瑞锦绣华丽";
const SUFFIXES: [&str; 4] = ["花园", "雅苑", "新城", "公寓"];
const ROADS: [&str; 10] = [
    "示例大道",
    "样例东路",
    "样例西路",
    "示范北街",
    "示范南街",
    "学府示例路",
    "滨江示例路",
    "迎宾样例街",
    "工业示范路",
    "民生示例巷",
];

const SURNAMES: &str =
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
const GIVEN: &str =
    "文志建晓国明秀春海永玉家思子雨嘉德光兴景书若安华芳伟敏静强磊军洋艳杰娟涛霞平刚桂琴";

/// The name that two holders in a thousand bear.
pub const COMMON_NAME: &str = "王伟";

/// One household of the city and what it holds.
#[derive(Debug, Clone, Copy)]
pub struct Household(pub usize);

fn mix(seed: usize, salt: u64) -> u64 {
    // SplitMix64's finaliser
    let mut z = (seed as u64) ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn pick(text: &str, at: u64) -> char {
    let count = text.chars().count() as u64;
    let at = usize::try_from(at % count).unwrap_or(0);
    text.chars().nth(at).unwrap_or('一')
}

fn county_of_estate(estate: usize) -> &'static str {
    COUNTIES[estate % COUNTIES.len()]
}

/// The authority that registers for a county.
#[must_use]
pub fn authority_of(county: &str) -> &'static str {
    match county {
        "510421" => "510421",
        "510422" => "510422",
        _ => "510400",
    }
}

/// Name of a county in addresses.
#[must_use]
pub fn county_name(county: &str) -> &'static str {
    match county {
        "510402" => "东区",
        "510403" => "西区",
        "510411" => "仁和区",
        "510421" => "米易县",
        _ => "盐边县",
    }
}

fn streets(county: &str) -> [&'static str; 3] {
    match county {
        "510402" => ["炳草岗街道", "大渡口街道", "弄弄坪街道"],
        "510403" => ["清香坪街道", "玉泉街道", "河门口街道"],
        "510411" => ["仁和镇", "大河中路街道", "平地镇"],
        "510421" => ["攀莲镇", "丙谷镇", "撒莲镇"],
        _ => ["桐子林镇", "红格镇", "渔门镇"],
    }
}

/// Name of an estate: two syllables of some four thousand pairs, and one of four endings.
#[must_use]
pub fn estate_name(estate: usize) -> String {
    let pair = mix(estate, 1);
    let suffix = SUFFIXES[usize::try_from(mix(estate, 2) % 4).unwrap_or(0)];
    format!(
        "{}{}{suffix}",
        pick(SYLLABLES, pair),
        pick(SYLLABLES, pair >> 32)
    )
}

/// Address of an estate, from the city down to its name.
#[must_use]
pub fn estate_address(estate: usize) -> String {
    let county = county_of_estate(estate);
    let at = |salt, bound| usize::try_from(mix(estate, salt) % bound).unwrap_or(0);
    format!(
        "攀枝花市{}{}{}{}号{}",
        county_name(county),
        streets(county)[at(3, 3)],
        ROADS[at(4, 10)],
        at(5, 300) + 1,
        estate_name(estate)
    )
}

fn parcel_code(estate: usize) -> Result<ParcelCode> {
    // the cadastral districts 2xx are the measurement's own
    let text = format!(
        "{}201{:03}GB{:05}",
        county_of_estate(estate),
        estate / 1000 + 1,
        estate % 1000 + 1
    );
    ParcelCode::parse(&text).context("parcel code of the invented city")
}

/// Parcel and buildings of an estate.
///
/// # Errors
/// A defect of the generator.
pub fn estate(estate: usize) -> Result<(NewParcel, Vec<NewBuilding>)> {
    let code = parcel_code(estate)?;
    let address = estate_address(estate);
    let parcel = NewParcel {
        parcel: Parcel {
            code: code.clone(),
            address: address.clone(),
            area: Some(Area::new(Decimal::new(412_000, 2))?),
            use_code: Some(Code::parse("0701")?),
            right_type: None,
            right_nature: Some(Code::parse("102")?),
            bounds: None,
            geometry: None,
        },
        provenance: None,
    };
    let buildings = (1..=2)
        .map(|number| {
            Ok(NewBuilding {
                building: Building {
                    code: BuildingCode::on(&code, number)?,
                    name: format!("{}{number}幢", estate_name(estate)),
                    address: address.clone(),
                    storeys_above: Some(15),
                    storeys_below: Some(1),
                    structure: Some(Code::parse("3")?),
                    completed: Some("2014-06".to_owned()),
                    footprint: None,
                },
                provenance: None,
            })
        })
        .collect::<Result<_>>()?;
    Ok((parcel, buildings))
}

impl Household {
    /// The estate it lives in.
    #[must_use]
    pub fn estate(self) -> usize {
        self.0 / ESTATE
    }

    /// County of its unit.
    #[must_use]
    pub fn county(self) -> &'static str {
        county_of_estate(self.estate())
    }

    fn place(self) -> (u32, usize, usize) {
        let within = self.0 % ESTATE;
        let number = if within < BUILDING { 1 } else { 2 };
        let in_building = within % BUILDING;
        (number, in_building / 2 + 1, in_building % 2 + 1)
    }

    /// Code of its unit.
    ///
    /// # Errors
    /// A defect of the generator.
    pub fn unit(self) -> Result<UnitCode> {
        let (building, ..) = self.place();
        let code = BuildingCode::on(&parcel_code(self.estate())?, building)?;
        Ok(UnitCode::in_building(
            &code,
            u32::try_from(self.0 % BUILDING)? + 1,
        )?)
    }

    /// What follows the estate's name in its address.
    #[must_use]
    pub fn door(self) -> String {
        let (building, storey, entrance) = self.place();
        format!("{building}幢{entrance}单元{storey}01室")
    }

    /// Its unit as surveyed.
    ///
    /// # Errors
    /// A defect of the generator.
    pub fn dwelling(self) -> Result<NewDwelling> {
        let (building, storey, entrance) = self.place();
        let area = self.area()?;
        Ok(NewDwelling {
            authority: authority_of(self.county()).to_owned(),
            dwelling: Dwelling {
                unit: self.unit()?,
                building: BuildingCode::on(&parcel_code(self.estate())?, building)?,
                entrance: Some(entrance.to_string()),
                storey: i32::try_from(storey)?,
                room: format!("{storey}01"),
                address: format!("{}{}", estate_address(self.estate()), self.door()),
                use_code: Some(Code::parse("11")?),
                structure: Some(Code::parse("3")?),
                kind: None,
                nature: Some(Code::parse("0")?),
                storeys_total: Some(15),
                building_area: Some(area),
                inner_area: None,
                shared_area: None,
                predicted_area: None,
            },
            provenance: None,
        })
    }

    fn area(self) -> Result<Area> {
        let hundredths = 6_000 + mix(self.0, 6) % 9_000;
        Ok(Area::new(Decimal::new(i64::try_from(hundredths)?, 2))?)
    }

    /// Whether two persons hold the unit in shares of one half.
    #[must_use]
    pub fn is_shared(self) -> bool {
        mix(self.0, 7) % 10 < 3
    }

    /// Whether a mortgage was on it before.
    #[must_use]
    pub fn is_mortgaged(self) -> bool {
        mix(self.0, 8).is_multiple_of(5)
    }

    /// Name of its first or second holder.
    #[must_use]
    pub fn holder_name(self, which: usize) -> String {
        let person = 2 * self.0 + which;
        if mix(person, 9).is_multiple_of(500) {
            return COMMON_NAME.to_owned();
        }
        let r = mix(person, 10);
        format!(
            "{}{}{}",
            pick(SURNAMES, r),
            pick(GIVEN, r >> 16),
            pick(GIVEN, r >> 40)
        )
    }

    /// Identity number of its first or second holder; no two are equal.
    #[must_use]
    pub fn id_number(self, which: usize) -> String {
        const DAYS: usize = 18_000;
        let person = 2 * self.0 + which;
        let born = NaiveDate::from_ymd_opt(1950, 1, 1)
            .and_then(|d| d.checked_add_days(Days::new((person % DAYS) as u64)))
            .unwrap_or_default();
        let digits = format!("510499{}{:03}", born.format("%Y%m%d"), person / DAYS + 1);
        let check = resident_id_check_digit(&digits).unwrap_or('0');
        format!("{digits}{check}")
    }

    fn holders(self) -> Result<Vec<Holder>> {
        let shared = self.is_shared();
        (0..=usize::from(shared))
            .map(|which| {
                Ok(Holder {
                    party: Party {
                        id: Some(IdDocument::from_register(
                            IdKind::ResidentId,
                            self.id_number(which),
                        )),
                        ..Party::named(&self.holder_name(which), PartyKind::Person)
                    },
                    share: shared.then(|| Share::new(1, 2)).transpose()?,
                })
            })
            .collect()
    }

    /// Number of its title certificate.
    #[must_use]
    pub fn certificate(self) -> String {
        let place = match self.county() {
            county @ ("510421" | "510422") => county_name(county),
            _ => "攀枝花市",
        };
        let year = 2015 + i32::try_from(mix(self.0, 11) % 10).unwrap_or(0);
        CertificateNumber::new("川", year, place, CertificateKind::Title, self.0 as u64 + 1)
            .to_string()
    }

    fn registered_on(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2015, 1, 5)
            .and_then(|d| d.checked_add_days(Days::new(mix(self.0, 12) % 3_600)))
            .unwrap_or_default()
    }

    pub(crate) fn title(self) -> Result<Right> {
        Ok(Right {
            right_type: RightType::StateConstructionLandAndBuilding,
            co_ownership: if self.is_shared() {
                CoOwnership::ByShares
            } else {
                CoOwnership::Sole
            },
            holders: self.holders()?,
            obligors: Vec::new(),
            detail: RightDetail::BuildingOwnership(BuildingOwnership {
                land_use_start: NaiveDate::from_ymd_opt(2012, 3, 1),
                land_use_end: NaiveDate::from_ymd_opt(2082, 2, 28),
                price: Some(Money::new(Decimal::new(45_000_000, 2))?),
                planned_use: Some(Code::parse("11")?),
                nature: Some(Code::parse("0")?),
                structure: Some(Code::parse("3")?),
                storey: Some(self.place().1.to_string()),
                storeys_total: Some(15),
                building_area: Some(self.area()?),
                completed: Some("2014-06".to_owned()),
                ..BuildingOwnership::default()
            }),
            other_conditions: None,
            remarks: None,
        })
    }

    fn mortgage(self) -> Result<Right> {
        Ok(Right {
            right_type: RightType::Mortgage,
            co_ownership: CoOwnership::Sole,
            holders: vec![Holder {
                party: bank(),
                share: None,
            }],
            obligors: self.holders()?.into_iter().map(|h| h.party).collect(),
            detail: RightDetail::Mortgage(Mortgage {
                secured_amount: Some(Money::new(Decimal::new(30_000_000, 2))?),
                term_start: Some(self.registered_on()),
                term_end: NaiveDate::from_ymd_opt(2045, 1, 1),
                scope: Some("主债权及利息、违约金、实现抵押权的费用".to_owned()),
                transfer_restricted: Some(false),
                ..Mortgage::new(MortgageMethod::General)
            }),
            other_conditions: None,
            remarks: None,
        })
    }

    /// The entries that take over what it holds: its title, and a mortgage on one unit in five.
    ///
    /// # Errors
    /// A defect of the generator.
    pub fn entries(self, now: DateTime<Utc>) -> Result<Vec<NewEntry>> {
        let mut entries = vec![self.entry(now, self.title()?, Some(self.certificate()))?];
        if self.is_mortgaged() {
            entries.push(self.entry(now, self.mortgage()?, None)?);
        }
        Ok(entries)
    }

    fn entry(
        self,
        now: DateTime<Utc>,
        right: Right,
        certificate_no: Option<String>,
    ) -> Result<NewEntry> {
        Ok(NewEntry {
            entry_id: Uuid::now_v7(),
            authority: authority_of(self.county()).to_owned(),
            unit: self.unit()?,
            registration_type: RegistrationType::First,
            business: "existing".to_owned(),
            cause: Some("存量登记数据接收".to_owned()),
            case_no: None,
            registrar: Registrar {
                staff_id: None,
                name: "存量数据导入".to_owned(),
            },
            recorded_at: now,
            effective_at: Some(self.registered_on().and_time(NaiveTime::MIN).and_utc()),
            // titles from before stay in force
            legal_basis: vec!["《不动产登记暂行条例》第三十三条第一款".to_owned()],
            right_id: Uuid::now_v7(),
            right,
            creates: true,
            ends: Vec::new(),
            certificates: Vec::new(),
            certificate_no,
            provenance: Some(Provenance {
                source: "bench".to_owned(),
                table: "household".to_owned(),
                legacy_id: self.0.to_string(),
                file_sm3: None,
            }),
        })
    }
}

/// The invented bank that lends to everybody.
#[must_use]
pub fn bank() -> Party {
    // area 510499; organisation code with its own check character (GB 11714—1997) left out of
    // account: only the whole code's is checked
    let first = "91510499MA0009017";
    let number = format!("{first}{}", credit_code_check(first).unwrap_or('0'));
    Party {
        id: Some(IdDocument::from_register(
            IdKind::UnifiedSocialCredit,
            number,
        )),
        ..Party::named("示例银行股份有限公司攀枝花分行", PartyKind::Enterprise)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn units_numbers_and_certificates_are_all_different() {
        let city: Vec<Household> = (0..5_000).map(Household).collect();
        let units: BTreeSet<String> = city
            .iter()
            .map(|h| h.unit().unwrap().as_str().to_owned())
            .collect();
        let certificates: BTreeSet<String> = city.iter().map(|h| h.certificate()).collect();
        let people: BTreeSet<String> = city
            .iter()
            .flat_map(|h| [h.id_number(0), h.id_number(1)])
            .collect();
        assert_eq!(
            (units.len(), certificates.len(), people.len()),
            (5_000, 5_000, 10_000)
        );
    }

    #[test]
    fn every_number_would_pass_the_counter() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        for at in [0, 1, 777, 999_999, 4_000_000] {
            let number = Household(at).id_number(1);
            assert!(number.starts_with("510499"));
            IdDocument::parse(IdKind::ResidentId, &number, today).unwrap();
        }
        let bank = bank().id.unwrap();
        IdDocument::parse(bank.kind, &bank.number, today).unwrap();
    }

    #[test]
    fn shares_add_up_and_every_county_has_its_part() {
        let mut counties = BTreeSet::new();
        for h in (0..3_000).map(Household) {
            counties.insert(h.county());
            let title = h.title().unwrap();
            dengbu_model::party::check_holders(title.co_ownership, &title.holders).unwrap();
        }
        assert_eq!(counties.len(), 5);
    }
}
