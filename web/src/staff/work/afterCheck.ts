/** The word and colour of an after-check's state. */
export interface StateTag {
  label: string;
  kind: 'ok' | 'warn' | 'error' | 'plain';
}
const TAGS: Record<string, StateTag> = {
  open: { label: '待抽查', kind: 'warn' },
  passed: { label: '无误', kind: 'ok' },
  failed: { label: '有误', kind: 'error' },
};
export function afterCheckTag(state: string): StateTag {
  return TAGS[state] ?? { label: state, kind: 'plain' };
}

const KINDS: Record<string, string> = {
  switch: '开关',
  fields: '申请内容',
  material: '收件材料',
  rule: '审核规则',
};
export interface GroundGroup<T> {
  kind: string;
  label: string;
  items: T[];
}
/** The grounds of a decision by what was looked at, in the order in which they were weighed. */
export function groundGroups<T extends { kind: string }>(grounds: readonly T[]): GroundGroup<T>[] {
  const groups: GroundGroup<T>[] = [];
  for (const ground of grounds) {
    const last = groups.find((g) => g.kind === ground.kind);
    if (last) last.items.push(ground);
    else groups.push({ kind: ground.kind, label: KINDS[ground.kind] ?? ground.kind, items: [ground] });
  }
  return groups;
}
