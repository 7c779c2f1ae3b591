import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { roomWith } from './units';

test('公告: nothing goes on before its end; an objection is decided by another, the public reads along', async ({
  as,
}) => {
  test.setTimeout(180_000);
  const desk = await as('city-reception');
  const taken = await new NewCasePage(desk).start('补发不动产权证书', await roomWith(desk), '换证、补证');
  await taken.fill({ '/detail/matter': '证书遗失，申请补发' });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对相关材料');
  await taken.act('提交');
  const caseNo = taken.caseNo();

  const first = new CasePage(await as('city-review1'));
  await first.open(caseNo);
  await first.act('同意');
  const panel = first.page.getByRole('region', { name: '公告' });
  await expect(panel).toContainText('尚未发布公告');

  await panel.getByRole('button', { name: '发布公告' }).click();
  const publish = first.page.getByRole('dialog', { name: '发布公告' });
  await expect(publish.getByLabel('内容')).toHaveValue(/坐落：.*第?/);
  await publish.getByLabel('公告期（工作日）').fill('10');
  await publish.getByRole('button', { name: '发布公告' }).click();
  await expect(publish).toContainText('不少于 15 个工作日');
  await publish.getByLabel('公告期（工作日）').fill('15');
  await publish.getByRole('button', { name: '发布公告' }).click();
  await expect(publish).toBeHidden();
  await expect(panel).toContainText('公告中');
  await expect(first.page.locator('.case-head')).toContainText('暂停计时');

  // too early: the last day is not over
  await first.page.locator('.footbar').getByRole('button', { name: /^同意/ }).click();
  const agree = first.page.getByRole('dialog').filter({ has: first.page.locator('.action-form') });
  await agree.getByRole('button', { name: /^确定/ }).click();
  await expect(agree).toContainText('实施细则》第十七条');
  await agree.getByRole('button', { name: '取消' }).click();

  const number = (await panel.locator('summary').first().innerText()).match(/\d{4}-\d{4}/)![0];
  await desk.goto(`/public-notices?q=${number}`);
  await expect(desk.locator('article')).toHaveCount(1);
  await expect(desk.locator('article')).toContainText('补发');

  await taken.open(caseNo);
  await desk.getByRole('region', { name: '公告' }).getByRole('button', { name: '登记异议' }).click();
  const object = desk.getByRole('dialog', { name: '登记公告异议' });
  await object.getByLabel('异议人').fill('测试异议人');
  await object.getByLabel('联系方式').fill('13000000000');
  await object.getByLabel('异议理由').fill('证书并未遗失，由本人保管');
  await object.getByRole('button', { name: '登记异议' }).click();
  await expect(object).toBeHidden();
  await expect(desk.getByRole('region', { name: '公告' })).toContainText('测***');

  const chief = new CasePage(await as('city-review'));
  await chief.open(caseNo);
  const judged = chief.page.getByRole('region', { name: '公告' });
  await judged.getByRole('button', { name: '处理' }).click();
  const decide = chief.page.getByRole('dialog', { name: '处理公告异议' });
  await decide.getByLabel('处理结果').selectOption('yes');
  await decide.getByLabel('处理意见').fill('经核实，证书由异议人保管');
  await decide.getByRole('button', { name: '确定' }).click();
  await expect(judged).toContainText('异议成立');
  // the first reviewer passes it on, the reviewer can only refuse it
  await first.open(caseNo);
  await first.act('同意');
  await chief.open(caseNo);
  await chief.act('不予登记', async (dialog) => dialog.getByLabel(/理由/).fill('证书并未遗失，不符合补发条件'));
  await expect(chief.page.locator('.case-head')).toContainText('不予登记');

  await first.page.goto('/staff/notice');
  await expect(first.page.getByRole('row').filter({ hasText: caseNo })).toBeVisible();
});

test('暂停计时: stopped for a reason, nothing can be done meanwhile, started again with the days moved', async ({
  as,
}) => {
  test.setTimeout(120_000);
  const desk = await as('city-reception');
  const taken = await new NewCasePage(desk).start('换发不动产权证书', await roomWith(desk), '换证、补证');
  await taken.fill({ '/detail/matter': '证书破损，申请换发' });
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对相关材料');
  await taken.act('提交');
  const caseNo = taken.caseNo();

  const review = new CasePage(await as('city-review'));
  await review.open(caseNo);
  const clock = review.page.getByRole('region', { name: '计时' });
  await clock.getByRole('button', { name: '暂停计时' }).click();
  const stop = review.page.getByRole('dialog', { name: '暂停计时' });
  await stop.getByLabel('原因').selectOption('verify');
  await stop.getByRole('textbox', { name: '预计恢复日期' }).fill('20991231');
  await stop.getByLabel('具体事由').fill('向派出所核实门牌');
  await stop.getByRole('button', { name: '暂停计时' }).click();
  await expect(stop).toContainText('最多暂停 30 个工作日');
  const day = new Date(Date.now() + 86_400_000 * 7).toISOString().slice(0, 10).replaceAll('-', '');
  await stop.getByRole('textbox', { name: '预计恢复日期' }).fill(day);
  await stop.getByRole('button', { name: '暂停计时' }).click();
  await expect(stop).toBeHidden();
  await expect(review.page.locator('.case-head')).toContainText('已暂停');
  await expect(review.page.locator('.footbar').getByRole('button', { name: /^同意/ })).toBeDisabled();
  await clock.getByRole('button', { name: '恢复计时' }).click();
  const go = review.page.getByRole('dialog', { name: '恢复计时' });
  await go.getByLabel('恢复事由').fill('已核实');
  await go.getByRole('button', { name: '恢复计时' }).click();
  await expect(go).toBeHidden();
  await review.act('同意');
  await expect(review.step()).toContainText('登簿');
});
