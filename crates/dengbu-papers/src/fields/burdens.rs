//! Fields of mortgages, easements, notices, cautions, seizures, habitation and
//! restrictions.

use dengbu_model::codes;
use dengbu_model::right::{
    Caution, Easement, Habitation, Mortgage, MortgageMethod, PriorityNotice, PriorityNoticeKind,
    Restriction, Seizure,
};

use super::Page;
use crate::format;

/// 自然资发〔2021〕54号: the pages of mortgages and their notices say it either way.
const RESTRICTED: &str = "是否存在禁止或限制转让抵押不动产的约定";

impl Page<'_> {
    fn answer(&mut self, label: &str, value: Option<bool>) {
        self.put(label, value.map(|v| format::yes_no(v).to_owned()));
    }

    pub(super) fn easement(&mut self, d: &Easement) {
        self.put(
            "需役地不动产单元号",
            d.benefited_unit.as_ref().map(|c| c.grouped()),
        );
        self.put("需役地坐落", d.benefited_address.clone());
        self.free("地役权内容", d.content.as_ref());
        self.put("权利期限", Some(format::term(d.start, d.end)));
    }

    pub(super) fn mortgage(&mut self, d: &Mortgage) {
        let currency = d.currency.as_ref().map(|c| c.name_in(codes::CURRENCY));
        let amount = |m| format::money_in(m, currency.as_deref());
        self.code(
            "抵押不动产类型",
            codes::MORTGAGE_OBJECT,
            d.object_kind.as_ref(),
        );
        self.put("抵押方式", Some(d.method.name_zh().to_owned()));
        // the page of a maximum-amount mortgage has its own words for the debt and its period
        // (民法典第四百二十条)
        match d.method {
            MortgageMethod::General => {
                self.put("被担保主债权数额", d.secured_amount.as_ref().map(amount));
                self.put("债务履行期限", Some(format::term(d.term_start, d.term_end)));
            }
            MortgageMethod::MaximumAmount => {
                self.put("最高债权数额", d.maximum_amount.as_ref().map(amount));
                self.put("债权确定期间", Some(format::term(d.term_start, d.term_end)));
                self.free("最高债权确定事实", d.fixed_fact.as_ref());
            }
        }
        self.put("币种", currency.clone());
        self.free("担保范围", d.scope.as_ref());
        self.answer(RESTRICTED, d.transfer_restricted);
        self.put("抵押权顺位", d.rank.map(|r| r.to_string()));
        self.area("抵押面积", d.mortgaged_area.as_ref());
        self.named("债务人", d.debtor.as_ref());
        self.put("抵押合同编号", d.contract_no.clone());
        self.put("在建建筑物坐落", d.construction_address.clone());
        self.free("在建建筑物抵押范围", d.construction_scope.as_ref());
    }

    pub(super) fn priority_notice(&mut self, d: &PriorityNotice) {
        let mortgage = matches!(
            d.notice_kind,
            PriorityNoticeKind::PresaleMortgage | PriorityNoticeKind::Mortgage
        );
        self.put("预告登记种类", Some(d.notice_kind.name_zh().to_owned()));
        self.named("土地使用权人", d.land_use_holder.as_ref());
        self.code("规划用途", codes::HOUSE_USE, d.planned_use.as_ref());
        self.area("建筑面积", d.building_area.as_ref());
        self.money(
            if mortgage {
                "被担保主债权数额"
            } else {
                "取得价格"
            },
            d.amount.as_ref(),
        );
        if mortgage {
            self.free("担保范围", d.scope.as_ref());
            self.answer(RESTRICTED, d.transfer_restricted);
        }
        if let Some(day) = d.registrable_on {
            self.put("能够申请登记之日", Some(format::date(day)));
        }
    }

    pub(super) fn caution(&mut self, d: &Caution) {
        self.free("异议事项", d.matter.as_ref());
        if d.suit_on.is_some() {
            self.free("受理机构", d.suit_body.as_ref());
            self.put("案号", d.suit_no.clone());
            self.put("提交起诉（仲裁）受理材料日期", d.suit_on.map(format::date));
        }
    }

    pub(super) fn seizure(&mut self, d: &Seizure) {
        self.put("查封机关", Some(d.court.clone()));
        self.put("查封类型", Some(d.kind.name_zh().to_owned()));
        // rank 0 is the seizure in force
        if d.kind.is_waiting() {
            self.put(
                "轮候顺位",
                d.rank.filter(|r| *r > 0).map(|r| format!("第 {r} 顺位")),
            );
        }
        self.put("查封文件", d.document.clone());
        self.put("查封文号", Some(d.document_no.clone()));
        self.put("查封期限", Some(format::term(d.start, d.end)));
        self.free("查封范围", d.scope.as_ref());
        self.put("送达时间", d.served_at.map(format::minute));
        let officers: Vec<_> = d
            .officers
            .iter()
            .map(|o| format!("{}（证号 {}）", o.name, o.certificate_no))
            .collect();
        // officers act for the organ; they are no private persons here
        let officers = self.masker.mask().text(&officers.join("、"));
        self.put("送达人员", Some(officers));
    }

    pub(super) fn habitation(&mut self, d: &Habitation) {
        self.free("居住范围", d.scope.as_ref());
        self.free("居住条件和要求", d.conditions.as_ref());
        let term = if d.for_life == Some(true) {
            "终生居住".to_owned()
        } else {
            format::term(d.start, d.end)
        };
        self.put("居住权期限", Some(term));
        self.answer("是否有偿", d.paid);
    }

    pub(super) fn restriction(&mut self, d: &Restriction) {
        self.put("限制类型", d.restriction_kind.clone());
        self.put("限制单位", d.organ.clone());
        self.put("限制文件号码", d.document_no.clone());
        self.put("限制期限", Some(format::term(d.start, d.end)));
        self.free("限制原因", d.reason.as_ref());
    }
}
