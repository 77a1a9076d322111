// What axe-core finds on the main pages (WCAG 2.2 A and AA), at 320 and 1280 px, in both languages; at 320 px nothing scrolls sideways.
// stdin: { base, phone, password }
import { journey, open, must, signIn } from './browser.mjs';
import { defects } from './look.mjs';

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
        for (const defect of await defects(page)) findings.push(`${path} ${width}: ${defect}`);
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
