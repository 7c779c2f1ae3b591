import { apiUrl, client, head, ok, segment } from './http';
import type { Listed } from './types';
import type {
  Batch,
  BatchDeed,
  BatchDetail,
  BatchFault,
  BatchOrder,
  CitizenAccount,
  CitizenDeed,
  CitizenOrder,
  EAction,
  ECertificate,
  EFigures,
  ELine,
  EState,
  EUse,
  Seal,
  SharingCall,
  SharingDeed,
  SharingProgram,
  SharingTerms,
} from './types/ecert';

export interface ECertificateQuery {
  q?: string;
  kind?: 'title' | 'proof';
  state?: EState;
  faulty?: boolean;
  limit?: number;
  cursor?: string;
}

/** The same door as everywhere, with the shapes of `types/ecert`. */
interface Door {
  GET(path: string, init?: { params: { query: object } }): Promise<{ data?: unknown }>;
  POST(path: string, init: { params: { header: object }; body: object }): Promise<{ data?: unknown }>;
}
const door = client as unknown as Door;
const BASE = '/api/v1';
const get = async <T>(path: string, query: object = {}): Promise<T> =>
  (await ok(door.GET(BASE + path, { params: { query } }))) as T;
const post = async <T>(path: string, key: string, body: object): Promise<T> =>
  (await ok(door.POST(BASE + path, { params: { header: head(key) }, body }))) as T;

export const ecertApi = {
  search: (query: ECertificateQuery) => get<Listed<ELine>>('/e-certificates', query),
  read: (id: string) => get<ECertificate>(`/e-certificates/${segment(id)}`),
  issue: (certificate_no: string, key: string) => post<ECertificate>('/e-certificates', key, { certificate_no }),
  act: (id: string, body: EAction, key: string) =>
    post<ECertificate>(`/e-certificates/${segment(id)}/actions`, key, body),
  uses: (id: string, cursor?: string) =>
    get<Listed<EUse>>(`/e-certificates/${segment(id)}/uses`, { limit: 50, cursor }),
  figures: (days: number) => get<EFigures>('/e-certificates/statistics', { days }),
  previewUrl: (id: string): string => apiUrl(`/e-certificates/${segment(id)}/preview`),
  fileUrl: (id: string, format: string, purpose: string, inline = false): string =>
    apiUrl(`/e-certificates/${segment(id)}/files/${format}?purpose=${segment(purpose)}${inline ? '&inline=true' : ''}`),

  seals: async () => (await get<{ items: Seal[] }>('/seals')).items,
  makeSeal: (name: string, key: string) => post<Seal>('/seals', key, { name }),
  revokeSeal: (id: string, reason: string, key: string) =>
    post<Seal>(`/seals/${segment(id)}/revocation`, key, { reason }),

  batches: (cursor?: string) => get<Listed<Batch>>('/e-certificate-batches', { limit: 20, cursor }),
  batch: (id: string) => get<BatchDetail>(`/e-certificate-batches/${segment(id)}`),
  beginBatch: (body: BatchOrder, key: string) => post<Batch>('/e-certificate-batches', key, body),
  actOnBatch: (id: string, action: BatchDeed, key: string) =>
    post<Batch>(`/e-certificate-batches/${segment(id)}/actions`, key, { action }),
  faults: (id: string, cursor?: string) =>
    get<Listed<BatchFault>>(`/e-certificate-batches/${segment(id)}/faults`, { limit: 50, cursor }),

  citizens: (q: string, cursor?: string) => get<Listed<CitizenAccount>>('/citizen-accounts', { q, limit: 50, cursor }),
  openCitizen: (body: CitizenOrder, key: string) => post<CitizenAccount>('/citizen-accounts', key, body),
  actOnCitizen: (id: string, action: CitizenDeed, reason: string, key: string) =>
    post<{ one_time_password?: string | null }>(`/citizen-accounts/${segment(id)}/actions`, key, { action, reason }),

  programs: async () => (await get<{ items: SharingProgram[] }>('/sharing-applications')).items,
  admit: (body: SharingTerms, key: string) => post<SharingProgram>('/sharing-applications', key, body),
  actOnProgram: (id: string, action: SharingDeed, key: string) =>
    post<SharingProgram>(`/sharing-applications/${segment(id)}/actions`, key, { action }),
  calls: (id: string, cursor?: string) =>
    get<Listed<SharingCall>>(`/sharing-applications/${segment(id)}/calls`, { limit: 50, cursor }),
};
