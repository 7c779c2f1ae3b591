/** Hundredths (of a millimetre, of a per cent) as people write them: -125 → -1.25. */
export function showHundredths(value: number): string {
  const sign = value < 0 ? '-' : '';
  const whole = Math.abs(value);
  return `${sign}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
}

/** What people write in hundredths; null when it is no number with at most two places. */
export function readHundredths(text: string): number | null {
  const match = /^([+-]?)(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text.trim().replace('－', '-').replace('．', '.'));
  if (!match) return null;
  const value = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
  return match[1] === '-' && value ? -value : value;
}
