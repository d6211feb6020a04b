// SPDX-License-Identifier: AGPL-3.0-or-later
// Excel workbooks are uploaded, looked at and refused as CSV files are.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { writeWorkbook } from './lib/remote.mjs';
import { House } from './lib/stack.mjs';

let house;
let api;
const book = (rows) => writeWorkbook(path.join(house.dir, 'book.xlsx'), rows);
const clients = async () => (await house.db.query(
  'SELECT external_id, msisdn, last_name, birthday::text, points::text FROM client ORDER BY external_id')).rows.map((row) => Object.values(row));

before(async () => {
  house = await House.open('api_import_workbook');
  api = await Api.open(house);
});
after(() => house.close());
beforeEach(() => house.db.query('TRUNCATE client, client_attribute, import, import_bad_row RESTART IDENTITY'));

const HEADING = ['Код', 'Телефон', 'Фамилия', 'Дата рождения', 'Баллы'];
const GOOD = [['x1', 89160000001, 'Иванов; "А"', { date: '1980-02-29' }, 12.5], ['x2', '+7 916 000-00-02', null, null, null]];

test('a workbook is previewed and imported, its numbers and dates as Excel shows them', async () => {
  const file = book([HEADING, ...GOOD]);
  const seen = await api.request('POST', '/v1/imports/preview', { body: file });
  assert.equal(seen.status, 200, seen.text);
  assert.deepEqual([seen.body.encoding, seen.body.separator, seen.body.rows_seen, seen.body.problems], ['Excel', ';', 2, []]);
  assert.deepEqual(seen.body.columns.map((c) => [c.field, c.samples[0]]),
    [['external_id', 'x1'], ['phone', '89160000001'], ['last_name', 'Иванов; "А"'], ['birthday', '1980-02-29'], ['points', '12.5']]);
  assert.equal(await house.value('SELECT count(*) FROM import'), 0);
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const { status, body, text } = await api.upload(file, '?list=Book', { headers: { 'content-type': type } });
  assert.deepEqual([status, body.rows_read, body.clients_new, body.encoding, body.list_name], [201, 2, 2, 'Excel', 'Book'], text);
  assert.deepEqual(await clients(), [['x1', 79160000001, 'Иванов; "А"', '1980-02-29', '12.50'], ['x2', 79160000002, null, null, null]]);
});

test('bad rows of a workbook are named by their lines, and come back as CSV that can be corrected', async () => {
  const file = book([HEADING, ...GOOD, ['x3', '12', 'Bad']]);
  const refused = await api.upload(file);
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.body.errors.map((e) => [e.line, e.field, e.found]), [[4, 'Телефон', '12']]);
  assert.equal(await house.value('SELECT count(*) FROM client'), 0);
  const { body } = await api.upload(file, '?on_error=skip');
  assert.deepEqual([body.status, body.rows_bad, body.clients_new], ['done', 1, 2]);
  const back = await api.get(`/v1/imports/${body.id}/bad-rows`);
  assert.match(back.text, /^vestnik_line;vestnik_field;vestnik_problem;Код;Телефон;Фамилия;Дата рождения;Баллы\r\n4;"Телефон";"[^"]+";x3;12;Bad;;\r\n$/);
  assert.equal((await api.upload(back.text.replace(';12;', ';89160000003;'))).body.clients_new, 1);
});

test('a workbook that cannot be read is refused with what to do', async () => {
  const file = book([HEADING, ...GOOD]);
  for (const [bytes, part] of [
    [file.subarray(0, file.length / 2), 'damaged'],
    [Buffer.from('504b0304140000000800', 'hex'), 'damaged'],
    [Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old Excel'],
    [book([]), 'names of the columns'],
  ]) {
    for (const answer of [await api.upload(bytes), await api.request('POST', '/v1/imports/preview', { body: bytes })]) {
      assert.equal(answer.status, 422, answer.text);
      assert.ok(answer.text.includes(part), answer.text);
    }
  }
});

test('a workbook of 20,000 rows is imported whole', { timeout: 120_000 }, async () => {
  const file = book([['Код', 'Телефон', 'Город'], ...Array.from({ length: 20_000 }, (_, i) => [`n${i}`, 89170000000 + i, `Город ${i % 100}`])]);
  const { status, body } = await api.upload(file);
  assert.deepEqual([status, body.rows_read, body.clients_new], [201, 20_000, 20_000]);
});
