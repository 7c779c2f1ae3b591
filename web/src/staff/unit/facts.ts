import type { LabelledValue, UnitFacts, UnitSummary } from '@/api/types';

/** Surveyed facts of a unit in the order of the house table (户). */
export function unitFacts(unit: UnitSummary, facts: UnitFacts): LabelledValue[] {
  const storey =
    facts.storey !== null && facts.storey !== undefined && facts.storey !== ''
      ? `${facts.storey}${facts.storeys_total ? ` / 共 ${facts.storeys_total} 层` : ''}`
      : '';
  const rows: [string, string | null | undefined][] = [
    ['坐落', unit.address],
    ['行政区', unit.county_name],
    ['宗地代码', facts.parcel_code],
    ['宗地面积', area(facts.parcel_area)],
    ['土地用途', facts.land_use_name],
    ['权利性质', facts.right_nature_name],
    ['单元（门）', facts.entrance],
    ['所在层', storey],
    ['室号', facts.room],
    ['规划用途', facts.use_name],
    ['房屋结构', facts.structure_name],
    ['建筑面积', area(facts.building_area)],
    ['专有面积', area(facts.exclusive_area)],
    ['分摊面积', area(facts.shared_area)],
    ['竣工时间', facts.completed],
    ['单元状态', facts.status_name],
  ];
  return rows.filter(([, value]) => value).map(([label, value]) => ({ label, value: value ?? '' }));
}
function area(value: string | null): string | null {
  return value ? `${value} ㎡` : null;
}
