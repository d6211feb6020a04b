// SPDX-License-Identifier: AGPL-3.0-or-later
// A thousand events of clients a second for a minute, while crmd is killed every few seconds: kept up with, none lost,
// none done twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Crm } from '../system/lib/crm.mjs';
import { House, waitFor } from '../system/lib/stack.mjs';

const RATE = Number(process.env.RATE ?? 1000);
const SECONDS = Number(process.env.SECONDS ?? 60);
const CLIENTS = Number(process.env.CLIENTS ?? 200_000);
const KILL_EVERY_MS = 5000;
const BEHIND_MS = 10_000; // after the last event

/** Half of what comes changes a client, half adds to what one did. */
async function sendOne(crm, n) {
  const client = `c${(Math.imul(n, 7919) >>> 0) % CLIENTS}`;
  if (n % 2) return crm.send('client.action', { client, kind: 'purchase', at: new Date().toISOString(), amount: '100.50' });
  return crm.send('client.upsert', { client, city: `Город ${n}`, points: n, attributes: { last_event: String(n) } }, { version: n + 1 });
}

test(`${RATE} events a second for ${SECONDS} s`, { timeout: 600_000 }, async (t) => {
  const house = await House.open('size_crm_events');
  try {
    await house.db.query("INSERT INTO client (external_id, msisdn) SELECT 'c' || n, 79000000000 + n FROM generate_series(0, $1::int - 1) n", [CLIENTS]);
    await house.db.query('VACUUM ANALYZE client');
    const crmd = await house.start('crmd');
    const crm = await Crm.connect(house);
    let sent = 0;
    let kills = 0;
    let over = false;
    const killing = (async () => {
      for (; !over; kills++) {
        await pause(KILL_EVERY_MS);
        if (over) return;
        await crmd.kill();
        await crmd.start({ ready: false });
      }
    })();
    const begun = performance.now();
    const waiting = [];
    for (; sent < RATE * SECONDS; sent++) {
      if (sent % 50 === 0) {
        const early = (sent / RATE) * 1000 - (performance.now() - begun);
        if (early > 0) await pause(early);
      }
      waiting.push(sendOne(crm, sent));
      if (waiting.length >= 2000) await Promise.all(waiting.splice(0));
    }
    await Promise.all(waiting);
    const sentMs = performance.now() - begun;
    over = true;
    await killing;
    const taken = () => house.value('SELECT count(*) FROM crm_event');
    await waitFor('every event', async () => (await taken()) >= sent, { timeoutMs: 300_000, everyMs: 100 });
    const behindMs = performance.now() - begun - sentMs;
    const outcomes = (await house.db.query('SELECT outcome, count(*) FROM crm_event GROUP BY 1')).rows;
    const counted = Object.fromEntries(outcomes.map((row) => [row.outcome, Number(row.count)]));
    t.diagnostic(`${sent} events in ${(sentMs / 1000).toFixed(1)} s, ${kills} kills; the last was stored ${(behindMs / 1000).toFixed(1)} s after it was sent; ${JSON.stringify(counted)}`);
    assert.equal(await taken(), sent);
    assert.equal(await house.value('SELECT count(*) FROM action'), Math.floor(sent / 2));
    assert.equal((counted.done ?? 0) + (counted.stale ?? 0), sent);
    const newest = await house.value(
      'SELECT max(c.attrs[a.slot]::bigint) FROM client c, client_attribute a WHERE a.name = $1', ['last_event']);
    assert.equal(newest, sent - (sent % 2 === 0 ? 2 : 1));
    assert.ok(behindMs < BEHIND_MS, `${behindMs} ms behind`);
    await crm.close();
  } finally {
    await house.close();
  }
});
