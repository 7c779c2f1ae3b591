import { client, head, ok } from './http';
import type { components } from './schema';
import type { FormKind, Listed } from './types';

export type PrintStation = components['schemas']['StationView'];
export type StationInput = components['schemas']['StationInput'];
export type FormHolders = components['schemas']['HoldersView'];
export type FormCount = components['schemas']['FormCountLine'];
export type VoidNotice = components['schemas']['VoidNoticeView'];
export type VoidKind = components['schemas']['VoidNoticeKind'];
export type OldPaper = components['schemas']['OldPaperView'];
export type OldPaperState = 'awaited' | 'returned' | 'unreturned';
export type BlankLayout = components['schemas']['BlankLayout'];
export type BlankPlace = components['schemas']['BlankPlace'];
export type BlankLayoutView = components['schemas']['BlankLayoutView'];

const part = encodeURIComponent;

/** Certificates on paper: print addresses, printing stations, control of blanks, notices. */
export const papersApi = {
  printUrl: (certificateNo: string, mode: 'overprint' | 'preview', station?: string) =>
    `/api/v1/certificates/${part(certificateNo)}/print?mode=${mode}${station ? `&station=${part(station)}` : ''}`,
  testPageUrl: (station: string, kind: FormKind) => `/api/v1/print-stations/${part(station)}/test-page?kind=${kind}`,
  noticeUrl: (notice: VoidNotice) => `/api/v1/void-notices/${part(notice.certificate_no)}/paper?kind=${notice.kind}`,
  stations: async (): Promise<PrintStation[]> => (await ok(client.GET('/api/v1/print-stations'))).items,
  saveStation: (station: string, body: StationInput, key: string) =>
    ok(client.PUT('/api/v1/print-stations/{station}', { params: { path: { station }, header: head(key) }, body })),
  holders: (): Promise<FormHolders> => ok(client.GET('/api/v1/form-stock/holders')),
  handOver: (body: { form_kind: FormKind; first_serial: string; count: number; to: string | null }, key: string) =>
    ok(client.POST('/api/v1/form-stock/hand-over', { params: { header: head(key) }, body })),
  counts: async (): Promise<FormCount[]> => (await ok(client.GET('/api/v1/form-counts'))).items,
  count: (body: { form_kind: FormKind; counted: number; explanation: string | null }, key: string) =>
    ok(client.POST('/api/v1/form-counts', { params: { header: head(key) }, body })),
  notices: async (query: { q: string; limit: number; cursor?: string }) =>
    (await ok(client.GET('/api/v1/void-notices', { params: { query } }))) as Listed<VoidNotice>,
  oldPapers: async (query: { state?: OldPaperState; case_no?: string; q?: string; limit: number; cursor?: string }) =>
    (await ok(client.GET('/api/v1/old-papers', { params: { query } }))) as Listed<OldPaper>,
  takeBack: (certificate_no: string, body: { note: string | null; case_no: string | null }, key: string) =>
    ok(
      client.POST('/api/v1/old-papers/{certificate_no}/return', {
        params: { path: { certificate_no }, header: head(key) },
        body,
      }),
    ),
  layouts: async (): Promise<BlankLayoutView[]> => (await ok(client.GET('/api/v1/blank-layouts'))).items,
  setLayout: (form_kind: FormKind, version: number, body: BlankLayout, key: string): Promise<BlankLayoutView> =>
    ok(
      client.PUT('/api/v1/blank-layouts/{form_kind}', {
        params: { path: { form_kind }, header: head(key, version) },
        body,
      }),
    ),
  resetLayout: (form_kind: FormKind, version: number, key: string): Promise<BlankLayoutView> =>
    ok(
      client.DELETE('/api/v1/blank-layouts/{form_kind}', {
        params: { path: { form_kind }, header: head(key, version) },
      }),
    ),
  publish: (body: { certificate_no: string; kind: VoidKind; reason: string }, key: string) =>
    ok(client.POST('/api/v1/void-notices', { params: { header: head(key) }, body })),
};
