import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures';

const shots = process.env['E2E_SHOTS'];

test('统计: figures of the last months, broken down, narrowed, explained, exported', async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as('city-review');
  await page.getByRole('link', { name: '统计', exact: true }).click();
  await expect(page.getByRole('heading', { name: '统计', exact: true })).toBeVisible();
  await page.getByRole('button', { name: '近六个月' }).click();
  const accepted = page.locator('[data-figure=accepted] b');
  await expect(page.getByRole('heading', { name: '每月趋势' })).toBeVisible();
  const all = Number(await accepted.textContent());
  expect(all).toBeGreaterThan(40);
  if (shots) await page.screenshot({ path: `${shots}/statistics.png` });

  await page.getByRole('button', { name: '“受理”怎样统计' }).first().click();
  await expect(page.getByRole('status').filter({ hasText: '首次受理时间' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: '显示数据表' }).click();
  await expect(page.getByRole('table', { name: '趋势数据' }).getByRole('row')).toHaveCount(7);

  const table = page.getByRole('table', { name: '分项统计表' });
  await expect(table.getByRole('row').last()).toContainText(`合计${all}`);
  await page.getByRole('button', { name: '收件点 × 属地' }).click();
  await expect(table.getByRole('columnheader', { name: '属地县（区）' })).toBeVisible();
  await page.getByRole('button', { name: '县（区）', exact: true }).click();
  await table.getByRole('button', { name: '仁和区' }).click();
  await expect(page.getByRole('search', { name: '统计条件' }).getByLabel('县（区）')).toHaveValue('510411');
  await expect.poll(async () => Number(await accepted.textContent())).toBeLessThan(all);
  const west = await accepted.textContent();

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '导出 CSV' }).first().click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^statistics-county-.*\.csv$/);
  const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
  expect(lines[0]).toMatch(/^\uFEFF县（区）,受理（件）/);
  expect(lines[1]).toMatch(new RegExp(`^仁和区,${west},`));
  const [book] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '导出 Excel' }).first().click(),
  ]);
  expect(
    readFileSync(await book.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');

  await page.locator('input.date').first().fill('2026-13-01');
  await page.getByRole('button', { name: '统计', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('起止日期');
});

test('人员工作量 is for administrators only', async ({ as }) => {
  const reviewer = await as('city-review');
  await reviewer.goto('/staff/stats');
  await expect(reviewer.getByRole('heading', { name: '在办积压' })).toBeVisible();
  await expect(reviewer.getByText('人员工作量').filter({ visible: true })).toHaveCount(0);
  const admin = await as('city-admin');
  await admin.goto('/staff/stats');
  await admin.getByRole('button', { name: '近六个月' }).click();
  await admin.getByRole('button', { name: '查看人员工作量' }).click();
  await expect(admin.getByRole('table', { name: '人员工作量' })).toContainText('谭处暑');
});

test('督办: an overdue case is reminded of and its reviewer is told', async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as('city-record');
  await page.goto('/staff/stats/board');
  const table = page.getByRole('table', { name: '督办台账' });
  await page.getByLabel('环节').selectOption('审核');
  await page.getByRole('button', { name: /超期$/ }).click();
  await expect(table.getByRole('row').nth(1)).toContainText('超期');
  if (shots) await page.screenshot({ path: `${shots}/supervision.png` });
  const row = table.getByRole('row').filter({ hasText: '石立夏' }).first();
  const caseNo = (await row.getByRole('link').textContent())?.trim() ?? '';
  await row.getByRole('checkbox').check();
  await page.getByRole('button', { name: '催办（1 件）' }).click();
  const dialog = page.getByRole('dialog', { name: '催办' });
  await dialog.getByLabel(/催办意见/).fill('申请人来电，请今天办结');
  await dialog.getByRole('button', { name: '确认催办' }).click();
  await expect(page.getByText('已催办 1 件')).toBeVisible();

  const reviewer = await as('city-review');
  await reviewer.goto('/staff/');
  const strip = reviewer.getByRole('region', { name: '督办提醒' });
  await expect(strip).toContainText('申请人来电，请今天办结');
  if (shots) await reviewer.screenshot({ path: `${shots}/reminders.png` });
  await strip.getByRole('link', { name: caseNo }).click();
  await expect(reviewer.locator('h1')).toBeVisible();
  await expect(reviewer.getByText(caseNo).first()).toBeVisible();

  const clerk = await as('city-reception');
  await clerk.goto('/staff/stats/board');
  await expect(clerk.getByRole('table', { name: '督办台账' })).toBeVisible();
  await expect(clerk.getByRole('button', { name: /^催办/ })).toHaveCount(0);
});
