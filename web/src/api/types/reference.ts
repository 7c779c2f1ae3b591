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
  notice: string | null;
  inspection: string | null;
  automatic: boolean;
  unverified: string | null;
  holder_label: string;
  obligor_label: string | null;
  steps: BusinessStep[];
  materials: MaterialRule[];
  committed_days: number;
  legal_days: number;
  result: 'title' | 'proof' | 'as_before' | 'none';
  legal_basis: string[];
  detail_kind: DetailKind;
  reasons: string[];
  rules: { id: string; title: string; law: string }[];
}
export interface CodeList {
  name: string;
  items: Named[];
}
