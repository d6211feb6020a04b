// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages of a campaign over two million clients: previews while a person types, the check before launching, and
// who got nothing, each fast enough to wait for and in little memory.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Api } from '../system/lib/api.mjs';
import { House } from '../system/lib/stack.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 2_000_000);
const PREVIEW_MS = 300;
const CHECK_MS = 1500;
const PAGE_MS = 300;
const RARE_MS = 2000; // the one page that must look through the whole run
const SUMMARY_MS = 2000;
const FILE_MS = 30_000;
const RSS_MAX = 64 * 1024 * 1024;

/** Clients in the order of a file, one number in a hundred twice, one in two hundred opted out; all on a list. */
async function makeClients(db) {
  await db.query(`INSERT INTO client_attribute (slot, name) VALUES (1, 'город'), (2, 'сумма')`);
  await db.query(`INSERT INTO client (external_id, msisdn, last_name, first_name, middle_name, attrs)
    SELECT 'C' || i, 79000000000 + ((CASE WHEN i % 100 = 0 THEN i - 1 ELSE i END)::bigint * 7919993) % 999999937,
           'Константинопольский', CASE WHEN i % 50 = 7 THEN NULL ELSE 'Александр' END, 'Александрович',
           ARRAY['Тверь', (i % 100000)::text]
      FROM generate_series(1, $1::integer) i`, [CLIENTS]);
  await db.query(`INSERT INTO list (name, size) SELECT 'everybody', count(*) FROM client`);
  await db.query('INSERT INTO list_member SELECT 1, id FROM client ORDER BY id');
  await db.query('INSERT INTO opt_out (msisdn) SELECT msisdn FROM client WHERE id % 200 = 3 ON CONFLICT DO NOTHING');
  await db.query('VACUUM (ANALYZE) client');
  await db.query('VACUUM (ANALYZE) list_member');
  await db.query('ANALYZE opt_out');
}

/** A finished run of them all: one in two hundred left out, one in a hundred not delivered, one refused near the end. */
async function makeRun(db, campaign) {
  const { rows: [{ id: run }] } = await db.query(`INSERT INTO run (campaign_id, status, deadline, audience)
    VALUES ($1, 'finished', clock_timestamp() + interval '1 day', $2) RETURNING id`, [campaign, CLIENTS]);
  await db.query(`UPDATE campaign SET status = 'finished' WHERE id = $1`, [campaign]);
  await db.query(`INSERT INTO suppression (run_id, client_id, msisdn, reason)
    SELECT $1, id, msisdn, 1 FROM client WHERE id % 200 = 3`, [run]);
  await db.query(`CREATE TEMP TABLE sent AS
    SELECT c.id AS client_id, c.msisdn, b.base + (c.n - 1) % 200 AS id, c.n
      FROM (SELECT id, msisdn, row_number() OVER (ORDER BY msisdn, id) AS n FROM client WHERE id % 200 <> 3) c
      JOIN unnest(message_base_ids($1::integer)) WITH ORDINALITY b(base, no) ON b.no = (c.n - 1) / 200 + 1`, [Math.ceil(CLIENTS / 200)]);
  await db.query(`INSERT INTO batch (id, run_id, account_id, state, lane, class, category, message_count, claimed, answered, parts, sender, deadline, filtered_at)
    SELECT min(id), $1, 1, 3, 1, 1, 1, count(*), count(*), count(*), count(*), 'V', clock_timestamp() + interval '1 day', clock_timestamp()
      FROM sent GROUP BY (n - 1) / 200`, [run]);
  await db.query(`INSERT INTO message SELECT id, client_id, msisdn, 2350000, 1, 1, 'Александр, скидка 20 % до воскресенья' FROM sent ORDER BY id`);
  await db.query(`INSERT INTO message_state (id, state, reason)
    SELECT id, CASE WHEN n = (SELECT max(n) FROM sent) THEN 6 WHEN n % 100 = 5 THEN 8 ELSE 9 END, 0 FROM sent ORDER BY id`);
  await db.query(`INSERT INTO receipt (received_at, message_id, account_id, part, state, err)
    SELECT clock_timestamp(), id, 1, 1, 8, '011' FROM sent WHERE n % 100 = 5`);
  await db.query(`INSERT INTO run_count (run_id, slot, messages, parts, suppressed, accepted, undelivered, rejected, delivered)
    SELECT $1, 1, count(*), count(*), (SELECT count(*) FROM suppression), count(*), count(*) FILTER (WHERE n % 100 = 5), 1,
           count(*) FILTER (WHERE n % 100 <> 5) - 1 FROM sent`, [run]);
  await db.query('DROP TABLE sent');
}

const timed = async (call) => {
  const begin = performance.now();
  const { status, body } = await call();
  const ms = Math.round(performance.now() - begin);
  assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
  return { ms, body };
};

/** Nineteen of twenty calls are at least this fast. */
async function p95(call, times = 40) {
  const all = [];
  for (let i = 0; i < times; i++) all.push((await timed(() => call(i))).ms);
  return all.sort((a, b) => a - b)[Math.ceil(times * 0.95) - 1];
}

test(`the pages of a campaign to ${CLIENTS} clients`, { timeout: 900_000 }, async (t) => {
  const house = await House.open('size_campaign_web');
  try {
    const api = await Api.open(house);
    const db = await house.db.connect();
    await db.query(`INSERT INTO account (name, host, port, system_id, price_micro, parts_per_s) VALUES ('main', '127.0.0.1', 1, 'x', 2350000, 300)`);
    await makeClients(db);
    const say = (what, ms, bar) => {
      t.diagnostic(`${what}: ${ms} ms`);
      assert.ok(ms < bar, `${what}: ${ms} ms, wanted ${bar}`);
    };
    const text = '{first_name}, ваша скидка в городе {город|вашем} — {сумма|0} рублей';
    for (const list_id of ['1', null])
      say(`preview, p95, ${list_id ? 'list' : 'all'}`, await p95((i) => api.post('/v1/texts/preview', { text: `${text} ${i}`, list_id })), PREVIEW_MS);

    for (const list_id of ['1', null]) {
      const { body: { id } } = await api.post('/v1/campaigns', { name: 'size', text, sender: 'V', category: 'advertising', list_id });
      const { body } = await timed(() => api.get(`/v1/campaigns/${id}/check`));
      assert.deepEqual([body.clients, body.exact], [CLIENTS, CLIENTS <= 200_000]);
      const truth = await house.value(`SELECT count(*) FROM (SELECT DISTINCT ON (msisdn) msisdn, first_name FROM client ORDER BY msisdn, id) a
        WHERE first_name IS NOT NULL AND msisdn NOT IN (SELECT msisdn FROM opt_out)`);
      const apart = Math.abs(body.recipients - truth) / truth;
      t.diagnostic(`recipients ${body.recipients}, in truth ${truth}: ${(apart * 100).toFixed(2)} % apart`);
      assert.ok(body.exact ? apart === 0 : apart < 0.01, String(apart));
      say(`check, the slowest of ten, ${list_id ? 'list' : 'all'}`, await p95(() => api.get(`/v1/campaigns/${id}/check`), 10), CHECK_MS);
    }

    const { body: { id } } = await api.post('/v1/campaigns', { name: 'size', text, sender: 'V', category: 'advertising' });
    await makeRun(db, id);
    db.release();
    const missed = (query) => () => api.get(`/v1/campaigns/${id}/missed${query}`);
    const summary = await timed(missed('/summary'));
    say('missed, summary', summary.ms, SUMMARY_MS);
    say('missed, first page, p95', await p95(missed('?limit=50')), PAGE_MS);
    say('missed, page of the undelivered, p95', await p95(missed('?limit=50&reason=undelivered')), PAGE_MS);
    const rare = await timed(missed('?reason=rejected'));
    assert.equal(rare.body.missed.length, 1);
    say('missed, the only one rejected', rare.ms, RARE_MS);
    const file = await timed(missed('.csv'));
    assert.equal(file.body.split('\r\n').length, summary.body.total + 2);
    say(`missed, file of ${summary.body.total}`, file.ms, FILE_MS);
    const rss = (await api.daemon.metrics()).process_resident_memory_bytes;
    t.diagnostic(`${Math.round(rss / 1024 / 1024)} MB resident`);
    assert.ok(rss < RSS_MAX, `${rss} bytes`);
  } finally {
    await house.close();
  }
});
