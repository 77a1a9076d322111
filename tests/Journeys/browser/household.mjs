// A woman registered in Anhui moves to her husband's household in Shanghai, wholly in a browser: she files at her own node, two
// departments of Shanghai check and permit, Anhui's police move her out, Shanghai's take her in. In the order that README names.
// stdin: { base, other, phone, password }   base is where she files and leaves, other where she moves to.
import { journey, open, must, unbroken, button, signIn, guide, until, find, consent, handIn, officer, accept, finish, finishJoint, approve } from './browser.mjs';

await journey(async ({ base, other, phone, password }, browser) => {
  const page = await open(browser, base, { javaScriptEnabled: false });
  await signIn(page, phone, password);
  await find(page, '夫妻投靠', /夫妻投靠/);
  await page.locator('main a[href$="/guide"]').first().click();
  await guide(page, ['310000', '340000', '340000', 'owned']);
  await button(page, '开始填写').click();
  must((await page.locator('main').innerText()).includes('配偶'), 'the consent does not say that facts of her husband are asked for');
  await consent(page);
  for (let i = 0; i < 8 && !page.url().endsWith('/check'); i++) {
    for (const box of await page.locator('main input[type=checkbox]').all()) await box.check();
    await button(page, '保存并继续').click();
  }
  const number = await handIn(page);
  const matter = page.url();

  const police = await officer(browser, other, 'police', password);
  await accept(police, number);
  await finish(police, number, '核查户籍和婚姻');
  const estate = await officer(browser, other, 'estate', password);
  await finish(estate, number, '核查住房');
  await finish(police, number, '准予迁入审批');
  const leaving = await officer(browser, base, 'police', password);
  await finishJoint(leaving, number);
  await approve(police, number, '符合投靠条件，准予迁入');

  await page.goto(matter);
  await until(page, '查看我的证照');
  await page.locator('main').getByRole('link', { name: '查看我的证照' }).click();
  await page.locator('main a[href^="/my/certificates/"]').first().click();
  const certificate = await page.locator('main').innerText();
  must(certificate.includes('上海市徐汇区'), `the certificate does not say where she moved: ${certificate}`);
  unbroken(page);
  return { number };
});
