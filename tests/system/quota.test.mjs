// SPDX-License-Identifier: AGPL-3.0-or-later
// What a program may send and spend: a loop gone wild stops at its limit, to the part, whatever it asks and however many
// processes it asks.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const PRICE = 2.35;

let house;
let apis;
let boss;
let made = 0;

before(async () => {
  house = await House.open('quota');
  await house.db.query("INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('main', '127.0.0.1', 1, 'x', 2350000)");
  apis = [await Api.open(house), await Api.open(house, { instance: '2' })];
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await house.vestnik('user', 'add', 'boss', '--name', 'boss', '--password-file', path.join(house.dir, 'password'));
  boss = await Http.signIn(apis[0].base, 'boss', PASSWORD);
});
after(async () => {
  boss.close();
  for (const { daemon } of apis) assert.equal((await daemon.stop()).code, 0);
  await house.close();
});

const make = (limits, rights = ['messages.send']) => boss.call('POST', '/v1/tokens', { name: `token ${++made}`, rights, limits });
const used = async ({ id }) => (await boss.call('GET', `/v1/tokens/${id}`)).used;
const body = (to, text = 'Hello') => ({ to: `+7916${String(to).padStart(7, '0')}`, text, sender: 'VESTNIK', class: 'service', category: 'service' });
const send = (api, token, what, headers = {}) => api.request('POST', what.messages ? '/v1/messages/bulk' : '/v1/messages', { token: token.secret, body: what, headers });
const kind = (answer) => answer.body?.type?.split(':').at(-1);
/** An hour that ends in the middle would begin a new count. */
async function early() {
  await waitFor('an hour that lasts', async () => await house.value("SELECT extract(minute FROM clock_timestamp()) < 59"), { timeoutMs: 70_000, everyMs: 500 });
}
/** How many messages to these numbers there are or will be, by one look at both. */
const stored = (from, to) => house.value(`SELECT (SELECT count(*) FROM chunk c, unnest(c.msisdns) m WHERE c.state IN (0, 1) AND m BETWEEN $1::bigint AND $2::bigint)::int
  + (SELECT count(*) FROM message WHERE msisdn BETWEEN $1::bigint AND $2::bigint)::int`, [79160000000 + from, 79160000000 + to]);

test('a loop that would text a million stops at its hourly limit to the part: 50 clients, two processes', async () => {
  await early();
  const LIMIT = 1237;
  const token = await make({ parts_per_hour: LIMIT });
  let next = 0;
  let accepted = 0;
  let refused;
  await Promise.all(Array.from({ length: 50 }, async (_, client) => {
    const wild = new Http(apis[client % 2].base, token.secret);
    for (let full = 0; full < 3;) {
      // Single messages, and some bulk ones of one to three parts each; those who find no room go on with what is smaller.
      const bulk = client % 5 === 0 && full === 0;
      const messages = bulk ? Array.from({ length: 7 }, (_, i) => body(next++, 'x'.repeat([10, 200, 400][i % 3]))) : [body(next++)];
      const parts = bulk ? 1 + 2 + 3 + 1 + 2 + 3 + 1 : 1;
      const answer = await wild.raw('POST', bulk ? '/v1/messages/bulk' : '/v1/messages', { body: bulk ? { messages } : messages[0] });
      if (answer.status === 202) {
        accepted += parts;
      } else {
        assert.equal(answer.status, 429, JSON.stringify(answer.body));
        refused = answer;
        full++;
      }
    }
    wild.close();
  }));
  assert.equal(accepted, LIMIT);
  assert.deepEqual(await used(token), { parts_this_hour: LIMIT, parts_today: LIMIT, money_this_hour: '0.00', money_today: '0.00' });
  const wait = Number(refused.headers['retry-after']);
  assert.ok(wait > 0 && wait <= 3600, `${wait} s`);
  assert.equal(kind(refused), 'quota-used-up');
  assert.match(refused.body.detail, new RegExp(`in an hour: ${LIMIT}, sent already: ${LIMIT}, .*so nothing of the request was accepted.*Send it again in ${wait} s`));

  const inRussian = await apis[0].post('/v1/messages', body(next), { token: token.secret, headers: { 'accept-language': 'ru' } });
  assert.match(inRussian.body.detail, new RegExp(`в час: ${LIMIT}, уже отправлено: ${LIMIT}, сейчас запрошено: 1, поэтому`));

  // What is made of them has as many parts.
  await house.start('dispatcherd');
  const sum = () => house.value('SELECT coalesce(sum(parts), 0)::int FROM message WHERE msisdn BETWEEN 79160000000 AND $1::bigint', [79160000000 + next]);
  await waitFor('all of them to be messages', async () => (await sum()) >= LIMIT, { timeoutMs: 30_000, everyMs: 100 });
  assert.equal(await sum(), LIMIT);

  // Next hour it goes on; the day's count stays.
  await house.db.query("UPDATE quota SET hour = hour - interval '1 hour'");
  assert.equal((await send(apis[1], token, body(next))).status, 202);
  assert.deepEqual(await used(token), { parts_this_hour: 1, parts_today: LIMIT + 1, money_this_hour: '0.00', money_today: '0.00' });
});

test('money stops where the next message would cost more than is left', async () => {
  await early();
  const token = await make({ money_per_hour: '100.00' });
  let accepted = 0;
  await Promise.all(Array.from({ length: 20 }, async (_, client) => {
    for (let i = 0; ; i++) {
      const answer = await send(apis[client % 2], token, body(2_000_000 + client * 1000 + i));
      if (answer.status !== 202) {
        assert.deepEqual([answer.status, kind(answer)], [429, 'quota-used-up']);
        assert.match(answer.body.detail, /in an hour: 100\.00, spent already: 98\.70, asked for now: 2\.35/);
        return;
      }
      accepted++;
    }
  }));
  assert.equal(accepted, Math.floor(100 / PRICE));
  assert.equal((await used(token)).money_this_hour, (accepted * PRICE).toFixed(2));
  assert.equal((await used(token)).money_today, (accepted * PRICE).toFixed(2));
  assert.equal(await stored(2_000_000, 2_999_999), accepted);
  // What they are sent for is what was counted.
  const spent = () => house.value('SELECT coalesce(sum(price_micro), 0)::bigint FROM message WHERE msisdn BETWEEN 79162000000 AND 79162999999');
  await waitFor('all of them to be messages', async () => (await spent()) >= accepted * PRICE * 1e6, { timeoutMs: 30_000, everyMs: 100 });
  assert.equal(await spent(), accepted * PRICE * 1e6);
  // Two parts cost twice as much.
  const pair = await make({ money_per_day: '4.69' });
  assert.equal((await send(apis[0], pair, body(1, 'x'.repeat(200)))).status, 429);
  await boss.call('PATCH', `/v1/tokens/${pair.id}`, { limits: { money_per_day: '4.70' } });
  assert.equal((await send(apis[0], pair, body(1, 'x'.repeat(200)))).status, 202, 'limits count at once, what is believed is only that there are any');
});

test('a request is counted as a whole or not at all, once however often it is repeated', async () => {
  await early();
  const token = await make({ parts_per_day: 10 });
  const messages = (count, from = 0) => ({ messages: Array.from({ length: count }, (_, i) => body(3_000_000 + from + i)) });
  const over = await send(apis[0], token, messages(11));
  assert.equal(over.status, 429);
  assert.match(over.body.detail, /in a day: 10, sent already: 0, asked for now: 11/);
  assert.ok(Number(over.headers.get('retry-after')) <= 86_400);
  assert.equal(await stored(3_000_000, 3_999_999), 0);
  const key = { 'idempotency-key': 'once' };
  const first = await send(apis[0], token, messages(6), key);
  assert.equal(first.status, 202);
  // The same again, at once at both: answered, not counted.
  for (const again of await Promise.all(Array.from({ length: 10 }, (_, i) => send(apis[i % 2], token, messages(6), key))))
    assert.deepEqual([again.status, again.body], [202, first.body]);
  assert.equal((await used(token)).parts_today, 6);
  // Five are too many, four are not; a key that was refused is free.
  const other = { 'idempotency-key': 'another' };
  assert.equal((await send(apis[1], token, messages(5, 100), other)).status, 429);
  assert.equal((await send(apis[1], token, messages(4, 100), other)).status, 202);
  assert.equal((await send(apis[0], token, body(3_000_900))).status, 429);
  // One that is wrong counts nothing.
  const wide = await make({ parts_per_hour: 10 });
  assert.equal((await send(apis[0], wide, { ...body(1), sender: '' })).status, 422);
  assert.equal((await used(wide)).parts_this_hour, 0);
});

test('many with the same key at once are stored and counted once', async () => {
  await early();
  const token = await make({ parts_per_hour: 3 });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => send(apis[i % 2], token, body(4_000_000), { 'idempotency-key': 'same' })));
  assert.ok(answers.every(({ status }) => status === 202));
  assert.equal(new Set(answers.map(({ body: { id } }) => id)).size, 1);
  assert.equal((await used(token)).parts_this_hour, 1);
  // Where it does not fit, everybody is told so.
  await boss.call('PATCH', `/v1/tokens/${token.id}`, { limits: { parts_per_hour: 1 } });
  const late = await Promise.all(Array.from({ length: 30 }, (_, i) => send(apis[i % 2], token, body(4_000_001), { 'idempotency-key': 'late' })));
  assert.ok(late.every((answer) => answer.status === 429 && kind(answer) === 'quota-used-up'), late.map(({ status }) => status).join());
  assert.equal(await stored(4_000_000, 4_999_999), 1);
});

test('a campaign counts when it is launched, by its forecast, and does not start beyond the limit', async () => {
  await early();
  await apis[0].upload(`external_id;phone;first_name\n${Array.from({ length: 8 }, (_, i) => `q${i};+7916555000${i};Anna`).join('\n')}\n`);
  const token = await make({ parts_per_day: 15, money_per_day: '30' }, ['campaigns.edit', 'campaigns.launch', 'campaigns.read']);
  const campaign = async (text) => {
    const answer = await apis[0].post('/v1/campaigns', { name: `c ${++made}`, text, sender: 'VESTNIK', class: 'service', category: 'service' }, { token: token.secret });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  const launch = (id, api = apis[0]) => api.request('POST', `/v1/campaigns/${id}/launch`, { token: token.secret });
  const long = await campaign('x'.repeat(200));
  const over = await launch(long);
  assert.deepEqual([over.status, kind(over)], [429, 'quota-used-up']);
  assert.match(over.body.detail, /in a day: 15, sent already: 0, asked for now: 16/);
  assert.equal((await apis[0].get(`/v1/campaigns/${long}`)).body.status, 'draft');
  const short = await campaign('Hello');
  assert.equal((await launch(short)).body.status, 'planned');
  assert.equal((await launch(short, apis[1])).status, 200, 'twice is once');
  assert.deepEqual(await used(token), { parts_this_hour: 8, parts_today: 8, money_this_hour: '18.80', money_today: '18.80' });
  const another = await launch(await campaign('Hello'));
  assert.match(another.body.detail, /in a day: 15, sent already: 8, asked for now: 8/);
  await boss.call('PATCH', `/v1/tokens/${token.id}`, { limits: { parts_per_day: 100, money_per_day: '30' } });
  assert.match((await launch(await campaign('Hello'))).body.detail, /spend in a day: 30\.00, spent already: 18\.80, asked for now: 18\.80/);
});

test('codes of consent count like any message', async () => {
  await early();
  const token = await make({ parts_per_hour: 2, money_per_day: '4.70' }, ['consents.edit', 'consents.read']);
  const { body: { id: text } } = await apis[0].post('/v1/consent-texts', { purpose: 'service', text: 'I agree to get news of my orders.' });
  const code = (i) => apis[i % 2].post('/v1/consent-codes', { phone: `+7916600000${i}`, purpose: 'service', text_id: text, form: 'web', origin: '192.0.2.1', sender: 'VESTNIK', text: 'Code {code}' }, { token: token.secret });
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push((await code(i)).status);
  assert.deepEqual(answers, [201, 201, 429]);
  assert.deepEqual(await used(token), { parts_this_hour: 2, parts_today: 2, money_this_hour: '4.70', money_today: '4.70' });
});

test('a token without limits is not counted, and one whose limits are taken away sends on', async () => {
  const token = await make(null);
  assert.equal((await send(apis[0], token, body(5_000_000))).status, 202);
  assert.equal(await house.value('SELECT quota_id FROM token WHERE id = $1', [token.id]), null);
  const bound = await make({ parts_per_hour: 1 });
  assert.deepEqual([(await send(apis[0], bound, body(5_000_001))).status, (await send(apis[0], bound, body(5_000_002))).status], [202, 429]);
  await boss.call('PATCH', `/v1/tokens/${bound.id}`, { limits: null });
  assert.equal((await send(apis[0], bound, body(5_000_002))).status, 202);
});

test('money is that of the number\'s own operator, where it was ported to, by the tariff in force', async () => {
  await early();
  const list = path.join(house.dir, 'tariff.csv');
  writeFileSync(list, 'operator;price\nmts;3.00\nmegafon;1.00\n;7.00\n');
  await house.vestnik('tariff', 'load', list, '--account', 'main', '--from', '2026-01-01', '--vat', 'included', '--apply');
  for (const [msisdn, code] of [[79166000001, 'mts'], [79166000002, 'megafon']])
    await house.db.query("INSERT INTO ported_number (msisdn, operator_id, source) SELECT $1, id, 'mnp' FROM operator WHERE code = $2", [msisdn, code]);
  // Tariffs are looked at once a second or so.
  await waitFor('the tariff to count', async () => {
    const probe = await make({ money_per_hour: '1000' });
    await send(apis[0], probe, body(6_900_000 + made));
    return (await used(probe)).money_this_hour === '7.00';
  }, { timeoutMs: 10_000, everyMs: 300 });
  const token = await make({ money_per_hour: '11.00' });
  const costs = [];
  for (const number of [6_000_001, 6_000_002, 6_000_003]) {
    assert.equal((await send(apis[0], token, body(number))).status, 202);
    costs.push((await used(token)).money_this_hour);
  }
  assert.deepEqual(costs, ['3.00', '4.00', '11.00']);
  assert.equal((await send(apis[0], token, body(6_000_002))).status, 429);
});
