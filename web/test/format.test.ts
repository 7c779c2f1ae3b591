import { describe, expect, it } from 'vitest';
import { maskId, maskName, maskPhone } from '@/format/mask';
import { groupMoney, moneyInWords, parseMoney, toHalfWidth } from '@/format/money';
import { showDateTime, showDaysLeft, showSeconds, today } from '@/format/time';
import { buildingOf, groupUnitCode, parcelOf } from '@/format/unitCode';

describe('money', () => {
  it.each([
    ['800000', '800000.00'],
    ['800,000.5', '800000.50'],
    ['８０００', '8000.00'],
    ['80万', '800000.00'],
    ['80.5万', '805000.00'],
    ['0012', '12.00'],
    ['￥1，200', '1200.00'],
  ])('reads %s', (typed, value) => expect(parseMoney(typed)).toBe(value));
  it.each(['', '-5', '1.234', '12a', '1e3', '9999999999999'])('refuses %s', (typed) =>
    expect(parseMoney(typed)).toBeNull(),
  );
  it('keeps every digit of a large amount', () => expect(parseMoney('123456789012.34')).toBe('123456789012.34'));
  it('groups thousands', () => expect(groupMoney('1234567.80')).toBe('1,234,567.80'));
  it.each([
    ['800000.00', '捌拾万元整'],
    ['1409.50', '壹仟肆佰零玖元伍角整'],
    ['6007.14', '陆仟零柒元壹角肆分'],
    ['107000.53', '壹拾万零柒仟元伍角叁分'],
    ['325.04', '叁佰贰拾伍元零肆分'],
    ['0.35', '叁角伍分'],
    ['0.05', '伍分'],
    ['0', '零元整'],
    ['100000000', '壹亿元整'],
    ['100000001', '壹亿零壹元整'],
    ['10010000', '壹仟零壹万元整'],
    ['1000010000', '壹拾亿零壹万元整'],
    ['20000', '贰万元整'],
  ])('writes %s in words', (value, words) => expect(moneyInWords(value)).toBe(words));
  it('turns full-width text to half-width', () => expect(toHalfWidth('５１０４０２（Ａ）　')).toBe('510402(A) '));
});

describe('unit code', () => {
  const code = '510402001003GB00012F00030027';
  it('groups 6-3-3-2-5-1-8', () => expect(groupUnitCode(code)).toBe('510402 001 003 GB 00012 F 00030027'));
  it('groups what there is of a half-typed code', () => expect(groupUnitCode('5104020')).toBe('510402 0'));
  it('takes the parcel and the building', () => {
    expect(parcelOf(code)).toBe('510402001003GB00012');
    expect(buildingOf(code)).toBe('510402001003GB00012F0003');
    expect(buildingOf('510402001003GB00012W00000000')).toBeNull();
  });
});

describe('masks', () => {
  it('masks people but not bodies', () => {
    expect(maskName('张三')).toBe('张*');
    expect(maskName('欧阳修文')).toBe('欧***');
    expect(maskName('𠮷田')).toBe('𠮷*');
    expect(maskName('攀枝花农村商业银行')).toBe('攀枝花农村商业银行');
  });
  it('masks numbers', () => {
    expect(maskId('510402199001011234')).toBe('5104**********1234');
    expect(maskPhone('13812341234')).toBe('138****1234');
  });
});

describe('time', () => {
  it('shows Chinese civil time whatever the zone of the PC', () => {
    expect(showDateTime('2026-11-22T16:30:00Z')).toBe('2026-11-23 00:30');
    expect(showSeconds('2026-11-23T10:00:05+08:00')).toBe('2026-11-23 10:00:05');
    expect(today(Date.parse('2026-11-22T16:30:00Z'))).toBe('2026-11-23');
  });
  it('says the days left in words', () => {
    expect([showDaysLeft(2), showDaysLeft(0), showDaysLeft(-1), showDaysLeft(null)]).toEqual([
      '余 2 个工作日',
      '今日到期',
      '超期 1 个工作日',
      '不计时',
    ]);
  });
});
