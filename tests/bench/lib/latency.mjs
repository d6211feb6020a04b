// SPDX-License-Identifier: AGPL-3.0-or-later
// latency - from sending an API call to the simulator reading the submit_sm.
//
// Calls leave at their time whether or not earlier ones were answered (an open loop), so a slow
// moment counts in full.  Both ends read the machine's one monotonic clock.

import { setTimeout as pause } from 'node:timers/promises';

import { phoneOf } from '../../system/lib/clients.mjs';
import { waitFor } from '../../system/lib/wait.mjs';
import { percentile } from './table.mjs';

const FIRST_CLIENT = 9_000_000;
let used = 0;

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Call `perSecond` times a second for `seconds` or until `done()`; resolves to { calls, p50, p95, p99 } in ms. */
export async function apiToWire(service, { perSecond = 200, seconds = 10, done = () => false } = {}) {
  const sent = new Map();
  const calls = [];
  const begin = monotonicMs();
  const failures = [];
  for (let i = 0; i < perSecond * seconds && !done(); i++) {
    const due = begin + (i * 1000) / perSecond;
    const wait = due - monotonicMs();
    if (wait > 0) await pause(wait);
    const to = phoneOf(FIRST_CLIENT + used++);
    sent.set(to.slice(1), monotonicMs());
    calls.push(service.api.call('POST', '/v1/messages', { to, text: 'Code 123456', sender: 'Vestnik', class: 'service', category: 'service' })
      .catch((error) => { failures.push(error); sent.delete(to.slice(1)); }));
  }
  await Promise.all(calls);
  if (failures.length > 0) throw failures[0];
  const arrived = await waitFor('every call to reach the simulator', async () => {
    const found = new Map();
    for (const row of await service.simulator.rows())
      if (sent.has(row.destination) && !found.has(row.destination)) found.set(row.destination, row.ms);
    return found.size === sent.size && found;
  }, { timeoutMs: 60_000, everyMs: 500 });
  const took = [...sent].map(([to, at]) => Math.max(0, arrived.get(to) - at)).sort((a, b) => a - b);
  const at = (share) => Math.round(percentile(took, share) * 10) / 10;
  return { calls: took.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
