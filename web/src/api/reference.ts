import { client, ok } from './http';
import type { Business, CodeList } from './types';

export const referenceApi = {
  catalogue: async () => (await ok(client.GET('/api/v1/catalogue'))).items as Business[],
  codes: (list: string): Promise<CodeList> => ok(client.GET('/api/v1/codes/{list}', { params: { path: { list } } })),
};
