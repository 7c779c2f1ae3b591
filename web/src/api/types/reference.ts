import type { DetailKind } from './cases';
import type { Named } from './common';

export interface MaterialRule {
  code: string;
  name: string;
  required: boolean;
  condition?: string | null;
  shared_from?: string | null;
}
/** `not_by`: steps whose doer may not do this one (four-eyes principle). */
export interface BusinessStep {
  code: string;
  name: string;
  not_by: string[];
}
export interface Business {
  code: string;
  name: string;
  short_name: string;
  family: string;
  right_type_name: string;
  registration_type: string;
  registration_type_name: string;
  target: 'title' | 'mortgage' | 'unit' | 'right';
  /** Codes of the types of right that the business acts upon or creates; empty: any title. */
  right_types: string[];
  parts: string[];
  may_change: string[];
  automatic: boolean;
  holder_label: string;
  obligor_label: string | null;
  steps: BusinessStep[];
  committed_days: number;
  legal_days: number;
  result: 'title' | 'proof' | 'as_before' | 'none';
  detail_kind: DetailKind;
  reasons: string[];
  /** Identifiers of the rules run. */
  rules: string[];
}
/** A business with everything that the catalogue says about it. */
export interface BusinessDetail extends Business {
  notice: string | null;
  inspection: string | null;
  fee: string;
  reporting_code: string;
  days_source: string;
  part_names: string[];
  unverified: string | null;
  materials: MaterialRule[];
  legal_basis: string[];
  rule_texts: { id: string; title: string; law: string }[];
}
export interface CodeList {
  name: string;
  items: Named[];
}
