// SPDX-License-Identifier: AGPL-3.0-or-later
// What a campaign to two million clients with their fields in its text would cost: every message rendered and priced.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';

import { Api } from '../system/lib/api.mjs';
import { House, ROOT, mustRun, waitFor } from '../system/lib/stack.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 2_000_000);
const LIMIT_MS = 120_000;
const RSS_MAX = 128 * 1024 * 1024;
const TEXT = '{first_name} {middle_name}, на вашем счёте {balance} и {points} баллов: {attribute_6|—}';

test(`an estimate of ${CLIENTS} clients`, { timeout: 1_800_000 }, async (t) => {
  const house = await House.open('size_estimate');
  try {
    await mustRun(['psql', '-q', '-v', `clients=${CLIENTS}`, '-v', 'actions=1000', '-f', path.join(ROOT, 'scripts/seed-large.sql'), house.databaseUrl], { timeoutMs: 900_000 });
    await house.db.query(`INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('a', '127.0.0.1', 1, 'x', 2350000), ('b', '127.0.0.1', 1, 'x', 2350000)`);
    // Without its triggers, which lock each number for the transaction.
    await house.db.query(`ALTER TABLE opt_out DISABLE TRIGGER USER;
      INSERT INTO opt_out (msisdn, scope) SELECT msisdn, 'advertising' FROM client WHERE id % 20 = 0;
      ALTER TABLE opt_out ENABLE TRIGGER USER`);
    await house.settled();
    const api = await Api.open(house);
    const { body: campaign } = await api.post('/v1/campaigns', { name: 'all', text: TEXT, sender: 'Vestnik', category: 'advertising' });
    const begin = performance.now();
    assert.equal((await api.post(`/v1/campaigns/${campaign.id}/estimate`)).status, 202);
    const seen = new Set();
    const { status, result } = await waitFor('the estimate', async () => {
      const { body } = await api.get(`/v1/campaigns/${campaign.id}/estimate`);
      seen.add(body.looked_at);
      return ['done', 'failed'].includes(body.status) && body;
    }, { timeoutMs: 900_000, everyMs: 200 });
    const ms = Math.round(performance.now() - begin);
    const rss = (await api.daemon.metrics()).process_resident_memory_bytes;
    t.diagnostic(`${ms} ms, progress told ${seen.size} times, apid ${Math.round(rss / 1024 / 1024)} MB; ${JSON.stringify(result.lines)}`);
    assert.equal(status, 'done');
    assert.equal(result.recipients, CLIENTS - CLIENTS / 20);
    assert.ok(seen.size > 5, 'it says how far it is');
    assert.ok(ms <= LIMIT_MS, `${ms} ms, bar ${LIMIT_MS}`);
    assert.ok(rss <= RSS_MAX);
  } finally {
    await house.close();
  }
});
