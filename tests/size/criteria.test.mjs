// SPDX-License-Identifier: AGPL-3.0-or-later
// Counts over two million clients with 40 attributes and thirty million actions: each criterion by itself, and lists
// of five.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';

import { Api } from '../system/lib/api.mjs';
import { House, ROOT, mustRun } from '../system/lib/stack.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 2_000_000);
const ACTIONS = Number(process.env.ACTIONS ?? 15 * CLIENTS);
const ONE_MS = 1_000;
const FIVE_MS = 2_000;
const TIMES = 3;

const VALUES = {
  text: { op: 'in', values: ['Город 7', 'Регион 7', 'gold', 'active', 'value 7'] },
  number: { op: 'ge', value: 3 },
  date: { op: 'last_days', days: 365 },
  yes_no: { op: 'is' },
  sex: { op: 'in', values: ['female'] },
  choice: { op: 'in', values: ['mts', 'Тверская область', 'Europe/Moscow'] },
  many: { op: 'any', values: ['vip', 'red'] },
};

function members(code) {
  if (code === 'action_change') return { action: 'purchase', within: 90 };
  if (code.startsWith('action_')) return { action: 'purchase' };
  if (/^(messages_|replies|clicks)/.test(code)) return { within: 30 };
  if (code.startsWith('consent')) return { purpose: 'marketing' };
  if (code === 'in_list') return { list: '1' };
  if (code === 'random_share') return { percent: 10, seed: 'spring' };
  const slot = { attribute_text: 6, attribute_number: 19, attribute_date: 20, attribute_yes_no: 21, attribute_one_of: 16, attribute_many_of: 17 }[code];
  return slot ? { attribute: `attribute_${slot}` } : {};
}

const FIVES = [
  { and: [
    { criterion: 'region', op: 'in', values: ['Регион 7', 'Регион 8', 'Регион 9'] },
    { criterion: 'age', op: 'between', from: 25, to: 45 },
    { criterion: 'sex', op: 'in', values: ['female'] },
    { criterion: 'action_count', action: 'purchase', within: 90, op: 'ge', value: 1 },
    { criterion: 'opted_out_advertising', op: 'is_not' }] },
  { or: [
    { criterion: 'debt', op: 'gt', value: 40_000 },
    { criterion: 'action_sum', action: 'payment', op: 'lt', value: 1000 },
    { criterion: 'tags', op: 'any', values: ['vip'] },
    { criterion: 'attribute_number', attribute: 'attribute_19', op: 'gt', value: 99_000 },
    { not: { criterion: 'status', op: 'in', values: ['active'] } }] },
];

test(`criteria over ${CLIENTS} clients and ${ACTIONS} actions`, { timeout: 3_600_000 }, async (t) => {
  const house = await House.open('size_criteria');
  try {
    await mustRun(['psql', '-q', '-v', `clients=${CLIENTS}`, '-v', `actions=${ACTIONS}`, '-f', path.join(ROOT, 'scripts/seed-large.sql'), house.databaseUrl], { timeoutMs: 1_800_000 });
    await house.db.query("INSERT INTO list (name) VALUES ('a half')");
    await house.db.query('INSERT INTO list_member SELECT 1, id FROM client WHERE id % 2 = 0');
    await house.db.query('VACUUM ANALYZE list_member');
    const api = await Api.open(house);
    const middle = async (criteria) => {
      const took = [];
      let clients;
      for (let i = 0; i < TIMES; i++) {
        const begin = performance.now();
        const { status, body } = await api.post('/v1/criteria/count', { criteria });
        took.push(Math.round(performance.now() - begin));
        assert.equal(status, 200, JSON.stringify(body));
        clients = body.clients;
      }
      return { ms: took.sort((a, b) => a - b)[1], clients };
    };
    const slow = [];
    for (const { code, kind } of (await api.get('/v1/criteria')).body.criteria) {
      const { ms, clients } = await middle({ criterion: code, ...members(code), ...VALUES[kind] });
      t.diagnostic(`${code}: ${ms} ms, ${clients} clients`);
      if (ms > ONE_MS) slow.push(`${code} ${ms} ms`);
    }
    for (const five of FIVES) {
      const { ms, clients } = await middle(five);
      t.diagnostic(`five criteria: ${ms} ms, ${clients} clients`);
      if (ms > FIVE_MS) slow.push(`five criteria ${ms} ms`);
    }
    assert.deepEqual(slow, []);
  } finally {
    await house.close();
  }
});
