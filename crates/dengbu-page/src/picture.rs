//! Pictures and QR modules.

use std::sync::Arc;

/// A picture in a PNG or JPEG file. Share one `Arc` between documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What kind of file it is.
    pub format: ImageFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Kind of a picture's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

/// Bytes that are no picture we can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("图片不是可用的 PNG 或 JPEG 文件（边长 1 至 20000 像素）")]
pub struct NotAPicture;

/// Longest side in pixels.
const SIDE_MAX: u32 = 20_000;

impl Image {
    /// Looks at the head of a PNG or JPEG file.
    ///
    /// # Errors
    /// Neither of the two, or larger than 20,000 pixels on a side.
    pub fn read(bytes: Vec<u8>) -> Result<Image, NotAPicture> {
        let found = png_size(&bytes)
            .map(|size| (ImageFormat::Png, size))
            .or_else(|| jpeg_size(&bytes).map(|size| (ImageFormat::Jpeg, size)));
        let (format, (width, height)) = found.ok_or(NotAPicture)?;
        if !(1..=SIDE_MAX).contains(&width) || !(1..=SIDE_MAX).contains(&height) {
            return Err(NotAPicture);
        }
        Ok(Image {
            format,
            width,
            height,
            bytes,
        })
    }
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let (kind, rest) = (head.get(4..8)?, head.get(8..16)?);
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    (kind == b"IHDR").then_some(())?;
    Some((number(0)?, number(4)?))
}

fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, high, low, ..] = *rest else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // frames: baseline and progressive, not the tables between C0 and CF
        if matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
            let size = rest.get(5..9)?;
            let two = |at: usize| u32::from(size[at]) << 8 | u32::from(size[at + 1]);
            return Some((two(2), two(0)));
        }
        rest = rest.get(2 + length..)?;
    }
}

/// A picture on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageItem {
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The picture.
    pub image: Arc<Image>,
}

/// A QR code on a page: dark modules on white, without the quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrModules {
    /// Modules along a side.
    pub side: usize,
    /// Row by row from the top, true for dark; `side * side` of them.
    pub dark: Vec<bool>,
}

impl QrModules {
    /// Modules row by row. None unless they make a square of 1 to 177 (version 40).
    #[must_use]
    pub fn new(dark: Vec<bool>) -> Option<QrModules> {
        let side = dark.len().isqrt();
        (side * side == dark.len() && (1..=177).contains(&side)).then_some(QrModules { side, dark })
    }
}

/// A QR code at its place.
#[derive(Debug, Clone, PartialEq)]
pub struct QrItem {
    /// Left edge of the modules (the quiet zone of four modules is outside).
    pub x: f64,
    /// Top edge of the modules.
    pub y: f64,
    /// Side of the square of modules.
    pub side: f64,
    /// The modules.
    pub modules: QrModules,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_pictures_are_read_and_others_refused() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x02\0\0\0\x03".to_vec();
        let image = Image::read(png.clone()).unwrap();
        assert_eq!((image.width, image.height), (258, 3));
        png[18] = 0xff;
        assert_eq!(Image::read(png), Err(NotAPicture));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x10\0\x20\x01".to_vec();
        let image = Image::read(jpeg).unwrap();
        assert_eq!((image.width, image.height), (32, 16));
        for bad in [
            &b""[..],
            b"\xff\xd8",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"GIF89a",
        ] {
            assert_eq!(Image::read(bad.to_vec()), Err(NotAPicture));
        }
    }

    #[test]
    fn modules_make_a_square() {
        assert_eq!(QrModules::new(vec![true; 441]).unwrap().side, 21);
        assert_eq!(QrModules::new(vec![true; 440]), None);
        assert_eq!(QrModules::new(Vec::new()), None);
    }
}
