// SPDX-License-Identifier: AGPL-3.0-or-later
// Providers call httpgwd: receipts and messages from phones, forged, replayed, too many of them, and stops.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { freePort, HttpGateway, waitFor } from './lib/provider.mjs';
import { ROOT } from './lib/stack.mjs';

describe('calls of a provider', () => {
  let g;
  let provider;
  let account;
  let httpgwd;
  let url;

  before(async () => {
    g = await HttpGateway.open('callback');
    provider = await g.provider();
    account = await g.httpAccount(provider);
    httpgwd = await g.httpgwd();
    await g.house.start('dlrd');
    url = await g.callbackUrl();
  });
  after(() => g?.close());

  const calls = (result) => g.httpMetric(httpgwd, 'calls_total', 'main', `,result="${result}"`);
  const ids = async (batch) => (await g.db.query('SELECT provider_id FROM receipt_ref WHERE message_id = ANY ($1) ORDER BY message_id', [batch.ids])).rows.map((row) => row.provider_id.toUpperCase());

  test('receipts move their messages, and are answered as the profile says once the broker has them', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 3 });
    await g.answered(batch);
    const [one, two, three] = await ids(batch);
    const answer = await g.call(url, { reports: [{ id: one, state: 'delivered' }, { id: two, state: 'failed', error: '7' }, { id: three, state: 'sent' }] });
    assert.deepEqual([answer.status, await answer.text()], [200, 'OK']);
    await waitFor('the states', async () => {
      const states = (await g.states(batch)).map((s) => s.state);
      assert.deepEqual(states, [9, 8, 0]);
      return true;
    });
    assert.equal(await g.house.value('SELECT err FROM receipt WHERE message_id = $1', [batch.ids[1]]), '7');
  });

  test('a receipt that comes twice changes nothing, and one for nobody is answered and parked', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 1 });
    await g.answered(batch);
    const [id] = await ids(batch);
    for (let i = 0; i < 3; i++) assert.equal((await g.call(url, { reports: [{ id, state: 'delivered' }] })).status, 200);
    assert.equal((await g.call(url, { reports: [{ id: 'nobody', state: 'delivered' }] })).status, 200);
    await waitFor('the state', async () => (await g.states(batch))[0].state === 9);
    await waitFor('the other one to be parked', async () => (await g.count("SELECT count(*) FROM parked_receipt WHERE provider_id = 'nobody'")) === 1);
  });

  test('a message from a phone is stored, and its stop word obeyed', { timeout: 60_000 }, async () => {
    const answer = await g.call(url, { reports: [{ from: '+79165550909', to: '1234', text: 'СТОП' }] });
    assert.equal(answer.status, 200);
    await waitFor('the message', async () => (await g.house.value('SELECT text FROM inbound WHERE msisdn = 79165550909')) === 'СТОП');
    await waitFor('the stop', async () => (await g.count('SELECT count(*) FROM opt_out WHERE msisdn = 79165550909')) === 1);
  });

  test('forged calls are refused, counted, and change nothing', { timeout: 60_000 }, async () => {
    const batch = await g.batch(account, { count: 1 });
    await g.answered(batch);
    const body = { reports: [{ id: (await ids(batch))[0], state: 'delivered' }] };
    const before = await calls('forged');
    const now = Math.floor(Date.now() / 1000);
    const tries = [
      ['another key', () => g.call(url, body, { key: 'other' })],
      ['no signature', () => g.call(url, body, { headers: { 'x-sign': '' } })],
      ['an old time, signed', () => g.call(url, body, { time: now - 400 })],
      ['a time to come, signed', () => g.call(url, body, { time: now + 400 })],
      ['another time than was signed', () => g.call(url, body, { headers: { 'x-time': String(now - 1) } })],
      ['another token', () => g.call(`${url.slice(0, -1)}${url.endsWith('0') ? '1' : '0'}`, body)],
      ['half a token', () => g.call(url.slice(0, -8), body)],
    ];
    for (const [what, call] of tries) assert.equal((await call()).status, 403, what);
    assert.equal(await calls('forged'), before + tries.length);
    assert.equal((await g.call(url.replace('/main/', '/nobody/'), body)).status, 403);
    assert.equal((await httpgwd.metrics()).vestnik_httpgwd_strange_calls_total, 1);
    assert.equal((await g.states(batch))[0].state, 0);
    assert.match(httpgwd.log(), /forged call refused/);
  });

  test('what cannot be read is said so; what is too large is refused', { timeout: 60_000 }, async () => {
    assert.equal((await g.call(url, '{"reports":')).status, 400);
    assert.equal((await g.call(url, '')).status, 400);
    assert.equal((await g.call(url, { reports: [{ what: 'else' }] })).status, 200);
    assert.equal((await g.call(url, 'x'.repeat(300 * 1024))).status, 413);
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 405);
    assert.equal(await calls('unreadable'), 2);
    assert.equal(await calls('other'), 1);
  });

  test('without its secret an account believes no signature, and asks to be called again', { timeout: 60_000 }, async () => {
    await g.httpAccount(provider, {}, { name: 'lacking', secrets: {} });
    const lacking = await g.callbackUrl('lacking');
    await waitFor('the account to be known', async () => (await g.call(lacking, {}, { key: '' })).status !== 403);
    for (const key of ['', 'k3y']) assert.equal((await g.call(lacking, { reports: [{ id: 'x', state: 'delivered' }] }, { key: key || 'empty' })).status, 503);
    const time = Math.floor(Date.now() / 1000);
    const forged = createHmac('sha256', '').update(`${time}.{}`).digest('hex');
    assert.equal((await g.call(lacking, '{}', { time, headers: { 'x-sign': forged } })).status, 503);
    await g.db.query("UPDATE account SET enabled = false WHERE name = 'lacking'");
  });

  test('a flood is bounded by account, and its answers say so', { timeout: 60_000 }, async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const other = await g.house.start('httpgwd', { instance: '3', config: { providers: { dir: g.profiles }, public_url: `http://${listen}`, accounts: ['nobody'], http: { listen, rate: 50 } } });
    const there = url.replace(/127\.0\.0\.1:\d+/, listen);
    // So many a second of the clock; a flood of any length may touch one second more than it lasts.
    const flood = async (count, body, options) => {
      const begin = performance.now();
      const statuses = await Promise.all(Array.from({ length: count }, () => g.call(there, body, options).then((r) => r.status)));
      return { statuses, seconds: Math.ceil((performance.now() - begin) / 1000) + 1, too: statuses.filter((s) => s === 429).length };
    };
    const genuine = await flood(200, { reports: [{ id: 'flood', state: 'sent' }] });
    const taken = genuine.statuses.filter((s) => s === 200).length;
    assert.ok(taken > 0 && taken <= 50 * genuine.seconds && genuine.too > 0, `${taken} taken of 200 in ${genuine.seconds} s`);
    assert.equal(taken + genuine.too, 200);
    const forged = await flood(100, {}, { key: 'x' });
    const judged = forged.statuses.filter((s) => s === 403).length;
    assert.ok(judged > 0 && judged <= 20 * forged.seconds && forged.too > 0, `${judged} judged of 100 in ${forged.seconds} s`);
    assert.equal(judged + forged.too, 100);
    const lines = other.log().split('\n').filter((line) => line.includes('forged call')).length;
    assert.equal(lines, judged, 'who is refused unlooked at is not logged');
    await other.stop();
  });

  test('a process that owns no account takes calls for it, and without a broker asks to be called again', { timeout: 90_000 }, async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const other = await g.house.start('httpgwd', { instance: '4', config: { providers: { dir: g.profiles }, public_url: `http://${listen}`, accounts: ['nobody'], http: { listen } } });
    const there = url.replace(/127\.0\.0\.1:\d+/, listen);
    const batch = await g.batch(account, { count: 2 });
    await g.answered(batch);
    const [one, two] = await ids(batch);
    assert.equal((await g.call(there, { reports: [{ id: one, state: 'delivered' }] })).status, 200);
    await waitFor('the state', async () => (await g.states(batch))[0].state === 9);
    await g.house.stack.run('stop', 'rabbitmq');
    try {
      assert.equal((await g.call(there, { reports: [{ id: two, state: 'delivered' }] })).status, 503);
    } finally {
      await g.house.stack.run('start');
    }
    await waitFor('the broker to be there', async () => (await g.call(there, { reports: [{ id: two, state: 'delivered' }] })).status === 200, { timeoutMs: 30_000 });
    await waitFor('the state', async () => (await g.states(batch))[1].state === 9, { timeoutMs: 30_000 });
    await other.stop();
  });
});

/** A shipped profile whose provider is ours. */
function shipped(g, name) {
  let text = readFileSync(path.join(ROOT, 'providers', `${name}.yaml`), 'utf8');
  text = text.replace(/^name: .*$/m, `name: my-${name}`).replace('\nsettings:\n', '\nsettings:\n  server: address\n').replace(/url: https:\/\/[^/]+/g, 'url: "{server}"').replace(/url: "\{server\}"(\S*)/g, 'url: "{server}$1"');
  writeFileSync(path.join(g.profiles, `my-${name}.yaml`), text);
  return `my-${name}`;
}

describe('R-15: what providers say of people who stopped us becomes a stop', () => {
  let g;
  let provider;
  let answer = () => ({ json: { balance: 1 } });

  before(async () => {
    g = await HttpGateway.open('stops');
    provider = await g.provider();
    provider.other = (request) => answer(request);
    const http = { server: provider.url };
    await g.httpAccount(provider, {}, { name: 'twilio', profile: shipped(g, 'twilio'), settings: { ...http, account_sid: 'AC1' }, secrets: { token: 't0ken' } });
    await g.httpAccount(provider, {}, { name: 'smsru', profile: shipped(g, 'smsru'), settings: http, secrets: { api_id: 'a' } });
    await g.httpAccount(provider, {}, { name: 'smsc', profile: shipped(g, 'smsc'), settings: { ...http, login: 'l' }, secrets: { password: 'p' } });
    await g.httpAccount(provider, {}, { name: 'bird', profile: shipped(g, 'messagebird'), settings: http, secrets: { key: 'k' } });
    await g.httpgwd();
    await g.house.start('dlrd');
  });
  after(() => g?.close());

  const id = (name) => g.house.value('SELECT id FROM account WHERE name = $1', [name]);
  const stop = async (msisdn) => (await g.db.query('SELECT scope, source, origin FROM opt_out WHERE msisdn = $1', [msisdn])).rows[0];
  const sent = async (name, msisdn) => {
    const batch = await g.batch(await id(name), { msisdns: [msisdn] });
    await g.answered(batch);
    return batch;
  };
  const isStop = async (name, msisdn) => {
    await waitFor(`the stop of ${name}`, async () => Boolean(await stop(msisdn)));
    assert.deepEqual(await stop(msisdn), { scope: 'advertising', source: 'provider', origin: name });
  };

  test('Twilio 21610, in the answer', { timeout: 60_000 }, async () => {
    answer = () => ({ status: 400, json: { code: 21610, message: 'Attempt to send to unsubscribed recipient' } });
    await sent('twilio', 79161110001);
    await isStop('twilio', 79161110001);
    answer = () => ({ status: 400, json: { code: 21614 } });
    await sent('twilio', 79161110002);
    assert.equal(await stop(79161110002), undefined);
  });

  for (const code of [209, 215]) {
    test(`SMS.ru ${code}, in the answer`, { timeout: 60_000 }, async () => {
      const msisdn = 79161111000 + code;
      answer = ({ url }) => ({ json: url.includes('balance') ? { balance: 1 } : { status: 'OK', sms: { [msisdn]: { status: 'ERROR', status_code: code } } } });
      await sent('smsru', msisdn);
      await isStop('smsru', msisdn);
    });
  }

  for (const code of [250, 252]) {
    test(`SMSC ${code}, in the receipt`, { timeout: 60_000 }, async () => {
      const msisdn = 79161112000 + code;
      answer = ({ url }) => ({ json: url.includes('balance') ? { balance: '1' } : { id: `9${code}`, cnt: 1, cost: '2.5' } });
      await sent('smsc', msisdn);
      const call = await fetch(await g.callbackUrl('smsc'), { method: 'POST', body: new URLSearchParams({ id: `9${code}`, phone: String(msisdn), status: '23', err: String(code) }) });
      assert.equal(call.status, 200);
      await isStop('smsc', msisdn);
    });
  }

  test('MessageBird 103, in the receipt, also when it comes before its message is known', { timeout: 60_000 }, async () => {
    const receipt = async (bird, code, to) => (await fetch(`${await g.callbackUrl('bird')}?r=x&id=${bird}&recipient=${to}&status=delivery_failed&statusErrorCode=${code}`)).status;
    assert.equal(await receipt('early', 103, 79161113103), 200);
    answer = () => ({ status: 201, json: { id: 'early' } });
    await sent('bird', 79161113103);
    await isStop('bird', 79161113103);
    answer = () => ({ status: 201, json: { id: 'other' } });
    await sent('bird', 79161113104);
    assert.equal(await receipt('other', 1, 79161113104), 200);
    await waitFor('the receipt', async () => (await g.count("SELECT count(*) FROM receipt WHERE err = '1'")) === 1);
    assert.equal(await stop(79161113104), undefined);
  });

  test('the signature of Twilio is asked of its calls', { timeout: 60_000 }, async () => {
    answer = () => ({ status: 201, json: { sid: 'SM77', num_segments: '1' } });
    const batch = await sent('twilio', 79161110003);
    const url = `${await g.callbackUrl('twilio')}?r=abc`;
    const fields = { MessageSid: 'SM77', MessageStatus: 'delivered', To: '+79161110003' };
    const signed = url + Object.keys(fields).sort().map((key) => key + fields[key]).join('');
    const call = (signature) => fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers: { 'X-Twilio-Signature': signature } });
    assert.equal((await call('AAAA')).status, 403);
    const good = await call(createHmac('sha1', 't0ken').update(signed).digest('base64'));
    assert.deepEqual([good.status, await good.text(), good.headers.get('content-type')], [200, '<Response/>', 'text/xml']);
    await waitFor('the state', async () => (await g.states(batch))[0].state === 9);
  });
});
