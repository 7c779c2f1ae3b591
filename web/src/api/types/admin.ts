import type { components } from '../schema';
import type { Named } from './common';

export interface Grant {
  role: string;
  business: string;
  authority: string;
  valid_from: string;
  valid_to?: string | null;
}
export interface StaffRow {
  staff_id: string;
  authority: string;
  name: string;
  username: string;
  phone?: string | null;
  active: boolean;
  office_id?: string | null;
  registrar_licence?: string | null;
  locked_until?: string | null;
  second_factor_enrolled: boolean;
  must_change_password: boolean;
  last_sign_in_at?: string | null;
  grants: Grant[];
  version: number;
}
export interface Role extends Named {
  stands_alone: boolean;
}
export interface Office {
  office_id: string;
  authority: string;
  county: string;
  name: string;
  address: string;
  active: boolean;
}
export type AuthorityPolicy = components['schemas']['AuthorityPolicy'];
export interface AuthoritySettings {
  authority: string;
  name: string;
  policy: AuthorityPolicy;
}
export interface AuditRow {
  audit_id: string;
  at: string;
  staff_name: string;
  action: string;
  action_name: string;
  object_kind?: string | null;
  object_id?: string | null;
  purpose?: string | null;
  request_id?: string | null;
  ip?: string | null;
  success: boolean;
}
