// Looks at a page as people see it who read large text, a phone, English, or with a screen reader, and as those who have only a keyboard.
import { require } from './browser.mjs';

const axe = require('axe-core');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
// Every page in Chinese; where asked, also in English and in large text. All at 320 px, the narrowest that WCAG asks for;
// the console's at 1280 px too.
const chinese = ['zh', {}];
const others = [['en', { lang: 'en' }], ['elder', { elder: '1' }]];

/** What axe-core finds on the page, and whether it scrolls sideways. Our pages hold no frames, so that axe runs where it is, once. */
export async function defects(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (values) => {
    // As one meets it: wherever Tab led before, a header that stays in view lies over nothing.
    document.activeElement?.blur();
    globalThis.scrollTo(0, 0);
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return [...violations.map((v) => `${v.id} ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`), ...(over > 0 ? [`${over} px too wide`] : [])];
  }, rules);
}

export function looker() {
  const findings = [];
  let looked = 0;
  // Written at once, so that a journey that breaks or takes too long still tells what it found.
  const found = (words) => {
    findings.push(words);
    console.error(words);
  };

  /** Looks at the address where `page` is now, in a window of its own with the same cookies (axe needs scripts); what is typed stays.
   *  `all`: in every way, not only in Chinese. `shown`: what `page` shows is looked at, such as a refusal, which its address does not give. */
  async function look(page, name, { all = false, shown = false } = {}) {
    const began = Date.now();
    const context = await page.context().browser().newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 320, height: 900 }, storageState: await page.context().storageState() });
    const window = await context.newPage();
    if (shown) {
      const body = await page.content();
      await window.route(page.url(), (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
    }
    for (const [way, query] of all ? [chinese, ...others] : [chinese]) {
      const url = new URL(page.url());
      for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
      const answer = await window.goto(url.href);
      if (!answer.ok() || new URL(window.url()).pathname !== url.pathname) throw new Error(`${name}: ${url.pathname} answered ${answer.status()} at ${window.url()}`);
      if (way === 'zh') await keyboard(window, name);
      // The console is worked at on a desk and looks different there.
      for (const width of /^\/(console|hub)/.test(url.pathname) ? [320, 1280] : [320]) {
        await window.setViewportSize({ width, height: 900 });
        for (const defect of await defects(window)) found(`${name} ${way} ${width}: ${defect}`);
      }
      await window.setViewportSize({ width: 320, height: 900 });
      looked++;
    }
    await context.close();
    console.error(`looked at ${name} in ${Date.now() - began} ms`);
  }

  /** Tab reaches every link, button and field that is shown; of a group of radio buttons, one. */
  async function keyboard(window, name) {
    const wanted = await window.evaluate(() => {
      const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter((e) => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && !e.disabled);
      const named = new Map();
      // Radio buttons of one name in one form are one stop.
      const key = (e, i) => (e.type === 'radio' ? `radio ${e.name} of ${[...document.forms].indexOf(e.form)}` : `${i}`);
      all.forEach((e, i) => {
        e.dataset.wanted = key(e, i);
        if (!named.has(e.dataset.wanted)) named.set(e.dataset.wanted, e.outerHTML.slice(0, 90));
      });
      globalThis.reached = new Set();
      document.addEventListener('focusin', (e) => globalThis.reached.add(e.target.dataset.wanted), true);
      return [...named];
    });
    // The browser's own stops, such as a scrolling region, come on top.
    let missing = wanted;
    for (let pressed = 0; missing.length > 0 && pressed < wanted.length + 30; ) {
      for (const more = pressed + Math.max(10, missing.length); pressed < more; pressed++) await window.keyboard.press('Tab');
      const reached = await window.evaluate(() => [...globalThis.reached]);
      missing = wanted.filter(([key]) => !reached.includes(key));
    }
    for (const [, html] of missing) found(`${name}: Tab does not reach ${html}`);
  }

  return { look, findings, looked: () => looked };
}
