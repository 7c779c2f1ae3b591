//! Marks over a page: watermark of a dead certificate, the note of a copy for one purpose (加注件),
//! the sign of a preview.

use dengbu_page::{Canvas, Colour, FontError, Fonts, Page, pt};
use serde::{Deserialize, Serialize};

/// Pale red.
const DEAD: Colour = Colour::new(244, 190, 186);
/// Pale blue.
const COPY: Colour = Colour::new(205, 218, 234);
/// Pale grey.
const PREVIEW: Colour = Colour::new(214, 214, 214);
/// Red of a note.
pub(super) const NOTE: Colour = Colour::new(176, 24, 24);
/// How much a watermark is turned, degrees.
const TURN: f64 = -28.0;

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The original.
    #[default]
    None,
    /// 电子证照已注销 over each page.
    Dead,
    /// 加注件: what the copy is for, on each page.
    Copy {
        /// For whom (使用单位).
        grantee: String,
        /// For what (用途).
        purpose: String,
        /// Last day, as printed; none: no end.
        valid_until: Option<String>,
    },
    /// A preview that must not pass for the certificate.
    Preview,
}

impl Mark {
    /// The note at the top of each page.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Copy {
                grantee,
                purpose,
                valid_until,
            } => {
                let until = valid_until
                    .as_ref()
                    .map(|d| format!("，有效期至{d}"))
                    .unwrap_or_default();
                Some(format!("加注件：仅供{grantee}办理{purpose}使用{until}"))
            }
            Self::Preview => Some("预览件，不作凭证".to_owned()),
            Self::Dead => Some("电子证照已注销，不再具有法律效力".to_owned()),
            Self::None => None,
        }
    }

    fn water(&self) -> Option<(&'static str, Colour)> {
        match self {
            Self::None => None,
            Self::Dead => Some(("电子证照已注销", DEAD)),
            Self::Copy { .. } => Some(("加注件", COPY)),
            Self::Preview => Some(("预览", PREVIEW)),
        }
    }
}

/// Puts the mark on a page: the watermark below what is drawn, the note at the top.
pub fn put(mark: &Mark, mut page: Page, fonts: &Fonts) -> Result<Page, FontError> {
    let Some((text, colour)) = mark.water() else {
        return Ok(page);
    };
    let mut below = Canvas::new(page.size, fonts);
    let size = pt(34.0);
    let width = fonts.width(text, size)?;
    let (columns, rows) = if page.size.width > page.size.height {
        (3_u8, 2_u8)
    } else {
        (2, 3)
    };
    let (step_x, step_y) = (
        page.size.width / f64::from(columns),
        page.size.height / f64::from(rows),
    );
    let (sin, cos) = TURN.to_radians().sin_cos();
    for row in 0..rows {
        for column in 0..columns {
            let middle = (
                (f64::from(column) + 0.5) * step_x,
                (f64::from(row) + 0.5) * step_y,
            );
            let from = (
                middle.0 - width / 2.0 * cos,
                middle.1 - width / 2.0 * sin + size * 0.3,
            );
            below
                .text(from.0, from.1, size, text)?
                .turned(TURN)
                .colour(colour);
        }
    }
    let mut items = below.finish().items;
    items.append(&mut page.items);
    if let Some(note) = mark.note() {
        let mut above = Canvas::new(page.size, fonts);
        let room = page.size.width - 40.0;
        let natural = fonts.width(&note, pt(10.5))?;
        let size = pt(10.5) * (room / natural).min(1.0);
        above
            .centred(page.size.width / 2.0, 16.8, size, &note)?
            .colour(NOTE);
        items.append(&mut above.finish().items);
    }
    page.items = items;
    Ok(page)
}
