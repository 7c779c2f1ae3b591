/** All times are shown in Chinese civil time (+08:00), whatever the PC's own zone is. */
const OFFSET_MS = 8 * 3600_000;

function parts(instant: string): string | null {
  const at = Date.parse(instant);
  return Number.isNaN(at) ? null : new Date(at + OFFSET_MS).toISOString();
}
export function showDateTime(instant: string | null | undefined): string {
  const iso = instant ? parts(instant) : null;
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}` : '';
}
export function showSeconds(instant: string | null | undefined): string {
  const iso = instant ? parts(instant) : null;
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}` : '';
}
export function showDate(value: string | null | undefined): string {
  if (!value) return '';
  return value.length === 10 ? value : (parts(value)?.slice(0, 10) ?? value);
}
/** Today in Shanghai as `YYYY-MM-DD`. */
export function today(now: number = Date.now()): string {
  return new Date(now + OFFSET_MS).toISOString().slice(0, 10);
}

/** `余 2 个工作日` / `今日到期` / `超期 1 个工作日`; the words carry the meaning, colour and icon only repeat it. */
export function showDaysLeft(days: number | null | undefined): string {
  if (days === null || days === undefined) return '不计时';
  if (days === 0) return '今日到期';
  return days > 0 ? `余 ${days} 个工作日` : `超期 ${-days} 个工作日`;
}
/** `2026-11-23 10:00:00` of Shanghai → RFC 3339. */
export function shanghaiInstant(local: string): string {
  return `${local.replace(' ', 'T')}+08:00`;
}
export function showSize(bytes: number): string {
  return bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
