//! The building table (楼盘表): units by storey and entrance. Pure arrangement.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// A unit to be placed.
#[derive(Debug, Clone)]
pub struct Placed<T> {
    /// Entrance (单元); units without one share a nameless entrance.
    pub entrance: Option<String>,
    /// Storey (所在层).
    pub storey: i32,
    /// Room.
    pub room: String,
    /// What stands in the cell.
    pub cell: T,
}

/// An entrance and its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entrance {
    /// Name; empty when the building has none.
    pub name: String,
    /// Columns.
    pub columns: usize,
}

/// A storey and its cells from left to right; none where no room is.
#[derive(Debug, Clone, Serialize)]
pub struct StoreyRow<T> {
    /// Storey; below ground negative.
    pub storey: i32,
    /// Label.
    pub label: String,
    /// Cells over all entrances.
    pub cells: Vec<Option<T>>,
}

/// The table.
#[derive(Debug, Clone, Serialize)]
pub struct BuildingTable<T> {
    /// Entrances from left to right.
    pub entrances: Vec<Entrance>,
    /// Storeys from the top.
    pub storeys: Vec<StoreyRow<T>>,
}

/// A room's place within its storey: the number after the storey's digits, such
/// as 2 in 1502 on storey 15; rooms that do not begin so are ordered by text.
fn room_key(storey: i32, room: &str) -> (u32, String) {
    let digits: String = room.chars().filter(char::is_ascii_digit).collect();
    let prefix = storey.unsigned_abs().to_string();
    let tail = match digits.strip_prefix(&prefix) {
        Some(rest) if !rest.is_empty() => rest,
        _ => digits.as_str(),
    };
    (tail.parse().unwrap_or(u32::MAX), room.to_owned())
}

/// Arranges units: every entrance gets as many columns as it has different room
/// places, each unit stands in the column of its place.
#[must_use]
pub fn arrange<T>(units: Vec<Placed<T>>) -> BuildingTable<T> {
    let mut places: BTreeMap<(u32, String), BTreeSet<(u32, String)>> = BTreeMap::new();
    let entrance_key = |e: &Option<String>| {
        let name = e.clone().unwrap_or_default();
        let number = name
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .unwrap_or(0);
        (number, name)
    };
    // two rooms of one place on one storey (101 and 101A) must not share a column
    let mut seen: BTreeSet<((u32, String), i32, u32)> = BTreeSet::new();
    let mut keyed = Vec::with_capacity(units.len());
    for u in units {
        let entrance = entrance_key(&u.entrance);
        let (number, room) = room_key(u.storey, &u.room);
        let free = seen.insert((entrance.clone(), u.storey, number));
        let place = if free {
            (number, String::new())
        } else {
            (number, room)
        };
        places
            .entry(entrance.clone())
            .or_default()
            .insert(place.clone());
        keyed.push((entrance, place, u));
    }
    let mut offsets = BTreeMap::new();
    let mut total = 0;
    let mut entrances = Vec::new();
    for (key, columns) in &places {
        offsets.insert(key.clone(), total);
        total += columns.len();
        entrances.push(Entrance {
            name: key.1.clone(),
            columns: columns.len(),
        });
    }
    let mut storeys: BTreeMap<i32, Vec<Option<T>>> = BTreeMap::new();
    for (entrance, place, u) in keyed {
        let column = offsets.get(&entrance).copied().unwrap_or(0)
            + places
                .get(&entrance)
                .map_or(0, |p| p.iter().take_while(|x| **x != place).count());
        let row = storeys
            .entry(u.storey)
            .or_insert_with(|| (0..total).map(|_| None).collect());
        if let Some(slot) = row.get_mut(column) {
            *slot = Some(u.cell);
        }
    }
    let storeys = storeys
        .into_iter()
        .rev()
        .map(|(storey, cells)| StoreyRow {
            storey,
            label: label(storey),
            cells,
        })
        .collect();
    BuildingTable { entrances, storeys }
}

fn label(storey: i32) -> String {
    if storey < 0 {
        format!("地下{}层", -storey)
    } else {
        format!("{storey}层")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(entrance: &str, storey: i32, room: &str) -> Placed<String> {
        Placed {
            entrance: Some(entrance.to_owned()),
            storey,
            room: room.to_owned(),
            cell: format!("{entrance}-{room}"),
        }
    }

    #[test]
    fn rooms_of_one_place_stand_below_each_other() {
        let t = arrange(vec![
            unit("1", 1, "101"),
            unit("1", 2, "202"),
            unit("1", 1, "102"),
            unit("2", 10, "1001"),
            unit("10", 1, "101"),
            unit("1", -1, "B01"),
        ]);
        let names: Vec<_> = t.entrances.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["1", "2", "10"]);
        let storeys: Vec<_> = t.storeys.iter().map(|s| s.storey).collect();
        assert_eq!(storeys, [10, 2, 1, -1]);
        let first = &t.storeys[2].cells;
        assert_eq!(first[0].as_deref(), Some("1-101"));
        assert_eq!(first[1].as_deref(), Some("1-102"));
        assert_eq!(t.storeys[1].cells[1].as_deref(), Some("1-202"));
        assert_eq!(t.storeys[3].label, "地下1层");
    }

    #[test]
    fn no_unit_is_lost_when_rooms_collide() {
        let t = arrange(vec![
            unit("1", 1, "101"),
            unit("1", 1, "101A"),
            unit("1", 1, "1-01"),
        ]);
        let placed = t.storeys.iter().flat_map(|s| &s.cells).flatten().count();
        assert_eq!(placed, 3);
    }
}
