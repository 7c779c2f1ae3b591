import type { Doubt } from '@/api/intake';

export interface ComparedLine {
  name: string;
  subject: string;
  cells: { value: string; differs: boolean }[];
}

/** Blanks, width and case are no difference. */
function plain(text: string): string {
  return text.normalize('NFKC').replace(/\s+/g, '').toLowerCase();
}

/** Fields of a record and its candidates line by line, in the record's order; differences marked. */
export function compareFields(doubt: Doubt): ComparedLine[] {
  type Pairs = [string, string][];
  const own = doubt.subject.fields as unknown as Pairs;
  const others = doubt.candidates.map((c) => new Map(c.side.fields as unknown as Pairs));
  const names = [...own.map(([name]) => name)];
  for (const other of others) for (const name of other.keys()) if (!names.includes(name)) names.push(name);
  const mine = new Map(own);
  return names.map((name) => {
    const subject = mine.get(name) ?? '';
    return {
      name,
      subject,
      cells: others.map((other) => {
        const value = other.get(name) ?? '';
        return { value, differs: !!subject && !!value && plain(subject) !== plain(value) };
      }),
    };
  });
}
