// SPDX-License-Identifier: AGPL-3.0-or-later
// Spelling on its whole way: template, preview, check, campaign, telephone. What is shown, counted and priced is
// what is stored and what leaves.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { hashOf } from './lib/smscsim.mjs';

const TEXT = '{имя}, «Весенняя» скидка 15 % на всю новую коллекцию — только до воскресенья! Промокод в приложении и на https://shop.example/весна-не-меняется';
const NO_LINK = '{имя}, «Весенняя» скидка 15 % на всю новую коллекцию — только до воскресенья! Ваш подарок ждёт в приложении, приходите…';
const LATIN = (name) => `${name}, "Vesennyaya" skidka 15 % na vsyu novuyu kollektsiyu - tolko do voskresenya! Vash podarok zhdet v prilozhenii, prikhodite...`;
const PRICE = 2_500_000;

let fleet;
let api;
let list;
const ok = async (promise, status = 200) => {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.body;
};

before(async () => {
  fleet = await Fleet.open('spelling', { account: { price_micro: PRICE } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'spelling')).trim());
  // One whose name no telephone writes in Latin letters, one for whom a picture keeps the text in UCS-2.
  list = (await ok(api.upload('Телефон;Имя\n+79165000001;Юлия\n+79165000002;Щукарь\n+79165000003;王\n', '?list=Spelling'), 201)).list_id;
});
after(() => fleet?.close());

const draft = async (more) => ok(api.post('/v1/campaigns', { name: 'Spelling', text: NO_LINK, sender: 'SHOP', class: 'service', category: 'service', list_id: list, ...more }), 201);
const bySpelling = (rows) => Object.fromEntries(rows.map(({ spelling, ...rest }) => [spelling, rest]));
const messagesOf = async (campaign) => (await fleet.db.query(
  `SELECT m.msisdn, m.text, m.parts, m.encoding, m.price_micro FROM message m JOIN batch b ON b.id = m.id & ~255::bigint JOIN run r ON r.id = b.run_id
    WHERE r.campaign_id = $1 ORDER BY 1`, [campaign])).rows;

test('the preview tells parts and money in every spelling, and shows the one asked for', async () => {
  const preview = (more) => ok(api.post('/v1/texts/preview', { text: NO_LINK, list_id: list, ...more }));
  const asIs = await preview({});
  const told = bySpelling(asIs.spellings);
  assert.deepEqual(Object.keys(told), ['as_is', 'plain', 'latin']);
  assert.deepEqual(told.as_is, { parts: { min: 2, max: 2, average: 2 }, rewritten: 0, cost_each: '5.00' });
  assert.deepEqual(told.plain, told.as_is, 'signs alone do not make a Russian text cheaper');
  assert.deepEqual(told.latin, { parts: { min: 1, max: 2, average: 1.33 }, rewritten: 2, cost_each: '3.333333' });
  assert.equal(asIs.samples[0].text.slice(0, 18), 'Юлия, «Весенняя» с');

  const latin = await preview({ spelling: 'latin', thorough: true });
  assert.deepEqual(latin.spellings, asIs.spellings);
  assert.deepEqual(latin.parts, told.latin.parts);
  assert.deepEqual(latin.samples.map(({ text, encoding, parts }) => [text.slice(0, 6), encoding, parts]), [['Yuliya', 'gsm7', 1], ['王, «Ве', 'ucs2', 2], ['Shchuk', 'gsm7', 1]]);
  assert.deepEqual(latin.alphabets.map(({ encoding, texts }) => [encoding, texts]), [['gsm7', 2], ['ucs2', 1]]);
  assert.equal(latin.worst.parts, 1, 'the longest name becomes Latin too');
  assert.equal((await preview({ spelling: 'runes' }).catch(({ message }) => message)).includes('as_is, plain or latin'), true);
});

test('a link keeps its letters, and so the text stays as it is written', async () => {
  const { spellings, samples } = await ok(api.post('/v1/texts/preview', { text: TEXT, list_id: list, spelling: 'latin' }));
  assert.deepEqual(spellings.map(({ rewritten }) => rewritten), [0, 0, 0]);
  assert.ok(samples[0].text.endsWith('https://shop.example/весна-не-меняется'));
});

test('what the check says in Latin is what is stored, priced and sent', { timeout: 120_000 }, async () => {
  const { id, spelling } = await draft({ spelling: 'latin' });
  assert.equal(spelling, 'latin');
  const check = await ok(api.get(`/v1/campaigns/${id}/check`));
  const told = bySpelling(check.spellings);
  assert.deepEqual(told.as_is, { recipients: 3, parts: 6, cost: '15.00' });
  assert.deepEqual(told.latin, { recipients: 3, parts: 4, cost: '10.00' });
  assert.deepEqual([check.parts, check.cost], [told.latin.parts, told.latin.cost]);
  assert.equal(check.samples[0].text, LATIN('Yuliya'));
  assert.deepEqual(check.warnings.filter(({ kind }) => kind === 'expensive_character'), []);
  await ok(api.post(`/v1/campaigns/${id}/launch`, { recipients: check.recipients }));
  await fleet.finished(id, 60_000);

  const messages = await messagesOf(id);
  assert.deepEqual(messages.map(({ text, parts, encoding }) => [text, parts, encoding]), [
    [LATIN('Yuliya'), 1, 0], [LATIN('Shchukar'), 1, 0], [NO_LINK.replace('{имя}', '王'), 2, 1]]);
  assert.equal(messages.reduce((sum, { price_micro }) => sum + Number(price_micro), 0), 4 * PRICE);
  const wire = (await fleet.sim.rows()).find(({ destination }) => destination === '79165000002');
  // The letters of the alphabet that stand in this text have the numbers they have in ASCII.
  assert.equal(wire.hash, hashOf(Buffer.from(LATIN('Shchukar'), 'latin1')));
});

test('a shorter spelling reaches those for whom the text is too long', async () => {
  const { id } = await draft({ spelling: 'as_is', max_parts: 1 });
  const check = await ok(api.get(`/v1/campaigns/${id}/check`));
  assert.deepEqual(check.left_out, [{ reason: 'text_too_long', count: 3 }]);
  assert.deepEqual(bySpelling(check.spellings).latin, { recipients: 2, parts: 2, cost: '5.00' });
});

test('another spelling is another version of a template, and campaigns take it along', async () => {
  const wanted = { name: 'Spelled', category: 'service', sender: 'SHOP', text: 'Скидка' };
  const made = await ok(api.post('/v1/templates', wanted), 201);
  assert.deepEqual([made.version, made.spelling, made.versions[0].spelling], [1, 'as_is', 'as_is']);
  const latin = await ok(api.put(`/v1/templates/${made.id}`, { ...wanted, spelling: 'latin' }));
  assert.deepEqual([latin.version, latin.spelling, latin.text], [2, 'latin', 'Скидка']);
  assert.equal((await ok(api.put(`/v1/templates/${made.id}`, { ...wanted, spelling: 'latin' }))).version, 2);
  assert.deepEqual(latin.versions.map(({ version, spelling }) => [version, spelling]), [[2, 'latin'], [1, 'as_is']]);
  const refused = await api.put(`/v1/templates/${made.id}`, { ...wanted, spelling: 'Latin' });
  assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'spelling']);

  const taken = await ok(api.post('/v1/campaigns', { name: 'x', template_id: made.id }), 201);
  assert.equal(taken.spelling, 'latin');
  const first = await ok(api.post('/v1/campaigns', { name: 'x', template_id: made.id, template_version: 1 }), 201);
  assert.equal(first.spelling, 'as_is');
  const own = await ok(api.post('/v1/campaigns', { name: 'x', template_id: made.id, spelling: 'plain' }), 201);
  assert.deepEqual([own.spelling, own.template_version], ['plain', 2]);
  const changed = await ok(api.patch(`/v1/campaigns/${own.id}`, { spelling: 'as_is' }));
  assert.deepEqual([changed.spelling, changed.template_id], ['as_is', made.id], 'the text is still the template\'s');
  assert.equal((await ok(api.patch(`/v1/campaigns/${own.id}`, { template_id: made.id }))).spelling, 'latin', 'taken anew');
  assert.equal((await ok(api.patch(`/v1/campaigns/${own.id}`, { name: 'y' }))).spelling, 'latin');
});
