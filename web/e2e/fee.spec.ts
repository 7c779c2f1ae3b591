import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { FeeDesk } from './pages/feeDesk';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

const SHOTS = process.env['E2E_SHOTS'];

test('收费: a sale is charged at acceptance, paid at the desk, withdrawn, refunded, counted', async ({ as }) => {
  test.setTimeout(240_000);
  const shot = async (page: Awaited<ReturnType<typeof as>>, name: string): Promise<void> => {
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
  };
  const reception = await as('city-reception');
  const taken = await new NewCasePage(reception).start('存量房转移登记', await roomWith(reception));
  await taken.fill({
    '/holders/0/party/name': '测试缴款人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/holders/0/party/phone': '13800000000',
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-FEE-001',
    '/detail/contract_date': '20261101',
    '/detail/deed_tax_proof_no': 'QS2026002',
  });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对');
  const caseNo = taken.caseNo();
  await taken.act('提交');
  await expect(taken.step()).toContainText('初审');

  const cashier = await as('city-cashier');
  await cashier.goto('/staff/fee/desk');
  await expect(cashier.locator('table.grid')).toContainText('测试缴款人');
  await shot(cashier, 'fee-desk');
  const desk = new FeeDesk(cashier);
  await desk.open(caseNo);
  await shot(cashier, 'fee-order-unpaid');
  await desk.pay();
  await shot(cashier, 'fee-order-paid');
  await cashier.getByRole('link', { name: '打印刚才的收据' }).click();
  await expect(cashier.locator('.receipt')).toContainText('元整');
  await expect(cashier.locator('.receipt')).toContainText('模拟票据');
  await shot(cashier, 'fee-receipt');

  const withdrawn = new CasePage(reception);
  await withdrawn.open(caseNo);
  await expect(reception.locator('.fee')).toContainText('已缴');
  await shot(reception, 'fee-case');
  await withdrawn.act('撤回', async (dialog) => dialog.getByRole('textbox').first().fill('双方不再交易'));
  await cashier.goto(`/staff/fee/order/${caseNo}-01`);
  await cashier.getByRole('button', { name: '退款' }).click();
  const dialog = cashier.getByRole('dialog', { name: '退款' });
  await dialog.getByLabel('退款原因').fill('申请撤回');
  await dialog.getByRole('button', { name: '确认退款' }).click();
  await expect(cashier.locator('.page-head')).toContainText('已退款');

  await cashier.goto('/staff/fee/day');
  // what is in the drawer is what the book says, the demo city's own payments of the day among it
  const counted = cashier.getByLabel(/现金实点/);
  await counted.fill('0');
  const book = await cashier
    .getByText(/账面 [\d.,-]+，差额/)
    .textContent()
    .catch(() => null);
  await counted.fill(/账面 ([\d.-]+)，/.exec(book?.replaceAll(',', '') ?? '')?.[1] ?? '0');
  await cashier.getByRole('button', { name: '保存日结' }).click();
  await expect(cashier.locator('.toasts')).toContainText('日结已保存');
  await shot(cashier, 'fee-day');
  await cashier.goto('/staff/fee/month');
  await expect(cashier.getByRole('heading', { name: /月结清单/ })).toBeVisible();
  await shot(cashier, 'fee-month');
});

test('税费试算: the brackets of deed tax, with the rule each line rests on', async ({ as }) => {
  const page = await as('city-reception');
  await page.goto('/staff/fee/calculator');
  await page.getByRole('button', { name: '试算', exact: true }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('成交价格').fill('80万');
  await page.getByLabel('建筑面积').fill('120');
  await page.getByLabel('买方家庭住房套次').selectOption('2');
  await page.getByLabel('卖方持有满').fill('3');
  await page.getByRole('button', { name: '试算', exact: true }).click();
  await expect(page.locator('.tax.main')).toContainText('8,000.00 元');
  await expect(page.locator('.tax.main')).toContainText('2024年第16号');
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/fee-tax.png` });
  await page.getByRole('button', { name: '登记费', exact: true }).click();
  await page.getByLabel('业务').selectOption('100-DY-01');
  await page.getByLabel('不动产单元数').fill('3');
  await page.getByRole('button', { name: '试算', exact: true }).click();
  await expect(page.locator('.total')).toContainText('80.00');
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/fee-fee.png` });
});
