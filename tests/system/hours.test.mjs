// SPDX-License-Identifier: AGPL-3.0-or-later
// Hours and limits with every daemon running: who is written to when, by category and time zone, and how often; judged
// by what the operator saw.  The permitted hours are chosen around the hour of the test, so that at any time of the day
// some of the eleven zones are within them and some are not.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { waitFor } from './lib/stack.mjs';

const ZONES = ['Europe/Kaliningrad', 'Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Omsk', 'Asia/Krasnoyarsk',
  'Asia/Irkutsk', 'Asia/Yakutsk', 'Asia/Vladivostok', 'Asia/Magadan', 'Asia/Kamchatka'];
const A_ZONE = 3;
const DEBT = { category: 'debt', opens: '08:00', closes: '22:00', off_opens: '09:00', off_closes: '20:00' };

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('hours', { rules: true, copies: 2, account: { price_micro: 1_000_000, parts_per_s: 3_000 } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'hours')).trim());
  await fleet.db.query('DELETE FROM calendar_day');
});
after(() => fleet?.close());

const hourIn = (zone, at = new Date()) => Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: zone }).format(at));
/** Minutes of the day; the zones of the test are whole hours apart. */
const minuteIn = (zone, at = new Date()) => hourIn(zone, at) * 60 + at.getUTCMinutes();
const clock = (minute) => [Math.floor(minute / 60), minute % 60].map((n) => String(n).padStart(2, '0')).join(':');

/**
 * Four hours around the local time of the zone where it is nearest to noon: they never cross midnight, and begin and
 * end half an hour away from now in every zone.
 */
function hoursAroundNow() {
  const middle = Math.min(...ZONES.map((zone) => Math.abs(hourIn(zone) - 12)));
  const hour = hourIn(ZONES.find((zone) => Math.abs(hourIn(zone) - 12) === middle));
  const half = (new Date().getUTCMinutes() + 30) % 60;
  return { opens: (hour - 2) * 60 + half, closes: (hour + 2) * 60 + half };
}

const always = (category) => ({ category, opens: '00:00', closes: '24:00', off_opens: '00:00', off_closes: '24:00' });
const within = (category, { opens, closes }) => ({ category, opens: clock(opens), closes: clock(closes), off_opens: clock(opens), off_closes: clock(closes) });

async function rules(body) {
  const answer = await api.put('/v1/sending-rules', body);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

let numbers = 79_260_000_000;

/** A list of clients, `zones` in turn; resolves to { id, phones: zone → numbers }. */
async function listOf(zones, each = A_ZONE, columns = {}) {
  const phones = Object.fromEntries(zones.map((zone) => [zone, Array.from({ length: each }, () => String(numbers += 1))]));
  const { rows: [{ id }] } = await fleet.db.query('INSERT INTO list (name) VALUES ($1) RETURNING id', [`list ${numbers}`]);
  for (const zone of zones)
    await fleet.db.query(
      `WITH c AS (INSERT INTO client (external_id, msisdn, time_zone) SELECT 'h' || m, m, $2 FROM unnest($1::bigint[]) m RETURNING id)
       INSERT INTO list_member SELECT $3, id FROM c`, [phones[zone], columns.unknown ? null : zone, id]);
  await fleet.db.query('UPDATE list SET size = (SELECT count(*) FROM list_member WHERE list_id = id) WHERE id = $1', [id]);
  return { id: String(id), phones, all: Object.values(phones).flat() };
}

async function campaign(fields) {
  const made = await api.post('/v1/campaigns', { name: 'Hours', text: 'Привет', sender: 'VESTNIK', category: 'advertising', ...fields });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

async function launch(fields) {
  const id = await campaign(fields);
  const launched = await api.request('POST', `/v1/campaigns/${id}/launch`);
  assert.equal(launched.status, 200, launched.text);
  return id;
}

const arrived = async (phones) => {
  const wanted = new Set(phones);
  return (await fleet.sim.rows()).filter((row) => row.status === 0 && wanted.has(row.destination)).map((row) => row.destination).sort();
};

const arrive = (phones, times = 1) => waitFor(`${phones.length} numbers to be reached`, async () => {
  const there = await arrived(phones);
  return there.length >= phones.length * times && there;
}, { timeoutMs: 60_000 });

const finished = (id) => fleet.finished(id, 60_000);
const reasons = async (id) => {
  const { body } = await api.get(`/v1/campaigns/${id}/missed/summary`);
  return Object.fromEntries(body.groups.map((g) => [g.reason, g.count]));
};

test('R-43 what nobody has categorised is not sent, by campaign or by message', async () => {
  const list = await listOf(['Europe/Moscow'], 1);
  const made = await api.post('/v1/campaigns', { name: 'Uncategorised', text: 'x', sender: 'VESTNIK', list_id: list.id });
  assert.deepEqual([made.status, made.body.category], [201, null]);
  const refused = await api.request('POST', `/v1/campaigns/${made.body.id}/launch`);
  assert.deepEqual([refused.status, refused.body.errors.map((e) => e.field)], [422, ['category']]);
  const { body: check } = await api.get(`/v1/campaigns/${made.body.id}/check`);
  assert.deepEqual(check.problems.map((p) => p.field), ['category']);
  const message = { to: `+${list.all[0]}`, text: 'x', sender: 'VESTNIK', class: 'service' };
  for (const [where, body] of [['/v1/messages', message], ['/v1/messages/bulk', { messages: [message] }]]) {
    const answer = await api.post(where, body);
    assert.deepEqual([answer.status, answer.body.errors.map((e) => e.field.split('.').at(-1))], [422, ['category']], where);
  }
  await assert.rejects(fleet.db.query("UPDATE campaign SET status = 'planned', start_at = now() WHERE id = $1", [made.body.id]), /campaign_categorised_check/);
  assert.deepEqual(await arrived(list.all), []);
});

test('R-46 eleven zones: who is within the hours gets it now, the others when their hours begin', { timeout: 120_000 }, async () => {
  const hours = hoursAroundNow();
  await rules({ hours: [within('advertising', hours), DEBT], frequency_caps: 'off' });
  const open = ZONES.filter((zone) => minuteIn(zone) >= hours.opens && minuteIn(zone) < hours.closes);
  const closed = ZONES.filter((zone) => !open.includes(zone));
  assert.ok(open.length >= 2 && closed.length >= 2, `${open.length} zones within ${hours.opens}-${hours.closes}`);
  const list = await listOf(ZONES);

  const draft = await campaign({ list_id: list.id });
  const { body: check } = await api.get(`/v1/campaigns/${draft}/check`);
  assert.deepEqual([check.recipients, check.waiting, check.cut, check.warnings.map((w) => w.kind)],
    [ZONES.length * A_ZONE, closed.length * A_ZONE, 0, ['waiting']]);
  assert.ok(Date.parse(check.ends_at) - Date.parse(check.starts_at) > 3_600_000, 'the last leaves when the last hours begin');

  const id = await launch({ list_id: list.id });
  const now = open.flatMap((zone) => list.phones[zone]);
  assert.deepEqual(await arrive(now), [...now].sort());
  const waiting = await waitFor('the others to wait', async () => {
    const { rows } = await fleet.db.query('SELECT c.zones, c.not_before, c.deadline FROM chunk c JOIN run r ON r.id = c.run_id WHERE r.campaign_id = $1 AND c.state = 0', [id]);
    return rows.length > 0 && rows;
  });
  assert.deepEqual(waiting.flatMap((chunk) => chunk.zones).sort(), [...closed].sort());
  for (const { zones, not_before: from, deadline } of waiting)
    for (const zone of zones) {
      assert.equal(minuteIn(zone, from), hours.opens, `${zone} waits for its own morning`);
      assert.ok(deadline > from, 'and has time then');
    }
  assert.deepEqual((await arrived(list.all)).sort(), [...now].sort(), 'nothing else has left');

  // The hours are widened: what waits is judged anew at once.
  await rules({ hours: [always('advertising'), DEBT] });
  await finished(id);
  assert.deepEqual(await arrived(list.all), [...list.all].sort());
});

test('R-46 a message of the API waits for its hours; codes and answers do not; what would be too late is not sent', { timeout: 120_000 }, async () => {
  // One hour, twelve hours from now.
  const far = (hourIn('Europe/Moscow') + 12) % 24;
  await rules({ hours: [within('service', { opens: far * 60, closes: far * 60 + 60 }), DEBT], frequency_caps: 'off' });
  const list = await listOf(['Europe/Moscow'], 4);
  const [service, code, answer, hasty] = list.all;
  const send = (to, category, more = {}) => api.post('/v1/messages', { to: `+${to}`, text: 'x', sender: 'VESTNIK', class: 'service', category, ...more });

  const waits = (await send(service, 'service')).body.id;
  const late = (await send(hasty, 'service', { validity_s: 600 })).body.id;
  await send(code, 'authorisation');
  await send(answer, 'transactional');
  assert.deepEqual(await arrive([code, answer]), [code, answer].sort());
  const shown = await waitFor('it to wait', async () => {
    const { body } = await api.get(`/v1/messages/${waits}`);
    return body.not_before && body;
  });
  assert.equal(shown.state, 'queued');
  assert.equal(hourIn('Europe/Moscow', new Date(shown.not_before)), far);
  const given = await waitFor('the hasty one to be given up', async () => {
    const { body } = await api.get(`/v1/messages/${late}`);
    return body.state === 'suppressed' && body;
  });
  assert.equal(given.reason, 'quiet_hours');
  assert.deepEqual(await arrived([service, hasty]), []);
  await rules({ hours: [always('service'), DEBT] });
  assert.deepEqual(await arrive([service]), [service]);
});

test('R-46 hours that end in the middle of a campaign: nothing leaves after them, and the rest goes in the next ones', { timeout: 120_000 }, async () => {
  await rules({ hours: [always('advertising'), DEBT], frequency_caps: 'off' });
  const list = await listOf(['Europe/Moscow'], 600);
  await fleet.setRate(40);
  const id = await launch({ list_id: list.id });
  await waitFor('some to leave', async () => (await arrived(list.all)).length >= 20);
  const far = (hourIn('Europe/Moscow') + 12) % 24;
  await rules({ hours: [within('advertising', { opens: far * 60, closes: far * 60 + 60 }), DEBT] });
  const waiting = () => fleet.db.query(
    'SELECT sum(message_count - claimed)::int AS n FROM batch b JOIN run r ON r.id = b.run_id WHERE r.campaign_id = $1 AND b.state = 0 AND b.send_from > now()', [id]);
  // Claimed is half a second of the rate at most; the rest waits.
  const left = await waitFor('the rest to wait', async () => {
    const there = await arrived(list.all);
    return (await waiting()).rows[0].n + there.length === 600 && there;
  });
  assert.ok(left.length < 200, `${left.length} left`);
  assert.equal((await api.request('POST', `/v1/campaigns/${id}/pause`)).status, 200);

  // It was paused through the night; the hours begin, and later somebody resumes it.
  await rules({ hours: [always('advertising'), DEBT] });
  await waitFor('its batches to be in the next hours', async () => (await waiting()).rows[0].n === null);
  assert.deepEqual(await arrived(list.all), left);
  await fleet.setRate(3000);
  assert.equal((await api.request('POST', `/v1/campaigns/${id}/resume`)).status, 200);
  await finished(id);
  assert.deepEqual(await arrived(list.all), [...list.all].sort(), 'everybody once');
});

test('R-46 numbers without a known zone: the company\'s, or left out, as the rule says', { timeout: 120_000 }, async () => {
  await rules({ hours: [always('advertising'), DEBT], frequency_caps: 'off', unknown_zone: 'leave_out' });
  const list = await listOf(['unknown'], 2, { unknown: true });
  const id = await launch({ list_id: list.id });
  await finished(id);
  assert.deepEqual(await reasons(id), { zone_unknown: 2 });
  await rules({ unknown_zone: 'company' });
  await finished(await launch({ list_id: list.id }));
  assert.deepEqual(await arrived(list.all), [...list.all].sort());
});

test('R-46 the calendar: a silent day holds advertising, a moved Saturday is a working day; bad files are refused whole', async () => {
  const file = path.join(fleet.house.dir, 'calendar.csv');
  const hours = async (category, at) => (await fleet.db.query("SELECT opens_at, closes_at FROM send_hours($1::smallint, '{Europe/Moscow}', $2)", [category, at])).rows[0];
  await rules({ hours: [within('advertising', { opens: 600, closes: 1200 }), within('service', { opens: 480, closes: 1320 }), DEBT] });
  writeFileSync(file, 'day;kind;note\n2027-01-01;silent;Новый год\n2027-01-02;off\n2027-02-20;working;moved\n');
  assert.match(await fleet.house.vestnik('calendar', 'load', file), /3 days/);
  assert.equal((await api.get('/v1/calendar')).body.days.filter((d) => d.day === '2027-01-01')[0]?.kind, 'silent');
  assert.equal((await hours(1, '2027-01-01T09:00:00+03:00')).opens_at.toISOString(), '2027-01-02T07:00:00.000Z', 'advertising waits a day');
  assert.equal((await hours(2, '2027-01-01T09:00:00+03:00')).opens_at.toISOString(), '2027-01-01T05:00:00.000Z', 'service does not');
  assert.equal((await hours(4, '2027-02-20T08:10:00+03:00')).opens_at.toISOString(), '2027-02-20T05:00:00.000Z', 'debts from 8 on a working Saturday');
  assert.equal((await hours(4, '2027-02-27T08:10:00+03:00')).opens_at.toISOString(), '2027-02-27T06:00:00.000Z', 'from 9 on another');
  writeFileSync(file, '2027-03-08;off\n2027-02-31;off\n2027-05-01;holiday\n');
  await assert.rejects(fleet.house.vestnik('calendar', 'load', file), /calendar\.csv:2: column 1[^]*calendar\.csv:3: column 2/);
  assert.equal((await fleet.db.query('SELECT 1 FROM calendar_day')).rowCount, 3, 'nothing of it was stored');
  await fleet.house.vestnik('calendar', 'load', file).catch(() => {});
  await fleet.db.query('DELETE FROM calendar_day');
});

test('R-47 three campaigns on one day: one is sent, the others are capped', { timeout: 120_000 }, async () => {
  await rules({ hours: [always('advertising'), DEBT], frequency_caps: 'on' });
  const list = await listOf(['Europe/Moscow'], 50);
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(await launch({ list_id: list.id }));
  for (const id of ids) await finished(id);
  assert.deepEqual(await arrived(list.all), [...list.all].sort());
  const capped = await Promise.all(ids.map(async (id) => (await reasons(id)).capped ?? 0));
  assert.equal(capped.reduce((a, b) => a + b), 100);

  const next = await campaign({ list_id: list.id });
  const { body: check } = await api.get(`/v1/campaigns/${next}/check`);
  assert.deepEqual([check.recipients, check.left_out], [0, [{ reason: 'capped', count: 50 }]]);
  // Tomorrow there is room for one more of this week's two, in eight days anew.
  const room = async (days) => {
    await fleet.db.query('UPDATE send_count SET days = $1::smallint[] FROM send_limit WHERE send_count.category = 1 AND msisdn = ANY ($2)',
      [days.map((d) => today - d), list.all]);
    return (await api.get(`/v1/campaigns/${next}/check`)).body.recipients;
  };
  const { rows: [{ today }] } = await fleet.db.query('SELECT send_day(now()) AS today');
  assert.deepEqual([await room([1]), await room([6, 1]), await room([7, 1]), await room([29, 25, 20, 15, 10, 8]), await room([30, 25, 20, 15, 10, 8])],
    [50, 0, 50, 0, 50]);
});

test('R-47 two campaigns dispatched at the same moment by two dispatcherd reach each client once', { timeout: 180_000 }, async () => {
  const list = await listOf(['Europe/Moscow'], 4_000);
  const ids = await Promise.all(Array.from({ length: 4 }, () => launch({ list_id: list.id })));
  for (const id of ids) await fleet.finished(id, 120_000);
  assert.deepEqual(await arrived(list.all), [...list.all].sort());
  const { rows: [{ n, most }] } = await fleet.db.query('SELECT count(*) AS n, max(cardinality(days)) AS most FROM send_count WHERE msisdn = ANY ($1)', [list.all]);
  assert.deepEqual([n, most], [4_000, 1]);
});

test('R-47 what never left is not counted: a cancelled campaign and a client without a text', { timeout: 120_000 }, async () => {
  const list = await listOf(['Europe/Moscow'], 600);
  await fleet.setRate(20);
  const id = await launch({ list_id: list.id });
  await waitFor('some to leave', async () => (await arrived(list.all)).length >= 10);
  await api.request('POST', `/v1/campaigns/${id}/cancel`);
  await finished(id);
  await fleet.setRate(3000);
  const left = await arrived(list.all);
  assert.ok(left.length < 600, `${left.length} left`);
  const counted = async () => (await fleet.db.query('SELECT msisdn FROM send_count WHERE cardinality(days) > 0 AND msisdn = ANY ($1)', [list.all])).rows
    .map((row) => String(row.msisdn)).sort();
  assert.deepEqual(await counted(), left);
  await finished(await launch({ list_id: list.id, text: '{first_name}, {last_name}' }));
  assert.deepEqual(await counted(), left, 'no text, no count');
  await finished(await launch({ list_id: list.id }));
  assert.deepEqual(await arrived(list.all), [...list.all].sort(), 'the others get the next one');
});

test('R-47 a campaign is exempt only with a reason, and is counted all the same', { timeout: 120_000 }, async () => {
  const list = await listOf(['Europe/Moscow'], 5);
  await finished(await launch({ list_id: list.id }));
  const exempt = { list_id: list.id, cap_exempt: 'Recall of a faulty product' };
  assert.equal((await api.post('/v1/campaigns', { name: 'x', cap_exempt: '' })).status, 422);
  const { body: check } = await api.get(`/v1/campaigns/${await campaign(exempt)}/check`);
  assert.equal(check.recipients, 5);
  await finished(await launch(exempt));
  await arrive(list.all, 2);
  const { rows } = await fleet.db.query('SELECT DISTINCT cardinality(days) AS n FROM send_count WHERE msisdn = ANY ($1)', [list.all]);
  assert.deepEqual(rows, [{ n: 2 }]);
});

test('R-48 debts: two a day by whatever way, hours and limits not looser than the law, no exemption', { timeout: 120_000 }, async () => {
  await fleet.db.query("UPDATE send_window SET opens = '00:00', closes = '24:00', off_opens = '00:00', off_closes = '24:00' WHERE category = 4");
  const list = await listOf(['Europe/Moscow'], 1);
  const [phone] = list.all;
  const messages = [1, 2, 3].map(() => ({ to: `+${phone}` }));
  const { body: { ids } } = await api.post('/v1/messages/bulk', { messages, text: 'x', sender: 'VESTNIK', class: 'service', category: 'debt' });
  await arrive([phone], 2);
  const third = await waitFor('the third to be suppressed', async () => {
    const states = await Promise.all(ids.map(async (id) => (await api.get(`/v1/messages/${id}`)).body));
    return states.find((m) => m.state === 'suppressed');
  });
  assert.equal(third.reason, 'capped');
  await finished(await launch({ list_id: list.id, category: 'debt', class: 'service' }));
  assert.equal((await arrived([phone])).length, 2);
  const { rows: [{ today }] } = await fleet.db.query('SELECT send_day(now()) AS today');
  const room = async (days) => {
    await fleet.db.query('UPDATE send_count SET days = $1::smallint[] WHERE category = 4 AND msisdn = $2', [days.map((d) => today - d), phone]);
    const { body } = await api.get(`/v1/campaigns/${await campaign({ list_id: list.id, category: 'debt', class: 'service' })}/check`);
    return body.recipients;
  };
  assert.deepEqual([await room([3, 2, 1]), await room([4, 3, 2, 1]), await room([7, 3, 2, 1])], [1, 0, 1]);
  assert.deepEqual([await room(Array.from({ length: 16 }, (_, i) => 29 - i)), await room(Array.from({ length: 16 }, (_, i) => 30 - i))], [0, 1]);
  for (const [field, body] of [
    ['hours[0].opens', { hours: [{ ...DEBT, opens: '07:00' }] }],
    ['hours[0].opens', { hours: [{ ...DEBT, off_closes: '21:00' }] }],
    ['hours', { hours: [within('advertising', { opens: 540, closes: 1260 })] }],
    ['limits[0].per_day', { limits: [{ category: 'debt', per_day: 3, per_week: 4, per_month: 16 }] }],
    ['limits[0].per_day', { limits: [{ category: 'debt', per_day: 2, per_week: 4 }] }],
    ['limits', { limits: [{ category: 'advertising', per_day: 1 }] }],
  ]) {
    const answer = await api.put('/v1/sending-rules', body);
    assert.deepEqual([answer.status, answer.body.errors?.[0].field], [422, field], JSON.stringify(body));
  }
  const exempt = await api.post('/v1/campaigns', { name: 'x', category: 'debt', cap_exempt: 'because' });
  assert.deepEqual([exempt.status, exempt.body.errors[0].field], [422, 'cap_exempt']);
});
