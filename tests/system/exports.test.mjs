// SPDX-License-Identifier: AGPL-3.0-or-later
// Files with personal data: who may have them, for what, how much, what stands in them, and for how long.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const PHONE = '79161234567';
const FULL = /916.?123.?45.?67|Перетрухин/;

let house;
let api;
let campaign;
let client;
const people = {};

before(async () => {
  house = await House.open('exports');
  api = await Api.open(house, { config: { exports: { rows_max: 3 } } });
  await house.db.query("INSERT INTO role (code, rights) VALUES ('masked', '{profile,exports.make}'), ('reader', '{profile,campaigns.read,personal.read}')");
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  for (const role of ['privacy_officer', 'manager', 'masked', 'reader', 'analyst']) {
    await house.vestnik('user', 'add', role, '--name', `The ${role}`, '--role', role, '--password-file', path.join(house.dir, 'password'));
    people[role] = { http: await Http.signIn(api.base, role, PASSWORD), id: await house.value('SELECT id FROM person WHERE login = $1', [role]) };
  }
  const rows = Array.from({ length: 3 }, (_, i) => `C-${i};+${BigInt(PHONE) + BigInt(i)};Перетрухин`);
  assert.equal((await api.upload(`external_id;phone;last_name\n${rows.join('\n')}\n`)).status, 201);
  client = String(await house.value("SELECT id FROM client WHERE external_id = 'C-0'"));
  campaign = String(await house.value(`WITH c AS (INSERT INTO campaign (name, text, sender, class, category, status) VALUES ('x', 't', 'V', 1, 1, 'finished') RETURNING id)
    INSERT INTO run (campaign_id, status, deadline) SELECT id, 'finished', now() FROM c RETURNING campaign_id`));
  await house.db.query(`INSERT INTO suppression (run_id, client_id, msisdn, reason) SELECT r.id, c.id, c.msisdn, 1 FROM run r, client c WHERE campaign_id = $1`, [campaign]);
});
after(async () => {
  await api.daemon.stop();
  await house.close();
});

const ask = async (as, method, where, body, status = 200) => {
  const answer = await people[as].http.raw(method, where, { body });
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
};
const make = (as = 'privacy_officer', more = {}, status = 201) => ask(as, 'POST', '/v1/exports', { kind: 'missed', campaign_id: campaign, reason: 'the branch calls them', ...more }, status);
const lines = (csv) => csv.replace(/^\uFEFF/, '').trim().split('\r\n');

test('R-35 an export needs the right and a reason; without it files are masked, whoever asks', async () => {
  await make('reader', {}, 403);
  await make('analyst', {}, 403);
  await make('privacy_officer', { reason: undefined }, 422);
  await make('privacy_officer', { reason: '' }, 422);
  await make('privacy_officer', { kind: 'clients' }, 422);
  await make('privacy_officer', { campaign_id: '999999' }, 404);
  assert.deepEqual((await make('privacy_officer', { filter: 'nothing' }, 422)).errors[0].field, 'filter');
  for (const role of ['reader', 'manager'])
    assert.doesNotMatch(await ask(role, 'GET', `/v1/campaigns/${campaign}/missed.csv`), FULL, role);
  assert.equal(await house.value('SELECT count(*) FROM export'), 0);
});

test('R-35 each line is marked with the export, who made it and when; making and fetching are in the logs', async () => {
  const { id, rows, masked } = await make();
  assert.deepEqual([rows, masked], [3, false]);
  const before = await house.value('SELECT coalesce(max(id), 0) FROM reading');
  const [head, ...all] = lines(await ask('privacy_officer', 'POST', `/v1/exports/${id}/file`));
  assert.match(head, /;"export"$/);
  assert.equal(all.length, 3);
  for (const line of all) {
    assert.match(line, FULL);
    assert.match(line, new RegExp(`;"${id}: The privacy_officer \\(person ${people.privacy_officer.id}\\), \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d"$`));
  }
  const read = (await house.db.query('SELECT * FROM reading WHERE id > $1', [before])).rows;
  assert.deepEqual(read.map((row) => [row.operation, row.people, row.masked, row.reason, row.address]),
    [['POST /v1/exports/{id}/file', 3, false, 'the branch calls them', '127.0.0.1']]);
  const logged = (await house.db.query("SELECT action, actor FROM audit WHERE kind = 'export' AND object = $1 ORDER BY id", [id])).rows;
  assert.deepEqual(logged.map(({ action }) => action), ['insert', 'update']);
  assert.ok(logged.every(({ actor }) => actor === `person ${people.privacy_officer.id}`));
});

test('R-35 who may not read personal data gets masks in an export, too', async () => {
  const { id, masked } = await make('masked');
  assert.equal(masked, true);
  assert.doesNotMatch(await ask('masked', 'POST', `/v1/exports/${id}/file`), FULL);
});

test('R-35 more rows than the limit are refused, when it is made and when it is fetched', async () => {
  const { id } = await make();
  await house.db.query(`WITH c AS (INSERT INTO client (external_id, msisdn) VALUES ('C-9', 79160000009) RETURNING id)
    INSERT INTO suppression (run_id, client_id, msisdn, reason) SELECT r.id, c.id, 79160000009, 2 FROM run r, c WHERE campaign_id = $1`, [campaign]);
  const refused = await make('privacy_officer', {}, 422);
  assert.match(refused.detail, /exports\.rows_max\), now 3/);
  await ask('privacy_officer', 'POST', `/v1/exports/${id}/file`, undefined, 422);
  assert.equal((await make('privacy_officer', { filter: 'suppressed:no_number' })).rows, 1);
});

test('R-35 an export is its maker\'s alone, and auditors see that it was', async () => {
  const { id } = await make('privacy_officer', { filter: 'suppressed:no_number' });
  await ask('manager', 'POST', `/v1/exports/${id}/file`, undefined, 404);
  await ask('manager', 'DELETE', `/v1/exports/${id}`, undefined, 404);
  assert.ok((await ask('manager', 'GET', '/v1/exports')).exports.some((one) => one.id === id && one.reason === 'the branch calls them'));
  assert.ok((await ask('masked', 'GET', '/v1/exports')).exports.every((one) => one.made_by === 'The masked'));
  const first = await ask('privacy_officer', 'GET', '/v1/exports?limit=1');
  assert.deepEqual([first.exports.length, first.exports[0].id], [1, id]);
  assert.notEqual((await ask('privacy_officer', 'GET', `/v1/exports?limit=1&cursor=${first.next_cursor}`)).exports[0].id, id);
});

test('R-35 it ends when its maker says so, and by itself after 30 days; whoever was erased since is not in it', async () => {
  const gone = await make('privacy_officer', { filter: 'suppressed:opt_out' });
  await ask('privacy_officer', 'DELETE', `/v1/exports/${gone.id}`, undefined, 204);
  assert.equal((await ask('privacy_officer', 'POST', `/v1/exports/${gone.id}/file`, undefined, 410)).type, 'urn:vestnik:problem:export-over');

  const kept = await make('privacy_officer', { filter: 'suppressed:opt_out' });
  assert.equal(Math.round((new Date(kept.expires_at) - new Date(kept.created_at)) / 86_400_000), 30);
  await ask('manager', 'POST', `/v1/clients/${client}/erase`, { reason: 'asked' }, 202);
  const scheduler = await house.start('schedulerd');
  await waitFor('the erasure', async () => await house.value('SELECT count(*) FROM erasure WHERE finished_at IS NULL') === 0);
  const csv = await ask('privacy_officer', 'POST', `/v1/exports/${kept.id}/file`);
  assert.doesNotMatch(csv, /916.?123.?45.?67/);
  assert.match(csv, /916.?123.?45.?68/);

  await house.db.query("UPDATE export SET created_at = created_at - interval '31 days', expires_at = expires_at - interval '31 days' WHERE id = $1", [kept.id]);
  await scheduler.stop();
  await house.start('schedulerd');
  await waitFor('the export to end', async () => await house.value('SELECT deleted_at IS NOT NULL FROM export WHERE id = $1', [kept.id]));
  await ask('privacy_officer', 'POST', `/v1/exports/${kept.id}/file`, undefined, 410);
});

test('R-35 everything about one person stands in the register, too', async () => {
  const other = String(await house.value("SELECT id FROM client WHERE external_id = 'C-1'"));
  await ask('privacy_officer', 'POST', '/v1/people/export', { client_id: other, reason: 'asked to be told' });
  const [row] = (await ask('privacy_officer', 'GET', '/v1/exports')).exports;
  assert.deepEqual([row.kind, row.client_id, row.reason, row.rows], ['person', other, 'asked to be told', 1]);
  await ask('privacy_officer', 'POST', `/v1/exports/${row.id}/file`, undefined, 410);
});
