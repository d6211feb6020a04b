// SPDX-License-Identifier: AGPL-3.0-or-later
// Messages of programs: stored once however often they are sent, with ids that hold, a ticket each
// chunk, and a history that can be read.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import amqp from 'amqplib';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;
let second;
let broker;
let channel;

before(async () => {
  house = await House.open('api_message');
  api = await Api.open(house);
  second = await Api.open(house, { instance: '2', token: api.token });
  broker = await amqp.connect(house.brokerUrl);
  channel = await broker.createChannel();
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x'), ('off', '127.0.0.1', 1, 'x')`);
  await house.db.query(`UPDATE account SET enabled = false WHERE name = 'off'`);
});
after(async () => {
  await broker?.close().catch(() => {});
  const codes = [(await api.daemon.stop()).code, (await second.daemon.stop()).code];
  await house.close();
  assert.deepEqual(codes, [0, 0]);
});

const good = { to: '+79161234567', text: 'hello', sender: 'VESTNIK', class: 'service', category: 'service' };
const chunks = async () => (await house.db.query('SELECT * FROM chunk ORDER BY id')).rows;
const wipe = () => house.db.query('TRUNCATE chunk, idempotency, opt_out, suppression RESTART IDENTITY');

/** The tickets of a queue, taken away. */
async function tickets(lane) {
  const found = [];
  for (;;) {
    const message = await channel.get(`chunk.${lane}`, { noAck: true });
    if (!message) return found;
    found.push(message.content.toString());
  }
}

test('a single message becomes a released chunk with a ticket', async () => {
  await wipe();
  const begin = Date.now();
  const { status, body } = await api.post('/v1/messages', { ...good, account: 'main', max_parts: 2, validity_s: 600 });
  assert.equal(status, 202);
  assert.match(body.id, /^[0-9]{15,19}$/);
  const [chunk] = await chunks();
  assert.deepEqual(
    [chunk.state, chunk.lane, chunk.size, chunk.run_id, chunk.msisdns, chunk.texts, chunk.sender, chunk.class, chunk.category, chunk.max_parts, chunk.publish_count],
    [1, 0, 1, null, ['79161234567'], ['hello'], 'VESTNIK', 2, 2, 2, 1]);
  assert.equal(String(chunk.base_ids[0]), body.id);
  assert.ok(Math.abs(chunk.deadline - begin - 600_000) < 5_000);
  assert.ok(chunk.published_at);
  assert.equal(BigInt(body.id) % 256n, 0n);
  await waitFor('the ticket', async () => {
    const found = await tickets('urgent');
    return found.length === 1 && found[0] === `chunk ${chunk.id}`;
  });
});

test('classes go their lanes', async () => {
  await wipe();
  for (const [path, wrap] of [['/v1/messages', (m) => m], ['/v1/messages/bulk', ({ to, ...rest }) => ({ ...rest, messages: [{ to }] })]])
    for (const kind of ['advertising', 'service', 'alert'])
      assert.equal((await api.post(path, wrap({ ...good, class: kind }))).status, 202);
  assert.deepEqual((await chunks()).map((c) => [c.class, c.lane]), [[1, 1], [2, 0], [3, 0], [1, 1], [2, 1], [3, 0]]);
  await waitFor('the tickets', async () => (await chunks()).length === 6);
});

test('a thousand messages share a chunk and their ids follow the rule', async () => {
  await wipe();
  const messages = Array.from({ length: 1000 }, (_, i) => ({ to: `+7916${String(i).padStart(7, '0')}`, text: `hello ${i}` }));
  const { status, body } = await api.post('/v1/messages/bulk', { sender: 'VESTNIK', class: 'service', category: 'service', messages });
  assert.equal(status, 202);
  assert.equal(new Set(body.ids).size, 1000);
  const [chunk, ...more] = await chunks();
  assert.deepEqual([more.length, chunk.size, chunk.base_ids.length], [0, 1000, 5]);
  body.ids.forEach((id, i) => {
    assert.equal(BigInt(id), BigInt(chunk.base_ids[Math.floor(i / 200)]) + BigInt(i % 200));
    assert.equal(chunk.msisdns[i], messages[i].to.slice(1));
    assert.equal(chunk.texts[i], messages[i].text);
  });
});

test('messages that differ go to chunks of their own, all or none', async () => {
  await wipe();
  const messages = Array.from({ length: 300 }, (_, i) => ({ to: `+7916${String(i).padStart(7, '0')}`, text: 'x', sender: `S${i}` }));
  assert.equal((await api.post('/v1/messages/bulk', { class: 'service', category: 'service', messages })).status, 202);
  assert.equal((await chunks()).length, 300);
  await wipe();
  messages[299].to = '123';
  const { status, body } = await api.post('/v1/messages/bulk', { class: 'service', category: 'service', messages });
  assert.deepEqual([status, body.errors[0].field], [422, 'messages[299].to']);
  assert.equal((await chunks()).length, 0);
});

test('accounts are named and must be enabled', async () => {
  await wipe();
  for (const account of ['off', 'nobody'])
    assert.equal((await api.post('/v1/messages', { ...good, account })).status, 422);
  const bulk = await api.post('/v1/messages/bulk', { ...good, to: undefined, messages: [{ to: good.to }, { to: good.to, account: 'nobody' }] });
  assert.deepEqual([bulk.status, bulk.body.errors?.[0].field], [422, 'messages[1].account']);
  assert.deepEqual((await api.get('/v1/accounts')).body.accounts.map((a) => [a.name, a.enabled, a.state]), [['main', true, 'down'], ['off', false, 'down']]);
});

// --- Idempotency-Key

const send = (to, key, body = good) => to.post('/v1/messages', body, { headers: { 'idempotency-key': key } });

test('the same key gives the same answer, another body is refused', async () => {
  await wipe();
  const first = await send(api, 'k1');
  const again = await send(api, 'k1');
  const elsewhere = await send(second, 'k1');
  assert.deepEqual([first.status, again.status, elsewhere.status], [202, 202, 202]);
  assert.deepEqual([again.body, elsewhere.body], [first.body, first.body]);
  assert.deepEqual([first, again, elsewhere].map((a) => a.headers.get('idempotency-replayed')), [null, 'true', 'true']);
  const other = await send(api, 'k1', { ...good, text: 'other' });
  assert.deepEqual([other.status, other.body.type], [422, 'urn:vestnik:problem:idempotency-key-reused']);
  assert.equal((await chunks()).length, 1);
  const bulk = await api.post('/v1/messages/bulk', { ...good, to: undefined, messages: [{ to: good.to }] }, { headers: { 'idempotency-key': 'k1' } });
  assert.equal(bulk.status, 422, 'another path is another request');
});

test('keys belong to their token', async () => {
  await wipe();
  const stranger = new Api(house, api.daemon, (await house.vestnik('token', 'create', 'stranger')).trim());
  assert.notEqual((await send(api, 'k')).body.id, (await send(stranger, 'k', { ...good, text: 'mine' })).body.id);
});

test('a wrong request does not use up its key', async () => {
  await wipe();
  assert.equal((await send(api, 'k', { ...good, to: '1' })).status, 422);
  assert.equal((await send(api, 'k')).status, 202);
});

test('a bad key is refused', async () => {
  assert.equal((await send(api, 'x'.repeat(256))).status, 422);
  assert.equal((await send(api, 'ключ'.replace(/./g, '\xe9'))).status, 422);
});

test('of many at once with one key, over two processes, one is stored', async () => {
  await wipe();
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => send(i % 2 ? api : second, `round-${round}`)));
    assert.deepEqual(answers.map((a) => a.status), Array(40).fill(202));
    assert.equal(new Set(answers.map((a) => a.body.id)).size, 1);
  }
  assert.equal(Number(await house.value('SELECT sum(size) FROM chunk')), 10);
  assert.equal(await house.value('SELECT count(*) FROM idempotency'), 10);
});

test('of many at once with one key and other bodies, one is stored and the others are refused', async () => {
  await wipe();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i % 2 ? api : second, 'k', { ...good, text: `text ${i}` })));
  assert.equal(answers.filter((a) => a.status === 202).length, 1);
  assert.equal(answers.filter((a) => a.status === 422).length, 19);
  assert.equal(Number(await house.value('SELECT sum(size) FROM chunk')), 1);
});

test('many different at once are all stored', async () => {
  await wipe();
  const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => send(i % 2 ? api : second, `key-${i}`)));
  assert.equal(new Set(answers.map((a) => a.body.id)).size, 500);
  assert.equal(Number(await house.value('SELECT sum(size) FROM chunk')), 500);
});

// --- what became of it

test('a message can be followed from the queue to its receipt', async () => {
  await wipe();
  const { body: { id } } = await api.post('/v1/messages', good);
  const queued = (await api.get(`/v1/messages/${id}`)).body;
  assert.deepEqual([queued.id, queued.state, queued.history.map((e) => e.event)], [id, 'queued', ['created']]);
  assert.equal((await api.get(`/v1/messages/${BigInt(id) + 1n}`)).status, 404, 'the neighbour in the chunk does not exist');

  // What dispatcherd, smppd and dlrd would write.
  await house.db.query(`INSERT INTO message VALUES ($1, NULL, 79161234567, 2350000, 2, 1, 'hello')`, [id]);
  await house.db.query('INSERT INTO message_state (id) VALUES ($1)', [id]);
  await house.db.query(`INSERT INTO batch (id, account_id, lane, class, category, message_count, parts, sender, deadline, filtered_at, state, claimed, claimed_at)
    VALUES ($1, 1, 0, 2, 2, 1, 2, 'VESTNIK', clock_timestamp() + interval '1 h', clock_timestamp(), 2, 1, clock_timestamp())`, [id]);
  await house.db.query('UPDATE chunk SET state = 2');
  assert.equal((await api.get(`/v1/messages/${id}`)).body.state, 'claimed');
  await house.db.query(`INSERT INTO refusal VALUES (clock_timestamp(), $1, 1, 1, 2, 88)`, [id]);
  await house.db.query(`INSERT INTO retry VALUES ($1, 1, 2, clock_timestamp() + interval '1 min', 1088)`, [id]);
  await house.db.query(`INSERT INTO receipt_ref VALUES (clock_timestamp(), 1, $1, 79161234567, 0, 1, 1, -1, 2, 'abc1')`, [id]);
  await house.db.query(`INSERT INTO doubt (message_id, attempt, batch_id, account_id, msisdn, parts_mask, epoch, outcome) VALUES ($1, 1, $1, 1, 79161234567, 1, 1, 1)`, [id]);
  await house.db.query(`INSERT INTO receipt VALUES (clock_timestamp(), $1, clock_timestamp(), 1, 1, 9, '000')`, [id]);
  await house.db.query('UPDATE message_state SET state = 9, delivered_parts = 1 WHERE id = $1', [id]);
  // A later slice of the batch, claimed when this message had been answered.
  await house.db.query('UPDATE batch SET claimed_at = clock_timestamp() WHERE id = $1', [id]);
  const { body } = await api.get(`/v1/messages/${id}`);
  assert.deepEqual(
    [body.state, body.to, body.text, body.parts, body.parts_delivered, body.encoding, body.account, body.price, body.sender, body.class, body.run_id],
    ['delivered', '+79161234567', 'hello', 2, 1, 'ucs2', 'main', '2.35', 'VESTNIK', 'service', null]);
  assert.deepEqual(body.history.map((e) => e.event), ['created', 'claimed', 'refused', 'accepted', 'in_doubt', 'receipt', 'retry_due']);
  const by = Object.fromEntries(body.history.map((e) => [e.event, e]));
  assert.deepEqual([by.refused.status, by.refused.part, by.accepted.provider_id, by.accepted.part, by.in_doubt.outcome, by.receipt.receipt, by.receipt.error, by.retry_due.reason],
    ['ESME_RTHROTTLED', 2, 'abc1', 1, 'sent_again', 'delivered', '000', 'smpp_0x00000058']);

  const found = await api.post('/v1/messages/search', { phone: '8 916 123 45 67' });
  assert.deepEqual(found.body.messages.map((m) => [m.id, m.state]), [[id, 'delivered']]);
  assert.equal(found.body.next_cursor, null);
});

test('a suppressed message says so', async () => {
  await wipe();
  const { body: { id } } = await api.post('/v1/messages', good);
  await house.db.query('UPDATE chunk SET state = 2');
  await house.db.query('INSERT INTO suppression (msisdn, message_id, reason) VALUES (79161234567, $1, 1)', [id]);
  const { body } = await api.get(`/v1/messages/${id}`);
  assert.deepEqual([body.state, body.reason, body.history.map((e) => e.event)], ['suppressed', 'opt_out', ['created', 'suppressed']]);
});

test('messages to a number come in pages, the newest first', async () => {
  const base = BigInt(await house.value('SELECT (message_base_ids(1))[1]'));
  await house.db.query(`INSERT INTO batch (id, account_id, lane, class, category, message_count, parts, sender, deadline, filtered_at)
    VALUES ($1, 1, 0, 2, 2, 25, 1, 'V', clock_timestamp(), clock_timestamp())`, [base]);
  for (let i = 0n; i < 25n; i++) {
    await house.db.query(`INSERT INTO message VALUES ($1, NULL, 79160000025, 0, 1, 0, 'x')`, [base + i]);
    await house.db.query('INSERT INTO message_state (id) VALUES ($1)', [base + i]);
  }
  const seen = [];
  let cursor = null;
  do {
    const { status, body } = await api.post('/v1/messages/search', { phone: '+79160000025', limit: 10, ...(cursor ? { cursor } : {}) });
    assert.equal(status, 200);
    assert.ok(body.messages.length <= 10);
    seen.push(...body.messages.map((m) => BigInt(m.id)));
    cursor = body.next_cursor;
  } while (cursor);
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, i) => base + BigInt(24 - i)));
});

// --- opt-outs

test('opt-outs are entered, found, widened and lifted by a consent', async () => {
  await wipe();
  const put = await api.put('/v1/opt-outs', { phone: '8 916 123-45-67', scope: 'advertising' });
  assert.deepEqual([put.status, put.body.phone, put.body.scope, put.body.source], [200, '+79161234567', 'advertising', 'api']);
  assert.equal((await api.put('/v1/opt-outs', { phone: '+79161234567' })).body.scope, 'all');
  assert.equal((await api.put('/v1/opt-outs', { phone: '+79161234567', scope: 'some' })).status, 422);
  for (let i = 0; i < 5; i++) await api.put('/v1/opt-outs', { phone: `+7916000000${i}` });
  const one = await api.post('/v1/opt-outs/search', { phone: '+79161234567' });
  assert.equal(one.body.opt_outs.length, 1);
  const page = await api.post('/v1/opt-outs/search', { limit: 4 });
  const rest = await api.post('/v1/opt-outs/search', { limit: 4, cursor: page.body.next_cursor });
  assert.deepEqual([page.body.opt_outs.length, rest.body.opt_outs.length, rest.body.next_cursor], [4, 2, null]);
  const narrower = await api.put('/v1/opt-outs', { phone: '+79161234567', scope: 'advertising' });
  assert.deepEqual([narrower.status, narrower.body.type], [409, 'urn:vestnik:problem:conflict']);
  const text = await api.post('/v1/consent-texts', { purpose: 'marketing', text: 'I agree.' });
  const proof = await api.post('/v1/consent-proofs', 'signed', { headers: { 'content-type': 'text/plain' } });
  const consent = { phone: '+79161234567', text_id: text.body.id, form: 'card', origin: 'scan 1', identity: 'passport', proof_id: proof.body.id };
  const { removed, consent_id: id } = (await api.post('/v1/opt-outs/remove', consent)).body;
  assert.ok(removed && id);
  assert.deepEqual((await api.post('/v1/opt-outs/remove', consent)).body, { removed: false, consent_id: null });
  assert.equal((await api.post('/v1/opt-outs/search', { phone: '+79161234567' })).body.opt_outs.length, 0);
});

test('single messages that come one by one share commits: a hundred groups a second at most, but for many at once', async () => {
  await wipe();
  const begin = performance.now();
  const calls = [];
  for (let i = 0; i < 100; i++) {
    calls.push(api.post('/v1/messages', good));
    await pause(5);
  }
  for (const { status } of await Promise.all(calls)) assert.equal(status, 202);
  const groups = (await chunks()).length;
  const most = 2 + (performance.now() - begin) / 10 + calls.length / 16;
  assert.ok(groups <= most, `${groups} groups, ${most} at most`);
});

// --- without a broker

test('a broker that is away is no error', { timeout: 60_000 }, async () => {
  await wipe();
  const lonely = await Api.open(house, { instance: '3', token: api.token, config: { broker: { url: 'amqp://nobody:x@127.0.0.1:1/none' } } });
  const { status, body } = await lonely.post('/v1/messages', good);
  assert.equal(status, 202);
  assert.equal(String((await chunks())[0].base_ids[0]), body.id);
  const { code, ms } = await lonely.daemon.stop();
  assert.equal(code, 0);
  assert.ok(ms < 10_000);
});
