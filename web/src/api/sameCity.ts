import { client, head, newKey, ok } from './http';
import type { components } from './schema';

type S = components['schemas'];
export type Matrix = S['MatrixView'];
export type MatrixCell = S['CellView'];
export type CityOffice = S['DeskView'];
export type Delegations = S['Delegations'];
export type Delegation = S['DelegationView'];
export type NewDelegation = S['NewDelegation'];

/** 同城通办: which office may take what for which district, and delegated reviews. */
export const sameCityApi = {
  matrix: (): Promise<Matrix> => ok(client.GET('/api/v1/same-city/matrix')),
  saveMatrix: (version: number, cells: MatrixCell[], key: string): Promise<Matrix> =>
    ok(client.PUT('/api/v1/same-city/matrix', { params: { header: head(key, version) }, body: { cells } })),
  delegations: (): Promise<Delegations> => ok(client.GET('/api/v1/same-city/delegations')),
  delegate: (body: NewDelegation, key: string): Promise<Delegation> =>
    ok(client.POST('/api/v1/same-city/delegations', { params: { header: head(key) }, body })),
  end: (id: string) =>
    ok(client.POST('/api/v1/same-city/delegations/{id}/end', { params: { path: { id }, header: head(newKey()) } })),
};
