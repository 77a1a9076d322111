// A pension moves from Anhui to Shanghai, wholly in a browser: the resident files at one node, officers of both provinces work at
// theirs, and the certificate comes. On the way every signed-in page is looked at: WCAG 2.2 A and AA at 320 px (the console also at
// 1280 px) without scrolling sideways, and every control reached by the Tab key; a few also in English and in large text.
// The resident's browser runs no scripts.
// stdin: { base, other, hub, phone, password, pictures? }   base files and decides, other hands the ledger over.
import { journey, open, must, unbroken, button, heading, signIn, guide, until, picture } from './browser.mjs';
import { looker } from './look.mjs';

await journey(async ({ base, other, hub, phone, password, pictures }, browser) => {
  const { look, findings, looked } = looker();
  const page = await open(browser, base, { javaScriptEnabled: false });
  await page.goto('/');
  await picture(page, pictures, 'home');
  await page.goto('/items/992014003000');
  await picture(page, pictures, 'item');
  await picture(page, pictures, 'phone', 360, 760);
  await signIn(page, phone, password);
  await page.goto('/items/992014003000');
  await page.locator('main a[href$="/guide"]').first().click();
  await guide(page, ['310000', '340000', '340000', 'no', 'employed']);
  await button(page, '开始填写').click();
  const draft = new URL(page.url()).pathname.replace(/(\/drafts\/[^/]+).*/, '$1');
  await look(page, 'consent');
  await button(page, '同意并查询').click();
  await look(page, 'evidence');
  for (const agree of await page.locator('main input[type=radio][value=agree]').all()) await agree.check();
  await button(page, '保存并继续').click();
  await button(page, '保存并继续').click();

  // What is wrong is said, and a switch of language on that page loses nothing that was typed.
  must((await page.locator('main input[name=formerAccountNumber]').getAttribute('readonly')) !== null, 'what the register says can be typed over');
  const typed = page.locator('main input[type=text]').last();
  await typed.fill('已改名的单位');
  const name = await typed.getAttribute('name');
  await button(page, '保存并继续').click();
  must((await page.locator('main .errors').count()) === 1, 'an open box is not said to be wrong');
  await look(page, 'form refused', { shown: true });
  page.seen.length = 0; // the refusal, which was wanted
  await page.locator('form[action="/ui/language"] button').first().click();
  must((await page.locator('html').getAttribute('lang')) === 'en', 'the page does not speak English');
  must((await page.locator(`main [name="${name}"]`).inputValue()) === '已改名的单位', 'the switch of language lost what was typed');
  await page.locator('form[action="/ui/language"] button').first().click();
  await look(page, 'form', { all: true });
  await page.locator('main input[type=checkbox]').first().check();
  await button(page, '保存并继续').click();
  must(page.url().endsWith('/check'), `not at the check: ${page.url()}`);
  await look(page, 'check', { all: true });
  await page.goto(draft);
  await look(page, 'draft');
  await page.goto(`${draft}/check`);
  await button(page, '确认并提交').click();
  must((await heading(page)).includes('申请已提交'), `not handed in: ${await page.locator('main').innerText()}`);
  await look(page, 'filed');
  await page.locator('main').getByRole('link', { name: '查看进度' }).click();
  await until(page, '办件编号');
  const matter = page.url();
  const number = /\d{22}/.exec(await page.locator('main').innerText())[0];
  await look(page, 'matter');

  const officer = async (at) => {
    const desk = await open(browser, at);
    await signIn(desk, 'hrss', password, '/console/signin');
    return desk;
  };
  const act = (desk, form) => desk.locator(`main form[action$="${form}"]`);
  const shanghai = await officer(base);
  must((await shanghai.locator('main').innerText()).includes(number), 'the case is not in the queue of Shanghai');
  await look(shanghai, 'queue');
  await shanghai.goto('/console/role');
  await look(shanghai, 'role');
  await shanghai.goto(`/console/cases/${number}`);
  await look(shanghai, 'case', { all: true });
  await shanghai.goto(`/console/cases/${number}?lang=en`);
  const english = await shanghai.locator('main').innerText();
  must(english.includes('Payments paused') && english.includes('Hefei, Anhui'), `coded values and places are not in English: ${english}`);
  must(/20 working days\s*Sample/.test(english), `days without a source are not marked: ${english}`);
  await shanghai.goto(`/console/cases/${number}`);
  const small = await open(browser, base, { javaScriptEnabled: false, viewport: { width: 360, height: 740 }, storageState: await shanghai.context().storageState() });
  await small.goto('/console/queue');
  must(!(await small.locator('nav').first().isVisible()), 'the menu covers a phone');
  await small.locator('summary').first().click();
  must(await small.locator('nav').first().isVisible(), 'the menu does not open without scripts');
  await act(shanghai, '/accept').locator('button').first().click();
  await shanghai.goto(`/console/cases/${number}`);
  await shanghai.locator('summary', { hasText: '一次性告知补正' }).click();
  await act(shanghai, '/supplement').locator('button').first().click();
  must(await act(shanghai, '/supplement').locator('.errors').isVisible(), 'a refused supplement notice does not show why');
  shanghai.seen.length = 0; // the refusal, which was wanted
  const finish = async (desk, form) => {
    await form.locator('input[value=agree]').check();
    await form.locator('textarea').fill('经核对无误');
    await form.locator('button').first().click();
    unbroken(desk);
  };
  await shanghai.goto(`/console/cases/${number}`);
  await picture(shanghai, pictures, 'case', 1280, 800);
  await finish(shanghai, shanghai.locator('main form:has(input[name=outcome])').first());

  const anhui = await officer(other);
  await anhui.goto('/console/queue?view=joint');
  await until(anhui, number);
  await anhui.locator('main .queue-row', { hasText: number }).locator('a').first().click();
  await look(anhui, 'joint step');
  await finish(anhui, anhui.locator('main form:has(input[name=outcome])').first());

  await shanghai.goto(`/console/cases/${number}`);
  await until(shanghai, '完成环节：现参保地接续');
  await finish(shanghai, shanghai.locator('main form:has(input[name=outcome])').first());
  await shanghai.goto(`/console/cases/${number}`);
  await until(shanghai, '准予');
  await look(shanghai, 'decide');
  const decide = act(shanghai, '/decide');
  await decide.locator('input[value=approve]').check();
  await decide.locator('textarea').fill('符合条件，准予转移接续');
  await decide.locator('button').first().click();
  unbroken(shanghai);
  unbroken(anhui);

  await page.goto(matter);
  await until(page, '查看我的证照');
  await look(page, 'matter with certificate');
  for (const path of ['/my/cases', '/my/certificates', '/my/notices', '/my/data', '/my/consents', '/account']) {
    await page.goto(path);
    await look(page, path);
  }
  await page.goto('/my/certificates');
  await page.locator('main a[href^="/my/certificates/"]').first().click();
  await look(page, 'certificate', { all: true });
  await page.goto('/my/data');
  await page.locator('main a[href^="/my/receipts/"]').first().click();
  await look(page, 'receipt');
  await page.goto('/my/notices');
  await page.locator('main a[href^="/my/notices/"]').first().click();
  await look(page, 'notice');
  await page.goto(matter);
  unbroken(page);

  const auditor = await open(browser, hub);
  await signIn(auditor, 'auditor', password, '/console/signin');
  await auditor.goto('/hub');
  await look(auditor, 'hub');
  unbroken(auditor);
  must(findings.length === 0, findings.join('\n'));
  return { number, looked: looked() };
});
