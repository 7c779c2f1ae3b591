//! Holders with identity numbers, and how these go wrong.

use chrono::Datelike;

use crate::dice::Dice;
use crate::names;

/// A holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Full name.
    pub name: String,
    /// 18 characters.
    pub id: String,
    /// Organisation.
    pub company: bool,
    /// Hundredths.
    pub share: u32,
}

const AREAS: [&str; 8] = [
    "510402", "510403", "510411", "510421", "510422", "510104", "533223", "510411",
];

/// Check character of an identity number (GB 11643).
fn check(digits: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .chars()
        .zip(WEIGHTS)
        .map(|(c, w)| c.to_digit(10).unwrap_or(0) * w)
        .sum();
    "10X98765432"
        .chars()
        .nth((sum % 11) as usize)
        .unwrap_or('1')
}

fn citizen(dice: &mut Dice) -> Holder {
    let born = dice.day(1945, 2003);
    let digits = format!(
        "{}{:04}{:02}{:02}{:03}",
        dice.pick(&AREAS),
        born.year(),
        born.month(),
        born.day(),
        dice.between(1, 999)
    );
    Holder {
        name: names::person(dice),
        id: format!("{digits}{}", check(&digits)),
        company: false,
        share: 100,
    }
}

/// Check character of a unified social credit code (GB 32100).
fn company(dice: &mut Dice) -> Holder {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [u32; 17] = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    let mut code = String::from("91510400");
    for _ in 0..8 {
        code.push(char::from(ALPHABET.as_bytes()[dice.below(31) as usize]));
    }
    // 9th character of the organisation code (GB 11714).
    let value = |c: char| match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        _ => u32::from(c) - u32::from('A') + 10,
    };
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = code
        .chars()
        .skip(8)
        .zip(weights)
        .map(|(c, w)| value(c) * w)
        .sum();
    code.push(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from_digit(n, 10).unwrap_or('0'),
    });
    let place = |c: char| u32::try_from(ALPHABET.find(c).unwrap_or(0)).unwrap_or(0);
    let sum: u32 = code.chars().zip(WEIGHTS).map(|(c, w)| place(c) * w).sum();
    code.push(char::from(
        ALPHABET.as_bytes()[((31 - sum % 31) % 31) as usize],
    ));
    Holder {
        name: names::company(dice),
        id: code,
        company: true,
        share: 100,
    }
}

/// The holders of one right.
pub fn holders(dice: &mut Dice) -> Vec<Holder> {
    let roll = dice.part();
    if roll < 0.03 {
        return vec![company(dice)];
    }
    let shares: &[u32] = match roll {
        r if r < 0.60 => &[100],
        r if r < 0.955 => &[50, 50],
        _ => &[40, 30, 30],
    };
    shares
        .iter()
        .map(|share| Holder {
            share: *share,
            ..citizen(dice)
        })
        .collect()
}

/// Whether the right is held by shares (按份共有).
pub fn by_shares(holders: &[Holder]) -> bool {
    holders.len() > 2
}

/// How an identity number went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdFault {
    /// The old 15 digits.
    Short,
    /// Wrong check character.
    Checksum,
    /// Not written.
    Missing,
}

impl IdFault {
    /// Class word.
    pub fn class(self) -> &'static str {
        match self {
            Self::Short => "id15",
            Self::Checksum => "id_checksum",
            Self::Missing => "id_missing",
        }
    }

    /// What is written instead; `None` where this holder can't have the fault.
    pub fn spoil(self, holder: &Holder) -> Option<String> {
        match self {
            Self::Missing => Some(String::new()),
            _ if holder.company => None,
            Self::Short if !holder.id[6..].starts_with("19") => None,
            Self::Short => Some(format!("{}{}", &holder.id[..6], &holder.id[8..17])),
            Self::Checksum => {
                let right = holder.id.chars().last().unwrap_or('0');
                let wrong = if right == '0' { '1' } else { '0' };
                Some(format!("{}{wrong}", &holder.id[..17]))
            }
        }
    }
}

/// Which fault, if any, one of the holders' numbers has.
pub fn id_fault(dice: &mut Dice, times: f64) -> Option<IdFault> {
    let roll = dice.part();
    let (short, wrong, none) = (0.027 * times, 0.018 * times, 0.012 * times);
    match roll {
        r if r < short => Some(IdFault::Short),
        r if r < short + wrong => Some(IdFault::Checksum),
        r if r < short + wrong + none => Some(IdFault::Missing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_characters_of_known_numbers() {
        assert_eq!(check("11010519491231002"), 'X');
        assert_eq!(check("53322319570911350"), 'X');
    }
}
