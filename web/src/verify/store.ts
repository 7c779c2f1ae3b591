import { bytesOf, hexOf } from './base32';
import { readStatusList, trustedKeys, type KeySet, type SignedKeySet, type StatusList } from './trust';

/** What the page keeps for checks without network: the root's key, the key set, the status lists. */
const ROOT = 'dengbu-ecert-root';
const KEYS = 'dengbu-ecert-keys';
const LIST = 'dengbu-ecert-list-';
const BASE = '/api/v1/public/certificates';

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    // private windows may refuse storage: then there is no check without network
    return null;
  }
}
function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* as above, or full: the next check asks the server again */
  }
}

export interface Kept<T> {
  value: T | null;
  /** True when it comes from this browser and not from the server. */
  old: boolean;
}

/** The key set: the server's, or the one kept. The first root seen is kept; another root is refused. */
export async function keySet(): Promise<Kept<KeySet>> {
  const pinned = read(ROOT);
  try {
    const answer = await fetch(`${BASE}/keys`);
    if (answer.ok) {
      const given = (await answer.json()) as SignedKeySet;
      const set = trustedKeys(given, pinned);
      if (set) {
        write(ROOT, given.root_key);
        write(KEYS, JSON.stringify(given));
        return { value: set, old: false };
      }
    }
  } catch {
    /* no network: what is kept counts */
  }
  const kept = read(KEYS);
  return { value: kept && pinned ? trustedKeys(JSON.parse(kept) as SignedKeySet, pinned) : null, old: true };
}

/** The status list of an authority: the server's, or the one kept. */
export async function statusList(authority: string, keys: KeySet | null): Promise<Kept<StatusList>> {
  if (!keys) return { value: null, old: true };
  try {
    const answer = await fetch(`${BASE}/status/${authority}`);
    if (answer.ok) {
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const list = readStatusList(bytes, keys);
      if (list) {
        write(LIST + authority, hexOf(bytes));
        return { value: list, old: false };
      }
    }
  } catch {
    /* no network: what is kept counts */
  }
  const kept = read(LIST + authority);
  return { value: kept ? readStatusList(bytesOf(kept), keys) : null, old: true };
}
