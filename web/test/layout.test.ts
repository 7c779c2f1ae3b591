import { describe, expect, it } from 'vitest';
import type { BlankLayout } from '@/api/papers';
import { blankFault } from '@/staff/cert/layout';

const blank = (): BlankLayout => ({
  width: 185,
  height: 260,
  pages: [
    {
      code: 'content',
      name: '内容页',
      places: [
        { key: '权利人', x: 50, y: 34, width: 113, height: 14, centred: false, sizes: [12, 10.5, 9] },
        { key: '坐落', x: 50, y: 64, width: 113, height: 14, centred: false, sizes: [12, 9] },
      ],
    },
  ],
});
const changed = (change: (l: BlankLayout) => void): string => {
  const layout = blank();
  change(layout);
  return blankFault(layout);
};

describe('套打版式', () => {
  it('passes a blank whose places stand on the paper and apart', () => {
    expect(blankFault(blank())).toBe('');
  });
  it('names the column that stands off the paper, over another, or in odd type', () => {
    expect(changed((l) => (l.pages[0]!.places[0]!.width = 200))).toContain('“权利人”超出纸张');
    expect(changed((l) => (l.pages[0]!.places[1]!.y = 40))).toContain('“权利人”与“坐落”的位置重叠');
    expect(changed((l) => (l.pages[0]!.places[1]!.sizes = [9, 12]))).toContain('“坐落”的字号');
    expect(changed((l) => (l.pages[0]!.places[1]!.sizes = []))).toContain('“坐落”的字号');
    expect(changed((l) => (l.pages[0]!.places[1]!.x = Number.NaN))).toContain('“坐落”');
    expect(changed((l) => (l.width = 0))).toContain('100 至 420');
  });
});
