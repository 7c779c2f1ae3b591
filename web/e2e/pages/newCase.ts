import { expect, type Page } from '@playwright/test';
import { CasePage } from './casePage';

export class NewCasePage {
  constructor(private readonly page: Page) {}
  /** Business and unit by code, as a scanner would type it; ends on the new case. */
  async start(business: string, unitCode: string, family?: string): Promise<CasePage> {
    await this.choose(business, unitCode, family);
    await this.page.getByRole('button', { name: '建立案件，开始填写' }).click();
    await expect(this.page.locator('.case-head')).toBeVisible();
    return new CasePage(this.page);
  }
  async choose(business: string, unitCode: string, family?: string): Promise<void> {
    await this.page.goto('/staff/accept/new');
    if (family) await this.page.getByRole('button', { name: family, exact: true }).click();
    await this.page
      .locator('.cards')
      .getByRole('button', { name: new RegExp(`^${business}`) })
      .click();
    const box = this.page.locator('#find-unit input[type=search]');
    await box.fill(unitCode);
    await box.press('Enter');
    await expect(this.page.locator('.picked')).toBeVisible();
  }
}
