import { client, head, newKey, ok } from './http';
import type { components } from './schema';

type S = components['schemas'];
export type AutoSwitch = S['SwitchView'];
export type Channel = S['ChannelView'];
export type AfterCheck = S['AfterCheckView'];
export type AfterCheckDetail = S['AfterCheckDetail'];
export type CommittedDays = S['PromiseView'];
export type ExtraMaterial = S['ExtraMaterialView'];
export type ExtraMaterialChange = S['ExtraMaterialChange'];
export type AfterCheckState = 'open' | 'passed' | 'failed';

/** What an authority sets for itself, and what it looks at afterwards. */
export const settingsApi = {
  switches: async (): Promise<AutoSwitch[]> => (await ok(client.GET('/api/v1/authority/automatic'))).items,
  saveSwitch: (business: string, enabled: boolean, percent: number): Promise<AutoSwitch> =>
    ok(
      client.PUT('/api/v1/authority/automatic/{business}', {
        params: { path: { business }, header: head(newKey()) },
        body: { enabled, after_check_percent: percent },
      }),
    ),
  channels: async (): Promise<Channel[]> => (await ok(client.GET('/api/v1/authority/trusted-channels'))).items,
  saveChannel: (account: string, sources: string[]): Promise<Channel> =>
    ok(
      client.PUT('/api/v1/authority/trusted-channels/{account}', {
        params: { path: { account }, header: head(newKey()) },
        body: { sources },
      }),
    ),
  days: async (): Promise<CommittedDays[]> => (await ok(client.GET('/api/v1/authority/committed-days'))).items,
  saveDays: (business: string, days: number | null): Promise<CommittedDays> =>
    ok(
      client.PUT('/api/v1/authority/committed-days/{business}', {
        params: { path: { business }, header: head(newKey()) },
        body: { days },
      }),
    ),
  extras: async (): Promise<S['ExtraMaterialsView'][]> =>
    (await ok(client.GET('/api/v1/authority/extra-materials'))).items,
  saveExtras: (business: string, items: ExtraMaterialChange[]): Promise<S['ExtraMaterialsView']> =>
    ok(
      client.PUT('/api/v1/authority/extra-materials/{business}', {
        params: { path: { business }, header: head(newKey()) },
        body: { items },
      }),
    ),
  afterChecks: (state: AfterCheckState | undefined, cursor?: string) =>
    ok(client.GET('/api/v1/after-checks', { params: { query: { state, cursor, limit: 50 } } })),
  afterCheck: (case_no: string): Promise<AfterCheckDetail> =>
    ok(client.GET('/api/v1/after-checks/{case_no}', { params: { path: { case_no } } })),
  noteAfterCheck: (case_no: string, passed: boolean, note: string, key: string) =>
    ok(
      client.POST('/api/v1/after-checks/{case_no}', {
        params: { path: { case_no }, header: head(key) },
        body: { passed, note },
      }),
    ),
};
