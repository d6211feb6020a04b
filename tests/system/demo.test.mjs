// SPDX-License-Identifier: AGPL-3.0-or-later
// `make demo`: from nothing to a delivered campaign, twice in the same folder, and nothing left behind.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { ROOT, run } from './lib/process.mjs';
import { waitFor } from './lib/wait.mjs';

const dir = path.join(mkdtempSync(path.join(os.tmpdir(), 'vestnik-demo-')), 'run');
const env = { DEMO_CLIENTS: '2000', DEMO_DIR: dir };
const folder = path.dirname(dir);

after(async () => {
  await run(['scripts/stack', 'destroy', dir]);
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing runs whose command line names the demo's folder; a zombie has no command line. */
async function nothingRuns() {
  const { stdout } = await run(['pgrep', '-af', dir]);
  return stdout.trim() === '';
}

test('it runs a campaign to its end, says what came of it, and leaves nothing', async () => {
  await run(['chmod', '755', folder]);
  const demo = await run(['scripts/demo'], { env: { ...env, DEMO_EXIT: '1' }, timeoutMs: 180_000 });
  assert.equal(demo.code, 0, demo.stderr);
  assert.match(demo.stdout, /clients +2 000/);
  assert.match(demo.stdout, /delivered +1 \d\d\d/);
  assert.match(demo.stdout, /token +\S{20}/);
  assert.ok(await nothingRuns());
});

test('a second time it stays up until Ctrl-C, which stops everything', async () => {
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
  assert.equal((await answer.json()).campaigns.length, 2);
  // A terminal sends it to the whole group.
  process.kill(-demo.pid, 'SIGINT');
  const { code } = await ended;
  assert.equal(code, 0, output);
  assert.ok(await nothingRuns());
  await assert.rejects(fetch(url));
});
