// SPDX-License-Identifier: AGPL-3.0-or-later
// One campaign, several texts: who gets which, on the whole way from the check to the results.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';

const CLIENTS = 3000;

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('variants', { clients: CLIENTS, config: { apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } } } });
  const token = (await fleet.house.vestnik('token', 'create', 'test')).trim();
  api = new Api(fleet.house, fleet.daemons.apid[0], token);
  await fleet.db.query("INSERT INTO client_attribute (name, slot) VALUES ('shop', 1), ('unused', 2), ('card', 3)");
  await fleet.db.query("UPDATE client SET attrs = ARRAY['shop ' || id, 'x', repeat('9', 100)], city = 'Tver'");
});
after(() => fleet?.close());

const create = async (more = {}) => {
  const { status, body, text } = await api.post('/v1/campaigns', { name: 'Sale', category: 'service', class: 'service', text: 'A {first_name}', sender: 'V', ...more });
  assert.equal(status, 201, text);
  return body;
};
const launch = async (id) => {
  const { status, text } = await api.post(`/v1/campaigns/${id}/launch`);
  assert.equal(status, 200, text);
};

for (const rules of [false, true])
  test(`each client gets one text, and each text its share${rules ? ', within hours' : ''}`, { timeout: 180_000 }, async () => {
    // Hours that bind, and are always open; so the other way to take a snapshot is taken.
    if (rules) {
      await fleet.db.query("UPDATE send_window SET opens = '00:00', closes = '23:59:59', off_opens = '00:00', off_closes = '23:59:59'");
      await fleet.db.query("UPDATE setting SET value = 'on' WHERE name = 'quiet_hours'");
    }
    await api.post('/v1/control-numbers', { phone: '+79161110001', name: 'Olga' });
    const { id } = await create({ variants: [{ name: 'B', text: 'B {card} {card} from {shop}', share: 30 }, { name: 'C', text: 'C {city}', share: 20 }] });
    const { body: check } = await api.get(`/v1/campaigns/${id}/check`);
    assert.deepEqual([check.problems, check.recipients], [[], CLIENTS]);
    await launch(id);
    const counts = await fleet.finished(id, 90_000);
    assert.equal(counts.messages, CLIENTS);
    const { rows } = await fleet.db.query(
      'SELECT b.variant, m.client_id, m.text, m.parts FROM batch b JOIN run r ON r.id = b.run_id JOIN message m ON m.id & ~255::bigint = b.id WHERE r.campaign_id = $1', [id]);
    const texts = [
      ({ client_id }) => `A Client ${client_id}`, ({ client_id }) => `B ${'9'.repeat(100)} ${'9'.repeat(100)} from shop ${client_id}`, () => 'C Tver'];
    const found = [0, 0, 0];
    for (const row of rows) {
      assert.equal(row.text, texts[row.variant](row));
      found[row.variant]++;
    }
    for (const [i, share] of [0.5, 0.3, 0.2].entries())
      assert.ok(Math.abs(found[i] - CLIENTS * share) < 5 * Math.sqrt(CLIENTS * share * (1 - share)), `text ${i} went to ${found[i]}`);
    assert.equal(check.parts, rows.reduce((sum, { parts }) => sum + parts, 0), 'the check chose the same texts');
    // Two chunks that follow one another are of different texts: none has the better hour.
    const { rows: chunks } = await fleet.db.query('SELECT variant FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1 ORDER BY no', [id]);
    assert.deepEqual(chunks.map(({ variant }) => variant).slice(0, 3), [0, 1, 2]);
    const { body: results } = await api.get(`/v1/campaigns/${id}/results`);
    assert.deepEqual(results.variants.map(({ variant, messages, delivered }) => [variant, messages, delivered]), found.map((n, i) => [i, n, n]));
    assert.deepEqual(results.control_numbers.map(({ variant }) => variant), [0, 1, 2]);
    const { rows: copies } = await fleet.db.query('SELECT m.text FROM control_message c JOIN run r ON r.id = c.run_id JOIN message m ON m.id = c.message_id WHERE r.campaign_id = $1 ORDER BY variant', [id]);
    assert.deepEqual(copies.map(({ text }) => text), ['A Olga', 'B [card] [card] from [shop]', 'C [city]']);
  });

test('a link leads where the text of its own variant says', { timeout: 120_000 }, async () => {
  await api.put('/v1/links/settings', { base: 'https://go.example/l/', days: 30 });
  const { id } = await create({ text: 'A {link https://a.example/{first_name}}', variants: [{ name: 'B', text: 'B {link https://b.example/{shop}}', share: 50 }] });
  await launch(id);
  await fleet.finished(id, 90_000);
  await pause(1100);
  for (const variant of [0, 1]) {
    const { rows: [row] } = await fleet.db.query(
      'SELECT m.text FROM batch b JOIN run r ON r.id = b.run_id JOIN message m ON m.id & ~255::bigint = b.id WHERE r.campaign_id = $1 AND b.variant = $2 LIMIT 1', [id, variant]);
    const answer = await fetch(`${api.base}/l/${row.text.split('/').pop()}`, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36' } });
    assert.match(answer.headers.get('location'), variant === 0 ? /^https:\/\/a\.example\/Client/ : /^https:\/\/b\.example\/shop/);
  }
  const { variants: [a, b] } = (await api.get(`/v1/campaigns/${id}/results`)).body;
  assert.deepEqual([a.clicked, b.clicked], [1, 1]);
});

test('texts that cannot be sent are told by name', async () => {
  const B = { name: 'B', text: 'B', share: 30 };
  for (const [variants, field] of [
    [[{ ...B, share: 100 }], 'variants[0].share'], [[{ ...B, share: 60 }, { ...B, share: 40 }], 'variants'], [[{ ...B, name: undefined }], 'variants[0].name'],
    [[B, B, B, B, B], 'variants'], [[{ ...B, text: '{nothing}' }], 'variants[0].text'], ['B', 'variants'], [[{ ...B, colour: 'red' }], 'variants[0].colour'],
  ]) {
    const { status, body } = await api.post('/v1/campaigns', { name: 'x', variants });
    assert.deepEqual([status, body.errors?.[0].field], [422, field], JSON.stringify(variants));
  }
  const made = await create({ variants: [B] });
  assert.deepEqual(made.variants, [B]);
  assert.deepEqual((await api.patch(`/v1/campaigns/${made.id}`, { name: 'y' })).body.variants, [B]);
  assert.deepEqual((await api.post(`/v1/campaigns/${made.id}/copy`)).body.variants, [B]);
  assert.deepEqual((await api.patch(`/v1/campaigns/${made.id}`, { variants: [] })).body.variants, []);
  // A field that went since: the launch names the text.
  const { id } = await create({ variants: [{ ...B, text: '{card}' }] });
  assert.equal((await api.get('/v1/attributes/3/use')).body.campaigns.filter((campaign) => campaign.id === id).length, 1);
  await fleet.db.query("UPDATE client_attribute SET name = 'gone' WHERE name = 'card'");
  const { status, body } = await api.post(`/v1/campaigns/${id}/launch`);
  assert.deepEqual([status, body.errors[0].field], [422, 'variants[0].text']);
});
