//! From content to pages.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use dengbu_page::{Attachment, Canvas, Document, Fonts, Item, Meta, Page, Template, pt};

use super::face::{self, Rest};
use super::flow::{Columns, Flow, Sheet};
use super::form::{Form, Layout};
use super::mark::{self, Mark};
use super::{LayoutError, paper};
use crate::canonical;
use crate::content::Content;
use crate::metadata;
use crate::plan::{self, Plan};

/// What stands at the foot of each page that a test authority sealed.
pub const TRIAL: &str = "测试证书签章，仅供演示和测试，不具有法律效力";

/// What is to be drawn.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// What it says.
    pub content: &'a Content,
    /// What the code holds ([`crate::qr::Signed::url`]); none for a preview.
    pub qr: Option<&'a str>,
    /// Plans behind the face, in this order.
    pub plans: &'a [Plan],
    /// Mark over each page.
    pub mark: &'a Mark,
    /// Whether it is sealed by a test authority (测试证书机构): each page says so.
    pub trial: bool,
}

/// Where the seal goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SealPlace {
    /// Page, from 0.
    pub page: usize,
    /// Left edge, mm.
    pub x: f64,
    /// Upper edge, mm.
    pub y: f64,
    /// Side of the square, mm.
    pub side: f64,
}

/// A certificate's pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Composed {
    /// Pages.
    pub pages: Vec<Page>,
    /// Where the seal goes.
    pub seal: SealPlace,
}

/// What a form needs once for all its certificates.
struct Templates {
    face: Arc<Template>,
    behind: Arc<Template>,
}

impl Templates {
    fn of(form: &Form, fonts: &Fonts) -> Result<Self, LayoutError> {
        let mut behind = Canvas::new(form.size(), fonts);
        face::ornament(&mut behind, form.frame, form.colour());
        let name = format!("{}-behind", form.kind.code());
        Ok(Self {
            face: face::template(form, fonts)?,
            behind: Arc::new(Template::from((name.as_str(), behind.finish()))),
        })
    }
}

/// Draws certificates by a layout; keeps what is the same on all of them, so that the writers can
/// keep what they make of it. Make one and share it.
pub struct Press<'f> {
    layout: Layout,
    fonts: &'f Fonts,
    templates: BTreeMap<crate::kind::DocumentKind, Templates>,
}

impl std::fmt::Debug for Press<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Press({})", self.layout.version)
    }
}

static STANDARD: OnceLock<Result<Press<'static>, LayoutError>> = OnceLock::new();

impl Press<'static> {
    /// The press of this process: the layout and the fonts that the program carries.
    ///
    /// # Errors
    /// The program was built wrongly.
    pub fn standard() -> Result<&'static Self, LayoutError> {
        STANDARD
            .get_or_init(|| Press::new(Layout::standard()?, Fonts::shared()?))
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl<'f> Press<'f> {
    /// A press for a layout.
    ///
    /// # Errors
    /// [`LayoutError`]: the layout's own texts have no room or no font.
    pub fn new(layout: Layout, fonts: &'f Fonts) -> Result<Self, LayoutError> {
        let templates = layout
            .form
            .iter()
            .map(|form| Ok((form.kind, Templates::of(form, fonts)?)))
            .collect::<Result<_, LayoutError>>()?;
        Ok(Self {
            layout,
            fonts,
            templates,
        })
    }

    /// Version of the layout.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.layout.version
    }

    /// The pages of a certificate.
    ///
    /// # Errors
    /// [`LayoutError`]: a character without a font, or too many pages.
    pub fn compose(&self, order: &Order<'_>) -> Result<Composed, LayoutError> {
        let kind = order.content.kind();
        let (pages, seal) = match (self.layout.face(kind), self.templates.get(&kind)) {
            (Some(form), Some(templates)) => self.certificate(form, templates, order)?,
            _ => paper::draw(self.fonts, &self.layout.result, order)?,
        };
        let total = pages.len();
        let pages = pages
            .into_iter()
            .enumerate()
            .map(|(i, page)| {
                let page = self.foot(order, page, i + 1, total)?;
                Ok(mark::put(order.mark, page, self.fonts)?)
            })
            .collect::<Result<_, LayoutError>>()?;
        Ok(Composed { pages, seal })
    }

    fn certificate(
        &self,
        form: &Form,
        templates: &Templates,
        order: &Order<'_>,
    ) -> Result<(Vec<Page>, SealPlace), LayoutError> {
        let (canvas, rests) =
            face::draw(form, &templates.face, self.fonts, order.content, order.qr)?;
        let mut pages = vec![canvas.finish()];
        pages.extend(self.behind(form, templates, order.content, &rests)?);
        for drawn in order.plans {
            pages.extend(self.plan(form, templates, order.content, drawn)?);
        }
        let [x, y, side] = form.seal;
        Ok((
            pages,
            SealPlace {
                page: 0,
                x,
                y,
                side,
            },
        ))
    }

    fn sheet(&self, form: &Form, templates: &Templates) -> Sheet {
        Sheet {
            size: form.size(),
            template: Some(Arc::clone(&templates.behind)),
            place: self.layout.continuation.place,
        }
    }

    /// Title and number at the head of the pages behind the face.
    fn title_behind(
        &self,
        form: &Form,
        content: &Content,
        page: &mut Page,
        what: &str,
    ) -> Result<(), LayoutError> {
        let mut head = Canvas::new(page.size, self.fonts);
        let [x, _, width, _] = self.layout.continuation.place;
        let title = format!("{}{what}", form.title);
        head.centred(form.width / 2.0, 23.0, pt(15.0), &title)?
            .colour(form.colour());
        let number = dengbu_model::certificate::CertificateNumber::parse(&content.head().number)
            .map_or_else(|_| content.head().number.clone(), |n| n.statutory());
        let natural = self.fonts.width(&number, pt(10.5))?;
        let size = pt(10.5) * (width / natural).min(1.0);
        head.text(x, 30.5, size, &number)?;
        page.items.append(&mut head.finish().items);
        Ok(())
    }

    fn behind(
        &self,
        form: &Form,
        templates: &Templates,
        content: &Content,
        rests: &[Rest],
    ) -> Result<Vec<Page>, LayoutError> {
        let units = content.units();
        if rests.is_empty() && units.len() < 2 {
            return Ok(Vec::new());
        }
        let with = &self.layout.continuation;
        let mut flow = Flow::new(self.fonts, self.sheet(form, templates));
        for rest in rests {
            flow.heading(&format!("{}（续）", rest.label), with.heading_size)?;
            let how = face::break_of(&rest.label);
            flow.lines(&rest.text, with.text_size, rest.field, how)?;
        }
        if units.len() > 1 {
            flow.heading(
                &format!("不动产单元清单（共{}个单元）", units.len()),
                with.heading_size,
            )?;
            let names = [
                "序号",
                "不动产单元号",
                "坐落",
                "权利性质",
                "用途",
                "面积",
                "使用期限",
            ]
            .map(ToOwned::to_owned);
            let rows: Vec<Vec<String>> = units
                .iter()
                .enumerate()
                .map(|(i, u)| {
                    vec![
                        (i + 1).to_string(),
                        u.grouped(),
                        u.address.clone(),
                        u.nature.clone(),
                        u.use_name.clone(),
                        u.area.clone(),
                        u.term.clone(),
                    ]
                })
                .collect();
            // parts of the width, 100 in all
            let widths =
                [5.0, 19.0, 24.0, 12.0, 12.0, 15.0, 13.0].map(|p| p * with.place[2] / 100.0);
            let columns = Columns {
                widths: &widths,
                names: &names,
                labelled: false,
                points: with.table_size,
            };
            flow.table(&columns, &rows)?;
        }
        let mut pages = flow.finish();
        for page in &mut pages {
            self.title_behind(form, content, page, "附页")?;
        }
        Ok(pages)
    }

    fn plan(
        &self,
        form: &Form,
        templates: &Templates,
        content: &Content,
        drawn: &Plan,
    ) -> Result<Vec<Page>, LayoutError> {
        let mut flow = Flow::new(self.fonts, self.sheet(form, templates));
        plan::draw(&mut flow, drawn)?;
        let mut pages = flow.finish();
        for page in &mut pages {
            self.title_behind(form, content, page, "附图")?;
        }
        Ok(pages)
    }

    /// 证照标识 and the page's number at the foot of each page; the face of a certificate has its
    /// own place for the identifier.
    fn foot(
        &self,
        order: &Order<'_>,
        mut page: Page,
        number: usize,
        total: usize,
    ) -> Result<Page, LayoutError> {
        let mut canvas = Canvas::new(page.size, self.fonts);
        let (left, right, y) = if page.size.width > page.size.height {
            (18.0, page.size.width - 18.0, page.size.height - 14.5)
        } else {
            (20.0, page.size.width - 20.0, page.size.height - 11.0)
        };
        if order.trial {
            let middle = page.size.width / 2.0;
            // below the frame, which would run through it
            let below = if page.size.width > page.size.height {
                page.size.height - 3.2
            } else {
                y + 4.4
            };
            canvas
                .centred(middle, below, pt(9.0), TRIAL)?
                .colour(mark::NOTE);
        }
        let text = format!("第{number}页 共{total}页");
        let width = self.fonts.width(&text, pt(9.0))?;
        canvas.text(right - width, y, pt(9.0), &text)?;
        let own_place = number == 1 && self.layout.face(order.content.kind()).is_some();
        if !own_place {
            let identifier = order.content.head().identifier.to_string();
            let place = [left, y - 3.6, right - width - left - 6.0, 5.0];
            face::identifier_line(&mut canvas, place, &identifier)?;
        }
        page.items.append(&mut canvas.finish().items);
        Ok(page)
    }
}

/// What stands on the pages as the values of fields: for each field its text, put together from its
/// lines in their order, line ends left out. A verifier compares it with [`face_text`].
#[must_use]
pub fn visible(pages: &[Page]) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for page in pages {
        for item in &page.items {
            if let Item::Text(run) = item
                && let Some(field) = &run.field
            {
                out.entry(field.clone()).or_default().push_str(&run.text);
            }
        }
    }
    out
}

/// What the pages of a certificate or proof must show as the values of fields, line ends left out.
#[must_use]
pub fn face_text(content: &Content) -> BTreeMap<String, String> {
    content
        .rows()
        .iter()
        .map(|row| {
            let text = super::wrap::clean(&row.value).replace('\n', "");
            (face::field_of(&row.label).to_owned(), text)
        })
        .collect()
}

/// Names of the files that a certificate carries.
pub mod carried {
    /// Metadata (GB/T 36903-2018) as XML.
    pub const METADATA: &str = "metadata.xml";
    /// The canonical bytes of the content ([`crate::canonical::bytes`]).
    pub const FACE: &str = "face.txt";
}

/// A certificate as a document for the writers of OFD and PDF: its pages, what is written about it,
/// metadata and canonical bytes as files it carries. `extra`: more named values, such as the code's
/// text or the digest of the original of a copy.
#[must_use]
pub fn document(
    content: &Content,
    composed: Composed,
    created: NaiveDate,
    extra: &[(&str, String)],
) -> Document {
    let hash = canonical::face_hash(content);
    let head = content.head();
    let mut custom = vec![
        ("ZZBS".to_owned(), head.identifier.to_string()),
        ("ZZLXDM".to_owned(), head.identifier.type_code().to_owned()),
        ("ZZBH".to_owned(), head.number.clone()),
        ("ZZBFJG".to_owned(), head.authority_name.clone()),
        ("FACE_SM3".to_owned(), hex(&hash)),
    ];
    custom.extend(extra.iter().map(|(k, v)| ((*k).to_owned(), v.clone())));
    Document {
        meta: Meta {
            // the same content gives the same number
            id: std::array::from_fn(|i| hash[i]),
            title: format!("{} {}", content.kind().name_zh(), head.number),
            author: head.authority_name.clone(),
            subject: content.kind().record().catalogue_name.clone(),
            created,
            custom,
        },
        pages: composed.pages,
        attachments: vec![
            Attachment {
                name: carried::METADATA.to_owned(),
                media_type: "application/xml".to_owned(),
                bytes: metadata_xml(content).into_bytes(),
            },
            Attachment {
                name: carried::FACE.to_owned(),
                media_type: "text/plain".to_owned(),
                bytes: canonical::bytes(content),
            },
        ],
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Metadata as XML: one element per field, with code, English name and label.
fn metadata_xml(content: &Content) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ecert>\n");
    for entry in metadata::entries(content) {
        out.push_str(&format!(
            "<field code=\"{}\" name=\"{}\" label=\"{}\">{}</field>\n",
            entry.code,
            entry.english,
            entry.zh,
            escape(&entry.value)
        ));
    }
    out.push_str("</ecert>\n");
    out
}

fn escape(text: &str) -> String {
    super::wrap::clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
