// SPDX-License-Identifier: AGPL-3.0-or-later
// demo - every daemon and the SMSC simulator, 20,000 generated clients, a campaign with live progress.
//
// Talks to the service as anybody would: the `vestnik` command and the HTTP API.  Started by
// scripts/demo, which brings the servers.

import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { Http } from '../tests/system/lib/http.mjs';
import { csv } from '../tests/system/lib/clients.mjs';
import { Daemon, yaml } from '../tests/system/lib/daemon.mjs';
import { BIN, ROOT, Program, mustRun } from '../tests/system/lib/process.mjs';
import { Simulator } from '../tests/system/lib/smscsim.mjs';

const CLIENTS = Number(process.env.DEMO_CLIENTS ?? 20_000);
const PARTS_PER_S = 3000;
const TEXT = '{first_name}, у вас {bonus} бонусов. Потратьте их до конца месяца! Отказ: stop';
const DAEMONS = ['schedulerd', 'dispatcherd', 'smppd', 'dlrd', 'apid'];

const dir = process.env.VESTNIK_DEMO_DIR;
const say = (text) => process.stderr.write(`demo: ${text}\n`);
const count = (n) => Number(n).toLocaleString('en').replaceAll(',', ' ');

const running = [];
let stopping = false;
let askedToStop;
const stopped = new Promise((resolve) => { askedToStop = resolve; });

// lib/process ends a test at once; here everything stops in order, each program when it is told.
Program.ownGroup = true;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.removeAllListeners(signal);
  process.on(signal, () => askedToStop());
}

function vestnik(...words) {
  return mustRun([path.join(BIN, 'vestnik'), ...words]);
}

/** The address of the API: the usual port, or a free one when something else has it. */
async function apiListen() {
  const free = await new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false))
      .listen(8080, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  return free ? '127.0.0.1:8080' : '127.0.0.1:0';
}

async function startSimulator() {
  const simulator = await Simulator.start(dir, {
    'latency-ms': '2-20', 'receipt-delay-ms': '200-3000', undeliv: 25, expired: 5, rejected: 3,
  });
  running.push(simulator);
  const account = path.join(dir, 'account.yaml');
  writeFileSync(account, yaml({
    name: 'simulator', host: '127.0.0.1', port: simulator.port, system_id: 'demo', password: 'demo', parts_per_s: PARTS_PER_S,
    window_size: 200, reconnect_min_ms: '200ms', price_micro: 2_350_000,
  }));
  await vestnik('account', 'put', account);
}

async function startDaemons() {
  const database = (role) => {
    const url = new URL(process.env.VESTNIK_DATABASE);
    url.username = role;
    return url.href;
  };
  const http = await apiListen();
  const daemons = DAEMONS.map((kind) => new Daemon(dir, kind, '1', {
    instance: '1',
    database: { url: database(`vestnik_${kind}`) },
    broker: { url: process.env.VESTNIK_BROKER },
    metrics: { listen: '127.0.0.1:0' },
    ...(kind === 'apid' ? { http: { listen: http }, web: { dir: path.join(ROOT, 'build/web') } } : {}),
  }));
  running.push(...daemons);
  await Promise.all(daemons.map((daemon) => daemon.start()));
  const apid = daemons.at(-1);
  const port = (await apid.waitLog(/api listening.*\bport=(\d+)/))[1];
  return `http://127.0.0.1:${port}`;
}

async function importClients(api) {
  const begin = performance.now();
  await api.importClients(csv(CLIENTS));
  say(`imported ${count(CLIENTS)} clients in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

/** One line that is drawn again and again on a terminal, and now and then elsewhere. */
function draw(progress) {
  const done = progress.audience - progress.left;
  const share = progress.audience ? done / progress.audience : 0;
  const bar = '█'.repeat(Math.round(share * 30)).padEnd(30, '░');
  const line = `${bar} ${(share * 100).toFixed(0).padStart(3)} %  accepted ${count(progress.accepted)}  `
    + `delivered ${count(progress.delivered)}  not ${count(progress.undelivered + progress.expired + progress.rejected + progress.failed)}  `
    + `${count(progress.rate_per_s)}/s`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  ${line}`);
  else process.stderr.write(`  ${line}\n`);
}

async function runCampaign(api) {
  const campaign = await api.call('POST', '/v1/campaigns', {
    name: `Demo ${new Date().toISOString()}`, text: TEXT, sender: 'Vestnik', class: 'advertising', category: 'advertising',
  });
  const begin = performance.now();
  await api.call('POST', `/v1/campaigns/${campaign.id}/launch`);
  say(`campaign ${campaign.id} is launched`);
  let last;
  const abort = new AbortController();
  stopped.then(() => abort.abort());
  for await (const { data } of api.events(`/v1/campaigns/${campaign.id}/progress/stream`, { signal: abort.signal })) {
    last = data;
    draw(data);
    if (data.finished_at) break;
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  return { id: campaign.id, progress: last, seconds: (performance.now() - begin) / 1000 };
}

function printResult({ id, progress, seconds }, url, token) {
  const rows = [
    ['clients', progress.audience], ['messages', progress.messages], ['parts', progress.parts], ['suppressed', progress.suppressed],
    ['accepted', progress.accepted], ['delivered', progress.delivered], ['undelivered', progress.undelivered],
    ['expired', progress.expired], ['rejected', progress.rejected], ['failed', progress.failed], ['unknown', progress.unknown],
  ];
  console.log(`\nCampaign ${id}, ${seconds.toFixed(1)} s, the account held to ${count(PARTS_PER_S)} parts/s:\n`);
  for (const [name, value] of rows) console.log(`  ${name.padEnd(12)} ${count(value).padStart(8)}`);
  console.log(`\n  API          ${url}\n  token        ${token}\n  description  ${url}/openapi.yaml\n  logs         ${path.join(dir, 'log')}\n`);
  console.log('Try:\n');
  console.log(`  curl -H 'Authorization: Bearer ${token}' ${url}/v1/campaigns/${id}/progress`);
  console.log(`  curl -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' \\\n    -d '{"to":"+79000000001","text":"Привет!","sender":"Vestnik","class":"service","category":"service"}' ${url}/v1/messages\n`);
}

async function stopAll() {
  if (stopping) return;
  stopping = true;
  say('stopping');
  const daemons = running.filter((program) => program instanceof Daemon);
  for (const result of await Promise.allSettled(daemons.map((daemon) => daemon.stop())))
    if (result.status === 'rejected') say(result.reason.message);
  await Promise.all(running.map((program) => program.stop().catch((error) => say(error.message))));
}

async function main() {
  mkdirSync(path.join(dir, 'log'), { recursive: true });
  await vestnik('migrate', '--dir', path.join(ROOT, 'migrations'));
  await mustRun([path.join(ROOT, 'scripts/stack'), 'roles', process.env.VESTNIK_STACK]);
  const token = (await vestnik('token', 'create', `demo ${new Date().toISOString()}`)).trim();
  await startSimulator();
  say('starting the daemons');
  const url = await startDaemons();
  const api = new Http(url, token);
  try {
    await importClients(api);
    const result = await runCampaign(api);
    printResult(result, url, token);
    if (result.progress.left !== 0) throw new Error(`${result.progress.left} messages have no fate`);
    if (process.env.DEMO_EXIT) return;
    say('everything stays up; Ctrl-C stops it');
    await stopped;
  } finally {
    api.close();
  }
}

try {
  await main();
} catch (error) {
  if (!stopping && error.name !== 'AbortError') {
    say(error.message);
    process.exitCode = 1;
  }
} finally {
  await stopAll();
}
