// SPDX-License-Identifier: AGPL-3.0-or-later
// Sources: clients pulled from files in a folder and from another PostgreSQL: dry runs, cursors, who is missing,
// refused rows, several crmd, and a crmd that is killed in the midst.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import pg from 'pg';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;
let crmd;
let folder;

before(async () => {
  house = await House.open('sources');
  folder = path.join(house.dir, 'sources');
  mkdirSync(folder);
  api = await Api.open(house);
  crmd = await house.start('crmd', { config: crmdConfig() });
});
after(async () => {
  await house.close();
});
beforeEach(() => house.db.query(
  'TRUNCATE client, client_attribute, source, source_secret, source_run, source_refused, source_client, source_missing RESTART IDENTITY'));

const crmdConfig = () => ({ sources: { folder, settle: '0ms', plain_http: 'true' } });

const make = async (fields) => {
  const { status, body, text } = await api.post('/v1/sources', { name: 'CRM', mode: 'incremental', ...fields });
  assert.equal(status, 201, text);
  return body;
};
/** A source that reads the folder of this name. */
const folderSource = (name, fields = {}) => {
  rmSync(path.join(folder, name), { recursive: true, force: true });
  mkdirSync(path.join(folder, name));
  return make({ kind: 'folder', settings: { folder: name, pattern: '*.csv' }, ...fields });
};
const drop = (name, file, lines) => writeFileSync(path.join(folder, name, file), lines.join('\r\n'));
const ended = (source, run, timeoutMs = 60_000) => waitFor(`run ${run} to end`, async () => {
  const { body } = await api.get(`/v1/sources/${source}/runs/${run}`);
  return !['waiting', 'running'].includes(body.status) && body;
}, { timeoutMs });
const run = async (source, body = {}) => {
  const { status, body: asked, text } = await api.post(`/v1/sources/${source.id}/runs`, body);
  assert.equal(status, 202, text);
  return ended(source.id, asked.id);
};
const counts = (r) => [r.status, r.rows_read, r.rows_bad, r.clients_new, r.clients_changed, r.clients_same, r.clients_missing];
const clients = async () => (await house.db.query(
  'SELECT external_id, msisdn, last_name, city, gone_at IS NOT NULL AS gone FROM client ORDER BY external_id, msisdn')).rows;

// ------------------------------------------------------------------------------------ setting up

test('a source is made, changed and deleted; its secret is never shown again', async () => {
  const settings = { host: 'crm.example', database: 'crm', user: 'vestnik', table: 'clients' };
  const made = await make({ kind: 'postgresql', cursor_column: 'updated_at', every_min: 15, settings, secret: 'hush-hush', columns: [{ header: 'mobile', field: 'phone' }] });
  assert.deepEqual([made.has_secret, made.settings, made.columns, made.last_run, made.every_min],
    [true, settings, [{ header: 'mobile', field: 'phone', attribute: null }], null, 15]);
  assert.ok(Date.parse(made.due_at) > Date.now());
  const put = await api.put(`/v1/sources/${made.id}`, { name: 'CRM 2', kind: 'postgresql', mode: 'full', daily_at: '03:30', enabled: false, settings });
  assert.deepEqual([put.status, put.body.name, put.body.has_secret, put.body.due_at, put.body.daily_at], [200, 'CRM 2', true, null, '03:30']);
  const all = await api.get('/v1/sources');
  assert.deepEqual(all.body.sources.map((s) => s.name), ['CRM 2']);
  assert.ok(![made, put, all].some((answer) => JSON.stringify(answer).includes('hush-hush')));
  const { rows: [kept] } = await house.db.query('SELECT * FROM source_secret');
  assert.deepEqual([kept.secret, kept.sealed.includes('hush-hush')], [null, false]);
  await assert.rejects(async () => {
    const client = new pg.Client({ connectionString: house.roleUrl('vestnik_apid') });
    await client.connect();
    try { await client.query('SELECT sealed FROM source_secret'); } finally { await client.end(); }
  }, /permission denied/);
  assert.equal((await api.put(`/v1/sources/${made.id}`, { name: 'CRM 2', kind: 'postgresql', mode: 'full', settings, secret: null })).body.has_secret, false);
  assert.equal((await api.request('DELETE', `/v1/sources/${made.id}`)).status, 204);
  assert.equal((await api.get(`/v1/sources/${made.id}`)).status, 404);
  assert.equal(await house.value('SELECT count(*) FROM source_secret'), 0);
});

test('what cannot be right is refused by name', async () => {
  const base = { name: 'x', kind: 'folder', mode: 'incremental', settings: { folder: 'a' } };
  const sql = { kind: 'postgresql', mode: 'full', settings: { host: 'h', database: 'd', user: 'u', table: 't' } };
  for (const [fields, field] of [
    [{ kind: 'ftp' }, 'kind'],
    [{ mode: 'sometimes' }, 'mode'],
    [{ settings: { folder: '../etc' } }, 'settings.folder'],
    [{ settings: { folder: '.ssh' } }, 'settings.folder'],
    [{ settings: {} }, 'settings.folder'],
    [{ settings: { folder: 'a', path: '/etc' } }, 'settings.path'],
    [{ settings: { folder: 'a', pattern: '../*' } }, 'settings.pattern'],
    [{ every_min: 5, daily_at: '03:00' }, 'daily_at'],
    [{ daily_at: '24:00' }, 'daily_at'],
    [{ cursor_column: 'id' }, 'cursor_column'],
    [{ secret: 'x' }, 'secret'],
    [{ ...sql, mode: 'incremental' }, 'cursor_column'],
    [{ ...sql, settings: { ...sql.settings, host: '/var/run/postgresql' } }, 'settings.host'],
    [{ ...sql, settings: { ...sql.settings, port: '70000' } }, 'settings.port'],
    [{ kind: 'https', settings: { url: 'file:///etc/passwd' } }, 'settings.url'],
    [{ kind: 'https', settings: { url: 'https://user:pass@host/x' } }, 'settings.url'],
    [{ kind: 'odbc', mode: 'full', settings: { ...sql.settings, driver: '/tmp/evil.so' } }, 'settings.driver'],
  ]) {
    const { status, body } = await api.post('/v1/sources', { ...base, ...fields });
    assert.equal(status, 422, JSON.stringify(fields));
    assert.deepEqual(body.errors.map((e) => e.field), [field], JSON.stringify(body.errors));
  }
  await make({ name: 'twice', kind: 'folder', settings: { folder: 'a' } });
  assert.equal((await api.post('/v1/sources', { ...base, name: 'twice' })).status, 422);
  const kinds = (await api.get('/v1/source-kinds')).body.kinds.map((k) => k.kind);
  assert.deepEqual(kinds, ['folder', 'postgresql', 'odbc', 'https', 'sftp', 'http_json']);
});

// ------------------------------------------------------------------------------------ a folder

test('files of a folder are read one after the other, each once; refused rows come back as a file', async () => {
  const source = await folderSource('orders', { columns: [{ header: 'Контакт', field: 'phone' }] });
  drop('orders', '1.csv', ['Код;Контакт;Фамилия;Город', 'a1;89160000001;Иванов;Тверь', 'a2;89160000002;Петров;Псков', 'a3;12;Сидоров;Клин']);
  drop('orders', 'other.txt', ['not', 'taken']);
  const first = await run(source);
  assert.deepEqual(counts(first), ['done', 3, 1, 2, 0, 0, 0]);
  assert.deepEqual(counts(await run(source)), ['done', 0, 0, 0, 0, 0, 0], 'the same file is nothing new');
  drop('orders', '2.csv', ['Код;Контакт;Город', 'a2;89160000002;Москва', 'a1;89160000001;Тверь']);
  drop('orders', '3.csv', ['Код;Контакт', 'a4;89160000004']);
  assert.deepEqual(counts(await run(source)), ['done', 2, 0, 0, 1, 1, 0]);
  assert.deepEqual(counts(await run(source)), ['done', 1, 0, 1, 0, 0, 0]);
  assert.deepEqual(await clients(), [
    { external_id: 'a1', msisdn: 79160000001, last_name: 'Иванов', city: 'Тверь', gone: false },
    { external_id: 'a2', msisdn: 79160000002, last_name: 'Петров', city: 'Москва', gone: false },
    { external_id: 'a4', msisdn: 79160000004, last_name: null, city: null, gone: false },
  ]);
  const file = await api.get(`/v1/sources/${source.id}/runs/${first.id}/refused`, { headers: { 'accept-language': 'ru' } });
  assert.match(file.type, /text\/csv/);
  assert.match(file.text, /^vestnik_line;vestnik_field;vestnik_problem;row\r\n0;""?;""?;"Код;Контакт;Фамилия;Город"\r\n4;"Контакт";"[^"]*[а-я][^"]*";"a3;12;Сидоров;Клин"\r\n$/);
  const history = (await api.get(`/v1/sources/${source.id}/runs?limit=3`)).body;
  assert.equal(history.runs.length, 3);
  assert.equal((await api.get(`/v1/sources/${source.id}/runs?cursor=${history.next_cursor}`)).body.runs.length, 1);
});

test('what is wrong with a file is said in plain words, in Russian too', async () => {
  const source = await folderSource('wrong', { columns: [{ header: 'Телефон клиента', field: 'phone' }] });
  drop('wrong', '1.csv', ['Код;Контакт', 'a1;89160000001']);
  const failed = await run(source);
  assert.deepEqual([failed.status, failed.problem], ['failed', 'there is no column "Телефон клиента"; there are: Код, Контакт']);
  const { body } = await api.get(`/v1/sources/${source.id}/runs/${failed.id}`, { headers: { 'accept-language': 'ru' } });
  assert.match(body.problem, /столбца «Телефон клиента»/);
  assert.equal(await house.value('SELECT count(*) FROM client'), 0);
  const nowhere = await make({ name: 'nowhere', kind: 'folder', settings: { folder: 'nowhere' } });
  assert.match((await run(nowhere)).problem, /folder "nowhere" cannot be opened/);
});

test('a dry run tells what would change, masked, and changes nothing', async () => {
  const source = await folderSource('dry', { mode: 'full' });
  drop('dry', '1.csv', ['Код;Телефон;Фамилия;Город;Размер', 'a1;89160000001;Иванов;Тверь;44', 'a2;89160000002;Петров;Псков;46', 'a3;89160000003;Сидоров;Клин;']);
  await run(source);
  const before = await clients();
  drop('dry', '2.csv', ['Код;Телефон;Фамилия;Город;Размер', 'a1;89160000001;Иванова;Москва;44', 'a2;89160000002;Петров;Псков;48', 'a5;89160000005;Новиков;Клин;']);
  const dry = await run(source, { dry_run: true });
  assert.deepEqual(counts(dry), ['done', 3, 0, 1, 2, 0, 1]);
  assert.deepEqual(dry.difference.fields, [
    { field: 'attribute', attribute: 'размер', clients: 1 },
    { field: 'city', attribute: null, clients: 1 },
    { field: 'last_name', attribute: null, clients: 1 },
  ]);
  assert.deepEqual(dry.difference.changed.map(({ phone, fields }) => ({ phone, fields })), [
    { phone: '+7916•••01', fields: [{ field: 'city', attribute: null, was: 'Тверь', becomes: 'Москва' }, { field: 'last_name', attribute: null, was: 'И•••', becomes: 'И•••' }] },
    { phone: '+7916•••02', fields: [{ field: 'attribute', attribute: 'размер', was: '4•••', becomes: '4•••' }] },
  ]);
  assert.deepEqual(dry.difference.new, [{ phone: '+7916•••05', last_name: 'Н•••', first_name: null }]);
  assert.deepEqual(dry.difference.missing.map(({ phone, last_name }) => [phone, last_name]), [['+7916•••03', 'С•••']]);
  assert.deepEqual(await clients(), before);
  assert.deepEqual(await house.value('SELECT count(*) FROM source_missing'), 0);
  assert.deepEqual(counts(await run(source)).slice(1, 6), [3, 0, 1, 2, 0], 'the run itself does what the dry one said');
});

// ------------------------------------------------------------------------------------ who is missing

const hundred = (n) => ['Код;Телефон', ...Array.from({ length: n }, (_, i) => `c${i};8916${String(1_000_000 + i)}`)];

test('who is missing from a complete reading is gone, left out of audiences, and back when it comes again', async () => {
  const source = await folderSource('full', { mode: 'full' });
  drop('full', '1.csv', hundred(100));
  assert.deepEqual(counts(await run(source)), ['done', 100, 0, 100, 0, 0, 0]);
  drop('full', '2.csv', hundred(98));
  assert.deepEqual(counts(await run(source)), ['done', 98, 0, 0, 0, 98, 2]);
  const gone = async () => (await house.db.query('SELECT external_id FROM client WHERE gone_at IS NOT NULL ORDER BY id')).rows.map((r) => r.external_id);
  assert.deepEqual(await gone(), ['c98', 'c99']);
  assert.equal(await house.value('SELECT count(*) FROM client'), 100, 'nobody is erased');
  const { body } = await api.post('/v1/criteria/count', { criteria: { not: { criterion: 'city', op: 'filled' } } });
  assert.equal(body.clients, 98);
  drop('full', '3.csv', hundred(99));
  assert.deepEqual(counts(await run(source)), ['done', 99, 0, 0, 0, 99, 0]);
  assert.deepEqual(await gone(), ['c99']);
});

test('more than 2 % missing are held until a person confirms or drops them', async () => {
  const source = await folderSource('held', { mode: 'full' });
  const gone = () => house.value('SELECT count(*) FROM client WHERE gone_at IS NOT NULL');
  drop('held', '1.csv', hundred(100));
  await run(source);
  drop('held', '2.csv', [...hundred(97), 'new;89169999999']);
  const held = await run(source);
  assert.deepEqual([...counts(held), held.clients_known], ['held', 98, 0, 1, 0, 97, 3, 100]);
  assert.equal(await gone(), 0);
  const waits = async () => (await api.get(`/v1/sources/${source.id}`)).body.held_run_id;
  assert.equal(await waits(), held.id);
  await run(source, { dry_run: true });
  assert.equal(await waits(), held.id, 'a dry run hides no question');
  const url = `/v1/sources/${source.id}/runs/${held.id}`;
  assert.equal((await api.request('POST', `${url}/drop`)).body.status, 'dropped');
  assert.equal(await waits(), null);
  assert.equal((await api.request('POST', `${url}/confirm`)).status, 409);
  assert.equal(await gone(), 0);
  drop('held', '3.csv', hundred(50));
  const again = await run(source);
  assert.deepEqual([again.status, again.clients_missing], ['held', 51]);
  drop('held', '4.csv', hundred(60));
  const third = await run(source);
  assert.deepEqual([third.status, third.clients_missing], ['held', 41], 'a later run looks anew');
  assert.equal((await api.request('POST', `/v1/sources/${source.id}/runs/${again.id}/confirm`)).status, 409);
  assert.equal((await api.request('POST', `/v1/sources/${source.id}/runs/${third.id}/confirm`)).body.status, 'done');
  assert.equal(await gone(), 41);
});

test('a client whose row was refused is not missing, nor one another source has', async () => {
  const one = await folderSource('one', { mode: 'full', name: 'one' });
  const two = await folderSource('two', { mode: 'full', name: 'two' });
  drop('one', '1.csv', hundred(100));
  drop('two', '1.csv', ['Код;Телефон', 'c99;89161000099']);
  await run(one);
  await run(two);
  drop('one', '2.csv', [...hundred(98), 'c98;no number']);
  assert.deepEqual(counts(await run(one)), ['done', 99, 1, 0, 0, 98, 1], 'c99 is missing, c98 is not');
  assert.equal(await house.value('SELECT count(*) FROM client WHERE gone_at IS NOT NULL'), 0, 'c99 is in the other source');
  drop('one', '3.csv', [...hundred(97), ';no code']);
  assert.equal((await run(one)).status, 'held', 'whose row it was nobody knows');
});

// ------------------------------------------------------------------------------------ PostgreSQL

const otherDatabase = async (sql) => {
  await house.db.query(sql);
  const url = new URL(house.databaseUrl);
  return { host: url.hostname, port: url.port, database: url.pathname.slice(1), user: url.username, schema: 'other', table: 'Clients "of" CRM', secret: decodeURIComponent(url.password) };
};

test('another PostgreSQL is read from the cursor on, by columns of any type', async () => {
  const { secret, ...settings } = await otherDatabase(`
    DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other;
    CREATE TABLE other."Clients ""of"" CRM" (id integer, mobile text, фамилия text, birthday date, points numeric, tags text[], updated_at timestamptz);
    INSERT INTO other."Clients ""of"" CRM" VALUES (1, '8 916 000-00-01', 'Иванов', '1980-02-29', 12.50, '{vip,"two words"}', '2026-11-01 10:00+00'),
      (2, '+79160000002', NULL, NULL, NULL, NULL, '2026-11-01 11:00+00')`);
  const source = await make({ kind: 'postgresql', cursor_column: 'updated_at', settings, secret, columns: [{ header: 'updated_at', field: 'ignored' }] });
  assert.deepEqual(counts(await run(source)), ['done', 2, 0, 2, 0, 0, 0]);
  const { rows } = await house.db.query('SELECT external_id, msisdn, last_name, birthday::text, points::text, tags FROM client ORDER BY external_id');
  assert.deepEqual(rows, [
    { external_id: '1', msisdn: 79160000001, last_name: 'Иванов', birthday: '1980-02-29', points: '12.50', tags: ['vip', 'two words'] },
    { external_id: '2', msisdn: 79160000002, last_name: null, birthday: null, points: null, tags: null },
  ]);
  await house.db.query(`INSERT INTO other."Clients ""of"" CRM" VALUES (3, '89160000003', 'Late', NULL, NULL, NULL, '2026-11-01 11:00+00'), (0, '89160000009', 'Old', NULL, NULL, NULL, '2026-10-01')`);
  assert.deepEqual(counts(await run(source)), ['done', 2, 0, 1, 0, 1, 0], 'the same moment again, nothing older');
  assert.deepEqual(counts(await run(source, { complete: true })), ['done', 4, 0, 1, 0, 3, 0]);
  await house.db.query(`UPDATE other."Clients ""of"" CRM" SET фамилия = 'Петров', updated_at = '2026-11-02' WHERE id = 2`);
  assert.deepEqual(counts(await run(source)), ['done', 2, 0, 0, 1, 1, 0], 'the cursor stayed where it was');
  assert.equal((await house.value('SELECT cursor FROM source')).slice(0, 10), '2026-11-02');
});

test('what the other database refuses is said', async () => {
  const { secret, ...settings } = await otherDatabase('CREATE SCHEMA IF NOT EXISTS other');
  const broken = async (fields) => (await run(await make({ name: `x${Math.random()}`, kind: 'postgresql', mode: 'full', settings, secret, ...fields }))).problem;
  assert.match(await broken({ settings: { ...settings, table: 'nothing' } }), /no table "nothing"/);
  assert.match(await broken({ settings: { ...settings, port: '1' } }), /cannot be reached/);
  assert.match(await broken({ mode: 'incremental', cursor_column: 'nothing' }), /no column "nothing"/);
});

// ------------------------------------------------------------------------------------ who reads, and when

test('a source that is due is read by one crmd alone, again and again', async () => {
  const second = await house.start('crmd', { instance: '2', config: crmdConfig() });
  const source = await folderSource('due', { every_min: 1 });
  drop('due', '1.csv', hundred(10));
  drop('due', '2.csv', hundred(20));
  await house.db.query('UPDATE source SET due_at = now()');
  await waitFor('both files', async () => await house.value("SELECT count(*) FROM source_run WHERE status = 'done' AND rows_read > 0") === 2);
  assert.ok(await house.value("SELECT due_at > now() + interval '50 s' FROM source"));
  assert.deepEqual((await api.get(`/v1/sources/${source.id}/runs`)).body.runs.map((r) => [r.rows_read, r.clients_new]), [[20, 10], [10, 10]]);
  assert.equal((await second.stop()).code, 0);
});

test('a crmd killed in the midst leaves nothing, and the next run begins again at the cursor', async () => {
  const source = await folderSource('kill');
  drop('kill', '1.csv', hundred(5));
  await run(source);
  drop('kill', '2.csv', Array.from({ length: 400_001 }, (_, i) => (i === 0 ? 'Код;Телефон' : `k${i};89${String(160_000_000 + i)}`)));
  const { body: asked } = await api.post(`/v1/sources/${source.id}/runs`, {});
  await waitFor('the run to be in the midst', async () => await house.value('SELECT rows_read FROM source_run WHERE id = $1', [asked.id]) > 0, { everyMs: 5 });
  await crmd.kill();
  assert.equal(await house.value('SELECT count(*) FROM client'), 5);
  crmd = await house.start('crmd', { config: crmdConfig() });
  const broken = await ended(source.id, asked.id, 40_000);
  assert.deepEqual([broken.status, broken.problem.slice(0, 40)], ['failed', 'the service was stopped in the midst; no']);
  assert.equal(await house.value('SELECT count(*) FROM client'), 5);
  const { body: again } = await api.post(`/v1/sources/${source.id}/runs`, {});
  assert.deepEqual(counts(await ended(source.id, again.id, 120_000)), ['done', 400_000, 0, 400_000, 0, 0, 0]);
  assert.equal(await house.value('SELECT count(*) FROM client'), 400_005);
});

test('a run is a line of the log and counted, without a word of whom it was about', async () => {
  const source = await folderSource('log');
  drop('log', '1.csv', ['Код;Телефон;Фамилия', 'a1;89160000001;Кутузов', 'a2;x;Багратион']);
  const { id } = await run(source);
  const log = crmd.log();
  assert.match(log, new RegExp(`source read.*source=${source.id} run=${id} end=done dry=0 rows=2 bad=1 new=1`));
  for (const word of ['9160000001', 'Кутузов', 'Багратион']) assert.ok(!log.includes(word), word);
});
