// SPDX-License-Identifier: AGPL-3.0-or-later
// Who of a campaign got nothing, and why: pages, summary and file.  The daemons that send are not running; what they
// would write is written here.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('api_missed');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')`);
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const create = async (more = {}) => {
  const { status, body } = await api.post('/v1/campaigns', { name: 'Draft', category: 'advertising', ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

/** A finished run: 40 messages of two batches, one of another run between, and suppressions. */
async function finished() {
  const { id } = await create({ text: 'x', sender: 'V' });
  const run = await house.value(`INSERT INTO run (campaign_id, status, deadline, audience) VALUES ($1, 'finished', clock_timestamp() + interval '1 day', 46)
    RETURNING id`, [id]);
  await house.db.query(`UPDATE campaign SET status = 'finished' WHERE id = $1`, [id]);
  await house.db.query(`INSERT INTO client (external_id, msisdn, last_name, first_name) SELECT 'S' || i, 79164000000 + i,
    CASE i WHEN 1 THEN '=HYPERLINK("http://x";"y")' WHEN 2 THEN 'Ли "Брюс"; мл.' ELSE 'Клиент' END, '@cmd' FROM generate_series(1, 46) i
    ON CONFLICT DO NOTHING`);
  const clients = (await house.db.query(`SELECT id FROM client WHERE external_id ~ '^S[0-9]' ORDER BY id`)).rows.map((r) => r.id);
  for (const [i, reason] of [1, 1, 1, 2, 7, 8].entries())
    await house.db.query('INSERT INTO suppression (run_id, client_id, msisdn, reason) SELECT $1, id, msisdn, $3 FROM client WHERE id = $2', [run, clients[40 + i], reason]);
  const bases = (await house.value('SELECT message_base_ids(3)')).map(BigInt);
  const batch = (base, of) => house.db.query(`INSERT INTO batch (id, run_id, account_id, lane, class, category, state, message_count, claimed, parts, sender, deadline, filtered_at)
    VALUES ($1, $2, 1, 1, 1, 1, 3, 20, 20, 20, 'V', clock_timestamp() + interval '1 day', clock_timestamp())`, [base, of]);
  const message = async (mid, client, state, reason = 0) => {
    await house.db.query('INSERT INTO message SELECT $1, id, msisdn, 0, 1, 0, $3 FROM client WHERE id = $2', [mid, client, 'x']);
    await house.db.query('INSERT INTO message_state (id, state, reason) VALUES ($1, $2, $3)', [mid, state, reason]);
  };
  await batch(bases[0], run);
  await batch(bases[1], null);
  await batch(bases[2], run);
  await message(bases[1], clients[0], 5, 6);
  // Fates by position of the message; everybody else has got it.
  const fates = { 0: [5, 1011], 3: [8, 0], 5: [7, 0], 19: [4, 5], 20: [3, 11], 25: [6, 0], 39: [5, 6] };
  for (let i = 0; i < 40; i++) {
    const mid = (i < 20 ? bases[0] : bases[2]) + BigInt(i % 20);
    await message(mid, clients[i], ...(fates[i] ?? [9, 0]));
    if (i === 0)
      await house.db.query(`INSERT INTO refusal (at, message_id, account_id, attempt, part, status) VALUES (clock_timestamp(), $1, 1, 1, 1, 11)`, [mid]);
    if (i === 3 || i === 25)
      await house.db.query(`INSERT INTO receipt (received_at, message_id, account_id, part, state, err) VALUES (clock_timestamp(), $1, 1, 1, $2, $3)`, [mid, fates[i][0], i === 3 ? '011' : '=1+1']);
  }
  await house.db.query(`INSERT INTO run_count (run_id, slot, messages, suppressed, failed, undelivered, expired, cancelled, unknown, rejected, delivered)
    VALUES ($1, 1, 40, 6, 2, 1, 1, 1, 1, 1, 33)`, [run]);
  return { id, run };
}

async function pages(id, query = '') {
  const seen = [];
  let cursor = null;
  do {
    const { status, body } = await api.get(`/v1/campaigns/${id}/missed?limit=4${query}${cursor ? `&cursor=${cursor}` : ''}`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.ok(body.missed.length <= 4 && (body.missed.length > 0 || cursor === null));
    seen.push(...body.missed);
    cursor = body.next_cursor;
  } while (cursor);
  return seen;
}

let run;
test('everyone who got nothing is told in pages, with the reason and what the operator said', async () => {
  run = await finished();
  const all = await pages(run.id);
  assert.deepEqual(all.map((m) => [m.kind, m.reason, m.error]), [
    ['suppressed', 'opt_out', null], ['suppressed', 'opt_out', null], ['suppressed', 'opt_out', null], ['suppressed', 'no_number', null],
    ['suppressed', 'text_empty', null], ['suppressed', 'text_too_long', null],
    ['failed', 'smpp_0x0000000b', 'ESME_RINVDSTADR'], ['undelivered', null, '011'], ['expired', null, null], ['cancelled', 'run_cancelled', null],
    ['unknown', 'no_receipt', null], ['rejected', null, '=1+1'], ['failed', 'deadline', null],
  ]);
  assert.deepEqual([all[0].client, all[0].phone, all[0].message_id], ['Клиент @cmd', '+79164000041', null]);
  assert.deepEqual([all[6].client, all[6].phone], ['=HYPERLINK("http://x";"y") @cmd', '+79164000001']);
  assert.ok(all.every((m) => !Number.isNaN(Date.parse(m.at))));
  assert.equal(all[6].message_id.length, 18);
  const one = (await api.get(`/v1/messages/${all[6].message_id}`)).body;
  assert.deepEqual([one.campaign_id, one.campaign_name], [run.id, 'Draft']);
});

test('a kind, or a kind and a reason, narrow it down', async () => {
  const brief = async (reason) => (await pages(run.id, `&reason=${reason}`)).map((m) => `${m.kind}:${m.reason}`);
  assert.deepEqual(await brief('suppressed:opt_out'), Array(3).fill('suppressed:opt_out'));
  assert.deepEqual((await brief('suppressed')).length, 6);
  assert.deepEqual(await brief('failed'), ['failed:smpp_0x0000000b', 'failed:deadline']);
  assert.deepEqual(await brief('failed:smpp_0x0000000b'), ['failed:smpp_0x0000000b']);
  assert.deepEqual(await brief('undelivered'), ['undelivered:null']);
  assert.deepEqual(await brief('failed:opt_out'), []);
  for (const wrong of ['delivered', 'failed:why', 'failed:smpp_0xzz', ''])
    assert.equal((await api.get(`/v1/campaigns/${run.id}/missed?reason=${wrong}`)).body.errors?.[0].field, 'reason', wrong);
  for (const wrong of ['x1', 'c', '17']) assert.equal((await api.get(`/v1/campaigns/${run.id}/missed?cursor=${wrong}`)).status, 422);
});

test('the summary counts what the pages tell', async () => {
  const { body } = await api.get(`/v1/campaigns/${run.id}/missed/summary`);
  const all = await pages(run.id);
  const counted = {};
  for (const m of all) counted[`${m.kind}:${m.reason}`] = (counted[`${m.kind}:${m.reason}`] ?? 0) + 1;
  assert.equal(body.total, all.length);
  assert.deepEqual(Object.fromEntries(body.groups.map((g) => [`${g.kind}:${g.reason}`, g.count])), counted);
  assert.deepEqual(body.groups.map((g) => g.count), body.groups.map((g) => g.count).sort((a, b) => b - a));
});

test('the file opens in a table program and runs nothing there', async () => {
  const masked = await api.get(`/v1/campaigns/${run.id}/missed.csv`);
  assert.equal(masked.status, 200);
  assert.match(masked.headers.get('content-disposition'), /attachment; filename="missed-[0-9]+\.csv"/);
  assert.doesNotMatch(masked.body, /HYPERLINK|400-00-01/, 'in full it is an export');
  const made = await api.post('/v1/exports', { kind: 'missed', campaign_id: run.id, reason: 'a test' });
  assert.deepEqual([made.status, made.body.rows], [201, 13], made.text);
  const { status, headers, body } = await api.post(`/v1/exports/${made.body.id}/file`);
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /^text\/csv/);
  const raw = new Uint8Array(await (await fetch(`${api.base}/v1/campaigns/${run.id}/missed.csv`, { headers: { authorization: `Bearer ${api.token}` } })).arrayBuffer());
  assert.deepEqual([...raw.slice(0, 3)], [0xef, 0xbb, 0xbf]);
  const lines = body.replace(/^\uFEFF/, '').split('\r\n');
  assert.equal(lines.length, 1 + 13 + 1);
  const cells = lines.slice(1, -1).map((line) => [...line.matchAll(/(?:^|;)(?:"((?:[^"]|"")*)"|([^;]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2]));
  assert.ok(cells.every((row) => row.length === 10), JSON.stringify(cells));
  for (const row of cells) for (const cell of row) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
  assert.deepEqual(cells[6].slice(0, 5), ['S1', `'=HYPERLINK("http://x";"y")`, `'@cmd`, '', '7 916 400-00-01']);
  assert.deepEqual(cells[6].slice(5, 8), ['not taken by an operator', 'the operator refused it', 'ESME_RINVDSTADR']);
  assert.equal(cells[11][7], `'=1+1`);
  const filtered = (await api.get(`/v1/campaigns/${run.id}/missed.csv?reason=expired`)).body;
  assert.equal(filtered.split('\r\n').length, 3);
});

test('a campaign without a run has nobody to tell of, and one that is not there is a 404', async () => {
  const { id } = await create();
  assert.deepEqual((await api.get(`/v1/campaigns/${id}/missed`)).body, { missed: [], next_cursor: null });
  assert.deepEqual((await api.get(`/v1/campaigns/${id}/missed/summary`)).body, { groups: [], total: 0 });
  assert.equal((await api.get(`/v1/campaigns/${id}/missed.csv`)).body.replace(/^\uFEFF/, '').split('\r\n').length, 2);
  for (const path of ['missed', 'missed/summary', 'missed.csv'])
    assert.equal((await api.get(`/v1/campaigns/999999/${path}`)).status, 404);
});
