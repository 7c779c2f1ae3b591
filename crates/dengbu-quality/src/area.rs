//! The staging area as rules look at it: sources by number, notes by field, keys and links.

use dengbu_geo::Shape;
use dengbu_staging::{NoteKind, Staging, Table, TextColumn};
use geo_types::Geometry;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// A number of a source, small.
pub type SourceId = u16;

/// One table with what rules ask of it over and over.
#[derive(Debug)]
pub struct View<'a> {
    /// The table.
    pub table: &'a Table,
    /// Source of each row.
    pub source: Vec<SourceId>,
    notes: HashMap<&'a str, Vec<(u32, NoteKind)>>,
    filled: OnceLock<HashMap<&'a str, Vec<u32>>>,
    sources: usize,
}

impl<'a> View<'a> {
    /// Rows.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// A column.
    pub fn column(&self, field: &str) -> &'a TextColumn {
        self.table.column(field)
    }

    /// A value.
    pub fn value(&self, field: &str, row: usize) -> &'a str {
        self.table.value(field, row)
    }

    /// Notes of the mapping on cells of a field.
    pub fn notes(&self, field: &str) -> &[(u32, NoteKind)] {
        self.notes.get(field).map_or(&[], Vec::as_slice)
    }

    /// Fields with notes.
    pub fn noted(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.notes.keys().copied()
    }

    /// Whether a source has anything at all in a column.
    pub fn has(&self, field: &str, source: SourceId) -> bool {
        self.fill(field, source) > 0
    }

    /// How many of a source's rows have a value in a column.
    pub fn fill(&self, field: &str, source: SourceId) -> u32 {
        let filled = self.filled.get_or_init(|| self.count_filled());
        filled
            .get(field)
            .and_then(|f| f.get(usize::from(source)))
            .copied()
            .unwrap_or(0)
    }

    fn count_filled(&self) -> HashMap<&'a str, Vec<u32>> {
        let fields: Vec<&'a str> = self.table.fields().collect();
        fields
            .into_iter()
            .map(|field| {
                let column = self.table.column(field);
                let mut counts = vec![0; self.sources];
                for (row, source) in self.source.iter().enumerate() {
                    counts[usize::from(*source)] += u32::from(!column.get(row).is_empty());
                }
                // A column whose every cell is unreadable is there all the same.
                for (row, _) in self.notes(field) {
                    counts[usize::from(self.source[*row as usize])] += 1;
                }
                (field, counts)
            })
            .collect()
    }
}

/// Rows by a key of one source.
pub type Keyed<'a> = HashMap<(SourceId, &'a str), Vec<u32>>;

/// The whole area.
#[derive(Debug)]
pub struct Area<'a> {
    sources: Vec<&'a str>,
    views: BTreeMap<&'a str, View<'a>>,
    shapes: HashMap<&'a str, Vec<Option<Shape>>>,
    house_by_id: OnceLock<Keyed<'a>>,
    house_by_unit: OnceLock<Keyed<'a>>,
    buildings: OnceLock<Keyed<'a>>,
    parcels: OnceLock<Keyed<'a>>,
    rights: OnceLock<HashMap<(SourceId, &'a str), Vec<(&'a str, u32)>>>,
    holders: OnceLock<Keyed<'a>>,
}

impl<'a> Area<'a> {
    /// Looks over a staging area.
    pub fn new(staging: &'a Staging) -> Self {
        let mut sources: Vec<&'a str> = Vec::new();
        let mut tables: Vec<(&'a Table, Vec<SourceId>)> = Vec::new();
        for table in staging.tables() {
            let mut of = Vec::with_capacity(table.len());
            let mut last: (&str, SourceId) = ("", 0);
            for row in 0..table.len() {
                let name = table.source(row);
                if row == 0 || name != last.0 {
                    last = (name, number(&mut sources, name));
                }
                of.push(last.1);
            }
            tables.push((table, of));
        }
        let count = sources.len();
        let views = tables
            .into_iter()
            .map(|(table, source)| {
                let mut notes: HashMap<&'a str, Vec<(u32, NoteKind)>> = HashMap::new();
                for (row, note) in table.notes() {
                    let row = u32::try_from(row).unwrap_or(u32::MAX);
                    notes
                        .entry(note.field.as_str())
                        .or_default()
                        .push((row, note.kind));
                }
                let view = View {
                    table,
                    source,
                    notes,
                    filled: OnceLock::new(),
                    sources: count,
                };
                (table.code(), view)
            })
            .collect();
        let shapes = staging
            .tables()
            .filter(|t| t.has_geometry())
            .map(|t| {
                (
                    t.code(),
                    (0..t.len())
                        .map(|r| t.geometry(r).and_then(shape))
                        .collect(),
                )
            })
            .collect();
        Self {
            sources,
            views,
            shapes,
            house_by_id: OnceLock::new(),
            house_by_unit: OnceLock::new(),
            buildings: OnceLock::new(),
            parcels: OnceLock::new(),
            rights: OnceLock::new(),
            holders: OnceLock::new(),
        }
    }

    /// A table; `None` where no row of it is staged.
    pub fn view(&self, code: &str) -> Option<&View<'a>> {
        self.views.get(code)
    }

    /// All tables in order.
    pub fn views(&self) -> impl Iterator<Item = (&'a str, &View<'a>)> {
        self.views.iter().map(|(code, view)| (*code, view))
    }

    /// Names of sources in the order met.
    pub fn sources(&self) -> &[&'a str] {
        &self.sources
    }

    /// Shapes of a table's rows; empty for tables without.
    pub fn shapes(&self, code: &str) -> &[Option<Shape>] {
        self.shapes.get(code).map_or(&[], Vec::as_slice)
    }

    /// House rows by their legacy id.
    pub fn houses_by_id(&self) -> &Keyed<'a> {
        self.house_by_id.get_or_init(|| {
            self.view("H")
                .map(|h| keyed(h, |row| h.table.legacy_id(row)))
                .unwrap_or_default()
        })
    }

    /// House rows by their unit code.
    pub fn houses_by_unit(&self) -> &Keyed<'a> {
        self.house_by_unit.get_or_init(|| {
            self.view("H")
                .map(|h| keyed(h, |row| h.value("BDCDYH", row)))
                .unwrap_or_default()
        })
    }

    /// Building rows by their code, their source's key and their legacy id.
    pub fn buildings(&self) -> &Keyed<'a> {
        self.buildings.get_or_init(|| {
            let Some(view) = self.view("ZRZ") else {
                return Keyed::new();
            };
            let mut all = keyed(view, |row| view.value("ZRZH", row));
            for key in [
                keyed(view, |row| {
                    view.value(dengbu_staging::extension::BUILDING, row)
                }),
                keyed(view, |row| view.table.legacy_id(row)),
            ] {
                for (key, rows) in key {
                    let known = all.entry(key).or_default();
                    for row in rows {
                        if !known.contains(&row) {
                            known.push(row);
                        }
                    }
                }
            }
            all
        })
    }

    /// Parcel rows by their code.
    pub fn parcels(&self) -> &Keyed<'a> {
        self.parcels.get_or_init(|| {
            self.view("ZDJBXX")
                .map(|v| keyed(v, |row| v.value("ZDDM", row)))
                .unwrap_or_default()
        })
    }

    /// Rights by business number: table and row.
    pub fn rights(&self) -> &HashMap<(SourceId, &'a str), Vec<(&'a str, u32)>> {
        self.rights.get_or_init(|| {
            let mut all: HashMap<(SourceId, &'a str), Vec<(&'a str, u32)>> = HashMap::new();
            for code in crate::rule::RIGHTS {
                let Some((code, view)) = self.views.get_key_value(code) else {
                    continue;
                };
                for ((source, key), rows) in keyed(view, |row| view.value("YWH", row)) {
                    let known = all.entry((source, key)).or_default();
                    known.extend(rows.into_iter().map(|row| (*code, row)));
                }
            }
            all
        })
    }

    /// Holder rows by the business number of their right.
    pub fn holders(&self) -> &Keyed<'a> {
        self.holders.get_or_init(|| {
            self.view("QLR")
                .map(|v| keyed(v, |row| v.value("YWH", row)))
                .unwrap_or_default()
        })
    }

    /// The key by which a right names its house, and the house rows it means. `None`: it names
    /// none.
    pub fn house_of(&self, view: &View<'a>, row: usize) -> Option<(&'a str, &[u32])> {
        let source = view.source[row];
        let own = view.value(dengbu_staging::extension::HOUSE, row);
        if !own.is_empty() {
            let found = self.houses_by_id().get(&(source, own));
            return Some((own, found.map_or(&[], Vec::as_slice)));
        }
        let unit = view.value("BDCDYH", row);
        let found = || {
            let by_unit = self.houses_by_unit().get(&(source, unit));
            by_unit.or_else(|| self.houses_by_id().get(&(source, unit)))
        };
        (!unit.is_empty()).then(|| (unit, found().map_or(&[][..], Vec::as_slice)))
    }

    /// The building row of a house: by its code first, then by its source's key, if that means
    /// one building only.
    pub fn building_of(&self, house: usize) -> Option<usize> {
        let view = self.view("H")?;
        // Once houses are assigned, that is the building; an unlinked house has none.
        if !view
            .table
            .column(dengbu_staging::extension::STATUS)
            .is_empty()
        {
            let link = view.value(dengbu_staging::extension::LINK_BUILDING, house);
            return link.parse().ok();
        }
        let source = view.source[house];
        ["ZRZH", dengbu_staging::extension::BUILDING]
            .into_iter()
            .map(|field| view.value(field, house))
            .filter(|key| !key.is_empty())
            .find_map(
                |key| match self.buildings().get(&(source, key)).map(Vec::as_slice) {
                    Some([row]) => Some(*row as usize),
                    _ => None,
                },
            )
    }
}

/// Rows of a table by a key, blanks left out.
pub fn keyed<'a>(view: &View<'a>, key: impl Fn(usize) -> &'a str) -> Keyed<'a> {
    let mut all = Keyed::with_capacity(view.len());
    for (row, source) in (0u32..).zip(&view.source) {
        let key = key(row as usize);
        if !key.is_empty() {
            all.entry((*source, key)).or_default().push(row);
        }
    }
    all
}

fn number<'a>(sources: &mut Vec<&'a str>, name: &'a str) -> SourceId {
    let at = sources.iter().position(|s| *s == name).unwrap_or_else(|| {
        sources.push(name);
        sources.len() - 1
    });
    SourceId::try_from(at).unwrap_or(SourceId::MAX)
}

/// A shape of ours from one of the staging area's.
pub fn shape(geometry: &Geometry<f64>) -> Option<Shape> {
    let line = |l: &geo_types::LineString<f64>| l.0.iter().map(|c| [c.x, c.y]).collect::<Vec<_>>();
    let rings = |p: &geo_types::Polygon<f64>| {
        std::iter::once(line(p.exterior()))
            .chain(p.interiors().iter().map(line))
            .collect::<Vec<_>>()
    };
    Some(match geometry {
        Geometry::Point(p) => Shape::Point([p.x(), p.y()]),
        Geometry::LineString(l) => Shape::Lines(vec![line(l)]),
        Geometry::MultiLineString(m) => Shape::Lines(m.0.iter().map(line).collect()),
        Geometry::Polygon(p) => Shape::Polygon(rings(p)),
        Geometry::MultiPolygon(m) => Shape::Polygon(m.0.iter().flat_map(rings).collect()),
        _ => return None,
    })
}
