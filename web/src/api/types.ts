/**
 * The shapes of `/api/v1` as the workbench uses them.
 * Money, areas and shares are strings (exact decimals, never JS numbers); codes are the standard's.
 */
export interface Named { code: string; name: string }
export interface Listed<T> { items: T[]; next_cursor: string | null; total?: number | null }
export interface LabelledValue { label: string; value: string }

// ---- session
export interface Session {
  staff_id: string; name: string; username: string;
  /** What stands between the person and the workbench. */
  standing: 'ready' | 'second_factor_needed' | 'enrolment_needed' | 'password_change_needed';
  authority: Named; place_name: string;
  office: string | null;
  roles: Named[];
  counties: Named[];
  permissions: string[];
  csrf_token: string;
  second_factor: { required: boolean; enrolled: boolean; passed: boolean };
  must_change_password: boolean;
  password_hint: string;
  idle_seconds: number;
  expires_at: string;
  server_time: string;
  demo: boolean;
}
export interface TotpEnrolment { otpauth_url: string; secret: string }

// ---- reference
export interface MaterialRule { code: string; name: string; required: boolean; condition?: string | null; shared_from?: string | null }
/** `not_by`: steps whose doer may not do this one (four-eyes principle). */
export interface BusinessStep { code: string; name: string; not_by: string[] }
export interface Business {
  code: string; name: string; short_name: string; family: string; right_type_name: string; registration_type: string; registration_type_name: string;
  target: 'title' | 'mortgage' | 'unit'; holder_label: string; obligor_label: string | null;
  steps: BusinessStep[]; materials: MaterialRule[];
  committed_days: number; legal_days: number;
  result: 'title' | 'proof' | 'none';
  legal_basis: string[]; detail_kind: DetailKind; reasons: string[]; rules: { id: string; title: string; law: string }[];
}
export interface CodeList { name: string; items: Named[] }

// ---- estate units
export type UnitFlag = 'seizure' | 'waiting_seizure' | 'mortgage' | 'caution' | 'priority_notice' | 'habitation' | 'restriction' | 'pending_case' | 'pending' | 'easement' | 'lock';
export interface UnitSummary {
  unit_code: string; unit_code_grouped?: string; county: string; county_name: string; authority: string;
  address: string; use_name: string | null; building_area: string | null;
  holders_masked: string[]; certificate_no: string | null; flags: UnitFlag[]; building_code: string | null;
}
export interface UnitFacts {
  parcel_code: string; parcel_area: string | null; land_use_name: string | null; right_nature_name: string | null;
  building_code: string | null; entrance: string | null; storey: number | string | null; room: string | null; storeys_total?: number | string | null;
  use: string | null; use_name: string | null; structure_name: string | null;
  building_area: string | null; exclusive_area: string | null; shared_area: string | null;
  completed?: string | null; kind: string | null; status: string | null; status_name?: string | null;
}
export interface RightParty { name: string; kind?: string; kind_name: string | null; id_kind_name: string | null; id_number_masked: string | null; share: string | null }
export interface RightView {
  right_id: string; right_type: string; right_type_name: string; kind: string;
  status: 'current' | 'historic' | 'ended';
  holders: RightParty[]; obligors: RightParty[]; co_ownership_name: string | null;
  certificate_no: string | null; registered_at: string | null; registrar: string | null; case_no: string | null;
  registration_type_name: string | null; detail?: Record<string, unknown> | null; fields: LabelledValue[];
  ended_at: string | null; end_reason: string | null; remarks?: string | null; term_end?: string | null;
}
export interface PendingCase { case_no: string; business_name: string; state_name?: string; accepted_at?: string | null; blocking: boolean }
export interface UnitDetail extends UnitSummary {
  facts: UnitFacts; rights: RightView[]; pending_cases: PendingCase[];
  provenance: { source?: string; table?: string; legacy_id?: string } | null; register_version: number;
}
export interface RegisterPage { title: string; kind: string; right_id: string; status: RightView['status']; fields: LabelledValue[]; ended: { at: string; reason: string | null; case_no?: string | null } | null }
export interface CatalogueRow { no: number; right_id: string; right_type_name: string; registration_type_name: string; certificate_no: string | null; registered_at: string | null; status: RightView['status'] }
export interface EntryView {
  entry_id: string; seq: number; registration_type_name: string; right_type_name: string; summary: string; case_no: string | null;
  business_name: string; registrar: string; recorded_at: string; legal_basis: string[];
  prev_hash: string; hash: string; hash_ok: boolean; chain_seq: number | null; certificate_no: string | null;
}
export interface RegisterView {
  unit: UnitSummary; as_of: string; version: number;
  authority_name: string; parcel_page: LabelledValue[];
  catalogue: CatalogueRow[]; pages: RegisterPage[]; entries: EntryView[]; restrictions: string[]; pending_cases: PendingCase[];
}
export interface UnmaskedHolder { right_id: string; name: string; id_number: string | null; phone: string | null; address: string | null }

// ---- buildings and parcels
export interface BuildingSummary { building_code: string; name: string | null; address: string; county_name: string; storeys_total: number | null; units: number }
export type CellState = 'unregistered' | 'noticed' | 'registered' | 'cancelled';
export interface Cell {
  unit_code: string; room: string; entrance: string | null; area: string | null; use_name: string | null;
  state: CellState; flags: UnitFlag[]; holders_masked: string[]; certificate_tail: string | null;
}
export interface BuildingTable {
  building: { code: string; name: string | null; address: string; structure_name: string | null; completed: string | null; storeys_above: number | null; storeys_below: number | null; units: number; area_total: string | null; parcel_code: string };
  entrances: { name: string; columns: number }[];
  storeys: { storey: number; label: string; cells: (Cell | null)[] }[];
  legend: { key: string; label: string; count: number }[];
}
export interface ParcelView { parcel_code: string; address: string; area: string | null; land_use_name: string | null; right_nature_name: string | null; land_unit_code: string; buildings: BuildingSummary[] }

// ---- cases
export type Light = 'green' | 'yellow' | 'red' | 'none';
export interface CaseSummary {
  case_no: string; business: string; business_name: string; address: string | null; unit_code: string | null; unit_count: number;
  holders_masked: string; obligors_masked: string; state: string; state_name: string; step: string; step_name: string;
  source_name: string; office_id: string | null; authority: string; taken_by: string;
  accepted_at: string | null; arrived_at: string | null; due_on: string | null; days_left: number | null; light: Light;
  sent_back: boolean; assignee: string | null;
}
export interface CaseCounts { todo: number; pool: number; overdue: number; today: number; sent_back: number }
export interface CaseList extends Listed<CaseSummary> { counts: CaseCounts }
export interface PartyId { kind: string; number: string }
export interface Agent { name: string; id: PartyId | null; phone: string | null; authority: string | null }
export interface Party {
  name: string; kind: string; id: PartyId | null; phone: string | null; address: string | null;
  legal_representative: string | null; agent: Agent | null;
}
export interface Holder { party: Party; share: string | null }
export interface TransferDetail { kind: 'transfer'; price: string | null; contract_no: string | null; contract_date: string | null; deed_tax_proof_no: string | null }
export interface MortgageDetail { kind: 'mortgage'; method: string; secured_amount: string | null; maximum_amount: string | null; term_start: string | null; term_end: string | null; scope: string | null; transfer_restricted: boolean | null; contract_no: string | null; debtor: string | null }
export interface ReleaseDetail { kind: 'mortgage_release'; mortgage_right_id: string | null; cause: string | null; creditor_consent_no: string | null }
export interface SeizureDetail { kind: 'seizure'; court: string | null; document: string | null; document_no: string | null; officers: { name: string; certificate_no: string }[]; start: string | null; end: string | null; scope: string | null; served_at: string | null }
export type Detail = TransferDetail | MortgageDetail | ReleaseDetail | SeizureDetail;
export type DetailKind = Detail['kind'];
export interface Application {
  reason: string | null; holders: Holder[]; obligors: Party[]; co_ownership: string | null; separate_certificates: boolean;
  detail: Detail; contact: { name: string; phone: string } | null; delivery_method: string | null;
  inquiry: { question: string; answer: string }[]; acknowledged: { rule: string; reason: string }[]; remarks: string | null;
}
export interface Violation { rule: string; severity: 'block' | 'warn' | 'consent' | 'info'; message: string; law: string; field: string | null; citizen_message: string; unit_code?: string | null }
export interface Material {
  material_id: string; item: string; item_name: string; file_name: string; media_type: string; size: number; pages: number | null; copies: number; original: boolean;
  sm3: string; uploaded_at: string; uploaded_by: string; scan_state: string; verified: boolean; verified_by: string | null; url: string;
}
export interface ChecklistItem { code: string; name: string; required: boolean; condition: string | null; shared_from: string | null; received: boolean }
export interface CaseEvent { seq: number; at: string; actor: string; step_name: string; action: string; action_name: string; opinion: string | null; reason: string | null; to_step_name: string; to_state_name: string }
export interface CaseResult { certificate_no: string; kind: string; kind_name: string; unit_code: string; form_serial: string | null; state: string; issued_at: string }
export interface AllowedAction { code: string; name: string; needs_reason: boolean; needs_opinion: boolean; targets: Named[]; disabled_reason: string | null }
export interface Paper { code: string; name: string; url: string }
export interface CaseView {
  case_no: string; version: number; business: string; business_name: string; state: string; state_name: string; step: string; step_name: string;
  authority: string; authority_name: string; office_id: string | null; taken_by: string; created_at: string; accepted_at: string | null; due_on: string | null;
  days_left: number | null; light: Light; assignee: string | null; sent_back: boolean; editable: boolean; recorded_at: string | null; archive_no: string | null;
  application: Application; units: UnitDetail[]; checklist: ChecklistItem[]; materials: Material[];
  events: CaseEvent[]; checks: Violation[]; results: CaseResult[]; allowed_actions: AllowedAction[]; papers: Paper[];
}
export interface ActionRequest {
  action: string; opinion?: string; reason?: string; target_step?: string;
  form_serials?: string[]; recipient?: { name: string; id_number: string; phone?: string }; archive_no?: string;
}

// ---- certificates and paper forms
export interface CertificateRow { certificate_no: string; kind: string; kind_name: string; unit_code: string; case_no: string | null; state: string; state_name: string; issued_at: string; revoked_at: string | null; form_serial: string | null; delivered_at: string | null }
export type FormKind = 'title' | 'proof';
export interface StockRange { form_kind: FormKind; form_kind_name: string; first: string | null; last: string | null; next: string | null; total: number; in_stock: number; used: number; spoiled: number; destroyed: number }
export interface StockSerial { serial: string; form_kind: FormKind; state: string; state_name: string; certificate_no: string | null; case_no: string | null; reason: string | null; changed_at: string | null; changed_by: string | null }
export interface NumberSeries { authority: string; kind_name: string; year: number; last: number; issued: number; gaps: { serial: string | number; reason: string | null }[] }

// ---- administration
export interface Grant { role: string; role_name?: string | null; business: string; authority: string; valid_from: string | null; valid_to: string | null }
export interface StaffRow {
  id: string; name: string; username: string; phone: string | null; active: boolean; office_id: string | null; office_name?: string | null;
  registrar_licence: string | null; locked: boolean; totp_enrolled?: boolean; must_change_password?: boolean; last_sign_in?: string | null;
  grants: Grant[]; version: number;
}
export interface Role extends Named { permissions?: string[]; description?: string | null }
export interface Office { id: string; code: string | null; name: string; address: string | null; phone: string | null; hours: string | null; counties?: string[]; active?: boolean; version: number }
export interface AuthorityPolicy { password_min_length: number; password_history: number; lockout_failures: number; lockout_minutes: number; idle_minutes: number; absolute_hours: number; require_totp: boolean }
export interface AuthoritySettings { code: string; name: string; place_name: string; counties: Named[]; policy: AuthorityPolicy; committed_days: Record<string, number>; version: number }
export interface AuditRow { audit_id: string; at: string; staff_name: string | null; action: string; action_name?: string | null; object_kind: string | null; object_id: string | null; purpose: string | null; request_id: string | null; ip: string | null; county?: string | null; detail?: unknown }
export interface Tile { key: string; label: string; value: string | number; hint?: string | null }
