import { expect, test, url } from './fixtures';
import { SearchPage } from './pages/searchPage';
import { roomWith } from './units';

/** An invented person with a valid check digit, who holds nothing. */
const NAME = '测试查询人';
const NUMBER = '510499198008080050';
const shots = process.env['E2E_SHOTS'];

test('资料查询: a proof of no dwelling, checked by the public, seen by the auditor', async ({ as, browser }) => {
  test.setTimeout(180_000);
  const counter = new SearchPage(await as('city-reception'));
  const page = counter.page;
  await counter.begin('权利人', '住房保障', NAME, NUMBER);
  await counter.index('按姓名（名称）和证件号');
  await counter.tickPapers();
  if (shots) await page.screenshot({ path: `${shots}/search-form.png`, fullPage: true });
  await counter.ask();
  await expect(counter.result).toContainText('没有查询到');
  await expect(page.locator('h1')).toContainText('查询申请 CX510400');
  const proof = await counter.issue('个人住房登记情况查询证明');
  expect(proof.number).toMatch(/^无房\d{4}510400\d{6}$/);
  if (shots) await page.screenshot({ path: `${shots}/search-answer.png`, fullPage: true });

  await page.goto(proof.url);
  await expect(page.locator('h1')).toHaveText('个人住房登记情况查询证明');
  await expect(page.locator('main')).toContainText(NUMBER);
  await expect(page.locator('svg')).toBeVisible();
  if (shots) await page.screenshot({ path: `${shots}/search-paper.png`, fullPage: true });

  const anybody = await (await browser.newContext({ baseURL: url() })).newPage();
  await anybody.goto('/verify');
  await anybody.getByRole('textbox').fill(proof.code.toLowerCase());
  await anybody.getByRole('button', { name: '查验' }).click();
  await expect(anybody.getByRole('status')).toContainText('真实：由攀枝花市不动产登记中心出具');
  await expect(anybody.locator('main')).toContainText(proof.number);
  await expect(anybody.locator('main')).not.toContainText(NAME);
  await expect(anybody.locator('main')).not.toContainText(NUMBER);
  if (shots) await anybody.screenshot({ path: `${shots}/search-verify.png`, fullPage: true });
  await anybody.getByRole('textbox').fill('0000-0000-0000-0000');
  await anybody.getByRole('button', { name: '查验' }).click();
  await expect(anybody.getByRole('alert')).toContainText('没有查到这份文书');
  await anybody.context().close();

  const auditor = await as('city-audit');
  await auditor.goto('/staff/admin/search-log');
  const line = auditor.getByRole('row').filter({ hasText: '测****' }).first();
  await expect(line).toContainText('住房保障');
  if (shots) await auditor.screenshot({ path: `${shots}/search-log.png`, fullPage: true });
  const file = auditor.waitForEvent('download');
  await auditor.getByRole('button', { name: '导出 CSV' }).click();
  expect((await file).suggestedFilename()).toMatch(/^查询记录-.*\.csv$/);
});

test('资料查询: an intending buyer is told what is missing, then learns that and not who', async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as('city-reception');
  const unit = await roomWith(page, ['mortgage']);
  const counter = new SearchPage(page);
  await counter.begin('有交易或者诉讼意向的当事人', '交易', NAME, NUMBER);
  await expect(page.getByRole('radio', { name: /按姓名/ })).toHaveCount(0);
  await page.getByRole('searchbox', { name: '查找内容' }).fill(unit);
  await page.getByRole('search', { name: '查找不动产单元' }).getByRole('button', { name: '查找' }).click();
  await expect(page.getByRole('list', { name: '选定的不动产单元' })).toBeVisible();
  await counter.ask();
  const refused = page.locator('.search-problem');
  await expect(refused).toContainText('缺少申请材料');
  await expect(refused).toContainText('第二十五条');
  if (shots) await page.screenshot({ path: `${shots}/search-refused.png`, fullPage: true });
  await counter.tickPapers();
  await page.getByRole('checkbox', { name: /已承诺/ }).check();
  await counter.ask();
  await expect(counter.result).toContainText('是否存在抵押权登记');
  await expect(counter.result).toContainText('是（1 项）');
  await expect(counter.result.locator('details')).toHaveCount(0);
  await expect(page.getByRole('button', { name: '出具不动产登记簿查询摘录' })).toHaveCount(0);
  await counter.issue('不动产登记资料查询结果证明');
  if (shots) await page.screenshot({ path: `${shots}/search-intending.png`, fullPage: true });
});
