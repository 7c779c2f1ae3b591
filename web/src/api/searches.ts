import { apiUrl, client, head, newKey, ok, segment } from './http';
import type { components, paths } from './schema';

type S = components['schemas'];
export type SearchRules = S['SearchRules'];
export type ApplicantKind = S['SearchApplicantKind'];
export type SearchRequest = S['SearchRequest'];
export type SearchView = S['SearchView'];
export type SearchLine = S['SearchLine'];
export type SearchAnswer = S['SearchAnswer'];
export type SearchDocument = S['SearchDocumentView'];
export type SearchScan = S['SearchScan'];
export type HoldingHit = S['HoldingHit'];
export type DoubtDecision = S['DoubtDecision'];
export type SearchLogLine = S['SearchLogLine'];
export type SearchAlertLine = S['SearchAlertLine'];
export type SearchQuery = NonNullable<paths['/api/v1/searches']['get']['parameters']['query']>;
export type SearchLogQuery = NonNullable<paths['/api/v1/search-log']['get']['parameters']['query']>;
export type SearchAlertQuery = NonNullable<paths['/api/v1/search-alerts']['get']['parameters']['query']>;
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
const at = (search_no: string) => ({ path: { search_no } });

export const searchesApi = {
  rules: (): Promise<SearchRules> => ok(client.GET('/api/v1/search-rules')),
  list: async (query: SearchQuery) =>
    (await ok(client.GET('/api/v1/searches', { params: { query } }))) as Page<SearchLine>,
  create: (body: SearchRequest, key: string): Promise<SearchView> =>
    ok(client.POST('/api/v1/searches', { params: { header: head(key) }, body })),
  read: (no: string): Promise<SearchView> => ok(client.GET('/api/v1/searches/{search_no}', { params: at(no) })),
  revise: (no: string, version: number, body: SearchRequest, key: string): Promise<SearchView> =>
    ok(client.PUT('/api/v1/searches/{search_no}', { params: { ...at(no), header: head(key, version) }, body })),
  scan: (no: string, item: string, file: File): Promise<SearchScan> => {
    const form = new FormData();
    form.set('item', item);
    form.set('file', file, file.name);
    return ok(
      client.POST('/api/v1/searches/{search_no}/scans', {
        params: { ...at(no), header: head(newKey()) },
        body: { item, file: file.name },
        bodySerializer: () => form,
      }),
    );
  },
  answer: (no: string): Promise<SearchView> =>
    ok(client.POST('/api/v1/searches/{search_no}/answer', { params: { ...at(no), header: head(newKey()) } })),
  refuse: (no: string, ground: string, reason: string, key: string): Promise<SearchView> =>
    ok(
      client.POST('/api/v1/searches/{search_no}/refusal', {
        params: { ...at(no), header: head(key) },
        body: { ground, reason },
      }),
    ),
  issue: (no: string, kind: string, doubts: DoubtDecision[], key: string): Promise<SearchDocument> =>
    ok(
      client.POST('/api/v1/searches/{search_no}/documents', {
        params: { ...at(no), header: head(key) },
        body: { kind, doubts },
      }),
    ),
  log: async (query: SearchLogQuery) =>
    (await ok(client.GET('/api/v1/search-log', { params: { query } }))) as Page<SearchLogLine>,
  alerts: async (query: SearchAlertQuery) =>
    (await ok(client.GET('/api/v1/search-alerts', { params: { query } }))) as Page<SearchAlertLine>,
  handleAlert: (alert_id: string, note: string, key: string): Promise<SearchAlertLine> =>
    ok(
      client.POST('/api/v1/search-alerts/{alert_id}/handling', {
        params: { path: { alert_id }, header: head(key) },
        body: { note },
      }),
    ),
  scanUrl: (no: string, id: string) => apiUrl(`/searches/${segment(no)}/scans/${segment(id)}`),
};
