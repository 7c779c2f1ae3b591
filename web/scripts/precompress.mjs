// Writes .br and .gz beside every text asset of dist/, so that the server never compresses at run time.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(html|js|mjs|css|svg|json|txt|wasm)$/;
let files = 0;
let saved = 0;

function walk(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) walk(path);
    else if (TEXT.test(name)) compress(path);
  }
}

function compress(path) {
  const plain = readFileSync(path);
  if (plain.length < 512) return;
  const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
  files += 1;
  saved += plain.length - brotli.length;
}

walk(new URL('../dist', import.meta.url).pathname);
process.stdout.write(`precompressed ${files} files, ${Math.round(saved / 1024)} KB saved by brotli\n`);
