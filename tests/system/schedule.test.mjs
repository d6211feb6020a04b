// SPDX-License-Identifier: AGPL-3.0-or-later
// When campaigns run: again and again, on clients' dates, upon what clients do; the one reminder; and R-50.
//
// The database's clock decides, and nobody can set it here.  So time passes the other way round: everything a
// campaign has stored moves into the past together (`pass`), or, when the clock is to step back, into the future.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { Http } from './lib/http.mjs';
import { Random } from './lib/random.mjs';
import { waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const CLIENTS = 20;

let fleet;
let api;
let author;
let approver;

before(async () => {
  fleet = await Fleet.open('schedule', { clients: CLIENTS, copies: 2, kinds: ['schedulerd'], sim: { 'receipt-delay-ms': '10-50' } });
  await Promise.all(['dispatcherd', 'smppd', 'dlrd'].map(async (kind) => {
    fleet.daemons[kind] = [await fleet.house.start(kind)];
  }));
  api = await Api.open(fleet.house);
  writeFileSync(path.join(fleet.house.dir, 'password'), PASSWORD, { mode: 0o600 });
  for (const [login, role] of [['author', 'author'], ['approver', 'approver']])
    await fleet.house.vestnik('user', 'add', login, '--name', login, '--role', role, '--password-file', path.join(fleet.house.dir, 'password'));
  author = await Http.signIn(api.base, 'author', PASSWORD);
  approver = await Http.signIn(api.base, 'approver', PASSWORD);
});
after(async () => {
  await fleet.close();
});

const value = (...args) => fleet.house.value(...args);
const rows = async (sql, params) => (await fleet.db.query(sql, params)).rows;

const good = { name: 'again', text: 'Hello {first_name|friend}', sender: 'Vestnik', class: 'service', category: 'service' };
const daily = { kind: 'recurring', rule: 'FREQ=DAILY', starts: '2026-01-01T10:00', zone: 'UTC', overlap: 'allow' };
const create = async (more = {}, who = api) => {
  const { status, body } = who === api ? await api.post('/v1/campaigns', { ...good, ...more }) : await who.raw('POST', '/v1/campaigns', { body: { ...good, ...more } });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};
const act = async (id, action) => {
  const { status, body } = await api.request('POST', `/v1/campaigns/${id}/${action}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const launched = async (more) => {
  const { id } = await create(more);
  const campaign = await act(id, 'launch');
  return { id, campaign };
};
const get = async (id) => (await api.get(`/v1/campaigns/${id}`)).body;
const runs = async (id) => (await api.get(`/v1/campaigns/${id}/runs?limit=200`)).body.runs.reverse();

/** Time passes for one campaign. */
async function pass(id, interval) {
  await fleet.db.query('BEGIN');
  await fleet.db.query('SELECT 1 FROM campaign WHERE id = $1 FOR UPDATE', [id]);
  await fleet.db.query(
    `UPDATE campaign SET start_at = start_at - $2::interval, schedule = CASE WHEN schedule ? 'starts'
       THEN schedule || jsonb_build_object('starts', to_char((schedule->>'starts')::timestamp - $2::interval, 'YYYY-MM-DD"T"HH24:MI:SS')) ELSE schedule END
      WHERE id = $1`, [id, interval]);
  await fleet.db.query(
    `UPDATE campaign_occurrence SET due_at = due_at - $2::interval, due_local = due_local - $2::interval, reminder_at = reminder_at - $2::interval
      WHERE campaign_id = $1`, [id, interval]);
  await fleet.db.query('UPDATE trigger_waiting SET due_at = due_at - $2::interval WHERE campaign_id = $1', [id, interval]);
  await fleet.db.query('UPDATE trigger_done SET at = at - $2::interval, key = (key - $2::interval)::date WHERE campaign_id = $1', [id, interval]);
  await fleet.db.query('UPDATE scenario_approval SET approved_at = approved_at - $2::interval, until = until - $2::interval WHERE campaign_id = $1', [id, interval]);
  await fleet.db.query(
    `UPDATE campaign_clock SET next_local = next_local - $2::interval, next_at = next_at - $2::interval, began_at = began_at - $2::interval
      WHERE campaign_id = $1`, [id, interval]);
  await fleet.db.query('COMMIT');
}
/** Time passes until so many milliseconds before the next occurrence. */
async function passUntil(id, ms) {
  await pass(id, await value(`SELECT (next_at - clock_timestamp() - $2 * interval '1 ms')::text FROM campaign_clock WHERE campaign_id = $1`, [id, ms]));
}
const due = (id, n, timeoutMs = 20_000) => waitFor(`${n} occurrences`, async () => {
  const all = await runs(id);
  return all.length >= n && all;
}, { timeoutMs });
const sent = (id) => waitFor('everything to be sent', async () => {
  const all = await runs(id);
  return all.every((r) => r.outcome !== 'run' || r.status === 'finished') && all;
}, { timeoutMs: 30_000 });
const texts = (id) => rows(
  `SELECT c.external_id AS client, m.text FROM run r JOIN batch b ON b.run_id = r.id JOIN message m ON m.id BETWEEN b.id AND b.id + 255
     LEFT JOIN client c ON c.id = m.client_id WHERE r.campaign_id = $1 ORDER BY m.id`, [id]);

// ---------------------------------------------------------------------------- asking

test('a preview tells the next ten times and their moments, in whichever zone', async () => {
  const preview = async (body) => (await api.post('/v1/schedules/preview', body)).body;
  const year = new Date().getUTCFullYear() + 1;
  const last = await preview({ rule: 'FREQ=MONTHLY;BYMONTHDAY=-1', starts: `${year}-01-01T10:00`, zone: 'Europe/Moscow' });
  assert.deepEqual(last.occurrences.slice(0, 2).map(({ local, at }) => [local, at]),
    [[`${year}-01-31T10:00:00`, `${year}-01-31T07:00:00.000Z`], [last.occurrences[1].local, `${last.occurrences[1].local.slice(0, 10)}T07:00:00.000Z`]]);
  assert.deepEqual([last.occurrences.length, last.more, last.zone, last.sentence], [10, true, 'Europe/Moscow', 'On the last day of every month']);
  const russian = await api.post('/v1/schedules/preview', { rule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU', starts: '2026-12-01T10:00' }, { headers: { 'accept-language': 'ru' } });
  assert.equal(russian.body.sentence, 'Раз в несколько недель (недель: 2) во вторник');
  const wrong = await api.post('/v1/schedules/preview', { rule: 'FREQ=WEEKLY;EVER=1', starts: '2026-12-01T10:00' }, { headers: { 'accept-language': 'ru' } });
  assert.equal(wrong.body.errors[0].expected, '«EVER»: такой части в правиле нет');
  assert.deepEqual((await preview({ rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', starts: '2026-01-01T10:00' })).occurrences, []);
  assert.equal((await preview({ rule: 'FREQ=DAILY;COUNT=2', starts: `${year}-01-01T10:00`, except: [`${year}-01-01T10:00`] })).occurrences.length, 1);
});

test('what clocks show twice is the first of the two, what they leap over counts with the offset before', async () => {
  for (const [zone, local, moment] of [
    ['Europe/Berlin', '2027-03-28 02:30', '2027-03-28T01:30:00Z'], // 03:30 summer time
    ['Europe/Berlin', '2027-10-31 02:30', '2027-10-31T00:30:00Z'],
    ['Europe/Berlin', '2027-10-31 01:59', '2027-10-30T23:59:00Z'],
    ['Europe/Berlin', '2027-10-31 03:00', '2027-10-31T02:00:00Z'],
    ['America/New_York', '2027-03-14 02:30', '2027-03-14T07:30:00Z'],
    ['America/New_York', '2027-11-07 01:30', '2027-11-07T05:30:00Z'],
    ['Australia/Lord_Howe', '2027-10-03 02:15', '2027-10-02T15:45:00Z'],
    ['Australia/Lord_Howe', '2027-04-04 01:45', '2027-04-03T14:45:00Z'],
    ['Europe/Moscow', '2027-03-28 02:30', '2027-03-27T23:30:00Z'],
    ['Asia/Kathmandu', '2027-10-31 02:30', '2027-10-30T20:45:00Z'],
  ])
    assert.equal((await value('SELECT local_moment($1, $2)', [local, zone])).toISOString(), moment.replace('Z', '.000Z'), `${zone} ${local}`);
});

for (const [why, more, field, part] of [
  ['an hourly rule', { schedule: { ...daily, rule: 'FREQ=HOURLY' } }, 'schedule.rule', 'a day is the shortest'],
  ['a rule with hours', { schedule: { ...daily, rule: 'FREQ=DAILY;BYHOUR=1,2,3' } }, 'schedule.rule', 'BYHOUR'],
  ['a start that is no time', { schedule: { ...daily, starts: 'Monday' } }, 'schedule.starts', '2026-12-07T10:00'],
  ['an unknown zone', { schedule: { ...daily, zone: 'Mars/Olympus' } }, 'schedule.zone', 'Europe/Moscow'],
  ['an exception that is no time', { schedule: { ...daily, except: ['never'] } }, 'schedule.except', '2026-12-07T10:00'],
  ['an unknown kind', { schedule: { kind: 'moon' } }, 'schedule.kind', 'recurring'],
  ['a field that is no date', { schedule: { kind: 'date', field: 'city', time: '10:00' } }, 'schedule.field', 'birthday'],
  ['a time that is none', { schedule: { kind: 'date', field: 'birthday', time: '25:00' } }, 'schedule.time', '10:00'],
  ['an unknown action', { schedule: { kind: 'action', action: 'flying' } }, 'schedule.action', 'purchase'],
  ['a member of another kind', { schedule: { kind: 'action', action: 'purchase', rule: 'FREQ=DAILY' } }, 'schedule.rule', 'one of'],
  ['a reminder for nothing', { reminder: { after_h: 1, text: 'x' } }, 'reminder.action', 'click'],
  ['a reminder with an unknown field', { reminder: { after_h: 1, text: '{what}', click: true } }, 'reminder.text', 'placeholders'],
]) {
  test(`a campaign with ${why} is refused by name`, async () => {
    const { id } = await create();
    for (const { status, body } of [await api.post('/v1/campaigns', { ...good, ...more }), await api.patch(`/v1/campaigns/${id}`, more)]) {
      assert.equal(status, 422, JSON.stringify(body));
      assert.equal(body.errors[0].field, field);
      assert.ok(body.errors[0].expected.includes(part), body.errors[0].expected);
    }
    assert.equal((await get(id)).schedule, null);
  });
}

test('a draft keeps its schedule and reminder until they are changed', async () => {
  const made = await create({ schedule: { ...daily, zone: undefined }, reminder: { after_h: 2, text: 'again', action: 'purchase' } });
  assert.deepEqual([made.schedule.zone, made.schedule.catch_up_min, made.reminder.to, made.next_at], ['Europe/Moscow', 60, 'delivered', null]);
  const renamed = (await api.patch(`/v1/campaigns/${made.id}`, { name: 'other' })).body;
  assert.deepEqual([renamed.schedule, renamed.reminder], [made.schedule, made.reminder]);
  const cleared = (await api.patch(`/v1/campaigns/${made.id}`, { schedule: null })).body;
  assert.deepEqual([cleared.schedule, cleared.reminder], [null, made.reminder]);
});

test('a rule that names nothing any more cannot be launched', async () => {
  const { id } = await create({ schedule: { ...daily, rule: 'FREQ=DAILY;COUNT=1' } });
  const { status, body } = await api.request('POST', `/v1/campaigns/${id}/launch`);
  assert.deepEqual([status, body.errors[0].field], [422, 'schedule']);
  assert.match(JSON.stringify(body.errors), /still to come/);
});

test('a campaign that runs once has one run, and ends with it', async () => {
  const { id } = await launched();
  const [run] = await waitFor('its end', async () => (await get(id)).status === 'finished' && runs(id), { timeoutMs: 30_000 });
  assert.deepEqual([run.no, run.kind, run.outcome, run.audience], [1, 'once', 'run', CLIENTS]);
  assert.equal(await value('SELECT count(*) FROM campaign_clock WHERE campaign_id = $1', [id]), 0);
});

// ---------------------------------------------------------------------------- again and again

test('every occurrence runs once, whoever of two schedulers is killed when it is due', async (t) => {
  const seed = Date.now() % 1_000_000;
  const random = new Random(seed);
  const { id, campaign } = await launched({ schedule: daily });
  assert.equal((await api.get(`/v1/campaigns/${id}/check`)).body.starts_at, campaign.next_at);
  const times = 12;
  t.diagnostic(`seed ${seed}`);
  assert.equal(campaign.status, 'planned');
  for (let n = 1; n <= times; n++) {
    const [one, other] = fleet.daemons.schedulerd;
    const victims = random.chance(0.33) ? [one, other] : [random.chance(0.5) ? one : other];
    await passUntil(id, 400);
    await sleep(250 + random.int(0, 300));
    await Promise.all(victims.map((daemon) => daemon.kill()));
    await Promise.all(victims.map((daemon) => daemon.start()));
    await due(id, n);
  }
  const all = await sent(id);
  assert.deepEqual(all.map((r) => [r.no, r.outcome]), Array.from({ length: times }, (_, i) => [i + 1, 'run']));
  assert.equal(new Set(all.map((r) => r.due_at)).size, times);
  assert.ok(all.every((r) => r.audience === CLIENTS && r.messages === CLIENTS), JSON.stringify(all));
  const { rows: [one] } = await fleet.db.query('SELECT count(*) AS runs, count(DISTINCT occurrence) AS occurrences FROM run WHERE campaign_id = $1', [id]);
  assert.deepEqual([one.runs, one.occurrences], [times, times]);
  assert.equal((await get(id)).status, 'running');
  assert.equal((await act(id, 'cancel')).status, 'cancelled');
  await waitFor('its end', async () => (await get(id)).finished_at);
  await passAnyway(id);
  assert.equal((await runs(id)).length, times, 'a cancelled campaign is over');
});
async function passAnyway(id) {
  await fleet.db.query(`UPDATE campaign_clock SET next_at = clock_timestamp() WHERE campaign_id = $1 AND ended_at IS NULL`, [id]);
  await sleep(1000);
}

test('a clock that steps back or forward brings nothing twice and leaves nothing out', async () => {
  const { id } = await launched({ schedule: daily });
  await passUntil(id, 100);
  await due(id, 1);
  await pass(id, '-1 hour'); // it is an hour earlier again
  await Promise.all(fleet.daemons.schedulerd.map((daemon) => daemon.kill()));
  await Promise.all(fleet.daemons.schedulerd.map((daemon) => daemon.start()));
  await sleep(1500);
  assert.equal((await runs(id)).length, 1);
  await pass(id, '25 hours 10 minutes'); // an hour later than it was, and a day
  const all = await due(id, 2);
  await sleep(1000);
  assert.deepEqual((await runs(id)).map((r) => r.outcome), ['run', 'run']);
  // Starts are whole seconds, what passes here is not.
  assert.ok(Math.abs(new Date(all[1].due_at) - new Date(all[0].due_at) - 86_400_000) <= 1000);
  await act(id, 'cancel');
});

test('what was missed is written down, and the last of it runs while it is not too late', async () => {
  const { id } = await launched({ schedule: { ...daily, catch_up_min: 30 } });
  const idle = async () => (await api.get('/v1/troubles')).body.troubles.some(({ code }) => code === 'schedule_idle');
  await fleet.db.query(`UPDATE campaign SET start_at = start_at - interval '1 hour' WHERE id = $1`, [id]);
  assert.equal(await idle(), false, 'its first occurrence is still to come');
  await Promise.all(fleet.daemons.schedulerd.map((daemon) => daemon.kill()));
  await passUntil(id, 0);
  await pass(id, '3 days 10 minutes');
  assert.equal(await idle(), true);
  await Promise.all(fleet.daemons.schedulerd.map((daemon) => daemon.start()));
  const all = await due(id, 4);
  assert.deepEqual(all.map((r) => r.outcome), ['missed', 'missed', 'missed', 'run']);
  assert.match(all[0].message, /a later one was due/);
  await passUntil(id, -31 * 60_000);
  const late = (await due(id, 5))[4];
  assert.deepEqual([late.outcome, late.reason, late.message, late.run_id], ['missed', 'late', 'Nothing ran campaigns when it was due', null]);
  assert.equal((await get(id)).status, 'running');
  await act(id, 'cancel');
});

test('one that is due while the one before is being sent is skipped, unless it is allowed', async () => {
  const [dispatcherd] = fleet.daemons.dispatcherd;
  const skipping = (await launched({ schedule: { ...daily, overlap: 'skip' } })).id;
  const allowing = (await launched({ schedule: daily })).id;
  await dispatcherd.kill();
  for (let n = 1; n <= 2; n++)
    for (const id of [skipping, allowing]) {
      await passUntil(id, 0);
      await due(id, n);
    }
  assert.deepEqual((await runs(allowing)).map((r) => r.outcome), ['run', 'run']);
  const [first, second] = await runs(skipping);
  assert.deepEqual([first.outcome, second.outcome, second.reason], ['run', 'skipped', 'overlap']);
  await dispatcherd.start();
  await sent(skipping);
  await passUntil(skipping, 0);
  assert.equal((await due(skipping, 3))[2].outcome, 'run');
  for (const id of [skipping, allowing]) await act(id, 'cancel');
});

test('a pause skips what is due meanwhile, and a count comes to its end', async () => {
  const starts = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T10:00`;
  const { id } = await launched({ schedule: { ...daily, rule: 'FREQ=DAILY;COUNT=3', starts } });
  await passUntil(id, 0);
  await due(id, 1);
  await act(id, 'pause');
  await passUntil(id, 0);
  const skipped = (await due(id, 2))[1];
  assert.deepEqual([skipped.outcome, skipped.reason], ['skipped', 'paused']);
  assert.equal((await act(id, 'resume')).status, 'running');
  await passUntil(id, 0);
  const all = await due(id, 3);
  assert.deepEqual(all.map((r) => r.outcome), ['run', 'skipped', 'run']);
  await waitFor('its end', async () => (await get(id)).status === 'finished', { timeoutMs: 30_000 });
  assert.equal((await get(id)).next_at, null);
});

// ---------------------------------------------------------------------------- on clients' dates

const onDate = (more) => ({ schedule: { kind: 'date', field: 'birthday', time: '10:00', zone: 'UTC', ...more } });
/** The occurrence of this day is due now. */
async function dayComes(id, day, n) {
  await fleet.db.query(`UPDATE campaign_clock SET next_local = $2::date + time '10:00', next_at = clock_timestamp() WHERE campaign_id = $1`, [id, day]);
  // The days after it are in the past too, where they are: they wait for their turn.
  await waitFor('the day', async () => (await runs(id)).some((r) => r.due_local === `${day}T10:00:00` && r.outcome === 'run'));
  await sent(id);
  return n;
}

test('a birthday brings one message a year, on the 29th of February too', async () => {
  const birthdays = { c1: '1990-02-28', c2: '1992-02-29', c3: '1990-03-01', c4: '1988-02-29' };
  for (const [client, day] of Object.entries(birthdays)) await fleet.db.query('UPDATE client SET birthday = $2 WHERE external_id = $1', [client, day]);
  const february = (await launched(onDate({}))).id;
  const march = (await launched(onDate({ leap: 'mar1' }))).id;
  const who = async (id) => (await texts(id)).map((m) => m.client).sort();
  for (const id of [february, march]) {
    // Far ahead, so that whatever follows is not due.
    await dayComes(id, '2037-02-28');
  }
  assert.deepEqual([await who(february), await who(march)], [['c1', 'c2', 'c4'], ['c1']]);
  for (const id of [february, march]) await dayComes(id, '2037-03-01');
  assert.deepEqual([await who(february), await who(march)], [['c1', 'c2', 'c3', 'c4'], ['c1', 'c2', 'c3', 'c4']]);
  await fleet.db.query(`UPDATE client SET birthday = '1990-03-02' WHERE external_id = 'c1'`);
  await dayComes(february, '2037-03-02');
  assert.equal((await who(february)).length, 4, 'once a year, whatever is corrected');
  await dayComes(february, '2038-03-02');
  await dayComes(february, '2040-02-29');
  assert.deepEqual((await who(february)).slice(-7), ['c1', 'c1', 'c2', 'c2', 'c3', 'c4', 'c4']);
  for (const id of [february, march]) await act(id, 'cancel');
});

test('an end of contract brings one message some days before, once for that date and within the list', async () => {
  await api.post('/v1/attributes', { name: 'next_payment', type: 'date' });
  const slot = await value(`SELECT slot FROM client_attribute WHERE name = 'next_payment'`);
  await fleet.db.query(`UPDATE client SET contract_to = '2037-05-10' WHERE external_id IN ('c5', 'c6', 'c7')`);
  await fleet.db.query(`UPDATE client SET attrs[${Number(slot)}] = '2037-05-10' WHERE external_id IN ('c8', 'c9')`);
  const list = await value(`INSERT INTO list (name, size) VALUES ('contracts', 3) RETURNING id`);
  await fleet.db.query(`INSERT INTO list_member (list_id, client_id) SELECT $1, id FROM client WHERE external_id IN ('c5', 'c6', 'c9')`, [list]);
  const contract = (await launched({ ...onDate({ field: 'contract_to', offset_days: -3 }), list_id: String(list) })).id;
  const payment = (await launched(onDate({ field: 'next_payment' }))).id;
  for (const day of ['2037-05-06', '2037-05-07']) await dayComes(contract, day);
  await dayComes(payment, '2037-05-10');
  assert.deepEqual((await texts(contract)).map((m) => m.client).sort(), ['c5', 'c6']);
  assert.deepEqual((await texts(payment)).map((m) => m.client).sort(), ['c8', 'c9']);
  assert.equal(await value('SELECT count(*) FROM list_member WHERE list_id < 0'), 0);
  const refused = await api.request('DELETE', `/v1/attributes/${slot}`);
  assert.equal(refused.status, 409, 'an attribute that a schedule reads stays');
  for (const id of [contract, payment]) await act(id, 'cancel');
});

// ---------------------------------------------------------------------------- upon what clients do

const doIt = (clients, { kind = 'purchase', at = 'clock_timestamp()' } = {}) => fleet.db.query(
  `INSERT INTO action (client_id, at, kind) SELECT c.id, ${at}, k.id FROM client c, action_kind k WHERE c.external_id = ANY ($1) AND k.code = $2`, [clients, kind]);

test('an action brings one message after its delay, once in so many days', async () => {
  await doIt(['c1']); // before the launch
  const { id, campaign } = await launched({ schedule: { kind: 'action', action: 'purchase', delay_min: 30, once_days: 7, every_s: 5 } });
  assert.equal(campaign.status, 'planned');
  await doIt(['c2', 'c3']);
  await doIt(['c3']);
  await doIt(['c4'], { kind: 'visit' });
  await doIt(['c5'], { at: `clock_timestamp() - interval '2 days'` });
  await sleep(1000);
  assert.deepEqual(await runs(id), [], 'nothing before the delay is over');
  await pass(id, '31 minutes');
  await due(id, 1);
  await sent(id);
  assert.deepEqual((await texts(id)).map((m) => m.client).sort(), ['c2', 'c3']);
  await doIt(['c2', 'c6']);
  await pass(id, '31 minutes');
  await due(id, 2);
  await sent(id);
  assert.deepEqual((await texts(id)).map((m) => m.client).sort(), ['c2', 'c3', 'c6']);
  await pass(id, '7 days');
  await doIt(['c2']);
  await pass(id, '31 minutes');
  await due(id, 3);
  await sent(id);
  assert.equal((await texts(id)).filter((m) => m.client === 'c2').length, 2);

  await act(id, 'pause');
  await doIt(['c7']);
  await pass(id, '31 minutes');
  assert.deepEqual((await due(id, 4)).slice(3).map((r) => [r.outcome, r.reason]), [['skipped', 'paused']]);
  await act(id, 'resume');
  await doIt(['c8']);
  const gone = await value(`SELECT id FROM client WHERE external_id = 'c8'`);
  assert.equal(await value('SELECT count(*) FROM trigger_waiting WHERE client_id = $1', [gone]), 1);
  await act(id, 'cancel');
  await waitFor('its end', async () => (await get(id)).finished_at);
  await doIt(['c9']);
  assert.equal(await value('SELECT count(*) FROM trigger_waiting WHERE campaign_id = $1', [id]), 0, 'nobody waits for what is over');
  await value('SELECT triggers_forget(1000)');
  assert.equal(await value('SELECT count(*) FROM trigger_done WHERE campaign_id = $1', [id]), 0);
});

test('those who wait are reached once, whoever is killed while they are taken', async (t) => {
  const seed = Date.now() % 1_000_000;
  const random = new Random(seed);
  t.diagnostic(`seed ${seed}`);
  const everybody = Array.from({ length: CLIENTS }, (_, i) => `c${i + 1}`);
  const { id } = await launched({ schedule: { kind: 'action', action: 'visit', every_s: 5 } });
  for (let round = 1; round <= 6; round++) {
    await doIt(everybody, { kind: 'visit' });
    await fleet.db.query('UPDATE campaign_clock SET next_at = clock_timestamp() WHERE campaign_id = $1', [id]);
    await sleep(random.int(0, 450)); // before the lot, in its snapshot, or after both
    await Promise.all(fleet.daemons.schedulerd.map((daemon) => daemon.kill()));
    await Promise.all(fleet.daemons.schedulerd.map((daemon) => daemon.start()));
    await waitFor('everybody to be reached', async () => (await texts(id)).length >= round * CLIENTS, { timeoutMs: 30_000 });
    await sent(id);
    await pass(id, '1 day 1 minute');
  }
  const each = {};
  for (const { client } of await texts(id)) each[client] = (each[client] ?? 0) + 1;
  assert.deepEqual(each, Object.fromEntries(everybody.map((client) => [client, 6]).sort()));
  assert.equal(await value('SELECT count(*) FROM list_member WHERE list_id < 0'), 0);
  await act(id, 'cancel');
});

test('of whom is erased nothing is left among those who wait or had their turn', async () => {
  const { id } = await launched({ schedule: { kind: 'action', action: 'visit', delay_min: 600, every_s: 5 } });
  const gone = await value(`INSERT INTO client (external_id, msisdn) VALUES ('gone', 79000009999) RETURNING id`);
  await doIt(['gone'], { kind: 'visit' });
  await fleet.db.query(`INSERT INTO trigger_done (campaign_id, client_id, key) VALUES ($1, $2, '2026-01-01')`, [id, gone]);
  await fleet.db.query('DELETE FROM client WHERE id = $1', [gone]);
  assert.equal(await value('SELECT (SELECT count(*) FROM trigger_waiting WHERE client_id = $1) + (SELECT count(*) FROM trigger_done WHERE client_id = $1)', [gone]), 0);
  await act(id, 'cancel');
});

// ---------------------------------------------------------------------------- the reminder

test('one reminder goes to those whom the message reached and who have not acted', async () => {
  const { id } = await launched({ reminder: { after_h: 24, text: 'Still waiting, {first_name}', action: 'payment' } });
  await due(id, 1);
  await sent(id);
  await sleep(700);
  assert.equal((await get(id)).status, 'running', 'a reminder is still to come');
  await waitFor('receipts', async () => (await runs(id))[0].delivered === CLIENTS);
  await fleet.db.query(
    `UPDATE message_state s SET state = 8 FROM message m JOIN client c ON c.id = m.client_id WHERE s.id = m.id AND c.external_id = 'c1'
        AND m.id IN (SELECT m2.id FROM run r JOIN batch b ON b.run_id = r.id JOIN message m2 ON m2.id BETWEEN b.id AND b.id + 255 WHERE r.campaign_id = $1)`, [id]);
  await doIt(['c2', 'c3'], { kind: 'payment' });
  await doIt(['c4'], { kind: 'payment', at: `clock_timestamp() - interval '1 hour'` }); // before the message
  await pass(id, '24 hours');
  const all = await due(id, 2);
  assert.deepEqual([all[1].kind, all[1].outcome, all[1].reminds_no], ['reminder', 'run', 1]);
  await sent(id);
  const reminded = (await texts(id)).filter((m) => m.text.startsWith('Still waiting'));
  assert.equal(reminded.length, CLIENTS - 3);
  assert.ok(!reminded.some((m) => ['c1', 'c2', 'c3'].includes(m.client)));
  await waitFor('its end', async () => (await get(id)).status === 'finished', { timeoutMs: 30_000 });
  await sleep(1000);
  assert.equal((await runs(id)).length, 2, 'no second reminder');
});

test('who followed a link has acted; a link of the reminder leads where the reminder says', async () => {
  const reminder = { after_h: 1, text: 'Again: {link https://example.com/again}', click: true };
  const drafted = await create({ text: 'Look: {link https://example.com/first}', reminder });
  assert.match(JSON.stringify((await api.get(`/v1/campaigns/${drafted.id}/check`)).body.problems), /"field":"reminder".*short links is not set/);
  assert.equal((await api.put('/v1/links/settings', { base: `${api.base}/l/`, days: 90 })).status, 200);
  await act(drafted.id, 'launch');
  await due(drafted.id, 1);
  await waitFor('receipts', async () => (await runs(drafted.id))[0].delivered === CLIENTS);
  await sleep(1100); // younger links are taken for a machine's
  const [first, second] = await texts(drafted.id);
  const follow = async (text) => (await fetch(text.match(/http\S+/)[0], { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1' } })).headers.get('location');
  assert.equal(await follow(first.text), 'https://example.com/first');
  await waitFor('the click', () => value('SELECT count(*) FROM click WHERE robot = 0'));
  await pass(drafted.id, '1 hour');
  await due(drafted.id, 2);
  await sent(drafted.id);
  const again = (await texts(drafted.id)).filter((m) => m.text.startsWith('Again'));
  assert.equal(again.length, CLIENTS - 1);
  assert.ok(again.some((m) => m.client === second.client) && !again.some((m) => m.client === first.client));
  assert.equal(await follow(again[0].text), 'https://example.com/again');

  const all = await runs(drafted.id);
  const of = async (what, run) => (await api.get(`/v1/campaigns/${drafted.id}/${what}?limit=200&run_id=${run}`));
  assert.deepEqual(await Promise.all(all.map(async (r) => (await of('messages', r.run_id)).body.messages.length)), [CLIENTS, CLIENTS - 1]);
  assert.deepEqual([(await of('messages', 999999)).status, (await of('suppressions', 'x')).status], [404, 404]);
});

// ---------------------------------------------------------------------------- with the rest

test('what an action brings at night waits for the permitted hours', async () => {
  // Advertising binds; here it is a debt, which is no advertising and has hours too.
  const { id } = await launched({ category: 'debt', schedule: { kind: 'action', action: 'complaint', every_s: 5 } });
  await fleet.db.query(`UPDATE setting SET value = 'on' WHERE name = 'quiet_hours'`);
  try {
    // The hours of a whole day end where the company is, and begin a second later.
    await fleet.db.query(`UPDATE setting SET value = (SELECT z FROM unnest(ARRAY['Pacific/Pago_Pago', 'America/Bogota', 'UTC', 'Europe/Moscow', 'Asia/Omsk', 'Asia/Kamchatka']) AS z
       ORDER BY abs(extract(epoch FROM (clock_timestamp() AT TIME ZONE z)::time) - 43200) LIMIT 1) WHERE name = 'time_zone'`);
    await fleet.db.query(`UPDATE client SET time_zone = (SELECT value FROM setting WHERE name = 'time_zone') WHERE external_id = 'c10'`);
    await fleet.db.query(`DELETE FROM send_window WHERE category = 4`);
    await fleet.db.query(`INSERT INTO send_window SELECT 4, n + interval '2 hours', n + interval '4 hours', n + interval '2 hours', n + interval '4 hours'
       FROM (SELECT (clock_timestamp() AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone'))::time AS n) x`);
    await doIt(['c10'], { kind: 'complaint' });
    await passAnyway(id);
    const [run] = await due(id, 1);
    await waitFor('its snapshot', () => value('SELECT count(*) FROM chunk WHERE run_id = $1', [run.run_id]));
    assert.equal(await value(`SELECT state FROM chunk WHERE run_id = $1 AND not_before BETWEEN clock_timestamp() + interval '115 min' AND clock_timestamp() + interval '121 min'`, [run.run_id]), 0);
    await act(id, 'cancel');
  } finally {
    await fleet.db.query(`UPDATE setting SET value = 'off' WHERE name = 'quiet_hours'; UPDATE setting SET value = 'Europe/Moscow' WHERE name = 'time_zone'; UPDATE client SET time_zone = NULL`);
  }
});

test('each occurrence gives promo codes of its own, and holds as many as it needs', async () => {
  await api.post('/v1/promo-pools', { name: 'again' });
  const pool = await value(`SELECT id FROM promo_pool WHERE name = 'again'`);
  await fleet.db.query(`INSERT INTO promo_code (pool_id, code) SELECT $1, 'AGAIN' || n FROM generate_series(1, 50) n`, [pool]);
  await fleet.db.query(`UPDATE promo_pool SET size = 50, longest = 7 WHERE id = $1`, [pool]);
  const { id } = await launched({ text: 'Code {promo again}', schedule: daily });
  const free = () => value('SELECT promo_free($1, 0)', [pool]);
  assert.equal(await free(), 50 - CLIENTS);
  for (let n = 1; n <= 2; n++) {
    await passUntil(id, 0);
    await due(id, n);
    await sent(id);
  }
  assert.equal(await free(), 50 - 2 * CLIENTS);
  assert.equal(new Set((await texts(id)).map((m) => m.text)).size, 2 * CLIENTS);
  await passUntil(id, 0); // ten codes for twenty clients
  await due(id, 3);
  assert.deepEqual((await sent(id)).map((r) => [r.messages, r.suppressed]), [[CLIENTS, 0], [CLIENTS, 0], [10, 10]]);
  await act(id, 'cancel');
});

test('a campaign that cannot go on does not stop the others', async () => {
  const [broken, sound] = [(await launched({ schedule: daily })).id, (await launched({ schedule: daily })).id];
  // What no version ever writes: the rule is none.
  await fleet.db.query(`UPDATE campaign SET schedule = schedule || '{"rule": "FREQ=NEVER"}' WHERE id = $1`, [broken]);
  await passUntil(broken, 0);
  await passUntil(sound, 0);
  await due(sound, 1);
  assert.deepEqual(await runs(broken), []);
  for (const id of [broken, sound]) await act(id, 'cancel');
});

// ----------------------------------------------------------------------------

test('R-50 what advertises by itself waits for the approval of a named person, and again when it is over', async () => {
  const advertising = { class: 'advertising', category: 'advertising', schedule: { kind: 'action', action: 'login', every_s: 5 } };
  const { id, scenario } = await create(advertising, author);
  assert.deepEqual(scenario, { approval_needed: true, approved_by: null, approved_until: null });
  const blocked = await api.request('POST', `/v1/campaigns/${id}/launch`);
  assert.equal(blocked.status, 422);
  assert.match(JSON.stringify(blocked.body.errors), /Nobody has approved this scenario/);
  assert.ok((await api.get(`/v1/campaigns/${id}/check`)).body.problems.some((p) => /approved this scenario/.test(p.message)));

  // Neither a program nor who may not; nor the author, whatever he may.
  assert.equal((await api.request('POST', `/v1/campaigns/${id}/approve-scenario`)).status, 409);
  assert.equal((await author.raw('POST', `/v1/campaigns/${id}/approve-scenario`)).status, 403);
  await fleet.db.query(`UPDATE role SET rights = rights || '{campaigns.approve}' WHERE code = 'author'`);
  const own = await author.raw('POST', `/v1/campaigns/${id}/approve-scenario`);
  assert.deepEqual([own.status, /Somebody else/.test(own.body.detail)], [409, true]);

  const days = (await api.put('/v1/scenario-rules', { approval_days: 30 })).body.approval_days;
  assert.equal(days, 30);
  const approved = await approver.call('POST', `/v1/campaigns/${id}/approve-scenario`);
  assert.equal(approved.scenario.approved_by, 'approver');
  assert.ok(Math.abs(Date.parse(approved.scenario.approved_until) - Date.now() - 30 * 86_400_000) < 3_700_000);
  await author.call('PATCH', `/v1/campaigns/${id}`, { text: 'Something else' });
  assert.equal((await get(id)).scenario.approved_until, null, 'what is changed is approved anew');
  await approver.call('POST', `/v1/campaigns/${id}/approve-scenario`);
  await act(id, 'launch');
  await doIt(['c1'], { kind: 'login' });
  await passAnyway(id);
  await due(id, 1);
  assert.equal((await sent(id))[0].messages, 1);

  await pass(id, '31 days');
  await doIt(['c2'], { kind: 'login' });
  await passAnyway(id);
  const over = (await due(id, 2))[1];
  assert.deepEqual([over.outcome, over.run_id], ['blocked', null]);
  assert.match(over.message, /approval of this scenario is over/);
  const paused = await get(id);
  assert.deepEqual([paused.status, paused.problem], ['paused', over.message]);
  // Going on without an approval comes to the same.
  assert.equal((await act(id, 'resume')).status, 'running');
  await doIt(['c2'], { kind: 'login' });
  await passAnyway(id);
  assert.equal((await due(id, 3))[2].outcome, 'blocked');
  assert.equal((await get(id)).status, 'paused');
  const again = await approver.call('POST', `/v1/campaigns/${id}/approve-scenario`);
  assert.deepEqual([again.status, again.problem], ['running', null]);
  await doIt(['c3'], { kind: 'login' });
  await passAnyway(id);
  await due(id, 4);
  await sent(id);
  assert.deepEqual((await texts(id)).map((m) => m.client), ['c1', 'c3']);
  assert.deepEqual(await rows('SELECT count(*) AS n, count(voided_at) AS void FROM scenario_approval WHERE campaign_id = $1', [id]), [{ n: 3, void: 1 }]);
  await act(id, 'cancel');
});

test('R-50 a recurring advertisement is a scenario too, a service message is none', async () => {
  const { id } = await create({ class: 'advertising', category: 'advertising', schedule: daily });
  assert.equal((await api.request('POST', `/v1/campaigns/${id}/launch`)).status, 422);
  const service = await create({ schedule: daily });
  assert.equal(service.scenario.approval_needed, false);
  const { status, body } = await approver.raw('POST', `/v1/campaigns/${service.id}/approve-scenario`);
  assert.deepEqual([status, /needs no approval/.test(body.detail)], [409, true]);
});
