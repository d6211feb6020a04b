// SPDX-License-Identifier: AGPL-3.0-or-later
// chaos - kill everything at random moments under a running campaign and start it again.

import { setTimeout as pause } from 'node:timers/promises';

import { KINDS } from './fleet.mjs';
import { seeded } from './random.mjs';

/**
 * Kill with SIGKILL, in random order and at random moments, each daemon, RabbitMQ and PostgreSQL, until
 * `until()` says so and every kind has been hit; wipes RabbitMQ's data once when asked.  What was killed
 * is started again after up to a second.  Resolves to how often each was hit.
 */
export async function rage(fleet, { seed, until, wipe = false, everyMs = [200, 1500] }) {
  const random = seeded(seed);
  const hits = Object.fromEntries([...KINDS, 'rabbitmq', 'postgres'].map((kind) => [kind, 0]));
  const stack = fleet.house.stack;
  let wiped = !wipe;

  const server = async (name) => {
    if (name === 'rabbitmq' && !wiped) {
      await stack.run('wipe-rabbitmq');
      wiped = true;
      hits.wipe = 1;
    } else {
      await stack.run('kill', name);
    }
    await pause(random(1000));
    await stack.run('restart-one', name);
  };

  for (let turn = 0; ; turn++) {
    const missed = Object.keys(hits).filter((kind) => hits[kind] === 0);
    if (await until() && missed.length === 0) return hits;
    if (turn > 500) throw new Error(`still not over after 500 kills: ${JSON.stringify(hits)}`);
    await pause(everyMs[0] + random(everyMs[1] - everyMs[0]));
    // Servers take seconds to come back: one in eight turns, or when only they are missing.
    const servers = random(8) === 0 || (missed.length > 0 && missed.every((kind) => kind === 'rabbitmq' || kind === 'postgres'));
    const pool = servers ? ['rabbitmq', 'postgres'] : KINDS;
    const wanted = pool.filter((kind) => hits[kind] === 0);
    const kind = wanted.length > 0 ? wanted[random(wanted.length)] : pool[random(pool.length)];
    hits[kind]++;
    if (servers) {
      await server(kind);
      continue;
    }
    const daemons = fleet.daemons[kind];
    const daemon = daemons[random(daemons.length)];
    await daemon.kill();
    await pause(random(1000));
    await daemon.start({ ready: false });
  }
}
