// SPDX-License-Identifier: AGPL-3.0-or-later
// httpgwd - one account at full speed, alone: batches that wait in the database are claimed, sent one message a request over
// connections that are kept, and the answers stored.  The provider answers after 50 ms.
//
//   make bench-http [N=100000] [CONNECTIONS=400]     a table, and a line of JSON in bench-results.jsonl

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../system/lib/process.mjs';
import { House, waitFor } from '../system/lib/stack.mjs';
import { insertAccount } from '../system/lib/vault.mjs';
import { format, table } from './lib/table.mjs';
import { Usage } from './lib/usage.mjs';
import { BATCH, fill, tickets } from '../system/lib/waiting.mjs';

const N = Number(process.env.N ?? 100_000);
const CONNECTIONS = Number(process.env.CONNECTIONS ?? 400);
const ANSWER_MS = 50;
const PROFILE = `name: bench
title: Bench
source: the benchmark
settings: {server: address, key: secret}
auth: {kind: header, name: Authorization, value: "Bearer {key}"}
send:
  url: "{server}/send"
  type: json
  body: '{"to":"{to}","text":"{text}","from":"{sender}","ref":"{ref}","callback":"{callback}","ttl":{ttl_s}}'
answer: {id: /id}
`;

const say = (text) => process.stderr.write(`bench-http: ${text}\n`);

const house = await House.open('bench_http');
try {
  const { db } = house;
  const profiles = path.join(house.dir, 'profiles');
  mkdirSync(profiles);
  writeFileSync(path.join(profiles, 'bench.yaml'), PROFILE);
  const peer = house.program('http_peer', [path.join(ROOT, 'build/release/http_peer'), String(ANSWER_MS)]).spawn();
  const server = `http://127.0.0.1:${(await peer.waitLog(/^listening (\d+)$/m))[1]}`;
  const account = await insertAccount(db, { name: 'http', kind: 'http', profile: 'bench', settings: { server }, connections: CONNECTIONS }, { key: 'bench' });
  say(`filling ${format(N)} messages`);
  const { ids, run } = await fill(db, account, N);
  await tickets(house.brokerUrl, account, ids);
  await db.query('CHECKPOINT');

  say('sending');
  const httpgwd = await house.start('httpgwd', { config: { providers: { dir: profiles }, public_url: 'https://bench.example', http: { listen: '' }, allow_hosts: ['127.0.0.1'] } });
  const root = (name) => Number(readFileSync(path.join(house.stack.dir, 'pid', name), 'utf8').split(' ')[0]);
  const usage = new Usage({ httpgwd: httpgwd.pid, postgres: root('postgres'), rabbitmq: root('rabbitmq'), provider: peer.pid });
  const written = async () => (await httpgwd.metrics())['vestnik_httpgwd_submitted_parts_total{account="http"}'] ?? 0;
  await waitFor('the first request', async () => (await written()) > 0, { everyMs: 2, timeoutMs: 60_000 });
  const begin = performance.now();
  const sent = ids.length * BATCH;
  await waitFor('all answers to be stored', async () => Number(await house.value(
    'SELECT coalesce(sum(accepted), 0) FROM run_count WHERE run_id = $1', [run])) === sent, { everyMs: 50, timeoutMs: 600_000 });
  const seconds = (performance.now() - begin) / 1000;
  const processes = usage.stop();
  if (Number(await house.value('SELECT count(*) FROM receipt_ref')) !== sent) throw new Error('answers are missing');

  const rate = Math.round(sent / seconds);
  console.log(table(['what', 'value'], [['messages', sent], ['connections', CONNECTIONS], ['seconds', Math.round(seconds * 100) / 100], ['requests/s, answers stored', rate]]));
  console.log();
  console.log(table(['process', 'cpu, s', 'cpu, µs a message', 'peak memory, MB'],
    Object.entries(processes).map(([name, use]) => [name, use.cpu_s, (use.cpu_s / sent) * 1e6, use.peak_rss_mb])));
  appendFileSync(path.join(ROOT, 'bench-results.jsonl'), `${JSON.stringify({
    at: new Date().toISOString(), httpgwd: true, n: sent, connections: CONNECTIONS, httpgwd_requests_per_s: rate,
    cpu_s: Object.fromEntries(Object.entries(processes).map(([name, use]) => [name, use.cpu_s])),
  })}\n`);
} finally {
  await house.close();
}
