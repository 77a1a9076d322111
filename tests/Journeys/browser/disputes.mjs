// After the pension's transfer: its applicant says that a value is wrong, the provider's steward may not call it corrected while the
// department says the same, and explains; then the steward unlinks the exchange from the person on request, and the person sees that.
// stdin: { base, at, phone, password }
import { journey, open, must, unbroken, button, heading, signIn, until } from './browser.mjs';
import { looker } from './look.mjs';

const divisions = { 上海市: '310000', 江苏省: '320000', 浙江省: '330000', 安徽省: '340000' };

await journey(async ({ base, at, phone, password }, browser) => {
  const { look, findings, looked } = looker();
  const page = await open(browser, base, { javaScriptEnabled: false });
  await signIn(page, phone, password);
  await page.goto('/my/data');
  await page.locator('main').getByRole('link', { name: '这项数据不对' }).first().click();
  await look(page, 'a value is wrong', { all: true });
  // Nothing said is nothing raised; what was chosen stays.
  await page.locator('main input[type=radio][name=field]').first().check();
  await button(page, '提出异议').click();
  must(new URL(page.url()).pathname.startsWith('/my/disputes') && (await page.locator('main [name=claim]').count()) === 1, `an empty claim was taken at ${page.url()}`);
  await page.goBack();
  await page.locator('main input[type=radio][name=field]').first().check();
  await page.locator('main [name=claim]').fill('应为 2019 年起，有原单位证明');
  await button(page, '提出异议').click();
  await page.goto('/my/disputes');
  await until(page, '处理中');
  await look(page, 'my disputes', { all: true });
  const facts = await page.locator('main .card').first().innerText();
  const provider = Object.keys(divisions).find((name) => facts.includes(name));
  must(provider, `the dispute does not say who gave the value: ${facts}`);

  const steward = await open(browser, at[divisions[provider]], { javaScriptEnabled: false });
  await signIn(steward, 'steward', password, '/console/signin');
  await steward.goto('/console/disputes');
  await until(steward, '处理中');
  await look(steward, 'disputes');
  await steward.locator('main .queue-row a').first().click();
  const dispute = steward.url();
  await until(steward, '应为 2019 年起');
  await look(steward, 'dispute');
  const exchange = /交换编号\s+(\S+)/.exec(await steward.locator('main').innerText())[1];
  const answer = async (outcome, words) => {
    await steward.locator(`main input[name=outcome][value=${outcome}]`).check();
    await steward.locator('main [name=words]').fill(words);
    await button(steward, '答复').click();
  };
  await answer('corrected', '已在部门系统中改正');
  const refused = await steward.locator('main').innerText();
  must(steward.seen.length === 1 && refused.includes('部门'), `what the department still says was called corrected: ${steward.seen}\n${refused}`);
  await look(steward, 'not corrected', { shown: true });
  steward.seen.length = 0;
  await steward.goto(dispute);
  await answer('explained', '原单位证明与参保登记不符，以登记为准');
  await steward.goto(dispute);
  await until(steward, '已说明');

  await page.goto('/my/disputes');
  await until(page, '已说明');
  must((await page.locator('main').innerText()).includes('以登记为准'), 'the answer is not shown');

  // On request: nobody tells from this record any more whom it was about.
  await steward.goto('/console/exchange');
  for (let row = 0; ; row++) {
    must(row < (await steward.locator('main .queue-row').count()), `exchange ${exchange} is not listed`);
    await steward.locator('main .queue-row a').nth(row).click();
    if ((await steward.locator('main').innerText()).includes(exchange) && (await button(steward, '断开与当事人的关联').count()) > 0) break;
    await steward.goto('/console/exchange');
  }
  await look(steward, 'exchange');
  await steward.locator('main [name=reason]').selectOption({ index: 1 });
  await button(steward, '断开与当事人的关联').click();
  await until(steward, '已应要求删除');
  unbroken(steward);
  await page.goto('/my/data');
  await until(page, '删除');
  await look(page, 'records after one was erased', { all: true });
  must((await heading(page)) === '谁用了我的数据', 'the records are gone');
  must(findings.length === 0, findings.join('\n'));
  return { provider, looked: looked() };
});
