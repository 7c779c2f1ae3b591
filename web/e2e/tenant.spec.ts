import type { Browser, Page } from '@playwright/test';
import { expect, PASSWORD, test, url } from './fixtures';
import { SignInPage } from './pages/signIn';

const SHOTS = process.env['E2E_SHOTS'];
const OWN = 'Opened-2026-own';

async function fresh(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    baseURL: url(),
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  const page = await context.newPage();
  await page.goto('/staff/');
  return page;
}

test('开通登记机构: an operator sets up a county, its administrator begins, and each sees only the own', async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const shot = async (page: Page, name: string): Promise<void> => {
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  };
  const page = await fresh(browser);
  await new SignInPage(page).pass('platform-operator', PASSWORD);
  await page.getByRole('link', { name: '登记机构', exact: true }).click();
  await expect(page.getByRole('table', { name: '登记机构' })).toContainText('510400');
  await page.getByRole('link', { name: '开通登记机构' }).click();

  const form = page.locator('form.wizard');
  // a step is left only when it is whole
  await page.getByRole('button', { name: '下一步' }).click();
  await expect(page.getByText('登记机构代码应为 6 位数字')).toBeVisible();
  await form.getByLabel('登记机构代码').fill('510500');
  await form.getByLabel('登记机构全称').fill('示例市不动产登记中心');
  await form.getByLabel('证号中的地名').fill('示例市');
  await page.getByRole('button', { name: '下一步' }).click();
  await form.getByLabel('行政区代码').fill('510402');
  await form.getByLabel('名称').fill('示例区');
  await page.getByRole('button', { name: '下一步' }).click();
  await form.getByLabel('编号').fill('510500-01');
  await form.getByLabel('名称').fill('示例市不动产登记大厅');
  await form.getByLabel('所在行政区').selectOption('510402');
  await shot(page, 'tenant-offices');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '下一步' }).click();
  await form.getByLabel('登录名').fill('shili-admin');
  await form.getByLabel('姓名').fill('示例管理员');
  await page.getByRole('button', { name: '下一步' }).click();
  await expect(page.getByText('川（2026）示例市不动产权第0000001号')).toBeVisible();
  await page.getByRole('button', { name: '开通', exact: true }).click();
  // the district belongs to another authority: nothing was written, and the step with the fault is shown
  await expect(page.getByRole('heading', { name: '2. 行政区' })).toBeVisible();
  await form.getByLabel('行政区代码').fill('510502');
  await page.getByRole('button', { name: '下一步' }).click();
  await form.getByLabel('所在行政区').selectOption('510502');
  for (let step = 2; step < 5; step += 1) await page.getByRole('button', { name: '下一步' }).click();
  await shot(page, 'tenant-review');
  await page.getByRole('button', { name: '开通', exact: true }).click();
  const secret = (await page.locator('.secret').textContent())?.trim() ?? '';
  expect(secret.length).toBeGreaterThan(11);
  await shot(page, 'tenant-opened');
  await page.getByRole('link', { name: '完成' }).click();
  await expect(page.getByRole('table', { name: '登记机构' })).toContainText('示例市不动产登记中心');
  // the password is not shown again
  await page.goBack();
  await expect(page.getByText(secret)).toHaveCount(0);

  const admin = await fresh(browser);
  await new SignInPage(admin).firstTime('shili-admin', secret, OWN);
  await expect(admin.locator('.topbar')).toContainText('示例市');
  await admin.goto('/staff/admin/staff');
  await expect(admin.locator('table.grid')).toContainText('示例管理员');
  await expect(admin.locator('table.grid')).not.toContainText('段管理');
  await admin.goto('/staff/stats');
  await expect(admin.getByText('统计期间没有符合条件的业务件')).toBeVisible();
  await shot(admin, 'tenant-first-day');
  await admin.goto('/staff/platform/tenants');
  await expect(admin).toHaveURL(/forbidden/);
  await page.context().close();
  await admin.context().close();
});
