// A man whose fund is in Shanghai bought a home in Jiangsu and withdraws from the fund, wholly in a browser: the fund accepts and
// audits, Jiangsu's register confirms the home, the fund decides and books. In the order that README names.
// stdin: { base, other, phone, password, pictures? }   base is where he files and the fund is, other where the home is.
import { journey, open, must, unbroken, button, signIn, guide, until, find, consent, handIn, officer, accept, finish, finishJoint, approve, picture } from './browser.mjs';

await journey(async ({ base, other, phone, password, pictures }, browser) => {
  const page = await open(browser, base, { javaScriptEnabled: false });
  await signIn(page, phone, password);
  await find(page, '提取住房公积金', /公积金/);
  await page.locator('main a[href$="/guide"]').first().click();
  await guide(page, ['310000', '320000', '310000', 'self']);
  await button(page, '开始填写').click();
  await consent(page, pictures);
  for (let i = 0; i < 8 && !page.url().endsWith('/check'); i++) {
    const card = page.locator('main [name=bankAccount]');
    if ((await card.count()) > 0 && (await card.inputValue()) === '') await card.fill('6200000000000000017');
    for (const box of await page.locator('main input[type=checkbox]').all()) await box.check();
    await button(page, '保存并继续').click();
  }
  const number = await handIn(page);
  const matter = page.url();

  const fund = await officer(browser, base, 'fund', password);
  await accept(fund, number);
  await finish(fund, number, '提取资格和额度审核');
  const estate = await officer(browser, other, 'estate', password);
  await finishJoint(estate, number);
  await approve(fund, number, '符合提取条件，准予');

  await page.goto(matter);
  await until(page, '查看我的证照');
  await page.locator('main').getByRole('link', { name: '查看我的证照' }).click();
  await page.locator('main a[href^="/my/certificates/"]').first().click();
  const certificate = await page.locator('main').innerText();
  must(/¥\d/.test(certificate) && certificate.includes('昆山'), `the certificate does not say how much for which home: ${certificate}`);
  must(certificate.includes('示例代码'), 'a made-up type code is not marked');
  await button(page, '出示二维码').click();
  must((await page.locator('.qr svg').count()) === 1, 'no QR is shown');
  await picture(page, pictures, 'certificate', 1280, 1000);
  unbroken(page);
  return { number };
});
