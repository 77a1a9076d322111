// Opens pages in a real browser and lists what axe-core finds wrong: WCAG 2.2 AA and best practice.
// Usage: node axe.mjs <url>...   One line of JSON for each page; exits with 1 when there is a finding.
// CHROMIUM names the browser when it is not /usr/bin/chromium.
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
let found = false;
for (const url of process.argv.slice(2)) {
  for (const width of [320, 1280]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, locale: 'zh-CN' });
    const page = await context.newPage();
    await page.goto(url, { waitUntil: 'load' });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const findings = violations.map((v) => ({ rule: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => `${n.target.join(' ')} :: ${n.any.concat(n.all, n.none).map((c) => c.message).join('; ')}`) }));
    // 320 px is a window of 1280 at 400 % (WCAG 1.4.10): nothing may need scrolling sideways.
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) findings.push({ rule: 'reflow', impact: 'serious', help: `the page is ${overflow} px wider than the window`, nodes: [] });
    found ||= findings.length > 0;
    console.log(JSON.stringify({ url, width, findings }));
    await context.close();
  }
}
await browser.close();
process.exit(found ? 1 : 0);
