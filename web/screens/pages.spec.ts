import type { Page } from '@playwright/test';
import { PASSWORD, expect, test, url } from '../e2e/fixtures';
import { CasePage } from '../e2e/pages/casePage';
import { NewCasePage } from '../e2e/pages/newCase';
import { firstBuilding, roomWith } from '../e2e/units';
import { shot } from './shot';

/** A page that looks like a scanned paper, marked as an example. */
async function paper(page: Page): Promise<Buffer> {
  const sheet = await page.context().newPage();
  await sheet.setViewportSize({ width: 840, height: 1180 });
  await sheet.setContent(
    `<body style="font:18px/2 'Noto Serif CJK SC',serif;padding:70px;color:#333"><h1 style="text-align:center;font-size:34px">示例材料</h1>
     <p>本页为演示用的虚构材料，不含任何真实的个人信息。</p>${'<p>甲方与乙方就示例房屋达成如下约定，双方确认以上内容属实。</p>'.repeat(12)}
     <p style="margin-top:60px;text-align:right">（签章处）　二〇二六年十一月一日</p></body>`,
  );
  const picture = await sheet.screenshot();
  await sheet.close();
  return picture;
}

/** One picture of each page, on the demo city; people and titles are invented. */
test('pictures of every page', async ({ as, browser }) => {
  const stranger = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  await stranger.goto(`${url()}/staff/`);
  await expect(stranger.locator('#signin-title')).toBeVisible();
  await shot(stranger, '01-sign-in');
  await stranger.close();
  expect(PASSWORD).toBeTruthy();

  const desk = await as('city-reception');
  const unit = await roomWith(desk);
  await desk.goto('/staff/accept/new');
  await expect(desk.locator('.cards')).toBeVisible();
  await shot(desk, '03-new-case');
  const taken = await new NewCasePage(desk).start('存量房转移登记', unit);
  await taken.fill({
    '/holders/0/party/name': '测试买受人',
    '/holders/0/party/id/number': '11010519491231002X',
    '/detail/price': '80万',
    '/detail/contract_no': '示例合同-2026-001',
    '/detail/contract_date': '20261101',
    '/detail/deed_tax_proof_no': '示例完税-2026-001',
  });
  await taken.uploadMissing(await paper(desk));
  await taken.save();
  await desk.locator('#s-materials').scrollIntoViewIfNeeded();
  await shot(desk, '05-acceptance-materials');
  await desk.locator('#s-business').scrollIntoViewIfNeeded();
  await shot(desk, '04-acceptance');
  const caseNo = taken.caseNo();
  await taken.act('提交');

  const seized = await new NewCasePage(desk).start('存量房转移登记', await roomWith(desk, ['seizure']));
  await expect(seized.checks()).toContainText('查封');
  await shot(desk, '06-refused-by-law');

  const reviewer = await as('city-review1');
  await reviewer.goto('/staff/');
  await expect(reviewer.getByText(caseNo).first()).toBeVisible();
  await shot(reviewer, '02-inbox');
  const review = new CasePage(reviewer);
  await review.open(caseNo);
  await shot(reviewer, '07-review');
  await review.act('同意');
  const second = new CasePage(await as('city-review'));
  await second.open(caseNo);
  await second.act('同意');
  const registrar = new CasePage(await as('city-record'));
  await registrar.open(caseNo);
  await registrar.act('登簿');
  await expect(registrar.page.getByRole('dialog', { name: '登簿完成' })).toBeVisible();
  await shot(registrar.page, '08-recorded');

  await desk.goto(`/staff/book/unit/${unit}`);
  await expect(desk.locator('.sheet').first()).toBeVisible();
  await shot(desk, '09-register');
  await desk.goto(`/staff/unit/${unit}`);
  await shot(desk, '10-unit');
  await desk.goto('/staff/unit/search?q=' + encodeURIComponent('炳草岗'));
  await shot(desk, '11-unit-search');
  await desk.goto(`/staff/lpb/${await firstBuilding(desk)}`);
  await expect(desk.locator('.page, main').first()).toBeVisible();
  await shot(desk, '12-building-table');
  await desk.goto('/staff/cert/search');
  await shot(desk, '13-certificates');
  const maker = await as('city-cert');
  await maker.goto('/staff/cert/stock');
  await shot(maker, '14-form-stock');
  await maker.goto('/staff/cert/series');
  await shot(maker, '15-number-series');

  const admin = await as('city-admin');
  for (const [path, name] of [
    ['staff', '16-staff'],
    ['office', '17-offices'],
    ['authority', '18-authority'],
    ['catalogue', '19-catalogue'],
  ] as const) {
    await admin.goto(`/staff/admin/${path}`);
    await admin.waitForTimeout(400);
    await shot(admin, name);
  }
  const auditor = await as('city-audit');
  await auditor.goto('/staff/admin/audit');
  await expect(auditor.locator('table').first()).toBeVisible();
  await shot(auditor, '20-audit');
  await auditor.goto('/staff/admin/register');
  await shot(auditor, '21-register-health');
  await desk.goto('/staff/help');
  await shot(desk, '22-help');
  await desk.goto('/staff/stats');
  await expect(desk.getByRole('table', { name: '分项统计表' })).toBeVisible();
  await shot(desk, '34-statistics');
  await desk.goto('/staff/stats/board');
  await expect(desk.getByRole('table', { name: '督办台账' })).toBeVisible();
  await shot(desk, '35-supervision');

  const cashier = await as('city-cashier');
  for (const [who, path, name] of [
    [desk, '/staff/search', '24-search'],
    [desk, '/staff/fee/calculator', '25-fee-calculator'],
    [cashier, '/staff/fee/desk', '26-fee-desk'],
    [cashier, '/staff/fee/day', '27-fee-day'],
    [cashier, '/staff/fee/month', '28-fee-month'],
    [admin, '/staff/admin/fees', '29-fee-settings'],
    [auditor, '/staff/admin/search-log', '30-search-log'],
    [desk, `/staff/parcel/${unit.slice(0, 19)}`, '31-parcel'],
    [auditor, '/staff/accept/new', '32-forbidden'],
    [admin, '/staff/admin/same-city', '36-same-city'],
    [admin, '/staff/admin/automatic', '37-automatic'],
    [admin, '/staff/admin/business', '38-limits-and-materials'],
    [second.page, '/staff/after-check', '39-after-checks'],
    [maker, '/staff/cert/print', '40-print-correction'],
    [maker, '/staff/cert/void', '41-void-notices'],
  ] as const) {
    await who.goto(path);
    await expect(who.locator('h1').first()).toBeVisible();
    await shot(who, name);
  }
  const anybody = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  await anybody.goto(`${url()}/verify`);
  await shot(anybody, '33-verify');
  await anybody.close();

  const printed = await registrar.page.request.get(`/api/v1/cases/${caseNo}/papers/application`);
  expect(printed.ok()).toBe(true);
  await registrar.page.goto(`/api/v1/cases/${caseNo}/papers/application`);
  await shot(registrar.page, '23-printed-application');
});
