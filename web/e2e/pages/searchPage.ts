import { expect, type Locator, type Page } from '@playwright/test';

/** 查询窗口: one search application. */
export class SearchPage {
  readonly result: Locator;
  constructor(readonly page: Page) {
    this.result = page.locator('.answer');
  }
  async begin(kind: string, purpose: string, name: string, number: string): Promise<void> {
    await this.page.goto('/staff/search');
    await this.page.getByRole('link', { name: '受理查询申请' }).click();
    await this.page.getByRole('combobox', { name: '查询主体' }).selectOption({ label: kind });
    await this.page.getByRole('combobox', { name: '查询目的' }).selectOption({ label: purpose });
    await this.page.locator('#f-applicant-name').fill(name);
    await this.page.locator('#f-applicant-id-number').fill(number);
  }
  async index(name: string): Promise<void> {
    await this.page.getByRole('radio', { name }).check();
  }
  async tickPapers(): Promise<void> {
    for (const box of await this.page.locator('.papers input[type=checkbox]').all()) await box.check();
  }
  async ask(): Promise<void> {
    await this.page.getByRole('button', { name: '查询', exact: true }).first().click();
  }
  /** Gives out a paper and answers its number and the address it prints at. */
  async issue(paper: string): Promise<{ number: string; code: string; url: string }> {
    await this.page.getByRole('button', { name: `出具${paper}` }).click();
    const line = this.page.locator('.made tbody tr').last();
    await expect(line).toContainText(paper);
    const url = await line.getByRole('link', { name: /打印/ }).getAttribute('href');
    return {
      number: (await line.locator('td').first().textContent()) ?? '',
      code: (await line.locator('td.code').textContent()) ?? '',
      url: url ?? '',
    };
  }
}
