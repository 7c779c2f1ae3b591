import { apiUrl, client, head, newKey, ok, segment } from './http';
import type { paths } from './schema';
import type {
  BuildingSummary,
  BuildingTable,
  Listed,
  ParcelView,
  RegisterView,
  UnitDetail,
  UnitSummary,
  UnmaskedHolder,
} from './types';

export type UnitQuery = paths['/api/v1/units']['get']['parameters']['query'];
export type SearchBy = NonNullable<UnitQuery['by']>;
const at = (unit_code: string) => ({ path: { unit_code } });

export const unitsApi = {
  search: async (query: UnitQuery, signal?: AbortSignal) =>
    (await ok(client.GET('/api/v1/units', { params: { query }, signal }))) as Listed<UnitSummary>,
  read: async (code: string) => (await ok(client.GET('/api/v1/units/{unit_code}', { params: at(code) }))) as UnitDetail,
  register: async (code: string, asOf?: string) =>
    (await ok(
      client.GET('/api/v1/units/{unit_code}/register', { params: { ...at(code), query: { as_of: asOf } } }),
    )) as RegisterView,
  registerPaperUrl: (code: string, asOf?: string) =>
    apiUrl(`/units/${segment(code)}/register/paper${asOf ? `?as_of=${segment(asOf)}` : ''}`),
  unmask: (
    code: string,
    reason: string,
    right_id?: string,
  ): Promise<{ holders: UnmaskedHolder[]; expires_in: number }> =>
    ok(
      client.POST('/api/v1/units/{unit_code}/unmask', {
        params: { ...at(code), header: head(newKey()) },
        body: { reason, right_id },
      }),
    ) as Promise<{ holders: UnmaskedHolder[]; expires_in: number }>,
  buildings: async (q: string): Promise<BuildingSummary[]> =>
    (await ok(client.GET('/api/v1/buildings', { params: { query: { q, limit: 50 } } }))).items as BuildingSummary[],
  buildingTable: async (building_code: string) =>
    (await ok(
      client.GET('/api/v1/buildings/{building_code}/table', { params: { path: { building_code } } }),
    )) as BuildingTable,
  parcel: async (parcel_code: string) =>
    (await ok(client.GET('/api/v1/parcels/{parcel_code}', { params: { path: { parcel_code } } }))) as ParcelView,
};
