import { sm2, sm3 } from 'sm-crypto-v2';
import { bytesOf, hexOf } from './base32';
import { numberOf, type Payload } from './payload';

/** A key that an authority signs with. */
export interface IssuerKey {
  authority: string;
  authority_name: string;
  number_place: [string, string];
  key_id: number;
  public_key: string;
  from: string;
  to: string;
  revoked_on: string | null;
}
export interface KeySet {
  number: number;
  made_on: string;
  keys: IssuerKey[];
}
/** As the server publishes it: the set exactly as it was signed by the root. */
export interface SignedKeySet {
  set: string;
  root_key: string;
  signature: string;
}

/** SM2 with SM3 and the default identity (GB/T 32918.2, GB/T 35276). Anything that is no signature is a wrong one. */
export function signedBy(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return sm2.doVerifySignature(message, hexOf(signature), publicKey, { hash: true, der: false });
  } catch {
    return false;
  }
}

/**
 * The set if the root's signature fits. `pinned`: the root's key that this browser keeps from the first time;
 * a set of another root is refused.
 */
export function trustedKeys(given: SignedKeySet, pinned: string | null): KeySet | null {
  if (pinned !== null && pinned !== given.root_key) return null;
  const fits = signedBy(given.root_key, new TextEncoder().encode(given.set), bytesOf(given.signature));
  return fits ? (JSON.parse(given.set) as KeySet) : null;
}

export type ListStatus = 'valid' | 'suspended' | 'replaced' | 'revoked';
const STATUSES: ListStatus[] = ['valid', 'suspended', 'replaced', 'revoked'];

/** A signed list of states; its layout stands in the crate dengbu-ecert, module status_list. */
export interface StatusList {
  authority: string;
  number: number;
  madeAt: Date;
  nextBy: Date;
  count: number;
  /** The state at a place; null behind the end of the list. */
  at(index: number): ListStatus | null;
}

export function readStatusList(bytes: Uint8Array, keys: KeySet): StatusList | null {
  if (bytes.length < 96) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(28);
  const magic = new TextDecoder().decode(bytes.subarray(0, 4));
  if (magic !== 'DBS1' || bytes.length !== 32 + Math.ceil(count / 4) + 64) return null;
  const authority = String(view.getUint32(3) & 0xffffff).padStart(6, '0');
  const key = keys.keys.find((k) => k.authority === authority && k.key_id === view.getUint8(7));
  const end = bytes.length - 64;
  if (!key || !signedBy(key.public_key, bytes.subarray(0, end), bytes.subarray(end))) return null;
  const seconds = (offset: number) => new Date(Number(view.getBigUint64(offset)) * 1000);
  return {
    authority,
    number: view.getUint32(8),
    madeAt: seconds(12),
    nextBy: seconds(20),
    count,
    at: (index) =>
      index < count ? (STATUSES[((bytes[32 + (index >> 2)] ?? 0) >> ((index % 4) * 2)) & 3] ?? null) : null,
  };
}

/** What the check of a code without network found. */
export type Found =
  | { kind: 'no_keys' }
  | { kind: 'unknown_key' }
  | { kind: 'forged' }
  | { kind: 'withdrawn'; key: IssuerKey }
  | { kind: 'genuine'; key: IssuerKey; status: ListStatus | null; list: StatusList | null };

/** Judges a code by the keys and the list at hand. */
export function judge(payload: Payload, keys: KeySet | null, list: StatusList | null): Found {
  if (!keys) return { kind: 'no_keys' };
  const key = keys.keys.find((k) => k.authority === payload.authority && k.key_id === payload.keyId);
  if (!key) return { kind: 'unknown_key' };
  if (!signedBy(key.public_key, payload.signed, payload.signature)) return { kind: 'forged' };
  // the day of sealing is signed with the code; on the day of the revocation itself nothing is proven
  if (key.revoked_on && payload.statusAsOf >= key.revoked_on) return { kind: 'withdrawn', key };
  const own = list?.authority === payload.authority ? list : null;
  return { kind: 'genuine', key, status: own ? own.at(payload.listIndex) : null, list: own };
}

/** As a person may have typed it and as it stands in the register: the same text. */
function plain(text: string): string {
  return Array.from(text.normalize('NFC'))
    .filter((c) => !/\s/u.test(c))
    .map((c) => {
      if (c === ',' || c === '，') return '、';
      const code = c.codePointAt(0) ?? 0;
      return code >= 0xff01 && code <= 0xff5e ? String.fromCodePoint(code - 0xfee0) : c;
    })
    .join('');
}

/** Whether these are the holders' names that stand on the certificate; null when its number is not in the code. */
export function namesFit(payload: Payload, key: IssuerKey, names: string, number?: string): boolean | null {
  const no = number ?? numberOf(payload, key.number_place);
  if (!no) return null;
  const digest = sm3(new TextEncoder().encode(`${plain(no)}\n${plain(names)}\n`));
  return digest.startsWith(hexOf(payload.holderDigest));
}
