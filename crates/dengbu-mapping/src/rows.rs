//! Records to rows of the standard's tables.

use chrono::NaiveDate;
use dengbu_sources::{Cell as SourceCell, Record};
use dengbu_staging::{Cell, Note, Origin};
use geo_types::Geometry;

use crate::bind::{Bound, BoundEach, BoundField, BoundRow, BoundText, Place};
use crate::reading::{holder, limits, text};
use crate::transform::{Context, Outcome, Seen, SeenKind, Transform, folded, id_kind, read_name};

/// What a record becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// Where it stood, with its identifier.
    pub origin: Origin,
    /// Rows; none for a record the mapping leaves aside.
    pub rows: Vec<MappedRow>,
}

/// One standard row.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedRow {
    /// Standard table.
    pub table: String,
    /// Cells with what the source had.
    pub cells: Vec<Cell>,
    /// What was seen.
    pub seen: Vec<Seen>,
    /// The record's shape.
    pub geometry: Option<Geometry<f64>>,
}

impl Mapped {
    /// As rows of the staging area.
    pub fn into_staging(self) -> impl Iterator<Item = dengbu_staging::Record> {
        let origin = self.origin;
        self.rows
            .into_iter()
            .map(move |row| dengbu_staging::Record {
                table: row.table,
                origin: origin.clone(),
                cells: row.cells,
                notes: row
                    .seen
                    .into_iter()
                    .map(|s| Note {
                        field: s.field,
                        source_field: s.source_field,
                        kind: s.kind.note(),
                        text: s.text,
                    })
                    .collect(),
                geometry: row.geometry,
            })
    }
}

impl Bound {
    /// Turns a record into rows. `today` is the civil date in Asia/Shanghai.
    #[must_use]
    pub fn apply(&self, record: &Record, today: NaiveDate) -> Mapped {
        // A table of many files names the file in the record's part.
        let legacy_id = self.id.of(record, &self.file).trim().to_owned();
        let mut mapped = Mapped {
            origin: Origin {
                source: self.source.clone(),
                table: self.table.clone(),
                legacy_id,
                file: self.file.clone(),
                line: u32::try_from(record.number).unwrap_or(0),
            },
            rows: Vec::new(),
        };
        let says = |(place, values): &(Place, Vec<String>)| {
            values.contains(&folded(&place.of(record, &self.file)))
        };
        if self.skip.iter().any(says) {
            return mapped;
        }
        for row in &self.rows {
            if row.when.as_ref().is_none_or(says) {
                self.row(row, record, today, &mut mapped.rows);
            }
        }
        self.remarks(record, &mut mapped.rows);
        mapped
    }

    fn row(&self, row: &BoundRow, record: &Record, today: NaiveDate, out: &mut Vec<MappedRow>) {
        let mut made = MappedRow {
            table: row.table.clone(),
            cells: Vec::new(),
            seen: Vec::new(),
            geometry: record.geometry.clone().filter(|_| row.shape),
        };
        let kind = row
            .fields
            .iter()
            .find(|f| f.to == "ZJZL")
            .map(|f| self.outcome(f, record, today, None).1.value);
        for field in &row.fields {
            let (raw, outcome) = self.outcome(field, record, today, kind.as_deref());
            made.take(&field.to, &field.text.shown, raw, outcome);
        }
        if let Some(county) = self.county.as_ref().filter(|_| !made.has("QXDM")) {
            made.cells.push(Cell::plain("QXDM", county));
        }
        match &row.each {
            None => out.push(made),
            Some(BoundEach::Holders {
                names,
                ids,
                kinds,
                shares,
            }) => {
                let text = |t: &Option<BoundText>| {
                    t.as_ref()
                        .map_or_else(String::new, |t| t.of(record, &self.file))
                };
                let kinds = kinds.map(|p| p.of(record, &self.file));
                let source = Columns {
                    names: (&names.shown, names.of(record, &self.file)),
                    ids: (
                        ids.as_ref().map_or("", |t| t.shown.as_str()),
                        text(ids),
                        ids.is_some(),
                    ),
                    shares: (
                        shares.as_ref().map_or("", |t| t.shown.as_str()),
                        text(shares),
                    ),
                    kind: kinds,
                };
                self.holders(&source, &made, today, out);
            }
            Some(BoundEach::Mortgages(text)) => {
                limit_rows(&text.of(record, &self.file), &text.shown, &made, true, out);
            }
            Some(BoundEach::Seizures(text)) => {
                limit_rows(&text.of(record, &self.file), &text.shown, &made, false, out);
            }
        }
    }

    fn outcome(
        &self,
        field: &BoundField,
        record: &Record,
        today: NaiveDate,
        kind: Option<&str>,
    ) -> (String, Outcome) {
        let mut raw = field.text.of(record, &self.file);
        if let Some((separator, number)) = &field.part {
            raw = raw
                .split(separator.as_str())
                .nth(*number)
                .unwrap_or_default()
                .to_owned();
        }
        let unit = field.unit.map(|p| p.of(record, &self.file));
        let context = Context {
            today,
            synonyms: &self.synonyms,
            unit: unit.as_deref(),
            id_kind: kind,
        };
        if let Some(day) = serial_day(field, record) {
            let outcome = field.transform.apply(&day.to_string(), &context);
            return (raw, outcome);
        }
        let outcome = field.transform.apply(&raw, &context);
        (raw, outcome)
    }

    fn holders(
        &self,
        source: &Columns<'_>,
        base: &MappedRow,
        today: NaiveDate,
        out: &mut Vec<MappedRow>,
    ) {
        let (names_field, names) = (source.names.0, &source.names.1);
        let (list, mut uneven) = match holder::pair(names, &source.ids.1, &source.shares.1) {
            Ok(list) => (list, None),
            Err(m) => {
                let said = format!(
                    "权利人 {} 个、证件号 {} 个、份额 {} 个，无法一一对应，证件号和份额未分给权利人",
                    m.names, m.ids, m.shares
                );
                (holder::pair(names, "", "").unwrap_or_default(), Some(said))
            }
        };
        let raw_ids: Vec<&str> = source.ids.1.split(['、', '，', ',', ';', '；']).collect();
        let count = list.len();
        for (i, written) in list.into_iter().enumerate() {
            let mut row = base.clone();
            let context = Context {
                today,
                synonyms: &self.synonyms,
                unit: None,
                id_kind: source.kind.as_deref(),
            };
            let mut add = |field: &str, shown: &str, raw: &str, transform: Transform| {
                let outcome = transform.apply(raw, &context);
                row.take(field, shown, raw.to_owned(), outcome);
            };
            add("QLRMC", names_field, &written.name, Transform::Name);
            add("SXH", "", &(i + 1).to_string(), Transform::Raw);
            if source.ids.2 && uneven.is_none() {
                let raw = raw_ids.get(i).filter(|_| raw_ids.len() == count);
                add(
                    "ZJH",
                    source.ids.0,
                    raw.map_or(written.id.as_str(), |r| r),
                    Transform::Id,
                );
            }
            if !source.shares.1.trim().is_empty() && uneven.is_none() {
                add("QLBL", source.shares.0, &written.share, Transform::Share);
            }
            let organisation = holder::is_organisation(&read_name(&written.name));
            if !row.has("ZJZL") && !written.id.is_empty() {
                let kind = id_kind(&written.id, source.kind.as_deref());
                row.cells.push(Cell::plain("ZJZL", kind.code()));
            }
            if !row.has("QLRLX") {
                row.cells
                    .push(Cell::plain("QLRLX", if organisation { "2" } else { "1" }));
            }
            if let Some(said) = uneven.take() {
                row.see("ZJH", source.ids.0, SeenKind::HoldersUneven, said);
            }
            out.push(row);
        }
    }

    /// What the reader did to the record goes to the row that holds the field, or to the first.
    fn remarks(&self, record: &Record, rows: &mut [MappedRow]) {
        for remark in &record.remarks {
            match remark.field {
                None => {
                    if let Some(row) = rows.first_mut() {
                        row.see("GEOM", "", SeenKind::GeometryInvalid, remark.text.clone());
                    }
                }
                Some(index) => {
                    let name = self.field_names.get(index).map_or("", String::as_str);
                    let holds = self.rows.iter().find_map(|r| {
                        r.fields
                            .iter()
                            .find(|f| f.text.first == Some(index))
                            .map(|f| (&r.table, &f.to))
                    });
                    let target = holds
                        .and_then(|(table, _)| rows.iter().position(|r| r.table == *table))
                        .unwrap_or(0);
                    if let Some(row) = rows.get_mut(target) {
                        let field = holds.map_or("", |(_, f)| f.as_str()).to_owned();
                        row.see(&field, name, SeenKind::Remark, remark.text.clone());
                    }
                }
            }
        }
    }
}

/// The columns holders are read from: name for people and text.
struct Columns<'a> {
    names: (&'a str, String),
    ids: (&'a str, String, bool),
    shares: (&'a str, String),
    kind: Option<String>,
}

impl MappedRow {
    fn has(&self, field: &str) -> bool {
        self.cells.iter().any(|c| c.field == field)
    }

    fn see(&mut self, field: &str, source_field: &str, kind: SeenKind, text: String) {
        self.seen.push(Seen {
            field: field.to_owned(),
            source_field: source_field.to_owned(),
            kind,
            text,
        });
    }

    fn take(&mut self, field: &str, shown: &str, raw: String, outcome: Outcome) {
        for (kind, text) in outcome.seen {
            self.see(field, shown, kind, text);
        }
        if !outcome.value.is_empty() || !raw.is_empty() {
            self.cells.push(Cell::with_raw(field, outcome.value, raw));
        }
        for (code, value) in outcome.parts {
            if !self.has(code) {
                self.cells.push(Cell::plain(code, value));
            }
        }
    }

    /// The value of a field; empty when there is none.
    #[must_use]
    pub fn value(&self, field: &str) -> &str {
        self.cells
            .iter()
            .find(|c| c.field == field)
            .map_or("", |c| c.value.as_str())
    }
}

/// A day that a spreadsheet keeps as its number (42251 is 2015-09-04).
fn serial_day(field: &BoundField, record: &Record) -> Option<NaiveDate> {
    let dated = matches!(field.transform, Transform::Date { .. });
    let SourceCell::Number(n) = record.cell(field.text.first.filter(|_| dated)?) else {
        return None;
    };
    let days = i64::try_from(n.trunc().mantissa())
        .ok()
        .filter(|d| (10_000..80_000).contains(d))?;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(chrono::Duration::days(days))
}

/// Rows of the mortgages or seizures a free text tells of. A text that says nothing known gives
/// none: the house's row carries the note.
fn limit_rows(
    written: &str,
    shown: &str,
    base: &MappedRow,
    mortgages: bool,
    out: &mut Vec<MappedRow>,
) {
    let Ok(read) = limits::parse(written) else {
        return;
    };
    for limit in read {
        let mut row = base.clone();
        let mut add = |field: &str, value: String| {
            row.cells.push(Cell::with_raw(field, value, written));
        };
        match limit {
            limits::Limit::Mortgage {
                mortgagee,
                yuan,
                term,
            } if mortgages => {
                add("DYQR", read_name(&mortgagee));
                add("BDBZZQSE", yuan.to_string());
                add("ZWLXQSSJ", term.0.to_string());
                add("ZWLXJSSJ", term.1.to_string());
                if yuan <= rust_decimal::Decimal::ZERO {
                    row.see(
                        "BDBZZQSE",
                        shown,
                        SeenKind::AmountInvalid,
                        "金额不大于零".to_owned(),
                    );
                }
            }
            limits::Limit::Seizure {
                court,
                document_no,
                waiting,
            } if !mortgages => {
                add("CFJG", text::squeeze(&court));
                add("CFWH", document_no);
                add("CFLX", if waiting { "2" } else { "1" }.to_owned());
            }
            _ => continue,
        }
        if !row.has("QSZT") {
            row.cells.push(Cell::plain("QSZT", "1"));
        }
        out.push(row);
    }
}
