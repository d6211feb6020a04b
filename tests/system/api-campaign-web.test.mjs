// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages of a campaign ask of the API: drafts, previews, the check before launching, a test message to
// oneself, and who got nothing and why.  The other daemons are not running; what they would write is written here.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('api_campaign_web');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id, price_micro, parts_per_s)
    VALUES ('main', '127.0.0.1', 1, 'x', 2350000, 100)`);
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const create = async (more = {}) => {
  const { status, body } = await api.post('/v1/campaigns', { name: 'Draft', ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

// --- drafts

test('a draft needs a name and nothing else, and goes without a trace', async () => {
  const draft = await create();
  assert.deepEqual([draft.text, draft.sender, draft.class, draft.category, draft.counts, draft.list_name],
    ['', '', 'advertising', 'advertising', null, null]);
  assert.match(draft.created_by, /^test-/);
  const written = (await api.patch(`/v1/campaigns/${draft.id}`, { text: 'Hi', sender: 'V' })).body;
  assert.deepEqual([written.text, written.sender], ['Hi', 'V']);
  const emptied = (await api.patch(`/v1/campaigns/${draft.id}`, { text: '', sender: '' })).body;
  assert.deepEqual([emptied.text, emptied.sender], ['', '']);
  assert.equal((await api.request('DELETE', `/v1/campaigns/${draft.id}`)).status, 204);
  assert.equal((await api.get(`/v1/campaigns/${draft.id}`)).status, 404);
  assert.equal((await api.request('DELETE', `/v1/campaigns/${draft.id}`)).status, 404);
});

test('only a draft can be deleted', async () => {
  const { id } = await create();
  await house.db.query(`UPDATE campaign SET status = 'cancelled' WHERE id = $1`, [id]);
  const { status, body } = await api.request('DELETE', `/v1/campaigns/${id}`);
  assert.deepEqual([status, /only a draft/.test(body.detail)], [409, true]);
});

test('campaigns are found by part of the name and by several statuses', async () => {
  await house.db.query('DELETE FROM campaign');
  const a = await create({ name: 'Ёлки: скидка 50 % (VIP_1)' });
  const b = await create({ name: 'Долги' });
  await house.db.query(`UPDATE campaign SET status = 'cancelled' WHERE id = $1`, [b.id]);
  const ids = async (query) => (await api.get(`/v1/campaigns?${query}`)).body.campaigns.map((c) => c.id);
  assert.deepEqual(await ids(`query=${encodeURIComponent('ёлки: СКИДКА 50 % (vip_')}`), [a.id]);
  assert.deepEqual(await ids('query=%25'), [a.id], 'a percent sign is no pattern');
  assert.deepEqual(await ids('status=draft,cancelled'), [b.id, a.id]);
  assert.deepEqual(await ids('status=cancelled'), [b.id]);
  assert.deepEqual(await ids('status=running,paused'), []);
  assert.equal((await api.get('/v1/campaigns?status=lost')).body.errors[0].field, 'status');
});

test('a campaign with a run tells its counts', async () => {
  const { id } = await create({ text: 'x', sender: 'V' });
  const run = await house.value(`INSERT INTO run (campaign_id, status, deadline, audience, duplicates)
    VALUES ($1, 'running', clock_timestamp() + interval '1 day', 1000, 3) RETURNING id`, [id]);
  await house.db.query(`UPDATE campaign SET status = 'running' WHERE id = $1`, [id]);
  await house.db.query(`INSERT INTO run_count (run_id, slot, messages, parts, cost_micro, suppressed, accepted, delivered, failed)
    VALUES ($1, 1, 400, 800, 1250000, 5, 300, 200, 1), ($1, 2, 400, 800, 1250000, 5, 300, 200, 1)`, [run]);
  const want = { audience: 1000, duplicates: 3, messages: 800, parts: 1600, cost: '2.50', suppressed: 10, accepted: 600, delivered: 400,
    undelivered: 0, expired: 0, rejected: 0, failed: 2, cancelled: 0, unknown: 0, left: 388 };
  assert.deepEqual((await api.get(`/v1/campaigns/${id}`)).body.counts, want);
  assert.deepEqual((await api.get('/v1/campaigns?status=running')).body.campaigns[0].counts, want);
});

test('placeholders are the fields of clients, then their attributes', async () => {
  await api.upload('phone;имя;Город;Бонус\n89161234567;Иван;Тверь;5\n');
  assert.deepEqual((await api.get('/v1/placeholders')).body.placeholders, [
    ...['first_name', 'last_name', 'middle_name', 'external_id'].map((name) => ({ name, kind: 'field' })),
    { name: 'город', kind: 'attribute' }, { name: 'бонус', kind: 'attribute' }]);
});

// --- previews

const preview = async (body) => {
  const answer = await api.post('/v1/texts/preview', body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};

test('a text is previewed with clients of the list, as it would be sent', async () => {
  await api.upload([
    'phone;код;фамилия;имя;Город',
    '89161000001;P1;Иванов;Иван;Тверь',
    '89161000002;P2;Константинопольский;Александр;Комсомольск-на-Амуре',
    '89161000003;P3;;;',
    '89161000004;P4;Ли;Ян;Ош',
  ].join('\n'), '?list=preview');
  const list_id = String(await house.value(`SELECT id FROM list WHERE name = 'preview'`));
  const body = await preview({ text: '{first_name|Друг}, ждём вас! {город|}', list_id });
  assert.deepEqual([body.problems, body.placeholders, body.sampled, body.no_text, body.parts],
    [[], ['first_name', 'город'], 4, 0, { min: 1, max: 1, average: 1 }]);
  const brief = body.samples.map((s) => [s.kind, s.client, s.text, s.units]);
  assert.deepEqual(brief, [
    ['first', 'Иванов Иван', 'Иван, ждём вас! Тверь', 21],
    ['longest', 'Константинопольский Александр', 'Александр, ждём вас! Комсомольск-на-Амуре', 41],
    ['shortest', 'P3', 'Друг, ждём вас! ', 16],
    ['first', 'Ли Ян', 'Ян, ждём вас! Ош', 16],
  ]);
  assert.deepEqual([body.samples[0].phone, body.samples[0].encoding, body.samples[0].parts, body.samples[0].missing],
    ['+79161000001', 'ucs2', 1, null]);
  const short = await preview({ text: 'Hi {first_name|friend}', list_id, limit: 1 });
  assert.equal(short.samples.length, 1);
  const two = await preview({ text: 'a'.repeat(150) + '{имя2|b}', list_id });
  assert.deepEqual(two.problems.map((p) => p.position), [151]);
});

test('a client whose field is empty is told by the name of the field', async () => {
  const list_id = String(await house.value(`SELECT id FROM list WHERE name = 'preview'`));
  const body = await preview({ text: '{first_name}, здравствуйте', list_id });
  assert.equal(body.no_text, 1);
  const empty = body.samples.find((s) => s.missing);
  assert.deepEqual([empty.kind, empty.client, empty.missing, empty.text, empty.encoding, empty.parts], ['emptiest', 'P3', 'first_name', null, null, 0]);
});

for (const [why, text, position] of [
  ['an unknown name', 'Hi {frist_name}', 4],
  ['an unclosed placeholder', 'Hi {first_name', 4],
  ['a lone brace', 'Hi } there', 4],
  ['a name that begins with a digit', 'Привет {1}', 9],
]) {
  test(`a text with ${why} says where`, async () => {
    const { problems } = await preview({ text });
    assert.equal(problems.length, 1);
    assert.equal(problems[0].position, position, problems[0].message);
  });
}

test('clients who get nothing in any case are no samples', async () => {
  const list_id = String(await house.value(`SELECT id FROM list WHERE name = 'preview'`));
  await house.db.query('INSERT INTO opt_out (msisdn) VALUES (79161000001)');
  const body = await preview({ text: 'Hi', list_id });
  assert.deepEqual([body.sampled, body.samples.every((s) => s.phone !== '+79161000001')], [3, true]);
  await house.db.query('DELETE FROM opt_out');
});

test('a preview looks at three hundred clients of a large list, the same each time', async () => {
  await house.db.query(`INSERT INTO list (name) VALUES ('large')`);
  const list = await house.value(`SELECT id FROM list WHERE name = 'large'`);
  await house.db.query(`WITH c AS (INSERT INTO client (external_id, msisdn, first_name)
      SELECT 'L' || i, 79162000000 + i, repeat('x', i % 100 + 1) FROM generate_series(1, 5000) i RETURNING id)
    INSERT INTO list_member SELECT $1, id FROM c`, [list]);
  const first = await preview({ text: '{first_name}', list_id: String(list) });
  assert.ok(first.sampled > 250 && first.sampled <= 300, String(first.sampled));
  assert.deepEqual(first.samples.map((s) => s.kind).slice(0, 3), ['first', 'longest', 'shortest']);
  assert.deepEqual([first.samples[1].units, first.samples[2].units], [100, 1]);
  assert.deepEqual(await preview({ text: '{first_name}', list_id: String(list) }), first);
  await house.db.query(`DELETE FROM list_member WHERE list_id = $1`, [list]);
  await house.db.query(`DELETE FROM client WHERE external_id LIKE 'L%'`);
});
