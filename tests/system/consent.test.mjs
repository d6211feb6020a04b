// SPDX-License-Identifier: AGPL-3.0-or-later
// Consent and law: each test proves the requirement its name begins with, over the API, the daemons and the simulator.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import pg from 'pg';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { Http } from './lib/http.mjs';
import { waitFor } from './lib/stack.mjs';

const FIRST = 79_000_000_001;
const DAY_MS = 86_400_000;
const PASSWORD = 'correct horse battery';
const COLUMNS = ['subject', 'msisdn', 'purpose_id', 'channel', 'text_id', 'text_digest', 'form', 'at', 'source', 'origin', 'identity', 'entered_by', 'expires_at'];

let fleet;
let api;
let text; // of purpose marketing
let serviceText;
let next = FIRST + 1_000_000;

before(async () => {
  fleet = await Fleet.open('consent', { consent: true, account: { parts_per_s: 200 } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'consent')).trim());
  text = (await post('/v1/consent-texts', { purpose: 'marketing', text: 'I agree to get advertising by SMS.' }, 201)).id;
  serviceText = (await post('/v1/consent-texts', { purpose: 'service', text: 'I agree to get news of my orders.' }, 201)).id;
  await fleet.db.query("UPDATE purpose SET legal_basis = 'consent' WHERE code = 'service'");
  // What a phone would show, for nothing of a code stays where it is stored.
  await fleet.db.query(`CREATE TABLE written (id bigint, msisdn bigint, text text);
    CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      'BEGIN INSERT INTO written VALUES (NEW.id, NEW.msisdn, NEW.text); RETURN NULL; END';
    CREATE TRIGGER note_written AFTER INSERT ON message FOR EACH ROW EXECUTE FUNCTION note_written()`);
});
after(() => fleet?.close());
// Daemons that still look at what the last test sent may deadlock with it: then it is done anew.
beforeEach(() => waitFor('empty tables', async () => {
  await fleet.db.query('TRUNCATE client, list, list_member, opt_out RESTART IDENTITY CASCADE');
  return true;
}));

async function post(path, body, status = 200, options) {
  const answer = await api.post(path, body, options);
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}

/** A number nobody had before. */
const number = () => next++;
const plus = (msisdn) => `+${msisdn}`;

/** Clients with numbers of their own, on a list; resolves to { list, clients: [{ id, msisdn }] }. */
async function people(count) {
  const numbers = Array.from({ length: count }, number);
  const { rows: clients } = await fleet.db.query(
    "INSERT INTO client (external_id, msisdn, first_name) SELECT 'c' || n, n, 'Client' FROM unnest($1::bigint[]) n RETURNING id::text, msisdn", [numbers]);
  const list = String(await fleet.house.value("INSERT INTO list (name, size) VALUES ('list ' || $1, $2) RETURNING id", [numbers[0], count]));
  await fleet.db.query('INSERT INTO list_member SELECT $1, unnest($2::bigint[])', [list, clients.map(({ id }) => id)]);
  return { list, clients };
}

const given = (client, more = {}) => ({
  phone: plus(client.msisdn), ...(client.id && { client_id: client.id }), purpose: 'marketing', text_id: text, form: 'https://shop.example/card', source: 'web',
  origin: '203.0.113.7', identity: 'signed in', ...more,
});
const agree = (client, more, status = 201) => post('/v1/consents', given(client, more), status);
const withdraw = (client, more = {}) => post('/v1/consents/withdraw', { phone: plus(client.msisdn), purpose: 'marketing', source: 'call_centre', ...more });
const proof = async () => (await post('/v1/consent-proofs', 'signed by hand', 201, { headers: { 'content-type': 'text/plain' } })).id;

const draft = async (list, more = {}) => (await post('/v1/campaigns', { name: 'Sale', text: 'Sale, {first_name}', sender: 'SHOP', class: 'advertising', category: 'advertising', list_id: list, ...more }, 201)).id;
const launch = (id) => post(`/v1/campaigns/${id}/launch`, undefined);
const check = async (id) => (await api.get(`/v1/campaigns/${id}/check`)).body;

/** Who got nothing and why, by number. */
async function missed(id) {
  const { body } = await api.get(`/v1/campaigns/${id}/missed?limit=200`);
  return Object.fromEntries(body.missed.map((m) => [m.phone, `${m.kind}:${m.reason}`]));
}

async function arrived(clients) {
  const wanted = new Set(clients.map(({ msisdn }) => String(msisdn)));
  return (await fleet.sim.rows()).filter(({ destination, status }) => status === 0 && wanted.has(destination)).map(({ destination }) => Number(destination));
}

async function ledger(msisdn) {
  const { rows } = await fleet.db.query(
    'SELECT e.*, u.code AS purpose FROM consent_event e JOIN purpose u ON u.id = e.purpose_id WHERE e.msisdn = $1 ORDER BY e.id', [msisdn]);
  return rows;
}

test('R-01 a consent lacks nothing, and its record is never changed', async () => {
  await proof();
  const { clients: [client] } = await people(1);
  const { id } = await agree(client, { expires_at: new Date(Date.now() + DAY_MS).toISOString() });
  const { rows: [whole] } = await fleet.db.query('SELECT * FROM consent_event WHERE id = $1', [id]);
  for (const column of COLUMNS) {
    assert.notEqual(whole[column], null, column);
    const rest = COLUMNS.filter((c) => c !== column && !(column === 'text_id' && c === 'text_digest'));
    await assert.rejects(fleet.db.query(`INSERT INTO consent_event (kind, ${rest.join(', ')}) SELECT kind, ${rest.join(', ')} FROM consent_event WHERE id = $1`, [id]),
      /violates (not-null|check)/, `without ${column}`);
  }
  await fleet.db.query(`INSERT INTO consent_event (kind, ${COLUMNS.join(', ')}) SELECT kind, ${COLUMNS.join(', ')} FROM consent_event WHERE id = $1`, [id]);

  // Over the API the same is refused by name.
  for (const field of ['phone', 'purpose', 'text_id', 'form', 'origin', 'identity']) {
    const answer = await api.post('/v1/consents', given(client, { [field]: undefined }));
    assert.deepEqual([answer.status, answer.body.errors[0].field], [422, field], answer.text);
  }

  // Its trigger holds even the owner; the daemons have not even the right.
  for (const sql of [`UPDATE consent_event SET origin = 'x' WHERE id = ${id}`, `DELETE FROM consent_event WHERE id = ${id}`, 'TRUNCATE consent_event CASCADE',
    "UPDATE consent_text SET text = 'x'", 'DELETE FROM consent_proof'])
    await assert.rejects(fleet.db.query(sql), /are never changed/, sql);
  for (const role of ['apid', 'dlrd', 'dispatcherd', 'smppd', 'schedulerd']) {
    const client = new pg.Client({ connectionString: fleet.house.roleUrl(`vestnik_${role}`) });
    await client.connect();
    for (const sql of [`UPDATE consent_event SET origin = 'x' WHERE id = ${id}`, `DELETE FROM consent_event WHERE id = ${id}`,
      'INSERT INTO consent_event (kind) VALUES (NULL)', "UPDATE consent SET state = 1", 'DELETE FROM consent'])
      await assert.rejects(client.query(sql), /permission denied/, `${role}: ${sql}`);
    await client.end();
  }
});

test('R-02 consent to one purpose is no consent to advertising', async () => {
  const { list, clients } = await people(2);
  await agree(clients[0], { purpose: 'service', text_id: serviceText });
  await agree(clients[1]);
  const refused = await api.post('/v1/consents', given(clients[0], { text_id: serviceText }));
  assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'text_id'], 'nor does its text serve advertising');
  const id = await draft(list);
  const { recipients, left_out, samples } = await check(id);
  assert.deepEqual([recipients, left_out, samples.map(({ phone }) => phone)],
    [1, [{ reason: 'no_consent', count: 1 }], [plus(clients[1].msisdn)]]);
  await launch(id);
  await fleet.finished(id, 30_000);
  assert.deepEqual(await arrived(clients), [clients[1].msisdn]);
  assert.deepEqual(await missed(id), { [plus(clients[0].msisdn)]: 'suppressed:no_consent' });

  // Messages of a program are held to the same; of a service message nobody asks.
  const send = (category) => post('/v1/messages', { to: plus(clients[0].msisdn), text: 'Hello', sender: 'SHOP', class: category, category }, 202);
  const state = async ({ id: message }) => waitFor('the message to end', async () => {
    const { body } = await api.get(`/v1/messages/${message}`);
    return ['suppressed', 'delivered'].includes(body.state) && `${body.state}:${body.reason}`;
  });
  assert.equal(await state(await send('advertising')), 'suppressed:no_consent');
  assert.equal(await state(await send('service')), 'delivered:null');
});

test('R-03 a consent withdrawn after the launch stops the message, in the plan as in the queue', async () => {
  const { list, clients } = await people(800);
  await fleet.db.query(
    `SELECT consent_record(msisdn, id, 'marketing', 'sms', $1, 'form', now() - interval '1 hour', NULL, 'web', 'ip', 'login', 'test') FROM client`, [text]);
  const id = await draft(list, { start_at: new Date(Date.now() + 3_000).toISOString() });
  await launch(id);
  await withdraw(clients[5]);
  // 200 a second: these two stand in queues a while after the run has begun.
  await waitFor('the run to be under way', async () => (await arrived(clients)).length > 20);
  const [late, over] = [clients[700], clients[701]];
  const withdrawnAt = Date.now();
  await withdraw(late);
  await fleet.db.query("UPDATE consent SET valid_to = clock_timestamp() WHERE msisdn = $1", [over.msisdn]);
  await fleet.finished(id, 60_000);
  const got = await arrived(clients);
  assert.ok(Date.now() - withdrawnAt > 1_000, 'it was in the midst of the run');
  assert.equal(got.length, 797);
  assert.deepEqual(await missed(id), {
    [plus(clients[5].msisdn)]: 'suppressed:opt_out', [plus(late.msisdn)]: 'cancelled:opt_out', [plus(over.msisdn)]: 'cancelled:consent_expired',
  });

  // Without the stop that goes with it, the ledger alone does the same.
  const again = await draft(list, { start_at: new Date(Date.now() + 1_500).toISOString() });
  await launch(again);
  await fleet.db.query('SELECT consent_end($1, NULL, 1::smallint, $2, now(), $3, NULL, $4, NULL)', [clients[6].msisdn, 'sms', 'test', 'test']);
  await fleet.finished(again, 60_000);
  assert.equal((await missed(again))[plus(clients[6].msisdn)], 'suppressed:no_consent');
});

test('R-03 a message that is to go again is held to the consent of that moment', async () => {
  const { list, clients: [client] } = await people(1);
  await agree(client);
  const id = await draft(list);
  await launch(id);
  await fleet.finished(id, 30_000);
  const db = await fleet.db.connect();
  try {
    await db.query('BEGIN'); // rolled back: nobody sends it
    const { rows: [{ again }] } = await db.query(
      `INSERT INTO batch (id, account_id, state, lane, class, category, attempt, message_count, claimed, parts, sender, deadline, filtered_at, message_ids)
       SELECT (message_base_ids(1))[1], account_id, 2, 1, 1, 1, 2, 1, 1, 1, 'SHOP', now() + interval '1 hour', now(), ARRAY(SELECT id FROM message WHERE msisdn = $1)
         FROM batch ORDER BY id DESC LIMIT 1 RETURNING id AS again`, [client.msisdn]);
    await db.query('UPDATE message_state SET state = 2, batch_id = $1 WHERE id IN (SELECT id FROM message WHERE msisdn = $2)', [again, client.msisdn]);
    const slice = async () => (await db.query('SELECT send, reason FROM batch_slice($1)', [again])).rows;
    assert.deepEqual(await slice(), [{ send: true, reason: 0 }]);
    await db.query('UPDATE consent SET valid_to = now() WHERE msisdn = $1', [client.msisdn]);
    assert.deepEqual(await slice(), [{ send: false, reason: 21 }]);
    await db.query("SELECT consent_end($1, NULL, 1::smallint, 'sms', clock_timestamp(), 'test', NULL, 'test', NULL)", [client.msisdn]);
    assert.deepEqual(await slice(), [{ send: false, reason: 20 }]);
    await db.query('UPDATE purpose SET required = false');
    assert.deepEqual(await slice(), [{ send: true, reason: 0 }], 'where no consent is required nobody looks');
  } finally {
    await db.query('ROLLBACK');
    db.release();
  }
});

test('R-04 each advertising message names the consent it went out on', async () => {
  const { list, clients } = await people(30);
  for (const client of clients.slice(0, 28)) await agree(client);
  await agree(clients[0], { form: 'https://shop.example/again' });
  const id = await draft(list);
  await launch(id);
  await fleet.finished(id, 30_000);
  await withdraw(clients[1]);
  const { rows } = await fleet.db.query(
    `SELECT m.msisdn, m.consent_id, e.kind, e.msisdn = m.msisdn AND e.purpose_id = 1 AS same, e.at <= s.at AND s.at < e.expires_at
            AND NOT EXISTS (SELECT 1 FROM consent_event w WHERE w.msisdn = m.msisdn AND w.purpose_id = e.purpose_id AND w.kind = 'withdrawn' AND w.id > e.id AND w.at <= s.at) AS covers
       FROM message m JOIN batch h ON h.id = m.id & ~255::bigint JOIN run r ON r.id = h.run_id
       LEFT JOIN consent_event e ON e.id = m.consent_id
       CROSS JOIN LATERAL (SELECT max(submitted_at) AS at FROM receipt_ref f WHERE f.message_id = m.id) s WHERE r.campaign_id = $1`, [id]);
  assert.equal(rows.length, 28);
  for (const row of rows) assert.deepEqual([row.kind, row.same, row.covers], ['given', true, true], JSON.stringify(row));
  const last = (await ledger(clients[0].msisdn)).filter(({ kind }) => kind === 'given').at(-1);
  assert.equal(Number(rows.find(({ msisdn }) => msisdn === clients[0].msisdn).consent_id), Number(last.id), 'the last one given counts');
});

test('R-05 a consent that is over counts as none, and the report says why', async () => {
  const { list, clients } = await people(3);
  const past = (days) => new Date(Date.now() - days * DAY_MS).toISOString();
  await agree(clients[0], { at: past(30), expires_at: past(1) });
  await agree(clients[1], { at: past(30), expires_at: new Date(Date.now() + DAY_MS).toISOString() });
  await agree(clients[2], { at: past(30), expires_at: past(1) });
  await agree(clients[2], { at: past(2) }); // confirmed again in time
  const id = await draft(list);
  const { recipients, left_out } = await check(id);
  assert.deepEqual([recipients, left_out], [2, [{ reason: 'consent_expired', count: 1 }]]);
  await launch(id);
  await fleet.finished(id, 30_000);
  assert.deepEqual((await arrived(clients)).sort(), [clients[1].msisdn, clients[2].msisdn]);
  assert.deepEqual((await api.get(`/v1/campaigns/${id}/missed/summary`)).body.groups, [{ kind: 'suppressed', reason: 'consent_expired', count: 1 }]);
  const csv = (await api.get(`/v1/campaigns/${id}/missed.csv`, { headers: { 'accept-language': 'ru' } })).text;
  assert.match(csv, /согласие на рекламу истекло/);
  const { current } = (await api.get(`/v1/clients/${clients[0].id}/consents`)).body;
  assert.deepEqual(current.map(({ purpose, state }) => [purpose, state]), [['marketing', 'expired']]);
});

test('R-06 a new version of a text leaves old records theirs', async () => {
  const { clients: [client] } = await people(1);
  const first = await post('/v1/consent-texts', { purpose: 'marketing', text: 'Версия один: согласен.' }, 201);
  const { id } = await agree(client, { text_id: first.id });
  const second = await post('/v1/consent-texts', { purpose: 'marketing', text: 'Версия два: согласен на всё.' }, 201);
  assert.deepEqual([second.version, second.id === first.id], [first.version + 1, false]);
  assert.equal(first.digest, createHash('sha256').update('Версия один: согласен.').digest('hex'));
  const { rows: [row] } = await fleet.db.query(
    'SELECT t.text, t.digest = e.text_digest AS same, encode(e.text_digest, $2) AS digest FROM consent_event e JOIN consent_text t ON t.id = e.text_id WHERE e.id = $1', [id, 'hex']);
  assert.deepEqual(row, { text: 'Версия один: согласен.', same: true, digest: first.digest });
  const { events } = (await api.get(`/v1/clients/${client.id}/consents`)).body;
  assert.deepEqual([events[0].text_digest, events[0].text_version], [first.digest, String(first.version)]);
});

const start = (client, more = {}, status = 201) => post('/v1/consent-codes', {
  phone: plus(client.msisdn), client_id: client.id, purpose: 'marketing', text_id: text, form: 'https://shop.example/card', origin: '203.0.113.7', sender: 'SHOP',
  text: '{code} is your code', ...more,
}, status);
const confirm = (id, code) => api.post(`/v1/consent-codes/${id}/confirm`, { code });
/** The code as the phone shows it. */
const codeAt = (client, nth = 1) => waitFor('the code to arrive', async () => {
  const texts = (await fleet.sim.rows()).filter(({ destination, status }) => status === 0 && destination === String(client.msisdn));
  const { rows } = await fleet.db.query('SELECT count(*) AS n FROM message WHERE msisdn = $1', [client.msisdn]);
  if (texts.length < nth || rows[0].n < nth) return false;
  const found = await fleet.db.query('SELECT text FROM written WHERE msisdn = $1 ORDER BY id DESC LIMIT 1', [client.msisdn]);
  return found.rows[0].text.match(/^(\d{6}) is your code$/)?.[1];
});

test('R-07 nobody has agreed before the right code came, in five tries and ten minutes', async () => {
  const { clients } = await people(4);
  const [client, guessed, slow, stopped] = clients;
  const sent = await start(client);
  const code = await codeAt(client);
  await waitFor('the code to be cleared from what is stored, though it is not used yet', async () => await fleet.house.value('SELECT text FROM message WHERE msisdn = $1', [client.msisdn]) === '****** is your code');
  assert.equal((await api.post('/v1/messages/search', { phone: plus(client.msisdn) })).body.messages[0].text, '***');
  const wrong = code === '000000' ? '000001' : '000000';
  assert.deepEqual(await ledger(client.msisdn), []);
  const { kept, hash, salt } = (await fleet.db.query('SELECT c::text AS kept, code_hash AS hash, salt FROM consent_code c WHERE id = $1', [sent.id])).rows[0];
  assert.ok(!kept.includes(`,${code},`), 'the code is kept as a sum alone');
  assert.deepEqual(hash, createHash('sha256').update(salt).update(code).digest());
  const no = await confirm(sent.id, wrong);
  assert.deepEqual([no.status, no.body.type.split(':').at(-1)], [422, 'wrong-code'], no.text);
  assert.deepEqual(await ledger(client.msisdn), []);
  const yes = await confirm(sent.id, code);
  assert.deepEqual([yes.status, yes.body.outcome], [201, 'given'], yes.text);
  const [event] = await ledger(client.msisdn);
  assert.deepEqual([event.kind, event.source, event.identity, Number(event.code_id)], ['given', 'sms_code', 'sms_code', Number(sent.id)]);
  assert.equal((await confirm(sent.id, code)).status, 409, 'it was used');
  const { rows: [proven] } = await fleet.db.query(
    'SELECT c.attempts, c.confirmed_at, m.text, k.texts[1] AS asked FROM consent_code c JOIN message m ON m.id = c.message_id JOIN chunk k ON k.id = c.chunk_id WHERE c.id = $1', [sent.id]);
  assert.ok(proven.confirmed_at instanceof Date);
  assert.deepEqual([proven.attempts, proven.text, proven.asked], [2, '****** is your code', null], 'the exchange is kept, the code is not, and a dispatched chunk keeps no text');

  // Five wrong tries, at once: the sixth counts no more, though it is right.
  const second = await start(guessed);
  const right = await codeAt(guessed);
  const tries = await Promise.all(Array.from({ length: 8 }, () => confirm(second.id, right === '000000' ? '000001' : '000000')));
  assert.deepEqual(tries.map(({ status }) => status).sort(), [409, 409, 409, 422, 422, 422, 422, 422]);
  assert.equal((await confirm(second.id, right)).status, 409);
  assert.deepEqual(await ledger(guessed.msisdn), []);

  const third = await start(slow);
  const late = await codeAt(slow);
  await fleet.db.query("UPDATE consent_code SET expires_at = clock_timestamp() WHERE id = $1", [third.id]);
  assert.equal((await confirm(third.id, late)).status, 409);
  await waitFor('the code that is over to be struck out', async () => await fleet.house.value('SELECT text FROM message WHERE msisdn = $1', [slow.msisdn]) === '****** is your code');
  assert.deepEqual(await ledger(slow.msisdn), []);

  // Who said stop may come back by a code: it is proof. And nobody is flooded with codes.
  await withdraw(stopped);
  const back = await start(stopped);
  assert.deepEqual((await confirm(back.id, await codeAt(stopped))).body.outcome, 'given');
  assert.equal(await fleet.house.value('SELECT count(*) FROM opt_out WHERE msisdn = $1', [stopped.msisdn]), 0);
  for (let i = 0; i < 4; i++) await start(stopped);
  await start(stopped, {}, 429);
});

test('R-08 a list without origin, basis and proof makes nobody eligible', async () => {
  const file = ['Телефон;Имя', ...Array.from({ length: 10 }, () => `${plus(number())};Гость`)].join('\n');
  const { list_id: list } = (await api.upload(file, '?list=Выставка')).body;
  const { rows: clients } = await fleet.db.query('SELECT id::text, msisdn FROM client ORDER BY id');
  const id = await draft(list, { text: 'Sale' });
  const eligible = async () => (await check(id)).recipients;
  assert.equal(await eligible(), 0, 'an import is no consent');
  const declared = { purpose: 'marketing', text_id: text, origin: 'Exhibition, stand 12', basis: 'Signed forms', proof_id: await proof() };
  for (const lacking of ['origin', 'basis', 'proof_id']) {
    const answer = await post(`/v1/lists/${list}/consents`, { ...declared, [lacking]: undefined }, 201);
    assert.deepEqual(answer, { given: 0, pending: 10, stopped: 0 }, lacking);
    assert.equal(await eligible(), 0, lacking);
  }
  assert.deepEqual([...new Set((await ledger(clients[0].msisdn)).map(({ kind }) => kind))], ['pending']);
  await withdraw(clients[0]);
  assert.deepEqual(await post(`/v1/lists/${list}/consents`, declared, 201), { given: 9, pending: 0, stopped: 1 });
  assert.equal(await eligible(), 9, 'who withdrew stays out whatever a list says');
  const unknown = await api.post(`/v1/lists/${list}/consents`, { ...declared, proof_id: '999999' });
  assert.deepEqual([unknown.status, unknown.body.errors[0].field], [422, 'proof_id']);
  // A single one that is imported is held to the same.
  const single = (basis, file) => fleet.house.value(
    "SELECT (consent_record($1, NULL, 'marketing', 'sms', $2, 'crm', now(), NULL, 'import', 'file', 'declared', 'test', $4, $3)).outcome", [number(), text, basis, file]);
  assert.deepEqual([await single(null, declared.proof_id), await single('contract', null), await single('contract', declared.proof_id)], ['pending', 'pending', 'given']);
});

test('R-09 the export has every purpose that is used, with all the notice asks for', async () => {
  await post('/v1/purposes', {
    code: 'survey', name: 'Опросы; качество', data_categories: ['телефон', 'имя'], legal_basis: 'consent', retention: 'год', recipients: ['операторы связи'],
  }, 201);
  const { text: csv, headers } = await api.get('/v1/purposes.csv', { headers: { 'accept-language': 'ru' } });
  assert.match(headers.get('content-disposition'), /purposes\.csv/);
  const lines = csv.trim().split('\r\n');
  assert.match(lines[0], /Код цели.*Категории данных.*Правовое основание.*Срок хранения.*Получатели/);
  const { rows } = await fleet.db.query(
    'SELECT code FROM purpose UNION SELECT u.code FROM consent_event e JOIN purpose u ON u.id = e.purpose_id UNION SELECT u.code FROM consent_text t JOIN purpose u ON u.id = t.purpose_id');
  for (const { code } of rows) assert.ok(lines.some((line) => line.startsWith(`"${code}";`)), code);
  assert.ok(lines.includes('"survey";"Опросы; качество";"телефон, имя";"consent";"год";"операторы связи"'), csv);

  const { purposes } = (await api.get('/v1/purposes')).body;
  assert.deepEqual(purposes.map(({ code, required }) => [code, required]), [['marketing', true], ['service', false], ['survey', false]],
    'a new database sends no advertising without consent');
  const refused = await api.patch('/v1/purposes/survey', { required: true });
  assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'required']);
  assert.equal((await api.patch('/v1/purposes/survey', { retention: 'два года' })).body.retention, 'два года');
  assert.equal((await api.patch('/v1/purposes/nothing', { retention: 'x' })).status, 404);
});

test('R-14 a stop is the same by link, call centre, letter, API, reply and CRM', async () => {
  const ways = {
    async link(client) {
      const { path } = await post('/v1/stop-links', { phone: plus(client.msisdn) }, 201);
      const page = await fetch(api.base + path, { headers: { 'accept-language': 'ru' } });
      assert.match(await page.text(), /Больше не присылать вам рекламу/);
      assert.equal(await fleet.house.value('SELECT count(*) FROM opt_out WHERE msisdn = $1', [client.msisdn]), 0, 'looking at the page stops nobody');
      assert.equal((await fetch(api.base + path, { method: 'POST' })).status, 200);
      assert.equal((await fetch(api.base + path, { method: 'POST' })).status, 200, 'twice is once');
      assert.equal((await fetch(`${api.base}/stop/${'0'.repeat(32)}`)).status, 404);
    },
    call_centre: (client) => api.put('/v1/opt-outs', { phone: plus(client.msisdn), scope: 'advertising', source: 'call_centre' }),
    async letter(client) {
      const bare = await api.put('/v1/opt-outs', { phone: plus(client.msisdn), scope: 'advertising', source: 'letter' });
      assert.deepEqual([bare.status, bare.body.errors[0].field], [422, 'origin']);
      await api.put('/v1/opt-outs', { phone: plus(client.msisdn), scope: 'advertising', source: 'letter', origin: 'scan 2026/117' });
    },
    api: (client) => api.put('/v1/opt-outs', { phone: plus(client.msisdn), scope: 'advertising' }),
    reply: (client) => fleet.sim.command('mo', 'sim', String(client.msisdn), '1234', 'STOP'),
    crm: (client) => fleet.db.query("SELECT consent_withdraw($1, $2, 'marketing', 'sms', NULL, 'crm', NULL, 'crm')", [client.msisdn, client.id]),
  };
  const { list, clients } = await people(Object.keys(ways).length + 1);
  for (const client of clients) await agree(client);
  const stopped = {};
  for (const [way, stop] of Object.entries(ways)) {
    const client = clients[Object.keys(stopped).length];
    stopped[way] = client;
    await stop(client);
    const row = await waitFor(`the stop by ${way}`, async () => (await fleet.db.query('SELECT * FROM opt_out WHERE msisdn = $1', [client.msisdn])).rows[0]);
    assert.deepEqual([row.scope, row.source], ['advertising', way]);
    const events = await ledger(client.msisdn);
    assert.deepEqual(events.map(({ kind, purpose, source, client_id }) => [kind, purpose, source, String(client_id)]),
      [['given', 'marketing', 'web', client.id], ['withdrawn', 'marketing', way, client.id]], way);
    assert.ok(events[1].entered_by, way);
    if (way === 'letter') assert.equal(events[1].origin, 'scan 2026/117');
    const { current } = (await api.get(`/v1/clients/${client.id}/consents`)).body;
    assert.deepEqual(current.map(({ state }) => state), ['withdrawn'], way);
  }
  const id = await draft(list);
  const { recipients, left_out } = await check(id);
  assert.deepEqual([recipients, left_out], [1, [{ reason: 'opt_out', count: clients.length - 1 }]]);

  // Only a new consent with proof lifts it, given after the stop; taking the stop away alone does not.
  const client = stopped.api;
  const bare = await api.post('/v1/consents', given(client));
  assert.deepEqual([bare.status, bare.body.errors[0].field], [422, 'proof_id'], bare.text);
  await fleet.db.query('DELETE FROM opt_out WHERE msisdn = $1', [client.msisdn]);
  assert.equal((await api.post('/v1/consents', given(client))).status, 422, 'nor does it after somebody took the row away');
  assert.deepEqual((await check(id)).left_out, [{ reason: 'opt_out', count: clients.length - 2 }, { reason: 'no_consent', count: 1 }]);
  const paper = await proof();
  const before = new Date(Date.now() - DAY_MS).toISOString();
  assert.equal((await agree(stopped.letter, { proof_id: paper, at: before })).outcome, 'superseded', 'a consent of before the stop is history');
  assert.equal((await agree(stopped.letter, { proof_id: paper })).outcome, 'given');
  assert.equal((await agree(client, { proof_id: paper })).outcome, 'given');
  assert.equal(await fleet.house.value('SELECT count(*) FROM opt_out WHERE msisdn = ANY ($1)', [[client.msisdn, stopped.letter.msisdn]]), 0);
  assert.equal((await check(id)).recipients, 3);
  assert.equal((await agree(client)).outcome, 'given', 'and from then on as before');
});

test('R-17 a stop is lifted by a right of its own and a new consent with proof, and by nothing else', async () => {
  const { list, clients: [client, other] } = await people(2);
  for (const one of [client, other]) await agree(one);
  await api.put('/v1/opt-outs', { phone: plus(client.msisdn), scope: 'all', source: 'call_centre' });
  const id = await draft(list);
  const stands = () => fleet.house.value('SELECT scope FROM opt_out WHERE msisdn = $1', [client.msisdn]);
  const { purpose, ...consent } = given(client);
  const paper = await proof();

  // Who has no such right gets a 403, with all the papers in the world.
  writeFileSync(path.join(fleet.house.dir, 'password'), PASSWORD, { mode: 0o600 });
  await fleet.house.vestnik('user', 'add', 'op', '--name', 'Op', '--role', 'agent', '--password-file', path.join(fleet.house.dir, 'password'));
  const operator = await Http.signIn(api.base, 'op', PASSWORD);
  for (const [method, where, body] of [['POST', '/v1/opt-outs/remove', { ...consent, proof_id: paper }], ['POST', '/v1/consents', { ...consent, purpose, proof_id: paper }]])
    assert.equal((await operator.raw(method, where, { body })).status, 403, where);

  // Who has it must bring a consent with its proof, given after the stop.
  const bare = await api.post('/v1/opt-outs/remove', { phone: plus(client.msisdn) });
  assert.deepEqual([bare.status, bare.body.errors.map(({ field }) => field)], [422, ['text_id', 'form', 'origin', 'identity', 'proof_id']], bare.text);
  const refused = async (more) => {
    const answer = await api.post('/v1/opt-outs/remove', { ...consent, proof_id: paper, ...more });
    return [answer.status, ...answer.body.errors.map(({ field }) => field)];
  };
  assert.deepEqual(await refused({ proof_id: undefined }), [422, 'proof_id']);
  assert.deepEqual(await refused({ proof_id: '999999' }), [422, 'proof_id']);
  assert.deepEqual(await refused({ text_id: serviceText }), [422, 'text_id']);
  const before = (await ledger(client.msisdn)).length;
  assert.deepEqual(await refused({ at: new Date(Date.now() - DAY_MS).toISOString() }), [422, 'at']);
  assert.equal((await ledger(client.msisdn)).length, before, 'what does not lift the stop leaves nothing');
  assert.equal((await api.put('/v1/opt-outs', { phone: plus(client.msisdn), scope: 'advertising' })).status, 409, 'nor is it made less');
  assert.equal(await stands(), 'all');
  assert.equal((await check(id)).recipients, 1);

  // No daemon can delete the row behind the API's back.
  for (const role of ['apid', 'dlrd', 'crmd', 'smppd', 'schedulerd', 'dispatcherd']) {
    const daemon = new pg.Client({ connectionString: fleet.house.roleUrl(`vestnik_${role}`) });
    await daemon.connect();
    await assert.rejects(daemon.query('DELETE FROM opt_out'), /permission denied/, role);
    await daemon.end();
  }

  const lifted = await post('/v1/opt-outs/remove', { ...consent, proof_id: paper });
  assert.equal(await stands(), undefined);
  const events = await ledger(client.msisdn);
  assert.deepEqual([lifted.removed, lifted.consent_id, events.at(-1).kind, String(events.at(-1).proof_id)], [true, String(events.at(-1).id), 'given', paper]);
  assert.equal((await check(id)).recipients, 2);
  assert.deepEqual(await post('/v1/opt-outs/remove', { ...consent, proof_id: paper }), { removed: false, consent_id: null }, 'without a stop nothing is entered');
  assert.equal((await ledger(client.msisdn)).length, before + 1);
});

test('R-24 what waits in queues for a number that its client has no longer is not sent', async () => {
  const { list, clients } = await people(800);
  await fleet.db.query(
    `SELECT consent_record(msisdn, id, 'marketing', 'sms', $1, 'form', now() - interval '1 hour', NULL, 'web', 'ip', 'login', 'test') FROM client`, [text]);
  const id = await draft(list);
  await launch(id);
  // 200 a second: the last ones stand in queues a while after the first have left.
  await waitFor('the run to be under way', async () => (await arrived(clients)).length > 20);
  const [corrected, imported, back, ...rest] = clients.slice(-5);
  const changedAt = Date.now();
  const change = async (client, phone) => assert.equal((await api.put(`/v1/clients/${client.id}/phone`, { phone: plus(phone) })).status, 200);
  await change(corrected, number());
  assert.equal((await api.upload(`external_id;phone\nc${imported.msisdn};${plus(number())}`)).status, 201);
  await change(back, number());
  await change(back, back.msisdn);
  await fleet.finished(id, 60_000);
  assert.ok(Date.now() - changedAt > 1_000, 'it was in the midst of the run');
  const got = new Set(await arrived(clients));
  assert.equal(got.size, 798);
  for (const client of [back, ...rest]) assert.ok(got.has(client.msisdn), 'its number is the one it has');
  assert.deepEqual(await missed(id), { [plus(corrected.msisdn)]: 'cancelled:phone_changed', [plus(imported.msisdn)]: 'cancelled:phone_changed' });
  const { rows } = await fleet.db.query('SELECT old_msisdn FROM client_phone_change WHERE client_id = $1', [corrected.id]);
  assert.deepEqual(rows.map(({ old_msisdn: old }) => Number(old)), [corrected.msisdn], 'the history is kept');
});

test('R-24 a message that is to go again is held to the number of that moment', async () => {
  const { list, clients: [client] } = await people(1);
  await agree(client);
  const id = await draft(list);
  await launch(id);
  await fleet.finished(id, 30_000);
  const db = await fleet.db.connect();
  try {
    await db.query('BEGIN'); // rolled back: nobody sends it
    const { rows: [{ again }] } = await db.query(
      `INSERT INTO batch (id, account_id, state, lane, class, category, attempt, message_count, claimed, parts, sender, deadline, filtered_at, message_ids)
       SELECT (message_base_ids(1))[1], account_id, 2, 1, 1, 1, 2, 1, 1, 1, 'SHOP', now() + interval '1 hour', now(), ARRAY(SELECT id FROM message WHERE msisdn = $1)
         FROM batch ORDER BY id DESC LIMIT 1 RETURNING id AS again`, [client.msisdn]);
    await db.query('UPDATE message_state SET state = 2, batch_id = $1 WHERE id IN (SELECT id FROM message WHERE msisdn = $2)', [again, client.msisdn]);
    const slice = async () => (await db.query('SELECT send, reason FROM batch_slice($1)', [again])).rows;
    assert.deepEqual(await slice(), [{ send: true, reason: 0 }]);
    await db.query("INSERT INTO client_phone_change (client_id, old_msisdn, new_msisdn, reason, source) VALUES ($1, $2::bigint, $2::bigint + 1, 'corrected', 'test')", [client.id, client.msisdn]);
    assert.deepEqual(await slice(), [{ send: true, reason: 0 }], 'the number it has is what counts');
    await db.query('UPDATE client SET msisdn = msisdn + 1 WHERE id = $1', [client.id]);
    assert.deepEqual(await slice(), [{ send: false, reason: 4 }]);
  } finally {
    await db.query('ROLLBACK');
    db.release();
  }
});

test('a stop of everything withdraws every consent, one of advertising no other', async () => {
  const { clients: [all, some] } = await people(2);
  for (const client of [all, some]) {
    await agree(client);
    await agree(client, { purpose: 'service', text_id: serviceText });
  }
  await api.put('/v1/opt-outs', { phone: plus(some.msisdn), scope: 'advertising' });
  await api.put('/v1/opt-outs', { phone: plus(all.msisdn), scope: 'advertising' });
  await api.put('/v1/opt-outs', { phone: plus(all.msisdn), scope: 'all' });
  const states = async (client) => Object.fromEntries((await api.get(`/v1/clients/${client.id}/consents`)).body.current.map(({ purpose, state }) => [purpose, state]));
  assert.deepEqual(await states(some), { marketing: 'withdrawn', service: 'given' });
  const { marketing, service } = await states(all);
  assert.deepEqual([marketing, service], ['withdrawn', 'withdrawn']);
});

test('a consent is of the person who gave it, not of who gets the number next', async () => {
  const { list, clients: [former] } = await people(1);
  await agree(former);
  const id = await draft(list);
  assert.equal((await check(id)).recipients, 1);
  await fleet.db.query('UPDATE client SET msisdn = $2 WHERE id = $1', [former.id, number()]);
  await fleet.db.query("WITH c AS (INSERT INTO client (external_id, msisdn, first_name) VALUES ('next', $1, 'Next') RETURNING id) INSERT INTO list_member SELECT $2, id FROM c", [former.msisdn, list]);
  assert.deepEqual((await check(id)).left_out, [{ reason: 'no_consent', count: 2 }], 'neither the next holder nor the new number');
  await agree({ msisdn: former.msisdn });
  assert.equal((await check(id)).recipients, 1, 'a consent of whoever has the number counts for its holder');
});

test('what was said later counts, in whatever order it comes in', async () => {
  const { clients: [client] } = await people(1);
  const at = (hours) => ({ at: new Date(Date.now() - hours * 3_600_000).toISOString() });
  assert.equal((await agree(client, at(5))).outcome, 'given');
  assert.equal((await agree(client, at(9))).outcome, 'superseded');
  assert.equal((await withdraw(client, at(7))).outcome, 'superseded');
  assert.equal(await fleet.house.value('SELECT count(*) FROM opt_out WHERE msisdn = $1', [client.msisdn]), 0);
  assert.equal((await withdraw(client, at(3))).outcome, 'withdrawn');
  assert.equal((await agree(client, { ...at(2), proof_id: await proof() })).outcome, 'given', 'the stop is as old as the withdrawal');
  assert.equal((await ledger(client.msisdn)).length, 5, 'all of it stands in the ledger');
  const future = await api.post('/v1/consents', given(client, at(-1)));
  assert.deepEqual([future.status, future.body.errors[0].field], [422, 'at']);
});

test('a proof comes back as it was, within its bounds', async () => {
  const bytes = new Uint8Array(200_000).map((_, i) => i * 7);
  const kept = await post('/v1/consent-proofs', bytes, 201, { headers: { 'content-type': 'application/pdf' } });
  assert.deepEqual([kept.bytes, kept.digest], [bytes.length, createHash('sha256').update(bytes).digest('hex')]);
  const back = await fetch(`${api.base}/v1/consent-proofs/${kept.id}`, { headers: { authorization: `Bearer ${api.token}` } });
  assert.deepEqual([back.headers.get('content-type'), back.headers.get('content-disposition')], ['application/pdf', `attachment; filename="proof-${kept.id}.pdf"`]);
  assert.deepEqual(new Uint8Array(await back.arrayBuffer()), bytes);
  assert.equal((await fetch(`${api.base}/v1/consent-proofs/${kept.id}`)).status, 401);
  assert.equal((await api.post('/v1/consent-proofs', bytes, { headers: { 'content-type': 'text/html' } })).status, 415);
  const socket = api.raw();
  socket.write(`POST /v1/consent-proofs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: application/pdf\r\nContent-Length: 5242881\r\n\r\n`);
  assert.match(await socket.answer, /^HTTP\/1\.1 413 /);
});

test('an erased person leaves a ledger without a name', async () => {
  const { clients: [client, other] } = await people(2);
  const [own, shared] = [await proof(), await proof()];
  await agree(client, { proof_id: own });
  await agree(client, { proof_id: shared });
  await agree(other, { proof_id: shared });
  assert.equal(await fleet.house.value('SELECT consent_strike($1, -17)', [client.msisdn]), 2);
  const rows = await ledger(-17);
  assert.deepEqual(rows.map(({ kind, subject, client_id, origin }) => [kind, subject, client_id, origin]), Array(2).fill(['given', 'erased', null, 'erased']));
  const length = (id) => fleet.house.value('SELECT length(content) FROM consent_proof WHERE id = $1', [id]);
  assert.deepEqual([await length(own), await length(shared) > 0], [0, true]);
  await assert.rejects(fleet.db.query("UPDATE consent_event SET subject = 'x' WHERE msisdn = -17"), /never changed/, 'the door is shut behind it');
});
