//! Sealing: the digest of every entry into `Signature.xml`, its digest into the stamp, the stamp
//! signed.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use dengbu_gm::{Signer, TimeStamper, hash};
use dengbu_page::{Document, Subsets};

use crate::container::{self, Packed};
use crate::content::{Box4, NAMESPACE};
use crate::seal::{self, Seal};
use crate::write::{HEAD, OfdWriter, Parts, SIGNATURES, WriteError};

/// Who made our signatures: name, company and version in `Signature.xml`.
pub(crate) const PROVIDER: &str = "Dengbu";

pub(crate) const SIGNATURE: &str = "Doc_0/Signs/Sign_0/Signature.xml";
pub(crate) const SIGNED_VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";

/// Where a seal is seen: page from 0, left and top edge in millimetres; its size is the seal's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StampPlace {
    /// Page, from 0.
    pub page: usize,
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
}

/// With what a document is sealed.
#[derive(Debug, Clone, Copy)]
pub struct Sealing<'a> {
    /// The seal.
    pub seal: &'a Seal,
    /// Who stamps; the seal must name its certificate.
    pub signer: &'a dyn Signer,
    /// Where the seal is seen, at least once.
    pub places: &'a [StampPlace],
    /// When.
    pub time: DateTime<Utc>,
    /// Who vouches for the time.
    pub stamper: Option<&'a dyn TimeStamper>,
}

/// Writes and seals a document.
///
/// # Errors
/// See [`WriteError`].
pub fn seal_ofd(
    writer: &OfdWriter,
    document: &Document,
    sealing: &Sealing<'_>,
) -> Result<Vec<u8>, WriteError> {
    let subsets = Subsets::of(document, writer.fonts())?;
    seal_with(writer, document, &subsets, sealing)
}

/// The same with font subsets made before, for instance for the PDF copy.
///
/// # Errors
/// See [`WriteError`].
pub fn seal_with(
    writer: &OfdWriter,
    document: &Document,
    subsets: &Subsets,
    sealing: &Sealing<'_>,
) -> Result<Vec<u8>, WriteError> {
    if !sealing.seal.names(sealing.signer.certificate()) {
        return Err(WriteError::Sign(dengbu_gm::SignError::Key));
    }
    let mut parts = writer.parts(document, subsets, true)?;
    let description = signature_xml(&parts, sealing)?;
    let list = signatures_xml(&[ListedSignature {
        id: "s1".to_owned(),
        base: "Sign_0/Signature.xml".to_owned(),
    }]);
    let property = format!("/{SIGNATURE}");
    let data_hash = hash::sm3(description.as_bytes());
    let to_sign = seal::to_sign(sealing.seal, sealing.time, &data_hash, &property);
    let signature = sealing.signer.sign(&to_sign)?.to_der();
    let token = match sealing.stamper {
        Some(stamper) => Some(stamper.stamp(hash::sm3(&signature))?),
        None => None,
    };
    let certificate = sealing.signer.certificate();
    let value = seal::stamp(&to_sign, certificate, &signature, token.as_deref());
    for (name, content, level) in [
        (SIGNATURES, list.as_bytes(), 1),
        (SIGNATURE, description.as_bytes(), 1),
        // mostly a picture that is packed already
        (SIGNED_VALUE, &value, 0),
    ] {
        parts
            .entries
            .push(Arc::new(Packed::new(name, content, level)?));
    }
    Ok(container::write(&parts.entries))
}

fn signature_xml(parts: &Parts, sealing: &Sealing<'_>) -> Result<String, WriteError> {
    let mut xml = format!(
        "{HEAD}<ofd:Signature xmlns:ofd=\"{NAMESPACE}\"><ofd:SignedInfo>\
         <ofd:Provider ProviderName=\"{PROVIDER}\" Version=\"1.0\" Company=\"{PROVIDER}\"/>\
         <ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>\
         <ofd:SignatureDateTime>{}</ofd:SignatureDateTime>\
         <ofd:References CheckMethod=\"1.2.156.10197.1.401\">",
        sealing.time.format("%Y%m%d%H%M%SZ")
    );
    for entry in &parts.entries {
        let _ = write!(
            xml,
            "<ofd:Reference FileRef=\"/{}\"><ofd:CheckValue>{}</ofd:CheckValue></ofd:Reference>",
            entry.name,
            STANDARD.encode(entry.digest)
        );
    }
    xml.push_str("</ofd:References>");
    let picture = &sealing.seal.picture;
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    for (n, place) in sealing.places.iter().enumerate() {
        let outside = || WriteError::Stamp(place.page + 1);
        let (id, size) = parts.pages.get(place.page).ok_or_else(outside)?;
        let fits = place.x >= 0.0
            && place.y >= 0.0
            && place.x + width <= size.width
            && place.y + height <= size.height;
        if !fits {
            return Err(outside());
        }
        let _ = write!(
            xml,
            "<ofd:StampAnnot ID=\"stamp{}\" PageRef=\"{id}\" Boundary=\"{}\"/>",
            n + 1,
            Box4(place.x, place.y, width, height)
        );
    }
    xml.push_str(
        "</ofd:SignedInfo><ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>",
    );
    Ok(xml)
}

/// A signature as `Signatures.xml` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedSignature {
    pub id: String,
    pub base: String,
}

/// `Signatures.xml`. It is never covered by a signature (more may follow), so the verifier writes
/// it again from what it read and wants the same bytes.
pub(crate) fn signatures_xml(list: &[ListedSignature]) -> String {
    let mut xml = format!(
        "{HEAD}<ofd:Signatures xmlns:ofd=\"{NAMESPACE}\"><ofd:MaxSignId>{}</ofd:MaxSignId>",
        list.len()
    );
    for signature in list {
        let _ = write!(
            xml,
            "<ofd:Signature ID=\"{}\" Type=\"Seal\" BaseLoc=\"{}\"/>",
            signature.id, signature.base
        );
    }
    xml.push_str("</ofd:Signatures>");
    xml
}
