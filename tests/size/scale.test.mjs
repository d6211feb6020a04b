// SPDX-License-Identifier: AGPL-3.0-or-later
// Scaling out: workers held to a share of a core each; two carry at least 1.8 times one.
//
// The share is small because the workers are: dispatcherd spends under 2 microseconds of its own on a message and dlrd
// under 1 on a receipt, so a fifth of a core would never bind them; PostgreSQL on two cores would.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';

import { Fleet } from '../system/lib/fleet.mjs';
import { waitFor } from '../system/lib/stack.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 300_000);
const SHARE_PERCENT = Number(process.env.SHARE_PERCENT ?? 1);
const WANTED = 1.8;

/** Hold a daemon to a share of one core until the returned function is called. */
function limit(daemon) {
  const limiter = spawn('cpulimit', ['-p', String(daemon.pid), '-l', String(SHARE_PERCENT), '-z'], { stdio: 'ignore' });
  return async () => {
    limiter.kill('SIGTERM');
    await once(limiter, 'exit');
    daemon.signal('SIGCONT');
  };
}

/** Start `copies` limited daemons and time how long `done` takes from the first progress on. */
async function timeLimited(fleet, kind, copies, done) {
  const daemons = [];
  for (let i = 0; i < copies; i++) daemons.push(await fleet.house.start(kind, { instance: String(i + 1) }));
  const releases = daemons.map(limit);
  const begin = performance.now();
  await waitFor(`${copies} ${kind} to be through`, done, { timeoutMs: 300_000, everyMs: 20 });
  const seconds = (performance.now() - begin) / 1000;
  for (const release of releases) await release();
  for (const daemon of daemons) await daemon.stop();
  return seconds;
}

const ratioHolds = (t, what, one, two) => {
  t.diagnostic(`${what}: one ${Math.round(CLIENTS / one)}/s, two ${Math.round(CLIENTS / two)}/s, ratio ${(one / two).toFixed(2)}`);
  assert.ok(one / two >= WANTED, `two ${what} carry ${(one / two).toFixed(2)} times one, wanted ${WANTED}`);
};

test('two dispatcherd carry 1.8 times one', { timeout: 600_000 }, async (t) => {
  const fleet = await Fleet.open('scale_dispatcherd', { clients: CLIENTS, kinds: ['schedulerd', 'smppd'], account: { parts_per_s: 1 } });
  try {
    const seconds = [];
    for (const copies of [1, 2]) {
      const campaign = await fleet.launch({ validity_s: 3600 });
      await waitFor('the first chunks to be released', () => fleet.house.value(
        'SELECT count(*) >= 32 FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1 AND c.state = 1', [campaign]));
      seconds.push(await timeLimited(fleet, 'dispatcherd', copies, () => fleet.house.value(
        `SELECT count(*) = 0 FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1 AND c.state <> 2`, [campaign])));
      await fleet.setStatus(campaign, 'cancelled');
      await waitFor('the run to be swept', () => fleet.house.value(
        'SELECT swept_at IS NOT NULL FROM run WHERE campaign_id = $1', [campaign]), { timeoutMs: 120_000, everyMs: 250 });
    }
    ratioHolds(t, 'dispatcherd', seconds[0], seconds[1]);
  } finally {
    await fleet.close();
  }
});

test('two dlrd carry 1.8 times one', { timeout: 900_000 }, async (t) => {
  const fleet = await Fleet.open('scale_dlrd', { clients: CLIENTS, kinds: ['schedulerd', 'dispatcherd', 'smppd'], sim: { 'receipt-delay-ms': '10' } });
  try {
    const seconds = [];
    for (const copies of [1, 2]) {
      const campaign = await fleet.launch({ validity_s: 3600 });
      // The receipts of the whole campaign wait in their queue before a dlrd is there.
      await waitFor('the campaign to be accepted', async () => (await fleet.counts(campaign)).accepted === CLIENTS, { timeoutMs: 300_000, everyMs: 250 });
      await waitFor('the operator to have handed over every receipt', async () => (await fleet.sim.stats()).receipts_pending === 0, { timeoutMs: 60_000, everyMs: 250 });
      seconds.push(await timeLimited(fleet, 'dlrd', copies, async () => (await fleet.counts(campaign)).delivered === CLIENTS));
    }
    ratioHolds(t, 'dlrd', seconds[0], seconds[1]);
  } finally {
    await fleet.close();
  }
});
