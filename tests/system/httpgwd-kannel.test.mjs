// SPDX-License-Identifier: AGPL-3.0-or-later
// httpgwd to a provider nobody here wrote: Debian's Kannel (bearerbox, smsbox), its SMPP side on the simulator, receipts
// coming back by its dlr-url.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { freePort, HttpGateway, waitFor } from './lib/provider.mjs';
import { hashOf } from './lib/smscsim.mjs';

const configuration = ({ admin, boxes, sms, smsc }) => `group = core
admin-interface = 127.0.0.1
admin-port = ${admin}
admin-password = test
smsbox-port = ${boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-level = 1
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = sim
host = 127.0.0.1
port = ${smsc}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
alt-charset = "ASCII"
enquire-link-interval = 30
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = ${boxes}
smsbox-id = box
sendsms-port = ${sms}
sendsms-interface = 127.0.0.1
log-level = 1

group = sendsms-user
username = vestnik
password = k4nnel
max-messages = 10
concatenation = true

group = sms-service
keyword = default
omit-empty = true
max-messages = 0
text = "no reply"
`;

describe('Kannel', () => {
  let g;
  let account;
  let httpgwd;

  before(async () => {
    g = await HttpGateway.open('kannel');
    const sim = await g.simulator({ 'receipt-delay-ms': '100' });
    const ports = { admin: await freePort(), boxes: await freePort(), sms: await freePort(), smsc: sim.port };
    const dir = path.join(g.house.dir, 'kannel');
    mkdirSync(dir, { recursive: true });
    const conf = path.join(dir, 'kannel.conf');
    writeFileSync(conf, configuration(ports));
    const bearerbox = g.house.program('bearerbox', ['/usr/sbin/bearerbox', '-v', '1', conf]).spawn();
    await bearerbox.waitLog(/Connected to SMSC|SMPP\[sim\]|entering mainloop|Waiting for/i, { timeoutMs: 20_000 });
    const smsbox = g.house.program('smsbox', ['/usr/sbin/smsbox', '-v', '1', conf]).spawn();
    const server = `http://127.0.0.1:${ports.sms}`;
    await waitFor('smsbox to answer', async () => {
      smsbox.mustRun();
      return (await fetch(`${server}/cgi-bin/sendsms`)).status > 0;
    });
    account = await g.httpAccount(null, { connections: 4 }, { profile: 'kannel', settings: { server, user: 'vestnik' }, secrets: { password: 'k4nnel' } });
    httpgwd = await g.httpgwd();
    await g.house.start('dlrd');
    g.sim = sim;
  });
  after(() => g?.close());

  test('messages of both alphabets arrive as they were written, and their receipts come back', { timeout: 90_000 }, async () => {
    const latin = await g.batch(account, { count: 20, text: 'Hello @ Kannel' });
    const cyrillic = await g.batch(account, { count: 5, text: 'Здравствуйте, №1', encoding: 1 });
    await g.answered(latin);
    await g.answered(cyrillic);
    await waitFor('all to be delivered', async () => [...await g.states(latin), ...await g.states(cyrillic)].every((s) => s.state === 9), { timeoutMs: 30_000 });
    const wire = async (batch) => (await g.sim.rows()).filter((row) => batch.msisdns.some((msisdn) => row.destination.endsWith(String(msisdn))));
    assert.equal((await wire(latin)).length, 20);
    const ucs2 = await wire(cyrillic);
    assert.equal(ucs2.length, 5);
    assert.ok(ucs2.every((row) => row.hash === hashOf(Buffer.from('Здравствуйте, №1', 'utf16le').swap16())));
    assert.equal(await g.accepted(), 25);
  });

  test('a long text is one message for us and three for the simulator', { timeout: 90_000 }, async () => {
    const batch = await g.batch(account, { count: 1, text: 'ж'.repeat(150), parts: 3, encoding: 1 });
    await g.answered(batch);
    await waitFor('three submits', async () => (await g.sim.rows()).filter((row) => row.destination.endsWith(String(batch.msisdns[0]))).length === 3, { timeoutMs: 20_000 });
    await waitFor('it to be delivered', async () => (await g.states(batch))[0].state === 9, { timeoutMs: 30_000 });
  });

  test('a wrong password stops the account with a sentence', { timeout: 60_000 }, async () => {
    await g.setSecrets(account, { password: 'wrong' });
    await g.change(account, { window_size: 51 });
    await waitFor('the account to be opened anew', () => /account opened[\s\S]*account opened/.test(httpgwd.log()));
    const batch = await g.batch(account, { count: 1 });
    await waitFor('the account to say why', async () => (await g.stopped(account))?.startsWith('request refused: HTTP 403'));
    assert.equal((await g.states(batch))[0].state, 0);
    httpgwd.mustRun();
  });
});
