//! The pre-printed blanks as data: pages and the places on them, in millimetres
//! from the upper left corner.

use std::sync::LazyLock;

use dengbu_model::certificate::CertificateKind;
use serde::{Deserialize, Serialize};

use super::fit;

/// A place on a blank that a text is printed into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
}

/// One page of a blank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// The blank for a certificate (不动产权证书) or a proof (不动产登记证明), as it comes with the
/// program; an authority may have its own ([`Form::check`]).
#[must_use]
pub fn of(kind: CertificateKind) -> &'static Form {
    match kind {
        CertificateKind::Title => &FORMS.title,
        CertificateKind::Proof => &FORMS.proof,
    }
}

/// Why a blank cannot be printed on as it is described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// Not the pages and places of the statutory form.
    #[error("版式的页和栏目应与规定的证书（证明）样式一致，缺少或者多出：{0}")]
    Places(String),
    /// The page has no size a certificate could have.
    #[error("纸张宽、高应在 100 至 420 毫米之间")]
    Page,
    /// A place stands outside its page or has no room for a line.
    #[error("“{key}”应在纸张之内，宽不小于 10 毫米，高不小于 {least} 毫米")]
    Outside {
        /// Its key.
        key: String,
        /// Least height, mm.
        least: String,
    },
    /// Two places on one page lie over one another.
    #[error("“{0}”与“{1}”的位置重叠")]
    Overlap(String, String),
    /// Sizes of type that cannot be read, or in no order.
    #[error("“{0}”的字号应为 1 至 5 个，从大到小，在 6 至 22 磅之间")]
    Sizes(String),
}

/// Sizes of a page, mm.
const PAGE_MM: std::ops::RangeInclusive<f64> = 100.0..=420.0;
/// Sizes of type, points.
const POINTS: std::ops::RangeInclusive<f64> = 6.0..=22.0;

impl Form {
    /// Whether certificates of this kind can be printed on it: the same pages and places as the
    /// statutory form has (国土资发〔2015〕25号), each on its page, none over another.
    ///
    /// # Errors
    /// [`FormFault`], the first found.
    pub fn check(&self, kind: CertificateKind) -> Result<(), FormFault> {
        let names = |form: &Self| -> Vec<String> {
            form.pages
                .iter()
                .flat_map(|p| p.places.iter().map(|q| format!("{}/{}", p.code, q.key)))
                .collect()
        };
        let (own, wanted) = (names(self), names(of(kind)));
        if own != wanted {
            let odd = wanted.iter().filter(|n| !own.contains(n));
            let more = own.iter().filter(|n| !wanted.contains(n));
            let mut all: Vec<&str> = odd.chain(more).map(String::as_str).take(5).collect();
            if all.is_empty() {
                all.push("栏目顺序");
            }
            return Err(FormFault::Places(all.join("、")));
        }
        if !(PAGE_MM.contains(&self.width) && PAGE_MM.contains(&self.height)) {
            return Err(FormFault::Page);
        }
        for page in &self.pages {
            for (i, place) in page.places.iter().enumerate() {
                self.place(place)?;
                if let Some(other) = page.places[..i].iter().find(|p| p.over(place)) {
                    return Err(FormFault::Overlap(other.key.clone(), place.key.clone()));
                }
            }
        }
        Ok(())
    }

    fn place(&self, place: &Place) -> Result<(), FormFault> {
        let sizes = &place.sizes;
        let falling = sizes.windows(2).all(|s| s[0] > s[1]);
        if !(1..=5).contains(&sizes.len()) || !falling || sizes.iter().any(|s| !POINTS.contains(s))
        {
            return Err(FormFault::Sizes(place.key.clone()));
        }
        // a continuation needs a line of text besides the sign that it goes on
        let lines = if place.key == super::REMARKS {
            3.0
        } else {
            1.0
        };
        let least = lines * fit::line_height(place.smallest());
        // written so that what is no number fits nowhere
        let inside = place.x >= 0.0
            && place.y >= 0.0
            && place.width >= 10.0
            && place.height >= least
            && place.x + place.width <= self.width
            && place.y + place.height <= self.height;
        if inside {
            Ok(())
        } else {
            Err(FormFault::Outside {
                key: place.key.clone(),
                least: format!("{least:.1}"),
            })
        }
    }
}

impl Place {
    /// True when both cover some of the same paper.
    fn over(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}
