// SPDX-License-Identifier: AGPL-3.0-or-later
// smppd sends: claim, submit, answer, receipt; long messages in every way to split; what must not go.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { CANCELLED, FAILED, Gateway, waitFor } from './lib/gateway.mjs';
import { hashOf } from './lib/smscsim.mjs';

const gsm = (text) => hashOf(Buffer.from(text, 'latin1'));

describe('one account', () => {
  let g;
  let account;
  let smppd;

  before(async () => {
    g = await Gateway.open('send');
    account = await g.account();
    smppd = await g.smppd();
  });
  after(() => g?.close());

  test('a batch is claimed, sent once, answered, and its receipts reach the queue of dlrd', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 200 });
    await g.answered(batch);
    const rows = await g.wire(batch);
    assert.equal(rows.length, 200);
    assert.ok(rows.every((row) => row.hash === gsm('Hello')));
    assert.equal(await g.refs(batch), 200);
    assert.equal(await g.accepted(), 200);
    await waitFor('the receipts to be acknowledged', async () => (await g.metric(smppd, 'receipts_total')) === 200);
    await waitFor('the bundles in the queue', async () => (await g.depth('receipt')) > 0);
    assert.equal((await g.sim.stats()).receipts_pending ?? 0, 0);
  });

  test('the ticket is gone and a second one for the same batch sends nothing', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 3 });
    await g.publish(batch);
    await g.answered(batch);
    await g.publish(batch);
    const later = await g.batch(account, { count: 1 });
    await g.answered(later);
    assert.equal((await g.wire(batch)).length, 3);
    assert.equal(await g.depth(`batch.${account}.bulk`), 0);
  });

  test('an opt-out since the batch was filtered is not sent and is settled as cancelled', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 4, publish: false, cls: 1, category: 1 });
    await g.db.query("INSERT INTO opt_out (msisdn, scope) VALUES ($1, 'advertising'), ($2, 'all')", [batch.msisdns[1], batch.msisdns[3]]);
    await g.publish(batch);
    await g.answered(batch);
    await waitFor('the opt-outs to be settled', async () => (await g.states(batch)).filter((s) => s.state === CANCELLED && s.reason === 1).length === 2);
    assert.deepEqual((await g.wire(batch)).map((row) => Number(row.destination)).sort(), [batch.msisdns[0], batch.msisdns[2]]);
  });

  test('positions without a message are settled with their neighbours', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 10, publish: false });
    const gone = [0, 4, 5, 9].map((i) => batch.ids[i]);
    await g.db.query('DELETE FROM message WHERE id = ANY ($1)', [gone]);
    await g.db.query('DELETE FROM message_state WHERE id = ANY ($1)', [gone]);
    await g.publish(batch);
    await g.answered(batch);
    assert.equal((await g.wire(batch)).length, 6);
    const empty = await g.batch(account, { count: 5, publish: false });
    await g.db.query('DELETE FROM message WHERE id = ANY ($1)', [empty.ids]);
    await g.publish(empty);
    await g.answered(empty);
  });

  test('a sender longer than the wire allows fails its messages and nothing else', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 2, sender: 'ABCDEFGHIJKLMNOPQRSTUVW' });
    const good = await g.batch(account, { count: 2 });
    await g.answered(batch);
    await g.answered(good);
    await waitFor('the failures', async () => (await g.states(batch)).every((s) => s.state === FAILED));
    assert.equal(await g.refs(good), 2);
  });

  test('a message whose time is over is not sent', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 2, validityS: -1 });
    await waitFor('the batch to wait again', async () => (await g.batchRow(batch)).state === 0);
    assert.equal((await g.wire(batch)).length, 0);
  });

  test('urgent messages overtake a bulk batch', { timeout: 60_000 }, async () => {
    await g.change(account, { parts_per_s: 20 });
    await smppd.waitLog(/account changed/);
    const bulk = await g.batch(account, { count: 60 });
    await waitFor('the bulk batch to begin', async () => (await g.wire(bulk)).length > 0);
    const urgent = await g.batch(account, { count: 1, lane: 'urgent' });
    await g.answered(urgent);
    assert.ok((await g.wire(bulk)).length < 40, 'the urgent one did not wait for the bulk batch');
    await g.answered(bulk);
    const times = (await g.wire(bulk)).map((row) => row.ms);
    for (let i = 0; i + 24 < times.length; i++)
      assert.ok(times[i + 24] - times[i] >= 950, `no more than 20 parts a second and one burst (at ${i})`);
    await g.change(account, { parts_per_s: 0 });
  });
});

test('a campaign does not fill the whole window: an urgent message leaves while nothing is answered', { timeout: 60_000 }, async () => {
  const g = await Gateway.open('window', { 'latency-ms': '30000' });
  try {
    const account = await g.account({ window_size: 32, response_timeout_ms: 60_000 });
    await g.smppd();
    const bulk = await g.batch(account, { count: 100 });
    await waitFor('the campaign to have its share', async () => (await g.sim.stats()).submits === 30);
    const urgent = await g.batch(account, { count: 3, lane: 'urgent' });
    await waitFor('the window to be full', async () => (await g.sim.stats()).submits === 32);
    assert.deepEqual([(await g.wire(bulk)).length, (await g.wire(urgent)).length], [30, 2]);
  } finally {
    await g.close();
  }
});

describe('long messages', () => {
  const long = 'ж'.repeat(150); // three parts of at most 67 units
  const cases = [
    { split: 'udh8', refs: 3, pdus: 3 },
    { split: 'udh16', refs: 3, pdus: 3 },
    { split: 'sar', refs: 3, pdus: 3 },
    { split: 'payload', refs: 1, pdus: 1 },
    { split: 'udh8', any: true, refs: 3, pdus: 3 },
  ];

  for (const { split, any = false, refs, pdus } of cases) {
    const name = any ? `${split}_any` : split;
    test(`split ${name}`, { timeout: 60_000 }, async () => {
      const g = await Gateway.open(`split_${name}`);
      try {
        const account = await g.account({ split, sessions: 2, receipt_parts: any ? 'any' : 'all' });
        await g.smppd();
        const batch = await g.batch(account, { count: 20, text: long, parts: 3, encoding: 1 });
        await g.answered(batch);
        const rows = await g.wire(batch);
        assert.equal(rows.length, 20 * pdus);
        assert.equal(await g.refs(batch), 20 * refs);
        assert.equal(await g.accepted(), 20);
        const whole = Buffer.from(long, 'utf16le').swap16();
        for (const msisdn of batch.msisdns) {
          const mine = rows.filter((row) => row.destination === String(msisdn));
          assert.equal(new Set(mine.map((row) => row.session)).size, 1, 'all parts on one session');
          if (pdus === 1) {
            assert.equal(mine[0].hash, hashOf(whole));
            continue;
          }
          assert.deepEqual(mine.map((row) => [row.seq, row.total]), [[1, 3], [2, 3], [3, 3]]);
          assert.equal(new Set(mine.map((row) => row.ref)).size, 1, 'one reference');
          const units = split === 'udh16' ? 66 : 67;
          mine.forEach((row, i) => assert.equal(row.hash, hashOf(whole.subarray(i * units * 2, (i + 1) * units * 2))));
        }
        const { rows: parts } = await g.db.query('SELECT part, parts FROM receipt_ref WHERE message_id = $1 ORDER BY abs(part)', [batch.ids[0]]);
        assert.deepEqual(parts, pdus === 1 ? [{ part: 0, parts: 3 }] : [1, 2, 3].map((part) => ({ part: any ? -part : part, parts: 3 })));
      } finally {
        await g.close();
      }
    });
  }
});
