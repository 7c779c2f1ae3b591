/** Pure geometry of the map on screen. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A parcel as an SVG path; the screen's y grows downwards. */
export function outline(rings: number[][][]): string {
  return rings
    .map(
      (ring) =>
        ring.map(([x, y], i) => `${i ? 'L' : 'M'}${(x ?? 0).toFixed(1)} ${(-(y ?? 0)).toFixed(1)}`).join('') + 'Z',
    )
    .join('');
}

/** The box around all rings, with a margin; a kilometre when there is none. */
export function extent(all: number[][][][]): Box {
  const points = all.flat(2);
  if (!points.length) return { x: 0, y: -1000, width: 1000, height: 1000 };
  let [w, s, e, n] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    w = Math.min(w, x ?? 0);
    e = Math.max(e, x ?? 0);
    s = Math.min(s, y ?? 0);
    n = Math.max(n, y ?? 0);
  }
  const margin = Math.max(e - w, n - s, 100) * 0.05;
  return { x: w - margin, y: -n - margin, width: e - w + 2 * margin, height: n - s + 2 * margin };
}

/** The box seen after zooming about a point of it (0 to 1 across and down). */
export function zoomed(box: Box, factor: number, at: { x: number; y: number } = { x: 0.5, y: 0.5 }): Box {
  const width = Math.min(Math.max(box.width * factor, 20), 2_000_000);
  const height = (box.height * width) / box.width;
  return { x: box.x + (box.width - width) * at.x, y: box.y + (box.height - height) * at.y, width, height };
}

/** A round length of about a fifth of the width, for the bar. */
export function barMetres(width: number): number {
  const most = width / 5;
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power;
}

export function lengthText(metres: number): string {
  return metres >= 1000 ? `${metres / 1000} 千米` : `${metres} 米`;
}
