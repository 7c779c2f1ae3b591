import { describe, expect, it } from 'vitest';
import { minus, tagOf } from '@/staff/fee/tag';

describe('fees', () => {
  it('subtracts amounts on their digits', () => {
    expect(minus('100.00', '80.00')).toBe('20.00');
    expect(minus('0.30', '0.10')).toBe('0.20');
    expect(minus('80.00', '80.01')).toBe('-0.01');
    expect(minus('-5.00', '0.00')).toBe('-5.00');
    expect(minus('', '1.00')).toBeNull();
  });
  it('marks what waits and what must go back', () => {
    expect([tagOf('paid'), tagOf('unpaid'), tagOf('refund_due'), tagOf('void')]).toEqual([
      'ok',
      'warn',
      'error',
      'info',
    ]);
  });
});
