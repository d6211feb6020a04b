// SPDX-License-Identifier: AGPL-3.0-or-later
// bench - a campaign of N clients end to end, measured; see docs/performance.md for what it means.
//
//   make bench [N=200000]     table, and a line of JSON in bench-results.jsonl

import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { phoneOf } from '../system/lib/clients.mjs';
import { ROOT } from '../system/lib/process.mjs';
import { waitFor } from '../system/lib/wait.mjs';
import { apiToWire } from './lib/latency.mjs';
import { Service } from './lib/service.mjs';
import { format, table } from './lib/table.mjs';
import { Usage } from './lib/usage.mjs';

const N = Number(process.env.N ?? 200_000);
const TEXT = 'Здравствуйте, {first_name}! Ваш бонус: {bonus} рублей до конца месяца.';

// Tables a message touches on its way; parts of partitioned ones end in their day.
const PATH_TABLES = /^(message|message_state|batch|chunk|receipt_ref|receipt|run_count|retry|doubt)(_\d{8})?$/;

const say = (text) => process.stderr.write(`bench: ${text}\n`);

async function databaseSize(db) {
  const { rows } = await db.query("SELECT pg_database_size(current_database()) AS bytes, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS wal");
  return { bytes: Number(rows[0].bytes), wal: Number(rows[0].wal) };
}

/** Updates so far of each table on the message path, { name: { all, hot } }, once the counters settle. */
async function updates(db) {
  let last = '';
  return waitFor('the update counters to settle', async () => {
    const { rows } = await db.query('SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables ORDER BY 1');
    const touched = rows.filter((row) => PATH_TABLES.test(row.relname))
      .map((row) => [row.relname, { all: Number(row.n_tup_upd), hot: Number(row.n_tup_hot_upd) }]);
    const text = JSON.stringify(touched);
    const settled = text === last;
    last = text;
    return settled && Object.fromEntries(touched);
  }, { timeoutMs: 60_000, everyMs: 2000 });
}

/** What happened between the two: the share of HOT updates, and where the others were. */
function hotShare(before, after) {
  const tables = Object.entries(after).map(([name, { all, hot }]) => ({
    name, all: all - (before[name]?.all ?? 0), hot: hot - (before[name]?.hot ?? 0),
  }));
  const sum = (key) => tables.reduce((total, table) => total + table[key], 0);
  return {
    hot_update_share: sum('all') > 0 ? Math.round((sum('hot') / sum('all')) * 10_000) / 10_000 : 1,
    not_hot: Object.fromEntries(tables.filter((t) => t.all > t.hot).map((t) => [t.name, t.all - t.hot])),
  };
}

/** How many messages a second are accepted, which is to say stored, in requests of 1,000, eight at a time. */
async function bulkAccepted(service, requests = 200) {
  const body = (n) => ({
    sender: 'Vestnik', class: 'service', category: 'service',
    messages: Array.from({ length: 1000 }, (_, i) => ({ to: phoneOf(8_000_000 + n * 1000 + i), text: `Order ${i} is ready` })),
  });
  let next = 0;
  let accepted = 0;
  const begin = performance.now();
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (next < requests) {
      const { ids } = await service.api.call('POST', '/v1/messages/bulk', body(next++)); // before the sum is read
      accepted += ids.length;
    }
  }));
  return Math.round(accepted / ((performance.now() - begin) / 1000));
}

async function measure(service) {
  const { db } = service.house;
  const result = { at: new Date().toISOString(), commit: execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT }).toString().trim(), cpus: os.cpus().length, n: N };

  say(`importing ${format(N)} clients`);
  result.import_clients_per_s = Math.round(N / await service.importClients(N));

  // As in a company: advertising goes to those who agreed.  CONSENT=0 leaves the look-ups out.
  result.consent = process.env.CONSENT !== '0';
  if (result.consent) await service.agree();

  // Every process plans its statements and fills its caches once in its life: told apart, not left out.
  say('API to wire, the first second after the start');
  const cold = await apiToWire(service, { seconds: 1 });
  say('API to wire, idle');
  await service.house.settled();
  const idle = await apiToWire(service);

  say(`a campaign to ${format(N)} clients`);
  const updatesBefore = await updates(db);
  await db.query('CHECKPOINT');
  const before = await databaseSize(db);
  const usage = new Usage(service.roots());
  const run = await service.finished(await service.launch(TEXT));
  result.processes = usage.stop();
  const after = await databaseSize(db);
  result.campaign_messages_per_s = Math.round(run.counts.audience / run.seconds);
  result.seconds = Math.round(run.seconds * 100) / 100;
  result.delivered = run.counts.delivered;
  result.db_bytes_per_message = Math.round((after.bytes - before.bytes) / N);
  result.wal_bytes_per_message = Math.round((after.wal - before.wal) / N);
  Object.assign(result, hotShare(updatesBefore, await updates(db)));

  say('API to wire, under a campaign at full speed');
  const busy = await service.launch(TEXT);
  let over = false;
  const ended = service.finished(busy).finally(() => { over = true; });
  await waitFor('the campaign to flow', async () => (await service.counts(busy.id)).delivered > 0, { timeoutMs: 600_000 });
  await pause(500);
  result.api_to_wire_ms = { cold, idle, busy: await apiToWire(service, { done: () => over }) };
  await ended;

  say('messages by the bulk API');
  result.bulk_accepted_per_s = await bulkAccepted(service);
  return result;
}

function print(result) {
  const { cold, idle, busy } = result.api_to_wire_ms;
  console.log(table(['what', 'value'], [
    ['clients', result.n],
    ['import, clients/s', result.import_clients_per_s],
    ['campaign, messages/s', result.campaign_messages_per_s],
    ['campaign, s', result.seconds],
    ['delivered', result.delivered],
    ['database bytes a message', result.db_bytes_per_message],
    ['WAL bytes a message', result.wal_bytes_per_message],
    ['HOT updates, %', result.hot_update_share * 100],
    ['bulk API, accepted messages/s', result.bulk_accepted_per_s],
  ]));
  console.log();
  console.log(table(['process', 'cpu, s', 'cpu, µs a message', 'peak memory, MB'],
    Object.entries(result.processes).map(([name, use]) => [name, use.cpu_s, (use.cpu_s / result.n) * 1e6, use.peak_rss_mb])));
  console.log();
  console.log(table(['API to wire, ms', 'calls', 'p50', 'p95', 'p99'],
    [['first second', cold], ['idle', idle], ['busy', busy]].map(([name, l]) => [name, l.calls, l.p50, l.p95, l.p99])));
  console.log();
  console.log(table(['busy, ms until', 'p50', 'p95', 'p99'], busy.stages.map(({ name, p50, p95, p99 }) => [name, p50, p95, p99])));
}

const service = await Service.open('bench');
try {
  const result = await measure(service);
  // The line of JSON names figures by process, as the table does.
  const of = (key) => Object.fromEntries(Object.entries(result.processes).map(([name, use]) => [name, use[key]]));
  const { processes, ...rest } = result;
  appendFileSync(path.join(ROOT, 'bench-results.jsonl'), `${JSON.stringify({ ...rest, cpu_s: of('cpu_s'), peak_rss_mb: of('peak_rss_mb') })}\n`);
  print(result);
} finally {
  await service.close();
  if (!process.env.VESTNIK_KEEP) rmSync(service.house.dir, { recursive: true, force: true });
}
