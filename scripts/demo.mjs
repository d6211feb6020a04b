// SPDX-License-Identifier: AGPL-3.0-or-later
// demo - every daemon and the SMSC simulator, 20,000 generated clients, a campaign with live progress, and the company
// of demo-company/ around it, to be looked at in the browser.
//
// Talks to the service as anybody would: the `vestnik` command and the HTTP API.  Started by
// scripts/demo, which brings the servers.  What an earlier start made in the same folder is found and kept.

import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Http } from '../tests/system/lib/http.mjs';
import { Daemon, yaml } from '../tests/system/lib/daemon.mjs';
import { BIN, ROOT, Program, mustRun } from '../tests/system/lib/process.mjs';
import { fatal } from '../tests/system/lib/wait.mjs';
import { Simulator } from '../tests/system/lib/smscsim.mjs';
import { Builder } from './demo-company/build.mjs';
import { manager } from './demo-company/company.mjs';

const CLIENTS = Number(process.env.DEMO_CLIENTS ?? 20_000);
const PARTS_PER_S = 3000;
const RECEIPT_MS_MAX = 3000;
const STILL_MS = RECEIPT_MS_MAX + 3000;
const DRAW_MS = 500;
/** The daemons that need the secret of erasures. */
const KEEPS_SECRETS = new Set(['apid', 'schedulerd']);
/** The daemons that open or seal secrets. */
const OPENS_VAULT = new Set(['smppd', 'apid']);
const DAEMONS = ['schedulerd', 'dispatcherd', 'smppd', 'dlrd', 'apid'];

const dir = process.env.VESTNIK_DEMO_DIR;
const say = (text) => process.stderr.write(`demo: ${text}\n`);
const count = (n) => Number(n).toLocaleString('en').replaceAll(',', ' ');

const running = [];
let stopping = false;
const asked = new AbortController();
const stopped = new Promise((resolve) => { asked.signal.addEventListener('abort', resolve); });

// lib/process ends a test at once; here everything stops in order, each program when it is told.
Program.ownGroup = true;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.removeAllListeners(signal);
  process.on(signal, () => asked.abort(fatal('stopped')));
}

function vestnik(...words) {
  return mustRun([path.join(BIN, 'vestnik'), ...words], { env: { ...process.env, VESTNIK_SECRETS_KEY_FILE: keyFile('secrets.key') } });
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
    'latency-ms': '2-20', 'receipt-delay-ms': `200-${RECEIPT_MS_MAX}`, undeliv: 25, expired: 5, rejected: 3, errors: '0x0B:4',
  });
  running.push(simulator);
  const account = path.join(dir, 'account.yaml');
  writeFileSync(account, yaml({
    name: 'simulator', host: '127.0.0.1', port: simulator.port, system_id: 'demo', password: 'demo', parts_per_s: PARTS_PER_S,
    window_size: 200, reconnect_min_ms: '200ms', price_micro: 2_350_000,
  }));
  await vestnik('account', 'put', account);
}

/** A secret made once: what stands in the database from an earlier demo was hashed or sealed with it. */
function keyFile(name) {
  const file = path.join(dir, name);
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  return file;
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
    ...(KEEPS_SECRETS.has(kind) ? { privacy: { key_file: keyFile('privacy.key') } } : {}),
    ...(OPENS_VAULT.has(kind) ? { secrets: { key_file: keyFile('secrets.key') } } : {}),
    ...(kind === 'apid' ? { http: { listen: http }, providers: { dir: path.join(ROOT, 'providers') }, web: { dir: path.join(ROOT, 'build/web') } } : {}),
  }));
  running.push(...daemons);
  await Promise.all(daemons.map((daemon) => daemon.start()));
  const apid = daemons.at(-1);
  const port = (await apid.waitLog(/api listening.*\bport=(\d+)/))[1];
  return `http://127.0.0.1:${port}`;
}

/** The manager's password, new with every start: nothing of it is kept but what PostgreSQL needs to know it by. */
async function newPassword() {
  // No letters that are taken for one another or for digits.
  const letters = 'abcdefghkmnpqrstuvwxyz23456789';
  const word = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  const password = [word(), word(), word(), word()].join('-');
  const known = new RegExp(`^${manager.login} `, 'm').test(await vestnik('user', 'list'));
  const words = known ? ['password', manager.login] : ['add', manager.login, '--name', manager.name];
  await mustRun([path.join(BIN, 'vestnik'), 'user', ...words], { input: `${password}\n` });
  return password;
}

async function timed(what, work) {
  const begin = performance.now();
  if (await work() !== null) say(`${what} in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
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

const FATES = ['suppressed', 'delivered', 'undelivered', 'expired', 'rejected', 'failed', 'cancelled', 'unknown'];
const withFate = (progress) => FATES.reduce((sum, fate) => sum + progress[fate], 0);

/**
 * Show the campaign until it has ended; at once when an earlier demo has seen its end.  When an earlier one was
 * stopped in its midst, receipts on their way went down with the simulator and are not waited for.
 */
async function showCampaign({ id, name }, api) {
  let [fates, since] = [-1, 0];
  say(`campaign ${id}, "${name}"`);
  for (;;) {
    const progress = await api.call('GET', `/v1/campaigns/${id}/progress`);
    draw(progress);
    if (withFate(progress) > fates) [fates, since] = [withFate(progress), performance.now()];
    const still = progress.accepted > 0 && progress.left === 0 && performance.now() - since > STILL_MS;
    if (progress.finished_at || progress.status === 'paused' || still) {
      if (process.stderr.isTTY) process.stderr.write('\n');
      return progress;
    }
    await pause(DRAW_MS, undefined, { signal: asked.signal });
  }
}

function checkFates(progress) {
  const open = progress.audience - withFate(progress);
  if (progress.finished_at && open !== 0) throw new Error(`${open} messages have no fate`);
}

function printResult(progress, url, token) {
  const id = progress.campaign_id;
  const took = progress.finished_at
    ? `${((Date.parse(progress.finished_at) - Date.parse(progress.started_at)) / 1000).toFixed(1)} s` : progress.status;
  const rows = [
    ['clients', progress.audience], ['messages', progress.messages], ['parts', progress.parts], ['suppressed', progress.suppressed],
    ['accepted', progress.accepted], ['delivered', progress.delivered], ['undelivered', progress.undelivered],
    ['expired', progress.expired], ['rejected', progress.rejected], ['failed', progress.failed], ['unknown', progress.unknown],
  ];
  console.log(`\nCampaign ${id}, ${took}, the account held to ${count(PARTS_PER_S)} parts/s:\n`);
  for (const [name, value] of rows) console.log(`  ${name.padEnd(12)} ${count(value).padStart(8)}`);
  console.log(`\n  API          ${url}\n  token        ${token}\n  description  ${url}/openapi.yaml\n  logs         ${path.join(dir, 'log')}\n`);
  console.log('Try:\n');
  console.log(`  curl -H 'Authorization: Bearer ${token}' ${url}/v1/campaigns/${id}/progress`);
  console.log(`  curl -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' \\\n    -d '{"to":"+79000000001","text":"Привет!","sender":"Vestnik","class":"service","category":"service"}' ${url}/v1/messages\n`);
}

function printSignIn(url, password) {
  console.log(`Open in a browser and sign in:\n\n  address      ${url}/\n  login        ${manager.login}\n  password     ${password}\n`);
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
  const token = (await vestnik('token', 'create', `demo ${new Date().toLocaleString('ru-RU')}`)).trim();
  const password = await newPassword();
  await startSimulator();
  say('starting the daemons');
  const url = await startDaemons();
  const api = new Http(url, token);
  const person = await Http.signIn(url, manager.login, password);
  const company = new Builder(person, api, asked.signal);
  try {
    // The demo shows itself at night too, and writes to the same clients more than once a day.
    await api.call('PUT', '/v1/sending-rules', { quiet_hours: 'off', frequency_caps: 'off' });
    await company.ownPhone();
    await timed(`imported ${count(CLIENTS)} clients`, () => company.importCards(CLIENTS));
    const progress = await showCampaign(await company.first(), api);
    await timed('the rest of the company is there', async () => {
      await company.clients();
      await company.messages();
      await company.campaigns();
    });
    printResult(progress, url, token);
    checkFates(progress);
    printSignIn(url, password);
    await person.call('DELETE', '/v1/session');
    if (process.env.DEMO_EXIT) return;
    say('everything stays up; Ctrl-C stops it');
    await stopped;
  } finally {
    person.close();
    api.close();
  }
}

try {
  await main();
} catch (error) {
  if (!asked.signal.aborted) {
    say(error.message);
    process.exitCode = 1;
  }
} finally {
  await stopAll();
}
