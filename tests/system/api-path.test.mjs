// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole path through the API alone: a file of clients, a campaign watched to its end, messages of
// programs followed to their receipts, with every daemon running.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('api_path', { account: { price_micro: 2_350_000 } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'path')).trim());
});
after(() => fleet?.close());

const texts = async () => {
  const rows = await fleet.sim.rows();
  return rows.filter((r) => r.status === 0);
};

test('a file becomes a campaign, and the campaign receipts', { timeout: 120_000 }, async () => {
  const rows = Array.from({ length: 3_000 }, (_, i) => `+7916${String(i).padStart(7, '0')};Клиент ${i};${i % 7}`);
  const imported = await api.upload(['Телефон;Имя;Сумма долга', ...rows, '+79160000001;Second;0'].join('\r\n'), '?list=Ноябрь');
  assert.deepEqual([imported.status, imported.body.clients_new, imported.body.rows_repeated], [201, 3_000, 1]);
  await api.put('/v1/opt-outs', { phone: '+7 916 000-00-02' });

  const made = await api.post('/v1/campaigns', {
    name: 'Path', text: '{first_name|Client}: {сумма_долга}', sender: 'VESTNIK', class: 'advertising', category: 'advertising', list_id: imported.body.list_id,
  });
  assert.equal(made.status, 201, made.text);
  const { id } = made.body;
  assert.equal((await api.request('POST', `/v1/campaigns/${id}/launch`)).status, 200);

  const stream = await api.get(`/v1/campaigns/${id}/progress/stream`);
  const events = [...stream.text.matchAll(/^data: (.*)$/gm)].map((m) => JSON.parse(m[1]));
  const last = events.at(-1);
  assert.ok(events.length >= 2, 'it was told while it went');
  assert.deepEqual([last.status, last.audience, last.messages, last.suppressed, last.accepted, last.delivered, last.left],
    ['finished', 3_000, 2_999, 1, 2_999, 2_999, 0]);
  assert.equal(last.cost, (2_999 * 2.35).toFixed(2));
  assert.equal((await texts()).length, 2_999);

  const { suppressions } = (await api.get(`/v1/campaigns/${id}/suppressions`)).body;
  assert.deepEqual(suppressions.map((s) => [s.phone, s.reason]), [['+79160000002', 'opt_out']]);
  const delivered = (await api.get(`/v1/campaigns/${id}/messages?state=delivered&limit=200`)).body.messages;
  assert.equal(delivered.length, 200);
  const found = (await api.post('/v1/messages/search', { phone: '89160000001' })).body.messages;
  assert.deepEqual(found.map((m) => [m.text, m.state]), [['Second: 0', 'delivered']]);
  assert.equal((await api.request('POST', `/v1/campaigns/${id}/pause`)).status, 409);
});

const settled = (id) => waitFor(`message ${id} to be settled`, async () => {
  const { body } = await api.get(`/v1/messages/${id}`);
  return ['delivered', 'suppressed'].includes(body.state) && body;
});

test('single and bulk messages reach their receipts, with their history', { timeout: 60_000 }, async () => {
  const single = await api.post('/v1/messages', { to: '+79161112233', text: 'ж'.repeat(100), sender: 'VESTNIK', class: 'service', category: 'service' });
  assert.equal(single.status, 202);
  const message = await settled(single.body.id);
  assert.deepEqual([message.state, message.parts, message.parts_delivered, message.price, message.account], ['delivered', 2, 2, '4.70', 'sim']);
  const counts = {};
  for (const { event } of message.history) counts[event] = (counts[event] ?? 0) + 1;
  assert.deepEqual(counts, { created: 1, claimed: 1, accepted: 2, receipt: 2 });
  assert.deepEqual(message.history.map((e) => e.at), message.history.map((e) => e.at).sort(), 'in order of time');

  const already = (await texts()).length;
  const bulk = await api.post('/v1/messages/bulk', {
    sender: 'VESTNIK', class: 'service', category: 'service',
    messages: Array.from({ length: 450 }, (_, i) => ({ to: `+7917${String(i).padStart(7, '0')}`, text: `Order ${i}` })),
  });
  assert.equal(bulk.status, 202);
  await waitFor('all to be on the wire', async () => (await texts()).length === already + 450);
  for (const i of [0, 199, 200, 449]) {
    const one = await settled(bulk.body.ids[i]);
    assert.deepEqual([one.to, one.text], [`+7917${String(i).padStart(7, '0')}`, `Order ${i}`]);
  }
  const stopped = await api.post('/v1/messages', { to: '+79160000002', text: 'x', sender: 'VESTNIK', class: 'service', category: 'service' });
  const suppressed = await settled(stopped.body.id);
  assert.deepEqual([suppressed.state, suppressed.reason], ['suppressed', 'opt_out']);
});

test('the account is up', async () => {
  const [account] = (await api.get('/v1/accounts')).body.accounts;
  assert.deepEqual([account.name, account.state, account.stopped], ['sim', 'up', null]);
});
