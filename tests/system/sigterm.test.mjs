// SPDX-License-Identifier: AGPL-3.0-or-later
// SIGTERM to every daemon while a store is gone or says nothing: exit 0 within 10 s, and what was in
// hand is found again by those who come next.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

const CLIENTS = 20_000;

/** A request that needs the database, left unanswered if need be; the socket is closed by apid. */
async function ask(apid) {
  const port = Number(apid.log().match(/api listening.*\bport=(\d+)/)[1]);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.resume();
  socket.write(`GET /v1/campaigns HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer vst_${'A'.repeat(43)}\r\n\r\n`);
}

for (const { server, how, hurt, heal } of [
  { server: 'postgres', how: 'silent', hurt: 'freeze', heal: 'thaw' },
  { server: 'postgres', how: 'gone', hurt: 'kill', heal: 'restart-one' },
  { server: 'rabbitmq', how: 'silent', hurt: 'freeze', heal: 'thaw' },
  { server: 'rabbitmq', how: 'gone', hurt: 'kill', heal: 'restart-one' },
]) {
  test(`SIGTERM to every daemon with ${server} ${how}: exit 0 within 10 s, nothing doubled`, { timeout: 180_000 }, async (t) => {
    const fleet = await Fleet.open(`sigterm_${server}_${how}`, {
      clients: CLIENTS, account: { parts_per_s: 2_000 }, sim: { 'latency-ms': '5-50' },
    });
    const { stack } = fleet.house;
    try {
      const campaign = await fleet.launch();
      await waitFor('the campaign to be at speed', async () => (await fleet.sim.stats()).submits >= 1_000, { timeoutMs: 60_000 });
      // Else a killed broker may forget queues that were made this moment.
      if (server === 'rabbitmq') await stack.run('settle');
      await stack.run(hurt, server);
      await ask(fleet.daemons.apid[0]);
      await pause(500); // time for everybody to be in the middle of a call
      const ends = await Promise.all(fleet.all().map(async (daemon) => ({ daemon, ...await daemon.stop() })));
      for (const { daemon, code, signal, ms } of ends) {
        t.diagnostic(`${daemon.name} ended with ${code ?? signal} after ${Math.round(ms)} ms`);
        assert.deepEqual([code, signal], [0, null], `${daemon.name} ends cleanly:\n${daemon.log().slice(-3000)}`);
        assert.ok(ms < 10_000, `${daemon.name} took ${ms} ms`);
      }
      assert.ok((await fleet.sim.stats()).submits < CLIENTS, 'they were stopped in time to show anything');
      await stack.run(heal, server);
      await Promise.all(fleet.all().map((daemon) => daemon.start()));
      await fleet.finished(campaign, 90_000);
      const proof = await fleet.prove(campaign);
      t.diagnostic(JSON.stringify(proof));
      // Without the broker answers are stored all the same, and receipts are asked for again.
      if (server === 'rabbitmq') assert.deepEqual([proof.delivered, proof.doubts], [CLIENTS, 0]);
    } finally {
      await stack.run(heal, server);
      await fleet.close();
    }
  });
}
