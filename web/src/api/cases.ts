import { apiUrl, client, head, newKey, ok, segment } from './http';
import type { ActionRequest, Application, CaseList, CaseView, Listed, Material, UnitDetail, Violation } from './types';
import type { components, paths } from './schema';

type S = components['schemas'];
export type CaseQuery = NonNullable<paths['/api/v1/cases']['get']['parameters']['query']>;
export interface MaterialUpload {
  file: File;
  item: string;
  copies: number;
  original: boolean;
  pages: number;
}
const at = (case_no: string) => ({ path: { case_no } });

export const casesApi = {
  list: async (query: CaseQuery, signal?: AbortSignal) =>
    (await ok(client.GET('/api/v1/cases', { params: { query }, signal }))) as CaseList,
  create: async (body: S['NewCaseRequest'], key: string) =>
    (await ok(client.POST('/api/v1/cases', { params: { header: head(key) }, body }))) as CaseView,
  read: async (caseNo: string) => (await ok(client.GET('/api/v1/cases/{case_no}', { params: at(caseNo) }))) as CaseView,
  units: async (case_no: string, from: number, limit: number) =>
    (await ok(
      client.GET('/api/v1/cases/{case_no}/units', {
        params: { path: { case_no }, query: { cursor: String(from), limit } },
      }),
    )) as Listed<UnitDetail>,
  progress: (caseNo: string) => ok(client.GET('/api/v1/cases/{case_no}/progress', { params: at(caseNo) })),
  save: async (caseNo: string, version: number, application: Application, key: string) =>
    (await ok(
      client.PUT('/api/v1/cases/{case_no}/application', {
        params: { ...at(caseNo), header: head(key, version) },
        body: application as S['Application'],
      }),
    )) as CaseView,
  check: async (caseNo: string) =>
    (await ok(client.GET('/api/v1/cases/{case_no}/checks', { params: at(caseNo) }))) as { violations: Violation[] },
  act: async (caseNo: string, version: number, body: ActionRequest, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/actions', {
        params: { ...at(caseNo), header: head(key, version) },
        body: body as S['ActionRequest'],
      }),
    )) as CaseView,
  upload: async (caseNo: string, upload: MaterialUpload, key: string): Promise<Material> => {
    const form = new FormData();
    form.set('item', upload.item);
    form.set('copies', String(upload.copies));
    form.set('original', String(upload.original));
    form.set('pages', String(upload.pages));
    form.set('file', upload.file, upload.file.name);
    return (await ok(
      client.POST('/api/v1/cases/{case_no}/materials', {
        params: { ...at(caseNo), header: head(key) },
        body: { item: upload.item, file: upload.file.name },
        bodySerializer: () => form,
      }),
    )) as Material;
  },
  removeMaterial: (case_no: string, material_id: string) =>
    ok(
      client.DELETE('/api/v1/cases/{case_no}/materials/{material_id}', {
        params: { path: { case_no, material_id }, header: head(newKey()) },
      }),
    ),
  verify: (case_no: string, material_id: string, verified: boolean) =>
    ok(
      client.POST('/api/v1/cases/{case_no}/materials/{material_id}/verification', {
        params: { path: { case_no, material_id }, header: head(newKey()) },
        body: { verified },
      }),
    ),
  materialUrl: (caseNo: string, id: string) => apiUrl(`/cases/${segment(caseNo)}/materials/${segment(id)}/content`),
  paperUrl: (caseNo: string, paper: string) => apiUrl(`/cases/${segment(caseNo)}/papers/${segment(paper)}`),
};
