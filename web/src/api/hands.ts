import { client, head, newKey, ok } from './http';
import type { components } from './schema';
import type { CaseView } from './types';

type S = components['schemas'];
export type Assignee = S['Assignee'];
export type Reassigned = S['Reassigned'];
export type Deputies = S['Deputies'];
export type DeputyInput = S['DeputyInput'];

/** In whose hands cases are: handing them over, and who stands in for whom. */
export const handsApi = {
  assignees: async (case_no: string): Promise<Assignee[]> =>
    (await ok(client.GET('/api/v1/cases/{case_no}/assignees', { params: { path: { case_no } } }))).items,
  reassign: (body: S['ReassignRequest'], key: string): Promise<Reassigned> =>
    ok(client.POST('/api/v1/board/reassignments', { params: { header: head(key) }, body })),
  join: async (case_no: string, version: number, withCase: string, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/joint', {
        params: { path: { case_no }, header: head(key, version) },
        body: { with: withCase },
      }),
    )) as unknown as CaseView,
  part: async (case_no: string, version: number, reason: string, key: string) =>
    (await ok(
      client.POST('/api/v1/cases/{case_no}/joint/parting', {
        params: { path: { case_no }, header: head(key, version) },
        body: { reason },
      }),
    )) as unknown as CaseView,
  deputies: (): Promise<Deputies> => ok(client.GET('/api/v1/deputies')),
  nameDeputy: (body: DeputyInput, key: string): Promise<Deputies> =>
    ok(client.POST('/api/v1/deputies', { params: { header: head(key) }, body })),
  endDeputy: (deputy_id: string): Promise<Deputies> =>
    ok(client.POST('/api/v1/deputies/{deputy_id}/end', { params: { path: { deputy_id }, header: head(newKey()) } })),
};
