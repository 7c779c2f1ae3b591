import { http } from './http';
import type { Session, TotpEnrolment } from './types';

const quiet = { noRetry: true };
export const sessionApi = {
  current: () => http.get<Session>('/session', undefined, quiet),
  signIn: (username: string, password: string) => http.post<Session>('/session', { username, password }, quiet),
  signOut: () => http.delete<void>('/session', quiet),
  totp: (code: string) => http.post<Session | undefined>('/session/totp', { code }, quiet),
  enrol: () => http.post<TotpEnrolment>('/session/totp/enrolment', {}, quiet),
  confirmEnrolment: (code: string) => http.post<Session | undefined>('/session/totp/confirmation', { code }, quiet),
  changePassword: (current: string, next: string) => http.post<Session | undefined>('/session/password', { current, new: next }, quiet),
};
