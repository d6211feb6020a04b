// SPDX-License-Identifier: AGPL-3.0-or-later
// latency - from sending an API call to the simulator reading the submit_sm.
//
// Calls leave at their time whether or not earlier ones were answered (an open loop), so a slow
// moment counts in full.  Both ends read the machine's one monotonic clock.

import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { phoneOf } from '../../system/lib/clients.mjs';
import { waitFor } from '../../system/lib/wait.mjs';
import { percentile } from './table.mjs';

const FIRST_CLIENT = 9_000_000;
let used = 0;

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/** When each wanted destination first stands in the simulator's log from byte `start` on. */
async function arrivals(simulator, wanted, start) {
  const found = new Map();
  await simulator.command('flush');
  for await (const line of createInterface({ input: createReadStream(simulator.proof, { start }) })) {
    const [ms, , , destination] = line.split(' ', 4);
    if (wanted.has(destination) && !found.has(destination)) found.set(destination, Number(ms));
  }
  return found;
}

/**
 * Where the time went, [{ name, p50, p99 }]: until apid had stored the call, until a dispatcherd took it, until its
 * batch was stored, until smppd claimed that, until the simulator read it.
 */
async function stages(service, messages, arrived) {
  const toWall = Date.now() - monotonicMs();
  const { rows } = await service.house.db.query(
    `SELECT i.n, extract(epoch FROM c.created_at)::float8 * 1000 AS stored, extract(epoch FROM b.filtered_at)::float8 * 1000 AS taken,
            extract(epoch FROM b.published_at)::float8 * 1000 AS dispatched, extract(epoch FROM b.claimed_at)::float8 * 1000 AS claimed
       FROM unnest($1::bigint[]) WITH ORDINALITY AS i(id, n)
       JOIN batch b ON b.id = i.id & ~255::bigint JOIN chunk c ON c.base_ids[1] = b.id`, [messages.map(({ id }) => id)]);
  const took = { stored: [], taken: [], dispatched: [], claimed: [], 'on the wire': [] };
  for (const { n, ...times } of rows) {
    const { to, at } = messages[n - 1];
    const ends = { ...times, 'on the wire': arrived.get(to) + toWall };
    let before = at + toWall;
    for (const [name, end] of Object.entries(ends)) {
      took[name].push(Math.max(0, end - before));
      before = end;
    }
  }
  return Object.entries(took).map(([name, list]) => ({ name, ...shares(list) }));
}

function shares(list) {
  list.sort((a, b) => a - b);
  const at = (share) => Math.round(percentile(list, share) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Call `perSecond` times a second for `seconds` or until `done()`; resolves to { calls, p50, p95, p99, stages } in ms. */
export async function apiToWire(service, { perSecond = 200, seconds = 10, done = () => false } = {}) {
  const sent = new Map();
  await service.simulator.command('flush');
  const start = statSync(service.simulator.proof).size;
  const calls = [];
  const messages = [];
  const begin = monotonicMs();
  const failures = [];
  for (let i = 0; i < perSecond * seconds && !done(); i++) {
    const due = begin + (i * 1000) / perSecond;
    const wait = due - monotonicMs();
    if (wait > 0) await pause(wait);
    const to = phoneOf(FIRST_CLIENT + used++);
    sent.set(to.slice(1), monotonicMs());
    const message = { to: to.slice(1), at: sent.get(to.slice(1)) };
    messages.push(message);
    calls.push(service.api.call('POST', '/v1/messages', { to, text: 'Code 123456', sender: 'Vestnik', class: 'service', category: 'service' })
      .then(({ id }) => { message.id = id; })
      .catch((error) => { failures.push(error); sent.delete(to.slice(1)); }));
  }
  await Promise.all(calls);
  if (failures.length > 0) throw failures[0];
  const arrived = await waitFor('every call to reach the simulator', async () => {
    const found = await arrivals(service.simulator, sent, start);
    return found.size === sent.size && found;
  }, { timeoutMs: 120_000, everyMs: 1000 });
  const took = messages.map(({ to, at }) => Math.max(0, arrived.get(to) - at));
  return { calls: took.length, ...shares(took), stages: await stages(service, messages, arrived) };
}
