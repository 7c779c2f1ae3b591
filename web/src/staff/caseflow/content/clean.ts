import { isDate, normaliseDate } from '@/check/date';
import { parseMoney } from '@/format/money';
import type { RightContent } from '@/api/types';
import { CONTENT } from './fields';

/** A content as it may be sent: typed by its fields; what is not whole yet is left out. */
export function cleanContent(content: RightContent | null): RightContent | null {
  if (!content) return null;
  const known = new Map((CONTENT[content.kind] ?? []).map((f) => [f.name, f]));
  const out: RightContent = { kind: content.kind };
  for (const [name, given] of Object.entries(content)) {
    if (name === 'kind') continue;
    const field = known.get(name);
    if (typeof given !== 'string' || !field) {
      out[name] = given;
      continue;
    }
    const value = given.trim();
    if (!value) out[name] = null;
    else if (field.type === 'money') out[name] = parseMoney(value);
    else if (field.type === 'date') out[name] = isDate(normaliseDate(value)) ? normaliseDate(value) : null;
    else if (field.type === 'int') out[name] = /^\d{1,9}$/.test(value) ? Number(value) : null;
    else if (field.type === 'area') out[name] = /^\d+(\.\d{1,4})?$/.test(value) ? value : null;
    else if (field.type === 'yes') out[name] = value === 'true';
    else out[name] = value;
  }
  return out;
}
