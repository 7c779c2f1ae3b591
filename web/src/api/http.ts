import createClient from 'openapi-fetch';
import { problemFor, problemOf } from './problem';
import type { paths } from './schema';

/**
 * One door to `/api/v1`, typed by the server's own OpenAPI document. It adds the CSRF token, turns every failure
 * into an `ApiProblem`, and when the session has ended waits for the person to sign in again in the dialog and
 * then repeats the call, so that no typed content is lost.
 */
const BASE = '/api/v1';
let csrf = '';
let askToSignInAgain: (() => Promise<boolean>) | null = null;
let onActivity: (() => void) | null = null;

export function setCsrf(token: string): void {
  csrf = token;
}
/** For the one call that cannot go through `client`: an upload that tells how far it is. */
export function csrfToken(): string {
  return csrf;
}
export function onSessionLost(ask: (() => Promise<boolean>) | null): void {
  askToSignInAgain = ask;
}
export function onServerActivity(call: (() => void) | null): void {
  onActivity = call;
}

async function once(request: Request): Promise<Response> {
  if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrf);
  try {
    return await fetch(request);
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw problemFor(0);
  }
}

/** Calls of the session itself: a 401 there is an answer, not a lost session. */
function aboutSession(request: Request): boolean {
  return new URL(request.url).pathname.startsWith(`${BASE}/session`);
}

async function send(request: Request): Promise<Response> {
  const spare = request.clone();
  let response = await once(request);
  if (response.status === 401 && !aboutSession(spare) && askToSignInAgain && (await askToSignInAgain()))
    response = await once(spare);
  if (!response.ok) throw await problemOf(response);
  onActivity?.();
  return response;
}

export const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  credentials: 'same-origin',
  fetch: send,
  // Empty filters stay out of the address: the server refuses what it cannot read.
  querySerializer: (query) => {
    const parts = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {}))
      if (value !== undefined && value !== null && value !== '') parts.set(name, String(value));
    return parts.toString();
  },
});

/** The body of an answer; failures were thrown before. */
export async function ok<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

export interface WriteHead {
  'X-CSRF-Token': string;
  'Idempotency-Key': string;
  'If-Match': string;
}
/**
 * Headers of a write. `key`: one per form instance, so that pressing the button twice does the thing once;
 * `version`: what the person saw, so that nobody's change is overwritten unseen.
 */
export function head(key: string, version?: number): WriteHead {
  const headers = { 'X-CSRF-Token': csrf, 'Idempotency-Key': key } as WriteHead;
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  return headers;
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

export function apiUrl(path: string): string {
  return BASE + path;
}
export function segment(value: string): string {
  return encodeURIComponent(value);
}
