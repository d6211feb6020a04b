// SPDX-License-Identifier: AGPL-3.0-or-later
// The simulator, driven by the npm package smpp as ESME: what other tests rely on when they hold its
// log against the database.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import smpp from 'smpp';

import { run } from './lib/process.mjs';
import { hashOf, Simulator } from './lib/smscsim.mjs';
import { waitFor } from './lib/wait.mjs';

const OK = 0;
const THROTTLED = 0x58;
const QUEUE_FULL = 0x14;

let dir;
let sim;
let sessions = [];

before(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'vestnik-smscsim-'));
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await sim?.stop();
  rmSync(path.join(dir, 'smscsim.proof'), { force: true });
});
after(() => rmSync(dir, { recursive: true, force: true }));

const start = async (options) => {
  sim = await Simulator.start(dir, options);
};

/** A connection that keeps what it gets and acknowledges every deliver_sm (unless told not to). */
async function connect({ tls = false, acknowledge = true } = {}) {
  const session = smpp.connect({ host: '127.0.0.1', port: sim.port, tls, rejectUnauthorized: false });
  sessions.push(session);
  session.received = [];
  session.order = [];
  session.closed = false;
  session.on('error', () => {});
  session.on('close', () => { session.closed = true; });
  session.on('pdu', (pdu) => session.order.push(pdu.command));
  session.on('deliver_sm', (pdu) => {
    session.received.push(pdu);
    if (acknowledge) session.send(pdu.response());
  });
  await new Promise((resolve, reject) => {
    session.once(tls ? 'secureConnect' : 'connect', resolve);
    session.once('error', reject);
  });
  return session;
}

/** Send a request, resolve to its response. */
const ask = (session, command, fields = {}) => new Promise((resolve) => { session[command](fields, resolve); });

async function bound(how = 'bind_transceiver', options = {}) {
  const session = await connect(options);
  const response = await ask(session, how, { system_id: 'bank', password: 'secret' });
  assert.equal(response.command_status, OK);
  return session;
}

const submit = (session, fields = {}) => ask(session, 'submit_sm', {
  source_addr_ton: 5, source_addr: 'INFO', dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '79161234567',
  registered_delivery: 1, short_message: { message: Buffer.from('Hello') }, ...fields,
});

const textOf = (pdu) => pdu.short_message.message.toString();

describe('binds', () => {
  test('a bind of each kind is answered with the interface version', async () => {
    await start();
    for (const how of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
      const response = await ask(await connect(), how, { system_id: 'bank', password: 'x' });
      assert.equal(response.command_status, OK);
      assert.equal(response.sc_interface_version, 0x34);
    }
    assert.equal(await sim.command('sessions'), '1:trx:bank 2:tx:bank 3:rx:bank');
  });

  test('credentials and statuses are held', async () => {
    await start({ 'system-id': 'bank', password: 'secret' });
    const bind = async (system_id, password) => (await ask(await connect(), 'bind_transceiver', { system_id, password })).command_status;
    assert.equal(await bind('shop', 'secret'), smpp.ESME_RINVSYSID);
    assert.equal(await bind('bank', 'wrong'), smpp.ESME_RINVPASWD);
    await sim.set('bind-status', '0x0D');
    assert.equal(await bind('bank', 'secret'), smpp.ESME_RBINDFAIL);
    await sim.set('bind-status', 0);
    const session = await bound();
    assert.equal((await ask(session, 'bind_transceiver', { system_id: 'bank', password: 'secret' })).command_status, smpp.ESME_RALYBND);
  });

  test('before a bind nothing is submitted; a receiver may not either; unknown commands are nacked', async () => {
    await start();
    const open = await connect();
    assert.equal((await submit(open)).command_status, smpp.ESME_RINVBNDSTS);
    assert.equal((await ask(open, 'enquire_link')).command_status, OK);
    assert.equal((await submit(await bound('bind_receiver'))).command_status, smpp.ESME_RINVBNDSTS);
    const nack = await ask(open, 'query_sm', { message_id: '1' });
    assert.equal(nack.command, 'generic_nack');
    assert.equal(nack.command_status, smpp.ESME_RINVCMDID);
    assert.equal((await sim.rows()).length, 0);
  });

  test('unbind is answered, then the connection closed', async () => {
    await start();
    const session = await bound();
    assert.equal((await ask(session, 'unbind')).command_status, OK);
    await waitFor('the connection to close', () => session.closed);
  });

  test('an impossible length is nacked and the connection closed', async () => {
    await start();
    const socket = net.connect(sim.port, '127.0.0.1');
    const chunks = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.write(Buffer.from('0000000f000000040000000000000007', 'hex'));
    await new Promise((resolve) => { socket.on('end', resolve); });
    assert.equal(Buffer.concat(chunks).toString('hex'), '00000010800000000000000200000007');
    socket.destroy();
  });

  test('it speaks TLS', async () => {
    const key = path.join(dir, 'key.pem');
    const cert = path.join(dir, 'cert.pem');
    const made = await run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '1']);
    assert.equal(made.code, 0, made.stderr);
    await start({ 'tls-cert': cert, 'tls-key': key, 'receipt-delay-ms': 0 });
    const session = await bound('bind_transceiver', { tls: true });
    assert.equal((await submit(session)).command_status, OK);
    await waitFor('the receipt', () => session.received.length === 1);
  });
});

describe('submits', () => {
  test('each part stands in the log as it came', async () => {
    await start();
    const session = await bound();
    const single = await submit(session);
    const long = await submit(session, {
      esm_class: 0x40, short_message: Buffer.concat([Buffer.from([6, 8, 4, 0x12, 0x34, 2, 1]), Buffer.from('Part')]),
    });
    const sar = await submit(session, { sar_msg_ref_num: 7, sar_total_segments: 3, sar_segment_seqnum: 2 });
    const rows = await sim.rows();
    assert.equal(rows.length, 3);
    assert.deepEqual(rows.map((row) => row.id), [single, long, sar].map((pdu) => pdu.message_id));
    assert.deepEqual(rows.map(({ ref, total, seq }) => [ref, total, seq]), [[0, 0, 0], [0x1234, 2, 1], [7, 3, 2]]);
    assert.deepEqual(rows.map((row) => row.hash), ['Hello', 'Part', 'Hello'].map((text) => hashOf(Buffer.from(text))));
    assert.ok(rows.every((row) => row.systemId === 'bank' && row.destination === '79161234567' && row.status === 0 && !row.lost));
  });

  test('a rate beyond the limit is throttled; a queue may be full instead', async () => {
    await start({ rate: 10 });
    const session = await bound();
    const burst = () => Promise.all(Array.from({ length: 20 }, () => submit(session)));
    assert.ok((await burst()).filter((pdu) => pdu.command_status === THROTTLED).length >= 12);
    await sim.set('rate', 0);
    await sim.set('queue-rate', 10);
    assert.ok((await burst()).filter((pdu) => pdu.command_status === QUEUE_FULL).length >= 12);
    const stats = await sim.stats();
    assert.equal(stats.submits, 40);
    assert.ok(stats.rate_max >= 20);
    assert.equal(stats.statuses['0x00000000'] + stats.statuses['0x00000058'] + stats.statuses['0x00000014'], 40);
    const refused = (await sim.rows()).filter((row) => row.status !== 0);
    assert.ok(refused.length >= 24 && refused.every((row) => row.id === '-'));
  });

  test('more unanswered than the window is throttled', async () => {
    await start({ window: 3, 'latency-ms': 100 });
    const session = await bound();
    const answers = await Promise.all(Array.from({ length: 5 }, () => submit(session)));
    assert.deepEqual(answers.map((pdu) => pdu.command_status).sort(), [OK, OK, OK, THROTTLED, THROTTLED].sort());
  });

  test('answers take their time', async () => {
    await start({ 'latency-ms': '150-200' });
    const session = await bound();
    const begin = performance.now();
    await submit(session);
    assert.ok(performance.now() - begin >= 149);
  });

  test('shares of errors and of lost answers', async () => {
    await start({ errors: '0x0B:1000' });
    const session = await bound();
    assert.equal((await submit(session)).command_status, smpp.ESME_RINVDSTADR);
    await sim.set('errors', '');
    await sim.set('lost', 1000);
    session.submit_sm({ destination_addr: '79160000000', short_message: { message: 'gone' } });
    await waitFor('the submit to be counted', async () => (await sim.stats()).lost === 1);
    await sim.set('lost', 0);
    assert.equal((await submit(session)).command_status, OK);
    assert.deepEqual((await sim.rows()).map((row) => [row.status, row.lost]), [[11, false], [0, true], [0, false]]);
  });

  test('every Nth submit cuts its connection, after the answers before it', async () => {
    await start({ 'cut-every': 3 });
    const session = await bound();
    const answers = [];
    for (let i = 0; i < 3; i++) session.submit_sm({ destination_addr: '7916', short_message: { message: 'x' } }, (pdu) => answers.push(pdu));
    await waitFor('the cut', () => session.closed);
    assert.equal(answers.length, 2);
    assert.deepEqual((await sim.rows()).map((row) => row.lost), [false, false, true]);
  });

  test('a cut by command loses what was not yet answered, and the log says so', async () => {
    await start({ 'latency-ms': 300 });
    const session = await bound();
    session.submit_sm({ destination_addr: '7916', short_message: { message: 'x' } });
    await waitFor('the submit', async () => (await sim.stats()).submits === 1);
    assert.equal(await sim.command('cut', 'all'), '1');
    await waitFor('the cut', () => session.closed);
    await waitFor('the log to say so', async () => (await sim.rows())[0].lost);
    assert.equal((await sim.stats()).sessions, 0);
  });

  test('silent: connections are taken and nothing is said', async () => {
    await start({ silent: 'on' });
    const session = await connect();
    let answered = false;
    session.bind_transceiver({ system_id: 'bank', password: 'x' }, () => { answered = true; });
    await waitFor('the connection to be seen', async () => (await sim.stats()).sessions === 1);
    await sim.set('silent', 'off');
    assert.equal((await ask(session, 'enquire_link')).command_status, OK);
    assert.equal(answered, false);
  });
});

describe('receipts', () => {
  test('a receipt of the standard comes after the response', async () => {
    await start({ 'receipt-delay-ms': 0 });
    const session = await bound();
    const { message_id } = await submit(session);
    await waitFor('the receipt', () => session.received.length === 1);
    const [receipt] = session.received;
    assert.equal(receipt.esm_class, 4);
    assert.equal(receipt.source_addr, '79161234567');
    assert.equal(receipt.destination_addr, 'INFO');
    assert.match(textOf(receipt), new RegExp(`^id:${message_id} sub:001 dlvrd:001 submit date:\\d{10} done date:\\d{10} stat:DELIVRD err:000 text:Hello$`));
    await waitFor('its acknowledgement', async () => (await sim.stats()).receipts_acked === 1);
    assert.equal((await sim.stats()).receipts_pending, 0);
  });

  test('an early receipt comes before the response', async () => {
    await start({ early: 1000, 'latency-ms': 50 });
    const session = await bound();
    await submit(session);
    assert.deepEqual(session.order, ['bind_transceiver_resp', 'deliver_sm', 'submit_sm_resp']);
  });

  test('outcomes, bases of ids and spellings change while it runs', async () => {
    await start({ 'receipt-delay-ms': 0, undeliv: 1000, 'id-format': 'hexdec' });
    const session = await bound();
    const { message_id } = await submit(session);
    await waitFor('the receipt', () => session.received.length === 1);
    assert.match(textOf(session.received[0]), new RegExp(`^id:${parseInt(message_id, 16)} .*stat:UNDELIV err:001`));
    await sim.set('receipt-format', 'tlv');
    await sim.set('undeliv', 0);
    await sim.set('expired', 1000);
    await submit(session);
    await waitFor('the second', () => session.received.length === 2);
    assert.equal(session.received[1].message_state, 3);
    assert.equal(textOf(session.received[1]), '');
  });

  test('only who asks gets one, and none after `receipts none`; `first` spares later parts', async () => {
    await start({ 'receipt-delay-ms': 0 });
    const session = await bound();
    await submit(session, { registered_delivery: 0 });
    await submit(session, { registered_delivery: 2 });
    await sim.set('receipts', 'first');
    await submit(session, { sar_msg_ref_num: 7, sar_total_segments: 2, sar_segment_seqnum: 2 });
    await sim.set('receipts', 'none');
    await submit(session);
    assert.equal((await sim.stats()).receipts_made, 0);
  });

  test('receipts wait for a receiver, and go to any bind of the system_id that can receive', async () => {
    await start({ 'receipt-delay-ms': 0 });
    const transmitter = await bound('bind_transmitter');
    await submit(transmitter);
    await submit(transmitter);
    const receiver = await bound('bind_receiver');
    await waitFor('both receipts', () => receiver.received.length === 2);
    assert.equal(transmitter.received.length, 0);
  });

  test('what a dead session did not acknowledge is sent again, in order', async () => {
    await start({ 'receipt-delay-ms': 0 });
    const first = await bound('bind_transceiver', { acknowledge: false });
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await submit(first)).message_id);
    await waitFor('three receipts', () => first.received.length === 3);
    first.destroy();
    const second = await bound();
    await waitFor('them again', () => second.received.length === 3);
    assert.deepEqual(second.received.map((pdu) => textOf(pdu).match(/^id:(\d+)/)[1]), ids);
    await waitFor('their acknowledgements', async () => (await sim.stats()).receipts_pending === 0);
  });

  test('a refused receipt is sent again', async () => {
    await start({ 'receipt-delay-ms': 0 });
    const session = await bound('bind_transceiver', { acknowledge: false });
    let count = 0;
    session.on('deliver_sm', (pdu) => {
      count += 1;
      session.send(pdu.response({ command_status: count === 1 ? smpp.ESME_RX_T_APPN : OK }));
    });
    await submit(session);
    await waitFor('the second try', async () => (await sim.stats()).receipts_acked === 1);
    assert.equal(count, 2);
  });

  test('duplicates', async () => {
    await start({ 'receipt-delay-ms': 0, duplicate: 1000 });
    const session = await bound();
    await submit(session);
    await waitFor('two receipts', () => session.received.length === 2);
    assert.equal(textOf(session.received[0]), textOf(session.received[1]));
  });

  test('no more than the deliver window waits for answers; the outbox is bounded', async () => {
    await start({ 'receipt-delay-ms': 0, 'deliver-window': 2, outbox: 3 });
    const session = await bound('bind_transceiver', { acknowledge: false });
    for (let i = 0; i < 10; i++) await submit(session);
    await waitFor('the rest to be dropped', async () => (await sim.stats()).receipts_dropped === 5);
    assert.equal(session.received.length, 2);
    for (const pdu of session.received) session.send(pdu.response());
    await waitFor('two more', () => session.received.length === 4);
  });
});

describe('control', () => {
  test('a text from a subscriber reaches a receiver', async () => {
    await start();
    await assert.rejects(sim.command('mo', 'bank', '79161234567', 'INFO', 'STOP please'), /nobody of that system_id/);
    const session = await bound();
    await sim.command('mo', 'bank', '79161234567', 'INFO', 'STOP please');
    await waitFor('the text', () => session.received.length === 1);
    assert.equal(textOf(session.received[0]), 'STOP please');
    assert.equal(session.received[0].esm_class, 0);
    await waitFor('its acknowledgement', async () => (await sim.stats()).mo_acked === 1);
  });

  test('it unbinds and enquires on command', async () => {
    await start();
    const session = await bound();
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => session.send(pdu.response()));
    await sim.command('enquire', 'all');
    await waitFor('the enquire_link', () => session.order.includes('enquire_link'));
    await sim.command('unbind', 1);
    await waitFor('the close', () => session.closed);
  });

  test('wrong lines are told so', async () => {
    await start();
    await assert.rejects(sim.command('dance'), /error no such command/);
    await assert.rejects(sim.command('set', 'lost', 'many'), /lost: found "many"; expected a number from 0 to 1000/);
    await assert.rejects(sim.command('get', 'colour'), /error no such option/);
    assert.equal(await sim.command('get', 'lost'), '0');
    assert.match(await sim.command('help'), /cut all\|NUMBER/);
    await sim.command('reset');
    assert.equal((await sim.stats()).submits, 0);
    await sim.command('quit');
    assert.equal((await sim.exited).code, 0);
  });

  test('SIGTERM ends it cleanly with the log complete', async () => {
    await start({ 'latency-ms': 5000 });
    const session = await bound();
    for (let i = 0; i < 100; i++) session.submit_sm({ destination_addr: '7916', short_message: { message: 'x' } });
    await waitFor('the submits', async () => (await sim.stats()).submits === 100);
    const exit = await sim.stop();
    assert.equal(exit.code, 0);
    const rows = await sim.rows();
    assert.equal(rows.length, 100);
    assert.ok(rows.every((row) => row.lost), 'answers that never left are lost');
  });

  test('a wrong option ends it with a sentence', async () => {
    const { BIN } = await import('./lib/process.mjs');
    const ended = await run([path.join(BIN, 'smscsim'), '--receipts', 'some']);
    assert.equal(ended.code, 1);
    assert.equal(ended.stderr, 'smscsim: receipts: found "some"; expected none|all|first\n');
    const help = await run([path.join(BIN, 'smscsim'), '--help']);
    assert.match(help.stdout, /--cut-every/);
  });
});
