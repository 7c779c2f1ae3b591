import base from './playwright.config';

/** Pictures of every page for docs/screenshots: `npm run screenshots`. */
export default { ...base, testDir: 'screens', timeout: 400_000, reporter: 'list' };
