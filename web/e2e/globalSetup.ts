import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_MS = 180_000;

/**
 * Starts the real server on a fresh demo city and stops it afterwards. `DENGBU_E2E_URL` uses one that already
 * runs; `DENGBU_BIN` names the binary.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const state = mkdtempSync(join(tmpdir(), 'dengbu-e2e-'));
  // Started as root, the server runs its database as another user, who must be able to enter.
  chmodSync(state, 0o711);
  process.env['E2E_STATE'] = state;
  const running = process.env['DENGBU_E2E_URL'];
  if (running) {
    process.env['E2E_URL'] = running;
    return async () => rmSync(state, { recursive: true, force: true });
  }
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const binary =
    process.env['DENGBU_BIN'] ??
    [here('../../target/release/dengbu'), here('../../target/debug/dengbu')].find(existsSync);
  if (!binary) throw new Error('no dengbu binary: build it first (cargo build), or set DENGBU_BIN or DENGBU_E2E_URL');
  const server = spawn(
    binary,
    ['serve', '--demo', '--data', join(state, 'data'), '--port', '0', '--web-dir', here('../dist')],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: here('../..') },
  );
  process.env['E2E_URL'] = await new Promise<string>((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`the server did not start in time:\n${said}`)), START_MS);
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const url = /(https?:\/\/[^\s/]+)\/staff\//.exec(said)?.[1];
      if (url) {
        clearTimeout(timer);
        resolve(url);
      }
    });
    server.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${said}`));
    });
  });
  return async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.removeAllListeners('exit');
    server.once('exit', () => undefined);
    server.kill('SIGINT');
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 20_000))]);
    rmSync(state, { recursive: true, force: true });
  };
}
