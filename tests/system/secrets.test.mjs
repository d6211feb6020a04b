// SPDX-License-Identifier: AGPL-3.0-or-later
// Secrets of others and links to them: what the law's ask for, proved on a running gateway.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import pg from 'pg';

import { yaml } from './lib/daemon.mjs';
import { Gateway, waitFor } from './lib/gateway.mjs';
import { ROOT } from './lib/process.mjs';
import { Smsc } from './lib/smsc.mjs';
import { VAULT_KEY, insertAccount, sealed } from './lib/vault.mjs';

const PASSWORD = 'Geh31m-not-shown';
const NEW_KEY = 'the second key of tests, which seals no secret that is one';

async function withGateway(name, sim, body) {
  const g = await Gateway.open(name, sim);
  try { await body(g); } finally { await g.close(); }
}

function putAccount(g, fields) {
  const file = path.join(g.house.dir, 'account.yaml');
  writeFileSync(file, yaml(fields));
  return g.house.vestnik('account', 'put', file);
}

/** As a person replaces it: another file takes the name. */
function writeKeys(g, ...keys) {
  writeFileSync(`${g.house.vaultFile}.next`, keys.map((key) => `${key}\n`).join(''), { mode: 0o600 });
  renameSync(`${g.house.vaultFile}.next`, g.house.vaultFile);
}

const theAccount = (g) => g.house.value('SELECT id FROM account');
const stopped = (g) => g.house.value('SELECT stopped FROM account_lease');

async function saysStopped(g, pattern) {
  await waitFor(`the lease to say ${pattern}`, async () => pattern.test(await stopped(g) ?? ''));
}

test('R-33: secrets are stored encrypted, shown to nobody, and rotated while gateways run', { timeout: 90_000 }, async () => {
  await withGateway('r33', { password: PASSWORD }, async (g) => {
    await putAccount(g, { name: 'main', host: '127.0.0.1', port: g.sim.port, system_id: 'main', password: PASSWORD, reconnect_min_ms: '200ms' });
    const smppd = await g.smppd();
    const { rows: [row] } = await g.db.query('SELECT * FROM account_secret');
    assert.deepEqual([row.password, row.sealed.includes(PASSWORD), row.name], [null, false, 'password']);
    await assert.rejects(g.db.query("UPDATE account_secret SET password = 'x'"), /account_secret_sealed/);
    assert.doesNotMatch(await g.house.vestnik('account', 'list'), new RegExp(PASSWORD));
    // apid may write one and cannot read it, sealed or not.
    const apid = new pg.Client({ connectionString: g.house.roleUrl('vestnik_apid') });
    await apid.connect();
    try { await assert.rejects(apid.query('SELECT sealed FROM account_secret'), /permission denied/); } finally { await apid.end(); }

    // The key is changed under the running gateway: a new line, everything sealed anew, the old line out.
    writeKeys(g, NEW_KEY, VAULT_KEY);
    await g.house.vestnik('secrets', 'rotate');
    writeKeys(g, NEW_KEY);
    await g.change(await theAccount(g), { system_type: 'VMA' }); // which only a new bind can say
    await waitFor('another bind, with the password that was sealed anew', () => (smppd.log().match(/session bound/g) ?? []).length === 2);
    await g.bound(smppd);
    assert.match(await g.house.vestnik('secrets', 'status'), /^accounts +1 +0 +0 +0$/m);
    assert.ok(!(await g.house.value('SELECT sealed FROM account_secret')).equals(row.sealed));
    assert.doesNotMatch(smppd.log(), new RegExp(`${PASSWORD}|${VAULT_KEY}|${NEW_KEY}`));
    writeKeys(g, VAULT_KEY);
  });
});

test('R-33: a secret moved to another account, or sealed with a lost key, opens nowhere and says so', { timeout: 60_000 }, async () => {
  await withGateway('r33-moved', { password: PASSWORD }, async (g) => {
    const account = await g.account({}, { password: PASSWORD });
    const keep = (bytes) => g.db.query('UPDATE account_secret SET sealed = $2 WHERE account_id = $1', [account, bytes]);
    await keep(sealed('account', account + 1, 'password', PASSWORD));
    const smppd = await g.smppd({ bound: false });
    await saysStopped(g, /password cannot be unsealed: it was sealed with another key, or changed/);
    await keep(sealed('account', account, 'password', PASSWORD, NEW_KEY));
    await g.change(account, { window_size: 51 });
    await saysStopped(g, /sealed with a key that is not in secrets.key_file/);
    // The key comes back, and nobody restarts anything.
    writeKeys(g, VAULT_KEY, NEW_KEY);
    await g.bound(smppd);
    await waitFor('the reason to go', async () => await stopped(g) === null);
    writeKeys(g, VAULT_KEY);
  });
});

test('R-32: a link in clear to another host is refused without a ground, by the command and by the gateway', { timeout: 60_000 }, async () => {
  await withGateway('r32-clear', null, async (g) => {
    const fields = { name: 'main', host: 'smsc.example', port: 2775, system_id: 'main', password: PASSWORD };
    await assert.rejects(putAccount(g, fields), /tls: expected: an encrypted link .* may go to smsc.example in clear/);
    await assert.rejects(putAccount(g, { ...fields, tls: 'insecure' }), /clear_link_ground/);
    await putAccount(g, { ...fields, tls: 'on' });
    await putAccount(g, { ...fields, clear_link_ground: 'VPN to the operator, contract 7' });
    const smppd = await g.smppd({ bound: false });
    await smppd.waitLog(/session closed.*account=main/); // it tries
    assert.equal(await stopped(g), null);
    // Whatever wrote the row: the gateway judges for itself.
    await g.change(await theAccount(g), { clear_link_ground: null });
    await saysStopped(g, /passwords and clients would go to smsc.example in clear/);
    await g.change(await theAccount(g), { tls: 'insecure' });
    await saysStopped(g, /or say as clear_link_ground why not/);
  });
});

function certificate(g, name, ...more) {
  const cert = path.join(g.house.dir, `${name}.pem`);
  const key = path.join(g.house.dir, `${name}.key`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, ...more], { stdio: 'ignore' });
  return { cert, key };
}

test('R-32: a provider whose certificate is wrong gets neither password nor message', { timeout: 90_000 }, async () => {
  await withGateway('r32-certificate', null, async (g) => {
    const good = certificate(g, 'smsc.example', '-days', '2');
    const smsc = await Smsc.listen({ cert: readFileSync(good.cert), key: readFileSync(good.key) });
    const peer = smsc.account('main');
    const account = await g.account({ tls: 'on', tls_ca_file: good.cert, tls_server_name: 'smsc.example' }, { sim: smsc });
    const smppd = await g.smppd();
    assert.equal(peer.binds.length, 1);

    const batches = [];
    for (const [columns, sentence] of [
      [{ tls_server_name: 'other.example' }, /hostname mismatch/i],
      [{ tls_server_name: 'smsc.example', tls_ca_file: null }, /self.signed certificate/i],
    ]) {
      await g.change(account, columns);
      await smppd.waitLog(sentence);
      batches.push(await g.batch(account, {}));
      await waitFor('the lease to say it is down', async () => await g.house.value('SELECT down_since FROM account_lease') !== null);
      assert.deepEqual([peer.binds.length, peer.submits.length], [1, 0], 'a bind carries the password');
    }
    assert.doesNotMatch(smppd.log(), /secret/);
    // Trusted again, what waited is sent.
    await g.change(account, { tls_ca_file: good.cert });
    await g.bound(smppd);
    for (const batch of batches) {
      await g.publish(batch);
      await g.answered(batch);
    }
    assert.equal(peer.submits.length, 2);
    await smsc.close();
  });
});

test('R-32: an HTTP provider at an address in clear is refused by its gateway, too', { timeout: 60_000 }, async () => {
  await withGateway('r32-http', null, async (g) => {
    const account = await insertAccount(g.db, {
      name: 'web', kind: 'http', profile: 'kannel', settings: JSON.stringify({ server: 'http://sms.example', user: 'us' }),
    }, { password: PASSWORD });
    await g.house.start('httpgwd', { config: { providers: { dir: path.join(ROOT, 'providers') }, public_url: 'https://sms.example', http: { listen: '127.0.0.1:0' } } });
    await saysStopped(g, /passwords and clients would go to sms.example in clear/);
    await g.change(account, { clear_link_ground: 'VPN, order 7' });
    await waitFor('the reason to go', async () => await stopped(g) === null);
  });
});
