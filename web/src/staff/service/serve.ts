import type { ServedDocument, ServedPerson, ServiceInput, ServiceMethod, ServiceNeed } from '@/api/service';
import type { FieldFault } from '@/kit/form';

/** What a clerk fills in of one attempt. */
export interface ServeDraft {
  method: ServiceMethod['method'];
  served: boolean;
  on: string;
  failure: string;
  receiver: string;
  relation: string | null;
  address: string;
  mail_no: string;
  witnesses: string;
  pictures: boolean;
  electronic_address: string;
  consent: string;
  published_in: string;
  ground: string | null;
  remarks: string;
}
export const emptyDraft = (person: ServedPerson, today: string): ServeDraft => ({
  method: 'direct',
  served: true,
  on: today,
  failure: '',
  receiver: person.name,
  relation: 'addressee',
  address: person.address ?? '',
  mail_no: '',
  witnesses: '',
  pictures: false,
  electronic_address: person.phone ?? '',
  consent: '',
  published_in: '',
  ground: null,
  remarks: '',
});

const names = (text: string): string[] =>
  text
    .split(/[、,，;；\s]+/)
    .map((n) => n.trim())
    .filter(Boolean);

type Lack = (draft: ServeDraft) => FieldFault | null;
const blank = (field: string, value: string | null, message: string): FieldFault | null =>
  value?.trim() ? null : { field, message };
const LACKS: Record<ServiceNeed, Lack> = {
  receiver: (d) => blank('/receiver', d.receiver, '请填写签收人姓名。'),
  relation: (d) => blank('/relation', d.relation, '请选择签收人与受送达人的关系。'),
  address: (d) => blank('/address', d.address, '请填写送达地址。'),
  mail_no: (d) => blank('/mail_no', d.mail_no, '请填写邮件号码。'),
  witness: (d) =>
    d.pictures || names(d.witnesses).length > 1
      ? null
      : { field: '/witnesses', message: '请填写 2 名见证人，或者拍照、录像记录送达过程。' },
  electronic_address: (d) => blank('/electronic_address', d.electronic_address, '请填写手机号、邮箱或者账号。'),
  consent: (d) => blank('/consent', d.consent, '电子送达须经受送达人同意，请写明同意的方式。'),
  published_in: (d) => blank('/published_in', d.published_in, '请填写刊登公告的媒体或者网站。'),
  ground: (d) =>
    blank('/ground', d.ground, '请选择公告送达的理由。') ??
    (d.ground === 'whereabouts_unknown' ? blank('/remarks', d.remarks, '请记明下落不明的原因和经过。') : null),
};

/** What the draft lacks; the server checks the same again. */
export function faultsOf(draft: ServeDraft, rule: ServiceMethod | undefined): FieldFault[] {
  const faults: FieldFault[] = [];
  if (!/^\d{4}-\d{2}-\d{2}$/.test(draft.on)) faults.push({ field: '/on', message: '请填写日期，例如 2026-11-23。' });
  if (!draft.served) {
    const why = blank('/failure', draft.failure, '请填写没有送达的原因。');
    return why ? [...faults, why] : faults;
  }
  for (const need of rule?.needs ?? []) {
    const lack = LACKS[need](draft);
    if (lack) faults.push(lack);
  }
  return faults;
}

/** The body that is sent: only what belongs to the method. */
export function bodyOf(
  draft: ServeDraft,
  rule: ServiceMethod | undefined,
  document: ServedDocument,
  person: ServedPerson,
): ServiceInput {
  const needs = new Set(rule?.needs ?? []);
  const text = (need: ServiceNeed, value: string): string | null => (needs.has(need) && value.trim()) || null;
  return {
    event_seq: document.event_seq,
    person: person.person,
    method: draft.method,
    on: draft.on,
    failure: draft.served ? null : draft.failure.trim(),
    particulars: {
      receiver: draft.served ? text('receiver', draft.receiver) : null,
      relation: (draft.served && needs.has('relation') ? draft.relation : null) as never,
      address: text('address', draft.address),
      mail_no: text('mail_no', draft.mail_no),
      witnesses: needs.has('witness') ? names(draft.witnesses) : [],
      pictures: needs.has('witness') && draft.pictures,
      electronic_address: text('electronic_address', draft.electronic_address),
      consent: text('consent', draft.consent),
      published_in: text('published_in', draft.published_in),
      ground: (needs.has('ground') ? draft.ground : null) as never,
      remarks: draft.remarks.trim() || null,
    },
  };
}

/** How far the service on a person is, in words and colour. */
export function stateTag(state: ServedPerson['state']): { kind: 'ok' | 'warn' | 'info'; label: string } {
  if (state === 'served') return { kind: 'ok', label: '已送达' };
  return state === 'published' ? { kind: 'info', label: '公告期内' } : { kind: 'warn', label: '待送达' };
}
