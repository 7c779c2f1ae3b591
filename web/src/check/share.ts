/** Shares are exact fractions as on the certificate: `1/3`, `50%`, `0.5` and `1` are all read. */
export interface Fraction {
  n: bigint;
  d: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

export function parseShare(typed: string): Fraction | null {
  const text = typed.trim().replace(/／/g, '/').replace(/％/g, '%');
  const ratio = /^(\d{1,9})\s*\/\s*(\d{1,9})$/.exec(text);
  if (ratio) {
    const d = BigInt(ratio[2] ?? '0');
    return d === 0n ? null : reduced(BigInt(ratio[1] ?? '0'), d);
  }
  const decimal = /^(\d{1,3})(?:\.(\d{1,8}))?(%?)$/.exec(text);
  if (!decimal) return null;
  const fraction = decimal[2] ?? '';
  const d = 10n ** BigInt(fraction.length) * (decimal[3] ? 100n : 1n);
  return reduced(BigInt((decimal[1] ?? '0') + fraction), d);
}
function reduced(n: bigint, d: bigint): Fraction {
  const g = gcd(n, d) || 1n;
  return { n: n / g, d: d / g };
}
export function showShare(f: Fraction): string {
  return f.d === 1n ? `${f.n}` : `${f.n}/${f.d}`;
}

/** The fraction form that the API wants: `50%` → `1/2`, `1` → `1/1`. */
export function normaliseShare(typed: string): string {
  const f = parseShare(typed);
  return f ? `${f.n}/${f.d}` : typed.trim();
}
export function sumShares(shares: Fraction[]): Fraction {
  return shares.reduce((sum, f) => reduced(sum.n * f.d + f.n * sum.d, sum.d * f.d), { n: 0n, d: 1n });
}
/** 按份共有: all shares given, each in (0, 1], sum exactly 1. */
export function checkShares(shares: (string | null)[]): string | null {
  const parsed = shares.map((share) => (share ? parseShare(share) : null));
  const bad = parsed.findIndex((f) => f === null || f.n <= 0n || f.n > f.d);
  if (bad >= 0) return `第 ${bad + 1} 个权利人的份额应写成分数或百分数，例如 1/2 或 50%。`;
  const sum = sumShares(parsed as Fraction[]);
  return sum.n === sum.d ? null : `按份共有的份额合计应为 1，现在合计为 ${showShare(sum)}，请调整。`;
}
