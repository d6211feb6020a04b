// SPDX-License-Identifier: AGPL-3.0-or-later
// Budgets of departments: what launches reserve, what runs draw, what it comes to when the ledger is reckoned.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { Http } from './lib/http.mjs';
import { Random } from './lib/random.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const CLIENTS = 20;
const PRICE = 3_330_000n; // of a part, in millionths
const micro = (text) => BigInt(Math.round(Number(text) * 1_000_000));
const roubles = (value) => (Number(value) / 1e6).toFixed(2);

const month = (house, later = 0) =>
  house.value("SELECT to_char(budget_month(now()) + $1::int * interval '1 month', 'YYYY-MM')", [later]);

/** A department below another; resolves to its id. */
const department = (house, name, parent = 1) =>
  house.value("INSERT INTO department (parent_id, name, path) VALUES ($1, $2, '{}') RETURNING id::text", [parent, name]);

async function draft(api, house, owner, columns = {}) {
  const { status, body } = await api.post('/v1/campaigns', { name: 'spring', text: 'Hello {first_name}', sender: 'Vestnik', class: 'service', category: 'service', ...columns });
  assert.equal(status, 201, JSON.stringify(body));
  await house.db.query('UPDATE campaign SET department_id = $2 WHERE id = $1', [body.id, owner]);
  return body.id;
}

async function budget(api, owner, amount, more = {}) {
  const answer = await api.put('/v1/budgets', { department_id: String(owner), month: await month(api.house), amount, ...more });
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

const look = async (api, owner, when) => (await api.get(`/v1/budgets/${owner}/${when ?? await month(api.house)}`)).body;

describe('launches against a budget', () => {
  let house;
  let api;
  let other;

  before(async () => {
    house = await House.open('budgets');
    await house.db.query("INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('cheap', 'x', 1, 'x', 1000000), ('dear', 'x', 2, 'x', $1)", [PRICE]);
    await house.db.query("INSERT INTO client (external_id, msisdn, first_name) SELECT 'c' || n, 79000000000 + n, 'Client ' || n FROM generate_series(1, $1::int) n", [CLIENTS]);
    api = await Api.open(house, { instance: '1' });
    other = await Api.open(house, { instance: '2', token: api.token });
  });
  after(() => house?.close());

  test('fifty at once, by people of departments at two processes: never overspent, to the kopeck', { timeout: 120_000 }, async (t) => {
    const seed = Number(process.env.SEED ?? Date.now() % 1e9);
    t.diagnostic(`SEED=${seed}`);
    const random = new Random(seed);
    const one = PRICE * BigInt(CLIENTS); // what a launch may cost at most: the dearest account that may carry it
    const branches = [await department(house, 'North'), await department(house, 'South')];
    const shops = [await department(house, 'Shop', branches[0]), await department(house, 'Kiosk', branches[1])];
    // 17 fit into the company's, five of these into the northern branch's.
    await budget(api, 1, roubles(one * 17n + one / 2n));
    await budget(api, branches[0], roubles(one * 5n + 1_000_000n));
    writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
    const people = [];
    for (let i = 0; i < 5; i++) {
      await house.vestnik('user', 'add', `person${i}`, '--name', `Person ${i}`, '--role', 'manager', '--password-file', path.join(house.dir, 'password'));
      people.push(await Http.signIn((i % 2 === 0 ? api : other).base, `person${i}`, PASSWORD));
    }
    const campaigns = [];
    for (let i = 0; i < 50; i++) campaigns.push(await draft(api, house, random.one([...branches, ...shops])));
    const answers = await Promise.all(campaigns.map((id, i) => people[i % 5].raw('POST', `/v1/campaigns/${id}/launch`, {})));
    const launched = answers.filter(({ status }) => status === 200).length;
    for (const { status, body } of answers)
      if (status !== 200) {
        assert.equal(status, 409, JSON.stringify(body));
        assert.match(body.type, /out-of-budget/);
        assert.match(body.detail, /^The budget of \S+ for 20\d\d-\d\d has \d+\.\d+ left, and the campaign may cost up to 66\.60\./);
      }
    const company = await look(api, 1);
    const north = await look(api, branches[0]);
    const of = async (...ids) => BigInt(await house.value('SELECT count(*)::int FROM budget_hold WHERE department_id = ANY ($1)', [ids]));
    const northern = await of(branches[0], shops[0]);
    t.diagnostic(`${launched} of 50 launched, ${northern} of them in the north; company: held ${company.held} of ${company.amount}, left ${company.left}`);
    assert.equal(launched, 17, 'as many as fit, and not one more');
    assert.ok(northern <= 5n);
    assert.equal(micro(company.held), one * 17n);
    assert.equal(micro(company.left), one / 2n);
    assert.equal(micro(north.held), one * northern);
    assert.equal(north.holds.length, Number(northern));
    assert.equal(await house.value("SELECT count(*)::int FROM campaign WHERE status = 'planned'"), 17);

    // What is cancelled before it began gives its money back, at once, and just so much fits again.
    const back = answers.findIndex(({ status }) => status === 200);
    assert.equal((await api.post(`/v1/campaigns/${campaigns[back]}/cancel`)).status, 200);
    assert.equal(micro((await look(api, 1)).held), one * 16n);
    const again = await draft(api, house, branches[1]);
    const third = await draft(api, house, branches[1]);
    assert.equal((await api.post(`/v1/campaigns/${again}/launch`)).status, 200);
    const refused = await other.post(`/v1/campaigns/${third}/launch`, undefined, { headers: { 'accept-language': 'ru' } });
    assert.equal(refused.status, 409);
    assert.match(refused.body.detail, /осталось 33\.30/);
    await house.db.query("UPDATE campaign SET status = 'cancelled' WHERE status = 'planned'");
  });

  test('an overdraft lets through what its limit says, a threshold is kept once reached, wrong words are refused by name', async () => {
    const shop = await department(house, 'Overdrawn');
    const one = PRICE * BigInt(CLIENTS);
    await budget(api, 1, '1000000');
    await budget(api, shop, roubles(one), { policy: 'overdraft', overdraft: roubles(one), alarms: [100, 50] });
    for (let i = 0; i < 3; i++) {
      const { status } = await api.post(`/v1/campaigns/${await draft(api, house, shop)}/launch`);
      assert.equal(status, i < 2 ? 200 : 409);
    }
    await house.db.query('SELECT budgets_settle()');
    const shown = await look(api, shop);
    assert.equal(micro(shown.left), -one);
    assert.deepEqual(shown.reached.map(({ percent }) => percent), [50, 100]);
    const open = await budget(api, shop, roubles(one), { policy: 'overdraft', overdraft: null, alarms: [200] });
    assert.deepEqual(open.reached, [], 'told anew when the budget is another');
    assert.equal((await api.post(`/v1/campaigns/${await draft(api, house, shop)}/launch`)).status, 200);

    const wrong = await api.put('/v1/budgets', { department_id: '999', month: '2026-13', amount: 'much', policy: 'hope', alarms: [0], colour: 1 });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.body.errors.map(({ field }) => field).sort(), ['alarms', 'amount', 'colour', 'month', 'policy']);
    assert.equal((await api.put('/v1/budgets', { department_id: '999', month: '2026-12', amount: '1' })).body.errors[0].field, 'department_id');
    assert.equal((await api.get('/v1/budgets/1/2001-01')).status, 404);
    assert.equal((await api.get('/v1/budgets?month=soon')).status, 422);
    assert.ok((await api.get('/v1/budgets')).body.budgets.length >= 3);
    assert.deepEqual((await api.get('/v1/budgets?month=2001-01')).body.budgets, []);
  });

  test('a campaign of next month counts against that month, and one without a budget against none', async () => {
    const later = await month(house, 1);
    const shop = await department(house, 'Later');
    await api.put('/v1/budgets', { department_id: shop, month: later, amount: '10' });
    const start = await house.value("SELECT (budget_month(now()) + interval '1 month 3 days')::timestamptz AS at");
    const free = await draft(api, house, shop);
    assert.equal((await api.post(`/v1/campaigns/${free}/launch`)).status, 200, 'this month only the company\'s binds');
    const bound = await draft(api, house, shop, { start_at: start.toISOString() });
    const answer = await api.post(`/v1/campaigns/${bound}/launch`);
    assert.equal(answer.status, 409);
    assert.ok(answer.body.detail.includes(`Later for ${later} has 10.00 left`), answer.body.detail);
  });

  test('no run begins past its budget, whoever begins it', async () => {
    const shop = await department(house, 'Repeats');
    const one = PRICE * BigInt(CLIENTS);
    await budget(api, shop, roubles(one * 2n));
    const id = await draft(api, house, shop);
    assert.equal((await api.post(`/v1/campaigns/${id}/launch`)).status, 200);
    const begin = (occurrence) => house.value(
      `WITH c AS (UPDATE campaign SET status = 'running' WHERE id = $1)
       INSERT INTO run (campaign_id, occurrence, status, deadline) VALUES ($1, $2, 'snapshot', now() + interval '1 h') RETURNING id`, [id, occurrence]);
    const runs = [await begin(1), await begin(2), await begin(3)];
    const { rows } = await house.db.query('SELECT r.status, h.held_micro FROM run r LEFT JOIN budget_hold h ON h.run_id = r.id WHERE r.id = ANY ($1) ORDER BY r.id', [runs]);
    assert.deepEqual(rows.map(({ status, held_micro }) => [status, held_micro === null ? null : BigInt(held_micro)]),
      [['snapshot', one], ['snapshot', one], ['failed', null]]);
    const shown = await api.get(`/v1/campaigns/${id}`, { headers: { 'accept-language': 'ru' } });
    assert.equal(shown.body.status, 'failed');
    assert.match(shown.body.problem, /бюджет/i);
  });
});

describe('runs draw from what they hold', () => {
  let fleet;
  let api;
  let house;

  before(async () => {
    fleet = await Fleet.open('budget-runs', {
      clients: 3000, copies: 2, sim: { 'receipt-delay-ms': '20-200' }, account: { price_micro: PRICE }, config: { schedulerd: { ledger_lag: '1s', receipt_grace: '5s' } },
    });
    house = fleet.house;
    api = await Api.open(house, { instance: 'money' });
    // Dearer, and with its door closed: a run must reckon with it, and does not use it.
    await fleet.addAccount('dear', { price_micro: 2n * PRICE });
  });
  after(() => fleet?.close());

  /** Wait until the ledger has everything, and every hold of a finished run is closed. */
  const settled = () => waitFor('the ledger, and the holds to be closed', () => house.value(
    `SELECT (SELECT max(submitted_at) FROM receipt_ref) < (SELECT reckoned_to FROM ledger_clock)
        AND NOT EXISTS (SELECT FROM budget_hold WHERE run_id IS NOT NULL AND closed_at IS NULL)`), { timeoutMs: 150_000, everyMs: 500 });

  test('a run that fits is settled to what the ledger says, and the rest is free again', { timeout: 300_000 }, async (t) => {
    const shop = await department(house, 'Fits');
    await budget(api, 1, '1000000');
    await budget(api, shop, '30000');
    const id = await draft(api, house, shop);
    assert.deepEqual((await api.get(`/v1/campaigns/${id}/check`)).body.money,
      { cost_ceiling: roubles(3000n * 2n * PRICE), budget_of: 'Fits', budget_left: '30000.00', needs_approval: false });
    assert.equal((await api.post(`/v1/campaigns/${id}/launch`)).status, 200);
    assert.equal(micro((await look(api, shop)).held), 3000n * 2n * PRICE, 'at the price of the dearest account');
    await fleet.finished(id, 120_000);
    await settled();
    const shown = await look(api, shop);
    const ledger = BigInt(await house.value('SELECT sum(l.rouble_micro)::text FROM ledger l JOIN run r ON r.id = l.run_id WHERE r.campaign_id = $1 AND l.department_id = $2', [id, shop]));
    t.diagnostic(`held ${roubles(3000n * 2n * PRICE)}, spent ${shown.spent}, ledger ${roubles(ledger)}, left ${shown.left}`);
    assert.equal(ledger, 3000n * PRICE);
    assert.equal(micro(shown.spent), ledger);
    assert.equal(micro(shown.held), 0n);
    assert.equal(micro(shown.left), 30_000_000_000n - ledger);
    assert.equal(micro((await look(api, 1)).spent), ledger, 'the company\'s counts it too');
  });

  test('who comes to the list after the launch gets a message only while there is money', { timeout: 300_000 }, async (t) => {
    const shop = await department(house, 'Grows');
    const before = await house.value('SELECT count(*)::int FROM client');
    const each = 2n * PRICE;
    await budget(api, shop, roubles(each * BigInt(before + 700))); // of the 1,500 that come, 700 have a place
    const id = await draft(api, house, shop, { start_at: new Date(Date.now() + 3_600_000).toISOString() });
    assert.equal((await api.post(`/v1/campaigns/${id}/launch`)).status, 200);
    await house.db.query("INSERT INTO client (external_id, msisdn, first_name) SELECT 'g' || n, 79010000000 + n, 'G' || n FROM generate_series(1, 1500) n");
    await house.db.query('UPDATE campaign SET start_at = now() WHERE id = $1', [id]);
    let most = 0n;
    await waitFor('the run to end', async () => {
      const shown = await look(api, shop);
      const used = micro(shown.spent) + micro(shown.held);
      if (used > most) most = used;
      return (await fleet.counts(id)).finished_at;
    }, { timeoutMs: 120_000, everyMs: 100 });
    await settled();
    const counts = await fleet.counts(id);
    const { rows } = await house.db.query('SELECT reason, count(*)::int FROM suppression s JOIN run r ON r.id = s.run_id WHERE r.campaign_id = $1 GROUP BY 1', [id]);
    const shown = await look(api, shop);
    t.diagnostic(`${counts.messages} messages, ${JSON.stringify(rows)}; at most ${roubles(most)} of ${shown.amount} was spent and held`);
    assert.deepEqual(rows, [{ reason: 41, count: 800 }]);
    assert.equal(counts.messages, before + 700);
    assert.ok(most <= micro(shown.amount), `${most} of ${shown.amount}`);
    assert.equal(micro(shown.spent), BigInt(before + 700) * PRICE);
    const missed = await api.get(`/v1/campaigns/${id}/missed/summary`);
    assert.match(missed.text, /no_budget/);
  });

  test('messages of a program count against its department\'s budget as spent', { timeout: 300_000 }, async () => {
    const shop = await department(house, 'Program');
    await budget(api, shop, '100');
    const token = (await house.vestnik('token', 'create', 'shop')).trim();
    await house.db.query("UPDATE token SET department_id = $1 WHERE name = 'shop'", [shop]);
    for (const which of [token, api.token])
      assert.equal((await api.post('/v1/messages', { to: '+79000000001', text: 'Hello', sender: 'Vestnik', class: 'service', category: 'service' }, { token: which })).status, 202);
    await waitFor('the parts to be accepted', () => house.value('SELECT count(*) = 2 FROM receipt_ref WHERE run_id = 0'), { timeoutMs: 30_000 });
    await settled();
    assert.equal(micro((await look(api, shop)).spent), PRICE);
  });
});
