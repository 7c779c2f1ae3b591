//! Drawing and sealing: no database in here, so that many are made at once on all cores.

use chrono::{DateTime, Utc};
use dengbu_ecert::canonical::face_hash;
use dengbu_ecert::layout::{Mark as PageMark, Order, Press, document};
use dengbu_ecert::qr::{Payload, Stamp};
use dengbu_gm::{Signer, Trust};
use dengbu_model::time::date_in_shanghai;
use dengbu_ofd::{Judge, Sealing, StampPlace, Verdict, seal_ofd, verify_ofd};
use dengbu_pdf::{PdfWriter, SealPlace, Signing, sign_pdf, verify_pdf};

use super::facts::{Hindrance, Work};
use super::vault::{Desk, Vault};

/// What was made.
#[derive(Debug)]
pub struct Product {
    /// 证照标识.
    pub identifier: String,
    /// SM3 of the canonical fields.
    pub digest: [u8; 32],
    /// The content as JSON.
    pub content: Vec<u8>,
    /// The sealed OFD.
    pub ofd: Vec<u8>,
}

/// With what, for whom and when.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// Keys and writers.
    pub vault: &'a Vault,
    /// The authority's seal.
    pub desk: &'a Desk,
    /// Whom the result is judged by.
    pub trust: &'a Trust,
    /// Name under which the public reaches this platform.
    pub host: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

fn layout(e: &dengbu_ecert::layout::LayoutError) -> Hindrance {
    match e {
        dengbu_ecert::layout::LayoutError::Font(_) => Hindrance::fault("font", e.to_string()),
        other => Hindrance::fault("content", other.to_string()),
    }
}

/// The pages of a certificate with its code, as a document for the writers.
///
/// # Errors
/// [`Hindrance`].
pub fn draw(
    bench: &Bench<'_>,
    work: &Work,
    mark: &PageMark,
) -> Result<(dengbu_page::Document, StampPlace), Hindrance> {
    let press = Press::standard().map_err(|e| layout(&e))?;
    let stamp = Stamp {
        key_id: bench.desk.key_id,
        list_index: work.list_index,
        status_as_of: date_in_shanghai(bench.now),
    };
    let payload = Payload::of(&work.content, stamp)
        .map_err(|e| Hindrance::fault("content", e.to_string()))?;
    let signed = payload
        .sign(|bytes| {
            bench
                .desk
                .code
                .sign(bytes)
                .map(dengbu_gm::Signature::to_raw)
        })
        .map_err(|e| Hindrance::fault("seal", e.to_string()))?;
    let url = signed.url(bench.host);
    let order = Order {
        content: &work.content,
        qr: Some(&url),
        plans: &work.plans,
        mark,
        trial: bench.vault.trial(),
    };
    let composed = press.compose(&order).map_err(|e| layout(&e))?;
    let place = StampPlace {
        page: composed.seal.page,
        x: composed.seal.x,
        y: composed.seal.y,
    };
    let extra = [("CODE", signed.to_text())];
    Ok((
        document(&work.content, composed, date_in_shanghai(bench.now), &extra),
        place,
    ))
}

/// Draws and seals a certificate, and judges the result before anybody gets it.
///
/// # Errors
/// [`Hindrance`].
pub fn seal(bench: &Bench<'_>, work: &Work, mark: &PageMark) -> Result<Vec<u8>, Hindrance> {
    let (document, place) = draw(bench, work, mark)?;
    let sealing = Sealing {
        seal: &bench.desk.seal,
        signer: &bench.desk.signer,
        places: &[place],
        time: bench.now,
        stamper: Some(&bench.desk.stamper),
    };
    let file = seal_ofd(&bench.vault.writer, &document, &sealing)
        .map_err(|e| Hindrance::fault("seal", e.to_string()))?;
    let report = verify_ofd(&file, &Judge::new(bench.trust));
    if report.verdict != Verdict::Valid {
        let text = format!("制作后的自检没有通过：{}", report.failures().join("；"));
        return Err(Hindrance::fault("seal", text));
    }
    Ok(file)
}

/// Makes the original.
///
/// # Errors
/// [`Hindrance`].
pub fn original(bench: &Bench<'_>, work: &Work) -> Result<Product, Hindrance> {
    let ofd = seal(bench, work, &PageMark::None)?;
    Ok(Product {
        identifier: work.content.head().identifier.to_string(),
        digest: face_hash(&work.content),
        content: serde_json::to_vec(&work.content)
            .map_err(|e| Hindrance::fault("content", e.to_string()))?,
        ofd,
    })
}

/// Draws and signs the PDF copy, and judges the result before anybody gets it.
///
/// # Errors
/// [`Hindrance`].
pub fn pdf(bench: &Bench<'_>, work: &Work, mark: &PageMark) -> Result<Vec<u8>, Hindrance> {
    let (document, place) = draw(bench, work, mark)?;
    let side = f64::from(bench.desk.seal.picture.width);
    let seal = SealPlace {
        page: place.page,
        x: place.x,
        y: place.y,
        width: side,
        height: f64::from(bench.desk.seal.picture.height),
        picture: bench.desk.picture.clone(),
    };
    let signing = Signing {
        signer: &bench.desk.pdf,
        seal: Some(&seal),
        time: bench.now,
        stamper: Some(&bench.desk.pdf_stamper),
    };
    let file = sign_pdf(&bench.vault.pdf_writer, &document, &signing)
        .map_err(|e| Hindrance::fault("seal", e.to_string()))?;
    let report = verify_pdf(&file, bench.trust);
    if report.verdict != dengbu_pdf::Verdict::Valid {
        let text = format!("制作后的自检没有通过：{}", report.problems.join("；"));
        return Err(Hindrance::fault("seal", text));
    }
    Ok(file)
}

/// A PDF without signature, for previews.
///
/// # Errors
/// [`Hindrance`].
pub fn plain_pdf(document: &dengbu_page::Document) -> Result<Vec<u8>, Hindrance> {
    let fonts =
        dengbu_page::Fonts::shared().map_err(|e| Hindrance::fault("font", e.to_string()))?;
    PdfWriter::new(fonts)
        .unsigned(document)
        .map_err(|e| Hindrance::fault("content", e.to_string()))
}
