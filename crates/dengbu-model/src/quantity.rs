//! Areas, money and shares: exact, never floating point.

use std::fmt;

use rust_decimal::Decimal;

use crate::half_width::{compact, half_width};
use crate::text_newtype::text_newtype;

/// Why a text is no quantity, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QuantityError(pub String);

/// An area in m² (面积, MJ), above zero, four decimals at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Area(Decimal);

impl Area {
    /// Takes a figure in m².
    ///
    /// # Errors
    /// [`QuantityError`] when it is not above zero, beyond ten thousand km² or too fine.
    pub fn new(value: Decimal) -> Result<Self, QuantityError> {
        if value <= Decimal::ZERO {
            return Err(QuantityError("面积必须大于 0 平方米".to_owned()));
        }
        if value.normalize().scale() > 4 {
            return Err(QuantityError("面积最多保留 4 位小数".to_owned()));
        }
        if value > Decimal::from(10_000_000_000_u64) {
            return Err(QuantityError("面积超出范围，单位应为平方米".to_owned()));
        }
        Ok(Self(value.normalize()))
    }

    /// Reads a figure in m².
    ///
    /// # Errors
    /// [`QuantityError`].
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        Self::new(decimal(text, "面积应为数字（平方米），例如 98.76")?)
    }

    /// The figure in m².
    #[must_use]
    pub fn value(self) -> Decimal {
        self.0
    }

    fn text(&self) -> String {
        if self.0.scale() <= 2 {
            format!("{:.2}", self.0)
        } else {
            self.0.to_string()
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// An amount in yuan (金额), not below zero, whole fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

impl Money {
    /// Takes an amount in yuan.
    ///
    /// # Errors
    /// [`QuantityError`] when it is below zero, finer than fen or beyond a trillion.
    pub fn new(yuan: Decimal) -> Result<Self, QuantityError> {
        // minus zero is zero: one amount has one writing
        let yuan = if yuan.is_zero() { Decimal::ZERO } else { yuan };
        if yuan < Decimal::ZERO {
            return Err(QuantityError("金额不能小于 0 元".to_owned()));
        }
        if yuan.normalize().scale() > 2 {
            return Err(QuantityError("金额最多保留到分（2 位小数）".to_owned()));
        }
        if yuan >= Decimal::from(1_000_000_000_000_u64) {
            return Err(QuantityError("金额超出范围，单位应为元".to_owned()));
        }
        Ok(Self(yuan.normalize()))
    }

    /// Reads an amount in yuan; thousands may be set off by commas.
    ///
    /// # Errors
    /// [`QuantityError`].
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        Self::new(decimal(text, "金额应为数字（元），例如 800000.00")?)
    }

    /// Takes an amount in ten thousand yuan (万元).
    ///
    /// # Errors
    /// [`QuantityError`].
    pub fn from_wan(wan: Decimal) -> Result<Self, QuantityError> {
        let yuan = wan
            .checked_mul(Decimal::from(10_000))
            .ok_or_else(|| QuantityError("金额超出范围".to_owned()))?;
        Self::new(yuan)
    }

    /// The amount in yuan.
    #[must_use]
    pub fn yuan(self) -> Decimal {
        self.0
    }

    /// True above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// With thousands set off: `800,000.00`.
    #[must_use]
    pub fn grouped(self) -> String {
        let text = format!("{:.2}", self.0);
        let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
        let mut out = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                out.push(',');
            }
            out.push(c);
        }
        format!("{out}.{cents}")
    }

    /// In capital Chinese numerals (大写), as on contracts: 捌拾万元整.
    #[must_use]
    pub fn chinese_capital(self) -> String {
        let text = format!("{:.2}", self.0);
        let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
        let digit = |c: char| c.to_digit(10).unwrap_or(0);
        let (jiao, fen) = (
            cents.chars().next().map_or(0, digit),
            cents.chars().nth(1).map_or(0, digit),
        );
        let whole = capital_whole(whole);
        let mut out = String::new();
        if !whole.is_empty() {
            out.push_str(&whole);
            out.push('元');
        }
        if jiao == 0 && fen == 0 {
            out.push_str(if whole.is_empty() { "零元整" } else { "整" });
            return out;
        }
        if jiao > 0 {
            out.push(CAPITALS[jiao as usize]);
            out.push('角');
        } else if !whole.is_empty() {
            out.push('零');
        }
        if fen > 0 {
            out.push(CAPITALS[fen as usize]);
            out.push('分');
        } else {
            out.push('整');
        }
        out
    }

    fn text(&self) -> String {
        format!("{:.2}", self.0)
    }
}

const CAPITALS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

fn capital_whole(digits: &str) -> String {
    let chars: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
    let mut out = String::new();
    let mut zero = false;
    let mut group_filled = false;
    for (i, d) in chars.iter().enumerate() {
        let place = chars.len() - 1 - i;
        if *d == 0 {
            zero = !out.is_empty();
        } else {
            if zero {
                out.push('零');
                zero = false;
            }
            out.push(CAPITALS[*d as usize]);
            out.push_str(["", "拾", "佰", "仟"][place % 4]);
            group_filled = true;
        }
        if place.is_multiple_of(4) && place > 0 {
            if group_filled {
                out.push_str(if place == 8 { "亿" } else { "万" });
            }
            group_filled = false;
        }
    }
    out
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// Reads a plain decimal; full width is mended, and commas may set off thousands.
/// A comma anywhere else is refused: `1,5` is no 15.
fn decimal(text: &str, otherwise: &str) -> Result<Decimal, QuantityError> {
    let plain: String = text.trim().chars().map(half_width).collect();
    let (sign, figure) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = match figure.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (figure, None),
    };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    let rest: Vec<&str> = groups.collect();
    let whole_ok = digits(first)
        && (rest.is_empty() || first.len() <= 3)
        && rest.iter().all(|g| g.len() == 3 && digits(g));
    let ok = plain.len() <= 40 && whole_ok && fraction.is_none_or(digits);
    ok.then(|| format!("{sign}{}", figure.replace(',', "")).parse().ok())
        .flatten()
        .ok_or_else(|| QuantityError(otherwise.to_owned()))
}

/// A share as an exact fraction above zero and at most one (份额, QLBL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share {
    numerator: u32,
    denominator: u32,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// A fraction, reduced.
    ///
    /// # Errors
    /// [`QuantityError`] when it is not above zero or above one.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, QuantityError> {
        if numerator == 0 || denominator == 0 || numerator > denominator {
            return Err(QuantityError(
                "份额应大于 0 且不超过 1，例如 1/2 或 50%".to_owned(),
            ));
        }
        let d = gcd(u128::from(numerator), u128::from(denominator));
        let reduce = |n: u32| u32::try_from(u128::from(n) / d).unwrap_or(n);
        Ok(Self {
            numerator: reduce(numerator),
            denominator: reduce(denominator),
        })
    }

    /// Reads `1/3`, `50%` or `0.5`.
    ///
    /// # Errors
    /// [`QuantityError`].
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let wrong = || QuantityError(format!("“{text}”不是有效份额，应为 1/2、50% 或 0.5 的形式"));
        let t = compact(text);
        if let Some((n, d)) = t.split_once('/') {
            let whole = |x: &str| -> Option<u32> {
                x.bytes()
                    .all(|b| b.is_ascii_digit())
                    .then(|| x.parse().ok())
                    .flatten()
            };
            let (n, d) = (whole(n).ok_or_else(wrong)?, whole(d).ok_or_else(wrong)?);
            return Self::new(n, d);
        }
        let (figure, unit) = match t.strip_suffix('%') {
            Some(f) => (f, 100_u64),
            None => (t.as_str(), 1),
        };
        if figure.contains(',') {
            return Err(wrong());
        }
        let value = decimal(figure, "").map_err(|_| wrong())?.normalize();
        if value.scale() > 6 || value <= Decimal::ZERO {
            return Err(wrong());
        }
        let scale = 10_u64.pow(value.scale());
        let numerator = u64::try_from(value.mantissa()).map_err(|_| wrong())?;
        let denominator = scale.checked_mul(unit).ok_or_else(wrong)?;
        let d = gcd(u128::from(numerator), u128::from(denominator));
        let part = |n: u64| u32::try_from(u128::from(n) / d).map_err(|_| wrong());
        Self::new(part(numerator)?, part(denominator)?)
    }

    /// Numerator of the reduced fraction.
    #[must_use]
    pub fn numerator(self) -> u32 {
        self.numerator
    }

    /// Denominator of the reduced fraction.
    #[must_use]
    pub fn denominator(self) -> u32 {
        self.denominator
    }

    /// The exact sum as a reduced fraction; none when it is too fine to be exact.
    #[must_use]
    pub fn sum(shares: impl IntoIterator<Item = Self>) -> Option<(u128, u128)> {
        shares.into_iter().try_fold((0_u128, 1_u128), |(n, d), s| {
            let (sn, sd) = (u128::from(s.numerator), u128::from(s.denominator));
            let num = n.checked_mul(sd)?.checked_add(sn.checked_mul(d)?)?;
            let den = d.checked_mul(sd)?;
            let g = gcd(num, den);
            Some((num / g, den / g))
        })
    }

    /// True when the shares are exactly one together.
    #[must_use]
    pub fn adds_to_one(shares: &[Self]) -> bool {
        Self::sum(shares.iter().copied()) == Some((1, 1))
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

text_newtype!(Area, text, "98.76", r"^[0-9]+\.[0-9]{2,4}$");
text_newtype!(Money, text, "800000.00", r"^[0-9]+\.[0-9]{2}$");
text_newtype!(Share, text, "1/2", r"^[0-9]+/[0-9]+$");

#[cfg(test)]
mod tests;
