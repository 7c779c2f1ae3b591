//! The part of a font that a document carries.
//!
//! The crate `subsetter` leaves out `cmap`, `OS/2` and `name`, which PDF does not need; OFD
//! readers map characters to glyphs by `cmap` and show nothing, or another font, without it. They
//! are put back here, so one subset serves both formats.

use std::collections::{BTreeMap, BTreeSet};

use subsetter::GlyphRemapper;

use crate::document::Document;
use crate::fonts::{Face, FaceId, FontError, Fonts};

/// A part of a font.
#[derive(Debug, Clone, PartialEq)]
pub struct Subset {
    /// Of which font.
    pub face: FaceId,
    /// The characters with their glyphs in the subset, ascending.
    pub glyphs: Vec<(char, u16)>,
    /// Advance of each glyph of the subset, in thousandths of the em, from glyph 0.
    pub widths: Vec<f64>,
    /// Height above and depth below the baseline as parts of the em.
    pub extent: (f64, f64),
    /// The font file: TrueType with `cmap`, `OS/2` and `name`.
    pub bytes: Vec<u8>,
}

impl Subset {
    /// Glyph of a character in the subset.
    #[must_use]
    pub fn glyph(&self, c: char) -> Option<u16> {
        let at = self.glyphs.binary_search_by_key(&c, |(c, _)| *c).ok()?;
        self.glyphs.get(at).map(|(_, glyph)| *glyph)
    }

    /// The part of `face` with these characters.
    ///
    /// # Errors
    /// The font lacks one of them, or cannot be cut.
    pub fn cut(face: &Face, characters: &BTreeSet<char>) -> Result<Subset, FontError> {
        let mut map = GlyphRemapper::new();
        let mut glyphs = Vec::with_capacity(characters.len());
        let mut widths = vec![face.advance(0) * 1000.0];
        for c in characters {
            let old = face.glyph(*c).ok_or_else(|| FontError::Missing(vec![*c]))?;
            let new = map.remap(old);
            if usize::from(new) == widths.len() {
                widths.push(face.advance(old) * 1000.0);
            }
            glyphs.push((*c, new));
        }
        let broken = |why: String| FontError::Broken(face.id().name(), why);
        let cut = subsetter::subset(face.data(), 0, &map).map_err(|e| broken(e.to_string()))?;
        let mut tables = tables(&cut).ok_or_else(|| broken("table directory".to_owned()))?;
        let cmap = cmap(&glyphs);
        let name = name(face.id().name());
        let os2 = original_table(face.data(), *b"OS/2");
        tables.insert(*b"cmap", &cmap);
        tables.insert(*b"name", &name);
        if let Some(os2) = os2 {
            tables.insert(*b"OS/2", os2);
        }
        Ok(Subset {
            face: face.id(),
            bytes: assemble(&tables),
            glyphs,
            widths,
            extent: (face.ascent(), face.descent()),
        })
    }
}

/// The parts of all fonts that a document uses, by font.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subsets {
    each: Vec<Subset>,
}

impl Subsets {
    /// What `document` needs.
    ///
    /// # Errors
    /// A run has a character that its font lacks.
    pub fn of(document: &Document, fonts: &Fonts) -> Result<Subsets, FontError> {
        let mut used: BTreeMap<FaceId, BTreeSet<char>> = BTreeMap::new();
        for run in document.runs() {
            used.entry(run.face).or_default().extend(run.text.chars());
        }
        let each = used
            .into_iter()
            .map(|(id, characters)| {
                let face = fonts
                    .face(id)
                    .ok_or_else(|| FontError::Missing(characters.iter().copied().collect()))?;
                Subset::cut(face, &characters)
            })
            .collect::<Result<_, _>>()?;
        Ok(Subsets { each })
    }

    /// Each of them, ascending by font.
    #[must_use]
    pub fn each(&self) -> &[Subset] {
        &self.each
    }

    /// That of one font.
    #[must_use]
    pub fn get(&self, face: FaceId) -> Option<&Subset> {
        self.each.iter().find(|subset| subset.face == face)
    }
}

type Tag = [u8; 4];

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

/// Tables of a font file by tag.
fn tables(data: &[u8]) -> Option<BTreeMap<Tag, &[u8]>> {
    let count = usize::from(u16_at(data, 4)?);
    (0..count)
        .map(|n| {
            let at = 12 + n * 16;
            let tag: Tag = data.get(at..at + 4)?.try_into().ok()?;
            let (from, length) = (u32_at(data, at + 8)?, u32_at(data, at + 12)?);
            let table = data.get(from as usize..from as usize + length as usize)?;
            Some((tag, table))
        })
        .collect()
}

fn original_table(data: &[u8], tag: Tag) -> Option<&[u8]> {
    tables(data)?.get(&tag).copied()
}

/// Characters that follow each other with glyphs that do too: first, last, first glyph.
fn groups(glyphs: &[(char, u16)]) -> Vec<(u32, u32, u16)> {
    let mut out: Vec<(u32, u32, u16)> = Vec::new();
    for (c, glyph) in glyphs {
        let code = u32::from(*c);
        match out.last_mut() {
            Some((first, last, from))
                if *last + 1 == code
                    && u32::from(*from) + (code - *first) == u32::from(*glyph)
                    && (code > 0xffff) == (*first > 0xffff) =>
            {
                *last = code;
            }
            _ => out.push((code, code, *glyph)),
        }
    }
    out
}

/// A `cmap` with format 4 for the first plane and format 12 for all.
fn cmap(glyphs: &[(char, u16)]) -> Vec<u8> {
    let groups = groups(glyphs);
    let (four, twelve) = (format_4(&groups), format_12(&groups));
    let mut out = Vec::with_capacity(four.len() + twelve.len() + 20);
    put16(&mut out, &[0, 2, 3, 1]);
    put32(&mut out, &[20]);
    put16(&mut out, &[3, 10]);
    put32(&mut out, &[20 + four.len()]);
    out.extend(four);
    out.extend(twelve);
    out
}

fn format_4(groups: &[(u32, u32, u16)]) -> Vec<u8> {
    let mut segments: Vec<(u16, u16, u16)> = groups
        .iter()
        .filter_map(|(first, last, glyph)| {
            let (first, last) = (u16::try_from(*first).ok()?, u16::try_from(*last).ok()?);
            Some((first, last, glyph.wrapping_sub(first)))
        })
        .collect();
    segments.push((0xffff, 0xffff, 1));
    let n = segments.len();
    let log = n.ilog2();
    let range = 2usize << log;
    let mut out = Vec::with_capacity(16 + n * 8);
    put16(&mut out, &[4, 16 + n * 8, 0, n * 2]);
    put16(&mut out, &[range, log as usize, n * 2 - range]);
    let column = |f: fn(&(u16, u16, u16)) -> u16| -> Vec<usize> {
        segments.iter().map(|s| usize::from(f(s))).collect()
    };
    put16(&mut out, &column(|s| s.1));
    put16(&mut out, &[0]);
    put16(&mut out, &column(|s| s.0));
    put16(&mut out, &column(|s| s.2));
    put16(&mut out, &vec![0; n]);
    out
}

fn format_12(groups: &[(u32, u32, u16)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + groups.len() * 12);
    put16(&mut out, &[12, 0]);
    put32(&mut out, &[16 + groups.len() * 12, 0, groups.len()]);
    for (first, last, glyph) in groups {
        put32(
            &mut out,
            &[*first as usize, *last as usize, usize::from(*glyph)],
        );
    }
    out
}

/// A `name` table with family, style, full and PostScript name.
fn name(family: &str) -> Vec<u8> {
    let texts = [(1, family), (2, "Regular"), (4, family), (6, family)];
    let (mut records, mut strings) = (Vec::new(), Vec::new());
    for (id, text) in texts {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        put16(&mut records, &[3, 1, 0x409, id, utf16.len(), strings.len()]);
        strings.extend(utf16);
    }
    let mut out = Vec::new();
    put16(&mut out, &[0, texts.len(), 6 + records.len()]);
    out.extend(records);
    out.extend(strings);
    out
}

/// Numbers that are known to fit: sizes of tables of at most 65,535 glyphs.
fn put16(out: &mut Vec<u8>, numbers: &[usize]) {
    for number in numbers {
        out.extend((*number as u16).to_be_bytes());
    }
}

fn put32(out: &mut Vec<u8>, numbers: &[usize]) {
    for number in numbers {
        out.extend((*number as u32).to_be_bytes());
    }
}

fn checksum(data: &[u8]) -> u32 {
    data.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// A font file of these tables with right checksums.
fn assemble(tables: &BTreeMap<Tag, &[u8]>) -> Vec<u8> {
    let n = tables.len();
    let log = n.ilog2();
    let range = 16usize << log;
    let mut head = Vec::with_capacity(12 + n * 16);
    put32(&mut head, &[0x0001_0000]);
    put16(&mut head, &[n, range, log as usize, n * 16 - range]);
    let mut body = Vec::new();
    let mut head_at = None;
    for (tag, table) in tables {
        let from = 12 + n * 16 + body.len();
        let is_head = tag == b"head" && table.len() >= 12;
        let mut copy = table.to_vec();
        if is_head {
            copy[8..12].fill(0);
            head_at = Some(from);
        }
        head.extend(tag);
        put32(&mut head, &[checksum(&copy) as usize, from, copy.len()]);
        body.extend(copy);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut out = head;
    out.extend(body);
    if let Some(at) = head_at {
        let adjustment = 0xb1b0_afba_u32.wrapping_sub(checksum(&out));
        out[at + 8..at + 12].copy_from_slice(&adjustment.to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Subset {
        let fonts = Fonts::shared().unwrap();
        let face = fonts.face(FaceId::KAI).unwrap();
        Subset::cut(face, &text.chars().collect()).unwrap()
    }

    #[test]
    fn a_subset_is_a_font_with_all_its_characters_and_the_original_widths() {
        let text = "不动产权证书（电子）ABC 0123456789攀枝花";
        let subset = cut(text);
        let face = ttf_parser::Face::parse(&subset.bytes, 0).unwrap();
        let fonts = Fonts::shared().unwrap();
        for c in text.chars() {
            let glyph = face.glyph_index(c).unwrap();
            assert_eq!(subset.glyph(c), Some(glyph.0));
            let advance = f64::from(face.glyph_hor_advance(glyph).unwrap());
            assert_eq!(advance / 1000.0, fonts.width(&c.to_string(), 1.0).unwrap());
            assert_eq!(subset.widths[usize::from(glyph.0)], advance);
        }
        assert!(face.glyph_index('产').is_some());
        assert_eq!(face.glyph_index('甲'), None);
        assert_eq!(checksum(&subset.bytes), 0xb1b0_afba);
        assert!(subset.bytes.len() < 20_000, "{}", subset.bytes.len());
        assert_eq!(subset, cut(text), "the same cut twice");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_characters_are_found_again(picks in proptest::collection::btree_set(0x4e00u32..0x9fa5, 1..120)) {
            let text: String = picks.iter().filter_map(|c| char::from_u32(*c)).collect();
            let subset = cut(&text);
            let face = ttf_parser::Face::parse(&subset.bytes, 0).unwrap();
            for c in text.chars() {
                prop_assert_eq!(face.glyph_index(c).map(|g| g.0), subset.glyph(c));
            }
        }
    }
}
