// What axe-core finds on the main pages (WCAG 2.2 A and AA), at 320 and 1280 px, in both languages; at 320 px nothing scrolls sideways.
// stdin: { base, phone, password }
import { journey, open, must, require, signIn } from './browser.mjs';

const { AxeBuilder } = require('@axe-core/playwright');
const anyone = ['/', '/items', '/items/992083067000', '/items/992083067000/guide', '/signin', '/verify', '/rules', '/console/signin'];
const person = ['/my/cases', '/my/certificates', '/my/notices', '/my/data', '/my/consents', '/account'];

await journey(async ({ base, phone, password }, browser) => {
  const page = await open(browser, base);
  const findings = [];
  let looked = 0;
  const look = async (paths) => {
    for (const path of paths) {
      await page.goto(path);
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
        for (const v of violations) findings.push(`${path} ${width}: ${v.id} ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 0) findings.push(`${path} ${width}: ${over} px too wide`);
        looked++;
      }
    }
  };
  const speak = async (language) => {
    await page.goto('/');
    await page.locator(`form[action="/ui/language"] button[value=${language}]`).first().click();
    must((await page.locator('html').getAttribute('lang')).startsWith(language), `the page does not speak ${language}`);
  };
  await page.setViewportSize({ width: 1280, height: 900 });
  await look(anyone);
  await page.setViewportSize({ width: 1280, height: 900 });
  await speak('en');
  await look(anyone);
  await page.setViewportSize({ width: 1280, height: 900 });
  await signIn(page, phone, password);
  await look(person);
  await page.setViewportSize({ width: 1280, height: 900 });
  await speak('zh');
  await look(person);
  must(findings.length === 0, findings.join('\n'));
  return { looked };
});
