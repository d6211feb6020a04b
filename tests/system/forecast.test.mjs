// SPDX-License-Identifier: AGPL-3.0-or-later
// When campaigns will be finished, held against when they are: three loads on the real daemons and an operator of ours.
// What is left at the moment of a forecast takes as long as it says, by a tenth.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { waitFor } from './lib/stack.mjs';

const WITHIN = 0.1;

/** The simulator's clock as a time of the day. */
const dayTime = (ms) => Date.now() - Number(process.hrtime.bigint() / 1_000_000n) + ms;

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

async function draft(fleet, fields) {
  return (await ask(fleet, 'POST', '/v1/campaigns', { name: fields.text, sender: 'VESTNIK', category: 'advertising', ...fields }, 201)).id;
}

async function launch(fleet, fields) {
  const id = await draft(fleet, fields);
  await ask(fleet, 'POST', `/v1/campaigns/${id}/launch`);
  return id;
}

const forecast = (fleet, id) => ask(fleet, 'GET', `/v1/campaigns/${id}/forecast`);
const sending = (fleet, ...ids) => waitFor('it to be on the wire', async () => {
  for (const id of ids) if (!((await fleet.counts(id)).accepted > 0)) return false;
  return true;
}, { timeoutMs: 30_000, everyMs: 50 });

/** A list of the clients with these numbers, from one to another. */
async function list(fleet, from, to) {
  return String(await fleet.house.value(
    `WITH l AS (INSERT INTO list (name, size) VALUES ('l ' || $1, $2::int - $1::int + 1) RETURNING id)
     INSERT INTO list_member SELECT l.id, c.id FROM l, client c WHERE c.msisdn BETWEEN 79000000000 + $1::int AND 79000000000 + $2::int RETURNING list_id`, [from, to]));
}

/** When the last part of a text left. */
async function lastLeft(fleet, text) {
  const hash = hashOf(Buffer.from(text));
  return dayTime(Math.max(...(await fleet.sim.rows()).filter((row) => row.hash === hash && row.status === 0).map((row) => row.ms)));
}

async function mustHold(t, fleet, what, told, text) {
  assert.ok(told.ends_at, `${what} has an end: ${JSON.stringify(told)}`);
  const ended = await lastLeft(fleet, text);
  const wanted = (ended - Date.parse(told.at)) / 1000;
  const said = (Date.parse(told.ends_at) - Date.parse(told.at)) / 1000;
  t.diagnostic(`${what}: said ${said.toFixed(1)} s, took ${wanted.toFixed(1)} s (${((said / wanted - 1) * 100).toFixed(1)} %)`);
  assert.ok(Math.abs(said - wanted) <= wanted * WITHIN, `${what}: said ${said} s, took ${wanted} s`);
}

test('one campaign at an operator that is slower than its limit: what was measured counts', { timeout: 180_000 }, async (t) => {
  // 10 answers at a time, each after 50 ms: 200 a second at most, whatever the limit says.
  await withFleet('forecast_one', { clients: 9_000, sim: { 'latency-ms': 50 }, account: { parts_per_s: 1_000, window_size: 10 } }, async (fleet) => {
    const before = await draft(fleet, { text: 'Slow' });
    const unmeasured = await forecast(fleet, before);
    assert.equal(unmeasured.left, 9_000);
    const seconds = (Date.parse(unmeasured.ends_at) - Date.parse(unmeasured.at)) / 1000;
    assert.ok(Math.abs(seconds - 9) < 1, `by the limit alone it would take 9 s: ${seconds}`);
    await ask(fleet, 'POST', `/v1/campaigns/${before}/launch`);
    await sending(fleet, before);
    await waitFor('its account to be measured', async () => (await forecast(fleet, before)).accounts[0]?.measured_per_s > 0, { timeoutMs: 20_000, everyMs: 200 });
    await pause(4_000);
    const told = await forecast(fleet, before);
    t.diagnostic(`measured ${told.accounts[0].measured_per_s} of ${told.accounts[0].limit_per_s} parts a second`);
    await fleet.finished(before, 120_000);
    await mustHold(t, fleet, 'a slow operator', told, 'Slow');
    assert.equal((await forecast(fleet, before)).left, 0);
  });
});

test('three campaigns of different priority, one of them paced, told before and while', { timeout: 180_000 }, async (t) => {
  await withFleet('forecast_many', { clients: 9_000, account: { parts_per_s: 330 } }, async (fleet) => {
    const ids = {};
    const at = new Date(Date.now() + 4_000).toISOString();
    const fields = {
      High: { priority: 9, list_id: await list(fleet, 1, 3_300) },
      Paced: { priority: 5, pace_per_min: 2_400, list_id: await list(fleet, 3_301, 4_300) },
      Low: { priority: 1, list_id: await list(fleet, 4_301, 9_000) },
    };
    for (const [text, more] of Object.entries(fields)) ids[text] = await launch(fleet, { text, start_at: at, ...more });
    const planned = {};
    for (const [text, id] of Object.entries(ids)) planned[text] = await forecast(fleet, id);
    for (const told of Object.values(planned)) assert.deepEqual([told.status, told.starts_at], ['planned', at]);
    await sending(fleet, ids.High);
    await pause(1_000);
    const running = {};
    for (const [text, id] of Object.entries(ids)) running[text] = await forecast(fleet, id);
    for (const id of Object.values(ids)) await fleet.finished(id, 120_000);
    for (const text of Object.keys(ids)) {
      await mustHold(t, fleet, `${text}, planned`, planned[text], text);
      await mustHold(t, fleet, `${text}, running`, running[text], text);
    }
  });
});

const clockAt = (zone, ms) => new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: zone }).format(new Date(ms));
const hourIn = (zone) => Number(clockAt(zone, Date.now()).slice(0, 2));

test('hours that begin later for some, another that goes on the next day, and the calendar', { timeout: 180_000 }, async (t) => {
  await withFleet('forecast_hours', { rules: true, account: { parts_per_s: 200 } }, async (fleet) => {
    const pairs = [['Europe/Moscow', 'Europe/Kaliningrad'], ['Asia/Omsk', 'Asia/Yekaterinburg'], ['Asia/Vladivostok', 'Asia/Yakutsk'], ['UTC', 'Atlantic/Cape_Verde'], ['America/Bogota', 'America/Chicago'], ['Asia/Kamchatka', 'Asia/Vladivostok']];
    const [east, west] = pairs.find(([a]) => hourIn(a) >= 4 && hourIn(a) <= 19);
    await fleet.db.query("UPDATE setting SET value = $1 WHERE name = 'time_zone'", [east]);
    await fleet.db.query(`INSERT INTO client (external_id, msisdn, time_zone)
      SELECT z.zone || n, z.first + n, z.zone FROM (VALUES ($1, 79260000000), ($2, 79270000000)) z(zone, first), generate_series(1, 1500) n`, [east, west]);
    await fleet.db.query('DELETE FROM calendar_day');
    // In the west it begins in 25 s, in the east it began earlier.
    const opens = clockAt(west, Date.now() + 25_000);
    await fleet.db.query("UPDATE send_window SET opens = $1::time, off_opens = $1::time, closes = '23:59', off_closes = '23:59' WHERE category = 1", [opens]);
    const id = await draft(fleet, { text: 'Zones' });
    const told = await forecast(fleet, id);
    await ask(fleet, 'POST', `/v1/campaigns/${id}/launch`);
    await sending(fleet, id);
    const running = await forecast(fleet, id);
    await fleet.finished(id, 120_000);
    await mustHold(t, fleet, 'two zones, as a draft', told, 'Zones');
    await mustHold(t, fleet, 'two zones, running', running, 'Zones');

    // Two hours of its own a day: at its pace the rest goes the next day, where the window begins.
    const zone = Number(clockAt(east, Date.now()).slice(0, 2));
    const window = { days: [1, 2, 3, 4, 5, 6, 7], from: `${String(zone - 1).padStart(2, '0')}:00`, to: `${String(zone + 2).padStart(2, '0')}:00`, zone: 'company' };
    await fleet.db.query("UPDATE send_window SET opens = '00:00', off_opens = '00:00' WHERE category = 2");
    const pace = 15;
    const long = await launch(fleet, { text: 'Long', category: 'transactional', pace_per_min: pace, validity_s: 172_800, window });
    await sending(fleet, long);
    const plan = await forecast(fleet, long);
    const minutes = (ms) => { const [h, m, s] = clockAt(east, ms).split(':').map(Number); return h * 60 + m + s / 60; };
    const today = (zone + 2) * 60 - minutes(Date.now()) - 70 / 60;
    const rest = 3_000 / pace - today;
    const ends = minutes(Date.parse(plan.ends_at)) - (zone - 1) * 60;
    t.diagnostic(`${today.toFixed(0)} minutes today, the last one ${ends.toFixed(1)} minutes after the window begins tomorrow, ${rest.toFixed(1)} by hand`);
    assert.ok(Date.parse(plan.ends_at) - Date.now() > 12 * 3_600_000, 'it takes until the next day');
    assert.ok(Math.abs(ends - rest) < rest * WITHIN, `${ends} minutes into the next day, by hand ${rest}`);
    assert.ok(Math.abs(plan.hours.reduce((sum, h) => sum + h.messages, 0) - plan.left) <= plan.hours.length);

    const from = new Date().toISOString();
    const to = new Date(Date.now() + 48 * 3_600_000).toISOString();
    const calendar = await ask(fleet, 'GET', `/v1/load-calendar?from=${from}&to=${to}`);
    assert.equal(calendar.capacity, 200 * 3600);
    assert.deepEqual(calendar.campaigns.map((c) => [c.campaign_id, c.name, c.department_id]), [[long, 'Long', '1']]);
    assert.equal(calendar.hours.length, 48);
    const busy = calendar.hours.filter((h) => h.parts > 0);
    assert.deepEqual(busy.map((h) => h.at), plan.hours.map((h) => h.at));
    for (const h of busy) {
      assert.deepEqual(h.campaigns, [{ campaign_id: long, parts: h.parts }]);
      assert.deepEqual(h.departments, [{ department_id: '1', parts: h.parts }]);
      assert.ok(h.parts <= pace * 60 + 1);
    }
    for (const query of ['', '?from=x&to=y', `?from=${to}&to=${from}`, `?from=${from}&to=2099-01-01T00:00:00Z`])
      await ask(fleet, 'GET', `/v1/load-calendar${query}`, undefined, 422);
    await ask(fleet, 'GET', '/v1/campaigns/999999/forecast', undefined, 404);
  });
});
