// SPDX-License-Identifier: AGPL-3.0-or-later
// What texts may and must say: words of advertising, a lawyer's word, who advertises and how to refuse.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
let house;
let api;
let list;
const person = {};

async function add(login, role) {
  await house.vestnik('user', 'add', login, '--name', login, '--role', role, '--password-file', path.join(house.dir, 'password'));
  person[login] = await Http.signIn(api.base, login, PASSWORD);
}

const draft = async (more, who = person.anna) => {
  const { status, body } = await who.raw('POST', '/v1/campaigns', { body: { name: 'spring', text: 'Hello', sender: 'Vestnik', class: 'service', category: 'service', list_id: list, ...more } });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
};
const check = async (id) => {
  const { status, body } = await api.get(`/v1/campaigns/${id}/check`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const warned = async (id) => (await check(id)).warnings.filter(({ kind }) => kind === 'advertising_words').map(({ message }) => message);
const forbidden = async (id) => (await check(id)).problems.filter(({ message }) => /advertis/i.test(message)).map(({ field }) => field);
const launch = (id, who = person.anna) => who.raw('POST', `/v1/campaigns/${id}/launch`);
const ask = (id, who = person.anna) => who.raw('POST', `/v1/campaigns/${id}/text-review`);
const decide = (who, id, decision, note) => who.raw('POST', '/v1/text-reviews', { body: { id, decision, ...(note ? { note } : {}) } });
const waiting = async (who = person.lev) => (await who.raw('GET', '/v1/text-reviews?state=waiting')).body.reviews;
const rules = async (more) => {
  const { status, body } = await api.put('/v1/text-rules', { mode: 'warn', require_advertiser: false, require_refusal: false, advertiser_names: null, ...more });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

before(async () => {
  house = await House.open('text-rules');
  await house.db.query("INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('main', 'x', 1, 'x', 2000000)");
  await house.db.query("INSERT INTO client (external_id, msisdn, first_name) SELECT 'c' || n, 79000000000 + n, 'Client ' || n FROM generate_series(1, 5) n");
  list = await house.value("WITH l AS (INSERT INTO list (name, size) VALUES ('everybody', 5) RETURNING id), m AS (INSERT INTO list_member SELECT l.id, c.id FROM l, client c) SELECT id::text FROM l");
  await house.db.query("UPDATE setting SET value = 'off' WHERE name = 'quiet_hours'");
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await add('anna', 'author');
  await add('lev', 'lawyer');
  await add('lida', 'lawyer');
  await house.db.query("INSERT INTO person_role (person_id, role, department_id, reach, clients) SELECT p.id, r.role, r.department_id, r.reach, r.clients FROM person p, person_role r WHERE p.login = 'lida' AND r.person_id = (SELECT id FROM person WHERE login = 'anna')");
});
after(() => house?.close());

test('R-44 words of advertising in a service text are warned of, and no rates are', async () => {
  assert.deepEqual((await api.get('/v1/text-rules')).body, { mode: 'warn', require_advertiser: false, require_refusal: false, advertiser_names: [] });
  for (const [text, words] of [
    ['Ваш заказ готов. Скидка 20% на следующий', '"скидка", "%"'],
    ['Промокод SPRING, только сегодня', '"промокод", "только сегодня"'],
    ['А к ц и я в магазине', '"акция"'],
  ]) {
    const id = await draft({ text });
    assert.deepEqual(await warned(id), [`The text reads as advertising: ${words}. Leave that out, or choose the category of advertising, which needs consent`]);
    assert.deepEqual(await forbidden(id), []);
  }
  for (const text of ['Ваш заказ готов', 'К оплате 1200 ₽, НДС 20 %', 'По ставке 12 % годовых', 'Собрание акционеров', 'Уплачен акциз'])
    assert.deepEqual(await warned(await draft({ text })), [], text);
  assert.deepEqual(await warned(await draft({ text: 'Скидка', category: 'advertising', class: 'advertising' })), [], 'advertising may advertise');
  const varied = await draft({ text: 'Hello', variants: [{ name: 'B', text: 'Скидка', share: 20 }] });
  assert.equal((await warned(varied)).length, 1, 'variants are read, too');
  assert.equal((await launch(await draft({ text: 'Скидка' }))).status, 200, 'a warning forbids nothing');
  await rules({ mode: 'off' });
  assert.deepEqual(await warned(await draft({ text: 'Скидка' })), []);
});

test('R-44 where the policy asks for review, a lawyer approves the text before it can be launched', async () => {
  await rules({ mode: 'review' });
  const id = await draft({ text: 'Вам начислен бонус' });
  assert.deepEqual(await forbidden(id), ['text']);
  const refused = await launch(id);
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors[0].expected, /"бонус".*ask for a lawyer's review/);

  const asked = await ask(id);
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  assert.deepEqual(asked.body.reviews.map(({ text, category, words, state }) => [text, category, words, state]), [['Вам начислен бонус', 'service', ['бонус'], 'waiting']]);
  await ask(id);
  assert.equal((await waiting()).length, 1, 'asking twice asks once');
  const review = (await waiting())[0].id;
  assert.equal((await person.anna.raw('GET', '/v1/text-reviews')).status, 403, 'the right is the lawyer\'s');
  assert.equal((await decide(person.anna, review, 'approved')).status, 403);
  const program = await api.post('/v1/text-reviews', { id: review, decision: 'approved' });
  assert.match(program.body.detail, /a program is none/);
  assert.equal((await launch(id)).status, 422, 'waiting is not approved');

  assert.equal((await decide(person.lev, review, 'declined')).status, 422, 'to decline needs a note');
  assert.equal((await decide(person.lev, review, 'declined', 'This is advertising')).status, 200);
  assert.match((await launch(id)).body.errors[0].expected, /A lawyer declined it/);
  assert.equal((await decide(person.lev, review, 'approved')).status, 409, 'decided already');

  await ask(id);
  const done = await decide(person.lev, (await waiting())[0].id, 'approved', 'A term of the contract');
  assert.deepEqual([done.status, done.body.state, done.body.decided_by], [200, 'approved', 'lev']);
  assert.deepEqual(await forbidden(id), []);
  assert.deepEqual(await warned(id), []);
  const changed = await person.anna.raw('PATCH', `/v1/campaigns/${id}`, { body: { text: 'Вам начислен бонус!' } });
  assert.equal(changed.status, 200);
  assert.equal((await launch(id)).status, 422, 'another text is another review');
  await person.anna.raw('PATCH', `/v1/campaigns/${id}`, { body: { text: 'Вам начислен бонус' } });
  assert.equal((await launch(id)).status, 200);
  assert.equal((await launch(await draft({ text: 'Вам начислен бонус', category: 'transactional' }))).status, 422, 'another category is, too');
  assert.equal((await ask(await draft({ text: 'Hello' }))).status, 409, 'nothing to review');
});

test('R-44 whoever wrote a text does not review it; variants and reminders are reviewed, too', async () => {
  await rules({ mode: 'review' });
  const id = await draft({ text: 'Распродажа у нас', variants: [{ name: 'B', text: 'Подарок у нас', share: 20 }] }, person.lida);
  assert.deepEqual(await forbidden(id), ['text', 'variants[0].text']);
  assert.equal((await ask(id, person.lida)).body.reviews.length, 2);
  const own = await decide(person.lida, (await waiting())[0].id, 'approved');
  assert.equal(own.status, 403);
  assert.match(own.body.detail, /Another person must look/);
  for (const { id: review } of await waiting()) assert.equal((await decide(person.lev, review, 'approved')).status, 200);
  assert.deepEqual(await forbidden(id), []);
  await house.db.query("UPDATE campaign SET reminder = '{\"text\": \"Успейте\"}' WHERE id = $1", [id]);
  assert.deepEqual(await forbidden(id), ['reminder.text']);
  assert.equal(await house.value("SELECT count(*)::int FROM audit WHERE kind = 'text_review' AND action = 'update'") >= 3, true, 'decisions are in the audit');
});

test('R-45 advertising without the advertiser\'s name or a way to refuse can be neither approved nor launched', async () => {
  const wrong = await api.put('/v1/text-rules', { mode: 'warn', require_advertiser: true, require_refusal: true, advertiser_names: null });
  assert.deepEqual(wrong.body.errors.map(({ field }) => field), ['advertiser_names']);
  const kept = await rules({ require_advertiser: true, require_refusal: true, advertiser_names: ['Ромашка', 'Romashka'] });
  assert.deepEqual(kept.advertiser_names, ['Ромашка', 'Romashka']);
  const advertising = (text) => draft({ text, category: 'advertising', class: 'advertising' });
  for (const [text, count] of [
    ['Скидка 20%', 2],
    ['РОМАШКА: скидка 20%', 1],
    ['Скидка 20%. Отказ: СТОП на 1234', 1],
    ['Ромашка: скидка 20%. Отказ: СТОП на 1234', 0],
    ['Romashka: sale. https://v.example/stop/0123', 0],
  ]) {
    const id = await advertising(text);
    assert.equal((await forbidden(id)).length, count, text);
    if (count === 0) continue;
    const approval = await person.anna.raw('POST', `/v1/campaigns/${id}/approval/request`);
    assert.equal(approval.status, 422, 'it cannot be approved');
    const refused = await launch(id);
    assert.equal(refused.status, 422);
    assert.ok(refused.body.errors.some(({ field, expected }) => field === 'text' && /^Advertising must say/.test(expected)), JSON.stringify(refused.body));
  }
  assert.deepEqual(await forbidden(await draft({ text: 'Ваш заказ готов' })), [], 'of advertising alone');
  await rules();
  assert.deepEqual(await forbidden(await advertising('Скидка 20%')), [], 'off unless said');
});
