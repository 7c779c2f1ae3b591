import type { CaseQuery } from '@/api/cases';
import type { CaseCounts } from '@/api/types';

/** Filter of the inbox. The presets and the filter line are combined. */
export interface CaseFilterValues {
  q: string;
  business: string;
  step: string;
  due: string;
}
export const EMPTY_FILTER: CaseFilterValues = { q: '', business: '', step: '', due: '' };

export interface Preset {
  code: string;
  label: string;
  query: Pick<CaseQuery, 'due' | 'sent_back'>;
  count: keyof CaseCounts | null;
  alarm?: boolean;
}
export const PRESETS: Preset[] = [
  { code: 'all', label: '全部', query: {}, count: 'todo' },
  { code: 'today', label: '今日到期', query: { due: 'today' }, count: 'today', alarm: true },
  { code: 'overdue', label: '超期', query: { due: 'overdue' }, count: 'overdue', alarm: true },
  { code: 'sent_back', label: '退回给我', query: { sent_back: true }, count: 'sent_back' },
];

export const STEPS = [
  { code: 'acceptance', name: '受理' },
  { code: 'first_review', name: '初审' },
  { code: 'approval', name: '审核' },
  { code: 'recording', name: '登簿' },
  { code: 'certificate', name: '缮证' },
  { code: 'delivery', name: '发证' },
  { code: 'archive', name: '归档' },
];
export const DUES = [
  { code: 'overdue', name: '已超期' },
  { code: 'today', name: '今日到期' },
  { code: 'soon', name: '即将到期' },
];

/** Which filters hide rows, in words; empty when none does. */
export function hiding(filter: CaseFilterValues, preset: string): string {
  const said: string[] = [];
  if (preset !== 'all') said.push(PRESETS.find((p) => p.code === preset)?.label ?? preset);
  if (filter.q) said.push(`含“${filter.q}”`);
  if (filter.business) said.push(`业务 ${filter.business}`);
  if (filter.step) said.push(`环节 ${STEPS.find((s) => s.code === filter.step)?.name ?? filter.step}`);
  if (filter.due) said.push(DUES.find((d) => d.code === filter.due)?.name ?? filter.due);
  return said.join('、');
}
