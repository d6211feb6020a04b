// SPDX-License-Identifier: AGPL-3.0-or-later
// What a campaign does with its audience, beside the texts: copies of it, numbers of the staff that get it too.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('control_group', { config: { apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } } } });
  const token = (await fleet.house.vestnik('token', 'create', 'test')).trim();
  api = new Api(fleet.house, fleet.daemons.apid[0], token);
  await fleet.db.query("INSERT INTO department (id, parent_id, name, path) VALUES (2, 1, 'Cards', '{}'), (3, 1, 'Loans', '{}')");
});
after(() => fleet?.close());

const create = async (more = {}) => {
  const { status, body, text } = await api.post('/v1/campaigns', { name: 'Sale', category: 'service', class: 'service', text: 'Hi {first_name}', sender: 'V', ...more });
  assert.equal(status, 201, text);
  return body;
};
const launch = async (id) => {
  const { status, text } = await api.post(`/v1/campaigns/${id}/launch`);
  assert.equal(status, 200, text);
};
let next = 1;
/** A list of so many new clients. */
const listOf = async (count) => {
  const first = next;
  next += count;
  const { rows } = await fleet.db.query(`INSERT INTO list (name) VALUES ('l' || $1::int) RETURNING id`, [first]);
  await fleet.db.query(
    `WITH c AS (INSERT INTO client (external_id, msisdn, first_name)
       SELECT 'c' || n, 79000000000 + n, 'Client ' || n FROM generate_series($1::int, $2::int) n RETURNING id)
     INSERT INTO list_member (list_id, client_id) SELECT $3, id FROM c`, [first, first + count - 1, rows[0].id]);
  await fleet.db.query('UPDATE list SET size = $2 WHERE id = $1', [rows[0].id, count]);
  return String(rows[0].id);
};

test('every column of a campaign is copied, or said to be what happened', async () => {
  const { rows } = await fleet.db.query(`
    SELECT coalesce(a.attname, k.name) AS name FROM (SELECT attname FROM pg_attribute WHERE attrelid = 'campaign'::regclass AND attnum > 0 AND NOT attisdropped) a
      FULL JOIN campaign_column k ON k.name = a.attname WHERE a.attname IS NULL OR k.name IS NULL`);
  assert.deepEqual(rows, [], 'say in campaign_column whether a copy of a campaign has it too');
});

test('a copy is a draft with what a person set', async () => {
  const list_id = await listOf(2);
  const made = await create({ list_id, priority: 7, max_parts: 3, validity_s: 7200, pace_per_min: 600, account: 'sim', spelling: 'latin', cap_exempt: 'asked for', start_at: '2040-01-01T00:00:00Z', report_statuses: true, after_hours: 'cancel' });
  await fleet.db.query("UPDATE campaign SET department_id = 2, status = 'finished', launched_at = now(), finished_at = now(), problem = 'x', client_departments = '{1}' WHERE id = $1", [made.id]);
  const { status, body } = await api.post(`/v1/campaigns/${made.id}/copy`);
  assert.equal(status, 201);
  assert.deepEqual({ ...body, id: made.id, name: made.name, created_at: made.created_at }, made);
  assert.deepEqual([body.name, body.status], ['Sale (2)', 'draft']);
  const row = async (id) => (await fleet.db.query('SELECT to_jsonb(c) AS c FROM campaign c WHERE id = $1', [id])).rows[0].c;
  const [from, to] = [await row(made.id), await row(body.id)];
  for (const { name } of (await fleet.db.query('SELECT name FROM campaign_column WHERE copied')).rows) assert.deepEqual(to[name], from[name], name);
  assert.deepEqual([to.problem, to.client_departments, to.launched_at], [null, null, null]);

  assert.equal((await api.post(`/v1/campaigns/${body.id}/copy`)).body.name, 'Sale (3)');
  assert.equal((await api.post(`/v1/campaigns/${body.id}/copy`, { name: 'December' })).body.name, 'December');
  await fleet.db.query("UPDATE campaign SET start_at = now() - interval '1 day' WHERE id = $1", [made.id]);
  assert.equal((await api.post(`/v1/campaigns/${made.id}/copy`)).body.start_at, null, 'a start that is over is none');
  assert.equal((await api.post('/v1/campaigns/999999/copy')).status, 404);
});

test('control numbers get each campaign of their department and of those below, counted nowhere', { timeout: 120_000 }, async () => {
  const add = async (phone, name, department_id) => (await api.post('/v1/control-numbers', { phone, name, ...(department_id ? { department_id } : {}) })).body;
  const all = await add('+79161110001', 'Olga');
  await add('+79161110002', 'Petr', '2');
  await add('+79161110003', 'Ivan', '3');
  await add('+79161110001', 'Olga again', '2'); // gets one copy
  assert.deepEqual([all.phone, all.department_name], ['+79161110001', 'Компания']);
  assert.equal((await api.post('/v1/control-numbers', { phone: '12', name: 'x' })).status, 422);
  assert.equal((await api.post('/v1/control-numbers', { phone: '+79161110001', name: 'x', department_id: '99' })).body.errors[0].field, 'department_id');

  const { id } = await create({ list_id: await listOf(5), text: 'Hi {first_name} from {city}' });
  await fleet.db.query("UPDATE client SET city = 'Tver'");
  await fleet.db.query('UPDATE campaign SET department_id = 2 WHERE id = $1', [id]);
  await launch(id);
  const counts = await fleet.finished(id, 60_000);
  assert.deepEqual([counts.audience, counts.messages, counts.delivered], [5, 5, 5]);
  const sent = await waitFor('the copies', async () => {
    const { rows } = await fleet.db.query('SELECT c.msisdn, m.text FROM control_message c JOIN message m ON m.id = c.message_id ORDER BY 1');
    const arrivals = await fleet.arrivals();
    return rows.length === 2 && rows.every(({ msisdn }) => arrivals.get(`${msisdn}/0`) === 1) && rows;
  }, { timeoutMs: 30_000 });
  assert.deepEqual(sent, [{ msisdn: 79161110001, text: 'Hi Olga from [city]' }, { msisdn: 79161110002, text: 'Hi Petr from [city]' }]);
  assert.equal((await fleet.counts(id)).messages, 5);

  for (const { id: number } of (await api.get('/v1/control-numbers')).body.control_numbers)
    assert.equal((await api.request('DELETE', `/v1/control-numbers/${number}`)).status, 204);
  assert.equal((await api.request('DELETE', `/v1/control-numbers/${all.id}`)).status, 404);
});
