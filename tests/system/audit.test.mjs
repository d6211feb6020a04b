// SPDX-License-Identifier: AGPL-3.0-or-later
// The audit log: that every change and sign-in is in it, without what is personal or secret; and that its chain shows
// whoever changes it afterwards.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import pg from 'pg';

import { Api } from './lib/api.mjs';
import { Http } from './lib/http.mjs';
import { House, waitFor } from './lib/stack.mjs';

const PASSWORD = 'correct horse battery';
const PHONE = '79161234567';

/** Tables whose changes make no row, and why. */
const EXCUSED = {
  'account_balance account_cap_use account_health account_lease account_meter account_quality route_sampled route_version sender_version run_plan ledger_window ledger_clock part_query part_query_mark status_query retention_mark privacy_reminder run_pace account_throughput estimate estimate_line':
    'what daemons measure and reckon',
  'ledger ledger_share': 'reckoned from receipts',
  'action action_all action_category action_kind action_total employee crm_event crm_feed crm_version status_report inbound inbound_part':
    'what the CRM and phones say, and how far it was told; by the million',
  'batch chunk message message_state receipt receipt_ref refusal parked_receipt doubt retry suppression run run_count send_count click idempotency control_message':
    'the path of messages: no trigger there; its causes, campaigns and calls of the API, are in the log',
  'client list_member source_client source_missing source_refused import_bad_row promo_code promo_use':
    'by the million: the import, the source\'s run, the pool are in the log; by hand: client_phone, client_phone_change, client_block, erasure are',
  'consent consent_code stop_hash stop_link': 'follow from consent_event, opt_out and erasure, which are in the log',
  erasure_event: 'a log of its own, signed with the act',
  'numbering_operator_name numbering_range numbering_region_name ported_number': 'by the million: numbering_version and operator_alias are in the log',
  'invoice_line tariff_row': 'by the thousand: the price list and the invoice, with the digests of their files, are in the log',
  'session sign_in_failure sign_in_step known_device oidc_sign_in': 'signing in and out is in the log itself',
  'campaign_clock campaign_occurrence trigger_waiting trigger_done campaign_edit': 'what became of a campaign\'s schedule; the campaign is in the log',
  campaign_column: 'which columns of campaigns are copied: migrations alone write it',
  'budget_alarm budget_hold notice': 'follow from budgets, campaigns and approvals, which are in the log',
  'audit audit_waiting audit_chain audit_anchor reading schema_migration': 'logs themselves',
};

let house;
let api;
let scheduler;
let anna;
let owner; // may do what nobody should: no trigger holds it

before(async () => {
  house = await House.open('audit');
  api = await Api.open(house);
  await addPerson('anna', 'manager');
  anna = await Http.signIn(api.base, 'anna', PASSWORD);
  owner = new pg.Client({ connectionString: house.databaseUrl });
  await owner.connect();
});
after(async () => {
  await owner.end();
  await api.daemon.stop();
  await house.close();
});

async function addPerson(login, role) {
  const file = path.join(house.dir, 'password');
  writeFileSync(file, PASSWORD, { mode: 0o600 });
  await house.vestnik('user', 'add', login, '--name', login, '--role', role, '--password-file', file);
}

const rows = async () => (await house.db.query('SELECT * FROM audit ORDER BY id')).rows;
const since = async (act) => {
  const before = (await rows()).length;
  await act();
  return (await rows()).slice(before);
};
const call = async (http, method, where, body, status = 200) => {
  const answer = await http.raw(method, where, { body });
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
};

test('every table is watched, or excused by name with a reason', async () => {
  const tables = (await house.db.query(
    `SELECT c.relname AS name, EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'audit\\_%'
            AND t.tgfoid IN ('audit_row'::regproc, 'audit_rows'::regproc)) AS watched
       FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace`)).rows;
  const excused = new Set(Object.keys(EXCUSED).flatMap((names) => names.split(' ')));

  assert.deepEqual(tables.filter(({ name, watched }) => !watched && !excused.has(name)).map(({ name }) => name), [], 'neither watched nor excused: SELECT audit_watch(...) in its migration');
  assert.deepEqual(tables.filter(({ name, watched }) => watched && excused.has(name)).map(({ name }) => name), [], 'both');
});

test('no role of a daemon may write, change or take away rows of the log or its chain', async () => {
  const may = (await house.db.query(
    `SELECT r.rolname, t.name, p.privilege FROM pg_roles r, unnest(ARRAY['audit', 'audit_chain', 'audit_anchor', 'audit_waiting']) t(name),
            unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p(privilege)
      WHERE r.rolname LIKE 'vestnik\\_%' AND has_table_privilege(r.rolname, t.name, p.privilege)`)).rows;

  assert.deepEqual(may, []);
  for (const sql of ['DELETE FROM audit', 'UPDATE audit SET actor = \'x\'', 'TRUNCATE audit'])
    await assert.rejects(house.db.query(sql), /three years/, sql);
});

test('a change names who, from where, with what, and how it was before', async () => {
  const list = await call(anna, 'POST', '/v1/lists', { name: 'Gold', criteria: { criterion: 'city', op: 'in', values: ['Тверь'] } }, 201);
  const [row, ...more] = await since(() => call(anna, 'PATCH', `/v1/lists/${list.id}`, { name: 'Silver' }));
  const id = await house.value("SELECT id FROM person WHERE login = 'anna'");

  assert.deepEqual([more.length, row.actor, row.address, row.action, row.kind, row.object, row.changes],
    [0, `person ${id}`, '127.0.0.1', 'update', 'list', list.id, { name: ['Gold', 'Silver'] }]);
  const [byProgram] = await since(() => api.patch(`/v1/lists/${list.id}`, { name: 'Bronze' }, { headers: { 'user-agent': 'crm/2 ü' } }));
  assert.match(byProgram.actor, /^token \d+$/);
  assert.match(byProgram.device, /^crm\/2 \?+$/);
  const [byCommand] = await since(() => house.vestnik('user', 'disable', 'anna').then(() => house.vestnik('user', 'enable', 'anna')));
  assert.match(byCommand.actor, /^cli \S+/);
  assert.equal(byCommand.kind, 'person');
  const [bySql] = await since(() => house.db.query("UPDATE setting SET value = 'SMS' WHERE name = 'system_name'"));
  assert.match(bySql.actor, /^sql /);
  anna = await Http.signIn(api.base, 'anna', PASSWORD); // being disabled ended the session
});

test('what changes nothing, only counts, or only looks makes no row', async () => {
  const list = await house.value("INSERT INTO list (name) VALUES ('Still') RETURNING id");
  assert.deepEqual(await since(async () => {
    await house.db.query('UPDATE list SET size = 7, refreshed_at = now() WHERE id = $1', [list]);
    await house.db.query('UPDATE list SET name = name WHERE id = $1', [list]);
    await call(anna, 'GET', `/v1/lists/${list}`);
    await call(anna, 'POST', '/v1/clients/search', {});
  }), []);
});

test('numbers, names, texts of clients, secrets and password hashes are not in the log', async () => {
  const upload = await api.upload(`external_id;phone;last_name\nC-1;+${PHONE};Перетрухин\n`, '?list=All');
  assert.equal(upload.status, 201, upload.text);
  const client = await house.value("SELECT id FROM client WHERE external_id = 'C-1'");
  const made = await since(async () => {
    await api.put('/v1/opt-outs', { phone: `+${PHONE}`, scope: 'advertising' });
    assert.equal((await api.put(`/v1/clients/${client}/phone`, { phone: '+79169998877' })).status, 200);
    await api.post('/v1/complaints', { source: 'letter', phone: `+${PHONE}`, name: 'Перетрухин', claim: 'Мне пишут, Перетрухин' });
    await api.post(`/v1/clients/${client}/block`, { reason: 'Перетрухин asked' });
    await call(anna, 'PATCH', '/v1/me', { phone: `+${PHONE}` });
    await call(anna, 'PUT', '/v1/me/password', { current: PASSWORD, new: `${PASSWORD} 2` }, 204);
    await house.vestnik('token', 'create', 'shown once');
  });
  anna = await Http.signIn(api.base, 'anna', `${PASSWORD} 2`);
  const kinds = new Set(made.map(({ kind }) => kind));
  for (const kind of ['opt_out', 'complaint', 'client_block', 'person', 'token', 'client_phone_change'])
    assert.ok(kinds.has(kind), `${kind} of ${[...kinds]}`);
  assert.deepEqual(made.find(({ kind }) => kind === 'opt_out').object, '+7916*****67');
  assert.deepEqual(made.find(({ kind, changes }) => kind === 'person' && changes.password_hash).changes.password_hash, ['***', '***']);
  const text = JSON.stringify(await rows());
  assert.doesNotMatch(text, /79161234567|79169998877|Перетрухин|argon2|secret_hash":\[null,"[^*]/);
});

test('an import is one row when it begins and one when it ends, however many clients it brings', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `I-${i};+7917${String(i).padStart(7, '0')}`);
  const made = await since(() => api.upload(`external_id;phone\n${lines.join('\n')}\n`));

  assert.deepEqual(made.map(({ kind, action }) => `${kind} ${action}`), ['import insert', 'import update']);
  assert.deepEqual(made[1].changes.clients_new, [0, 3000]);
});

test('signing in, failing to, and signing out are in the log with address and device; a wrong login is not told', async () => {
  await addPerson('boris', 'auditor');
  const made = await since(async () => {
    const boris = await Http.signIn(api.base, 'boris', PASSWORD);
    await call(boris, 'DELETE', '/v1/session', undefined, 204);
    const stranger = new Http(api.base);
    for (const login of ['boris', 'my secret password'])
      await stranger.raw('POST', '/v1/session', { body: { login, password: 'wrong' }, headers: { 'x-vestnik-web': '1', 'user-agent': 'Mozilla/5.0' } });
  });
  const id = String(await house.value("SELECT id FROM person WHERE login = 'boris'"));
  const [signedIn, out, failed, unknown] = made;

  assert.equal(made.length, 4);
  assert.deepEqual([signedIn.action, signedIn.actor, signedIn.object, signedIn.address], ['sign_in', `person ${id}`, id, '127.0.0.1']);
  assert.deepEqual([out.action, out.actor], ['sign_out', `person ${id}`]);
  assert.deepEqual([failed.action, failed.actor, failed.object, failed.device], ['sign_in_failed', 'nobody', id, 'Mozilla/5.0']);
  assert.deepEqual([unknown.action, unknown.object, JSON.stringify(unknown).includes('secret password')], ['sign_in_failed', '', false]);
});

test('who audits searches the log and takes it home for a reason; others may not', async () => {
  const boris = await Http.signIn(api.base, 'boris', PASSWORD);
  const search = async (filter) => (await call(boris, 'POST', '/v1/audit/search', filter)).entries;
  const id = await house.value("SELECT id FROM person WHERE login = 'anna'");

  const byAnna = await search({ actor: `person ${id}`, kind: 'list' });
  assert.ok(byAnna.length > 0 && byAnna.every((entry) => entry.name === 'anna' && entry.kind === 'list'));
  assert.deepEqual((await search({ text: 'silver', kind: 'list' })).map(({ action }) => action), ['update', 'update']);
  assert.deepEqual((await search({ action: 'sign_in_failed', limit: 1 })).length, 1);
  assert.deepEqual(await search({ since: new Date(Date.now() + 60_000).toISOString() }), []);
  const first = await call(boris, 'POST', '/v1/audit/search', { limit: 2 });
  const second = await call(boris, 'POST', '/v1/audit/search', { limit: 2, cursor: first.next_cursor });
  assert.ok(BigInt(second.entries[0].id) < BigInt(first.entries[1].id));

  await call(boris, 'POST', '/v1/audit/export', {}, 422);
  const [row] = await since(async () => {
    const csv = await call(boris, 'POST', '/v1/audit/export', { reason: 'the yearly audit', kind: 'list' });
    assert.match(csv, /"list"/);
    assert.doesNotMatch(csv, /"person"/);
  });
  assert.deepEqual([row.action, row.changes], ['export', { reason: 'the yearly audit' }]);
  await addPerson('vera', 'analyst');
  const vera = await Http.signIn(api.base, 'vera', PASSWORD);
  await call(vera, 'POST', '/v1/audit/search', {}, 403);
  await call(vera, 'POST', '/v1/audit/export', { reason: 'curious' }, 403);
});

// --- the chain ----------------------------------------------------------------------------------------------------

const verify = (...words) => house.vestnik('audit', 'verify', ...words);
const broken = async (pattern, ...words) => {
  const failed = await verify(...words).then(() => undefined, (failure) => failure);
  assert.match(failed?.message ?? 'verified', pattern);
  assert.match(failed.message, /tampered/);
};
const chained = () => waitFor('the chain to have every row', async () => await house.value('SELECT count(*) FROM audit_waiting') === 0
  && await house.value('SELECT (SELECT max(number) FROM audit_chain) = (SELECT max(number) FROM audit_anchor)'));
/** Do what only somebody with the whole database in hand can; `undo` puts it right again. */
const tamper = async (sql, check, undo) => {
  await owner.query('SET session_replication_role = replica');
  await owner.query(sql);
  await check();
  await owner.query(undo);
  assert.match(await verify(), /is what was written/);
};

test('R-26 the chain holds both logs, and the walk says so', async () => {
  await call(anna, 'POST', '/v1/clients/search', {});
  // Older than they may be kept, and first in the chain.
  await owner.query('CREATE TEMP TABLE later AS SELECT * FROM audit_waiting');
  await owner.query('DELETE FROM audit_waiting');
  await owner.query(`INSERT INTO audit (at, actor, action, kind, object, changes)
    SELECT now() - interval '4 years', 'person 1', 'update', 'old', '1', '{}' FROM generate_series(1, 3)`);
  await owner.query(`INSERT INTO reading (at, operation, query_digest, people, masked, address)
    SELECT now() - interval '4 years', 'old', sha256('x'), 1, false, '' FROM generate_series(1, 2)`);
  scheduler = await house.start('schedulerd', { config: { audit: { anchor_every: '1s' } } });
  await waitFor('old rows of both logs to be cut off', async () => await house.value("SELECT number FROM audit_anchor WHERE kind = 'cut'") === 5);
  assert.equal(await house.value("SELECT (SELECT count(*) FROM audit WHERE kind = 'old') + (SELECT count(*) FROM reading WHERE operation = 'old')"), 0);
  await owner.query('INSERT INTO audit_waiting SELECT * FROM later');
  await chained();
  const [all, logs] = [await house.value('SELECT count(*) FROM audit_chain'), await house.value('SELECT count(DISTINCT log) FROM audit_chain')];
  assert.equal(logs, 2);
  const said = await verify();
  assert.match(said, new RegExp(`rows: ${all}, numbers 6 to ${all + 5}, with \\d+ anchors and 1 cuts`));
  const end = said.match(/end: (\d+:[0-9a-f]{64})/)[1];
  assert.match(await verify('--anchor', end), /is what was written/);
  assert.ok(scheduler.log().includes(end.split(':')[1]), 'the end stands in the log of schedulerd');
});

test('R-26 one row that was changed fails at that row, in either log', async () => {
  const entry = (await house.db.query("SELECT number, entry_id FROM audit_chain WHERE log = 1 ORDER BY number OFFSET 7 LIMIT 1")).rows[0];
  const at = (log, what) => new RegExp(`number ${entry.number}, ${log} row ${entry.entry_id}: ${what}`);
  const actor = await house.value('SELECT actor FROM audit WHERE id = $1', [entry.entry_id]);
  await tamper(`UPDATE audit SET actor = 'person 99' WHERE id = ${entry.entry_id}`,
    () => broken(at('audit', 'it is not what was written')), `UPDATE audit SET actor = '${actor}' WHERE id = ${entry.entry_id}`);
  const reading = (await house.db.query('SELECT c.number, r.id, r.people FROM audit_chain c JOIN reading r ON r.id = c.entry_id WHERE c.log = 2 LIMIT 1')).rows[0];
  await tamper(`UPDATE reading SET people = 0 WHERE id = ${reading.id}`,
    () => broken(new RegExp(`number ${reading.number}, reading row ${reading.id}: it is not what`)), `UPDATE reading SET people = ${reading.people} WHERE id = ${reading.id}`);
  await owner.query('CREATE TEMP TABLE kept AS SELECT * FROM audit WHERE id = ' + entry.entry_id);
  await tamper(`DELETE FROM audit WHERE id = ${entry.entry_id}`, () => broken(at('audit', 'it was taken away')),
    'INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM kept');
});

test('R-26 rows that are swapped, taken out with their place, put in, or cut off at the end are found', async () => {
  const [a, b] = (await house.db.query('SELECT number, entry_id FROM audit_chain WHERE log = 1 ORDER BY number OFFSET 3 LIMIT 2')).rows;
  const swap = `UPDATE audit_chain SET entry_id = CASE number WHEN ${a.number} THEN ${b.entry_id} ELSE ${a.entry_id} END WHERE number IN (${a.number}, ${b.number})`;
  await owner.query('SET session_replication_role = replica');
  await owner.query('ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_log_entry_id_key');
  const back = `UPDATE audit_chain SET entry_id = CASE number WHEN ${a.number} THEN ${a.entry_id} ELSE ${b.entry_id} END WHERE number IN (${a.number}, ${b.number})`;
  await tamper(swap, () => broken(new RegExp(`number ${a.number}, audit row ${b.entry_id}: it is not what`)), back);
  await owner.query('ALTER TABLE audit_chain ADD UNIQUE (log, entry_id)');

  await owner.query(`CREATE TEMP TABLE link AS SELECT * FROM audit_chain WHERE number = ${a.number}`);
  await owner.query(`CREATE TEMP TABLE gone AS SELECT * FROM audit WHERE id = ${a.entry_id}`);
  await tamper(`DELETE FROM audit_chain WHERE number = ${a.number}; DELETE FROM audit WHERE id = ${a.entry_id}`,
    () => broken(new RegExp(`number ${a.number}: rows were taken out of the chain here`)),
    'INSERT INTO audit_chain SELECT * FROM link; INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM gone');

  await tamper("INSERT INTO audit (id, actor, action, kind, object, changes) OVERRIDING SYSTEM VALUE VALUES (-1, 'person 1', 'update', 'list', '1', '{}')",
    () => broken(/audit row -1: it was put in past the chain/), 'DELETE FROM audit WHERE id = -1');

  await scheduler.stop();
  const last = await house.value('SELECT max(number) FROM audit_chain');
  await owner.query(`CREATE TEMP TABLE links AS SELECT * FROM audit_chain WHERE number > ${last - 3}`);
  await owner.query('CREATE TEMP TABLE changes AS SELECT a.* FROM audit a JOIN links l ON l.log = 1 AND l.entry_id = a.id');
  await owner.query('CREATE TEMP TABLE readings AS SELECT r.* FROM reading r JOIN links l ON l.log = 2 AND l.entry_id = r.id');
  await tamper('DELETE FROM audit WHERE id IN (SELECT id FROM changes); DELETE FROM reading WHERE id IN (SELECT id FROM readings); DELETE FROM audit_chain WHERE number IN (SELECT number FROM links)',
    () => broken(new RegExp(`number ${last}: it was anchored, and the chain ends before it`)),
    'INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM changes; INSERT INTO reading OVERRIDING SYSTEM VALUE SELECT * FROM readings; INSERT INTO audit_chain SELECT * FROM links');
});

test('R-26 a chain that was made anew is found by its anchors, and those by their signatures', async () => {
  const anchor = (await house.db.query("SELECT no, number, encode(hash, 'hex') AS hash FROM audit_anchor WHERE kind = 'anchor' ORDER BY no DESC LIMIT 1")).rows[0];
  const zeros = '00'.repeat(32);
  await broken(/not what --anchor says/, '--anchor', `${anchor.number}:${zeros}`);
  await broken(/the chain ends before it/, '--anchor', `999999:${zeros}`);
  await tamper(`UPDATE audit_anchor SET hash = '\\x${zeros}' WHERE no = ${anchor.no}`,
    () => broken(/signature is wrong[^]*it was made anew/), `UPDATE audit_anchor SET hash = '\\x${anchor.hash}' WHERE no = ${anchor.no}`);
  await owner.query('CREATE TEMP TABLE first_anchor AS SELECT * FROM audit_anchor WHERE no = 1');
  await tamper('DELETE FROM audit_anchor WHERE no = 1', () => broken(/an anchor before it was taken away/), 'INSERT INTO audit_anchor SELECT * FROM first_anchor');
  await owner.query('SET session_replication_role = origin');
});
