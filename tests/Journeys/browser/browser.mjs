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

/** Searches as a person would, and opens the first item whose name matches. */
export async function find(page, words, name) {
  await page.goto('/');
  await page.locator('main input[type=search]').fill(words);
  await page.locator('main form[role=search] button, main form[action="/items"] button').first().click();
  await page.locator('main').getByRole('link', { name }).first().click();
  return heading(page);
}

/** From the consent to the first page of the form: what was found is agreed to. */
export async function consent(page, pictures) {
  await button(page, '同意并查询').click();
  for (const agree of await page.locator('main input[type=radio][value=agree]').all()) await agree.check();
  await picture(page, pictures, 'evidence', 1280);
  await button(page, '保存并继续').click();
}

/** From the check to the matter; returns its number. */
export async function handIn(page) {
  must(page.url().endsWith('/check'), `not at the check: ${page.url()}\n${await page.locator('main').innerText()}`);
  await button(page, '确认并提交').click();
  must((await heading(page)).includes('申请已提交'), `not handed in: ${await page.locator('main').innerText()}`);
  await page.locator('main').getByRole('link', { name: '查看进度' }).click();
  await until(page, '办件编号');
  return /\d{22}/.exec(await page.locator('main').innerText())[0];
}

/** An officer at the desk of a department. */
export async function officer(browser, base, account, password) {
  const desk = await open(browser, base);
  await signIn(desk, account, password, '/console/signin');
  return desk;
}

/** Accepts a case that waits in the officer's queue. */
export async function accept(desk, number) {
  await desk.goto('/console/queue');
  await desk.locator('main .queue-row', { hasText: number }).locator('a').first().click();
  await desk.locator('main form[action$="/accept"]').locator('button').first().click();
  unbroken(desk);
}

/** Finishes a step that is this officer's now; it may wait for another department's. */
export async function finish(desk, number, step) {
  await desk.goto(`/console/cases/${number}`);
  await until(desk, `完成环节：${step}`);
  await complete(desk);
}

/** Finishes a step that another province asked this department for: found in the queue of joint steps. */
export async function finishJoint(desk, number) {
  await desk.goto('/console/queue?view=joint');
  await until(desk, number);
  await desk.locator('main .queue-row', { hasText: number }).locator('a').first().click();
  await complete(desk);
}

export async function complete(desk) {
  const step = desk.locator('main form:has(input[name=outcome])').first();
  await step.locator('input[value=agree]').check();
  await step.locator('textarea').fill('经核对无误');
  await step.locator('button').first().click();
  unbroken(desk);
}

/** Approves once every step is done. News of another province may arrive between reading and deciding: then it is read again, as the page asks. */
export async function approve(desk, number, reason) {
  const form = desk.locator('main form[action$="/decide"]');
  const end = Date.now() + 30_000;
  for (;;) {
    await desk.goto(`/console/cases/${number}`);
    if ((await form.locator('input[value=approve]').count()) > 0) {
      await form.locator('input[value=approve]').check();
      await form.locator('textarea').fill(reason);
      await form.locator('button').first().click();
      const said = await desk.locator('main').innerText();
      if (!said.includes('刚刚被其他人处理过')) {
        must(desk.seen.length === 0, `not approved: ${desk.seen.join(', ')}\n${said}`);
        return;
      }
      desk.seen.length = 0;
    }
    must(Date.now() < end, `nothing to approve on ${desk.url()}:\n${await desk.locator('main').innerText()}`);
    await desk.waitForTimeout(250);
  }
}

/** A picture for docs/pictures, when a folder was given; the window keeps its size. */
export async function picture(page, folder, name, width = 1440, height = 900) {
  if (!folder) return;
  fs.mkdirSync(folder, { recursive: true });
  const size = page.viewportSize();
  await page.setViewportSize({ width, height });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  await page.setViewportSize(size);
}
