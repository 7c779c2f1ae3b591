import { isDate, normaliseDate } from '@/check/date';
import type { StatisticsQuery } from '@/api/statistics';

/** What is counted, as the person chooses it. Empty: all. */
export interface StatsFilterValues {
  from: string;
  to: string;
  county: string;
  office: string;
  family: string;
  business: string;
  source: string;
  /** `taken_elsewhere`: what the own offices took for others. */
  side: string;
}
export type PresetCode = 'day' | 'week' | 'month' | 'last_month' | 'quarter' | 'year' | 'half';
export const PRESETS: { code: PresetCode; label: string }[] = [
  { code: 'day', label: '今日' },
  { code: 'week', label: '本周' },
  { code: 'month', label: '本月' },
  { code: 'last_month', label: '上月' },
  { code: 'quarter', label: '本季度' },
  { code: 'half', label: '近六个月' },
  { code: 'year', label: '本年' },
];
export const SOURCES = [
  { code: 'counter', name: '窗口' },
  { code: 'court', name: '法院嘱托' },
  { code: 'web', name: '互联网' },
  { code: 'bank', name: '银行' },
  { code: 'interface', name: '部门接口' },
];
export const DIMENSIONS = [
  { code: 'business', name: '业务' },
  { code: 'family', name: '业务类别' },
  { code: 'office', name: '收件点' },
  { code: 'county', name: '县（区）' },
  { code: 'place', name: '收件点 × 属地' },
  { code: 'taker', name: '收件机构 × 登记机构' },
  { code: 'source', name: '收件来源' },
  { code: 'authority', name: '登记机构' },
] as const;

const DAY_MS = 86_400_000;
const text = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** First and last day of a preset, seen from a day (`YYYY-MM-DD`); none reaches beyond that day but whole months. */
export function presetDays(code: PresetCode, today: string): { from: string; to: string } {
  const [year = 0, month = 1] = today.split('-').map(Number);
  const now = Date.parse(`${today}T00:00:00Z`);
  switch (code) {
    case 'day':
      return { from: today, to: today };
    case 'week':
      // a week begins on Monday
      return { from: text(now - ((new Date(now).getUTCDay() + 6) % 7) * DAY_MS), to: today };
    case 'month':
      return { from: `${today.slice(0, 8)}01`, to: today };
    case 'last_month':
      return { from: text(Date.UTC(year, month - 2, 1)), to: text(Date.UTC(year, month - 1, 0)) };
    case 'quarter':
      return { from: text(Date.UTC(year, month - 1 - ((month - 1) % 3), 1)), to: today };
    case 'half':
      return { from: text(Date.UTC(year, month - 6, 1)), to: today };
    case 'year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
  }
}

/** What is wrong with the days typed, in words; puts them into their form. Empty: nothing. */
export function complaint(filter: StatsFilterValues): string {
  filter.from = normaliseDate(filter.from);
  filter.to = normaliseDate(filter.to);
  if (!isDate(filter.from) || !isDate(filter.to)) return '请填写起止日期，格式为年-月-日，例如 20261123。';
  return filter.to < filter.from ? '截止日期早于起始日期，请改正。' : '';
}

export function queryOf(filter: StatsFilterValues): StatisticsQuery {
  const { side, ...rest } = filter;
  return side ? { ...rest, side: side as StatisticsQuery['side'] } : rest;
}

/** A figure that may have nothing to say. */
export function shown(value: string | number | null | undefined, unit = ''): string {
  return value === null || value === undefined ? '—' : `${value}${unit}`;
}
