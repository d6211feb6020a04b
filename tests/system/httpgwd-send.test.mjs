// SPDX-License-Identifier: AGPL-3.0-or-later
// httpgwd sends: one message and many a request, within connections and rate, and what answers mean.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { FAILED, HttpGateway, waitFor } from './lib/provider.mjs';

describe('a provider that takes one message a request', () => {
  let g;
  let provider;
  let account;
  let httpgwd;

  before(async () => {
    g = await HttpGateway.open('one');
    provider = await g.provider();
    account = await g.httpAccount(provider);
    httpgwd = await g.httpgwd();
  });
  after(() => g?.close());

  test('a batch is sent once, over few connections, and answered with id and price', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 50 });
    await g.answered(batch);
    assert.deepEqual(provider.numbers().sort(), batch.msisdns.map(String).sort());
    assert.equal(await g.accepted(), 50);
    const { rows } = await g.db.query('SELECT provider_id, price_micro, part, parts FROM receipt_ref WHERE message_id = ANY ($1)', [batch.ids]);
    assert.equal(new Set(rows.map((row) => row.provider_id)).size, 50);
    assert.ok(rows.every((row) => /^p-\d+$/.test(row.provider_id) && row.price_micro === 1_250_000 && row.part === 1 && row.parts === 1));
    assert.ok(provider.connections.size <= 5 && provider.most <= 4, `${provider.connections.size} connections, ${provider.most} requests at once`);
    assert.equal(await g.httpMetric(httpgwd, 'submitted_parts_total'), 50);
  });

  test('R-39: a provider gets number, text, sender and an opaque reference, and nothing else', { timeout: 60_000 }, async () => {
    const from = provider.requests.length;
    const [client] = (await g.db.query("INSERT INTO client (external_id, msisdn, first_name, last_name) VALUES ('C-77', 79165550101, 'Мария', 'Иванова') RETURNING id")).rows;
    const batch = await g.batch(account, { msisdns: [79165550101], text: 'Здравствуйте!' });
    await g.answered(batch);
    const [request] = provider.requests.slice(from);
    assert.deepEqual(Object.keys(request.json).sort(), ['callback', 'from', 'ref', 'text', 'to']);
    assert.deepEqual([request.json.to, request.json.text, request.json.from], ['79165550101', 'Здравствуйте!', 'Vestnik']);
    assert.match(request.json.ref, /^[a-z2-7]{24}$/);
    assert.equal(request.json.callback, `${await g.callbackUrl()}?r=${request.json.ref}`);
    assert.deepEqual(Object.keys(request.headers).sort(), ['accept', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent'].filter((name) => name in request.headers).sort());
    const whole = `${request.url} ${JSON.stringify(request.headers)} ${request.body}`;
    for (const ours of ['C-77', 'Мария', 'Иванова', String(batch.ids[0]), `"${client.id}"`]) assert.ok(!whole.includes(ours), `${ours} was sent`);
    assert.doesNotMatch(httpgwd.log(), /79165550101|Здравствуйте|k3y/);
  });

  test('references are other for each message, and the same for nobody who has no key', { timeout: 60_000 }, async () => {
    assert.equal(provider.refs().size, provider.requests.length);
  });

  test('long texts go whole and count their parts', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 1, text: 'ж'.repeat(150), parts: 3, encoding: 1 });
    await g.answered(batch);
    assert.equal(provider.requests.at(-1).json.text, 'ж'.repeat(150));
    const { rows } = await g.db.query('SELECT part, parts FROM receipt_ref WHERE message_id = $1', [batch.ids[0]]);
    assert.deepEqual(rows, [{ part: 0, parts: 3 }]);
  });

  test('what answers mean: retry, slow, route, fail', { timeout: 60_000 }, async () => {
    const codes = { 0: '100', 1: '101', 2: '102', 3: '103', 4: 'gone' };
    const first = new Set();
    provider.answer = (request) => {
      const code = codes[Number(request.json.to) % 10];
      if (!code || first.has(request.json.to)) return provider.taken(request);
      first.add(request.json.to);
      return { json: { code } };
    };
    const batch = await g.batch(account, { msisdns: [0, 1, 2, 3, 4, 5].map((i) => 79167770000 + i) });
    await g.answered(batch);
    const { rows: refusals } = await g.db.query('SELECT status, code FROM refusal WHERE message_id = ANY ($1) ORDER BY message_id', [batch.ids]);
    assert.deepEqual(refusals, [
      { status: 100_000_100, code: '100' }, { status: 100_000_101, code: '101' }, { status: 100_000_102, code: '102' },
      { status: 100_000_103, code: '103' }, { status: 2, code: 'gone' },
    ]);
    const { rows: retries } = await g.db.query('SELECT r.message_id - $1::bigint AS n, round(extract(epoch FROM due_at - now())) AS s FROM retry r WHERE message_id = ANY ($2) ORDER BY 1', [batch.ids[0], batch.ids]);
    assert.deepEqual(retries.map((row) => Number(row.n)), [0, 1]);
    assert.ok(Number(retries[0].s) >= 3 && Number(retries[1].s) <= 1, JSON.stringify(retries));
    const states = await g.states(batch);
    assert.deepEqual(states.map((s) => s.state), [0, 0, FAILED, FAILED, FAILED, 0]);
    assert.deepEqual(states.slice(2, 5).map((s) => s.reason - 1_000_000_000), [100_000_102, 100_000_103, 2]);
    assert.equal(await g.httpMetric(httpgwd, 'throttled_total'), 1);
    provider.answer = (request) => provider.taken(request);
  });

  test('a refusal that is about the account stops it with a sentence, and its messages wait', { timeout: 60_000 }, async () => {
    provider.answer = () => ({ status: 401, json: { code: 'no +79161234567 here' } });
    const batch = await g.batch(account, { count: 20 });
    await waitFor('the account to be stopped', async () => (await g.stopped(account))?.startsWith('request refused: HTTP 401, code no +791612#'));
    await waitFor('the others to wait again', async () => (await g.batchRow(batch)).claimed < 20);
    assert.ok((await g.states(batch)).every((s) => s.state === 0));
    provider.answer = (request) => provider.taken(request);
    await g.change(account, { window_size: 51 });
    await waitFor('the account to be opened anew', () => /account opened[\s\S]*account opened/.test(httpgwd.log()));
    await g.publish(batch);
    await waitFor('the rest to be sent', async () => (await g.refs(batch)) >= 16);
  });
});

describe('a provider that takes many', () => {
  test('ten messages a request, each with its own outcome', { timeout: 60_000 }, async () => {
    const g = await HttpGateway.open('many');
    try {
      const provider = await g.provider();
      const account = await g.httpAccount(provider, {}, { profile: 'many' });
      await g.httpgwd();
      provider.answer = ({ json }) => ({ json: { messages: json.map((m) => (Number(m.to) % 10 === 3 ? { ref: m.ref, code: '103' } : { ref: m.ref, id: `B-${m.to}` })).reverse() } });
      const batch = await g.batch(account, { msisdns: Array.from({ length: 45 }, (_, i) => 79168880000 + i) });
      await g.answered(batch);
      const sizes = provider.requests.map(({ json }) => json.length);
      assert.ok(Math.max(...sizes) === 10 && sizes.length <= 9, sizes.join());
      assert.equal(new Set(provider.numbers()).size, 45);
      const { rows } = await g.db.query('SELECT msisdn, provider_id FROM receipt_ref WHERE message_id = ANY ($1)', [batch.ids]);
      assert.equal(rows.length, 40);
      assert.ok(rows.every((row) => row.provider_id === `b-${row.msisdn}`));
      assert.equal((await g.states(batch)).filter((s) => s.state === FAILED).length, 5);
    } finally {
      await g.close();
    }
  });
});

test('the rate counts parts over all connections', { timeout: 60_000 }, async () => {
  const g = await HttpGateway.open('rate');
  try {
    const provider = await g.provider();
    const account = await g.httpAccount(provider, { parts_per_s: 20, connections: 10 });
    await g.httpgwd();
    const batch = await g.batch(account, { count: 30, text: 'ж'.repeat(100), parts: 2, encoding: 1 });
    await g.answered(batch);
    const times = provider.requests.map((request) => request.at);
    for (let i = 0; i + 11 < times.length; i++) assert.ok(times[i + 11] - times[i] >= 930, `${times[i + 11] - times[i]} ms for 11 messages of two parts (at ${i})`);
  } finally {
    await g.close();
  }
});

test('an account that cannot be used says why, and takes nothing', { timeout: 60_000 }, async () => {
  const g = await HttpGateway.open('wrong');
  try {
    const provider = await g.provider();
    const none = await g.httpAccount(provider, {}, { name: 'none', profile: 'nobody' });
    const lacking = await g.httpAccount(provider, {}, { name: 'lacking', secrets: {} });
    const daemon = await g.httpgwd();
    const batch = await g.batch(lacking, { count: 2 });
    await waitFor('both to say why', async () => (await g.stopped(none)) === 'there is no profile "nobody"' && (await g.stopped(lacking)) === 'settings: key: missing; the provider one needs it');
    assert.equal(provider.requests.length, 0);
    await g.setSecrets(lacking, { key: 'k3y' });
    await g.answered(batch);
    daemon.mustRun();
  } finally {
    await g.close();
  }
});
