/** Shapes of the electronic certificates' interface (crate dengbu-server, api::ecert). */
export type EState = 'draft' | 'issued' | 'suspended' | 'replaced' | 'revoked' | 'void';
export interface ELine {
  e_certificate_id: string;
  certificate_no: string;
  kind: string;
  kind_name: string;
  version: number;
  identifier?: string | null;
  unit_code: string;
  holders: string;
  state: EState;
  state_name: string;
  state_at: string;
  issued_at: string;
  sealed_at?: string | null;
  fault?: string | null;
}
export interface EGrant {
  grant_id: string;
  grantee: string;
  purpose: string;
  scope_name: string;
  uses_max: number;
  uses: number;
  not_after: string;
  standing_name: string;
}
export interface ECertificate extends ELine {
  county: string;
  authority: string;
  authority_name: string;
  case_no?: string | null;
  right_id: string;
  entry_id?: string | null;
  origin_name: string;
  state_reason?: string | null;
  state_entry?: string | null;
  state_by?: string | null;
  suspended_until?: string | null;
  order_no?: string | null;
  previous_id?: string | null;
  next_id?: string | null;
  list_index: number;
  holder_list: { name: string; id_kind_name?: string | null; id_number?: string | null; share?: string | null }[];
  fields: { code: string; name: string; value: string }[];
  files: { format: string; sm3: string; size: number; made_at: string }[];
  events: {
    at: string;
    kind: string;
    kind_name: string;
    actor: string;
    entry_id?: string | null;
    reason?: string | null;
  }[];
  grants: EGrant[];
  actions: string[];
}
export type EAction =
  | { action: 'suspend'; reason: string; order_no: string; until: string }
  | { action: 'resume' | 'void' | 'make_again'; reason: string };
export interface EUse {
  use_id: string;
  at: string;
  channel_name: string;
  who: string;
  purpose: string;
  what_name: string;
}
interface Count {
  group: string;
  group_name: string;
  code: string;
  name: string;
  count: number;
}
export interface EFigures {
  days: number;
  states: Count[];
  uses: Count[];
  sealed: number;
  faulty: number;
  open_grants: number;
}
export interface Seal {
  seal_id: string;
  es_id: string;
  name: string;
  state: 'active' | 'retired' | 'revoked';
  state_name: string;
  key_id: number;
  valid_from: string;
  valid_to: string;
  created_at: string;
  created_by: string;
  ended_at?: string | null;
  ended_by?: string | null;
  reason?: string | null;
}
export interface Batch {
  batch_id: string;
  name: string;
  dry_run: boolean;
  state: 'collecting' | 'running' | 'paused' | 'done' | 'cancelled';
  state_name: string;
  total: number;
  done: number;
  skipped: number;
  failed: number;
  waiting: number;
  percent?: number | null;
  per_minute?: number | null;
  seconds_left?: number | null;
  created_at: string;
  created_by: string;
}
export interface BatchDetail {
  batch: Batch;
  reasons: { code: string; name: string; count: number }[];
}
export interface BatchOrder {
  name: string;
  dry_run: boolean;
  counties: string[];
  kind?: 'title' | 'proof';
  items_max?: number;
}
export type BatchDeed = 'pause' | 'resume' | 'cancel' | 'retry_failed';
export interface BatchFault {
  county: string;
  certificate_no: string;
  code: string;
  text: string;
}
export interface CitizenAccount {
  citizen_id: string;
  name: string;
  id_number: string;
  phone?: string | null;
  state: string;
  state_name: string;
  must_change: boolean;
  identity_check: string;
  opened_at: string;
  opened_by: string;
  signed_in_at?: string | null;
  one_time_password?: string | null;
}
export interface CitizenOrder {
  name: string;
  id_number: string;
  identity_check: string;
  phone?: string;
}
export type CitizenDeed = 'reset_password' | 'lock' | 'unlock';
export interface SharingTerms {
  name: string;
  organisation: string;
  basis: string;
  scopes: ('search' | 'query' | 'metadata' | 'file' | 'verify_info' | 'verify_file')[];
  addresses: string[];
  per_minute: number;
}
export interface SharingProgram {
  application_id: string;
  access_id: string;
  name: string;
  organisation: string;
  basis: string;
  scope_names: string[];
  addresses: string[];
  per_minute: number;
  state: string;
  state_name: string;
  secret?: string | null;
}
export type SharingDeed = 'rotate' | 'suspend' | 'resume';
export interface SharingCall {
  call_id: string;
  at: string;
  service_name: string;
  purpose?: string | null;
  object?: string | null;
  status: string;
  ip?: string | null;
}
