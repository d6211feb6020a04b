// SPDX-License-Identifier: AGPL-3.0-or-later
// Routing through every daemon, with the rights each has: the law, caps, and what happens to messages
// of accounts that refuse or are switched off.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { BIN, run } from './lib/process.mjs';
import { Simulator } from './lib/smscsim.mjs';
import { House, waitFor } from './lib/stack.mjs';

async function withFleet(name, options, body) {
  const fleet = await Fleet.open(name, options);
  try {
    await body(fleet);
  } finally {
    await fleet.close();
  }
}

/** How many messages each account has, by its id. */
const byAccount = async (fleet) => Object.fromEntries((await fleet.db.query(
  `SELECT b.account_id, count(*)::int AS n FROM message_state s JOIN batch b ON b.id = coalesce(s.batch_id, s.id & ~255::bigint)
    GROUP BY 1`)).rows.map((row) => [row.account_id, row.n]));

/** dispatcherd looks for changes once a second. */
const seen = async (fleet) => {
  const { now } = (await fleet.db.query('SELECT clock_timestamp() AS now')).rows[0];
  await waitFor('a second to pass', async () => (await fleet.db.query("SELECT clock_timestamp() > $1::timestamptz + interval '1.2 s' AS over", [now])).rows[0].over);
};

test('R-38: nothing of people in Russia goes to a provider elsewhere before a ground is recorded', { timeout: 120_000 }, async () => {
  await withFleet('route_r38', { clients: 50 }, async (fleet) => {
    await fleet.db.query("UPDATE provider SET country = 'AM'");
    await seen(fleet);
    const barred = await fleet.launch();
    const first = await fleet.finished(barred, 30_000);
    assert.deepEqual([first.messages, first.suppressed], [0, 50]);
    assert.equal((await fleet.sim.stats()).submits, 0);
    await fleet.db.query("UPDATE provider SET cross_border_ground = 'contract 7, appendix 3'");
    await seen(fleet);
    assert.equal((await fleet.finished(await fleet.launch(), 30_000)).delivered, 50);
  });
});

test('R-49: advertising goes only to operators there is a contract with', { timeout: 120_000 }, async () => {
  await withFleet('route_r49', { clients: 20 }, async (fleet) => {
    await fleet.db.query(`
      INSERT INTO numbering_version (files, ranges, numbers) VALUES ('{f}', 1, 1);
      INSERT INTO numbering_operator_name (name, operator_id) VALUES ('one', 1), ('two', 2);
      INSERT INTO numbering_region_name (name) VALUES ('r');
      INSERT INTO numbering_range VALUES (1, 79000000000, 79000000012, 1, 1), (1, 79000000013, 79000000999, 2, 1);
      INSERT INTO account_route (account_id, contracts) SELECT id, 'contracts' FROM account;
      INSERT INTO operator_contract SELECT id, 1, 'MTS-2026/7', '2026-01-01' FROM account`);
    await seen(fleet);
    const counts = await fleet.finished(await fleet.launch(), 30_000);
    assert.deepEqual([counts.delivered, counts.suppressed], [12, 8]);
    assert.equal((await fleet.finished(await fleet.launch({ class: 2, category: 2 }), 30_000)).delivered, 20, 'service may go');
  });
});

test('a cap is used to the last part and never overrun, whoever routes', { timeout: 180_000 }, async () => {
  await withFleet('route_cap', { clients: 20_000, copies: 2, account: { price_micro: 100 } }, async (fleet) => {
    const dear = await fleet.addAccount('dear', { price_micro: 300 });
    const cheap = await fleet.house.value("SELECT id FROM account WHERE name = 'sim'");
    await fleet.db.query("INSERT INTO account_cap VALUES ($1, 'day', 7777)", [cheap]);
    await waitFor('both accounts to be up', async () => await fleet.house.value('SELECT count(*)::int FROM account_lease WHERE down_since IS NULL') === 2);
    await seen(fleet);
    const campaign = await fleet.launch();
    assert.equal((await fleet.finished(campaign, 120_000)).delivered, 20_000);
    const got = await byAccount(fleet);
    assert.ok(got[cheap] <= 7777, `${got[cheap]} parts`);
    assert.ok(got[cheap] > 7777 * 0.9, `the plan's share of a cap is used: ${got[cheap]} of 7777`);
    assert.equal(got[cheap] + got[dear], 20_000);
    const used = await fleet.house.value('SELECT sum(used)::int FROM account_cap_use');
    assert.equal(used, got[cheap], 'what was counted is what was routed');
    assert.ok(await fleet.house.value('SELECT count(*)::int FROM run_plan') >= 2);
  });
});

test('what an account refuses for its own sake arrives by the next one, and the account loses its traffic', { timeout: 180_000 }, async () => {
  await withFleet('route_refused', { clients: 3_000, sim: { errors: '0x0A:1000' }, account: { price_micro: 100, parts_per_s: 300 } }, async (fleet) => {
    const other = await Simulator.start(fleet.house.dir, { 'receipt-delay-ms': '50-500' });
    fleet.house.programs.push(other);
    const next = await fleet.addAccount('next', { price_micro: 300, port: other.port });
    const bad = await fleet.house.value("SELECT id FROM account WHERE name = 'sim'");
    await waitFor('both accounts to be up', async () => await fleet.house.value('SELECT count(*)::int FROM account_lease WHERE down_since IS NULL') === 2);
    await seen(fleet);
    const counts = await fleet.finished(await fleet.launch({ class: 2, category: 2 }), 120_000);
    assert.equal(counts.delivered, 3_000);
    assert.equal((await byAccount(fleet))[next], 3_000);
    assert.equal(await fleet.house.value('SELECT count(*)::int FROM refusal WHERE account_id <> $1', [bad]), 0);
    const points = () => fleet.house.value('SELECT points FROM account_health WHERE account_id = $1', [bad]);
    await waitFor('its points to fall', async () => (await points() ?? 100) < 100);
    assert.equal(await fleet.house.value('SELECT points FROM account_health WHERE account_id = $1', [next]), 100);
  });
});

test('batches of an account that is switched off go by another', { timeout: 120_000 }, async () => {
  await withFleet('route_off', { clients: 2_000, account: { price_micro: 100, parts_per_s: 20 } }, async (fleet) => {
    const next = await fleet.addAccount('next', { price_micro: 300 });
    await waitFor('both accounts to be up', async () => await fleet.house.value('SELECT count(*)::int FROM account_lease WHERE down_since IS NULL') === 2);
    await seen(fleet);
    const campaign = await fleet.launch({ class: 2, category: 2 });
    await waitFor('some to have left', async () => (await fleet.sim.stats()).submits > 20);
    await fleet.db.query("UPDATE account SET enabled = false, changed_at = clock_timestamp() WHERE name = 'sim'");
    // Receipts of what it sent last find no session any more.
    await waitFor('all to be accepted', async () => (await fleet.counts(campaign)).accepted === 2_000, { timeoutMs: 60_000 });
    assert.ok((await byAccount(fleet))[next] > 1_000);
    const rows = await fleet.sim.rows();
    assert.deepEqual([rows.length, new Set(rows.map((row) => row.destination)).size], [2_000, 2_000], 'everybody once');
  });
});

test('why a message goes where it goes: the API and the command tell the same', { timeout: 60_000 }, async () => {
  const house = await House.open('route_explain');
  try {
    const api = await Api.open(house);
    await house.db.query(`
      INSERT INTO provider (name, country) VALUES ('abroad', 'AM');
      INSERT INTO account (name, host, port, system_id, price_micro, provider_id) VALUES
        ('cheap', '127.0.0.1', 1, 'x', 1500000, NULL), ('dear', '127.0.0.1', 1, 'x', 2500000, NULL),
        ('foreign', '127.0.0.1', 1, 'x', 500000, (SELECT id FROM provider WHERE name = 'abroad'));
      INSERT INTO account_lease (account_id, owner, epoch, until) SELECT id, 't', 1, now() + interval '1 h' FROM account;
      INSERT INTO account_route (account_id, contracts) SELECT id, 'contracts' FROM account WHERE name <> 'foreign';
      INSERT INTO operator_contract SELECT id, 1, 'МТС-7', '2026-01-01' FROM account WHERE name = 'dear';
      INSERT INTO ported_number VALUES (79161234567, 1, 'mnp');
      INSERT INTO account_cap SELECT id, 'day', 900 FROM account WHERE name = 'dear';
      INSERT INTO route_rule (position, name, price_max_micro) VALUES (1, 'not too dear', 9000000)`);
    const ask = { phone: '+7 916 123-45-67', sender: 'ACME', text: 'Скидка' };
    const { status, body } = await api.post('/v1/route-explanation', ask);
    assert.equal(status, 200, JSON.stringify(body));
    const [cheap, dear, foreign] = body.candidates;
    assert.deepEqual([body.operator, body.ported, body.parts, body.encoding, body.rule.name], ['МТС', true, 1, 'ucs2', 'not too dear']);
    assert.deepEqual([cheap.barred_by, dear.barred_by, foreign.barred_by], ['contract', null, 'abroad']);
    assert.match(foreign.reason, /outside Russia/);
    assert.deepEqual([dear.chosen, dear.contract, dear.cap_left, dear.price.message, dear.price.unit], [true, 'МТС-7', 900, '2.50', 'part']);
    assert.equal(body.account_id, dear.account_id);
    assert.equal(Number(dear.expected_cost).toFixed(4), (2.5 / 0.95).toFixed(4));
    const service = (await api.post('/v1/route-explanation', { ...ask, category: 'service', class: 'service' })).body;
    assert.equal(service.candidates.find(({ chosen }) => chosen).account, 'cheap', 'contracts speak of advertising');
    assert.equal((await api.post('/v1/route-explanation', { phone: '12' })).status, 422);

    const { code, stdout } = await run([path.join(BIN, 'vestnik'), '--database', house.databaseUrl, 'route', 'explain', '+79161234567', '--sender', 'ACME', '--text', 'Скидка']);
    assert.equal(code, 0);
    assert.match(stdout, /operator: МТС \(ported\)\ntext: 1 part, UCS-2\nrule: not too dear\naccount: dear\n/);
    assert.match(stdout, /\* +dear .*2\.6316/);
    assert.match(stdout, /foreign .*outside Russia/);
  } finally {
    await house.close();
  }
});
