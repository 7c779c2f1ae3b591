import { describe, expect, it } from 'vitest';
import { checkDate, isDate, normaliseDate } from '@/check/date';
import { checkIdCard, checkIdNumber, checkPhone, checkUscc, idCardCheckDigit, usccCheckLetter } from '@/check/identity';
import { checkShares, normaliseShare, parseShare, showShare, sumShares } from '@/check/share';
import { checkUnitCode, cleanCode, recognise } from '@/check/unitCode';

describe('identity numbers', () => {
  // The printed example of GB 11643—1999, an invented person.
  const good = '11010519491231002X';
  it('accepts a good number', () => expect(checkIdCard(good)).toBeNull());
  it('catches every single wrong digit', () => {
    for (let at = 0; at < 17; at += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        if (good[at] === String(digit)) continue;
        expect(
          checkIdCard(good.slice(0, at) + digit + good.slice(at + 1)),
          `position ${at + 1} digit ${digit}`,
        ).not.toBeNull();
      }
    }
  });
  it('says how long the number is', () => expect(checkIdCard('1101051949')).toContain('10 位'));
  it('names an impossible birth date', () => {
    const body = '51040219900230001';
    expect(checkIdCard(body + idCardCheckDigit(body))).toContain('1990-02-30');
  });
  it('checks 统一社会信用代码', () => {
    const body = '91510400MA6210001';
    const code = body + usccCheckLetter(body);
    expect(checkUscc(code)).toBeNull();
    expect(checkUscc(code.slice(0, 17) + (code[17] === '1' ? '2' : '1'))).toContain('校验位');
    expect(usccCheckLetter('91510400IA6210001')).toBeNull();
  });
  it('is lenient with other kinds', () => {
    expect(checkIdNumber('3', 'E12345678')).toBeNull();
    expect(checkIdNumber('99', '')).toBe('请填写证件号码。');
  });
  it('checks telephones', () => {
    expect(checkPhone('13800000000')).toBeNull();
    expect(checkPhone('0812-3330000')).toBeNull();
    expect(checkPhone('12345')).not.toBeNull();
  });
});

describe('dates', () => {
  it.each([
    ['20261123', '2026-11-23'],
    ['2026.11.3', '2026-11-03'],
    ['2026/1/3', '2026-01-03'],
    ['2026年11月3日', '2026-11-03'],
    ['２０２６１１２３', '2026-11-23'],
    ['昨天', '昨天'],
  ])('normalises %s', (typed, date) => expect(normaliseDate(typed)).toBe(date));
  it('knows the calendar', () => {
    expect(isDate('2024-02-29')).toBe(true);
    expect(isDate('2026-02-29')).toBe(false);
    expect(checkDate('2026-13-01')).not.toBeNull();
  });
});

describe('shares', () => {
  it.each([
    ['1/3', '1/3'],
    ['2/4', '1/2'],
    ['50%', '1/2'],
    ['0.25', '1/4'],
    ['33.3%', '333/1000'],
    ['１／２'.replace('１', '1').replace('２', '2'), '1/2'],
    ['1', '1'],
  ])('reads %s', (typed, shown) => {
    const f = parseShare(typed);
    expect(f && showShare(f)).toBe(shown);
  });
  it('sends fractions', () => {
    expect(normaliseShare('50%')).toBe('1/2');
    expect(normaliseShare('1')).toBe('1/1');
  });
  it('refuses nonsense', () => {
    expect(parseShare('1/0')).toBeNull();
    expect(parseShare('一半')).toBeNull();
  });
  it('adds exactly: three thirds are one, 33.33% three times is not', () => {
    expect(checkShares(['1/3', '1/3', '1/3'])).toBeNull();
    expect(checkShares(['33.33%', '33.33%', '33.33%'])).toContain('9999/10000');
    expect(checkShares(['1/2', null])).toContain('第 2 个');
    expect(checkShares(['3/2', '1/2'])).toContain('第 1 个');
    expect(
      showShare(
        sumShares([
          { n: 1n, d: 6n },
          { n: 1n, d: 3n },
        ]),
      ),
    ).toBe('1/2');
  });
});

describe('unit codes and scans', () => {
  it('cleans what a scanner or an input method gives', () =>
    expect(cleanCode(' 510402 001003 gb00012 ｆ00030027 ')).toBe('510402001003GB00012F00030027'));
  it('checks form', () => {
    expect(checkUnitCode('510402001003GB00012F00030027')).toBeNull();
    expect(checkUnitCode('510402001003GB00012F0003002')).toContain('27 位');
    expect(checkUnitCode('510402001003XB00012F00030027')).toContain('第 13 位');
    expect(checkUnitCode('510402001003GB00012W00000001')).toContain('末 8 位');
  });
  it.each([
    ['510402001003GB00012F00030027', 'unit_code'],
    ['510402 001003 GB00012 F00030027', 'unit_code'],
    ['51040020261123000001', 'case'],
    ['510402001003GB00012F0003', 'building'],
    ['510402001003GB00012', 'parcel'],
    ['川(2021)攀枝花市不动产权第0000001号', 'certificate'],
    ['川（2021）米易县不动产证明第0000001号', 'certificate'],
    ['11010519491231002x', 'id_number'],
    ['金沙路3幢502', 'text'],
  ])('recognises %s as %s', (typed, kind) => expect(recognise(typed)).toBe(kind));
});
