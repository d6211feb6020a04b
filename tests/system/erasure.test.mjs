// SPDX-License-Identifier: AGPL-3.0-or-later
// Erasing a client: nothing of them is left but an act and the hash of a stop, no count changes, and a campaign
// in the midst of sending goes on.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import amqp from 'amqplib';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { run, waitFor } from './lib/stack.mjs';

const PERSON = { code: 'C-erase-1', phone: '79161230077', last: 'Перетрухин', first: 'Аристарх' };
const OTHER = { last: 'Иванова', first: 'Анна' };
const HEAD = 'external_id;phone;last_name;first_name\n';
const row = ({ code, phone, last, first }) => `${code};+${phone};${last};${first}\n`;

let fleet;
let api;

before(async () => {
  fleet = await Fleet.open('erasure', { clients: 20, sim: { 'receipt-delay-ms': '10-50' } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'privacy')).trim());
});
after(() => fleet.close());

const value = (sql, params) => fleet.house.value(sql, params);
const clientOf = (code) => value('SELECT id FROM client WHERE external_id = $1', [code]);
const upload = async (text, query = '') => {
  const { status, body } = await api.upload(text, query);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

/** Erase and wait for the act. */
async function erase(id, reason = 'letter 7') {
  const begun = await api.post(`/v1/clients/${id}/erase`, { reason });
  assert.equal(begun.status, 202, begun.text);
  assert.equal((await api.get(`/v1/clients/${id}`)).status, 404, 'gone at once');
  return waitFor('the act', async () => {
    const { body } = await api.get(`/v1/erasures/${begun.body.id}`);
    return body.status === 'done' && body;
  }, { timeoutMs: 30_000 });
}

test('R-22 an erasure ends in an act with name, categories, system, reason and date that stays three years', async () => {
  await upload(HEAD + row({ ...OTHER, code: 'C-act', phone: '79161230001' }), '?list=Acts');
  assert.equal(await value(`SELECT size FROM list WHERE name = 'Acts'`), 1);
  const erasure = await erase(await clientOf('C-act'), 'consent withdrawn');
  assert.deepEqual(erasure.subject, { external_id: 'C-act', last_name: OTHER.last, first_name: OTHER.first, middle_name: null });
  assert.deepEqual([erasure.act.system, erasure.act.reason, erasure.source, erasure.requested_by, erasure.valid],
    ['Vestnik', 'consent withdrawn', 'api', 'privacy', true]);
  assert.deepEqual(erasure.act.destroyed.map((d) => d.category), ['lists', 'identity']);
  assert.ok(Date.parse(erasure.act.destroyed_at) >= Date.parse(erasure.requested_at));
  assert.match(erasure.digest, /^[0-9a-f]{64}$/);
  const stored = await value('SELECT act FROM erasure WHERE id = $1', [erasure.id]);
  assert.equal(createHash('sha256').update(`${JSON.stringify(erasure.subject)}\n${stored}`).digest('hex'), erasure.digest);
  assert.equal(await value(`SELECT size FROM list WHERE name = 'Acts'`), 0);

  const log = await api.get(`/v1/erasures/${erasure.id}/log.csv`, { headers: { 'accept-language': 'ru' } });
  assert.match(log.text, /"чьи данные";"уничтоженная категория"/);
  for (const part of [OTHER.last, 'identity', 'Vestnik', 'consent withdrawn', erasure.act.destroyed_at.slice(0, 13)])
    assert.ok(log.text.includes(part), part);

  for (const sql of ['DELETE FROM erasure WHERE id = $1', `UPDATE erasure SET reason = 'x' WHERE id = $1`,
    'DELETE FROM erasure_event WHERE erasure_id = $1', `UPDATE erasure_event SET rows = 0 WHERE erasure_id = $1`])
    await assert.rejects(fleet.db.query(sql, [erasure.id]), /three years/, sql);
  await assert.rejects(fleet.db.query('TRUNCATE erasure CASCADE'), /three years/);
  await fleet.db.query(`BEGIN; ALTER TABLE erasure DISABLE TRIGGER erasure_guard;
    UPDATE erasure SET act = replace(act, 'consent', 'content') WHERE id = ${erasure.id}; ALTER TABLE erasure ENABLE TRIGGER erasure_guard; COMMIT`);
  assert.equal((await api.get(`/v1/erasures/${erasure.id}`)).body.valid, false, 'a changed act does not verify');
  await fleet.db.query(`BEGIN; ALTER TABLE erasure DISABLE TRIGGER erasure_guard;
    UPDATE erasure SET finished_at = now() - interval '3 years 1 day' WHERE id = ${erasure.id}; ALTER TABLE erasure ENABLE TRIGGER erasure_guard; COMMIT`);
  assert.equal((await fleet.db.query('DELETE FROM erasure WHERE id = $1', [erasure.id])).rowCount, 1, 'after three years it may go');
});

test('R-16 a stop survives erasure and stands again when the number is imported or written to', async () => {
  const numbers = ['79161230011', '79161230012', '79161230013'];
  await upload(HEAD + numbers.map((phone, i) => row({ ...OTHER, code: `C-stop-${i}`, phone })).join(''));
  for (const [i, scope] of ['all', 'advertising', 'all'].entries())
    assert.equal((await api.put('/v1/opt-outs', { phone: `+${numbers[i]}`, scope })).status, 200);
  for (let i = 0; i < 3; i++) await erase(await clientOf(`C-stop-${i}`));
  assert.equal(await value('SELECT count(*) FROM opt_out'), 0, 'the numbers are gone');
  assert.equal(await value('SELECT count(*) FROM stop_hash'), 3);

  await upload(HEAD + row({ ...OTHER, code: 'C-again', phone: numbers[0] }) + row({ ...OTHER, code: 'C-new', phone: '79161230019' }));
  assert.deepEqual((await fleet.db.query('SELECT msisdn::text, scope, source FROM opt_out')).rows,
    [{ msisdn: numbers[0], scope: 'all', source: 'erased' }]);
  const { body: { id } } = await api.post('/v1/messages', { to: `+${numbers[0]}`, text: 'x', sender: 'V', class: 'service', category: 'service' });
  await waitFor('the message to be suppressed', async () => (await api.get(`/v1/messages/${id}`)).body.reason === 'opt_out');

  const direct = await api.post('/v1/messages/bulk', {
    text: 'x', sender: 'V', class: 'service', category: 'advertising', messages: [{ to: `+${numbers[1]}` }, { to: '+79161230018' }],
  });
  assert.equal(direct.status, 202, direct.text);
  await waitFor('the message to be suppressed', async () => (await api.get(`/v1/messages/${direct.body.ids[0]}`)).body.reason === 'opt_out');
  assert.equal(await value('SELECT scope FROM opt_out WHERE msisdn = $1', [numbers[1]]), 'advertising');

  const { body: text } = await api.post('/v1/consent-texts', { purpose: 'marketing', text: 'I agree.' });
  const { body: proof } = await api.post('/v1/consent-proofs', 'signed', { headers: { 'content-type': 'text/plain' } });
  const lifted = await api.post('/v1/opt-outs/remove',
    { phone: `+${numbers[2]}`, text_id: text.id, form: 'card', origin: 'scan 1', identity: 'passport', proof_id: proof.id });
  assert.equal(lifted.body.removed, true, lifted.text);
  assert.equal(await value('SELECT count(*) FROM stop_hash'), 0, 'each stop stands in one place only');

  const blind = await Api.open(fleet.house, { instance: '9', token: api.token, config: { privacy: { key_file: '' } } });
  await erase(await clientOf('C-again'));
  const refused = await blind.upload(HEAD + row({ ...OTHER, code: 'C-blind', phone: numbers[0] }));
  assert.equal(refused.status, 500, 'without the key a stop would be overlooked');
  assert.match(blind.daemon.log(), /set privacy.key_file/);
  assert.equal(await clientOf('C-blind'), undefined);
  assert.equal((await blind.post(`/v1/clients/${await clientOf('C-new')}/erase`, { reason: 'x' })).body.type, 'urn:vestnik:problem:no-privacy-key');
  await blind.daemon.stop();
});

test('R-21 erasing in the midst of a campaign: what waits is cancelled as client_gone, counts hold, the run ends', async () => {
  await fleet.setRate(4);
  const campaign = await fleet.launch({ text: 'Hello {first_name}', class: 2, category: 2 });
  await waitFor('the messages', async () => (await fleet.counts(campaign)).messages >= 20);
  const last = await value(`SELECT max(client_id) FROM message m JOIN batch b ON b.id = m.id & ~255::bigint WHERE b.run_id IS NOT NULL`);
  await erase(last);
  await fleet.setRate(0);
  const counts = await fleet.finished(campaign, 60_000);
  assert.equal(counts.cancelled, 1);
  assert.deepEqual((await fleet.db.query('SELECT s.state, s.reason, m.msisdn, m.text FROM message m JOIN message_state s USING (id) WHERE m.client_id = $1', [last])).rows,
    [{ state: 4, reason: 3, msisdn: 0, text: '' }]);
  assert.equal(counts.messages, counts.delivered + counts.cancelled);

  const waiting = await fleet.launch({ text: 'Hello {first_name}', class: 2, category: 2, status: 'paused', start_at: null });
  const gone = await value('SELECT max(id) FROM client');
  await fleet.db.query(`WITH r AS (INSERT INTO run (campaign_id, status, deadline) VALUES ($1, 'snapshot', now() + interval '1 hour') RETURNING id) SELECT 1`, [waiting]);
  await waitFor('the snapshot', async () => (await fleet.counts(waiting)).status === 'paused');
  await erase(gone);
  await fleet.setStatus(waiting, 'running');
  const after = await fleet.finished(waiting, 60_000);
  assert.deepEqual([after.suppressed, await value('SELECT reason FROM suppression WHERE client_id = $1', [gone]),
    await value('SELECT msisdn FROM suppression WHERE client_id = $1', [gone])], [1, 3, 0]);
});

test('R-21 erasing reaches what counted messages, rows that sources could not take and examples of dry runs', async () => {
  await upload(HEAD + row({ ...OTHER, code: 'C-source', phone: '79161230055' }) + row({ ...OTHER, code: 'C-stays', phone: '79161230066' }), '?list=Own');
  const [id, stays] = [await clientOf('C-source'), await clientOf('C-stays')];
  const example = (client, phone) => ({ client_id: String(client), phone, fields: [] });
  const difference = {
    fields: [{ field: 'city', attribute: null, clients: 2 }],
    changed: [example(id, '+7916•••55'), example(stays, '+7916•••66')],
    new: [{ phone: '+7916•••55', last_name: 'И•••', first_name: 'А•••' }, { phone: '+7916•••67', last_name: 'П•••', first_name: 'О•••' }],
    missing: [example(id, '+7916•••55')],
  };
  await fleet.db.query(`
    INSERT INTO send_count (msisdn, category, days) VALUES (79161230055, 1, '{1}'), (79161230066, 1, '{1}');
    INSERT INTO source (name, kind, mode) VALUES ('shop', 'folder', 'full');
    UPDATE list_member m SET vals = '{secret}' FROM list l WHERE l.id = m.list_id AND l.name = 'Own'`);
  const run = await value("INSERT INTO source_run (source_id, dry, complete, status, difference) SELECT id, true, true, 'done', $1 FROM source RETURNING id", [JSON.stringify(difference)]);
  await fleet.db.query(`INSERT INTO source_refused (run_id, line, field, problem, raw) VALUES
    ($1, 2, 'x', 'y', 'a;8 (916) 123-00-55;b'), ($1, 3, 'x', 'y', 'a;8 (916) 123-00-66;b')`, [run]);
  await fleet.db.query('INSERT INTO source_client SELECT s.id, $1 FROM source s', [id]);
  const erasure = await erase(id);
  const places = erasure.act.destroyed.map((d) => d.place);
  for (const place of ['send_count', 'source_refused', 'source_run', 'source_client', 'list_member']) assert.ok(places.includes(place), `${place} stands in the act: ${places}`);
  assert.equal(await value('SELECT count(*) FROM send_count WHERE msisdn = 79161230055'), 0);
  assert.deepEqual((await fleet.db.query('SELECT line FROM source_refused')).rows, [{ line: 3 }], 'the row of somebody else stays');
  assert.deepEqual(await value('SELECT difference FROM source_run WHERE id = $1', [run]), {
    ...difference, changed: [difference.changed[1]], new: [difference.new[1]], missing: [],
  });
  assert.equal(await value('SELECT count(*) FROM source_client'), 0);
  assert.equal(await value(`SELECT count(*) FROM list_member WHERE vals IS NOT NULL`), 1);
});

/** Files under a folder that hold one of the needles, as text or in the encodings that stores use. */
function holding(folder, needles) {
  return readdirSync(folder, { recursive: true }).filter((name) => {
    const file = path.join(folder, name);
    if (!statSync(file).isFile()) return false;
    const data = readFileSync(file);
    return needles.some((needle) => data.includes(needle));
  });
}

test('R-21 after erasure neither number nor name is in a dump, in logs or in the broker', { timeout: 300_000 }, async (t) => {
  await upload(`${HEAD}${row(PERSON)}`, '?list=Party');
  const bad = await upload(`${HEAD}bad;8 (916) 123-00-7;${PERSON.last};${PERSON.first}\nbad2;+${PERSON.phone}00;x;y\nok;+79161239999;x;y\n`, '?on_error=skip');
  assert.equal(bad.rows_bad, 2);
  const id = await clientOf(PERSON.code);
  const list = await value(`SELECT id FROM list WHERE name = 'Party'`);
  const campaign = await fleet.launch({ text: `Dear {last_name} {first_name}, hello`, list_id: list, class: 2, category: 2 });
  await fleet.finished(campaign, 60_000);
  await api.post('/v1/messages', { to: `+${PERSON.phone}`, text: `${PERSON.last}, your code`, sender: 'V', class: 'service', category: 'service' },
    { headers: { 'idempotency-key': `order-${PERSON.phone}` } });
  await waitFor('both receipts', async () => await value('SELECT count(*) FROM message_state s JOIN message m USING (id) WHERE m.msisdn = $1 AND s.state = 9', [PERSON.phone]) === 2);
  await fleet.sim.command('mo', 'sim', PERSON.phone, '79001112233', 'STOP');
  await waitFor('the reply', () => value('SELECT count(*) FROM opt_out WHERE msisdn = $1', [PERSON.phone]));
  await fleet.db.query(`INSERT INTO action (client_id, at, kind) VALUES ($1, now(), 1)`, [id]);
  await fleet.db.query(`INSERT INTO consent_event (kind, subject, client_id, msisdn, purpose_id, channel, at, source, entered_by)
    SELECT 'withdrawn', $1, $2, $3, min(id), 'sms', now(), 'api', 'test' FROM purpose`, [PERSON.last, id, PERSON.phone]);
  const counts = await fleet.counts(campaign);

  const erasure = await erase(id);
  t.diagnostic(JSON.stringify(erasure.act.destroyed));
  assert.deepEqual(await fleet.counts(campaign), counts, 'no count changes');
  const needles = [PERSON.phone, PERSON.phone.slice(1), PERSON.last, PERSON.first].map((text) => Buffer.from(text));
  const octets = Buffer.alloc(8);
  octets.writeBigInt64BE(BigInt(PERSON.phone));
  const dump = await run([path.join(pgBin(), 'pg_dump'), fleet.house.databaseUrl], {});
  assert.equal(dump.code, 0, dump.stderr);
  for (const needle of needles)
    assert.deepEqual(dump.stdout.split('\n').filter((line) => line.includes(needle.toString())), [], 'the dump');
  assert.deepEqual(holding(path.join(fleet.house.dir, 'log'), needles), [], 'the logs');
  // What queues of payload held goes from the broker's disk as they are used: some thousands of bundles later.
  const broker = await amqp.connect(fleet.house.brokerUrl);
  const channel = await broker.createConfirmChannel();
  const left = () => holding(path.join(fleet.house.stack.dir, 'rabbitmq'), [...needles, octets]);
  // It drops a segment when it next takes stock after its last entry was used: traffic, then its log turned over, round by round.
  await waitFor('the broker to have forgotten', async () => {
    for (const [queue, empty] of [['receipt', 'VR1\0\0'], ['inbound', 'VI1\0\0']])
      for (let i = 0; i < 5000; i++) channel.sendToQueue(queue, Buffer.from(empty), { persistent: true });
    await channel.waitForConfirms();
    await waitFor('the queues to be empty', async () => (await channel.checkQueue('receipt')).messageCount + (await channel.checkQueue('inbound')).messageCount === 0, { timeoutMs: 120_000 });
    await fleet.house.stack.run('rabbitmqctl', 'eval', 'ra_log_wal:force_roll_over(ra_log_wal).');
    const found = left();
    if (found.length > 0) throw new Error(found.join());
    return true;
  }, { timeoutMs: 240_000, everyMs: 1000 });
  await broker.close();
});

function pgBin() {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a);
  return `/usr/lib/postgresql/${versions[0]}/bin`;
}
