import { normaliseDate, isDate } from '@/check/date';
import { normaliseShare } from '@/check/share';
import { parseMoney } from '@/format/money';
import { cleanContent } from './content/clean';
import type { Agent, Application, ApplicationPart, Detail, Holder, Party, PartyId } from '@/api/types';

/**
 * The application as it may be sent: blanks are null, half-typed dates and amounts are left out (the server takes
 * only whole ones; the screen keeps what was typed).
 */
const blank = (text: string | null | undefined): string | null => (text?.trim() ? text.trim() : null);
const money = (text: string | null | undefined): string | null => (text ? parseMoney(text) : null);
const date = (text: string | null | undefined): string | null => {
  const day = text ? normaliseDate(text) : '';
  return isDate(day) ? day : null;
};
function identity(id: PartyId | null): PartyId | null {
  return id && id.kind && id.number.trim() ? { kind: id.kind, number: id.number.trim() } : null;
}
function agent(given: Agent | null): Agent | null {
  if (!given || !(given.name?.trim() || given.phone?.trim() || given.authority?.trim() || given.id?.number.trim()))
    return null;
  return {
    name: given.name.trim(),
    id: identity(given.id),
    phone: blank(given.phone),
    authority: blank(given.authority),
  };
}
export function cleanParty(party: Party): Party {
  return {
    name: party.name.trim(),
    kind: party.kind || '1',
    id: identity(party.id),
    phone: blank(party.phone),
    address: blank(party.address),
    legal_representative: blank(party.legal_representative),
    agent: agent(party.agent),
    ...(party.winding_up && party.kind !== '1' ? { winding_up: party.winding_up } : {}),
  };
}
function cleanDetail(detail: Detail): Detail {
  switch (detail.kind) {
    case 'transfer':
      return {
        ...detail,
        price: money(detail.price),
        contract_no: blank(detail.contract_no),
        contract_date: date(detail.contract_date),
        deed_tax_proof_no: blank(detail.deed_tax_proof_no),
        court: blank(detail.court),
        mortgages_end: detail.mortgages_end ?? null,
      };
    case 'mortgage':
      return {
        ...detail,
        secured_amount: detail.method === '1' ? money(detail.secured_amount) : null,
        maximum_amount: detail.method === '2' ? money(detail.maximum_amount) : null,
        term_start: date(detail.term_start),
        term_end: date(detail.term_end),
        scope: blank(detail.scope),
        contract_no: blank(detail.contract_no),
        debtor: blank(detail.debtor),
      };
    case 'mortgage_release':
      return {
        ...detail,
        cause: blank(detail.cause),
        creditor_consent_no: blank(detail.creditor_consent_no),
        mortgage_right_id: blank(detail.mortgage_right_id),
      };
    case 'seizure':
      return {
        ...detail,
        court: detail.court?.trim() ?? '',
        document: blank(detail.document),
        document_no: detail.document_no?.trim() ?? '',
        start: date(detail.start),
        end: date(detail.end),
        scope: blank(detail.scope),
        served_at: blank(detail.served_at),
        officers: detail.officers
          .filter((o) => o.name.trim() || o.certificate_no.trim())
          .map((o) => ({ name: o.name.trim(), certificate_no: o.certificate_no.trim() })),
      };
    case 'establish':
      return {
        ...detail,
        content: cleanContent(detail.content),
        units: detail.units.map((u) => ({ ...u, content: cleanContent(u.content) ?? u.content })),
        source_no: blank(detail.source_no),
      };
    case 'amend':
      return {
        ...detail,
        right_id: blank(detail.right_id),
        content: cleanContent(detail.content),
        others: detail.others.map((o) => ({ ...o, content: cleanContent(o.content) ?? o.content })),
        address: blank(detail.address),
        other_conditions: blank(detail.other_conditions),
        matter: blank(detail.matter),
        paper_no: blank(detail.paper_no),
      };
    case 'release':
      return {
        ...detail,
        right_id: blank(detail.right_id),
        cause: blank(detail.cause),
        paper_no: blank(detail.paper_no),
        organ: blank(detail.organ),
      };
    case 'reshape':
      return {
        ...detail,
        to: detail.to.map((t) => ({ ...t, content: cleanContent(t.content) ?? t.content })),
      };
  }
}
/** Without the blank rows at the end that the form keeps ready to be typed into. */
function filled(holders: Holder[]): Holder[] {
  const blankRow = ({ party }: Holder): boolean =>
    !party.name.trim() && !party.id?.number.trim() && !party.phone?.trim() && !party.address?.trim() && !party.agent;
  let end = holders.length;
  while (end > 0 && blankRow(holders[end - 1] as Holder)) end -= 1;
  return holders.slice(0, end);
}
/** What an application and each further part of a combined one have in common. */
function cleanPart<T extends Application | ApplicationPart>(draft: T): T {
  return {
    ...draft,
    reason: draft.reason?.trim() ?? '',
    holders: filled(draft.holders).map((h) => ({
      party: cleanParty(h.party),
      share: draft.co_ownership === '2' && h.share?.trim() ? normaliseShare(h.share) : null,
    })),
    obligors: draft.obligors.map(cleanParty),
    co_ownership: draft.co_ownership ?? (draft.holders.length > 1 ? '1' : '0'),
    detail: cleanDetail(draft.detail),
    remarks: blank(draft.remarks),
  };
}
export function cleanApplication(draft: Application): Application {
  return {
    ...cleanPart(draft),
    further: (draft.further ?? []).map(cleanPart),
    contact:
      draft.contact && (draft.contact.name.trim() || draft.contact.phone.trim())
        ? { name: draft.contact.name.trim(), phone: draft.contact.phone.trim() }
        : null,
    delivery_method: draft.delivery_method || 'counter',
    inquiry: draft.inquiry.filter((q) => q.question.trim()),
    acknowledged: draft.acknowledged.filter((a) => a.reason.trim()),
  };
}

export function emptyParty(kind = '1'): Party {
  return {
    name: '',
    kind,
    id: { kind: kind === '1' ? '1' : '8', number: '' },
    phone: null,
    address: null,
    legal_representative: null,
    agent: null,
  };
}
/** A copy that the form can type into: every party has its identity row. */
export function editable(application: Application): Application {
  const copy = JSON.parse(JSON.stringify(application)) as Application;
  copy.further ??= [];
  for (const part of [copy, ...copy.further]) {
    for (const party of [...part.holders.map((h) => h.party), ...part.obligors])
      party.id ??= { kind: party.kind === '1' ? '1' : '8', number: '' };
    // Whoever applies stands ready as a blank row: a person who buys, a bank that lends.
    const { kind } = part.detail;
    if (!part.holders.length && ['transfer', 'mortgage', 'establish', 'release'].includes(kind)) {
      part.holders.push({ party: emptyParty(kind === 'mortgage' ? '2' : '1'), share: null });
    }
  }
  copy.contact ??= { name: '', phone: '' };
  copy.inquiry ??= [];
  copy.acknowledged ??= [];
  return copy;
}
