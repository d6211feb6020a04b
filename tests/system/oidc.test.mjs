// SPDX-License-Identifier: AGPL-3.0-or-later
// People who sign in by OpenID Connect: through a provider nobody here wrote, and against one that lies.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { CLIENT, REDIRECT, SECRET, hmacSigned, newKey, startLiar, startProvider, unsigned } from './lib/oidc.mjs';
import { House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const accounts = {
  'sub-anna': { name: 'Anna Petrova', preferred_username: 'Anna', groups: ['authors', 'auditors'] },
  'sub-boris': { name: 'Boris', preferred_username: 'boris', groups: ['nothing'] },
  'sub-local': { name: 'Another', preferred_username: 'local', groups: ['authors'] },
};

let house;
let provider;
let liar;
let api;
let lied; // apid of the provider that lies

const oidc = (issuer, more = {}) => ({
  issuer, client_id: CLIENT, client_secret_file: path.join(house.dir, 'client.secret'), redirect_uri: REDIRECT,
  allow_hosts: ['127.0.0.1'], title: 'Company account', timeout: '2s', ...more,
});
const open = (instance, issuer, more) => Api.open(house, { instance, token: 'none', config: { oidc: oidc(issuer, more) } });

before(async () => {
  house = await House.open('oidc');
  writeFileSync(path.join(house.dir, 'client.secret'), `${SECRET}\n`, { mode: 0o600 });
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await house.vestnik('user', 'add', 'local', '--name', 'Local', '--password-file', path.join(house.dir, 'password'));
  await house.db.query(`INSERT INTO directory_group (way, name, key, role, department_id, reach, clients) VALUES
    ('oidc', 'authors', 'authors', 'author', 1, 'own', 'own'), ('oidc', 'auditors', 'auditors', 'auditor', 1, 'subtree', 'all'),
    ('ldap', 'nothing', 'nothing', 'manager', 1, 'subtree', 'all')`);
  provider = await startProvider(accounts);
  liar = await startLiar();
  liar.keys = [newKey('rsa'), newKey('ec', 'ES256')];
  api = await open('1', provider.url);
  lied = await open('2', liar.url);
});
after(async () => {
  await api?.daemon.stop();
  await lied?.daemon.stop();
  provider?.close();
  liar?.close();
  await house.close();
});
beforeEach(() => { liar.status = 200; });

/** Begin as a browser: where it is sent, and the cookie it got. */
async function begin(on = api) {
  const answer = await fetch(`${on.base}/v1/session/oidc`, { redirect: 'manual' });
  assert.equal(answer.status, 302);
  const [cookie] = answer.headers.getSetCookie();
  return { address: new URL(answer.headers.get('location')), cookie: cookie?.split(';')[0], flags: cookie?.split('; ').slice(1) };
}

/** Come back as a browser. */
async function back(on, query, cookie) {
  const answer = await fetch(`${on.base}/v1/session/oidc/callback?${new URLSearchParams(query)}`, { redirect: 'manual', headers: cookie ? { cookie } : {} });
  const cookies = answer.headers.getSetCookie();
  const session = cookies.find((text) => text.startsWith('vestnik_session='));
  return { status: answer.status, location: answer.headers.get('location'), session: session?.split(';')[0], flags: session, cookies };
}

async function signIn(account) {
  accounts.current = account;
  const { address, cookie } = await begin();
  return back(api, (await provider.browse(address.href)).searchParams, cookie);
}

const me = async (session, on = api) => (await new Http(on.base).raw('GET', '/v1/me', { headers: { cookie: session } }));
const sessions = () => house.value('SELECT count(*) FROM session');

/** What a right token claims. */
const claims = (address, more = {}) => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: liar.url, aud: CLIENT, sub: 'sub-liar', exp: now + 300, iat: now, nonce: address.searchParams.get('nonce'), preferred_username: 'liar', name: 'Liar', groups: ['authors'], ...more };
};

/** Sign in at the liar with the token that `make` makes of the claims; resolves to how it ends. */
async function lie(make, more) {
  const { address, cookie } = await begin(lied);
  liar.token = make(claims(address, more));
  return back(lied, { code: 'c', state: address.searchParams.get('state') }, cookie);
}

// ------------------------------------------------------------------------------------ the right way

test('a browser is sent to the provider with PKCE, state and nonce, and comes back as a person with the roles of their groups', async () => {
  const { address, cookie, flags } = await begin();
  const sent = Object.fromEntries(address.searchParams);
  assert.deepEqual({ ...sent, state: '', nonce: '', code_challenge: '' }, {
    response_type: 'code', client_id: CLIENT, redirect_uri: REDIRECT, scope: 'openid profile', state: '', nonce: '', code_challenge: '', code_challenge_method: 'S256',
  });
  assert.match(sent.state, /^[0-9a-f]{64}$/);
  assert.match(sent.nonce, /^[\w-]{43}$/);
  assert.match(sent.code_challenge, /^[\w-]{43}$/);
  assert.deepEqual(flags.sort(), ['HttpOnly', 'Max-Age=600', 'Path=/v1/session/oidc/callback', 'SameSite=Lax', 'Secure']);
  assert.ok(!address.href.includes(cookie.split('=')[1]), 'the cookie goes to nobody else');

  accounts.current = 'sub-anna';
  const answer = await back(api, (await provider.browse(address.href)).searchParams, cookie);
  assert.deepEqual([answer.status, answer.location], [302, '/']);
  assert.match(answer.flags, /^vestnik_session=[0-9a-f]{64}; HttpOnly; Secure; SameSite=Strict; Path=\/$/);
  assert.ok(answer.cookies.some((text) => /^vestnik_oidc=; .*Max-Age=0$/.test(text)), 'the cookie of the way is gone');
  const { status, body } = await me(answer.session);
  assert.deepEqual([status, body.login, body.name, body.roles.map(({ role }) => role)], [200, 'anna', 'Anna Petrova', ['auditor', 'author']]);

  const again = await signIn('sub-anna');
  assert.equal((await me(again.session)).body.id, body.id);
  assert.notEqual(again.session, answer.session);
  accounts['sub-anna'].groups = ['authors'];
  await signIn('sub-anna');
  assert.deepEqual((await me(again.session)).body.roles.map(({ role }) => role), ['author'], 'roles follow the groups');
});

test('who has no role, and who was disabled, is told so and gets no session', async () => {
  const before = await sessions();
  assert.equal((await signIn('sub-boris')).location, '/?sign_in=no_role');
  await house.vestnik('user', 'disable', 'anna');
  assert.equal((await signIn('sub-anna')).location, '/?sign_in=disabled');
  await house.vestnik('user', 'enable', 'anna');
  assert.equal(await sessions(), before);
  assert.equal(await house.value(`SELECT count(*) FROM person WHERE login = 'boris'`), 0);
});

test('an equal login never takes a local person over, until the command links them', async () => {
  const other = await signIn('sub-local');
  assert.equal((await me(other.session)).body.login, 'local-2');
  await house.vestnik('user', 'unlink', 'local-2', '--way', 'oidc');
  await house.vestnik('user', 'link', 'local', '--way', 'oidc', '--issuer', provider.url, '--subject', 'sub-local');
  const linked = await signIn('sub-local');
  assert.equal((await me(linked.session)).body.login, 'local');
  assert.equal((await Http.signIn(api.base, 'local', PASSWORD)).headers.cookie !== undefined, true, 'the local password stays');
});

test('the page is told which ways there are', async () => {
  assert.deepEqual((await api.get('/v1/session/ways', { token: null })).body, { password: true, directory: false, oidc: { title: 'Company account' } });
  const bare = await Api.open(house, { instance: '3', token: 'none' });
  assert.deepEqual((await bare.get('/v1/session/ways', { token: null })).body, { password: true, directory: false, oidc: null });
  assert.equal((await bare.get('/v1/session/oidc', { token: null })).status, 404);
  assert.equal((await bare.get('/v1/session/oidc/callback?code=x&state=y', { token: null })).status, 404);
  await bare.daemon.stop();
});

// ------------------------------------------------------------------------------------ attacks on the way back

test('who did not begin does not come in: other state, other browser, replay, too late', async () => {
  const before = await sessions();
  accounts.current = 'sub-anna';
  const one = await begin();
  const answer = Object.fromEntries((await provider.browse(one.address.href)).searchParams);
  const other = await begin();
  const flip = (text) => text.replace(/^./, (c) => (c === '0' ? '1' : '0'));
  for (const [why, query, cookie] of [
    ['another state', { ...answer, state: flip(answer.state) }, one.cookie], ['no state', { code: answer.code }, one.cookie],
    ['the state of another sign-in', { ...answer, state: other.address.searchParams.get('state') }, one.cookie],
    ['login fixation: the answer in a browser that did not begin', answer, undefined], ['login fixation: in one that began another', answer, other.cookie],
    ['a made-up cookie', answer, `vestnik_oidc=${'0'.repeat(64)}`], ['a broken cookie', answer, 'vestnik_oidc=x'],
  ]) {
    const { location, session } = await back(api, query, cookie);
    assert.deepEqual([location, session], ['/?sign_in=expired', undefined], why);
  }
  // A session that somebody set beforehand is not taken over: the person gets another.
  const planted = `vestnik_session=${'a'.repeat(64)}`;
  const good = await back(api, answer, `${planted}; ${one.cookie}`);
  assert.equal(good.location, '/');
  assert.notEqual(good.session, planted);
  assert.equal((await me(planted)).status, 401);
  assert.equal((await back(api, answer, one.cookie)).location, '/?sign_in=expired', 'a second time');
  assert.equal(await sessions(), before + 1);

  const late = await begin();
  const lateAnswer = (await provider.browse(late.address.href)).searchParams;
  await house.db.query(`UPDATE oidc_sign_in SET expires_at = clock_timestamp() - interval '1 second'`);
  assert.equal((await back(api, lateAnswer, late.cookie)).location, '/?sign_in=expired');
  await begin();
  assert.equal(await house.value('SELECT count(*) FROM oidc_sign_in WHERE expires_at < clock_timestamp()'), 0, 'old ones go');
});

test('a stolen code is worth nothing: it is redeemed with the verifier of the browser that began', async () => {
  accounts.current = 'sub-anna';
  const victim = await begin();
  const stolen = (await provider.browse(victim.address.href)).searchParams.get('code');
  const thief = await begin();
  assert.equal((await back(api, { code: stolen, state: thief.address.searchParams.get('state') }, thief.cookie)).location, '/?sign_in=refused');
});

test('a refusal of the provider, and an answer of another one, are no sign-in', async () => {
  for (const query of [{ error: 'access_denied' }, { error: 'access_denied', code: 'c' }, {}, { code: 'c', iss: 'https://evil.example' }, { code: 'x'.repeat(5000) }]) {
    const { address, cookie } = await begin(lied);
    assert.equal((await back(lied, { ...query, state: address.searchParams.get('state') }, cookie)).location, '/?sign_in=refused', JSON.stringify(query));
  }
  liar.status = 400;
  assert.equal((await lie((c) => liar.keys[0].sign(c))).location, '/?sign_in=refused');
});

// ------------------------------------------------------------------------------------ attacks by tokens

test('a right token of either kind is taken; what goes to the provider is what it must be', async () => {
  for (const key of liar.keys) {
    const { address, cookie } = await begin(lied);
    liar.token = key.sign(claims(address));
    assert.equal((await back(lied, { code: 'c&d', state: address.searchParams.get('state'), iss: liar.url }, cookie)).location, '/', key.kid);
    assert.deepEqual({ ...liar.form, code_verifier: '' }, { grant_type: 'authorization_code', code: 'c&d', redirect_uri: REDIRECT, code_verifier: '' });
    assert.equal(crypto.createHash('sha256').update(liar.form.code_verifier).digest('base64url'), address.searchParams.get('code_challenge'));
    const pair = Buffer.from(liar.authorization.replace('Basic ', ''), 'base64').toString();
    assert.deepEqual(pair.split(':').map(decodeURIComponent), [CLIENT, SECRET]);
  }
  for (const more of [{ aud: [CLIENT] }, { aud: [CLIENT, 'other'], azp: CLIENT }, { azp: CLIENT }, { exp: Math.floor(Date.now() / 1000) - 30 }, { nbf: 1 }])
    assert.equal((await lie((c) => liar.keys[0].sign(c), more)).location, '/', JSON.stringify(more));
});

test('a token that is forged, old, or meant for something else is refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  const [rsa, ec] = liar.keys;
  const forged = newKey('rsa');
  const before = await sessions();
  const bad = [
    ['alg none', (c) => unsigned(c)], ['alg none with a kid', (c) => unsigned(c, { kid: 'rsa' })], ['alg None', (c) => unsigned(c, { alg: 'None' })],
    ['HS256 with the public key', (c) => hmacSigned(c, rsa.pem, { kid: 'rsa' })], ['HS256 with the secret', (c) => hmacSigned(c, SECRET)],
    ['another key', (c) => forged.sign(c)], ['RS256 said, ES256 made', (c) => ec.sign(c, { alg: 'RS256', kid: 'rsa' })], ['the other kind of key', (c) => rsa.sign(c, { kid: 'ec' })],
    ['PS256 said', (c) => rsa.sign(c, { alg: 'PS256' })], ['RS512 said', (c) => rsa.sign(c, { alg: 'RS512' })], ['a key in the token', (c) => forged.sign(c, { jwk: forged.jwk, kid: undefined })],
    ['conditions', (c) => rsa.sign(c, { crit: ['exp'] })],
    ['changed after signing', (c) => { const [h, p, s] = rsa.sign(c).split('.'); return `${h}.${Buffer.from(Buffer.from(p, 'base64url').toString().replace('sub-liar', 'sub-anna')).toString('base64url')}.${s}`; }],
    ['no signature', (c) => `${rsa.sign(c).split('.').slice(0, 2).join('.')}.`], ['nothing', () => ''], ['rubbish', () => 'a.b.c'], ['no dots', () => 'abc'],
    ['no claims', () => rsa.sign([])], ['long', () => 'x'.repeat(100_000)],
  ];
  const sign = (c) => rsa.sign(c);
  for (const [why, more] of [
    ['another nonce', { nonce: 'x'.repeat(43) }], ['no nonce', { nonce: undefined }], ['another audience', { aud: 'other' }], ['no audience', { aud: undefined }],
    ['other audiences', { aud: ['a', 'b'] }], ['audiences without azp', { aud: [CLIENT, 'b'] }], ['azp of another', { azp: 'other' }], ['azp of another, several', { aud: [CLIENT, 'b'], azp: 'b' }],
    ['another issuer', { iss: 'https://evil.example' }], ['the issuer with a slash', { iss: `${liar.url}/` }], ['no issuer', { iss: undefined }],
    ['expired', { exp: now - 120, iat: now - 400 }], ['no end', { exp: undefined }], ['an end in words', { exp: '9999999999' }], ['made tomorrow', { iat: now + 86400, exp: now + 90000 }],
    ['made an hour ago', { iat: now - 3600 }], ['no beginning', { iat: undefined }], ['not yet', { nbf: now + 600 }], ['nobody', { sub: undefined }], ['empty', { sub: '' }], ['long', { sub: 'x'.repeat(256) }], ['a number', { sub: 1 }],
  ]) bad.push([why, sign, more]);
  for (const [why, make, more] of bad) {
    const { location, session } = await lie(make, more);
    assert.deepEqual([location, session], ['/?sign_in=refused', undefined], why);
  }
  assert.equal(await sessions(), before);
  assert.doesNotMatch(lied.daemon.log(), /sub-liar|sub-anna|eyJ/, 'the log has no tokens and no people');
});

test('a key too short is no key', async () => {
  const keep = liar.keys;
  const short = newKey('short', 'RS256', { bits: 1024 });
  const fresh = await open('4', liar.url);
  liar.keys = [short];
  const { address, cookie } = await begin(fresh);
  liar.token = short.sign(claims(address));
  assert.equal((await back(fresh, { code: 'c', state: address.searchParams.get('state') }, cookie)).location, '/?sign_in=refused');
  await fresh.daemon.stop();
  liar.keys = keep;
});

test('a new key is asked for when a token names it, and not at every token that names none there is', async () => {
  const fresh = await open('5', liar.url);
  const sign = async (key) => {
    const { address, cookie } = await begin(fresh);
    liar.token = key.sign(claims(address));
    return (await back(fresh, { code: 'c', state: address.searchParams.get('state') }, cookie)).location;
  };
  assert.equal(await sign(liar.keys[0]), '/');
  const keysAsked = liar.asked['/jwks'];
  const documents = liar.asked['/.well-known/openid-configuration'];
  const next = newKey('next');
  liar.keys.push(next);
  assert.equal(await sign(next), '/');
  assert.equal(liar.asked['/jwks'], keysAsked + 1);
  for (let i = 0; i < 5; i++) assert.equal(await sign(newKey(`made-up-${i}`)), '/?sign_in=refused');
  assert.equal(liar.asked['/jwks'], keysAsked + 1);
  assert.equal(liar.asked['/.well-known/openid-configuration'], documents);
  await fresh.daemon.stop();
});

// ------------------------------------------------------------------------------------ where the provider is

test('a provider that lies about itself or is down lets nobody begin, and passwords still work', async () => {
  for (const [set, says] of [[{ issuer: 'https://evil.example' }, /another issuer/], [{ tokenEndpoint: 'ftp://evil.example/token' }, /its addresses/]]) {
    const fresh = await open('6', liar.url);
    Object.assign(liar, { issuer: undefined, tokenEndpoint: undefined }, set);
    assert.equal((await fetch(`${fresh.base}/v1/session/oidc`, { redirect: 'manual' })).headers.get('location'), '/?sign_in=unavailable');
    await fresh.daemon.waitLog(says);
    await fresh.daemon.stop();
  }
  Object.assign(liar, { issuer: undefined, tokenEndpoint: undefined });
});

test('the provider is asked at public addresses alone, unless its host is allowed by name', async () => {
  const fresh = await open('7', liar.url, { allow_hosts: ['id.zimorodok.example'] });
  const asked = liar.asked['/.well-known/openid-configuration'];
  const answer = await fetch(`${fresh.base}/v1/session/oidc`, { redirect: 'manual' });
  assert.equal(answer.headers.get('location'), '/?sign_in=unavailable');
  assert.equal(liar.asked['/.well-known/openid-configuration'], asked);
  assert.match(fresh.daemon.log(), /not public/);
  await Http.signIn(fresh.base, 'local', PASSWORD);
  await fresh.daemon.stop();
});

test('what cannot be meant is refused at the start', async () => {
  for (const [more, says] of [
    [{ issuer: 'http://id.zimorodok.example' }, /https:\/\//], [{ issuer: 'id.zimorodok.example' }, /https:\/\//], [{ client_id: '' }, /client_id/],
    [{ redirect_uri: 'https://sms.zimorodok.example/' }, /callback/], [{ scopes: 'profile' }, /openid/], [{ client_secret_file: '/nowhere' }, /client_secret_file/],
  ]) {
    const daemon = house.daemon('apid', { instance: '8', config: { http: { listen: '127.0.0.1:0' }, web: { dir: '' }, oidc: oidc(liar.url, more) } });
    daemon.spawn();
    const { code } = await daemon.exited;
    assert.equal(code, 1);
    assert.match(daemon.log(), says);
  }
});
