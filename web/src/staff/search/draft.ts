import type { ApplicantKind, SearchRequest } from '@/api/searches';
import type { Party } from '@/api/types';
import { checkIdNumber } from '@/check/identity';
import type { FieldFault } from '@/kit/form';

/** What the form holds; turned into the request that is sent. */
export interface SearchDraft {
  kind: string | null;
  applicant: Party;
  formerNames: string;
  formerNumbers: string;
  purpose: string | null;
  purposeNote: string;
  undertaking: boolean;
  subject: { name: string; idKind: string | null; number: string };
  family: { relation: 'spouse' | 'minor_child'; name: string; number: string }[];
  index: SearchRequest['index'];
  text: string;
  units: string[];
  documentNo: string;
  officers: { name: string; card_no: string }[];
  claimedHolder: string;
  identityNote: string;
  papers: Record<string, boolean>;
}

export const INDEXES: Record<string, string> = {
  person: '姓名（名称）和证件号',
  address: '坐落',
  certificate: '证书（证明）号',
  unit_code: '不动产单元号',
};

export function emptyDraft(): SearchDraft {
  return {
    kind: null,
    applicant: {
      name: '',
      kind: '1',
      id: { kind: '1', number: '' },
      phone: null,
      address: null,
      legal_representative: null,
      agent: null,
    } as Party,
    formerNames: '',
    formerNumbers: '',
    purpose: null,
    purposeNote: '',
    undertaking: false,
    subject: { name: '', idKind: '1', number: '' },
    family: [],
    index: 'unit_code',
    text: '',
    units: [],
    documentNo: '',
    officers: [],
    claimedHolder: '',
    identityNote: '',
    papers: {},
  };
}

const words = (text: string): string[] =>
  text
    .split(/[、,，;；\s]+/)
    .map((w) => w.trim())
    .filter(Boolean);
/** A former number of 15 or 18 characters is a resident number, anything else another document. */
const formerId = (number: string) => ({ kind: /^\d{15}$|^\d{17}[\dXx]$/.test(number) ? '1' : '99', number });

export function needsSubject(row: ApplicantKind | undefined, index: string): boolean {
  if (!row) return false;
  return row.entitled === 'represented' || (index === 'person' && !!row.person && row.person !== 'self');
}

export function papersOf(row: ApplicantKind | undefined, draft: SearchDraft) {
  return (row?.papers ?? []).filter(
    (p) =>
      (p.when ?? 'always') === 'always' ||
      (p.when === 'agent' && !!draft.applicant.agent) ||
      (p.when === 'family' && draft.family.length > 0),
  );
}

export function toRequest(draft: SearchDraft, row: ApplicantKind | undefined): SearchRequest {
  const text = (value: string): string | null => value.trim() || null;
  const subject = needsSubject(row, draft.index) && draft.subject.name.trim();
  return {
    applicant_kind: draft.kind ?? '',
    applicant: draft.applicant,
    former_names: words(draft.formerNames),
    former_ids: words(draft.formerNumbers).map(formerId),
    purpose: draft.purpose ?? '',
    purpose_note: text(draft.purposeNote),
    undertaking: draft.undertaking,
    subject: subject
      ? {
          name: draft.subject.name,
          id: { kind: draft.subject.idKind ?? '1', number: draft.subject.number },
          former_names: [],
          former_ids: [],
        }
      : null,
    family: draft.family.map((m) => ({
      relation: m.relation,
      person: { name: m.name, id: { kind: '1', number: m.number }, former_names: [], former_ids: [] },
    })),
    index: draft.index,
    text: draft.index === 'address' || draft.index === 'certificate' ? text(draft.text) : null,
    units: draft.index === 'person' ? [] : draft.units,
    document_no: text(draft.documentNo),
    officers: draft.officers.filter((o) => o.name.trim() || o.card_no.trim()),
    claimed_holder: text(draft.claimedHolder),
    identity_note: text(draft.identityNote),
    papers: papersOf(row, draft)
      .filter((p) => draft.papers[p.code])
      .map((p) => ({ code: p.code, note: null })),
  } as SearchRequest;
}

export function fromRequest(request: SearchRequest): SearchDraft {
  const subject = request.subject;
  return {
    kind: request.applicant_kind,
    applicant: { ...emptyDraft().applicant, ...(request.applicant as Party) },
    formerNames: (request.former_names ?? []).join('、'),
    formerNumbers: (request.former_ids ?? []).map((d) => d.number).join('、'),
    purpose: request.purpose,
    purposeNote: request.purpose_note ?? '',
    undertaking: request.undertaking ?? false,
    subject: { name: subject?.name ?? '', idKind: subject?.id.kind ?? '1', number: subject?.id.number ?? '' },
    family: (request.family ?? []).map((m) => ({
      relation: m.relation,
      name: m.person.name,
      number: m.person.id.number,
    })),
    index: request.index,
    text: request.text ?? '',
    units: [...(request.units ?? [])],
    documentNo: request.document_no ?? '',
    officers: (request.officers ?? []).map((o) => ({ name: o.name, card_no: o.card_no })),
    claimedHolder: request.claimed_holder ?? '',
    identityNote: request.identity_note ?? '',
    papers: Object.fromEntries((request.papers ?? []).map((p) => [p.code, true])),
  };
}

/** What can be seen to be wrong before sending; the server checks everything again. */
export function faultsOf(draft: SearchDraft, row: ApplicantKind | undefined): FieldFault[] {
  const faults: FieldFault[] = [];
  const add = (field: string, message: string | null): void => {
    if (message) faults.push({ field, message });
  };
  if (!draft.kind) add('/applicant_kind', '请选择查询主体。');
  if (!draft.applicant.name.trim()) add('/applicant/name', '请填写查询人姓名或名称。');
  if (draft.applicant.id) add('/applicant/id/number', checkId(draft.applicant.id.kind, draft.applicant.id.number));
  if (!draft.purpose) add('/purpose', '请选择查询目的。');
  if (draft.purpose === '其他' && !draft.purposeNote.trim()) add('/purpose_note', '请写明具体目的。');
  if (needsSubject(row, draft.index)) {
    if (!draft.subject.name.trim()) add('/subject/name', '请填写姓名或名称。');
    add('/subject/id/number', checkId(draft.subject.idKind ?? '1', draft.subject.number));
  }
  draft.family.forEach((m, i) => {
    if (!m.name.trim()) add(`/family/${i}/person/name`, '请填写家庭成员姓名。');
    add(`/family/${i}/person/id/number`, checkId('1', m.number));
  });
  if (draft.index !== 'person' && !draft.units.length) add('/units', '请查找并选定要查询的不动产单元。');
  return faults;
}

/** Numbers of the first generation have 15 digits; the server turns them into 18. */
function checkId(kind: string, number: string): string | null {
  return kind === '1' && /^\d{15}$/.test(number.trim()) ? null : checkIdNumber(kind, number);
}
