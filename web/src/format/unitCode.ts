/** 不动产单元代码 (BDCDYH), 28 characters: shown in the groups 6-3-3-2-5-1-8, stored and copied without blanks. */
const GROUPS = [6, 3, 3, 2, 5, 1, 8];

export function groupUnitCode(code: string | null | undefined): string {
  if (!code) return '';
  const parts: string[] = [];
  let from = 0;
  for (const length of GROUPS) {
    if (from >= code.length) break;
    parts.push(code.slice(from, from + length));
    from += length;
  }
  if (from < code.length) parts.push(code.slice(from));
  return parts.join(' ');
}

/** 宗地代码 = first 19 characters (unit-code rules, level 1–5). */
export function parcelOf(unitCode: string): string {
  return unitCode.slice(0, 19);
}
/** 自然幢号 = first 24 characters, only for houses (level 6 = F). */
export function buildingOf(unitCode: string): string | null {
  return unitCode[19] === 'F' ? unitCode.slice(0, 24) : null;
}
