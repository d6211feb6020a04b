// SPDX-License-Identifier: AGPL-3.0-or-later
// Two million clients from a file: validated, stored and put on a list, then sent again with every
// other one changed; in time, and in little memory.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Api } from '../system/lib/api.mjs';
import { House } from '../system/lib/stack.mjs';

const ROWS = Number(process.env.ROWS ?? 2_000_000);
const LIMIT_MS = 180_000;
const RSS_MAX = 64 * 1024 * 1024;

/** The file in pieces; numbers in no order, as clients' are. */
function* file(sum) {
  yield Buffer.from('Телефон;Фамилия;Имя;Отчество;Город;Сумма долга\r\n');
  for (let i = 0; i < ROWS; i += 1000) {
    let piece = '';
    for (let k = i; k < Math.min(i + 1000, ROWS); k++)
      piece += `+7${9_000_000_000 + ((k * 7_919_993) % 999_999_937)};Константинопольский;Александр;Александрович;Тверь;${sum(k)}\r\n`;
    yield Buffer.from(piece);
  }
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
    const { rows } = await house.db.query('SELECT attrs[2] AS sum, count(*) FROM client GROUP BY 1 ORDER BY 2 DESC LIMIT 1');
    assert.deepEqual([rows[0].sum, Number(rows[0].count)], ['-1', Math.ceil(ROWS / 2)]);
    const rss = (await api.daemon.metrics()).process_resident_memory_bytes;
    assert.ok(rss < RSS_MAX, `${rss} bytes`);
    t.diagnostic(`new ${first.ms} ms, half changed ${again.ms} ms, ${Math.round(rss / 1024 / 1024)} MB resident`);
  } finally {
    await house.close();
  }
});
