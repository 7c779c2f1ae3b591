//! The fonts of the house and their metrics.
//!
//! Two are carried by the program (decision 0019): 登簿楷体, cut from LXGW WenKai, for nearly all
//! text, and 登簿僻字, cut from Hanazono Mincho A, for rare characters of names. A third, Hanazono
//! Mincho B with the rest of the supplementary planes, is read from the system when a character
//! asks for it. GB 18030-2022 demands rare characters of systems of the state.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::read::GzDecoder;

/// One of the fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId(u8);

impl FaceId {
    /// 登簿楷体.
    pub const KAI: FaceId = FaceId(0);
    /// 登簿僻字.
    pub const RARE: FaceId = FaceId(1);
    /// Hanazono Mincho B, if the system has it.
    pub const RARER: FaceId = FaceId(2);

    /// Name of the font in a document. Not the names that WenKai's licence reserves.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "DengbuKai",
            1 => "DengbuRare",
            _ => "DengbuRarer",
        }
    }

    /// 0, 1 or 2.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a font cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// No font has these characters.
    #[error("没有字体能显示：{}。{}", list(.0), advice(.0))]
    Missing(Vec<char>),
    /// A font's file is broken.
    #[error("字体 {0} 无法读取：{1}")]
    Broken(&'static str, String),
}

fn list(characters: &[char]) -> String {
    let each = characters.iter().map(|c| {
        let code = u32::from(*c);
        if c.is_control() || is_private(*c) {
            format!("U+{code:04X}")
        } else {
            format!("{c}（U+{code:04X}）")
        }
    });
    each.collect::<Vec<_>>().join("、")
}

fn advice(characters: &[char]) -> &'static str {
    if characters.iter().any(|c| is_private(*c)) {
        "自造字（私用区）须先换成国家标准编码的汉字"
    } else if characters.iter().any(|c| c.is_control()) {
        "请删去不可见的控制字符"
    } else {
        "请核对是否误录；确为生僻字的，请运维人员安装 Debian 软件包 fonts-hanazono"
    }
}

/// Private use areas: what stands there means something else on each machine.
fn is_private(c: char) -> bool {
    matches!(u32::from(c), 0xe000..=0xf8ff | 0xf_0000..=0x10_ffff)
}

/// One font in memory.
pub struct Face {
    id: FaceId,
    data: Vec<u8>,
    units: f64,
    ascent: f64,
    descent: f64,
    /// Glyph of each character of the first plane; 0 for none.
    first_plane: Vec<u16>,
    /// Characters beyond it with their glyphs, ascending.
    beyond: Vec<(u32, u16)>,
    /// Advance of each glyph in font units.
    advances: Vec<u16>,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Face({})", self.id.name())
    }
}

impl Face {
    fn read(id: FaceId, data: Vec<u8>) -> Result<Face, FontError> {
        let broken = |why: String| FontError::Broken(id.name(), why);
        let face = ttf_parser::Face::parse(&data, 0).map_err(|e| broken(e.to_string()))?;
        let cmap = face
            .tables()
            .cmap
            .ok_or_else(|| broken("no cmap".to_owned()))?;
        let mut first_plane = vec![0; 0x1_0000];
        let mut beyond = Vec::new();
        for subtable in cmap.subtables.into_iter().filter(|s| s.is_unicode()) {
            subtable.codepoints(|code| {
                let glyph = subtable.glyph_index(code).map_or(0, |glyph| glyph.0);
                match first_plane.get_mut(code as usize) {
                    Some(place) => *place = glyph,
                    None => beyond.push((code, glyph)),
                }
            });
        }
        beyond.sort_unstable();
        beyond.dedup_by_key(|(code, _)| *code);
        let advances = (0..face.number_of_glyphs())
            .map(|glyph| {
                face.glyph_hor_advance(ttf_parser::GlyphId(glyph))
                    .unwrap_or(0)
            })
            .collect();
        let units = f64::from(face.units_per_em());
        let (ascent, descent) = (
            f64::from(face.ascender()) / units,
            f64::from(face.descender()) / units,
        );
        Ok(Face {
            id,
            units,
            ascent,
            descent,
            first_plane,
            beyond,
            advances,
            data,
        })
    }

    /// Which font it is.
    #[must_use]
    pub fn id(&self) -> FaceId {
        self.id
    }

    /// The font's file.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Glyph of a character.
    #[must_use]
    pub fn glyph(&self, c: char) -> Option<u16> {
        let code = u32::from(c);
        if c.is_control() || is_private(c) {
            return None;
        }
        let glyph = match self.first_plane.get(code as usize) {
            Some(glyph) => *glyph,
            None => {
                let at = self.beyond.binary_search_by_key(&code, |(c, _)| *c).ok()?;
                self.beyond.get(at)?.1
            }
        };
        (glyph != 0).then_some(glyph)
    }

    /// Advance of a glyph, as a part of the em.
    #[must_use]
    pub fn advance(&self, glyph: u16) -> f64 {
        f64::from(self.advances.get(usize::from(glyph)).copied().unwrap_or(0)) / self.units
    }

    /// Height above the baseline, as a part of the em.
    #[must_use]
    pub fn ascent(&self) -> f64 {
        self.ascent
    }

    /// Depth below the baseline, as a part of the em; negative.
    #[must_use]
    pub fn descent(&self) -> f64 {
        self.descent
    }
}

/// A run of one font: the font, the characters, their advances in millimetres.
pub type Run = (FaceId, String, Vec<f64>);

/// The fonts.
#[derive(Debug)]
pub struct Fonts {
    carried: Vec<Face>,
    /// Where the third font may lie.
    places: Vec<PathBuf>,
    rarer: OnceLock<Option<Face>>,
}

static SHARED: OnceLock<Result<Fonts, FontError>> = OnceLock::new();

const KAI: &[u8] = include_bytes!("../data/dengbu-kai.ttf.gz");
const RARE: &[u8] = include_bytes!("../data/dengbu-rare.ttf.gz");
/// Where Debian's package `fonts-hanazono` puts it.
const RARER: &str = "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf";
/// A folder with `HanaMinB.ttf` in it, where the system has no such package.
const FOLDER: &str = "DENGBU_FONTS";

impl Fonts {
    /// The fonts of this process, unpacked on first use (about a tenth of a second). The third is
    /// looked for in the folder that `DENGBU_FONTS` names and where Debian puts it.
    ///
    /// # Errors
    /// A carried font is broken: the program was built wrongly.
    pub fn shared() -> Result<&'static Fonts, FontError> {
        let places = || {
            let own = std::env::var_os(FOLDER).map(|f| Path::new(&f).join("HanaMinB.ttf"));
            own.into_iter().chain([PathBuf::from(RARER)]).collect()
        };
        SHARED
            .get_or_init(|| Fonts::load(places()))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The carried fonts and the third from the first of `places` that has it.
    ///
    /// # Errors
    /// A carried font is broken.
    pub fn load(places: Vec<PathBuf>) -> Result<Fonts, FontError> {
        let carried = [(FaceId::KAI, KAI), (FaceId::RARE, RARE)]
            .into_iter()
            .map(|(id, packed)| Face::read(id, unpack(id, packed)?))
            .collect::<Result<_, _>>()?;
        Ok(Fonts {
            carried,
            places,
            rarer: OnceLock::new(),
        })
    }

    fn rarer(&self) -> Option<&Face> {
        let read = || {
            let data = self.places.iter().find_map(|p| std::fs::read(p).ok())?;
            Face::read(FaceId::RARER, data).ok()
        };
        self.rarer.get_or_init(read).as_ref()
    }

    /// A font by its number.
    #[must_use]
    pub fn face(&self, id: FaceId) -> Option<&Face> {
        self.carried.get(id.index()).or_else(|| self.rarer())
    }

    /// The font that has a character, and the glyph.
    #[must_use]
    pub fn find(&self, c: char) -> Option<(&Face, u16)> {
        let among = |face: &'_ Face| face.glyph(c);
        self.carried
            .iter()
            .find_map(|face| Some((face, among(face)?)))
            .or_else(|| {
                // only a character of the supplementary planes is worth reading 30 MB for
                (u32::from(c) > 0xffff && !is_private(c)).then_some(())?;
                let face = self.rarer()?;
                Some((face, among(face)?))
            })
    }

    /// The characters of `text` that no font has, each once.
    #[must_use]
    pub fn missing(&self, text: &str) -> Vec<char> {
        let missing: BTreeSet<char> = text.chars().filter(|c| self.find(*c).is_none()).collect();
        missing.into_iter().collect()
    }

    /// Width of a line in millimetres at `size` millimetres to the em.
    ///
    /// # Errors
    /// A character that no font has.
    pub fn width(&self, text: &str, size: f64) -> Result<f64, FontError> {
        let mut width = 0.0;
        for c in text.chars() {
            let Some((face, glyph)) = self.find(c) else {
                return Err(FontError::Missing(self.missing(text)));
            };
            width += face.advance(glyph) * size;
        }
        Ok(width)
    }

    /// A line as runs of one font each.
    ///
    /// # Errors
    /// A character that no font has.
    pub fn runs(&self, text: &str, size: f64) -> Result<Vec<Run>, FontError> {
        let mut runs: Vec<Run> = Vec::new();
        for c in text.chars() {
            let Some((face, glyph)) = self.find(c) else {
                return Err(FontError::Missing(self.missing(text)));
            };
            let advance = face.advance(glyph) * size;
            match runs.last_mut() {
                Some((id, text, advances)) if *id == face.id => {
                    text.push(c);
                    advances.push(advance);
                }
                _ => runs.push((face.id, c.to_string(), vec![advance])),
            }
        }
        Ok(runs)
    }
}

fn unpack(id: FaceId, packed: &[u8]) -> Result<Vec<u8>, FontError> {
    let mut data = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut data)
        .map_err(|e| FontError::Broken(id.name(), e.to_string()))?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_one_run_of_the_main_font() {
        let fonts = Fonts::shared().unwrap();
        let runs = fonts
            .runs("川（2026）攀枝花市不动产权第0000010号 ㎡", 4.0)
            .unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].0, FaceId::KAI);
        assert_eq!(runs[0].2[0], 4.0, "a Chinese character is an em wide");
        assert_eq!(fonts.width("攀枝花", 4.0).unwrap(), 12.0);
    }

    #[test]
    fn a_rare_character_of_a_name_comes_from_the_second_font() {
        let fonts = Fonts::shared().unwrap();
        let runs = fonts.runs("李㐀花", 4.0).unwrap();
        let faces: Vec<FaceId> = runs.iter().map(|run| run.0).collect();
        assert_eq!(faces, [FaceId::KAI, FaceId::RARE, FaceId::KAI]);
    }

    #[test]
    fn what_no_font_has_fails_with_every_such_character_named() {
        let fonts = Fonts::load(vec![PathBuf::from("/nowhere/HanaMinB.ttf")]).unwrap();
        let error = fonts.runs("张\u{e000}\u{2fff}三\u{7}", 4.0).unwrap_err();
        assert_eq!(
            error,
            FontError::Missing(vec!['\u{7}', '\u{2fff}', '\u{e000}'])
        );
        assert!(error.to_string().contains("U+E000"), "{error}");
        assert!(error.to_string().contains("自造字"), "{error}");
        let far = fonts.width("\u{2b740}", 4.0).unwrap_err();
        assert!(far.to_string().contains("fonts-hanazono"), "{far}");
    }

    #[test]
    fn all_characters_of_the_first_block_are_there() {
        let fonts = Fonts::shared().unwrap();
        let all: String = ('\u{4e00}'..='\u{9fa5}')
            .chain('\u{3400}'..='\u{4db5}')
            .collect();
        assert_eq!(fonts.missing(&all), Vec::<char>::new());
    }
}
