//! What is drawn, as operators of a page. Millimetres from the upper left corner: one matrix turns
//! the page, and each glyph is turned back.

use dengbu_page::picture::QrItem;
use dengbu_page::{Colour, Item, Path, PathItem, Segment, Subsets, TextRun};
use pdf_writer::{Content, Finish as _, Name, Str};

/// Millimetres to points.
const POINTS: f64 = 72.0 / 25.4;

/// Name of a font on a page.
#[must_use]
pub fn font_name(index: usize) -> String {
    format!("F{index}")
}

/// Draws items. `pictures` are the names of the pictures among them, in their order.
pub fn draw(content: &mut Content, items: &[Item], subsets: &Subsets, pictures: &[String]) {
    let mut picture = 0;
    for item in items {
        match item {
            Item::Text(run) => text(content, run, subsets),
            Item::Path(item) => path(content, item),
            Item::Qr(item) => qr(content, item),
            Item::Image(item) => {
                if let Some(name) = pictures.get(picture) {
                    content.save_state();
                    let (w, h) = (item.width as f32, -item.height as f32);
                    let (x, y) = (item.x as f32, (item.y + item.height) as f32);
                    content.transform([w, 0.0, 0.0, h, x, y]);
                    content.x_object(Name(name.as_bytes()));
                    content.restore_state();
                }
                picture += 1;
            }
        }
    }
}

/// A new content whose unit is the millimetre, from the upper left corner of a page so high.
#[must_use]
pub fn page(height: f64) -> Content {
    let mut content = Content::with_capacity(8 * 1024);
    let (scale, top) = (POINTS as f32, (height * POINTS) as f32);
    content.transform([scale, 0.0, 0.0, -scale, 0.0, top]);
    content
}

fn fill(content: &mut Content, colour: Colour) {
    let part = |c: u8| f32::from(c) / 255.0;
    content.set_fill_rgb(part(colour.red), part(colour.green), part(colour.blue));
}

fn text(content: &mut Content, run: &TextRun, subsets: &Subsets) {
    let Some(subset) = subsets.get(run.face) else {
        return;
    };
    let (sin, cos) = run.turn.to_radians().sin_cos();
    let (sin, cos) = (sin as f32, cos as f32);
    fill(content, run.colour);
    content.begin_text();
    let name = font_name(run.face.index());
    content.set_font(Name(name.as_bytes()), run.size as f32);
    content.set_text_matrix([cos, sin, sin, -cos, run.x as f32, run.baseline as f32]);
    let mut show = content.show_positioned();
    let mut items = show.items();
    let mut pending = Vec::with_capacity(run.text.len());
    for (c, advance) in run.text.chars().zip(&run.advances) {
        let Some(glyph) = subset.glyph(c) else {
            continue;
        };
        pending.extend(glyph.to_be_bytes());
        let own = subset.widths.get(usize::from(glyph)).copied();
        let wanted = advance / run.size * 1000.0;
        let shift = own.unwrap_or(1000.0) - wanted;
        if shift.abs() > 0.5 {
            items.show(Str(&pending));
            items.adjust(shift as f32);
            pending.clear();
        }
    }
    if !pending.is_empty() {
        items.show(Str(&pending));
    }
    items.finish();
    show.finish();
    content.end_text();
}

fn path(content: &mut Content, item: &PathItem) {
    if let Some(colour) = item.paint.fill {
        fill(content, colour);
    }
    if let Some(stroke) = &item.paint.stroke {
        let part = |c: u8| f32::from(c) / 255.0;
        let colour = stroke.colour;
        content.set_stroke_rgb(part(colour.red), part(colour.green), part(colour.blue));
        content.set_line_width(stroke.width as f32);
        content.set_dash_pattern(stroke.dash.iter().map(|d| *d as f32), 0.0);
    }
    segments(content, &item.path);
    match (item.paint.fill.is_some(), item.paint.stroke.is_some()) {
        (true, true) => content.fill_nonzero_and_stroke(),
        (true, false) => content.fill_nonzero(),
        (false, true) => content.stroke(),
        (false, false) => content.end_path(),
    };
}

fn segments(content: &mut Content, path: &Path) {
    for segment in &path.segments {
        match *segment {
            Segment::Move(x, y) => content.move_to(x as f32, y as f32),
            Segment::Line(x, y) => content.line_to(x as f32, y as f32),
            Segment::Curve(a, b, c, d, x, y) => {
                content.cubic_to(a as f32, b as f32, c as f32, d as f32, x as f32, y as f32)
            }
            Segment::Close => content.close_path(),
        };
    }
}

/// The dark modules as rectangles, those beside each other as one.
fn qr(content: &mut Content, item: &QrItem) {
    let side = item.modules.side;
    content.save_state();
    let module = (item.side / side as f64) as f32;
    content.transform([module, 0.0, 0.0, module, item.x as f32, item.y as f32]);
    content.set_fill_gray(0.0);
    for (row, modules) in item.modules.dark.chunks_exact(side).enumerate() {
        let mut from = 0;
        while from < side {
            let length = modules[from..].iter().take_while(|dark| **dark).count();
            if length > 0 {
                content.rect(from as f32, row as f32, length as f32, 1.0);
            }
            from += length.max(1);
        }
    }
    content.fill_nonzero();
    content.restore_state();
}
