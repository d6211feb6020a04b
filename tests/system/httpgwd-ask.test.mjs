// SPDX-License-Identifier: AGPL-3.0-or-later
// What providers are asked: the fate of messages, balances; and the command that tries one.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { HttpGateway, waitFor } from './lib/provider.mjs';
import { BIN, run } from './lib/stack.mjs';

test('a provider that does not report is asked, some at a time, until each message has its fate', { timeout: 90_000 }, async () => {
  const g = await HttpGateway.open('polled');
  try {
    const provider = await g.provider();
    const asked = [];
    let fate = 'sent';
    provider.other = (request) => {
      const ids = new URLSearchParams(request.body).get('ids').split(',');
      asked.push(ids);
      return { json: { messages: ids.map((id, i) => ({ id, state: fate === 'mixed' && i % 2 ? 'failed' : fate === 'mixed' ? 'delivered' : fate })) } };
    };
    const account = await g.httpAccount(provider, {}, { profile: 'polled' });
    await g.httpgwd();
    await g.house.start('dlrd');
    const batch = await g.batch(account, { count: 12 });
    await g.answered(batch);
    assert.equal(await g.count('SELECT count(*) FROM status_query'), 12);
    await waitFor('all to be asked for', () => new Set(asked.flat()).size === 12, { timeoutMs: 30_000 });
    assert.ok(asked.every((ids) => ids.length <= 5), 'at most five at once');
    assert.ok(asked.flat().every((id) => /^P-\d+$/.test(id)), 'as the provider wrote them');
    assert.ok((await g.states(batch)).every((s) => s.state === 0));
    fate = 'mixed';
    await g.db.query('UPDATE status_query SET due_at = now()');
    await waitFor('every fate', async () => (await g.states(batch)).every((s) => s.state === 8 || s.state === 9), { timeoutMs: 30_000 });
    await waitFor('nobody to be asked for any more', async () => (await g.count('SELECT count(*) FROM status_query')) === 0);
  } finally {
    await g.close();
  }
});

test('a balance is asked for and kept; a provider that does not answer is counted and asked again', { timeout: 60_000 }, async () => {
  const g = await HttpGateway.open('balance');
  try {
    const provider = await g.provider();
    let left = '1234.56';
    provider.other = () => (left ? { json: { left } } : { status: 500 });
    const account = await g.httpAccount(provider);
    const httpgwd = await g.httpgwd({ config: { balance: { every: '1s' } } });
    const balance = async () => (await g.db.query('SELECT amount_micro, currency, at FROM account_balance WHERE account_id = $1', [account])).rows[0];
    await waitFor('the balance', async () => (await balance())?.amount_micro === 1_234_560_000);
    assert.equal((await balance()).currency, 'RUB');
    assert.equal(await g.httpMetric(httpgwd, 'balance_micro'), 1_234_560_000);
    assert.equal(provider.others[0].headers.authorization, 'Bearer k3y');
    left = '';
    await waitFor('a failure', async () => (await g.httpMetric(httpgwd, 'inquiry_failures_total')) > 0);
    left = '-7';
    await waitFor('the next balance', async () => (await balance()).amount_micro === -7_000_000);
    assert.doesNotMatch(httpgwd.log(), /k3y/);
  } finally {
    await g.close();
  }
});

test('vestnik provider try --send sends one and shows what came back, with no secret', { timeout: 60_000 }, async () => {
  const g = await HttpGateway.open('try');
  try {
    const provider = await g.provider();
    provider.answer = ({ json, headers }) => ({ json: { id: 'T-1', echo: headers.authorization, ref: json.ref, price: '2.10' } });
    const file = path.join(g.house.dir, 'try.yaml');
    const profile = path.join(g.profiles, 'one.yaml');
    const words = (...more) => run([path.join(BIN, 'vestnik'), 'provider', 'try', ...more, profile, file, '+79161234567', 'Hi']);
    writeFileSync(file, `sender: Vestnik\nsettings: {server: "${provider.url}", key: s3cret-key}\nallow_hosts: ["127.0.0.1"]\n`);
    assert.equal((await words()).code, 0);
    assert.equal(provider.requests.length, 0, 'without --send nothing is sent');
    const { code, stdout } = await words('--send');
    assert.equal(code, 0);
    assert.match(stdout, /\nHTTP 200, after \d+ ms\n/);
    assert.match(stdout, /"echo":"Bearer <key>"/);
    assert.match(stdout, /the profile reads it as: ok, id T-1, price 2\.10\n/);
    assert.doesNotMatch(stdout, /s3cret/);
    assert.equal(provider.requests[0].headers.authorization, 'Bearer s3cret-key');
    writeFileSync(file, `sender: Vestnik\nsettings: {server: "${provider.url}", key: s3cret-key}\n`);
    const inside = await words('--send');
    assert.notEqual(inside.code, 0);
    assert.match(inside.stderr, /127\.0\.0\.1 is at an address that is not public/);
    assert.equal(provider.requests.length, 1);
  } finally {
    await g.close();
  }
});
