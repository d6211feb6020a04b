// SPDX-License-Identifier: AGPL-3.0-or-later
// Tokens: what each may, from where, how long; their secrets, and what a stolen dump is worth.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const NOBODY = '999999999';

let house;
let api;
let boss; // may everything
let admin; // an administrator
let made = 0;

before(async () => {
  house = await House.open('tokens');
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  for (const [login, role] of [['boss', 'manager'], ['admin', 'administrator'], ['ann', 'analyst']])
    await house.vestnik('user', 'add', login, '--name', login, '--role', role, '--password-file', path.join(house.dir, 'password'));
  boss = await Http.signIn(api.base, 'boss', PASSWORD);
  admin = await Http.signIn(api.base, 'admin', PASSWORD);
});
after(async () => {
  boss.close();
  admin.close();
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

/** A new token as the API answers with it. */
const make = (fields, by = boss) => by.call('POST', '/v1/tokens', { name: `token ${++made}`, rights: ['messages.read'], ...fields });
const kind = ({ body }) => body?.type?.split(':').at(-1);
const ask = (secret, method = 'GET', where = `/v1/messages/${NOBODY}`, body) => api.request(method, where, { token: secret, body });
/** Nothing an earlier look at this token found is believed any more. */
const soon = (what, check) => waitFor(what, check, { timeoutMs: 12_000, everyMs: 100 });

/** Every operation: method, path, right, and the type of its body. */
function operations() {
  const text = readFileSync(new URL('../../apid/openapi.yaml', import.meta.url), 'utf8');
  const found = [];
  let where = '';
  for (const line of text.slice(text.indexOf('\npaths:\n'), text.indexOf('\ncomponents:\n')).split('\n')) {
    const at = line.match(/^ {2}(\/.*):$/)?.[1];
    const method = line.match(/^ {4}(get|post|put|patch|delete):$/)?.[1];
    if (at) where = at;
    if (method) found.push({ method: method.toUpperCase(), where, right: undefined, type: undefined });
    const right = line.match(/^ {6}x-right: (\S+)$/)?.[1];
    if (right) found.at(-1).right = right;
    if (/^ {6}requestBody:/.test(line)) found.at(-1).type = '';
    const type = line.match(/^ {10}([a-z]+\/[a-z.+-]+):/)?.[1];
    if (type && found.at(-1).type === '') found.at(-1).type = type;
  }
  return found.filter(({ right }) => right !== 'open');
}

// ------------------------------------------------------------------------------------ rights

test('a token has the rights it was given at every operation there is, and no other', async () => {
  const all = operations();
  const wrong = [];
  assert.ok(all.length > 150, `${all.length} operations`);
  for (const rights of [['messages.send'], ['campaigns.read', 'clients.read'], ['*']]) {
    const { secret } = await make({ rights });
    for (const { method, where, right, type } of all) {
      const body = type === undefined ? undefined : type === 'application/json' ? {} : '-';
      const answer = await api.request(method, where.replaceAll(/\{\w+\}/g, NOBODY), { token: secret, body, headers: typeof body === 'string' ? { 'content-type': type } : {} });
      // A test message goes to the person who asks for it.
      const person = ['profile', 'tokens.edit'].includes(right) || where === '/v1/campaigns/{id}/test';
      const may = !person && (rights[0] === '*' || rights.includes(right));
      if (may ? [401, 403].includes(answer.status) || answer.status >= 500 : answer.status !== 403 || kind(answer) !== 'forbidden')
        wrong.push(`${rights} ${method} ${where} (${right}): ${answer.status} ${answer.text.slice(0, 200)}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('nobody gives a token a right they do not have, changes one that has more, or gets its secret; no program makes tokens', async () => {
  const strong = await make({ rights: ['*'] });
  for (const rights of [['*'], ['messages.send'], ['campaigns.read', 'personal.read']]) {
    const answer = await admin.raw('POST', '/v1/tokens', { body: { name: 'more', rights } });
    assert.deepEqual([answer.status, kind(answer)], [403, 'forbidden'], rights.join());
  }
  const weak = await make({ rights: ['campaigns.read'] }, admin);
  assert.deepEqual(weak.rights, ['campaigns.read']);
  assert.equal(weak.created_by, 'admin');
  for (const [method, where, body] of [
    ['PATCH', `/v1/tokens/${weak.id}`, { rights: ['campaigns.read', 'clients.erase'] }],
    ['PATCH', `/v1/tokens/${strong.id}`, { note: 'mine' }],
    ['PATCH', `/v1/tokens/${strong.id}`, { rights: ['campaigns.read'] }],
    ['POST', `/v1/tokens/${strong.id}/renew`, {}],
  ]) {
    const answer = await admin.raw(method, where, { body });
    assert.deepEqual([answer.status, kind(answer)], [403, 'forbidden'], `${method} ${where}`);
  }
  assert.equal((await ask(strong.secret)).status, 404, 'it is as it was');
  for (const rights of [['tokens.edit'], ['profile'], ['no.such'], ['*', 'messages.send'], ['messages.send', 'messages.send'], [], [7], 'messages.send']) {
    const answer = await boss.raw('POST', '/v1/tokens', { body: { name: 'odd', rights } });
    assert.equal(answer.status, 422, JSON.stringify(rights));
    assert.equal(answer.body.errors[0].field, 'rights');
  }
  assert.equal((await ask(strong.secret, 'GET', '/v1/tokens')).status, 403, 'a stolen token makes no others');
  // Whoever looks after tokens ends any of them.
  assert.equal((await admin.call('POST', `/v1/tokens/${strong.id}/revoke`)).state, 'revoked');
});

test('a change of rights counts within five seconds, and a token from before has all it had', async () => {
  const { id, secret } = await make({ rights: ['messages.read'] });
  assert.equal((await ask(secret)).status, 404);
  await boss.call('PATCH', `/v1/tokens/${id}`, { rights: ['campaigns.read'] });
  await soon('the right to be gone', async () => (await ask(secret)).status === 403);
  assert.equal((await ask(secret, 'GET', '/v1/campaigns')).status, 200);
  const old = await house.value("SELECT rights::text FROM token WHERE name LIKE 'test-%'");
  assert.equal(old, '{*}');
});

// ------------------------------------------------------------------------------------ from where, how long

test('a token counts from its networks alone', async () => {
  const here = await make({ addresses: ['127.0.0.0/8', '2001:db8::/32'] });
  const elsewhere = await make({ addresses: ['10.0.0.0/8'] });
  assert.deepEqual(here.addresses, ['127.0.0.0/8', '2001:db8::/32']);
  assert.equal((await ask(here.secret)).status, 404);
  for (let i = 0; i < 2; i++) { // from the database, then from memory
    const answer = await ask(elsewhere.secret);
    assert.deepEqual([answer.status, kind(answer)], [403, 'wrong-address']);
  }
  assert.equal((await house.value('SELECT last_used_at FROM token WHERE id = $1', [elsewhere.id])) !== undefined, true);
  await boss.call('PATCH', `/v1/tokens/${elsewhere.id}`, { addresses: null });
  await soon('it to count from anywhere', async () => (await ask(elsewhere.secret)).status === 404);
  for (const addresses of [['10.0.0.1/8'], ['host'], ['10.0.0.0/33'], []])
    assert.equal((await boss.raw('POST', '/v1/tokens', { body: { name: 'odd', rights: ['*'], addresses } })).status, 422, addresses.join());
});

test('a token ends when its time is over, to the second and not five later', async () => {
  const token = await make({ expires_at: new Date(Date.now() + 3000).toISOString() });
  assert.equal((await ask(token.secret)).status, 404);
  await house.db.query(`DO $$ BEGIN WHILE clock_timestamp() <= (SELECT expires_at FROM token WHERE id = ${token.id}) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$`);
  const answer = await ask(token.secret);
  assert.deepEqual([answer.status, kind(answer)], [401, 'unauthorized']);
  assert.match(answer.body.detail, /has expired.*last longer/);
  assert.equal((await boss.call('GET', `/v1/tokens/${token.id}`)).state, 'expired');
  await boss.call('PATCH', `/v1/tokens/${token.id}`, { expires_at: null });
  assert.equal((await ask(token.secret)).status, 404, 'it lasts longer');
  const over = await boss.raw('POST', '/v1/tokens', { body: { name: 'over', rights: ['*'], expires_at: '2020-01-01T00:00:00Z' } });
  assert.equal(over.body.errors[0].field, 'expires_at');
});

test('a revoked token is over within five seconds, for good', async () => {
  const { id, name, secret } = await make();
  assert.equal((await ask(secret)).status, 404);
  const began = Date.now();
  const revoked = await boss.call('POST', `/v1/tokens/${id}/revoke`);
  await soon('the token to be over', async () => (await ask(secret)).status === 401);
  assert.ok(Date.now() - began < 6000, `${Date.now() - began} ms`);
  assert.match((await ask(secret)).body.detail, /is revoked/);
  assert.deepEqual(await boss.call('POST', `/v1/tokens/${id}/revoke`), revoked, 'twice is once');
  for (const [method, where, body] of [['PATCH', `/v1/tokens/${id}`, { note: 'x' }], ['POST', `/v1/tokens/${id}/renew`, {}]])
    assert.equal((await boss.raw(method, where, { body })).status, 409);
  assert.equal((await boss.raw('POST', '/v1/tokens', { body: { name, rights: ['*'] } })).status, 409, 'names are used once');
  assert.equal((await boss.raw('POST', `/v1/tokens/${NOBODY}/revoke`)).status, 404);
});

test('R-33 a renewed token has a new secret, and the old one works for the hours that were asked for', async () => {
  const { id, secret } = await make();
  const { secret: second, old_secret_until: until } = await boss.call('POST', `/v1/tokens/${id}/renew`, { keep_old_hours: 2 });
  assert.notEqual(second, secret);
  assert.ok(Math.abs(Date.parse(until) - Date.now() - 7_200_000) < 60_000, until);
  assert.deepEqual([(await ask(secret)).status, (await ask(second)).status], [404, 404]);
  await house.db.query("UPDATE token SET previous_until = clock_timestamp() + interval '2 s' WHERE id = $1", [id]);
  await soon('the old secret to be over', async () => (await ask(secret)).status === 401);
  assert.equal((await ask(second)).status, 404);
  const { secret: third, old_secret_until: none } = await boss.call('POST', `/v1/tokens/${id}/renew`, { keep_old_hours: 0 });
  assert.equal(none, null);
  await soon('the second secret to be over', async () => (await ask(second)).status === 401);
  assert.equal((await ask(third)).status, 404);
  assert.equal((await boss.raw('POST', `/v1/tokens/${id}/renew`, { body: { keep_old_hours: 721 } })).status, 422);
  // Without a body: a day.
  const { old_secret_until: day } = await boss.call('POST', `/v1/tokens/${id}/renew`);
  assert.ok(Math.abs(Date.parse(day) - Date.now() - 86_400_000) < 60_000, day);
});

test('when a token was used last is known to the minute', async () => {
  const { id, secret, last_used_at: never } = await make();
  assert.equal(never, null);
  await ask(secret);
  const used = await boss.call('GET', `/v1/tokens/${id}`);
  assert.match(used.last_used_at, /:00\.000Z$/);
  assert.ok(Math.abs(Date.parse(used.last_used_at) - Date.now()) < 120_000, used.last_used_at);
});

// ------------------------------------------------------------------------------------ secrets

test('R-33 what the database has of a secret is no credential, and answers but the first never show it', async () => {
  const token = await make();
  const hash = createHash('sha256').update(token.secret).digest();
  assert.equal(await house.value("SELECT encode(secret_hash, 'hex') FROM token WHERE id = $1", [token.id]), hash.toString('hex'));
  for (const stolen of [hash.toString('hex'), hash.toString('base64'), `vst_${hash.toString('base64url')}`, `\\x${hash.toString('hex')}`]) {
    const answer = await ask(stolen);
    assert.deepEqual([answer.status, kind(answer)], [401, 'unauthorized'], stolen);
  }
  const dump = JSON.stringify((await house.db.query("SELECT t::text FROM token t")).rows);
  assert.ok(!dump.includes(token.secret) && !dump.includes(token.secret.slice(4)));
  const shown = JSON.stringify([await boss.call('GET', `/v1/tokens/${token.id}`), await boss.call('GET', '/v1/tokens?limit=200'), await boss.call('PATCH', `/v1/tokens/${token.id}`, { note: 'seen' })]);
  assert.ok(!shown.includes(token.secret) && !shown.includes('vst_') && !shown.includes(hash.toString('hex')));
  assert.ok(!api.daemon.log().includes('vst_'));
});

test('a guess that begins right takes as long as one that begins wrong', async () => {
  const { secret } = await make();
  const near = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
  const far = `vst_${secret[4] === 'A' ? 'B' : 'A'}${secret.slice(5)}`;
  const took = { near: [], far: [] };
  for (let i = 0; i < 400; i++)
    for (const [which, guess] of i % 2 ? [['near', near], ['far', far]] : [['far', far], ['near', near]]) {
      const begin = process.hrtime.bigint();
      assert.equal((await ask(guess)).status, 401);
      took[which].push(Number(process.hrtime.bigint() - begin) / 1e3);
    }
  const median = (list) => list.sort((a, b) => a - b)[list.length / 2];
  const [a, b] = [median(took.near), median(took.far)];
  // Both are looked up by their sums, which no guesser can steer; a byte-wise comparison would differ by nanoseconds, so this
  // is only about one that stops early in the database or looks twice.
  assert.ok(Math.abs(a - b) < 0.3 * Math.max(a, b), `${a} and ${b} us`);
});

// ------------------------------------------------------------------------------------ the command

test('the command makes tokens with all of it, and shows it', async () => {
  const secret = (await house.vestnik('token', 'create', 'shop', '--rights', 'messages.send,messages.read', '--addresses', '127.0.0.1,10.0.0.0/8',
    '--expires', '90d', '--parts-per-hour', '1000', '--money-per-day', '2500.50', '--note', 'the shop')).trim();
  assert.match(secret, /^vst_[\w-]{43}$/);
  const shown = (await boss.call('GET', '/v1/tokens?limit=200')).tokens.find(({ name }) => name === 'shop');
  assert.deepEqual(
    [shown.rights, shown.addresses, shown.limits, shown.note, shown.created_by],
    [['messages.send', 'messages.read'], ['127.0.0.1/32', '10.0.0.0/8'], { parts_per_hour: 1000, parts_per_day: null, money_per_hour: null, money_per_day: '2500.50' }, 'the shop', null],
  );
  assert.ok(Math.abs(Date.parse(shown.expires_at) - Date.now() - 90 * 86_400_000) < 7_300_000, shown.expires_at);
  assert.equal((await ask(secret)).status, 404);
  assert.equal((await ask(secret, 'GET', '/v1/campaigns')).status, 403);
  assert.match(await house.vestnik('token', 'list'), /\nshop .*messages\.send messages\.read +1000 parts\/hour, 2500\.5 money\/day +- +127\.0\.0\.1\/32 10\.0\.0\.0\/8/);
  for (const [words, why] of [
    [['--rights', 'no.such'], /cannot have the right no\.such/], [['--rights', 'tokens.edit'], /cannot have the right tokens\.edit/],
    [['--expires', 'soon'], /--expires takes/], [['--expires', '2020-01-01'], /time to come/], [['--addresses', '10.0.0.1/8'], /--addresses takes/],
    [['--templates', '77'], /no template 77/], [['--parts-per-hour', '0'], /--parts-per-hour takes/], [['--money-per-day', '1,5'], /--money-per-day takes/],
    [['--department', '99'], /no department 99/], [['--colour', 'red'], /does not know the option/], [[], /already/],
  ])
    await assert.rejects(house.vestnik('token', 'create', 'shop', ...words), why, words.join(' '));
  // Its list of rights is that of the API.
  const rights = operations().map(({ right }) => right).filter((right) => !['profile', 'tokens.edit'].includes(right));
  await house.vestnik('token', 'create', 'all of them', '--rights', [...new Set(rights)].join(','));
});
