// SPDX-License-Identifier: AGPL-3.0-or-later
// Two million clients with 40 attributes and thirty million actions: counts of each criterion by itself and of lists of
// five, the whole base imported once more, the same counts beside another import, and a campaign to everybody.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Api } from '../system/lib/api.mjs';
import { House, ROOT, mustRun, waitFor } from '../system/lib/stack.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 2_000_000);
const ACTIONS = Number(process.env.ACTIONS ?? 15 * CLIENTS);
const ONE_MS = 1_000;
const FIVE_MS = 2_000;
const BESIDE_AN_IMPORT = 2; // times as long at most
const IMPORT_MS = 180_000;
const SNAPSHOT_MS = 30_000;
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

/** Every client of scripts/seed-large.sql once more, as a CRM sends them at night: half of them with another balance. */
function* file(round) {
  yield Buffer.from('Код клиента;Телефон;Город;Баланс;attribute_6;attribute_19\r\n');
  for (let i = 1; i <= CLIENTS; i += 1000) {
    let piece = '';
    for (let k = i; k < Math.min(i + 1000, CLIENTS + 1); k++)
      piece += `c${k};+${79_000_000_000 + k};Город ${k % 1000};${k % 2 ? round : 5}.50;value ${k % 40};${k % 100_000}.50\r\n`;
    yield Buffer.from(piece);
  }
}

async function imported(api, round) {
  const begin = performance.now();
  const { status, body } = await api.upload(ReadableStream.from(file(round)));
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([body.rows_read, body.rows_bad, body.clients_new], [CLIENTS, 0, 0], JSON.stringify(body));
  return Math.round(performance.now() - begin);
}

/** The middle of `times` counts, in ms, and how many clients it was. */
async function counted(api, criteria, times) {
  const took = [];
  let clients;
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    const { status, body } = await api.post('/v1/criteria/count', { criteria });
    took.push(Math.round(performance.now() - begin));
    assert.equal(status, 200, JSON.stringify(body));
    clients = body.clients;
  }
  return { ms: took.sort((a, b) => a - b)[(times - 1) / 2], clients };
}

/** Each criterion by itself, and the lists of five: [{ name, criteria, limitMs }]. */
async function questions(api) {
  const { criteria } = (await api.get('/v1/criteria')).body;
  return [
    ...criteria.map(({ code, kind }) => ({ name: code, criteria: { criterion: code, ...members(code), ...VALUES[kind] }, limitMs: ONE_MS })),
    ...FIVES.map((five, i) => ({ name: `five criteria, list ${i + 1}`, criteria: five, limitMs: FIVE_MS })),
  ];
}

/** Without huge pages a connection maps each small one when it first reads it, and its first count takes seconds. */
const HUGE_PAGES = /^HugePages_Total: +[1-9]/m.test(readFileSync('/proc/meminfo', 'utf8'));

test(`${CLIENTS} clients with ${ACTIONS} actions`, { timeout: 7_200_000 }, async (t) => {
  const house = await House.open('size_criteria');
  const slow = [];
  // To stderr as well: a run that is ended early has told what it measured.
  const tell = (said) => { console.error(said); t.diagnostic(said); };
  const hold = (name, ms, limitMs, more = '') => {
    tell(`${name}: ${ms} ms${more}`);
    if (ms > limitMs) slow.push(`${name}: ${ms} ms, bar ${limitMs}`);
  };
  try {
    await mustRun(['psql', '-q', '-v', `clients=${CLIENTS}`, '-v', `actions=${ACTIONS}`, '-f', path.join(ROOT, 'scripts/seed-large.sql'), house.databaseUrl], { timeoutMs: 1_800_000 });
    await house.db.query("INSERT INTO list (name) VALUES ('a half')");
    await house.db.query('INSERT INTO list_member SELECT 1, id FROM client WHERE id % 2 = 0');
    await house.db.query('VACUUM ANALYZE list_member');
    const api = await Api.open(house);
    const all = await questions(api);
    await house.settled();
    const first = await counted(api, all[0].criteria, 1);
    hold(`the first count of all${HUGE_PAGES ? '' : ', no huge pages, not held'}`, first.ms, HUGE_PAGES ? ONE_MS : Infinity);
    for (const { name, criteria, limitMs } of all) {
      const { ms, clients } = await counted(api, criteria, TIMES);
      hold(name, ms, limitMs, `, ${clients} clients`);
    }

    await house.settled();
    hold('import of all', await imported(api, 1), IMPORT_MS);

    await house.settled();
    // One import after the other, until each was counted beside one.
    const waiting = [...all];
    for (let round = 2; waiting.length > 0; round++) {
      assert.ok(round < 20, 'imports are over before anything is counted beside them');
      let over = false;
      const importing = imported(api, round).finally(() => { over = true; });
      await pause(Math.min(2000, CLIENTS / 1000));
      while (!over && waiting.length > 0) {
        const { name, criteria, limitMs } = waiting[0];
        const { ms } = await counted(api, criteria, 1);
        if (over) break;
        hold(`${name}, beside an import`, ms, BESIDE_AN_IMPORT * limitMs);
        waiting.shift();
      }
      tell(`import beside counts: ${await importing} ms`);
    }

    await house.settled();
    // Nothing is sent: no dispatcherd takes what is released.
    await house.db.query("INSERT INTO account (name, host, port, system_id) VALUES ('sim', '127.0.0.1', 1, 'sim')");
    await house.start('schedulerd');
    const { body: campaign } = await api.post('/v1/campaigns', { name: 'all', text: 'Hello', sender: 'Vestnik', class: 'service', category: 'service' });
    const begin = performance.now();
    const launched = await api.post(`/v1/campaigns/${campaign.id}/launch`);
    assert.equal(launched.status, 200, launched.text);
    const audience = await waitFor('the snapshot', () => house.value('SELECT audience FROM run WHERE campaign_id = $1 AND snapshot_at IS NOT NULL', [campaign.id]),
      { timeoutMs: 600_000, everyMs: 100 });
    hold('snapshot of all', Math.round(performance.now() - begin), SNAPSHOT_MS, `, ${audience} clients`);
    assert.equal(Number(audience), CLIENTS);
    assert.deepEqual(slow, []);
  } finally {
    await house.close();
  }
});
