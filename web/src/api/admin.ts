import { asListed } from './certificates';
import { http, segment, type Query } from './http';
import type { AuditRow, AuthoritySettings, Grant, Listed, Office, Role, StaffRow } from './types';

export type StaffDraft = Pick<StaffRow, 'name' | 'username' | 'phone' | 'active' | 'office_id' | 'registrar_licence'>;
export type OfficeDraft = Omit<Office, 'id' | 'version'>;
export const adminApi = {
  staff: async (query: Query) => asListed(await http.get<StaffRow[] | Listed<StaffRow>>('/staff', query)),
  member: (id: string) => http.get<StaffRow>(`/staff/${segment(id)}`),
  createStaff: (draft: StaffDraft, key: string) => http.post<StaffRow & { initial_password?: string }>('/staff', draft, { key }),
  updateStaff: (id: string, version: number, draft: StaffDraft, key: string) => http.put<StaffRow>(`/staff/${segment(id)}`, draft, { version, key }),
  resetPassword: (id: string, key: string) => http.post<{ initial_password: string }>(`/staff/${segment(id)}/password-reset`, {}, { key }),
  setGrants: (id: string, version: number, grants: Grant[], key: string) => http.put<StaffRow>(`/staff/${segment(id)}/grants`, { grants }, { version, key }),
  roles: async () => asListed(await http.get<Role[] | Listed<Role>>('/roles')).items,
  offices: async () => asListed(await http.get<Office[] | Listed<Office>>('/offices')).items,
  createOffice: (draft: OfficeDraft, key: string) => http.post<Office>('/offices', draft, { key }),
  updateOffice: (id: string, version: number, draft: OfficeDraft, key: string) => http.put<Office>(`/offices/${segment(id)}`, draft, { version, key }),
  authority: () => http.get<AuthoritySettings>('/authority'),
  updateAuthority: (version: number, body: Pick<AuthoritySettings, 'policy' | 'committed_days'>, key: string) => http.put<AuthoritySettings>('/authority', body, { version, key }),
  audit: async (query: Query) => asListed(await http.get<AuditRow[] | Listed<AuditRow>>('/audit', query)),
};
