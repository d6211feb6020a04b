// SPDX-License-Identifier: AGPL-3.0-or-later
// Pace, spreading, the end at a set time and a campaign's own window, judged by what the operator saw second by second.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

/** CLOCK_MONOTONIC in ms: the simulator's clock. */
const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);
/** A time of the day on it. */
const onItsClock = (date) => nowMs() + date.getTime() - Date.now();

async function withFleet(name, options, body) {
  const fleet = await Fleet.open(name, options);
  try {
    fleet.api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', name)).trim());
    await body(fleet);
  } finally {
    await fleet.close();
  }
}

async function ask(fleet, method, path, body, status = 200) {
  const answer = await fleet.api.request(method, path, { body });
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}

async function launch(fleet, fields = {}) {
  const { id } = await ask(fleet, 'POST', '/v1/campaigns', { name: 'Pace', text: 'Hello', sender: 'VESTNIK', category: 'advertising', ...fields }, 201);
  await ask(fleet, 'POST', `/v1/campaigns/${id}/launch`);
  return id;
}

const repace = (fleet, id, body) => ask(fleet, 'POST', `/v1/campaigns/${id}/pace`, body);
const times = async (fleet) => (await fleet.sim.rows()).filter((row) => row.status === 0).map((row) => row.ms).sort((a, b) => a - b);
const between = (all, from, to) => all.filter((ms) => ms >= from && ms < to).length;

/** Every whole second of these has about so many. */
function assertRate(all, from, seconds, rate, what) {
  for (let s = 0; s < seconds; s++) {
    const n = between(all, from + s * 1000, from + (s + 1) * 1000);
    assert.ok(Math.abs(n - rate) <= Math.max(rate * 0.2, 3), `${what}: ${n} in second ${s}, wanted ${rate}`);
  }
  const all_ = between(all, from, from + seconds * 1000) / seconds;
  assert.ok(Math.abs(all_ - rate) <= Math.max(rate * 0.07, 1), `${what}: ${all_}/s, wanted ${rate}`);
  return all_;
}

const started = (fleet) => waitFor('the first message to leave', async () => (await times(fleet))[0], { timeoutMs: 30_000 });

test('a pace is kept on the wire second by second, and another one is there within one', { timeout: 180_000 }, async (t) => {
  await withFleet('pace', { clients: 12_000 }, async (fleet) => {
    const id = await launch(fleet, { pace_per_min: 6_000 });
    const first = await started(fleet);
    await pause(first + 6_200 - nowMs());
    const seen = [assertRate(await times(fleet), first + 1_000, 5, 100, 'at first')];
    for (const perMin of [24_000, 1_200, 60_000]) {
      const answer = await repace(fleet, id, { pace_per_min: perMin });
      assert.equal(answer.pace_per_min, perMin);
      const changed = nowMs();
      await pause(5_200);
      seen.push(assertRate(await times(fleet), changed + 1_000, 4, perMin / 60, `${perMin} a minute`));
    }
    t.diagnostic(`wanted 100, 400, 20 and 1000 a second, measured ${seen.map((n) => n.toFixed(1)).join(', ')}`);
    // Paused and resumed it keeps its pace; without one it goes as fast as it can.
    await repace(fleet, id, { pace_per_min: 6_000 });
    await ask(fleet, 'POST', `/v1/campaigns/${id}/pause`);
    const paused = nowMs();
    await pause(2_000);
    assert.equal(between(await times(fleet), paused + 1_000, nowMs()), 0, 'nothing leaves a second after the pause');
    await ask(fleet, 'POST', `/v1/campaigns/${id}/resume`);
    const resumed = nowMs();
    await pause(3_000);
    const burst = between(await times(fleet), resumed, resumed + 1_000);
    assert.ok(burst <= 160, `what the pause overslept is not made up for: ${burst}`);
    await repace(fleet, id, { pace_per_min: null });
    await fleet.finished(id, 30_000);
    assert.deepEqual((await fleet.prove(id)).delivered, 12_000);
  });
});

test('two paced campaigns and one without keep out of each other\'s way', { timeout: 120_000 }, async () => {
  await withFleet('pace_two', { clients: 3_000, account: { parts_per_s: 400 } }, async (fleet) => {
    const slow = await launch(fleet, { text: 'Slow', pace_per_min: 600, priority: 9 });
    const fast = await launch(fleet, { text: 'Fast', priority: 1 });
    const begun = await started(fleet);
    await fleet.finished(fast, 60_000);
    const took = (nowMs() - begun) / 1000;
    assert.ok(took < 12, `the campaign without a pace has what the paced one leaves: ${took} s`);
    const { accepted } = await fleet.counts(slow);
    assert.ok(Math.abs(accepted - took * 10) < 30, `${accepted} of the paced one in ${took} s`);
    await ask(fleet, 'POST', `/v1/campaigns/${slow}/cancel`);
    const { audience, messages, suppressed } = await fleet.finished(slow, 30_000);
    assert.equal(messages + suppressed, audience);
  });
});

test('over two accounts and two gateways a pace is one pace', { timeout: 120_000 }, async (t) => {
  await withFleet('pace_accounts', { clients: 4_000, copies: 2 }, async (fleet) => {
    await fleet.addAccount('second');
    await waitFor('both accounts to be up', () => fleet.house.value('SELECT count(*) = 2 FROM account_lease WHERE until > now() AND down_since IS NULL'), { timeoutMs: 30_000 });
    const id = await launch(fleet, { pace_per_min: 12_000 });
    const first = await started(fleet);
    await pause(first + 6_200 - nowMs());
    const rows = await fleet.sim.rows();
    const over = (name) => rows.filter((row) => row.systemId === name).length;
    t.diagnostic(`${assertRate(await times(fleet), first + 1_000, 5, 200, 'over two accounts')}/s of 200; ${over('sim')} over one account, ${over('second')} over the other`);
    assert.ok(over('sim') > 0 && over('second') > 0, 'both carry some of it');
    // Whoever holds an account dies: nobody is told twice, and the pace goes on.
    await fleet.daemons.smppd[0].restart();
    await fleet.daemons.schedulerd[0].restart();
    await repace(fleet, id, { pace_per_min: null });
    await fleet.finished(id, 60_000);
    t.diagnostic(JSON.stringify(await fleet.prove(id)));
  });
});

test('spread over a window it ends with it, evenly', { timeout: 120_000 }, async (t) => {
  await withFleet('spread', { clients: 2_400 }, async (fleet) => {
    const until = new Date(Date.now() + 24_000);
    const id = await launch(fleet, { pace_until: until.toISOString() });
    const first = await started(fleet);
    await fleet.finished(id, 60_000);
    const all = await times(fleet);
    const last = all.at(-1);
    const end = onItsClock(until);
    t.diagnostic(`the last one ${((last - end) / 1000).toFixed(2)} s after the end of the window`);
    assert.ok(Math.abs(last - end) < 1_500, `the last one left ${last - end} ms after the window's end`);
    for (let quarter = 0; quarter < 4; quarter++) {
      const width = (end - first) / 4;
      const n = between(all, first + quarter * width, first + (quarter + 1) * width);
      assert.ok(n > 480 && n < 720, `${n} of 2400 in quarter ${quarter}`);
    }
    await fleet.prove(id);
  });
});

test('nothing leaves from stop_at on, and what is left is cancelled for that reason and counted', { timeout: 120_000 }, async (t) => {
  await withFleet('stop_at', { clients: 6_000, account: { parts_per_s: 300 } }, async (fleet) => {
    const id = await launch(fleet);
    await started(fleet);
    const stop = new Date(Date.now() + 3_000);
    await repace(fleet, id, { stop_at: stop.toISOString() });
    const { audience, messages, suppressed, cancelled, delivered } = await fleet.finished(id, 60_000);
    const late = (await fleet.sim.rows()).map((row) => row.ms - onItsClock(stop)).filter((ms) => ms > 0);
    t.diagnostic(`left after stop_at: ${late.length}, the latest ${Math.max(0, ...late)} ms`);
    assert.deepEqual(late.filter((ms) => ms > 20), [], 'nothing leaves later, but for what the two clocks differ by');
    assert.equal(messages + suppressed, audience);
    assert.equal(delivered + cancelled, messages);
    assert.ok(cancelled > 0 && delivered > 500);
    const { status } = await ask(fleet, 'GET', `/v1/campaigns/${id}`);
    assert.equal(status, 'finished', 'it ended as it was told to');
    const { groups } = await ask(fleet, 'GET', `/v1/campaigns/${id}/missed/summary`);
    assert.deepEqual([...new Set(groups.map((g) => g.reason))], ['stop_at']);
    assert.equal(groups.reduce((sum, g) => sum + g.count, 0), audience - delivered);
    await fleet.prove(id);
  });
});

const hourIn = (zone) => Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: zone }).format(new Date()));
const dayIn = (zone) => ((new Date(new Date().toLocaleString('en-US', { timeZone: zone })).getDay() + 6) % 7) + 1;
const clock = (hour) => `${String(hour).padStart(2, '0')}:00`;

test('a window of its own, in the company\'s zone and in each client\'s', { timeout: 120_000 }, async () => {
  await withFleet('own_window', { rules: true }, async (fleet) => {
    // Two zones twelve hours apart, neither near midnight: one within the window, the other far from it.
    const near = ['Asia/Kamchatka', 'UTC', 'Asia/Yakutsk', 'Europe/Moscow', 'Asia/Omsk', 'America/Bogota', 'America/Los_Angeles']
      .find((zone) => hourIn(zone) >= 6 && hourIn(zone) <= 20);
    const far = ['Pacific/Auckland', 'Asia/Kamchatka', 'UTC', 'America/Los_Angeles', 'Asia/Omsk', 'America/Bogota', 'Asia/Tokyo']
      .find((zone) => Math.abs(hourIn(zone) - hourIn(near)) >= 5);
    await fleet.db.query("UPDATE setting SET value = $1 WHERE name = 'time_zone'", [near]);
    await fleet.db.query(`INSERT INTO client (external_id, msisdn, time_zone)
      SELECT z.zone || n, z.first + n, z.zone FROM (VALUES ($1, 79260000000), ($2, 79270000000)) z(zone, first), generate_series(1, 5) n`, [near, far]);
    const hours = { from: clock(hourIn(near) - 2), to: clock(hourIn(near) + 2) };
    const days = [1, 2, 3, 4, 5, 6, 7];
    const reached = async (text) => new Set((await fleet.db.query(
      'SELECT msisdn FROM message m JOIN receipt_ref USING (msisdn) WHERE m.text = $1', [text])).rows.map((row) => row.msisdn));

    // Transactional messages are bound by no law, only by the window.
    const client = await launch(fleet, { text: 'By client', category: 'transactional', window: { days, ...hours, zone: 'client' } });
    await waitFor('those within the window to get it', async () => (await reached('By client')).size === 5, { timeoutMs: 30_000 });
    const { rows: waiting } = await fleet.db.query('SELECT c.zones, c.not_before, c.deadline FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1 AND c.state = 0', [client]);
    assert.deepEqual(waiting.map((chunk) => chunk.zones), [[far]], 'the other zone waits');
    const opens = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: far }).format(waiting[0].not_before);
    assert.equal(opens, hours.from, 'until the window begins there');

    const company = await launch(fleet, { text: 'By company', category: 'transactional', window: { days, ...hours, zone: 'company' } });
    await fleet.finished(company, 30_000);
    assert.equal((await reached('By company')).size, 10, 'within the company\'s window all get it');

    const other = await launch(fleet, { text: 'Another day', category: 'transactional', window: { days: days.filter((day) => day !== dayIn(near)), from: '00:00', to: '24:00', zone: 'company' } });
    const held = await waitFor('it to wait for another day', async () => {
      const { rows } = await fleet.db.query('SELECT c.not_before FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1 AND c.state = 0', [other]);
      return rows.length > 0 && rows;
    });
    assert.ok(held.every(({ not_before }) => not_before > new Date()));
    assert.equal((await reached('Another day')).size, 0);

    // The window is always within the hours of the law.
    await fleet.db.query("UPDATE send_window SET opens = '00:00', closes = '00:20', off_opens = '00:00', off_closes = '00:20' WHERE category = 2");
    const law = await launch(fleet, { text: 'By law', category: 'service', window: { days, ...hours, zone: 'client' } });
    await waitFor('everybody to be left out', async () => (await fleet.counts(law)).suppressed === 10, { timeoutMs: 30_000 });
    const shown = await ask(fleet, 'GET', `/v1/campaigns/${law}`);
    assert.deepEqual(shown.window, { days, ...hours, zone: 'client' });
  });
});

test('what pace and window may be', { timeout: 60_000 }, async () => {
  await withFleet('pace_input', { clients: 1 }, async (fleet) => {
    const draft = { name: 'x', text: 'x', sender: 'VESTNIK', category: 'advertising' };
    const days = [1];
    for (const [fields, field] of [
      [{ pace_per_min: 60, pace_until: '2030-01-01T00:00:00Z' }, 'pace_until'],
      [{ window: { days: [], from: '10:00', to: '18:00', zone: 'client' } }, 'window.days'],
      [{ window: { days: [8], from: '10:00', to: '18:00', zone: 'client' } }, 'window.days'],
      [{ window: { days, from: '10:00', to: '10:05', zone: 'client' } }, 'window.to'],
      [{ window: { days, from: '25:00', to: '26:00', zone: 'client' } }, 'window.from'],
      [{ window: { days, from: '10:00', to: '18:00', zone: 'Mars' } }, 'window.zone'],
    ]) {
      const refused = await ask(fleet, 'POST', '/v1/campaigns', { ...draft, ...fields }, 422);
      assert.ok(refused.errors.some((e) => e.field === field), `${field}: ${JSON.stringify(refused.errors)}`);
    }
    const { id } = await ask(fleet, 'POST', '/v1/campaigns', { ...draft, stop_at: '2020-01-01T00:00:00Z', pace_until: '2099-01-01T00:00:00Z' }, 201);
    const refused = await ask(fleet, 'POST', `/v1/campaigns/${id}/launch`, undefined, 422);
    assert.deepEqual(refused.errors.map((e) => e.field).sort(), ['pace_until', 'stop_at']);
    const changed = await ask(fleet, 'PATCH', `/v1/campaigns/${id}`, { stop_at: null, pace_per_min: 600, window: { days: [1, 7], from: '09:30', to: '24:00', zone: 'company' } });
    assert.deepEqual([changed.stop_at, changed.pace_until, changed.pace_per_min, changed.window],
      [null, null, 600, { days: [1, 7], from: '09:30', to: '24:00', zone: 'company' }]);
    assert.equal((await ask(fleet, 'PATCH', `/v1/campaigns/${id}`, { window: null })).window, null);
    await ask(fleet, 'POST', `/v1/campaigns/${id}/pace`, { pace_per_min: 1 }, 409);
    await ask(fleet, 'POST', `/v1/campaigns/${id}/launch`);
    await ask(fleet, 'POST', `/v1/campaigns/${id}/pace`, { stop_at: '2020-01-01T00:00:00Z' }, 422);
  });
});
