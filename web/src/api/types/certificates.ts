export interface CertificateRow {
  certificate_no: string;
  kind: string;
  kind_name: string;
  unit_code: string;
  case_no: string | null;
  state: string;
  state_name: string;
  issued_at: string;
  revoked_at: string | null;
  form_serial: string | null;
  delivered_at: string | null;
}
export type FormKind = 'title' | 'proof';
export interface StockRange {
  form_kind: FormKind;
  form_kind_name: string;
  first: string | null;
  last: string | null;
  next: string | null;
  total: number;
  in_stock: number;
  used: number;
  spoiled: number;
  destroyed: number;
}
export interface StockSerial {
  serial: string;
  form_kind: FormKind;
  state: string;
  state_name: string;
  certificate_no: string | null;
  case_no: string | null;
  reason: string | null;
  changed_at: string | null;
  changed_by: string | null;
}
export interface NumberSeries {
  authority: string;
  authority_name: string;
  kind_name: string;
  year: number;
  last: number;
  issued: number;
  gaps: { serial: number; reason: string }[];
  unexplained: number[];
}
