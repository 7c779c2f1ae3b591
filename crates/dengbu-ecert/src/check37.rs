//! The check character of identifiers of electronic certificates: ISO/IEC 7064 MOD 37,36
//! (hybrid system, digits and capital letters), as GB/T 36904-2018 电子证照 标识规范 prescribes.

/// The alphabet: the place of a character is its value.
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        _ => None,
    }
}

/// The check character of a text; none when it holds anything but digits and capital letters.
#[must_use]
pub fn check_character(text: &str) -> Option<char> {
    let mut product = 36_u32;
    for byte in text.bytes() {
        let mut sum = (product + value(byte)?) % 36;
        if sum == 0 {
            sum = 36;
        }
        product = sum * 2 % 37;
    }
    let at = (37 - product) % 36;
    usize::try_from(at)
        .ok()
        .and_then(|i| ALPHABET.get(i))
        .map(|b| char::from(*b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_identifiers_have_the_computed_check() {
        // identifiers found in public documents, dots and root left out
        for (text, check) in [
            ("11100000000013338W01111430000006122244L20230000403001", 'U'),
            ("11100000000013338W00911330105002500287C2025052201002", '0'),
            ("11100000000013338W03211220000013544541J2430599001", 'F'),
            ("11100000MB03271699022340100000000016001", '9'),
            ("11100000MB03271699022510400000000001001", 'Y'),
            ("11100000MB03271699001510400000000001001", 'P'),
        ] {
            assert_eq!(check_character(text), Some(check), "{text}");
        }
        assert_eq!(check_character("11100000MB03271699-"), None);
        assert_eq!(check_character("ａ"), None);
    }

    proptest! {
        #[test]
        fn one_changed_character_is_always_caught(text in "[0-9A-Z]{1,60}", at in 0_usize..60, by in 1_usize..36) {
            let at = at % text.len();
            let mut bytes = text.clone().into_bytes();
            let old = ALPHABET.iter().position(|b| *b == bytes[at]).unwrap();
            bytes[at] = ALPHABET[(old + by) % 36];
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert_ne!(check_character(&text), check_character(&changed));
        }
    }
}
