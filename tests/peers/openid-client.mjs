// Signs in through a running node with npm openid-client, a client that is not ours, and prints what it saw as JSON.
// stdin: { issuer, clientId, clientSecret, redirectUri, scope, phone, password }
import * as client from 'openid-client';

const asked = JSON.parse(await new Response(process.stdin).text());
const issuer = new URL(asked.issuer);
const proof = asked.clientSecret ? client.ClientSecretBasic(asked.clientSecret) : client.None();
const config = await client.discovery(issuer, asked.clientId, { redirect_uris: [asked.redirectUri] }, proof,
  { execute: [client.allowInsecureRequests] });

// A browser without scripts: cookies, redirects, forms.
const jar = new Map();
async function visit(url, form) {
  const answer = await fetch(url, {
    method: form ? 'POST' : 'GET',
    redirect: 'manual',
    headers: { accept: 'text/html', cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') },
    body: form ? new URLSearchParams(form) : undefined,
  });
  for (const line of answer.headers.getSetCookie()) {
    const [name, ...rest] = line.split(';')[0].split('=');
    jar.set(name, rest.join('='));
  }
  return answer;
}
function fields(html, action) {
  const form = html.split('<form').find(part => part.includes(`action="${action}`));
  if (!form) throw new Error(`No form for ${action} in: ${html.slice(0, 300)}`);
  const decode = text => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x2B;', '+');
  return Object.fromEntries([...form.split('</form>')[0].matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(m => [m[1], decode(m[2])]));
}
async function signIn(at) {
  const url = new URL(at, asked.issuer).href;
  const page = await visit(url);
  const html = await page.text();
  return visit(new URL('/signin', asked.issuer).href, { ...fields(html, '/signin"'), account: asked.phone, password: asked.password });
}

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
let url = client.buildAuthorizationUrl(config, {
  redirect_uri: asked.redirectUri, scope: asked.scope, state, nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
}).href;

let back = null;
for (let hop = 0; hop < 10 && !back; hop++) {
  let answer = await visit(url);
  if (answer.status === 200) {
    const html = await answer.text();
    const action = new URL(url).pathname;
    answer = await visit(url, { ...fields(html, action), allow: 'yes' });
  }
  let next = new URL(answer.headers.get('location'), asked.issuer);
  if (next.pathname === '/signin') {
    answer = await signIn(next.href);
    if (answer.status !== 303) throw new Error(`Sign-in answered ${answer.status}`);
    next = new URL(answer.headers.get('location'), asked.issuer);
  }
  if (next.href.startsWith(asked.redirectUri)) back = next;
  else url = next.href;
}

const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
const claims = tokens.claims();
const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const refreshed = tokens.refresh_token ? await client.refreshTokenGrant(config, tokens.refresh_token) : null;
let reused = null;
try {
  await client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
} catch (error) {
  reused = error.error ?? error.code;
}
let afterReuse = null;
try {
  await client.fetchUserInfo(config, tokens.access_token, claims.sub);
} catch (error) {
  afterReuse = error.status ?? error.cause?.status ?? String(error.code);
}
const logout = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: asked.postLogoutUri, state: 'bye' });
const ended = await visit(logout.href);
console.log(JSON.stringify({
  issuer: config.serverMetadata().issuer, claims, info, refreshed: refreshed !== null, reused, afterReuse: String(afterReuse),
  logout: { status: ended.status, location: ended.headers.get('location') },
}));
