// A retiree insured in Anhui registers for treatment in Shanghai, without scripts: from search to certificate, rating and data tracker.
// stdin: { base, phone, password }
import { journey, open, must, unbroken, button, heading, signIn, guide, until } from './browser.mjs';

await journey(async ({ base, phone, password }, browser) => {
  const page = await open(browser, base, { javaScriptEnabled: false });
  const seen = {};
  await signIn(page, phone, password);
  await page.goto('/');
  await page.locator('main input[type=search]').fill('异地就医');
  await page.locator('main form[role=search] button, main form[action="/items"] button').first().click();
  await page.locator('main').getByRole('link', { name: /异地就医|跨省异地/ }).first().click();
  seen.item = await heading(page);
  await page.locator('main a[href$="/guide"]').first().click();
  // Not the reason of the walk, which files in the same region: for one reason a person has one filing in force.
  await guide(page, ['310000', '340000', '异地安置退休人员']);
  must((await heading(page)).includes('是这样办'), `the guide ended at: ${await heading(page)}`);
  await button(page, '开始填写').click();

  await page.goto(`${new URL(page.url()).pathname.replace(/(\/drafts\/[^/]+).*/, '$1')}/evidence`);
  const draft = new URL(page.url()).pathname.replace('/evidence', '');
  must((await page.locator('main').innerText()).includes('向谁查'), 'the consent does not say who is asked');
  await button(page, '同意并查询').click();
  seen.found = await page.locator('.evidence-found').count();
  must(seen.found > 0, `nothing was found: ${await page.locator('main').innerText()}`);
  for (const agree of await page.locator('main input[type=radio][value=agree]').all()) await agree.check();
  await button(page, '保存并继续').click();

  // Whatever pages the form has: what is known is filled in already.
  for (let i = 0; i < 8 && page.url().includes('/form/'); i++) await button(page, '保存并继续').click();
  await page.goto(`${draft}/check`);
  await button(page, '确认并提交').click();
  must((await heading(page)).includes('申请已提交'), `not handed in: ${await page.locator('main').innerText()}`);
  seen.exempt = (await page.locator('main .lead').first().innerText()).trim();
  await page.locator('main').getByRole('link', { name: '查看进度' }).click();
  await until(page, '查看我的证照');
  seen.state = (await page.locator('main .lead').first().innerText()).trim();
  const matter = page.url();

  await page.locator('main').getByRole('link', { name: '查看我的证照' }).click();
  await page.locator('main a[href^="/my/certificates/"]').first().click();
  await button(page, '出示二维码').click();
  must((await page.locator('.qr svg').count()) === 1, 'no QR is shown');
  // Whoever scans it is somebody else, signed in nowhere.
  const other = await open(browser, base, { javaScriptEnabled: false });
  await other.goto(await page.locator('main a[href*="/verify/"]').getAttribute('href'));
  seen.verified = (await other.locator('main').innerText()).includes('证照真实有效');
  must(seen.verified, `the verify page says: ${await other.locator('main').innerText()}`);
  unbroken(other);

  await page.goto('/my/notices');
  seen.notices = await page.locator('main a[href^="/my/notices/"]').count();
  await page.locator('main a[href^="/my/notices/"]').first().click();
  seen.notice = await heading(page);

  await page.goto('/my/data');
  const uses = await page.locator('main').innerText();
  seen.receipts = await page.locator('main a[href^="/my/receipts/"]').count();
  must(uses.includes('安徽') && seen.receipts > 0, `the data tracker does not show the query: ${uses}`);

  await page.goto(matter);
  await page.locator('main input[name=stars][value="5"]').check({ force: true });
  await page.locator('main [name=words]').fill('不用跑，很方便');
  await button(page, '提交评价').click();
  await page.goto(matter);
  must((await page.locator('main').innerText()).includes('5 星'), 'the rating does not show');
  unbroken(page);
  return seen;
});
