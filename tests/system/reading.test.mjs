// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may see numbers and names, who sees masks, and that each reading is in the log, which nobody can change.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const PHONE = '79161234567';
const NAME = ['Перетрухин', 'Аристарх'];
const FULL = new RegExp(`${PHONE.slice(1)}|${NAME.join('|')}|916.?123.?45.?67`);

let house;
let api;
let client;
const people = {};

before(async () => {
  house = await House.open('reading');
  api = await Api.open(house);
  await house.db.query(`INSERT INTO account (name, host, port, system_id) VALUES ('main', '127.0.0.1', 1, 'x')`);
  for (const role of ['manager', 'agent', 'analyst', 'author', 'lawyer', 'operator', 'head', 'administrator', 'auditor']) {
    await addPerson(role);
    people[role] = await Http.signIn(api.base, role, PASSWORD);
  }
  const text = `external_id;phone;last_name;first_name;note\nC-1;+${PHONE};${NAME[0]};${NAME[1]};call ${PHONE}\nC-2;+79161230000;Иванова;Анна;x\n`;
  assert.equal((await api.upload(text, '?list=All')).status, 201);
  client = String(await house.value(`SELECT id FROM client WHERE external_id = 'C-1'`));
});
after(async () => {
  await api.daemon.stop();
  await house.close();
});

/** `vestnik user password` asks for a file. */
async function addPerson(login) {
  const { writeFileSync } = await import('node:fs');
  const file = `${house.dir}/password`;
  writeFileSync(file, PASSWORD, { mode: 0o600 });
  await house.vestnik('user', 'add', login, '--name', login, '--role', login, '--password-file', file);
}

const readings = async () => (await house.db.query('SELECT * FROM reading ORDER BY id')).rows;
const since = async (act) => {
  const before = (await readings()).length;
  await act();
  return (await readings()).slice(before);
};
const call = async (role, method, path, body) => {
  const answer = await people[role].raw(method, path, { body });
  return { ...answer, text: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body) };
};

test('R-25 opening a card is one row in the log, a list is one row with a count, and what shows nobody is none', async () => {
  const [card, ...more] = await since(() => call('manager', 'GET', `/v1/clients/${client}`));
  assert.equal(more.length, 0);
  assert.deepEqual([card.operation, String(card.client_id), card.people, card.masked, card.address], ['GET /v1/clients/{id}', client, 1, false, '127.0.0.1']);
  assert.equal(card.person_id, await house.value(`SELECT id FROM person WHERE login = 'manager'`));
  assert.ok(Date.now() - card.at < 10_000);

  const [list, ...none] = await since(() => call('manager', 'POST', '/v1/clients/search', {}));
  assert.deepEqual([none.length, list.people, list.client_id], [0, 2, null]);
  const asked = (await since(async () => {
    await call('manager', 'POST', '/v1/clients/search', { name: 'перетр' });
    await call('manager', 'POST', '/v1/clients/search', { name: 'перетр' });
    await call('manager', 'POST', '/v1/clients/search', { name: 'иван' });
  })).map((row) => row.query_digest.toString('hex'));
  assert.ok(asked[0] === asked[1] && asked[1] !== asked[2], 'the same question has the same digest');

  assert.equal((await since(async () => {
    await call('manager', 'GET', '/v1/clients/count');
    await call('manager', 'GET', '/v1/lists');
    await call('manager', 'GET', '/v1/me');
    await call('manager', 'POST', '/v1/clients/search', { name: 'nobody' });
  })).length, 0);

  const byToken = await since(() => api.get(`/v1/clients/${client}`));
  assert.ok(byToken[0].token_id && !byToken[0].person_id);
});

test('R-25 auditors search the log, others may not, and nobody changes it', async () => {
  const found = await call('manager', 'POST', '/v1/readings/search', { client_id: client, limit: 1 });
  assert.deepEqual([found.status, found.body.readings[0].client_id, found.body.readings[0].operation], [200, client, 'GET /v1/clients/{id}']);
  assert.ok(found.body.next_cursor);
  const later = await call('manager', 'POST', '/v1/readings/search', { since: new Date(Date.now() + 60_000).toISOString() });
  assert.deepEqual(later.body.readings, []);
  assert.equal((await call('analyst', 'POST', '/v1/readings/search', {})).status, 403);
  for (const sql of ['DELETE FROM reading', 'UPDATE reading SET people = 0', 'TRUNCATE reading'])
    await assert.rejects(house.db.query(sql), /three years/, sql);
});

test('R-25 an answer whose row cannot be written does not leave', async () => {
  await house.db.query('REVOKE INSERT ON reading FROM vestnik_apid');
  const answer = await call('manager', 'GET', `/v1/clients/${client}`);
  await house.db.query('GRANT INSERT ON reading TO vestnik_apid');
  assert.ok(answer.status >= 500, answer.text);
  assert.doesNotMatch(answer.text, FULL);
});

test('R-27 without the right numbers, names, texts and values are masked in JSON and in files', async () => {
  const sent = await api.post('/v1/messages', { to: `+${PHONE}`, text: `${NAME[0]}, hello`, sender: 'V', class: 'service', category: 'service' });
  assert.equal(sent.status, 202);
  await api.put('/v1/opt-outs', { phone: `+${PHONE}`, scope: 'advertising' });
  const run = await house.value(`WITH c AS (INSERT INTO campaign (name, text, sender, class, category, status) VALUES ('x', 't', 'V', 1, 1, 'finished') RETURNING id)
    INSERT INTO run (campaign_id, status, deadline) SELECT id, 'finished', now() FROM c RETURNING campaign_id`);
  await house.db.query(`INSERT INTO suppression (run_id, client_id, msisdn, reason) SELECT r.id, $1, $2, 1 FROM run r WHERE campaign_id = $3`, [client, PHONE, run]);
  const bad = await api.upload(`external_id;phone;last_name\nB-1;1${PHONE}99;${NAME[0]}\n`, '?on_error=skip');
  const reads = [
    ['GET', `/v1/clients/${client}`], ['POST', '/v1/clients/search', {}], ['POST', '/v1/clients/search', { phone: `+${PHONE}` }],
    ['POST', '/v1/opt-outs/search', {}], ['POST', '/v1/messages/search', { phone: `+${PHONE}` }],
    ['GET', `/v1/campaigns/${run}/suppressions`], ['GET', `/v1/campaigns/${run}/missed`], ['GET', `/v1/campaigns/${run}/missed.csv`],
    ['GET', `/v1/imports/${bad.body.id}/bad-rows`],
  ];
  for (const [method, path, body] of reads) {
    const whole = await call('manager', method, path, body);
    const masked = await call('analyst', method, path, body);
    assert.deepEqual([whole.status, masked.status], [200, 200], `${path}: ${whole.text} ${masked.text}`);
    assert.doesNotMatch(masked.text, FULL, path);
    if (path.endsWith('missed.csv')) assert.doesNotMatch(whole.text, FULL, `${path}: in full it is an export`);
    else if (!path.includes('messages')) assert.match(whole.text, FULL, path);
  }
  const card = (await call('analyst', 'GET', `/v1/clients/${client}`)).body;
  assert.deepEqual([card.phone, card.last_name, card.first_name, card.attributes.note], ['+7916*****67', 'П***', 'А***', '***']);
  assert.equal((await readings()).at(-1).masked, true);
});

test('R-27 one record is shown in full for a reason, which is logged, by who may', async () => {
  assert.equal((await call('analyst', 'POST', `/v1/clients/${client}/reveal`, { reason: 'curious' })).status, 403);
  assert.equal((await call('agent', 'POST', `/v1/clients/${client}/reveal`, {})).status, 422);
  const [row, ...more] = await since(async () => {
    const { status, body } = await call('agent', 'POST', `/v1/clients/${client}/reveal`, { reason: 'the client called' });
    assert.deepEqual([status, body.phone, body.last_name], [200, `+${PHONE}`, NAME[0]]);
  });
  assert.deepEqual([more.length, row.reason, row.masked, String(row.client_id)], [0, 'the client called', false, client]);
  assert.equal((await call('agent', 'GET', `/v1/clients/${client}`)).body.phone, '+7916*****67', 'only that once');
});

/** Every look there is: operations that read, and searches, of all ids that mean something here. */
async function looks() {
  const text = readFileSync(new URL('../../apid/openapi.yaml', import.meta.url), 'utf8');
  const paths = text.slice(text.indexOf('\npaths:\n'), text.indexOf('\ncomponents:\n'));
  const gets = [...paths.matchAll(/^ {2}(\/.*):\n(?:(?! {2}\/).*\n)*? {4}get:/gm)].map(([, where]) => where).filter((where) => !where.includes('stream'));
  const searches = ['clients', 'messages', 'suppressions', 'opt-outs', 'complaints', 'privacy-requests', 'audit', 'readings'].map((what) => `/v1/${what}/search`);
  await api.post('/v1/complaints', { source: 'letter', phone: `+${PHONE}`, name: NAME[0], claim: `${NAME[0]} complains` });
  await api.post('/v1/privacy-requests', { kind: 'access', client_id: client, name: NAME[0], text: `${NAME[0]} asks` });
  const ids = [client, '1', '2', '3', String(await house.value('SELECT max(id) FROM message'))];
  assert.ok(gets.length > 60, `${gets.length} operations`);
  return [...gets.filter((where) => where !== '/openapi.yaml').flatMap((where) => (where.includes('{') ? [...new Set(ids)] : ['']).map((id) => ['GET', where.replaceAll(/\{\w+\}/g, id)])),
    ...searches.map((where) => ['POST', where, where.includes('messages') || where.includes('suppressions') ? { phone: `+${PHONE}` } : {}])];
}

test('R-27 whatever an ordinary role looks at, in JSON, CSV or a page, there is no full number and no name', async () => {
  let shown = 0;

  for (const role of ['analyst', 'author', 'lawyer', 'operator', 'head', 'administrator', 'auditor', 'agent'])
    for (const [method, where, body] of await looks()) {
      const answer = await call(role, method, where, body);
      if (answer.status !== 200) continue;
      shown++;
      assert.doesNotMatch(answer.text, FULL, `${role} ${method} ${where}`);
    }
  assert.ok(shown > 200, `${shown} answers`);
});

test('R-25 each answer with a person in it, whatever was asked, is exactly one row in the log', async () => {
  let shown = 0;

  for (const [method, where, body] of await looks()) {
    let answer;
    const made = await since(async () => { answer = await call('manager', method, where, body); });
    const shows = answer.status === 200 && FULL.test(answer.text);
    assert.ok(made.length <= 1 && (made.length === 1 || !shows), `${method} ${where}: ${made.length} rows`);
    if (made.length === 0) continue;
    shown++;
    assert.deepEqual([made[0].masked, made[0].address, made[0].people > 0], [where.endsWith('missed.csv'), '127.0.0.1', true], where);
  }
  assert.ok(shown > 12, `${shown} answers`);
});

test('R-25 the act of an erasure and its log name whom it was, so looking at them is a row', async () => {
  const other = String(await house.value("SELECT id FROM client WHERE external_id = 'C-2'"));
  assert.equal((await api.post(`/v1/clients/${other}/erase`, { reason: 'asked' })).status, 202);
  const id = await house.value('SELECT max(id) FROM erasure');
  for (const where of [`/v1/erasures/${id}`, `/v1/erasures/${id}/log.csv`]) {
    const [row, ...more] = await since(async () => assert.match((await call('manager', 'GET', where)).text, /Иванова/, where));
    assert.deepEqual([more.length, row?.operation, String(row?.client_id), row?.people], [0, `GET ${where.replace(`s/${id}`, 's/{id}')}`, other, 1]);
  }
});

test('R-27 R-25 a proof of a consent is shown to who may read people in full alone, and is a row', async () => {
  const { body: { id } } = await api.post('/v1/consent-proofs', Buffer.from(`%PDF-1.4 ${NAME[0]}`), { headers: { 'content-type': 'application/pdf' } });
  for (const role of ['author', 'lawyer'])
    assert.equal((await call(role, 'GET', `/v1/consent-proofs/${id}`)).status, 403, role);
  const [row, ...more] = await since(async () => assert.match((await call('manager', 'GET', `/v1/consent-proofs/${id}`)).text, FULL));
  assert.deepEqual([more.length, row.operation, row.people, row.masked], [0, 'GET /v1/consent-proofs/{id}', 1, false]);
});
