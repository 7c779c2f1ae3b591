import { client, head, newKey, ok } from './http';
import type { Session, TotpEnrolment } from './types';

const header = () => head(newKey());
const take = async (call: Promise<unknown>): Promise<Session> => (await call) as Session;
export const sessionApi = {
  current: () => take(ok(client.GET('/api/v1/session'))),
  signIn: (username: string, password: string) =>
    take(ok(client.POST('/api/v1/session', { body: { username, password } }))),
  signOut: () => ok(client.DELETE('/api/v1/session', { params: { header: header() } })),
  totp: (code: string) =>
    take(ok(client.POST('/api/v1/session/totp', { params: { header: header() }, body: { code } }))),
  enrol: (): Promise<TotpEnrolment> =>
    ok(client.POST('/api/v1/session/totp/enrolment', { params: { header: header() } })),
  confirmEnrolment: (code: string) =>
    take(ok(client.POST('/api/v1/session/totp/confirmation', { params: { header: header() }, body: { code } }))),
  changePassword: (current: string, next: string) =>
    take(ok(client.POST('/api/v1/session/password', { params: { header: header() }, body: { current, new: next } }))),
};
