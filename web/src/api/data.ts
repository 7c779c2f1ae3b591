import { apiUrl, client, head, ok, segment } from './http';
import type { components } from './schema';

type S = components['schemas'];
export type DataCatalogue = S['DataCatalogue'];
export type DataSet = S['DataSetView'];
export type DataExport = S['ExportView'];
export type NewExport = S['NewExport'];
export type Subscription = S['SubscriptionView'];
export type NewSubscription = S['NewSubscription'];
export type ThemeView = S['ThemeView'];
export type MapParcel = S['MapParcel'];
export type ParcelChange = S['ParcelChangeView'];
export interface ThemeQuery {
  county?: string | null;
  as_of?: string | null;
}

export const dataApi = {
  catalogue: (): Promise<DataCatalogue> => ok(client.GET('/api/v1/data/sets')),
  exports: (cursor?: string | null) =>
    ok(client.GET('/api/v1/data/exports', { params: { query: { cursor: cursor ?? undefined } } })),
  ask: (body: NewExport, key: string): Promise<DataExport> =>
    ok(client.POST('/api/v1/data/exports', { params: { header: head(key) }, body })),
  stop: (id: string, key: string): Promise<DataExport> =>
    ok(client.POST('/api/v1/data/exports/{export}/stop', { params: { path: { export: id }, header: head(key) } })),
  fileUrl: (id: string): string => apiUrl(`/data/exports/${segment(id)}/file`),
  subscriptions: async (): Promise<Subscription[]> => (await ok(client.GET('/api/v1/data/subscriptions'))).items,
  subscribe: (body: NewSubscription, key: string) =>
    ok(client.POST('/api/v1/data/subscriptions', { params: { header: head(key) }, body })),
  setState: (id: string, state: string, reason: string, key: string): Promise<Subscription> =>
    ok(
      client.PUT('/api/v1/data/subscriptions/{subscription}/state', {
        params: { path: { subscription: id }, header: head(key) },
        body: { state, reason },
      }),
    ),
  renewKey: (id: string, key: string) =>
    ok(
      client.POST('/api/v1/data/subscriptions/{subscription}/key', {
        params: { path: { subscription: id }, header: head(key) },
      }),
    ),
  theme: (theme: string, query: ThemeQuery): Promise<ThemeView> =>
    ok(
      client.GET('/api/v1/themes/{theme}', {
        params: { path: { theme }, query: { county: query.county ?? undefined, as_of: query.as_of ?? undefined } },
      }),
    ),
  sheetUrl: (theme: string, query: ThemeQuery, format: string, paper: string): string => {
    const parts = new URLSearchParams({ format, paper });
    if (query.county) parts.set('county', query.county);
    if (query.as_of) parts.set('as_of', query.as_of);
    return `${apiUrl(`/themes/${segment(theme)}/sheet`)}?${parts.toString()}`;
  },
  changes: (parcel: string, cursor?: string | null) =>
    ok(
      client.GET('/api/v1/parcels/{parcel}/changes', {
        params: { path: { parcel }, query: { cursor: cursor ?? undefined } },
      }),
    ),
};
