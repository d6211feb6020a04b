// SPDX-License-Identifier: AGPL-3.0-or-later
// A dry run tells what a launch on the same data then does, and leaves no trace.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

const CLIENTS = 4000;

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('dry_run', {
    clients: CLIENTS, consent: true, account: { price_micro: 2350000 }, config: { apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } } },
  });
  const token = (await fleet.house.vestnik('token', 'create', 'test')).trim();
  api = new Api(fleet.house, fleet.daemons.apid[0], token);
  // Hours are another matter: tests run at night too.
  await fleet.db.query("UPDATE setting SET value = 'on' WHERE name = 'frequency_caps'");
  await fleet.db.query(`UPDATE client SET first_name = CASE WHEN id % 17 = 0 THEN NULL WHEN id % 19 = 0 THEN repeat('Ы', 150) WHEN id % 5 = 0 THEN repeat('Ы', 60) ELSE first_name END,
    msisdn = CASE WHEN id % 10 = 0 THEN msisdn - 1 ELSE msisdn END, city = CASE WHEN id % 23 <> 0 THEN 'Tver' END`);
  await fleet.db.query("INSERT INTO opt_out (msisdn, scope) SELECT msisdn, CASE WHEN id % 2 = 0 THEN 'all' ELSE 'advertising' END FROM client WHERE id % 13 = 0 ON CONFLICT DO NOTHING");
  const { rows: [{ id: purpose }] } = await fleet.db.query('SELECT id FROM purpose WHERE category = 1 AND required');
  await fleet.db.query(`INSERT INTO consent (msisdn, purpose_id, channel, client_id, state, event_id, at, valid_to)
    SELECT DISTINCT ON (msisdn) msisdn, $1::smallint, 'sms', 0, 1, id, now(), CASE WHEN id % 29 = 0 THEN now() - interval '1 day' ELSE 'infinity' END FROM client WHERE id % 11 <> 0 ORDER BY msisdn, id ON CONFLICT DO NOTHING`, [purpose]);
  await fleet.db.query("INSERT INTO send_count SELECT DISTINCT msisdn, 1, ARRAY[send_day(now())] FROM client WHERE id % 31 = 0");
  await fleet.db.query('ANALYZE');
});
after(() => fleet?.close());

const traces = async () => (await fleet.db.query(
  'SELECT (SELECT count(*) FROM chunk) AS chunks, (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM suppression) AS suppressions, (SELECT sum(cardinality(days)) FROM send_count) AS counted, (SELECT count(*) FROM run) AS runs')).rows[0];

test('a dry run equals the launch, by reason, in parts and in cost', { timeout: 180_000 }, async () => {
  const { body: { id } } = await api.post('/v1/campaigns', {
    name: 'Sale', category: 'advertising', class: 'service', sender: 'V', max_parts: 2, text: '{first_name}, sale',
    variants: [{ name: 'B', text: '{first_name|Friend}: {city} {city} {city}', share: 40 }], control_group: { percent: 10 },
  });
  const before = await traces();
  const { status, text } = await api.post(`/v1/campaigns/${id}/dry-run`);
  assert.equal(status, 202, text);
  const dry = await waitFor('the dry run', async () => {
    const { body } = await api.get(`/v1/campaigns/${id}/dry-run`);
    return body.status === 'done' && body;
  }, { timeoutMs: 60_000 });
  assert.deepEqual(await traces(), before, 'it leaves no trace');
  assert.deepEqual([dry.current, dry.problems, dry.cut, dry.result.exact], [true, [], 0, true]);
  assert.deepEqual(dry.texts.map(({ variant, samples }) => [variant, samples.length > 0]), [[0, true], [1, true]]);
  assert.match(dry.texts[1].samples[0].text, /: Tver Tver Tver$/);
  assert.ok(dry.texts.every(({ samples }) => samples.every(({ phone }) => /^\+/.test(phone))));

  assert.equal((await api.post(`/v1/campaigns/${id}/launch`, { recipients: dry.result.recipients })).status, 200);
  const counts = await fleet.finished(id, 120_000);
  const { rows } = await fleet.db.query('SELECT s.reason, count(*)::int AS n FROM suppression s JOIN run r ON r.id = s.run_id WHERE r.campaign_id = $1 GROUP BY 1 ORDER BY 1', [id]);
  const names = { 1: 'opt_out', 2: 'no_number', 7: 'text_empty', 8: 'text_too_long', 9: 'no_route', 20: 'no_consent', 21: 'consent_expired', 30: 'capped', 50: 'control_group' };
  const left_out = dry.result.left_out.filter(({ reason }) => reason !== 'duplicate');
  assert.deepEqual(rows.map(({ reason, n }) => ({ reason: names[reason], count: n })), left_out);
  for (const reason of ['opt_out', 'text_empty', 'text_too_long', 'no_consent', 'consent_expired', 'capped', 'control_group'])
    assert.ok(left_out.some((row) => row.reason === reason), `some are left out for ${reason}`);
  assert.equal(dry.result.left_out.find(({ reason }) => reason === 'duplicate').count, CLIENTS - counts.audience);
  const { body: { counts: said } } = await api.get(`/v1/campaigns/${id}`);
  assert.deepEqual([said.messages, said.parts, said.cost], [dry.result.recipients, dry.result.parts, dry.result.cost]);
});

test('a dry run of what cannot be sent says why', async () => {
  const { body: { id } } = await api.post('/v1/campaigns', { name: 'x', category: 'service', sender: 'V' });
  assert.deepEqual((await api.get(`/v1/campaigns/${id}/dry-run`)).body.status, 'none');
  const { body } = await api.post(`/v1/campaigns/${id}/dry-run`);
  assert.deepEqual([body.problems.map(({ field }) => field), body.texts], [['text'], []]);
  assert.equal((await api.post('/v1/campaigns/999999/dry-run')).status, 404);
  assert.equal((await api.get('/v1/campaigns/999999/dry-run')).status, 404);
});
