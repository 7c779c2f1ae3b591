import { http, segment, type Query } from './http';
import type { CertificateRow, FormKind, Listed, NumberSeries, StockRange, StockSerial } from './types';

/** Lists come either bare or as `{items, next_cursor}`; pages only want the second form. */
export function asListed<T>(found: T[] | Listed<T>): Listed<T> {
  return Array.isArray(found) ? { items: found, next_cursor: null } : found;
}
export const certificatesApi = {
  search: async (query: Query) => asListed(await http.get<CertificateRow[] | Listed<CertificateRow>>('/certificates', query)),
  stock: async () => asListed(await http.get<StockRange[] | Listed<StockRange>>('/form-stock')).items,
  serials: async (query: Query) => asListed(await http.get<StockSerial[] | Listed<StockSerial>>('/form-stock/serials', query)),
  receive: (body: { form_kind: FormKind; first_serial: string; count: number }, key: string) => http.post<unknown>('/form-stock', body, { key }),
  spoil: (serial: string, reason: string, key: string) => http.post<unknown>(`/form-stock/${segment(serial)}/spoil`, { reason }, { key }),
  destroy: (serial: string, reason: string, key: string) => http.post<unknown>(`/form-stock/${segment(serial)}/destroy`, { reason }, { key }),
  series: async () => asListed(await http.get<NumberSeries[] | Listed<NumberSeries>>('/number-series')).items,
};
