// A steward enters a resource, is told what is wrong, publishes it; another government's steward finds it. Every page on the way
// is looked at: WCAG 2.2 A and AA at 320 and 1280 px without scrolling sideways, every control reached by the Tab key.
// stdin: { base, other, password, pictures? }   base searches, other provides.
import { journey, open, must, unbroken, button, signIn, picture } from './browser.mjs';
import { looker } from './look.mjs';

await journey(async ({ base, other, password, pictures }, browser) => {
  const { look, findings, looked } = looker();
  const steward = async (at) => {
    const page = await open(browser, at, { javaScriptEnabled: false });
    await signIn(page, 'steward', password, '/console/signin');
    return page;
  };
  const provider = await steward(other);
  const consumer = await steward(base);

  await provider.goto('/console/resources');
  await look(provider, 'own resources', { all: true });
  await picture(provider, pictures, 'resources');
  await provider.locator('main').getByRole('link', { name: '录入资源' }).click();
  await look(provider, 'entry', { all: true });
  const fill = (name, value) => provider.locator(`main [name=${name}]`).fill(value);
  await fill('code', 'civil.journey-dates');
  await provider.locator('main select[name=department]').selectOption('340000-civil');
  await fill('name', '婚姻登记日期');
  await fill('abstract', '登记字号和日期。');
  await provider.locator('main select[name=subject]').selectOption('person');
  await provider.locator('main select[name=sharing]').selectOption('conditional');
  await fill('condition', '当事人同意');
  await provider.locator('main select[name=updateCycle]').selectOption('daily');
  await fill('fields', 'registerNumber,登记字号,,text,register.number,2,是\nregisteredOn,登记日期,,day,register.date,2,是');
  await fill('parameters', 'citizenId citizen-id');
  await fill('database', 'civil.db');
  await fill('select', 'SELECT djzh AS registerNumber, djrq AS registeredOn FROM hunyin WHERE nan_sfzh = @citizenId');
  await button(provider, '保存草稿').click();
  must((await provider.locator('main .errors').innerText()).includes('第 2 行'), 'a wrong type is not told by its line');
  await look(provider, 'entry refused', { shown: true });
  await picture(provider, pictures, 'entry-refused');
  provider.seen.length = 0; // the refusal, which was wanted
  await fill('fields', 'registerNumber,登记字号,,text,register.number,2,是\nregisteredOn,登记日期,,date,register.date,2,是');
  await button(provider, '保存草稿').click();
  await look(provider, 'draft');
  await button(provider, '发布').click();
  must((await provider.locator('main').innerText()).includes('已发布'), 'it is not published');
  await look(provider, 'published', { all: true });
  await provider.goto('/console/resources/civil.marriage/1');
  must((await provider.locator('main').innerText()).includes('wifeName'), 'the page does not say which fields are used');
  await look(provider, 'who uses it');
  await picture(provider, pictures, 'who-uses-it');

  await consumer.goto('/console/catalogue');
  await look(consumer, 'catalogue', { all: true });
  await consumer.locator('main [name=q]').fill('婚姻登记');
  await button(consumer, '筛选').click();
  await look(consumer, 'found');
  await picture(consumer, pictures, 'found');
  await consumer.locator('main a[href="/console/catalogue/340000/civil.marriage"]').first().click();
  await look(consumer, 'resource', { all: true });
  await picture(consumer, pictures, 'resource');

  await consumer.goto('/console/needs');
  await consumer.locator('main [name=title]').fill('婚姻状况核验');
  await consumer.locator('main [name=elements]').fill('marriage.state\nno.such-element');
  await consumer.locator('main [name=reason]').fill('户口迁移');
  await button(consumer, '登记').click();
  must((await consumer.locator('main').innerText()).includes('无人提供'), 'a fact that nobody has is not marked');
  await look(consumer, 'needs', { all: true });
  await picture(consumer, pictures, 'needs');
  unbroken(provider);
  unbroken(consumer);
  must(findings.length === 0, findings.join('\n'));
  return { looked: looked() };
});
