import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

const SHOTS = process.env['E2E_SHOTS'];
const MM = 25.4 / 72;
/** How far a printed field may lie from its place, in millimetres. */
const NEAR = 0.5;

interface Word {
  text: string;
  x: number;
  top: number;
}
interface Sheet {
  width: number;
  height: number;
  words: Word[];
}

/** Words of the first page of a PDF with their millimetres, as poppler (not the browser) reads them. */
function read(pdf: Buffer): Sheet {
  const folder = mkdtempSync(join(tmpdir(), 'dengbu-pdf-'));
  try {
    const file = join(folder, 'page.pdf');
    writeFileSync(file, pdf);
    // apt-get install poppler-utils
    const xml = execFileSync('pdftotext', ['-bbox', '-f', '1', '-l', '1', file, '-'], { encoding: 'utf8' });
    const number = (text: string | undefined): number => Number(text) * MM;
    const page = /<page width="([\d.]+)" height="([\d.]+)"/.exec(xml);
    const words = [...xml.matchAll(/<word xMin="([\d.-]+)" yMin="([\d.-]+)"[^>]*>([^<]*)</g)];
    return {
      width: number(page?.[1]),
      height: number(page?.[2]),
      words: words.map((w) => ({ text: w[3] ?? '', x: number(w[1]), top: number(w[2]) })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pdf(page: Page, html?: string): Promise<Buffer> {
  if (html) await page.setContent(html);
  return page.pdf({ preferCSSPageSize: true, printBackground: true });
}

/** How far poppler's upper edge of a word lies above its baseline, in units of the type size. */
async function ascent(page: Page): Promise<number> {
  const font = '"SimSun","Noto Serif CJK SC","Songti SC",serif';
  const sheet = read(
    await pdf(
      page,
      `<style>@page{size:100mm 100mm;margin:0}body{margin:0}svg{display:block}</style>
       <svg width="100mm" height="100mm" viewBox="0 0 100 100"><text x="30" y="50" font-size="5" style='font-family:${font}'>基线</text></svg>`,
    ),
  );
  const word = sheet.words.find((w) => w.text === '基线');
  expect(word?.x).toBeCloseTo(30, 1);
  return (50 - (word?.top ?? 0)) / 5;
}

/** Prints an address and compares each field with where the layout puts it, moved by the correction. */
async function compare(page: Page, url: string, up: number, dx: number, dy: number): Promise<number> {
  await page.goto(url);
  const fields = await page
    .locator('.page')
    .first()
    .locator('text[data-field]')
    .evaluateAll((all) =>
      all.map((t) => ({
        key: t.getAttribute('data-field') ?? '',
        text: (t.textContent ?? '').trim().split(/\s+/)[0] ?? '',
        x: Number(t.getAttribute('x')),
        y: Number(t.getAttribute('y')),
        size: Number(t.getAttribute('font-size')),
        centred: t.hasAttribute('text-anchor'),
      })),
    );
  const sheet = read(await pdf(page));
  expect(Math.abs(sheet.width - 185)).toBeLessThan(NEAR);
  expect(Math.abs(sheet.height - 260)).toBeLessThan(NEAR);
  const address = fields.find((f) => f.key === '坐落');
  expect(address?.x).toBe(50);
  let compared = 0;
  for (const f of fields.filter((f) => f.text && !f.centred)) {
    const word = sheet.words.find(
      (w) => w.text === f.text && Math.abs(w.x - f.x - dx) < NEAR && Math.abs(w.top + up * f.size - f.y - dy) < NEAR,
    );
    const alike = sheet.words.filter((w) => w.text === f.text);
    expect(word, `${f.key} ${f.text} at ${f.x},${f.y}; found ${JSON.stringify(alike)}`).toBeTruthy();
    compared += 1;
  }
  return compared;
}

/** A sale up to the register: the number of its certificate. */
async function issued(as: (who: string) => Promise<Page>): Promise<string> {
  const reception = await as('city-reception');
  const taken = await new NewCasePage(reception).start('存量房转移登记', await roomWith(reception));
  await taken.fill({
    '/holders/0/party/name': '测试持证人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/holders/0/party/phone': '13800000000',
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-PRINT-001',
    '/detail/contract_date': '20261101',
    '/detail/deed_tax_proof_no': 'QS2026003',
  });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对');
  const caseNo = taken.caseNo();
  await taken.act('提交');
  for (const who of ['city-review1', 'city-review']) {
    const at = new CasePage(await as(who));
    await at.open(caseNo);
    await at.act('同意');
  }
  const registrar = new CasePage(await as('city-record'));
  await registrar.open(caseNo);
  await registrar.act('登簿');
  const result = registrar.page.getByRole('dialog', { name: '登簿完成' });
  return (await result.locator('.certificate-no').textContent())?.trim() ?? '';
}

test('证书套打: fields land at their millimetres, with and without the correction of a printer', async ({
  as,
  browser,
}) => {
  test.setTimeout(180_000);
  const shot = async (page: Page, name: string): Promise<void> => {
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
  };
  const maker = await as('city-cert');
  const number = await issued(as);
  const url = `/api/v1/certificates/${encodeURIComponent(number)}/print?mode=overprint`;
  const bench = await (await browser.newContext()).newPage();
  const up = await ascent(bench);
  await bench.context().close();

  const sheet = await maker.context().newPage();
  const plain = await compare(sheet, url, up, 0, 0);
  expect(plain).toBeGreaterThan(8);

  await maker.goto('/staff/cert/print');
  await maker.getByLabel('工位名称').fill('测试窗口');
  await maker.getByLabel('左右偏移（毫米）').fill('3.25');
  await maker.getByLabel('上下偏移（毫米）').fill('-4.5');
  await maker.getByRole('button', { name: '保存', exact: true }).click();
  await expect(maker.getByRole('table', { name: '打印工位' })).toContainText('3.25');
  await shot(maker, 'print-stations');
  const moved = `${url}&station=${encodeURIComponent('测试窗口')}`;
  expect(await compare(sheet, moved, up, 3.25, -4.5)).toBe(plain);

  // the authority's own blanks: a column stands elsewhere, and is printed there
  const layout = maker.locator('section', { has: maker.getByRole('heading', { name: '套打版式' }) });
  await layout.getByRole('button', { name: '修改' }).click();
  await layout.getByLabel('坐落 宽').fill('300');
  await layout.getByLabel('坐落 宽').blur();
  await expect(layout.getByRole('status')).toContainText('“坐落”超出纸张');
  await layout.getByLabel('坐落 宽').fill('105');
  await layout.getByLabel('坐落 左').fill('57');
  await layout.getByLabel('坐落 左').blur();
  await layout.getByRole('button', { name: '保存版式' }).click();
  await expect(layout).toContainText('本机构版式');
  await shot(maker, 'print-layout');
  await sheet.goto(url);
  await expect(sheet.locator('text[data-field="坐落"]').first()).toHaveAttribute('x', '57');
  await layout.getByRole('button', { name: '恢复随程序的版式' }).click();
  await expect(layout.getByText('随程序的版式', { exact: true })).toBeVisible();

  // the seller handed the old paper in: it is noted as taken back, in the list and on the case
  await maker.goto('/staff/cert/old');
  await maker.getByLabel('状态').selectOption('returned');
  const old = maker.getByRole('table', { name: '作废的证书与证明' });
  await expect(old.getByRole('row').nth(1)).toContainText('收件时收回原件');
  await shot(maker, 'old-papers');
  await old.getByRole('row').nth(1).getByRole('link').click();
  await expect(maker.getByRole('region', { name: '原证收回' })).toContainText('已收回');
  await shot(maker, 'old-papers-case');

  await sheet.goto(`/api/v1/print-stations/${encodeURIComponent('测试窗口')}/test-page`);
  const crosses = read(await pdf(sheet)).words.find((w) => w.text === '20,20');
  expect(Math.abs((crosses?.x ?? 0) - 21 - 3.25)).toBeLessThan(NEAR);
  await shot(sheet, 'print-test-page');
  await sheet.setViewportSize({ width: 1000, height: 2400 });
  await sheet.goto(url.replace('overprint', 'preview'));
  if (SHOTS) await sheet.screenshot({ path: `${SHOTS}/print-preview.png`, fullPage: true });
});

test('空白证: handed out, destroyed by two, counted; a lost certificate is declared', async ({ as }) => {
  test.setTimeout(180_000);
  const maker = await as('city-cert');
  await maker.goto('/staff/cert/stock');
  await maker.getByRole('button', { name: '盘点', exact: true }).click();
  const dialog = maker.getByRole('dialog', { name: '盘点空白证' });
  await dialog.getByLabel('实点（本）').fill('0');
  await dialog.getByRole('button', { name: '保存盘点' }).click();
  await expect(dialog).toContainText('请写明原因');
  await dialog.getByLabel('差异说明').fill('演示盘点');
  await dialog.getByRole('button', { name: '保存盘点' }).click();
  await expect(maker.getByRole('table', { name: '盘点记录' })).toContainText('演示盘点');
  if (SHOTS) await maker.screenshot({ path: `${SHOTS}/stock.png`, fullPage: true });

  // a paper of an earlier system: most of what is lost
  const unit = await roomWith(maker);
  const register = (await (await maker.request.get(`/api/v1/units/${unit}`)).json()) as {
    rights: { certificate_no: string | null; ended_at: string | null }[];
  };
  const lost = register.rights.find((r) => r.certificate_no && !r.ended_at)?.certificate_no ?? '';
  await maker.goto('/staff/cert/void');
  await maker.getByRole('button', { name: '刊发公告' }).click();
  const publish = maker.getByRole('dialog', { name: '刊发公告' });
  await publish.getByLabel('证号').fill(lost);
  await publish.getByLabel('原因').fill('保管不善');
  await publish.getByRole('button', { name: '刊发', exact: true }).click();
  await expect(maker.getByRole('table', { name: '遗失与作废公告' })).toContainText('保管不善');
  if (SHOTS) await maker.screenshot({ path: `${SHOTS}/void.png` });
  await maker.goto('/void-certificates');
  await expect(maker.locator('table')).toContainText('第二十二条');
  if (SHOTS) await maker.screenshot({ path: `${SHOTS}/void-public.png` });
  await maker.goto('/staff/cert/search');
  await expect(maker.getByRole('link', { name: '套打' }).first()).toBeVisible();
  if (SHOTS) await maker.screenshot({ path: `${SHOTS}/cert-search.png` });
});
