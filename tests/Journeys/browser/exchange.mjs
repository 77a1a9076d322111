// What an agreement lets a consumer have beside questions, wholly in a browser: it subscribes, it fetches in bulk, both sides see the
// uses, their measures and times; the agreement ends, and the subscription with it.
// Every page on the way is looked at.
// stdin: { base, other, password, creditCode, pictures? }   other asks, base provides.
import { journey, open, must, unbroken, button, signIn, until, picture } from './browser.mjs';
import { looker } from './look.mjs';

await journey(async ({ base, other, password, creditCode, pictures }, browser) => {
  const { look, findings, looked } = looker();
  const [consumer, provider] = await Promise.all([other, base].map(async (address) => {
    const page = await open(browser, address, { javaScriptEnabled: false });
    await signIn(page, 'steward', password, '/console/signin');
    return page;
  }));
  const says = async (page, words) => must((await page.locator('main').innerText()).includes(words), `${page.url()} does not say ${words}:\n${await page.locator('main').innerText()}`);

  await consumer.goto('/console/negotiations/new');
  const resource = await consumer.locator('main select[name=resource] option[value$="310000|market.business-licence"]').getAttribute('value');
  await consumer.locator('main select[name=resource]').selectOption(resource);
  await button(consumer, '选择').click();
  await consumer.locator('main textarea[name=purposes]').fill('*');
  await consumer.locator('main input[name=basis][value=legal]').check();
  await consumer.locator('main input[name=quota]').fill('200');
  await consumer.locator('main input[name=subscription]').check();
  await consumer.locator('main input[name=bulk]').check();
  await button(consumer, '提出').click();
  const asked = consumer.url();
  await provider.goto('/console/negotiations');
  await until(provider, '使用方已提出');
  await provider.locator('main .queue-row', { hasText: '营业执照' }).locator('a').first().click();
  await button(provider, '同意并签署').click();
  await consumer.goto(asked);
  await until(consumer, '已生效');
  await consumer.locator('main a[href^="/console/agreements/ag-"]').click();
  const agreement = new URL(consumer.url()).pathname;
  await look(consumer, 'agreement', { all: true });

  /** What a steward who asks under the agreement fills in. */
  const ask = async (kind, press, fields = {}) => {
    await consumer.goto(agreement);
    const form = consumer.locator(`form[action="${agreement}/${kind}"]`);
    await form.locator('[name="p.creditCode"]').fill(creditCode);
    await form.locator('[name=purpose]').fill('990709043000');
    if ((await form.locator('[name=case]').count()) > 0) await form.locator('[name=case]').fill('TRY-1');
    for (const [name, value] of Object.entries(fields)) await form.locator(`[name=${name}]`).fill(value);
    await form.getByRole('button', { name: press }).click();
  };
  const later = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await ask('subscriptions', '订阅', { until: later });
  await consumer.goto('/console/subscriptions');
  await look(consumer, 'subscriptions', { all: true });
  await consumer.locator('main .queue-row').locator('a').first().click();
  await until(consumer, '云帆');
  await look(consumer, 'what came', { all: true });
  await picture(consumer, pictures, 'subscription');
  await ask('bulk', '开始取数');
  await consumer.goto('/console/bulk');
  await until(consumer, '已取完', 40);
  await look(consumer, 'bulk', { all: true });
  await picture(consumer, pictures, 'bulk');
  for (const page of ['subscriptions', 'bulk']) {
    await provider.goto(`/console/${page}?side=given`);
    await says(provider, '营业执照');
    await look(provider, `${page} of others`);
  }

  await provider.goto('/console/exchange');
  await look(provider, 'uses', { all: true });
  await provider.locator('main .queue-row', { hasText: '营业执照' }).locator('a').first().click();
  await look(provider, 'a use', { all: true });
  await picture(provider, pictures, 'use');
  await consumer.goto('/console/exchange');
  await says(consumer, '营业执照');
  for (const page of ['exchange/unacked', 'exchange/picture', 'monitoring', 'metering', 'log']) {
    await provider.goto(`/console/${page}`);
    await look(provider, page);
    if (page === 'exchange/picture' || page === 'monitoring') await picture(provider, pictures, page.replace('/', '-'));
  }
  await provider.goto('/console/metering');
  await provider.locator('main a[href^="/console/metering/ag-"]').first().click();
  await look(provider, 'an agreement measured', { all: true });

  await provider.goto(agreement);
  await provider.locator(`form[action="${agreement}/terminate"] textarea`).fill('试用结束');
  await button(provider, '终止协议').click();
  await consumer.goto('/console/subscriptions');
  await until(consumer, '协议已终止', 40);
  unbroken(consumer);
  unbroken(provider);
  must(findings.length === 0, findings.join('\n'));
  return { looked: looked(), agreement };
});
