// SPDX-License-Identifier: AGPL-3.0-or-later
// Stopping: pause, cancel, opt-out, SIGTERM and SIGSTOP under a running campaign, judged by what the
// operator saw.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Fleet, KINDS } from './lib/fleet.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { waitFor } from './lib/stack.mjs';

/** CLOCK_MONOTONIC in ms: the simulator's clock. */
const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);

const submitted = async (fleet, atLeast) => waitFor(`${atLeast} parts on the wire`, async () => {
  const { submits } = await fleet.sim.stats();
  return submits >= atLeast;
}, { timeoutMs: 60_000 });

async function withFleet(name, options, body) {
  const fleet = await Fleet.open(name, options);
  try {
    await body(fleet);
  } finally {
    await fleet.close();
  }
}

test('pause is on the wire within a second and resume sends the rest, at full speed', { timeout: 180_000 }, async () => {
  await withFleet('pause_fast', { clients: 40_000 }, async (fleet) => {
    const campaign = await fleet.launch();
    await submitted(fleet, 5_000);
    await fleet.setStatus(campaign, 'paused');
    const pausedMs = nowMs();
    await pause(3_000);
    const before = await fleet.sim.rows();
    assert.ok(before.length < 40_000, 'it was paused in time to show anything');
    assert.deepEqual(before.filter((s) => s.ms > pausedMs + 1_000), [], 'nothing leaves one second later');
    await fleet.setStatus(campaign, 'running');
    await fleet.finished(campaign, 120_000);
    const { delivered, doubts } = await fleet.prove(campaign);
    assert.deepEqual([delivered, doubts], [40_000, 0]);
  });
});

test('pause is on the wire within a second at 10 parts a second with two-part texts', { timeout: 120_000 }, async () => {
  await withFleet('pause_slow', { clients: 500, account: { parts_per_s: 10 } }, async (fleet) => {
    const campaign = await fleet.launch({ text: 'ж'.repeat(100) });
    await submitted(fleet, 20);
    await fleet.setStatus(campaign, 'paused');
    const pausedMs = nowMs();
    await pause(3_000);
    const submits = await fleet.sim.rows();
    assert.deepEqual(submits.filter((s) => s.ms > pausedMs + 1_000), [], 'nothing leaves one second later');
    assert.ok(submits.length < 100, 'the rate held');
    for (const { destination } of submits.filter((s) => s.seq === 1))
      assert.ok(submits.some((s) => s.destination === destination && s.seq === 2), 'messages left whole');
    await fleet.setStatus(campaign, 'cancelled');
    await fleet.finished(campaign, 60_000);
    await fleet.prove(campaign, { parts: 2 });
  });
});

test('cancel is on the wire within a second and gives everybody a fate', { timeout: 120_000 }, async () => {
  await withFleet('cancel', { clients: 40_000 }, async (fleet) => {
    const campaign = await fleet.launch();
    await submitted(fleet, 5_000);
    await fleet.setStatus(campaign, 'cancelled');
    const cancelledMs = nowMs();
    const { audience, messages, suppressed, cancelled } = await fleet.finished(campaign, 60_000);
    assert.equal(messages + suppressed, audience);
    assert.ok(cancelled + suppressed > 0, 'it was cancelled in time to show anything');
    assert.deepEqual((await fleet.sim.rows()).filter((s) => s.ms > cancelledMs + 1_000), []);
    const { doubts } = await fleet.prove(campaign);
    assert.equal(doubts, 0);
  });
});

test('an opt-out reaches what already stands in queues', { timeout: 120_000 }, async () => {
  await withFleet('opt_out', { clients: 2_000, account: { parts_per_s: 100 } }, async (fleet) => {
    const campaign = await fleet.launch();
    await submitted(fleet, 100);
    const gone = ['79000001500', '79000001501', '79000001999'];
    await fleet.db.query('INSERT INTO opt_out (msisdn) SELECT unnest($1::bigint[])', [gone]);
    await fleet.finished(campaign, 60_000);
    const submits = await fleet.sim.rows();
    assert.deepEqual(submits.filter((s) => gone.includes(s.destination)), []);
    const { delivered } = await fleet.prove(campaign);
    assert.equal(delivered, 2_000 - gone.length);
  });
});

test('STOP in the middle of a campaign at full speed: five seconds later nothing leaves to who said it', { timeout: 120_000 }, async (t) => {
  const confirmation = 'You are unsubscribed.';
  const clients = 60_000;
  const config = { dlrd: { stop: { confirmation } } };
  await withFleet('stop_word', { clients, account: { parts_per_s: 4_000 }, config }, async (fleet) => {
    const mo = (from, text) => fleet.sim.command('mo', 'sim', from, '79001112233', text);
    const campaign = await fleet.launch({ text: 'Sale today' });
    await submitted(fleet, 4_000);
    // Numbers leave about in order: these stand at the front of the queues, in their midst and at the end.
    const stopped = [10_000, 16_000, 20_000, 30_000, 40_000, 50_000, 59_998, 59_999, clients].map((n) => String(79_000_000_000 + n));
    const [twice] = stopped.slice(-1);
    await Promise.all([...stopped, twice].map((from, i) => mo(from, i % 2 ? 'STOP' : 'Stop!')));
    const stopMs = nowMs();
    await waitFor('the campaign to be well past it', async () => (await fleet.sim.rows()).some((row) => row.ms > stopMs + 7_000 && row.hash === hashOf(Buffer.from('Sale today'))),
      { timeoutMs: 30_000, everyMs: 500 });
    await fleet.setStatus(campaign, 'cancelled');
    await fleet.finished(campaign, 60_000);
    await waitFor('each number to be stored as stopped', async () => (await fleet.house.value('SELECT count(*) FROM opt_out')) === stopped.length);
    const rows = await fleet.sim.rows();
    const to = (number, text) => rows.filter((row) => row.destination === number && row.hash === hashOf(Buffer.from(text)));
    const late = stopped.flatMap((number) => to(number, 'Sale today')).filter((row) => row.ms > stopMs + 5_000);
    assert.deepEqual(late, [], 'nothing of the campaign leaves to them after five seconds');
    assert.ok(stopped.filter((number) => to(number, 'Sale today').length === 0).length >= 5, 'it came in time to show anything');
    for (const number of stopped) assert.equal(to(number, confirmation).length, 1, `${number} is told once that it is unsubscribed`);
    const before = rows.filter((row) => row.ms < stopMs).length;
    const after = rows.filter((row) => row.ms > stopMs + 5_000).length;
    t.diagnostic(`${before} parts before the STOPs, ${after} later than five seconds after them, none of those to the ${stopped.length} numbers`);
    assert.ok(after > 1_000, 'the campaign went on');
  });
});

test('SIGTERM to any daemon at full speed: exit 0 within 10 s, nothing doubled, nothing in doubt', { timeout: 300_000 }, async (t) => {
  await withFleet('sigterm', { clients: 60_000, account: { parts_per_s: 3_000 }, sim: { 'latency-ms': '5-50' } }, async (fleet) => {
    const campaign = await fleet.launch();
    await submitted(fleet, 2_000);
    for (const kind of KINDS) {
      const [daemon] = fleet.daemons[kind];
      const { code, signal, ms } = await daemon.stop();
      t.diagnostic(`${kind} ended with ${code ?? signal} after ${Math.round(ms)} ms`);
      assert.deepEqual([code, signal], [0, null], `${kind} ends cleanly:\n${daemon.log().slice(-2000)}`);
      assert.ok(ms < 10_000);
      await daemon.start();
    }
    await fleet.finished(campaign, 180_000);
    const { delivered, doubts, doubled } = await fleet.prove(campaign);
    assert.deepEqual([delivered, doubts, doubled], [60_000, 0, 0]);
  });
});

test('SIGSTOP of the active smppd: the standby takes over, the old one sends nothing more', { timeout: 240_000 }, async (t) => {
  await withFleet('sigstop', { clients: 60_000, copies: 2, account: { parts_per_s: 1_000 }, sim: { 'latency-ms': '5-50' } }, async (fleet) => {
    const campaign = await fleet.launch();
    await submitted(fleet, 2_000);
    const owner = await fleet.house.value('SELECT owner FROM account_lease');
    const active = fleet.daemons.smppd.find((d) => owner.includes(`/${d.pid}/`) || owner.includes(`:${d.pid}:`) || new RegExp(`\\b${d.pid}\\b`).test(owner));
    assert.ok(active, `the owner ${owner} is one of ours`);
    active.signal('SIGSTOP');
    const stoppedMs = nowMs();
    const oldSessions = new Set((await fleet.sim.rows()).map((s) => s.session));
    await waitFor('the standby to send', async () => (await fleet.sim.rows()).some((s) => !oldSessions.has(s.session)), { timeoutMs: 10_000, everyMs: 200 });
    t.diagnostic(`the standby sent after ${nowMs() - stoppedMs} ms`);
    await pause(Math.max(0, stoppedMs + 30_000 - nowMs()));
    active.signal('SIGCONT');
    const wokenMs = nowMs();
    await fleet.finished(campaign, 120_000);
    assert.deepEqual((await fleet.sim.rows()).filter((s) => s.ms >= wokenMs && oldSessions.has(s.session)), [], 'the old one sends nothing more');
    t.diagnostic(JSON.stringify(await fleet.prove(campaign)));
  });
});
