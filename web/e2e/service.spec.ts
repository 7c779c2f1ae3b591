import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

test('不予受理告知书 reaches the applicant: recorded, taken back, recorded again, printed', async ({ as }) => {
  test.setTimeout(180_000);
  const page = await as('city-reception');
  const unit = await roomWith(page);
  const taken = await new NewCasePage(page).start('抵押权首次登记', unit);
  await taken.fill({
    '/holders/0/party/name': '示例银行送达支行',
    '/holders/0/party/kind': '2',
  });
  await taken.save();
  const caseNo = taken.caseNo();
  await taken.act('不予受理', async (dialog) => {
    await dialog.getByRole('textbox').first().fill('申请材料不齐全：缺少主债权合同');
  });

  // both sides apply for a mortgage: the list names both
  await page.goto('/staff/service');
  const waiting = page.getByRole('row').filter({ hasText: caseNo });
  await expect(waiting).toHaveCount(2);
  await expect(waiting.first()).toContainText('不予受理告知书');
  await page.screenshot({ path: test.info().outputPath('waiting.png') });

  await taken.open(caseNo);
  const panel = page.getByRole('region', { name: '文书送达' });
  await expect(panel).toContainText('未全部送达');
  const bank = panel.locator('.person').filter({ hasText: '示例银行送达支行' });
  await bank.getByRole('button', { name: '登记送达' }).click();
  const dialog = page.getByRole('dialog').filter({ has: page.locator('.serve-form') });

  // left behind needs witnesses or pictures
  await dialog.getByLabel('送达方式').selectOption('left');
  await dialog.getByLabel('送达地址').fill('示例路 1 号');
  await dialog.getByRole('button', { name: '登记', exact: true }).click();
  await expect(dialog).toContainText('请填写 2 名见证人');
  await page.screenshot({ path: test.info().outputPath('dialog.png') });

  await dialog.getByLabel('送达方式').selectOption('direct');
  await dialog.getByLabel('签收人是').selectOption('receiving_staff');
  await dialog.getByRole('textbox', { name: /^签收人/ }).fill('收件员');
  await dialog.getByRole('button', { name: '登记', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(bank).toContainText('已送达');
  await expect(bank).toContainText('申请行政复议的期限到');
  await expect(bank).toContainText('提起行政诉讼的期限到');

  await bank.getByRole('button', { name: '撤销' }).click();
  const undo = page.getByRole('dialog', { name: '撤销送达记录' });
  await undo.getByLabel('原因').fill('签收人填错');
  await undo.getByRole('button', { name: '确认撤销' }).click();
  await expect(undo).toBeHidden();
  await expect(bank).toContainText('待送达');
  await expect(bank).toContainText('已撤销');

  await bank.getByRole('button', { name: '登记送达' }).click();
  await dialog.getByLabel('送达方式').selectOption('post');
  await dialog.getByLabel('未送达').check();
  await dialog.getByLabel('没有送达的原因').fill('退回：查无此人');
  await dialog.getByRole('button', { name: '登记', exact: true }).click();
  await expect(dialog).toBeHidden();
  await bank.getByRole('button', { name: '登记送达' }).click();
  await dialog.getByLabel('送达方式').selectOption('public');
  await dialog.getByLabel('公告送达的理由').selectOption('others_failed');
  await dialog.getByLabel('公告刊登于').fill('登记机构门户网站');
  await dialog.getByRole('button', { name: '登记', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(bank).toContainText('公告期内');
  await page.screenshot({ path: test.info().outputPath('panel.png'), fullPage: true });

  const receipt = await page.request.get(
    (await bank.getByRole('link', { name: '送达回证' }).getAttribute('href')) ?? '',
  );
  expect(await receipt.text()).toContain('公告送达');
  await panel.locator('input[type=file]').setInputFiles({
    name: '送达回证.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('%PDF-1.7 receipt'),
  });
  await expect(page.getByText('送达回证已存入案卷')).toBeVisible();

  await page.goto('/staff/service');
  await expect(page.getByRole('row').filter({ hasText: caseNo })).toHaveCount(1);
  await page.getByLabel('状态').selectOption('公告期内');
  await expect(page.getByRole('row').filter({ hasText: caseNo })).toContainText('示例银行送达支行');
});

test('异议登记 and the suit noted on it: the fields of the suit come with their own business', async ({ as }) => {
  test.setTimeout(240_000);
  const page = await as('city-reception');
  const unit = await roomWith(page);
  /** From the counter into the register. */
  async function record(taken: CasePage): Promise<void> {
    await taken.uploadMissing();
    await taken.save();
    await taken.answerWarnings('已核对相关材料');
    await taken.act('提交');
    const caseNo = taken.caseNo();
    for (const [who, step] of [
      ['city-review', '同意'],
      ['city-record', '登簿'],
    ] as const) {
      const at = new CasePage(await as(who));
      await at.open(caseNo);
      await at.act(step);
    }
  }
  const caution = await new NewCasePage(page).start('异议登记 600-00-01', unit, '异议登记');
  await expect(caution.field('/detail/content/suit_on')).toHaveCount(0);
  await caution.fill({
    '/holders/0/party/name': '示例异议公司',
    '/holders/0/party/kind': '2',
    '/holders/0/party/id/kind': '8',
    '/holders/0/party/id/number': '91510400MA60000887',
    '/detail/content/matter': '主张为共有人',
  });
  await record(caution);

  const suit = await new NewCasePage(page).start('异议登记起诉情况记载', unit, '异议登记');
  await expect(suit.field('/detail/content/matter')).toHaveCount(0);
  await suit.fill({ '/detail/matter': '记载起诉情况', '/detail/content/suit_body': '示例区人民法院' });
  await page.screenshot({ path: test.info().outputPath('suit.png') });
  await suit.fill({
    '/detail/content/suit_no': '（2026）示例民初1号',
    '/detail/content/suit_on': new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10),
  });
  await record(suit);
  await page.goto(`/staff/book/unit/${unit}`);
  await expect(page.getByText('示例区人民法院')).toBeVisible();
});
