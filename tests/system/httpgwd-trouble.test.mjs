// SPDX-License-Identifier: AGPL-3.0-or-later
// A provider that answers slowly, wrongly, never, with garbage, or from elsewhere; crashes; addresses inside.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ADVERTISING, freePort, HttpGateway, SERVICE, UNKNOWN, waitFor } from './lib/provider.mjs';

async function withAccount(name, body, { columns = {}, profile = 'one', config } = {}) {
  const g = await HttpGateway.open(name);
  try {
    const provider = await g.provider();
    const account = await g.httpAccount(provider, columns, { profile });
    const httpgwd = await g.httpgwd({ config });
    await body({ g, provider, account, httpgwd });
  } finally {
    await g.close();
  }
}

const doubts = (g, batch) => g.count('SELECT count(*) FROM doubt WHERE message_id = ANY ($1)', [batch.ids]);
const retries = (g, batch) => g.count('SELECT count(*) FROM retry WHERE message_id = ANY ($1)', [batch.ids]);

describe('in doubt', () => {
  const cases = [
    ['never answers', () => undefined],
    ['cuts the connection', ({ socket }) => { socket.destroy(); }],
    ['answers garbage', () => ({ body: '<html>\u0000 what' })],
    ['answers yes without an id', () => ({ json: { ok: true } })],
    ['answers half of it', (_, response) => { response.writeHead(200, { 'content-length': '1000' }); response.write('{"id":'); setTimeout(() => response.destroy(), 50); }],
    ['answers more than anybody needs', () => ({ body: `{"id":"${'x'.repeat(400 * 1024)}"}` })],
    ['answers with endless headers', () => ({ headers: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'y'.repeat(1000)])), json: { id: 'a' } })],
  ];
  for (const [what, answer] of cases) {
    test(`a provider that ${what}: nothing is sent twice, service goes again as a new try, advertising does not`, { timeout: 60_000 }, async () => {
      await withAccount(what.replace(/\W/g, '_'), async ({ g, provider, account, httpgwd }) => {
        provider.answer = answer;
        const service = await g.batch(account, { count: 1, cls: SERVICE });
        const advertising = await g.batch(account, { count: 1, cls: ADVERTISING, category: 1 });
        await g.answered(service);
        await g.answered(advertising);
        await waitFor('both in doubt', async () => (await doubts(g, service)) + (await doubts(g, advertising)) === 2);
        assert.deepEqual([await retries(g, service), await retries(g, advertising)], [1, 0]);
        assert.equal((await g.states(advertising))[0].state, UNKNOWN);
        assert.ok([...provider.refs().values()].every((n) => n === 1), 'each reference once');
        assert.equal(provider.refs().size, 2);
        httpgwd.mustRun();
        assert.match(httpgwd.log(), /provider does not answer|answer says neither yes nor no/);
      });
    });
  }
});

test('a kept connection that dies under a request is no reason to send it twice', { timeout: 60_000 }, async () => {
  await withAccount('kept', async ({ g, provider, account, httpgwd }) => {
    await g.answered(await g.batch(account, { count: 5 }));
    let cut = 0;
    provider.answer = (request) => { cut += 1; request.socket.destroy(); }; // read, perhaps sent on, and gone
    const batch = await g.batch(account, { count: 1 });
    await g.answered(batch);
    const sockets = provider.requests.map((request) => request.socket);
    assert.ok(sockets.slice(0, 6).every((socket) => socket === sockets[0]), 'the connection was kept');
    assert.equal(cut, 1);
    assert.equal(await doubts(g, batch), 1);
    assert.match(httpgwd.log(), /provider does not answer.*the connection was lost under the request/);
  }, { columns: { connections: 1 } });
});

test('the same reference again, where the provider takes it for the same: nothing is in doubt', { timeout: 60_000 }, async () => {
  await withAccount('safe', async ({ g, provider, account }) => {
    const seen = new Set();
    provider.answer = (request) => {
      if (seen.has(request.json.ref)) return { json: { ok: true } };
      seen.add(request.json.ref);
      if (seen.size % 2) request.socket.destroy();
      return undefined;
    };
    const batch = await g.batch(account, { count: 4, cls: ADVERTISING, category: 1 });
    await g.answered(batch, 40_000);
    assert.equal(await g.accepted(), 4);
    assert.equal(await doubts(g, batch), 0);
    assert.deepEqual([...provider.refs().values()], [2, 2, 2, 2]);
    const { rows } = await g.db.query('SELECT provider_id FROM receipt_ref WHERE message_id = ANY ($1)', [batch.ids]);
    assert.deepEqual(rows.map((row) => row.provider_id).sort(), [...seen].sort(), 'the reference is what a receipt names');
  }, { profile: 'safe' });
});

test('a redirect is not followed: the account stops, and no message is lost', { timeout: 60_000 }, async () => {
  await withAccount('redirect', async ({ g, provider, account }) => {
    const elsewhere = await g.provider();
    provider.answer = () => ({ status: 307, headers: { location: `${elsewhere.url}/send` }, json: {} });
    const batch = await g.batch(account, { count: 5 });
    await waitFor('the account to say why', async () => (await g.stopped(account)) === 'request refused: HTTP 307; correct the account');
    await waitFor('the others to wait', async () => (await g.batchRow(batch)).claimed < 5);
    assert.equal(elsewhere.requests.length, 0);
    assert.ok((await g.states(batch)).every((s) => s.state === 0));
  });
});

test('a provider that is away: nothing is lost or tried in vain for long, and all goes when it is back', { timeout: 90_000 }, async () => {
  const g = await HttpGateway.open('away');
  try {
    const port = await freePort();
    const account = await g.httpAccount(null, { retry_max: 2 }, { settings: { server: `http://127.0.0.1:${port}` } });
    const httpgwd = await g.httpgwd();
    const batch = await g.batch(account, { count: 30 });
    await waitFor('it to rest', async () => (await g.httpMetric(httpgwd, 'resting')) === 1);
    await waitFor('routing to hear of it', async () => (await g.count('SELECT count(*) FROM account_lease WHERE down_since IS NOT NULL')) === 1);
    await waitFor('most to wait in the database', async () => (await g.batchRow(batch)).claimed < 20);
    assert.equal(await doubts(g, batch), 0);
    const provider = await g.provider({ port });
    await waitFor('the rest to be sent', async () => { await g.publish(batch); return (await g.batchRow(batch)).state === 3; }, { timeoutMs: 40_000, everyMs: 500 });
    const later = await retries(g, batch);
    assert.equal((await g.refs(batch)) + later, 30, 'each sent, or on its way again');
    assert.ok(later < 20 && provider.requests.length + later === 30);
  } finally {
    await g.close();
  }
});

test('slow answers hold nobody else up', { timeout: 60_000 }, async () => {
  await withAccount('slow', async ({ g, provider, account }) => {
    provider.answer = async (request) => {
      await new Promise((resolve) => { setTimeout(resolve, 700); });
      return provider.taken(request);
    };
    const other = await g.provider();
    const quick = await g.httpAccount(other, {}, { name: 'quick' });
    const slow = await g.batch(account, { count: 12 });
    const fast = await g.batch(quick, { count: 100 });
    await g.answered(fast);
    assert.ok((await g.batchRow(slow)).answered < 12, 'the quick one was first');
    await g.answered(slow);
    assert.equal(provider.most, 4);
  });
});

describe('addresses inside', () => {
  const wait = async (config, settings) => {
    const g = await HttpGateway.open(`inside_${settings.length}`);
    try {
      const provider = await g.provider();
      const account = await g.httpAccount(provider, { connections: 1 }, { settings: { server: settings.replace('PORT', provider.port) } });
      const httpgwd = await g.httpgwd({ config });
      const batch = await g.batch(account, { count: 1 });
      await httpgwd.waitLog(/provider does not answer.*not public/);
      await waitFor('the message to wait for a better day', async () => (await retries(g, batch)) === 1);
      assert.deepEqual([provider.requests.length, provider.connections.size], [0, 0]);
    } finally {
      await g.close();
    }
  };

  test('an address of this host is not reached unless it is allowed by its name', { timeout: 60_000 }, () => wait({ allow_hosts: ['other.example'] }, 'http://127.0.0.1:PORT'));
  test('a name that leads there is not reached', { timeout: 60_000 }, () => wait({ allow_hosts: ['127.0.0.1'] }, 'http://localhost:PORT/'));
  test('an address written in another way is not reached', { timeout: 60_000 }, () => wait({ allow_hosts: ['127.0.0.1'] }, 'http://[::ffff:127.0.0.1]:PORT'));
});

describe('stopping and crashing', () => {
  let g;
  before(async () => { g = await HttpGateway.open('crash'); });
  after(() => g?.close());

  test('SIGTERM with answers under way: nothing in doubt, nothing twice, and the rest waits', { timeout: 60_000 }, async () => {
    const provider = await g.provider();
    provider.answer = async (request) => { await new Promise((resolve) => { setTimeout(resolve, 300); }); return provider.taken(request); };
    const account = await g.httpAccount(provider, { connections: 10 });
    const httpgwd = await g.httpgwd({ config: g.lastConfig(await freePort(), 'main') });
    const batch = await g.batch(account, { count: 200 });
    await waitFor('it to be at work', () => provider.requests.length > 20);
    const { code } = await httpgwd.stop();
    assert.equal(code, 0);
    assert.equal(await doubts(g, batch), 0);
    assert.equal(await g.refs(batch), provider.requests.length);
    const next = await g.httpgwd({ instance: '2', config: g.lastConfig(await freePort(), 'main') });
    await g.publish(batch);
    await g.answered(batch);
    assert.equal(await g.refs(batch), 200);
    assert.ok([...provider.refs().values()].every((n) => n === 1));
    await next.stop();
  });

  for (const cls of [ADVERTISING, SERVICE]) {
    test(`kill -9 at speed, class ${cls === SERVICE ? 'service' : 'advertising'}: another goes on, nothing is lost, and doubled only what the class allows`, { timeout: 90_000 }, async () => {
      const provider = await g.provider();
      provider.answer = async (request) => { await new Promise((resolve) => { setTimeout(resolve, 100); }); return provider.taken(request); };
      const account = await g.httpAccount(provider, { connections: 20 }, { name: `k${cls}` });
      const first = await g.house.start('httpgwd', { instance: `k${cls}a`, config: g.lastConfig(await freePort(), `k${cls}`) });
      const batch = await g.batch(account, { count: 200, cls, category: cls });
      await waitFor('it to be at work', () => provider.requests.length > 60);
      await first.kill();
      const second = await g.house.start('httpgwd', { instance: `k${cls}b`, config: g.lastConfig(await freePort(), `k${cls}`) });
      await second.waitLog(/account opened/, { timeoutMs: 20_000 });
      await waitFor('the batch to be settled', async () => { await g.publish(batch); return (await g.batchRow(batch)).state === 3; }, { timeoutMs: 30_000, everyMs: 1000 });
      const inDoubt = await doubts(g, batch);
      const sent = new Set(provider.numbers());
      assert.ok([...provider.refs().values()].every((n) => n === 1), 'no attempt twice');
      assert.ok(batch.msisdns.every((m) => sent.has(String(m))) || inDoubt > 0);
      assert.equal((await g.refs(batch)) + inDoubt, 200, 'each accepted or in doubt');
      assert.equal(await retries(g, batch), cls === SERVICE ? inDoubt : 0);
      assert.ok(inDoubt > 0 && inDoubt <= 200);
      await second.stop();
    });
  }
});
