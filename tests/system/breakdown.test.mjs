// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages of lists and clients ask: how clients are made up, who uses a list, another name for it, what
// happened with a client.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

const CITIES = 25;
const DAY_MS = 86_400_000;

let house;
let api;

/** City i has i clients, 325 in all; every fifth client is without a sex, every second a woman. */
before(async () => {
  house = await House.open('breakdown');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO client (external_id, msisdn, city, sex, birthday, segment)
    SELECT 'c' || i || '-' || k, 79000000000 + i * 100 + k, 'city ' || lpad(i::text, 2, '0'),
           CASE WHEN k % 5 = 0 THEN NULL WHEN k % 2 = 0 THEN 2 ELSE 1 END,
           (current_date - make_interval(years => 17 + k))::date, CASE WHEN i = 1 THEN '' END
      FROM generate_series(1, ${CITIES}) i, generate_series(1, i) k`);
});
after(() => house.close());

const breakDown = async (body) => {
  const answer = await api.post('/v1/criteria/breakdown', body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.breakdowns;
};

test('the twenty greatest groups are named, the others and the unknown counted', async () => {
  const [city, sex, segment] = await breakDown({ by: ['city', 'sex', 'segment'] });
  assert.deepEqual(city.groups.map(({ value, clients }) => [value, clients]), Array.from({ length: 20 }, (_, i) => [`city ${CITIES - i}`.replace(/ (\d)$/, ' 0$1'), CITIES - i]));
  assert.deepEqual([city.by, city.other, city.unknown], ['city', 1 + 2 + 3 + 4 + 5, 0]);
  const { rows: [wanted] } = await house.db.query('SELECT count(*) FILTER (WHERE sex = 1)::int AS male, count(*) FILTER (WHERE sex = 2)::int AS female, count(*) FILTER (WHERE sex IS NULL)::int AS unknown FROM client');
  assert.deepEqual(Object.fromEntries(sex.groups.map(({ value, clients }) => [value, clients])), { male: wanted.male, female: wanted.female });
  assert.deepEqual([sex.other, sex.unknown], [0, wanted.unknown]);
  assert.deepEqual(segment, { by: 'segment', groups: [], other: 0, unknown: 325 });
});

test('criteria narrow it, and groups add up to their count', async () => {
  const criteria = { and: [{ criterion: 'age', op: 'ge', value: 18 }, { not: { criterion: 'list_count', op: 'gt', value: 0 } }, { criterion: 'city', op: 'in', values: ['city 20', 'city 21'] }] };
  const { clients } = (await api.post('/v1/criteria/count', { criteria })).body;
  for (const { groups, other, unknown } of await breakDown({ criteria, by: ['city', 'age', 'sex', 'segment'] })) assert.equal(groups.reduce((sum, group) => sum + group.clients, other + unknown), clients);
  const [age] = await breakDown({ criteria: { criterion: 'city', op: 'in', values: ['city 25'] }, by: ['age'] });
  assert.deepEqual(Object.fromEntries(age.groups.map((group) => [group.value, group.clients])), { '18-24': 7, '25-34': 10, '35-44': 8 });
});

test('nobody is made up of nothing', async () => {
  const criteria = { criterion: 'city', op: 'in', values: ['nowhere'] };
  assert.deepEqual(await breakDown({ criteria, by: ['city', 'sex'] }), [{ by: 'city', groups: [], other: 0, unknown: 0 }, { by: 'sex', groups: [], other: 0, unknown: 0 }]);
});

test('what tells one person from another is no group', async () => {
  for (const by of [['last_name'], ['phone'], ['external_id'], [1], [], Array(7).fill('city')]) {
    const { status, body } = await api.post('/v1/criteria/breakdown', { by });
    assert.deepEqual([status, body.errors[0].field], [422, 'by'], JSON.stringify(by));
  }
  assert.equal((await api.post('/v1/criteria/breakdown', { criteria: { criterion: 'nothing', op: 'is' }, by: ['city'] })).status, 422);
});

test('each criterion says what its conditions take', async () => {
  const { criteria } = (await api.get('/v1/criteria')).body;
  const takes = (code) => criteria.find((criterion) => criterion.code === code).takes;
  assert.deepEqual([takes('city'), takes('action_sum'), takes('action_change'), takes('in_list'), takes('attribute_date'), takes('random_share'), takes('consent')],
    [[], ['action', 'category', 'period'], ['action', 'category', 'within'], ['list'], ['attribute'], ['percent', 'seed'], ['purpose']]);
});

test('a list gets another name, and says how many use it', async () => {
  const criteria = { criterion: 'city', op: 'filled' };
  const { body: { id } } = await api.post('/v1/lists', { name: 'first', criteria });
  await api.post('/v1/lists', { name: 'second', criteria: { criterion: 'in_list', list: id, op: 'is' } });
  await api.post('/v1/campaigns', { name: 'draft', list_id: id });
  const renamed = await api.patch(`/v1/lists/${id}`, { name: 'another' });
  assert.deepEqual([renamed.status, renamed.body.name, renamed.body.criteria, renamed.body.used_by], [200, 'another', criteria, { campaigns: 1, lists: 1 }]);
  assert.deepEqual((await api.get('/v1/lists')).body.lists.find((list) => list.id === id).used_by, { campaigns: 1, lists: 1 });
  const taken = await api.patch(`/v1/lists/${id}`, { name: 'second' });
  assert.deepEqual([taken.status, taken.body.errors[0].field], [422, 'name']);
  assert.equal((await api.patch('/v1/lists/999999', { name: 'x' })).status, 404);
  const { rows: [fixed] } = await house.db.query("INSERT INTO list (name) VALUES ('from a file') RETURNING id::text");
  assert.equal((await api.patch(`/v1/lists/${fixed.id}`, { name: 'renamed' })).body.name, 'renamed');
});

// --- the timeline

const at = (minutes) => new Date(Date.parse('2026-11-20T10:00:00Z') - minutes * 60_000).toISOString();

/** A client with actions (three of them at one moment, two alike), replies and a stop. */
async function storyteller() {
  const { rows: [{ id, msisdn }] } = await house.db.query("SELECT id::text, msisdn::text FROM client WHERE external_id = 'c20-7'");
  await house.db.query("INSERT INTO action_category (code) VALUES ('shoes'), ('bread') ON CONFLICT DO NOTHING");
  const act = (minutes, kind, category, amount) => house.db.query(
    `INSERT INTO action (client_id, at, kind, category, amount_micro) VALUES ($1, $2, (SELECT id FROM action_kind WHERE code = $3),
       (SELECT id FROM action_category WHERE code = $4), $5)`, [id, at(minutes), kind, category, amount]);
  await act(30, 'purchase', 'shoes', 4_990_000_000);
  await act(30, 'purchase', 'bread', 50_000_000);
  await act(30, 'purchase', 'bread', 50_000_000);
  await act(90, 'visit', null, null);
  await house.db.query("INSERT INTO account (name, host, port, system_id) VALUES ('sim', '127.0.0.1', 1, 'sim') ON CONFLICT DO NOTHING");
  await house.db.query(`INSERT INTO inbound (account_id, msisdn, destination, at, client_id, reference, total, arrived, data_coding, state, finished_at, text, stop_scope)
    VALUES (1, $1, 'VESTNIK', $2, $4, 0, 1, 1, 0, 'whole', $2, 'Спасибо', NULL), (1, $1, 'VESTNIK', $3, $4, 0, 1, 1, 0, 'whole', $3, 'СТОП', 'advertising'),
           (1, $1, 'VESTNIK', $3, $4, 0, 2, 1, 0, 'joining', NULL, NULL, NULL)`, [msisdn, at(60), at(10), id]);
  await house.db.query("INSERT INTO opt_out (msisdn, scope, at, source) VALUES ($1, 'advertising', $2, 'reply')", [msisdn, at(9)]);
  return id;
}

test('a timeline tells what happened, the latest first, in pages that fit together', async () => {
  const id = await storyteller();
  const told = ({ kind, at: when, action, reply, stop }) => [kind, when, action?.code ?? reply?.text ?? stop?.scope, action?.category ?? reply?.stop ?? null, action?.amount ?? null];
  const whole = (await api.get(`/v1/clients/${id}/timeline`)).body;
  assert.equal(whole.next_cursor, null);
  assert.deepEqual(whole.events.map(told), [
    ['stop', at(9), 'advertising', null, null],
    ['reply', at(10), 'СТОП', 'advertising', null],
    ['action', at(30), 'purchase', 'shoes', '4990.00'],
    ['action', at(30), 'purchase', 'bread', '50.00'],
    ['action', at(30), 'purchase', 'bread', '50.00'],
    ['reply', at(60), 'Спасибо', null, null],
    ['action', at(90), 'visit', null, null],
  ]);
  for (const limit of [1, 2, 3]) {
    const pages = [];
    for (let cursor = ''; cursor !== null;) {
      const { status, body } = await api.get(`/v1/clients/${id}/timeline?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      assert.equal(status, 200, JSON.stringify(body));
      assert.ok(body.events.length <= limit);
      pages.push(...body.events);
      cursor = body.next_cursor;
    }
    assert.deepEqual(pages, whole.events, `pages of ${limit}`);
  }
  for (const kind of ['action', 'message', 'reply', 'stop']) {
    const { events } = (await api.get(`/v1/clients/${id}/timeline?kind=${kind}`)).body;
    assert.deepEqual(events, whole.events.filter((event) => event.kind === kind));
  }
  assert.doesNotMatch(JSON.stringify(whole), /7900000/, 'no number is told');
});

test('a timeline tells messages with what became of them', async () => {
  const { rows: [{ id, msisdn }] } = await house.db.query("SELECT id::text, msisdn::text FROM client WHERE external_id = 'c19-7'");
  const { rows: [{ message }] } = await house.db.query(
    `SELECT ((((extract(epoch FROM now())::bigint - 1577836800) << 32) / 256) * 256)::text AS message`);
  await house.db.query("INSERT INTO batch (id, state, lane, account_id, class, category, sender, deadline, message_count, parts, filtered_at) VALUES ($1, 2, 1, 1, 1, 1, 'VESTNIK', now() + interval '1 hour', 1, 1, now())", [message]);
  await house.db.query("INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text) VALUES ($1, $2, $3, 0, 1, 0, 'Hello')", [message, id, msisdn]);
  await house.db.query('INSERT INTO message_state (id, state) VALUES ($1, 9)', [message]);
  const { events } = (await api.get(`/v1/clients/${id}/timeline?kind=message`)).body;
  assert.deepEqual(events.map(({ message: { id: mine, state, text, to } }) => [mine, state, text, to]), [[message, 'delivered', 'Hello', undefined]]);
  assert.ok(Math.abs(Date.parse(events[0].at) - Date.now()) < DAY_MS);
});

test('a timeline refuses what it does not know', async () => {
  assert.equal((await api.get('/v1/clients/999999/timeline')).status, 404);
  const { rows: [{ id }] } = await house.db.query('SELECT id::text FROM client LIMIT 1');
  for (const [query, field] of [['kind=x', 'kind'], ['cursor=5', 'cursor'], ['cursor=a-b', 'cursor'], ['cursor=9999999999999999999-1', 'cursor'], ['limit=0', 'limit']]) {
    const { status, body } = await api.get(`/v1/clients/${id}/timeline?${query}`);
    assert.deepEqual([status, body.errors[0].field], [422, field], query);
  }
});
