// SPDX-License-Identifier: AGPL-3.0-or-later
// Senders, where operators know them and their texts, what a campaign is told of it before it is sent, and who may be
// named.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('senders');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO provider (name, title) VALUES ('hub', 'Узел')`);
  await house.db.query(`INSERT INTO account (name, host, port, system_id, provider_id)
    SELECT u.name, '127.0.0.1', 1, 'x', (SELECT id FROM provider WHERE name = u.provider)
      FROM (VALUES (1, 'one', 'hub'), (2, 'two', 'hub'), (3, 'alone', NULL)) AS u(no, name, provider) ORDER BY u.no`);
  await api.upload('phone;имя\n89161234567;Иван\n89161234568;Анна\n89031234567;Пётр Первый\n89991234567;Ольга\n');
  // MTS and Beeline; of the fourth nobody knows whose it is.
  await house.db.query(`INSERT INTO ported_number (msisdn, operator_id, source)
    VALUES (79161234567, 1, 'mnp'), (79161234568, 1, 'mnp'), (79031234567, 3, 'mnp')`);
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

let number = 0;
const create = async (more = {}) => {
  const { status, body } = await api.post('/v1/senders', { name: `SHOP${++number}`, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const register = async (sender, more = {}) => {
  const { status, body } = await api.post(`/v1/senders/${sender.id}/registrations`, { provider: 'hub', state: 'active', ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const registerText = async (sender, more = {}) => {
  const { status, body } = await api.post('/v1/template-registrations',
    { sender_id: sender.id, provider: 'hub', state: 'active', category: 'service', pattern: 'Заказ %d готов', ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const rules = (body) => api.put('/v1/sender-rules', body);

// --- senders

test('a sender is made, found, noted, switched off and deleted', async () => {
  const made = await create({ name: 'Zimorodok', note: 'Товарный знак' });
  assert.deepEqual([made.name, made.kind, made.note, made.enabled, made.registrations, made.known, made.texts],
    ['Zimorodok', 'letters', 'Товарный знак', true, [], [], 0]);
  assert.deepEqual(made.accounts.map(({ name, provider, provider_title }) => [name, provider, provider_title]),
    [['one', 'hub', 'Узел'], ['two', 'hub', 'Узел'], ['alone', 'alone', '']]);
  assert.ok(made.operators.some(({ code, name }) => code === 'mts' && name === 'МТС'));
  const off = (await api.patch(`/v1/senders/${made.id}`, { enabled: false })).body;
  assert.deepEqual([off.enabled, off.note], [false, 'Товарный знак']);
  assert.equal((await api.patch(`/v1/senders/${made.id}`, { note: '' })).body.note, '');
  const { senders } = (await api.get('/v1/senders')).body;
  assert.deepEqual(senders.at(-1), { id: made.id, name: 'Zimorodok', kind: 'letters', note: '', enabled: false, created_at: made.created_at,
    registered: { active: 0, asked: 0, refused: 0 }, texts: 0 });
  assert.equal((await api.request('DELETE', `/v1/senders/${made.id}`)).status, 204);
  assert.equal((await api.get(`/v1/senders/${made.id}`)).status, 404);
  assert.equal((await api.patch(`/v1/senders/${made.id}`, { note: '' })).status, 404);
  assert.equal((await api.request('DELETE', `/v1/senders/${made.id}`)).status, 404);
});

test('one that campaigns name stays', async () => {
  const made = await create();
  await api.post('/v1/campaigns', { name: 'Draft', sender: made.name });
  const { status, body } = await api.request('DELETE', `/v1/senders/${made.id}`);
  assert.deepEqual([status, /Switch it off/.test(body.detail)], [409, true]);
});

for (const [name, kind] of [['79161234567', 'digits'], ['+74951234567', 'digits'], ['1234', 'short_code'], ['24 hours', 'letters']]) {
  test(`the sender ${name} is ${kind}`, async () => {
    assert.equal((await create({ name })).kind, kind);
    const { status, body } = await api.post('/v1/senders', { name });
    assert.deepEqual([status, body.detail], [409, 'There is a sender of this name already']);
  });
}

for (const name of ['ВЕСТНИК', 'TWELVELETTERS', '1234567890123456', ' SHOP', 'SHOP ', 'A[B]', '', '+']) {
  test(`"${name}" cannot be a sender`, async () => {
    const { status, body } = await api.post('/v1/senders', { name });
    assert.deepEqual([status, body.errors[0].field], [422, 'name']);
    const russian = (await api.post('/v1/senders', { name }, { headers: { 'accept-language': 'ru' } })).body;
    if (name !== '') assert.match(russian.errors[0].expected, /не длиннее 11 латинских букв/);
    // What the API refuses the table refuses as well, and the other way round.
    await assert.rejects(house.db.query('INSERT INTO sender (name) VALUES ($1)', [name]), /sender_name_check/);
  });
}

// --- registrations

test('what operators say is kept, and what follows is told by account and operator', async () => {
  const sender = await create();
  const all = await register(sender, { contract: 'Д-17', monthly_fee: '1020.50', valid_from: '2026-01-01' });
  assert.deepEqual([all.account, all.provider, all.operator, all.state, all.valid_from, all.valid_to, all.contract, all.monthly_fee, all.currency, all.holds],
    [null, 'hub', null, 'active', '2026-01-01', null, 'Д-17', '1020.50', 'RUB', true]);
  const beeline = await register(sender, { operator: 'beeline', state: undefined });
  assert.deepEqual([beeline.state, beeline.holds, beeline.monthly_fee], ['asked', false, null]);
  await register(sender, { provider: undefined, account: 'two', operator: 'beeline' });
  const known = async () => (await api.get(`/v1/senders/${sender.id}`)).body.known
    .map(({ account, operator, state, registered, carries }) => [account, operator, state, registered, carries].join(' '));
  assert.deepEqual(await known(), ['one  active true true', 'one beeline asked false true', 'two  active true true', 'two beeline active true true']);
  const path = `/v1/senders/${sender.id}/registrations/${beeline.id}`;
  const refused = (await api.patch(path, { state: 'refused', note: 'Нет документов', valid_to: '2030-01-01', monthly_fee: null })).body;
  assert.deepEqual([refused.state, refused.note, refused.valid_to, refused.operator], ['refused', 'Нет документов', '2030-01-01', 'beeline']);
  assert.equal((await api.patch(path, { valid_to: null })).body.valid_to, null);
  assert.deepEqual((await api.get('/v1/senders')).body.senders.find(({ id }) => id === sender.id).registered, { active: 2, asked: 0, refused: 1 });
  assert.equal((await api.patch(path, { state: 'ended' })).body.state, 'ended');
  assert.deepEqual(await known(), ['one  active true true', 'two  active true true', 'two beeline active true true']);
  assert.deepEqual((await api.get(`/v1/senders/${sender.id}/registrations`)).body.registrations.map(({ state }) => state), ['active', 'active', 'ended']);
});

test('there is one registration for a place, until it is ended', async () => {
  const sender = await create();
  const first = await register(sender, { operator: 'mts' });
  const again = await api.post(`/v1/senders/${sender.id}/registrations`, { provider: 'hub', operator: 'mts' });
  assert.deepEqual([again.status, /end it before you add another/.test(again.body.detail)], [409, true]);
  await api.patch(`/v1/senders/${sender.id}/registrations/${first.id}`, { state: 'ended' });
  await register(sender, { operator: 'mts' });
});

for (const [why, body, field] of [
  ['nobody it goes through', { provider: undefined }, 'account'],
  ['both an account and a provider', { account: 'one' }, 'account'],
  ['an unknown account', { provider: undefined, account: 'nobody' }, 'account'],
  ['an unknown provider', { provider: 'nobody' }, 'provider'],
  ['an unknown operator', { operator: 'nobody' }, 'operator'],
  ['an unknown state', { state: 'maybe' }, 'state'],
  ['a fee that is no amount', { monthly_fee: '1 020,5' }, 'monthly_fee'],
  ['a day that does not exist', { valid_from: '2026-02-30' }, 'valid_from'],
  ['days in the wrong order', { valid_from: '2026-02-02', valid_to: '2026-02-01' }, 'valid_to'],
]) {
  test(`a registration with ${why} is refused by name`, async () => {
    const sender = await create();
    const { status, body: problem } = await api.post(`/v1/senders/${sender.id}/registrations`, { provider: 'hub', ...body });
    assert.deepEqual([status, problem.errors?.[0].field], [422, field], JSON.stringify(problem));
  });
}

test('a registration is of its sender and of one that exists', async () => {
  const [a, b] = [await create(), await create()];
  const { id } = await register(a);
  assert.equal((await api.patch(`/v1/senders/${b.id}/registrations/${id}`, { state: 'ended' })).status, 404);
  assert.equal((await api.post('/v1/senders/999999/registrations', { provider: 'hub' })).status, 404);
  assert.equal((await api.get('/v1/senders/999999/registrations')).status, 404);
});

// --- texts

test('texts are registered, told the newest first, by sender, and changed', async () => {
  const [a, b] = [await create(), await create()];
  const template = (await api.post('/v1/templates', { name: `Готов ${number}`, category: 'service', text: 'Заказ {external_id|0} готов' })).body;
  const first = await registerText(a, { operator: 'mts', template_id: template.id, state: 'asked' });
  assert.deepEqual([first.sender, first.category, first.pattern, first.operator, first.template, first.state, first.holds],
    [a.name, 'service', 'Заказ %d готов', 'mts', template.name, 'asked', false]);
  const second = await registerText(a, { pattern: '%w{1,3}, ваш код %d', category: 'authorisation' });
  await registerText(b);
  const of = async (query) => (await api.get(`/v1/template-registrations?${query}`)).body;
  assert.deepEqual((await of(`sender_id=${a.id}`)).registrations.map(({ id }) => id), [second.id, first.id]);
  const page = await of(`sender_id=${a.id}&limit=1`);
  assert.deepEqual((await of(`sender_id=${a.id}&cursor=${page.next_cursor}`)).registrations.map(({ id }) => id), [first.id]);
  const active = (await api.patch(`/v1/template-registrations/${first.id}`, { state: 'active', valid_from: '2026-01-01' })).body;
  assert.deepEqual([active.state, active.holds, active.pattern], ['active', true, 'Заказ %d готов']);
  assert.equal((await api.patch('/v1/template-registrations/999999', { state: 'active' })).status, 404);
  assert.equal((await api.get('/v1/senders')).body.senders.find(({ id }) => id === a.id).texts, 2);
  // The template may go; what was registered stays.
  assert.equal((await api.request('DELETE', `/v1/templates/${template.id}`)).status, 204);
  assert.equal((await of(`sender_id=${a.id}`)).registrations[1].template_id, null);
});

for (const [why, more, field, part] of [
  ['that is broken', { pattern: 'Код %d{2,3}' }, 'pattern', /character 5: %d\{2,3\} is no variable/],
  ['of advertising', { category: 'advertising' }, 'category', /not registered/],
  ['of no category', { category: undefined }, 'category', /service/],
  ['of nobody', { sender_id: '999999' }, 'sender_id', /GET \/v1\/senders/],
  ['of a template that is not there', { template_id: '999999' }, 'template_id', /GET \/v1\/templates/],
]) {
  test(`a text ${why} is refused by name`, async () => {
    const sender = await create();
    const { status, body } = await api.post('/v1/template-registrations',
      { sender_id: sender.id, provider: 'hub', category: 'service', pattern: 'Заказ %d', ...more });
    assert.deepEqual([status, body.errors[0].field], [422, field]);
    assert.match(body.errors[0].expected, part);
  });
}

// --- who may be named

test('a class has a default sender, a category of it another', async () => {
  const [all, debts] = [await create(), await create()];
  const { status, body } = await rules({ defaults: [
    { class: 'service', category: null, sender: all.name }, { class: 'service', category: 'debt', sender: debts.name }] });
  assert.equal(status, 200);
  assert.deepEqual(body, { unregistered: 'open', defaults: [
    { class: 'service', category: null, sender: all.name }, { class: 'service', category: 'debt', sender: debts.name }] });
  const sender = async (fields) => (await api.post('/v1/campaigns', { name: 'Draft', ...fields })).body.sender;
  assert.equal(await sender({ class: 'service', category: 'service' }), all.name);
  assert.equal(await sender({ class: 'service', category: 'debt' }), debts.name);
  assert.equal(await sender({ class: 'advertising', category: 'advertising' }), '');
  assert.equal(await sender({ class: 'service', category: 'debt', sender: 'OTHER' }), 'OTHER');
  await api.patch(`/v1/senders/${debts.id}`, { enabled: false });
  assert.equal(await sender({ class: 'service', category: 'debt' }), all.name);
  const twice = await rules({ defaults: [{ class: 'alert', sender: all.name }, { class: 'alert', category: null, sender: all.name }] });
  assert.deepEqual([twice.status, twice.body.errors[0].field], [422, 'defaults[1].class']);
  const off = await rules({ unregistered: 'strict', defaults: [{ class: 'alert', sender: debts.name }] });
  assert.deepEqual([off.status, off.body.errors[0].field, off.body.errors[0].found], [422, 'defaults', debts.name]);
  assert.deepEqual((await api.get('/v1/sender-rules')).body, body, 'nothing of a refused change is kept');
  assert.deepEqual((await rules({ defaults: [] })).body, { unregistered: 'open', defaults: [] });
});

test('where only known senders may be used, others are refused; one that is switched off always is', async () => {
  const sender = await create();
  const other = (await api.post('/v1/campaigns', { name: 'Draft', sender: 'STRANGER', category: 'service', text: 'Hi' })).body;
  const problems = async (id) => (await api.get(`/v1/campaigns/${id}/check`)).body.problems.filter(({ field }) => field === 'sender');
  assert.deepEqual(await problems(other.id), []);
  assert.equal((await rules({ unregistered: 'strict' })).body.unregistered, 'strict');
  const { status, body } = await api.post('/v1/campaigns', { name: 'Draft', sender: 'STRANGER' });
  assert.deepEqual([status, body.errors[0].field], [422, 'sender']);
  const template = await api.post('/v1/templates', { name: 'Чужое имя', category: 'service', text: 'Hi', sender: 'STRANGER' });
  assert.deepEqual([template.status, template.body.errors[0].field], [422, 'sender']);
  assert.match((await problems(other.id))[0].message, /STRANGER is not/);
  assert.equal((await api.post(`/v1/campaigns/${other.id}/launch`, {})).status, 422);
  const mine = (await api.post('/v1/campaigns', { name: 'Draft', sender: sender.name, category: 'service', text: 'Hi' })).body;
  assert.deepEqual(await problems(mine.id), []);
  await rules({ unregistered: 'open' });
  await api.patch(`/v1/senders/${sender.id}`, { enabled: false });
  assert.match((await problems(mine.id))[0].message, /is switched off/);
  assert.equal((await api.patch(`/v1/campaigns/${mine.id}`, { text: 'Hello' })).status, 422);
});

test('a program cannot write from a stranger either, where that is so', async () => {
  const sender = await create();
  const message = { to: '+79161234567', text: 'Hi', class: 'service', category: 'service' };
  const send = (fields) => api.post('/v1/messages', { ...message, ...fields });
  const until = (what, done) => waitFor(what, done, { timeoutMs: 15_000 });
  assert.equal((await send({ sender: 'STRANGER' })).status, 202);
  await rules({ unregistered: 'strict' });
  await until('the stranger to be refused', async () => (await send({ sender: 'STRANGER' })).status === 422);
  const { body } = await send({ sender: 'STRANGER' });
  assert.deepEqual([body.errors[0].field, body.errors[0].found], ['sender', 'STRANGER']);
  assert.equal((await send({ sender: sender.name })).status, 202);
  const bulk = await api.post('/v1/messages/bulk', { messages: [{ to: '+79161234567', text: 'Hi', sender: sender.name }, { to: '+79161234568', text: 'Hi', sender: 'STRANGER' }], class: 'service', category: 'service' });
  assert.deepEqual([bulk.status, bulk.body.errors[0].field], [422, 'messages[1].sender'], JSON.stringify(bulk.body));
  await rules({ unregistered: 'open' });
  await api.patch(`/v1/senders/${sender.id}`, { enabled: false });
  await until('the one that is switched off to be refused', async () => (await send({ sender: sender.name })).status === 422);
});

// --- before sending

test('the check of a campaign says which operators know the sender and the text', async () => {
  const sender = await create();
  await house.db.query('DELETE FROM sender_registration; DELETE FROM template_registration');
  const campaign = (await api.post('/v1/campaigns', { name: 'Draft', sender: sender.name, class: 'service', category: 'service', text: 'Здравствуйте, {first_name}!' })).body;
  const known = async (lang = 'en') => (await api.get(`/v1/campaigns/${campaign.id}/check`, { headers: { 'accept-language': lang } })).body.known;
  assert.deepEqual(await known(), [], 'nobody keeps the register');
  await register(sender, { operator: 'mts' });
  await register(sender, { operator: null, state: 'asked' });
  const short = (list) => list.map(({ operator, looked_at, ways }) => [operator, looked_at,
    ...ways.map(({ accounts, sender_registered, text, carries }) => `${accounts} ${sender_registered} ${text} ${carries}`)]);
  assert.deepEqual(short(await known()), [
    ['mts', 2, 'one,two true not_asked true', 'alone false not_asked true'],
    [null, 1, 'one,two,alone false not_asked true'], ['beeline', 1, 'one,two,alone false not_asked true']]);
  // The text of one name of two, over one account.
  await registerText(sender, { operator: 'mts', provider: undefined, account: 'one', pattern: 'Здравствуйте, Иван!' });
  assert.deepEqual(short(await known())[0], ['mts', 2, 'one true some true', 'two true not_asked true', 'alone false not_asked true']);
  assert.match((await known('ru'))[0].ways[0].message, /из просмотренных текстов \(2\) не зарегистрированы .*: 1$/);
  await registerText(sender, { operator: 'mts', provider: undefined, account: 'one', pattern: 'Здравствуйте, %w!' });
  assert.deepEqual((await known())[0].ways[0].message, 'Sender and text are registered');
  await rules({ unregistered: 'strict' });
  assert.deepEqual(short(await known()).at(-1), ['beeline', 1, 'one,two,alone false not_asked false']);
  assert.match((await known('ru')).at(-1).ways[0].message, /ничего не отправляется/);
  await rules({ unregistered: 'open' });
});

test('daemons read what they route by and change nothing', async () => {
  await house.db.query(`UPDATE setting SET value = 'open' WHERE name = 'unregistered_senders'`);
  await assert.rejects(house.db.query(`SET ROLE vestnik_apid; UPDATE sender SET name = 'X'`), /permission denied/);
  await house.db.query('RESET ROLE');
  for (const role of ['vestnik_dispatcherd', 'vestnik_schedulerd']) {
    await house.db.query(`SET ROLE ${role}; SELECT * FROM sender_routes(); SELECT * FROM template_routes(); SELECT * FROM sender_version`);
    await assert.rejects(house.db.query(`DELETE FROM sender`), /permission denied/);
    await house.db.query('RESET ROLE');
  }
});
