import { afterEach, describe, expect, it, vi } from 'vitest';
import { http, newKey, onSessionLost, setCsrf, withQuery } from '@/api/http';
import { ApiProblem, asProblem, problemOf } from '@/api/problem';

function answer(status: number, body: unknown, type = 'application/problem+json', headers: Record<string, string> = {}): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: { 'content-type': type, ...headers } });
}
const ok = (body: unknown): Response => answer(200, body, 'application/json');
afterEach(() => { vi.unstubAllGlobals(); onSessionLost(null); });

async function failure(promise: Promise<unknown>): Promise<ApiProblem> {
  try { await promise; } catch (thrown) { return asProblem(thrown); }
  throw new Error('expected a failure');
}

describe('problem documents', () => {
  it('carries field errors, violations and the request number', async () => {
    const problem = await problemOf(answer(422, { title: '填写有误', detail: '有 1 处', code: 'invalid', request_id: 'r-1', errors: [{ field: '/holders/0/party/id/number', code: 'check_digit', message: '校验位不对' }, { bad: 1 }], violations: [{ rule: 'R10', severity: 'block', message: '已查封', law: '《民法典》', field: null, citizen_message: null }] }));
    expect(problem.errors).toEqual([{ field: '/holders/0/party/id/number', code: 'check_digit', message: '校验位不对' }]);
    expect(problem.violations[0]?.rule).toBe('R10');
    expect(problem.text).toBe('填写有误：有 1 处');
  });
  it('has Chinese words when a proxy answered with HTML', async () => {
    const problem = await problemOf(answer(502, '<html>', 'text/html', { 'x-request-id': 'r-9' }));
    expect(problem.text).toContain('系统出错了');
    expect(problem.text).toContain('r-9');
    expect((await problemOf(answer(413, ''))).text).toContain('20 MB');
  });
  it('knows a stale version', async () => expect((await problemOf(answer(409, { code: 'stale_version', title: 'x' }))).stale).toBe(true));
});

describe('calls', () => {
  it('adds CSRF, idempotency key and If-Match to writes only', async () => {
    const seen: RequestInit[] = [];
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => { seen.push(init); return ok({}); });
    setCsrf('token-1');
    await http.get('/codes/x');
    await http.put('/cases/1/application', { a: 1 }, { version: 7, key: 'key-1' });
    const [read, write] = seen.map((init) => init.headers as Record<string, string>);
    expect(read?.['Idempotency-Key']).toBeUndefined();
    expect(write).toMatchObject({ 'X-CSRF-Token': 'token-1', 'Idempotency-Key': 'key-1', 'If-Match': '"7"', 'Content-Type': 'application/json' });
  });
  it('says so when the server cannot be reached', async () => {
    vi.stubGlobal('fetch', async () => { throw new TypeError('network'); });
    const problem = await failure(http.get('/session'));
    expect(problem.offline).toBe(true);
    expect(problem.text).toContain('连接不上服务器');
  });
  it('waits for the new sign-in and repeats the call with the same key', async () => {
    const keys: (string | undefined)[] = [];
    let first = true;
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      keys.push((init.headers as Record<string, string>)['Idempotency-Key']);
      if (first) { first = false; return answer(401, { code: 'session_idle', title: '登录已失效' }); }
      return ok({ done: true });
    });
    onSessionLost(async () => { setCsrf('token-2'); return true; });
    expect(await http.post('/cases', {})).toEqual({ done: true });
    expect(keys[0]).toBe(keys[1]);
  });
  it('gives up when the person does not sign in', async () => {
    vi.stubGlobal('fetch', async () => answer(401, { code: 'not_signed_in', title: '登录已失效' }));
    onSessionLost(async () => false);
    expect((await failure(http.get('/cases'))).status).toBe(401);
  });
  it('leaves empty filters out of the address', () => expect(withQuery('/units', { q: '张', by: '', cursor: null, limit: 20 })).toBe('/units?q=%E5%BC%A0&limit=20'));
  it('makes UUIDs also without randomUUID', () => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(171) });
    expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
