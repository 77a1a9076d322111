// Members change what they all hold to, wholly in a browser: one proposes a second signature on its checkpoints and a new key beside
// its old one; alone it changes nothing, two others sign, and every member has it. Every page on the way is looked at.
// stdin: { at: { division: address }, password, pictures? }
import { journey, open, must, unbroken, button, signIn, until, picture } from './browser.mjs';
import { looker } from './look.mjs';

await journey(async ({ at, password, pictures }, browser) => {
  const { look, findings, looked } = looker();
  const [anhui, jiangsu, zhejiang, shanghai] = await Promise.all(['340000', '320000', '330000', '310000'].map(async (division) => {
    const page = await open(browser, at[division], { javaScriptEnabled: false });
    await signIn(page, 'admin', password, '/console/signin');
    await page.goto('/console/directory');
    return page;
  }));
  const version = async (page) => {
    await page.goto('/console/directory');
    return Number(/第 (\d+) 版/.exec(await page.locator('main').innerText())[1]);
  };
  /** As many governments as are needed sign what was proposed; with the last signature it is in force everywhere. */
  const agree = async (before, words) => {
    must((await version(anhui)) === before, 'one member alone changed the directory');
    for (const [i, page] of [jiangsu, zhejiang].entries()) {
      await page.goto('/console/directory');
      await until(page, words);
      must((await page.locator('main').innerText()).includes(`(${i + 1} / 3)`), `not signed ${i + 1} times`);
      if (i === 0) await look(page, `to be signed: ${words}`, { all: true });
      if (i === 0) await picture(page, pictures, 'directory-proposal');
      await button(page, '签署这项变更').click();
    }
    for (const page of [anhui, jiangsu, zhejiang, shanghai]) await until(page, `第 ${before + 1} 版`, 40);
  };

  await look(anhui, 'directory', { all: true });
  let now = await version(anhui);
  await anhui.locator('main input[name=answers][value=sm2]').check();
  await anhui.locator('form[action="/console/directory/log"]').getByRole('button', { name: '提出' }).click();
  await agree(now, 'SM2');
  now = await version(shanghai);
  must((await shanghai.locator('main tr', { hasText: 'CN-YRD/340000/log' }).innerText()).includes('Ed25519 + SM2'), 'the table does not show the second signature');

  await anhui.goto('/console/directory');
  await anhui.locator('form[action="/console/directory/keys"] input[name=key]').first().check();
  await button(anhui, '提出更换').click();
  await agree(now, '密钥');
  await version(shanghai);
  must((await shanghai.locator('main tr', { hasText: 'CN-YRD/340000' }).filter({ hasText: '文件与报文' }).count()) === 2, 'the old key does not stand beside the new one');
  await look(shanghai, 'two keys');

  for (const page of [anhui, jiangsu, zhejiang, shanghai]) unbroken(page);
  must(findings.length === 0, findings.join('\n'));
  return { looked: looked() };
});
