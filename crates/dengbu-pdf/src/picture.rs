//! Pictures as PDF wants them: JPEG as it is, PNG as rows of colour and a mask.

use std::io::Cursor;

use dengbu_page::Image;
use dengbu_page::picture::ImageFormat;

use crate::write::deflate;

/// Largest picture unpacked, in bytes.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// A picture ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The colours, packed: JPEG, or deflated rows.
    pub colour: Vec<u8>,
    /// JPEG.
    pub jpeg: bool,
    /// One colour per pixel instead of three.
    pub grey: bool,
    /// Opacity of each pixel, deflated; none if all are opaque.
    pub alpha: Option<Vec<u8>>,
}

/// A picture that cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("图片无法解码：{0}")]
pub struct BadPicture(pub String);

/// Unpacks a picture.
///
/// # Errors
/// A broken file, or one that unpacks to more than 256 MB.
pub fn read(image: &Image) -> Result<Pixels, BadPicture> {
    if image.format == ImageFormat::Jpeg {
        // a JPEG of one component says so in its frame header
        return Ok(Pixels {
            width: image.width,
            height: image.height,
            colour: image.bytes.clone(),
            jpeg: true,
            grey: jpeg_components(&image.bytes) == Some(1),
            alpha: None,
        });
    }
    let bad = |error: png::DecodingError| BadPicture(error.to_string());
    let limits = png::Limits { bytes: BYTES_MAX };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(&image.bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(bad)?;
    let size = reader.output_buffer_size();
    let size = size.filter(|size| *size <= BYTES_MAX);
    let mut rows = vec![0; size.ok_or_else(|| BadPicture("过大".to_owned()))?];
    let frame = reader.next_frame(&mut rows).map_err(bad)?;
    rows.truncate(frame.buffer_size());
    let samples = frame.color_type.samples();
    let (colours, has_alpha) = match frame.color_type {
        png::ColorType::Grayscale => (1, false),
        png::ColorType::GrayscaleAlpha => (1, true),
        png::ColorType::Rgb => (3, false),
        png::ColorType::Rgba => (3, true),
        png::ColorType::Indexed => return Err(BadPicture("调色板".to_owned())),
    };
    let mut colour = Vec::with_capacity(rows.len() / samples * colours);
    let mut alpha = Vec::new();
    for pixel in rows.chunks_exact(samples) {
        colour.extend_from_slice(&pixel[..colours]);
        if has_alpha {
            alpha.push(pixel[colours]);
        }
    }
    let opaque = alpha.iter().all(|a| *a == 0xff);
    Ok(Pixels {
        width: frame.width,
        height: frame.height,
        colour: deflate(&colour, 6),
        jpeg: false,
        grey: colours == 1,
        alpha: (!opaque).then(|| deflate(&alpha, 6)),
    })
}

fn jpeg_components(bytes: &[u8]) -> Option<u8> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, high, low, ..] = *rest else {
            return None;
        };
        if matches!(marker, 0xc0..=0xc3) {
            return rest.get(9).copied();
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..)?;
    }
}
