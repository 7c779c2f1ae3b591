/** Checks of identity numbers. Each answers null (fine) or one Chinese sentence: what is wrong and what to do. */
import { isDate } from './date';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK = '10X98765432';
const USCC_LETTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** 公民身份号码 check digit, GB 11643—1999 (ISO 7064 MOD 11-2). */
export function idCardCheckDigit(first17: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i += 1) sum += Number(first17[i]) * (WEIGHTS[i] ?? 0);
  return CHECK[sum % 11] ?? '';
}

export function checkIdCard(number: string): string | null {
  if (!/^\d{17}[\dX]$/.test(number)) {
    return `身份证号应为 18 位数字（末位可为 X），现在是 ${number.length} 位，请核对。`;
  }
  const birth = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDate(birth)) return `身份证号第 7–14 位不是有效的出生日期（${birth}），请核对。`;
  if (idCardCheckDigit(number) !== number[17]) return '身份证号校验位不对，可能有一位输错，请对照证件核对。';
  return null;
}

/** 统一社会信用代码, GB 32100—2015 (ISO 7064 MOD 31-3). */
export function usccCheckLetter(first17: string): string | null {
  let sum = 0;
  for (let i = 0; i < 17; i += 1) {
    const value = USCC_LETTERS.indexOf(first17[i] ?? '?');
    if (value < 0) return null;
    sum += value * (USCC_WEIGHTS[i] ?? 0);
  }
  return USCC_LETTERS[(31 - (sum % 31)) % 31] ?? null;
}

export function checkUscc(code: string): string | null {
  if (code.length !== 18) return `统一社会信用代码应为 18 位，现在是 ${code.length} 位，请核对。`;
  const letter = usccCheckLetter(code.slice(0, 17));
  if (letter === null) return '统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z），请核对。';
  if (letter !== code[17]) return '统一社会信用代码校验位不对，可能有一位输错，请核对。';
  return null;
}

/** By 证件种类 code: 1 身份证, 8 统一社会信用代码; the others are free text of sensible length. */
export function checkIdNumber(kind: string, number: string): string | null {
  const typed = number.trim();
  if (!typed) return '请填写证件号码。';
  if (kind === '1') return checkIdCard(typed);
  if (kind === '8') return checkUscc(typed);
  return /^[\p{L}\d()（）\-—〔〕[\] ]{4,40}$/u.test(typed) ? null : '证件号码应为 4–40 个字符，请对照证件核对。';
}

/** Mobile (11 digits) or fixed-line with area code. */
export function checkPhone(phone: string): string | null {
  return /^1[3-9]\d{9}$/.test(phone) || /^0\d{2,3}-?\d{7,8}(-\d{1,5})?$/.test(phone)
    ? null
    : '电话应为 11 位手机号，或带区号的固定电话，例如 0812-3330000。';
}
