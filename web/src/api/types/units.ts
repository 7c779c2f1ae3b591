import type { LabelledValue } from './common';

export type UnitFlag =
  | 'seizure'
  | 'waiting_seizure'
  | 'mortgage'
  | 'caution'
  | 'priority_notice'
  | 'habitation'
  | 'restriction'
  | 'pending_case'
  | 'pending'
  | 'easement'
  | 'lock';
export interface UnitSummary {
  unit_code: string;
  unit_code_grouped?: string;
  county: string;
  county_name: string;
  authority: string;
  address: string;
  use_name: string | null;
  building_area: string | null;
  holders_masked: string[];
  certificate_no: string | null;
  flags: UnitFlag[];
  building_code: string | null;
}
export interface UnitFacts {
  parcel_code: string;
  parcel_area: string | null;
  land_use_name: string | null;
  right_nature_name: string | null;
  building_code: string | null;
  entrance: string | null;
  storey: number | string | null;
  room: string | null;
  storeys_total?: number | string | null;
  use: string | null;
  use_name: string | null;
  structure_name: string | null;
  building_area: string | null;
  exclusive_area: string | null;
  shared_area: string | null;
  completed?: string | null;
  kind: string | null;
  status: string | null;
  status_name?: string | null;
}
export interface RightParty {
  name: string;
  kind?: string;
  kind_name: string | null;
  id_kind_name: string | null;
  id_number_masked: string | null;
  share: string | null;
}
export interface RightView {
  right_id: string;
  right_type: string;
  right_type_name: string;
  kind: string;
  status: 'current' | 'historic' | 'ended';
  holders: RightParty[];
  obligors: RightParty[];
  co_ownership_name: string | null;
  certificate_no: string | null;
  registered_at: string | null;
  registrar: string | null;
  case_no: string | null;
  registration_type_name: string | null;
  detail?: Record<string, unknown> | null;
  fields: LabelledValue[];
  ended_at: string | null;
  end_reason: string | null;
  remarks?: string | null;
  term_end?: string | null;
}
export interface PendingCase {
  case_no: string;
  business_name: string;
  state_name?: string;
  accepted_at?: string | null;
  blocking: boolean;
}
export interface UnitDetail extends UnitSummary {
  facts: UnitFacts;
  rights: RightView[];
  pending_cases: PendingCase[];
  provenance: { source?: string; table?: string; legacy_id?: string } | null;
  register_version: number;
}
export interface RegisterPage {
  title: string;
  kind: string;
  right_id: string;
  status: RightView['status'];
  fields: LabelledValue[];
  ended: { at: string; reason: string | null; case_no?: string | null } | null;
}
export interface CatalogueRow {
  no: number;
  right_id: string;
  right_type_name: string;
  registration_type_name: string;
  certificate_no: string | null;
  registered_at: string | null;
  status: RightView['status'];
}
export interface EntryView {
  entry_id: string;
  seq: number;
  registration_type_name: string;
  right_type_name: string;
  summary: string;
  case_no: string | null;
  business_name: string;
  registrar: string;
  recorded_at: string;
  legal_basis: string[];
  prev_hash: string;
  hash: string;
  hash_ok: boolean;
  chain_seq: number | null;
  certificate_no: string | null;
  /** Where a title taken over came from. */
  origin?: string | null;
}
export interface RegisterView {
  unit: UnitSummary;
  as_of: string;
  version: number;
  authority_name: string;
  parcel_page: LabelledValue[];
  catalogue: CatalogueRow[];
  pages: RegisterPage[];
  entries: EntryView[];
  restrictions: string[];
  pending_cases: PendingCase[];
  old_papers: OldPaper[];
}
/** A paper that became void, and whether it came back. */
export interface OldPaper {
  certificate_no: string;
  kind_name: string;
  voided_at: string;
  state: string;
  state_name: string;
  marked_at: string | null;
  marked_by: string | null;
  note: string | null;
}
export interface UnmaskedHolder {
  right_id: string;
  name: string;
  id_number: string | null;
  phone: string | null;
  address: string | null;
}
