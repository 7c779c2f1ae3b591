import { describe, expect, it } from 'vitest';
import { readHundredths, showHundredths } from '@/format/millimetre';

describe('hundredths', () => {
  it('are shown with two places and read back', () => {
    for (const value of [0, 5, -5, 125, -125, 2000, -2000, 10050])
      expect(readHundredths(showHundredths(value))).toBe(value);
    expect(showHundredths(-5)).toBe('-0.05');
  });
  it('are read as people write them, and nothing else is', () => {
    expect([readHundredths(' +1.5 '), readHundredths('－2'), readHundredths('-0')]).toEqual([150, -200, 0]);
    for (const bad of ['', 'a', '1.234', '1e2', '--1', '1,5', '1000']) expect(readHundredths(bad), bad).toBeNull();
  });
});
