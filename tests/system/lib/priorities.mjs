// SPDX-License-Identifier: AGPL-3.0-or-later
// priorities - campaigns beside each other and beside urgent messages, and a hand on them at full speed; of any size:
// tests/system runs it small with every change, tests/size with campaigns of 500,000.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { apiToWire } from '../../bench/lib/latency.mjs';
import { Fleet } from './fleet.mjs';
import { Http } from './http.mjs';
import { hashOf } from './smscsim.mjs';
import { waitFor } from './stack.mjs';

/** CLOCK_MONOTONIC in ms: the simulator's clock. */
const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);
const SECOND = 1000;

/** A fleet whose urgent chunks have dispatchers of their own, as operators are told to, and an API to call. */
async function open(name, clients, account) {
  const fleet = await Fleet.open(name, { clients, account: { window_size: 500, ...account }, sim: { 'receipt-delay-ms': 100 }, config: { dispatcherd: { lanes: 'bulk' } } });
  try {
    for (let i = 1; i <= 2; i++) await fleet.house.start('dispatcherd', { instance: `urgent${i}`, config: { lanes: 'urgent' } });
    const [, port] = await fleet.daemons.apid[0].waitLog(/api listening.*\bport=(\d+)/);
    fleet.api = new Http(`http://127.0.0.1:${port}`, (await fleet.house.vestnik('token', 'create', name)).trim());
    fleet.simulator = fleet.sim; // as apiToWire() calls it
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}

async function withFleet(name, clients, account, body) {
  const fleet = await open(name, clients, account);
  try {
    await body(fleet);
  } finally {
    fleet.api.close();
    await fleet.close();
  }
}

/**
 * Whoever looks at any moment finds everybody of the audience: with a message, with a reason to have none, or still in
 * a chunk; and the counts are those of the ledger.  One statement, so one moment.
 */
async function mustAddUp(fleet, campaign) {
  const { rows: [r] } = await fleet.db.query(
    `SELECT r.audience::int, k.messages::int, k.suppressed::int, c.waiting::int, s.suppressions::int, b.stored::int, k.cancelled::int, k.accepted::int
       FROM run r
      CROSS JOIN LATERAL (SELECT coalesce(sum(messages), 0) AS messages, coalesce(sum(suppressed), 0) AS suppressed,
                                 coalesce(sum(cancelled), 0) AS cancelled, coalesce(sum(accepted), 0) AS accepted FROM run_count WHERE run_id = r.id) k
      CROSS JOIN LATERAL (SELECT coalesce(sum(size), 0) AS waiting FROM chunk WHERE run_id = r.id AND state <> 2) c
      CROSS JOIN LATERAL (SELECT count(*) AS suppressions FROM suppression WHERE run_id = r.id) s
      CROSS JOIN LATERAL (SELECT coalesce(sum(message_count), 0) AS stored FROM batch WHERE run_id = r.id AND message_ids IS NULL) b
      WHERE r.campaign_id = $1`, [campaign]);
  assert.deepEqual([r.messages, r.suppressed, r.messages + r.suppressed + r.waiting], [r.stored, r.suppressions, r.audience], JSON.stringify(r));
  return r;
}

const wire = async (fleet, text) => {
  const hash = text && hashOf(Buffer.from(text));
  return (await fleet.sim.rows()).filter((row) => row.status === 0 && (!hash || row.hash === hash));
};

/** Two campaigns at full speed and calls for single messages beside them. */
export async function urgentBesideTwo(t, clients, { p99Ms = 300, perSecond = 50, seconds = 600 } = {}) {
  await withFleet(`urgent_${clients}`, clients, {}, async (fleet) => {
    const high = await fleet.launch({ text: 'High', priority: 9, validity_s: 7200 });
    const low = await fleet.launch({ text: 'Low', priority: 1, validity_s: 7200 });
    await waitFor('both to be on the wire', async () => (await fleet.counts(high)).accepted > 0 && (await fleet.counts(low)).accepted > 0, { timeoutMs: 120_000, everyMs: 50 });
    const begin = performance.now();
    let over = false;
    const watch = (async () => {
      while (!over) {
        await pause(100);
        over = (await fleet.counts(low)).accepted >= clients || (await fleet.counts(high)).accepted + (await fleet.counts(low)).accepted >= 2 * clients * 0.97;
      }
    })();
    const { calls, p50, p95, p99, stages } = await apiToWire(fleet, { perSecond, seconds, done: () => over });
    await watch;
    const took = (performance.now() - begin) / 1000;
    t.diagnostic(`${calls} urgent messages beside two campaigns of ${clients}: p50 ${p50}, p95 ${p95}, p99 ${p99} ms; ${Math.round(2 * clients / took)} messages/s; p99 by stage: ${stages.map((s) => `${s.name} ${s.p99}`).join(', ')}`);
    await fleet.finished(high, 600_000);
    await fleet.finished(low, 600_000);
    assert.ok(calls >= 20, `${calls} calls are too few to say anything`);
    assert.ok(p99 < p99Ms, `p99 ${p99} ms, wanted ${p99Ms}`);
  });
}

/** At an account's rate the greater priority is done first, and the lesser gets something all the while. */
export async function orderAndFloor(t, clients, { ratePerS = Math.round(clients / 12), floor = 0.05 } = {}) {
  await withFleet(`order_${clients}`, clients, { parts_per_s: ratePerS }, async (fleet) => {
    const low = await fleet.launch({ text: 'Low', priority: 1, validity_s: 7200 });
    const middle = await fleet.launch({ text: 'Middle', priority: 5, validity_s: 7200 });
    const high = await fleet.launch({ text: 'High', priority: 9, validity_s: 7200 });
    const accepted = async (id) => (await fleet.counts(id)).accepted ?? 0;
    const ended = {};
    await waitFor('all to be accepted', async () => {
      for (const [name, id] of Object.entries({ low, middle, high }))
        if (ended[name] === undefined && await accepted(id) >= clients) ended[name] = nowMs();
      return Object.keys(ended).length === 3;
    }, { timeoutMs: 600_000, everyMs: 100 });
    assert.ok(ended.high < ended.middle && ended.middle < ended.low, JSON.stringify(ended));
    const rows = { low: await wire(fleet, 'Low'), middle: await wire(fleet, 'Middle'), high: await wire(fleet, 'High') };
    const ms = (name) => rows[name].map((row) => row.ms);
    // From when the first of the highest left until nearly its last: what begins and ends belongs to both.
    const first = Math.min(...ms('high').slice(0, 1000));
    const last = ms('high').sort((a, b) => a - b)[Math.floor(clients * 0.95)];
    const share = (name) => ms(name).filter((at) => at >= first && at <= last).length / Object.keys(rows).reduce((sum, n) => sum + ms(n).filter((at) => at >= first && at <= last).length, 0);
    t.diagnostic(`while the highest went out it had ${(share('high') * 100).toFixed(1)} %, the middle one ${(share('middle') * 100).toFixed(1)} %, the lowest ${(share('low') * 100).toFixed(1)} %`);
    assert.ok(share('high') > 0.6, 'the highest has the most');
    assert.ok(share('middle') + share('low') >= floor, 'the others do not starve');
    for (const name of ['middle', 'low']) assert.ok(ms(name).some((at) => at >= first && at <= last), `${name} goes on`);
    // The gap without any of the lowest, while it waits.
    const sorted = ms('low').sort((a, b) => a - b);
    const gap = Math.max(...sorted.slice(1).map((at, i) => at - sorted[i]));
    t.diagnostic(`the longest time without any of the lowest: ${gap} ms`);
    assert.ok(gap < 20_000, `the lowest stood still for ${gap} ms`);
    for (const id of [low, middle, high]) await fleet.finished(id, 600_000);
  });
}

/** Pause, resume, another pace and cancel, each on the wire within a second, the ledger true all the while. */
export async function handOnIt(t, clients) {
  await withFleet(`hand_${clients}`, clients, {}, async (fleet) => {
    const { id } = await fleet.api.call('POST', '/v1/campaigns', { name: 'hand', text: 'Hello', sender: 'Vestnik', category: 'advertising', class: 'advertising' });
    const act = async (what, body) => {
      await fleet.api.call('POST', `/v1/campaigns/${id}/${what}`, body);
      return nowMs();
    };
    await act('launch');
    await waitFor('a tenth of it to have left', async () => (await fleet.sim.stats()).submits > clients / 10, { timeoutMs: 120_000, everyMs: 20 });
    await mustAddUp(fleet, id);

    const paused = await act('pause');
    await mustAddUp(fleet, id);
    await pause(2_500);
    const atPause = (await wire(fleet)).map((row) => row.ms);
    const latest = Math.max(...atPause) - paused;
    assert.ok(latest < SECOND, `the last one left ${latest} ms after the pause`);
    assert.ok(atPause.length < clients, 'it was paused in time to show anything');
    await mustAddUp(fleet, id);

    const resumed = await act('resume');
    await waitFor('it to go on', async () => (await fleet.sim.stats()).submits > atPause.length, { everyMs: 20 });
    const again = Math.min(...(await wire(fleet)).map((row) => row.ms).filter((ms) => ms > resumed)) - resumed;
    assert.ok(again < SECOND, `the first one left ${again} ms after the resumption`);

    const slowed = await act('pace', { pace_per_min: 60_000 });
    await mustAddUp(fleet, id);
    await pause(4_100);
    const after = (await wire(fleet)).map((row) => row.ms);
    const slow = after.filter((ms) => ms >= slowed + SECOND && ms < slowed + 4 * SECOND).length / 3;
    const left = clients - after.length;
    assert.ok(left === 0 || Math.abs(slow - 1000) < 100, `${slow}/s a second after 1,000/s was asked for`);
    await mustAddUp(fleet, id);

    await act('pace', { pace_per_min: null });
    await pause(200);
    const cancelled = await act('cancel');
    const counts = await fleet.finished(id, 300_000);
    const { waiting } = await mustAddUp(fleet, id);
    const last = Math.max(...(await wire(fleet)).map((row) => row.ms)) - cancelled;
    assert.ok(last < SECOND, `the last one left ${last} ms after the cancellation`);
    assert.equal(waiting, 0);
    assert.ok(left === 0 || counts.cancelled + counts.suppressed > 0, 'it was cancelled in time to show anything');
    t.diagnostic(`${clients}: last one ${latest} ms after the pause, first one ${again} ms after the resumption, ${slow.toFixed(0)}/s of 1,000 after the change, last one ${last} ms after the cancellation`);
    await fleet.prove(id);
  });
}
