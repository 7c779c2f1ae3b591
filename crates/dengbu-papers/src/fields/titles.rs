//! Fields of ownership and use rights.

use dengbu_model::codes::{self, Code};
use dengbu_model::quantity::{Area, Money};
use dengbu_model::right::{
    AgriculturalLand, BuildingOwnership, Forest, LandOwnership, LandUse, OtherRight,
    OwnersCommonPart, ProjectBuildings, SeaArea, Structure,
};

use super::Page;
use crate::format;

pub(super) const LAND_USE_LISTS: [&str; 2] = [codes::LAND_USE, codes::LAND_USE_2007];
const OWNERSHIP_NATURE: &str = "土地所有权性质";

impl Page<'_> {
    pub(super) fn area(&mut self, label: &str, value: Option<&Area>) {
        self.put(label, value.map(format::area));
    }

    pub(super) fn money(&mut self, label: &str, value: Option<&Money>) {
        self.put(label, value.map(format::money));
    }

    pub(super) fn code(&mut self, label: &str, list: &str, value: Option<&Code>) {
        self.put(label, value.map(|c| c.name_in(list)));
    }

    pub(super) fn count(&mut self, label: &str, value: Option<i32>) {
        self.put(label, value.map(|n| n.to_string()));
    }

    pub(super) fn land_ownership(&mut self, d: &LandOwnership) {
        self.area("农用地面积", d.farm_area.as_ref());
        self.area("耕地面积", d.arable_area.as_ref());
        self.area("林地面积", d.forest_area.as_ref());
        self.area("草地面积", d.grass_area.as_ref());
        self.area("其它农用地面积", d.other_farm_area.as_ref());
        self.area("建设用地面积", d.construction_area.as_ref());
        self.area("未利用地面积", d.unused_area.as_ref());
    }

    pub(super) fn land_use(&mut self, d: &LandUse) {
        self.area("使用权面积", d.area.as_ref());
        self.put("土地使用期限", Some(format::term(d.start, d.end)));
        self.put(
            "用途",
            d.use_code
                .as_ref()
                .map(|c| format::name_in(&LAND_USE_LISTS, c.as_str())),
        );
        self.money("取得价格", d.price.as_ref());
    }

    pub(super) fn project_buildings(&mut self, d: &ProjectBuildings) {
        self.named("土地使用权人", d.land_use_holder.as_ref());
        self.area("独用土地面积", d.own_land_area.as_ref());
        self.area("分摊土地面积", d.shared_land_area.as_ref());
        self.put(
            "土地使用期限",
            Some(format::term(d.land_use_start, d.land_use_end)),
        );
        self.money("房地产交易价格", d.price.as_ref());
    }

    pub(super) fn building_ownership(&mut self, d: &BuildingOwnership) {
        self.named("土地使用权人", d.land_use_holder.as_ref());
        self.area("独用土地面积", d.own_land_area.as_ref());
        self.area("分摊土地面积", d.shared_land_area.as_ref());
        self.put(
            "土地使用期限",
            Some(format::term(d.land_use_start, d.land_use_end)),
        );
        self.money("房地产交易价格", d.price.as_ref());
        self.put("买卖合同编号", d.contract_no.clone());
        self.code("规划用途", codes::HOUSE_USE, d.planned_use.as_ref());
        self.code("房屋性质", codes::HOUSE_NATURE, d.nature.as_ref());
        self.code("房屋结构", codes::HOUSE_STRUCTURE, d.structure.as_ref());
        self.put("所在层", d.storey.clone());
        self.count("总层数", d.storeys_total);
        self.area("建筑面积", d.building_area.as_ref());
        self.area("专有建筑面积", d.exclusive_area.as_ref());
        self.area("分摊建筑面积", d.shared_area.as_ref());
        self.put("竣工时间", d.completed.clone());
    }

    pub(super) fn owners_common_part(&mut self, d: &OwnersCommonPart) {
        self.put("建（构）筑物编号", d.number.clone());
        self.put("建（构）筑物名称", d.name.clone());
        self.count("建（构）筑物数量", d.count);
        self.area("建（构）筑物面积", d.area.as_ref());
        self.area("分摊土地面积", d.shared_land_area.as_ref());
    }

    pub(super) fn structure(&mut self, d: &Structure) {
        self.named("土地/海域使用权人", d.land_use_holder.as_ref());
        self.area("土地/海域使用面积", d.land_area.as_ref());
        self.put(
            "土地/海域使用期限",
            Some(format::term(d.land_use_start, d.land_use_end)),
        );
        self.code("构（建）筑物类型", "构筑物类型", d.structure_kind.as_ref());
        self.free("构（建）筑物规划用途", d.planned_use.as_ref());
        self.area("构（建）筑物面积", d.area.as_ref());
        self.put("竣工时间", d.completed.clone());
    }

    pub(super) fn agricultural_land(&mut self, d: &AgriculturalLand) {
        self.put("发包方代码", d.issuer_code.clone());
        self.named("发包方名称", d.issuer_name.as_ref());
        self.area("承包（使用权）面积", d.area.as_ref());
        self.put("承包（使用）期限", Some(format::term(d.start, d.end)));
        self.put("承包合同编码", d.contract_code.clone());
        self.code(
            "土地所有权性质",
            OWNERSHIP_NATURE,
            d.ownership_nature.as_ref(),
        );
        self.code("水域滩涂类型", "水域滩涂类型", d.water_kind.as_ref());
        self.code("养殖业方式", "养殖业方式", d.farming_method.as_ref());
        self.put("草原质量", d.grass_quality.clone());
        self.count("适宜载畜量", d.livestock_capacity);
    }

    pub(super) fn forest(&mut self, d: &Forest) {
        self.named("发包方", d.issuer.as_ref());
        self.area("使用权（承包）面积", d.area.as_ref());
        self.put("林地使用（承包）期限", Some(format::term(d.start, d.end)));
        self.code(
            "林地所有权性质",
            OWNERSHIP_NATURE,
            d.ownership_nature.as_ref(),
        );
        self.named("森林、林木所有权人", d.tree_owner.as_ref());
        self.named("森林、林木使用权人", d.tree_user.as_ref());
        self.put("主要树种", d.species.clone());
        self.count("株数", d.tree_count);
        self.code("林种", "林种", d.forest_kind.as_ref());
        self.code("起源", "起源", d.origin.as_ref());
        self.count("造林年度", d.planted_year);
        self.put("林班", d.compartment.clone());
        self.put("小班", d.subcompartment.clone());
        self.put("小地名", d.place_name.clone());
    }

    pub(super) fn sea_area(&mut self, d: &SeaArea) {
        self.area("使用权面积", d.area.as_ref());
        self.put("使用权期限", Some(format::term(d.start, d.end)));
        self.put(
            "用海类型",
            d.sea_use
                .as_ref()
                .map(|c| format::name_in(&["海域使用类型A", "海域使用类型B"], c.as_str())),
        );
        self.money("使用金总额", d.fee_total.as_ref());
    }

    pub(super) fn other_right(&mut self, d: &OtherRight) {
        self.put("权利期限", Some(format::term(d.start, d.end)));
        self.put("取水方式", d.water_method.clone());
        self.put("水源类型", d.water_source.clone());
        self.put("取水量", d.water_amount.clone());
        self.free("取水用途", d.water_use.as_ref());
        self.area("勘查面积", d.exploration_area.as_ref());
        self.put("开采方式", d.mining_method.clone());
        self.put("开采矿种", d.minerals.clone());
        self.put("生产规模", d.scale.clone());
    }
}
