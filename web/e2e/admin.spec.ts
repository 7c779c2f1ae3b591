import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

test('an administrator sets time limit, material on top and automatic decision; all three are kept', async ({ as }) => {
  const page = await as('city-admin');
  await page.goto('/staff/admin/business');
  await page.getByRole('searchbox', { name: '查找业务' }).fill('300-00-02');
  const row = page.getByRole('row', { name: /300-00-02/ });
  await row.getByRole('button', { name: /设置/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: /承诺时限/ }).fill('99');
  await dialog.getByRole('button', { name: '加一种材料' }).click();
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog.getByText('不能长于法定时限')).toBeVisible();
  await expect(dialog.getByText('请写明加收依据')).toBeVisible();
  await dialog.getByRole('textbox', { name: /承诺时限/ }).fill('1');
  await dialog.getByRole('textbox', { name: /材料名称/ }).fill('门牌核对表');
  await dialog.getByRole('textbox', { name: /加收依据/ }).fill('《示例管理办法》第二条');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toBeHidden();
  await page.reload();
  await page.getByRole('checkbox', { name: '只看本机构设置过的' }).check();
  await expect(page.getByRole('row', { name: /300-00-02.*门牌核对表（必收）/ })).toBeVisible();

  await page.goto('/staff/admin/automatic');
  const line = page.getByRole('row', { name: /300-00-01/ });
  await line.getByRole('checkbox', { name: /开启/ }).check();
  await line.getByRole('textbox', { name: /抽查比例/ }).fill('20');
  await line.getByRole('button', { name: /保存/ }).click();
  await expect(line.getByText('已开启')).toBeVisible();
  await page.getByRole('button', { name: '新增渠道' }).click();
  const channel = page.getByRole('dialog');
  await channel.getByRole('textbox', { name: /接口账号/ }).fill('nobody');
  await channel.getByRole('textbox', { name: /可信来源/ }).fill('税务');
  await channel.getByRole('button', { name: '保存' }).click();
  await expect(channel.getByText('没有这个登录名的账号').first()).toBeVisible();
  await channel.getByRole('textbox', { name: /接口账号/ }).fill('city-reception2');
  await channel.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('row', { name: /city-reception2.*税务/ })).toBeVisible();

  const reviewer = await as('city-review');
  await reviewer.goto('/staff/after-check');
  await expect(reviewer.getByRole('heading', { name: '事后抽查' })).toBeVisible();
  // the demo city's automatic cases of the last months are sampled
  await expect(reviewer.locator('tbody tr').or(reviewer.getByText('没有待抽查的业务')).first()).toBeVisible();
});

test('the matrix of same-city handling is edited with the keyboard and kept', async ({ as }) => {
  const page = await as('city-admin');
  await page.goto('/staff/admin/same-city');
  await page.getByRole('button', { name: '转移登记', exact: true }).click();
  const first = page.locator('button.cell').first();
  await first.focus();
  await page.keyboard.press('Control+End');
  const last = page.locator('button.cell').last();
  await expect(last).toBeFocused();
  await expect(last).toHaveText('不可');
  await page.keyboard.press('Space');
  await expect(last).toHaveText('✓ 可受理');
  await page.getByRole('button', { name: '保存 1 处修改' }).click();
  await expect(page.getByText('同城通办权限已保存')).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: '转移登记', exact: true }).click();
  await expect(page.locator('button.cell').last()).toHaveText('✓ 可受理');

  await page.getByRole('button', { name: '新增委托' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: /受托机构/ }).selectOption('510421');
  await dialog.getByRole('textbox', { name: /截止日期/ }).fill('20361231');
  await dialog.getByRole('textbox', { name: /委托书文号/ }).fill('示例委〔2026〕1号');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('row', { name: /示例委〔2026〕1号.*生效中/ })).toBeVisible();
});

test('an office of another authority takes a sale for the city, which then decides', async ({ as }) => {
  test.setTimeout(180_000);
  const admin = await as('city-admin');
  await admin.goto('/staff/admin/same-city');
  await admin.getByRole('button', { name: '转移登记', exact: true }).click();
  await admin.getByRole('button', { name: /整行\s*切换 米易县不动产登记大厅/ }).click();
  await admin.getByRole('button', { name: /^保存 \d+ 处修改/ }).click();
  await expect(admin.getByText('同城通办权限已保存')).toBeVisible();

  const unit = await roomWith(await as('city-reception'));
  const clerk = await as('miyi-reception');
  const taken = await new NewCasePage(clerk).start('存量房转移登记', unit);
  await taken.fill({
    '/holders/0/party/name': '测试买受人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/holders/0/party/phone': '13800000000',
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-2026-009',
    '/detail/contract_date': '20261101',
    '/detail/deed_tax_proof_no': 'QS2026009',
  });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对');
  const caseNo = taken.caseNo();
  expect(caseNo.slice(0, 4)).toBe('5104');
  expect(caseNo.slice(0, 6)).not.toBe('510421');
  await taken.act('提交');
  await expect(taken.step()).toContainText('初审');

  const reviewer = await as('city-review1');
  const there = new CasePage(reviewer);
  await there.open(caseNo);
  await expect(reviewer.getByText('同城通办').first()).toBeAttached();
  await there.act('同意');
  await expect(there.step()).toContainText('审核');
});
