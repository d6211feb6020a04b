// SPDX-License-Identifier: AGPL-3.0-or-later
// What phones write to us, through every daemon it touches: from the npm package smpp and from smscsim into the
// database; stop words (requirements of the law) act on what stands in queues.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Fleet } from './lib/fleet.mjs';
import { ask, raw, Smsc } from './lib/smsc.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { fate, putAccount, putBatch } from './lib/spool.mjs';
import { waitFor } from './lib/stack.mjs';

const CLIENTS = 10_000;
const RATE = 40; // parts a second of the simulator's account: the campaign lasts longer than the tests
const CONFIRMATION = 'You are unsubscribed.';
const STOP_MS = 5000;
const INFO = '79001112233';
const ACCEPTED = 2;

const DLRD = { inbound: { join_wait: '2s' }, stop: { confirmation: CONFIRMATION } };

let fleet;
let smsc;
let peer; // the npm package's account
let nextPhone = 79870000000;

const phone = () => String(nextPhone++);
const ucs2 = (text) => Buffer.from(text, 'utf16le').swap16();
const udh8 = (ref, total, seq) => Buffer.from([5, 0, 3, ref, total, seq]);
const udh16 = (ref, total, seq) => Buffer.from([6, 8, 4, ref >> 8, ref & 255, total, seq]);
const message = (from, octets, fields = {}) => ({
  source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: INFO, data_coding: 0,
  short_message: { message: Buffer.from(octets) }, ...fields,
});
const deliver = async (session, fields, command = 'deliver_sm') => (await ask(session, command, fields)).command_status;
const mo = (from, text) => fleet.sim.command('mo', 'sim', from, INFO, text);
const inbound = async (from) => (await fleet.db.query('SELECT * FROM inbound WHERE msisdn = $1 ORDER BY id', [from])).rows;
const stored = (from, count = 1) => waitFor(`${count} finished messages`, async () => {
  const rows = (await inbound(from)).filter((row) => row.state !== 'joining');
  return rows.length >= count && rows;
});
const optOut = async (from) => (await fleet.db.query('SELECT * FROM opt_out WHERE msisdn = $1', [from])).rows[0];
const submitsTo = async (to) => (await fleet.sim.rows()).filter((row) => row.destination === to);

before(async () => {
  fleet = await Fleet.open('inbound', {
    clients: CLIENTS,
    kinds: ['schedulerd', 'dispatcherd', 'smppd', 'dlrd'],
    account: { parts_per_s: RATE },
    config: { dlrd: DLRD },
  });
  // Two of them, so that parts of one message meet in different processes.
  fleet.daemons.dlrd.push(await fleet.house.start('dlrd', { instance: '2', config: DLRD }));
  smsc = await Smsc.listen();
  peer = smsc.account('npm');
  peer.id = await putAccount(fleet.house, 'npm', smsc.port, { sessions: 2, price_micro: 1000 });
  await waitFor('the sessions to bind', () => peer.bound.length >= 2);
  await waitFor('the simulator to be bound to', async () => (await fleet.sim.command('sessions')).includes(':trx:sim'));
});
after(async () => {
  await fleet?.close();
  await smsc?.close();
});

describe('what a phone writes', () => {
  const forms = [
    ['GSM 7-bit with its extension table', Buffer.from([0x00, 0x20, 0x1b, 0x65, 0x35, 0x1b, 0x3c, 0x61, 0x1b, 0x3e]), {}, '@ €5[a]'],
    ['Latin-1', Buffer.from('café', 'latin1'), { data_coding: 3 }, 'café'],
    ['UCS-2', ucs2('Привет, 😀'), { data_coding: 8 }, 'Привет, 😀'],
    ['UCS-2 of class 0', ucs2('Срочно'), { data_coding: 0x18 }, 'Срочно'],
    ['a payload', '', { message_payload: { message: Buffer.from('x'.repeat(2000)) } }, 'x'.repeat(2000)],
    ['a user acknowledgement', 'read', { esm_class: 0x10 }, 'read'],
  ];
  for (const [name, octets, fields, text] of forms) {
    test(`${name} is stored as its text`, async () => {
      const from = phone();
      assert.equal(await deliver(peer.bound[0], message(from, octets, fields)), 0);
      const [row] = await stored(from);
      assert.deepEqual([row.text, row.state, row.destination, row.account_id], [text, 'whole', INFO, peer.id]);
    });
  }

  test('binary is kept as it came', async () => {
    const from = phone();
    assert.equal(await deliver(peer.bound[0], message(from, [0, 1, 255], { data_coding: 4 })), 0);
    const [row] = await stored(from);
    assert.deepEqual([row.text, row.octets.toString('hex')], [null, '0001ff']);
  });

  test('a data_sm says the same', async () => {
    const from = phone();
    const fields = message(from, '', { message_payload: { message: Buffer.from('by data-sm') } });
    assert.equal(await deliver(peer.bound[0], fields, 'data_sm'), 0);
    assert.equal((await stored(from))[0].text, 'by data-sm');
  });

  test('the default alphabet is the account\'s', async () => {
    const latin = smsc.account('latin');
    await putAccount(fleet.house, 'latin', smsc.port, { default_alphabet: 'latin1', price_micro: 1000 });
    await waitFor('its session to bind', () => latin.bound.length > 0);
    const from = phone();
    assert.equal(await deliver(latin.bound[0], message(from, Buffer.from('@é', 'latin1'))), 0);
    assert.equal((await stored(from))[0].text, '@é');
  });

  test('what is broken is answered as the standard says, stored where it can be, and breaks nothing', async () => {
    const [session] = peer.bound;
    const from = phone();
    // A header longer than the message: all of it is kept.
    assert.equal(await deliver(session, message(from, [0x20, 0, 3, 1, 2, 1], { esm_class: 0x40 })), 0);
    assert.equal((await stored(from))[0].octets.toString('hex'), '200003010201');
    // Part 3 of 2 is no part.
    const other = phone();
    assert.equal(await deliver(session, message(other, Buffer.concat([udh8(1, 2, 3), Buffer.from('text')]), { esm_class: 0x40 })), 0);
    assert.equal((await stored(other))[0].text, 'text');
    // A TLV area cut short.
    const body = Buffer.concat([Buffer.from(`\0\x01\x01${phone()}\0\x01\x01${INFO}\0`, 'latin1'), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x41, 0x04])]);
    session.socket.write(raw(0x05, 0, 0x7ffffff0, body));
    const answer = await waitFor('an answer', () => session.pdus.find((pdu) => pdu.sequence_number === 0x7ffffff0));
    assert.equal(answer.command_status, 0xc0);
    assert.equal(await deliver(session, {}, 'enquire_link'), 0);
  });
});

describe('parts', () => {
  const ways = [
    ['an 8-bit reference', (seq, octets) => [Buffer.concat([udh8(200, 3, seq), octets]), { esm_class: 0x40 }]],
    ['a 16-bit reference', (seq, octets) => [Buffer.concat([udh16(60000, 3, seq), octets]), { esm_class: 0x40 }]],
    ['sar TLVs', (seq, octets) => [octets, { sar_msg_ref_num: 60001, sar_total_segments: 3, sar_segment_seqnum: seq }]],
  ];
  for (const [name, form] of ways) {
    test(`by ${name}, out of order, over two sessions and each twice, are one message`, async () => {
      const from = phone();
      const text = 'Длинное сообщение 😀 в трёх частях';
      const octets = ucs2(text);
      // Cut in the middle of the surrogate pair.
      const at = [0, octets.indexOf(ucs2('😀')) + 2, octets.length - 8, octets.length];
      for (const seq of [3, 1, 3, 2, 1, 2]) {
        const [piece, fields] = form(seq, octets.subarray(at[seq - 1], at[seq]));
        assert.equal(await deliver(peer.bound[seq % 2], message(from, piece, { data_coding: 8, ...fields })), 0);
      }
      const [row] = await stored(from);
      assert.deepEqual([row.text, row.state, row.total, row.arrived], [text, 'whole', 3, 3]);
      await waitFor('the repeats to be counted', async () => Number(await fleet.house.value(
        'SELECT sum(repeats) FROM inbound_part p JOIN inbound i ON i.id = p.inbound_id WHERE i.msisdn = $1', [from])) === 3);
      assert.equal((await inbound(from)).length, 1);
    });
  }

  test('a part that never comes leaves a mark after a while', async () => {
    const from = phone();
    const piece = (seq, text) => message(from, Buffer.concat([udh8(9, 3, seq), Buffer.from(text)]), { esm_class: 0x40 });
    for (const [seq, text] of [[1, 'one '], [3, ' three']]) assert.equal(await deliver(peer.bound[0], piece(seq, text)), 0);
    assert.deepEqual((await inbound(from)).map((row) => row.state).filter((state) => state !== 'joining'), []);
    const [row] = await stored(from);
    assert.deepEqual([row.state, row.text, row.arrived], ['incomplete', 'one […] three', 2]);
  });
});

describe('whose it is', () => {
  test('the one client with the number, and the last message it was sent', async () => {
    const from = phone();
    const client = await fleet.house.value("INSERT INTO client (external_id, msisdn) VALUES ('reply', $1) RETURNING id", [from]);
    const [sent] = await putBatch(fleet.house, peer.id, [{ msisdn: from, text: 'Question?' }]);
    await waitFor('the question to be accepted', async () => (await fate(fleet.house, sent)).state === ACCEPTED);
    assert.equal(await deliver(peer.bound[0], message(from, 'Answer')), 0);
    const [row] = await stored(from);
    assert.deepEqual([row.client_id, String(row.message_id)], [client, sent]);
  });
});

describe('nothing is lost', () => {
  test('dlrd killed again and again while messages come: each is stored once', async () => {
    const phones = Array.from({ length: 300 }, phone);
    const sending = (async () => {
      for (const [i, from] of phones.entries()) assert.equal(await deliver(peer.bound[i % 2], message(from, `message ${i}`)), 0);
    })();
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 100); });
      await fleet.daemons.dlrd[i % 2].restart();
    }
    await sending;
    const count = () => fleet.house.value('SELECT count(*) FROM inbound WHERE msisdn = ANY ($1) AND state = $2', [phones, 'whole']);
    await waitFor('all of them', async () => (await count()) === phones.length);
    assert.equal(await fleet.house.value('SELECT count(*) FROM inbound WHERE msisdn = ANY ($1)', [phones]), phones.length);
  });
});

describe('stop', () => {
  test('R-10: every way of saying it opts a number out within 5 s, known to us or not', async () => {
    const ways = [['STOP', 'advertising'], ['stop!', 'advertising'], ['cnjg', 'advertising'], ['UNSUBSCRIBE', 'advertising'], ['Stop all', 'all']];
    for (const [text, scope] of ways) {
      const from = phone();
      const begin = performance.now();
      await mo(from, text);
      const row = await waitFor('an opt-out', () => optOut(from), { everyMs: 20 });
      assert.ok(performance.now() - begin < STOP_MS);
      const [said] = await inbound(from);
      assert.deepEqual([row.scope, row.source, row.inbound_id, said.stop_scope], [scope, 'reply', said.id, scope]);
    }
    const cyrillic = phone();
    await fleet.sim.command('mo-octets', 'sim', cyrillic, INFO, '0', '8', ucs2('Стоп').toString('hex'));
    await waitFor('an opt-out', () => optOut(cyrillic));
    const not = phone();
    await fleet.sim.command('mo-octets', 'sim', not, INFO, '0', '8', ucs2('Не останавливайте').toString('hex'));
    await stored(not);
    assert.equal(await optOut(not), undefined);
  });

  test('R-11: what stands in queues for a number does not leave once it said stop', async () => {
    const campaign = await fleet.launch({ text: 'Sale today', account_id: await fleet.house.value("SELECT id FROM account WHERE name = 'sim'") });
    // So that every number is in a batch that was filtered before its stop.
    await waitFor('all to be dispatched', async () => (await fleet.counts(campaign)).messages >= CLIENTS, { timeoutMs: 60_000 });
    await waitFor('the campaign to be under way', async () => (await fleet.counts(campaign)).accepted > 20);
    const seen = new Set((await fleet.sim.rows()).map((row) => row.destination));
    const waiting = Array.from({ length: CLIENTS }, (_, i) => String(79000000001 + i)).filter((to) => !seen.has(to));
    // What is due later than 5 s from now; numbers leave in their order.
    const stopped = waiting.filter((_, i) => i > RATE * STOP_MS / 1000 && i % 500 === 0);
    assert.ok(stopped.length >= 10);
    const begin = Date.now();
    for (const from of stopped) await mo(from, 'STOP');
    await waitFor('all opt-outs', async () => Number(await fleet.house.value(
      "SELECT count(*) FROM opt_out WHERE source = 'reply' AND msisdn = ANY ($1)", [stopped])) === stopped.length);
    assert.ok(Date.now() - begin < STOP_MS, `${Date.now() - begin} ms`);
    const rowsBefore = (await fleet.sim.rows()).length;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    const adHash = hashOf(Buffer.from('Sale today'));
    await fleet.db.query('UPDATE account SET parts_per_s = 5000, changed_at = clock_timestamp() WHERE name = $1', ['sim']);
    const counts = await fleet.finished(campaign, 90_000);
    const ads = (await fleet.sim.rows()).filter((row) => row.hash === adHash);
    assert.ok((await fleet.sim.rows()).length > rowsBefore, 'the others went on');
    for (const to of stopped) assert.equal(ads.filter((row) => row.destination === to).length, 0, 'a stopped number got advertising');
    assert.ok(ads.length >= CLIENTS - stopped.length);
    assert.equal(counts.messages, counts.audience);
    // Each of them has its reason.
    assert.equal(await fleet.house.value(
      `SELECT count(*) FROM message m JOIN message_state s USING (id) JOIN batch h ON h.id = m.id & ~255::bigint
        WHERE h.run_id IS NOT NULL AND m.msisdn = ANY ($1) AND s.reason = 1`, [stopped]), stopped.length);
  });

  for (const word of ['STOP', 'STOPALL']) {
    test(`R-12: two times ${word}, one confirmation`, async () => {
      const from = phone();
      await mo(from, word);
      await waitFor('an opt-out', () => optOut(from));
      await waitFor('the confirmation', async () => (await submitsTo(from)).length > 0);
      await mo(from, `${word}!`);
      await mo(from, 'STOP ALL');
      await stored(from, 3);
      // Whatever would still come has its time: schedulerd looks every second.
      await new Promise((resolve) => { setTimeout(resolve, 4000); });
      const rows = await submitsTo(from);
      assert.deepEqual(rows.map((row) => row.hash), [hashOf(Buffer.from(CONFIRMATION))]);
      assert.equal((await optOut(from)).scope, 'all');
    });
  }

  test('R-13: stopped advertising lets everything else pass, stopped everything nothing', async () => {
    const [some, all] = [phone(), phone()];
    await mo(some, 'STOP');
    await mo(all, 'STOP ALL');
    await waitFor('both opt-outs', async () => (await optOut(some)) && (await optOut(all)));
    await waitFor('both confirmations', async () => (await submitsTo(some)).length + (await submitsTo(all)).length === 2);
    for (const category of [1, 2, 3, 4, 5])
      await fleet.db.query(
        `INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class, category, account_id, max_parts, deadline, published_at)
         SELECT 1, 0, 2, $1::bigint[], ARRAY[$2, $2], message_base_ids(1), 'Vestnik', 2, $3, id, 3, now() + interval '1 hour', 'epoch'
           FROM account WHERE name = 'sim'`, [[some, all], `category ${category}`, category]);
    await waitFor('what may go', async () => (await submitsTo(some)).length === 5);
    await waitFor('all to be dispatched', async () => (await fleet.house.value('SELECT count(*) FROM chunk WHERE state <> 2')) === 0);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    const expected = ['category 2', 'category 3', 'category 4', 'category 5'].map((text) => hashOf(Buffer.from(text)));
    assert.deepEqual((await submitsTo(some)).slice(1).map((row) => row.hash).sort(), expected.sort());
    assert.equal((await submitsTo(all)).length, 1);
  });
});

describe('the end', () => {
  test('nothing is acknowledged that the broker has not confirmed', async () => {
    const from = phone();
    const [session] = peer.bound;
    await fleet.house.stack.run('settle');
    await fleet.house.stack.run('kill', 'rabbitmq');
    let answer;
    try {
      session.deliver_sm(message(from, 'kept'), (pdu) => { answer = pdu; });
      await deliver(session, {}, 'enquire_link');
      assert.notEqual(answer?.command_status, 0);
    } finally {
      await fleet.house.stack.run('restart-one', 'rabbitmq');
    }
    await waitFor('the message to be taken', async () => {
      const now = await waitFor('a session', () => peer.bound[0]);
      return (await deliver(now, message(from, 'kept'))) === 0;
    }, { timeoutMs: 60_000 });
    await stored(from);
    assert.equal((await inbound(from)).length, 1);
  });

  test('R-28: no log has a number or a text', () => {
    const dir = path.join(fleet.house.dir, 'log');
    for (const file of readdirSync(dir)) {
      const log = readFileSync(path.join(dir, file), 'utf8');
      assert.doesNotMatch(log, /7987\d{7}|7900\d{7}/, file);
      for (const text of ['by data-sm', 'Длинное', 'cnjg', 'Answer']) assert.ok(!log.includes(text), `${file}: ${text}`);
    }
  });
});
