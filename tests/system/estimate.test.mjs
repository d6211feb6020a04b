// SPDX-License-Identifier: AGPL-3.0-or-later
// What a campaign would cost, counted over its whole audience as a job: the same figures as the check of a small
// audience and as what is sent, by whichever apid, also when the one that counts is killed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

const CLIENTS = 60_000;

let house;
let api;

before(async () => {
  house = await House.open('estimate');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('main', '127.0.0.1', 1, 'x', 2350000)`);
  // Of numbers every tenth is another client's as well; names are of one part or of two.
  await house.db.query(`INSERT INTO client (external_id, msisdn, first_name)
    SELECT 'c' || i, 79160000000 + i - CASE WHEN i % 10 = 0 THEN 1 ELSE 0 END,
           CASE WHEN i % 7 = 0 THEN repeat('Ы', 70) WHEN i % 11 <> 0 THEN 'Иван' END
      FROM generate_series(1, $1::integer) i`, [CLIENTS]);
  await house.db.query(`INSERT INTO opt_out (msisdn, scope) SELECT msisdn, 'all' FROM client WHERE id % 13 = 0 ON CONFLICT DO NOTHING`);
  await house.db.query(`INSERT INTO list (name) VALUES ('most')`);
  await house.db.query('INSERT INTO list_member SELECT 1, id FROM client WHERE id % 3 <> 0');
  await house.db.query('ANALYZE');
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const create = async (more = {}) => {
  const { status, body } = await api.post('/v1/campaigns',
    { name: 'Sale', category: 'advertising', text: '{first_name}, привет', sender: 'V', max_parts: 2, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
};
const start = async (id) => {
  const { status, body } = await api.post(`/v1/campaigns/${id}/estimate`);
  assert.equal(status, 202, JSON.stringify(body));
  return body;
};
const look = async (id) => (await api.get(`/v1/campaigns/${id}/estimate`)).body;
const ended = (id) => waitFor('the estimate', async () => {
  const estimate = await look(id);
  return ['done', 'failed'].includes(estimate.status) && estimate;
}, { timeoutMs: 60_000 });
const figures = ({ clients, recipients, left_out, exact, parts, parts_per_message, cost }) =>
  ({ clients, recipients, left_out, exact, parts, parts_per_message, cost });

for (const list_id of [null, '1'])
  test(`the estimate of ${list_id ? 'a list' : 'all clients'} is what the exact check says`, async () => {
    const id = await create({ list_id });
    await start(id);
    const { status, current, result, looked_at, forecast } = await ended(id);
    assert.deepEqual([status, current], ['done', true]);
    const { body: check } = await api.get(`/v1/campaigns/${id}/check`);
    assert.equal(check.exact, true);
    assert.deepEqual(figures(result), figures(check));
    // At a pace it takes so long; where nobody knows how fast its account is, nobody knows.
    assert.deepEqual([forecast.known, forecast.ends_at], [false, null]);
    await api.patch(`/v1/campaigns/${id}`, { pace_per_min: 6000 });
    await start(id);
    const paced = (await ended(id)).forecast;
    const seconds = (Date.parse(paced.ends_at) - Date.parse(paced.starts_at)) / 1000;
    assert.ok(Math.abs(seconds - result.recipients / 100) < 1, `${result.recipients} at 100 a second: ${seconds} s`);
    assert.equal(looked_at, check.clients);
    assert.ok(check.left_out.some(({ reason, count }) => reason === 'duplicate' && count > 0), 'clients share numbers');
    const sum = (key) => result.lines.reduce((all, line) => all + Number(line[key]), 0);
    assert.deepEqual([sum('messages'), sum('parts'), sum('cost').toFixed(2)], [result.recipients, result.parts, Number(result.cost).toFixed(2)]);
    assert.deepEqual(result.lines.map((line) => [line.account, line.parts_each]), [['main', 1], ['main', 2]]);
  });

test('a campaign that was changed says that its estimate is of what it was', async () => {
  const id = await create({ list_id: '1' });
  const none = await look(id);
  assert.deepEqual([none.status, none.result, none.created_at, none.forecast], ['none', null, null, null]);
  assert.equal((await api.get('/v1/campaigns/999999/estimate')).status, 404);
  await start(id);
  const first = await ended(id);
  await api.patch(`/v1/campaigns/${id}`, { name: 'Another name', start_at: '2030-01-01T10:00:00Z' });
  assert.equal((await look(id)).current, true, 'neither changes what it costs');
  await api.patch(`/v1/campaigns/${id}`, { max_parts: 1 });
  assert.equal((await look(id)).current, false);
  await start(id);
  const second = await ended(id);
  assert.equal(second.current, true);
  assert.ok(second.result.parts < first.result.parts);
});

test('a text that cannot be sent fails with what to do', async () => {
  const id = await create({ text: '' });
  await start(id);
  const { status, problem, result } = await ended(id);
  assert.deepEqual([status, result], ['failed', null]);
  assert.match(problem, /Mend it/);
  const { body } = await api.get(`/v1/campaigns/${id}/estimate`, { headers: { 'accept-language': 'ru' } });
  assert.match(body.problem, /Исправьте/);
});

test('two who ask at once get one count, and what is dropped is counted no further', async () => {
  // Nobody may look at clients meanwhile, so the count stands where it is.
  await house.db.query('BEGIN; LOCK TABLE client');
  const id = await create();
  await Promise.all([start(id), start(id)]);
  await waitFor('it to be claimed', async () => (await look(id)).status === 'running');
  const ids = () => house.value('SELECT array_agg(id) FROM estimate WHERE campaign_id = $1', [id]);
  assert.equal((await ids()).length, 1);
  assert.equal((await api.request('DELETE', `/v1/campaigns/${id}/estimate`)).status, 204);
  const next = await create({ list_id: '1' });
  await start(next);
  await house.db.query('ROLLBACK');
  assert.equal((await ended(next)).status, 'done');
  assert.equal(await ids(), null);
});

test('an apid that is killed while it counts loses nothing: another begins anew', async () => {
  const second = await Api.open(house);
  await house.db.query('BEGIN; LOCK TABLE client');
  const id = await create();
  await start(id);
  await waitFor('it to be claimed', async () => (await look(id)).status === 'running');
  await Promise.all([api.daemon.kill(), second.daemon.kill()]); // whichever of them counts
  await house.db.query('ROLLBACK');
  api = await Api.open(house);
  assert.equal((await look(id)).status, 'running');
  assert.equal((await ended(id)).status, 'done');
});
