// SPDX-License-Identifier: AGPL-3.0-or-later
// What breaks SMPP clients in practice, a test a case, against the npm package smpp as SMSC; octets that it would
// not write are written by hand, and tshark judges what smppd wrote.  The other numbers have their tests where they
// can be shown best: 2, 24, 29 in tests/unit/{model,sms}; 3, 30, 31, 32 in tests/unit/dlrd; 8 also, 15 and 18 in
// tests/unit/smppd; 1, 7, 11, 14 also in smppd-peer and smppd-trouble.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import smpp from 'smpp';

import { Capture } from './lib/capture.mjs';
import { ADVERTISING, disableAccount, fate, providerIds, putAccount, putBatch, Receipts } from './lib/spool.mjs';
import { ask, raw, receipt, RESP, Smsc } from './lib/smsc.mjs';
import { House, waitFor } from './lib/stack.mjs';
import { putSecrets } from './lib/vault.mjs';

const ACCEPTED = 2;
const UNKNOWN = 3;
const FAILED = 5;
const DELIVERED = 9;
const SUBMIT_RESP = RESP + 0x04;
const ADVERT = { messageClass: ADVERTISING, category: 1 };

let house;
let smsc;
let smppd;
let capture;
let receipts;
let accounts = []; // of the current test
let counter = 0;

before(async () => {
  house = await House.open('smppd_cases');
  smsc = await Smsc.listen();
  capture = await Capture.start(smsc.port, path.join(house.dir, 'smpp.pcap'));
  await house.start('schedulerd');
  smppd = await house.start('smppd', { ready: false });
  receipts = new Receipts(house);
});
afterEach(async () => {
  for (const id of accounts.splice(0)) await disableAccount(house, id);
});
after(async () => {
  await receipts?.close();
  await capture?.stop();
  await house?.close();
  await smsc?.close();
});

/** An account in the database, its side at the SMSC, and its sessions bound. */
async function connect(columns = {}, { prepare = () => {}, sessions = columns.sessions ?? 1, server = smsc } = {}) {
  counter += 1;
  const peer = server.account(`case${counter}`);
  prepare(peer);
  peer.id = await putAccount(house, peer.systemId, server.port, columns);
  accounts.push(peer.id);
  await waitFor(`${sessions} sessions to bind`, () => {
    smppd.mustRun();
    return peer.bound.length >= sessions;
  });
  return peer;
}

let numbers = 79170000000;
const texts = (count) => Array.from({ length: count }, (_, i) => { numbers += 1; return { msisdn: numbers, text: `Text ${i}` }; });
const send = (peer, messages, options) => putBatch(house, peer.id, messages, options);
const submitted = (peer, count, options) => waitFor(`${count} submits`, () => peer.submits.length >= count && peer.submits, options);
const stands = (id, state, options) => waitFor(`message ${id} to be in state ${state}`, async () => (await fate(house, id)).state === state, options);
const arrived = (peer, count) => receipts.arrived(peer.id, count);
const alive = async (session) => assert.equal((await ask(session, 'enquire_link')).command_status, 0);
const bound = (peer, count = 1) => waitFor(`${count} sessions`, () => peer.bound.length >= count);
const metric = async (peer, name, more = '') => (await smppd.metrics())[`vestnik_smppd_${name}{account="${peer.systemId}"${more}}`] ?? 0;
const three = () => ({ msisdn: texts(1)[0].msisdn, text: 'ж'.repeat(150), parts: 3, encoding: 1 });
const part = (pdu) => pdu.short_message.udh[0][4];
const reference = (pdu) => pdu.short_message.udh[0][2];

describe('answers', () => {
  test('case 4: 0x58 on the second of three parts: it and the third go again, with the same reference', async () => {
    const peer = await connect({ window_size: 1 });
    let refused = false;
    peer.onSubmit = (pdu, session) => {
      if (part(pdu) === 2 && !refused) {
        refused = true;
        session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
      } else {
        peer.accept(pdu, session, `part ${part(pdu)}`);
      }
    };
    const [id] = await send(peer, [three()]);
    await waitFor('all three to be accepted', async () => (await providerIds(house, id)).length === 3);
    assert.deepEqual(peer.submits.map(({ pdu }) => part(pdu)), [1, 2, 2, 3]);
    assert.equal(new Set(peer.submits.map(({ pdu }) => reference(pdu))).size, 1);
    assert.equal((await fate(house, id)).state, ACCEPTED);
  });

  test('case 4: 0x14 and 0x58 beside an unbind are refusals, and what was refused goes over the new session', async () => {
    const peer = await connect({ window_size: 2 });
    const open = [];
    peer.onSubmit = (pdu) => open.push(pdu);
    const ids = await send(peer, texts(2));
    await submitted(peer, 2);
    const [session] = peer.bound;
    peer.onSubmit = (pdu, other) => peer.accept(pdu, other);
    const unbound = ask(session, 'unbind');
    session.send(open[0].response({ command_status: smpp.ESME_RTHROTTLED }));
    session.send(open[1].response({ command_status: smpp.ESME_RMSGQFUL }));
    assert.equal((await unbound).command_status, 0);
    for (const id of ids) await stands(id, ACCEPTED);
    assert.equal(await house.value('SELECT count(*) FROM doubt WHERE message_id = ANY ($1)', [ids]), 0);
    assert.ok(peer.submits.slice(2).every(({ session: other }) => other !== session));
  });

  test('case 5: a message that was throttled and accepted later is found by its receipt', async () => {
    const peer = await connect();
    peer.onSubmit = (pdu, session) => {
      if (peer.submits.length === 1) session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED, message_id: 'no-id' }));
      else peer.accept(pdu, session, 'Second-Try');
    };
    const [id] = await send(peer, texts(1));
    await stands(id, ACCEPTED);
    assert.deepEqual(await providerIds(house, id), ['second-try']);
    assert.equal((await ask(peer.bound[0], 'deliver_sm', receipt('SECOND-TRY', { to: peer.submits[1].pdu.destination_addr }))).command_status, 0);
    assert.equal((await arrived(peer, 1))[0].id, 'second-try');
  });

  test('case 6: answers that never come free their slots; the window is not full for ever', async () => {
    const peer = await connect({ window_size: 4, response_timeout_ms: 400 });
    peer.onSubmit = (pdu, session) => { if (peer.submits.length % 2 === 0) peer.accept(pdu, session); };
    const ids = await send(peer, texts(16), ADVERT);
    await waitFor('all to have a fate', async () => (await Promise.all(ids.map((id) => fate(house, id)))).every(({ state }) => state === ACCEPTED || state === UNKNOWN));
    const answered = peer.submits.filter(({ pdu }) => pdu.given).length;
    assert.equal(peer.submits.length, 16, 'each was sent once');
    assert.equal(await house.value('SELECT count(*) FROM doubt WHERE message_id = ANY ($1)', [ids]), 16 - answered);
    await waitFor('the window to be seen empty', async () => await metric(peer, 'window_used') === 0);
  });

  test('case 7: a late answer after the message was sent again: both ids are known, and it is accepted once', async () => {
    const peer = await connect({ response_timeout_ms: 500 });
    const [session] = peer.bound;
    const first = [];
    peer.onSubmit = (pdu, other) => {
      if (first.length === 0) first.push(pdu);
      else peer.accept(pdu, other, 'again');
    };
    const [id] = await send(peer, texts(1));
    await waitFor('the second try to be accepted', async () => (await providerIds(house, id)).includes('again'), { timeoutMs: 40_000 });
    peer.accept(first[0], session, 'late');
    await waitFor('the late id', async () => (await providerIds(house, id)).length === 2);
    assert.deepEqual((await providerIds(house, id)).sort(), ['again', 'late']);
    assert.equal((await fate(house, id)).state, ACCEPTED);
    session.socket.write(raw(SUBMIT_RESP, 0, 0x7ffffff0, Buffer.from('never asked\0')));
    session.socket.write(raw(SUBMIT_RESP, 0, first[0].sequence_number, Buffer.from('twice\0')));
    await alive(session);
    assert.equal((await providerIds(house, id)).length, 2, 'unknown sequence numbers mean nothing');
  });

  test('case 8: the peer\'s own sequence numbers are another row: a deliver_sm and an enquire_link with that of our open submit', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    let open;
    peer.onSubmit = (pdu) => { open = pdu; };
    const [id] = await send(peer, texts(1));
    await submitted(peer, 1);
    const sequence = open.sequence_number;
    const deliver = new smpp.PDU('deliver_sm', { ...receipt('shared'), sequence_number: sequence }).toBuffer();
    session.socket.write(Buffer.concat([deliver, raw(0x15, 0, sequence)]));
    await waitFor('both answers', () => ['deliver_sm_resp', 'enquire_link_resp'].every((command) => session.pdus.some((pdu) => pdu.command === command && pdu.sequence_number === sequence)));
    session.socket.write(raw(RESP + 0x15, 0, sequence)); // an enquire_link_resp is no answer to a submit
    await alive(session);
    assert.equal((await fate(house, id)).state, 1, 'still unanswered');
    peer.accept(open, session, 'mine');
    await stands(id, ACCEPTED);
    assert.deepEqual(await providerIds(house, id), ['mine']);
  });

  test('case 9: refusals with no body, with one, with TLVs and with an endless id', async () => {
    const peer = await connect();
    const bodies = [
      Buffer.alloc(0), Buffer.from('\0'), Buffer.from('id\0'), Buffer.from('0\0\x00\x1d\x00\x05spam\0', 'latin1'),
      Buffer.from('0\0\x00\x1d\x00\x50cut', 'latin1'), Buffer.alloc(200, 'x'),
    ];
    peer.onSubmit = (pdu, session) => {
      session.socket.write(raw(SUBMIT_RESP, smpp.ESME_RINVDSTADR, pdu.sequence_number, bodies[peer.submits.length - 1]));
    };
    const ids = await send(peer, texts(bodies.length));
    for (const id of ids) await stands(id, FAILED);
    assert.equal(peer.binds.length, 1, 'the session went on');
  });

  test('case 10: accepted without an id: it is accepted, is not sent again, and no receipt finds it', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    const bodies = [Buffer.alloc(0), Buffer.from('\0'), Buffer.from('  \0')];
    peer.onSubmit = (pdu) => session.socket.write(raw(SUBMIT_RESP, 0, pdu.sequence_number, bodies[peer.submits.length - 1]));
    const ids = await send(peer, texts(3));
    for (const id of ids) await stands(id, ACCEPTED);
    for (const id of ids) assert.deepEqual(await providerIds(house, id), ['']);
    assert.equal(await house.value('SELECT count(DISTINCT ref_key) FROM receipt_ref WHERE message_id = ANY ($1)', [ids]), 3, 'no key is shared');
    assert.equal((await ask(session, 'deliver_sm', receipt(''))).command_status, 0, 'answered, or it would come for ever');
    assert.equal((await ask(session, 'deliver_sm', receipt('real'))).command_status, 0);
    assert.deepEqual((await arrived(peer, 1)).map((record) => record.id), ['real']);
  });
});

describe('the stream', () => {
  test('case 11: PDUs in pieces of one octet, and two in one', async () => {
    const peer = await connect({}, {
      prepare: (side) => {
        side.onBind = (pdu, session) => {
          const octets = pdu.response({ system_id: 'x' }).toBuffer();
          for (const [i, octet] of octets.entries()) setTimeout(() => session.socket.write(Buffer.from([octet])), 2 * i);
        };
      },
    });
    const [session] = peer.bound;
    const open = [];
    peer.onSubmit = (pdu) => {
      open.push(pdu);
      if (open.length === 2) session.socket.write(Buffer.concat(open.map((one, i) => one.response({ message_id: `one piece ${i}` }).toBuffer())));
    };
    for (const id of await send(peer, texts(2))) await stands(id, ACCEPTED);
  });

  for (const [name, octets] of [
    ['HTTP on the port', Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['a PDU of a gigabyte', raw(SUBMIT_RESP, 0, 1, Buffer.alloc(0), 0x40000000)],
    ['a command_length of 4', raw(SUBMIT_RESP, 0, 1, Buffer.alloc(0), 4)],
  ]) {
    test(`case 11: ${name} ends the connection, and another is made`, async () => {
      const peer = await connect();
      const [session] = peer.bound;
      session.socket.write(octets);
      await waitFor('a new bind', () => session.closedAt && peer.bound.length === 1 && peer.bound[0] !== session);
      assert.equal(session.pdus.at(-1).command_status, smpp.ESME_RINVCMDLEN);
    });
  }

  test('case 12: a text longer than sm_length says, and a TLV that is broken, are refused by name; the session stays', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    const whole = new smpp.PDU('deliver_sm', { ...receipt('r12'), sequence_number: 900 }).toBuffer();
    const body = whole.subarray(16);
    const smLength = body.indexOf('id:r12') - 1;
    const changed = (by) => {
      const octets = Buffer.from(body);
      octets[smLength] += by;
      return octets;
    };
    const tlv = Buffer.concat([body, Buffer.from([0x04, 0x27, 0x00, 0x09, 0x02])]);
    for (const [i, octets] of [changed(-1), changed(1), tlv].entries()) session.socket.write(raw(5, 0, 901 + i, octets));
    const answers = await waitFor('three refusals', () => {
      const found = session.pdus.filter((pdu) => pdu.command === 'deliver_sm_resp');
      return found.length === 3 && found;
    });
    assert.deepEqual(answers.map((pdu) => [pdu.sequence_number, pdu.command_status]), [
      [901, 0xC0], [902, smpp.ESME_RINVMSGLEN], [903, 0xC0],
    ]);
    session.socket.write(whole);
    assert.equal((await arrived(peer, 1))[0].id, 'r12');
    assert.equal(peer.binds.length, 1);
  });
});

describe('the session', () => {
  test('case 13: the network is gone without a word: what was open is in doubt, and another session is made', async () => {
    const peer = await connect({ enquire_link_ms: 1000, response_timeout_ms: 1500 });
    const [session] = peer.bound;
    session.socket.pause(); // nothing is read or answered any more
    peer.answerEnquiries = false;
    peer.onSubmit = () => {};
    const [id] = await send(peer, texts(1), ADVERT);
    await stands(id, UNKNOWN);
    await waitFor('a new bind', () => peer.binds.length === 2);
    session.socket.resume();
  });

  test('case 13: enquire_link is answered and no submit is: the session is left, and the next begins with one message', async () => {
    const peer = await connect({ window_size: 5, response_timeout_ms: 400, enquire_link_ms: 1000 });
    peer.onSubmit = () => {};
    const ids = await send(peer, texts(40), ADVERT);
    await waitFor('a new bind', () => peer.binds.length === 2);
    await waitFor('a third', () => peer.binds.length === 3);
    assert.ok(peer.submits.length <= 12, `${peer.submits.length} were thrown after each other`);
    peer.onSubmit = (pdu, session) => peer.accept(pdu, session);
    await waitFor('the rest to be accepted', async () => (await Promise.all(ids.map((id) => fate(house, id)))).every(({ state }) => state === ACCEPTED || state === UNKNOWN), { timeoutMs: 30_000 });
    const lost = (await Promise.all(ids.map((id) => fate(house, id)))).filter(({ state }) => state === UNKNOWN).length;
    assert.ok(lost <= 13, `${lost} in doubt of 40`);
    assert.equal(new Set(peer.submits.map(({ pdu }) => pdu.destination_addr)).size, 40, 'nobody twice');
  });

  test('case 14: ESME_RALYBND waits a minute for the old session to end', async () => {
    const peer = await connect({}, {
      sessions: 0,
      prepare: (side) => { side.onBind = (pdu, session) => session.send(pdu.response({ command_status: smpp.ESME_RALYBND })); },
    });
    const [, wait] = await smppd.waitLog(new RegExp(`session closed.*account="?${peer.systemId}"?.*ESME_RALYBND.*again_in_ms=(\\d+)`));
    assert.ok(Number(wait) >= 60_000, wait);
    assert.equal(peer.binds.length, 1);
  });

  test('case 15: many sessions of a centre that comes back do not knock as one, and no message is tried in a hot loop', async () => {
    const peer = await connect({ sessions: 16, binds_per_min: 40, reconnect_min_ms: 400 });
    peer.onSubmit = (pdu, session) => session.send(pdu.response({ command_status: smpp.ESME_RSYSERR }));
    const [id] = await send(peer, texts(1));
    await submitted(peer, 1);
    const cutAll = async () => {
      for (const session of [...peer.bound]) session.destroy();
      await waitFor('the cut', () => peer.bound.length === 0);
    };
    const cutAt = performance.now();
    await cutAll();
    await bound(peer, 16);
    const back = peer.binds.slice(16).map(({ at }) => at - cutAt);
    assert.ok(Math.max(...back) - Math.min(...back) > 30, `they came within ${Math.max(...back) - Math.min(...back)} ms`);
    await cutAll();
    await waitFor('the eight that this minute still has', () => peer.binds.length === 40);
    await alive(peer.bound[0]);
    assert.equal(peer.binds.length, 40);
    assert.ok(peer.submits.length <= 3, `${peer.submits.length} tries of one message`);
    assert.ok([0, 1].includes((await fate(house, id)).state));
  });

  test('case 16: unbind with a full window: what is answered in time counts, the rest is unknown', async () => {
    const peer = await connect({ window_size: 6 });
    const [session] = peer.bound;
    const open = [];
    peer.onSubmit = (pdu) => open.push(pdu);
    const ids = await send(peer, texts(6), ADVERT);
    await submitted(peer, 6);
    peer.onSubmit = (pdu, other) => peer.accept(pdu, other);
    assert.equal((await ask(session, 'unbind')).command_status, 0);
    for (const pdu of open.slice(0, 3)) peer.accept(pdu, session);
    const numberOf = new Map(open.map((pdu, i) => [pdu.destination_addr, i]));
    await waitFor('all to have a fate', async () => (await Promise.all(ids.map((id) => fate(house, id)))).every(({ state }) => state === ACCEPTED || state === UNKNOWN));
    const { rows } = await house.db.query('SELECT id, msisdn::text AS to FROM message WHERE id = ANY ($1)', [ids]);
    for (const { id, to } of rows) assert.equal((await fate(house, id)).state, numberOf.get(to) < 3 ? ACCEPTED : UNKNOWN);
    assert.equal(peer.submits.length, 6, 'advertising is not sent again');
    await bound(peer);
  });

  test('case 17: answers that cannot be stored hold receipts back two seconds at most, and nothing else on the line', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    const client = await house.db.connect();
    try {
      await client.query('BEGIN');
      await client.query('LOCK TABLE receipt_ref IN ACCESS EXCLUSIVE MODE');
      await send(peer, texts(1));
      await submitted(peer, 1);
      const begin = performance.now();
      const answer = ask(session, 'deliver_sm', receipt('17'));
      await alive(session);
      assert.ok(performance.now() - begin < 1000, 'the line is read on');
      assert.equal((await answer).command_status, 0);
      assert.ok(performance.now() - begin < 4000, `${performance.now() - begin} ms`);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  test('case 18: a message that waits for days is sent with the time it still has, in days', async () => {
    const peer = await connect({ validity_max_s: 2_592_000 });
    await send(peer, texts(1), { validityS: 200_000 });
    const [{ pdu }] = await submitted(peer, 1);
    const leftMs = pdu.validity_period.getTime() - Date.now();
    assert.ok(leftMs > 199_000_000 && leftMs < 200_100_000, `${leftMs} ms`);
  });

  test('case 40: a centre that accepts and answers too late: one message, found by its receipt all the same', async () => {
    const peer = await connect({ response_timeout_ms: 500 });
    const [session] = peer.bound;
    peer.onSubmit = (pdu, other) => setTimeout(() => peer.accept(pdu, other, 'slow'), 1200);
    const [id] = await send(peer, texts(1), ADVERT);
    await stands(id, UNKNOWN);
    await stands(id, ACCEPTED);
    assert.equal(peer.submits.length, 1);
    assert.equal((await ask(session, 'deliver_sm', receipt('slow', { to: peer.submits[0].pdu.destination_addr }))).command_status, 0);
    assert.deepEqual((await arrived(peer, 1)).map((record) => [record.id, record.state]), [['slow', DELIVERED]]);
  });
});

describe('what centres do differently', () => {
  test('case 24: a Latin-1 centre gets Latin-1, an ASCII centre gets UCS-2 for what it lacks, each by its data_coding', async () => {
    const latin = await connect({ send_alphabet: 'latin1', coding_gsm: 3 });
    const ascii = await connect({ send_alphabet: 'ascii', coding_gsm: 1, coding_ucs2: 24 });
    const [number] = texts(1);
    await send(latin, [{ ...number, text: 'Grüße [1] @' }]);
    await send(ascii, [{ ...number, text: 'Hi [1] @' }, { ...number, msisdn: number.msisdn + 1, text: 'Grüße' }]);
    const [{ pdu }] = await submitted(latin, 1);
    assert.equal(pdu.data_coding, 3);
    assert.deepEqual(pdu.short_message.message, 'Grüße [1] @');
    const [first, second] = (await submitted(ascii, 2)).map((one) => one.pdu);
    assert.deepEqual([first.data_coding, second.data_coding], [1, 24]);
  });

  test('addresses, TLVs, version, validity and statuses as the account says', async () => {
    const peer = await connect({
      interface_version: 0x50, source_plus: true, number_ton: 2, number_npi: 8, extra_tlvs: '1401:626f6e', validity_form: 'none',
      status_actions: '0x45=fail,1025=fail', password_long: 'cut',
    });
    assert.equal(peer.binds[0].pdu.interface_version, 0x50);
    peer.onSubmit = (pdu, session) => session.send(pdu.response({ command_status: peer.submits.length === 1 ? smpp.ESME_RSUBMITFAIL : 0x401 }));
    const ids = await send(peer, texts(2), { sender: '79160001122' });
    const [{ pdu }] = await submitted(peer, 2);
    assert.deepEqual([pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi, pdu.validity_period], ['+79160001122', 2, 8, '']);
    for (const id of ids) await stands(id, FAILED);
    assert.equal(await house.value('SELECT count(*) FROM retry WHERE message_id = ANY ($1)', [ids]), 0);
  });

  test('a second host takes over when the first is not there', async () => {
    const peer = await connect({ port: 1, more_hosts: `127.0.0.1:${smsc.port}`, reconnect_min_ms: 100 });
    const [id] = await send(peer, texts(1));
    await stands(id, ACCEPTED);
  });

  test('a session is bound anew after so many submits, with nothing in doubt', async () => {
    const peer = await connect({ submits_per_bind: 4, window_size: 3 });
    const ids = await send(peer, texts(20));
    for (const id of ids) await stands(id, ACCEPTED);
    const counts = [...peer.submits.reduce((map, { session }) => map.set(session, (map.get(session) ?? 0) + 1), new Map()).values()];
    assert.ok(counts.length >= 3 && counts.every((n) => n <= 4), `${counts}`);
    assert.equal(await house.value('SELECT count(*) FROM doubt WHERE message_id = ANY ($1)', [ids]), 0);
    assert.equal(peer.submits.length, 20);
  });

  test('a centre that bears no answer but 0 gets no other, and no generic_nack', async () => {
    const peer = await connect({ only_ok: true });
    const [session] = peer.bound;
    const deliver = new smpp.PDU('deliver_sm', { ...receipt('1'), sequence_number: 72 }).toBuffer();
    session.socket.write(raw(5, 0, 73, deliver.subarray(16, 40)));
    session.socket.write(raw(0x00010200, 0, 74));
    await waitFor('the answer', () => session.pdus.find((pdu) => pdu.sequence_number === 73));
    await alive(session);
    assert.deepEqual(session.pdus.filter((pdu) => pdu.command_status !== 0), []);
    assert.equal(session.pdus.filter((pdu) => pdu.sequence_number === 74).length, 0);
  });

  test('an outbind and an alert_notification are heard and not answered', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    await alive(session);
    const count = session.pdus.length;
    session.socket.write(raw(0x0b, 0, 31, Buffer.from('centre\0secret\0')));
    session.socket.write(raw(0x102, 0, 32, Buffer.from('0101373931360001013800', 'hex')));
    await alive(session);
    assert.equal(session.pdus.length, count + 1);
    for (const [i, command] of [0x04, 0x03, 0x08, 0x21, 0x09].entries()) session.socket.write(raw(command, 0, 41 + i));
    await waitFor('requests that are not for us to be nacked', () => session.pdus.filter((pdu) => pdu.command === 'generic_nack' && pdu.command_status === smpp.ESME_RINVCMDID).length === 5);
    await alive(session);
  });

  test('a receipt by data_sm is a receipt, and is answered by data_sm_resp', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    const { short_message: text, ...fields } = receipt('by-data');
    const answer = await ask(session, 'data_sm', { ...fields, message_payload: text });
    assert.deepEqual([answer.command, answer.command_status], ['data_sm_resp', 0]);
    assert.deepEqual((await arrived(peer, 1)).map((record) => [record.id, record.state]), [['by-data', DELIVERED]]);
  });
});

describe('an account that changes while it sends', () => {
  const change = (peer, columns) => {
    const keys = Object.keys(columns);
    return house.db.query(`UPDATE account SET ${keys.map((key, i) => `${key} = $${i + 2}`).join(', ')}, changed_at = clock_timestamp() WHERE id = $1`, [peer.id, ...Object.values(columns)]);
  };
  const changes = (peer) => [...smppd.log().matchAll(new RegExp(`account changed.*account="?${peer.systemId}\\b`, 'g'))].length;
  const changed = async (peer, columns) => {
    const before = changes(peer);
    await change(peer, columns);
    await waitFor('the change to be taken up', () => changes(peer) > before);
  };
  /** Everything of `ids` is accepted once, and nothing was ever in doubt. */
  const intact = async (peer, ids, submits) => {
    for (const id of ids) await stands(id, ACCEPTED, { timeoutMs: 30_000 });
    assert.equal(submits.length, ids.length, 'nothing twice');
    assert.equal(await house.value('SELECT count(*) FROM doubt WHERE message_id = ANY ($1)', [ids]), 0);
    assert.equal(await house.value('SELECT count(*) FROM receipt_ref WHERE message_id = ANY ($1)', [ids]), ids.length);
  };
  const slowly = (peer) => { peer.onSubmit = (pdu, session) => setTimeout(() => { if (!session.closedAt) peer.accept(pdu, session); }, 20); };

  test('window, rate, alphabet, timers: from the next PDU on, over the same sessions', async () => {
    const peer = await connect({ sessions: 2, window_size: 2, parts_per_s: 60 });
    slowly(peer);
    let open = 0;
    let most = 0;
    const answer = peer.onSubmit;
    peer.onSubmit = (pdu, session) => {
      open += 1;
      most = Math.max(most, open);
      answer(pdu, session);
      setTimeout(() => { open -= 1; }, 20);
    };
    const ids = await send(peer, texts(150));
    await submitted(peer, 10);
    await changed(peer, { window_size: 40, parts_per_s: 0, send_alphabet: 'latin1', coding_gsm: 3, enquire_link_ms: 20_000 });
    await intact(peer, ids, peer.submits);
    assert.ok(most > 8, `${most} at once: the window is wider`);
    assert.equal(peer.binds.length, 2, 'nobody was bound anew');
    assert.equal(peer.submits.at(-1).pdu.data_coding, 3);
    await changed(peer, { parts_per_s: 10 });
    const count = peer.submits.length;
    const more = await send(peer, texts(12));
    for (const id of more) await stands(id, ACCEPTED);
    const at = peer.submits.slice(count).map((one) => one.at);
    assert.ok(at.at(-1) - at[0] >= 1000, `twelve in ${at.at(-1) - at[0]} ms`);
  });

  test('a password: sessions are bound anew one after the other, while the others send', async () => {
    const peer = await connect({ sessions: 3, window_size: 3, parts_per_s: 150 });
    slowly(peer);
    const ids = await send(peer, texts(200));
    await submitted(peer, 20);
    let fewest = 3;
    const watch = setInterval(() => { fewest = Math.min(fewest, peer.bound.length); }, 1);
    await putSecrets(house.db, peer.id, { password: 'another' });
    await changed(peer, { window_size: 4 });
    await waitFor('three new binds', () => peer.binds.length === 6);
    await intact(peer, ids, peer.submits);
    clearInterval(watch);
    assert.deepEqual(peer.binds.map(({ pdu }) => pdu.password), ['secret', 'secret', 'secret', 'another', 'another', 'another']);
    assert.equal(fewest, 2, 'one at a time');
  });

  test('a password that is refused leaves the other sessions as they are', async () => {
    const peer = await connect({ sessions: 2 });
    peer.onBind = (pdu, session) => (pdu.password === 'wrong' ? session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD })) : peer.acceptBind(pdu, session));
    await putSecrets(house.db, peer.id, { password: 'wrong' });
    await changed(peer, { window_size: 11 });
    await waitFor('the reason in the lease', async () => /ESME_RINVPASWD/.test(await house.value('SELECT stopped FROM account_lease WHERE account_id = $1', [peer.id])));
    const [id] = await send(peer, texts(1));
    await stands(id, ACCEPTED);
    await putSecrets(house.db, peer.id, { password: 'right' });
    await changed(peer, { window_size: 12 });
    await waitFor('both to be bound anew', () => peer.binds.filter(({ pdu }) => pdu.password === 'right').length === 2 && peer.bound.length === 2);
  });

  test('another host, and fewer sessions: nothing is lost, doubled or in doubt', async () => {
    const other = await Smsc.listen();
    try {
      const peer = await connect({ sessions: 2, window_size: 3, parts_per_s: 150 });
      slowly(peer);
      const there = other.account(peer.systemId);
      slowly(there);
      const ids = await send(peer, texts(200));
      await submitted(peer, 20);
      await changed(peer, { port: other.port, sessions: 1 });
      await intact(peer, ids, { get length() { return peer.submits.length + there.submits.length; } });
      assert.ok(there.submits.length > 0);
      await waitFor('the old host to be left', () => peer.bound.length === 0 && there.bound.length === 1);
      await changed(peer, { sessions: 3 });
      await bound(there, 3);
    } finally {
      await other.close();
    }
  });
});

describe('asking what became of a part', () => {
  /** Make what was accepted old enough to be asked about. */
  const age = (ids) => house.db.query("UPDATE batch SET done_at = done_at - interval '1 hour' WHERE id = ANY ($1)", [ids.map((id) => (BigInt(id) & ~255n).toString())]);
  const queries = (peer) => peer.queries ?? [];

  const prepare = (side) => {
    side.queries = [];
    side.onPdu = (pdu, session) => {
      if (pdu.command !== 'query_sm') return;
      side.queries.push(pdu);
      side.onQuery(pdu, session);
    };
  };

  test('a part whose receipt did not come is asked about with the id as it came, and the answer goes on as its receipt', async () => {
    const peer = await connect({ query_after_s: 60, id_response_base: 'hex_to_dec' }, { prepare });
    peer.onQuery = (pdu, session) => session.send(pdu.response({ message_id: pdu.message_id, final_date: '260305143000012+', message_state: 2, error_code: 0 }));
    peer.onSubmit = (pdu, session) => peer.accept(pdu, session, '00FF0A');
    const ids = await send(peer, texts(1), { sender: '900' });
    await stands(ids[0], ACCEPTED);
    await age(ids);
    await waitFor('the question', () => queries(peer).length > 0, { timeoutMs: 20_000 });
    const [pdu] = queries(peer);
    assert.deepEqual([pdu.message_id, pdu.source_addr, pdu.source_addr_ton], ['00FF0A', '900', 3]);
    const [record] = await arrived(peer, 1);
    assert.deepEqual([record.id, record.state, record.doneMs], ['65290', DELIVERED, Date.UTC(2026, 2, 5, 11, 30)]);
    assert.equal(await metric(peer, 'queries_settled_total'), 1);
  });

  test('what is not final says nothing; a message that has its receipt is not asked about; who cannot is not asked again', async () => {
    const peer = await connect({ query_after_s: 60 }, { prepare });
    peer.onQuery = (pdu, session) => session.send(pdu.response({ message_id: pdu.message_id, final_date: '', message_state: 1, error_code: 0 }));
    const ids = await send(peer, texts(2));
    for (const id of ids) await stands(id, ACCEPTED);
    await house.db.query('UPDATE message_state SET state = 9, delivered_parts = 1 WHERE id = $1', [ids[1]]);
    await age(ids);
    await waitFor('the question', () => queries(peer).length > 0, { timeoutMs: 20_000 });
    assert.deepEqual(queries(peer).map((pdu) => pdu.message_id), [peer.submits[0].pdu.given]);
    assert.equal(await house.value('SELECT asked FROM part_query WHERE message_id = $1', [ids[0]]), 1);
    peer.onQuery = (pdu, session) => session.socket.write(raw(RESP, smpp.ESME_RINVCMDID, pdu.sequence_number));
    await house.db.query('UPDATE part_query SET due_at = now() WHERE message_id = $1', [ids[0]]);
    await smppd.waitLog(new RegExp(`does not know query_sm.*${peer.systemId}`));
    await alive(peer.bound[0]);
    assert.equal(receipts.records.filter((record) => record.account === peer.id).length, 0);
  });
});

describe('the end', () => {
  test('tshark finds no malformed PDU in what smppd wrote', async () => {
    const { pdus, faults } = await capture.judge();
    assert.deepEqual(faults, []);
    for (const command of [0x03, 0x04, 0x06, 0x09, RESP + 0x05, RESP + 0x103]) assert.ok(pdus.get(command) > 0, `command 0x${command.toString(16)} was captured: ${[...pdus]}`);
  });
});
