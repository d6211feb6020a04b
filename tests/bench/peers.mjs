// SPDX-License-Identifier: AGPL-3.0-or-later
// peers - the same number of messages through Debian's Kannel (receipts in PostgreSQL, then in memory)
// and through Vestnik: same machine, same servers, same simulator, same window.
//
//   make bench-peers [N=50000]

import { appendFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../system/lib/process.mjs';
import { Simulator } from '../system/lib/smscsim.mjs';
import { runKannel } from './lib/kannel.mjs';
import { Service, SIMULATOR, WINDOW } from './lib/service.mjs';
import { table } from './lib/table.mjs';
import { Usage } from './lib/usage.mjs';

const N = Number(process.env.N ?? 50_000);
// Latin, so that Kannel's tool, which knows no alphabet but GSM's, sends the same octets.
const TEXT = 'Zdravstvuyte! Vash bonus zhdyot vas do konca mesyaca.';

const say = (text) => process.stderr.write(`bench-peers: ${text}\n`);

async function kannel(service, receipts) {
  const { house } = service;
  say(`${N} messages through Kannel, receipts: ${receipts}`);
  const simulator = await Simulator.start(house.dir, SIMULATOR, { name: `smscsim-${receipts}` });
  house.programs.push(simulator);
  const { seconds, usage } = await runKannel({
    dir: house.dir, count: N, text: TEXT, simulator, receipts, window: WINDOW,
    database: house.databaseUrl, query: (sql) => house.db.query(sql),
    onStart: (roots) => new Usage({ ...roots, postgres: service.roots().postgres }),
  });
  await simulator.stop();
  return { seconds, usage };
}

const service = await Service.open('peers');
try {
  const inDatabase = await kannel(service, 'pgsql');
  const inMemory = await kannel(service, 'internal');
  await service.importClients(N);
  say(`${N} messages through Vestnik`);
  const watch = new Usage(service.roots());
  const { seconds } = await service.finished(await service.launch(TEXT));
  const vestnik = { seconds, usage: watch.stop() };
  const rows = [['Kannel, receipts in PostgreSQL', inDatabase], ['Kannel, receipts in memory', inMemory], ['Vestnik', vestnik]];
  const rate = (one) => Math.round(N / one.seconds);
  const sum = (one, key) => Object.entries(one.usage).filter(([name]) => name !== 'smscsim').reduce((total, [, use]) => total + use[key], 0);
  console.log(table(['system', 'messages/s', 'Vestnik is, times', 'cpu, µs a message', 'peak memory, MB'],
    rows.map(([name, one]) => [name, rate(one), Number((rate(vestnik) / rate(one)).toFixed(2)), Math.round((sum(one, 'cpu_s') / N) * 1e6), Math.round(sum(one, 'peak_rss_mb'))])));
  appendFileSync(path.join(ROOT, 'bench-results.jsonl'), `${JSON.stringify({
    at: new Date().toISOString(), peers: true, n: N, kannel_pgsql_messages_per_s: rate(inDatabase),
    kannel_memory_messages_per_s: rate(inMemory), vestnik_messages_per_s: rate(vestnik),
  })}\n`);
} finally {
  await service.close();
}
