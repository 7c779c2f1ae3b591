import { expect, type Locator, type Page } from '@playwright/test';
import { totp } from '../totp';

export class SignInPage {
  readonly heading: Locator;
  constructor(private readonly page: Page) {
    this.heading = page.locator('#signin-title');
  }

  async password(username: string, password: string): Promise<void> {
    await this.page.getByRole('textbox', { name: /工号/ }).fill(username);
    await this.page.getByLabel('密码').fill(password);
    await this.page.getByRole('button', { name: '登录', exact: true }).click();
  }
  /** The first time: the initial password is changed, and a one-time code enrolled. */
  async firstTime(username: string, initial: string, own: string): Promise<void> {
    await this.password(username, initial);
    const change = this.page.getByLabel('现在的密码');
    await expect(change).toBeVisible();
    await change.fill(initial);
    await this.page.locator('#f-new').fill(own);
    await this.page.locator('#f-again').fill(own);
    await this.page.getByRole('button', { name: '修改密码' }).click();
    await this.enrolled();
  }
  private async enrolled(): Promise<void> {
    const bar = this.page.locator('.topbar');
    const enrol = this.page.locator('.secret');
    await expect(bar.or(enrol)).toBeVisible();
    if (await enrol.isVisible()) {
      await this.page.getByRole('textbox', { name: /动态口令/ }).fill(totp((await enrol.textContent()) ?? ''));
      await this.page.getByRole('button', { name: '完成绑定' }).click();
    }
    await expect(bar).toBeVisible();
  }
  /** Password, and the enrolment of a one-time code where the authority asks for one. */
  async pass(username: string, password: string): Promise<void> {
    await this.password(username, password);
    await this.enrolled();
  }
}
