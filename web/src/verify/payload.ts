import { decodeBase32 } from './base32';

/** What the code on a certificate says; the layout of its 118 bytes stands in the crate dengbu-ecert, module qr. */
export interface Payload {
  keyId: number;
  kind: number;
  kindName: string;
  listIndex: number;
  issuedOn: string;
  statusAsOf: string;
  /** Six digits. */
  authority: string;
  year: number | null;
  serial: number | null;
  version: number;
  /** First bytes of the digest of number and holders, hexadecimal. */
  holderDigest: Uint8Array;
  unitCode: string | null;
  /** The bytes that are signed. */
  signed: Uint8Array;
  signature: Uint8Array;
  /** The payload as it stood in the code, base 32. */
  text: string;
}

const LENGTH = 118;
const SIGNED = 54;
const KINDS: Record<number, string> = {
  1: '不动产权证书',
  2: '不动产登记证明',
  3: '个人住房登记情况查询证明',
  4: '不动产登记资料查询结果证明',
  5: '不动产登记簿查询摘录',
};

/** A sentence for the person: the text is no code of ours, or not read completely. */
export class NotACode extends Error {}

function day(number: number): string {
  return new Date(number * 86_400_000).toISOString().slice(0, 10);
}

/** How many values each of the 28 characters of a unit code can have, from the last to the first. */
const RADIX: [count: number, radix: bigint][] = [
  [8, 36n],
  [1, 26n],
  [5, 10n],
  [2, 26n],
  [12, 10n],
];

function unitOf(bytes: Uint8Array): string | null {
  let packed = 0n;
  for (const byte of bytes) packed = (packed << 8n) | BigInt(byte);
  if (packed === 0n) return null;
  let out = '';
  for (const [count, radix] of RADIX)
    for (let i = 0; i < count; i++) {
      const value = Number(packed % radix);
      packed /= radix;
      out = (radix === 26n ? String.fromCharCode(65 + value) : value.toString(36).toUpperCase()) + out;
    }
  if (packed !== 0n) throw new NotACode('二维码内容有误：不动产单元号。');
  return out;
}

/** Reads what a scanner gives: the address, or the payload alone. Nothing is trusted yet. */
export function readPayload(given: string): Payload {
  const text = (given.trim().split(/[?#]/)[0] ?? '').split('/').pop() ?? '';
  const bytes = text.length <= 400 ? decodeBase32(text) : null;
  if (bytes?.length !== LENGTH) throw new NotACode('这个二维码不是不动产电子证照的二维码，或者没有读全，请重新扫描。');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const format = view.getUint8(0);
  if (format !== 1) throw new NotACode(`二维码的格式版本是 ${format}，本页面只认得版本 1，请联网刷新页面后再查验。`);
  const kind = view.getUint8(2);
  const kindName = KINDS[kind];
  if (!kindName) throw new NotACode('二维码内容有误：证照类型。');
  const year = view.getUint8(14);
  return {
    keyId: view.getUint8(1),
    kind,
    kindName,
    listIndex: view.getUint32(3),
    issuedOn: day(view.getUint16(7)),
    statusAsOf: day(view.getUint16(9)),
    authority: String(view.getUint32(10) & 0xffffff).padStart(6, '0'),
    year: year ? 2000 + year : null,
    serial: year ? view.getUint32(15) : null,
    version: view.getUint8(19),
    holderDigest: bytes.slice(32, 40),
    unitCode: unitOf(bytes.slice(40, 54)),
    signed: bytes.slice(0, SIGNED),
    signature: bytes.slice(SIGNED),
    text: text.toUpperCase(),
  };
}

/** The certificate number, as far as the code carries it. */
export function numberOf(payload: Payload, place: [string, string]): string | null {
  if (payload.year === null || payload.serial === null) return null;
  const word = payload.kind === 2 ? '不动产证明' : '不动产权';
  return `${place[0]}(${payload.year})${place[1]}${word}第${String(payload.serial).padStart(7, '0')}号`;
}

/** In four groups (GB/T 37346-2019 8.3). */
export function groupedUnit(code: string): string {
  return [code.slice(0, 6), code.slice(6, 12), code.slice(12, 19), code.slice(19)].join(' ');
}
