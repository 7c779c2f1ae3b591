import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures';
import { firstBuilding, roomWith } from './units';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PAGES: Record<string, string[]> = {
  'city-reception': [
    '/staff/',
    '/staff/pool',
    '/staff/done',
    '/staff/accept/new',
    '/staff/unit/search',
    '/staff/unit/:unit',
    '/staff/book/unit/:unit',
    '/staff/lpb',
    '/staff/lpb/:building',
    '/staff/parcel/:parcel',
    '/staff/admin/catalogue',
    '/staff/search',
    '/staff/search/new',
    '/staff/help',
    '/staff/nowhere',
  ],
  'city-cert': ['/staff/cert/search', '/staff/cert/stock', '/staff/cert/series'],
  'city-admin': [
    '/staff/admin/staff',
    '/staff/admin/office',
    '/staff/admin/authority',
    '/staff/admin/fees',
    '/staff/admin/business',
    '/staff/admin/automatic',
    '/staff/admin/same-city',
  ],
  'city-review': ['/staff/stats', '/staff/stats/board', '/staff/after-check', '/staff/service'],
  'city-cashier': ['/staff/fee/desk', '/staff/fee/day', '/staff/fee/month', '/staff/fee/calculator'],
  'city-audit': ['/staff/admin/audit', '/staff/admin/search-log', '/staff/admin/register'],
};

for (const [user, paths] of Object.entries(PAGES)) {
  test(`no accessibility fault on the pages of ${user}, also in high contrast`, async ({ as }) => {
    test.setTimeout(240_000);
    const page = await as(user);
    const reader = await as('city-reception');
    const unit = paths.some((p) => p.includes(':')) ? await roomWith(reader) : '';
    const building = unit ? await firstBuilding(reader) : '';
    for (const path of paths) {
      await page.goto(path.replace(':unit', unit).replace(':building', building).replace(':parcel', unit.slice(0, 19)));
      await expect(page.locator('#work-area h1').first()).toBeAttached();
      await expect(page.locator('.bones')).toHaveCount(0);
      for (const contrast of [false, true]) {
        await page.evaluate((on) => document.documentElement.classList.toggle('contrast', on), contrast);
        const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
        expect(violations.map((v) => `${path} ${contrast ? 'contrast ' : ''}${v.id}: ${v.nodes[0]?.html}`)).toEqual([]);
      }
    }
  });
}

test('text is never below 12 px and targets never below 24 px', async ({ as }) => {
  const page = await as('city-reception');
  for (const path of ['/staff/', '/staff/accept/new', '/staff/unit/search', '/staff/help']) {
    await page.goto(path);
    await expect(page.locator('#work-area h1')).toBeAttached();
    const small = await page.evaluate(() => {
      const found: string[] = [];
      for (const element of document.querySelectorAll<HTMLElement>('body *')) {
        const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.textContent?.trim());
        if (
          own &&
          element.offsetParent &&
          !element.closest('.visually-hidden') &&
          Number.parseFloat(getComputedStyle(element).fontSize) < 12
        )
          found.push(`text ${element.outerHTML.slice(0, 90)}`);
      }
      for (const element of document.querySelectorAll<HTMLElement>(
        'button, select, input:not([type=file]), summary, nav a, a.btn',
      )) {
        const box = element.getBoundingClientRect();
        if (
          element.offsetParent &&
          !element.matches('.visually-hidden, .native') &&
          box.width > 1 &&
          (box.width < 18 || box.height < 18 || (element.tagName !== 'INPUT' && box.height < 24))
        )
          found.push(`target ${Math.round(box.width)}×${Math.round(box.height)} ${element.outerHTML.slice(0, 90)}`);
      }
      return found;
    });
    expect(small, path).toEqual([]);
  }
});

test('the focus is always visible, and nothing scrolls sideways at 200 % zoom', async ({ as }) => {
  const page = await as('city-reception');
  await page.goto('/staff/');
  await expect(page.locator('#work-area h1')).toBeVisible();
  for (let i = 0; i < 25; i += 1) {
    await page.keyboard.press('Tab');
    const ring = await page.evaluate(() => {
      const e = document.activeElement;
      return e && e !== document.body ? getComputedStyle(e).outlineStyle : 'solid';
    });
    expect(ring).toBe('solid');
  }
  await page.setViewportSize({ width: 720, height: 450 });
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  ).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
});
