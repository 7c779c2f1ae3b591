//! What buildings look like: storeys, entrances, rooms and their areas.

/// A kind of building.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// 34 storeys, 4 entrances, 6 rooms to a landing: 816 flats.
    Tower,
    /// 11 storeys with lifts, 2 entrances, 2 rooms to a landing.
    MidRise,
    /// 6 storeys, 3 entrances, 2 rooms to a landing.
    WalkUp,
    /// 4 storeys of 8 shops over 20 parking spaces.
    Commercial,
    /// 8 houses in a row, each of 3 storeys.
    VillaRow,
    /// A farm house on its homestead.
    Homestead,
}

/// What a unit is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// 成套住宅.
    Flat,
    /// 别墅.
    Villa,
    /// 商业服务.
    Shop,
    /// 车位.
    Parking,
    /// 农村住宅.
    FarmHouse,
}

impl Use {
    /// 房屋用途.
    #[must_use]
    pub fn use_code(self) -> &'static str {
        match self {
            Self::Flat => "11",
            Self::Villa => "111",
            Self::Shop => "31",
            Self::Parking => "80",
            Self::FarmHouse => "10",
        }
    }

    /// 房屋类型.
    #[must_use]
    pub fn kind_code(self) -> &'static str {
        match self {
            Self::Flat | Self::Villa | Self::FarmHouse => "1",
            Self::Shop => "2",
            Self::Parking => "6",
        }
    }

    /// Whether people live in it.
    #[must_use]
    pub fn is_home(self) -> bool {
        matches!(self, Self::Flat | Self::Villa | Self::FarmHouse)
    }
}

/// A unit in its building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Entrance (单元).
    pub entrance: Option<u32>,
    /// Storey; below ground negative.
    pub storey: i32,
    /// Storey as written on the certificate (所在层).
    pub storey_text: String,
    /// Room as written.
    pub room: String,
    /// 套内面积 in hundredths of a square metre.
    pub inner: i64,
    /// 分摊面积 in hundredths of a square metre.
    pub shared: i64,
    /// What it is used for.
    pub used_for: Use,
}

impl Room {
    fn new(entrance: Option<u32>, storey: i32, room: String, inner: i64, used_for: Use) -> Self {
        // a share of stairs and lifts: about a fifth in homes, a third in shops, none in houses
        let percent = match used_for {
            Use::Flat => 19,
            Use::Shop => 32,
            Use::Parking => 25,
            Use::Villa | Use::FarmHouse => 0,
        };
        Self {
            entrance,
            storey,
            storey_text: storey.to_string(),
            room,
            inner,
            shared: inner * percent / 100,
            used_for,
        }
    }

    /// 建筑面积 in hundredths of a square metre.
    #[must_use]
    pub fn area(&self) -> i64 {
        self.inner + self.shared
    }
}

impl Shape {
    /// Storeys above ground.
    #[must_use]
    pub fn storeys(self) -> i32 {
        match self {
            Self::Tower => 34,
            Self::MidRise => 11,
            Self::WalkUp => 6,
            Self::Commercial => 4,
            Self::VillaRow => 3,
            Self::Homestead => 2,
        }
    }

    /// Storeys below ground.
    #[must_use]
    pub fn storeys_below(self) -> i32 {
        i32::from(self == Self::Commercial)
    }

    /// 房屋结构.
    #[must_use]
    pub fn structure(self) -> &'static str {
        match self {
            Self::Tower | Self::MidRise | Self::Commercial => "3",
            Self::WalkUp | Self::VillaRow => "4",
            Self::Homestead => "5",
        }
    }

    /// Its units in the order of their numbers: entrance, storey, room.
    #[must_use]
    pub fn rooms(self) -> Vec<Room> {
        match self {
            Self::Tower => flats(4, 34, &[11_862, 9_745, 7_230, 7_230, 9_745, 11_862]),
            Self::MidRise => flats(2, 11, &[10_514, 8_933]),
            Self::WalkUp => flats(3, 6, &[8_428, 6_915]),
            Self::Commercial => commercial(),
            Self::VillaRow => (1..=8)
                .map(|n| Room {
                    storey_text: "1-3".to_owned(),
                    ..Room::new(
                        None,
                        1,
                        format!("{n}号"),
                        23_640 + i64::from(n % 3) * 812,
                        Use::Villa,
                    )
                })
                .collect(),
            Self::Homestead => vec![Room {
                storey_text: "1-2".to_owned(),
                ..Room::new(None, 1, "整幢".to_owned(), 16_820, Use::FarmHouse)
            }],
        }
    }
}

fn flats(entrances: u32, storeys: i32, inner: &[i64]) -> Vec<Room> {
    let mut rooms = Vec::new();
    for entrance in 1..=entrances {
        for storey in 1..=storeys {
            for (n, inner) in inner.iter().enumerate() {
                let room = format!("{storey}{:02}", n + 1);
                rooms.push(Room::new(Some(entrance), storey, room, *inner, Use::Flat));
            }
        }
    }
    rooms
}

fn commercial() -> Vec<Room> {
    let parking = (1..=20).map(|n| Room::new(None, -1, format!("B{n:02}"), 1_272, Use::Parking));
    let shops = (1..=4).flat_map(|storey| {
        (1..=8).map(move |n| {
            let inner = 4_350 + i64::from(n) * 615;
            Room::new(None, storey, format!("{storey}{n:02}"), inner, Use::Shop)
        })
    });
    parking.chain(shops).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tower_is_as_tall_and_wide_as_said() {
        let rooms = Shape::Tower.rooms();
        assert_eq!(rooms.len(), 816);
        assert_eq!(
            (rooms[0].entrance, rooms[0].room.as_str()),
            (Some(1), "101")
        );
        assert_eq!(
            (rooms[815].entrance, rooms[815].room.as_str()),
            (Some(4), "3406")
        );
    }

    #[test]
    fn no_two_units_of_a_building_share_a_place() {
        use std::collections::BTreeSet;
        for shape in [
            Shape::Tower,
            Shape::MidRise,
            Shape::WalkUp,
            Shape::Commercial,
            Shape::VillaRow,
            Shape::Homestead,
        ] {
            let rooms = shape.rooms();
            let places: BTreeSet<_> = rooms
                .iter()
                .map(|r| (r.entrance, r.storey, &r.room))
                .collect();
            assert_eq!(places.len(), rooms.len(), "{shape:?}");
            let inside = |r: &Room| {
                (-shape.storeys_below()..=shape.storeys()).contains(&r.storey) && r.storey != 0
            };
            assert!(rooms.iter().all(|r| inside(r) && r.area() > 0), "{shape:?}");
        }
    }
}
