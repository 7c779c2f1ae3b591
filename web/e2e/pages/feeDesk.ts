import { expect, type Page } from '@playwright/test';

/** The cashier's desk: finds the order of a case and takes the money. */
export class FeeDesk {
  constructor(readonly page: Page) {}

  async open(caseNo: string): Promise<void> {
    await this.page.goto('/staff/fee/desk');
    await this.page.locator('#fee-q').fill(caseNo);
    await this.page.locator('#work-area').getByRole('button', { name: '查找' }).click();
    await this.page.getByRole('link', { name: `${caseNo}-01` }).click();
    await expect(this.page.getByRole('heading', { name: '缴款单', level: 1 })).toBeVisible();
  }
  /** Decides the use where the register does not tell it, then takes all that is due in cash. */
  async pay(): Promise<void> {
    const decide = this.page.getByRole('button', { name: '核定用途' });
    if (await decide.isVisible()) {
      await decide.click();
      const dialog = this.page.getByRole('dialog', { name: '核定收费用途' });
      await dialog.getByLabel('规划用途').selectOption('residential');
      await dialog.getByLabel('核定依据').fill('规划许可载明用途为住宅');
      await dialog.getByRole('button', { name: '核定' }).click();
      await expect(dialog).toBeHidden();
    }
    await this.page.getByLabel('实付现金').fill('1000');
    await this.page.getByRole('button', { name: '确认收款' }).click();
    await expect(this.page.locator('.page-head')).toContainText('已缴');
  }
}
