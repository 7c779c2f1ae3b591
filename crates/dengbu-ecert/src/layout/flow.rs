//! Text and tables that flow from page to page.

use std::sync::Arc;

use dengbu_page::{Canvas, Colour, Fonts, Page, Size, Stroke, Template, pt};

use super::LayoutError;
use super::wrap::{ASCENT, Break, Line, line_height, wrap};

/// Most pages of a certificate.
pub const PAGES_MAX: usize = 400;
/// Blank around the text of a cell.
const PAD: [f64; 2] = [1.5, 1.0];
const LINE: Colour = Colour::new(90, 90, 90);
/// Ground of a table's head.
const HEAD: Colour = Colour::new(240, 238, 232);

/// What a page of the flow looks like.
pub struct Sheet {
    /// Size of the page.
    pub size: Size,
    /// What stands on every page.
    pub template: Option<Arc<Template>>,
    /// Where text stands: left, top, width, height.
    pub place: [f64; 4],
}

/// Pages being filled from top to bottom.
pub struct Flow<'f> {
    fonts: &'f Fonts,
    sheet: Sheet,
    done: Vec<Canvas<'f>>,
    /// Where the next line begins.
    y: f64,
}

/// A cell's lines.
type Cell = Vec<Line>;

/// Columns of a table: widths in mm, all together the width of the place.
pub struct Columns<'c> {
    /// Widths.
    pub widths: &'c [f64],
    /// Names, repeated on every page; empty: none.
    pub names: &'c [String],
    /// Whether the first column holds labels.
    pub labelled: bool,
    /// Size, points.
    pub points: f64,
}

/// A column of a page.
pub struct Column<'a, 'f> {
    flow: &'a mut Flow<'f>,
    whole: [f64; 4],
    y: f64,
    page: usize,
}

impl Column<'_, '_> {
    /// A table in the column.
    pub fn table(
        &mut self,
        columns: &Columns<'_>,
        rows: &[Vec<String>],
    ) -> Result<(), LayoutError> {
        self.flow.table(columns, rows)
    }
}

impl Drop for Column<'_, '_> {
    fn drop(&mut self) {
        self.flow.sheet.place = self.whole;
        if self.flow.done.len() == self.page {
            self.flow.y = self.y;
        }
    }
}

impl<'f> Flow<'f> {
    /// No page yet.
    pub fn new(fonts: &'f Fonts, sheet: Sheet) -> Self {
        Self {
            fonts,
            sheet,
            done: Vec::new(),
            y: f64::INFINITY,
        }
    }

    /// Left edge, width and lower edge of the place.
    pub fn edges(&self) -> (f64, f64, f64) {
        let [x, y, width, height] = self.sheet.place;
        (x, width, y + height)
    }

    /// How much is left on this page.
    pub fn left(&self) -> f64 {
        (self.edges().2 - self.y).max(0.0)
    }

    /// Begins a page.
    pub fn page(&mut self) -> Result<&mut Canvas<'f>, LayoutError> {
        if self.done.len() >= PAGES_MAX {
            return Err(LayoutError::TooManyPages(PAGES_MAX));
        }
        let canvas = match &self.sheet.template {
            Some(template) => Canvas::over(template, self.fonts),
            None => Canvas::new(self.sheet.size, self.fonts),
        };
        self.done.push(canvas);
        self.y = self.sheet.place[1];
        self.canvas()
    }

    /// The page being filled.
    pub fn canvas(&mut self) -> Result<&mut Canvas<'f>, LayoutError> {
        if self.done.is_empty() {
            return self.page();
        }
        let at = self.done.len() - 1;
        Ok(&mut self.done[at])
    }

    /// A column on the page being filled: what is put into it stands there and leaves this flow as
    /// it is; when it is full, it goes on on pages of this flow.
    pub fn column(&mut self, x: f64, top: f64, width: f64) -> Column<'_, 'f> {
        let bottom = self.edges().2;
        let whole = self.sheet.place;
        let y = self.y;
        self.sheet.place = [x, top, width, bottom - top];
        self.y = top;
        let page = self.done.len();
        Column {
            flow: self,
            whole,
            y,
            page,
        }
    }

    /// Which page is being filled, from 0.
    pub fn page_index(&self) -> usize {
        self.done.len().saturating_sub(1)
    }

    /// Where the next line begins.
    pub fn y(&self) -> f64 {
        self.y
    }

    /// A blank of so many mm.
    pub fn skip(&mut self, by: f64) {
        self.y += by;
    }

    /// A page that has so much left, a new one if need be.
    pub fn need(&mut self, height: f64) -> Result<(), LayoutError> {
        if self.done.is_empty() || self.left() < height {
            self.page()?;
        }
        Ok(())
    }

    /// The pages.
    pub fn finish(self) -> Vec<Page> {
        self.done.into_iter().map(Canvas::finish).collect()
    }

    /// A line in the middle of the place.
    pub fn centred(&mut self, text: &str, points: f64) -> Result<(), LayoutError> {
        let (x, width, _) = self.edges();
        for line in wrap(self.fonts, text, points, width, Break::Text) {
            self.need(line_height(points))?;
            let baseline = self.y + pt(points) * ASCENT;
            self.canvas()?
                .centred(x + width / 2.0, baseline, pt(points), &line.text)?;
            self.y += line_height(points);
        }
        Ok(())
    }

    /// A heading, with room for some lines after it.
    pub fn heading(&mut self, text: &str, points: f64) -> Result<(), LayoutError> {
        self.need(line_height(points) * 3.0 + 2.0)?;
        if self.y > self.sheet.place[1] {
            self.y += 2.0;
        }
        self.lines(text, points, "", Break::Text)?;
        self.y += 1.0;
        Ok(())
    }

    /// A paragraph as the value of a field; an empty name: of none.
    pub fn lines(
        &mut self,
        text: &str,
        points: f64,
        field: &str,
        how: Break,
    ) -> Result<(), LayoutError> {
        let (x, width, _) = self.edges();
        for line in wrap(self.fonts, text, points, width, how) {
            self.need(line_height(points))?;
            let baseline = self.y + pt(points) * ASCENT;
            let drawn = self.canvas()?.text(x, baseline, pt(points), &line.text)?;
            if !field.is_empty() {
                drawn.field(field);
            }
            self.y += line_height(points);
        }
        Ok(())
    }

    /// A table; rows longer than a page go on on the next.
    pub fn table(
        &mut self,
        columns: &Columns<'_>,
        rows: &[Vec<String>],
    ) -> Result<(), LayoutError> {
        let step = line_height(columns.points);
        self.need(step * 3.0 + 4.0 * PAD[1])?;
        self.head(columns)?;
        for row in rows {
            let cells = self.cells(columns, row);
            let total = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
            let mut from = 0;
            while from < total {
                let room = super::wrap::capacity(self.left() - 2.0 * PAD[1], columns.points);
                // two lines at least, so that no page ends with half a name
                if room < (total - from).min(2) {
                    self.page()?;
                    self.head(columns)?;
                    continue;
                }
                let to = total.min(from + room);
                self.row(columns, &cells, from..to, false)?;
                from = to;
            }
        }
        self.y += 2.0;
        Ok(())
    }

    fn head(&mut self, columns: &Columns<'_>) -> Result<(), LayoutError> {
        if columns.names.is_empty() {
            return Ok(());
        }
        let cells = self.cells(columns, columns.names);
        let total = cells.iter().map(Vec::len).max().unwrap_or(1);
        self.row(columns, &cells, 0..total, true)
    }

    fn cells(&self, columns: &Columns<'_>, row: &[String]) -> Vec<Cell> {
        columns
            .widths
            .iter()
            .zip(row)
            .map(|(width, text)| {
                let room = width - 2.0 * PAD[0];
                wrap(self.fonts, text, columns.points, room, Break::Text)
            })
            .collect()
    }

    fn row(
        &mut self,
        columns: &Columns<'_>,
        cells: &[Cell],
        range: std::ops::Range<usize>,
        head: bool,
    ) -> Result<(), LayoutError> {
        let step = line_height(columns.points);
        let (left, _, _) = self.edges();
        let mut height = 2.0 * PAD[1];
        for _ in range.clone() {
            height += step;
        }
        let top = self.y;
        let canvas = self.canvas()?;
        let mut x = left;
        for (i, (width, cell)) in columns.widths.iter().zip(cells).enumerate() {
            if head || (columns.labelled && i == 0) {
                canvas.rect(x, top, *width, height, HEAD);
            }
            canvas.rect(x, top, *width, height, Stroke::new(0.2, LINE));
            let mut baseline = top + PAD[1] + pt(columns.points) * ASCENT;
            for line in cell.iter().skip(range.start).take(range.len()) {
                canvas.text(x + PAD[0], baseline, pt(columns.points), &line.text)?;
                baseline += step;
            }
            x += width;
        }
        self.y += height;
        Ok(())
    }
}
