import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

test('转办、代理: claimed means claimed; a supervisor hands over, a deputy acts for who is away', async ({ as }) => {
  test.setTimeout(180_000);
  const desk = await as('city-reception');
  const taken = await new NewCasePage(desk).start('换发不动产权证书', await roomWith(desk), '换证、补证');
  await taken.fill({ '/detail/matter': '证书破损，申请换发' });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对相关材料');
  await taken.act('提交');
  const caseNo = taken.caseNo();

  const holder = new CasePage(await as('city-review'));
  await holder.open(caseNo);
  await holder.page.locator('.footbar').getByRole('button', { name: '认领' }).click();
  await expect(holder.page.locator('.case-head')).toContainText('办理人 石立夏');

  // another reviewer, who supervises: may not act, may hand over
  const chief = new CasePage(await as('city-review-2'));
  await chief.open(caseNo);
  await expect(chief.page.locator('.footbar').getByRole('button', { name: /^同意/ })).toBeDisabled();
  await expect(chief.page.locator('.footbar')).toContainText('已由石立夏认领');
  await chief.page.goto('/staff/stats/board');
  const row = chief.page.getByRole('row').filter({ hasText: caseNo });
  await chief.page.getByRole('table', { name: '督办台账' }).waitFor();
  const more = chief.page.getByRole('button', { name: /再显示/ });
  while (!(await row.isVisible()) && (await more.isVisible())) {
    const shown = await chief.page.locator('tbody tr').count();
    await more.click();
    await expect.poll(() => chief.page.locator('tbody tr').count()).toBeGreaterThan(shown);
  }
  await row.getByRole('checkbox').check();
  await chief.page.getByRole('button', { name: '转办（1 件）' }).click();
  const dialog = chief.page.getByRole('dialog', { name: '转办' });
  await expect(dialog).toContainText('石立夏：业务件已经由该人员办理');
  await dialog.getByLabel('接办人').selectOption({ index: 1 });
  await dialog.getByLabel('原因').fill('石立夏外出');
  await dialog.getByRole('button', { name: '转办' }).click();
  await expect(dialog).toBeHidden();
  await expect(row).toContainText('姜立秋');

  // away: a deputy of the same post
  await chief.page.goto('/staff/deputy');
  await chief.page.getByRole('button', { name: '委托代理人' }).click();
  const name = chief.page.getByRole('dialog', { name: '委托代理人' });
  await name.getByLabel('代理人').selectOption({ label: '石立夏' });
  await name.getByRole('textbox', { name: '截止日期' }).fill('2020-01-01');
  await name.getByLabel('原因').fill('出差');
  await name.getByRole('button', { name: '委托' }).click();
  await expect(name).toContainText('截止日期应不早于');
  const day = new Date(Date.now() + 86_400_000 * 3).toISOString().slice(0, 10);
  await name.getByRole('textbox', { name: '截止日期' }).fill(day);
  await name.getByRole('button', { name: '委托' }).click();
  await expect(name).toBeHidden();
  await expect(chief.page.getByRole('row').filter({ hasText: '代理中' })).toContainText('石立夏');

  await holder.page.goto('/staff/');
  await expect(holder.page.getByRole('row').filter({ hasText: caseNo })).toContainText('代 姜立秋');
  await holder.open(caseNo);
  await expect(holder.page.locator('.case-head')).toContainText('由您代理');
  await holder.act('同意');
  await expect(holder.checks()).toContainText('石立夏（代姜立秋）');

  chief.page.once('dialog', (question) => void question.accept());
  await chief.page.getByRole('button', { name: '终止' }).click();
  await expect(chief.page.getByRole('row').filter({ hasText: '已终止' })).toBeVisible();
});
