import { client, head, ok } from './http';
import type { components, paths } from './schema';
import type { Listed } from './types';

type S = components['schemas'];
export type CaseService = S['CaseServiceView'];
export type ServedDocument = S['ServedDocumentView'];
export type ServedPerson = S['ServedPersonView'];
export type ServiceAttempt = S['AttemptView'];
export type ServiceMethod = S['MethodView'];
export type ServiceNeed = S['Need'];
export type ServiceInput = S['ServiceInput'];
export type AnnulmentInput = S['AnnulmentInput'];
export type WaitingService = S['WaitingView'];
export type WaitingQuery = NonNullable<paths['/api/v1/service']['get']['parameters']['query']>;

const at = (case_no: string) => ({ path: { case_no } });

/** 文书送达: decisions that must reach the applicants in writing. */
export const serviceApi = {
  ofCase: async (caseNo: string): Promise<CaseService> =>
    ok(client.GET('/api/v1/cases/{case_no}/service', { params: at(caseNo) })),
  record: (caseNo: string, version: number, body: ServiceInput, key: string): Promise<CaseService> =>
    ok(client.POST('/api/v1/cases/{case_no}/service', { params: { ...at(caseNo), header: head(key, version) }, body })),
  annul: (caseNo: string, version: number, body: AnnulmentInput, key: string): Promise<CaseService> =>
    ok(
      client.POST('/api/v1/cases/{case_no}/service/annulments', {
        params: { ...at(caseNo), header: head(key, version) },
        body,
      }),
    ),
  waiting: async (query: WaitingQuery) =>
    (await ok(client.GET('/api/v1/service', { params: { query } }))) as Listed<WaitingService>,
};
