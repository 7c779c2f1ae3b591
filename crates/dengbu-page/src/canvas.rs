//! Drawing a page.

use std::sync::Arc;

use crate::document::{Item, Page, Size, Template, TextRun};
use crate::fonts::{FontError, Fonts};
use crate::picture::{Image, ImageItem, QrItem, QrModules};
use crate::shape::{Colour, Paint, Path, PathItem};

/// A page being drawn.
#[derive(Debug)]
pub struct Canvas<'f> {
    page: Page,
    fonts: &'f Fonts,
}

/// The runs that one call of [`Canvas::text`] drew: more than one where characters come from
/// different fonts. Change colour, direction or field name of all of them here.
#[derive(Debug)]
pub struct Drawn<'c> {
    items: &'c mut [Item],
    /// Width of all of it in millimetres.
    pub width: f64,
}

impl<'f> Canvas<'f> {
    /// An empty page.
    #[must_use]
    pub fn new(size: Size, fonts: &'f Fonts) -> Canvas<'f> {
        Canvas {
            page: Page {
                size,
                template: None,
                items: Vec::new(),
            },
            fonts,
        }
    }

    /// A page over a template, of the template's size.
    #[must_use]
    pub fn over(template: &Arc<Template>, fonts: &'f Fonts) -> Canvas<'f> {
        let mut canvas = Canvas::new(template.size, fonts);
        canvas.page.template = Some(Arc::clone(template));
        canvas
    }

    /// The page as drawn.
    #[must_use]
    pub fn finish(self) -> Page {
        self.page
    }

    /// The fonts, for measuring.
    #[must_use]
    pub fn fonts(&self) -> &'f Fonts {
        self.fonts
    }

    /// One line of black text: left end of the baseline, size of the em square in millimetres.
    ///
    /// # Errors
    /// A character that no font has.
    pub fn text(
        &mut self,
        x: f64,
        baseline: f64,
        size: f64,
        text: &str,
    ) -> Result<Drawn<'_>, FontError> {
        let from = self.page.items.len();
        let mut at = x;
        for (face, text, advances) in self.fonts.runs(text, size)? {
            let run = TextRun {
                x: at,
                baseline,
                size,
                face,
                text,
                advances,
                colour: Colour::BLACK,
                turn: 0.0,
                field: None,
            };
            at += run.width();
            self.page.items.push(Item::Text(run));
        }
        Ok(Drawn {
            items: &mut self.page.items[from..],
            width: at - x,
        })
    }

    /// One line of text around a middle.
    ///
    /// # Errors
    /// A character that no font has.
    pub fn centred(
        &mut self,
        middle: f64,
        baseline: f64,
        size: f64,
        text: &str,
    ) -> Result<Drawn<'_>, FontError> {
        let width = self.fonts.width(text, size)?;
        self.text(middle - width / 2.0, baseline, size, text)
    }

    /// A run laid out by someone else, for instance with letters drawn apart.
    pub fn run(&mut self, run: TextRun) {
        self.page.items.push(Item::Text(run));
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), paint: impl Into<Paint>) {
        self.path(
            Path::new().move_to(from.0, from.1).line_to(to.0, to.1),
            paint,
        );
    }

    /// A rectangle.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, paint: impl Into<Paint>) {
        let (right, bottom) = (x + width, y + height);
        let corners = [(x, y), (right, y), (right, bottom), (x, bottom)];
        self.path(Path::polyline(&corners, true), paint);
    }

    /// A path. An empty one draws nothing.
    pub fn path(&mut self, path: Path, paint: impl Into<Paint>) {
        if !path.segments.is_empty() {
            let paint = paint.into();
            self.page.items.push(Item::Path(PathItem { path, paint }));
        }
    }

    /// A picture.
    pub fn image(&mut self, x: f64, y: f64, width: f64, height: f64, image: &Arc<Image>) {
        self.page.items.push(Item::Image(ImageItem {
            x,
            y,
            width,
            height,
            image: Arc::clone(image),
        }));
    }

    /// A QR code whose modules fill a square of `side` millimetres.
    pub fn qr(&mut self, x: f64, y: f64, side: f64, modules: QrModules) {
        self.page.items.push(Item::Qr(QrItem {
            x,
            y,
            side,
            modules,
        }));
    }
}

impl Drawn<'_> {
    fn each(self, change: impl Fn(&mut TextRun)) -> Self {
        for item in self.items.iter_mut() {
            if let Item::Text(run) = item {
                change(run);
            }
        }
        self
    }

    /// In this colour.
    pub fn colour(self, colour: Colour) -> Self {
        self.each(|run| run.colour = colour)
    }

    /// As the value of this field.
    pub fn field(self, name: &str) -> Self {
        self.each(|run| run.field = Some(name.to_owned()))
    }

    /// Turned by so many degrees clockwise around the left end of the baseline.
    pub fn turned(self, degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let first = self.items.iter().find_map(|item| match item {
            Item::Text(run) => Some((run.x, run.baseline)),
            _ => None,
        });
        let Some((x0, y0)) = first else { return self };
        self.each(|run| {
            let along = run.x - x0;
            run.x = x0 + along * cos;
            run.baseline = y0 + along * sin;
            run.turn = degrees;
        })
    }
}
