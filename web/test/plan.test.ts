import { describe, expect, it } from 'vitest';
import { barMetres, extent, lengthText, outline, zoomed } from '@/staff/data/plan';

const SQUARE = [
  [0, 0],
  [100, 0],
  [100, 50],
  [0, 0],
];

describe('the map on screen', () => {
  it('draws north up', () => {
    expect(outline([SQUARE])).toBe('M0.0 0.0L100.0 0.0L100.0 -50.0L0.0 0.0Z');
  });
  it('shows everything with a margin', () => {
    expect(extent([[SQUARE]])).toEqual({ x: -5, y: -55, width: 110, height: 60 });
    expect(extent([]).width).toBe(1000);
  });
  it('zooms about the pointer and not without end', () => {
    const box = { x: 0, y: 0, width: 100, height: 50 };
    expect(zoomed(box, 0.5, { x: 0, y: 0 })).toEqual({ x: 0, y: 0, width: 50, height: 25 });
    expect(zoomed(box, 0.5, { x: 1, y: 1 })).toEqual({ x: 50, y: 25, width: 50, height: 25 });
    expect(zoomed(box, 0.0001).width).toBe(20);
  });
  it('has a bar of a round length', () => {
    expect([barMetres(1000), barMetres(999), barMetres(26_000)]).toEqual([200, 100, 5000]);
    expect([lengthText(200), lengthText(5000)]).toEqual(['200 米', '5 千米']);
  });
});
