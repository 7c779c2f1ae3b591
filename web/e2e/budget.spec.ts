import { expect, test } from './fixtures';

/** Bytes over the wire (headers left out) and requests of a first visit. */
for (const [name, path, user] of [
  ['sign-in', '/staff/sign-in', null],
  ['inbox', '/staff/', 'city-reception'],
  ['acceptance', '/staff/accept/new', 'city-reception'],
] as const) {
  test(`first visit of the ${name} page stays within 135 KB and 20 requests`, async ({ as, browser, baseURL }) => {
    const state = user ? await (await as(user)).context().storageState() : undefined;
    const context = await browser.newContext({ baseURL, storageState: state });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    let bytes = 0;
    let requests = 0;
    cdp.on('Network.requestWillBeSent', () => {
      requests += 1;
    });
    cdp.on('Network.loadingFinished', (event) => {
      bytes += event.encodedDataLength;
    });
    await page.goto(path, { waitUntil: 'networkidle' });
    expect(bytes / 1024).toBeGreaterThan(20);
    expect(bytes / 1024).toBeLessThanOrEqual(135);
    expect(requests).toBeLessThanOrEqual(20);
    await context.close();
  });
}
