//! Signing: room for the signature is left when the file is written, the signature over all the
//! rest is put there.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use dengbu_gm::{Algorithm, Signer, TimeStamper, cms, oid};
use dengbu_page::{Document, Image, Subsets};
use pdf_writer::{Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::write::{PdfError, PdfWriter, dengbu_points};

/// Room for the signature in bytes: certificate and signature, with and without a time stamp.
const ROOM: usize = 3 * 1024;
const ROOM_STAMPED: usize = 8 * 1024;

/// Where the seal is seen, in millimetres from the upper left corner of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct SealPlace {
    /// Page, from 0.
    pub page: usize,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Picture of the seal. Share one `Arc` between documents.
    pub picture: Arc<Image>,
}

/// With what a PDF is signed.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// Who signs, with P-256.
    pub signer: &'a dyn Signer,
    /// Where the seal is seen; none for a signature that is not seen.
    pub seal: Option<&'a SealPlace>,
    /// When.
    pub time: DateTime<Utc>,
    /// Who vouches for the time.
    pub stamper: Option<&'a dyn TimeStamper>,
}

/// Writes and signs a document.
///
/// # Errors
/// See [`PdfError`].
pub fn sign_pdf(
    writer: &PdfWriter,
    document: &Document,
    signing: &Signing<'_>,
) -> Result<Vec<u8>, PdfError> {
    let subsets = Subsets::of(document, writer.fonts())?;
    sign_with(writer, document, &subsets, signing)
}

/// The same with font subsets made before, for instance for the OFD master.
///
/// # Errors
/// See [`PdfError`].
pub fn sign_with(
    writer: &PdfWriter,
    document: &Document,
    subsets: &Subsets,
    signing: &Signing<'_>,
) -> Result<Vec<u8>, PdfError> {
    if signing.signer.algorithm() != Algorithm::P256 {
        return Err(PdfError::Sign(dengbu_gm::SignError::Key));
    }
    let room = Room {
        signing,
        bytes: if signing.stamper.is_some() {
            ROOM_STAMPED
        } else {
            ROOM
        },
        id: std::cell::Cell::new(None),
    };
    let mut file = writer.write(document, subsets, Some(&room))?;
    // the signature dictionary is the last object before the table
    let from = find_last(&file, &room.contents_mark()).ok_or(PdfError::Room)?;
    let to = from + room.contents_mark().len();
    let at = find_last(&file, &RANGE_MARK).ok_or(PdfError::Room)?;
    let range = format!("[0 {from} {to} {}]", file.len() - to);
    let range = format!("{range:<width$}", width = RANGE_MARK.len());
    file[at..at + RANGE_MARK.len()].copy_from_slice(range.as_bytes());

    let covered = [&file[..from], &file[to..]].concat();
    let content = cms::Content {
        kind: oid::DATA,
        embedded: None,
        digest: signing.signer.algorithm().digest(&covered),
    };
    let message = cms::sign(signing.signer, content, signing.stamper)?;
    if message.len() > room.bytes {
        return Err(PdfError::Room);
    }
    let digits = &mut file[from..to];
    digits.fill(b'0');
    if let [first, .., last] = digits {
        (*first, *last) = (b'<', b'>');
    }
    for (place, byte) in digits[1..].chunks_exact_mut(2).zip(&message) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        place[0] = HEX[usize::from(byte >> 4)];
        place[1] = HEX[usize::from(byte & 15)];
    }
    Ok(file)
}

/// Stands where the byte range will, as a name of the same length.
const RANGE_MARK: [u8; 48] = *b"/RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR";

fn find_last(file: &[u8], mark: &[u8]) -> Option<usize> {
    // the mark is near the end: its first letters are looked for from there
    let head = &mark[..mark.len().min(40)];
    let last = file.len().checked_sub(mark.len())?;
    (0..=last)
        .rev()
        .find(|at| file[*at..].starts_with(head) && file[*at..].starts_with(mark))
}

/// Room for a signature in a file that is being written.
pub(crate) struct Room<'a> {
    signing: &'a Signing<'a>,
    bytes: usize,
    id: std::cell::Cell<Option<Ref>>,
}

impl Room<'_> {
    /// A name as long as the digits with their brackets.
    fn contents_mark(&self) -> Vec<u8> {
        let mut mark = vec![b'C'; self.bytes * 2 + 2];
        mark[0] = b'/';
        mark
    }

    /// The page with the field.
    pub(crate) fn page(&self) -> usize {
        self.signing.seal.map_or(0, |seal| seal.page)
    }

    /// The seal's picture.
    pub(crate) fn picture(&self) -> Option<&Arc<Image>> {
        self.signing.seal.map(|seal| &seal.picture)
    }

    /// The field with its appearance; the dictionary's number is kept for later.
    pub(crate) fn field(
        &self,
        pdf: &mut Pdf,
        [field, appearance, dictionary]: [Ref; 3],
        page: Ref,
        image: Option<Ref>,
        page_height: Option<f64>,
    ) {
        self.id.set(Some(dictionary));
        let place = self.signing.seal.map_or((0.0, 0.0, 0.0, 0.0), |seal| {
            let bottom = page_height.unwrap_or_default() - seal.y - seal.height;
            (seal.x, bottom, seal.width, seal.height)
        });
        let points = |mm: f64| dengbu_points(mm);
        let (width, height) = (points(place.2), points(place.3));
        let drawn = if image.is_some() {
            format!("q {width} 0 0 {height} 0 0 cm /I0 Do Q")
        } else {
            String::new()
        };
        let mut form = pdf.form_xobject(appearance, drawn.as_bytes());
        form.bbox(Rect::new(0.0, 0.0, width, height));
        if let Some(image) = image {
            form.resources().x_objects().pair(Name(b"I0"), image);
        }
        form.finish();
        let mut object = pdf.indirect(field).dict();
        object.pair(Name(b"Type"), Name(b"Annot"));
        object.pair(Name(b"Subtype"), Name(b"Widget"));
        object.pair(Name(b"FT"), Name(b"Sig"));
        object.pair(Name(b"T"), TextStr("Signature1"));
        object.pair(
            Name(b"Rect"),
            Rect::new(
                points(place.0),
                points(place.1),
                points(place.0) + width,
                points(place.1) + height,
            ),
        );
        // printed, locked
        object.pair(Name(b"F"), 132);
        object.pair(Name(b"P"), page);
        object.pair(Name(b"V"), dictionary);
        object
            .insert(Name(b"AP"))
            .dict()
            .pair(Name(b"N"), appearance);
    }

    /// The signature dictionary with its two marks.
    pub(crate) fn dictionary(&self, pdf: &mut Pdf) {
        let Some(id) = self.id.get() else { return };
        let mark = self.contents_mark();
        let time = self.signing.time.format("D:%Y%m%d%H%M%SZ").to_string();
        let who = self.signing.signer.certificate().subject();
        let mut object = pdf.indirect(id).dict();
        object.pair(Name(b"Type"), Name(b"Sig"));
        object.pair(Name(b"Filter"), Name(b"Adobe.PPKLite"));
        object.pair(Name(b"SubFilter"), Name(b"ETSI.CAdES.detached"));
        object.pair(Name(b"Name"), TextStr(&who));
        object.pair(Name(b"M"), Str(time.as_bytes()));
        object.pair(Name(b"ByteRange"), Name(&RANGE_MARK[1..]));
        object.pair(Name(b"Contents"), Name(&mark[1..]));
    }
}
