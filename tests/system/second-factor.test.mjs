// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor: setting it up, signing in with it, what is shown twice, which roles need it, and what a
// stolen database is worth.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';
import { code } from './lib/totp.mjs';
import { VAULT_KEY } from './lib/vault.mjs';
import { Visitor, kind } from './lib/visitor.mjs';

const PASSWORD = 'correct horse battery';
const OTHER = 'staple a new password';
const WRONG = 'not the password';

let house;
let api;

before(async () => {
  house = await House.open('second-factor');
  await house.db.query('ALTER TABLE complaint DISABLE TRIGGER complaint_guard_all; ALTER TABLE complaint_pack DISABLE TRIGGER complaint_pack_guard_all');
  api = await Api.open(house, { http: { trusted_proxies: ['127.0.0.1'] } });
  writeFileSync(path.join(house.dir, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
});
after(async () => {
  const { code: exit } = await api.daemon.stop();
  await house.close();
  assert.equal(exit, 0);
});
beforeEach(async () => {
  await house.db.query('TRUNCATE person, session, sign_in_failure RESTART IDENTITY CASCADE; UPDATE role SET second_factor = false');
  await addUser('anna');
});

const addUser = (login, ...words) =>
  house.vestnik('user', 'add', login, '--name', `Name of ${login}`, '--password-file', path.join(house.dir, 'password'), ...words);
const visitor = (address = '198.51.100.7') => new Visitor(api.base, { address });
const signIn = (login = 'anna') => visitor().signIn(login, PASSWORD);
const show = (who, text) => who.ask('POST', '/v1/session/second-factor', { code: text });
/** As if so much time had gone by that the present code is a new one. */
const later = () => house.db.query('UPDATE second_factor SET last_step = 0');

/** Somebody with a second factor; resolves to { anna, secret, codes }. */
async function enrolled(login = 'anna') {
  const anna = await signIn(login);
  const { secret } = (await anna.ask('POST', '/v1/me/second-factor')).body;
  const { status, body } = await anna.ask('POST', '/v1/me/second-factor/confirm', { code: code(secret) });
  assert.equal(status, 200, JSON.stringify(body));
  await later();
  return { anna, secret, codes: body.recovery_codes };
}

/** With the password behind, before the code. */
async function halfway(login = 'anna') {
  const who = visitor();
  const answer = await who.trySignIn(login, PASSWORD);
  assert.deepEqual([answer.status, answer.body], [202, { next: 'second_factor' }]);
  return who;
}

test('a person sets one up, and from its first code on the password alone signs nobody in', async () => {
  const anna = await signIn();
  const elsewhere = await signIn();
  assert.deepEqual((await anna.get('/v1/me/second-factor')).body, { confirmed_at: null, recovery_codes_left: 0, required: false });
  const first = await anna.ask('POST', '/v1/me/second-factor');
  assert.equal(first.status, 201);
  assert.match(first.body.secret, /^[A-Z2-7]{32}$/);
  assert.equal(first.body.uri, `otpauth://totp/Vestnik:anna?secret=${first.body.secret}&issuer=Vestnik`);
  const { secret } = (await anna.ask('POST', '/v1/me/second-factor')).body;
  assert.notEqual(secret, first.body.secret, 'begun again, the one before is nothing');
  await signIn(); // not confirmed yet

  for (const wrong of [code(first.body.secret), '000000', 'ABCD-EFGH-IJKL-MNOP'])
    assert.equal(kind(await anna.ask('POST', '/v1/me/second-factor/confirm', { code: wrong })), 'wrong-code', wrong);
  const confirmed = await anna.ask('POST', '/v1/me/second-factor/confirm', { code: code(secret) });
  assert.equal(confirmed.status, 200);
  assert.equal(new Set(confirmed.body.recovery_codes).size, 10);
  for (const recovery of confirmed.body.recovery_codes) assert.match(recovery, /^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
  assert.equal((await elsewhere.get('/v1/me')).status, 401, 'sessions that began without it are over');
  assert.equal((await anna.ask('POST', '/v1/me/second-factor')).status, 409);

  await later();
  const who = await halfway();
  assert.equal((await who.get('/v1/me')).status, 401, 'the cookie between opens nothing');
  assert.equal(who.cookies.has('vestnik_session'), false);
  const { status, body, headers } = await show(who, code(secret));
  assert.deepEqual([status, body.login], [200, 'anna']);
  assert.match(headers['set-cookie'].join('\n'), /vestnik_sign_in=; HttpOnly; Secure; SameSite=Strict; Path=\/v1\/session; Max-Age=0/);
  assert.equal((await who.get('/v1/campaigns')).status, 200);
  assert.equal((await who.get('/v1/me/second-factor')).body.recovery_codes_left, 10);
});

test('a code is taken once, by whomever, and the codes before it no more', async () => {
  const { secret } = await enrolled();
  const [one, two] = [await halfway(), await halfway()];
  const [now, before] = [code(secret), code(secret, -1)];
  assert.equal((await show(one, now)).status, 200);
  for (const used of [now, before]) {
    const answer = await show(two, used);
    assert.deepEqual([answer.status, kind(answer)], [401, 'wrong-code']);
  }
  assert.equal((await show(two, code(secret, 1))).status, 200, 'a phone half a minute fast');
  await later();
  const many = await Promise.all(Array.from({ length: 4 }, () => halfway()));
  const statuses = await Promise.all(many.map(async (who) => (await show(who, code(secret))).status));
  assert.equal(statuses.filter((status) => status === 200).length, 1, `${statuses}`);
});

test('a recovery code is taken once, however it is typed', async () => {
  const { codes, secret } = await enrolled();
  for (const [typed, want] of [[codes[0], 200], [codes[0], 401], [codes[1].toLowerCase().replaceAll('-', ' '), 200], [codes[1].replaceAll('-', ''), 401], ['AAAA-AAAA-AAAA-AAAA', 401]]) {
    await house.db.query('TRUNCATE sign_in_failure');
    assert.equal((await show(await halfway(), typed)).status, want, typed);
  }
  const anna = await halfway();
  await show(anna, code(secret));
  await later();
  assert.equal((await anna.get('/v1/me/second-factor')).body.recovery_codes_left, 8);
  const renewed = await anna.ask('POST', '/v1/me/second-factor/recovery-codes', { code: code(secret) });
  assert.equal(renewed.body.recovery_codes.length, 10);
  assert.equal((await show(await halfway(), codes[2])).status, 401, 'those before are nothing');
  assert.equal((await show(await halfway(), renewed.body.recovery_codes[0])).status, 200);
});

test('R-31 wrong codes lock as wrong passwords do, and a right password takes nothing back', async () => {
  const { secret } = await enrolled();
  await house.db.query('TRUNCATE sign_in_failure');
  const thief = await halfway();
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await show(thief, '000000')).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 429]);
  assert.deepEqual([(await show(thief, code(secret))).status, (await visitor().trySignIn('anna', PASSWORD)).status], [429, 429]);
  await house.db.query('TRUNCATE sign_in_failure');
  for (let i = 0; i < 5; i++) await halfway();
  assert.equal(await house.value("SELECT count(*) FROM sign_in_failure WHERE login_hash = ''"), 0, 'others from the address have nothing of it');
  assert.equal((await visitor().trySignIn('anna', PASSWORD)).status, 429, 'the password alone, again and again');
});

test('what joins password and code ends after five minutes, with a new password, and when the person is disabled', async () => {
  const { secret } = await enrolled();
  const over = async (who) => {
    const answer = await show(who, code(secret));
    assert.deepEqual([answer.status, kind(answer)], [401, 'sign-in-over']);
  };
  await over(visitor());
  const late = await halfway();
  await house.db.query("UPDATE sign_in_step SET expires_at = clock_timestamp() - interval '1 s'");
  await over(late);
  const [changed, disabled] = [await halfway(), await halfway()];
  await house.vestnik('user', 'disable', 'anna');
  await over(disabled);
  await house.vestnik('user', 'enable', 'anna');
  await house.vestnik('user', 'password', 'anna', '--password-file', path.join(house.dir, 'password'));
  await over(changed);
  const done = await halfway();
  const again = new Map(done.cookies);
  assert.equal((await show(done, code(secret))).status, 200);
  await later();
  const thief = visitor();
  thief.cookies = again;
  await over(thief);
});

test('another site can show no code', async () => {
  const { secret } = await enrolled();
  const who = await halfway();
  for (const headers of [{ 'x-vestnik-web': undefined }, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])
    assert.equal(kind(await who.ask('POST', '/v1/session/second-factor', { code: code(secret) }, headers)), 'cross-site');
  assert.equal((await show(who, code(secret))).status, 200);
});

test('a page that was left open sets up nothing, and takes nothing away without a code', async () => {
  const anna = await signIn();
  await house.db.query("UPDATE session SET created_at = clock_timestamp() - interval '16 min'");
  assert.equal(kind(await anna.ask('POST', '/v1/me/second-factor')), 'sign-in-again');
  const { anna: fresh, secret } = await enrolled();
  assert.equal((await fresh.ask('POST', '/v1/me/second-factor/remove', { code: '000000' })).status, 403);
  assert.equal((await fresh.ask('POST', '/v1/me/second-factor/remove', { code: code(secret) })).status, 204);
  await signIn();
  assert.equal(await house.value('SELECT (SELECT count(*) FROM second_factor) + (SELECT count(*) FROM recovery_code)'), 0);
});

test('R-31 a privileged role opens nothing before a second factor is set up', async () => {
  await addUser('root', '--role', 'administrator');
  const root = await signIn('root');
  assert.equal((await root.get('/v1/accounts')).status, 200);
  await house.vestnik('user', 'second-factor', '--role', 'administrator', '--on');
  assert.match(await house.vestnik('user', 'roles'), /administrator .*\(needs a second factor\)/);
  const refused = await root.get('/v1/accounts');
  assert.deepEqual([refused.status, kind(refused)], [403, 'must-enrol-second-factor'], 'at once, and for sessions there are');
  assert.equal((await (await signIn('anna')).get('/v1/campaigns')).status, 200, 'other roles go on');

  const again = await signIn('root');
  assert.equal((await again.get('/v1/me')).body.must, 'enrol_second_factor');
  const { secret } = (await again.ask('POST', '/v1/me/second-factor')).body;
  await again.ask('POST', '/v1/me/second-factor/confirm', { code: code(secret) });
  assert.deepEqual([(await again.get('/v1/me')).body.must, (await again.get('/v1/accounts')).status], [null, 200]);

  // Lost with the phone: the operator takes it off, and it has to be set up anew.
  await house.vestnik('user', 'second-factor', 'root', '--reset');
  assert.equal((await again.get('/v1/me')).status, 401);
  assert.equal((await (await signIn('root')).get('/v1/me')).body.must, 'enrol_second_factor');
  await house.vestnik('user', 'second-factor', '--role', 'administrator', '--off');
  assert.equal((await (await signIn('root')).get('/v1/accounts')).status, 200);
  for (const words of [['nobody', '--reset'], ['--role', 'emperor', '--on'], ['--role', 'administrator'], ['root'], ['--role', 'administrator', '--on', '--off']])
    await assert.rejects(house.vestnik('user', 'second-factor', ...words), undefined, words.join(' '));
});

test('R-33 the secret is sealed, rotated with the others, and without its key only recovery codes help', async () => {
  const { secret, codes } = await enrolled();
  const stored = await house.value('SELECT sealed FROM second_factor');
  assert.ok(!stored.includes(secret));
  writeFileSync(house.vaultFile, `the second key of tests, which seals no secret that is one\n${VAULT_KEY}\n`, { mode: 0o600 });
  assert.match(await house.vestnik('secrets', 'rotate'), /second factors: 1 sealed/);
  assert.notDeepEqual(await house.value('SELECT sealed FROM second_factor'), stored);
  assert.equal((await show(await halfway(), code(secret))).status, 200);
  writeFileSync(house.vaultFile, 'a third key of tests, which seals no secret that is one\n', { mode: 0o600 });
  await later();
  const who = await halfway();
  const answer = await show(who, code(secret));
  assert.deepEqual([answer.status, kind(answer)], [503, 'second-factor-unavailable']);
  assert.equal((await show(who, codes[3])).status, 200);
  writeFileSync(house.vaultFile, `${VAULT_KEY}\n`, { mode: 0o600 });

  const bare = await Api.open(house, { instance: '2', config: { http: { listen: '127.0.0.1:0' }, secrets: { key_file: '' } } });
  try {
    await addUser('boris');
    const boris = await new Visitor(bare.base).signIn('boris', PASSWORD);
    const begun = await boris.ask('POST', '/v1/me/second-factor');
    assert.deepEqual([begun.status, kind(begun)], [503, 'no-secrets-key']);
    assert.match(begun.body.detail, /secrets\.key_file/);
  } finally {
    await bare.daemon.stop();
  }
});

test('nothing in a stolen database signs anybody in', async () => {
  const { anna, secret } = await enrolled();
  await halfway();
  await addUser('boris');
  await signIn('boris');
  await visitor().trySignIn('boris', WRONG);
  await house.vestnik('token', 'create', `stolen-${process.pid}`);
  const thief = (cookies) => {
    const who = visitor('203.0.113.66');
    for (const name of cookies) who.cookies.set(...name);
    return who;
  };
  const TABLES = ['person', 'session', 'known_device', 'sign_in_failure', 'sign_in_step', 'second_factor', 'recovery_code', 'token'];
  const { rows: columns } = await house.db.query(
    "SELECT table_name AS t, column_name AS c, data_type AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY ($1) AND data_type IN ('text', 'bytea')", [TABLES]);
  const values = new Set();
  for (const { t, c, type } of columns)
    for (const { v } of (await house.db.query(`SELECT DISTINCT ${c} AS v FROM ${t} WHERE ${c} IS NOT NULL`)).rows)
      for (const text of type === 'bytea' ? [v.toString('hex'), v.toString('base64'), v.toString('base64url'), `vst_${v.toString('base64url')}`, v.toString('latin1').replaceAll(/[^\x21-\x7e]/g, '')] : [v])
        if (text !== '') values.add(text);
  assert.ok(values.size > 40, `${values.size} values`);
  let tried = 0;
  for (const value of values) {
    // What would be a lock is taken away each time: the hashes have to hold by themselves.
    await house.db.query('TRUNCATE sign_in_failure');
    const step = await halfway();
    const cookie = encodeURIComponent(value);
    const answers = [
      await thief([['vestnik_session', cookie]]).get('/v1/me'),
      await thief([]).ask('GET', '/v1/campaigns', undefined, { authorization: `Bearer ${value}`.replaceAll(/[^\x20-\x7e]/g, '?') }),
      await thief([]).trySignIn('anna', value.slice(0, 200)),
      await thief([]).trySignIn('boris', value.slice(0, 200)),
      await thief([['vestnik_sign_in', cookie]]).ask('POST', '/v1/session/second-factor', { code: code(secret) }),
      await show(step, value.slice(0, 40)),
    ];
    for (const [i, { status, headers }] of answers.entries()) {
      assert.ok([401, 422].includes(status), `${value} as number ${i}: ${status}`);
      assert.ok(!(headers['set-cookie'] ?? []).some((line) => line.startsWith('vestnik_session=')), value);
      tried++;
    }
    // Nor does the sum of a browser count as the browser.
    const browser = thief([['vestnik_device', cookie]]);
    await browser.trySignIn('boris', WRONG);
  }
  assert.equal(await house.value("SELECT count(*) FROM sign_in_failure WHERE source LIKE 'device%'"), 0);
  console.log(`# ${values.size} stored values, ${tried} tries`);
  assert.equal((await anna.get('/v1/me')).status, 200);
});
