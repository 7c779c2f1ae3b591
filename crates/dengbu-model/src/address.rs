//! Addresses (坐落) brought into one shape for searching.

use crate::half_width::compact;

/// Ends of a room that mean the same as 室, longest first.
const ROOM_ENDS: [&str; 7] = ["号房间", "号房", "号室", "房间", "房", "户", "号"];

/// Full width to half width, blanks out, upper case, and the words for building
/// and room that clerks write in many ways made one: 栋、号楼、# become 幢; 房 and 号
/// at the end of a room become 室. A house number keeps its 号: only digits that
/// follow a building, an entrance or a storey are a room.
#[must_use]
pub fn normalise_address(text: &str) -> String {
    let narrow: String = compact(text).chars().filter(|c| !c.is_control()).collect();
    let one_word = narrow
        .replace("号楼", "幢")
        .replace("#楼", "幢")
        .replace(['栋', '#'], "幢")
        .replace("房间", "室");
    room_end(&one_word).unwrap_or(one_word)
}

/// The address with its room ending in 室, when it ends in a room written otherwise.
fn room_end(address: &str) -> Option<String> {
    let rest = ROOM_ENDS.iter().find_map(|end| address.strip_suffix(end))?;
    let before = rest.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let has_number = before.len() < rest.len();
    let in_building = ["幢", "单元", "层"].iter().any(|w| before.ends_with(w));
    (has_number && in_building).then(|| format!("{rest}室"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::normalise_address;

    #[test]
    fn writings_of_one_building_are_one() {
        let want = "竹湖花园9幢1单元101室";
        for text in [
            "竹湖花园９栋１单元１０１室",
            "竹湖花园9号楼1单元101室",
            " 竹湖花园 9# 1单元101室",
            "竹湖花园9#楼1单元101室",
            "竹湖花园9幢1单元101号",
            "竹湖花园9幢1单元101房",
            "竹湖花园9幢1单元101号房",
            "竹湖花园9幢1单元101房间",
        ] {
            assert_eq!(normalise_address(text), want);
        }
    }

    #[test]
    fn a_house_number_stays() {
        for address in [
            "炳草岗大街74号",
            "竹湖花园9幢",
            "新华街12号附3号",
            "竹湖花园9幢1单元10",
            "向阳村1组18户",
        ] {
            assert_eq!(normalise_address(address), address);
        }
    }

    proptest! {
        /// Stored addresses and searches meet only if a second pass changes nothing.
        #[test]
        fn twice_is_once(text in "[竹湖路街0-9a-cＡ１ #＃栋幢号楼单元层房间室户附-]{0,24}") {
            let once = normalise_address(&text);
            prop_assert_eq!(normalise_address(&once), once);
        }
    }
}
