//! Headings of spreadsheets: titles above, two or more rows, merged cells.

use crate::record::Cell;

/// A merged region: rows and columns, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// First and last row.
    pub rows: (u32, u32),
    /// First and last column.
    pub columns: (u32, u32),
}

/// A row of a sheet with its number from 0.
pub type SheetRow = (u32, Vec<Cell>);

/// What stands above the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Names, several rows joined with `·`.
    pub names: Vec<String>,
    /// Rows that belong to it, from 0.
    pub rows: (u32, u32),
    /// Text above it.
    pub title: Option<String>,
}

/// Rows a heading may have.
const DEPTH: usize = 4;

fn filled(row: &[Cell]) -> usize {
    row.iter().filter(|c| !c.is_blank()).count()
}

fn is_text(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(t) if t.trim().parse::<f64>().is_err())
}

/// Finds the heading among the first rows of a sheet: the first row at least half as wide as the
/// widest, all text; rows below it belong to it while they stand under its merged cells.
pub fn find(rows: &[SheetRow], merged: &[Merged]) -> Option<Heading> {
    let widest = rows.iter().map(|(_, r)| filled(r)).max()?;
    let wide = (widest.div_ceil(2)).max(1);
    let first = rows
        .iter()
        .position(|(_, r)| filled(r) >= wide && r.iter().all(|c| c.is_blank() || is_text(c)))?;
    let mut last = first;
    while last + 1 < rows.len()
        && last + 1 - first < DEPTH
        && rows[last + 1].0 == rows[last].0 + 1
        && belongs(&rows[first..=last], &rows[last + 1], merged)
    {
        last += 1;
    }
    let width = rows[first..=last].iter().map(|(_, r)| r.len()).max()?;
    let mut names = Vec::with_capacity(width);
    for column in 0..width {
        let mut parts: Vec<String> = Vec::new();
        for (number, row) in &rows[first..=last] {
            let text = shown(*number, row, column, &rows[first..=last], merged);
            let text = text.split_whitespace().collect::<String>();
            if !text.is_empty() && parts.last() != Some(&text) {
                parts.push(text);
            }
        }
        names.push(parts.join("·"));
    }
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    let title = rows[..first]
        .iter()
        .flat_map(|(_, r)| r)
        .find(|c| !c.is_blank())
        .map(|c| c.as_text().trim().to_owned());
    Some(Heading {
        names,
        rows: (rows[first].0, rows[last].0),
        title,
    })
}

/// The text over a column in a row: its own, or that of the merged cell it lies in.
fn shown(number: u32, row: &[Cell], column: usize, head: &[SheetRow], merged: &[Merged]) -> String {
    if let Some(cell) = row.get(column).filter(|c| !c.is_blank()) {
        return cell.as_text().into_owned();
    }
    let at = u32::try_from(column).unwrap_or(u32::MAX);
    let region = merged.iter().find(|m| {
        (m.rows.0..=m.rows.1).contains(&number) && (m.columns.0..=m.columns.1).contains(&at)
    });
    let from = region.and_then(|m| {
        let (_, row) = head.iter().find(|(n, _)| *n == m.rows.0)?;
        row.get(usize::try_from(m.columns.0).ok()?)
    });
    if let Some(cell) = from {
        return cell.as_text().into_owned();
    }
    // Saved without its merged cells: an empty cell of the upper row continues its left neighbour
    // when something stands below it.
    let below = head
        .iter()
        .any(|(n, r)| *n > number && r.get(column).is_some_and(|c| !c.is_blank()));
    if !below || !merged.is_empty() {
        return String::new();
    }
    row.get(..column)
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|c| !c.is_blank())
        .map(|c| c.as_text().into_owned())
        .unwrap_or_default()
}

/// Whether a row under the heading is one more row of it.
fn belongs(head: &[SheetRow], (number, row): &SheetRow, merged: &[Merged]) -> bool {
    if filled(row) == 0 || !row.iter().all(|c| c.is_blank() || is_text(c)) {
        return false;
    }
    let Some((above, upper)) = head.last() else {
        return false;
    };
    let columns: Vec<usize> = (0..row.len()).filter(|c| !row[*c].is_blank()).collect();
    let across: Vec<&Merged> = merged
        .iter()
        .filter(|m| m.rows.1 == *above && m.columns.1 > m.columns.0)
        .collect();
    let down = merged
        .iter()
        .any(|m| m.rows.0 <= *above && m.rows.1 >= *number);
    if !across.is_empty() || down {
        let under = |c: &usize| {
            let at = u32::try_from(*c).unwrap_or(u32::MAX);
            across
                .iter()
                .any(|m| (m.columns.0..=m.columns.1).contains(&at))
        };
        return columns.iter().all(under);
    }
    // No merged cells kept: sub-headings fill every gap of the row above and leave others empty.
    let gaps: Vec<usize> = (0..row.len().max(upper.len()))
        .filter(|c| upper.get(*c).is_none_or(Cell::is_blank))
        .collect();
    let spared = upper
        .iter()
        .enumerate()
        .any(|(c, cell)| !cell.is_blank() && row.get(c).is_none_or(Cell::is_blank));
    !gaps.is_empty() && spared && gaps.iter().all(|g| columns.contains(g))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u32, texts: &[&str]) -> SheetRow {
        let cell = |t: &&str| {
            t.parse::<i64>()
                .map_or_else(|_| Cell::from_text(t), |n| Cell::Number(n.into()))
        };
        (n, texts.iter().map(cell).collect())
    }

    #[test]
    fn two_rows_with_and_without_merged_cells() {
        let rows = [
            row(0, &["盐边县登记台账"]),
            row(1, &["序号", "权利人", "", "坐落", "房屋", "", "备注"]),
            row(2, &["", "姓名", "证件号", "", "面积", "结构", ""]),
            row(3, &["1", "张三", "5104", "东区", "90", "砖", ""]),
        ];
        let merged = [
            Merged {
                rows: (0, 0),
                columns: (0, 6),
            },
            Merged {
                rows: (1, 1),
                columns: (1, 2),
            },
            Merged {
                rows: (1, 1),
                columns: (4, 5),
            },
        ];
        let want = [
            "序号",
            "权利人·姓名",
            "权利人·证件号",
            "坐落",
            "房屋·面积",
            "房屋·结构",
            "备注",
        ];
        let h = find(&rows, &merged).unwrap();
        assert_eq!(h.names, want);
        assert_eq!(
            (h.rows, h.title.as_deref()),
            ((1, 2), Some("盐边县登记台账"))
        );
        assert_eq!(find(&rows, &[]).unwrap().names, want);
    }

    #[test]
    fn one_row() {
        let rows = [row(0, &["姓名", "坐落"]), row(1, &["张三", "东区"])];
        let h = find(&rows, &[]).unwrap();
        assert_eq!(
            (h.names, h.rows),
            (vec!["姓名".to_owned(), "坐落".to_owned()], (0, 0))
        );
        assert_eq!(find(&[], &[]), None);
    }
}
