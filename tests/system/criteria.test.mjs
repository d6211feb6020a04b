// SPDX-License-Identifier: AGPL-3.0-or-later
// Criteria of lists against a naive filter over the same rows: random trees of every criterion and operator.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Naive } from './lib/naive-criteria.mjs';
import { Random } from './lib/random.mjs';
import { House, waitFor } from './lib/stack.mjs';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const TREES = Number(process.env.TREES ?? 1000);
const CLIENTS = 180;

let house;
let api;
let naive;
const random = new Random(SEED);

before(async () => {
  house = await House.open('criteria');
  api = await Api.open(house);
  naive = await Naive.fill(house.db, random, CLIENTS);
});
after(() => house.close());

const fulfilling = async (criteria) => {
  const { status, body } = await api.post('/v1/criteria/preview', { criteria, limit: 200 });
  assert.equal(status, 200, `${JSON.stringify(body)}\n${JSON.stringify(criteria)}`);
  return body.clients.map(({ id }) => id);
};

const counted = async (criteria) => {
  const { status, body } = await api.post('/v1/criteria/count', { criteria });
  assert.equal(status, 200, `${JSON.stringify(body)}\n${JSON.stringify(criteria)}`);
  return body.clients;
};

test('each criterion with each operator finds whom a naive filter finds', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const { criteria } = (await api.get('/v1/criteria')).body;
  assert.ok(criteria.length >= 35);
  for (const criterion of criteria) {
    const sizes = [];
    for (const op of criterion.ops) {
      for (let i = 0; i < 4; i++) {
        const leaf = naive.leaf(criterion, op);
        const wanted = naive.filter(leaf);
        assert.deepEqual(await fulfilling(leaf), wanted, `SEED=${SEED} ${JSON.stringify(leaf)}`);
        sizes.push(wanted.length);
      }
    }
    assert.ok(sizes.some((size) => size > 0 && size < CLIENTS), `${criterion.code} never told clients apart: ${sizes}`);
  }
});

test(`${TREES} random trees find whom a naive filter finds`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const { criteria } = (await api.get('/v1/criteria')).body;
  for (let i = 0; i < TREES; i++) {
    const tree = naive.tree(criteria);
    const wanted = naive.filter(tree);
    assert.deepEqual(await fulfilling(tree), wanted, `SEED=${SEED} ${JSON.stringify(tree)}`);
    if (i % 4 === 0) assert.equal(await counted(tree), wanted.length, `SEED=${SEED} ${JSON.stringify(tree)}`);
  }
});

test('two connections count, and nobody twice who is moved meanwhile', async () => {
  const connections = () => house.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'apid'");
  const everybody = { not: { criterion: 'city', op: 'in', values: ['Nowhere'] } };
  await waitFor('a second connection', async () => (await counted(everybody)) === CLIENTS && (await connections()) >= 2, { timeoutMs: 30_000, everyMs: 50 });
  let over = false;
  // Each round puts every row at another place.
  const moving = (async () => { while (!over) await house.db.query('UPDATE client SET updated_at = clock_timestamp()'); })();
  try {
    for (let i = 0; i < 300; i++) assert.equal(await counted(everybody), CLIENTS, `count ${i}`);
  } finally {
    over = true;
    await moving;
  }
});

test('a family has at least two criteria, each with its name in both languages', async () => {
  const english = (await api.get('/v1/criteria')).body;
  const russian = (await api.get('/v1/criteria', { headers: { 'accept-language': 'ru' } })).body;
  for (const { code, name } of english.families) {
    assert.ok(english.criteria.filter(({ family }) => family === code).length >= 2, code);
    assert.match(name, /^[A-Z]/);
  }
  for (const { code, name } of [...russian.families, ...russian.criteria]) assert.match(name, /[а-я]/i, code);
  assert.equal(new Set(english.criteria.map(({ code }) => code)).size, english.criteria.length);
});

test('the count, the list, its members and why agree', async () => {
  const criteria = { or: [{ criterion: 'city', op: 'in', values: ['Тверь'] }, { not: { criterion: 'debt', op: 'le', value: 100 } }] };
  const wanted = naive.filter(criteria);
  assert.equal((await api.post('/v1/criteria/count', { criteria })).body.clients, wanted.length);
  const made = await api.post('/v1/lists', { name: 'Tver or in debt', criteria });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual([made.body.kind, made.body.size, made.body.criteria], ['dynamic', wanted.length, criteria]);
  const members = async () => (await house.db.query('SELECT client_id::text AS id FROM list_member WHERE list_id = $1 ORDER BY client_id', [made.body.id])).rows.map(({ id }) => id);
  assert.deepEqual(await members(), wanted);
  for (const { id } of naive.clients.slice(0, 20)) {
    const { conditions } = (await api.post('/v1/criteria/why', { criteria, client_id: id })).body;
    assert.deepEqual(conditions.map(({ path }) => path), ['criteria', 'criteria.or[0]', 'criteria.or[1]', 'criteria.or[1].not']);
    const nodes = [criteria, criteria.or[0], criteria.or[1], criteria.or[1].not];
    assert.deepEqual(conditions.map(({ fulfilled }) => fulfilled), nodes.map((node) => naive.filter(node).includes(id)));
  }
  // Somebody moves: the list follows when it is refreshed, and nobody else is touched.
  await house.db.query("UPDATE client SET city = 'Казань', debt = 0 WHERE id = $1", [wanted[0]]);
  const again = await api.post(`/v1/lists/${made.body.id}/refresh`);
  assert.equal(again.body.size, wanted.length - 1);
  assert.deepEqual(await members(), wanted.slice(1));
});

test('a campaign goes to whom the criteria mean when it begins', async () => {
  const criteria = { criterion: 'segment', op: 'in', values: ['newcomers'] };
  const { body: list } = await api.post('/v1/lists', { name: 'newcomers', criteria });
  assert.equal(list.size, 0);
  await house.db.query("UPDATE list SET refreshed_at = refreshed_at - interval '2 minutes' WHERE id = $1", [list.id]);
  const { rows } = await house.db.query("UPDATE client SET segment = 'newcomers' WHERE id % 3 = 0 RETURNING id, msisdn");
  await house.db.query(
    `INSERT INTO account (name, host, port, system_id) VALUES ('sim', '127.0.0.1', 1, 'sim')`);
  await house.start('schedulerd');
  const { body: campaign } = await api.post('/v1/campaigns', { name: 'welcome', text: 'Hello', sender: 'Vestnik', category: 'advertising', list_id: list.id });
  assert.equal((await api.post(`/v1/campaigns/${campaign.id}/launch`)).status, 200);
  const run = await waitFor('the snapshot', () => house.value('SELECT id FROM run WHERE campaign_id = $1 AND snapshot_at IS NOT NULL', [campaign.id]));
  const taken = await house.db.query('SELECT unnest(msisdns) AS msisdn FROM chunk WHERE run_id = $1 ORDER BY 1', [run]);
  assert.deepEqual(taken.rows.map(({ msisdn }) => msisdn), [...new Set(rows.map(({ msisdn }) => msisdn))].sort());
  assert.equal((await api.get(`/v1/lists/${list.id}`)).body.size, rows.length);
  assert.equal((await api.request('DELETE', `/v1/lists/${list.id}`)).status, 409);
});

test('what uses a list is named, and holds it', async () => {
  const { body: { id } } = await api.post('/v1/lists', { name: 'used', criteria: { criterion: 'sex', op: 'filled' } });
  const { body: user } = await api.post('/v1/lists', { name: 'user', criteria: { not: { criterion: 'in_list', list: id, op: 'is' } } });
  assert.deepEqual((await api.get(`/v1/lists/${id}`)).body.lists, [{ id: user.id, name: 'user' }]);
  assert.equal((await api.request('DELETE', `/v1/lists/${id}`)).status, 409);
  assert.equal((await api.request('DELETE', `/v1/lists/${user.id}`)).status, 204);
  assert.equal((await api.request('DELETE', `/v1/lists/${id}`)).status, 204);
  assert.equal((await api.get(`/v1/lists/${id}`)).status, 404);
});

test('wrong criteria are refused by name, and no text becomes SQL', async () => {
  const refused = async (criteria, field) => {
    const { status, body } = await api.post('/v1/criteria/count', { criteria });
    assert.equal(status, 422, JSON.stringify(criteria));
    assert.equal(body.errors[0].field, field, JSON.stringify(body));
  };
  await refused({ criterion: 'shoe size', op: 'eq', value: 1 }, 'criteria.criterion');
  await refused({ criterion: 'age', op: 'in', values: ['1'] }, 'criteria.op');
  await refused({ criterion: 'age', op: 'eq', value: 'x' }, 'criteria.value');
  await refused({ criterion: 'birthday', op: 'on', value: '2026-02-30' }, 'criteria.value');
  await refused({ and: [{ criterion: 'city', op: 'filled' }, { criterion: 'city', op: 'filled', value: 1 }] }, 'criteria.and[1].value');
  await refused({ or: [] }, 'criteria.or');
  await refused({ criterion: 'attribute_number', attribute: 'nothing', op: 'filled' }, 'criteria.attribute');
  await refused('city', 'criteria');
  let deep = { criterion: 'city', op: 'filled' };
  for (let i = 0; i < 12; i++) deep = { not: deep };
  assert.equal((await api.post('/v1/criteria/count', { criteria: deep })).status, 422);
  const leaf = { criterion: 'city', op: 'filled' };
  const joined = { criterion: 'opted_out_all', op: 'is' };
  for (const [most, node] of [[100, leaf], [16, joined]]) {
    assert.equal((await api.post('/v1/criteria/count', { criteria: { or: Array(most).fill(node) } })).status, 200, `${most}`);
    assert.equal((await api.post('/v1/criteria/count', { criteria: { and: [{ or: Array(most).fill(node) }, node] } })).status, 422, `${most + 1}`);
  }
  const hostile = "x') OR 1=1; DROP TABLE client; --";
  for (const leaf of [{ criterion: 'city', op: 'in', values: [hostile] }, { criterion: 'city', op: 'contains', value: hostile },
    { criterion: 'action_count', action: hostile, op: 'gt', value: 0 }, { criterion: 'tags', op: 'any', values: [hostile] }])
    assert.deepEqual(await fulfilling(leaf), []);
});

test('totals of actions are what the actions sum to, whoever adds and removes them, at the same time too', async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const add = (n) => house.db.query(
    `INSERT INTO action (client_id, at, kind, amount_micro)
     SELECT 1 + ($1::integer * 31 + i * i) % 20, now() - ((i * 7 + $1::integer) % 400) * interval '1 day', 1 + i % 3,
            CASE WHEN i % 4 > 0 THEN i * 1000 - 7000 END FROM generate_series(1, 30) i`, [n]);
  const remove = (n) => house.db.query(
    "DELETE FROM action WHERE client_id % 5 = $1::integer % 5 AND (kind = 1 OR extract(day FROM at)::integer % 3 = 0)", [n]);
  for (let round = 0; round < 10; round++)
    await Promise.all(Array.from({ length: 8 }, () => (random.below(4) > 0 ? add : remove)(random.below(1000))));
  const { rows } = await house.db.query(
    `SELECT * FROM (SELECT kind, client_id, count(*) AS actions, count(amount_micro) AS amounts, coalesce(sum(amount_micro), 0) AS sum_micro,
                           min(at) AS first_at, max(at) AS last_at FROM action GROUP BY 1, 2) a
       FULL JOIN action_total t USING (kind, client_id)
      WHERE (a.actions, a.amounts, a.sum_micro, a.first_at, a.last_at) IS DISTINCT FROM (t.actions, t.amounts, t.sum_micro, t.first_at, t.last_at)`);
  assert.deepEqual(rows, []);
  assert.ok(await house.value('SELECT count(*) FROM action_total') > 20);
});

test('actions of any day are kept, and a month that is made takes what lay elsewhere', async () => {
  const kind = await house.value("INSERT INTO action_kind (code) VALUES ('any day') RETURNING id");
  await house.db.query(
    `INSERT INTO action (client_id, at, kind, amount_micro)
     SELECT 1, now() + n * interval '1 month', $1, 1000000 FROM unnest(ARRAY[-400, -60, -37, -1, 0, 4, 50]) n`, [kind]);
  const stored = () => house.db.query(
    `SELECT count(*), sum(amount_micro), (SELECT count(*) FROM action_other WHERE kind = $1) AS other, (SELECT actions FROM action_total WHERE kind = $1) AS total
       FROM action WHERE kind = $1`, [kind]).then(({ rows: [row] }) => Object.values(row).map(Number));
  assert.deepEqual(await stored(), [7, 7_000_000, 3, 7]);
  await house.db.query("SELECT action_months_ensure(now()::date, 5)");
  assert.deepEqual(await stored(), [7, 7_000_000, 2, 7]);
});

test('more counts at once than there are connections all come to an end', async () => {
  const count = () => api.post('/v1/criteria/count', { criteria: { criterion: 'first_name', op: 'filled' } });
  const alone = (await count()).body.clients;
  const together = await Promise.all(Array.from({ length: 40 }, count));
  assert.deepEqual(together.map(({ status, body }) => [status, body.clients]), Array(40).fill([200, alone]));
});
