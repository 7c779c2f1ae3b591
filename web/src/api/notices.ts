import { client, head, ok } from './http';
import type { components, paths } from './schema';
import type { CaseView, Listed } from './types';

type S = components['schemas'];
export type NoticePanel = S['NoticePanel'];
export type NoticeView = S['NoticeView'];
export type ObjectionView = S['ObjectionView'];
export type NoticeInput = S['NoticeInput'];
export type ObjectionInput = S['ObjectionInput'];
export type SuspensionReason = S['SuspensionReason'];
export type NoticeQuery = NonNullable<paths['/api/v1/notices']['get']['parameters']['query']>;

const on = (case_no: string, version: number, key: string) => ({ path: { case_no }, header: head(key, version) });

/** What keeps a case waiting: its public notice, and a clock that was stopped. */
export const noticesApi = {
  list: async (query: NoticeQuery) =>
    (await ok(client.GET('/api/v1/notices', { params: { query } }))) as Listed<NoticeView>,
  ofCase: (case_no: string): Promise<NoticePanel> =>
    ok(client.GET('/api/v1/cases/{case_no}/notice', { params: { path: { case_no } } })),
  publish: async (caseNo: string, version: number, body: NoticeInput, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/notice', { params: on(caseNo, version, key), body }),
    )) as unknown as CaseView,
  withdraw: async (caseNo: string, version: number, reason: string, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/notice/withdrawal', { params: on(caseNo, version, key), body: { reason } }),
    )) as unknown as CaseView,
  object: async (caseNo: string, version: number, body: ObjectionInput, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/objections', { params: on(caseNo, version, key), body }),
    )) as unknown as CaseView,
  decide: async (
    caseNo: string,
    version: number,
    objection_id: string,
    body: { upheld: boolean; reason: string },
    key: string,
  ) => {
    const { path, header } = on(caseNo, version, key);
    return (await ok(
      client.POST('/api/v1/cases/{case_no}/objections/{objection_id}/decision', {
        params: { path: { ...path, objection_id }, header },
        body,
      }),
    )) as unknown as CaseView;
  },
  suspensionReasons: (case_no: string): Promise<SuspensionReason[]> =>
    ok(client.GET('/api/v1/cases/{case_no}/suspension-reasons', { params: { path: { case_no } } })),
  suspend: async (
    caseNo: string,
    version: number,
    body: { reason_code: string; reason: string; until: string },
    key: string,
  ) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/suspension', { params: on(caseNo, version, key), body }),
    )) as unknown as CaseView,
  resume: async (caseNo: string, version: number, reason: string, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/resumption', { params: on(caseNo, version, key), body: { reason } }),
    )) as unknown as CaseView,
};
