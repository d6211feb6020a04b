// SPDX-License-Identifier: AGPL-3.0-or-later
// A part of the audience goes first: the others wait, go on, or stay when it went badly.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

const CLIENTS = 500;
const TRIAL = 60;

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('trial', { clients: CLIENTS, config: { apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } } } });
  const token = (await fleet.house.vestnik('token', 'create', 'test')).trim();
  api = new Api(fleet.house, fleet.daemons.apid[0], token);
});
after(() => fleet?.close());

const start = async (trial, more = {}) => {
  const { status, body, text } = await api.post('/v1/campaigns', { name: 'Sale', category: 'service', class: 'service', text: 'Hi {first_name}', sender: 'V', trial, ...more });
  assert.equal(status, 201, text);
  assert.equal((await api.post(`/v1/campaigns/${body.id}/launch`)).status, 200);
  return body.id;
};
const progress = async (id) => (await api.get(`/v1/campaigns/${id}/progress`)).body;
const reaches = (id, trial) => waitFor(`the trial to be ${trial}`, async () => {
  const now = await progress(id);
  return now.trial === trial && now;
}, { timeoutMs: 60_000 });
const goOn = (id) => api.post(`/v1/campaigns/${id}/trial/go-on`);
/** Numbers of the messages that there are. */
const numbers = async (id) => (await fleet.db.query(
  'SELECT m.msisdn FROM batch b JOIN run r ON r.id = b.run_id JOIN message m ON m.id & ~255::bigint = b.id WHERE r.campaign_id = $1 ORDER BY 1', [id])).rows.map(({ msisdn }) => msisdn);

test('the others wait until a person lets them go', { timeout: 120_000 }, async () => {
  const id = await start({ clients: TRIAL }, { variants: [{ name: 'B', text: 'B {first_name}', share: 50 }] });
  await reaches(id, 'waiting');
  const first = await waitFor('the trial to arrive', async () => (await progress(id)).delivered === TRIAL && numbers(id));
  assert.equal(first.length, TRIAL);
  assert.ok(first.at(-1) - first[0] > CLIENTS / 2, 'they are of the whole audience');
  assert.equal((await progress(id)).status, 'running');
  assert.equal((await goOn(id)).status, 200);
  const counts = await fleet.finished(id, 60_000);
  assert.deepEqual([counts.messages, counts.delivered], [CLIENTS, CLIENTS]);
  assert.equal((await progress(id)).trial, 'over');
  assert.equal((await goOn(id)).status, 409);
});

test('they go by themselves after the time', { timeout: 120_000 }, async () => {
  const id = await start({ clients: TRIAL, wait_min: 30, fail_percent: 50, stop_percent: 50 });
  await reaches(id, 'waiting');
  await fleet.db.query("UPDATE run SET trial_at = trial_at - interval '29 min' WHERE campaign_id = $1", [id]);
  assert.equal((await progress(id)).trial, 'waiting');
  await fleet.db.query("UPDATE run SET trial_at = trial_at - interval '1 min' WHERE campaign_id = $1", [id]);
  assert.equal((await fleet.finished(id, 60_000)).messages, CLIENTS);
});

test('too many stops pause the campaign; whoever resumes it lets the others go', { timeout: 120_000 }, async () => {
  const id = await start({ clients: TRIAL, wait_min: 1, stop_percent: 4.9 });
  await reaches(id, 'waiting');
  const got = await numbers(id);
  const others = (await fleet.db.query('SELECT msisdn FROM client WHERE NOT msisdn = ANY ($1) LIMIT 5', [got])).rows;
  // Stops of those who got nothing say nothing of the text.
  for (const { msisdn } of others) await api.put('/v1/opt-outs', { phone: `+${msisdn}` });
  for (const msisdn of got.slice(0, 3)) await api.put('/v1/opt-outs', { phone: `+${msisdn}` }); // 3 of 60 are 5 %
  const { status } = await reaches(id, 'stopped');
  assert.equal(status, 'paused');
  const { problem } = (await api.get(`/v1/campaigns/${id}`)).body;
  assert.equal(problem, 'The trial was stopped: of 60 clients 3 said stop. Look at the text, then let the others go or cancel the campaign');
  assert.match((await api.get(`/v1/campaigns/${id}`, { headers: { 'accept-language': 'ru' } })).body.problem, /клиентов 60, отказались 3/);
  assert.equal((await numbers(id)).length, TRIAL);
  const resumed = (await api.post(`/v1/campaigns/${id}/resume`)).body;
  assert.deepEqual([resumed.status, resumed.problem], ['running', null]);
  const counts = await fleet.finished(id, 60_000);
  assert.deepEqual([counts.messages, counts.suppressed], [CLIENTS - others.length, others.length]);
});

test('messages that do not arrive pause it; who lets the others go resumes it', { timeout: 120_000 }, async () => {
  await fleet.db.query('DELETE FROM opt_out');
  const id = await start({ clients: TRIAL, fail_percent: 20 });
  await reaches(id, 'waiting');
  const marked = (await numbers(id)).slice(0, 13); // more than a fifth of 60
  await waitFor('the receipts', async () => (await progress(id)).delivered === TRIAL);
  // What receipts would have counted.
  await fleet.db.query(`UPDATE run_count SET delivered = delivered - $2, undelivered = undelivered + $2
    WHERE run_id = (SELECT id FROM run WHERE campaign_id = $1) AND slot = (SELECT slot FROM run_count k JOIN run r ON r.id = k.run_id WHERE r.campaign_id = $1 AND k.delivered >= $2 LIMIT 1)`, [id, marked.length]);
  await reaches(id, 'stopped');
  assert.match((await api.get(`/v1/campaigns/${id}`)).body.problem, /of 60 messages 13 did not arrive/);
  const went = await goOn(id);
  assert.deepEqual([went.status, went.body.status, went.body.problem], [200, 'running', null]);
  assert.equal((await fleet.finished(id, 60_000)).messages, CLIENTS);
});

test('a trial that is cancelled leaves nobody without a fate', { timeout: 120_000 }, async () => {
  const id = await start({ clients: TRIAL });
  await reaches(id, 'waiting');
  assert.equal((await api.post(`/v1/campaigns/${id}/cancel`)).status, 200);
  const counts = await fleet.finished(id, 60_000);
  assert.deepEqual([counts.messages, counts.suppressed], [TRIAL, CLIENTS - TRIAL]);
});

test('a trial of everybody is none', { timeout: 60_000 }, async () => {
  const id = await start({ clients: CLIENTS });
  assert.equal((await fleet.finished(id, 60_000)).messages, CLIENTS);
  assert.equal((await progress(id)).trial, null);
  assert.equal((await goOn(id)).status, 409);
  assert.equal((await goOn('999999')).status, 404);
  for (const trial of [{}, { clients: 0 }, { clients: 5, wait_min: 0 }, { clients: 5, fail_percent: 101 }, { clients: 5, odd: 1 }])
    assert.equal((await api.post('/v1/campaigns', { name: 'x', trial })).status, 422, JSON.stringify(trial));
  const { body } = await api.post('/v1/campaigns', { name: 'x', trial: { clients: 5, fail_percent: 12.5 } });
  assert.deepEqual(body.trial, { clients: 5, wait_min: null, fail_percent: 12.5, stop_percent: null });
});
