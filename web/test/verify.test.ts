import { describe, expect, it } from 'vitest';
import { bytesOf } from '@/verify/base32';
import { NotACode, numberOf, readPayload } from '@/verify/payload';
import { judge, namesFit, readStatusList, trustedKeys, type IssuerKey, type KeySet } from '@/verify/trust';
import { sayFound } from '@/verify/words';
import fixture from './fixtures/ecert.json';

/** The fixture is made by the crate dengbu-ecert with real SM2 (tests/offline_fixture.rs). */
const keys = trustedKeys(fixture.keys, null) as KeySet;
const list = readStatusList(bytesOf(fixture.statusList), keys);
const read = (at: number) => readPayload(fixture.codes[at] ?? '');
const word = (at: number) => sayFound(judge(read(at), keys, list), read(at)).word;

describe('code on a certificate', () => {
  it('is read as it was written', () => {
    const payload = read(0);
    expect(payload.kindName).toBe('不动产权证书');
    expect(payload.authority).toBe('510400');
    expect(payload.issuedOn).toBe('2026-11-23');
    expect(payload.unitCode).toBe(fixture.unit);
    expect(numberOf(payload, ['川', '攀枝花市'])).toBe(fixture.number);
    expect(readPayload(payload.text.toLowerCase()).unitCode).toBe(fixture.unit);
  });
  it('is refused when it is none', () => {
    for (const bad of ['', 'https://example.com/', 'AAAA', '汉字', 'A'.repeat(500)])
      expect(() => readPayload(bad)).toThrow(NotACode);
  });
  it('says what the signature and the list say', () => {
    expect([0, 1, 2, 3].map(word)).toEqual(['有效', '暂时失效', '已换发', '已注销']);
    // behind the end of the list: issued after it
    expect(word(5)).toBe('签名真实，状态未知');
    expect(judge(readPayload(fixture.stranger), keys, list).kind).toBe('forged');
    expect(judge(read(0), null, null).kind).toBe('no_keys');
    const other: KeySet = { ...keys, keys: keys.keys.filter((k) => k.key_id !== 1) };
    expect(judge(read(0), other, list).kind).toBe('unknown_key');
    const withdrawn: KeySet = { ...keys, keys: keys.keys.map((k) => ({ ...k, revoked_on: '2026-06-01' })) };
    expect(judge(read(0), withdrawn, list).kind).toBe('withdrawn');
    // sealed before the day of the revocation: genuine, and the time is to be confirmed on line
    const later: KeySet = { ...keys, keys: keys.keys.map((k) => ({ ...k, revoked_on: '2027-01-01' })) };
    const found = judge(read(0), later, list);
    expect(found.kind).toBe('genuine');
    expect(sayFound(found, read(0)).word).toBe('签名真实，请联网核实');
  });
  it('is forged when any byte of it changes', () => {
    const payload = read(0);
    for (let at = 0; at < payload.signed.length; at += 3) {
      const signed = payload.signed.slice();
      signed[at] = (signed[at] ?? 0) ^ 1;
      expect(judge({ ...payload, signed }, keys, list).kind).toBe('forged');
    }
  });
  it('confirms the names on the paper', () => {
    const key = keys.keys[0] as IssuerKey;
    expect(namesFit(read(0), key, fixture.holders)).toBe(true);
    expect(namesFit(read(0), key, ' 张示例，李示例 ')).toBe(true);
    expect(namesFit(read(0), key, '张示例')).toBe(false);
  });
});

describe('keys and lists', () => {
  it('are taken only under the root that was seen first', () => {
    expect(keys.keys).toHaveLength(2);
    expect(trustedKeys(fixture.foreignKeys, fixture.keys.root_key)).toBeNull();
    expect(trustedKeys({ ...fixture.keys, set: fixture.keys.set.replace('510400', '510421') }, null)).toBeNull();
  });
  it('are refused when altered or cut', () => {
    expect(list?.count).toBe(5);
    expect(readStatusList(bytesOf(fixture.forgedList), keys)).toBeNull();
    const bytes = bytesOf(fixture.statusList);
    expect(readStatusList(bytes.slice(0, -1), keys)).toBeNull();
    bytes[32] = (bytes[32] ?? 0) ^ 3;
    expect(readStatusList(bytes, keys)).toBeNull();
  });
});
