//! The pages that are about the parcel, not a right: the cover of the book and
//! 宗地基本信息 (ZDJBXX).

use dengbu_model::cadastre::Parcel;
use dengbu_model::codes;

use crate::fields::{Labelled, RightPage};
use crate::format::{self, NONE};

/// What the cover of a parcel's book says (登记簿封面).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverFacts {
    /// Province (省), such as 四川省.
    pub province: String,
    /// City (市), such as 攀枝花市.
    pub city: String,
    /// County or district (县、区), such as 东区.
    pub county: String,
    /// Street or township (街道、乡、镇).
    pub street: Option<String>,
    /// Parcel code (宗地代码, ZDDM).
    pub parcel_code: String,
    /// Name of the authority (登记机构, DJJG).
    pub authority_name: String,
}

/// The cover of a parcel's book.
#[must_use]
pub fn cover(facts: &CoverFacts) -> RightPage {
    let place = [&facts.province, &facts.city, &facts.county]
        .map(String::as_str)
        .concat();
    RightPage {
        title: "不动产登记簿".to_owned(),
        fields: vec![
            Labelled::new("行政区", place),
            Labelled::new("街道（乡、镇）", facts.street.as_deref().unwrap_or(NONE)),
            Labelled::new("宗地代码", &facts.parcel_code),
            Labelled::new("登记机构", &facts.authority_name),
        ],
    }
}

/// The parcel's page.
#[must_use]
pub fn parcel_page(parcel: &Parcel) -> RightPage {
    let none = || NONE.to_owned();
    let bounds = parcel
        .bounds
        .as_ref()
        .map_or_else(none, |[east, south, west, north]| {
            format!("东：{east}；南：{south}；西：{west}；北：{north}")
        });
    RightPage {
        title: "宗地基本信息".to_owned(),
        fields: vec![
            Labelled::new("宗地代码", parcel.code.as_str()),
            Labelled::new("坐落", &parcel.address),
            Labelled::new(
                "宗地面积",
                parcel.area.as_ref().map_or_else(none, format::area),
            ),
            Labelled::new(
                "用途",
                parcel.use_code.as_ref().map_or_else(none, |c| {
                    format::name_in(&[codes::LAND_USE, codes::LAND_USE_2007], c.as_str())
                }),
            ),
            Labelled::new(
                "权利类型",
                parcel
                    .right_type
                    .as_ref()
                    .map_or_else(none, |c| c.name_in(codes::RIGHT_TYPE)),
            ),
            Labelled::new(
                "权利性质",
                parcel
                    .right_nature
                    .as_ref()
                    .map_or_else(none, |c| c.name_in(codes::RIGHT_NATURE)),
            ),
            Labelled::new("宗地四至", bounds),
        ],
    }
}

#[cfg(test)]
mod tests {
    use dengbu_model::codes::Code;
    use dengbu_model::quantity::Area;
    use dengbu_model::unit_code::ParcelCode;

    use super::*;

    #[test]
    fn the_parcel_is_described_by_names() {
        let code = |c: &str| Some(Code::parse(c).unwrap());
        let parcel = Parcel {
            code: ParcelCode::parse("510402001003GB00012").unwrap(),
            address: "攀枝花市东区某某路12号".to_owned(),
            area: Some(Area::parse("12345.67").unwrap()),
            use_code: code("071"),
            right_type: code("3"),
            right_nature: code("102"),
            bounds: Some(["某某路", "某某河", "某某小区", "某某街"].map(str::to_owned)),
            geometry: None,
        };
        let page = parcel_page(&parcel);
        let value = |label: &str| {
            page.fields
                .iter()
                .find(|f| f.label == label)
                .unwrap()
                .value
                .clone()
        };
        assert_eq!(page.title, "宗地基本信息");
        assert_eq!(value("宗地代码"), "510402001003GB00012");
        assert_eq!(value("宗地面积"), "12345.67 ㎡");
        assert_eq!(value("权利类型"), "国有建设用地使用权");
        assert_eq!(value("权利性质"), "出让");
        assert_eq!(value("用途"), "城镇住宅用地");
        assert_eq!(
            value("宗地四至"),
            "东：某某路；南：某某河；西：某某小区；北：某某街"
        );
    }

    #[test]
    fn the_cover_says_where_and_who() {
        let page = cover(&CoverFacts {
            province: "四川省".to_owned(),
            city: "攀枝花市".to_owned(),
            county: "东区".to_owned(),
            street: None,
            parcel_code: "510402001003GB00012".to_owned(),
            authority_name: "攀枝花市不动产登记中心".to_owned(),
        });
        assert_eq!(page.fields[0].value, "四川省攀枝花市东区");
        assert_eq!(page.fields[1].value, NONE);
        assert_eq!(page.fields[3].value, "攀枝花市不动产登记中心");
    }
}
