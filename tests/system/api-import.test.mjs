// SPDX-License-Identifier: AGPL-3.0-or-later
// Files of clients as people have them: encodings, separators, repeated and broken rows, files that
// break off, two at once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('api_import');
  api = await Api.open(house);
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const BOM = '\ufeff';

/** Text in Windows-1251: ASCII and the Cyrillic letters of these tests. */
function cp1251(text) {
  return Buffer.from([...text].map((c) => {
    const code = c.codePointAt(0);
    if (code < 0x80) return code;
    if (code >= 0x410 && code <= 0x44f) return code - 0x410 + 0xc0;
    return { 0x401: 0xa8, 0x451: 0xb8, 0x2116: 0xb9 }[code];
  }));
}

const clients = async () => (await house.db.query(
  'SELECT external_id, msisdn, last_name, first_name, middle_name, city, attrs FROM client ORDER BY id')).rows;
const wipe = () => house.db.query('TRUNCATE client, list_member, list, client_attribute, import, import_bad_row RESTART IDENTITY');

for (const [why, separator, end, encode, encoding] of [
  ['UTF-8 with semicolons', ';', '\n', (t) => Buffer.from(t), 'UTF-8'],
  ['UTF-8 with BOM, commas and CRLF', ',', '\r\n', (t) => Buffer.from(BOM + t), 'UTF-8'],
  ['Windows-1251 with semicolons and CRLF', ';', '\r\n', cp1251, 'windows-1251'],
  ['Windows-1251 with tabs', '\t', '\n', cp1251, 'windows-1251'],
  ['UTF-8 with tabs and CR', '\t', '\r', (t) => Buffer.from(t), 'UTF-8'],
]) {
  test(`a file in ${why} is read`, async () => {
    await wipe();
    const text = [
      ['Телефон', 'Фамилия', 'Имя', 'Отчество', 'Город', 'Сумма долга'],
      ['8 (916) 123-45-67', 'Иванов', 'Иван', 'Иванович', 'Тверь', '"1 200,50"'],
      ['+79161234568', 'Ёлкина', 'Анна', '', '', '0'],
    ].map((row) => row.join(separator)).join(end);
    const { status, body } = await api.upload(encode(text), '?file_name=a.csv&list=Ноябрь');
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.rows_read, body.rows_bad, body.clients_new, body.encoding, body.separator, body.status],
      [2, 0, 2, encoding, separator, 'done']);
    assert.deepEqual(body.columns.map((c) => c.attribute ?? c.field),
      ['phone', 'last_name', 'first_name', 'middle_name', 'city', 'сумма_долга']);
    assert.deepEqual(await clients(), [
      { external_id: null, msisdn: 79161234567, last_name: 'Иванов', first_name: 'Иван', middle_name: 'Иванович', city: 'Тверь', attrs: ['1 200,50'] },
      { external_id: null, msisdn: 79161234568, last_name: 'Ёлкина', first_name: 'Анна', middle_name: null, city: null, attrs: ['0'] },
    ]);
    const lists = (await api.get('/v1/lists')).body.lists;
    assert.deepEqual(lists.map((l) => [l.name, l.size]), [['Ноябрь', 2]]);
  });
}

const wrong = [
  'Телефон;Имя;Город',
  '89161234567;Иван;Тверь',
  '7,9E+10;Excel;',
  '84951234567;Landline;',
  ';Nobody;',
  '89161234568;Two',
  '89161234569;"broken";x"y"',
  '89161234560;Пётр;Псков',
].join('\n');

test('a file with wrong rows is refused whole and each is named', async () => {
  await wipe();
  const { status, type, body } = await api.upload(wrong);
  assert.equal(status, 422);
  assert.match(type, /problem\+json/);
  assert.match(body.detail, /on_error=skip/);
  assert.deepEqual(body.errors.slice(0, 4).map((e) => [e.line, e.field, e.found]), [
    [3, 'Телефон', '7,9E+10'], [4, 'Телефон', '84951234567'], [5, 'Телефон', 'nothing'], [6, '(the row)', '2 columns'],
  ]);
  assert.match(body.errors[0].expected, /Excel.*as text/);
  assert.deepEqual(await clients(), []);
  assert.equal(await house.value('SELECT count(*) FROM client_attribute'), 0);
  const [im] = (await api.get('/v1/imports')).body.imports;
  assert.deepEqual([im.status, im.rows_read], ['refused', 7]);
});

test('wrong rows can be skipped, fetched, corrected and uploaded again', async () => {
  await wipe();
  const { status, body } = await api.upload(wrong, '?on_error=skip&list=L');
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body.rows_read - body.rows_bad, body.clients_new);
  assert.ok(body.rows_bad >= 4);
  const file = await api.get(`/v1/imports/${body.id}/bad-rows`);
  assert.match(file.type, /^text\/csv/);
  assert.match(file.headers.get('content-disposition'), /bad-rows-\d+\.csv/);
  const raw = await fetch(`${api.base}/v1/imports/${body.id}/bad-rows`, { headers: { authorization: `Bearer ${api.token}` } });
  assert.deepEqual([...new Uint8Array(await raw.arrayBuffer()).subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  const lines = file.text.replace(BOM, '').trim().split('\r\n');
  assert.equal(lines[0], 'vestnik_line;vestnik_field;vestnik_problem;Телефон;Имя;Город');
  assert.match(lines[1], /^3;"Телефон";".*Excel.*";7,9E\+10;Excel;$/);
  assert.equal(lines.length, 1 + body.rows_bad);
  const corrected = [lines[0], lines[1].replace(';7,9E+10;', ';+79160000001;')].join('\r\n');
  const again = await api.upload(BOM + corrected);
  assert.deepEqual([again.status, again.body.clients_new], [201, 1], again.text);
  assert.equal((await clients()).at(-1).msisdn, 79160000001);
  assert.deepEqual(await house.value('SELECT count(*) FROM client_attribute'), 0);
});

test('the first hundred wrong lines of many are named', async () => {
  await wipe();
  const rows = Array.from({ length: 5_000 }, (_, i) => (i % 2 ? `8916${String(i).padStart(7, '0')}` : 'x'));
  const { status, body } = await api.upload(['phone', ...rows].join('\n'));
  assert.equal(status, 422);
  assert.equal(body.errors.length, 100);
  assert.match(body.detail, /at least 100/);
  assert.equal(await house.value('SELECT count(*) FROM client'), 0);
});

test('of a repeated key the last line counts, and it is told', async () => {
  await wipe();
  const { body } = await api.upload('phone;имя\n89161234567;A\n89161234568;B\n+7 916 123-45-67;C\n');
  assert.deepEqual([body.rows_read, body.rows_repeated, body.clients_new], [3, 1, 2]);
  assert.deepEqual((await clients()).map((c) => c.first_name).sort(), ['B', 'C']);
});

test('clients are recognised by code when the file has one, and keep what it does not have', async () => {
  await wipe();
  await api.upload('Код;Телефон;Имя;Город;Банк\nA1;89161234567;Иван;Тверь;X\nA2;89161234568;Пётр;Псков;Y\n');
  const second = await api.upload('Банк;Код;phone\nZ;A1;89160000001\nY;A2;89161234568\nW;A3;89161234568\n');
  assert.deepEqual([second.status, second.body.clients_new, second.body.clients_changed], [201, 1, 1], second.text);
  assert.deepEqual(await clients(), [
    { external_id: 'A1', msisdn: 79160000001, last_name: null, first_name: 'Иван', middle_name: null, city: 'Тверь', attrs: ['Z'] },
    { external_id: 'A2', msisdn: 79161234568, last_name: null, first_name: 'Пётр', middle_name: null, city: 'Псков', attrs: ['Y'] },
    { external_id: 'A3', msisdn: 79161234568, last_name: null, first_name: null, middle_name: null, city: null, attrs: ['W'] },
  ].sort((a, b) => a.external_id.localeCompare(b.external_id)));
  const missing = await api.upload('Код;Телефон\n;89161234567\n');
  assert.deepEqual([missing.status, missing.body.errors[0].field], [422, 'Код']);
  const found = await api.post('/v1/clients/search', { external_id: 'A1' });
  assert.deepEqual(found.body.clients[0].attributes, { банк: 'Z' });
  assert.equal(found.body.clients[0].city, 'Тверь');
  const byPhone = await api.post('/v1/clients/search', { phone: '8 916 123 45 68' });
  assert.deepEqual(byPhone.body.clients.map((c) => c.external_id).sort(), ['A2', 'A3']);
  assert.equal((await api.get(`/v1/clients/${byPhone.body.clients[0].id}`)).body.phone, '+79161234568');
  assert.equal((await api.post('/v1/clients/search', { phone: '89161234568', external_id: 'A2' })).status, 422);
});

test('a file that is none is refused with what to do', async () => {
  await wipe();
  for (const [file, part] of [
    ['', 'names of the columns'],
    ['\n\n\n', 'names of the columns'],
    ['Имя;Город\nИван;Тверь\n', 'Телефон'],
    ['Телефон;phone\n1;2\n', 'rename'],
    [Buffer.from('504b0304140000000800', 'hex'), ''],
    [Buffer.alloc(200_000, 0), ''],
  ]) {
    const { status, type, text } = await api.upload(file);
    assert.equal(status, 422, text);
    assert.match(type, /problem\+json/);
    assert.ok(text.includes(part), text);
  }
  assert.equal((await api.upload('phone\n', '?on_error=maybe')).status, 422);
  assert.equal((await api.upload('phone\n', '?list=')).status, 422);
  assert.equal((await api.upload('phone\n', '', { headers: { 'content-type': 'multipart/form-data; boundary=x' } })).status, 415);
  assert.equal((await api.upload('phone\n', '', { token: 'x' })).status, 401);
  const onlyHeader = await api.upload('phone\n');
  assert.deepEqual([onlyHeader.status, onlyHeader.body.rows_read], [201, 0]);
  assert.equal((await api.get('/v1/imports/999999')).status, 404);
  assert.equal((await api.get('/v1/imports/999999/bad-rows')).status, 404);
});

const start = (file, length) => {
  const socket = api.raw();
  socket.write(`POST /v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: text/csv\r\nContent-Length: ${length}\r\n\r\n${file}`);
  return socket;
};

test('an upload that breaks off leaves nothing but its name', async () => {
  await wipe();
  const socket = start('phone\n89161234567\n', 1_000_000);
  const running = () => house.value("SELECT count(*) FROM import WHERE status = 'running'");
  await waitFor('the import to begin', async () => await running() === 1);
  socket.destroy();
  await waitFor('the import to be cancelled', async () => (await api.get('/v1/imports')).body.imports[0].status === 'cancelled', { timeoutMs: 5_000 });
  assert.deepEqual(await clients(), []);
});

test('no more than two imports run at a time, and the third is told so', async () => {
  await wipe();
  const sockets = [start('phone\n', 1_000), start('phone\n', 1_000)];
  await waitFor('both to run', async () => await house.value("SELECT count(*) FROM import WHERE status = 'running'") === 2);
  const third = await api.upload('phone\n89161234567\n');
  assert.equal(third.status, 503);
  assert.ok(Number(third.headers.get('retry-after')) > 0);
  assert.equal((await api.get('/v1/lists')).status, 200, 'others go on');
  for (const socket of sockets) socket.destroy();
  await waitFor('the two to be cancelled', async () => await house.value("SELECT count(*) FROM import WHERE status = 'cancelled'") === 2, { timeoutMs: 5_000 });
  assert.equal((await api.upload('phone\n89161234567\n')).status, 201);
});

test('an import whose process died is marked failed, and stored nothing', async () => {
  await wipe();
  const other = await Api.open(house, { instance: '2', token: api.token });
  const socket = other.raw();
  socket.write(`POST /v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Length: 1000\r\n\r\nphone\n89161234567\n`);
  await waitFor('the import to begin', async () => await house.value("SELECT count(*) FROM import WHERE status = 'running'") === 1);
  await other.daemon.kill();
  await house.db.query("UPDATE import SET created_at = created_at - interval '1 min'");
  await waitFor('it to be noticed', async () => {
    const [im] = (await api.get('/v1/imports')).body.imports;
    return im.status === 'failed' && /upload it again/.test(im.problem);
  }, { timeoutMs: 10_000 });
  assert.deepEqual(await clients(), []);
});

test('SIGTERM in the middle of an upload leaves nothing', async () => {
  await wipe();
  const other = await Api.open(house, { instance: '3', token: api.token });
  const socket = other.raw();
  socket.write(`POST /v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Length: 1000\r\n\r\nphone\n89161234567\n`);
  await waitFor('the import to begin', async () => await house.value("SELECT count(*) FROM import WHERE status = 'running'") === 1);
  const { code, ms } = await other.daemon.stop();
  assert.equal(code, 0);
  assert.ok(ms < 10_000);
  assert.equal(await house.value("SELECT status FROM import"), 'cancelled');
  assert.deepEqual(await clients(), []);
});

test('a hundred thousand rows stream through little memory, in pieces of any size', { timeout: 60_000 }, async () => {
  await wipe();
  const rows = 100_000;
  async function* file() {
    yield 'Телефон;Фамилия;Имя;Сумма\n';
    for (let i = 0; i < rows; i += 500) {
      let piece = '';
      for (let k = i; k < i + 500; k++) piece += `8916${String(k).padStart(7, '0')};Иванов;Иван;${k}\n`;
      yield piece.slice(0, 777);
      yield piece.slice(777);
    }
  }
  const { status, body } = await api.upload(ReadableStream.from((async function* () {
    for await (const piece of file()) yield Buffer.from(piece);
  })()), '?list=big');
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body.clients_new, rows);
  assert.equal(await house.value("SELECT count(*) FROM list_member"), rows);
  const rss = (await api.daemon.metrics()).process_resident_memory_bytes;
  assert.ok(rss < 64 * 1024 * 1024, `${rss} bytes`);
});
