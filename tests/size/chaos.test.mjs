// SPDX-License-Identifier: AGPL-3.0-or-later
// Nothing is lost: 100,000 messages while everything is killed again and again.

import test from 'node:test';

import { Fleet } from '../system/lib/fleet.mjs';
import { rage } from '../system/lib/chaos.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 100_000);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

for (const { name, messageClass, copies, wipe } of [
  { name: 'advertising, one of each', messageClass: 1, copies: 1, wipe: false },
  { name: 'service, one of each, RabbitMQ wiped', messageClass: 2, copies: 1, wipe: true },
  { name: 'advertising, two of each, RabbitMQ wiped', messageClass: 1, copies: 2, wipe: true },
  { name: 'service, two of each', messageClass: 2, copies: 2, wipe: false },
]) {
  test(`${CLIENTS} messages under kill -9: ${name} (SEED=${SEED})`, { timeout: 900_000 }, async (t) => {
    const fleet = await Fleet.open(`chaos_${messageClass}_${copies}`, {
      clients: CLIENTS,
      copies,
      sim: { 'latency-ms': '1-20', early: 20 },
      account: { parts_per_s: Math.round(CLIENTS / 40), sessions: 2 },
    });
    try {
      const campaign = await fleet.launch({ class: messageClass, category: messageClass, validity_s: 300 });
      const sent = async () => {
        const { audience, accepted, unknown } = await fleet.counts(campaign).catch(() => ({}));
        return audience > 0 && accepted + unknown >= audience * 0.95;
      };
      const hits = await rage(fleet, { seed: SEED, until: sent, wipe });
      for (const daemon of fleet.all()) await daemon.waitReady();
      await fleet.finished(campaign, 600_000);
      t.diagnostic(`killed ${JSON.stringify(hits)}`);
      t.diagnostic(JSON.stringify(await fleet.prove(campaign, { messageClass, mayLoseReceipts: wipe })));
    } finally {
      await fleet.close();
    }
  });
}
