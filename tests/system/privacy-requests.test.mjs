// SPDX-License-Identifier: AGPL-3.0-or-later
// What people ask of their data: by when the law wants it answered, who is reminded, and what nobody may see of it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const PHONE = '79161234567';
const OTHER = '79161230002';
const HOUR_MS = 3_600_000;

let house;
let api;
let client;
const people = {};

before(async () => {
  house = await House.open('privacy-requests', { consent: true });
  api = await Api.open(house);
  writeFileSync(path.join(house.dir, 'password'), PASSWORD, { mode: 0o600 });
  for (const role of ['privacy_officer', 'lawyer', 'analyst']) {
    await house.vestnik('user', 'add', role, '--name', role, '--role', role, '--password-file', path.join(house.dir, 'password'));
    people[role] = { http: await Http.signIn(api.base, role, PASSWORD), id: String(await house.value('SELECT id FROM person WHERE login = $1', [role])) };
  }
  // The New Year's holidays of 2027, and a Saturday that is worked.
  writeFileSync(path.join(house.dir, 'calendar.csv'),
    ['day;kind;note', ...[1, 4, 5, 6, 7, 8].map((day) => `2027-01-0${day};off;New Year`), '2026-12-26;working;moved', '2026-12-31;off;New Year'].join('\n'));
  await house.vestnik('calendar', 'load', path.join(house.dir, 'calendar.csv'));
  assert.equal((await api.upload(`external_id;phone;last_name\nC-1;+${PHONE};Перетрухин\nC-2;+${OTHER};Иванова\n`)).status, 201);
  client = String(await house.value("SELECT id FROM client WHERE external_id = 'C-1'"));
});
after(async () => {
  await api.daemon.stop();
  await house.close();
});

const ask = async (method, where, body, status = 200, as = 'privacy_officer') => {
  const answer = await people[as].http.raw(method, where, { body });
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
};
const register = (fields) => ask('POST', '/v1/privacy-requests', { kind: 'access', client_id: client, ...fields }, 201);
const moscow = (time) => new Date(new Date(time).getTime() + 3 * HOUR_MS).toISOString().slice(0, 19);

test('R-18 R-20 deadlines are those of the law, by the working calendar and the company\'s time', async () => {
  const received = '2026-12-24T23:30:00+03:00'; // a Thursday
  const deadline = async (kind) => moscow((await register({ kind, received_at: received })).deadline);

  // 25, 26 (worked), 28, 29, 30 December, 11 to 15 January; the rest is off.
  assert.equal(await deadline('access'), '2027-01-15T23:59:59');
  assert.equal(await deadline('stop'), '2027-01-15T23:59:59');
  assert.equal(await deadline('erasure'), '2027-01-15T23:59:59');
  assert.equal(await deadline('rectification'), '2027-01-12T23:59:59');
  assert.equal(await deadline('withdrawal'), '2027-01-23T23:59:59', '30 days, worked or not');
});

test('R-20 five more working days are given once, with a reason, and to nothing but what the law says', async () => {
  const { id } = await register({ received_at: '2026-12-24T12:00:00+03:00' });
  await ask('POST', `/v1/privacy-requests/${id}/extend`, {}, 422);
  const extended = await ask('POST', `/v1/privacy-requests/${id}/extend`, { reason: 'paper forms' });
  assert.deepEqual([moscow(extended.deadline), extended.extension_reason], ['2027-01-22T23:59:59', 'paper forms']);
  await ask('POST', `/v1/privacy-requests/${id}/extend`, { reason: 'once more' }, 409);
  const withdrawal = await register({ kind: 'withdrawal' });
  await ask('POST', `/v1/privacy-requests/${withdrawal.id}/extend`, { reason: 'no' }, 409);
});

test('R-20 what is not answered in time stands in the overdue list until it is closed', async () => {
  const late = await register({ received_at: new Date(Date.now() - 40 * 24 * HOUR_MS).toISOString(), text: 'Tell me all' });
  assert.equal(late.overdue, true);
  const overdue = async () => (await ask('GET', '/v1/privacy-requests?overdue=true')).privacy_requests.map(({ id }) => id);
  assert.deepEqual(await overdue(), [late.id]);
  assert.deepEqual((await ask('POST', '/v1/privacy-requests/search', { phone: `+${PHONE}`, overdue: true })).privacy_requests.map(({ id }) => id), [late.id]);
  await ask('POST', `/v1/privacy-requests/${late.id}/close`, { result: 'done' }, 422);
  const closed = await ask('POST', `/v1/privacy-requests/${late.id}/close`, { result: 'done', answer: 'The file was handed over' });
  assert.deepEqual([closed.state, closed.result, closed.overdue], ['closed', 'done', false]);
  assert.deepEqual(await overdue(), []);
  await ask('PATCH', `/v1/privacy-requests/${late.id}`, { text: 'other' }, 409);
  await ask('POST', `/v1/privacy-requests/${late.id}/close`, { result: 'refused', answer: 'x' }, 409);
});

test('R-18 withdrawing the consent to processing begins a request once, saying stop to everything a demand to stop', async () => {
  const made = await api.post('/v1/purposes', { code: 'processing', name: 'Processing', data_categories: ['phone number'], legal_basis: 'consent', retention: 'x', recipients: ['us'], personal_data: true });
  assert.equal(made.status, 201, made.text);
  assert.equal((await api.patch('/v1/purposes/processing', { personal_data: true })).body.personal_data, true);
  const of = async (msisdn) => (await house.db.query('SELECT kind, client_id, consent_event_id, person_id, deadline - received_at AS given FROM privacy_request WHERE msisdn = $1 AND consent_event_id IS NOT NULL ORDER BY id', [msisdn])).rows;
  const withdraw = (purpose, msisdn) => api.post('/v1/consents/withdraw', { phone: `+${msisdn}`, purpose, source: 'letter', origin: 'scan 7' });

  assert.equal((await withdraw('marketing', OTHER)).status, 200);
  assert.deepEqual(await of(OTHER), [], 'advertising alone is a stop and no more');
  for (let i = 0; i < 2; i++) assert.equal((await withdraw('processing', OTHER)).status, 200);
  const [begun, ...more] = await of(OTHER);
  assert.deepEqual([more.length, begun.kind, begun.client_id, begun.person_id], [0, 'withdrawal', await house.value("SELECT id FROM client WHERE external_id = 'C-2'"), null]);
  assert.equal(begun.given.days, 30);

  await api.put('/v1/opt-outs', { phone: '+79169990000', scope: 'advertising' });
  assert.deepEqual(await of('79169990000'), []);
  await api.put('/v1/opt-outs', { phone: '+79169990000', scope: 'all' });
  assert.deepEqual((await of('79169990000')).map(({ kind }) => kind), ['stop']);
});

test('R-18 people are reminded as the deadline comes near, and it is carried up', async () => {
  const now = Date.now();
  const given = await register({ kind: 'withdrawal', assignee_id: people.privacy_officer.id });
  const steps = { half: 16, soon: 28, last_day: 30, overdue: 40 };
  const wanted = { half: 'assignee', soon: 'assignee', last_day: 'officers', overdue: 'heads' };
  const ids = {};
  for (const [step, days] of Object.entries(steps))
    ids[step] = (await register({ kind: 'withdrawal', received_at: new Date(now - days * 24 * HOUR_MS).toISOString(), assignee_id: people.privacy_officer.id })).id;
  const nobodys = await register({ kind: 'withdrawal', received_at: new Date(now - 16 * 24 * HOUR_MS).toISOString() });
  const scheduler = await house.start('schedulerd');
  await waitFor('the reminders', async () => await house.value('SELECT count(*) FROM privacy_reminder WHERE request_id = ANY ($1)', [[...Object.values(ids), nobodys.id]]) === 5);

  for (const [step, id] of Object.entries(ids)) {
    const { reminders } = await ask('GET', `/v1/privacy-requests/${id}`);
    assert.deepEqual(reminders.map((reminder) => [reminder.step, reminder.audience]), [[step, wanted[step]]]);
    assert.match(scheduler.log(), new RegExp(`must be answered.*privacy_request=${id}.*audience=${wanted[step]}`));
  }
  assert.equal((await ask('GET', `/v1/privacy-requests/${nobodys.id}`)).reminders[0].audience, 'officers');
  assert.deepEqual((await ask('GET', `/v1/privacy-requests/${given.id}`)).reminders, []);
  assert.equal((await house.db.query('SELECT request_id FROM privacy_remind()')).rowCount, 0, 'each step once');
  await scheduler.stop();
});

test('R-27 who may not read personal data sees masks; who has no right sees nothing', async () => {
  const { id } = await register({ name: 'Перетрухин', text: `call +${PHONE}` });
  const masked = JSON.stringify([await ask('GET', `/v1/privacy-requests/${id}`, undefined, 200, 'lawyer'), await ask('GET', '/v1/privacy-requests', undefined, 200, 'lawyer')]);
  assert.doesNotMatch(masked, /9161234567|Перетрухин/);
  assert.match(masked, /\+7916\*+67/);
  assert.equal((await ask('GET', `/v1/privacy-requests/${id}`)).phone, `+${PHONE}`);
  await ask('POST', '/v1/privacy-requests', { kind: 'access', client_id: client }, 403, 'lawyer');
  await ask('GET', '/v1/privacy-requests', undefined, 403, 'analyst');
});

test('R-21 erasing the person takes number, name and words out of their requests', async () => {
  const { id } = await register({ kind: 'erasure', name: 'Перетрухин', text: 'Forget me, Перетрухин' });
  await ask('POST', `/v1/clients/${client}/erase`, { reason: 'asked by letter' }, 202);
  const erased = await ask('GET', `/v1/privacy-requests/${id}`);
  assert.deepEqual([erased.erased, erased.phone, erased.name, erased.text, erased.state], [true, null, null, '', 'open']);
  assert.doesNotMatch(JSON.stringify((await house.db.query('SELECT * FROM privacy_request WHERE client_id = $1', [client])).rows), /9161234567|Перетрухин/);
  await ask('POST', `/v1/privacy-requests/${id}/close`, { result: 'done', answer: 'Erased, see the act' });
});
