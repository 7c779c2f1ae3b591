//! Named transforms: a written text to a value in the standard's form, and what was seen.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dengbu_model::codes;
use dengbu_model::identity::{IdDocument, IdKind};
use dengbu_staging::{FieldDef, FieldType, NoteKind};
use rust_decimal::Decimal;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::reading::{address, certificate, date, holder, limits, number, text};

/// How a text is read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transform {
    /// Text as it is: half width (NFKC), outer blanks off, inner ones single.
    Text,
    /// Text to the last character as it is.
    Raw,
    /// Name of a person or body: blanks within Chinese out, brackets left.
    Name,
    /// Several names in one field, joined with 、.
    Names,
    /// Identity number.
    Id,
    /// Code of one of these lists, by code, name or synonym.
    Code(Vec<String>),
    /// Day.
    Date {
        /// Must have come.
        past: bool,
    },
    /// First day of a span (2020-07-07至2023-07-07).
    SpanStart,
    /// Its last day.
    SpanEnd,
    /// Year.
    Year,
    /// Number.
    Number,
    /// Whole number, Chinese numerals too.
    Integer,
    /// Area in m², the unit written behind it or that of the field.
    Area(AreaUnit),
    /// Amount in yuan, positive; the unit of the field.
    Amount(AmountUnit),
    /// Certificate number.
    Certificate,
    /// 坐落: narrow, without blanks; gives its parts as well.
    Address,
    /// Number of a building (1幢, 二栋).
    Building,
    /// Share of a right.
    Share,
    /// Limits in free text.
    Limits,
}

/// Unit of an area field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaUnit {
    /// 平方米.
    SquareMetre,
    /// 亩, 2000/3 m².
    Mu,
    /// 公顷.
    Hectare,
}

/// Unit of an amount field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountUnit {
    /// 元.
    Yuan,
    /// 万元.
    TenThousand,
}

/// What a transform saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeenKind {
    /// A 15-digit identity number, completed to 18.
    Id15,
    /// An identity number that is none.
    IdChecksum,
    /// No identity number.
    IdMissing,
    /// No name.
    NameMissing,
    /// A value that is in no list.
    CodeInvalid,
    /// No number.
    NumberInvalid,
    /// An amount that isn't positive.
    AmountInvalid,
    /// No such date.
    DateInvalid,
    /// No certificate number.
    CertFormat,
    /// Names, numbers and shares don't pair up.
    HoldersUneven,
    /// A share that can't be read.
    ShareInvalid,
    /// A text read only in part.
    PartlyRead,
    /// The shape could not be read.
    GeometryInvalid,
    /// Worth telling, no defect.
    Remark,
}

impl SeenKind {
    /// The class word of `findings.csv`; `None` where it is no defect of the record.
    #[must_use]
    pub fn class(self) -> Option<&'static str> {
        Some(match self {
            Self::Id15 => "id15",
            Self::IdChecksum => "id_checksum",
            Self::IdMissing => "id_missing",
            Self::NameMissing => "name_missing",
            Self::CodeInvalid => "code_invalid",
            Self::NumberInvalid => "number_invalid",
            Self::AmountInvalid => "amount_invalid",
            Self::DateInvalid => "date_invalid",
            Self::CertFormat => "cert_format",
            Self::ShareInvalid => "share_sum",
            Self::HoldersUneven | Self::PartlyRead | Self::GeometryInvalid | Self::Remark => {
                return None;
            }
        })
    }

    /// The kind of note in the staging tables. What a rule sees in the value itself (a check
    /// digit, an empty name) is a remark there.
    #[must_use]
    pub fn note(self) -> NoteKind {
        match self {
            Self::Id15 => NoteKind::IdUpgraded,
            Self::CodeInvalid => NoteKind::CodeInvalid,
            Self::NumberInvalid => NoteKind::NumberInvalid,
            Self::AmountInvalid => NoteKind::AmountInvalid,
            Self::DateInvalid => NoteKind::DateInvalid,
            Self::HoldersUneven => NoteKind::HoldersUneven,
            Self::ShareInvalid => NoteKind::ShareInvalid,
            Self::PartlyRead => NoteKind::PartlyRead,
            Self::GeometryInvalid => NoteKind::GeometryInvalid,
            _ => NoteKind::Remark,
        }
    }
}

/// Something seen in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Standard field.
    pub field: String,
    /// Field of the source.
    pub source_field: String,
    /// What.
    pub kind: SeenKind,
    /// For people, in Chinese.
    pub text: String,
}

/// A value and what was seen; parts for further columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Value; empty: none.
    pub value: String,
    /// What was seen.
    pub seen: Vec<(SeenKind, String)>,
    /// Values of further columns (X_ROAD).
    pub parts: Vec<(&'static str, String)>,
}

impl Outcome {
    fn of(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..Self::default()
        }
    }

    fn with(mut self, kind: SeenKind, text: impl Into<String>) -> Self {
        self.seen.push((kind, text.into()));
        self
    }

    fn none(kind: SeenKind, text: impl Into<String>) -> Self {
        Self::default().with(kind, text)
    }
}

/// What a transform may look at beside the text.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Today, in Asia/Shanghai.
    pub today: NaiveDate,
    /// Synonyms of the source, by list; names as [`folded`].
    pub synonyms: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// Unit as a field of its own says it.
    pub unit: Option<&'a str>,
    /// 证件种类 code, where the record says it.
    pub id_kind: Option<&'a str>,
}

/// Half width, no blanks: how names of codes are compared.
#[must_use]
pub fn folded(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace()).collect()
}

fn tidy(written: &str) -> String {
    let narrow: String = written.nfkc().collect();
    narrow.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Transform {
    /// Names in mapping files, and what each does.
    pub const NAMES: [(&'static str, &'static str); 20] = [
        ("text", "文字：全角转半角，去掉首尾空格"),
        ("raw", "原样"),
        ("name", "姓名或名称：去掉中间空格"),
        ("names", "多个姓名：以顿号分开"),
        ("id", "证件号码：15 位升 18 位，核对校验位"),
        ("code", "字典代码：按代码、名称或同义词"),
        ("date", "日期"),
        ("span_start", "起止期限的起日"),
        ("span_end", "起止期限的止日"),
        ("year", "年份"),
        ("number", "数"),
        ("integer", "整数，含中文数字"),
        ("area", "面积，换算为平方米（unit = 平方米、亩、公顷）"),
        ("amount", "金额，换算为元（unit = 元、万元）"),
        ("certificate", "证号"),
        ("address", "坐落：分解为路、门牌、小区、幢、单元、层、室"),
        ("building", "幢号"),
        ("share", "份额"),
        ("limits", "限制情况原文"),
        ("past_date", "已发生的日期，不得晚于今天"),
    ];

    /// The transform of a name.
    pub(crate) fn named(
        name: &str,
        lists: Option<Vec<String>>,
        standard: Option<&FieldDef>,
    ) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "raw" => Self::Raw,
            "name" => Self::Name,
            "names" => Self::Names,
            "id" => Self::Id,
            "code" => Self::Code(lists.or_else(|| domain(standard)).unwrap_or_default()),
            "date" => Self::Date { past: false },
            "past_date" => Self::Date { past: true },
            "span_start" => Self::SpanStart,
            "span_end" => Self::SpanEnd,
            "year" => Self::Year,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "area" => Self::Area(AreaUnit::SquareMetre),
            "amount" => Self::Amount(AmountUnit::Yuan),
            "certificate" => Self::Certificate,
            "address" => Self::Address,
            "building" => Self::Building,
            "share" => Self::Share,
            "limits" => Self::Limits,
            _ => return None,
        })
    }

    /// Its name in mapping files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Raw => "raw",
            Self::Name => "name",
            Self::Names => "names",
            Self::Id => "id",
            Self::Code(_) => "code",
            Self::Date { past: false } => "date",
            Self::Date { past: true } => "past_date",
            Self::SpanStart => "span_start",
            Self::SpanEnd => "span_end",
            Self::Year => "year",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Area(_) => "area",
            Self::Amount(_) => "amount",
            Self::Certificate => "certificate",
            Self::Address => "address",
            Self::Building => "building",
            Self::Share => "share",
            Self::Limits => "limits",
        }
    }

    /// What suits a field of the standard when the mapping says nothing.
    #[must_use]
    pub fn of_standard(standard: Option<&FieldDef>) -> Self {
        let Some(field) = standard else {
            return Self::Text;
        };
        if let Some(lists) = domain(standard) {
            return Self::Code(lists);
        }
        let area = field.code.ends_with("MJ");
        match (field.code.as_str(), field.field_type) {
            ("QLRMC" | "TDSYQR", _) => Self::Name,
            ("DYR" | "YWR", _) => Self::Names,
            ("ZJH", _) => Self::Id,
            ("BDCQZH" | "BDCDJZMH", _) => Self::Certificate,
            ("ZL" | "FDZL", _) => Self::Address,
            ("QLBL", _) => Self::Share,
            ("DJSJ" | "JGSJ" | "JGRQ", _) => Self::Date { past: true },
            ("BDBZZQSE" | "ZGZQSE" | "FDCJYJG" | "QDJG", _) => {
                Self::Amount(AmountUnit::TenThousand)
            }
            (_, FieldType::Date | FieldType::DateTime) => Self::Date { past: false },
            (_, FieldType::Int) => Self::Integer,
            (_, FieldType::Float) if area => Self::Area(AreaUnit::SquareMetre),
            (_, FieldType::Float) => Self::Number,
            _ => Self::Text,
        }
    }

    /// With the options a mapping gives.
    pub(crate) fn with(self, unit: Option<&str>, past: bool) -> Self {
        match (self, unit) {
            (Self::Area(_), Some("亩")) => Self::Area(AreaUnit::Mu),
            (Self::Area(_), Some("公顷")) => Self::Area(AreaUnit::Hectare),
            (Self::Amount(_), Some("万元")) => Self::Amount(AmountUnit::TenThousand),
            (Self::Amount(_), Some("元")) => Self::Amount(AmountUnit::Yuan),
            (Self::Date { .. }, _) if past => Self::Date { past: true },
            (other, _) => other,
        }
    }

    /// Reads a text.
    #[must_use]
    pub fn apply(&self, written: &str, context: &Context<'_>) -> Outcome {
        let blank = text::squeeze(written).is_empty();
        match self {
            Self::Raw => Outcome::of(written),
            Self::Id => id(written, context),
            Self::Name if blank => Outcome::none(SeenKind::NameMissing, "没有填写名称"),
            Self::Certificate => read_certificate(written),
            _ if blank => Outcome::default(),
            Self::Text => Outcome::of(tidy(written)),
            Self::Name => Outcome::of(read_name(written)),
            Self::Names => Outcome::of(names(written)),
            Self::Code(lists) => code(written, lists, context),
            Self::Date { past } => read_date(written, *past, context.today),
            Self::SpanStart => span(written, |s| s.0),
            Self::SpanEnd => span(written, |s| s.1),
            Self::Year => year(written, context.today),
            Self::Number => match number::decimal(written) {
                Some(n) => Outcome::of(n.normalize().to_string()),
                None => Outcome::none(SeenKind::NumberInvalid, "不是数字"),
            },
            Self::Integer => match number::small_number(written)
                .map(i64::from)
                .or_else(|| integer(written))
            {
                Some(n) => Outcome::of(n.to_string()),
                None => Outcome::none(SeenKind::NumberInvalid, "不是整数"),
            },
            Self::Area(unit) => area(written, *unit, context.unit),
            Self::Amount(unit) => amount(written, *unit, context.unit),
            Self::Address => read_address(written),
            Self::Building => match address::building_number(written) {
                Some(n) => Outcome::of(n.to_string()),
                None => Outcome::of(tidy(written)),
            },
            Self::Share => share(written),
            Self::Limits => match limits::parse(written) {
                Ok(_) => Outcome::of(tidy(written)),
                Err(sentence) => Outcome::of(tidy(written)).with(
                    SeenKind::PartlyRead,
                    format!("限制情况“{sentence}”无法识别，请人工确认"),
                ),
            },
        }
    }
}

/// Lists a standard field takes its values from.
fn domain(standard: Option<&FieldDef>) -> Option<Vec<String>> {
    let domain = &standard?.value_domain;
    let lists: Vec<String> = domain
        .split(['|', '+'])
        .map(|l| l.trim().to_owned())
        .collect();
    (!domain.is_empty() && lists.iter().all(|l| codes::list(l).is_some())).then(|| {
        // The land uses of 2007 still stand in the books of most offices.
        let mut lists = lists;
        if lists.iter().any(|l| l == codes::LAND_USE) {
            lists.push(codes::LAND_USE_2007.to_owned());
        }
        lists
    })
}

/// A name as the register writes it; full-width letters and digits narrow, Chinese brackets stay.
#[must_use]
pub fn read_name(written: &str) -> String {
    let narrow: String = written
        .chars()
        .map(|c| match c {
            '（' | '）' | '，' | '；' | '：' => c,
            c => text::narrow(c.encode_utf8(&mut [0; 4]))
                .chars()
                .next()
                .unwrap_or(c),
        })
        .collect();
    text::holder_name(&narrow)
}

fn names(written: &str) -> String {
    written
        .split(['、', '，', ',', ';', '；'])
        .map(read_name)
        .filter(|n| !n.is_empty())
        .collect::<Vec<_>>()
        .join("、")
}

fn id(written: &str, context: &Context<'_>) -> Outcome {
    let number = holder::id_number(written);
    if number.is_empty() {
        return Outcome::none(SeenKind::IdMissing, "没有填写证件号码");
    }
    let kind = id_kind(&number, context.id_kind);
    match IdDocument::parse(kind, &number, context.today) {
        Ok(parsed) => {
            let outcome = Outcome::of(parsed.document.number);
            match parsed.upgraded_from {
                Some(_) => outcome.with(SeenKind::Id15, "15 位身份证号码，已按规则升为 18 位"),
                None => outcome,
            }
        }
        Err(error) => Outcome::of(number).with(SeenKind::IdChecksum, error.to_string()),
    }
}

/// The kind of a number: as told, where told; a business licence number of 18 characters is the
/// unified social credit code (国办发〔2015〕50号).
#[must_use]
pub fn id_kind(number: &str, told: Option<&str>) -> IdKind {
    match told.and_then(IdKind::from_code) {
        Some(IdKind::BusinessLicence) if number.len() == 18 => IdKind::UnifiedSocialCredit,
        Some(kind) => kind,
        None => guessed_kind(number),
    }
}

/// Without being told: a credit code has letters among its first seventeen characters or begins
/// with 9 (GB 32100: 9 工商), which no resident number does.
fn guessed_kind(number: &str) -> IdKind {
    let letters = number.chars().take(17).any(|c| c.is_ascii_alphabetic());
    if number.len() == 18 && (letters || number.starts_with('9')) {
        IdKind::UnifiedSocialCredit
    } else {
        IdKind::ResidentId
    }
}

fn code(written: &str, lists: &[String], context: &Context<'_>) -> Outcome {
    let name = folded(written);
    for list in lists {
        if let Some(code) = context.synonyms.get(list).and_then(|s| s.get(&name)) {
            return Outcome::of(code);
        }
        let Some(known) = codes::list(list) else {
            continue;
        };
        if known.contains(&name) {
            return Outcome::of(name);
        }
        let found = known.code_of(written.trim()).or_else(|| {
            known
                .items()
                .iter()
                .find(|i| folded(&i.name) == name || same_other(&i.name, &name))
                .map(|i| i.code.as_str())
        });
        if let Some(code) = found {
            return Outcome::of(code);
        }
    }
    let list = lists.first().map_or("", String::as_str);
    Outcome::none(
        SeenKind::CodeInvalid,
        format!("“{}”不在字典“{list}”内", written.trim()),
    )
}

/// 其他 and 其它 are one.
fn same_other(known: &str, written: &str) -> bool {
    written.contains("其他") && folded(known) == written.replace("其他", "其它")
        || written.contains("其它") && folded(known) == written.replace("其它", "其他")
}

fn read_date(written: &str, past: bool, today: NaiveDate) -> Outcome {
    let read = if past {
        date::parse_past(written, today)
    } else {
        date::parse(written)
    };
    match read {
        Ok(day) => Outcome::of(day.to_string()),
        Err(date::BadDate::Empty) => Outcome::default(),
        Err(error) => Outcome::none(SeenKind::DateInvalid, error.message()),
    }
}

fn span(written: &str, which: impl Fn((NaiveDate, NaiveDate)) -> NaiveDate) -> Outcome {
    match date::parse_span(written) {
        Ok(span) => Outcome::of(which(span).to_string()),
        Err(error) => Outcome::none(SeenKind::DateInvalid, format!("期限：{}", error.message())),
    }
}

fn year(written: &str, today: NaiveDate) -> Outcome {
    let squeezed = text::squeeze(written);
    let digits = squeezed.trim_end_matches(['年', '建', '竣', '工']);
    let year = digits
        .parse::<i32>()
        .ok()
        .filter(|y| (1900..=2200).contains(y) && digits.len() == 4);
    match year {
        Some(year) if chrono::Datelike::year(&today) >= year => Outcome::of(year.to_string()),
        Some(_) => Outcome::none(SeenKind::DateInvalid, "年份在今年之后"),
        // A whole date in a field for the year.
        None => read_date(written, true, today),
    }
}

fn integer(written: &str) -> Option<i64> {
    let n = number::decimal(written)?;
    n.fract()
        .is_zero()
        .then(|| i64::try_from(n.trunc().mantissa()).ok())?
        .filter(|_| n.scale() == 0 || n.fract().is_zero())
}

fn area(written: &str, unit: AreaUnit, told: Option<&str>) -> Outcome {
    let squeezed = folded(written);
    let (body, unit) = [
        ("公顷", AreaUnit::Hectare),
        ("ha", AreaUnit::Hectare),
        ("市亩", AreaUnit::Mu),
        ("亩", AreaUnit::Mu),
    ]
    .iter()
    .find_map(|(u, unit)| squeezed.strip_suffix(u).map(|b| (b.to_owned(), *unit)))
    .unwrap_or_else(|| {
        let unit = match told.map(folded).as_deref() {
            Some("亩" | "2") => AreaUnit::Mu,
            Some("公顷" | "3") => AreaUnit::Hectare,
            Some("平方米" | "m2" | "1") => AreaUnit::SquareMetre,
            _ => unit,
        };
        (squeezed.clone(), unit)
    });
    let plain = ["平方米", "平米", "m2", "M2"]
        .iter()
        .any(|u| body.ends_with(u));
    let Some(value) = number::area(&body) else {
        return Outcome::none(SeenKind::NumberInvalid, "面积不是数字");
    };
    let metres = match unit {
        _ if plain => Some(value),
        AreaUnit::SquareMetre => Some(value),
        // 1 亩 = 2000/3 m².
        AreaUnit::Mu => value
            .checked_mul(Decimal::from(2_000))
            .map(|v| (v / Decimal::from(3)).round_dp(4)),
        AreaUnit::Hectare => value.checked_mul(Decimal::from(10_000)),
    };
    match metres {
        Some(metres) => Outcome::of(metres.normalize().to_string()),
        None => Outcome::none(SeenKind::NumberInvalid, "面积过大"),
    }
}

fn amount(written: &str, unit: AmountUnit, told: Option<&str>) -> Outcome {
    let squeezed = folded(written);
    let (body, behind) = ["万元", "元", "万"]
        .iter()
        .find_map(|u| squeezed.strip_suffix(u).map(|b| (b, Some(*u))))
        .unwrap_or((squeezed.as_str(), None));
    let unit = behind
        .or(told.filter(|t| !text::squeeze(t).is_empty()))
        .unwrap_or(match unit {
            AmountUnit::Yuan => "元",
            AmountUnit::TenThousand => "万元",
        });
    let body = body.trim_start_matches(['¥', '￥']);
    match number::yuan(body, unit) {
        Some(value) if value > Decimal::ZERO => Outcome::of(value.to_string()),
        Some(value) => Outcome::of(value.to_string()).with(SeenKind::AmountInvalid, "金额不大于零"),
        None if number::decimal(body).is_some() => {
            Outcome::none(SeenKind::NumberInvalid, format!("金额单位“{unit}”无法识别"))
        }
        None => Outcome::none(SeenKind::NumberInvalid, "金额不是数字"),
    }
}

fn read_certificate(written: &str) -> Outcome {
    let value = Outcome::of(written.trim());
    if certificate::is_number(written) {
        value
    } else {
        value.with(SeenKind::CertFormat, "没有完整的证号")
    }
}

fn read_address(written: &str) -> Outcome {
    let squeezed = text::squeeze(written);
    let read = address::parse(&squeezed);
    let mut outcome = Outcome::of(squeezed);
    let mut part = |code, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            outcome.parts.push((code, value));
        }
    };
    use dengbu_staging::extension as x;
    part(x::DISTRICT, read.district);
    if let Some((road, gate)) = read.road.as_deref().and_then(road_and_gate) {
        part(x::ROAD, Some(road));
        part(x::GATE, Some(gate));
    }
    part(x::ESTATE, Some(read.project));
    part(x::BLOCK, read.building.map(|n| n.to_string()));
    if let Some(place) = read.place {
        part(x::UNIT, Some(place.entrance.to_string()));
        part(x::STOREY, Some(place.storey.to_string()));
        part(x::ROOM, Some(place.room.to_string()));
    }
    outcome
}

/// 炳草岗大街74号 → 炳草岗大街, 74.
fn road_and_gate(road: &str) -> Option<(String, String)> {
    let body = road.strip_suffix('号')?;
    let digits = body.chars().rev().take_while(char::is_ascii_digit).count();
    let (name, gate) = body.split_at(body.len() - digits);
    Some((name.to_owned(), gate.to_owned()))
}

fn share(written: &str) -> Outcome {
    let narrow = text::squeeze(written);
    if dengbu_model::quantity::Share::parse(&narrow).is_ok() {
        return Outcome::of(narrow);
    }
    Outcome::of(narrow.clone()).with(SeenKind::ShareInvalid, format!("份额“{narrow}”无法识别"))
}
