import { toHalfWidth } from '@/format/money';

/** 不动产单元代码: county 6, districts 3+3, parcel feature 2, parcel sequence 5, fixture letter, fixture number 8 (GB/T 37346—2019). */
const PATTERN = /^\d{12}[GJZ][A-Z]\d{5}[FLQW]\d{8}$/;

export function cleanCode(typed: string): string {
  return toHalfWidth(typed)
    .replace(/[\s\u200b-]/g, '')
    .toUpperCase();
}

export function checkUnitCode(code: string): string | null {
  if (code.length !== 28) return `不动产单元号应为 28 位，现在是 ${code.length} 位，请核对。`;
  if (!PATTERN.test(code)) return '不动产单元号的格式不对：第 13 位应为 G、J 或 Z，第 20 位应为 F、L、Q 或 W。';
  if (code[19] === 'W' && !code.endsWith('00000000')) return '只有宗地的单元（第 20 位为 W），末 8 位应全为 0。';
  return null;
}

export type Scanned = 'unit_code' | 'certificate' | 'case' | 'parcel' | 'building' | 'id_number' | 'text';

/** What a scanned or typed text is, by its shape alone: 28 → unit, a certificate number, a case number, else plain text. */
export function recognise(typed: string): Scanned {
  const code = cleanCode(typed);
  if (PATTERN.test(code)) return 'unit_code';
  if (/^\d{12}[GJZ][A-Z]\d{5}F\d{4}$/.test(code)) return 'building';
  if (/^\d{12}[GJZ][A-Z]\d{5}$/.test(code)) return 'parcel';
  if (/不动产(权|证明)第/.test(typed) || /^川[(（]\d{4}/.test(typed)) return 'certificate';
  if (/^\d{17}[\dX]$/.test(code)) return 'id_number';
  // 受理编号: office code 6 + date 8 + serial 6.
  if (/^\d{20}$/.test(code)) return 'case';
  return 'text';
}
