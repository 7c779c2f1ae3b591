//! Row checks as passes over columns.

use crate::area::View;
use crate::check::{Check, Must, When};
use crate::finding::Kind;
use crate::run::Found;
use crate::value::{date, number, part};
use chrono::NaiveDate;
use dengbu_model::codes::{self, CodeList};
use dengbu_staging::{NoteKind, TextColumn};

/// A row check on one field of one table, ready to run.
struct Pass<'v, 'a> {
    view: &'v View<'a>,
    check: &'v Check,
    field: &'v str,
    column: &'a TextColumn,
    of: Vec<&'a TextColumn>,
    when: Vec<(&'v When, &'a TextColumn)>,
    lists: Vec<&'static CodeList>,
    today: NaiveDate,
}

/// Runs a row check on one field; findings in order of rows.
pub fn run(view: &View<'_>, check: &Check, field: &str, today: NaiveDate) -> Vec<Found> {
    let pass = Pass {
        view,
        check,
        field,
        column: view.column(field),
        of: check.of.iter().map(|f| view.column(f)).collect(),
        when: check
            .when
            .iter()
            .map(|w| (w, view.column(&w.field)))
            .collect(),
        lists: check
            .list
            .iter()
            .filter_map(|name| codes::list(name))
            .collect(),
        today,
    };
    let mut rows = pass.rows();
    rows.extend(pass.noted());
    rows.sort_unstable();
    rows.dedup();
    rows.into_iter()
        .map(|row| pass.found(row as usize))
        .collect()
}

impl Pass<'_, '_> {
    /// Rows that fail by their values.
    fn rows(&self) -> Vec<u32> {
        let c = self.check;
        let numbers = |test: fn(f64) -> bool| self.each(|text| !number(text).is_some_and(test));
        match c.must {
            Must::Filled => self.empty_rows(),
            Must::Empty => self.each(|_| true),
            Must::Positive => numbers(|v| v > 0.0),
            Must::NotNegative => numbers(|v| v >= 0.0),
            Must::WholeNotZero => numbers(|v| v.fract() == 0.0 && v != 0.0),
            Must::Between => {
                self.each(|text| !number(text).is_some_and(|v| (c.low..=c.high).contains(&v)))
            }
            #[expect(clippy::cast_precision_loss, reason = "lengths of texts")]
            Must::LongEnough => self.each(|text| (text.chars().count() as f64) < c.low),
            Must::List => self.each(|text| !self.listed(text)),
            Must::OneOf => self.each(|text| !c.values.iter().any(|v| v == text)),
            Must::Form => match c.form {
                Some(form) => self.each(|text| !form.fits(text)),
                None => Vec::new(),
            },
            Must::PastDate => {
                self.each(|text| !date(text).is_some_and(|d| d <= self.today && in_our_time(d)))
            }
            Must::Date => self.each(|text| !date(text).is_some_and(in_our_time)),
            _ => self.several(),
        }
    }

    /// Checks that look at several fields of the row; a number or day that cannot be read is
    /// another check's business.
    fn several(&self) -> Vec<u32> {
        let c = self.check;
        let of = |row: usize| self.of.iter().map(move |column| column.get(row));
        let first = |row: usize| self.of.first().map_or("", |column| column.get(row));
        let pair = |row: usize| Some((number(self.column.get(row))?, number(first(row))?));
        match c.must {
            Must::AllOrNone => self.whole_rows(|row| {
                let filled = of(row).filter(|t| !t.is_empty()).count();
                filled != 0 && filled != self.of.len()
            }),
            Must::OnePositive => {
                self.whole_rows(|row| !of(row).any(|t| number(t).is_some_and(|v| v > 0.0)))
            }
            Must::PartOf => self.both(|own, other| own != part(other, c.from, c.to)),
            Must::WithSuffix => {
                self.both(|own, other| own.strip_suffix(c.suffix.as_str()) != Some(other))
            }
            Must::SameAs => self.both(|own, other| own != other),
            Must::Differs => self.both(|own, other| own == other),
            Must::Sum => self.whole_rows(|row| {
                let parts: Option<Vec<f64>> = of(row).map(number).collect();
                match (number(self.column.get(row)), parts) {
                    (Some(own), Some(parts)) => self.far(own, parts.iter().sum()),
                    _ => false,
                }
            }),
            Must::Product => self.whole_rows(|row| {
                let parts: Option<Vec<f64>> = of(row).map(number).collect();
                match (number(self.column.get(row)), parts) {
                    (Some(own), Some(parts)) if parts.iter().all(|p| *p > 0.0) => {
                        self.far(own, parts.iter().product())
                    }
                    _ => false,
                }
            }),
            Must::NotAbove => self.whole_rows(|row| {
                pair(row).is_some_and(|(own, other)| {
                    own > other + c.tolerance.max(c.part * other.abs()) + 1e-9
                })
            }),
            Must::Ratio => self.whole_rows(|row| {
                pair(row).is_some_and(|(own, other)| {
                    own > 0.0 && other > 0.0 && !(c.low..=c.high).contains(&(own / other))
                })
            }),
            Must::NotAfter => self.whole_rows(|row| {
                matches!((date(self.column.get(row)), date(first(row))), (Some(a), Some(b)) if a > b)
            }),
            _ => Vec::new(),
        }
    }

    fn far(&self, a: f64, b: f64) -> bool {
        let allowed = self
            .check
            .tolerance
            .max(self.check.part * a.abs().max(b.abs()));
        // Half a unit of the sixth digit: decimal fractions are no binary ones.
        (a - b).abs() > allowed + 5e-7
    }

    fn listed(&self, text: &str) -> bool {
        let known = |code: &str| self.lists.iter().any(|list| list.contains(code));
        known(text)
            || self.check.prefix && (2..text.len()).any(|n| text.get(..n).is_some_and(known))
    }

    fn applies(&self, row: usize) -> bool {
        self.when
            .iter()
            .all(|(when, column)| holds(when, column.get(row)))
    }

    /// Rows whose value is there and fails.
    fn each(&self, fails: impl Fn(&str) -> bool + Sync) -> Vec<u32> {
        if self.column.is_empty() {
            return Vec::new();
        }
        let free = self.when.is_empty();
        self.pieces(|row| {
            let text = self.column.get(row);
            !text.is_empty() && fails(text) && (free || self.applies(row))
        })
    }

    /// Rows whose value and the other field's are there and fail together.
    fn both(&self, fails: impl Fn(&str, &str) -> bool + Sync) -> Vec<u32> {
        let Some(other) = self.of.first() else {
            return Vec::new();
        };
        self.pieces(|row| {
            let (own, other) = (self.column.get(row), other.get(row));
            !own.is_empty() && !other.is_empty() && fails(own, other) && self.applies(row)
        })
    }

    fn whole_rows(&self, fails: impl Fn(usize) -> bool + Sync) -> Vec<u32> {
        self.pieces(|row| fails(row) && self.applies(row))
    }

    /// Rows without a value, of sources that have the column at all. A cell that could not be
    /// read is not empty.
    fn empty_rows(&self) -> Vec<u32> {
        let noted = self.view.notes(self.field);
        let present: Vec<bool> = (0u16..)
            .take(usize::from(self.view.source.iter().copied().max().unwrap_or(0)) + 1)
            .map(|source| self.view.has(self.field, source))
            .collect();
        let mut rows = self.pieces(|row| {
            self.column.get(row).is_empty()
                && present[usize::from(self.view.source[row])]
                && self.applies(row)
        });
        rows.retain(|row| {
            let note = noted.binary_search_by_key(row, |(at, _)| *at);
            // A remark says that there is nothing to read, no more.
            let unread = note.is_ok_and(|i| noted[i].1 != NoteKind::Remark);
            !unread
                && self
                    .view
                    .table
                    .raw(self.field, *row as usize)
                    .trim()
                    .is_empty()
        });
        rows
    }

    fn pieces(&self, fails: impl Fn(usize) -> bool + Sync) -> Vec<u32> {
        crate::run::rows_where(self.view, fails)
    }

    /// Rows whose cell the mapping could not read, where that is this check's business.
    fn noted(&self) -> Vec<u32> {
        let notes = self.view.notes(self.field);
        let ours = |kind: NoteKind| match self.check.must {
            Must::Positive | Must::NotNegative | Must::WholeNotZero | Must::Between => {
                matches!(kind, NoteKind::NumberInvalid | NoteKind::AmountInvalid)
            }
            Must::List | Must::OneOf => kind == NoteKind::CodeInvalid,
            Must::Date | Must::PastDate => kind == NoteKind::DateInvalid,
            _ => false,
        };
        notes
            .iter()
            .filter(|(row, kind)| ours(*kind) && self.applies(*row as usize))
            .map(|(row, _)| *row)
            .collect()
    }

    fn found(&self, row: usize) -> Found {
        let raw = self.view.table.raw(self.field, row);
        let name = field_name(self.view.table.code(), self.field);
        Found {
            table: self.view.table.code().to_owned(),
            row: u32::try_from(row).ok(),
            field: self.field.to_owned(),
            value: raw.to_owned(),
            message: self.say(row, &name, raw),
            kind: self.check.kind,
            severity: self.check.severity,
            ..Found::default()
        }
    }

    fn say(&self, row: usize, name: &str, raw: &str) -> String {
        let c = self.check;
        if !c.say.is_empty() {
            return c.say.clone();
        }
        let names = |fields: &[String]| {
            let table = self.view.table.code();
            fields
                .iter()
                .map(|f| field_name(table, f))
                .collect::<Vec<_>>()
                .join("、")
        };
        let others: Vec<&str> = self.of.iter().map(|column| column.get(row)).collect();
        match c.must {
            Must::Filled => format!("{name}没有填写"),
            Must::Empty => format!("{name}“{raw}”不应填写"),
            Must::AllOrNone => format!("{}应当同时填写或者同时为空", names(&c.of)),
            Must::OnePositive => format!("{}至少一项应当大于 0", names(&c.of)),
            Must::Positive => format!("{name}“{raw}”不是大于 0 的数"),
            Must::NotNegative => format!("{name}“{raw}”不是不小于 0 的数"),
            Must::WholeNotZero => format!("{name}“{raw}”不是非零整数"),
            Must::Between => format!("{name}“{raw}”不在 {}～{} 之间", c.low, c.high),
            Must::LongEnough => format!("{name}“{raw}”过短，少于 {} 个字", c.low),
            Must::List => format!("{name}“{raw}”不在{}代码表内", c.list.join("、")),
            Must::OneOf => format!("{name}“{raw}”不是 {} 之一", c.values.join("、")),
            Must::Form => format!("{name}“{raw}”不是{}", c.form.map_or("", |f| f.name())),
            Must::PastDate | Must::Date => self.say_date(name, raw),
            Must::PartOf => format!(
                "{name}“{raw}”与{}“{}”第 {}～{} 位不一致",
                names(&c.of),
                others.join("、"),
                c.from,
                c.to
            ),
            Must::WithSuffix => format!("{name}“{raw}”应为“{}{}”", others.join(""), c.suffix),
            Must::Sum => format!(
                "{name} {raw} 不等于{}之和（{}）",
                names(&c.of),
                others.join(" + ")
            ),
            Must::Product => {
                format!(
                    "{name} {raw} 不等于{}之积（{}）",
                    names(&c.of),
                    others.join(" × ")
                )
            }
            Must::NotAbove => format!("{name} {raw} 大于{} {}", names(&c.of), others.join("")),
            Must::Ratio => format!(
                "{name} {raw} 与{} {} 之比不在 {}～{} 之间",
                names(&c.of),
                others.join(""),
                c.low,
                c.high
            ),
            Must::NotAfter => format!("{name} {raw} 晚于{} {}", names(&c.of), others.join("")),
            Must::Differs => format!("{name}“{raw}”与{}相同", names(&c.of)),
            Must::SameAs => format!("{name}“{raw}”与{}“{}”不一致", names(&c.of), others.join("")),
            _ => format!("{name}“{raw}”不合规则"),
        }
    }

    fn say_date(&self, name: &str, raw: &str) -> String {
        match date(raw) {
            Some(day) if day > self.today => format!("{name}“{raw}”在今天之后"),
            Some(day) if !in_our_time(day) => format!("{name}“{raw}”年代不合理"),
            _ => format!("{name}“{raw}”不是有效日期"),
        }
    }
}

/// Whether a condition holds for a value.
pub fn holds(when: &When, value: &str) -> bool {
    let value = if when.to > 0 {
        part(value, when.from, when.to)
    } else {
        value
    };
    let is = |word: &String| {
        if word == "+" {
            !value.is_empty()
        } else {
            word == value
        }
    };
    (when.among.is_empty() || when.among.iter().any(is)) && !when.not_in.iter().any(is)
}

/// Neither a filler of 1900 and before nor one of the far future.
fn in_our_time(day: NaiveDate) -> bool {
    use chrono::Datelike as _;
    (1901..2200).contains(&day.year())
}

/// Name of a field for people; the code where it has none.
pub fn field_name(table: &str, field: &str) -> String {
    let known = dengbu_staging::Schema::standard()
        .table(table)
        .and_then(|t| t.field(field));
    known.map_or_else(
        || {
            let ours = dengbu_staging::extension::ALL
                .iter()
                .find(|(code, _)| *code == field);
            ours.map_or(field, |(_, name)| name).to_owned()
        },
        |f| f.name_zh.clone(),
    )
}

/// Kind of the mapping's note as a class of defect.
pub fn kind_of(note: NoteKind) -> Option<Kind> {
    let class = note.class()?;
    Kind::ALL.iter().copied().find(|k| k.code() == class)
}
