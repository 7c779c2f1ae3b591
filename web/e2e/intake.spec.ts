import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from './fixtures';

const shots = process.env['E2E_SHOTS'];
const SAMPLE = fileURLToPath(new URL('../../samples/legacy-city/open/b-miyi', import.meta.url));

test('数据整合: a delivery of one office goes from upload to the register', async ({ as }) => {
  test.setTimeout(420_000);
  const folder = mkdtempSync(join(tmpdir(), 'dengbu-delivery-'));
  const zip = join(folder, 'miyi.zip');
  // the first few hundred houses of some thousand are enough to see every page
  const script = [
    'import os,shutil,sys',
    'd=sys.argv[1]+".d"; shutil.copytree(sys.argv[2], d); p=os.path.join(d,"H.csv")',
    'b=open(p,"rb").read().split(b"\\n"); open(p,"wb").write(b"\\n".join(b[:400])+b"\\n")',
    'shutil.make_archive(sys.argv[1], "zip", d)',
  ].join('\n');
  execFileSync('python3', ['-c', script, zip.replace(/\.zip$/, ''), SAMPLE]);

  const page = await as('miyi-cadastre');
  await page.getByRole('link', { name: '数据源与运行' }).click();
  await page.getByRole('button', { name: '新建数据源' }).first().click();
  const dialog = page.getByRole('dialog', { name: '新建数据源' });
  await dialog.getByLabel(/名称/).fill('米易县登记系统');
  await dialog.getByLabel(/代号/).fill('b-miyi');
  await dialog.getByRole('button', { name: '建立' }).click();
  await expect(page.getByRole('heading', { name: '米易县登记系统' })).toBeVisible();
  await page.locator('input[type=file]').setInputFiles(zip);
  await expect(page.getByText(/已接收第 1 次数据包/)).toBeVisible();
  await expect(page.getByText('cadastre.vct')).toBeVisible();
  if (shots) await page.screenshot({ path: `${shots}/intake-sources.png` });
  rmSync(folder, { recursive: true });

  // the mapping: what the fields hold, a wrong field told at its place, mended, previewed, saved
  await page.getByRole('link', { name: '查看与对照' }).click();
  await expect(page.getByRole('heading', { name: '字段对照' })).toBeVisible();
  const tables = page.getByRole('navigation', { name: '来源表' });
  // the delivery is read through once
  await tables.getByRole('button', { name: /^H / }).click({ timeout: 60_000 });
  await expect(page.getByRole('table', { name: '字段概况' })).toContainText('各不相同');
  const result = page.getByRole('table', { name: '对照结果' });
  await expect(result).toContainText('坐落');
  const field = page.getByLabel('ZL 的来源字段');
  await field.fill('ZLL');
  await field.press('Tab');
  await expect(page.getByText(/没有字段“ZLL”，是否应为“ZL”/)).toBeVisible();
  if (shots) await page.screenshot({ path: `${shots}/intake-mapping-fault.png` });
  await field.fill('ZL');
  await field.press('Tab');
  await expect(page.getByText(/没有字段/)).toHaveCount(0);
  await page.getByLabel('X_STOREY 的读法').selectOption('raw');
  await expect(page.getByText('核对无误')).toBeVisible();
  await page.getByRole('button', { name: '撤销' }).click();
  await expect(page.getByLabel('X_STOREY 的读法')).toHaveValue('integer');
  if (shots) await page.screenshot({ path: `${shots}/intake-mapping.png`, fullPage: true });
  await page.getByRole('tab', { name: /对照文件/ }).click();
  const text = page.getByLabel(/对照文件（TOML/);
  await text.fill(`${await text.inputValue()}\n# 已核对\n`);
  await page.getByRole('button', { name: '保存为新版本' }).click();
  await expect(page.getByText(/已保存为第 1 版/)).toBeVisible();
  if (shots) await page.screenshot({ path: `${shots}/intake-mapping-text.png` });

  await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '数据源与运行' }).click();
  await page.getByRole('button', { name: '开始运行' }).click();
  await expect(page.getByRole('heading', { name: '运行：b-miyi', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: '字段对照：第 1 版' })).toBeVisible();
  const open = page.getByRole('button', { name: '生成入库批次' });
  await expect(open).toBeVisible({ timeout: 120_000 });
  if (shots) await page.screenshot({ path: `${shots}/intake-run.png` });
  await expect(page.getByRole('table', { name: '各表处理情况' })).toContainText('FDCQ2');

  // one doubt is decided by keyboard and taken back, then decided again
  const toDoubts = page.getByRole('link', { name: '去核对' });
  if (await toDoubts.isVisible()) {
    await toDoubts.click();
    await expect(page.getByRole('table', { name: '本记录与候选对象逐项比较' })).toBeVisible();
    if (shots) await page.screenshot({ path: `${shots}/intake-doubts.png` });
    await page.keyboard.press('0');
    await expect(page.getByText(/已核对 1 项/)).toBeVisible();
    await page.keyboard.press('u');
    await expect(page.getByText(/已核对 0 项/)).toBeVisible();
    await page.keyboard.press('0');
    await expect(page.getByText(/已核对 1 项/)).toBeVisible();
    await page.goBack();
  }

  await page.getByRole('link', { name: '查看质检结果' }).click();
  const findings = page.getByRole('table', { name: '质检问题' });
  await expect(findings.getByRole('row').nth(1)).toBeVisible();
  if (shots) await page.screenshot({ path: `${shots}/intake-findings.png` });
  const [csv] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '导出 CSV' }).click(),
  ]);
  expect(csv.suggestedFilename()).toMatch(/^findings-.*\.csv$/);
  await page.goBack();

  await open.click();
  await expect(page.getByText('已装载未发布')).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText('源数据行全部有去向')).toBeVisible();
  await expect(page.getByRole('button', { name: '发布到登记簿' })).toHaveCount(0);
  const batch = new URL(page.url()).pathname;
  if (shots) await page.screenshot({ path: `${shots}/intake-batch.png` });

  const chief = await as('miyi-record');
  await chief.goto(batch);
  await chief.getByRole('button', { name: '发布到登记簿' }).click();
  await chief.getByRole('button', { name: '确认发布' }).click();
  await expect(chief.getByText('已发布', { exact: true })).toBeVisible({ timeout: 240_000 });
  await expect(chief.getByText('源数据行全部有去向')).toBeVisible();
  await chief.getByRole('button', { name: /新入库/ }).click();
  if (shots) await chief.screenshot({ path: `${shots}/intake-published.png` });
  const unit = chief.getByRole('table', { name: '批次内的不动产单元' }).getByRole('link').first();
  await unit.click();
  await expect(chief.getByText('b-miyi').first()).toBeVisible();
  if (shots) await chief.screenshot({ path: `${shots}/intake-register.png` });

  // the register itself goes through the same rules
  await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '数据源与运行' }).click();
  await page.getByRole('button', { name: '检查登记簿现有数据' }).click();
  await expect(page.getByRole('heading', { name: '登记簿数据检查' })).toBeVisible();
  await expect(page.getByRole('table', { name: '检查的数据' })).toContainText('FDCQ2', { timeout: 60_000 });
  if (shots) await page.screenshot({ path: `${shots}/intake-register-run.png` });
  await page.getByRole('link', { name: '查看质检结果' }).click();
  const live = page.getByRole('table', { name: '质检问题' });
  await expect(live.getByRole('row').nth(1)).toBeVisible();
  if (shots) await page.screenshot({ path: `${shots}/intake-register-findings.png` });
  const [paper] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '签章报告（PDF）' }).click(),
  ]);
  expect(paper.suggestedFilename()).toMatch(/^quality-report-.*\.pdf$/);
  if (shots) await paper.saveAs(`${shots}/quality-report.pdf`);
});
