import { client, ok } from './http';
import type { Business, BusinessDetail, CodeList } from './types';

export const referenceApi = {
  catalogue: async () => (await ok(client.GET('/api/v1/catalogue'))).items as Business[],
  business: async (code: string) =>
    (await ok(client.GET('/api/v1/catalogue/{code}', { params: { path: { code } } }))) as BusinessDetail,
  codes: (list: string): Promise<CodeList> => ok(client.GET('/api/v1/codes/{list}', { params: { path: { list } } })),
};
