//! A printed map as PNG and PDF, with the fonts that certificates use.

use std::sync::{Arc, OnceLock};

use dengbu_page::{FaceId, Fonts};
use resvg::tiny_skia::{Pixmap, Transform};
use svg2pdf::usvg::{Options, Tree, fontdb::Database};

use crate::DistributionError;

/// Dots per millimetre: 200 dots an inch.
const DOTS: f32 = 200.0 / 25.4;

struct Faces {
    database: Arc<Database>,
    family: String,
}

fn faces() -> Result<&'static Faces, DistributionError> {
    static FACES: OnceLock<Faces> = OnceLock::new();
    if let Some(faces) = FACES.get() {
        return Ok(faces);
    }
    let fonts = Fonts::shared().map_err(failed)?;
    let mut database = Database::new();
    for id in [FaceId::KAI, FaceId::RARE] {
        if let Some(face) = fonts.face(id) {
            database.load_font_data(face.data().to_vec());
        }
    }
    let family = database
        .faces()
        .next()
        .and_then(|f| f.families.first())
        .map(|(name, _)| name.clone())
        .unwrap_or_default();
    database.set_serif_family(&family);
    database.set_sans_serif_family(&family);
    Ok(FACES.get_or_init(|| Faces {
        database: Arc::new(database),
        family,
    }))
}

fn failed(e: impl std::fmt::Display) -> DistributionError {
    DistributionError::Map(e.to_string())
}

/// Family of the fonts, for [`super::sheet::svg`].
///
/// # Errors
/// The fonts cannot be read.
pub fn family() -> Result<&'static str, DistributionError> {
    Ok(&faces()?.family)
}

fn tree(svg: &str) -> Result<Tree, DistributionError> {
    let options = Options {
        fontdb: Arc::clone(&faces()?.database),
        // one user unit of ours is a millimetre
        dpi: 25.4,
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(failed)
}

/// The map as PNG, 200 dots an inch.
///
/// # Errors
/// [`DistributionError::Map`].
pub fn png(svg: &str) -> Result<Vec<u8>, DistributionError> {
    let tree = tree(svg)?;
    let size = tree.size();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sheet of paper has a few thousand dots"
    )]
    let dots = |mm: f32| (mm * DOTS).round() as u32;
    let mut pixels =
        Pixmap::new(dots(size.width()), dots(size.height())).ok_or_else(|| failed("图幅过大"))?;
    resvg::render(
        &tree,
        Transform::from_scale(DOTS, DOTS),
        &mut pixels.as_mut(),
    );
    pixels.encode_png().map_err(failed)
}

/// The map as PDF, lines and letters as such.
///
/// # Errors
/// [`DistributionError::Map`].
pub fn pdf(svg: &str) -> Result<Vec<u8>, DistributionError> {
    let tree = tree(svg)?;
    svg2pdf::to_pdf(
        &tree,
        svg2pdf::ConversionOptions::default(),
        // dots an inch of the page: a unit is a millimetre
        svg2pdf::PageOptions { dpi: 25.4 },
    )
    .map_err(failed)
}
