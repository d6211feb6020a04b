// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in as strangers try to: from many addresses, with cookies that were planted, with what stands in a
// stolen database; and the list of where one is signed in.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';
import { Visitor, kind } from './lib/visitor.mjs';

const PASSWORD = 'correct horse battery';
const OTHER = 'staple a new password';
const WRONG = 'not the password';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const YANDEX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 YaBrowser/24.7 Safari/537.36';

let house;
let api;

before(async () => {
  house = await House.open('sign-in');
  await house.db.query('ALTER TABLE complaint DISABLE TRIGGER complaint_guard_all; ALTER TABLE complaint_pack DISABLE TRIGGER complaint_pack_guard_all');
  api = await Api.open(house, { http: { trusted_proxies: ['127.0.0.1', '10.0.0.0/8'] } });
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});
beforeEach(async () => {
  await house.db.query('TRUNCATE person, session, sign_in_failure RESTART IDENTITY CASCADE');
  await addUser('anna');
});

async function addUser(login, ...words) {
  const file = path.join(house.dir, 'password');
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
  await house.vestnik('user', 'add', login, '--name', `Name of ${login}`, '--password-file', file, ...words);
}

const visitor = (address = '198.51.100.7', agent = FIREFOX) => new Visitor(api.base, { address, agent });
const signIn = (login = 'anna', address, agent) => visitor(address, agent).signIn(login, PASSWORD);
const sessions = async (of, where = '/v1/me/sessions') => (await of.get(where)).body.sessions;

// ------------------------------------------------------------------------------------ where one is signed in

test('a person sees where they are signed in and ends what they do not know', async () => {
  const desk = await signIn('anna', '198.51.100.7', FIREFOX);
  const phone = await signIn('anna', '2001:db8::7', YANDEX);
  const robot = await signIn('anna', '198.51.100.9', '<script>alert(1)</script>');
  await addUser('boris');
  const boris = await signIn('boris');

  const seen = await sessions(desk);
  assert.deepEqual(seen.map(({ device, address, way, current }) => ({ device, address, way, current })), [
    { device: '', address: '198.51.100.9', way: 'password', current: false },
    { device: 'Yandex Browser, Windows', address: '2001:db8::7', way: 'password', current: false },
    { device: 'Firefox, Linux', address: '198.51.100.7', way: 'password', current: true },
  ]);
  const [{ id: robotId }, , { id: deskId }] = seen;

  for (const id of [robotId, '999999']) assert.equal((await boris.ask('DELETE', `/v1/me/sessions/${id}`)).status, 404, 'of somebody else');
  assert.equal((await robot.get('/v1/me')).status, 200);
  assert.equal((await desk.ask('DELETE', `/v1/me/sessions/${robotId}`)).status, 204);
  assert.equal((await robot.get('/v1/me')).status, 401);
  assert.equal((await desk.ask('DELETE', `/v1/me/sessions/${robotId}`)).status, 404);

  assert.equal((await desk.ask('DELETE', '/v1/me/sessions')).status, 204);
  assert.deepEqual([(await phone.get('/v1/me')).status, (await desk.get('/v1/me')).status], [401, 200]);
  assert.deepEqual((await sessions(desk)).map(({ id }) => id), [deskId]);
  assert.equal((await desk.ask('DELETE', `/v1/me/sessions/${deskId}`)).status, 204, 'this very one, too');
  assert.equal((await desk.get('/v1/me')).status, 401);
  assert.equal((await boris.get('/v1/me')).status, 200);
});

test('what is over is in no list', async () => {
  const anna = await signIn();
  const old = await signIn();
  for (const change of ["seen_at = clock_timestamp() - interval '12 hours 1 s'", "expires_at = clock_timestamp() - interval '1 s'", 'ended_at = clock_timestamp()']) {
    await house.db.query(`UPDATE session SET seen_at = clock_timestamp(), expires_at = clock_timestamp() + interval '1 h', ended_at = NULL`);
    assert.equal((await sessions(anna)).length, 2);
    await house.db.query(`UPDATE session SET ${change} WHERE id = (SELECT max(id) FROM session)`);
    assert.equal((await sessions(anna)).length, 1, change);
    assert.equal((await old.get('/v1/me')).status, 401, change);
  }
});

test('the list comes in pages', async () => {
  const anna = await signIn();
  for (let i = 0; i < 4; i++) await signIn();
  const first = (await anna.get('/v1/me/sessions?limit=3')).body;
  const second = (await anna.get(`/v1/me/sessions?limit=3&cursor=${first.next_cursor}`)).body;
  assert.deepEqual([first.sessions.length, second.sessions.length, second.next_cursor], [3, 2, null]);
  assert.equal(second.sessions[1].current, true);
});

test('an administrator sees and ends the sessions of others, nobody else does', async () => {
  await addUser('root', '--role', 'administrator');
  await addUser('oleg', '--role', 'operator');
  const anna = await signIn('anna', '198.51.100.7');
  const root = await signIn('root');
  const oleg = await signIn('oleg');
  const id = await house.value("SELECT id FROM person WHERE login = 'anna'");

  assert.deepEqual((await sessions(root, `/v1/users/${id}/sessions`)).map(({ address, current }) => [address, current]), [['198.51.100.7', false]]);
  for (const method of ['GET', 'DELETE']) {
    assert.equal((await oleg.ask(method, `/v1/users/${id}/sessions`)).status, 403);
    assert.equal((await root.ask(method, '/v1/users/999999/sessions')).status, 404);
  }
  assert.equal((await anna.get('/v1/me')).status, 200);
  assert.equal((await root.ask('DELETE', `/v1/users/${id}/sessions`)).status, 204);
  assert.deepEqual([(await anna.get('/v1/me')).status, (await root.get('/v1/me')).status], [401, 200]);
});

test('R-31 how long a session may be idle, and how long it lives, is configured', async () => {
  const strict = await Api.open(house, { instance: '2', config: { http: { listen: '127.0.0.1:0' }, sessions: { idle: '15m', life: '8h' } } });
  try {
    const anna = await new Visitor(strict.base).signIn('anna', PASSWORD);
    const age = (interval) => house.db.query('UPDATE session SET seen_at = clock_timestamp() - $1::interval', [interval]);
    assert.equal(await house.value('SELECT round(extract(epoch FROM expires_at - created_at))::int FROM session'), 8 * 3600);
    await age('14 minutes 50 seconds');
    assert.equal((await anna.get('/v1/me')).status, 200);
    assert.ok(await house.value("SELECT clock_timestamp() - seen_at < interval '10 s' FROM session"), 'a request keeps it alive');
    await age('15 minutes 1 second');
    assert.equal((await anna.get('/v1/me')).status, 401);
  } finally {
    await strict.daemon.stop();
  }
});

// ------------------------------------------------------------------------------------ planted and seen secrets

test('a cookie that was there before is never adopted, and the session it names ends', async () => {
  const planted = 'ab'.repeat(32);
  const victim = visitor();
  victim.cookies.set('vestnik_session', planted);
  await victim.signIn('anna', PASSWORD);
  assert.notEqual(victim.cookies.get('vestnik_session'), planted);
  const attacker = visitor();
  attacker.cookies.set('vestnik_session', planted);
  assert.equal((await attacker.get('/v1/me')).status, 401);

  // The attacker's own live session in the victim's browser is left for a new one, too.
  await addUser('mallory');
  const mallory = await signIn('mallory');
  const given = mallory.cookies.get('vestnik_session');
  victim.cookies.set('vestnik_session', given);
  await victim.signIn('anna', PASSWORD);
  assert.notEqual(victim.cookies.get('vestnik_session'), given);
  assert.equal((await mallory.get('/v1/me')).status, 401);
  assert.equal((await victim.get('/v1/me')).body.login, 'anna');
});

test('a new password makes the own session another secret', async () => {
  const anna = await signIn();
  const seen = anna.cookies.get('vestnik_session');
  const other = await signIn();
  const id = (await sessions(anna)).find(({ current }) => current).id;

  assert.equal((await anna.ask('PUT', '/v1/me/password', { current: PASSWORD, new: OTHER })).status, 204);
  assert.notEqual(anna.cookies.get('vestnik_session'), seen);
  assert.equal((await other.get('/v1/me')).status, 401);
  assert.deepEqual((await sessions(anna)).map((s) => [s.id, s.current]), [[id, true]]);
  const thief = visitor();
  thief.cookies.set('vestnik_session', seen);
  assert.equal((await thief.get('/v1/me')).status, 401);
});

// ------------------------------------------------------------------------------------ addresses

test('a caller is who the trusted proxy says, and nobody can say it themselves', async () => {
  const last = () => house.value('SELECT host(address) FROM session ORDER BY id DESC LIMIT 1');
  for (const [address, want] of [
    ['198.51.100.1', '198.51.100.1'],
    ['203.0.113.99, 198.51.100.1', '198.51.100.1'],
    ['198.51.100.1, 10.1.2.3', '198.51.100.1'],
    [['203.0.113.99', '198.51.100.1'], '198.51.100.1'], // the proxy's own line after a forged one
    ['unknown', '127.0.0.1'],
    [null, '127.0.0.1'],
  ]) {
    await signIn('anna', address);
    assert.equal(await last(), want, String(address));
  }
  const bare = await Api.open(house, { instance: '3' });
  try {
    await new Visitor(bare.base, { address: '198.51.100.1' }).signIn('anna', PASSWORD);
    assert.equal(await last(), '127.0.0.1', 'without trusted_proxies the header is passed over');
  } finally {
    await bare.daemon.stop();
  }
});

// ------------------------------------------------------------------------------------ guessing

/** Statuses of wrong passwords from addresses, one after another. */
async function guess(login, addresses) {
  const statuses = [];
  for (const address of addresses) statuses.push((await visitor(address).trySignIn(login, WRONG)).status);
  return statuses;
}
const times = (n, status) => Array.from({ length: n }, () => status);
const opened = () => house.db.query('UPDATE sign_in_failure SET locked_until = clock_timestamp()');

test('R-31 five wrong passwords lock the login for who guesses, growing, and the owner goes on', async () => {
  const owner = await signIn('anna', '203.0.113.5');
  assert.deepEqual(await guess('anna', times(6, '198.51.100.66')), [...times(5, 401), 429]);
  const locked = await visitor('198.51.100.66').trySignIn('anna', PASSWORD);
  assert.deepEqual([locked.status, kind(locked)], [429, 'sign-in-locked']);
  const waits = [];
  for (let i = 0; i < 4; i++) {
    await opened();
    assert.deepEqual(await guess('anna', ['198.51.100.66']), [401]);
    waits.push(Number((await visitor('198.51.100.66').trySignIn('anna', PASSWORD)).headers['retry-after']));
  }
  for (const [i, want] of [60, 120, 240, 480].entries()) assert.ok(waits[i] > want - 5 && waits[i] <= want, `${waits}`);
  // Even from the same address: the browser is known.
  owner.address = '198.51.100.66';
  await owner.signIn('anna', PASSWORD);
  // And what the owner did takes nothing back of what the guesser is counted with.
  assert.deepEqual(await guess('anna', ['198.51.100.66']), [429]);
  await signIn('anna', '203.0.113.6'); // a new browser somewhere else
});

test('a browser that is known is locked by its own five, alone', async () => {
  const owner = await signIn('anna', '203.0.113.5');
  for (let i = 0; i < 5; i++) assert.equal((await owner.trySignIn('anna', WRONG)).status, 401);
  assert.equal((await owner.trySignIn('anna', PASSWORD)).status, 429);
  assert.equal(await house.value('SELECT count(*) FROM sign_in_failure'), 1);
  await signIn('anna', '203.0.113.5');
});

test('the cookie of a browser is worth nothing for another person, or to who made it up', async () => {
  await addUser('boris');
  const boris = await signIn('boris', '203.0.113.5');
  const forged = visitor('203.0.113.5');
  forged.cookies.set('vestnik_device', 'cd'.repeat(32));
  for (const who of [boris, forged]) {
    await house.db.query('TRUNCATE sign_in_failure');
    for (let i = 0; i < 5; i++) assert.equal((await who.trySignIn('anna', WRONG)).status, 401);
    assert.equal((await who.trySignIn('anna', WRONG)).status, 429);
    assert.equal((await visitor('203.0.113.5').trySignIn('anna', PASSWORD)).status, 429, 'counted as whoever comes from there');
  }
  // A cookie that was planted does not become a known one, and each signing in makes another.
  await house.db.query('TRUNCATE sign_in_failure');
  await forged.signIn('anna', PASSWORD);
  const first = forged.cookies.get('vestnik_device');
  assert.notEqual(first, 'cd'.repeat(32));
  await forged.signIn('anna', PASSWORD);
  assert.notEqual(forged.cookies.get('vestnik_device'), first);
  assert.equal(await house.value("SELECT count(*) FROM known_device JOIN person p ON p.id = person_id WHERE login = 'anna'"), 1);
});

test('from many addresses a login is still bounded, known or not, and of IPv6 a /64 is one address', async () => {
  const owner = await signIn('anna', '203.0.113.5');
  for (const login of ['anna', 'nobody']) {
    const many = Array.from({ length: 40 }, (_, i) => `198.51.100.${i}`);
    assert.deepEqual(await guess(login, many), [...times(10, 401), ...times(30, 429)], login);
  }
  await owner.signIn('anna', PASSWORD);
  const far = Array.from({ length: 8 }, (_, i) => `2001:db8:1:2:${i}::1`);
  assert.deepEqual(await guess('carol', far), [...times(5, 401), ...times(3, 429)]);
});

test('an address that tries many logins is held up, for those it is known by excepted', async () => {
  const owner = await signIn('anna', '198.51.100.66');
  const statuses = await guess('x', []);
  for (let i = 0; i < 104; i++) statuses.push((await visitor('198.51.100.66').trySignIn(`login-${i}`, WRONG)).status);
  assert.deepEqual(statuses, [...times(100, 401), ...times(4, 429)]);
  await owner.signIn('anna', PASSWORD);
  assert.equal((await visitor('198.51.100.66').trySignIn('anna', PASSWORD)).status, 429);
  await house.db.query("UPDATE sign_in_failure SET locked_until = NULL, began_at = clock_timestamp() - interval '61 min'");
  await signIn('anna', '198.51.100.66');
  assert.equal(await house.value("SELECT failures FROM sign_in_failure WHERE login_hash = ''"), undefined, 'an hour begins anew, and a right one is taken back');
});

test('many guesses at once from many addresses are counted one by one', async () => {
  const statuses = await Promise.all(Array.from({ length: 24 }, async (_, i) => (await visitor(`198.51.100.${i}`).trySignIn('anna', WRONG)).status));
  assert.deepEqual([statuses.filter((s) => s === 401).length, statuses.filter((s) => s === 429).length], [10, 14]);
});

test('of a person twenty browsers are known, those used last', async () => {
  const first = await signIn();
  for (let i = 0; i < 21; i++) await signIn();
  assert.equal(await house.value('SELECT count(*) FROM known_device'), 20);
  for (let i = 0; i < 5; i++) await first.trySignIn('anna', WRONG);
  assert.equal(await house.value("SELECT count(*) FROM sign_in_failure WHERE source LIKE 'device%'"), 0);
});

test('a wrong password, an unknown login and a disabled person take the same time', async () => {
  await addUser('gone');
  await house.vestnik('user', 'disable', 'gone');
  const took = { anna: [], nobody: [], gone: [] };
  for (let i = 0; i < 40; i++) {
    for (const login of Object.keys(took)) {
      await house.db.query('TRUNCATE sign_in_failure');
      const who = visitor();
      const begin = process.hrtime.bigint();
      assert.equal((await who.trySignIn(login, WRONG)).status, 401);
      took[login].push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
  }
  const medians = Object.fromEntries(Object.entries(took).map(([login, list]) => [login, list.sort((a, b) => a - b)[list.length / 2]]));
  const [least, most] = [Math.min(...Object.values(medians)), Math.max(...Object.values(medians))];
  console.log(`# medians of 40 tries, ms: ${JSON.stringify(medians)}`);
  assert.ok(most - least < Math.max(3, 0.25 * most), JSON.stringify(medians));
});

// ------------------------------------------------------------------------------------ passwords

test('a password to begin with opens nothing but what it takes to change it', async () => {
  await addUser('olga', '--must-change');
  const olga = await signIn('olga');
  assert.equal((await olga.get('/v1/me')).body.must, 'change_password');
  for (const [method, where, body] of [['GET', '/v1/campaigns'], ['POST', '/v1/campaigns', {}], ['POST', '/v1/messages', {}], ['GET', '/v1/campaigns/1/progress/stream']]) {
    const answer = await olga.ask(method, where, body);
    assert.deepEqual([answer.status, kind(answer)], [403, 'must-change-password'], where);
  }
  const change = (wanted) => olga.ask('PUT', '/v1/me/password', { current: PASSWORD, new: wanted });
  for (const wanted of [PASSWORD, 'password2026!', 'olga-olga-olga', 'Компания-2026'])
    assert.deepEqual((await change(wanted)).body.errors.map(({ field }) => field), ['new'], wanted);
  assert.equal((await change(OTHER)).status, 204);
  assert.equal((await olga.get('/v1/me')).body.must, null);
  assert.equal((await olga.get('/v1/campaigns')).status, 200);
  assert.ok(await house.value("SELECT password_changed_at > created_at FROM person WHERE login = 'olga'"));

  // The operator may ask for it again, and sets it aside with a password that is to stay.
  const file = path.join(house.dir, 'password');
  await house.vestnik('user', 'password', 'olga', '--must-change', '--password-file', file);
  assert.equal((await (await signIn('olga')).get('/v1/me')).body.must, 'change_password');
  await house.vestnik('user', 'password', 'olga', '--password-file', file);
  assert.equal((await (await signIn('olga')).get('/v1/campaigns')).status, 200);
  writeFileSync(file, 'компания-qwerty-1\n');
  await assert.rejects(house.vestnik('user', 'password', 'olga', '--password-file', file), /something nobody tries first/);
});
