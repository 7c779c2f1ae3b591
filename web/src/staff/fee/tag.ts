/** How the state of a payment order looks; the words carry the meaning. */
export function tagOf(state: string): 'ok' | 'warn' | 'info' | 'error' {
  if (state === 'paid' || state === 'verified' || state === 'free') return 'ok';
  if (state === 'refund_due' || state === 'refund_failed') return 'error';
  if (state === 'unpaid' || state === 'partial') return 'warn';
  return 'info';
}

/** Difference of two amounts in whole 分; null when one is no amount. */
export function minus(a: string, b: string): string | null {
  const fen = (text: string): bigint | null => {
    const match = /^(-?)(\d+)\.(\d{2})$/.exec(text);
    return match ? BigInt(`${match[1]}${match[2]}${match[3]}`) : null;
  };
  const [left, right] = [fen(a), fen(b)];
  if (left === null || right === null) return null;
  const rest = left - right;
  const digits = (rest < 0n ? -rest : rest).toString().padStart(3, '0');
  return `${rest < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
