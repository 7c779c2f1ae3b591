//! A printing station (打印工位): what its printer is off by, and the test page
//! that shows it.

use maud::{Markup, html};

use super::{Mode, document, mm, sheet};

/// Largest shift, in hundredths of a millimetre.
pub const SHIFT_MAX: i32 = 2_000;
/// Smallest and largest scale, in ten-thousandths.
pub const SCALE_RANGE: (i32, i32) = (9_500, 10_500);

/// What is added to every place before it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    /// To the right, hundredths of a millimetre.
    pub shift_x: i32,
    /// Downwards, hundredths of a millimetre.
    pub shift_y: i32,
    /// Width, ten-thousandths; 10000 changes nothing.
    pub scale_x: i32,
    /// Height, ten-thousandths; 10000 changes nothing.
    pub scale_y: i32,
}

impl Default for Correction {
    fn default() -> Self {
        Self {
            shift_x: 0,
            shift_y: 0,
            scale_x: 10_000,
            scale_y: 10_000,
        }
    }
}

/// Why a correction is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// Shift too large.
    #[error("偏移应在 -20.00 至 20.00 毫米之间；差得更多请检查纸盒导板和驱动里的纸张大小")]
    Shift,
    /// Scale too large.
    #[error("缩放应在 95.00% 至 105.00% 之间；差得更多请关掉驱动里的“适合页面”")]
    Scale,
}

impl Correction {
    /// Checks the bounds.
    ///
    /// # Errors
    /// [`CorrectionError`] when a figure is out of bounds.
    pub fn check(&self) -> Result<(), CorrectionError> {
        if self.shift_x.abs() > SHIFT_MAX || self.shift_y.abs() > SHIFT_MAX {
            return Err(CorrectionError::Shift);
        }
        let scale = SCALE_RANGE.0..=SCALE_RANGE.1;
        if !scale.contains(&self.scale_x) || !scale.contains(&self.scale_y) {
            return Err(CorrectionError::Scale);
        }
        Ok(())
    }

    /// Where a point of the blank is sent, mm.
    #[must_use]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (
            x * f64::from(self.scale_x) / 10_000.0 + f64::from(self.shift_x) / 100.0,
            y * f64::from(self.scale_y) / 10_000.0 + f64::from(self.shift_y) / 100.0,
        )
    }

    /// The same as an SVG transform; empty when it changes nothing.
    #[must_use]
    pub fn transform(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        format!(
            "translate({} {}) scale({} {})",
            mm(f64::from(self.shift_x) / 100.0),
            mm(f64::from(self.shift_y) / 100.0),
            f64::from(self.scale_x) / 10_000.0,
            f64::from(self.scale_y) / 10_000.0,
        )
    }
}

/// The test page (校准页): crosses at known millimetres with rulers, printed with the correction.
#[must_use]
pub fn test_page(station: &str, width: f64, height: f64, by: &Correction) -> String {
    let (right, low) = (width - 20.0, height - 20.0);
    let crosses = [
        (20.0, 20.0),
        (right, 20.0),
        (20.0, low),
        (right, low),
        (width / 2.0, height / 2.0),
    ];
    let inner = html! {
        @for (x, y) in crosses { (cross(x, y)) }
        text x=(mm(width / 2.0)) y="60" font-size="6" text-anchor="middle" { "打印校准页" }
        text x=(mm(width / 2.0)) y="70" font-size="4" text-anchor="middle" { "工位：" (station) }
        text x="30" y="85" font-size="3.5" { "一、用与专用纸同样大小的白纸打印，驱动里缩放选“实际大小 100%”。" }
        text x="30" y="92" font-size="3.5" { "二、从纸的左边、上边量到左上角十字中心，应为 20.0 毫米、20.0 毫米。" }
        text x="30" y="99" font-size="3.5" { "三、量得偏左或偏上几毫米，就在左右、上下偏移里各加几毫米。" }
        text x="30" y="106" font-size="3.5" {
            "四、左右两个十字应相距 " (mm(right - 20.0)) " 毫米，上下应相距 " (mm(low - 20.0)) " 毫米，不符时调缩放。"
        }
        text x="30" y="113" font-size="3.5" {
            "当前偏移：左右 " (hundredths(by.shift_x)) " 毫米，上下 " (hundredths(by.shift_y)) " 毫米；缩放 "
            (hundredths(by.scale_x)) "% × " (hundredths(by.scale_y)) "%"
        }
    };
    let page = sheet(width, height, by, Mode::Overprint, inner);
    document(&format!("打印校准页 {station}"), width, height, page)
}

/// Hundredths as a decimal number with two places.
fn hundredths(value: i32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    format!("{sign}{}.{:02}", value / 100, value % 100)
}

fn cross(x: f64, y: f64) -> Markup {
    html! {
        g stroke="#000" stroke-width="0.15" fill="none" {
            line x1=(mm(x - 8.0)) x2=(mm(x + 8.0)) y1=(mm(y)) y2=(mm(y)) {}
            line x1=(mm(x)) x2=(mm(x)) y1=(mm(y - 8.0)) y2=(mm(y + 8.0)) {}
            circle cx=(mm(x)) cy=(mm(y)) r="3" {}
            @for i in -8..=8_i32 {
                @let at = f64::from(i);
                line x1=(mm(x + at)) x2=(mm(x + at)) y1=(mm(y - 0.8)) y2=(mm(y + 0.8)) {}
                line x1=(mm(x - 0.8)) x2=(mm(x + 0.8)) y1=(mm(y + at)) y2=(mm(y + at)) {}
            }
        }
        text x=(mm(x + 1.0)) y=(mm(y - 4.0)) font-size="2.8" { (mm(x)) "," (mm(y)) }
    }
}
