import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { CasePage } from './pages/casePage';
import { NewCasePage } from './pages/newCase';
import { firstBuilding, roomWith } from './units';

/** Invented people and bodies whose numbers pass the checks. */
const BANK = {
  '/holders/0/party/name': '示例银行攀枝花分行',
  '/holders/0/party/kind': '2',
  '/holders/0/party/id/kind': '8',
  '/holders/0/party/id/number': '91510400MA6000019T',
};
const LOAN = {
  '/detail/secured_amount': '50万',
  '/detail/contract_no': 'E2E-DY-001',
  '/detail/term_start': '20261201',
  '/detail/term_end': '20461130',
  '/detail/transfer_restricted': 'false',
  '/detail/scope': '主债权及利息、违约金和实现抵押权的费用',
};
const ORDER = {
  '/detail/court': '示例市中级人民法院',
  '/detail/document': '民事裁定书',
  '/detail/document_no': '（2026）示例执1号',
  '/detail/start': '20261101',
  '/detail/end': '20291031',
};

type As = (username: string) => Promise<Page>;

/** The certificate number of a body with its check character (GB 32100—2015). */
function withCheck(first17: string): string {
  const signs = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  const sum = [...first17].reduce((total, sign, i) => total + signs.indexOf(sign) * weights[i]!, 0);
  return first17 + signs[(31 - (sum % 31)) % 31];
}

async function accept(taken: CasePage, values: Record<string, string>): Promise<string> {
  await taken.fill(values);
  await taken.uploadMissing();
  await taken.save();
  await taken.answerWarnings('已核对相关材料');
  await taken.act('提交');
  return taken.caseNo();
}
/** Through review and recording; the last one records. */
async function decide(as: As, caseNo: string, reviewers: string[]): Promise<CasePage> {
  for (const who of reviewers) {
    const at = new CasePage(await as(who));
    await at.open(caseNo);
    await at.act('同意');
  }
  const registrar = new CasePage(await as('city-record'));
  await registrar.open(caseNo);
  await registrar.act('登簿');
  return registrar;
}
async function close(at: CasePage): Promise<void> {
  const result = at.page.getByRole('dialog', { name: '登簿完成' });
  if (await result.isVisible()) await result.getByRole('button', { name: '知道了' }).click();
}

test('抵押权首次登记, then its release: from the counter to the proof and out of the register', async ({ as }) => {
  test.setTimeout(240_000);
  const page = await as('city-reception');
  const unit = await roomWith(page);
  const taken = await new NewCasePage(page).start('抵押权首次登记', unit);
  const bank = { ...BANK, '/holders/0/party/id/number': withCheck('91510400MA6000019') };
  const caseNo = await accept(taken, { ...bank, ...LOAN });
  const recorded = await decide(as, caseNo, ['city-review1', 'city-review']);
  const result = recorded.page.getByRole('dialog', { name: '登簿完成' });
  await expect(result.locator('.certificate-no')).toHaveText(/^川\(\d{4}\)攀枝花市不动产证明第\d{7}号$/);
  await close(recorded);

  await page.goto(`/staff/unit/${unit}`);
  await expect(page.getByText('示例银行攀枝花分行').first()).toBeVisible();

  const release = await new NewCasePage(page).start('抵押权注销登记', unit);
  await expect(release.field('/detail/mortgage_right_id')).not.toHaveValue('');
  await decide(as, await accept(release, { '/detail/cause': '主债权消灭' }), ['city-review']);
  await page.goto(`/staff/book/unit/${unit}`);
  await expect(page.locator('.sheet.ended').filter({ hasText: '抵押' }).first()).toBeVisible();
});

test('查封登记, then a sale of the same house is refused, then 解除查封 frees it', async ({ as }) => {
  test.setTimeout(240_000);
  const page = await as('city-reception');
  const unit = await roomWith(page);
  const order = await new NewCasePage(page).start('查封登记', unit);
  await order.fill(ORDER);
  await order.field('/detail/served_at').fill('2026-11-01T10:30');
  for (const [i, name] of ['示例法官甲', '示例法官乙'].entries()) {
    await order.field(`/detail/officers/${i}/name`).fill(name);
    await order.field(`/detail/officers/${i}/certificate_no`).fill(`示例证${i}`);
  }
  await decide(as, await accept(order, {}), ['city-review']);

  const sale = await new NewCasePage(page).start('存量房转移登记', unit);
  const told = sale.checks();
  await expect(told).toContainText('已被查封');
  await expect(told).toContainText('《城市房地产管理法》第三十八条');
  await sale.act('撤回', async (dialog) => dialog.getByLabel(/理由/).fill('房屋已被查封'));

  const release = await new NewCasePage(page).start('解除查封登记', unit);
  await decide(
    as,
    await accept(release, { '/detail/cause': '案件执行完毕', '/detail/paper_no': '（2026）示例执1号之一' }),
    ['city-review'],
  );
  const again = await new NewCasePage(page).start('存量房转移登记', unit);
  await expect(again.checks()).not.toContainText('已被查封');
});

test('居住权首次登记 of the catalogue runs to its proof', async ({ as }) => {
  test.setTimeout(180_000);
  const page = await as('city-reception');
  const unit = await roomWith(page);
  const start = new NewCasePage(page);
  await page.goto('/staff/accept/new');
  const taken = await start.start('居住权首次登记（合同）', unit, '地役权、居住权登记');
  const caseNo = await accept(taken, {
    '/holders/0/party/name': '测试居住权人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/detail/content/scope': '全部住宅',
    '/detail/content/for_life': 'true',
  });
  const recorded = await decide(as, caseNo, ['city-review1', 'city-review']);
  const result = recorded.page.getByRole('dialog', { name: '登簿完成' });
  await expect(result.locator('.certificate-no')).toHaveText(/不动产证明第\d{7}号$/);
});

test('转移登记与抵押权首次登记（组合） makes a certificate and a proof in one recording', async ({ as }) => {
  test.setTimeout(180_000);
  const page = await as('city-reception');
  const unit = await roomWith(page);
  const taken = await new NewCasePage(page).start('转移与抵押合并登记', unit, '组合业务');
  const bank = Object.fromEntries(
    Object.entries({ ...BANK, '/holders/0/party/id/number': withCheck('91510400MA6000019'), ...LOAN }).map(
      ([field, value]) => [`/further/0${field}`, value],
    ),
  );
  await taken.fill({
    '/holders/0/party/name': '测试买受人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-2026-009',
    '/detail/deed_tax_proof_no': 'QS2026009',
  });
  await page.getByRole('button', { name: '抵押人取上一项的权利人' }).click();
  const caseNo = await accept(taken, bank);
  const recorded = await decide(as, caseNo, ['city-review1', 'city-review']);
  const result = recorded.page.getByRole('dialog', { name: '登簿完成' });
  await expect(result.locator('.certificate-no')).toHaveCount(2);
  await close(recorded);
  await page.goto(`/staff/unit/${unit}`);
  await expect(page.getByText('示例银行攀枝花分行').first()).toBeVisible();
});

test('each post sees its own work, a forbidden page says so, another county sees nothing', async ({ as }) => {
  const page = await as('city-reception');
  const unit = await roomWith(page);
  const taken = await new NewCasePage(page).start('存量房转移登记', unit);
  const caseNo = taken.caseNo();

  const auditor = await as('city-audit');
  await expect(auditor.getByRole('link', { name: '新建受理' })).toHaveCount(0);
  await auditor.goto('/staff/accept/new');
  await expect(auditor.getByRole('heading', { name: /没有权限/ })).toBeVisible();

  // 盐边县 is lent nothing by the city
  const county = await as('yanbian-reception');
  await county.goto(`/staff/case/${caseNo}`);
  await expect(county.getByRole('alert').first()).toContainText(/没有找到|没有权限/);
  await county.goto(`/staff/unit/${unit}`);
  await expect(county.getByRole('alert').first()).toContainText(/没有找到|没有权限/);
  await taken.act('撤回', async (dialog) => dialog.getByLabel(/理由/).fill('测试结束'));
});

test('two people at one draft: the second is told, nothing typed is lost', async ({ as }) => {
  const page = await as('city-reception');
  const taken = await new NewCasePage(page).start('存量房转移登记', await roomWith(page));
  const other = await page.context().newPage();
  const second = new CasePage(other);
  await second.open(taken.caseNo());
  await second.fill({ '/detail/price': '66万' });
  await second.save();
  await taken.fill({ '/detail/contract_no': 'E2E-MINE' });
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog').filter({ hasText: '刚刚被他人改动' });
  await expect(dialog).toBeVisible();
  await expect(taken.field('/detail/contract_no')).toHaveValue('E2E-MINE');
  await other.close();
});

test('sent back with a reason, put right, submitted again', async ({ as }) => {
  test.setTimeout(180_000);
  const page = await as('city-reception');
  const taken = await new NewCasePage(page).start('存量房转移登记', await roomWith(page));
  const caseNo = await accept(taken, {
    '/holders/0/party/name': '测试买受人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/detail/price': '80万',
    '/detail/contract_no': 'E2E-2026-010',
    '/detail/deed_tax_proof_no': 'QS2026010',
  });
  const first = new CasePage(await as('city-review1'));
  await first.open(caseNo);
  await first.act('退回', async (dialog) => dialog.getByLabel(/理由/).fill('买卖合同编号与网签备案不一致'));
  await taken.open(caseNo);
  await expect(page.getByText('买卖合同编号与网签备案不一致').first()).toBeVisible();
  await taken.fill({ '/detail/contract_no': 'E2E-2026-011' });
  await taken.save();
  await taken.act('提交');
  await expect(taken.step()).toContainText('初审');
});

test('整幢受理: a whole building is one case, its units shown page by page', async ({ as }) => {
  const page = await as('miyi-reception');
  const code = await firstBuilding(page);
  const table = (await (await page.request.get(`/api/v1/buildings/${code}/table`)).json()) as {
    building: { units: number };
  };
  expect(table.building.units).toBeGreaterThan(20);
  await page.goto(`/staff/lpb/${code}`);
  await page.getByRole('button', { name: '整幢受理' }).click();
  await page
    .locator('.cards')
    .getByRole('button', { name: /^抵押权首次登记/ })
    .click();
  await expect(page.getByText(`${table.building.units} 个不动产单元，一并办理`)).toBeVisible();
  await page.getByRole('button', { name: '建立案件，开始填写' }).click();
  await expect(page.locator('.case-head')).toBeVisible();
  await expect(page.getByText(`不动产单元（${table.building.units}）`)).toBeVisible();
  const units = page.locator('#s-unit article');
  await expect(units).toHaveCount(20);
  await page.getByRole('button', { name: /^再显示/ }).click();
  await expect(units).toHaveCount(Math.min(70, table.building.units));
});
