// SPDX-License-Identifier: AGPL-3.0-or-later
// A second person's word before a launch: what it holds for, who may give it, what voids it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const CLIENTS = 30;
let house;
let api;
let list;
const person = {};

async function add(login, role, department = 1) {
  await house.vestnik('user', 'add', login, '--name', login, '--role', role, '--password-file', path.join(house.dir, 'password'));
  if (department !== 1)
    await house.db.query('UPDATE person_role SET department_id = $2 WHERE person_id = (SELECT id FROM person WHERE login = $1)', [login, department]);
  person[login] = await Http.signIn(api.base, login, PASSWORD);
}

const draft = async (who = person.anna, more = {}) => {
  const { status, body } = await who.raw('POST', '/v1/campaigns', { body: { name: 'spring', text: 'Hello, {first_name}!', sender: 'Vestnik', class: 'service', category: 'service', list_id: list, ...more } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
};
const path_ = (id, deed) => `/v1/campaigns/${id}/approval${deed ? `/${deed}` : ''}`;
const ask = async (who, id) => {
  const { status, body } = await who.raw('POST', path_(id, 'request'));
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const approve = (who, id, digest, more = {}) => who.raw('POST', path_(id, 'approve'), { body: { digest, ...more } });
const launchBare = (who, id) => who.raw('POST', `/v1/campaigns/${id}/launch`);
const state = async (id) => (await api.get(path_(id))).body;
/** apid reads accounts anew every few seconds. */
const known = (what, id, holds) => waitFor(`apid to know ${what}`, async () => holds((await api.get(`/v1/campaigns/${id}/check`)).body), { timeoutMs: 20_000 });
/** Asked for and approved; resolves to the campaign. */
async function approved(more) {
  const id = await draft(person.anna, more);
  const { digest } = await ask(person.anna, id);
  const answer = await approve(person.boris, id, digest);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return id;
}

before(async () => {
  house = await House.open('approvals');
  await house.db.query("INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('main', 'x', 1, 'x', 2000000)");
  await house.db.query("INSERT INTO client (external_id, msisdn, first_name) SELECT 'c' || n, 79000000000 + n, 'Client ' || n FROM generate_series(1, $1::int) n", [CLIENTS + 5]);
  list = await house.value("WITH l AS (INSERT INTO list (name, size) VALUES ('everybody', $1) RETURNING id), m AS (INSERT INTO list_member SELECT l.id, c.id FROM l, client c ORDER BY c.id LIMIT $1) SELECT id::text FROM l", [CLIENTS]);
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await add('anna', 'author');
  await add('boris', 'approver');
  await add('vera', 'approver');
  await add('gleb', 'author');
  await add('dina', 'head');
});
after(() => house?.close());

test('without a rule nobody needs to be asked; below the threshold neither', async () => {
  assert.equal((await launchBare(person.anna, await draft())).status, 200);
  const put = await api.put('/v1/approval-rules', { department_id: '1', clients: CLIENTS, cost: null });
  assert.equal(put.status, 200, put.text);
  assert.deepEqual(put.body.rules.map(({ department_id, clients, cost }) => [department_id, clients, cost]), [['1', CLIENTS, null]]);
  assert.equal((await launchBare(person.anna, await draft())).status, 200, 'as many as the threshold are not above it');
  await api.put('/v1/approval-rules', { department_id: '1', clients: null, cost: '59.99' });
  const dear = await launchBare(person.anna, await draft());
  assert.equal(dear.status, 409);
  assert.match(dear.body.type, /approval-needed/);
  assert.match(dear.body.detail, /Ask for approval/);
  assert.deepEqual((await api.get(`/v1/campaigns/${await draft()}/check`)).body.money, { cost_ceiling: '60.00', budget_of: null, budget_left: null, needs_approval: true });
  await api.put('/v1/approval-rules', { department_id: '1', clients: 10, cost: null });
  assert.equal((await launchBare(person.anna, await draft())).status, 409);
  const wrong = await api.put('/v1/approval-rules', { department_id: '77', clients: 1, cost: 'x' });
  assert.deepEqual(wrong.body.errors.map(({ field }) => field), ['cost']);
});

test('asked, approved, launched; what was approved is kept', async () => {
  const id = await draft();
  const asked = await ask(person.anna, id);
  assert.deepEqual([asked.status, asked.clients, asked.cost_ceiling, asked.requested_by, asked.current], ['waiting', CLIENTS, '60.00', 'anna', true]);
  const waiting = await launchBare(person.anna, id);
  assert.equal(waiting.status, 409);
  assert.match(waiting.body.detail, /waits for the word/);
  const mine = (await person.boris.raw('GET', '/v1/approvals')).body.approvals;
  assert.deepEqual(mine.map(({ campaign_id }) => campaign_id), [id]);
  const done = await approve(person.boris, id, asked.digest, { reason: 'Good' });
  assert.equal(done.status, 200, JSON.stringify(done.body));
  assert.deepEqual([done.body.status, done.body.decided_by, done.body.reason], ['approved', 'boris', 'Good']);
  assert.deepEqual((await person.boris.raw('GET', '/v1/approvals')).body.approvals, []);
  assert.equal((await launchBare(person.anna, id)).status, 200);
  assert.equal(await house.value("SELECT digest = sha256(convert_to(subject::text, 'UTF8')) AND subject->'campaign'->>'text' = 'Hello, {first_name}!' FROM approval WHERE campaign_id = $1", [id]), true);
  assert.equal(await house.value('SELECT most_micro::text FROM budget_hold WHERE campaign_id = $1', [id]), '60000000', 'a run is held to what was approved');
});

test('R-30 change one character of what was approved, and it needs approval again', async () => {
  const id = await approved();
  const changed = await person.anna.raw('PATCH', `/v1/campaigns/${id}`, { body: { text: 'Hello, {first_name}?' } });
  assert.equal(changed.status, 200);
  const refused = await launchBare(person.anna, id);
  assert.equal(refused.status, 409);
  assert.match(refused.body.type, /approval-needed/);
  assert.match(refused.body.detail, /changed after it was approved/);
  assert.equal((await state(id)).current, false);
  const again = await ask(person.anna, id);
  assert.equal((await launchBare(person.anna, id)).status, 409);
  assert.equal((await approve(person.boris, id, again.digest)).status, 200);
  assert.equal((await launchBare(person.anna, id)).status, 200);
});

test('R-30 sender, schedule, pace, priority, list, its members and its price count like the text', async () => {
  const other = await house.value("INSERT INTO list (name) VALUES ('others') RETURNING id::text");
  await house.db.query('INSERT INTO list_member SELECT $1, id FROM client ORDER BY id LIMIT 20', [other]);
  for (const change of [
    { sender: 'Vestnik2' }, { start_at: '2031-01-01T10:00:00Z' }, { pace_per_min: 100 }, { priority: 6 }, { list_id: other },
    { validity_s: 7200 }, { max_parts: 2 }, { after_hours: 'cancel' }, { category: 'transactional' }, { spelling: 'plain' },
  ]) {
    const id = await approved();
    assert.equal((await person.anna.raw('PATCH', `/v1/campaigns/${id}`, { body: change })).status, 200, JSON.stringify(change));
    const refused = await launchBare(person.anna, id);
    assert.equal(refused.status, 409, JSON.stringify(change));
  }
  const outside = [
    ['somebody else instead', 'UPDATE list_member SET client_id = $2::bigint + 5 WHERE list_id = $1 AND client_id = $2', 'UPDATE list_member SET client_id = $2 WHERE list_id = $1 AND client_id = $2::bigint + 5'],
    ['one more', 'INSERT INTO list_member SELECT $1, $2::bigint + 5', 'DELETE FROM list_member WHERE list_id = $1 AND client_id = $2::bigint + 5'],
  ];
  const last = await house.value('SELECT max(client_id) FROM list_member WHERE list_id = $1', [list]);
  for (const [what, sql, back] of outside) {
    const id = await approved();
    await house.db.query(sql, [list, last]);
    assert.equal((await launchBare(person.anna, id)).status, 409, what);
    await house.db.query(back, [list, last]);
    assert.equal((await launchBare(person.anna, id)).status, 200, `${what}, and as it was`);
  }
  // Dearer than what was approved; cheaper is no reason to ask again.
  const [dearer, cheaper] = [await approved(), await approved()];
  const price = async (micro) => {
    await house.db.query('UPDATE account SET price_micro = $1, changed_at = clock_timestamp()', [micro]);
    await known('the price', dearer, ({ cost }) => Math.round(Number(cost) * 1e6) === micro * CLIENTS);
  };
  await price(2000001);
  const refused = await launchBare(person.anna, dearer);
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /cost more than was approved/);
  await price(1990000);
  assert.equal((await launchBare(person.anna, cheaper)).status, 200);
  await price(2000000);
});

test('R-30 neither who wrote it, nor who changed it last, nor who asked, nor a program', async () => {
  // The head may do both: write, as a manager would, and approve.
  await house.db.query("UPDATE role SET rights = rights || '{campaigns.edit,lists.edit,clients.read}' WHERE code IN ('head', 'approver')");
  person.dina = await Http.signIn(api.base, 'dina', PASSWORD);
  const own = await draft(person.dina);
  const mine = await ask(person.gleb, own);
  const refused = await approve(person.dina, own, mine.digest);
  assert.equal(refused.status, 403);
  assert.match(refused.body.type, /own-campaign/);
  assert.ok(!(await person.dina.raw('GET', '/v1/approvals')).body.approvals.some(({ campaign_id }) => campaign_id === own));

  const edited = await draft(person.anna);
  assert.equal((await person.vera.raw('PATCH', `/v1/campaigns/${edited}`, { body: { name: 'summer' } })).status, 200);
  const asked = await ask(person.anna, edited);
  assert.match((await approve(person.vera, edited, asked.digest)).body.type, /own-campaign/);

  const hers = await ask(person.boris, await draft(person.anna));
  assert.match((await approve(person.boris, hers.campaign_id, hers.digest)).body.type, /own-campaign/);
  assert.equal((await approve(person.vera, hers.campaign_id, hers.digest)).status, 200);

  const id = await draft();
  const { digest } = await ask(person.anna, id);
  assert.equal((await api.post(path_(id, 'approve'), { digest })).status, 403, 'a program is no person');
  assert.equal((await approve(person.gleb, id, digest)).status, 403, 'an author has not the right');
});

test('declined with a reason, and asked again; an old digest and a campaign that grew approve nothing', async () => {
  const id = await draft();
  const first = await ask(person.anna, id);
  assert.equal((await person.boris.raw('POST', path_(id, 'decline'), { body: { digest: first.digest } })).status, 422);
  const no = await person.boris.raw('POST', path_(id, 'decline'), { body: { digest: first.digest, reason: 'Who is it from?' } });
  assert.deepEqual([no.status, no.body.status, no.body.reason], [200, 'declined', 'Who is it from?']);
  assert.match((await launchBare(person.anna, id)).body.detail, /declined/);
  assert.equal((await approve(person.boris, id, first.digest)).status, 409, 'it is decided');
  await person.anna.raw('PATCH', `/v1/campaigns/${id}`, { body: { text: 'Hello, {first_name}! Vestnik' } });
  const second = await ask(person.anna, id);
  assert.notEqual(second.digest, first.digest);
  assert.match((await approve(person.boris, id, first.digest)).body.type, /approval-outdated/);
  await person.anna.raw('PATCH', `/v1/campaigns/${id}`, { body: { text: 'Hello, {first_name}! Vestnik.' } });
  assert.match((await approve(person.boris, id, second.digest)).body.type, /approval-outdated/, 'changed after it was asked for');
  const third = await ask(person.anna, id);
  assert.equal((await approve(person.boris, id, third.digest)).status, 200);
});

test('what the campaign\'s check forbids cannot be asked for, and not be approved', async () => {
  const { status, body } = await person.anna.raw('POST', path_(await draft(person.anna, { text: '' }), 'request'));
  assert.equal(status, 422);
  assert.match(body.type, /incomplete-campaign/);
  const id = await draft();
  const { digest } = await ask(person.anna, id);
  await house.db.query('UPDATE account SET enabled = false, changed_at = clock_timestamp()');
  await known('that nothing can be sent', id, ({ problems }) => problems.length > 0);
  assert.equal((await approve(person.boris, id, digest)).status, 422);
  await house.db.query('UPDATE account SET enabled = true, changed_at = clock_timestamp()');
  await known('that it can', id, ({ problems }) => problems.length === 0);
  assert.equal((await approve(person.boris, id, digest)).status, 200);
});

test('a substitute approves in another\'s place on these days alone, and never what that one could not', async () => {
  await add('zoya', 'analyst');
  const day = (plus) => house.value("SELECT (company_day(now()) + $1::int)::text", [plus]);
  const tomorrow = { login: 'zoya', from: await day(1), until: await day(2) };
  assert.equal((await person.boris.raw('POST', '/v1/substitutes', { body: tomorrow })).status, 201);
  assert.equal((await person.zoya.raw('GET', '/v1/approvals')).status, 403, 'not yet');
  const today = await person.boris.raw('POST', '/v1/substitutes', { body: { login: 'zoya', from: await day(-1), until: await day(0) } });
  assert.equal(today.status, 201, JSON.stringify(today.body));
  assert.equal((await person.zoya.raw('GET', '/v1/substitutes')).body.substitutes.length, 2);
  assert.ok((await person.zoya.raw('GET', '/v1/me')).body.rights.includes('campaigns.approve'));

  // Boris changed it himself: his substitute stands where he stands.
  const his = await draft(person.anna);
  await person.boris.raw('PATCH', `/v1/campaigns/${his}`, { body: { name: 'his' } });
  const asked = await ask(person.anna, his);
  assert.equal((await approve(person.zoya, his, asked.digest)).status, 403);
  const other = await draft(person.anna);
  const { digest } = await ask(person.anna, other);
  const done = await approve(person.zoya, other, digest);
  assert.deepEqual([done.status, done.body.decided_by, done.body.in_place_of], [200, 'zoya', 'boris']);

  // Whoever wrote it does not become its approver by standing in for one.
  await person.vera.raw('POST', '/v1/substitutes', { body: { login: 'anna', from: await day(0), until: await day(0) } });
  const annas = await draft(person.anna);
  const own = await ask(person.gleb, annas);
  assert.match((await approve(person.anna, annas, own.digest)).body.type, /own-campaign/);

  assert.equal((await person.boris.raw('DELETE', `/v1/substitutes/${today.body.id}`)).status, 204);
  assert.equal((await person.zoya.raw('GET', '/v1/approvals')).status, 403);
  assert.equal((await person.boris.raw('POST', '/v1/substitutes', { body: { login: 'boris', from: await day(0), until: await day(0) } })).status, 422);
});

test('who approves in one department does not in another; a rule binds all below it', async () => {
  const north = await house.value("INSERT INTO department (parent_id, name, path) VALUES (1, 'North', '{}') RETURNING id::text");
  const south = await house.value("INSERT INTO department (parent_id, name, path) VALUES (1, 'South', '{}') RETURNING id::text");
  await add('nina', 'approver', north);
  const ids = [];
  for (const department of [north, south]) {
    const id = await draft();
    await house.db.query('UPDATE campaign SET department_id = $2 WHERE id = $1', [id, department]);
    ids.push([id, (await ask(person.anna, id)).digest]);
  }
  assert.equal((await approve(person.nina, ...ids[1])).status, 404, 'what is the south\'s is not there for the north');
  assert.equal((await approve(person.nina, ...ids[0])).status, 200);
  await api.put('/v1/approval-rules', { department_id: '1', clients: null, cost: null });
  assert.deepEqual((await api.get('/v1/approval-rules')).body.rules, []);
  await api.put('/v1/approval-rules', { department_id: south, clients: 0, cost: null });
  const free = await draft();
  assert.equal((await launchBare(person.anna, free)).status, 200, 'the rule is the south\'s alone');
  assert.equal((await launchBare(person.anna, ids[1][0])).status, 409);
});
