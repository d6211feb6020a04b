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
  assert.deepEqual({ ...body, id: made.id, name: made.name, created_at: made.created_at }, { ...made, department_id: '2' });
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
    const { rows } = await fleet.db.query('SELECT m.msisdn, m.text FROM control_message c JOIN message m ON m.id = c.message_id ORDER BY 1');
    const arrivals = await fleet.arrivals();
    return rows.length === 2 && rows.every(({ msisdn }) => arrivals.get(`${msisdn}/0`) === 1) && rows;
  }, { timeoutMs: 30_000 });
  assert.deepEqual(sent, [{ msisdn: 79161110001, text: 'Hi Olga from [city]' }, { msisdn: 79161110002, text: 'Hi Petr from [city]' }]);
  assert.equal((await fleet.counts(id)).messages, 5);

  for (const { id: number } of (await api.get('/v1/control-numbers')).body.control_numbers)
    assert.equal((await api.request('DELETE', `/v1/control-numbers/${number}`)).status, 204);
  assert.equal((await api.request('DELETE', `/v1/control-numbers/${all.id}`)).status, 404);
});

test('a control group gets nothing, stays the same, and is compared with', { timeout: 180_000 }, async () => {
  const list_id = await listOf(2000);
  // Who gets nothing anyway is in no group.
  await fleet.db.query(`INSERT INTO opt_out (msisdn, scope) SELECT c.msisdn, 'all' FROM client c JOIN list_member m ON m.client_id = c.id WHERE m.list_id = $1 AND c.id % 10 = 0`, [list_id]);
  const members = async () => (await fleet.db.query(
    'SELECT s.client_id FROM suppression s JOIN run r ON r.id = s.run_id WHERE r.campaign_id = (SELECT max(id) FROM campaign) AND s.reason = 50 ORDER BY 1')).rows.map((row) => row.client_id);
  const send = async (control_group) => {
    const { id } = await create({ list_id, control_group, goal: { action: 'purchase', days: 7 } });
    const { body: check } = await api.get(`/v1/campaigns/${id}/check`);
    await launch(id);
    const counts = await fleet.finished(id, 60_000);
    assert.deepEqual([counts.messages, counts.suppressed], [check.recipients, 2000 - check.recipients], 'the check said so');
    const held = await members();
    assert.equal(check.left_out.find(({ reason }) => reason === 'control_group').count, held.length);
    return { id, held, counts };
  };
  const shared = await send({ percent: 20, by: 'company' });
  assert.ok(Math.abs(shared.held.length - 360) < 5 * Math.sqrt(1800 * 0.2 * 0.8), `${shared.held.length} of 1800 are held back`);
  assert.deepEqual((await send({ percent: 20, by: 'company' })).held, shared.held, 'the same clients every time');
  const smaller = (await send({ percent: 5, by: 'company' })).held;
  assert.ok(smaller.every((id) => shared.held.includes(id)), 'a smaller group is part of it');
  assert.notDeepEqual((await send({ percent: 20, by: 'department' })).held, shared.held);
  const own = await send({ percent: 20 });
  assert.notDeepEqual(own.held, shared.held);

  // Of those who got a message a fifth bought for 100, of the group a twentieth; what came before or too late counts not.
  await fleet.db.query(
    `INSERT INTO action (client_id, at, amount_micro, kind)
     SELECT u.client_id, u.at + shift, 100000000, k.id
       FROM action_kind k, unnest('{1 s}'::interval[]) AS shift,
            (SELECT client_id, to_timestamp((id >> 32) + 1577836800) AS at, row_number() OVER (ORDER BY id) % 5 = 0 AS bought FROM message WHERE id & ~255::bigint IN (SELECT b.id FROM batch b JOIN run r ON r.id = b.run_id WHERE r.campaign_id = $1)
             UNION ALL SELECT s.client_id, s.at, row_number() OVER (ORDER BY s.client_id) % 20 = 0 FROM suppression s JOIN run r ON r.id = s.run_id WHERE r.campaign_id = $1 AND s.reason = 50) u
      WHERE k.code = 'purchase' AND bought
     UNION ALL
     SELECT s.client_id, s.at + shift, 100000000, k.id FROM action_kind k, unnest('{-1 min,8 days}'::interval[]) AS shift, suppression s JOIN run r ON r.id = s.run_id
      WHERE r.campaign_id = $1 AND k.code = 'purchase'`, [own.id]);
  const { status, body, text } = await api.get(`/v1/campaigns/${own.id}/results`);
  assert.equal(status, 200, text);
  const [variant] = body.variants;
  const [acted, held] = [Math.floor(own.counts.messages / 5), Math.floor(own.held.length / 20)];
  assert.deepEqual([variant.messages, variant.sent, variant.delivered, variant.acted, Number(variant.value)], [own.counts.messages, own.counts.messages, own.counts.messages, acted, acted * 100]);
  assert.deepEqual([body.control_group.clients, body.control_group.acted], [own.held.length, held]);
  const { difference, low, high, sure } = variant.against_control;
  assert.ok(Math.abs(difference - (acted / own.counts.messages - held / own.held.length)) < 1e-4);
  assert.ok(low > 0.05 && low < difference && difference < high && sure, JSON.stringify(variant.against_control));
  assert.deepEqual([body.goal.action, body.goal.days, body.goal.complete, variant.against_first], ['purchase', 7, false, null]);
});

test('a goal is named before the launch, and a control group too', async () => {
  for (const [more, field] of [
    [{ goal: { action: 'flight', days: 7 } }, 'goal.action'], [{ goal: { action: 'purchase', days: 91 } }, 'goal.days'], [{ goal: { action: 'purchase' } }, 'goal.days'],
    [{ control_group: { percent: 51 } }, 'control_group.percent'], [{ control_group: { percent: 5, by: 'me' } }, 'control_group.by'], [{ control_group: 5 }, 'control_group'],
  ]) {
    const { status, body } = await api.post('/v1/campaigns', { name: 'x', ...more });
    assert.deepEqual([status, body.errors[0].field], [422, field]);
  }
  const made = await create({ goal: { action: 'visit', days: 3 }, control_group: { percent: 7 } });
  assert.deepEqual([made.goal, made.control_group], [{ action: 'visit', days: 3 }, { percent: 7, by: 'campaign' }]);
  const changed = (await api.patch(`/v1/campaigns/${made.id}`, { name: 'y', goal: null })).body;
  assert.deepEqual([changed.goal, changed.control_group], [null, { percent: 7, by: 'campaign' }]);
  await launch(made.id);
  const late = await api.patch(`/v1/campaigns/${made.id}`, { goal: { action: 'visit', days: 9 } });
  assert.deepEqual([late.status, /only a draft/.test(late.body.detail)], [409, true]);
  const { body } = await api.get(`/v1/campaigns/${made.id}/results`);
  assert.deepEqual([body.goal, body.control_group], [null, null]);
  assert.equal((await api.get('/v1/campaigns/999999/results')).status, 404);
});

test('how many of an audience get other campaigns, by department and campaign', { timeout: 120_000 }, async () => {
  await fleet.db.query("UPDATE campaign SET status = 'cancelled' WHERE status IN ('draft', 'planned')");
  const list_id = await listOf(100);
  const half = await listOf(0);
  await fleet.db.query('INSERT INTO list_member (list_id, client_id) SELECT $2, client_id FROM list_member WHERE list_id = $1 ORDER BY client_id LIMIT 40', [list_id, half]);
  const of = async (department, more) => {
    const { id } = await create(more);
    await fleet.db.query('UPDATE campaign SET department_id = $2 WHERE id = $1', [id, department]);
    await launch(id);
    return id;
  };
  const got = await of(2, { list_id: half, name: 'Got' });
  await fleet.finished(got, 60_000);
  const paced = await of(3, { list_id, name: 'Paced', pace_per_min: 100 });
  await waitFor('some to get it', async () => (await fleet.counts(paced)).messages >= 10);
  await api.post(`/v1/campaigns/${paced}/pause`);
  const planned = await of(3, { list_id: half, name: 'Planned', start_at: new Date(Date.now() + 3 * 86_400_000).toISOString() });
  await of(3, { list_id: half, name: 'Far off', start_at: new Date(Date.now() + 20 * 86_400_000).toISOString() });
  const { id } = await create({ list_id });
  const { status, body, text } = await api.get(`/v1/campaigns/${id}/overlap`);
  assert.equal(status, 200, text);
  const sent = (await fleet.counts(paced)).messages;
  assert.deepEqual([body.clients, body.exact, body.days], [100, true, 7]);
  const by = Object.fromEntries(body.campaigns.map((row) => [row.campaign_id, row]));
  assert.deepEqual(Object.keys(by).sort(), [got, paced, planned].map(String).sort());
  assert.deepEqual([by[got].received, by[got].planned, by[got].department], [40, 0, 'Cards']);
  assert.deepEqual([by[paced].received, by[paced].planned], [sent, 100 - sent]);
  assert.deepEqual([by[planned].received, by[planned].planned, by[planned].status], [0, 40, 'planned']);
  const loans = body.departments.find(({ department }) => department === 'Loans');
  assert.equal(loans.received, sent);
  assert.ok(loans.planned >= 100 - sent && loans.planned <= 100, 'nobody is counted twice');
  assert.equal((await api.get(`/v1/campaigns/${id}/overlap?days=30`)).body.campaigns.length, 4);
  assert.equal((await api.get(`/v1/campaigns/${id}/overlap?days=31`)).status, 422);
  assert.equal((await api.get('/v1/campaigns/999999/overlap')).status, 404);
  await api.post(`/v1/campaigns/${paced}/cancel`);
});
