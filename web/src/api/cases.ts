import { apiUrl, http, segment, type Query } from './http';
import type { ActionRequest, Application, CaseList, CaseView, Material, Violation } from './types';

const at = (caseNo: string) => `/cases/${segment(caseNo)}`;
export interface MaterialUpload { file: File; item: string; copies: number; original: boolean; pages: number }

export const casesApi = {
  list: (query: Query, signal?: AbortSignal) => http.get<CaseList>('/cases', query, { signal }),
  create: (body: { business: string; units: string[]; target_right_id?: string }, key: string) => http.post<CaseView>('/cases', body, { key }),
  read: (caseNo: string) => http.get<CaseView>(at(caseNo)),
  save: (caseNo: string, version: number, application: Application, key: string) => http.put<CaseView>(`${at(caseNo)}/application`, application, { version, key }),
  check: (caseNo: string) => http.get<{ violations: Violation[] }>(`${at(caseNo)}/checks`),
  act: (caseNo: string, version: number, body: ActionRequest, key: string) => http.post<CaseView>(`${at(caseNo)}/actions`, body, { version, key }),
  upload(caseNo: string, upload: MaterialUpload, key: string) {
    const form = new FormData();
    form.set('item', upload.item);
    form.set('copies', String(upload.copies));
    form.set('original', String(upload.original));
    form.set('pages', String(upload.pages));
    form.set('file', upload.file, upload.file.name);
    return http.post<Material>(`${at(caseNo)}/materials`, form, { key });
  },
  removeMaterial: (caseNo: string, id: string) => http.delete<void>(`${at(caseNo)}/materials/${segment(id)}`),
  verify: (caseNo: string, id: string, verified: boolean) => http.post<Material | undefined>(`${at(caseNo)}/materials/${segment(id)}/verification`, { verified }),
  materialUrl: (caseNo: string, id: string) => apiUrl(`${at(caseNo)}/materials/${segment(id)}/content`),
  paperUrl: (caseNo: string, paper: string) => apiUrl(`${at(caseNo)}/papers/${segment(paper)}`),
};
