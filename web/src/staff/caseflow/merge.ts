import type { Application } from '@/api/types';

/** Field-by-field comparison of three versions of an application, for the conflict dialog. */
export interface Difference {
  path: string;
  label: string;
  base: string;
  mine: string;
  theirs: string;
  kind: 'mine' | 'theirs' | 'both';
}
type Flat = Map<string, unknown>;

function flatten(value: unknown, path: string, into: Flat): Flat {
  if (Array.isArray(value)) {
    into.set(`${path}/#`, value.length);
    value.forEach((item, i) => flatten(item, `${path}/${i}`, into));
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) flatten(inner, `${path}/${name}`, into);
  } else into.set(path, value ?? null);
  return into;
}

const WORDS: Record<string, string> = {
  reason: '登记原因',
  holders: '权利人',
  obligors: '义务人',
  party: '',
  share: '份额',
  name: '姓名或名称',
  kind: '类别',
  id: '证件',
  number: '号码',
  phone: '电话',
  address: '地址',
  legal_representative: '法定代表人',
  agent: '代理人',
  authority: '委托书',
  co_ownership: '共有方式',
  separate_certificates: '分别持证',
  detail: '',
  price: '交易价格',
  contract_no: '合同编号',
  contract_date: '合同日期',
  deed_tax_proof_no: '完税凭证号',
  method: '抵押方式',
  secured_amount: '债权数额',
  maximum_amount: '最高债权额',
  term_start: '履行期限起',
  term_end: '履行期限止',
  scope: '范围',
  transfer_restricted: '限制转让约定',
  debtor: '债务人',
  mortgage_right_id: '抵押权',
  cause: '注销原因',
  creditor_consent_no: '抵押权人同意书',
  court: '查封机关',
  document: '查封文件',
  document_no: '查封文号',
  officers: '送达人',
  certificate_no: '工作证号',
  start: '起始日期',
  end: '结束日期',
  served_at: '送达时间',
  contact: '联系人',
  delivery_method: '领证方式',
  inquiry: '询问',
  question: '问题',
  answer: '回答',
  acknowledged: '警告说明',
  rule: '规则',
  remarks: '附记',
  '#': '数量',
};
export function labelOf(path: string): string {
  return path
    .split('/')
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : (WORDS[part] ?? part)))
    .filter(Boolean)
    .join(' ');
}
function show(value: unknown): string {
  if (value === null || value === undefined || value === '') return '（空）';
  if (value === true) return '是';
  return value === false ? '否' : String(value);
}

/** All fields in which mine or theirs departs from the base. */
export function differences(base: Application, mine: Application, theirs: Application): Difference[] {
  const [b, m, t] = [base, mine, theirs].map((a) => flatten(a, '', new Map())) as [Flat, Flat, Flat];
  const found: Difference[] = [];
  for (const path of new Set([...b.keys(), ...m.keys(), ...t.keys()])) {
    const [x, y, z] = [b.get(path), m.get(path), t.get(path)].map((v) => v ?? null);
    if (y === z) continue;
    const kind = x === z ? 'mine' : x === y ? 'theirs' : 'both';
    found.push({ path, label: labelOf(path), base: show(x), mine: show(y), theirs: show(z), kind });
  }
  return found;
}

/** Top-level parts where lists changed length are taken whole; everything else is merged leaf by leaf. */
export function merged(
  mine: Application,
  theirs: Application,
  found: Difference[],
  takeMine: (path: string) => boolean,
): Application {
  const result = JSON.parse(JSON.stringify(theirs)) as Record<string, unknown>;
  const whole = new Set(found.filter((d) => d.path.endsWith('/#')).map((d) => d.path.split('/')[1] ?? ''));
  for (const difference of found) {
    const parts = difference.path.split('/').slice(1);
    const top = parts[0] ?? '';
    if (whole.has(top)) {
      if (takeMine(`/${top}/#`))
        result[top] = JSON.parse(JSON.stringify((mine as unknown as Record<string, unknown>)[top]));
      continue;
    }
    if (takeMine(difference.path)) put(result, parts, pick(mine, parts));
  }
  return result as unknown as Application;
}
function pick(from: unknown, parts: string[]): unknown {
  return (
    parts.reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined,
      from,
    ) ?? null
  );
}
function put(into: Record<string, unknown>, parts: string[], value: unknown): void {
  let at = into;
  for (const part of parts.slice(0, -1)) {
    if (typeof at[part] !== 'object' || at[part] === null) at[part] = {};
    at = at[part] as Record<string, unknown>;
  }
  const last = parts[parts.length - 1];
  if (last !== undefined) at[last] = value;
}
