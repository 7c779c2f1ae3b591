import { client, head, ok } from './http';
import type { paths } from './schema';
import type { CertificateRow, FormKind, Listed, NumberSeries, StockRange, StockSerial } from './types';

export type CertificateQuery = NonNullable<paths['/api/v1/certificates']['get']['parameters']['query']>;
export type SerialQuery = NonNullable<paths['/api/v1/form-stock/serials']['get']['parameters']['query']>;

export const certificatesApi = {
  search: async (query: CertificateQuery) =>
    (await ok(client.GET('/api/v1/certificates', { params: { query } }))) as Listed<CertificateRow>,
  stock: async () => (await ok(client.GET('/api/v1/form-stock'))).items as StockRange[],
  serials: async (query: SerialQuery) =>
    (await ok(client.GET('/api/v1/form-stock/serials', { params: { query } }))) as Listed<StockSerial>,
  receive: (body: { form_kind: FormKind; first_serial: string; count: number }, key: string) =>
    ok(client.POST('/api/v1/form-stock', { params: { header: head(key) }, body })),
  spoil: (serial: string, reason: string, key: string) =>
    ok(
      client.POST('/api/v1/form-stock/{serial}/spoil', {
        params: { path: { serial }, header: head(key) },
        body: { reason },
      }),
    ),
  destroy: (serial: string, reason: string, key: string) =>
    ok(
      client.POST('/api/v1/form-stock/{serial}/destroy', {
        params: { path: { serial }, header: head(key) },
        body: { reason },
      }),
    ),
  series: async (): Promise<NumberSeries[]> => (await ok(client.GET('/api/v1/number-series'))).items,
};
