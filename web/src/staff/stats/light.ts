type Kind = 'ok' | 'warn' | 'error' | 'info' | 'plain';

/** The tag of a light; its word says the same. */
export function lightKind(level: string): Kind {
  const kinds: Record<string, Kind> = { overdue: 'error', red: 'error', yellow: 'warn', green: 'ok' };
  return kinds[level] ?? 'plain';
}
