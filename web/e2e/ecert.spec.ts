import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { expect, test, url } from './fixtures';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const shots = process.env['E2E_SHOTS'];
/** Codes signed by keys of a test: real signatures, and none of this city's. */
const codes = JSON.parse(readFileSync(new URL('../test/fixtures/ecert.json', import.meta.url), 'utf8')) as {
  codes: string[];
};

async function clean(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(violations.map((v) => `${what} ${v.id}: ${v.nodes[0]?.html}`)).toEqual([]);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
}

test('查验与我的证照: on a telephone, without sign-in, foreign codes told', async ({ browser }) => {
  const phone = await browser.newContext({
    baseURL: url(),
    viewport: { width: 390, height: 844 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  const page = await phone.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto('/V');
  await expect(page.getByRole('heading', { name: '不动产电子证照查验' })).toBeVisible();
  await clean(page, 'verify');
  if (shots) await page.screenshot({ path: `${shots}/ecert-verify.png`, fullPage: true });
  for (const way of ['查文件', '查证号', '用授权码']) {
    await page.getByRole('button', { name: way }).click();
    await expect(page.getByRole('button', { name: way })).toHaveAttribute('aria-pressed', 'true');
    await clean(page, way);
  }

  // no code of ours
  await page.goto('/V/AAAA');
  await expect(page.getByRole('alert')).toContainText('不是不动产电子证照的二维码');
  // a code in the right form whose key is not this city's is never called valid
  await page.goto(`/V/${codes.codes[0]?.split('/V/')[1] ?? ''}`);
  await expect(page.locator('[data-part]').first()).toBeVisible();
  await expect(page.locator('.verdict.good')).toHaveCount(0);

  await page.goto('/portal/');
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible();
  await clean(page, 'portal');
  expect(faults).toEqual([]);
  await phone.close();
});
