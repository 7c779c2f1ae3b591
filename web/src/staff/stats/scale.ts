/** Marks of an axis from nothing to at least `most`: whole numbers, 1, 2 or 5 times a power of ten apart. */
export function ticks(most: number): number[] {
  const wanted = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(1, ([1, 2, 5, 10].find((n) => n * power >= wanted) ?? 10) * power);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** Which of so many labels to write so that they do not run into each other. */
export function everyNth(labels: number, most: number): number {
  return Math.max(1, Math.ceil(labels / most));
}
