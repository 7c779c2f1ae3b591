/**
 * The contents of rights as forms: one list of fields for each table of the national database standard
 * (TD/T 1066—2021), in the order of the register's page. Names are those of the interface.
 */
export type FieldType = 'text' | 'lines' | 'money' | 'area' | 'int' | 'date' | 'yes' | 'code';
export interface ContentField {
  name: string;
  label: string;
  type: FieldType;
  /** Name of the code list. */
  list?: string;
  required?: boolean;
  /** Noted on the right by a business of its own, not when the right is first entered. */
  later?: boolean;
}
const text = (name: string, label: string, required = false): ContentField => ({ name, label, type: 'text', required });
const lines = (name: string, label: string, required = false): ContentField => ({
  name,
  label,
  type: 'lines',
  required,
});
const area = (name: string, label: string): ContentField => ({ name, label, type: 'area' });
const date = (name: string, label: string): ContentField => ({ name, label, type: 'date' });
const money = (name: string, label: string): ContentField => ({ name, label, type: 'money' });
const int = (name: string, label: string): ContentField => ({ name, label, type: 'int' });
const yes = (name: string, label: string): ContentField => ({ name, label, type: 'yes' });
const code = (name: string, label: string, list: string): ContentField => ({ name, label, type: 'code', list });

export const CONTENT: Record<string, ContentField[]> = {
  land_ownership: [
    area('farm_area', '农用地面积'),
    area('arable_area', '耕地面积'),
    area('forest_area', '林地面积'),
    area('grass_area', '草地面积'),
    area('other_farm_area', '其他农用地面积'),
    area('construction_area', '建设用地面积'),
    area('unused_area', '未利用地面积'),
  ],
  land_use: [
    area('area', '使用权面积'),
    date('start', '使用权起始时间'),
    date('end', '使用权结束时间'),
    money('price', '取得价格'),
    text('use_code', '用途（地类代码）'),
  ],
  building_ownership: [
    text('land_use_holder', '土地使用权人'),
    area('own_land_area', '独用土地面积'),
    area('shared_land_area', '分摊土地面积'),
    date('land_use_start', '土地使用起始时间'),
    date('land_use_end', '土地使用结束时间'),
    money('price', '房地产交易价格'),
    code('planned_use', '规划用途', '房屋用途'),
    code('nature', '房屋性质', '房屋性质'),
    code('structure', '房屋结构', '房屋结构'),
    text('storey', '所在层'),
    int('storeys_total', '总层数'),
    area('building_area', '建筑面积'),
    area('exclusive_area', '专有建筑面积'),
    area('shared_area', '分摊建筑面积'),
    text('completed', '竣工时间'),
  ],
  project_buildings: [
    text('land_use_holder', '土地使用权人'),
    area('own_land_area', '独用土地面积'),
    area('shared_land_area', '分摊土地面积'),
    date('land_use_start', '土地使用起始时间'),
    date('land_use_end', '土地使用结束时间'),
    money('price', '房地产交易价格'),
  ],
  owners_common_part: [
    text('number', '建（构）筑物编号'),
    text('name', '建（构）筑物名称'),
    int('count', '建（构）筑物数量'),
    area('area', '建（构）筑物面积'),
    area('shared_land_area', '分摊土地面积'),
  ],
  structure: [
    text('land_use_holder', '土地（海域）使用权人'),
    area('land_area', '土地（海域）使用面积'),
    date('land_use_start', '使用起始时间'),
    date('land_use_end', '使用结束时间'),
    code('structure_kind', '构（建）筑物类型', '构（建）筑物类型'),
    text('planned_use', '规划用途'),
    area('area', '构（建）筑物面积'),
    text('completed', '竣工时间'),
  ],
  agricultural_land: [
    text('issuer_code', '发包方代码'),
    text('issuer_name', '发包方名称'),
    area('area', '承包（使用权）面积'),
    date('start', '承包（使用）起始时间'),
    date('end', '承包（使用）结束时间'),
    text('contract_code', '承包合同编码'),
    text('grass_quality', '草原质量'),
    int('livestock_capacity', '适宜载畜量'),
  ],
  forest: [
    text('issuer', '发包方'),
    area('area', '使用权（承包）面积'),
    date('start', '林地使用（承包）起始时间'),
    date('end', '林地使用（承包）结束时间'),
    text('tree_owner', '森林、林木所有权人'),
    text('tree_user', '森林、林木使用权人'),
    text('species', '主要树种'),
    int('tree_count', '株数'),
    code('forest_kind', '林种', '林种'),
    code('origin', '起源', '起源'),
    int('planted_year', '造林年度'),
    text('compartment', '林班'),
    text('subcompartment', '小班'),
  ],
  sea_area: [area('area', '使用权面积'), date('start', '使用起始时间'), date('end', '使用结束时间')],
  other_right: [date('start', '起始时间'), date('end', '结束时间')],
  easement: [
    text('benefited_unit', '需役地不动产单元号'),
    text('benefited_address', '需役地坐落'),
    lines('content', '地役权内容', true),
    date('start', '权利起始时间'),
    date('end', '权利结束时间'),
  ],
  mortgage: [
    money('secured_amount', '被担保主债权数额'),
    money('maximum_amount', '最高债权额'),
    date('term_start', '债务履行期限（债权确定期间）起'),
    date('term_end', '债务履行期限（债权确定期间）止'),
    lines('scope', '担保范围'),
    yes('transfer_restricted', '禁止或限制转让抵押不动产的约定'),
    int('rank', '抵押权顺位'),
    text('debtor', '债务人'),
    text('contract_no', '抵押合同编号'),
    text('construction_address', '在建建筑物坐落'),
    lines('construction_scope', '在建建筑物抵押范围'),
    lines('fixed_fact', '最高债权确定事实'),
  ],
  habitation: [
    lines('scope', '居住范围', true),
    lines('conditions', '居住条件和要求'),
    date('start', '居住权开始时间'),
    date('end', '居住权结束时间'),
    yes('for_life', '终生居住'),
    yes('paid', '是否有偿'),
  ],
  priority_notice: [
    money('amount', '取得价格 / 被担保主债权数额'),
    text('land_use_holder', '土地使用权人'),
    code('planned_use', '规划用途', '房屋用途'),
    text('storey', '所在层'),
    area('building_area', '建筑面积'),
    lines('scope', '担保范围'),
    yes('transfer_restricted', '禁止或限制转让抵押不动产的约定'),
    { ...date('registrable_on', '能够申请登记之日'), later: true },
  ],
  caution: [
    lines('matter', '异议事项', true),
    { ...text('suit_body', '受理的法院（仲裁委员会）'), later: true },
    { ...text('suit_no', '案号'), later: true },
    { ...date('suit_on', '提交受理通知书日期'), later: true },
  ],
  seizure: [
    text('document', '查封文件'),
    text('document_no', '查封文号'),
    date('start', '查封起始时间'),
    date('end', '查封结束时间'),
    lines('scope', '查封范围'),
  ],
  restriction: [
    text('restriction_kind', '限制类型'),
    text('organ', '限制单位'),
    text('document_no', '限制文件号码'),
    lines('reason', '限制原因'),
    lines('scope', '限制范围'),
    date('served_on', '送达日期'),
    date('start', '限制起始日期'),
    date('end', '限制终止日期'),
  ],
};

/** The fields of a content that a business lets change; all of them where it creates the right. */
export function fieldsOf(kind: string, mayChange: string[] | null): ContentField[] {
  const all = CONTENT[kind] ?? [];
  if (!mayChange) return all.filter((f) => !f.later);
  if (mayChange.includes('*') || mayChange.includes('content.*')) return all;
  return all.filter((f) => mayChange.includes(`content.${f.name}`));
}
