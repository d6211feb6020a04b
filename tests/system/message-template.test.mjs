// SPDX-License-Identifier: AGPL-3.0-or-later
// Messages that name a template: what is made of them, what is refused, and tokens that may send nothing else.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Crm } from './lib/crm.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';

let house;
let api;
let boss;
let crm;
const templates = {};
let number = 0;

before(async () => {
  house = await House.open('message_template');
  await house.db.query("INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')");
  api = await Api.open(house);
  await house.start('crmd');
  crm = await Crm.connect(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await house.vestnik('user', 'add', 'boss', '--name', 'boss', '--password-file', path.join(house.dir, 'password'));
  boss = await Http.signIn(api.base, 'boss', PASSWORD);
  // Fields of a template that are nobody's are attributes.
  for (const [name, type] of [['order', 'text'], ['sum', 'number'], ['code', 'text'], ['what', 'text']])
    await boss.call('POST', '/v1/attributes', { name, type });
  for (const [name, fields] of Object.entries({
    order: { text: 'Заказ {order} готов{if sum >= 100}, оплачен{end}. {first_name|Клиент}, ждём вас', category: 'service', sender: 'VESTNIK' },
    code: { text: 'Code {code}', category: 'authorisation' },
    other: { text: 'Something else', category: 'service', sender: 'VESTNIK' },
    plain: { text: '«{what}»', category: 'service', sender: 'VESTNIK', spelling: 'plain' },
  }))
    templates[name] = (await boss.call('POST', '/v1/templates', { name, ...fields })).id;
});
after(async () => {
  boss.close();
  await crm.close();
  assert.equal((await api.daemon.stop()).code, 0);
  await house.close();
});

const to = () => `+7916000${String(++number).padStart(4, '0')}`;
const send = (body, token = api.token) => api.post('/v1/messages', { to: to(), class: 'service', ...body }, { token });
const bulk = (body, token = api.token) => api.post('/v1/messages/bulk', { class: 'service', ...body }, { token });
const last = async () => (await house.db.query('SELECT texts, sender, category, extract(epoch FROM deadline - created_at)::int AS valid FROM chunk ORDER BY id DESC LIMIT 1')).rows[0];
const field = ({ body }) => body.errors?.[0]?.field;

test('a message says what its template says, with its own values, sender and category', async () => {
  assert.equal((await send({ template_id: templates.order, variables: { order: '1042', sum: '120', first_name: 'Анна' } })).status, 202);
  assert.deepEqual(await last(), { texts: ['Заказ 1042 готов, оплачен. Анна, ждём вас'], sender: 'VESTNIK', category: 2, valid: 86_400 });
  assert.equal((await send({ template_id: templates.order, variables: { order: '{first_name}', first_name: '' }, sender: 'OTHER', validity_s: 600 })).status, 202);
  assert.deepEqual(await last(), { texts: ['Заказ {first_name} готов. Клиент, ждём вас'], sender: 'OTHER', category: 2, valid: 600 });
  assert.equal((await send({ template_id: templates.code, variables: { code: '123456' }, sender: 'VESTNIK' })).status, 202);
  assert.deepEqual(await last(), { texts: ['Code 123456'], sender: 'VESTNIK', category: 6, valid: 120 }, 'a code is of no use later');
  assert.equal((await send({ template_id: templates.plain, variables: { what: 'tea – “now”' } })).status, 202);
  assert.deepEqual((await last()).texts, ['"tea - "now""'], 'as the template is spelled');
});

test('the newest version is taken', async () => {
  const { id } = await boss.call('POST', '/v1/templates', { name: 'changing', text: 'One', category: 'service', sender: 'VESTNIK' });
  await send({ template_id: id });
  assert.deepEqual((await last()).texts, ['One']);
  await boss.call('PUT', `/v1/templates/${id}`, { name: 'changing', text: 'Two', category: 'service', sender: 'VESTNIK' });
  await send({ template_id: id });
  assert.deepEqual((await last()).texts, ['Two']);
});

test('many have one template or each its own, and a text of their own goes before that of all', async () => {
  const answer = await bulk({ template_id: templates.order, messages: [
    { to: to(), variables: { order: '1' } }, { to: to(), text: 'Plain', category: 'service', sender: 'VESTNIK' },
    { to: to(), template_id: templates.other }, { to: to(), variables: { order: '2' } },
  ] });
  assert.equal(answer.status, 202, answer.text);
  const texts = (await house.db.query('SELECT texts FROM chunk ORDER BY id DESC LIMIT 1')).rows[0].texts;
  assert.deepEqual(texts, ['Заказ 1 готов. Клиент, ждём вас', 'Plain', 'Something else', 'Заказ 2 готов. Клиент, ждём вас']);
});

test('what cannot be made is refused with its place, and nothing is stored', async () => {
  const before = await house.value('SELECT count(*) FROM chunk');
  const promo = await boss.call('POST', '/v1/promo-pools', { name: 'spring' }).then(() => boss.call('POST', '/v1/templates', { name: 'promo', text: 'Code {promo spring}', category: 'advertising', sender: 'VESTNIK' }));
  for (const [body, where] of [
    [{ template_id: '999' }, 'template_id'],
    [{ template_id: promo.id }, 'template_id'],
    [{ template_id: templates.order }, 'variables'],
    [{ template_id: templates.order, variables: { order: '' } }, 'variables'],
    [{ template_id: templates.order, variables: { order: '1', colour: 'red' } }, 'variables'],
    [{ template_id: templates.order, variables: { order: 7 } }, 'variables.order'],
    [{ template_id: templates.order, variables: { order: 'x'.repeat(501) } }, 'variables.order'],
    [{ template_id: templates.order, variables: { order: 'a\u0007' } }, 'variables.order'],
    [{ template_id: templates.order, variables: ['1'] }, 'variables'],
    [{ template_id: templates.order, variables: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`v${i}`, '1'])) }, 'variables'],
    [{ template_id: templates.order, variables: { order: 'ж'.repeat(400) }, max_parts: 2 }, 'variables'],
    [{ template_id: templates.order, variables: { order: '1' }, category: 'transactional' }, 'category'],
    [{ template_id: templates.order, variables: { order: '1' }, text: 'Plain' }, 'text'],
    [{ template_id: templates.code, variables: { code: '1' } }, 'sender'],
    [{ variables: { order: '1' } }, 'text'],
    [{ template_id: 7 }, 'template_id'],
  ]) {
    const answer = await send(body);
    assert.equal(answer.status, 422, `${JSON.stringify(body)}: ${answer.text}`);
    assert.equal(field(answer), where, JSON.stringify(body));
  }
  const many = await bulk({ template_id: templates.order, messages: [{ to: to(), variables: { order: '1' } }, { to: to() }] });
  assert.equal(field(many), 'messages[1].variables');
  assert.equal(await house.value('SELECT count(*) FROM chunk'), before);
});

test('a token bound to templates sends those and no text of its own, and cannot be one that writes texts', async () => {
  const token = await boss.call('POST', '/v1/tokens', { name: 'bound', rights: ['messages.send', 'messages.read'], templates: [templates.order, templates.code] });
  assert.deepEqual(token.templates, [templates.order, templates.code]);
  assert.equal((await send({ template_id: templates.order, variables: { order: '1' } }, token.secret)).status, 202);
  for (const [body, why] of [
    [{ text: 'Anything', sender: 'VESTNIK', category: 'service' }, 'a text of its own'],
    [{ template_id: templates.other }, 'another template'],
  ]) {
    const answer = await send(body, token.secret);
    assert.deepEqual([answer.status, answer.body.type.split(':').at(-1)], [403, 'text-not-allowed'], why);
  }
  const mixed = await bulk({ template_id: templates.order, messages: [{ to: to(), variables: { order: '1' } }, { to: to(), text: 'Anything', sender: 'VESTNIK', category: 'service' }] }, token.secret);
  assert.equal(mixed.status, 403);
  for (const rights of [['*'], ['campaigns.edit'], ['campaigns.launch'], ['templates.edit'], ['consents.edit', 'messages.send']]) {
    assert.equal(field(await boss.raw('POST', '/v1/tokens', { body: { name: 'odd', rights, templates: [templates.order] } })), 'templates', rights.join());
    assert.equal((await boss.raw('PATCH', `/v1/tokens/${token.id}`, { body: { rights } })).status, 422, rights.join());
  }
  assert.equal(field(await boss.raw('POST', '/v1/tokens', { body: { name: 'odd', rights: ['messages.send'], templates: ['999'] } })), 'templates');
  await assert.rejects(house.vestnik('token', 'create', 'odd', '--templates', templates.order), /needs --rights without/);
  // Its parts are counted as they are made.
  const limited = (await house.vestnik('token', 'create', 'limited', '--templates', templates.order, '--rights', 'messages.send', '--parts-per-day', '3')).trim();
  assert.deepEqual([
    (await send({ template_id: templates.order, variables: { order: 'ж'.repeat(100) } }, limited)).status,
    (await send({ template_id: templates.order, variables: { order: 'ж'.repeat(100) } }, limited)).status,
    (await send({ template_id: templates.order, variables: { order: '1' } }, limited)).status,
  ], [202, 429, 202]);
});

test('message.send names templates, too', async () => {
  const outcome = async (data) => {
    const id = await crm.send('message.send', { to: to(), class: 'service', ...data });
    return waitFor('its outcome', () => house.value("SELECT outcome || coalesce(' ' || field, '') FROM crm_event WHERE id = $1", [id]));
  };
  assert.equal(await outcome({ template_id: templates.order, variables: { order: '77' } }), 'done');
  assert.deepEqual((await last()).texts, ['Заказ 77 готов. Клиент, ждём вас']);
  assert.equal(await outcome({ template_id: templates.order }), 'refused data.variables');
  assert.equal(await outcome({ template_id: '999' }), 'refused data.template_id');
  assert.equal(await outcome({ template_id: templates.order, variables: { order: '1' }, category: 'debt' }), 'refused data.category');
});
