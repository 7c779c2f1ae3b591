import { client, head, newKey, ok } from './http';
import type { components } from './schema';

type S = components['schemas'];
export type Tenant = S['TenantView'];
export type NewTenant = S['NewTenantRequest'];
export type TenantOpened = S['TenantOpened'];

/** 平台运维: registration authorities on the platform. */
export const platformApi = {
  tenants: async (): Promise<Tenant[]> => (await ok(client.GET('/api/v1/platform/tenants'))).items,
  open: (body: NewTenant): Promise<TenantOpened> =>
    ok(client.POST('/api/v1/platform/tenants', { params: { header: head(newKey()) }, body })),
};
