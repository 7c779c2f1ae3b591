//! The modules of a code (GB/T 18284).

use dengbu_page::Canvas;
use dengbu_page::picture::QrModules;
use qrcode::{Color, EcLevel, QrCode};

use super::LayoutError;

/// Modules of the quiet zone on each side.
const QUIET: usize = 4;

/// Draws the code of a text so that code and quiet zone fill a square.
pub fn draw(
    canvas: &mut Canvas<'_>,
    text: &str,
    [x, y, side]: [f64; 3],
) -> Result<(), LayoutError> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M)
        .map_err(|_| LayoutError::Qr)?;
    let dark = code.to_colors().iter().map(|c| *c == Color::Dark).collect();
    let modules = QrModules::new(dark).ok_or(LayoutError::Qr)?;
    let count = u32::try_from(modules.side + 2 * QUIET).map_err(|_| LayoutError::Qr)?;
    let module = side / f64::from(count);
    // four modules
    let quiet = module * 4.0;
    canvas.qr(x + quiet, y + quiet, side - 2.0 * quiet, modules);
    Ok(())
}
