import { apiUrl, http, segment, withQuery, type Query } from './http';
import type { BuildingSummary, BuildingTable, Listed, ParcelView, RegisterView, UnitDetail, UnitSummary, UnmaskedHolder } from './types';

const at = (code: string) => `/units/${segment(code)}`;
export const unitsApi = {
  search: (query: Query, signal?: AbortSignal) => http.get<Listed<UnitSummary>>('/units', query, { signal }),
  read: (code: string) => http.get<UnitDetail>(at(code)),
  register: (code: string, asOf?: string) => http.get<RegisterView>(`${at(code)}/register`, { as_of: asOf }),
  registerPaperUrl: (code: string, asOf?: string) => apiUrl(withQuery(`${at(code)}/register/paper`, { as_of: asOf })),
  unmask: (code: string, reason: string, rightId?: string) => http.post<{ holders: UnmaskedHolder[]; expires_in: number }>(`${at(code)}/unmask`, { reason, right_id: rightId }),
  buildings: async (q: string) => {
    const found = await http.get<BuildingSummary[] | Listed<BuildingSummary>>('/buildings', { q, limit: 50 });
    return Array.isArray(found) ? found : found.items;
  },
  buildingTable: (code: string) => http.get<BuildingTable>(`/buildings/${segment(code)}/table`),
  parcel: (code: string) => http.get<ParcelView>(`/parcels/${segment(code)}`),
};
