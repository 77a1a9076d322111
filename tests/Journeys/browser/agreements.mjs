// Two stewards come to an agreement, wholly in a browser: one asks, the other offers less, the first accepts; then the provider
// suspends its use, takes it up again, and ends the agreement. Every page on the way is looked at: WCAG 2.2 A and AA at 320 and
// 1280 px without scrolling sideways, every control reached by the Tab key; in Chinese, English and large text.
// stdin: { base, other, password, pictures? }   base asks, other provides.
import { journey, open, must, unbroken, button, signIn, until, picture } from './browser.mjs';
import { looker } from './look.mjs';

await journey(async ({ base, other, password, pictures }, browser) => {
  const { look, findings, looked } = looker();
  const steward = async (at) => {
    const page = await open(browser, at, { javaScriptEnabled: false });
    await signIn(page, 'steward', password, '/console/signin');
    return page;
  };
  const consumer = await steward(base);
  const provider = await steward(other);

  await consumer.goto('/console/agreements');
  await look(consumer, 'agreements');
  await consumer.locator('main').getByRole('link', { name: '协议协商' }).click();
  await consumer.locator('main').getByRole('link', { name: '向其他政府提出' }).click();
  await look(consumer, 'resources');
  const resource = await consumer.locator('main select[name=resource] option[value$="340000|civil.marriage"]').getAttribute('value');
  await consumer.locator('main select[name=resource]').selectOption(resource);
  await button(consumer, '选择').click();
  await look(consumer, 'asking', { all: true });
  for (const field of await consumer.locator('main input[name=fields]').all()) {
    if (!['registerNumber', 'registeredOn', 'state'].includes(await field.getAttribute('value'))) await field.uncheck();
  }
  await consumer.locator('main textarea[name=purposes]').fill('990709043000');
  await consumer.locator('main input[name=quota]').fill('none');
  await button(consumer, '提出').click();
  must((await consumer.locator('main .errors').count()) === 1, 'a quota that is no number is taken');
  await look(consumer, 'asking refused', { shown: true });
  consumer.seen.length = 0; // the refusal, which was wanted
  must(!(await consumer.locator('main input[name=fields][value=wifeName]').isChecked()), 'the refusal forgot what was chosen');
  await consumer.locator('main input[name=quota]').fill('500');
  await button(consumer, '提出').click();
  await until(consumer, '使用方已提出');
  const asked = consumer.url();
  await look(consumer, 'asked', { all: true });

  await provider.goto('/console/agreements');
  await until(provider, '项待本节点处理');
  await provider.locator('main').getByRole('link', { name: /协议协商/ }).click();
  await look(provider, 'negotiations', { all: true });
  await provider.locator('main .queue-open').first().click();
  const offered = provider.url();
  await look(provider, 'to be agreed', { all: true });
  await picture(provider, pictures, 'negotiation');
  await provider.locator('main input[name=quota]').fill('50');
  await provider.locator('main input[name=noOnward]').check();
  await button(provider, '送交对方').click();

  await until(consumer, '提供方已报出');
  must((await consumer.locator('main').innerText()).includes('50 次'), 'the offer is not on the table');
  await button(consumer, '接受').click();
  await consumer.goto(asked);
  await until(consumer, '已生效');
  await provider.goto(offered);
  await until(provider, '已生效');

  // Its use: begun by the consumer, suspended and taken up again by the provider.
  await consumer.locator('main a[href^="/console/agreements/ag-"]').click();
  const agreement = new URL(consumer.url()).pathname;
  await button(consumer, '开始一次传输').click();
  await consumer.goto(agreement);
  await until(consumer, '使用中');
  await look(consumer, 'in use', { all: true });
  await provider.goto(agreement);
  await until(provider, '使用中');
  await provider.locator('form[action^="/console/transfers/"] textarea').fill('核查使用情况');
  await button(provider, '暂停使用').click();
  await consumer.goto(agreement);
  await until(consumer, '核查使用情况');
  await provider.goto(agreement);
  await until(provider, '已暂停');
  await button(provider, '恢复使用').click();
  await consumer.goto(agreement);
  await until(consumer, '使用中');
  await provider.goto(agreement);
  await provider.locator(`form[action="${agreement}/terminate"] textarea`).fill('试用结束');
  await button(provider, '终止协议').click();
  await consumer.goto(agreement);
  await until(consumer, '试用结束');
  await until(consumer, '已结束');
  await look(consumer, 'ended');

  unbroken(consumer);
  unbroken(provider);
  must(findings.length === 0, findings.join('\n'));
  return { looked: looked(), agreement };
});
