//! The parts of a package without its signature.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use dengbu_page::picture::{ImageFormat, QrModules};
use dengbu_page::{Document, FontError, Fonts, Image, Item, Page, Size, Subsets, Template};

use crate::container::{ContainerError, Packed};
use crate::content::{Box4, NAMESPACE, Tagged, Writer, font_id};
use crate::picture;
use crate::xml::escape;

/// How hard the parts of one document are packed: little, for speed.
const LEVEL: u32 = 1;
/// How hard templates are packed: once for many documents.
const LEVEL_STATIC: u32 = 9;
/// Numbers of a template's objects begin here for the first template, at twice this for the
/// second, so that they do not depend on the document.
const TEMPLATE_STEP: u64 = 100_000;
/// Numbers of a template's pictures, after those of its objects.
const TEMPLATE_IMAGES: u64 = 90_000;
/// Numbers of the document's own pictures, pages and objects.
const IMAGES_FROM: u64 = 100;
const PAGES_FROM: u64 = 1_000;
const OBJECTS_FROM: u64 = 2_000;
/// Most templates that are kept.
const KEPT_MAX: usize = 64;

/// A document that is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A character or a font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// Too large.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// No page.
    #[error("文档没有页面")]
    Empty,
    /// A name of an attachment that would not do as a file name.
    #[error("附件名“{0}”不合规（只能用字母、数字、-、_ 和 .）")]
    Attachment(String),
    /// A seal was placed on a page that does not exist, or outside it.
    #[error("印章位置不在第 {0} 页上")]
    Stamp(usize),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] dengbu_gm::SignError),
}

/// A template as packed: its content and its pictures.
#[derive(Debug)]
struct Kept {
    /// Kept alive, so that its address stays its own.
    template: Arc<Template>,
    place: usize,
    content: Arc<Packed>,
    images: Vec<(u64, Arc<Packed>)>,
    tagged: Vec<Tagged>,
}

/// Writes documents. One for all: it keeps the templates it has packed.
#[derive(Debug)]
pub struct OfdWriter {
    fonts: &'static Fonts,
    kept: Mutex<Vec<Arc<Kept>>>,
}

/// The parts of a document.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub entries: Vec<Arc<Packed>>,
    /// Number of each page.
    pub pages: Vec<(u64, Size)>,
}

/// Where the signature is found.
pub(crate) const SIGNATURES: &str = "Doc_0/Signs/Signatures.xml";

impl OfdWriter {
    /// A writer with these fonts.
    #[must_use]
    pub fn new(fonts: &'static Fonts) -> OfdWriter {
        OfdWriter {
            fonts,
            kept: Mutex::new(Vec::new()),
        }
    }

    /// An unsigned file, for previews and tests.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn unsigned(&self, document: &Document) -> Result<Vec<u8>, WriteError> {
        let subsets = Subsets::of(document, self.fonts)?;
        let parts = self.parts(document, &subsets, false)?;
        Ok(crate::container::write(&parts.entries))
    }

    /// The fonts.
    #[must_use]
    pub fn fonts(&self) -> &'static Fonts {
        self.fonts
    }

    pub(crate) fn parts(
        &self,
        document: &Document,
        subsets: &Subsets,
        signed: bool,
    ) -> Result<Parts, WriteError> {
        if document.pages.is_empty() {
            return Err(WriteError::Empty);
        }
        let mut made = Making::default();
        let templates = self.templates(document)?;
        for kept in &templates {
            made.entries.push(Arc::clone(&kept.content));
            for (id, packed) in &kept.images {
                made.images.push((*id, packed.name.clone()));
                made.entries.push(Arc::clone(packed));
            }
        }
        let mut pages = Vec::with_capacity(document.pages.len());
        let mut next = OBJECTS_FROM;
        for (n, page) in document.pages.iter().enumerate() {
            let id = PAGES_FROM + n as u64;
            let template = templates.iter().find(|kept| {
                page.template
                    .as_ref()
                    .is_some_and(|t| same(t, &kept.template))
            });
            next = made.page(page, n, id, next, template)?;
            pages.push((id, page.size));
        }
        for subset in subsets.each() {
            let name = format!("Doc_0/Res/{}.ttf", subset.face.name());
            made.push(&name, &subset.bytes)?;
        }
        made.push("Doc_0/PublicRes.xml", public_resources(subsets).as_bytes())?;
        if !made.images.is_empty() {
            let xml = document_resources(&made.images);
            made.push("Doc_0/DocumentRes.xml", xml.as_bytes())?;
        }
        let has_tags = made.tags(&pages)?;
        made.attachments(document)?;
        let shape = Shape {
            templates: templates.len(),
            images: !made.images.is_empty(),
            tags: has_tags,
            attachments: !document.attachments.is_empty(),
            last: next.max(TEMPLATE_STEP * (templates.len() as u64 + 2)),
        };
        made.push("OFD.xml", entry_point(document, signed).as_bytes())?;
        made.push("Doc_0/Document.xml", root(&pages, &shape).as_bytes())?;
        // readers look for OFD.xml first
        made.entries.rotate_right(2);
        Ok(Parts {
            entries: made.entries,
            pages,
        })
    }

    /// The document's templates as packed, each once, in the order of their pages.
    fn templates(&self, document: &Document) -> Result<Vec<Arc<Kept>>, WriteError> {
        let mut found: Vec<Arc<Kept>> = Vec::new();
        for template in document.pages.iter().filter_map(|p| p.template.as_ref()) {
            if found.iter().any(|kept| same(&kept.template, template)) {
                continue;
            }
            let place = found.len();
            let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let known = all
                .iter()
                .find(|kept| kept.place == place && same(&kept.template, template));
            let kept = match known {
                Some(kept) => Arc::clone(kept),
                None => {
                    let kept = Arc::new(pack_template(template, place)?);
                    if all.len() >= KEPT_MAX {
                        all.clear();
                    }
                    all.push(Arc::clone(&kept));
                    kept
                }
            };
            drop(all);
            found.push(kept);
        }
        Ok(found)
    }
}

/// The same template, by address: comparing their contents would cost more than packing them.
fn same(a: &Arc<Template>, b: &Arc<Template>) -> bool {
    Arc::ptr_eq(a, b)
}

fn pack_template(template: &Arc<Template>, place: usize) -> Result<Kept, WriteError> {
    let base = TEMPLATE_STEP * (place as u64 + 1);
    let images = pictures(&template.items)
        .into_iter()
        .enumerate()
        .map(|(n, picture)| {
            let id = base + TEMPLATE_IMAGES + n as u64;
            let name = format!("Doc_0/Res/Tpl_{place}_{n}.{}", picture.ending());
            let packed = Packed::new(&name, &picture.bytes(), LEVEL_STATIC)?;
            Ok((id, Arc::new(packed)))
        })
        .collect::<Result<Vec<_>, WriteError>>()?;
    let ids: Vec<u64> = images.iter().map(|(id, _)| *id).collect();
    let mut writer = Writer::new(base + 2, &ids);
    writer.items(&template.items);
    let xml = page_xml(template.size, None, base + 1, &writer.xml);
    let name = format!("Doc_0/Tpls/Tpl_{place}/Content.xml");
    Ok(Kept {
        template: Arc::clone(template),
        place,
        content: Arc::new(Packed::new(&name, xml.as_bytes(), LEVEL_STATIC)?),
        images,
        tagged: writer.tagged,
    })
}

/// A picture or code of a page.
enum Drawn<'a> {
    Image(&'a Arc<Image>),
    Qr(&'a QrModules),
}

impl Drawn<'_> {
    fn ending(&self) -> &'static str {
        match self {
            Drawn::Image(image) if image.format == ImageFormat::Jpeg => "jpg",
            _ => "png",
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Drawn::Image(image) => image.bytes.clone(),
            Drawn::Qr(modules) => picture::qr_png(modules),
        }
    }
}

fn pictures(items: &[Item]) -> Vec<Drawn<'_>> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Image(item) => Some(Drawn::Image(&item.image)),
            Item::Qr(item) => Some(Drawn::Qr(&item.modules)),
            _ => None,
        })
        .collect()
}

/// A document being made.
#[derive(Default)]
struct Making {
    entries: Vec<Arc<Packed>>,
    images: Vec<(u64, String)>,
    /// Pictures that are in already, by address.
    known: BTreeMap<usize, u64>,
    /// Fields by page number.
    tagged: Vec<(u64, Tagged)>,
}

impl Making {
    fn push(&mut self, name: &str, content: &[u8]) -> Result<(), WriteError> {
        let packed = Packed::new(name, content, LEVEL)?;
        self.entries.push(Arc::new(packed));
        Ok(())
    }

    fn page(
        &mut self,
        page: &Page,
        n: usize,
        id: u64,
        first: u64,
        template: Option<&Arc<Kept>>,
    ) -> Result<u64, WriteError> {
        let ids = pictures(&page.items)
            .into_iter()
            .map(|picture| self.picture(&picture))
            .collect::<Result<Vec<u64>, WriteError>>()?;
        let mut writer = Writer::new(first + 1, &ids);
        writer.items(&page.items);
        let below = template.map(|kept| kept.place);
        let xml = page_xml(page.size, below, first, &writer.xml);
        let next = writer.next();
        let of_template = template.into_iter().flat_map(|kept| kept.tagged.clone());
        let tagged = of_template.chain(writer.tagged);
        self.tagged.extend(tagged.map(|tag| (id, tag)));
        self.push(&format!("Doc_0/Pages/Page_{n}/Content.xml"), xml.as_bytes())?;
        Ok(next)
    }

    /// Puts a picture in, once, and gives its number.
    fn picture(&mut self, picture: &Drawn<'_>) -> Result<u64, WriteError> {
        let address = match picture {
            Drawn::Image(image) => Some(Arc::as_ptr(image) as usize),
            Drawn::Qr(_) => None,
        };
        if let Some(id) = address.and_then(|address| self.known.get(&address)) {
            return Ok(*id);
        }
        let n = self
            .images
            .iter()
            .filter(|(id, _)| *id < PAGES_FROM)
            .count();
        let id = IMAGES_FROM + n as u64;
        let name = format!("Doc_0/Res/Image_{n}.{}", picture.ending());
        // pictures are packed already
        let packed = Packed::new(&name, &picture.bytes(), 0)?;
        self.entries.push(Arc::new(packed));
        self.images.push((id, name));
        if let Some(address) = address {
            self.known.insert(address, id);
        }
        Ok(id)
    }

    /// The custom tags: which object shows which field. False if there are none.
    fn tags(&mut self, pages: &[(u64, Size)]) -> Result<bool, WriteError> {
        if self.tagged.is_empty() {
            return Ok(false);
        }
        let mut xml =
            format!("{HEAD}<dengbu:Fields xmlns:dengbu=\"{FIELDS}\" xmlns:ofd=\"{NAMESPACE}\">");
        let mut all = std::mem::take(&mut self.tagged);
        all.retain(|(page, _)| pages.iter().any(|(id, _)| id == page));
        for (page, tag) in &all {
            let _ = write!(
                xml,
                "<dengbu:Field Name=\"{}\"><ofd:ObjectRef PageRef=\"{page}\">{}</ofd:ObjectRef></dengbu:Field>",
                escape(&tag.field),
                tag.object
            );
        }
        xml.push_str("</dengbu:Fields>");
        let list = format!(
            "{HEAD}<ofd:CustomTags xmlns:ofd=\"{NAMESPACE}\"><ofd:CustomTag NameSpace=\"{FIELDS}\">\
             <ofd:FileLoc>Fields.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>"
        );
        self.push("Doc_0/Tags/CustomTags.xml", list.as_bytes())?;
        self.push("Doc_0/Tags/Fields.xml", xml.as_bytes())?;
        Ok(true)
    }

    fn attachments(&mut self, document: &Document) -> Result<(), WriteError> {
        if document.attachments.is_empty() {
            return Ok(());
        }
        let mut xml = format!("{HEAD}<ofd:Attachments xmlns:ofd=\"{NAMESPACE}\">");
        for (n, attachment) in document.attachments.iter().enumerate() {
            let name = &attachment.name;
            let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let other = |a: &dengbu_page::Attachment| a.name.eq_ignore_ascii_case(name);
            let twice = document.attachments[..n].iter().any(other);
            let own = name.eq_ignore_ascii_case("Attachments.xml");
            if name.is_empty() || name.starts_with('.') || !name.chars().all(good) || twice || own {
                return Err(WriteError::Attachment(name.clone()));
            }
            let ending = name.rsplit('.').next().unwrap_or(name);
            let _ = write!(
                xml,
                "<ofd:Attachment ID=\"att{}\" Name=\"{name}\" Format=\"{ending}\" Size=\"{:.3}\" Visible=\"false\">\
                 <ofd:FileLoc>{name}</ofd:FileLoc></ofd:Attachment>",
                n + 1,
                attachment.bytes.len() as f64 / 1024.0
            );
            self.push(&format!("Doc_0/Attachs/{name}"), &attachment.bytes)?;
        }
        xml.push_str("</ofd:Attachments>");
        self.push("Doc_0/Attachs/Attachments.xml", xml.as_bytes())
    }
}

pub(crate) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
/// Name space of our tags: which object shows which field.
pub(crate) const FIELDS: &str = "urn:dengbu:fields";

fn page_xml(size: Size, template: Option<usize>, layer: u64, items: &str) -> String {
    let below = template.map_or(String::new(), |place| {
        let id = TEMPLATE_STEP * (place as u64 + 1);
        format!("<ofd:Template TemplateID=\"{id}\" ZOrder=\"Background\"/>")
    });
    let boundary = Box4(0.0, 0.0, size.width, size.height);
    let content = if items.is_empty() {
        String::new()
    } else {
        format!("<ofd:Content><ofd:Layer ID=\"{layer}\">{items}</ofd:Layer></ofd:Content>")
    };
    format!(
        "{HEAD}<ofd:Page xmlns:ofd=\"{NAMESPACE}\">{below}<ofd:Area><ofd:PhysicalBox>{boundary}</ofd:PhysicalBox></ofd:Area>{content}</ofd:Page>"
    )
}

fn public_resources(subsets: &Subsets) -> String {
    let mut xml = format!("{HEAD}<ofd:Res xmlns:ofd=\"{NAMESPACE}\" BaseLoc=\"Res\">");
    if !subsets.each().is_empty() {
        xml.push_str("<ofd:Fonts>");
        for subset in subsets.each() {
            let name = subset.face.name();
            let _ = write!(
                xml,
                "<ofd:Font ID=\"{}\" FontName=\"{name}\" FamilyName=\"{name}\"><ofd:FontFile>{name}.ttf</ofd:FontFile></ofd:Font>",
                font_id(subset.face)
            );
        }
        xml.push_str("</ofd:Fonts>");
    }
    xml.push_str("</ofd:Res>");
    xml
}

fn document_resources(images: &[(u64, String)]) -> String {
    let mut xml =
        format!("{HEAD}<ofd:Res xmlns:ofd=\"{NAMESPACE}\" BaseLoc=\"Res\"><ofd:MultiMedias>");
    for (id, name) in images {
        let file = name.rsplit('/').next().unwrap_or(name);
        let format = if file.ends_with("jpg") { "JPEG" } else { "PNG" };
        let _ = write!(
            xml,
            "<ofd:MultiMedia ID=\"{id}\" Type=\"Image\" Format=\"{format}\"><ofd:MediaFile>{file}</ofd:MediaFile></ofd:MultiMedia>"
        );
    }
    xml.push_str("</ofd:MultiMedias></ofd:Res>");
    xml
}

struct Shape {
    templates: usize,
    images: bool,
    tags: bool,
    attachments: bool,
    last: u64,
}

fn root(pages: &[(u64, Size)], shape: &Shape) -> String {
    let size = pages.first().map_or(Size::A4, |page| page.1);
    let mut xml = format!(
        "{HEAD}<ofd:Document xmlns:ofd=\"{NAMESPACE}\"><ofd:CommonData><ofd:MaxUnitID>{}</ofd:MaxUnitID>\
         <ofd:PageArea><ofd:PhysicalBox>{}</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>",
        shape.last,
        Box4(0.0, 0.0, size.width, size.height)
    );
    if shape.images {
        xml.push_str("<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>");
    }
    for place in 0..shape.templates {
        let _ = write!(
            xml,
            "<ofd:TemplatePage ID=\"{}\" BaseLoc=\"Tpls/Tpl_{place}/Content.xml\"/>",
            TEMPLATE_STEP * (place as u64 + 1)
        );
    }
    xml.push_str("</ofd:CommonData><ofd:Pages>");
    for (n, (id, _)) in pages.iter().enumerate() {
        let _ = write!(
            xml,
            "<ofd:Page ID=\"{id}\" BaseLoc=\"Pages/Page_{n}/Content.xml\"/>"
        );
    }
    xml.push_str("</ofd:Pages>");
    if shape.tags {
        xml.push_str("<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>");
    }
    if shape.attachments {
        xml.push_str("<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>");
    }
    xml.push_str("</ofd:Document>");
    xml
}

/// `OFD.xml`. The signature list is named before anything is signed, because this file is covered.
fn entry_point(document: &Document, signed: bool) -> String {
    let meta = &document.meta;
    let id: String = meta.id.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut xml = format!(
        "{HEAD}<ofd:OFD xmlns:ofd=\"{NAMESPACE}\" Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>\
         <ofd:DocID>{id}</ofd:DocID><ofd:Title>{}</ofd:Title><ofd:Author>{}</ofd:Author>",
        escape(&meta.title),
        escape(&meta.author)
    );
    if !meta.subject.is_empty() {
        let _ = write!(xml, "<ofd:Subject>{}</ofd:Subject>", escape(&meta.subject));
    }
    let _ = write!(
        xml,
        "<ofd:CreationDate>{}</ofd:CreationDate><ofd:Creator>登簿</ofd:Creator>",
        meta.created
    );
    if !meta.custom.is_empty() {
        xml.push_str("<ofd:CustomDatas>");
        for (name, value) in &meta.custom {
            let _ = write!(
                xml,
                "<ofd:CustomData Name=\"{}\">{}</ofd:CustomData>",
                escape(name),
                escape(value)
            );
        }
        xml.push_str("</ofd:CustomDatas>");
    }
    xml.push_str("</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>");
    if signed {
        let _ = write!(xml, "<ofd:Signatures>/{SIGNATURES}</ofd:Signatures>");
    }
    xml.push_str("</ofd:DocBody></ofd:OFD>");
    xml
}
