// SPDX-License-Identifier: AGPL-3.0-or-later
// smppd stops: pause and cancel on the wire within a second, SIGTERM at speed, takeover by another
// after SIGKILL and SIGSTOP, settings changed or account disabled under way.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';

import { ADVERTISING, CANCELLED, Gateway, QUEUED, SERVICE, UNKNOWN, waitFor } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

/** CLOCK_MONOTONIC in ms: the simulator's clock. */
const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);

async function withGateway(name, simOptions, body) {
  const g = await Gateway.open(name, simOptions);
  try {
    await body(g);
  } finally {
    await g.close();
  }
}

const wireCount = async (g) => (await g.sim.stats()).submits;

test('pause and cancel are on the wire within a second, at 10 parts a second with two-part texts', { timeout: 60_000 }, async () => {
  await withGateway('pause_slow', {}, async (g) => {
    const account = await g.account({ parts_per_s: 10 });
    await g.smppd();
    const run = await g.run();
    const batch = await g.batch(account, { count: 100, text: 'ж'.repeat(100), parts: 2, encoding: 1, run });
    await waitFor('sending to begin', async () => await wireCount(g) >= 8);
    await g.setRun(run, 'paused');
    const pausedMs = nowMs();
    await waitFor('the batch to wait in the database', async () => {
      const row = await g.batchRow(batch);
      return row.state === 0 && row.answered === row.claimed;
    });
    await pause(1_500); // long enough for anything still queued to leave
    const rows = await g.wire(batch);
    assert.deepEqual(rows.filter((row) => row.ms > pausedMs + 1_000), [], 'nothing leaves a second later');
    const { claimed, answered } = await g.batchRow(batch);
    assert.equal(rows.length, 2 * claimed, 'what was claimed left whole, what was not was given back');
    assert.equal(answered, claimed);
    const spread = rows.map((row) => row.ms);
    for (let i = 0; i + 11 < spread.length; i++)
      assert.ok(spread[i + 11] - spread[i] >= 950, `not more than 10 parts a second (at ${i})`);

    await g.setRun(run, 'running');
    await g.publish(batch);
    await waitFor('sending to go on', async () => (await g.wire(batch)).length > rows.length + 4);
    await g.setRun(run, 'cancelled');
    const cancelledMs = nowMs();
    await waitFor('the batch to wait again', async () => (await g.batchRow(batch)).state === 0);
    await pause(1_500);
    const all = await g.wire(batch);
    assert.deepEqual(all.filter((row) => row.ms > cancelledMs + 1_000), []);
    assert.equal(new Set(all.map((row) => `${row.destination} ${row.seq}`)).size, all.length, 'nothing twice');
  });
});

test('pause at full speed gives back what is unwritten, and resume sends it once', { timeout: 120_000 }, async () => {
  await withGateway('pause_fast', { 'latency-ms': '2', receipts: 'none' }, async (g) => {
    const account = await g.account({ window_size: 100 });
    await g.smppd();
    const run = await g.run();
    const batches = [];
    for (let i = 0; i < 150; i++) batches.push(await g.batch(account, { count: 200, run, cls: ADVERTISING, publish: false }));
    for (const batch of batches) await g.publish(batch);
    await waitFor('sending to be at speed', async () => await wireCount(g) > 4_000);
    await g.setRun(run, 'paused');
    const pausedMs = nowMs();
    await waitFor('everything claimed to be answered', async () => await g.count(
      'SELECT count(*) FROM batch WHERE state NOT IN (0, 3) OR answered < claimed') === 0);
    const last = Math.max(...(await g.sim.rows()).map((row) => row.ms));
    assert.ok(last <= pausedMs + 1_000, `the last part left ${last - pausedMs} ms after the pause`);
    assert.ok(await wireCount(g) < 30_000, 'it was paused in time to show anything');
    await g.setRun(run, 'running');
    for (const batch of batches) await g.publish(batch);
    for (const batch of batches) await g.answered(batch);
    const rows = await g.sim.rows();
    assert.equal(rows.length, 30_000);
    assert.equal(new Set(rows.map((row) => row.destination)).size, 30_000, 'nobody twice, nobody skipped');
    assert.equal(await g.accepted(run), 30_000);
    assert.equal(await g.count('SELECT count(*) FROM doubt'), 0);
  });
});

test('a batch that was closed under the gateway settles what it could not give back', { timeout: 60_000 }, async () => {
  await withGateway('closed', {}, async (g) => {
    const account = await g.account({ parts_per_s: 20 });
    await g.smppd();
    const run = await g.run();
    const batch = await g.batch(account, { count: 100, run });
    await waitFor('sending to begin', async () => await wireCount(g) >= 4);
    // What schedulerd does for a cancelled run, at the worst moment: before the gateway gives back.
    await g.db.query(`DO $$ DECLARE b batch; BEGIN UPDATE run SET status = 'cancelled' WHERE id = ${run};
      SELECT * INTO b FROM batch WHERE id = ${batch.id} FOR UPDATE; -- locked before it is read
      PERFORM batch_close_unclaimed(b, 4::smallint, 5, 1::smallint); END $$`);
    await g.answered(batch);
    const sent = (await g.wire(batch)).length;
    const states = await g.states(batch);
    assert.equal(states.filter((s) => s.state === CANCELLED && s.reason === 5).length, 100 - sent);
  });
});

for (const [name, latency, window] of [['', '20', 50], [' with slow answers', '3000', 500]]) {
  test(`SIGTERM at speed${name}: nothing in doubt, nothing doubled, exit 0 within 10 s`, { timeout: 120_000 }, async () => {
    await withGateway(`term_${latency}`, { 'latency-ms': latency, receipts: 'none' }, async (g) => {
      const account = await g.account({ window_size: window, sessions: 2 });
      const smppd = await g.smppd();
      const run = await g.run();
      const batches = [];
      for (let i = 0; i < 100; i++) batches.push(await g.batch(account, { count: 200, run, cls: ADVERTISING, publish: false }));
      for (const batch of batches) await g.publish(batch);
      await waitFor('sending to be at speed', async () => await wireCount(g) >= 900);
      const { code, ms } = await smppd.stop();
      assert.equal(code, 0, smppd.log().slice(-2000));
      assert.ok(ms < 10_000, `it took ${ms} ms`);
      assert.equal(await g.count('SELECT count(*) FROM doubt'), 0);
      assert.equal(await g.count('SELECT count(*) FROM batch WHERE state = 2 OR answered < claimed'), 0, 'nothing stays claimed');
      const sent = await wireCount(g);
      assert.equal(await g.count('SELECT count(*) FROM receipt_ref'), sent);
      assert.ok(sent < 20_000, 'it was stopped in time to show anything');
      assert.equal(await g.count('SELECT count(*) FROM account_lease WHERE until > now()'), 0, 'the lease is given back');
      assert.match(await g.sim.command('sessions'), /^$/, 'the sessions are unbound');

      await g.sim.set('latency-ms', 1);
      await g.smppd({ instance: '2' });
      for (const batch of batches) await g.publish(batch);
      for (const batch of batches) await g.answered(batch, 60_000);
      const rows = await g.sim.rows();
      assert.equal(rows.length, 20_000);
      assert.equal(new Set(rows.map((row) => row.destination)).size, 20_000);
    });
  });
}

test('SIGTERM does not wait for ever: what is unanswered after 8 s is in doubt', { timeout: 60_000 }, async () => {
  await withGateway('term_late', { 'latency-ms': '30000' }, async (g) => {
    const account = await g.account({ window_size: 5, response_timeout_ms: 60_000 });
    const smppd = await g.smppd();
    const batch = await g.batch(account, { count: 20, cls: ADVERTISING, category: 1 });
    await waitFor('the window to be full', async () => await wireCount(g) === 5);
    const { code, ms } = await smppd.stop();
    assert.equal(code, 0);
    assert.ok(ms > 7_000 && ms < 10_000, `${ms} ms`);
    assert.equal((await g.states(batch)).filter((s) => s.state === UNKNOWN && s.reason === 10).length, 5);
    assert.deepEqual({ ...(await g.batchRow(batch)), epoch: 0 }, { state: 0, claimed: 5, answered: 5, message_count: 20, epoch: 0 });
  });
});

for (const cls of [ADVERTISING, SERVICE]) {
  test(`kill -9 at speed: another takes over within 10 s, class ${cls === SERVICE ? 'service' : 'advertising'} keeps its promise`, { timeout: 120_000 }, async () => {
    await withGateway(`kill_${cls}`, { 'latency-ms': '20', receipts: 'none' }, async (g) => {
      const account = await g.account({ window_size: 200 });
      const first = await g.smppd();
      await g.smppd({ instance: '2', bound: false });
      const run = await g.run();
      const batches = [];
      for (let i = 0; i < 100; i++) batches.push(await g.batch(account, { count: 200, run, cls, publish: false }));
      for (const batch of batches) await g.publish(batch);
      await waitFor('sending to be at speed', async () => await wireCount(g) > 3_000);
      await first.kill();
      const killedMs = nowMs();
      const before = await wireCount(g);
      await waitFor('the other to send', async () => {
        // schedulerd's part: what waits or was lost with the broker connection is published again
        const { rows } = await g.db.query('SELECT id FROM batch WHERE state = 0');
        for (const { id } of rows) await g.publish({ id, account, lane: 'bulk' });
        return await wireCount(g) > before + 10;
      }, { everyMs: 500 });
      assert.ok(nowMs() - killedMs < 10_000, `took over after ${nowMs() - killedMs} ms`);
      await waitFor('all batches to be done', async () => {
        const { rows } = await g.db.query('SELECT id FROM batch WHERE state = 0');
        for (const { id } of rows) await g.publish({ id, account, lane: 'bulk' });
        return await g.count('SELECT count(*) FROM batch WHERE state <> 3') === 0;
      }, { everyMs: 1000, timeoutMs: 60_000 });
      const rows = await g.sim.rows();
      const times = new Map();
      for (const row of rows) times.set(row.destination, (times.get(row.destination) ?? 0) + 1);
      const doubts = await g.count('SELECT count(*) FROM doubt');
      assert.ok(doubts > 0 && doubts <= 2_000, `${doubts} in doubt: no more than what was in hand`);
      const retries = await g.count('SELECT count(*) FROM retry');
      assert.equal(retries, cls === SERVICE ? doubts : 0);
      // Nobody twice (retries are schedulerd's), and who was not reached is marked.
      assert.ok([...times.values()].every((n) => n === 1));
      const { rows: lost } = await g.db.query(
        `SELECT m.msisdn::text FROM message m WHERE NOT EXISTS (SELECT 1 FROM receipt_ref r WHERE r.message_id = m.id)
            AND NOT EXISTS (SELECT 1 FROM doubt d WHERE d.message_id = m.id)`);
      assert.deepEqual(lost, [], 'everybody is accepted or in doubt');
      const unreached = 20_000 - times.size;
      assert.ok(unreached <= doubts, `${unreached} unreached, ${doubts} in doubt`);
      if (cls === ADVERTISING) {
        assert.equal(await g.count('SELECT count(*) FROM message_state WHERE state = 3'), doubts);
        assert.equal(await g.count('SELECT sum(unknown) FROM run_count WHERE run_id = $1', [run]), doubts);
      }
      assert.equal(await g.accepted(run), 20_000 - doubts);
    });
  });
}

for (const cls of [ADVERTISING, SERVICE]) {
  const name = cls === SERVICE ? 'service' : 'advertising';
  test(`kill -9 within a message whose provider sends one receipt for all its parts: the parts not accepted are in doubt, class ${name}`, { timeout: 60_000 }, async () => {
    const smsc = await Smsc.listen();
    try {
      await withGateway(`any_${cls}`, null, async (g) => {
        const peer = smsc.account('main');
        peer.onSubmit = (pdu, session) => { if (peer.submits.length === 1) peer.accept(pdu, session); };
        const account = await g.account({ receipt_parts: 'any', response_timeout_ms: 60_000 }, { sim: smsc });
        const first = await g.smppd();
        const batch = await g.batch(account, { text: 'ж'.repeat(150), parts: 3, encoding: 1, cls });
        await waitFor('one part of three to be accepted', async () => peer.submits.length === 3 && await g.refs(batch) === 1);
        await first.kill();
        peer.onSubmit = (pdu, session) => peer.accept(pdu, session);
        await g.smppd({ instance: '2' });
        await g.answered(batch);

        const { rows: doubts } = await g.db.query('SELECT parts_mask::int, outcome FROM doubt');
        assert.deepEqual(doubts, [{ parts_mask: 0b110, outcome: cls === SERVICE ? 1 : 0 }]);
        assert.deepEqual(await g.states(batch), [cls === SERVICE ? { state: QUEUED, reason: 0 } : { state: UNKNOWN, reason: 10 }]);
        const { rows: retries } = await g.db.query('SELECT batch_id::text AS id FROM retry_gather(10, 1::smallint)');
        assert.equal(retries.length, cls === SERVICE ? 1 : 0);
        if (cls !== SERVICE) return;
        await g.publish({ ...retries[0], account, lane: 'bulk' });
        await g.answered(retries[0]);
        assert.equal(peer.submits.length, 5, 'what was accepted is not sent again');
        const { rows: refs } = await g.db.query('SELECT part, attempt FROM receipt_ref ORDER BY abs(part)');
        assert.deepEqual(refs, [{ part: -1, attempt: 1 }, { part: -2, attempt: 2 }, { part: -3, attempt: 2 }]);
      });
    } finally {
      await smsc.close();
    }
  });
}

test('SIGSTOP: the other takes over, and the first sends nothing more when it goes on', { timeout: 120_000 }, async () => {
  await withGateway('stop', { 'latency-ms': '10', receipts: 'none' }, async (g) => {
    const account = await g.account({ window_size: 50 });
    const first = await g.smppd();
    const second = await g.smppd({ instance: '2', bound: false });
    const run = await g.run();
    const batches = [];
    for (let i = 0; i < 100; i++) batches.push(await g.batch(account, { count: 200, run, cls: ADVERTISING, publish: false }));
    for (const batch of batches) await g.publish(batch);
    await waitFor('the first to send', async () => await wireCount(g) > 300);
    // Asked before the stop: the second may send as soon as it is bound.
    const before = new Set((await g.sim.rows()).map((row) => row.session));
    assert.equal(before.size, 1);
    const [old] = before;
    first.signal('SIGSTOP');
    const stoppedMs = nowMs();
    await g.bound(second);
    assert.ok(nowMs() - stoppedMs < 10_000, `took over after ${nowMs() - stoppedMs} ms`);
    await waitFor('the second to send', async () => {
      const { rows } = await g.db.query('SELECT id FROM batch WHERE state = 0');
      for (const { id } of rows) await g.publish({ id, account, lane: 'bulk' });
      return (await g.sim.rows()).some((row) => row.session !== old);
    }, { everyMs: 500 });
    await pause(2_000);
    const sentByFirst = (await g.sim.rows()).filter((row) => row.session === old).length;
    first.signal('SIGCONT');
    await waitFor('the first to know', async () => /lease (lost|is over)/.test(first.log()));
    await waitFor('the first to have closed the account', async () => /account closed/.test(first.log()));
    await pause(1_000);
    const rows = await g.sim.rows();
    assert.equal(rows.filter((row) => row.session === old).length, sentByFirst, 'not one part more');
    assert.equal(new Set(rows.map((row) => row.destination)).size, rows.length, 'nobody twice');
    assert.equal((await g.house.value('SELECT owner FROM account_lease')).split('/')[1], '2');
    // Both are asked to stop; the answers the first had in hand are stored, under the older epoch.
    assert.equal((await first.stop()).code, 0);
    assert.equal((await second.stop()).code, 0);
    const { rows: lost } = await g.db.query(
      `SELECT m.id FROM message m JOIN batch b ON b.id = m.id & ~255::bigint WHERE m.id - b.id < b.claimed
          AND NOT EXISTS (SELECT 1 FROM receipt_ref r WHERE r.message_id = m.id)
          AND NOT EXISTS (SELECT 1 FROM doubt d WHERE d.message_id = m.id)`);
    assert.deepEqual(lost, []);
    const unknown = await g.count('SELECT count(*) FROM message_state WHERE state = 3');
    assert.equal(await g.count('SELECT sum(unknown) FROM run_count WHERE run_id = $1', [run]), unknown);
    assert.equal(await g.accepted(run), await g.count('SELECT count(DISTINCT message_id) FROM receipt_ref'), 'counts equal the ledger');
  });
});

test('a changed account goes on with the new settings; a disabled one lets go', { timeout: 60_000 }, async () => {
  await withGateway('change', {}, async (g) => {
    const account = await g.account({ window_size: 10 });
    const smppd = await g.smppd();
    const other = await g.simulator();
    await g.change(account, { host: 'localhost', port: other.port, sessions: 3 });
    await waitFor('three sessions at the new address', async () => (await other.command('sessions')).split(' ').filter(Boolean).length === 3);
    assert.equal(await g.sim.command('sessions'), '');
    const batch = await g.batch(account, { count: 30 });
    await g.answered(batch);
    assert.equal((await g.wire(batch, other)).length, 30);
    assert.ok(new Set((await g.wire(batch, other)).map((row) => row.session)).size === 3, 'over all sessions');
    assert.equal(await g.metric(smppd, 'lease_epoch'), 1, 'the lease was kept');
    await g.change(account, { enabled: false });
    await waitFor('the lease to be given back', async () => await g.count('SELECT count(*) FROM account_lease WHERE until > now()') === 0);
    assert.equal(await other.command('sessions'), '');
    await g.change(account, { enabled: true });
    await g.bound(smppd, 3);
    assert.equal(await g.metric(smppd, 'lease_epoch'), 2);
  });
});
