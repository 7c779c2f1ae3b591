import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { FeeDesk } from './pages/feeDesk';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

/** An invented buyer with a valid check digit. */
const BUYER = {
  '/holders/0/party/name': '测试买受人',
  '/holders/0/party/id/number': '11010519491231002X',
  '/holders/0/party/phone': '13800000000',
};

test('存量房转移登记: from the counter to the certificate, by seven people', async ({ as }) => {
  test.setTimeout(240_000);
  const reception = await as('city-reception');
  const unit = await roomWith(reception);
  const taken = await new NewCasePage(reception).start('存量房转移登记', unit);
  await taken.fill({
    ...BUYER,
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-2026-001',
    '/detail/contract_date': '20261101',
    '/detail/deed_tax_proof_no': 'QS2026001',
  });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对');
  const caseNo = taken.caseNo();
  await taken.act('提交');
  await expect(taken.step()).toContainText('初审');

  for (const [who, next] of [
    ['city-review1', '审核'],
    ['city-review', '登簿'],
  ] as const) {
    const at = new CasePage(await as(who));
    await at.open(caseNo);
    await at.act('同意');
    await expect(at.step()).toContainText(next);
  }
  const registrar = new CasePage(await as('city-record'));
  await registrar.open(caseNo);
  await registrar.act('登簿');
  const result = registrar.page.getByRole('dialog', { name: '登簿完成' });
  await expect(result.locator('.certificate-no')).toHaveText(/^川\(\d{4}\)攀枝花市不动产权第\d{7}号$/);
  await result.getByRole('button', { name: '知道了' }).click();

  const desk = new FeeDesk(await as('city-cashier'));
  await desk.open(caseNo);
  await desk.pay();
  const certificate = new CasePage(await as('city-cert'));
  const stock = (await (await certificate.page.request.get('/api/v1/form-stock')).json()) as {
    items: { form_kind: string; next: string | null }[];
  };
  await certificate.open(caseNo);
  await certificate.act('缮证', async (dialog) =>
    dialog.getByLabel(/空白证印制号/).fill(stock.items.find((s) => s.form_kind === 'title')?.next ?? ''),
  );
  await certificate.act('发证');
  await expect(certificate.step()).toContainText('归档');
  const archive = new CasePage(await as('city-archive'));
  await archive.open(caseNo);
  await archive.act('归档', async (dialog) => dialog.getByLabel('档案号').fill('E2E-DA-0001'));
  await expect(archive.page.locator('.case-head')).toContainText('已办结');

  await reception.goto(`/staff/book/unit/${unit}`);
  await expect(reception.locator('.sheet.ended').first()).toBeVisible();
  await expect(reception.locator('.timeline .ok').first()).toContainText('校验一致');
});

test('a second sale of a seized house is refused with the article of law', async ({ as }) => {
  const page = await as('city-reception');
  const unit = await roomWith(page, ['seizure']);
  await new NewCasePage(page).choose('存量房转移登记', unit);
  await page.getByRole('button', { name: '建立案件，开始填写' }).click();
  const said = page.locator('.note.error, .check-panel .note.error').first();
  await expect(said).toContainText('查封');
  await expect(said).toContainText('《');
});

test('a form with errors takes the focus to the list of errors and leads to each field', async ({ as }) => {
  const page = await as('city-reception');
  const form = await new NewCasePage(page).start('存量房转移登记', await roomWith(page));
  await form.fill({ '/holders/0/party/name': '测试', '/holders/0/party/id/number': '110105194912310021' });
  await page.keyboard.press('Control+Enter');
  const summary = page.getByRole('alert').filter({ hasText: '需要修改' });
  await expect(summary).toBeFocused();
  await expect(page).toHaveTitle(/^错误：/);
  await summary.getByRole('button', { name: /校验位/ }).click();
  await expect(form.field('/holders/0/party/id/number')).toBeFocused();
  await form.field('/holders/0/party/id/number').fill('11010519491231002X');
  await expect(summary).not.toContainText('校验位');
});
