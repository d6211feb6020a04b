// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages of a campaign ask of the API: drafts, previews, the check before launching, a test message to
// oneself.  Only one test runs the daemons that send; for the others what they would write is written here.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { BIN, House, waitFor } from './lib/stack.mjs';

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
  const { status, body } = await api.post('/v1/campaigns', { name: 'Draft', category: 'advertising', ...more });
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
    undelivered: 0, expired: 0, rejected: 0, failed: 2, cancelled: 0, unknown: 0, clicked: 0, redeemed: 0, left: 388 };
  assert.deepEqual((await api.get(`/v1/campaigns/${id}`)).body.counts, want);
  assert.deepEqual((await api.get('/v1/campaigns?status=running')).body.campaigns[0].counts, want);
});

test('placeholders are the fields of clients, then their attributes', async () => {
  await api.upload('phone;имя;Город;Бонус\n89161234567;Иван;Тверь;5\n');
  const { placeholders } = (await api.get('/v1/placeholders')).body;
  assert.deepEqual(placeholders.filter(({ kind }) => kind === 'field').map(({ name }) => name), [
    'first_name', 'last_name', 'middle_name', 'external_id', 'sex', 'birthday', 'language', 'time_zone', 'region', 'city', 'branch',
    'manager', 'status', 'segment', 'loyalty_tier', 'points', 'balance', 'debt', 'contract_number', 'contract_from', 'contract_to',
    'registered_on', 'tags']);
  assert.deepEqual(placeholders.find(({ name }) => name === 'city'), { name: 'city', kind: 'field', russian: 'город', type: 'text' });
  assert.deepEqual(placeholders.at(-1), { name: 'бонус', kind: 'attribute', russian: null, type: 'text' });
});

test('filters are told with their purpose in the language of the caller', async () => {
  const { filters } = (await api.get('/v1/placeholders')).body;
  assert.ok(filters.some(({ name, purpose }) => name === 'plural' && /agrees/.test(purpose)), JSON.stringify(filters));
  const russian = (await api.get('/v1/placeholders', { headers: { 'accept-language': 'ru' } })).body.filters;
  for (const { name, purpose } of russian) assert.match(purpose, /[а-я]/, name);
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

test('filters and conditions are previewed for each client as they would be sent', async () => {
  await api.upload('phone;имя;долг;до\n89162000001;АННА МАРИЯ;1234567.5;2026-05-01\n89162000002;иван;21;2024-02-29\n89162000003;Пётр;0;\n', '?list=filters');
  const list_id = String(await house.value(`SELECT id FROM list WHERE name = 'filters'`));
  const text = '{first_name:first_word:title}, {if долг > 0}долг {долг:money "₽"}, {долг:plural "рубль" "рубля" "рублей"}, до {до:date "D MMMM"}{else}долга нет{end}';
  const { problems, samples, no_text } = await preview({ text, list_id });
  assert.deepEqual([problems, no_text], [[], 0]);
  assert.deepEqual(samples.map((s) => s.text).sort(), [
    'Анна, долг 1\u00a0234\u00a0567,50\u00a0₽, рубля, до 1 мая', 'Иван, долг 21\u00a0₽, рубль, до 29 февраля', 'Пётр, долга нет'].sort());
  for (const [wrong, position] of [['{долг:mony}', 7], ['{if долг}x', 1], ['{долг:plural "a"}', 7], ['{frist_name:upper}', 1]]) {
    const body = await preview({ text: wrong, list_id });
    assert.deepEqual(body.problems.map((p) => p.position), [position], `${wrong} ${JSON.stringify(body.problems)}`);
  }
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

// --- the check before launching

const check = async (id) => {
  const answer = await api.get(`/v1/campaigns/${id}/check`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
const launch = (id, body) => api.request('POST', `/v1/campaigns/${id}/launch`, { body });
const kinds = (body) => body.warnings.map((w) => w.kind);
/** Ten o'clock of some day ahead where the test (and apid) runs. */
const at = (hour) => { const d = new Date(Date.now() + 3 * 86_400_000); d.setHours(hour, 0, 0, 0); return d.toISOString(); };
const accountUp = (up) => house.db.query(up
  ? `INSERT INTO account_lease (account_id, owner, epoch, until) VALUES (1, 'me', 1, clock_timestamp() + interval '1 hour')`
  : 'DELETE FROM account_lease');

/** A list of everything that is left out for a reason of its own. */
async function mixedList() {
  await api.upload([
    'phone;код;имя;Город',
    '89163000001;M1;Иван;Тверь',
    '89163000002;M2;Анна;Омск',
    '89163000003;M3;;Омск',
    '89163000001;M4;Пётр;Омск',
    '89163000005;M5;Олег;Омск',
    '89163000006;M6;Игорь;Омск',
    `89163000007;M7;${'Ы'.repeat(71)};Омск`,
  ].join('\n'), '?list=mixed');
  await house.db.query(`INSERT INTO opt_out (msisdn, scope) VALUES (79163000005, 'advertising'), (79163000006, 'all')
    ON CONFLICT DO NOTHING`);
  await house.db.query(`INSERT INTO client (external_id, msisdn, first_name) VALUES ('M8', 74951234567, 'Дом') ON CONFLICT DO NOTHING`);
  const list = await house.value(`SELECT id FROM list WHERE name = 'mixed'`);
  await house.db.query(`INSERT INTO list_member SELECT $1, id FROM client WHERE external_id = 'M8' ON CONFLICT DO NOTHING`, [list]);
  return String(list);
}

test('the check counts who gets the message, who is left out and why, and what it costs', async () => {
  const list_id = await mixedList();
  const { id } = await create({ text: '{first_name}, привет', sender: 'V', list_id, max_parts: 1, start_at: at(12) });
  await accountUp(true);
  const body = await check(id);
  assert.deepEqual(
    [body.clients, body.recipients, body.exact, body.parts, body.parts_per_message, body.cost, body.duration_s, body.problems, body.warnings],
    [8, 2, true, 2, 1, '4.70', 1, [], []]);
  assert.deepEqual(body.left_out, [
    { reason: 'duplicate', count: 1 }, { reason: 'opt_out', count: 2 }, { reason: 'no_number', count: 1 },
    { reason: 'text_empty', count: 1 }, { reason: 'text_too_long', count: 1 }]);
  assert.equal(body.starts_at, at(12));
  assert.equal(Date.parse(body.ends_at) - Date.parse(body.starts_at), 1000);
  assert.ok(body.samples.length === 3 && body.samples.every((s) => !['+79163000005', '+79163000006', '+74951234567'].includes(s.phone)));
  await api.patch(`/v1/campaigns/${id}`, { class: 'service', category: 'service', max_parts: 2 });
  const service = await check(id);
  assert.deepEqual([service.recipients, service.parts, service.parts_per_message], [4, 5, 1.25]);
  assert.deepEqual(service.left_out.find((l) => l.reason === 'opt_out'), { reason: 'opt_out', count: 1 });
  await accountUp(false);
});

test('the check says how long it takes: by pace, by the limit of accounts, by the last minute', async () => {
  const list_id = await mixedList();
  const { id } = await create({ text: 'привет', sender: 'V', list_id, start_at: at(12) });
  const none = await check(id);
  assert.deepEqual([none.duration_s, none.ends_at, kinds(none)], [null, null, ['no_account_up']]);
  await accountUp(true);
  assert.equal((await check(id)).duration_s, 1);
  await api.patch(`/v1/campaigns/${id}`, { pace_per_min: 1 });
  assert.equal((await check(id)).duration_s, 4 * 60);
  await api.patch(`/v1/campaigns/${id}`, { pace_per_min: null });
  await house.db.query('UPDATE account SET parts_per_s = 0');
  assert.equal((await check(id)).duration_s, null);
  const base = (await house.value('SELECT message_base_ids(1)')).map(BigInt)[0];
  await house.db.query(`INSERT INTO batch (id, account_id, lane, class, category, state, message_count, parts, sender, deadline, filtered_at, done_at)
    VALUES ($1, 1, 1, 1, 1, 3, 1, 120, 'V', clock_timestamp(), clock_timestamp(), clock_timestamp())`, [base]);
  assert.equal((await check(id)).duration_s, 2, 'four parts at two a second');
  await house.db.query('UPDATE account SET parts_per_s = 100; DELETE FROM batch');
  await accountUp(false);
});

test('the check warns of the night, of a late end and of an expensive character', async () => {
  const list_id = await mixedList();
  await accountUp(true);
  const warned = async (more) => kinds(await check((await create({ text: 'Hi', sender: 'V', list_id, start_at: at(12), ...more })).id));
  assert.deepEqual(await warned({}), []);
  assert.deepEqual(await warned({ start_at: at(23) }), ['night']);
  assert.deepEqual(await warned({ start_at: at(8) }), ['night']);
  assert.deepEqual(await warned({ start_at: at(23), class: 'alert', category: 'emergency' }), []);
  assert.deepEqual(await warned({ start_at: at(21), pace_per_min: 1, validity_s: 60 }), ['late']);
  assert.deepEqual(await warned({ text: 'Sale – 20 %' }), ['expensive_character']);
  assert.deepEqual(await warned({ text: 'Скидка – 20 %' }), []);
  assert.deepEqual(await warned({ text: 'Hi from {город}' }), []);
  await accountUp(false);
});

test('what forbids launching is named by the check and by the launch', async () => {
  await house.db.query(`INSERT INTO list (name) VALUES ('empty') ON CONFLICT DO NOTHING`);
  const empty = String(await house.value(`SELECT id FROM list WHERE name = 'empty'`));
  const { id } = await create({ list_id: empty });
  assert.deepEqual((await check(id)).problems.map((p) => p.field), ['text', 'list_id', 'sender']);
  const { status, body } = await launch(id);
  assert.deepEqual([status, body.type, body.errors.map((e) => e.field)],
    [422, 'urn:vestnik:problem:incomplete-campaign', ['text', 'list_id', 'sender']]);
  assert.equal((await api.get(`/v1/campaigns/${id}`)).body.status, 'draft');
  const list_id = await mixedList();
  await api.patch(`/v1/campaigns/${id}`, { text: 'x', sender: 'V', list_id, account: 'main' });
  await house.db.query('UPDATE account SET enabled = false');
  assert.deepEqual((await check(id)).problems.map((p) => p.field), ['account']);
  await house.db.query('UPDATE campaign SET account_id = NULL WHERE id = $1', [id]);
  assert.deepEqual((await check(id)).problems.map((p) => p.field), ['account']);
  await house.db.query('UPDATE account SET enabled = true');
  await api.patch(`/v1/campaigns/${id}`, { text: '{last_name}' });
  const nobody = await check(id);
  assert.deepEqual([nobody.recipients, nobody.problems.map((p) => p.field)], [0, ['list_id']]);
  assert.equal((await launch(id, { recipients: 4 })).status, 422);
  assert.equal((await api.get('/v1/campaigns/999999/check')).status, 404);
});

test('a launch holds to the number of clients that was seen', async () => {
  const list_id = await mixedList();
  const { id } = await create({ text: 'привет', sender: 'V', list_id, start_at: new Date(Date.now() - 3_600_000).toISOString() });
  const { recipients } = await check(id);
  assert.equal(recipients, 4);
  await house.db.query('INSERT INTO opt_out (msisdn) VALUES (79163000001)');
  const { status, body } = await launch(id, { recipients });
  assert.deepEqual([status, body.type, /to 3 clients, not to 4/.test(body.detail)], [409, 'urn:vestnik:problem:audience-changed', true]);
  assert.equal((await api.get(`/v1/campaigns/${id}`)).body.status, 'draft');
  for (const wrong of [{ recipients: '4' }, { recipients: 0 }, { count: 4 }])
    assert.equal((await launch(id, wrong)).status, 422);
  const launched = await launch(id, { recipients: 3 });
  assert.deepEqual([launched.status, launched.body.status], [200, 'planned']);
  assert.ok(Math.abs(Date.parse(launched.body.start_at) - Date.now()) < 60_000, 'a start that is over becomes now');
  await house.db.query('DELETE FROM opt_out WHERE msisdn = 79163000001');
});

test('what the check says is what the senders do', { timeout: 60_000 }, async () => {
  const list_id = await mixedList();
  const { id } = await create({ text: '{first_name}, привет из города {город|Ы}! '.repeat(2), sender: 'V', list_id, max_parts: 2 });
  const said = await check(id);
  assert.equal((await launch(id, { recipients: said.recipients })).status, 200);
  const daemons = [await house.start('schedulerd'), await house.start('dispatcherd')];
  await waitFor('the run to be dispatched', () => house.value(
    `SELECT count(*) = 1 FROM run r JOIN chunk c ON c.run_id = r.id WHERE r.campaign_id = $1 AND c.state = 2`, [id]));
  for (const daemon of daemons) assert.equal((await daemon.stop()).code, 0);
  const { counts } = (await api.get(`/v1/campaigns/${id}`)).body;
  const { body: summary } = await api.get(`/v1/campaigns/${id}/missed/summary`);
  assert.deepEqual(
    [counts.messages, counts.parts, counts.cost, counts.duplicates],
    [said.recipients, said.parts, said.cost, said.left_out.find((l) => l.reason === 'duplicate').count]);
  const byReason = (groups) => Object.fromEntries(groups.map((g) => [g.reason, g.count]));
  assert.deepEqual(byReason(summary.groups), byReason(said.left_out.filter((l) => l.reason !== 'duplicate')));
  const sent = (await api.get(`/v1/campaigns/${id}/messages`)).body.messages;
  for (const sample of said.samples.filter((x) => x.text)) {
    const message = sent.find((m) => m.client_id === sample.client_id);
    if (message) assert.deepEqual([message.text, message.parts, message.encoding], [sample.text, sample.parts, sample.encoding]);
  }
  assert.ok(said.samples.some((x) => sent.some((m) => m.client_id === x.client_id)));
});

// --- a test message to oneself

/** A person signed in; their requests. */
async function person(login, phone) {
  const child = spawn(path.join(BIN, 'vestnik'), ['user', 'add', login, '--name', `Name of ${login}`],
    { env: { ...process.env, VESTNIK_DATABASE: house.databaseUrl }, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end('correct horse battery\n');
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
  if (phone) await house.db.query('UPDATE person SET phone = $2 WHERE login = $1', [login, phone]);
  const answer = await api.post('/v1/session', { login, password: 'correct horse battery' }, { token: null, headers: { 'x-vestnik-web': '1' } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  return {
    post: (where, body) => api.post(where, body, { token: null, headers: { cookie, 'x-vestnik-web': '1' } }),
  };
}

test('a test message goes to the telephone of who asks, and to nobody else', async () => {
  const list_id = await mixedList();
  const { id } = await create({ text: '{first_name}, привет!', sender: 'VESTNIK', list_id, account: 'main' });
  const anna = await person('anna', 79169999999);
  const { status, body } = await anna.post(`/v1/campaigns/${id}/test`, undefined);
  assert.deepEqual([status, body.text, body.parts], [202, 'Иван, привет!', 1]);
  const { rows: [chunk] } = await house.db.query('SELECT * FROM chunk ORDER BY id DESC LIMIT 1');
  assert.deepEqual(
    [chunk.state, chunk.lane, chunk.size, chunk.msisdns, chunk.texts, chunk.sender, chunk.class, chunk.category, chunk.account_id, chunk.run_id],
    [1, 0, 1, ['79169999999'], ['Иван, привет!'], 'VESTNIK', 2, 2, 1, null]);
  assert.equal(String(chunk.base_ids[0]), body.id);
  const client = String(await house.value(`SELECT id FROM client WHERE external_id = 'M2'`));
  assert.equal((await anna.post(`/v1/campaigns/${id}/test`, { client_id: client })).body.text, 'Анна, привет!');
  await api.patch(`/v1/campaigns/${id}`, { variants: [{ name: 'B', text: '{first_name}, добрый день', share: 10 }] });
  assert.equal((await anna.post(`/v1/campaigns/${id}/test`, { client_id: client, variant: 1 })).body.text, 'Анна, добрый день');
  assert.equal((await anna.post(`/v1/campaigns/${id}/test`, { variant: 2 })).body.errors[0].field, 'variant');
  assert.equal((await api.get(`/v1/campaigns/${id}`)).body.counts, null);
});

test('a test message that cannot be is refused by name', async () => {
  const list_id = await mixedList();
  const boris = await person('boris');
  const vera = await person('vera', 79168888888);
  const { id } = await create({ text: '{first_name}, привет!', sender: 'V', list_id });
  const kind = ({ status, body }) => [status, body.type.split(':').at(-1), ...(body.errors ?? []).map((e) => e.field)];
  assert.deepEqual(kind(await boris.post(`/v1/campaigns/${id}/test`, {})), [409, 'no-own-phone']);
  assert.deepEqual(kind(await api.post(`/v1/campaigns/${id}/test`, {})), [403, 'forbidden']);
  assert.deepEqual(kind(await vera.post(`/v1/campaigns/${id}/test`, { client_id: '99999999' })), [404, 'not-found']);
  const nameless = String(await house.value(`SELECT id FROM client WHERE external_id = 'M3'`));
  assert.deepEqual(kind(await vera.post(`/v1/campaigns/${id}/test`, { client_id: nameless })), [422, 'invalid-request', 'client_id']);
  await api.patch(`/v1/campaigns/${id}`, { text: '', sender: '' });
  assert.deepEqual(kind(await vera.post(`/v1/campaigns/${id}/test`, {})), [422, 'invalid-request', 'text', 'sender']);
  assert.equal((await vera.post('/v1/campaigns/999999/test', {})).status, 404);
});

test('a campaign tells who made it and who launched it', async () => {
  const list_id = await mixedList();
  const olga = await person('olga');
  const { body } = await olga.post('/v1/campaigns', { name: 'Of a person', category: 'advertising', text: 'x', sender: 'V', list_id });
  assert.deepEqual([body.created_by, body.launched_by], ['Name of olga', null]);
  const igor = await person('igor');
  assert.equal((await igor.post(`/v1/campaigns/${body.id}/launch`, undefined)).body.launched_by, 'Name of igor');
  await api.request('POST', `/v1/campaigns/${body.id}/pause`);
  assert.equal((await olga.post(`/v1/campaigns/${body.id}/resume`, undefined)).body.launched_by, 'Name of igor');
});
