import { ApiProblem, problemFor, problemOf } from './problem';

/**
 * One door to `/api/v1`: adds the CSRF header, the idempotency key and `If-Match`, and turns every failure
 * into an `ApiProblem`. When the session has ended, it waits for the person to sign in again in the dialog
 * and then repeats the call, so that no typed content is lost.
 */
const BASE = '/api/v1';
let csrf = '';
let askToSignInAgain: (() => Promise<boolean>) | null = null;
let onActivity: (() => void) | null = null;

export function setCsrf(token: string): void { csrf = token; }
export function onSessionLost(ask: (() => Promise<boolean>) | null): void { askToSignInAgain = ask; }
export function onServerActivity(call: (() => void) | null): void { onActivity = call; }

export type Query = Record<string, string | number | boolean | null | undefined>;
export interface SendOptions {
  /** Version of the resource that the person saw. */
  version?: number;
  /** One key per form instance: pressing the button twice must not do the thing twice. */
  key?: string;
  signal?: AbortSignal;
  /** True for the session calls themselves: a 401 there is an answer, not a lost session. */
  noRetry?: boolean;
}

export function withQuery(path: string, query?: Query): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') parts.set(name, String(value));
  }
  const tail = parts.toString();
  return tail ? `${path}?${tail}` : path;
}

export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  // Chromium 87–91 and plain-HTTP origins have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

async function once(method: string, path: string, body: unknown, options: SendOptions, key: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  let payload: BodyInit | undefined;
  if (body instanceof FormData) payload = body;
  else if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    payload = JSON.stringify(body);
  }
  if (method !== 'GET') {
    headers['X-CSRF-Token'] = csrf;
    headers['Idempotency-Key'] = key;
  }
  if (options.version !== undefined) headers['If-Match'] = `"${options.version}"`;
  try {
    return await fetch(BASE + path, { method, headers, body: payload, credentials: 'same-origin', signal: options.signal });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw problemFor(0);
  }
}

async function call<T>(method: string, path: string, body: unknown, options: SendOptions): Promise<T> {
  const key = options.key ?? newKey();
  let response = await once(method, path, body, options, key);
  if (response.status === 401 && !options.noRetry && askToSignInAgain && (await askToSignInAgain())) {
    response = await once(method, path, body, options, key);
  }
  if (!response.ok) throw await problemOf(response);
  onActivity?.();
  if (response.status === 204) return undefined as T;
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('json')) throw new ApiProblem(response.status, 'not_json', '服务器的回答无法识别', '请刷新页面；仍然如此请联系系统管理员。', null);
  return (await response.json()) as T;
}

export const http = {
  get: <T>(path: string, query?: Query, options: SendOptions = {}) => call<T>('GET', withQuery(path, query), undefined, options),
  post: <T>(path: string, body?: unknown, options: SendOptions = {}) => call<T>('POST', path, body, options),
  put: <T>(path: string, body?: unknown, options: SendOptions = {}) => call<T>('PUT', path, body, options),
  delete: <T>(path: string, options: SendOptions = {}) => call<T>('DELETE', path, undefined, options),
};

export function apiUrl(path: string): string { return BASE + path; }
export function segment(value: string): string { return encodeURIComponent(value); }
