// SPDX-License-Identifier: AGPL-3.0-or-later
// A file of clients as the web sends it: looked at first, its columns named by a person, sent to a
// plan, watched and cancelled.  Clients and lists as pages show them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let api;

before(async () => {
  house = await House.open('api_import_web');
  api = await Api.open(house);
});
after(async () => {
  const { code } = await api.daemon.stop();
  await house.close();
  assert.equal(code, 0);
});

const clients = async () => (await house.db.query(
  'SELECT external_id, msisdn, last_name, first_name, middle_name, attrs FROM client ORDER BY id')).rows;
const wipe = () => house.db.query('TRUNCATE client, list_member, list, client_attribute, import, import_bad_row, opt_out RESTART IDENTITY');

const preview = (file, options) => api.request('POST', '/v1/imports/preview', {
  body: file, ...options, headers: { 'content-type': 'application/octet-stream', ...options?.headers },
});
const plan = async (body) => {
  const answer = await api.post('/v1/imports/plan', body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
};
const put = (id, file) => api.request('PUT', `/v1/imports/${id}/file`, { body: file, headers: { 'content-type': 'text/csv' } });
const importOf = async (id) => (await api.get(`/v1/imports/${id}`)).body;

/** Text that breaks out of whatever does not escape: markup, JSON, formulas, control and direction signs. */
const HOSTILE = '<img src=x onerror=alert(1)>"\'\\\u0001\u202e\u2028{{x}}=1+1\ud83d\ude00&amp;</script>';
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

// ------------------------------------------------------------------------------------ preview

test('a preview says how a file would be understood, and stores nothing', async () => {
  await wipe();
  const { status, body } = await preview([
    'Телефон;Фамилия;Город;;город;phone',
    '8 (916) 123-45-67; Иванов ;Тверь;x;;',
    '7,9E+10;Петров;Тверь;;;',
    '"broken";x"y";;;;',
    ';;;;;',
    '89161234568;Сидоров;Псков;;;',
  ].join('\n'));
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.encoding, body.separator, body.rows_seen], ['UTF-8', ';', 4]);
  assert.deepEqual(body.columns, [
    { header: 'Телефон', field: 'phone', attribute: null, samples: ['8 (916) 123-45-67', '7,9E+10', '89161234568'] },
    { header: 'Фамилия', field: 'last_name', attribute: null, samples: ['Иванов', 'Петров', 'Сидоров'] },
    { header: 'Город', field: 'city', attribute: null, samples: ['Тверь', 'Псков'] },
    { header: '', field: 'ignored', attribute: null, samples: ['x'] },
    { header: 'город', field: 'ignored', attribute: null, samples: [] },
    { header: 'phone', field: 'ignored', attribute: null, samples: [] },
  ]);
  assert.deepEqual(body.rows, [
    ['8 (916) 123-45-67', ' Иванов ', 'Тверь', 'x', '', ''],
    ['7,9E+10', 'Петров', 'Тверь', '', '', ''],
    ['89161234568', 'Сидоров', 'Псков', '', '', ''],
  ]);
  assert.deepEqual(body.problems.map((p) => [p.line, p.field, p.found]),
    [[3, 'Телефон', '7,9E+10'], [4, '(the row)', 'a broken row']]);
  assert.match(body.problems[0].expected, /Excel/);
  for (const table of ['client', 'client_attribute', 'list', 'import'])
    assert.equal(await house.value(`SELECT count(*) FROM ${table}`), 0, table);
});

test('a preview of the beginning of a long file leaves its cut line alone', async () => {
  const full = 256 * 1024;
  const file = Buffer.from('phone;имя\n' + '89161234567;Александр\n'.repeat(20_000));
  const begin = await preview(file.subarray(0, full));
  assert.equal(begin.status, 200, begin.text);
  assert.deepEqual([begin.body.problems, begin.body.rows.length], [[], 5]);
  assert.deepEqual(begin.body.columns[1].samples, ['Александр']);
  const whole = await preview('phone;имя\n89161234567');
  assert.deepEqual(whole.body.problems.map((p) => [p.line, p.found]), [[2, '1 columns']]);
  assert.equal((await preview(file.subarray(0, full + 1))).status, 413);
});

test('a file without a phone column is previewed, so that a person can say which it is', async () => {
  const { status, body } = await preview('Контакт,Имя\n89161234567,Иван\n');
  assert.equal(status, 200);
  assert.deepEqual(body.columns.map((c) => [c.field, c.attribute]), [['attribute', 'контакт'], ['first_name', null]]);
  assert.deepEqual(body.problems, []);
});

test('what is no table is refused with what to do', async () => {
  for (const [file, part] of [
    ['', 'names of the columns'],
    ['\n\n', 'names of the columns'],
    [Buffer.from('504b0304140000000800', 'hex'), 'damaged'],
    [Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old Excel'],
  ]) {
    const { status, type, text } = await preview(file);
    assert.equal(status, 422, text);
    assert.match(type, /problem\+json/);
    assert.ok(text.includes(part), text);
  }
  assert.equal((await preview('phone\n', { headers: { 'content-type': 'multipart/form-data; boundary=x' } })).status, 415);
  assert.equal((await preview('phone\n', { token: 'x' })).status, 401);
});

test('a hostile file name, header and cell come back exactly as text', async () => {
  await wipe();
  const file = `phone;${quoted(HOSTILE)};имя\n89161234567;${quoted(HOSTILE)};${quoted(HOSTILE)}\n`;
  const seen = await preview(file);
  assert.equal(seen.status, 200, seen.text);
  assert.equal(seen.body.columns[1].header, HOSTILE);
  assert.deepEqual(seen.body.columns[1].samples, [HOSTILE]);
  assert.deepEqual(seen.body.rows, [['89161234567', HOSTILE, HOSTILE]]);
  assert.ok(!seen.text.includes('\u0001'), 'control characters are escaped');
  const planned = await plan({
    file_name: `${HOSTILE}.csv`, list: HOSTILE.replace('\u0001', ''),
    columns: seen.body.columns.map(({ header, field, attribute }) => ({ header, field, attribute })),
  });
  assert.equal(planned.file_name, `${HOSTILE}.csv`);
  const stored = await put(planned.id, file);
  assert.equal(stored.status, 201, stored.text);
  assert.equal(stored.body.columns[1].header, HOSTILE);
  assert.equal(stored.body.list_name, HOSTILE.replace('\u0001', ''));
  const found = (await api.post('/v1/clients/search', { phone: '89161234567' })).body.clients[0];
  assert.equal(found.first_name, HOSTILE);
  assert.deepEqual(Object.values(found.attributes), [HOSTILE]);
  const bad = await plan({ file_name: HOSTILE });
  const refused = await put(bad.id, `phone;${quoted(HOSTILE)}\n${quoted(HOSTILE)};x\n`);
  assert.deepEqual([refused.status, refused.body.errors[0].found], [422, HOSTILE]);
});

// ------------------------------------------------------------------------------------ plan and file

test('a file over the limit is refused before it is sent, in words', async () => {
  const { status, body } = await api.post('/v1/imports/plan', { file_name: 'all.csv', file_bytes: 2 ** 40 });
  assert.deepEqual([status, body.detail], [413, 'A file may have 1024 MiB. Send it in several parts']);
  assert.equal((await plan({ file_name: 'most.csv', file_bytes: 2 ** 30 })).status, 'waiting');
});

test('a person says what the columns mean', async () => {
  await wipe();
  const planned = await plan({
    file_name: 'ноябрь.csv', list: 'Ноябрь', on_error: 'skip',
    columns: [
      { header: 'Контакт', field: 'phone' },
      { header: 'Сумма', field: 'attribute', attribute: 'Сумма долга' },
      { header: 'Сумма', field: 'attribute', attribute: 'пени' },
      { header: 'Телефон', field: 'ignored' },
      { header: 'Кто', field: 'last_name', attribute: null },
    ],
  });
  assert.deepEqual([planned.status, planned.file_name, planned.list_name, planned.list_id, planned.on_error, planned.rows_read],
    ['waiting', 'ноябрь.csv', 'Ноябрь', null, 'skip', 0]);
  assert.match(planned.created_by, /^test-/);
  const { status, body, headers } = await put(planned.id,
    'Кто;Сумма;Телефон;Контакт;Сумма;Имя\nИванов;100;1;89161234567;5;Иван\nПетров;1;2;x;0;Пётр\n');
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(headers.get('location'), `/v1/imports/${planned.id}`);
  assert.deepEqual([body.id, body.status, body.rows_read, body.rows_bad, body.clients_new, body.list_name],
    [planned.id, 'done', 2, 1, 1, 'Ноябрь']);
  assert.deepEqual(body.columns.map((c) => [c.header, c.field, c.attribute]), [
    ['Кто', 'last_name', null], ['Сумма', 'attribute', 'сумма_долга'], ['Телефон', 'ignored', null],
    ['Контакт', 'phone', null], ['Сумма', 'attribute', 'пени'], ['Имя', 'first_name', null],
  ]);
  assert.deepEqual(await clients(), [
    { external_id: null, msisdn: 79161234567, last_name: 'Иванов', first_name: 'Иван', middle_name: null, attrs: ['100', '5'] },
  ]);
  assert.deepEqual((await api.get('/v1/lists')).body.lists.map((l) => [l.name, l.size]), [['Ноябрь', 1]]);
  assert.equal((await put(planned.id, 'phone\n')).status, 409, 'a plan is for one file');
});

test('what a preview proposes is what a plan takes, and what happens without one', async () => {
  await wipe();
  const file = 'Телефон;Имя;Город;город\n89161234567;Иван;Тверь;Псков\n';
  const { columns } = (await preview(file)).body;
  const planned = await plan({ file_name: 'a.csv', columns: columns.map(({ samples, ...column }) => column) });
  const stored = await put(planned.id, file);
  assert.equal(stored.status, 201, stored.text);
  assert.deepEqual(stored.body.columns, columns.map(({ samples, ...column }) => column));
  assert.equal(await house.value('SELECT city FROM client'), 'Тверь');
  const plain = await plan({ file_name: 'b.csv' });
  assert.equal((await put(plain.id, 'Телефон;Имя\n89161234568;Пётр\n')).status, 201);
});

test('a wrong mapping is refused by name before anything is stored', async () => {
  await wipe();
  for (const [columns, field, part] of [
    [[{ header: 'A', field: 'phone' }, { header: 'B', field: 'phone' }], 'columns[1].field', 'one column of each'],
    [[{ header: 'A', field: 'attribute', attribute: 'пени' }, { header: 'B', field: 'attribute', attribute: ' Пени ' }], 'columns[1].attribute', 'no other'],
    [[{ header: 'A', field: 'attribute' }], 'columns[0].attribute', 'begins with a letter'],
    [[{ header: 'A', field: 'attribute', attribute: '12' }], 'columns[0].attribute', 'begins with a letter'],
    [[{ header: 'A', field: 'attribute', attribute: '{}' }], 'columns[0].attribute', 'begins with a letter'],
    [[{ header: 'A', field: 'attribute', attribute: 'first_name' }], 'columns[0].attribute', "field's name"],
    [[{ header: 'A', field: 'attribute', attribute: 'Город' }], 'columns[0].attribute', "field's name"],
    [[{ header: 'A', field: 'phone', attribute: 'x' }], 'columns[0].attribute', 'only when'],
    [[{ header: 'A', field: 'mobile' }], 'columns[0].field', 'a field of clients'],
    [[{ header: 1, field: 'phone' }], 'columns[0].header', 'string'],
    [[{ header: 'A', field: 'phone', name: 'x' }], 'columns[0].name', 'header'],
    [['phone'], 'columns[0]', 'object'],
    [[], 'columns', 'array'],
  ]) {
    const { status, body } = await api.post('/v1/imports/plan', { file_name: 'a.csv', columns });
    assert.deepEqual([status, body.errors?.[0].field], [422, field], JSON.stringify(body));
    assert.ok(body.errors[0].expected.includes(part), body.errors[0].expected);
  }
  assert.equal((await api.post('/v1/imports/plan', {})).body.errors[0].field, 'file_name');
  assert.equal((await api.post('/v1/imports/plan', { file_name: 'a', on_error: 'x' })).body.errors[0].field, 'on_error');
  assert.equal((await api.post('/v1/imports/plan', { file_name: 'a', list: '' })).body.errors[0].field, 'list');
  assert.equal(await house.value('SELECT count(*) FROM import'), 0);

  for (const [columns, file, field, found] of [
    [[{ header: 'Телефон', field: 'ignored' }], 'Телефон;Имя\n89161234567;И\n', 'phone', /Телефон/],
    [[{ header: 'Нет', field: 'last_name' }], 'Телефон;Имя\n89161234567;И\n', 'Нет', /"Телефон", "Имя"/],
    [[{ header: 'Имя', field: 'phone' }], 'Телефон;Имя\n89161234567;И\n', 'Имя', /Телефон.*Имя/],
    [[{ header: 'A', field: 'phone' }, { header: 'A', field: 'ignored' }], 'A\n89161234567\n', 'A', /"A"/],
  ]) {
    const planned = await plan({ file_name: 'a.csv', columns });
    const { status, body } = await put(planned.id, file);
    assert.deepEqual([status, body.errors?.[0].field, body.errors?.[0].line], [422, field, 1], JSON.stringify(body));
    assert.match(body.errors[0].found, found);
    assert.equal((await importOf(planned.id)).status, 'refused');
  }
  assert.deepEqual(await clients(), []);
  assert.equal(await house.value('SELECT count(*) FROM client_attribute'), 0);
});

test('a file without a plan, or for another one, is told so', async () => {
  assert.equal((await put(999_999, 'phone\n')).status, 404);
  assert.equal((await put('x', 'phone\n')).status, 404);
  const planned = await plan({ file_name: 'a.csv' });
  const form = await api.request('PUT', `/v1/imports/${planned.id}/file`, { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } });
  assert.equal(form.status, 415);
  assert.equal((await importOf(planned.id)).status, 'waiting');
  const workbook = await put(planned.id, Buffer.from('504b0304140000000800', 'hex'));
  assert.deepEqual([workbook.status, /CSV UTF-8/.test(workbook.text)], [422, true]);
});

test('a plan without a file is forgotten after a day', async () => {
  await wipe();
  const { id } = await plan({ file_name: 'a.csv' });
  await house.db.query("UPDATE import SET created_at = created_at - interval '23 h'");
  assert.equal((await importOf(id)).status, 'waiting');
  await house.db.query("UPDATE import SET created_at = created_at - interval '2 h'");
  assert.equal((await api.get(`/v1/imports/${id}`)).status, 404);
});

// ------------------------------------------------------------------------------------ while it runs

/** A body that gives out pieces when it is told to. */
function tap() {
  let controller;
  const body = new ReadableStream({ start(c) { controller = c; } });
  return { body, write: (text) => controller.enqueue(Buffer.from(text)), end: () => controller.close() };
}

test('a running import tells how far it is', async () => {
  await wipe();
  const { id } = await plan({ file_name: 'a.csv' });
  const file = tap();
  const answer = put(id, file.body);
  file.write('phone\n');
  await waitFor('it to run', async () => (await importOf(id)).status === 'running');
  let rows = 0;
  await waitFor('rows to be told', async () => {
    file.write(Array.from({ length: 5_000 }, () => `8916${String(rows++).padStart(7, '0')}\n`).join(''));
    const { status, rows_read: read } = await importOf(id);
    assert.equal(status, 'running');
    return read > 0 && read <= rows;
  }, { everyMs: 200 });
  assert.equal(await house.value('SELECT count(*) FROM client'), 0, 'nothing is there before all is');
  file.end();
  const { status, body } = await answer;
  assert.deepEqual([status, body.rows_read, body.clients_new], [201, rows, rows], JSON.stringify(body));
});

test('a running import can be cancelled, and stores nothing', async () => {
  await wipe();
  const { id } = await plan({ file_name: 'a.csv', list: 'L' });
  const file = tap();
  const answer = put(id, file.body);
  file.write('phone;город\n89161234567;Тверь\n');
  await waitFor('it to run', async () => (await importOf(id)).status === 'running');
  assert.equal((await put(id, 'phone\n')).status, 409, 'not twice at once');
  const cancelled = await api.post(`/v1/imports/${id}/cancel`);
  assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'cancelled'], cancelled.text);
  file.write('89161234568;Псков\n');
  file.end();
  const { status, body } = await answer;
  assert.deepEqual([status, body.type], [409, 'urn:vestnik:problem:import-cancelled'], JSON.stringify(body));
  for (const table of ['client', 'client_attribute', 'list', 'list_member', 'import_bad_row'])
    assert.equal(await house.value(`SELECT count(*) FROM ${table}`), 0, table);
  const kept = await importOf(id);
  assert.deepEqual([kept.status, kept.problem, kept.finished_at !== null], ['cancelled', null, true]);
  assert.equal((await api.post(`/v1/imports/${id}/cancel`)).status, 409);
});

test('a cancel that comes while the rows are merged still leaves nothing', async () => {
  await wipe();
  const { id } = await plan({ file_name: 'a.csv', list: 'L' });
  await house.db.query('BEGIN; SELECT pg_advisory_lock(7003)'); // the merges' own lock
  try {
    const answer = put(id, 'phone\n89161234567\n');
    await waitFor('it to merge', async () => (await house.value(
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7003 AND NOT granted")) === 1);
    assert.equal((await api.post(`/v1/imports/${id}/cancel`)).status, 200);
    await house.db.query('SELECT pg_advisory_unlock(7003); COMMIT');
    assert.equal((await answer).status, 409);
  } finally {
    await house.db.query('SELECT pg_advisory_unlock_all()');
  }
  assert.deepEqual(await clients(), []);
  assert.equal((await importOf(id)).status, 'cancelled');
});

test('a waiting import can be cancelled, and then takes no file', async () => {
  const { id } = await plan({ file_name: 'a.csv' });
  assert.equal((await api.post(`/v1/imports/${id}/cancel`)).body.status, 'cancelled');
  assert.equal((await put(id, 'phone\n89161234567\n')).status, 409);
  assert.equal((await api.post('/v1/imports/999999/cancel')).status, 404);
});

test('an upload that breaks off cancels its import', async () => {
  await wipe();
  const { id } = await plan({ file_name: 'a.csv' });
  const socket = api.raw();
  socket.write(`PUT /v1/imports/${id}/file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Length: 1000\r\n\r\nphone\n89161234567\n`);
  await waitFor('it to run', async () => (await importOf(id)).status === 'running');
  socket.destroy();
  await waitFor('it to be cancelled', async () => (await importOf(id)).status === 'cancelled', { timeoutMs: 5_000 });
  assert.deepEqual(await clients(), []);
});

// ------------------------------------------------------------------------------------ clients

const PEOPLE = [
  ['A1', '89161230001', 'Иванова', 'Анна', 'a'],
  ['A2', '89161230002', 'Ёлкин', 'Иван', 'a'],
  ['A3', '89161230003', 'иванов', 'Пётр', 'a'],
  ['A4', '89161230004', 'ИВАНОВ', 'Иван', 'b'],
  ['A5', '89161230005', '', 'Иван', 'b'],
  ['A6', '89161230005', 'Петров-Водкин', '', 'b'],
  ['A7', '89161230007', 'Smith', 'John', 'b'],
];

async function people() {
  await wipe();
  const file = (list) => ['code', ...PEOPLE.filter((p) => p[4] === list)].map((p) => (p === 'code'
    ? 'Код;Телефон;Фамилия;Имя' : p.slice(0, 4).join(';'))).join('\n');
  for (const list of ['a', 'b'])
    assert.equal((await api.upload(file(list), `?list=${list}`)).status, 201);
}

/** Codes of all pages of a search. */
async function found(query) {
  const codes = [];
  let cursor;
  do {
    const { status, body, text } = await api.post('/v1/clients/search', { ...query, ...(cursor ? { cursor } : {}) });
    assert.equal(status, 200, text);
    codes.push(...body.clients.map((c) => c.external_id));
    cursor = body.next_cursor;
  } while (cursor);
  return codes.join(' ');
}

test('clients are found by name, phone, code and list, page by page', async () => {
  await people();
  const b = (await api.get('/v1/lists')).body.lists.find((l) => l.name === 'b').id;
  for (const [query, want] of [
    [{}, 'A1 A2 A3 A4 A5 A6 A7'],
    [{ list_id: b }, 'A4 A5 A6 A7'],
    [{ name: 'иванов' }, 'A4 A3 A1'],
    [{ name: ' ИВАНОВ   и ' }, 'A4'],
    [{ name: 'иванов иванов' }, ''],
    [{ name: 'елкин' }, 'A2'],
    [{ name: 'ёл' }, 'A2'],
    [{ name: 'иван' }, 'A5 A4 A3 A1'],
    [{ name: 'петров-в' }, 'A6'],
    [{ name: 'smith j' }, 'A7'],
    [{ name: '%' }, ''],
    [{ name: 'иван', list_id: b }, 'A5 A4'],
    [{ phone: '+7 916 123-00-05' }, 'A5 A6'],
    [{ phone: '89161230005', list_id: b }, 'A5 A6'],
    [{ phone: '89161230001', list_id: b }, ''],
    [{ external_id: 'A3' }, 'A3'],
    [{ external_id: 'A3', list_id: b }, ''],
  ]) {
    assert.equal(await found(query), want, JSON.stringify(query));
    assert.equal(await found({ ...query, limit: 1 }), want, `${JSON.stringify(query)} one at a time`);
  }
  for (const [query, field] of [
    [{ phone: '89161230005', name: 'и' }, 'name'],
    [{ external_id: 'A1', name: 'и' }, 'name'],
    [{ list_id: '999' }, 'list_id'],
    [{ limit: 201 }, 'limit'],
    [{ cursor: 'x' }, 'cursor'],
    [{ name: '' }, 'name'],
  ]) {
    const { status, body } = await api.post('/v1/clients/search', query);
    assert.deepEqual([status, body.errors?.[0].field], [422, field], JSON.stringify(body));
  }
});

test('clients of a long list are found by name like those of a short one', async () => {
  await people();
  const b = (await api.get('/v1/lists')).body.lists.find((l) => l.name === 'b').id;
  await house.db.query("UPDATE list SET size = 1000000 WHERE name = 'b'");
  assert.equal(await found({ name: 'иван', list_id: b }), 'A5 A4');
  assert.equal(await found({ name: 'иван', list_id: b, limit: 1 }), 'A5 A4');
});

test('a client says its lists; clients are counted', async () => {
  await wipe();
  assert.deepEqual((await api.get('/v1/clients/count')).body, { clients: 0, opted_out: 0, updated_at: null });
  await people();
  await api.upload('Код;Телефон\nA1;89161230001\n', '?list=c');
  const { body: { clients: [a1] } } = await api.post('/v1/clients/search', { external_id: 'A1' });
  const { body: client } = await api.get(`/v1/clients/${a1.id}`);
  assert.deepEqual(client.lists.map((l) => l.name), ['a', 'c']);
  const { lists, phones, phone_changes, blocked_reason: reason, ...head } = client;
  assert.deepEqual(head, a1);
  assert.deepEqual([lists.length, phones.length, phone_changes.length, reason], [2, 1, 0, null]);
  await api.put('/v1/opt-outs', { phone: '89161230005' });
  await api.put('/v1/opt-outs', { phone: '89169999999' });
  const { body: count } = await api.get('/v1/clients/count');
  assert.deepEqual([count.clients, count.opted_out], [7, 2]);
  assert.equal(count.updated_at, (await api.get('/v1/imports')).body.imports[1].finished_at, 'the last that changed any');
});

test('the size of a list is kept through every import', async () => {
  await wipe();
  for (const [file, size] of [['1\n2\n', 2], ['2\n3\n', 3], ['1\n2\n3\n', 3], ['', 3]]) {
    await api.upload(`phone\n${file.replace(/\d/g, '8916123000$&')}`, '?list=L');
    const [list] = (await api.get('/v1/lists')).body.lists;
    assert.equal(list.size, size);
    assert.equal(await house.value('SELECT count(*) FROM list_member'), size);
  }
});

test('opt-outs come page by page', async () => {
  await wipe();
  for (const n of [3, 1, 2]) await api.put('/v1/opt-outs', { phone: `8916123000${n}` });
  const first = await api.post('/v1/opt-outs/search', { limit: 2 });
  assert.deepEqual(first.body.opt_outs.map((o) => o.phone), ['+79161230001', '+79161230002']);
  const second = await api.post('/v1/opt-outs/search', { limit: 2, cursor: first.body.next_cursor });
  assert.deepEqual([second.body.opt_outs.map((o) => o.phone), second.body.next_cursor], [['+79161230003'], null]);
  assert.equal((await api.post('/v1/opt-outs/search', { phone: '89161230002' })).body.opt_outs.length, 1);
});
