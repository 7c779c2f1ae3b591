import type { BlankLayout, BlankPlace } from '@/api/papers';

const over = (a: BlankPlace, b: BlankPlace): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** What is wrong with a layout, in words, before it is sent; empty: nothing. The server checks again. */
export function blankFault(layout: BlankLayout): string {
  const size = (n: number): boolean => n >= 100 && n <= 420;
  if (!size(layout.width) || !size(layout.height)) return '纸张宽、高应在 100 至 420 毫米之间。';
  for (const page of layout.pages) {
    for (const [i, p] of page.places.entries()) {
      const inside = p.x >= 0 && p.y >= 0 && p.width >= 10 && p.x + p.width <= layout.width;
      if (!inside || !(p.height > 0) || p.y + p.height > layout.height)
        return `“${p.key}”超出纸张，或者宽不足 10 毫米。`;
      const falling = p.sizes.every((s, k) => s >= 6 && s <= 22 && (k === 0 || s < p.sizes[k - 1]!));
      if (!p.sizes.length || p.sizes.length > 5 || !falling)
        return `“${p.key}”的字号应为 1 至 5 个，从大到小，在 6 至 22 磅之间。`;
      const other = page.places.slice(0, i).find((q) => over(p, q));
      if (other) return `“${other.key}”与“${p.key}”的位置重叠。`;
    }
  }
  return '';
}
