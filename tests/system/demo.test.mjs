// SPDX-License-Identifier: AGPL-3.0-or-later
// `make demo`: from nothing to a company at work, twice in the same folder, and nothing left behind.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { Http } from './lib/http.mjs';
import { ROOT, run } from './lib/process.mjs';
import { waitFor } from './lib/wait.mjs';

const dir = path.join(mkdtempSync(path.join(os.tmpdir(), 'vestnik-demo-')), 'run');
const env = { DEMO_CLIENTS: '2000', DEMO_DIR: dir };
const folder = path.dirname(dir);
const CAMPAIGNS = ['cancelled', 'draft', 'finished', 'finished', 'finished', 'finished', 'paused', 'planned', 'planned', 'running'];
const IMPORTS = ['done', 'done', 'done', 'done', 'done', 'refused'];

after(async () => {
  await run(['scripts/stack', 'destroy', dir]);
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing runs whose command line names the demo's folder; a zombie has no command line. */
async function nothingRuns() {
  const { stdout } = await run(['pgrep', '-af', dir]);
  return stdout.trim() === '';
}

const statuses = (list) => list.map(({ status }) => status).sort();

/** The sign-in that was printed, once. */
function signInOf(output) {
  const [[, address, login, password], ...more] = output.matchAll(/address +(http\S+)\/\n +login +(\S+)\n +password +(\S+)\n/g);
  assert.equal(more.length, 0);
  assert.equal(output.split(password).length, 2);
  return { address, login, password };
}

let first;

/** What was printed opens the page, signs in, and shows the company in every status. */
async function mustShowCompany({ address, login, password }) {
  const page = await fetch(`${address}/`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/);
  const person = await Http.signIn(address, login, password);
  try {
    const me = await person.call('GET', '/v1/me');
    assert.match(me.phone, /^\+7900\d{7}$/);
    const { campaigns } = await person.call('GET', '/v1/campaigns');
    assert.deepEqual(statuses(campaigns), CAMPAIGNS);
    const { imports } = await person.call('GET', '/v1/imports');
    assert.deepEqual(statuses(imports), IMPORTS);
    assert.equal(imports.filter(({ on_error, rows_bad }) => on_error === 'skip' && rows_bad === 7).length, 1);
    assert.equal((await person.call('GET', '/v1/lists')).lists.length, 5);
    assert.equal((await person.call('POST', '/v1/opt-outs/search', {})).opt_outs.length, 12);
    const interrupted = campaigns.filter(({ status }) => ['cancelled', 'paused'].includes(status));
    for (const { counts } of interrupted) assert.ok(counts.accepted > 0 && counts.accepted < counts.audience, JSON.stringify(counts));
    const draft = campaigns.find(({ status }) => status === 'draft');
    await person.call('PATCH', `/v1/campaigns/${draft.id}`, { text: 'Проба' });
    await person.call('POST', `/v1/campaigns/${draft.id}/test`);
  } finally {
    person.close();
  }
}

test('it runs a campaign to its end, says what came of it, and leaves nothing', async () => {
  await run(['chmod', '755', folder]);
  const demo = await run(['scripts/demo'], { env: { ...env, DEMO_EXIT: '1' }, timeoutMs: 180_000 });
  assert.equal(demo.code, 0, demo.stderr);
  assert.match(demo.stdout, /clients +2 000/);
  assert.match(demo.stdout, /delivered +1 \d\d\d/);
  assert.match(demo.stdout, /token +\S{20}/);
  first = signInOf(demo.stdout);
  assert.ok(await nothingRuns());
});

test('a second time it finds its company and stays up until Ctrl-C, which stops everything', async () => {
  const demo = spawn('scripts/demo', { cwd: ROOT, env: { ...process.env, ...env }, detached: true });
  let output = '';
  demo.stdout.on('data', (text) => { output += text; });
  demo.stderr.on('data', (text) => { output += text; });
  const ended = new Promise((resolve) => { demo.on('close', (code, signal) => resolve({ code, signal })); });
  await waitFor('the demo to say it stays up', () => {
    if (demo.exitCode !== null) throw Object.assign(new Error(`it ended:\n${output}`), { fatal: true });
    return /Ctrl-C/.test(output);
  }, { timeoutMs: 180_000 });
  const [, url] = output.match(/API +(http\S+)/);
  const [, token] = output.match(/token +(\S+)/);
  const answer = await fetch(`${url}/v1/campaigns`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  const sign = signInOf(output);
  await mustShowCompany(sign);
  await assert.rejects(Http.signIn(sign.address, first.login, first.password), { status: 401 });
  // A terminal sends it to the whole group.
  process.kill(-demo.pid, 'SIGINT');
  const { code } = await ended;
  assert.equal(code, 0, output);
  assert.ok(await nothingRuns());
  await assert.rejects(fetch(url));
});
