//! The file: catalogue, pages, fonts, pictures, attachments, and room for a signature.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use dengbu_page::{Document, FontError, Fonts, Image, Item, Page, Subset, Subsets};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Settings, Str, TextStr};

use crate::content;
use crate::picture::{self, BadPicture, Pixels};
use crate::sign::Room;

/// How hard parts are packed: little, for speed.
const LEVEL: u32 = 1;
/// Most pictures that are kept unpacked.
const KEPT_MAX: usize = 64;

/// A document that is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// A character or a font.
    #[error(transparent)]
    Font(#[from] FontError),
    /// A picture.
    #[error(transparent)]
    Picture(#[from] BadPicture),
    /// No page.
    #[error("文档没有页面")]
    Empty,
    /// The seal was placed on a page that does not exist.
    #[error("印章位置不在第 {0} 页上")]
    Seal(usize),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] dengbu_gm::SignError),
    /// The signature is longer than the room left for it.
    #[error("签名数据过长")]
    Room,
}

/// Writes documents. One for all: it keeps the pictures it has unpacked.
#[derive(Debug)]
pub struct PdfWriter {
    fonts: &'static Fonts,
    kept: Mutex<Vec<(Arc<Image>, Arc<Pixels>)>>,
}

pub(crate) fn deflate(data: &[u8], level: u32) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::with_capacity(data.len() / 2), Compression::new(level));
    // writing into memory does not fail
    let packed = packer.write_all(data).and_then(|()| packer.finish());
    packed.unwrap_or_default()
}

/// Numbers of objects, given out one after another.
struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

impl PdfWriter {
    /// A writer with these fonts.
    #[must_use]
    pub fn new(fonts: &'static Fonts) -> PdfWriter {
        PdfWriter {
            fonts,
            kept: Mutex::new(Vec::new()),
        }
    }

    /// The fonts.
    #[must_use]
    pub fn fonts(&self) -> &'static Fonts {
        self.fonts
    }

    /// An unsigned file.
    ///
    /// # Errors
    /// See [`PdfError`].
    pub fn unsigned(&self, document: &Document) -> Result<Vec<u8>, PdfError> {
        let subsets = Subsets::of(document, self.fonts)?;
        self.write(document, &subsets, None)
    }

    /// The file, with room for a signature.
    pub(crate) fn write(
        &self,
        document: &Document,
        subsets: &Subsets,
        room: Option<&Room<'_>>,
    ) -> Result<Vec<u8>, PdfError> {
        if document.pages.is_empty() {
            return Err(PdfError::Empty);
        }
        let mut pdf = Pdf::with_settings(Settings { pretty: false });
        pdf.set_version(1, 7);
        let mut numbers = Numbers(0);
        let (catalogue, tree, info) = (numbers.next(), numbers.next(), numbers.next());
        let fonts: Vec<(String, Ref)> = subsets
            .each()
            .iter()
            .map(|subset| {
                let id = font(&mut pdf, &mut numbers, subset);
                (content::font_name(subset.face.index()), id)
            })
            .collect();
        let pages: Vec<Ref> = document.pages.iter().map(|_| numbers.next()).collect();
        let field = match room {
            Some(room) => {
                let id = numbers.next();
                let page = *pages
                    .get(room.page())
                    .ok_or(PdfError::Seal(room.page() + 1))?;
                let image = match room.picture() {
                    Some(image) => Some(self.picture(&mut pdf, &mut numbers, image)?),
                    None => None,
                };
                let height = document.pages.get(room.page()).map(|p| p.size.height);
                room.field(
                    &mut pdf,
                    [id, numbers.next(), numbers.next()],
                    page,
                    image,
                    height,
                );
                Some((room.page(), id))
            }
            None => None,
        };
        let mut known = BTreeMap::new();
        for (n, page) in document.pages.iter().enumerate() {
            let pictures = self.pictures(&mut pdf, &mut numbers, page, &mut known)?;
            let stream = numbers.next();
            let widget = field.filter(|(at, _)| *at == n).map(|(_, id)| id);
            let of = PageParts {
                id: pages[n],
                tree,
                stream,
                widget,
                fonts: &fonts,
                pictures: &pictures,
            };
            write_page(&mut pdf, page, subsets, &of);
        }
        pdf.pages(tree)
            .kids(pages.iter().copied())
            .count(pages.len() as i32);
        let files = attachments(&mut pdf, &mut numbers, document);
        root(
            &mut pdf,
            catalogue,
            tree,
            document,
            field.map(|(_, id)| id),
            &files,
        );
        describe(&mut pdf, info, document);
        let id = document.meta.id.to_vec();
        pdf.set_file_id((id.clone(), id));
        // last, so that its place is quickly found
        if let Some(room) = room {
            room.dictionary(&mut pdf);
        }
        Ok(pdf.finish())
    }

    /// The pictures of a page: name and object, template first. Each is written once.
    fn pictures(
        &self,
        pdf: &mut Pdf,
        numbers: &mut Numbers,
        page: &Page,
        known: &mut BTreeMap<usize, Ref>,
    ) -> Result<Vec<(String, Ref)>, PdfError> {
        let below = page.template.iter().flat_map(|t| t.items.iter());
        let mut found = Vec::new();
        for item in below.chain(&page.items) {
            let Item::Image(item) = item else { continue };
            let address = Arc::as_ptr(&item.image) as usize;
            let id = match known.get(&address) {
                Some(id) => *id,
                None => {
                    let id = self.picture(pdf, numbers, &item.image)?;
                    known.insert(address, id);
                    id
                }
            };
            found.push((format!("I{}", found.len()), id));
        }
        Ok(found)
    }

    fn picture(
        &self,
        pdf: &mut Pdf,
        numbers: &mut Numbers,
        image: &Arc<Image>,
    ) -> Result<Ref, PdfError> {
        let pixels = self.pixels(image)?;
        let id = numbers.next();
        let mask = pixels.alpha.as_ref().map(|alpha| (numbers.next(), alpha));
        let filter = if pixels.jpeg {
            Filter::DctDecode
        } else {
            Filter::FlateDecode
        };
        let mut object = pdf.image_xobject(id, &pixels.colour);
        object.filter(filter);
        object.width(pixels.width as i32);
        object.height(pixels.height as i32);
        object.bits_per_component(8);
        object.color_space_name(Name(if pixels.grey {
            b"DeviceGray"
        } else {
            b"DeviceRGB"
        }));
        if let Some((mask, _)) = mask {
            object.s_mask(mask);
        }
        object.finish();
        if let Some((mask, alpha)) = mask {
            let mut object = pdf.image_xobject(mask, alpha);
            object.filter(Filter::FlateDecode);
            object.width(pixels.width as i32);
            object.height(pixels.height as i32);
            object.bits_per_component(8);
            object.color_space_name(Name(b"DeviceGray"));
        }
        Ok(id)
    }

    fn pixels(&self, image: &Arc<Image>) -> Result<Arc<Pixels>, PdfError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pixels)) = kept.iter().find(|(known, _)| Arc::ptr_eq(known, image)) {
            return Ok(Arc::clone(pixels));
        }
        let pixels = Arc::new(picture::read(image)?);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.push((Arc::clone(image), Arc::clone(&pixels)));
        Ok(pixels)
    }
}

struct PageParts<'a> {
    id: Ref,
    tree: Ref,
    stream: Ref,
    widget: Option<Ref>,
    fonts: &'a [(String, Ref)],
    pictures: &'a [(String, Ref)],
}

fn write_page(pdf: &mut Pdf, page: &Page, subsets: &Subsets, parts: &PageParts<'_>) {
    let names: Vec<String> = parts
        .pictures
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    let mut drawn = content::page(page.size.height);
    let mut own = names.as_slice();
    if let Some(template) = &page.template {
        content::draw(&mut drawn, &template.items, subsets, own);
        let images = template
            .items
            .iter()
            .filter(|i| matches!(i, Item::Image(_)));
        own = own.get(images.count()..).unwrap_or_default();
    }
    content::draw(&mut drawn, &page.items, subsets, own);
    let packed = deflate(&drawn.finish(), LEVEL);
    pdf.stream(parts.stream, &packed)
        .filter(Filter::FlateDecode);
    let mut object = pdf.page(parts.id);
    let points = |mm: f64| dengbu_points(mm);
    object.media_box(Rect::new(
        0.0,
        0.0,
        points(page.size.width),
        points(page.size.height),
    ));
    object.parent(parts.tree);
    object.contents(parts.stream);
    if let Some(widget) = parts.widget {
        object.annotations([widget]);
    }
    let mut resources = object.resources();
    let mut fonts = resources.fonts();
    for (name, id) in parts.fonts {
        fonts.pair(Name(name.as_bytes()), *id);
    }
    fonts.finish();
    let mut pictures = resources.x_objects();
    for (name, id) in parts.pictures {
        pictures.pair(Name(name.as_bytes()), *id);
    }
}

/// Millimetres in points.
pub(crate) fn dengbu_points(mm: f64) -> f32 {
    (mm * 72.0 / 25.4) as f32
}

const IDENTITY: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// A subset as a composite font whose codes are glyph numbers.
fn font(pdf: &mut Pdf, numbers: &mut Numbers, subset: &Subset) -> Ref {
    let (id, descendant, descriptor) = (numbers.next(), numbers.next(), numbers.next());
    let (file, unicode) = (numbers.next(), numbers.next());
    // six letters before the name tell readers that it is a subset (ISO 32000-1 §9.6.4)
    let digest = dengbu_gm::hash::sha256(&subset.bytes);
    let tag: String = digest[..6]
        .iter()
        .map(|b| char::from(b'A' + b % 26))
        .collect();
    let name = format!("{tag}+{}", subset.face.name());
    let name = Name(name.as_bytes());
    pdf.type0_font(id)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(unicode);
    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type2);
    cid.base_font(name);
    cid.system_info(IDENTITY);
    cid.font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    cid.default_width(1000.0);
    let mut widths = cid.widths();
    for (glyph, width) in subset.widths.iter().enumerate() {
        if *width != 1000.0 {
            widths.consecutive(glyph as u16, [*width as f32]);
        }
    }
    widths.finish();
    cid.finish();
    let (above, below) = (subset.extent.0 as f32, subset.extent.1 as f32);
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-200.0, below * 1000.0, 1200.0, above * 1000.0))
        .italic_angle(0.0)
        .ascent(above * 1000.0)
        .descent(below * 1000.0)
        .cap_height(700.0)
        .stem_v(80.0)
        .font_file2(file);
    let packed = deflate(&subset.bytes, LEVEL);
    let mut stream = pdf.stream(file, &packed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), subset.bytes.len() as i32);
    stream.finish();
    let mut map = UnicodeCmap::new(Name(b"Dengbu"), IDENTITY);
    let mut seen = vec![false; subset.widths.len()];
    for (c, glyph) in &subset.glyphs {
        if let Some(place) = seen.get_mut(usize::from(*glyph))
            && !std::mem::replace(place, true)
        {
            map.pair(*glyph, *c);
        }
    }
    let packed = deflate(&map.finish(), LEVEL);
    pdf.cmap(unicode, &packed).filter(Filter::FlateDecode);
    id
}

/// The attached files: name and file specification.
fn attachments(pdf: &mut Pdf, numbers: &mut Numbers, document: &Document) -> Vec<(String, Ref)> {
    document
        .attachments
        .iter()
        .map(|attachment| {
            let (file, spec) = (numbers.next(), numbers.next());
            let packed = deflate(&attachment.bytes, LEVEL);
            let mut embedded = pdf.embedded_file(file, &packed);
            embedded.subtype(Name(attachment.media_type.as_bytes()));
            embedded.params().size(attachment.bytes.len() as i32);
            embedded.filter(Filter::FlateDecode);
            embedded.finish();
            let mut object = pdf.file_spec(spec);
            object.path(Str(attachment.name.as_bytes()));
            object.unic_file(TextStr(&attachment.name));
            object.embedded_file(file);
            object.finish();
            (attachment.name.clone(), spec)
        })
        .collect()
}

fn root(
    pdf: &mut Pdf,
    id: Ref,
    tree: Ref,
    document: &Document,
    field: Option<Ref>,
    files: &[(String, Ref)],
) {
    let mut catalogue = pdf.catalog(id);
    catalogue.pages(tree);
    catalogue.lang(TextStr("zh-CN"));
    catalogue
        .viewer_preferences()
        .display_doc_title(!document.meta.title.is_empty());
    if !files.is_empty() {
        let mut sorted: Vec<&(String, Ref)> = files.iter().collect();
        sorted.sort_unstable();
        let mut names = catalogue.names();
        let mut tree = names.embedded_files();
        let mut entries = tree.names();
        for (name, spec) in sorted {
            entries.insert(Str(name.as_bytes()), *spec);
        }
    }
    if let Some(field) = field {
        let mut form = catalogue.insert(Name(b"AcroForm")).dict();
        form.insert(Name(b"Fields")).array().item(field);
        // signatures exist, and the file may only be appended to
        form.pair(Name(b"SigFlags"), 3);
    }
}

fn describe(pdf: &mut Pdf, id: Ref, document: &Document) {
    let meta = &document.meta;
    let mut info = pdf.document_info(id);
    info.title(TextStr(&meta.title));
    info.author(TextStr(&meta.author));
    if !meta.subject.is_empty() {
        info.subject(TextStr(&meta.subject));
    }
    info.creator(TextStr("登簿"));
    let created = meta.created.format("D:%Y%m%d").to_string();
    info.pair(Name(b"CreationDate"), Str(created.as_bytes()));
    for (name, value) in &meta.custom {
        info.pair(Name(name.as_bytes()), TextStr(value));
    }
}
