// SPDX-License-Identifier: AGPL-3.0-or-later
// The policy of routing over the API: rules and their order, what accounts take, caps, contracts with operators.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('routing_policy');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x'), ('spare', '127.0.0.1', 1, 'x')`);
  await house.db.query('DELETE FROM route_rule');
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const version = () => house.value('SELECT version FROM route_version');
const made = async (fields) => {
  const { status, body } = await api.post('/v1/route-rules', fields);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const wrong = async (method, path, body) => {
  const answer = await api[method](path, body);
  assert.equal(answer.status, 422, JSON.stringify(answer.body));
  return answer.body.errors.map(({ field }) => field);
};

test('operators have names', async () => {
  const { operators } = (await api.get('/v1/operators')).body;
  assert.deepEqual(operators.find(({ code }) => code === 'mts'), { code: 'mts', name: 'МТС' });
});

test('a rule is made, changed, put in order and removed, and the routing hears of each', async () => {
  let before = Number(await version());
  const grown = async () => {
    const now = Number(await version());
    assert.ok(now > before, 'whoever holds the policy in memory reads it again');
    before = now;
  };
  const all = {
    name: 'Коды', enabled: true, category: 'authorisation', class: 'alert', operator: 'mts', prefix: '7916', sender: 'BANK',
    accounts: [{ account: 'spare', weight: 3 }, { account: 'main', weight: 1 }], only_these: true, price_max: '2.355',
    delivery_min_percent: 90, spread_percent: 5, receipt_within_s: 60,
  };
  const { id, changed_at: at, ...rule } = await made(all);
  assert.deepEqual(rule, all);
  assert.ok(at);
  await grown();
  assert.deepEqual((await house.db.query('SELECT price_max_micro, delivery_min, weights FROM route_rule')).rows[0], { price_max_micro: 2_355_000, delivery_min: 0.9, weights: [3, 1] });

  const plain = await made({ name: 'Остальное', accounts: [] });
  assert.deepEqual([plain.accounts, plain.category, plain.price_max, plain.receipt_within_s, plain.spread_percent], [[], null, null, null, 0]);
  const changed = await api.put(`/v1/route-rules/${id}`, { name: 'Коды', enabled: false, accounts: [{ account: 'main', weight: null }] });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.deepEqual([changed.body.enabled, changed.body.category, changed.body.accounts], [false, null, [{ account: 'main', weight: null }]]);

  const ids = async () => (await api.get('/v1/route-rules')).body.rules.map((one) => one.id);
  assert.deepEqual(await ids(), [id, plain.id]);
  const ordered = await api.put('/v1/route-rules/order', { ids: [plain.id, id] });
  assert.deepEqual(ordered.body.rules.map((one) => one.id), [plain.id, id]);
  assert.deepEqual(ordered.body.rules[1].accounts, [{ account: 'main', weight: null }], 'accounts stay with their rule');
  await grown();
  assert.equal((await api.put('/v1/route-rules/order', { ids: [id] })).status, 409, 'all rules are named');
  assert.deepEqual(await ids(), [plain.id, id]);

  assert.equal((await api.request('DELETE', `/v1/route-rules/${id}`)).status, 204);
  assert.equal((await api.request('DELETE', `/v1/route-rules/${id}`)).status, 404);
  assert.equal((await api.put(`/v1/route-rules/${id}`, { name: 'x' })).status, 404);
  assert.deepEqual(await ids(), [plain.id]);
  await grown();
});

test('a rule that says nothing sensible is refused by its field', async () => {
  assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', only_these: true }), ['only_these']);
  assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', class: 'advertising', receipt_within_s: 60 }), ['receipt_within_s']);
  assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', accounts: [{ account: 'main', weight: 1 }, { account: 'spare' }] }), ['accounts[1].weight']);
  assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', accounts: [{ account: 'main' }, { account: 'main' }] }), ['accounts[1].account']);
  assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', accounts: [{ account: 'none' }], operator: 'none' }), ['operator', 'accounts']);
  for (const price of ['0', '0.00', '-1', '1.', '1,5', '1.1234567', 'x']) assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', price_max: price }), ['price_max'], price);
  for (const prefix of ['0916', '7a', '+7']) assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', prefix }), ['prefix'], prefix);
  assert.deepEqual(await wrong('post', '/v1/route-rules', { name: 'x', delivery_min_percent: 100 }), ['delivery_min_percent']);
  assert.deepEqual(await wrong('post', '/v1/route-rules', { colour: 'red' }), ['name', 'colour']);
  assert.deepEqual(await wrong('put', '/v1/route-rules/order', { ids: [1] }), ['ids']);
});

test('what an account takes and its caps are said as a whole', async () => {
  const account = async (name) => (await api.get('/v1/account-routes')).body.accounts.find((one) => one.account === name);
  const main = await account('main');
  assert.deepEqual(main, {
    id: main.id, account: 'main', enabled: true, by_contracts: false, categories: null, classes: null, alphabets: null, prefixes: null,
    open_from: null, open_to: null, cap_day: null, cap_month: null,
  });
  const said = { by_contracts: true, categories: ['advertising', 'authorisation'], classes: ['service'], alphabets: ['gsm'], prefixes: ['7', '375'], open_from: '08:30', open_to: '22:00', cap_day: 1000, cap_month: 0 };
  const { status, body } = await api.put(`/v1/accounts/${main.id}/route`, said);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body, { id: main.id, account: 'main', enabled: true, ...said, cap_day: { parts: 1000, used: 0 }, cap_month: { parts: 0, used: 0 } });
  assert.deepEqual(await account('main'), body);
  await house.db.query(`INSERT INTO account_cap_use (account_id, period, starts, slot, granted, used) VALUES ($1, 'day', cap_period_starts('day'), 1, 100, 40), ($1, 'day', cap_period_starts('day') - 1, 1, 9, 9)`, [main.id]);
  assert.deepEqual((await account('main')).cap_day, { parts: 1000, used: 40 }, 'only today counts');

  const open = (await api.put(`/v1/accounts/${main.id}/route`, { by_contracts: false })).body;
  assert.deepEqual([open.categories, open.prefixes, open.open_from, open.cap_day], [null, null, null, null]);
  assert.equal((await api.put('/v1/accounts/999/route', { by_contracts: false })).status, 404);
  const path = `/v1/accounts/${main.id}/route`;
  assert.deepEqual(await wrong('put', path, { by_contracts: false, categories: ['spam'] }), ['categories']);
  assert.deepEqual(await wrong('put', path, { by_contracts: false, open_from: '08:00' }), ['open_to']);
  for (const clock of ['24:00', '8:00', '08-00', '08:60']) assert.deepEqual(await wrong('put', path, { by_contracts: false, open_from: clock, open_to: '22:00' }), ['open_from'], clock);
  assert.deepEqual(await wrong('put', path, { by_contracts: false, prefixes: ['+7'] }), ['prefixes']);
});

test('R-49: a contract with an operator is recorded, corrected, shown with whether it holds, and removed', async () => {
  const key = { account: 'main', operator: 'mts', valid_from: '2026-01-15' };
  const put = (more) => api.put('/v1/operator-contracts', { ...key, number: 'Д-114', ...more });
  assert.deepEqual((await put()).body, { ...key, number: 'Д-114', valid_to: null, holds: true });
  assert.deepEqual((await put({ number: 'Д-114 от 15.01.2026', valid_to: '2026-02-01' })).body, { ...key, number: 'Д-114 от 15.01.2026', valid_to: '2026-02-01', holds: false });
  assert.equal((await api.get('/v1/operator-contracts')).body.contracts.length, 1);
  assert.deepEqual(await wrong('put', '/v1/operator-contracts', { ...key, number: 'x', valid_to: '2026-01-01' }), ['valid_to']);
  assert.deepEqual(await wrong('put', '/v1/operator-contracts', { ...key, operator: 'none', number: 'x' }), ['account']);
  assert.deepEqual(await wrong('put', '/v1/operator-contracts', { ...key, valid_from: 'soon' }), ['valid_from', 'number']);
  assert.equal((await api.post('/v1/operator-contracts/remove', key)).status, 204);
  assert.equal((await api.post('/v1/operator-contracts/remove', key)).status, 404);
  assert.deepEqual((await api.get('/v1/operator-contracts')).body.contracts, []);
});
