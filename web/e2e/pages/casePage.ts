import { expect, type Locator, type Page } from '@playwright/test';

/** A one-pixel PNG: enough for a scan in a test. */
const SCAN = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const id = (pointer: string): string => `#f${pointer.replace(/[^A-Za-z0-9]+/g, '-')}`;

export class CasePage {
  constructor(readonly page: Page) {}

  async open(caseNo: string): Promise<void> {
    await this.page.goto(`/staff/case/${caseNo}`);
    await expect(this.page.locator('.case-head')).toBeVisible();
  }
  caseNo(): string {
    return /case\/(\d{20})/.exec(this.page.url())?.[1] ?? '';
  }
  field(pointer: string): Locator {
    return this.page.locator(id(pointer));
  }
  step(): Locator {
    return this.page.locator('.steps .here');
  }
  checks(): Locator {
    return this.page.locator('.check-panel');
  }

  async fill(values: Record<string, string>): Promise<void> {
    for (const [pointer, value] of Object.entries(values)) {
      const field = this.field(pointer);
      if ((await field.evaluate((element) => element.tagName)) === 'SELECT') await field.selectOption(value);
      else await field.fill(value);
    }
  }
  /** A scan for every item that the checklist still misses. */
  async uploadMissing(scan: Buffer = SCAN): Promise<void> {
    const missing = this.page.locator('tr.missing input[type=file]');
    for (let left = await missing.count(); left > 0; left = await missing.count()) {
      const item = (await missing.first().getAttribute('data-item')) ?? 'scan';
      await missing.first().setInputFiles({ name: `${item}.png`, mimeType: 'image/png', buffer: scan });
      await expect(this.page.locator(`tr.missing input[data-item="${item}"]`)).toHaveCount(0);
    }
  }
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await expect(this.page.locator('.footbar')).not.toContainText('有未保存的内容');
    await expect(this.page.locator('.footbar')).not.toContainText('正在保存');
  }
  /** Reasons for every warning shown, so that the case may go on. */
  async answerWarnings(reason: string): Promise<void> {
    const fields = this.page.locator('.check-panel .why input');
    for (let i = 0; i < (await fields.count()); i += 1) await fields.nth(i).fill(reason);
    if ((await fields.count()) > 0) await this.save();
  }
  /** Presses an action and confirms its dialog; `fill` runs inside the dialog. */
  async act(name: string, fill?: (dialog: Locator) => Promise<void>): Promise<void> {
    await this.page
      .locator('.footbar')
      .getByRole('button', { name: new RegExp(`^${name}( Ctrl|$)`) })
      .click();
    const dialog = this.page.getByRole('dialog').filter({ has: this.page.locator('.action-form') });
    await expect(dialog).toBeVisible({ timeout: 30_000 });
    const seen = dialog.getByLabel(/我已核对/);
    if (await seen.isVisible()) await seen.check();
    await fill?.(dialog);
    await dialog.getByRole('button', { name: new RegExp(`^确定`) }).click();
    await expect(dialog).toBeHidden();
  }
}
