import { client, head, newKey, ok } from './http';
import type { components, paths } from './schema';
import type { AuditRow, AuthorityPolicy, AuthoritySettings, Grant, Listed, Office, Role, StaffRow } from './types';

type S = components['schemas'];
export type StaffChanges = S['StaffChanges'];
export type NewStaff = S['NewStaff'];
export type OfficeChange = S['OfficeChange'];
export type AuditQuery = NonNullable<paths['/api/v1/audit']['get']['parameters']['query']>;
const at = (staff_id: string) => ({ path: { staff_id } });

export const adminApi = {
  staff: async (query: NonNullable<paths['/api/v1/staff']['get']['parameters']['query']>) =>
    (await ok(client.GET('/api/v1/staff', { params: { query } }))) as Listed<StaffRow>,
  createStaff: async (body: NewStaff, key: string) =>
    (await ok(client.POST('/api/v1/staff', { params: { header: head(key) }, body }))) as {
      initial_password: string;
      staff: StaffRow;
    },
  updateStaff: async (id: string, version: number, body: StaffChanges, key: string) =>
    (await ok(
      client.PUT('/api/v1/staff/{staff_id}', { params: { ...at(id), header: head(key, version) }, body }),
    )) as StaffRow,
  lock: (id: string, reason: string) =>
    ok(
      client.POST('/api/v1/staff/{staff_id}/lock', { params: { ...at(id), header: head(newKey()) }, body: { reason } }),
    ),
  unlock: (id: string, reason: string) =>
    ok(
      client.POST('/api/v1/staff/{staff_id}/unlock', {
        params: { ...at(id), header: head(newKey()) },
        body: { reason },
      }),
    ),
  resetPassword: (id: string) =>
    ok(client.POST('/api/v1/staff/{staff_id}/password-reset', { params: { ...at(id), header: head(newKey()) } })),
  setGrants: (id: string, version: number, grants: Grant[], reason: string, key: string) =>
    ok(
      client.PUT('/api/v1/staff/{staff_id}/grants', {
        params: { ...at(id), header: head(key, version) },
        body: { grants: grants as S['Grant'][], reason },
      }),
    ),
  roles: async (): Promise<Role[]> => (await ok(client.GET('/api/v1/roles'))).items,
  offices: async (): Promise<Office[]> => (await ok(client.GET('/api/v1/offices'))).items,
  saveOffice: (office_id: string, body: OfficeChange, key: string) =>
    ok(client.PUT('/api/v1/offices/{office_id}', { params: { path: { office_id }, header: head(key) }, body })),
  authority: (): Promise<AuthoritySettings> => ok(client.GET('/api/v1/authority')),
  savePolicy: (policy: AuthorityPolicy): Promise<AuthorityPolicy> =>
    ok(client.PUT('/api/v1/authority/policy', { params: { header: head(newKey()) }, body: policy })),
  registerHealth: (): Promise<S['HealthView']> => ok(client.GET('/api/v1/register/health')),
  verifyRegister: (): Promise<S['VerifyView']> =>
    ok(client.POST('/api/v1/register/verification', { params: { header: head(newKey()) } })),
  audit: async (query: AuditQuery) =>
    (await ok(client.GET('/api/v1/audit', { params: { query } }))) as Listed<AuditRow>,
};
