// SPDX-License-Identifier: AGPL-3.0-or-later
// Sources on other people's servers: MariaDB by ODBC, JSON and files over HTTP and HTTPS, SFTP; and workbooks.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { startMariadb, startSftp, startWeb, writeWorkbook } from './lib/remote.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;
let web;
let answer; // of the web server: (request, url) => body

before(async () => {
  house = await House.open('sources_remote');
  mkdirSync(path.join(house.dir, 'sources/books'), { recursive: true });
  const handler = (request, response) => {
    const made = answer(request, new URL(request.url, 'http://x'));
    response.statusCode = made.status ?? 200;
    response.end(made.status ? '' : made);
  };
  web = { plain: await startWeb(handler), tls: await startWeb(handler, house) };
  api = await Api.open(house);
  await house.start('crmd', { config: { sources: { folder: path.join(house.dir, 'sources'), settle: '0ms', plain_http: 'true', ca_file: web.tls.ca, file_mb_max: '1' } } });
});
after(async () => {
  web?.plain.close();
  web?.tls.close();
  await house.close();
});
beforeEach(() => house.db.query(
  'TRUNCATE client, client_attribute, source, source_secret, source_run, source_refused, source_client, source_missing RESTART IDENTITY'));

const make = async (fields) => {
  const { status, body, text } = await api.post('/v1/sources', { name: `${Math.random()}`, mode: 'full', ...fields });
  assert.equal(status, 201, text);
  return body;
};
const run = async (source, body = {}) => {
  const { body: asked } = await api.post(`/v1/sources/${source.id}/runs`, body);
  return waitFor('the run to end', async () => {
    const { body: now } = await api.get(`/v1/sources/${source.id}/runs/${asked.id}`);
    return !['waiting', 'running'].includes(now.status) && now;
  }, { timeoutMs: 60_000 });
};
const counts = (r) => [r.status, r.problem, r.rows_read, r.rows_bad, r.clients_new, r.clients_changed];
const clients = async (...columns) => (await house.db.query(
  `SELECT ${['external_id', 'msisdn', ...columns].join(', ')} FROM client ORDER BY external_id`)).rows.map((row) => Object.values(row));

// ------------------------------------------------------------------------------------ MariaDB

test('a table of MariaDB is read by ODBC, from the cursor on', { timeout: 240_000 }, async () => {
  const mariadb = await startMariadb(house);
  mariadb.sql(`CREATE TABLE crm.\`the \`\`clients\`\`\` (code varchar(20), телефон varchar(40), фамилия varchar(100), дата_рождения date, баллы decimal(10,2), changed datetime(3));
    INSERT INTO crm.\`the \`\`clients\`\`\` VALUES ('m1', '8 916 000-00-01', 'Щукин 🐟', '1980-02-29', 12.5, '2026-11-01 10:00:00.123'), ('m2', '+79160000002', NULL, NULL, NULL, '2026-11-01 11:00:00');`);
  const settings = { driver: 'MariaDB Unicode', host: '127.0.0.1', port: String(mariadb.port), database: 'crm', user: 'vestnik', table: 'the `clients`' };
  const source = await make({ kind: 'odbc', mode: 'incremental', cursor_column: 'changed', settings, secret: 'secret', columns: [{ header: 'code', field: 'external_id' }, { header: 'changed', field: 'ignored' }] });
  assert.deepEqual(counts(await run(source)), ['done', null, 2, 0, 2, 0]);
  assert.deepEqual(await clients('last_name', 'birthday::text', 'points::text'), [
    ['m1', 79160000001, 'Щукин 🐟', '1980-02-29', '12.50'], ['m2', 79160000002, null, null, null]]);
  mariadb.sql("INSERT INTO crm.`the ``clients``` VALUES ('m3', '89160000003', 'Late', NULL, NULL, '2026-11-01 11:00:00'), ('m0', '89160000009', 'Old', NULL, NULL, '2026-10-01');");
  assert.deepEqual(counts(await run(source)), ['done', null, 2, 0, 1, 0]);
  assert.deepEqual(counts(await run(source, { complete: true })), ['done', null, 4, 0, 1, 0]);
  const broken = async (fields) => (await run(await make({ kind: 'odbc', settings, secret: 'secret', ...fields }))).problem;
  assert.match(await broken({ secret: 'wrong' }), /cannot be reached.*denied/i);
  assert.match(await broken({ settings: { ...settings, table: 'nothing' } }), /cannot be read.*nothing/);
  assert.match(await broken({ settings: { ...settings, driver: 'No such' } }), /cannot be reached/);
  assert.match(await broken({ mode: 'incremental', cursor_column: 'nothing' }), /nothing/);
  mariadb.sql("INSERT INTO crm.`the ``clients``` (code, телефон) SELECT CONCAT('s', seq), 79170000000 + seq FROM crm.`the ``clients``` JOIN crm.seq_1_to_20000 WHERE code = 'm1';");
  assert.deepEqual(counts(await run(source, { complete: true })), ['done', null, 20_004, 0, 20_000, 0]);
});

// ------------------------------------------------------------------------------------ JSON

test('JSON is read page by page: by a link, by a parameter, and from the cursor on', async () => {
  const all = Array.from({ length: 25 }, (_, i) => ({ id: i, contact: { phone: `+7916000${String(1000 + i)}`, city: 'Тверь' }, tags: ['a', 'b'], vip: i === 0, changed: `2026-11-${String(i + 1).padStart(2, '0')}` }));
  const asked = [];
  answer = (request, url) => {
    asked.push(`${url.pathname}${url.search} ${request.headers.authorization ?? ''}`);
    const from = Number(url.searchParams.get('page') ?? 0) * 10;
    const rows = all.filter((c) => c.changed >= (url.searchParams.get('since') || '')).slice(from, from + 10);
    const next = rows.length === 10 ? from / 10 + 1 : null;
    return JSON.stringify(url.pathname === '/links' ? { 'the/data': { rows }, next: next && `/links?page=${next}` } : { rows, page: { next } });
  };
  const base = `http://127.0.0.1:${web.plain.port}`;
  const columns = [{ header: 'contact.phone', field: 'phone' }, { header: 'contact.city', field: 'city' }, { header: 'changed', field: 'ignored' }];
  const links = await make({ kind: 'http_json', settings: { url: `${base}/links`, rows: '/the~1data/rows', next: '/next' }, secret: 'token', columns });
  assert.deepEqual(counts(await run(links)), ['done', null, 25, 0, 25, 0]);
  assert.deepEqual(asked, ['/links Bearer token', '/links?page=1 Bearer token', '/links?page=2 Bearer token']);
  assert.deepEqual((await clients('city', 'tags', 'attrs[1]'))[0], ['0', 79160001000, 'Тверь', ['a', 'b'], 'yes']);
  asked.length = 0;
  const since = await make({ kind: 'http_json', mode: 'incremental', cursor_column: 'changed', columns,
    settings: { url: `${base}/pages?since={cursor}`, rows: '/rows', next: '/page/next', next_parameter: 'page', user: 'we' }, secret: 'pass' });
  assert.deepEqual(counts(await run(since)), ['done', null, 25, 0, 0, 0]);
  all.push({ ...all[0], id: 99, contact: { phone: '+79160009999' }, changed: '2026-11-25' });
  assert.deepEqual(counts(await run(since)), ['done', null, 2, 0, 1, 0]);
  all.length = 0;
  assert.deepEqual(counts(await run(since)), ['done', null, 0, 0, 0, 0], 'no rows are nothing new');
  assert.equal(asked.pop().split(' ')[0], '/pages?since=2026-11-25');
  const basic = ` Basic ${Buffer.from('we:pass').toString('base64')}`;
  assert.deepEqual(asked, ['/pages?since=', '/pages?since=&page=1', '/pages?since=&page=2', '/pages?since=2026-11-25'].map((a) => a + basic));
});

test('what is wrong with an answer is said', async () => {
  const base = `http://127.0.0.1:${web.plain.port}/x`;
  const problem = async (body, settings = {}) => {
    answer = () => body;
    return (await run(await make({ kind: 'http_json', settings: { url: base, rows: '/rows', ...settings } }))).problem;
  };
  assert.match(await problem('{"rows": [}'), /no JSON/);
  assert.match(await problem('{"rows": {}}'), /no array at "\/rows"/);
  assert.match(await problem({ status: 401 }), /answered 401 instead of 200/);
  assert.match(await problem('{"rows": [{"phone": "89160000001"}], "next": "http://elsewhere/x"}', { next: '/next' }), /another server/);
  assert.match(await problem(' '.repeat(9 << 20)), /8 MiB/);
  assert.match(await problem('', { url: 'http://127.0.0.1:1/x' }), /cannot be read/);
  assert.equal(await house.value('SELECT count(*) FROM client'), 0);
});

// ------------------------------------------------------------------------------------ files

test('a file over HTTPS is read when its content has changed, from whoever is vouched for', async () => {
  let file = 'Телефон;Фамилия\n89160000001;Иванов\n';
  answer = () => file;
  const url = `https://localhost:${web.tls.port}/clients.csv`;
  const source = await make({ kind: 'https', mode: 'incremental', settings: { url } });
  assert.deepEqual(counts(await run(source)), ['done', null, 1, 0, 1, 0]);
  assert.deepEqual(counts(await run(source)), ['done', null, 0, 0, 0, 0]);
  file += '89160000002;Петров\n';
  assert.deepEqual(counts(await run(source)), ['done', null, 2, 0, 1, 0]);
  file = Buffer.alloc(2 << 20, 'x');
  assert.match((await run(source)).problem, /more than 1 MiB/);
  const stranger = await make({ kind: 'https', settings: { url: url.replace('localhost', '127.0.0.1') } });
  assert.match((await run(stranger)).problem, /not who it should be/);
});

test('a file over SFTP is read with a key, from the server whose own key is known', async () => {
  const sftp = await startSftp(house);
  writeFileSync(path.join(sftp.files, 'clients.csv'), 'Телефон;Фамилия\n89160000001;Иванов\n');
  const settings = { url: `sftp://127.0.0.1:${sftp.port}${sftp.files}/clients.csv`, user: sftp.user, host_key: sftp.fingerprint };
  const source = await make({ kind: 'sftp', settings, secret: sftp.key });
  assert.deepEqual(counts(await run(source)), ['done', null, 1, 0, 1, 0]);
  assert.deepEqual(counts(await run(source)), ['done', null, 0, 0, 0, 0]);
  const broken = async (fields) => (await run(await make({ kind: 'sftp', settings, secret: sftp.key, ...fields }))).problem;
  assert.match(await broken({ settings: { ...settings, host_key: 'A'.repeat(43) } }), /not who it should be/);
  assert.match(await broken({ secret: 'a password' }), /refused the user or the password/);
  assert.match(await broken({ settings: { ...settings, url: `${settings.url}.not` } }), /no such file/);
});

// ------------------------------------------------------------------------------------ workbooks

test('a workbook in a folder is read as Excel shows it', async () => {
  const file = path.join(house.dir, 'sources/books/clients.xlsx');
  writeWorkbook(file, [['Код', 'Телефон', 'Фамилия', 'Дата рождения', 'Баллы'], ['x1', 89160000001, 'Иванов', { date: '1980-02-29' }, 12.5], ['x2', '+7 916 000-00-02', null, null, null], ['x3', '=1/0', 'Bad']]);
  const source = await make({ kind: 'folder', settings: { folder: 'books', pattern: '*.xlsx' } });
  const done = await run(source);
  assert.deepEqual(counts(done), ['done', null, 3, 1, 2, 0]);
  assert.deepEqual(await clients('last_name', 'birthday::text', 'points::text'), [['x1', 79160000001, 'Иванов', '1980-02-29', '12.50'], ['x2', 79160000002, null, null, null]]);
  assert.match((await api.get(`/v1/sources/${source.id}/runs/${done.id}/refused`)).text, /4;"\(the row\)";"a formula has no stored result/);
  writeFileSync(path.join(house.dir, 'sources/books/old.xlsx'), Buffer.from('d0cf11e0a1b11ae1', 'hex'));
  assert.match((await run(source)).problem, /old Excel or has a password/);
});
