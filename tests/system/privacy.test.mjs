// SPDX-License-Identifier: AGPL-3.0-or-later
// Rights of the people whose data this is: being told everything, being left alone, data kept at home and no longer than
// they may be.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { BIN, ROOT, run, waitFor } from './lib/stack.mjs';

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('privacy', { sim: { 'receipt-delay-ms': '10-50' } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'privacy')).trim());
  const rows = Array.from({ length: 5 }, (_, i) => `C-${i};+7916123000${i};Иванов${i};Иван;Тверь\n`).join('');
  const { status, text } = await api.upload(`external_id;phone;last_name;first_name;хобби\n${rows}`, '?list=Five');
  assert.equal(status, 201, text);
});
after(() => fleet.close());

const value = (sql, params) => fleet.house.value(sql, params);
const clientOf = async (code) => String(await value('SELECT id FROM client WHERE external_id = $1', [code]));
const post = async (path, body) => {
  const answer = await api.post(path, body);
  assert.ok(answer.status < 300, `${path}: ${answer.text}`);
  return answer.body;
};
const list = () => value(`SELECT id FROM list WHERE name = 'Five'`);
const ALL = { criterion: 'last_name', op: 'begins', value: 'Иванов' };

async function campaign(columns = {}) {
  const id = await fleet.launch({ text: 'Hello {first_name}', list_id: await list(), class: 2, category: 2, ...columns });
  return { ...await fleet.finished(id, 60_000), id };
}

test('R-23 a blocked client is in no audience, count, list or text, shown as blocked only, and comes back as it was', async () => {
  const id = await clientOf('C-4');
  assert.equal((await post('/v1/criteria/count', { criteria: ALL })).clients, 5);
  const { blocked_at: since } = await post(`/v1/clients/${id}/block`, { reason: 'disputed' });
  assert.ok(Date.now() - Date.parse(since) < 10_000);
  assert.equal((await post(`/v1/clients/${id}/block`, { reason: 'again' })).blocked_at, since);

  assert.equal((await post('/v1/criteria/count', { criteria: ALL })).clients, 4);
  assert.ok(!(await post('/v1/criteria/preview', { criteria: ALL })).clients.some((c) => c.id === id));
  assert.equal((await api.get('/v1/clients/count')).body.clients, 4);
  assert.equal((await api.get(`/v1/lists/${await list()}`)).body.clients ?? await value('SELECT size FROM list WHERE id = $1', [await list()]), 4);
  const card = (await api.get(`/v1/clients/${id}`)).body;
  assert.deepEqual([card.id, card.phone, card.last_name, card.external_id, card.attributes, card.blocked_at], [id, null, null, null, {}, since]);
  assert.deepEqual([card.phones, card.phone_changes, card.lists, card.sex, card.blocked_reason], [[], [], [], null, 'disputed']);
  assert.deepEqual((await api.get(`/v1/clients/${id}/timeline`)).body.events, []);
  const found = await post('/v1/clients/search', { phone: '+79161230004' });
  assert.deepEqual(found.clients.map((c) => [c.id, c.phone]), [[id, null]]);
  const preview = await post('/v1/texts/preview', { text: '{last_name}' });
  assert.doesNotMatch(JSON.stringify(preview), /Иванов4/);

  const sent = await campaign();
  assert.deepEqual([sent.audience, sent.delivered], [4, 4]);
  assert.equal(await value('SELECT duplicates FROM run ORDER BY id DESC LIMIT 1'), 0);
  const draft = await post('/v1/campaigns', { name: 'x', text: '{last_name}', sender: 'V', class: 'service', category: 'service' });
  assert.equal((await api.get(`/v1/campaigns/${draft.id}/check`)).body.recipients, 4);

  await post(`/v1/clients/${id}/unblock`, { reason: 'corrected' });
  const open = (await api.get(`/v1/clients/${id}`)).body;
  assert.deepEqual([open.last_name, open.phones.length, open.blocked_reason], ['Иванов4', 1, null]);
  assert.equal((await campaign()).delivered, 5);
});

test('R-23 blocking reaches what waits: messages are cancelled, places in chunks suppressed', async () => {
  const id = await clientOf('C-3');
  await fleet.setRate(1);
  const slow = await fleet.launch({ text: 'Hello', list_id: await list(), class: 2, category: 2 });
  await waitFor('the messages', async () => (await fleet.counts(slow)).messages === 5);
  await post(`/v1/clients/${await clientOf('C-4')}/block`, { reason: 'disputed' });
  const waiting = await fleet.launch({ text: 'Hello', list_id: await list(), class: 2, category: 2, status: 'paused' });
  await fleet.db.query(`INSERT INTO run (campaign_id, status, deadline) VALUES ($1, 'snapshot', now() + interval '1 hour')`, [waiting]);
  await waitFor('the snapshot', async () => (await fleet.counts(waiting)).status === 'paused');
  await post(`/v1/clients/${id}/block`, { reason: 'disputed' });
  await fleet.setRate(0);
  await fleet.setStatus(waiting, 'running');
  const counts = [await fleet.finished(slow, 60_000), await fleet.finished(waiting, 60_000)];
  assert.ok(counts[0].cancelled >= 1, JSON.stringify(counts[0]));
  assert.deepEqual([counts[1].audience, counts[1].suppressed, counts[1].delivered], [4, 1, 3]);
  assert.equal(await value('SELECT reason FROM suppression WHERE client_id = $1', [id]), 3);
  for (const code of ['C-3', 'C-4']) await post(`/v1/clients/${await clientOf(code)}/unblock`, { reason: 'corrected' });
});

test('R-19 everything about a person as JSON and as a page, by client or number, for a reason', async () => {
  const id = await clientOf('C-1');
  await fleet.db.query(`INSERT INTO action (client_id, at, kind, amount_micro) VALUES ($1, now(), 1, 1500000)`, [id]);
  await post('/v1/messages', { to: '+79161230001', text: 'your order', sender: 'V', class: 'service', category: 'service' });
  await fleet.sim.command('mo', 'sim', '79161230001', '79001112233', 'hello');
  await waitFor('the reply', () => value('SELECT count(*) FROM inbound WHERE msisdn = 79161230001'));
  await waitFor('the message', () => value(`SELECT count(*) FROM message WHERE text = 'your order'`));
  await fleet.db.query(`INSERT INTO click (message_id, client_id, link, agent, robot, first) SELECT id, $1, 0, 0, 0, true FROM message WHERE text = 'your order'`, [id]);
  await api.put('/v1/opt-outs', { phone: '+79161230001', scope: 'advertising' });
  await campaign({ category: 1, class: 1 });
  await api.get(`/v1/clients/${id}`);
  await post(`/v1/clients/${id}/block`, { reason: 'asked' });
  await post(`/v1/clients/${id}/unblock`, { reason: 'asked' });
  assert.equal((await api.post('/v1/people/export', { client_id: id })).status, 422, 'a reason is needed');
  await post('/v1/people/export', { client_id: id, reason: 'request 20' });

  const all = await post('/v1/people/export', { phone: '+7 916 123-00-01', reason: 'request 21' });
  assert.deepEqual(all.profile.map((c) => [c.last_name, c.external_id, c.attributes['хобби']]), [['Иванов1', 'C-1', 'Тверь']]);
  assert.deepEqual(all.numbers, [{ msisdn: 79161230001 }]);
  assert.ok(all.messages.some((m) => m.text === 'your order') && all.messages.some((m) => m.text === 'Hello Иван' && m.campaign === 'test'));
  assert.deepEqual(all.inbound.map((m) => m.text), ['hello']);
  assert.deepEqual(all.stops.map((s) => s.scope), ['advertising']);
  assert.equal(all.not_sent.length, 1);
  assert.deepEqual(all.lists.map((l) => l.name), ['Five']);
  assert.deepEqual(all.actions.map((a) => [a.kind, a.amount]), [['purchase', 1.5]]);
  assert.deepEqual(all.recipients.map((p) => p.name), ['sim']);
  assert.deepEqual(all.exports.map((g) => g.reason), ['request 20']);
  assert.ok(all.readings.some((g) => g.operation === 'GET /v1/clients/{id}' && g.by === 'privacy'));
  assert.equal(all.blocks.length, 1);
  assert.deepEqual(all.consents.map((c) => [c.kind, c.source]), [['withdrawn', 'api']], 'a stop is in the ledger');
  assert.deepEqual(all.clicks.map((c) => [c.link, c.first]), [[0, true]]);

  const page = await api.post('/v1/people/export', { client_id: id, reason: 'request 21', format: 'html' }, { headers: { 'accept-language': 'ru' } });
  assert.match(page.headers.get('content-disposition'), /person\.html/);
  for (const part of ['Сообщения, отправленные человеку', 'Иванов1', 'your order', 'hello', 'Покупки', 'lang="ru"'])
    assert.ok(page.text.includes(part), part);
  assert.equal(await value(`SELECT reason FROM reading ORDER BY id DESC LIMIT 1`), 'request 21');
});

test('R-37 a store outside Russia refuses the start unless a waiver says otherwise', async () => {
  for (const key of ['database_country', 'broker_country']) {
    const abroad = fleet.house.daemon('dispatcherd', { instance: `de-${key}`, config: { data: { [key]: 'DE' } } });
    abroad.spawn();
    assert.equal((await abroad.exited).code, 1);
    assert.match(abroad.log(), new RegExp(`data\\.${key}: found .*DE.*expected RU, or data\\.waiver`));
  }
  const allowed = fleet.house.daemon('dispatcherd', { instance: 'waived', config: { data: { database_country: 'DE', waiver: 'order 7' } } });
  await allowed.start();
  assert.equal((await allowed.stop()).code, 0);
});

test('R-34 vestnik check asks how data on disk are protected', async () => {
  const check = async (env) => {
    Object.assign(process.env, env);
    return (await run([`${BIN}/vestnik`, 'check', '--dir', `${ROOT}/migrations`, '--database', fleet.house.databaseUrl, '--broker', fleet.house.brokerUrl], {})).stdout;
  };
  assert.match(await check({}), /FAILED {2}data on disk are protected: nobody says how\n.*encrypt the disks/);
  assert.match(await check({ VESTNIK_DATA_AT_REST: 'LUKS2' }), /ok {6}data on disk are protected: LUKS2/);
  delete process.env.VESTNIK_DATA_AT_REST;
});

const apply = (asOf, days = {}) => value(
  `SELECT retention_apply(now() + $1::interval, $2, $3, $4, $5, $6, 5000)`,
  [asOf, days.text ?? 365, days.number ?? 365, days.inbound ?? 365, days.badRow ?? 30, days.snapshot ?? 30]);
async function applyAll(asOf, days) {
  await waitFor('nothing more to do', async () => await apply(asOf, days) === 0, { timeoutMs: 20_000 });
}

test('retention: each period ends as of its day and not before', async () => {
  const bad = await api.upload('phone\n123\n+79161230009\n', '?on_error=skip');
  assert.equal(bad.body.rows_bad, 1);
  const sale = await campaign({ category: 1, class: 1, text: 'Sale for {first_name}' });
  const counts = async () => (await fleet.db.query(`SELECT
    (SELECT count(*)::int FROM message WHERE text LIKE 'Sale for%') AS texts,
    (SELECT count(*)::int FROM message WHERE text = 'your order') AS service,
    (SELECT count(*)::int FROM inbound) AS inbound, (SELECT count(*)::int FROM import_bad_row) AS bad_rows,
    (SELECT count(*)::int FROM suppression WHERE msisdn <> 0) AS numbers,
    (SELECT count(*)::int FROM chunk WHERE run_id IS NOT NULL AND msisdns <> '{}') AS snapshots`)).rows[0];
  await applyAll('0 days');
  const before = await counts();
  assert.ok(Object.values(before).every((n) => n > 0), JSON.stringify(before));
  await applyAll('29 days');
  assert.deepEqual(await counts(), before);
  await applyAll('31 days');
  assert.deepEqual(await counts(), { ...before, bad_rows: 0, snapshots: 0 });
  await applyAll('364 days');
  assert.deepEqual(await counts(), { ...before, bad_rows: 0, snapshots: 0 });
  await applyAll('366 days');
  assert.deepEqual(await counts(), { texts: 0, service: before.service, inbound: 0, bad_rows: 0, numbers: 0, snapshots: 0 });
  const digest = createHash('sha256').update('Sale for {first_name}').digest('hex');
  assert.equal(await value('SELECT count(*) FROM message WHERE text = $1', [`[campaign ${sale.id}, SHA-256 ${digest}]`]), sale.messages);
});

test('retention: old numbers become pseudonyms, by which erasing and telling still find them', async () => {
  const [schedulerd] = fleet.daemons.schedulerd;
  const id = await clientOf('C-2');
  const day = 86400n;
  const second = BigInt(Math.floor(Date.now() / 1000) - 1577836800) - 400n * day;
  const lower = (second - second % day) << 32n;
  for (const table of ['message', 'message_state'])
    await fleet.db.query(`CREATE TABLE ${table}_${new Date(Date.now() - 400 * 86400e3).toISOString().slice(0, 10).replaceAll('-', '')}
      PARTITION OF ${table} FOR VALUES FROM (${lower}) TO (${lower + (day << 32n)})`);
  const message = (second << 32n) + 256n;
  await fleet.db.query(`INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text) VALUES ($1, $2, 79161230002, 0, 1, 0, 'old news')`, [message, id]);
  await fleet.db.query('INSERT INTO message_state (id, state) VALUES ($1, 9)', [message]);
  await fleet.db.query(`UPDATE retention_mark SET upto = 0 WHERE kind = 'number'`);
  await schedulerd.restart();
  await waitFor('the pseudonym', async () => await value('SELECT msisdn < 0 FROM message WHERE id = $1', [message]));
  const told = await post('/v1/people/export', { client_id: id, reason: 'request 22' });
  assert.ok(told.messages.some((m) => m.text === 'old news'));
  const { id: erasure } = await post(`/v1/clients/${id}/erase`, { reason: 'letter 9' });
  await waitFor('the act', async () => (await api.get(`/v1/erasures/${erasure}`)).body.status === 'done', { timeoutMs: 30_000 });
  assert.deepEqual((await fleet.db.query('SELECT msisdn, text FROM message WHERE id = $1', [message])).rows, [{ msisdn: 0, text: '' }]);
});

test('the text of a code to sign in with is read by nobody, and is cleared where it is stored once it was sent', { timeout: 120_000 }, async () => {
  const to = '+79161230003';
  const text = 'Ваш код 481516';
  const send = async () => (await post('/v1/messages', { to, text, sender: 'V', class: 'service', category: 'authorisation' })).id;
  const stored = (id) => value('SELECT text FROM message WHERE id = $1', [id]);
  const shown = async (id) => [
    (await api.get(`/v1/messages/${id}`)).body.text,
    (await post('/v1/messages/search', { phone: to })).messages.find((found) => found.id === id)?.text,
  ];
  // One that the operator refuses for now keeps its text until it was sent.
  await fleet.sim.set('errors', '0x14:1000');
  const id = await send();
  await waitFor('the next try', async () => await value('SELECT count(*) FROM retry WHERE message_id = $1', [id]) === 1);
  assert.deepEqual(await shown(id), ['***', '***']);
  await value('SELECT codes_strike(100)');
  assert.equal(await stored(id), text);
  await fleet.sim.set('errors', '');
  await waitFor('its receipt', async () => (await api.get(`/v1/messages/${id}`)).body.state === 'delivered', { timeoutMs: 60_000 });
  await waitFor('the text to be cleared', async () => await stored(id) === '***', { timeoutMs: 30_000 });
  const wire = (await fleet.sim.rows()).filter(({ destination, status }) => destination === to.slice(1) && status === 0);
  assert.equal(wire.at(-1).hash, hashOf(Buffer.from(text, 'utf16le').swap16()), 'the telephone got it whole');
  // And one that goes at once.
  const next = await send();
  await waitFor('the text to be cleared', async () => await stored(next) === '***', { timeoutMs: 30_000 });
  assert.deepEqual(await shown(next), ['***', '***']);
  assert.equal(await value('SELECT count(*) FROM chunk WHERE texts IS NOT NULL AND category = 6'), 0);
  await waitFor('no batch of codes to be left', async () => await value('SELECT count(*) FROM batch WHERE category = 6 AND NOT struck') === 0, { timeoutMs: 30_000 });
  const other = await post('/v1/messages', { to, text, sender: 'V', class: 'service', category: 'service' });
  await waitFor('one of another kind', async () => (await api.get(`/v1/messages/${other.id}`)).body.text === text);
  const everything = JSON.stringify(await post('/v1/people/export', { phone: to, reason: 'letter 10' }));
  assert.equal(everything.split(text).length, 2, 'told is the one of the other kind alone');
});
