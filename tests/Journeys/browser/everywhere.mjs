// Every page of the console that a role reaches by links is looked at, one of each kind: steward, auditor, administrator, clerk and
// officers of a government; steward, auditor and administrator of the hub. None answers with an error.
// stdin: { base, hub, password }
import { journey, open, must, unbroken, signIn } from './browser.mjs';
import { looker } from './look.mjs';

/** Pages of one kind differ by what is in them only. */
const kind = (href) => href.replace(/\?.*/, '').split('/').map((part) => (/\d|%|^[a-z-]+\.[a-z.-]+$/.test(part) ? '*' : part)).join('/');

await journey(async ({ base, hub, password }, browser) => {
  const { look, findings, looked } = looker();
  const kinds = {};
  for (const [address, account] of [[base, 'steward'], [base, 'auditor'], [base, 'admin'], [base, 'clerk'], [base, 'medical'], [hub, 'steward'], [hub, 'auditor'], [hub, 'admin']]) {
    const page = await open(browser, address, { javaScriptEnabled: false });
    await signIn(page, account, password, '/console/signin');
    const before = kinds[address] ??= new Set();
    // Signing in, and the choice of a role on the way, are behind whoever is here.
    before.add('/console/signin').add('/console/role');
    const waiting = [new URL(page.url()).pathname];
    while (waiting.length > 0) {
      const path = waiting.shift();
      if (before.has(kind(path))) continue;
      before.add(kind(path));
      await page.goto(path);
      await look(page, `${account} ${path}`);
      const links = await page.locator('a[href^="/console"], a[href^="/hub"]').evaluateAll((all) => all.filter((a) => !a.hasAttribute('download')).map((a) => a.getAttribute('href')));
      waiting.push(...links.filter((l) => !/\.(csv|dmn)$|\/csv|\/file$|\/receipts\//.test(l)));
    }
    unbroken(page);
  }
  must(findings.length === 0, findings.join('\n'));
  must(looked() > 40, `only ${looked()} pages were found`);
  return { looked: looked(), kinds: Object.values(kinds).map((k) => [...k]) };
});
