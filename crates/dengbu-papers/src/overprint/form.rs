//! The pre-printed blanks as data: pages and the places on them, in millimetres
//! from the upper left corner.

use std::sync::LazyLock;

use dengbu_model::certificate::CertificateKind;
use serde::Deserialize;

use super::fit;

/// A place on a blank that a text is printed into.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What stands there, by its printed label, such as 权利人.
    pub key: String,
    /// Left edge, mm.
    pub x: f64,
    /// Upper edge, mm.
    pub y: f64,
    /// Width, mm.
    pub width: f64,
    /// Height, mm.
    pub height: f64,
    /// Whether the text begins at the left edge or is centred.
    #[serde(default)]
    pub align: Align,
    /// Type sizes that may be used, in points, largest first.
    pub sizes: Vec<f64>,
}

impl Place {
    /// The smallest size of type.
    #[must_use]
    pub fn smallest(&self) -> f64 {
        self.sizes.last().copied().unwrap_or(9.0)
    }

    /// How many lines of a size the place holds; at least one.
    #[must_use]
    pub fn rows(&self, size: f64) -> usize {
        let mut rows = 1;
        while f64::from(rows + 1) * fit::line_height(size) <= self.height {
            rows += 1;
        }
        usize::try_from(rows).unwrap_or(1)
    }
}

/// Where a text begins in its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
}

/// One page of a blank.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormPage {
    /// Code of the page.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Its places.
    pub places: Vec<Place>,
}

/// A blank.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Width of its pages, mm.
    pub width: f64,
    /// Height of its pages, mm.
    pub height: f64,
    /// Its pages.
    pub pages: Vec<FormPage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    #[expect(dead_code, reason = "read by people, beside the figures it is about")]
    source: String,
    title: Form,
    proof: Form,
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the program and tested"
)]
static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/forms.json")).expect("data/forms.json is read")
});

/// The blank for a certificate (不动产权证书) or a proof (不动产登记证明).
#[must_use]
pub fn of(kind: CertificateKind) -> &'static Form {
    match kind {
        CertificateKind::Title => &FORMS.title,
        CertificateKind::Proof => &FORMS.proof,
    }
}
