import type { Listed, Named } from './common';
import type { UnitDetail } from './units';

export type Light = 'green' | 'yellow' | 'red' | 'paused' | 'none';
export interface CaseSummary {
  case_no: string;
  business: string;
  business_name: string;
  address: string | null;
  unit_code: string | null;
  unit_count: number;
  holders_masked: string;
  obligors_masked: string;
  state: string;
  state_name: string;
  step: string;
  step_name: string;
  source_name: string;
  office_id: string | null;
  authority: string;
  taken_by: string;
  accepted_at: string | null;
  arrived_at: string | null;
  due_on: string | null;
  days_left: number | null;
  light: Light;
  sent_back: boolean;
  assignee: string | null;
}
export interface CaseCounts {
  todo: number;
  pool: number;
  overdue: number;
  today: number;
  sent_back: number;
}
export interface CaseList extends Listed<CaseSummary> {
  counts: CaseCounts;
}
export interface PartyId {
  kind: string;
  number: string;
}
export interface Agent {
  name: string;
  id: PartyId | null;
  phone: string | null;
  authority: string | null;
}
export interface Party {
  name: string;
  kind: string;
  id: PartyId | null;
  phone: string | null;
  address: string | null;
  legal_representative: string | null;
  agent: Agent | null;
  /** Of a body that is being wound up. */
  winding_up?: 'liquidation' | 'bankruptcy' | null;
}
export interface Holder {
  party: Party;
  share: string | null;
}
export interface TransferDetail {
  kind: 'transfer';
  price: string | null;
  contract_no: string | null;
  contract_date: string | null;
  deed_tax_proof_no: string | null;
  court: string | null;
  mortgages_end: boolean | null;
}
export interface MortgageDetail {
  kind: 'mortgage';
  method: string;
  secured_amount: string | null;
  maximum_amount: string | null;
  term_start: string | null;
  term_end: string | null;
  scope: string | null;
  transfer_restricted: boolean | null;
  contract_no: string | null;
  debtor: string | null;
}
export interface ReleaseDetail {
  kind: 'mortgage_release';
  mortgage_right_id: string | null;
  cause: string | null;
  creditor_consent_no: string | null;
}
export interface SeizureDetail {
  kind: 'seizure';
  court: string | null;
  document: string | null;
  document_no: string | null;
  officers: { name: string; certificate_no: string }[];
  start: string | null;
  end: string | null;
  scope: string | null;
  served_at: string | null;
}
/** What is particular to a right, by the table of the standard it is kept in; `kind` names the table. */
export type RightContent = { kind: string } & Record<string, unknown>;
export interface UnitContent {
  unit: string;
  content: RightContent;
}
export interface EstablishDetail {
  kind: 'establish';
  content: RightContent | null;
  units: UnitContent[];
  source_no: string | null;
}
export interface AmendDetail {
  kind: 'amend';
  right_id: string | null;
  content: RightContent | null;
  others: { right_id: string; content: RightContent }[];
  address: string | null;
  other_conditions: string | null;
  matter: string | null;
  paper_no: string | null;
}
export interface EndRightDetail {
  kind: 'release';
  right_id: string | null;
  cause: string | null;
  paper_no: string | null;
  organ: string | null;
}
export interface ReshapeDetail {
  kind: 'reshape';
  from: string[];
  to: UnitContent[];
}
export type Detail =
  | TransferDetail
  | MortgageDetail
  | ReleaseDetail
  | SeizureDetail
  | EstablishDetail
  | AmendDetail
  | EndRightDetail
  | ReshapeDetail;
export type DetailKind = Detail['kind'];
/** A further part of a combined business. */
export interface ApplicationPart {
  business: string;
  reason: string;
  holders: Holder[];
  obligors: Party[];
  co_ownership: string | null;
  detail: Detail;
  remarks: string | null;
}
export interface Application {
  reason: string | null;
  holders: Holder[];
  obligors: Party[];
  co_ownership: string | null;
  separate_certificates: boolean;
  detail: Detail;
  contact: { name: string; phone: string } | null;
  delivery_method: string | null;
  inquiry: { question: string; answer: string }[];
  acknowledged: { rule: string; reason: string }[];
  remarks: string | null;
  further?: ApplicationPart[];
}
export interface Violation {
  rule: string;
  severity: 'block' | 'warn' | 'consent' | 'info';
  message: string;
  law: string;
  field: string | null;
  citizen_message: string;
  unit_code?: string | null;
}
export interface Material {
  material_id: string;
  item: string;
  item_name: string;
  file_name: string;
  media_type: string;
  size: number;
  pages: number | null;
  copies: number;
  original: boolean;
  sm3: string;
  uploaded_at: string;
  uploaded_by: string;
  scan_state: string;
  verified: boolean;
  verified_by: string | null;
  url: string;
}
export interface ChecklistItem {
  code: string;
  name: string;
  required: boolean;
  condition: string | null;
  shared_from: string | null;
  received: boolean;
}
export interface CaseEvent {
  seq: number;
  at: string;
  actor: string;
  step_name: string;
  action: string;
  action_name: string;
  opinion: string | null;
  reason: string | null;
  to_step_name: string;
  to_state_name: string;
}
export interface CaseResult {
  certificate_no: string;
  kind: string;
  kind_name: string;
  unit_code: string;
  form_serial: string | null;
  state: string;
  issued_at: string;
}
export interface AllowedAction {
  code: string;
  name: string;
  needs_reason: boolean;
  needs_opinion: boolean;
  targets: Named[];
  disabled_reason: string | null;
}
export interface Paper {
  code: string;
  name: string;
  url: string;
}
/** A time in which the clock stood, or stands. */
export interface Pause {
  kind: 'notice' | 'correction' | 'suspension';
  kind_name: string;
  reason: string;
  law: string;
  until: string | null;
  began_at: string;
  began_by: string;
  ended_at: string | null;
  ended_by: string | null;
}
export interface CaseView {
  case_no: string;
  version: number;
  business: string;
  business_name: string;
  state: string;
  state_name: string;
  step: string;
  step_name: string;
  authority: string;
  authority_name: string;
  office_id: string | null;
  office_name?: string | null;
  /** Set where the case was taken by an office of another authority (同城通办). */
  office_authority_name?: string | null;
  taken_by: string;
  created_at: string;
  accepted_at: string | null;
  due_on: string | null;
  days_left: number | null;
  light: Light;
  assignee: string | null;
  sent_back: boolean;
  editable: boolean;
  pauses: Pause[];
  joined: {
    case_no: string;
    business_name: string;
    address: string;
    state_name: string;
    step_name: string;
    recorded: boolean;
  }[];
  may_join: boolean;
  /** The absent colleague for whom this person stands in. */
  standing_for: string | null;
  may_hand: boolean;
  may_suspend: boolean;
  may_resume: boolean;
  recorded_at: string | null;
  archive_no: string | null;
  application: Application;
  /** All of them; `units` holds the first. */
  unit_count: number;
  units: UnitDetail[];
  checklist: ChecklistItem[];
  materials: Material[];
  events: CaseEvent[];
  checks: Violation[];
  results: CaseResult[];
  allowed_actions: AllowedAction[];
  papers: Paper[];
}
export interface ActionRequest {
  action: string;
  opinion?: string;
  reason?: string;
  target_step?: string;
  form_serials?: string[];
  recipient?: { name: string; id_number: string; phone?: string };
  archive_no?: string;
}
