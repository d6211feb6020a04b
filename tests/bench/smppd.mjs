// SPDX-License-Identifier: AGPL-3.0-or-later
// smppd - one account at full speed, alone: batches that wait in the database are claimed, submitted and answered, and
// the answers stored.  Nothing feeds, nothing takes receipts; the simulator answers at once.
//
//   make bench-smppd [N=500000]     a table, and a line of JSON in bench-results.jsonl

import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../system/lib/process.mjs';
import { Simulator } from '../system/lib/smscsim.mjs';
import { House, waitFor } from '../system/lib/stack.mjs';
import { insertAccount } from '../system/lib/vault.mjs';
import { format, table } from './lib/table.mjs';
import { Usage } from './lib/usage.mjs';
import { BATCH, fill, tickets } from '../system/lib/waiting.mjs';

const N = Number(process.env.N ?? 500_000);
const WINDOW = 500;

const say = (text) => process.stderr.write(`bench-smppd: ${text}\n`);

const house = await House.open('bench_smppd');
try {
  const { db } = house;
  const simulator = await Simulator.start(house.dir, { receipts: 'none' });
  house.programs.push(simulator);
  const account = await insertAccount(db, {
    name: 'sim', host: '127.0.0.1', port: simulator.port, system_id: 'bench', window_size: WINDOW, reconnect_min_ms: 200,
  }, { password: 'bench' });
  say(`filling ${format(N)} messages`);
  const { ids, run } = await fill(db, account, N);
  await tickets(house.brokerUrl, account, ids);
  await db.query('CHECKPOINT');

  say('sending');
  const smppd = await house.start('smppd');
  const root = (name) => Number(readFileSync(path.join(house.stack.dir, 'pid', name), 'utf8').split(' ')[0]);
  const usage = new Usage({ smppd: smppd.pid, postgres: root('postgres'), rabbitmq: root('rabbitmq'), smscsim: simulator.pid });
  await waitFor('the first submit', async () => (await simulator.stats()).submits > 0, { everyMs: 2, timeoutMs: 60_000 });
  const begin = performance.now();
  const sent = ids.length * BATCH;
  await waitFor('all answers to be stored', async () => Number(await house.value(
    'SELECT coalesce(sum(accepted), 0) FROM run_count WHERE run_id = $1', [run])) === sent, { everyMs: 50, timeoutMs: 600_000 });
  const seconds = (performance.now() - begin) / 1000;
  const processes = usage.stop();
  if (Number(await house.value('SELECT count(*) FROM receipt_ref')) !== sent) throw new Error('answers are missing');

  const rate = Math.round(sent / seconds);
  console.log(table(['what', 'value'], [['messages', sent], ['seconds', Math.round(seconds * 100) / 100], ['submits/s, answers stored', rate]]));
  console.log();
  console.log(table(['process', 'cpu, s', 'cpu, µs a message', 'peak memory, MB'],
    Object.entries(processes).map(([name, use]) => [name, use.cpu_s, (use.cpu_s / sent) * 1e6, use.peak_rss_mb])));
  appendFileSync(path.join(ROOT, 'bench-results.jsonl'), `${JSON.stringify({
    at: new Date().toISOString(), smppd: true, n: sent, smppd_submits_per_s: rate,
    cpu_s: Object.fromEntries(Object.entries(processes).map(([name, use]) => [name, use.cpu_s])),
  })}\n`);
} finally {
  await house.close();
}
