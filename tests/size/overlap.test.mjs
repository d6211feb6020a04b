// SPDX-License-Identifier: AGPL-3.0-or-later
// What other campaigns reach of a large audience, and what came of a large campaign with a goal: each in seconds.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Api } from '../system/lib/api.mjs';
import { House } from '../system/lib/stack.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 500_000);
const SENT = 3; // campaigns to everybody in the last days
const LIMIT_MS = { overlap: 5_000, results: 30_000 };

test(`overlap and results of ${CLIENTS} clients`, { timeout: 1_800_000 }, async (t) => {
  const house = await House.open('size_overlap');
  try {
    await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('a', '127.0.0.1', 1, 'x')`);
    await house.db.query("INSERT INTO client (external_id, msisdn) SELECT 'c' || n, 79000000000 + n FROM generate_series(1, $1::int) n", [CLIENTS]);
    await house.db.query("INSERT INTO list (name) VALUES ('half')");
    await house.db.query('INSERT INTO list_member SELECT 1, id FROM client WHERE id % 2 = 0');
    for (let i = 1; i <= SENT; i++) {
      await house.db.query(`INSERT INTO campaign (name, text, sender, class, category, status, goal_action, goal_days) VALUES ('sent', 'x', 'V', 1, 1, 'finished', 'purchase', 7)`);
      await house.db.query(`WITH r AS (INSERT INTO run (campaign_id, status, deadline) VALUES ($1, 'finished', now()) RETURNING id),
           b AS MATERIALIZED (SELECT message_base_ids(($2::int + 199) / 200) AS ids),
           m AS (INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text)
                 SELECT b.ids[(c.id - 1) / 200 + 1] + (c.id - 1) % 200, c.id, c.msisdn, 0, 1, 0, 'x' FROM b, client c RETURNING id),
           s AS (INSERT INTO message_state (id, state) SELECT id, 9 FROM m)
         INSERT INTO batch (id, run_id, account_id, state, lane, class, category, message_count, parts, sender, deadline, filtered_at)
         SELECT u, r.id, 1, 3, 1, 1, 1, 200, 200, 'V', now(), now() FROM r, b, unnest(b.ids) u`, [i, CLIENTS]);
    }
    await house.db.query(`INSERT INTO action (client_id, at, amount_micro, kind) SELECT id, now() + interval '1 hour', 1000000, (SELECT id FROM action_kind WHERE code = 'purchase') FROM client WHERE id % 5 = 0`);
    await house.db.query(`INSERT INTO campaign (name, text, sender, class, category, status, list_id, start_at) VALUES ('soon', 'x', 'V', 1, 1, 'planned', 1, now() + interval '1 day')`);
    await house.settled();
    const api = await Api.open(house);
    const { body: campaign } = await api.post('/v1/campaigns', { name: 'next', text: 'x', sender: 'V', category: 'advertising' });
    const timed = async (what, url) => {
      const begin = performance.now();
      const { status, body, text } = await api.get(url);
      const ms = Math.round(performance.now() - begin);
      assert.equal(status, 200, text);
      t.diagnostic(`${what}: ${ms} ms`);
      assert.ok(ms <= LIMIT_MS[what], `${what}: ${ms} ms, bar ${LIMIT_MS[what]}`);
      return body;
    };
    const overlap = await timed('overlap', `/v1/campaigns/${campaign.id}/overlap`);
    const near = (found, want) => assert.ok(Math.abs(found - want) <= CLIENTS * 0.02, `${found}, not ${want}`);
    near(overlap.received, CLIENTS);
    near(overlap.planned, CLIENTS / 2);
    assert.equal(overlap.campaigns.length, SENT + 1);
    const { variants: [all] } = await timed('results', '/v1/campaigns/1/results');
    assert.deepEqual([all.messages, all.delivered, all.acted], [CLIENTS, CLIENTS, Math.floor(CLIENTS / 5)]);
  } finally {
    await house.close();
  }
});
