// SPDX-License-Identifier: AGPL-3.0-or-later
// Tariffs, the settled ledger and invoices: price lists loaded by command and API, and campaigns over two
// accounts whose simulators price what they accepted by lists of their own.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { Simulator } from './lib/smscsim.mjs';
import { BIN, House, run, waitFor } from './lib/stack.mjs';

const vestnik = (house, ...words) => run([path.join(BIN, 'vestnik'), ...words], { env: { VESTNIK_DATABASE: house.databaseUrl } });

function file(house, name, content) {
  const where = path.join(house.dir, name);
  writeFileSync(where, content);
  return where;
}

async function ok(house, ...words) {
  const { code, stdout, stderr } = await vestnik(house, ...words);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Rows of a printed table whose text fits, blanks made one. */
const lines = (text, like) => text.split('\n').map((line) => line.replace(/ +/g, ' ').trim()).filter((line) => like.test(line));

describe('price lists', () => {
  let house;
  let api;
  const CSV = 'Оператор;Сеть;Префикс;Категория;Отправитель;Регистрация;Цена;Примечание\n'
    + 'МТС;;;реклама;;;3,50;с января\nмегафон;;;;буквенный;да;2.10;\n;250-99;;;;;2.4;\n;;7700-7701, 777;;;;9;\n;;;;;;15;\n';

  before(async () => {
    house = await House.open('tariffs');
    await house.db.query("INSERT INTO account (name, host, port, system_id) VALUES ('main', 'x', 1, 'x'), ('spare', 'x', 1, 'x')");
    await house.db.query("INSERT INTO provider (name, currency, country) VALUES ('abroad', 'EUR', 'DE')");
    await house.db.query("UPDATE account SET provider_id = (SELECT id FROM provider WHERE name = 'abroad') WHERE name = 'spare'");
    api = await Api.open(house);
  });
  after(() => house?.close());

  test('a list is shown against what is in force, and stored only when told so', async () => {
    const list = file(house, 'a.csv', CSV);
    const words = ['tariff', 'load', list, '--account', 'main', '--from', '2026-11-01', '--vat', 'excluded'];
    const shown = await ok(house, ...words);
    assert.match(shown, /prices: 0 changed, 7 new, 0 gone/);
    assert.match(shown, /nothing is stored/);
    assert.equal(await house.value('SELECT count(*)::int FROM tariff'), 0);
    assert.match(await ok(house, ...words, '--apply'), /tariff 1 is in force from 2026-11-01/);
    const { rows: [tariff] } = await house.db.query(
      "SELECT t.*, encode(file_sha256, 'hex') = encode(sha256(convert_to($1, 'UTF8')), 'hex') AS same FROM tariff t", [CSV]);
    assert.equal(tariff.same, true);
    assert.equal(tariff.file_name, 'a.csv');
    assert.match(tariff.loaded_by, /^command of ./);
    assert.equal(tariff.valid_from.toISOString(), '2026-10-31T21:00:00.000Z');
    assert.deepEqual((await house.db.query("SELECT o.code, r.network, r.prefix, r.category, r.sender_kind, r.registered, r.price_micro FROM tariff_row r LEFT JOIN operator o ON o.id = r.operator_id ORDER BY o.id, r.prefix")).rows,
      [['mts', null, null, 1, null, null, 3500000], ['megafon', null, null, null, 1, true, 2100000], ['beeline', '25099', null, null, null, null, 2400000],
        [null, null, '7700', null, null, null, 9000000], [null, null, '7701', null, null, null, 9000000], [null, null, '777', null, null, null, 9000000],
        [null, null, null, null, null, null, 15000000]]
        .map(([code, network, prefix, category, sender_kind, registered, price_micro]) => ({ code, network, prefix, category, sender_kind, registered, price_micro })));
  });

  test('changed prices are told with both and the difference', async () => {
    const list = file(house, 'b.csv', 'operator,category,price\nmts,advertising,3.85\nmegafon,,2\n,,15\n');
    const shown = await ok(house, 'tariff', 'load', list, '--account', 'main', '--from', '2026-12-01', '--vat', 'excluded', '--apply');
    assert.match(shown, /in force: tariff 1 of the account since 2026-11-01: RUB, without VAT of 22.00 %, per part, on acceptance/);
    assert.match(shown, /prices: 1 changed, 1 new, 5 gone, 1 as they are/);
    assert.deepEqual(lines(shown, /^changed/), ['changed mts advertising any any 4.27 4.697 +10.00 %']);
    const { rows } = await house.db.query('SELECT id, company_day(valid_from)::text AS "from", company_day(valid_to)::text AS until FROM tariff ORDER BY id');
    assert.deepEqual(rows, [{ id: 1, from: '2026-11-01', until: '2026-12-01' }, { id: 2, from: '2026-12-01', until: null }]);
  });

  test('a wrong file is refused whole, by line and column', async () => {
    const list = file(house, 'c.csv', 'operator,prefix,category,price\nmts,,advertising,3.60\nmts,,advertising,4\nnobody,,,1\nt2,7,,1\n,07,,1\nt2,,silly,1\nt2,,,1.1234567\n,,,-1\n');
    const before = await house.value('SELECT count(*)::int FROM tariff');
    const { code, stderr } = await vestnik(house, 'tariff', 'load', list, '--account', 'main', '--from', '2026-12-01', '--vat', 'excluded', '--apply');
    assert.equal(code, 1);
    for (const line of [/:5: operator: t2; expected is one of operator, network and prefix/, /:6: prefix: 07/, /:7: category: silly/, /:8: price: 1.1234567/, /:9: price: -1/, /5 wrong places; nothing was stored/])
      assert.match(stderr, line);
    assert.equal(await house.value('SELECT count(*)::int FROM tariff'), before);
    const known = file(house, 'd.csv', 'operator,price,colour\nmts,1,red\n');
    assert.match((await vestnik(house, 'tariff', 'load', known, '--account', 'main', '--from', '2026-12-01', '--vat', 'excluded')).stderr, /colour/);
    const twice = file(house, 'e.csv', 'operator,network,price\nmts,,1\n,25001,2\nnobody,,1\n');
    assert.match((await vestnik(house, 'tariff', 'load', twice, '--account', 'main', '--from', '2026-12-01', '--vat', 'excluded')).stderr, /:4: operator: nobody/);
    const again = file(house, 'f.csv', 'operator,network,price\nmts,,1\n,25001,2\n');
    assert.match((await vestnik(house, 'tariff', 'load', again, '--account', 'main', '--from', '2026-12-01', '--vat', 'excluded')).stderr, /:3: network: the same as line 2/);
  });

  test('the API shows the difference, stores against it, and refuses when another came between', async () => {
    const terms = 'provider=abroad&from=2026-12-01&vat=excluded&vat_rate=0&charge_on=delivery&file_name=x.csv';
    const csv = { headers: { 'content-type': 'text/csv' } };
    const unknown = await api.post(`/v1/tariffs/preview?${terms}`, 'operator;price\n;0,05\n', csv);
    assert.equal(unknown.status, 422);
    assert.equal(unknown.body.errors[0].field, 'currency');
    assert.equal((await api.put('/v1/currency-rates', { currency: 'EUR', day: '2026-11-01', roubles: '93.5' })).status, 200);
    assert.deepEqual((await api.get('/v1/currency-rates')).body.rates, [{ currency: 'EUR', day: '2026-11-01', roubles: '93.50' }]);
    const seen = await api.post(`/v1/tariffs/preview?${terms}`, 'operator;price\n;0,05\n', csv);
    assert.equal(seen.status, 200, seen.text);
    assert.deepEqual({ ...seen.body, sha256: '', changes: seen.body.changes.map((c) => c.new_price) },
      { against: '0', rows: 1, changed: 0, new: 1, gone: 0, same: 0, sha256: '', changes: ['0.05'] });
    const stored = await api.post(`/v1/tariffs?${terms}&against=${seen.body.against}`, 'operator;price\n;0,05\n', csv);
    assert.equal(stored.status, 201, stored.text);
    assert.equal(stored.body.currency, 'EUR');
    assert.equal(stored.body.sha256, seen.body.sha256);
    assert.match(stored.body.loaded_by, /^token \d+$/);
    assert.equal((await api.post(`/v1/tariffs?${terms}&against=0`, 'operator;price\n;0,06\n', csv)).status, 409);
    assert.deepEqual((await api.get(`/v1/tariffs/${stored.body.id}/rows`)).body.rows.map((row) => row.price), ['0.05']);
    assert.deepEqual((await api.get('/v1/tariffs?provider=abroad')).body.tariffs.map((t) => t.id), [stored.body.id]);
    const wrong = await api.post('/v1/tariffs/preview?account=main&from=2026-12-01&vat=excluded', 'operator;price\nникто;1\nmts;x\n',
      { headers: { ...csv.headers, 'accept-language': 'ru' } });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.body.errors.map((e) => [e.line, e.field]), [[3, 'price']]);
    assert.match(wrong.body.errors[0].expected, /цена, например/);
    const right = await api.post('/v1/tariffs/preview?account=main&from=soon&vat=maybe', 'operator;price\n;1\n', csv);
    assert.deepEqual(right.body.errors.map((e) => e.field).sort(), ['from', 'vat']);
  });
});

describe('what messages cost', () => {
  let fleet;
  let api;
  let second;
  let dear;
  const N = 90;
  // 7900: operator mts, 7901: megafon, 7902: nobody knows.  The simulators know prefixes alone.
  const number = "79000000000 + (n % 3) * 10000000 + n";
  const month = () => fleet.house.value("SELECT to_char(company_day(now()), 'YYYY-MM')");

  before(async () => {
    fleet = await Fleet.open('costs', {
      sim: { 'receipt-delay-ms': '20-300', undeliv: 150, prices: '7900/letters:2100000,7900/digits:2600000,7901:1950000,7902:3330000' },
      config: { schedulerd: { ledger_lag: '5s', receipt_grace: '5s' } },
    });
    // The second one charges what it delivered, with VAT in its prices.
    second = await Simulator.start(fleet.house.dir, {
      'receipt-delay-ms': '20-300', undeliv: 300, seed: 7, charge: 'delivered', prices: '7900:4100000,7901:3970000,7902:5550000',
    }, { name: 'second' });
    fleet.house.programs.push(second);
    dear = await fleet.addAccount('dear', { port: second.port, price_micro: 9000000 });
    const db = fleet.db;
    await db.query(`INSERT INTO client (external_id, msisdn, first_name) SELECT 'k' || n, ${number}, 'К' || n FROM generate_series(1, ${N}) n`);
    await db.query(`INSERT INTO ported_number (msisdn, operator_id, source) SELECT ${number}, 1 + n % 3, 'mnp' FROM generate_series(1, ${N}) n WHERE n % 3 < 2`);
    const cheap = file(fleet.house, 'cheap.csv', 'operator;prefix;sender;price\nmts;;letters;2,10\nmts;;;2,60\nmegafon;;;1,95\n;7902;;3,33\n;7;;99\n');
    const delivered = file(fleet.house, 'dear.csv', 'operator;price\nМТС;4.10\nМегаФон;3.97\n;5.55\n');
    const from = await fleet.house.value("SELECT to_char(company_day(now()) - 1, 'YYYY-MM-DD')");
    await ok(fleet.house, 'tariff', 'load', cheap, '--account', 'sim', '--from', from, '--vat', 'excluded', '--apply');
    await ok(fleet.house, 'tariff', 'load', delivered, '--account', 'dear', '--from', from, '--vat', 'included', '--charge-on', 'delivery', '--apply');
    api = await Api.open(fleet.house, { instance: 'money' });
  });
  after(() => fleet?.close());

  /** Wait until everything that was accepted is in the ledger, and no receipt is missing. */
  async function settled() {
    await waitFor('the receipts', async () => (await fleet.sim.stats()).receipts_pending === 0 && (await second.stats()).receipts_pending === 0
      && await fleet.house.value('SELECT count(*)::int FROM parked_receipt') === 0, { timeoutMs: 60_000 });
    await waitFor('the ledger to be reckoned', () => fleet.house.value(
      'SELECT (SELECT max(submitted_at) FROM receipt_ref) < (SELECT reckoned_to FROM ledger_clock) AND (SELECT count(*) FROM receipt_ref) = (SELECT sum(refs) FROM ledger_window)',
    ), { timeoutMs: 150_000, everyMs: 500 });
    await fleet.db.query('UPDATE ledger_window SET next_at = now()');
    await waitFor('the ledger to be looked at again', async () => await fleet.house.value('SELECT count(*)::int FROM ledger_window WHERE next_at <= now()') === 0,
      { timeoutMs: 60_000, everyMs: 500 });
  }

  /** The simulator's invoice as a file: prefixes as operators. */
  async function invoiceOf(sim, name, { more = 0 } = {}) {
    const invoice = JSON.parse(await sim.command('invoice'));
    assert.equal(invoice.unpriced, 0);
    const operator = { 7900: 'МТС', 7901: 'МегаФон', 7902: '' };
    const kopecks = (micro) => `${BigInt(micro) / 1000000n},${String(BigInt(micro) % 1000000n).padStart(6, '0')}`;
    const rows = invoice.lines.map((line, i) => [operator[line.prefix], { letters: 'буквенный', digits: 'короткий', '': '' }[line.sender],
      line.count + (i === 0 ? more : 0), kopecks(line.price), kopecks(line.sum + (i === 0 ? more * line.price : 0))].join(';'));
    return { invoice, path: file(fleet.house, name, `оператор;отправитель;количество;цена;сумма\n${rows.join('\n')}\n`) };
  }

  async function invoiceAgrees(sim, account, vat) {
    const { invoice, path: where } = await invoiceOf(sim, `${account}.invoice.csv`);
    assert.ok(invoice.lines.reduce((sum, line) => sum + line.count, 0) > 0, 'the simulator asks for something');
    const shown = await ok(fleet.house, 'reconcile', '--account', account, '--month', await month(), where, '--vat', vat);
    assert.match(shown, /difference 0\.00\n/, shown);
    for (const line of lines(shown, /^[\d-]/)) assert.match(line, / 0\.00$/, shown);
    const id = await fleet.house.value('SELECT max(id)::text FROM invoice');
    const { body } = await api.get(`/v1/invoices/${id}`);
    assert.equal(body.difference, '0.00');
    for (const line of body.lines) {
      assert.deepEqual(line.causes, [], JSON.stringify(line));
      assert.equal(line.charged, line.invoice_count);
    }
    return body;
  }

  test('what was accepted costs what the invoice says, to the kopeck: long texts, refusals, failover', { timeout: 400_000 }, async () => {
    const sim = fleet.account ?? await fleet.house.value("SELECT id FROM account WHERE name = 'sim'");
    const pinned = await fleet.launch({ account_id: sim, text: 'Здравствуйте, {first_name}! '.repeat(5), class: 2, category: 2 });
    await fleet.finished(pinned, 120_000);
    const digits = await fleet.launch({ account_id: sim, sender: '2424', text: 'Hello', class: 2, category: 2 });
    await fleet.finished(digits, 120_000);
    const whole = await fleet.launch({ account_id: dear, text: 'Здравствуйте, {first_name}! '.repeat(4), class: 2, category: 2 });
    await fleet.finished(whole, 120_000);
    // Refused for its sender by the first: others take it.  Refused for being too fast: again.
    await fleet.sim.set('errors', '0x0A:400,0x58:100');
    const fail = await fleet.launch({ text: 'Здравствуйте, {first_name}!', class: 2, category: 2 });
    await fleet.finished(fail, 120_000);
    await fleet.sim.set('errors', '');
    await settled();
    assert.ok(await fleet.house.value('SELECT count(*)::int FROM refusal') > 0, 'something was refused');
    assert.ok(await fleet.house.value('SELECT count(*)::int FROM receipt_ref WHERE attempt > 1') > 0, 'something was sent again');

    const accepted = await invoiceAgrees(fleet.sim, 'sim', 'excluded');
    const delivered = await invoiceAgrees(second, 'dear', 'included');
    assert.ok(delivered.lines.reduce((sum, line) => sum + line.charged, 0) < delivered.lines.reduce((sum, line) => sum + line.parts, 0), 'what was not delivered is not owed');
    assert.ok(accepted.lines.some((line) => line.sender === 'short' && line.charged > 0));
    // What was expected is what it cost, or the difference has a name.
    const because = {};
    for (const campaign of [pinned, digits, whole, fail]) {
      const { status, body, text } = await api.get(`/v1/campaigns/${campaign}/costs`);
      assert.equal(status, 200, text);
      assert.equal(body.causes.reduce((sum, row) => sum + row.messages, 0), N);
      because[campaign] = Object.fromEntries(body.causes.map((row) => [row.cause, row.messages]));
    }
    assert.deepEqual(because[pinned], { equal: N });
    assert.deepEqual(because[digits], { equal: N });
    const arrived = await fleet.house.value(`SELECT count(*)::int FROM message_state s JOIN batch h ON h.id = s.id & ~255::bigint
      JOIN run r ON r.id = h.run_id WHERE r.campaign_id = $1 AND s.state = 9`, [whole]);
    assert.equal(because[whole].equal, arrived);
    assert.equal(because[whole].not_delivered, N - arrived);
    assert.ok(because[fail].another_account + (because[fail].not_delivered ?? 0) > 0, JSON.stringify(because[fail]));
    assert.ok(!('other' in because[fail]) && !('tariff_changed' in because[fail]), JSON.stringify(because[fail]));
    const costs = await api.get(`/v1/costs?run=${await fleet.house.value('SELECT id::text FROM run WHERE campaign_id = $1', [pinned])}`);
    assert.equal(costs.status, 200, costs.text);
    assert.equal(costs.body.costs.reduce((sum, row) => sum + row.messages, 0), N);
  });

  test('a difference is told by line and cause', { timeout: 60_000 }, async () => {
    const { path: where } = await invoiceOf(fleet.sim, 'more.csv', { more: 10 });
    const shown = await ok(fleet.house, 'reconcile', '--account', 'sim', '--month', await month(), where, '--vat', 'excluded');
    assert.match(shown, /difference 25\.62\n/, shown); // ten at 2.10 and VAT
    assert.match(shown, /count 25\.62/, shown);
    const half = file(fleet.house, 'net.csv', await (async () => {
      const { invoice } = await invoiceOf(fleet.sim, 'unused.csv');
      const sum = invoice.lines.reduce((a, line) => a + line.sum, 0);
      return `количество;сумма\n${invoice.lines.reduce((a, line) => a + line.count, 0)};${(sum / 1e6).toFixed(2)}\n`;
    })());
    assert.match(await ok(fleet.house, 'reconcile', '--account', 'sim', '--month', await month(), half, '--vat', 'included'), /vat -/);
    assert.equal(await fleet.house.value("SELECT count(*)::int FROM invoice WHERE replaced_by IS NULL AND account_id = (SELECT id FROM account WHERE name = 'sim')"), 1);
  });

  test('parts whose answer never came stand in the invoice alone, as many as are in doubt', { timeout: 400_000 }, async () => {
    const sim = await fleet.house.value("SELECT id FROM account WHERE name = 'sim'");
    await fleet.sim.set('lost', 300);
    await fleet.sim.set('receipts', 'none');
    const campaign = await fleet.launch({ account_id: sim, text: 'Hello', class: 1, category: 2 });
    await waitFor('every part to be answered or in doubt', async () => {
      const { accepted, unknown } = await fleet.counts(campaign);
      return accepted + unknown === N;
    }, { timeoutMs: 60_000 });
    await fleet.sim.set('lost', 0);
    await settled();
    const doubts = await fleet.house.value('SELECT count(*)::int FROM doubt WHERE outcome = 0');
    assert.ok(doubts > 0, 'some answers were lost');
    const { path: where } = await invoiceOf(fleet.sim, 'lost.csv');
    await ok(fleet.house, 'reconcile', '--account', 'sim', '--month', await month(), where, '--vat', 'excluded');
    const { body } = await api.get(`/v1/invoices/${await fleet.house.value('SELECT max(id)::text FROM invoice')}`);
    assert.equal(body.lines.reduce((sum, line) => sum + line.invoice_count - line.charged, 0), doubts);
    for (const line of body.lines) assert.ok(line.causes.every((cause) => cause.cause === 'count'), JSON.stringify(line));
    const forecast = await ok(fleet.house, 'reconcile', '--forecast', '--run', await fleet.house.value('SELECT id::text FROM run WHERE campaign_id = $1', [campaign]));
    assert.deepEqual(lines(forecast, /^not_accepted/).map((line) => line.split(' ')[1]), [String(doubts)], forecast);
  });
});
