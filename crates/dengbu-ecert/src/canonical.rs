//! The bytes of a certificate's content that are hashed, and the two digests made of them.
//!
//! UTF-8 in normal form C (Unicode Standard Annex 15), one line `code=value` per face field that
//! has a value, in the order of [`crate::metadata::fields`]; in a value `\` is written `\\` and a
//! line end `\n`. No floating point, no local formats: values are as printed.

use sm3::{Digest, Sm3};
use unicode_normalization::UnicodeNormalization;

use crate::content::Content;
use crate::holder::names;
use crate::metadata;

/// The canonical bytes of a content.
#[must_use]
pub fn bytes(content: &Content) -> Vec<u8> {
    let mut out = String::new();
    for field in metadata::fields().iter().filter(|f| f.face) {
        if let Some(value) = metadata::value(content, &field.code) {
            out.push_str(&field.code);
            out.push('=');
            for c in value.nfc() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\n' => out.push_str("\\n"),
                    c => out.push(c),
                }
            }
            out.push('\n');
        }
    }
    out.into_bytes()
}

/// SM3 (GB/T 32905-2016) of the canonical bytes.
#[must_use]
pub fn face_hash(content: &Content) -> [u8; 32] {
    sm3(&bytes(content))
}

/// The digest by which a checker without network confirms the names that he reads on the paper:
/// SM3 of the number and the holders' names, both without blanks and in half width where there is
/// one, each on a line.
#[must_use]
pub fn holder_hash(number: &str, names: &str) -> [u8; 32] {
    sm3(format!("{}\n{}\n", plain(number), plain(names)).as_bytes())
}

/// [`holder_hash`] of a content.
#[must_use]
pub fn holder_hash_of(content: &Content) -> [u8; 32] {
    holder_hash(&content.head().number, &names(content.holders()))
}

/// As a person may have typed it and as it stands in the register: the same text.
fn plain(text: &str) -> String {
    text.nfc()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            // a list of names, however its members are separated
            ',' | '，' => '、',
            // full-width forms (U+FF01 to U+FF5E) are those of ASCII, 0xFEE0 further on
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect()
}

fn sm3(bytes: &[u8]) -> [u8; 32] {
    Sm3::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::TitleCertificate;
    use crate::content::tests::{holding, proof, title};

    fn with(change: impl FnOnce(&mut TitleCertificate)) -> Content {
        let Content::Title(mut t) = title() else {
            unreachable!()
        };
        change(&mut t);
        Content::Title(t)
    }

    #[test]
    fn the_bytes_of_a_title_are_what_they_were() {
        // every digest issued so far depends on these bytes: a change here needs a new format of
        // the printed code
        let text = String::from_utf8(bytes(&title())).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "ZZMC=不动产权证书");
        assert_eq!(lines[1], "ZZLXDM=11100000MB03271699001");
        assert_eq!(lines[2], "ZZBH=川(2026)攀枝花市不动产权第0000001号");
        assert_eq!(lines[7], "CZZT=张示例、李示例");
        assert!(lines.contains(&"KZ_FJ=原证已收回。"));
        assert!(lines.contains(&"KZ_BDCDYH=510402001003GB00012F00030027"));
        assert_eq!(lines.len(), 24);
    }

    #[test]
    fn line_ends_cannot_make_another_field() {
        let a = with(|t| t.remarks = "甲\nKZ_YWH=1".to_owned());
        let text = String::from_utf8(bytes(&a)).unwrap();
        assert!(text.contains("KZ_FJ=甲\\nKZ_YWH=1\n"));
        let b = with(|t| t.remarks = "甲\\nKZ_YWH=1".to_owned());
        assert_ne!(face_hash(&a), face_hash(&b));
    }

    #[test]
    fn names_count_however_they_are_typed() {
        let a = holder_hash("川(2026)攀枝花市不动产权第0000001号", "张示例、李示例");
        let b = holder_hash("川（2026）攀枝花市不动产权第0000001号 ", "张示例，李示例");
        assert_eq!(a, b);
        assert_eq!(a, holder_hash_of(&title()));
        assert_ne!(
            a,
            holder_hash("川(2026)攀枝花市不动产权第0000001号", "张示例")
        );
    }

    #[test]
    fn kinds_differ() {
        let all = [title(), proof(), holding()].map(|c| face_hash(&c));
        assert!(all[0] != all[1] && all[1] != all[2]);
    }

    proptest! {
        /// Another value of any face field gives another digest.
        #[test]
        fn no_change_goes_unseen(which in 0_usize..6, old in "\\PC{1,20}", new in "\\PC{1,20}") {
            prop_assume!(old.trim().nfc().ne(new.trim().nfc()));
            let set = |text: &str| with(|t| {
                let text = text.to_owned();
                match which {
                    0 => t.remarks = text,
                    1 => t.other_conditions = text,
                    2 => t.holders[0].name = text,
                    3 => t.units[0].address = text,
                    4 => t.units[0].area = text,
                    _ => t.head.number = text,
                }
            });
            prop_assume!(old.nfc().ne(new.nfc()));
            prop_assert_ne!(face_hash(&set(&old)), face_hash(&set(&new)));
        }
    }
}
