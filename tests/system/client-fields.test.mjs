// SPDX-License-Identifier: AGPL-3.0-or-later
// What is known of clients: typed columns from files into texts and cards, attributes that an administrator
// defines, several numbers and what becomes of them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('client-fields');
  api = await Api.open(house);
});
after(() => house.close());

const wipe = () => house.db.query(`TRUNCATE client, list_member, list, client_attribute, client_phone, client_phone_change,
  import, import_bad_row RESTART IDENTITY`);
const rows = async (sql, values) => (await house.db.query(sql, values)).rows;
const idOf = (code) => house.value('SELECT id FROM client WHERE external_id = $1', [code]);
const card = async (code) => (await api.get(`/v1/clients/${await idOf(code)}`)).body;

// --- columns

const FILE = [
  'Код;Телефон;Фамилия;Имя;Пол;Дата рождения;Язык;Часовой пояс;Регион;Город;Филиал;Менеджер;Статус;Сегмент;Уровень;Баллы;Баланс;Долг;'
    + 'Номер договора;Начало договора;Договор до;Дата регистрации;Теги;Банк',
  'A1;89161234567;Иванов;Иван;муж;09.03.1985;русский;МСК+2;Свердловская;Екатеринбург;Центр;Петрова;активен;B;золотой;1 200;-0,05;'
    + '1 234,50 ₽;7/26;01.01.2026;2026-12-31;15.01.2020 10:30;"vip, дача";X',
  'A2;89161234568;;;;;;;;;;;;;;;;;;;;;;',
].join('\n');

test('typed columns of a Russian file are recognised, stored in one form and shown', async () => {
  await wipe();
  const { status, body } = await api.upload(FILE);
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(body.columns.map(({ field }) => field), [
    'external_id', 'phone', 'last_name', 'first_name', 'sex', 'birthday', 'language', 'time_zone', 'region', 'city', 'branch', 'manager',
    'status', 'segment', 'loyalty_tier', 'points', 'balance', 'debt', 'contract_number', 'contract_from', 'contract_to', 'registered_on',
    'tags', 'attribute']);
  const { id, updated_at, ...one } = await card('A1');
  assert.deepEqual(one, {
    external_id: 'A1', phone: '+79161234567', last_name: 'Иванов', first_name: 'Иван', middle_name: null, sex: 'male',
    birthday: '1985-03-09', language: 'ru', time_zone: 'Asia/Yekaterinburg', region: 'Свердловская', city: 'Екатеринбург',
    branch: 'Центр', manager: 'Петрова', status: 'активен', segment: 'B', loyalty_tier: 'золотой', points: '1200.00', balance: '-0.05',
    debt: '1234.50', contract_number: '7/26', contract_from: '2026-01-01', contract_to: '2026-12-31', registered_on: '2020-01-15',
    tags: ['vip', 'дача'], attributes: { банк: 'X' }, opt_out: null, gone_at: null, blocked_at: null, blocked_reason: null, lists: [],
    phones: [{ phone: '+79161234567', preferred: true, valid_from: null, valid_to: null, source: null, seen_at: null, lost_at: null,
      last_delivered_at: null }],
    phone_changes: [],
  });
  const two = await card('A2');
  assert.deepEqual([two.sex, two.points, two.tags, two.attributes], [null, null, [], {}]);
});

test('a value that a column cannot hold is named by line, field and what is expected, in either language', async () => {
  await wipe();
  const bad = [
    'Телефон;Дата рождения;Пол;Баллы;Часовой пояс;Язык',
    '89160000001;31.02.2026;;;;', '89160000002;31.12.26;;;;', '89160000003;;да;;;', '89160000004;;;много;;', '89160000005;;;;Марс;',
    '89160000006;;;;;xx',
  ].join('\n');
  const { status, body } = await api.upload(bad);
  assert.equal(status, 422);
  assert.deepEqual(body.errors.map((e) => [e.line, e.field, e.found]), [
    [2, 'Дата рождения', '31.02.2026'], [3, 'Дата рождения', '31.12.26'], [4, 'Пол', 'да'], [5, 'Баллы', 'много'],
    [6, 'Часовой пояс', 'Марс'], [7, 'Язык', 'xx']]);
  const russian = await api.upload(bad, '', { headers: { 'accept-language': 'ru' } });
  assert.deepEqual([...new Set(russian.body.errors.map((e) => e.expected))], [
    'дата, например 31.12.2026 или 2026-12-31', 'муж или жен, м или ж, male или female', 'число, например 1234,50',
    'часовой пояс, например Europe/Moscow или МСК+2', 'язык двумя буквами, например ru или en']);
  assert.equal(await house.value('SELECT count(*) FROM client'), 0);
});

test('texts read the columns by either name, through filters and conditions', async () => {
  await wipe();
  await api.upload(FILE, '?list=fields');
  const list_id = String(await house.value("SELECT id FROM list WHERE name = 'fields'"));
  const text = '{имя|Клиент}, {город|-}: {points|0} {points:plural "балл" "балла" "баллов"|баллов}, до {contract_to:date "D MMMM"|-},'
    + ' {долг:money "₽"|-}{if sex = "male"}, сэр{end}, {tags|-}, {банк|-}';
  const { status, body } = await api.post('/v1/texts/preview', { text, list_id, limit: 20 });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body.problems, []);
  const texts = body.samples.map((s) => s.text.replaceAll('\u00a0', ' ')).sort();
  assert.deepEqual(texts, [
    'Иван, Екатеринбург: 1200 баллов, до 31 декабря, 1 234,50 ₽, сэр, vip, дача, X', 'Клиент, -: 0 баллов, до -, -, -, -']);
  const unknown = await api.post('/v1/campaigns', { name: 'x', text: '{phone}', sender: 'V' });
  assert.equal(unknown.status, 422, 'the phone is no placeholder');
  assert.equal((await api.post('/v1/campaigns', { name: 'x', text: '{город|} {contract_to|}', sender: 'V' })).status, 201);
});

// --- attributes

test('an attribute that an administrator defined takes what fits, in its one form', async () => {
  await wipe();
  for (const [name, type, choices] of [
    ['Сумма', 'number'], ['Визит', 'date'], ['Согласен', 'yes_no'], ['Карта', 'one_of', ['золотая', 'серебряная']],
    ['Интересы', 'many_of', ['сад', 'дача', 'рыбалка']]]) {
    const made = await api.post('/v1/attributes', { name, type, ...(choices && { choices }) });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.name, made.body.type, made.body.choices], [name.toLowerCase(), type, choices ?? []]);
  }
  const { status, body } = await api.upload(
    'Телефон;Сумма;Визит;Согласен;Карта;Интересы;Прочее\n89160000001;1 234,50;31.12.2026;Да;ЗОЛОТАЯ;"дача, сад";1 234,50\n');
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual((await rows('SELECT attrs FROM client'))[0].attrs, ['1234.5', '2026-12-31', 'yes', 'золотая', 'дача\nсад', '1 234,50']);
  const bad = await api.upload('Телефон;Сумма;Карта\n89160000001;x;\n89160000002;;медная\n', '', { headers: { 'accept-language': 'ru' } });
  assert.deepEqual(bad.body.errors.map((e) => [e.line, e.field, e.expected]),
    [[2, 'Сумма', 'число, например 1234,50'], [3, 'Карта', 'одно из значений: золотая, серебряная']]);
  const listed = (await api.get('/v1/attributes')).body.attributes;
  assert.deepEqual(listed.map(({ id, name, type }) => [id, name, type]).at(-1), ['6', 'прочее', 'text']);
});

test('a wrong definition is refused by name', async () => {
  await wipe();
  for (const [body, field] of [
    [{ name: 'x' }, 'type'], [{ type: 'text' }, 'name'], [{ name: 'x', type: 'colour' }, 'type'], [{ name: 'город', type: 'text' }, 'name'],
    [{ name: 'x', type: 'one_of' }, 'choices'], [{ name: 'x', type: 'text', choices: ['a'] }, 'choices'],
    [{ name: 'x', type: 'one_of', choices: ['a', 'A'] }, 'choices'], [{ name: 'x', type: 'many_of', choices: ['a,b'] }, 'choices'],
    [{ name: 'x', type: 'one_of', choices: [1] }, 'choices'], [{ name: '5', type: 'text' }, 'name']]) {
    const { status, body: problem } = await api.post('/v1/attributes', body);
    assert.deepEqual([status, problem.errors?.[0].field], [422, field], JSON.stringify(body));
  }
  assert.equal((await api.post('/v1/attributes', { name: 'x', type: 'text' })).status, 201);
  assert.equal((await api.post('/v1/attributes', { name: 'X', type: 'date' })).status, 422, 'the name is taken');
  assert.equal((await api.patch('/v1/attributes/77', { type: 'date' })).status, 404);
});

test('a change of type brings values to the new form and says how many would not fit', async () => {
  await wipe();
  await api.upload('Телефон;Сумма\n89160000001;1 200,50\n89160000002;5\n89160000003;много\n89160000004;много\n89160000005;\n');
  const [{ id }] = (await api.get('/v1/attributes')).body.attributes;
  const refused = await api.patch(`/v1/attributes/${id}`, { type: 'number' });
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /would not fit: 2\./);
  assert.equal(await house.value("SELECT count(*) FROM client WHERE attrs[1] = '1 200,50'"), 1, 'nothing changed');
  const changed = await api.patch(`/v1/attributes/${id}`, { type: 'number', unfit: 'clear' });
  assert.deepEqual([changed.status, changed.body.type], [200, 'number'], changed.text);
  assert.deepEqual((await rows('SELECT attrs[1] AS v FROM client ORDER BY msisdn')).map((r) => r.v), ['1200.5', '5', null, null, null]);
  const choices = await api.patch(`/v1/attributes/${id}`, { type: 'one_of', choices: ['5', '1200.5'] });
  assert.deepEqual([choices.status, choices.body.choices], [200, ['5', '1200.5']], choices.text);
  assert.match((await api.patch(`/v1/attributes/${id}`, { choices: ['5'] })).body.detail, /fit: 1\./);
});

test('an attribute that a text or a list reads stays; another goes with its values', async () => {
  await wipe();
  await api.upload('Телефон;Карта;Банк\n89160000001;7;X\n');
  const [card_, bank] = (await api.get('/v1/attributes')).body.attributes;
  const { body: campaign } = await api.post('/v1/campaigns', { name: 'Осень', text: '{карта|}', sender: 'V' });
  for (const answer of [await api.request('DELETE', `/v1/attributes/${card_.id}`), await api.patch(`/v1/attributes/${card_.id}`, { name: 'номер' })]) {
    assert.equal(answer.status, 409);
    assert.match(answer.body.detail, /Осень/);
  }
  // A word that only begins like the attribute is another one.
  await api.upload('Телефон;Картавость\n89160000001;нет\n');
  await api.post('/v1/campaigns', { name: 'Другая', text: '{картавость|}', sender: 'V' });
  const use = async ({ id }) => (await api.get(`/v1/attributes/${id}/use`)).body;
  assert.deepEqual(await use(card_), { campaigns: [{ id: campaign.id, name: 'Осень', status: 'draft' }], lists: [] });
  await api.request('DELETE', `/v1/campaigns/${campaign.id}`);
  const list = await api.post('/v1/lists', { name: 'Банки', criteria: { criterion: 'attribute_text', attribute: 'банк', op: 'filled' } });
  assert.equal(list.status, 201, list.text);
  assert.match((await api.request('DELETE', `/v1/attributes/${bank.id}`)).body.detail, /Банки/);
  assert.deepEqual([await use(card_), await use(bank)], [{ campaigns: [], lists: [] }, { campaigns: [], lists: [{ id: list.body.id, name: 'Банки' }] }]);
  assert.equal((await api.get('/v1/attributes/77/use')).status, 404);
  assert.equal((await api.request('DELETE', `/v1/attributes/${card_.id}`)).status, 204);
  assert.deepEqual((await rows('SELECT attrs FROM client'))[0].attrs, [null, 'X', 'нет']);
  await api.upload('Телефон;Новый\n89160000001;N\n');
  assert.deepEqual((await rows('SELECT attrs FROM client'))[0].attrs, ['N', 'X', 'нет'], 'the free slot is given away');
});

// --- numbers

const phonesOf = (client) => client.phones.map((p) => [p.phone, p.preferred, p.valid_to === null]);

test('a client has several numbers, and a person chooses which is written to', async () => {
  await wipe();
  const { status, body } = await api.upload('Код;Телефон;Телефон 2;Доп. телефон\nA1;89160000001;89160000002;\nA2;89160000009;;\n');
  assert.equal(status, 422, 'two columns of one meaning');
  const stored = await api.upload('Код;Телефон;Телефон 2;Телефон 3\nA1;89160000001;89160000002;89160000003\nA2;89160000009;;\n');
  assert.equal(stored.status, 201, JSON.stringify(stored.body ?? body));
  assert.deepEqual(phonesOf(await card('A1')).sort(), [['+79160000001', true, true], ['+79160000002', false, true], ['+79160000003', false, true]]);
  assert.deepEqual(phonesOf(await card('A2')), [['+79160000009', true, true]]);
  const chosen = await api.put(`/v1/clients/${await idOf('A1')}/phone`, { phone: '8 916 000 00 03' });
  assert.equal(chosen.status, 200, chosen.text);
  assert.deepEqual([chosen.body.phone, chosen.body.phones[0].phone, chosen.body.phones[0].preferred], ['+79160000003', '+79160000003', true]);
  assert.deepEqual(chosen.body.phone_changes.map(({ at, ...change }) => change),
    [{ from: '+79160000001', to: '+79160000003', reason: 'chosen', source: 'api' }]);
  await api.upload('Код;Телефон\nA1;89160000001\n');
  assert.equal((await card('A1')).phone, '+79160000003', 'a file does not take a choice back');
  assert.equal((await api.put(`/v1/clients/${await idOf('A1')}/phone`, { phone: '84951234567' })).status, 422);
  assert.equal((await api.put('/v1/clients/999999/phone', { phone: '89160000001' })).status, 404);
});

test('a person adds a number and ends one; the one that is written to stays', async () => {
  await wipe();
  await api.upload('Код;Телефон\nA1;89160000001\n');
  const id = await idOf('A1');
  const url = `/v1/clients/${id}/phones`;
  const added = await api.post(url, { phone: '8 916 000-00-02' });
  assert.equal(added.status, 200, added.text);
  assert.deepEqual(phonesOf(added.body).sort(), [['+79160000001', true, true], ['+79160000002', false, true]]);
  assert.deepEqual(added.body.phone_changes, [], 'nothing took the place of anything');
  assert.equal((await api.post(url, { phone: '+79160000001' })).status, 200, 'one that is there already stays as it is');

  const ended = await api.post(`${url}/end`, { phone: '+79160000002' });
  assert.deepEqual([ended.status, phonesOf(ended.body).at(-1)], [200, ['+79160000002', false, false]], ended.text);
  const preferred = await api.post(`${url}/end`, { phone: '+79160000001' });
  assert.deepEqual([preferred.status, phonesOf(await card('A1'))[0]], [409, ['+79160000001', true, true]]);
  assert.equal((await api.post(`${url}/end`, { phone: '+79160000077' })).status, 422);
  assert.deepEqual(phonesOf((await api.post(url, { phone: '+79160000002' })).body).sort()[1], ['+79160000002', false, true], 'it is good again');

  await house.db.query('INSERT INTO client_phone (client_id, msisdn, source) SELECT $1, 79170000000 + n, $2 FROM generate_series(1, 18) n', [id, 'api']);
  const many = await api.post(url, { phone: '+79169999999' }, { headers: { 'accept-language': 'ru' } });
  assert.deepEqual([many.status, /Номеров у клиента уже 20/.test(many.body.detail)], [409, true], many.text);
  for (const path of [`/v1/clients/999999/phones`, `/v1/clients/999999/phones/end`]) assert.equal((await api.post(path, { phone: '+79160000001' })).status, 404);
});

/** A message to a number that ended so, made some days ago. */
async function message(msisdn, state, { reason = 0, daysAgo }) {
  const id = await house.value('SELECT ((floor(extract(epoch FROM now()))::bigint - 1577836800 - $1::bigint * 86400) << 32) | nextval($2)',
    [daysAgo, 'message_seq']);
  await house.db.query(`INSERT INTO message (id, msisdn, price_micro, parts, encoding, text) VALUES ($1, $2, 0, 1, 0, 'x')`, [id, msisdn]);
  await house.db.query('INSERT INTO message_state (id, state, reason) VALUES ($1, $2, $3)', [id, state, reason]);
}

test('where the number written to is lost, the next valid one takes its place and history says so', async () => {
  await wipe();
  await house.db.query('TRUNCATE message, message_state');
  for (const table of ['message', 'message_state'])
    await house.db.query(`CREATE TABLE IF NOT EXISTS ${table}_old PARTITION OF ${table} DEFAULT`);
  await api.upload('Код;Телефон;Телефон 2\nB1;89160000001;89160000011\nB2;89160000002;89160000012\nB3;89160000003;89160000013\n');
  for (const daysAgo of [3, 2, 1]) await message(79160000001, 8, { daysAgo });
  await message(79160000002, 5, { reason: 1011, daysAgo: 0 });
  for (const daysAgo of [3, 2]) await message(79160000003, 8, { daysAgo });
  await message(79160000003, 9, { daysAgo: 1 });
  const scheduler = await house.start('schedulerd');
  await waitFor('both to be replaced', async () => await house.value("SELECT count(*) FROM client_phone_change WHERE reason = 'unreachable'") === 2);
  assert.equal((await scheduler.stop()).code, 0);
  assert.deepEqual((await rows('SELECT msisdn FROM client ORDER BY external_id')).map((r) => r.msisdn), [79160000011, 79160000012, 79160000003]);
  const one = await card('B1');
  assert.deepEqual(one.phones.map((p) => [p.phone, p.preferred, p.lost_at !== null]), [['+79160000011', true, false], ['+79160000001', false, true]]);
  assert.ok((await card('B3')).phones[0].last_delivered_at !== null);
  await api.upload('Код;Телефон\nB1;89160000001\n');
  assert.equal((await card('B1')).phone, '+79160000011', 'a file does not bring a lost number back');
});

test('R-24 a corrected number keeps its history and the old one is no longer targeted', { timeout: 120_000 }, async () => {
  await wipe();
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')`);
  await api.upload('Код;Телефон;Имя\nC1;89167770001;Анна\nC2;89167770002;Иван\n', '?list=corrected');
  const list_id = String(await house.value("SELECT id FROM list WHERE name = 'corrected'"));
  const launch = async () => {
    const { body } = await api.post('/v1/campaigns', { name: 'R-24', text: '{first_name}, здравствуйте', sender: 'V', class: 'service', category: 'service', list_id });
    const launched = await api.post(`/v1/campaigns/${body.id}/launch`);
    assert.equal(launched.status, 200, launched.text);
    return body.id;
  };
  // A snapshot is taken, then the number is corrected, then the snapshot is dispatched.
  const scheduler = await house.start('schedulerd');
  const before = await launch();
  await waitFor('the snapshot', async () => await house.value(
    'SELECT count(*) FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1', [before]) === 1);
  assert.equal((await api.upload('Код;Телефон\nC1;89167770009\n')).body.clients_changed, 1);
  const dispatcher = await house.start('dispatcherd');
  const after_ = await launch();
  const dispatched = (id) => house.value(
    'SELECT coalesce(bool_and(c.state = 2), false) FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1', [id]);
  await waitFor('both to be dispatched', async () => await dispatched(before) && await dispatched(after_), { timeoutMs: 60_000 });
  for (const daemon of [scheduler, dispatcher]) assert.equal((await daemon.stop()).code, 0);
  assert.equal(await house.value('SELECT count(*) FROM message WHERE msisdn = 79167770001'), 0, 'nothing for the old number');
  assert.equal(await house.value('SELECT count(*) FROM message WHERE msisdn = 79167770009'), 1, 'the later campaign knows the new one');
  assert.equal(await house.value('SELECT count(*) FROM suppression WHERE msisdn = 79167770001 AND reason = 4'), 1, 'and the earlier left it out');
  const { phone, phone_changes } = await card('C1');
  assert.equal(phone, '+79167770009');
  assert.deepEqual(phone_changes.map(({ at, ...change }) => change),
    [{ from: '+79167770001', to: '+79167770009', reason: 'corrected', source: 'import' }]);
  const put = await api.put(`/v1/clients/${await idOf('C1')}/phone`, { phone: '+79167770010' });
  assert.deepEqual(put.body.phone_changes.map(({ from, to, reason }) => [from, to, reason]), [
    ['+79167770009', '+79167770010', 'corrected'], ['+79167770001', '+79167770009', 'corrected']]);
  assert.ok(put.body.phones.find((p) => p.phone === '+79167770009').valid_to < new Date().toISOString(), 'the old one is over');
});
