import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type Browser, type Page } from '@playwright/test';
import { SignInPage } from './pages/signIn';

export const PASSWORD = process.env['DENGBU_E2E_PASSWORD'] ?? 'Dengbu-2026-demo';
export const url = (): string => process.env['E2E_URL'] ?? 'http://127.0.0.1:7070';

/**
 * A page signed in as a demo account. Each account signs in once; its session is kept for later tests (a one-time
 * code must not be used twice).
 */
export async function signedIn(browser: Browser, username: string): Promise<Page> {
  const file = join(process.env['E2E_STATE'] ?? '.', `${username}.json`);
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>)
    : undefined;
  const context = await browser.newContext({
    baseURL: url(),
    storageState: kept,
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  const page = await context.newPage();
  await page.goto('/staff/');
  const signIn = new SignInPage(page);
  await expect(signIn.heading.or(page.locator('.topbar'))).toBeVisible();
  if (await signIn.heading.isVisible()) {
    await signIn.pass(username, PASSWORD);
    writeFileSync(file, JSON.stringify(await context.storageState()));
  }
  await expect(page.locator('.topbar')).toBeVisible();
  return page;
}

type Roles = { as: (username: string) => Promise<Page> };
/** Every test fails when a page threw or logged an error of its own. */
export const test = base.extend<Roles>({
  baseURL: async ({}, use) => use(url()),
  as: async ({ browser }, use) => {
    const open = new Map<string, Page>();
    const faults: string[] = [];
    await use(async (username) => {
      const known = open.get(username);
      if (known) return known;
      const page = await signedIn(browser, username);
      page.on('pageerror', (error) => faults.push(`${username}: ${error.message}`));
      open.set(username, page);
      return page;
    });
    for (const page of open.values()) await page.context().close();
    expect(faults).toEqual([]);
  },
});
export { expect };
