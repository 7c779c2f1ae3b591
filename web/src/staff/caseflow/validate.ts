import type { Application, ApplicationPart, Business, Party } from '@/api/types';
import { checkDate, normaliseDate } from '@/check/date';
import { checkIdNumber, checkPhone } from '@/check/identity';
import { checkShares } from '@/check/share';
import { parseMoney } from '@/format/money';
import { today } from '@/format/time';
import type { FieldFault } from '@/kit/form';
import { CONTENT } from './content/fields';

/**
 * What the form itself can tell before the server does. Only help: the server checks all of it again and decides.
 * `total` counts the required items and `open` those still missing, for the progress line.
 */
export interface Findings {
  faults: FieldFault[];
  total: number;
  open: number;
}

class Collector {
  faults: FieldFault[] = [];
  total = 0;
  open = 0;
  say(field: string, message: string | null): void {
    if (message) this.faults.push({ field, message });
  }
  need(field: string, value: string | null | undefined, message: string): boolean {
    this.total += 1;
    if (value?.trim()) return true;
    this.open += 1;
    this.say(field, message);
    return false;
  }
}

function party(c: Collector, p: Party, at: string, who: string, lenient: boolean): void {
  c.need(`${at}/name`, p.name, `请填写${who}的姓名或名称。`);
  // What the giving side's register page says is taken as it is, old numbers included.
  if (!lenient) {
    if (c.need(`${at}/id/number`, p.id?.number, `请填写${who}的证件号码。`))
      c.say(`${at}/id/number`, checkIdNumber(p.id?.kind ?? '', p.id?.number ?? ''));
  }
  if (p.phone?.trim()) c.say(`${at}/phone`, checkPhone(p.phone.trim()));
  if (!p.agent) return;
  c.need(`${at}/agent/name`, p.agent.name, `请填写${who}的代理人姓名；没有代理人请去掉“委托代理”。`);
  if (p.agent.id?.number) c.say(`${at}/agent/id/number`, checkIdNumber(p.agent.id.kind, p.agent.id.number));
  if (p.agent.phone?.trim()) c.say(`${at}/agent/phone`, checkPhone(p.agent.phone.trim()));
}

function money(c: Collector, field: string, value: string | null, name: string): void {
  if (!c.need(field, value, `请填写${name}（元）。`)) return;
  const parsed = parseMoney(value ?? '');
  if (!parsed) c.say(field, `${name}应为数字，最多两位小数，例如 800000 或 80万。`);
  else if (/^0\.00$/.test(parsed)) c.say(field, `${name}必须大于 0 元。`);
}
function day(c: Collector, field: string, value: string | null, name: string): string | null {
  if (!c.need(field, value, `请填写${name}。`)) return null;
  const text = normaliseDate(value ?? '');
  const wrong = checkDate(text);
  c.say(field, wrong);
  return wrong ? null : text;
}
function period(c: Collector, from: string | null, to: string | null, field: string, name: string): void {
  if (from && to && to <= from) c.say(field, `${name}的止日必须晚于起日。`);
}

function detail(c: Collector, application: Application | ApplicationPart, business: Business | undefined): void {
  const d = application.detail;
  switch (d.kind) {
    case 'transfer':
      // price and filed contract belong to a sale (rule R72)
      if (business?.rules.includes('R72') ?? true) {
        money(c, '/detail/price', d.price, '交易价格');
        c.need('/detail/contract_no', d.contract_no, '请填写网签备案的买卖合同编号。');
      }
      if (d.contract_date) {
        const text = normaliseDate(d.contract_date);
        c.say('/detail/contract_date', checkDate(text) ?? (text > today() ? '合同日期不能晚于今天。' : null));
      }
      break;
    case 'mortgage': {
      if (d.method === '2') money(c, '/detail/maximum_amount', d.maximum_amount, '最高债权额');
      else money(c, '/detail/secured_amount', d.secured_amount, '被担保主债权数额');
      const from = day(
        c,
        '/detail/term_start',
        d.term_start,
        d.method === '2' ? '债权确定期间的起日' : '债务履行期限的起日',
      );
      const to = day(c, '/detail/term_end', d.term_end, d.method === '2' ? '债权确定期间的止日' : '债务履行期限的止日');
      period(c, from, to, '/detail/term_end', d.method === '2' ? '债权确定期间' : '债务履行期限');
      c.need('/detail/scope', d.scope, '请填写担保范围。');
      c.need(
        '/detail/transfer_restricted',
        d.transfer_restricted === null || d.transfer_restricted === undefined ? '' : 'x',
        '请选择是否存在禁止或限制转让抵押不动产的约定。',
      );
      c.need('/detail/contract_no', d.contract_no, '请填写抵押合同编号。');
      break;
    }
    case 'mortgage_release':
      c.need('/detail/mortgage_right_id', d.mortgage_right_id, '请选择要注销的抵押权。');
      c.need('/detail/cause', d.cause, '请填写注销原因。');
      break;
    case 'seizure': {
      c.need('/detail/court', d.court, '请填写查封机关。');
      c.need('/detail/document_no', d.document_no, '请填写查封文号。');
      const from = day(c, '/detail/start', d.start, '查封起始日期');
      const to = day(c, '/detail/end', d.end, '查封结束日期');
      period(c, from, to, '/detail/end', '查封期限');
      c.need('/detail/served_at', d.served_at, '请填写送达时间（精确到分），轮候顺序以此为准。');
      const named = d.officers.filter((o) => o.name.trim() && o.certificate_no.trim()).length;
      c.need('/detail/officers', named >= 2 ? 'x' : '', '请填写两名送达人员的姓名和工作证号。');
      break;
    }
    case 'establish':
      for (const f of CONTENT[d.content?.kind ?? ''] ?? []) {
        const given = d.content?.[f.name];
        if (f.required) c.need(`/detail/content/${f.name}`, given ? String(given) : '', `请填写${f.label}。`);
      }
      break;
    case 'amend':
      c.need('/detail/matter', d.matter, '请填写变更（更正）的事项。');
      break;
    case 'release':
      c.need('/detail/cause', d.cause, '请填写注销（解除）的原因。');
      break;
    case 'reshape':
      c.need('/detail/to', d.to.length ? 'x' : '', '请选择新的不动产单元。');
      break;
  }
}

/** Who applies with whom; the register's own people are taken as they stand there. */
function people(c: Collector, application: Application | ApplicationPart, business: Business | undefined): void {
  const { kind } = application.detail;
  if (kind === 'seizure') return;
  const holder = business?.holder_label ?? '权利人';
  const obligor = business?.obligor_label ?? null;
  const known =
    kind === 'release' ||
    kind === 'reshape' ||
    (kind === 'amend' && !(business?.may_change ?? []).some((f) => f === '*' || f.startsWith('holders')));
  if (kind !== 'reshape') c.need('/holders', application.holders.length ? 'x' : '', `请至少填写一个${holder}。`);
  if (obligor) c.need('/obligors', application.obligors.length ? 'x' : '', `请填写${obligor}。`);
  application.holders.forEach((h, i) => party(c, h.party, `/holders/${i}/party`, `第 ${i + 1} 个${holder}`, known));
  application.obligors.forEach((p, i) => party(c, p, `/obligors/${i}`, `第 ${i + 1} 个${obligor ?? '义务人'}`, true));
  if (known) return;
  if (application.co_ownership === '2') c.say('/holders/0/share', checkShares(application.holders.map((h) => h.share)));
  if (application.holders.length === 1 && application.co_ownership !== '0')
    c.say('/co_ownership', `只有一个${holder}时，共有方式应为单独所有。`);
  if (application.holders.length > 1 && application.co_ownership === '0')
    c.say('/co_ownership', `有 ${application.holders.length} 个${holder}，请选择共同共有或按份共有。`);
  const numbers = application.holders.map((h) => h.party.id?.number).filter(Boolean);
  const twice = numbers.findIndex((n, i) => numbers.indexOf(n) !== i);
  if (twice >= 0)
    c.say(`/holders/${twice}/party/id/number`, `第 ${twice + 1} 个${holder}的证件号与前面的重复，请核对。`);
}

/** `of` finds the business of a further part of a combined one. */
export function validateApplication(
  application: Application,
  business: Business | undefined,
  of: (code: string) => Business | undefined = () => undefined,
): Findings {
  const c = new Collector();
  const first = business?.parts[0] ? (of(business.parts[0]) ?? business) : business;
  c.need('/reason', application.reason, '请选择或填写登记原因。');
  people(c, application, first);
  detail(c, application, first);
  (application.further ?? []).forEach((part, i) => {
    const own = new Collector();
    people(own, part, of(part.business));
    detail(own, part, of(part.business));
    c.faults.push(...own.faults.map((f) => ({ ...f, field: `/further/${i}${f.field}` })));
    c.total += own.total;
    c.open += own.open;
  });
  if (application.contact?.phone) c.say('/contact/phone', checkPhone(application.contact.phone.trim()));
  return { faults: c.faults, total: c.total, open: c.open };
}
