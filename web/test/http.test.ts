import { afterEach, describe, expect, it, vi } from 'vitest';
import { casesApi } from '@/api/cases';
import { newKey, onSessionLost, setCsrf } from '@/api/http';
import { referenceApi } from '@/api/reference';
import { sessionApi } from '@/api/session';
import { unitsApi } from '@/api/units';
import { transfer } from './fixtures';
import { ApiProblem, asProblem, problemOf } from '@/api/problem';

function answer(
  status: number,
  body: unknown,
  type = 'application/problem+json',
  headers: Record<string, string> = {},
): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'content-type': type, ...headers },
  });
}
const ok = (body: unknown): Response => answer(200, body, 'application/json');
afterEach(() => {
  vi.unstubAllGlobals();
  onSessionLost(null);
});

async function failure(promise: Promise<unknown>): Promise<ApiProblem> {
  try {
    await promise;
  } catch (thrown) {
    return asProblem(thrown);
  }
  throw new Error('expected a failure');
}

describe('problem documents', () => {
  it('carries field errors, violations and the request number', async () => {
    const problem = await problemOf(
      answer(422, {
        title: '填写有误',
        detail: '有 1 处',
        code: 'invalid',
        request_id: 'r-1',
        errors: [{ field: '/holders/0/party/id/number', code: 'check_digit', message: '校验位不对' }, { bad: 1 }],
        violations: [
          { rule: 'R10', severity: 'block', message: '已查封', law: '《民法典》', field: null, citizen_message: null },
        ],
      }),
    );
    expect(problem.errors).toEqual([
      { field: '/holders/0/party/id/number', code: 'check_digit', message: '校验位不对' },
    ]);
    expect(problem.violations[0]?.rule).toBe('R10');
    expect(problem.text).toBe('填写有误：有 1 处');
  });
  it('has Chinese words when a proxy answered with HTML', async () => {
    const problem = await problemOf(answer(502, '<html>', 'text/html', { 'x-request-id': 'r-9' }));
    expect(problem.text).toContain('系统出错了');
    expect(problem.text).toContain('r-9');
    expect((await problemOf(answer(413, ''))).text).toContain('20 MB');
  });
  it('knows a stale version', async () =>
    expect((await problemOf(answer(409, { code: 'stale_version', title: 'x' }))).stale).toBe(true));
});

describe('calls', () => {
  it('adds CSRF, idempotency key and If-Match to writes only', async () => {
    const seen: Request[] = [];
    vi.stubGlobal('fetch', async (request: Request) => {
      seen.push(request);
      return ok({});
    });
    setCsrf('token-1');
    await referenceApi.codes('证件种类');
    await casesApi.save('51040020261123000001', 7, transfer(), 'key-12345');
    const [read, write] = seen;
    expect(decodeURIComponent(new URL(read!.url).pathname)).toBe('/api/v1/codes/证件种类');
    expect(read!.headers.get('Idempotency-Key')).toBeNull();
    expect(write!.method).toBe('PUT');
    expect(
      ['X-CSRF-Token', 'Idempotency-Key', 'If-Match', 'Content-Type'].map((name) => write!.headers.get(name)),
    ).toEqual(['token-1', 'key-12345', '"7"', 'application/json']);
    expect(((await write!.json()) as { reason: string }).reason).toBe('买卖');
  });
  it('says so when the server cannot be reached', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('network');
    });
    const problem = await failure(sessionApi.current());
    expect(problem.offline).toBe(true);
    expect(problem.text).toContain('连接不上服务器');
  });
  it('waits for the new sign-in and repeats the call with the same key, the same body and the new token', async () => {
    const seen: { key: string | null; token: string | null; body: string }[] = [];
    vi.stubGlobal('fetch', async (request: Request) => {
      seen.push({
        key: request.headers.get('Idempotency-Key'),
        token: request.headers.get('X-CSRF-Token'),
        body: await request.text(),
      });
      return seen.length === 1 ? answer(401, { code: 'session_idle', title: '登录已失效' }) : ok({ case_no: '1' });
    });
    setCsrf('token-1');
    onSessionLost(async () => {
      setCsrf('token-2');
      return true;
    });
    expect(await casesApi.create({ business: '200-04-02', units: [] }, 'key-12345')).toEqual({ case_no: '1' });
    expect(seen.map((s) => [s.key, s.token])).toEqual([
      ['key-12345', 'token-1'],
      ['key-12345', 'token-2'],
    ]);
    expect(seen[1]?.body).toBe(seen[0]?.body);
  });
  it('gives up when the person does not sign in, and never asks for the session itself', async () => {
    const ask = vi.fn(async () => false);
    vi.stubGlobal('fetch', async () => answer(401, { code: 'not_signed_in', title: '登录已失效' }));
    onSessionLost(ask);
    expect((await failure(sessionApi.current())).status).toBe(401);
    expect(ask).not.toHaveBeenCalled();
    expect((await failure(casesApi.read('1'))).status).toBe(401);
    expect(ask).toHaveBeenCalledTimes(1);
  });
  it('leaves empty filters out of the address', async () => {
    let url = '';
    vi.stubGlobal('fetch', async (request: Request) => {
      url = request.url;
      return ok({ items: [], next_cursor: null });
    });
    await unitsApi.search({ q: '张 三', by: 'holder', reason: '', cursor: undefined, limit: 20 });
    expect(new URL(url).search).toBe('?q=%E5%BC%A0+%E4%B8%89&by=holder&limit=20');
  });
  it('makes UUIDs also without randomUUID', () => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(171) });
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
