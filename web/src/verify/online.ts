import type { components } from '@/api/schema';

/** What the server says of a certificate. */
export type Verdict = components['schemas']['Verdict'];

/** What an owner's grant shows. */
export type Opened = components['schemas']['GrantOpened'];

const BASE = '/api/v1/public/certificates';

/** A sentence for the person. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly offline = false,
  ) {
    super(message);
  }
}

async function answered(call: Promise<Response>): Promise<Response> {
  let answer: Response;
  try {
    answer = await call;
  } catch {
    throw new Refused('连接不上查验服务，请检查网络。', true);
  }
  if (answer.ok) return answer;
  let said = '查验没有完成，请稍后再试。';
  try {
    const problem = (await answer.json()) as { title?: string; detail?: string; errors?: { message: string }[] };
    said = problem.errors?.[0]?.message ?? [problem.title, problem.detail].filter(Boolean).join('：');
  } catch {
    /* a proxy's answer: the sentence above */
  }
  throw new Refused(said, answer.status >= 502);
}

async function take<T>(call: Promise<Response>): Promise<T> {
  return (await (await answered(call)).json()) as T;
}
function send(path: string, body: unknown): Promise<Response> {
  return fetch(BASE + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const online = {
  openGrant: (code: string, grantee: string) => take<Opened>(send('/grants/open', { code, grantee })),
  grantCopy: async (code: string, grantee: string, format: 'ofd' | 'pdf') =>
    (await answered(send('/grants/copy', { code, grantee, format }))).blob(),
  code: (text: string) => take<Verdict>(fetch(`${BASE}/code/${encodeURIComponent(text)}`)),
  number: (certificate_no: string, holder_name: string) =>
    take<Verdict>(send('/check', { certificate_no, holder_name })),
  file: (file: File) => {
    const form = new FormData();
    form.set('file', file, file.name);
    return take<Verdict>(fetch(`${BASE}/file`, { method: 'POST', body: form }));
  },
};
