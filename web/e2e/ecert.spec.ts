import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { expect, test, url } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

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

/** An invented buyer with a valid check digit, of this test only. */
const BUYER = { name: '测试持证人', number: '11010519880608002X' };
const PASSWORD = 'Zheng-Zhao-2026-e2e';

/** A sale recorded in the browser; gives the number of the unit's certificate before and after. */
async function sell(as: (who: string) => Promise<Page>): Promise<{ before: string; after: string }> {
  const reception = await as('city-reception');
  // many rooms still have a certificate of the old kind, which has no electronic form
  let [unit, before] = ['', ''];
  for (let tries = 0; before === '' && tries < 60; tries += 1) {
    unit = await roomWith(reception);
    const register = await (await reception.request.get(`/api/v1/units/${unit}/register`)).text();
    before = /川\(\d{4}\)攀枝花市不动产权第\d{7}号/.exec(register)?.[0] ?? '';
  }
  expect(before).not.toBe('');
  await issueStock(as, before);
  const taken = await new NewCasePage(reception).start('存量房转移登记', unit);
  await taken.fill({
    '/holders/0/party/name': BUYER.name,
    '/holders/0/party/id/number': BUYER.number,
    '/holders/0/party/phone': '13800000000',
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-2026-002',
    '/detail/contract_date': '20261101',
    '/detail/deed_tax_proof_no': 'QS2026002',
  });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对');
  const caseNo = taken.caseNo();
  await taken.act('提交');
  for (const [who, action] of [
    ['city-review1', '同意'],
    ['city-review', '同意'],
    ['city-record', '登簿'],
  ] as const) {
    const at = new CasePage(await as(who));
    await at.open(caseNo);
    await at.act(action);
  }
  const result = (await as('city-record')).getByRole('dialog', { name: '登簿完成' });
  const after = (await result.locator('.certificate-no').textContent()) ?? '';
  return { before, after };
}

/** The certificate of before the sale enters the library by hand. */
async function issueStock(as: (who: string) => Promise<Page>, number: string): Promise<void> {
  const page = await as('city-cert');
  await page.goto('/staff/ecert');
  await page.getByRole('button', { name: '签发一件' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(number);
  await dialog.getByRole('button').last().click();
  await expect(page.getByRole('heading', { name: number })).toBeVisible();
  await sealed(page);
}

/** Waits until the certificate shown is sealed. */
async function sealed(page: Page): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.locator('.page-head strong')).toHaveText('有效', { timeout: 1_500 });
  }).toPass({ timeout: 40_000 });
}

/** The certificate with this number, opened from the library. */
async function inLibrary(page: Page, number: string): Promise<void> {
  await page.goto('/staff/ecert');
  await page.getByRole('searchbox', { name: '证号、单元号或权利人' }).fill(number);
  await page.getByRole('button', { name: '查询' }).click();
  await page.getByRole('link', { name: number }).first().click();
  await expect(page.getByRole('heading', { name: number })).toBeVisible();
}

async function shot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/ecert-${name}.png`, fullPage: true });
}

test('a sale: from the library to the citizen, the bank and the public check', async ({ as, browser }) => {
  test.setTimeout(180_000);
  const { before, after } = await sell(as);

  // the clerk: the old one ended with the register; the new one is previewed, printed, downloaded
  const clerk = await as('city-cert');
  await inLibrary(clerk, before);
  await expect(clerk.locator('.page-head strong')).toHaveText('已注销');
  await inLibrary(clerk, after);
  await sealed(clerk);
  await shot(clerk, 'one');
  const preview = await clerk.request.get((await clerk.getByRole('link', { name: '预览' }).getAttribute('href')) ?? '');
  expect((await preview.body()).subarray(0, 5).toString()).toBe('%PDF-');
  for (const [button, deed] of [
    ['打印（PDF）', '打开'],
    ['下载 OFD', '下载'],
  ] as const) {
    await clerk.getByRole('button', { name: button }).click();
    const dialog = clerk.getByRole('dialog');
    await dialog.getByRole('textbox').fill(`窗口${deed}`);
    const popup = clerk.waitForEvent('popup').catch(() => null);
    await dialog.getByRole('button', { name: deed, exact: true }).click();
    await expect(dialog).toBeHidden();
    void popup;
  }
  await expect(async () => {
    await clerk.reload();
    await expect(clerk.getByRole('cell', { name: '窗口下载' })).toBeVisible({ timeout: 1_500 });
  }).toPass({ timeout: 20_000 });

  // the citizen's account is opened at the counter
  const counter = await as('city-reception');
  await counter.goto('/staff/ecert/citizens');
  await counter.getByRole('button', { name: '开通账号' }).click();
  const opening = counter.getByRole('dialog');
  await opening.getByRole('textbox', { name: /^姓名/ }).fill(BUYER.name);
  await opening.getByRole('textbox', { name: /^身份证号/ }).fill(BUYER.number);
  await opening.getByRole('button', { name: '开通', exact: true }).click();
  const oneTime = (await counter.locator('.secret').textContent()) ?? '';
  expect(oneTime).not.toBe('');

  const phone = await browser.newContext({
    baseURL: url(),
    viewport: { width: 390, height: 844 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  const citizen = await phone.newPage();
  const faults: string[] = [];
  citizen.on('pageerror', (error) => faults.push(error.message));
  await citizen.goto('/portal/');
  await enter(citizen, oneTime.trim());
  await citizen.getByLabel('现在的口令').fill(oneTime.trim());
  await citizen.getByLabel(/^\s*新口令/).fill(PASSWORD);
  await citizen.getByLabel('再输入一次新口令').fill(PASSWORD);
  await citizen.getByRole('button', { name: '修改', exact: true }).click();
  await expect(citizen.getByRole('heading', { name: '登录' }).or(citizen.getByText(after))).toBeVisible();
  if (await citizen.getByRole('heading', { name: '登录' }).isVisible()) await enter(citizen, PASSWORD);
  await clean(citizen, 'my certificates');
  await shot(citizen, 'mine');
  await citizen.getByRole('button', { name: new RegExp(escaped(after)) }).click();
  await expect(citizen.getByRole('heading', { name: '授权他人查看' })).toBeVisible();
  await clean(citizen, 'one of mine');
  await shot(citizen, 'mine-one');
  const files: Record<string, Buffer> = {};
  for (const [link, format] of [
    [/下载 OFD/, 'ofd'],
    [/下载 PDF/, 'pdf'],
  ] as const) {
    const download = citizen.waitForEvent('download');
    await citizen.getByRole('link', { name: link }).click();
    files[format] = readFileSync(await (await download).path());
  }
  expect(files['ofd']?.subarray(0, 2).toString()).toBe('PK');
  expect(files['pdf']?.subarray(0, 5).toString()).toBe('%PDF-');

  // a bank is let in for a purpose and a time, seen, and shut out again
  await citizen.getByLabel(/^\s*授权给谁/).fill('示例银行股份有限公司');
  await citizen.getByLabel('办什么事用').fill('住房抵押贷款');
  await citizen.getByLabel('允许对方').selectOption('copy');
  await citizen.getByLabel('最多使用次数').fill('3');
  await citizen.getByRole('button', { name: '生成授权码' }).click();
  const code = ((await citizen.locator('.secret').textContent()) ?? '').trim();
  await shot(citizen, 'granted');
  const bank = await phone.newPage();
  const use = async (): Promise<void> => {
    await bank.goto('/V');
    await bank.getByRole('button', { name: '用授权码' }).click();
    await bank.getByLabel(/^\s*授权码/).fill(code);
    await bank.getByLabel(/您（贵单位）的名称/).fill('示例银行股份有限公司');
    await bank.getByRole('button', { name: '查看' }).click();
  };
  await use();
  await expect(bank.locator('.verdict.good')).toContainText('有效');
  await shot(bank, 'bank');
  await citizen.getByRole('button', { name: '我的授权' }).click();
  await citizen.getByRole('button', { name: '看使用记录' }).click();
  await expect(citizen.getByText('住房抵押贷款').last()).toBeVisible();
  await expect(citizen.locator('li li')).toContainText('示例银行股份有限公司');
  await shot(citizen, 'uses');
  await citizen.getByRole('button', { name: '收回授权' }).click();
  await expect(citizen.getByRole('status')).toContainText('已收回');
  await use();
  await expect(bank.getByRole('alert')).toBeVisible();
  await expect(bank.locator('.verdict.good')).toHaveCount(0);

  // anybody: by number and name, by the file, by an altered file
  await bank.getByRole('button', { name: '查证号' }).click();
  await bank.getByLabel(/^\s*证号或者证照标识/).fill(after);
  await bank.getByLabel(/^\s*权利人姓名/).fill(BUYER.name);
  await bank.getByRole('button', { name: '查验', exact: true }).click();
  await expect(bank.locator('.verdict.good')).toContainText('有效');
  await expect(bank.locator('.verdict')).not.toContainText(BUYER.name);
  await expect(bank.locator('[data-part=trial]')).toContainText('测试证书');
  await clean(bank, 'verdict');
  await shot(bank, 'verdict');
  await bank.getByRole('button', { name: '查文件' }).click();
  const upload = async (name: string, buffer: Buffer): Promise<void> => {
    await bank.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  };
  for (const format of ['ofd', 'pdf']) {
    await upload(`a.${format}`, files[format] ?? Buffer.alloc(0));
    await expect(bank.locator('.verdict.good')).toContainText('有效');
    const altered = Buffer.from(files[format] ?? []);
    const middle = altered.length >> 1;
    altered[middle] = (altered[middle] ?? 0) ^ 1;
    await upload(`b.${format}`, altered);
    await expect(bank.locator('.verdict.bad')).toBeVisible();
    await expect(bank.locator('.verdict.good')).toHaveCount(0);
  }
  await shot(bank, 'altered');
  expect(faults).toEqual([]);
  await phone.close();
});

async function enter(page: Page, password: string): Promise<void> {
  await page.getByLabel('身份证号').fill(BUYER.number);
  await page.getByLabel('口令', { exact: true }).fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
}

function escaped(text: string): string {
  return text.replace(/[()]/g, '\\$&');
}
