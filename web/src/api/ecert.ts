import { apiUrl, client, head, ok, segment } from './http';
import type {
  BatchDeed,
  BatchOrder,
  CitizenDeed,
  CitizenOrder,
  EAction,
  EKind,
  EState,
  SealPurpose,
  SharingDeed,
  SharingTerms,
} from './types/ecert';

export interface ECertificateQuery {
  q?: string;
  kind?: EKind;
  state?: EState;
  faulty?: boolean;
  limit?: number;
  cursor?: string;
}

/** A page of a list that begins where the one before ended. */
const from = (limit: number, cursor?: string) => (cursor === undefined ? { limit } : { limit, cursor });
const write = (key: string) => ({ header: head(key) });
const one = (e_certificate_id: string) => ({ path: { e_certificate_id } });

export const ecertApi = {
  search: (query: ECertificateQuery) => ok(client.GET('/api/v1/e-certificates', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/e-certificates/{e_certificate_id}', { params: one(id) })),
  issue: (certificate_no: string, key: string) =>
    ok(client.POST('/api/v1/e-certificates', { params: write(key), body: { certificate_no } })),
  act: (id: string, body: EAction, key: string) =>
    ok(
      client.POST('/api/v1/e-certificates/{e_certificate_id}/actions', {
        params: { ...one(id), ...write(key) },
        body,
      }),
    ),
  uses: (id: string, cursor?: string) =>
    ok(
      client.GET('/api/v1/e-certificates/{e_certificate_id}/uses', {
        params: { ...one(id), query: from(50, cursor) },
      }),
    ),
  figures: (days: number) => ok(client.GET('/api/v1/e-certificates/statistics', { params: { query: { days } } })),
  previewUrl: (id: string): string => apiUrl(`/e-certificates/${segment(id)}/preview`),
  fileUrl: (id: string, format: string, purpose: string, inline = false): string =>
    apiUrl(`/e-certificates/${segment(id)}/files/${format}?purpose=${segment(purpose)}${inline ? '&inline=true' : ''}`),

  seals: () => ok(client.GET('/api/v1/seals')),
  makeSeal: (name: string, purpose: SealPurpose, key: string) =>
    ok(client.POST('/api/v1/seals', { params: write(key), body: { name, purpose } })),
  revokeSeal: (seal_id: string, reason: string, key: string) =>
    ok(
      client.POST('/api/v1/seals/{seal_id}/revocation', {
        params: { path: { seal_id }, ...write(key) },
        body: { reason },
      }),
    ),

  batches: (cursor?: string) =>
    ok(client.GET('/api/v1/e-certificate-batches', { params: { query: from(20, cursor) } })),
  batch: (batch_id: string) =>
    ok(client.GET('/api/v1/e-certificate-batches/{batch_id}', { params: { path: { batch_id } } })),
  beginBatch: (body: BatchOrder, key: string) =>
    ok(client.POST('/api/v1/e-certificate-batches', { params: write(key), body })),
  actOnBatch: (batch_id: string, action: BatchDeed, key: string) =>
    ok(
      client.POST('/api/v1/e-certificate-batches/{batch_id}/actions', {
        params: { path: { batch_id }, ...write(key) },
        body: { action },
      }),
    ),
  faults: (batch_id: string, cursor?: string) =>
    ok(
      client.GET('/api/v1/e-certificate-batches/{batch_id}/faults', {
        params: { path: { batch_id }, query: from(50, cursor) },
      }),
    ),

  citizens: (q: string, cursor?: string) =>
    ok(client.GET('/api/v1/citizen-accounts', { params: { query: { q, ...from(50, cursor) } } })),
  openCitizen: (body: CitizenOrder, key: string) =>
    ok(client.POST('/api/v1/citizen-accounts', { params: write(key), body })),
  actOnCitizen: (citizen_id: string, action: CitizenDeed, reason: string, key: string) =>
    ok(
      client.POST('/api/v1/citizen-accounts/{citizen_id}/actions', {
        params: { path: { citizen_id }, ...write(key) },
        body: { action, reason },
      }),
    ),

  programs: async () => (await ok(client.GET('/api/v1/sharing-applications'))).items,
  admit: (body: SharingTerms, key: string) =>
    ok(client.POST('/api/v1/sharing-applications', { params: write(key), body })),
  actOnProgram: (application_id: string, action: SharingDeed, key: string) =>
    ok(
      client.POST('/api/v1/sharing-applications/{application_id}/actions', {
        params: { path: { application_id }, ...write(key) },
        body: { action },
      }),
    ),
  calls: (application_id: string, cursor?: string) =>
    ok(
      client.GET('/api/v1/sharing-applications/{application_id}/calls', {
        params: { path: { application_id }, query: from(50, cursor) },
      }),
    ),
};
