// SPDX-License-Identifier: AGPL-3.0-or-later
// A list from a file with columns of its own, on its whole way: upload, preview, check, campaign, telephone, link;
// and that its values are the list's alone and go with its entries.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { writeWorkbook } from './lib/remote.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { waitFor } from './lib/stack.mjs';

const PERSON = 'Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36';
const COLUMNS = [
  { header: 'Код', field: 'external_id' },
  { header: 'Телефон', field: 'phone' },
  { header: 'Имя', field: 'first_name' },
  { header: 'Сумма', field: 'list_number', attribute: 'Сумма' },
  { header: 'Срок', field: 'list_date', attribute: 'срок' },
  { header: 'Заметка', field: 'list_text', attribute: 'note' },
];
const TEXT = '{имя}, вернём {сумма:money "₽"} до {срок:date "D MMMM"}{if note}: {note}{end}';
const HEAD = 'Код;Телефон;Имя;Сумма;Срок;Заметка';
const client = (n) => ({ code: `k${n}`, phone: `+7916500${String(n).padStart(4, '0')}`, name: `Имя${n}` });
const row = (n, sum, till, note = '') => [client(n).code, client(n).phone, client(n).name, sum, till, note].join(';');

let fleet;
let api;
const value = (sql, params) => fleet.house.value(sql, params);
const ok = async (promise, status = 200) => {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.body;
};

before(async () => {
  fleet = await Fleet.open('list_columns', {});
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'lists')).trim());
  await ok(api.put('/v1/links/settings', { base: 'https://go.example/l/', days: 30 }));
});
after(() => fleet?.close());

/** Plan an import to a list and send its file. */
async function upload(list, lines, { columns = COLUMNS, ...more } = {}) {
  const { id } = await ok(api.post('/v1/imports/plan', { file_name: 'clients.csv', list, columns, ...more }), 201);
  return api.put(`/v1/imports/${id}/file`, lines.join('\n'), { headers: { 'content-type': 'text/csv' } });
}

const draft = async (list, more = {}) => ok(api.post('/v1/campaigns', {
  name: `To ${list}`, text: TEXT, sender: 'SHOP', class: 'service', category: 'service', list_id: list, ...more }), 201);

async function sendTo(list, more) {
  const { id } = await draft(list, more);
  const { recipients } = await ok(api.get(`/v1/campaigns/${id}/check`));
  await ok(api.post(`/v1/campaigns/${id}/launch`, { recipients }));
  await fleet.finished(id, 60_000);
  return { id, recipients };
}
const textsOf = async (campaign) => Object.fromEntries((await fleet.db.query(
  `SELECT c.external_id, m.text FROM message m JOIN batch b ON b.id = m.id & ~255::bigint JOIN run r ON r.id = b.run_id JOIN client c ON c.id = m.client_id
    WHERE r.campaign_id = $1`, [campaign])).rows.map((found) => [found.external_id, found.text]));

test('what a file says for a list stands in the texts to this list, and for nobody else', { timeout: 180_000 }, async () => {
  const autumn = await ok(upload('Autumn', [HEAD, row(1, '1 500,50', '05.12.2026', 'пакет'), row(2, '200', '2026-12-06'), row(3, '', '07.12.2026')]), 201);
  const winter = await ok(upload('Winter', [HEAD, row(1, '7', '01.01.2027')]), 201);
  const list = await ok(api.get(`/v1/lists/${autumn.list_id}`));
  assert.deepEqual([list.size, list.columns], [3, [{ name: 'сумма', type: 'number' }, { name: 'срок', type: 'date' }, { name: 'note', type: 'text' }]]);
  assert.equal(await value("SELECT count(*) FROM client_attribute"), 0, 'clients have no field more for it');

  // The names are known for the list, and unknown without it.
  const names = async (query) => (await ok(api.get(`/v1/placeholders${query}`))).placeholders.filter(({ kind }) => kind === 'list').map(({ name, type }) => [name, type]);
  assert.deepEqual(await names(`?list_id=${autumn.list_id}`), [['сумма', 'number'], ['срок', 'date'], ['note', 'text']]);
  assert.deepEqual(await names(''), []);
  const unknown = await api.post('/v1/campaigns', { name: 'x', text: TEXT, list_id: null });
  assert.deepEqual([unknown.status, unknown.body.errors.map(({ found }) => found)], [422, ['{сумма}', '{срок}', '{note}']]);

  // Preview and check read what will be sent.
  const preview = await ok(api.post('/v1/texts/preview', { text: TEXT, list_id: autumn.list_id, thorough: true }));
  assert.deepEqual(preview.problems, []);
  assert.equal(preview.samples[0].text, 'Имя1, вернём 1\u00a0500,50\u00a0₽ до 5 декабря: пакет');
  assert.deepEqual([preview.sampled, preview.no_text], [3, 1]);
  assert.deepEqual(preview.lacking, [{ field: 'сумма', clients: 1, of: 3 }]);
  assert.equal(preview.worst.parts, 1);

  const sent = await sendTo(autumn.list_id);
  assert.equal(sent.recipients, 2, 'who lacks the sum is left out');
  assert.deepEqual(await textsOf(sent.id), { k1: 'Имя1, вернём 1\u00a0500,50\u00a0₽ до 5 декабря: пакет', k2: 'Имя2, вернём 200\u00a0₽ до 6 декабря' });
  const wire = (await fleet.sim.rows()).find(({ destination }) => destination === client(2).phone.slice(1));
  assert.equal(wire.hash, hashOf(Buffer.from('Имя2, вернём 200\u00a0₽ до 6 декабря', 'utf16le').swap16()));
  assert.deepEqual(await textsOf((await sendTo(winter.list_id)).id), { k1: 'Имя1, вернём 7\u00a0₽ до 1 января' }, 'the same client reads of each list its own');
});

test('a short link leads where the list says', { timeout: 120_000 }, async () => {
  const { list_id: list } = await ok(upload('Links', [HEAD, row(31, '42', '05.12.2026')]), 201);
  const { id } = await sendTo(list, { text: 'Pay {link https://shop.example/pay?sum={сумма}}' });
  const [, code] = Object.values(await textsOf(id))[0].match(/\/l\/(\w+)$/);
  const answer = await fetch(`${api.base}/l/${code}`, { redirect: 'manual', headers: { 'user-agent': PERSON } });
  assert.equal(answer.headers.get('location'), 'https://shop.example/pay?sum=42');
});

test('a second file replaces values, adds columns and keeps what it does not have', async () => {
  const { list_id: list } = await ok(upload('Grows', [HEAD, row(41, '1', '05.12.2026', 'a'), row(42, '2', '05.12.2026', 'b')]), 201);
  const more = [{ header: 'Код', field: 'external_id' }, { header: 'Телефон', field: 'phone' }, { header: 'Заметка', field: 'list_text', attribute: 'note' }, { header: 'Да', field: 'list_yes_no', attribute: 'yes' }];
  const line = (n, ...rest) => [client(n).code, client(n).phone, ...rest].join(';');
  await ok(upload('Grows', ['Код;Телефон;Заметка;Да', line(41, 'new', 'да'), line(43, 'c', 'нет')], { columns: more }), 201);
  const { columns, size } = await ok(api.get(`/v1/lists/${list}`));
  assert.deepEqual([columns.map(({ name }) => name), size], [['сумма', 'срок', 'note', 'yes'], 3]);
  const { rows } = await fleet.db.query('SELECT c.external_id, m.vals FROM list_member m JOIN client c ON c.id = m.client_id WHERE m.list_id = $1 ORDER BY 1', [list]);
  assert.deepEqual(rows, [
    { external_id: 'k41', vals: ['1', '2026-12-05', 'new', 'yes'] },
    { external_id: 'k42', vals: ['2', '2026-12-05', 'b'] },
    { external_id: 'k43', vals: [null, null, 'c', 'no'] }]);
  // A plain import to the list goes on as ever.
  await ok(api.upload(`Код;Телефон\n${line(44)}\n`, '?list=Grows'), 201);
  assert.equal((await ok(api.get(`/v1/lists/${list}`))).size, 4);
});

test('what cannot be taken is refused by name', async () => {
  const bad = await upload('Bad', [HEAD, row(51, 'сто', '05.12.2026'), row(52, '1', '31.02.2026')]);
  assert.deepEqual([bad.status, bad.body.errors.map(({ line, field }) => [line, field])], [422, [[2, 'Сумма'], [3, 'Срок']]]);
  assert.equal(await value("SELECT count(*) FROM list WHERE name = 'Bad'"), 0);
  const listless = await api.post('/v1/imports/plan', { file_name: 'x.csv', columns: COLUMNS });
  assert.deepEqual([listless.status, listless.body.errors.map(({ field }) => field)], [422, ['list']]);
  const nameless = await api.post('/v1/imports/plan', { file_name: 'x.csv', list: 'x', columns: [{ header: 'a', field: 'list_text' }] });
  assert.equal(nameless.body.errors[0].field, 'columns[0].attribute');
  const twice = await api.post('/v1/imports/plan', { file_name: 'x.csv', list: 'x', columns: [{ header: 'a', field: 'list_text', attribute: 'n' }, { header: 'b', field: 'attribute', attribute: 'n' }] });
  assert.equal(twice.body.errors[0].field, 'columns[1].attribute');

  await ok(upload('Typed', [HEAD, row(53, '1', '05.12.2026')]), 201);
  const other = await upload('Typed', [HEAD, row(53, 'x', '05.12.2026')], { columns: COLUMNS.map((column) => (column.field === 'list_number' ? { ...column, field: 'list_text' } : column)) });
  assert.deepEqual([other.status, other.body.type], [409, 'urn:vestnik:problem:import-refused'], other.text);
  assert.match(other.body.detail, /"сумма".*number/);

  const wide = Array.from({ length: 33 }, (_, i) => ({ header: `c${i}`, field: 'list_text', attribute: `c${i}` }));
  const many = await upload('Wide', [`Телефон;${wide.map(({ header }) => header).join(';')}`, `${client(54).phone};${wide.map(() => 'x').join(';')}`], { columns: [{ header: 'Телефон', field: 'phone' }, ...wide] });
  assert.deepEqual([many.status, many.body.errors[0].field], [422, 'c32']);
  const dynamic = await ok(api.post('/v1/lists', { name: 'Dynamic', criteria: { criterion: 'city', op: 'in', values: ['Тверь'] } }), 201);
  assert.equal((await upload('Dynamic', [HEAD, row(55, '1', '05.12.2026')])).status, 409);
  assert.deepEqual(dynamic.columns, []);
});

test('a workbook brings them as well, its numbers and dates as cells have them', async () => {
  const book = writeWorkbook(path.join(fleet.house.dir, 'own.xlsx'), [HEAD.split(';'), [client(81).code, client(81).phone, 'Анна', 1500.5, { date: '2026-12-05' }, 'x']]);
  const { id } = await ok(api.post('/v1/imports/plan', { file_name: 'own.xlsx', list: 'Workbook', columns: COLUMNS }), 201);
  const { list_id: list } = await ok(api.put(`/v1/imports/${id}/file`, book, { headers: { 'content-type': 'application/octet-stream' } }), 201);
  const preview = await ok(api.post('/v1/texts/preview', { text: TEXT, list_id: list }));
  assert.equal(preview.samples[0].text, 'Анна, вернём 1\u00a0500,50\u00a0₽ до 5 декабря: x');
});

test('values go with blocking and come back, and go for good with the client, the list and the days they are kept', { timeout: 120_000 }, async () => {
  const { list_id: list } = await ok(upload('Kept', [HEAD, row(61, '61', '05.12.2026'), row(62, '62', '05.12.2026'), row(63, '63', '05.12.2026')]), 201);
  const ids = Object.fromEntries((await fleet.db.query("SELECT external_id, id::text FROM client WHERE external_id IN ('k61', 'k62')")).rows.map(({ external_id: code, id }) => [code, id]));
  const valsOf = (id) => value('SELECT vals FROM list_member WHERE list_id = $1 AND client_id = $2', [list, id]);
  const exported = await ok(api.post('/v1/people/export', { client_id: ids.k61, reason: 'letter 9' }));
  assert.deepEqual(exported.lists.find(({ name }) => name === 'Kept')?.columns, { сумма: '61', срок: '2026-12-05', note: null });

  await fleet.db.query('SELECT client_block($1, $2, NULL, NULL)', [ids.k61, 'dispute']);
  assert.equal(await valsOf(ids.k61), undefined);
  await fleet.db.query('SELECT client_unblock($1, $2)', [ids.k61, 'settled']);
  assert.deepEqual(await valsOf(ids.k61), ['61', '2026-12-05', null]);
  assert.equal(await value('SELECT list_vals FROM client_block WHERE client_id = $1', [ids.k61]), null);

  await ok(api.post(`/v1/clients/${ids.k62}/erase`, { reason: 'letter 7' }), 202);
  assert.equal(await valsOf(ids.k62), undefined);

  await fleet.db.query('SELECT client_block($1, $2, NULL, NULL)', [ids.k61, 'again']);
  const { id } = await draft(list, { text: '{сумма} {имя}' });
  await fleet.db.query("UPDATE campaign SET status = 'paused' WHERE id = $1", [id]);
  await fleet.db.query("UPDATE list SET filled_at = now() - interval '200 days' WHERE id = $1", [list]);
  const sweep = () => value("SELECT retention_lists(clock_timestamp(), 180, 5000)");
  assert.equal(Number(await sweep()), 0, 'not while a campaign to it is not over');
  await fleet.db.query("UPDATE campaign SET status = 'cancelled' WHERE id = $1", [id]);
  await sweep();
  assert.equal(await value('SELECT count(*) FROM list_member WHERE list_id = $1 AND vals IS NOT NULL', [list]), 0);
  assert.equal(await value('SELECT count(*) FROM list_column WHERE list_id = $1', [list]), 0);
  assert.deepEqual(await value('SELECT list_vals FROM client_block WHERE ended_at IS NULL'), [null], 'nor do they come back with somebody');
  assert.equal(await value('SELECT size FROM list WHERE id = $1', [list]), 1, 'its clients stay');

  const { list_id: deleted } = await ok(upload('Deleted', [HEAD, row(71, '1', '05.12.2026')]), 201);
  await ok(api.request('DELETE', `/v1/lists/${deleted}`), 204);
  await waitFor('its columns to be gone', async () => (await value('SELECT count(*) FROM list_column WHERE list_id = $1', [deleted])) === 0);
});
