// SPDX-License-Identifier: AGPL-3.0-or-later
// People: signing in with a password, what a session may and when it ends, and that no other site, no
// guesser and no log gets anything out of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { BIN, House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const OTHER = 'staple a new password';

let house;
let api;

before(async () => {
  house = await House.open('session');
  // Every test begins without a person, and who is named by a complaint could not be truncated.
  await house.db.query('ALTER TABLE complaint DISABLE TRIGGER complaint_guard_all; ALTER TABLE complaint_pack DISABLE TRIGGER complaint_pack_guard_all');
  api = await Api.open(house, { config: { log: { level: 'debug' } } });
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});
beforeEach(async () => {
  await house.db.query('TRUNCATE person, session, sign_in_failure, campaign RESTART IDENTITY CASCADE');
  await addUser('anna');
});

/** The operator's command with a text on its standard input. */
function vestnik(words, input = '') {
  return new Promise((resolve) => {
    const child = spawn(path.join(BIN, 'vestnik'), words, { env: { ...process.env, VESTNIK_DATABASE: house.databaseUrl } });
    let text = '';
    child.stdout.on('data', (data) => { text += data; });
    child.stderr.on('data', (data) => { text += data; });
    child.on('close', (code) => resolve({ code, text }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

async function addUser(login, password = PASSWORD) {
  const { code, text } = await vestnik(['user', 'add', login, '--name', `Name of ${login}`, '--language', 'en'], `${password}\n`);
  assert.equal(code, 0, text);
}

/** One request as a browser sends it; `headers` with undefined take one away. */
async function web(method, where, { body, cookie, headers = {} } = {}) {
  const all = {
    'x-vestnik-web': '1',
    'sec-fetch-site': 'same-origin',
    origin: method === 'GET' ? undefined : api.base,
    cookie,
    'content-type': body === undefined ? undefined : 'application/json',
    ...headers,
  };
  // node:http, because fetch lets nobody set Origin, Cookie and Sec-Fetch-Site.
  return new Promise((resolve, reject) => {
    const request = http.request(api.base + where, {
      method,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.on('end', () => resolve({
        status: response.statusCode,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      }));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const trySignIn = (login, password, options = {}) => web('POST', '/v1/session', { body: { login, password }, ...options });

/** Sign in; resolves to the cookie. */
async function signIn(login = 'anna', password = PASSWORD) {
  const { status, headers, body } = await trySignIn(login, password);
  assert.equal(status, 200, JSON.stringify(body));
  return headers['set-cookie'][0].split(';')[0];
}

const me = (cookie) => web('GET', '/v1/me', { cookie });
const kind = ({ body }) => body.type.split(':').at(-1);
const draft = { name: 'c', text: 't', sender: 'VESTNIK', class: 'service' };

// ------------------------------------------------------------------------------------ signing in

test('signing in answers who it is, and the cookie is one no script and no other site gets', async () => {
  const { status, headers, body } = await trySignIn('Anna', PASSWORD);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    id: '1', login: 'anna', name: 'Name of anna', language: 'en', theme: 'system', phone: null,
    roles: [{ role: 'manager', department_id: '1', department: 'Компания', reach: 'subtree', clients: 'all' }],
    rights: body.rights, must: null,
  });
  assert.ok(body.rights.includes('campaigns.launch') && body.rights.includes('profile'), body.rights.join());
  assert.equal(headers['set-cookie'].length, 2);
  assert.match(headers['set-cookie'][1], /^vestnik_device=[0-9a-f]{64}; HttpOnly; Secure; SameSite=Strict; Path=\/v1; Max-Age=31536000$/);
  const [secret, ...flags] = headers['set-cookie'][0].split('; ');
  assert.match(secret, /^vestnik_session=[0-9a-f]{64}$/);
  assert.deepEqual(flags.sort(), ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
  assert.deepEqual((await me(secret)).body, body);
  const other = await signIn();
  assert.notEqual(other, secret);
});

test('the database has only sums of passwords and secrets', async () => {
  const cookie = await signIn();
  const hash = await house.value('SELECT password_hash FROM person');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  const stored = await house.value(`SELECT encode(secret_hash, 'hex') FROM session`);
  assert.equal(stored, await house.value(`SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')`, [cookie.split('=')[1]]));
  assert.notEqual(cookie.split('=')[1], stored);
});

test('a wrong password, an unknown login and a disabled person are one answer', async () => {
  await addUser('gone');
  await vestnik(['user', 'disable', 'gone']);
  const answers = [];
  for (const [login, password] of [['anna', 'not the password'], ['nobody', PASSWORD], ['gone', PASSWORD]])
    answers.push(await trySignIn(login, password));
  for (const { status, headers, body } of answers) {
    assert.equal(status, 401);
    assert.deepEqual(body, answers[0].body);
    assert.equal(headers['set-cookie'], undefined);
  }
  assert.equal(kind(answers[0]), 'wrong-sign-in');
  assert.equal(await house.value('SELECT count(*) FROM session'), 0);
});

test('a wrong and an unknown login take about the same time', async () => {
  const took = { known: [], unknown: [] };
  for (let i = 0; i < 12; i++) {
    for (const which of ['known', 'unknown']) {
      await house.db.query('TRUNCATE sign_in_failure');
      const begin = process.hrtime.bigint();
      assert.equal((await trySignIn(which === 'known' ? 'anna' : 'nobody', 'not the password')).status, 401);
      took[which].push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length / 2];
  const [known, unknown] = [median(took.known), median(took.unknown)];
  assert.ok(known > 5, `a password costs something: ${known} ms`);
  assert.ok(Math.abs(known - unknown) < 0.5 * Math.max(known, unknown), `${known} and ${unknown} ms`);
});

test('five wrong passwords lock a login, known or not, for longer each time; then the right one works', async () => {
  for (const login of ['anna', 'nobody']) {
    for (let i = 0; i < 5; i++) assert.equal((await trySignIn(login, 'not the password')).status, 401);
    const locked = await trySignIn(login, PASSWORD);
    assert.equal(locked.status, 429);
    assert.equal(kind(locked), 'sign-in-locked');
    const wait = Number(locked.headers['retry-after']);
    assert.ok(wait > 25 && wait <= 30, `${wait} s`);
  }
  const waits = [];
  for (let i = 0; i < 7; i++) {
    await house.db.query(`UPDATE sign_in_failure SET locked_until = clock_timestamp()`);
    assert.equal((await trySignIn('anna', 'not the password')).status, 401);
    waits.push(Number((await trySignIn('anna', PASSWORD)).headers['retry-after']));
  }
  for (const [i, want] of [60, 120, 240, 480, 900, 900, 900].entries())
    assert.ok(waits[i] > want - 5 && waits[i] <= want, `${waits}`);
  await house.db.query(`UPDATE sign_in_failure SET locked_until = clock_timestamp()`);
  await signIn();
  assert.equal((await trySignIn('anna', 'not the password')).status, 401);
  assert.equal((await trySignIn('anna', 'not the password')).status, 401, 'a right password forgets the wrong ones');
});

test('many guesses at once are no more than five', async () => {
  const statuses = (await Promise.all(Array.from({ length: 20 }, () => trySignIn('anna', 'not the password')))).map(({ status }) => status);
  assert.equal(statuses.filter((s) => s === 401).length, 5);
  assert.equal(statuses.filter((s) => s === 429).length, 15);
});

test('an hour of quiet forgets wrong passwords', async () => {
  for (let i = 0; i < 4; i++) await trySignIn('anna', 'not the password');
  await house.db.query(`UPDATE sign_in_failure SET failed_at = clock_timestamp() - interval '61 minutes'`);
  for (let i = 0; i < 4; i++) assert.equal((await trySignIn('anna', 'not the password')).status, 401);
  await signIn();
});

test('a new password by the operator opens a locked login', async () => {
  for (let i = 0; i < 5; i++) await trySignIn('anna', 'not the password');
  assert.equal((await trySignIn('anna', PASSWORD)).status, 429);
  assert.equal((await vestnik(['user', 'password', 'anna'], `${OTHER}\n`)).code, 0);
  await signIn('anna', OTHER);
});

// ------------------------------------------------------------------------------------ other sites

test('what another site could send is refused and changes nothing', async () => {
  const cookie = await signIn();
  const before = await house.value('SELECT seen_at::text FROM session');
  for (const [why, headers] of [
    ['no header', { 'x-vestnik-web': undefined }],
    ['another value', { 'x-vestnik-web': '0' }],
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['same-site is another origin', { 'sec-fetch-site': 'same-site' }],
    ['a typed address', { 'sec-fetch-site': 'none' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['the same host, another port', { origin: 'http://127.0.0.1:1' }],
    ['an opaque origin', { origin: 'null' }],
  ]) {
    for (const [method, where, body] of [
      ['POST', '/v1/campaigns', draft], ['PATCH', '/v1/me', { name: 'changed' }],
      ['POST', '/v1/messages', { to: '+79161234567', text: 'x', sender: 'VESTNIK', class: 'service', category: 'service' }],
      ['DELETE', '/v1/session', undefined],
    ]) {
      const answer = await web(method, where, { body, cookie, headers });
      assert.equal(answer.status, 403, `${why}: ${method} ${where}`);
      assert.equal(kind(answer), 'cross-site', why);
    }
    const answer = await trySignIn('anna', PASSWORD, { headers });
    assert.equal(kind(answer), 'cross-site', `${why}: signing somebody in`);
  }
  assert.equal(await house.value('SELECT count(*) FROM campaign'), 0);
  assert.equal(await house.value('SELECT count(*) FROM chunk'), 0);
  assert.equal(await house.value('SELECT name FROM person'), 'Name of anna');
  assert.equal(await house.value('SELECT count(*) FROM session WHERE ended_at IS NULL'), 1);
  assert.equal(await house.value('SELECT seen_at::text FROM session'), before);
});

test('reading needs no header, and changing works without the headers only browsers send', async () => {
  const cookie = await signIn();
  const bare = { 'x-vestnik-web': undefined, 'sec-fetch-site': undefined, origin: undefined };
  assert.equal((await web('GET', '/v1/me', { cookie, headers: bare })).status, 200);
  assert.equal((await web('GET', '/v1/campaigns', { cookie, headers: { ...bare, 'sec-fetch-site': 'cross-site' } })).status, 200);
  assert.equal((await web('POST', '/v1/campaigns', { cookie, body: draft, headers: { ...bare, 'x-vestnik-web': '1' } })).status, 201);
});

// ------------------------------------------------------------------------------------ what a session may

test('a person makes campaigns, imports and messages in their own name', async () => {
  const cookie = await signIn();
  assert.equal((await web('POST', '/v1/campaigns', { cookie, body: draft })).status, 201);
  assert.deepEqual((await house.db.query('SELECT person_id, token_id FROM campaign')).rows, [{ person_id: 1, token_id: null }]);
  const message = { to: '+79161234567', text: 'x', sender: 'VESTNIK', class: 'service', category: 'service' };
  const keyed = { cookie, body: message, headers: { 'idempotency-key': 'k1' } };
  const first = await web('POST', '/v1/messages', keyed);
  assert.equal(first.status, 202);
  assert.equal((await web('POST', '/v1/messages', keyed)).body.id, first.body.id);
  const program = await api.post('/v1/messages', message, { headers: { 'idempotency-key': 'k1' } });
  assert.notEqual(program.body.id, first.body.id, 'the key of a program is another than that of a person');
  const file = await fetch(`${api.base}/v1/imports?file_name=a.csv`, {
    method: 'POST', body: 'phone\n+79161234567\n', headers: { cookie, 'x-vestnik-web': '1', 'content-type': 'text/csv' },
  });
  assert.equal(file.status, 201);
  assert.deepEqual((await house.db.query('SELECT person_id, token_id FROM import')).rows, [{ person_id: 1, token_id: null }]);
  await house.db.query('TRUNCATE chunk, idempotency, import, client CASCADE');
});

test('nobody signed in gets a 401 from every path but the open ones', async () => {
  const broken = ['vestnik_session=', 'vestnik_session=abc', `vestnik_session=${'0'.repeat(64)}`, `vestnik_session=${'g'.repeat(64)}`,
    `xvestnik_session=${'0'.repeat(64)}`, `vestnik_session=${'0'.repeat(65)}`, 'vestnik_session', ';;==', undefined];
  for (const cookie of broken) {
    const answer = await me(cookie);
    assert.equal(answer.status, 401, cookie);
    assert.equal(kind(answer), 'unauthorized');
  }
  assert.equal((await api.get('/openapi.yaml', { token: null })).status, 200);
});

test('the cookie is found between others', async () => {
  const cookie = await signIn();
  for (const all of [`a=b; ${cookie}`, `${cookie}; z="x y"`, `vestnik_sessions=1;${cookie};c`, `=; x; ${cookie}`])
    assert.equal((await me(all)).status, 200, all);
});

test('a token works beside a cookie, which it ignores, and is no person', async () => {
  const cookie = await signIn();
  const both = { headers: { cookie } };
  assert.equal((await api.post('/v1/campaigns', draft, both)).status, 201, 'a program needs no X-Vestnik-Web');
  assert.equal(await house.value('SELECT person_id FROM campaign'), null);
  assert.ok(await house.value('SELECT token_id FROM campaign'));
  for (const token of ['vst_wrong', ' '])
    assert.equal((await api.get('/v1/campaigns', { ...both, token })).status, 401, 'a wrong token is not mended by a cookie');
  for (const answer of [await api.get('/v1/me', both), await api.patch('/v1/me', { name: 'x' }, both), await api.request('DELETE', '/v1/session', both)])
    assert.equal(answer.status, 403);
  assert.equal((await me(cookie)).status, 200);
});

// ------------------------------------------------------------------------------------ ends

test('signing out ends the session and clears the cookie', async () => {
  const cookie = await signIn();
  const other = await signIn();
  const { status, headers } = await web('DELETE', '/v1/session', { cookie });
  assert.equal(status, 204);
  assert.match(headers['set-cookie'][0], /^vestnik_session=; .*HttpOnly; Secure; SameSite=Strict; Path=\/; Max-Age=0$/);
  assert.equal((await me(cookie)).status, 401);
  assert.equal((await me(other)).status, 200);
  assert.equal((await web('DELETE', '/v1/session', { cookie })).status, 401);
});

test('disabling a person ends their sessions at once, and enabling does not bring them back', async () => {
  const cookie = await signIn();
  assert.equal((await vestnik(['user', 'disable', 'anna'])).code, 0);
  assert.equal((await me(cookie)).status, 401);
  assert.equal((await vestnik(['user', 'enable', 'anna'])).code, 0);
  assert.equal((await me(cookie)).status, 401);
  await signIn();
});

test('a session ends 12 hours after the last request and 7 days after the first', async () => {
  const cookie = await signIn();
  const age = (column, interval) => house.db.query(`UPDATE session SET ${column} = clock_timestamp() - $1::interval`, [interval]);
  await age('seen_at', '11 hours 59 minutes');
  assert.equal((await me(cookie)).status, 200);
  assert.ok(await house.value(`SELECT clock_timestamp() - seen_at < interval '1 minute' FROM session`), 'a request keeps it alive');
  await age('seen_at', '12 hours 1 second');
  assert.equal((await me(cookie)).status, 401);
  await age('seen_at', '0 s');
  assert.equal((await me(cookie)).status, 200);
  const days = await house.value(`SELECT extract(epoch FROM expires_at - created_at)::int / 86400 FROM session`);
  assert.equal(days, 7);
  await age('expires_at', '1 second');
  assert.equal((await me(cookie)).status, 401);
});

test('signing in removes what has been over for long, of this person alone', async () => {
  await addUser('boris');
  await signIn();
  await signIn();
  await signIn('boris');
  await house.db.query(`UPDATE session SET expires_at = clock_timestamp() - interval '31 days' WHERE ctid <> (SELECT max(ctid) FROM session WHERE person_id = 1)`);
  await signIn();
  assert.deepEqual((await house.db.query('SELECT person_id, count(*)::int FROM session GROUP BY 1 ORDER BY 1')).rows,
    [{ person_id: 1, count: 2 }, { person_id: 2, count: 1 }]);
});

// ------------------------------------------------------------------------------------ the profile

test('a person changes their own profile and nothing else', async () => {
  await addUser('boris');
  const cookie = await signIn();
  const changed = await web('PATCH', '/v1/me', { cookie, body: { name: 'Анна', language: 'ru', theme: 'dark', phone: '8 916 123-45-67' } });
  assert.equal(changed.status, 200);
  assert.deepEqual([changed.body.name, changed.body.language, changed.body.theme, changed.body.phone], ['Анна', 'ru', 'dark', '+79161234567']);
  assert.equal((await web('PATCH', '/v1/me', { cookie, body: {} })).body.phone, '+79161234567', 'what is absent stays');
  assert.equal((await web('PATCH', '/v1/me', { cookie, body: { phone: null } })).body.phone, null);
  assert.deepEqual((await me(cookie)).body.name, 'Анна');
  for (const [field, body] of [
    ['language', { language: 'de' }], ['theme', { theme: 'pink' }], ['phone', { phone: '12' }], ['name', { name: '' }],
    ['name', { name: 'x'.repeat(201) }], ['role', { role: 'admin' }], ['login', { login: 'root' }],
  ]) {
    const answer = await web('PATCH', '/v1/me', { cookie, body });
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.equal(answer.body.errors[0].field, field);
  }
  assert.equal(await house.value(`SELECT name FROM person WHERE login = 'boris'`), 'Name of boris');
});

test('a new password needs the present one and ends the other sessions', async () => {
  const cookie = await signIn();
  const other = await signIn();
  const change = (current, wanted) => web('PUT', '/v1/me/password', { cookie, body: { current, new: wanted } });
  const wrong = await change('not the password', OTHER);
  assert.deepEqual([wrong.status, kind(wrong)], [403, 'wrong-password']);
  for (const bad of ['short', 'eleven char']) assert.equal((await change(PASSWORD, bad)).body.errors[0].field, 'new');
  assert.equal((await me(other)).status, 200);
  const changed = await change(PASSWORD, OTHER);
  assert.equal(changed.status, 204);
  assert.equal((await me(changed.headers['set-cookie'][0].split(';')[0])).status, 200);
  for (const before of [cookie, other]) assert.equal((await me(before)).status, 401);
  assert.equal((await trySignIn('anna', PASSWORD)).status, 401);
  await signIn('anna', OTHER);
});

test('the login is no password, and the present one cannot be guessed from an open page', async () => {
  await addUser('a-rather-long-login');
  const cookie = await signIn('a-rather-long-login');
  const change = (current, wanted) => web('PUT', '/v1/me/password', { cookie, body: { current, new: wanted } });
  assert.equal((await change(PASSWORD, 'A-rather-long-LOGIN')).status, 422);
  for (let i = 0; i < 5; i++) assert.equal((await change('not the password', OTHER)).status, 403);
  assert.equal((await change(PASSWORD, OTHER)).status, 429);
});

// ------------------------------------------------------------------------------------ the command, the log

test('the command says what is wrong', async () => {
  for (const [words, input, says] of [
    [['add', 'anna', '--name', 'x'], `${PASSWORD}\n`, 'already'],
    [['add', 'Big Letters', '--name', 'x'], `${PASSWORD}\n`, 'small Latin letters'],
    [['add', 'boris', '--name', 'x', '--language', 'de'], `${PASSWORD}\n`, 'ru or en'],
    [['add', 'boris', '--name', 'x'], 'short\n', '12 characters'],
    [['add', 'boris', '--name', 'x'], '', 'no password'],
    [['add', 'boris'], `${PASSWORD}\n`, '--name'],
    [['password', 'nobody'], `${PASSWORD}\n`, 'no user "nobody"'],
    [['disable', 'nobody'], '', 'no user "nobody"'],
    [['list', 'all'], '', 'no argument'],
    [['list', '--name', 'x'], '', 'takes no --name'],
    [['burn', 'anna'], '', 'user add'],
  ]) {
    const { code, text } = await vestnik(['user', ...words], input);
    assert.notEqual(code, 0, words.join(' '));
    assert.ok(text.includes(says), `${words.join(' ')}: ${text}`);
  }
  const file = path.join(house.dir, 'password');
  writeFileSync(file, `${OTHER}\r\n`, { mode: 0o600 });
  assert.equal((await vestnik(['user', 'add', 'boris', '--name', 'B', '--password-file', file])).code, 0);
  await signIn('boris', OTHER);
  assert.match((await vestnik(['user', 'list'])).text, /boris +B +manager/);
});

test('typed at a terminal the password is asked for twice and not shown', async () => {
  // A line is typed when it is asked for: what was typed before is thrown away.
  const typed = (first, second) => new Promise((resolve) => {
    const command = `${path.join(BIN, 'vestnik')} user add carol --name C`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, VESTNIK_DATABASE: house.databaseUrl } });
    const lines = [[/Password: $/, first], [/The same again: $/, second]];
    let screen = '';
    child.stdout.on('data', (data) => {
      screen += data;
      if (lines.length > 0 && lines[0][0].test(screen)) child.stdin.write(`${lines.shift()[1]}\n`);
    });
    child.on('close', () => resolve(screen));
  });
  const differ = await typed(PASSWORD, OTHER);
  assert.match(differ, /differ/);
  const same = await typed(PASSWORD, PASSWORD);
  assert.match(same, /created/);
  for (const screen of [differ, same]) assert.ok(!screen.includes(PASSWORD) && !screen.includes(OTHER));
  await signIn('carol');
});

test('no log has a login, a password, a secret or a name', async () => {
  const cookie = await signIn();
  await trySignIn('secret-login', 'secret password');
  await web('PUT', '/v1/me/password', { cookie, body: { current: 'secret password', new: OTHER } });
  const log = readFileSync(api.daemon.logFile, 'utf8');
  for (const secret of ['anna', 'secret-login', 'secret password', PASSWORD, OTHER, cookie.split('=')[1], 'Name of'])
    assert.ok(!log.includes(secret), secret);
});
