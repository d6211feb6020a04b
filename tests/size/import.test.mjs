// SPDX-License-Identifier: AGPL-3.0-or-later
// Two million clients from a file: validated, stored and put on a list, then sent again with every
// other one changed; in time, and in little memory.  Then they are looked for as pages do it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Api } from '../system/lib/api.mjs';
import { House } from '../system/lib/stack.mjs';

const ROWS = Number(process.env.ROWS ?? 2_000_000);
const LIMIT_MS = 180_000;
const RSS_MAX = 64 * 1024 * 1024;
const PAGE_P95_MS = 300;
const COUNT_P95_MS = 1_000; // right after half of the clients changed: what is not vacuumed is read
const LISTS = 50;
const LAST = ['Константинопольский', 'Ёлкин', 'Иванов', 'Смирнов', 'Кузнецов', 'Попов', 'Васильев', 'Петров', 'Соколов', 'Новиков'];
const FIRST = ['Александр', 'Анна', 'Иван', 'Пётр', 'Ольга', 'Дмитрий', 'Елена'];

/** The file in pieces; numbers in no order, as clients' are. */
function* file(sum) {
  yield Buffer.from('Телефон;Фамилия;Имя;Отчество;Город;Сумма долга\r\n');
  for (let i = 0; i < ROWS; i += 1000) {
    let piece = '';
    for (let k = i; k < Math.min(i + 1000, ROWS); k++)
      piece += `+7${9_000_000_000 + ((k * 7_919_993) % 999_999_937)};${LAST[k % 10]}${k % 997};${FIRST[k % 7]};Александрович;Тверь;${sum(k)}\r\n`;
    yield Buffer.from(piece);
  }
}

/** The time within which 19 of 20 calls are answered, in ms. */
async function p95(call, times = 40) {
  const took = [];
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    const { status, text } = await call(i);
    took.push(performance.now() - begin);
    assert.equal(status, 200, text);
  }
  return Math.round(took.sort((a, b) => a - b)[Math.floor(times * 0.95)]);
}

/** Pages as people open them: lists, all clients, by name (many, few, of a long list, of a short one). */
async function pages(house, api) {
  await house.db.query(`INSERT INTO list (name) SELECT 'list ' || n FROM generate_series(2, ${LISTS}) n`);
  await house.db.query("INSERT INTO list_member SELECT l.id, c.id FROM list l, client c WHERE l.name LIKE 'list %' AND c.id % 1000 = l.id");
  await house.db.query('UPDATE list l SET size = (SELECT count(*) FROM list_member m WHERE m.list_id = l.id)');
  const { lists } = (await api.get('/v1/lists')).body;
  const search = (query) => api.post('/v1/clients/search', query);
  const took = {
    lists: await p95(() => api.get('/v1/lists')),
    'all clients': await p95((i) => search({ cursor: String(1 + i * 1000) })),
    'a wide name': await p95((i) => search({ name: LAST[i % 10] })),
    'a narrow name': await p95((i) => search({ name: `${LAST[i % 10]}${i} и` })),
    'a name deep in its pages': await p95((i) => search({ name: 'и', cursor: String(3 + 10 * (i * 1000)) })),
    'a name of a long list': await p95((i) => search({ name: LAST[i % 10], list_id: lists[0].id })),
    'a name of a short list': await p95((i) => search({ name: LAST[i % 10], list_id: lists[i % (LISTS - 1) + 1].id })),
    'a list': await p95((i) => search({ list_id: lists[i % LISTS].id })),
    count: await p95(() => api.get('/v1/clients/count')),
  };
  assert.equal((await search({ name: 'ёлкин', limit: 200 })).body.clients.length, 200);
  for (const [what, ms] of Object.entries(took)) assert.ok(ms < (what === 'count' ? COUNT_P95_MS : PAGE_P95_MS), `${what}: ${ms} ms`);
  return Object.entries(took).map(([what, ms]) => `${what} ${ms}`).join(', ');
}

test(`${ROWS} clients are imported, and imported again`, { timeout: 600_000 }, async (t) => {
  const house = await House.open('size_import');
  try {
    const api = await Api.open(house);
    const upload = async (sum) => {
      const begin = performance.now();
      const { status, body } = await api.upload(ReadableStream.from(file(sum)), '?list=everybody');
      const ms = Math.round(performance.now() - begin);
      assert.equal(status, 201, JSON.stringify(body));
      assert.deepEqual([body.rows_read, body.rows_bad, body.rows_repeated], [ROWS, 0, 0]);
      assert.ok(ms < LIMIT_MS, `${ms} ms`);
      return { ms, body };
    };
    const first = await upload((k) => k);
    assert.equal(first.body.clients_new, ROWS);
    const again = await upload((k) => (k % 2 ? k : -1));
    assert.deepEqual([again.body.clients_new, again.body.clients_changed], [0, Math.ceil(ROWS / 2)]);
    assert.equal(Number(await house.value('SELECT count(*) FROM client')), ROWS);
    assert.equal((await api.get('/v1/lists')).body.lists[0].size, ROWS);
    const { rows } = await house.db.query('SELECT attrs[1] AS sum, count(*) FROM client GROUP BY 1 ORDER BY 2 DESC LIMIT 1');
    assert.deepEqual([rows[0].sum, Number(rows[0].count)], ['-1', Math.ceil(ROWS / 2)]);
    const rss = (await api.daemon.metrics()).process_resident_memory_bytes;
    assert.ok(rss < RSS_MAX, `${rss} bytes`);
    t.diagnostic(`new ${first.ms} ms, half changed ${again.ms} ms, ${Math.round(rss / 1024 / 1024)} MB resident`);
    t.diagnostic(`p95 in ms: ${await pages(house, api)}`);
  } finally {
    await house.close();
  }
});
