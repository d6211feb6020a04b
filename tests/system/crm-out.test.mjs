// SPDX-License-Identifier: AGPL-3.0-or-later
// What other systems are told of messages, replies and campaigns, through every daemon from the event that sends a
// message to the one that tells its fate.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Crm } from './lib/crm.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

const CLIENTS = 2000;
const message = { sender: 'Vestnik', class: 'service', category: 'service', text: 'Your order is ready', report: true };

let fleet;
let crmd;
let crm;

const statuses = (like) => crm.events.filter((event) => event.type === 'message.status' && like(event));

before(async () => {
  fleet = await Fleet.open('crm_out', { clients: CLIENTS, kinds: ['schedulerd', 'dispatcherd', 'smppd', 'dlrd'] });
  crmd = await fleet.house.start('crmd');
  crm = await Crm.connect(fleet.house);
});
after(async () => {
  await crm?.close();
  await fleet?.close();
});

test('a message that an event sends arrives, and its fate is told', async () => {
  const id = await crm.send('message.send', { ...message, to: '+79000000001' });
  const event = await crm.received('message.status', (e) => e.data.event_id === id);
  assert.deepEqual([event.data.status, event.data.reason, event.data.campaign_id], ['delivered', null, null]);
  assert.equal(event.id, `status-${event.data.message_id}-9`);
  assert.equal(event.key, 'message.status');
  assert.equal(event.properties.messageId, event.id);
  assert.equal((await fleet.sim.rows()).filter((row) => row.destination === '79000000001').length, 1);
});

test('one that may not go is told as suppressed, one of which nobody asked is not told', async () => {
  await fleet.db.query("INSERT INTO opt_out (msisdn, scope) VALUES (79000000002, 'all')");
  const silent = await crm.send('message.send', { ...message, report: false, to: '+79000000003' });
  const id = await crm.send('message.send', { ...message, to: '+79000000002' });
  const event = await crm.received('message.status', (e) => e.data.event_id === id);
  assert.deepEqual([event.data.status, event.data.reason], ['suppressed', 'opt_out']);
  assert.equal(statuses((e) => e.data.event_id === silent).length, 0);
});

test('what a phone writes is told, with the client and the message it answers', async () => {
  await fleet.sim.command('mo', 'sim', '79000000001', '79001112233', 'Thank you');
  const event = await crm.received('reply.received', (e) => e.data.phone === '+79000000001');
  assert.deepEqual(
    [event.data.client, event.data.text, event.data.sent_to, event.data.stop, event.data.whole], ['c1', 'Thank you', '79001112233', null, true]);
  assert.equal(event.data.message_id, statuses((e) => e.data.status === 'delivered')[0].data.message_id);
  await fleet.sim.command('mo', 'sim', '79000000004', '79001112233', 'STOP');
  await crm.received('reply.received', (e) => e.data.client === 'c4' && e.data.stop === 'advertising');
  await crm.received('consent.changed', (e) => e.data.phone === '+79000000004' && e.data.change === 'withdrawn' && e.data.source === 'reply');
});

test('each fate of a campaign that reports is told once, though crmd is killed meanwhile', async () => {
  const campaign = await fleet.launch({ class: 2, category: 2, report_statuses: true });
  const silent = await fleet.launch({ class: 2, category: 2 });
  let counts;
  const finished = fleet.finished(campaign, 120_000).then((c) => { counts = c; });
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => { setTimeout(resolve, 700); });
    await crmd.kill();
    await crmd.start();
  }
  await finished;
  const of = (id) => (e) => e.data.campaign_id === String(id);
  await waitFor('every fate', () => new Set(statuses(of(campaign)).map((e) => e.data.message_id)).size >= counts.messages, { timeoutMs: 120_000 });
  const told = new Map(statuses(of(campaign)).map((e) => [e.id, e.data]));
  const last = new Map([...told.values()].map((data) => [data.client, data.status]));
  assert.equal(last.size, counts.messages);
  assert.equal([...last.values()].filter((status) => status === 'delivered').length, counts.delivered);
  assert.equal(statuses(of(silent)).length, 0);
  const event = await crm.received('campaign.finished', (e) => e.data.campaign_id === String(campaign));
  assert.deepEqual(
    [event.data.status, event.data.clients, event.data.messages, event.data.delivered, event.data.suppressed],
    ['finished', counts.audience, counts.messages, counts.delivered, counts.suppressed]);
  await crm.received('campaign.finished', (e) => e.data.campaign_id === String(silent));
});

test('all that was told is as its schema says', () => {
  assert.ok(crm.events.length > CLIENTS);
  assert.deepEqual([...new Set(crm.faults)], []);
});

test('a queue that is full holds events back in the database', async () => {
  const channel = await crm.connection.createConfirmChannel();
  await crm.silence(); // the broker lets a consumer stay when a queue of the same name comes back
  await channel.deleteQueue('crm.out');
  await channel.assertQueue('crm.out', { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
  await channel.bindQueue('crm.out', 'crm.out', '#');
  const ids = [];
  await waitFor('crmd to be refused', async () => {
    ids.push(await crm.send('client.action', { client: 'nobody', kind: 'visit', at: '2026-11-27T10:00:00Z' }));
    return crmd.log().includes('events were not told');
  }, { everyMs: 300 });
  // Room again: what was held back comes, and what was told before lies there.
  const again = await Crm.connect(fleet.house);
  for (const id of ids) await again.refused(id);
  await again.close();
});
