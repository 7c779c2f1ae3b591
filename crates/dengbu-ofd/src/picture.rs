//! Pictures made here: the modules of a code as PNG, and the picture of a round seal.

use std::io::Write as _;

use dengbu_page::picture::QrModules;
use dengbu_page::{FontError, Fonts};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

/// Pixels along a module: readers that smooth pictures then blur its rim only.
const MODULE: usize = 8;

/// The modules as a PNG of one bit per pixel.
#[must_use]
pub fn qr_png(modules: &QrModules) -> Vec<u8> {
    let side = modules.side * MODULE;
    let width = side.div_ceil(8);
    let mut raw = Vec::with_capacity((width + 1) * side);
    for row in modules.dark.chunks_exact(modules.side) {
        // eight pixels of a module are one byte
        let mut line = Vec::with_capacity(width + 1);
        line.push(0);
        line.extend(row.iter().map(|dark| if *dark { 0 } else { 0xff }));
        for _ in 0..MODULE {
            raw.extend_from_slice(&line);
        }
    }
    let size = (side as u32).to_be_bytes();
    let head = [&size[..], &size[..], &[1, 0, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &head);
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    // writing into memory does not fail
    let packed = packer.write_all(&raw).and_then(|()| packer.finish());
    chunk(&mut out, *b"IDAT", &packed.unwrap_or_default());
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    out.extend(kind);
    out.extend(data);
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    out.extend(crc.sum().to_be_bytes());
}

/// Pixels along the side of a seal's picture: 40 mm at 300 dpi.
pub const SEAL_PIXELS: u32 = 472;

/// A seal's picture: the name along the rim, a star, and a line below it, in red on a transparent
/// ground. For tests and demonstrations; an authority brings the picture of its registered seal.
///
/// # Errors
/// A character that no font has.
pub fn seal_picture(name: &str, below: &str, fonts: &Fonts) -> Result<Vec<u8>, FontError> {
    let side = SEAL_PIXELS as f32;
    let middle = side / 2.0;
    let mut map = Pixmap::new(SEAL_PIXELS, SEAL_PIXELS)
        .ok_or_else(|| FontError::Broken("seal", "pixmap".to_owned()))?;
    let mut paint = Paint::default();
    paint.set_color_rgba8(214, 20, 20, 255);
    paint.anti_alias = true;
    let line = Stroke {
        width: side * 0.03,
        ..Stroke::default()
    };
    if let Some(ring) = PathBuilder::from_circle(middle, middle, side * 0.47) {
        map.stroke_path(&ring, &paint, &line, Transform::identity(), None);
    }
    if let Some(star) = star(middle, side * 0.14) {
        map.fill_path(
            &star,
            &paint,
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
    let count = name.chars().count().max(1) as f32;
    // the name takes at most 220 degrees of the rim: the line below it needs the rest
    let step = (220.0 / count).min(24.0_f32);
    let size = (side * 0.13).min(step.to_radians() * side * 0.385);
    for (n, c) in name.chars().enumerate() {
        let angle = (n as f32 - (count - 1.0) / 2.0) * step;
        let place = Transform::from_translate(middle, middle)
            .pre_concat(Transform::from_rotate(angle))
            .pre_translate(0.0, -side * 0.33);
        glyph(&mut map, fonts, c, size, place, &paint)?;
    }
    let count = below.chars().count() as f32;
    let size = (side * 0.58 / count.max(1.0)).min(side * 0.075);
    for (n, c) in below.chars().enumerate() {
        let x = middle + (n as f32 - (count - 1.0) / 2.0) * size;
        let place = Transform::from_translate(x, side * 0.78);
        glyph(&mut map, fonts, c, size, place, &paint)?;
    }
    map.encode_png()
        .map_err(|error| FontError::Broken("seal", error.to_string()))
}

fn star(middle: f32, radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    for n in 0..10 {
        let far = if n % 2 == 0 { radius } else { radius * 0.382 };
        let (sin, cos) = (n as f32 * 36.0).to_radians().sin_cos();
        let (x, y) = (middle + far * sin, middle - far * cos);
        if n == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    path.close();
    path.finish()
}

struct Outline(PathBuilder);

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, -y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, -y);
    }
    fn quad_to(&mut self, a: f32, b: f32, x: f32, y: f32) {
        self.0.quad_to(a, -b, x, -y);
    }
    fn curve_to(&mut self, a: f32, b: f32, c: f32, d: f32, x: f32, y: f32) {
        self.0.cubic_to(a, -b, c, -d, x, -y);
    }
    fn close(&mut self) {
        self.0.close();
    }
}

/// Draws a character, its middle at the bottom of the place.
fn glyph(
    map: &mut Pixmap,
    fonts: &Fonts,
    c: char,
    size: f32,
    place: Transform,
    paint: &Paint<'_>,
) -> Result<(), FontError> {
    let (face, id) = fonts.find(c).ok_or_else(|| FontError::Missing(vec![c]))?;
    let broken = |why: String| FontError::Broken(face.id().name(), why);
    let parsed = ttf_parser::Face::parse(face.data(), 0).map_err(|e| broken(e.to_string()))?;
    let mut outline = Outline(PathBuilder::new());
    if parsed
        .outline_glyph(ttf_parser::GlyphId(id), &mut outline)
        .is_none()
    {
        return Ok(());
    }
    let scale = size / f32::from(parsed.units_per_em());
    let half = face.advance(id) as f32 * size / 2.0;
    if let Some(path) = outline.0.finish() {
        let at = place.pre_translate(-half, 0.0).pre_scale(scale, scale);
        map.fill_path(&path, paint, FillRule::Winding, at, None);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_has_its_ring_and_a_clear_ground() {
        let bytes = seal_picture(
            "攀枝花市自然资源和规划局",
            "不动产登记专用章",
            Fonts::shared().unwrap(),
        )
        .unwrap();
        if let Some(folder) = std::env::var_os("DENGBU_SHOW") {
            std::fs::write(std::path::Path::new(&folder).join("seal.png"), &bytes).unwrap();
        }
        let map = Pixmap::decode_png(&bytes).unwrap();
        let side = SEAL_PIXELS;
        let at = |x: u32, y: u32| map.pixel(x, y).unwrap();
        assert_eq!(at(0, 0).alpha(), 0, "corners are clear");
        assert_eq!(
            at(side / 2, side / 2).alpha(),
            255,
            "the star is in the middle"
        );
        let ring = at(side / 2, (f64::from(side) * 0.03) as u32);
        assert!(ring.red() > 200 && ring.green() < 60, "{ring:?}");
        let dark = map.pixels().iter().filter(|p| p.alpha() > 128).count();
        assert!((20_000..80_000).contains(&dark), "{dark}");
        let missing = seal_picture("\u{e000}", "", Fonts::shared().unwrap());
        assert!(matches!(missing, Err(FontError::Missing(_))));
    }
}
