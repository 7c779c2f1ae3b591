import { toHalfWidth } from '@/format/money';

/** True for a real calendar day between 1900 and 2199, written `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1900 || year > 2199) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** What clerks type: 20261123, 2026.11.23, 2026/11/3, 2026年11月3日 → `2026-11-03`; other text comes back unchanged. */
export function normaliseDate(typed: string): string {
  const plain = toHalfWidth(typed).trim();
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(plain) ?? /^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$/.exec(plain);
  if (!match) return plain;
  return `${match[1]}-${(match[2] ?? '').padStart(2, '0')}-${(match[3] ?? '').padStart(2, '0')}`;
}
export function checkDate(text: string): string | null {
  return isDate(text) ? null : '日期应为年-月-日，例如 2026-11-23（也可直接输 20261123）。';
}
