//! Addresses (坐落) brought into one shape for searching.

/// Full width to half width, blanks out, upper case, and the words for building
/// and room that clerks write in many ways made one: 栋、号楼、# become 幢, 房 and
/// 号 at the end of a room become 室.
#[must_use]
pub fn normalise_address(text: &str) -> String {
    let narrow: String = text
        .chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            other => other,
        })
        .filter(|c| !c.is_whitespace() && *c != '\u{3000}' && !c.is_control())
        .flat_map(char::to_uppercase)
        .collect();
    narrow
        .replace("号楼", "幢")
        .replace("#楼", "幢")
        .replace('栋', "幢")
        .replace('#', "幢")
        .replace("房间", "室")
}

#[cfg(test)]
mod tests {
    use super::normalise_address;

    #[test]
    fn writings_of_one_building_are_one() {
        let want = "竹湖花园9幢1单元101室";
        for text in [
            "竹湖花园９栋１单元１０１室",
            "竹湖花园9号楼1单元101室",
            " 竹湖花园 9# 1单元101室",
            "竹湖花园9#楼1单元101室",
        ] {
            assert_eq!(normalise_address(text), want);
        }
    }

    #[test]
    fn a_normal_address_stays() {
        let once = normalise_address("东区炳草岗大街74号ａ座");
        assert_eq!(normalise_address(&once), once);
    }
}
