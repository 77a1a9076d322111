// What every browser journey shares: what to do comes as JSON on stdin, what was seen leaves as JSON on stdout.
// Packages are those of tests/peers, which is the working directory.
import { createRequire } from 'node:module';
import path from 'node:path';
import fs from 'node:fs';

export const require = createRequire(path.join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');

/** Plays a journey: `play(asked, browser)` returns what was seen, or throws. */
export async function journey(play) {
  const asked = JSON.parse(await new Response(process.stdin).text());
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    console.log(JSON.stringify(await play(asked, browser)));
  } finally {
    await browser.close();
  }
}

/** A window of somebody's own: cookies shared with nobody, ten seconds for anything to appear. */
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.seen = [];
  page.on('response', (r) => {
    if (r.status() >= 400) page.seen.push(`${r.status()} ${new URL(r.url()).pathname}`);
  });
  page.on('pageerror', (e) => page.seen.push(`script: ${e.message}`));
  return page;
}

export function must(holds, words) {
  if (!holds) throw new Error(words);
}

/** No page of a journey answered with an error. */
export const unbroken = (page) => must(page.seen.length === 0, `pages answered with errors: ${page.seen.join(', ')}`);

export const button = (page, name) => page.locator('main').getByRole('button', { name, exact: true });

export const heading = async (page) => (await page.locator('main h1').first().innerText()).trim();

export async function signIn(page, account, password, where = '/signin') {
  await page.goto(where);
  const form = page.locator(`form[action="${where.split('?')[0]}"]`);
  await form.locator('[name=account]').fill(account);
  await form.locator('[name=password]').fill(password);
  await form.getByRole('button').click();
  // Whoever has several roles chooses one.
  const officer = page.locator('button[name=role][value=Officer]');
  if (where.startsWith('/console') && (await officer.count()) > 0) await officer.click();
}

/** Answers the guide's questions, one a page, until it shows how the matter goes. */
export async function guide(page, answers) {
  for (const value of answers) {
    await page.locator(`main input[type=radio][value="${value}"]`).check();
    await button(page, '继续').click();
  }
}

/** Reloads until the text is there; what comes from another node takes a moment. */
export async function until(page, text, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  while (!(await page.locator('main').innerText()).includes(text)) {
    must(Date.now() < end, `“${text}” did not appear on ${page.url()} within ${seconds} s:\n${await page.locator('main').innerText()}`);
    await page.waitForTimeout(250);
    await page.reload();
  }
}

/** A picture for the docs, when a folder for them was given. */
export async function picture(page, folder, name, options = {}) {
  if (!folder) return;
  fs.mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), ...options });
}
