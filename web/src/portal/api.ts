/** What a citizen may ask the server; the shapes are those of the OpenAPI document. */
import type { components } from '@/api/schema';

type S = components['schemas'];
export type Session = S['CitizenSessionView'];
export type CertificateLine = S['ECertificateLine'];
export type OwnCertificate = S['OwnCertificate'];
export type Use = S['UseView'];
export type Grant = S['GrantView'];
export type GrantOrder = S['GrantOrder'];
export interface Paged<T> {
  items: T[];
  next_cursor?: string | null;
}

/** A sentence for the person; `status` 401 means that the session has ended. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }
}

const BASE = '/api/v1/citizen';
let csrf = '';

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    const headers: Record<string, string> = method === 'GET' ? {} : { 'X-CSRF-Token': csrf };
    if (body !== undefined) headers['content-type'] = 'application/json';
    answer = await fetch(BASE + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused('连接不上服务器，请检查网络后再试。', 0, 'offline');
  }
  if (answer.ok) return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
  let said = '操作没有完成，请稍后再试。';
  let code = '';
  try {
    const problem = (await answer.json()) as {
      title?: string;
      detail?: string;
      code?: string;
      errors?: { message: string }[];
    };
    code = problem.code ?? '';
    said = problem.errors?.length
      ? problem.errors.map((e) => e.message).join('；')
      : [problem.title, problem.detail].filter(Boolean).join('：');
  } catch {
    /* a proxy's answer: the sentence above */
  }
  throw new Refused(said, answer.status, code);
}

function signed(session: Session): Session {
  csrf = session.csrf_token;
  return session;
}
const id = encodeURIComponent;

export const citizen = {
  session: async () => signed(await call<Session>('GET', '/session')),
  signIn: async (id_number: string, password: string) =>
    signed(await call<Session>('POST', '/session', { id_number, password })),
  signOut: () => call<void>('DELETE', '/session'),
  changePassword: (current: string, next: string) => call<void>('POST', '/password', { current, new: next }),
  certificates: async () => (await call<Paged<CertificateLine>>('GET', '/certificates')).items,
  certificate: (one: string) => call<OwnCertificate>('GET', `/certificates/${id(one)}`),
  uses: (one: string, cursor?: string) =>
    call<Paged<Use>>('GET', `/certificates/${id(one)}/uses${cursor ? `?cursor=${id(cursor)}` : ''}`),
  fileUrl: (one: string, format: 'ofd' | 'pdf') => `${BASE}/certificates/${id(one)}/files/${format}`,
  grants: (cursor?: string) => call<Paged<Grant>>('GET', `/grants${cursor ? `?cursor=${id(cursor)}` : ''}`),
  grantUses: async (one: string) => (await call<Paged<Use>>('GET', `/grants/${id(one)}/uses`)).items,
  give: (order: GrantOrder) => call<S['GrantGiven']>('POST', '/grants', order),
  revoke: (one: string) => call<Grant>('POST', `/grants/${id(one)}/revocation`),
};
