// SPDX-License-Identifier: AGPL-3.0-or-later
// smppd against the npm package smpp as SMSC, and what it wrote against tshark's SMPP dissector: two
// readers of the standard nobody here wrote.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import smpp from 'smpp';

import { Capture } from './lib/capture.mjs';
import {
  ADVERTISING, disableAccount, fate, providerIds, putAccount, putBatch, Receipts,
} from './lib/spool.mjs';
import { ask, raw, receipt, RESP, Smsc } from './lib/smsc.mjs';
import { House, mustRun, waitFor } from './lib/stack.mjs';

const ACCEPTED = 2;
const UNKNOWN = 3;
const FAILED = 5;
const DELIVERED = 9;
const REASON_SMPP = 1000;
const SUBMIT_RESP = RESP + 0x04;
const BIND_RESP = RESP + 0x09;

let house;
let smsc;
let smppd;
let capture;
let receipts;
let accounts = []; // of the current test
let counter = 0;

before(async () => {
  house = await House.open('smppd_peer');
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
async function connect(columns = {}, { prepare = () => {}, sessions = columns.sessions ?? 1, password, server = smsc } = {}) {
  counter += 1;
  const peer = server.account(`acc${counter}`);
  prepare(peer);
  peer.id = await putAccount(house, peer.systemId, server.port, columns, password);
  accounts.push(peer.id);
  await waitFor(`${sessions} sessions to bind`, () => {
    smppd.mustRun();
    return peer.bound.length >= sessions;
  });
  return peer;
}

const texts = (count, first = 79160000000) => Array.from({ length: count }, (_, i) => ({ msisdn: first + i, text: `Text ${i}` }));
const send = (peer, messages, options) => putBatch(house, peer.id, messages, options);
const submitted = (peer, count) => waitFor(`${count} submits`, () => peer.submits.length >= count && peer.submits);
const stands = (id, state) => waitFor(`message ${id} to be in state ${state}`, async () => (await fate(house, id)).state === state);
const arrived = (peer, count) => receipts.arrived(peer.id, count);
const textOf = (pdu) => pdu.short_message.message.toString();
const alive = async (session) => assert.equal((await ask(session, 'enquire_link')).command_status, 0);
const heard = (session, command) => waitFor(`a ${command}`, () => session.pdus.find((pdu) => pdu.command === command));

describe('binding', () => {
  test('the bind carries what the account says', async () => {
    const peer = await connect(
      { system_type: 'VMA', bind_ton: 1, bind_npi: 2, address_range: '^79' }, { password: 'twelve chars' },
    );
    const { pdu } = peer.binds[0];
    assert.equal(pdu.command, 'bind_transceiver');
    assert.deepEqual(
      [pdu.system_id, pdu.password, pdu.system_type, pdu.interface_version, pdu.addr_ton, pdu.addr_npi, pdu.address_range],
      [peer.systemId, 'twelve chars', 'VMA', 0x34, 1, 2, '^79'],
    );
  });

  test('a transmitter and a receiver for each session of a tx_rx account; receipts come to the receiver', async () => {
    const peer = await connect({ bind_mode: 'tx_rx' }, { sessions: 2 });
    assert.deepEqual(peer.bound.map((session) => session.role).sort(), ['bind_receiver', 'bind_transmitter']);
    const [id] = await send(peer, texts(1));
    const [{ session, pdu }] = await submitted(peer, 1);
    assert.equal(session.role, 'bind_transmitter');
    await stands(id, ACCEPTED);
    const receiver = peer.bound.find((other) => other.role === 'bind_receiver');
    assert.equal((await ask(receiver, 'deliver_sm', receipt(pdu.given))).command_status, 0);
    assert.equal((await arrived(peer, 1))[0].id, pdu.given);
  });

  test('an answer without its TLV binds; without a body it refuses, and smppd comes again', async () => {
    let refusals = 2;
    const peer = await connect({}, {
      prepare: (side) => {
        side.onBind = (pdu, session) => {
          const body = Buffer.from('SMSC\0');
          session.socket.write(refusals-- > 0
            ? raw(BIND_RESP, smpp.ESME_RSYSERR, pdu.sequence_number)
            : raw(BIND_RESP, 0, pdu.sequence_number, body));
        };
      },
    });
    const [id] = await send(peer, texts(1));
    await submitted(peer, 1);
    await stands(id, ACCEPTED);
    assert.equal(peer.binds.length, 3);
  });

  test('case 14: a wrong password stops the account and says why to a person', async () => {
    const peer = await connect({}, {
      sessions: 0,
      prepare: (side) => {
        side.onBind = (pdu, session) => session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      },
    });
    await waitFor('the reason in the lease', async () => /ESME_RINVPASWD/.test(
      await house.value('SELECT stopped FROM account_lease WHERE account_id = $1', [peer.id]),
    ));
    assert.equal(peer.binds.length, 1);
  });

  test('TLS with a certificate the account trusts, and not with another', async () => {
    const key = path.join(house.dir, 'key.pem');
    const cert = path.join(house.dir, 'cert.pem');
    await mustRun(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-keyout', key, '-out', cert, '-subj', '/CN=smsc.test', '-addext', 'subjectAltName=DNS:smsc.test', '-days', '2']);
    const server = await Smsc.listen({ key: readFileSync(key), cert: readFileSync(cert) });
    try {
      const trusted = await connect({ tls: 'on', tls_ca_file: cert, tls_server_name: 'smsc.test' }, { server });
      const [id] = await send(trusted, texts(1));
      await stands(id, ACCEPTED);
      const other = server.account('other');
      accounts.push(await putAccount(house, 'other', server.port, { tls: 'on', tls_ca_file: cert, tls_server_name: 'another.test' }));
      await smppd.waitLog(/session closed.*account="?other/);
      assert.equal(other.binds.length, 0);
    } finally {
      await server.close();
    }
  });
});

describe('the stream', () => {
  test('case 11: PDUs cut anywhere and several in one piece', async () => {
    const inPieces = (session, octets, size) => {
      for (let at = 0; at < octets.length; at += size)
        setTimeout(() => session.socket.write(octets.subarray(at, at + size)), at * 2);
    };
    const peer = await connect({}, {
      prepare: (side) => {
        side.onBind = (pdu, session) => inPieces(session, pdu.response({ system_id: 'x' }).toBuffer(), 3);
      },
    });
    const answers = [];
    peer.onSubmit = (pdu, session) => {
      answers.push(pdu.response({ message_id: `glued${answers.length}` }).toBuffer());
      if (answers.length === 3) inPieces(session, Buffer.concat(answers), 25);
    };
    const ids = await send(peer, texts(3));
    for (const [i, id] of ids.entries()) {
      await stands(id, ACCEPTED);
      assert.deepEqual(await providerIds(house, id), [`glued${i}`]);
    }
  });

  for (const length of [0, 15, 0x80000000]) {
    test(`a command_length of ${length} is nacked, the line closed and opened anew`, async () => {
      const peer = await connect();
      const [session] = peer.bound;
      session.socket.write(raw(SUBMIT_RESP, 0, 99, Buffer.alloc(0), length));
      const nack = await heard(session, 'generic_nack');
      assert.equal(nack.command_status, smpp.ESME_RINVCMDLEN);
      await waitFor('the close', () => session.closedAt);
      await waitFor('a new bind', () => peer.bound.length === 1 && peer.bound[0] !== session);
    });
  }

  test('what is unknown, unexpected or malformed is answered as the standard says, and nothing breaks', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    session.socket.write(raw(0x00010200, 0, 71));
    const nack = await heard(session, 'generic_nack');
    assert.deepEqual([nack.command_status, nack.sequence_number], [smpp.ESME_RINVCMDID, 71]);
    const count = session.pdus.length;
    session.socket.write(raw(SUBMIT_RESP, 0, 0x7ffffff0, Buffer.from('1\0')));
    session.socket.write(raw(RESP + 0x10200, 0, 5));
    session.socket.write(raw(RESP, smpp.ESME_RSYSERR, 0x7ffffff1));
    session.socket.write(raw(0x102, 0, 6, Buffer.from('0101370001013800', 'hex')));
    await alive(session);
    assert.equal(session.pdus.length, count + 1, 'responses and alert_notification are never answered');

    const deliver = new smpp.PDU('deliver_sm', { ...receipt('1'), sequence_number: 72 }).toBuffer();
    session.socket.write(Buffer.concat([raw(5, 0, 72, deliver.subarray(16), deliver.length + 3), Buffer.from([4, 0x27, 0])]));
    session.socket.write(raw(5, 0, 73, deliver.subarray(16, 40)));
    const answers = await waitFor('both refusals', () => {
      const found = session.pdus.filter((pdu) => pdu.command === 'deliver_sm_resp');
      return found.length === 2 && found;
    });
    assert.deepEqual(answers.map((pdu) => [pdu.sequence_number, pdu.command_status]), [
      [72, 0xC0], [73, smpp.ESME_RINVCMDLEN],
    ]);
    await alive(session);
  });

  test('case 13: a silent line is enquired, and one that stays silent is given up', async () => {
    const peer = await connect({ enquire_link_ms: 1000, response_timeout_ms: 1000 });
    const [session] = peer.bound;
    await heard(session, 'enquire_link');
    peer.answerEnquiries = false;
    await waitFor('the close', () => session.closedAt);
    await waitFor('a new bind', () => peer.bound.length === 1);
  });

  test('reconnection waits the account\'s minimum, and longer each time', async () => {
    const peer = await connect({ reconnect_min_ms: 600 });
    const gaps = [];
    for (let i = 0; i < 2; i++) {
      const [session] = peer.bound;
      session.destroy();
      await waitFor('the close', () => session.closedAt);
      await waitFor('a new bind', () => peer.bound.length === 1);
      gaps.push(peer.bound[0].connectedAt - session.closedAt);
    }
    assert.ok(gaps[0] >= 590 && gaps[0] < 1200, `${gaps[0]} ms`);
    assert.ok(gaps[1] >= 1190, `${gaps[1]} ms`);
  });

  test('an unbind of the peer is answered; what it answers until it closes still counts; smppd binds again', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    let open;
    peer.onSubmit = (pdu) => { open = pdu; };
    const [id] = await send(peer, texts(1));
    await submitted(peer, 1);
    assert.equal((await ask(session, 'unbind')).command_status, 0);
    peer.accept(open, session, 'late');
    await stands(id, ACCEPTED);
    assert.deepEqual(await providerIds(house, id), ['late']);
    peer.onSubmit = (pdu, other) => peer.accept(pdu, other);
    await waitFor('a new bind', () => peer.bound.length === 1 && peer.bound[0] !== session);
  });
});

describe('submits', () => {
  test('addresses, validity and options of a single part', async () => {
    const peer = await connect({ service_type: 'CMT', source_ton: 5, source_npi: 1, dest_plus: true, user_reference: true, registered_delivery: 17 });
    await send(peer, [{ msisdn: 79161234567, text: 'Hello [€] {World}' }]);
    const [{ pdu }] = await submitted(peer, 1);
    assert.deepEqual(
      [pdu.service_type, pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr, pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
      ['CMT', 5, 1, 'INFO', 1, 1, '+79161234567'],
    );
    assert.deepEqual(
      [pdu.esm_class, pdu.protocol_id, pdu.priority_flag, pdu.registered_delivery, pdu.replace_if_present_flag, pdu.data_coding, pdu.sm_default_msg_id],
      [0, 0, 0, 17, 0, 0, 0],
    );
    assert.equal(textOf(pdu), 'Hello [€] {World}');
    assert.equal(typeof pdu.user_message_reference, 'number');
    assert.ok(!pdu.schedule_delivery_time);
    // The package reads a relative time as a date: an hour's deadline, less what it took to get here.
    const validityMs = pdu.validity_period.getTime() - Date.now();
    assert.ok(validityMs > 3_500_000 && validityMs <= 3_600_000, `${validityMs} ms`);
  });

  const latin = `${'The quick brown fox jumps over the lazy dog. '.repeat(4)}[€]`; // 180 + 6 septets
  const cyrillic = 'Съешь же ещё этих мягких французских булок, да выпей чаю. '.repeat(3); // 174 units
  for (const split of ['udh8', 'udh16', 'sar', 'payload']) {
    test(`long texts travel by ${split}`, async () => {
      const peer = await connect({ split });
      const wanted = split === 'payload' ? [1, 1] : [2, 3];
      const ids = await send(peer, [
        { msisdn: 79160000001, text: latin, parts: 2 }, { msisdn: 79160000002, text: cyrillic, parts: 3, encoding: 1 },
      ]);
      await submitted(peer, wanted[0] + wanted[1]);
      for (const id of ids) await stands(id, ACCEPTED);
      for (const [i, text] of [latin, cyrillic].entries()) {
        const pdus = peer.submits.map((submit) => submit.pdu).filter((pdu) => pdu.destination_addr === `7916000000${i + 1}`);
        assert.equal(pdus.length, wanted[i]);
        assert.ok(pdus.every((pdu) => pdu.data_coding === (i === 0 ? 0 : 8)));
        if (split === 'payload') {
          assert.equal(pdus[0].message_payload.message.toString(), text);
          assert.equal(pdus[0].short_message.message.length, 0);
          continue;
        }
        assert.equal(pdus.map(textOf).join(''), text);
        const places = pdus.map((pdu) => (split === 'sar'
          ? [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum]
          : concatenation(pdu)));
        assert.deepEqual(places.map(([, total, seq]) => [total, seq]), places.map((_, n) => [wanted[i], n + 1]));
        assert.equal(new Set(places.map(([ref]) => ref)).size, 1, 'one reference for all parts');
        if (split !== 'sar') assert.ok(places.every(([, , , wide]) => wide === (split === 'udh16')));
        assert.ok(pdus.every((pdu) => pdu.esm_class === (split === 'sar' ? 0 : 0x40)));
      }
    });
  }

  test('case 2: answers in any order find their messages; ids of another base are made comparable', async () => {
    const peer = await connect({ id_response_base: 'hex_to_dec' });
    const open = [];
    peer.onSubmit = (pdu, session) => {
      open.push(pdu);
      if (open.length < 10) return;
      for (const one of open.reverse()) peer.accept(one, session, (BigInt(one.destination_addr)).toString(16).toUpperCase());
    };
    const ids = await send(peer, texts(10));
    for (const [i, id] of ids.entries()) {
      await stands(id, ACCEPTED);
      assert.deepEqual(await providerIds(house, id), [String(79160000000 + i)]);
    }
    const session = peer.bound[0];
    assert.equal((await ask(session, 'deliver_sm', receipt('79160000003'))).command_status, 0);
    assert.equal((await arrived(peer, 1))[0].id, '79160000003');
  });

  test('a full window holds submits back and nothing else', async () => {
    const peer = await connect({ window_size: 3 });
    const [session] = peer.bound;
    const open = [];
    peer.onSubmit = (pdu) => open.push(pdu);
    const ids = await send(peer, texts(6));
    await submitted(peer, 3);
    await alive(session);
    assert.equal((await ask(session, 'deliver_sm', receipt('77'))).command_status, 0);
    await alive(session);
    assert.equal(peer.submits.length, 3);
    peer.accept(open[0], session);
    await submitted(peer, 4);
    await alive(session);
    assert.equal(peer.submits.length, 4);
    peer.onSubmit = (pdu, other) => peer.accept(pdu, other);
    for (const pdu of open.slice(1)) peer.accept(pdu, session);
    for (const id of ids) await stands(id, ACCEPTED);
  });

  test('case 17: a centre that delivers one at a time is answered at once, not after others were waited for', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    const took = [];
    for (let i = 0; i < 41; i++) {
      const begin = performance.now();
      assert.equal((await ask(session, 'deliver_sm', receipt(String(i + 1)))).command_status, 0);
      took.push(performance.now() - begin);
    }
    took.sort((a, b) => a - b);
    assert.ok(took[20] < 20, `half of the answers took over ${took[20]} ms`);
  });

  test('cases 6 and 7: no answer in time: advertising is unknown, its slot is free, and a late answer is believed', async () => {
    const peer = await connect({ window_size: 1, response_timeout_ms: 700 });
    const [session] = peer.bound;
    let silent;
    peer.onSubmit = (pdu) => {
      if (silent) peer.accept(pdu, session);
      else silent = pdu;
    };
    const ids = await send(peer, texts(2), { messageClass: ADVERTISING, category: 1 });
    await stands(ids[0], UNKNOWN);
    await stands(ids[1], ACCEPTED);
    assert.equal(await house.value('SELECT outcome FROM doubt WHERE message_id = $1', [ids[0]]), 0);
    peer.accept(silent, session, 'at last');
    await stands(ids[0], ACCEPTED);
    assert.deepEqual(await providerIds(house, ids[0]), ['at last']);
    assert.equal(peer.submits.length, 2);
  });

  test('a session cut: service is sent again with the same reference, and marked in doubt', async () => {
    const peer = await connect();
    peer.onSubmit = (pdu, session) => session.destroy();
    const [id] = await send(peer, [{ msisdn: 79160000001, text: cyrillic, parts: 3, encoding: 1 }]);
    const first = (await submitted(peer, 1))[0].pdu;
    peer.onSubmit = (pdu, session) => peer.accept(pdu, session);
    await waitFor('the doubt', () => house.value('SELECT 1 FROM doubt WHERE message_id = $1', [id]));
    await waitFor('it to be accepted', async () => (await providerIds(house, id)).length === 3, { timeoutMs: 40_000 });
    const again = peer.submits.slice(1).filter(({ pdu }) => pdu.given);
    for (const { pdu } of again) assert.equal(concatenation(pdu)[0], concatenation(first)[0]);
  });
});

describe('refusals', () => {
  for (const status of [smpp.ESME_RTHROTTLED, smpp.ESME_RMSGQFUL]) {
    test(`0x${status.toString(16)} pauses the whole account for a second, then all is sent`, async () => {
      const peer = await connect({ sessions: 2, window_size: 1, parts_per_s: 100 });
      let throttledAt;
      peer.onSubmit = (pdu, session) => {
        if (throttledAt) {
          peer.accept(pdu, session);
          return;
        }
        throttledAt = performance.now();
        session.send(pdu.response({ command_status: status }));
      };
      const ids = await send(peer, texts(20));
      for (const id of ids) await stands(id, ACCEPTED);
      const after_ = peer.submits.map(({ at }) => at - throttledAt).filter((ms) => ms > 0);
      assert.ok(after_.filter((ms) => ms < 900).length <= 1, `only what was on the line already: ${after_.slice(0, 5)}`);
      assert.equal(await house.value('SELECT count(*) FROM refusal WHERE account_id = $1 AND status = $2', [peer.id, status]), 1);
    });
  }

  test('a system error is tried again after five seconds', async () => {
    const peer = await connect();
    peer.onSubmit = (pdu, session) => session.send(pdu.response({ command_status: smpp.ESME_RSYSERR }));
    const [id] = await send(peer, texts(1));
    const row = await waitFor('the retry', async () => (await house.db.query(
      'SELECT reason, extract(epoch FROM due_at - clock_timestamp())::float AS seconds FROM retry WHERE message_id = $1', [id],
    )).rows[0]);
    assert.ok(row.seconds > 3 && row.seconds <= 5.5, `${row.seconds} s`);
    peer.onSubmit = (pdu, session) => peer.accept(pdu, session);
    await stands(id, ACCEPTED);
    assert.ok(peer.submits[1].at - peer.submits[0].at >= 4900);
  });

  test('a bad destination is given up at once, the next message goes on', async () => {
    const peer = await connect();
    peer.onSubmit = (pdu, session) => {
      if (pdu.destination_addr === '79160000000') session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      else peer.accept(pdu, session);
    };
    const ids = await send(peer, texts(2));
    await stands(ids[0], FAILED);
    await stands(ids[1], ACCEPTED);
    assert.equal((await fate(house, ids[0])).reason, REASON_SMPP + smpp.ESME_RINVDSTADR);
  });

  test('a generic_nack is an answer, too', async () => {
    const peer = await connect();
    peer.onSubmit = (pdu, session) => session.socket.write(raw(RESP, smpp.ESME_RINVDSTADR, pdu.sequence_number));
    const [id] = await send(peer, texts(1));
    await stands(id, FAILED);
  });
});

describe('receipts', () => {
  test('case 1 (and 31): before the response, on another session, twice, out of order: each is acknowledged and handed on', async () => {
    const peer = await connect({ sessions: 2 });
    const [one, other] = peer.bound;
    let early;
    peer.onSubmit = async (pdu, session) => {
      early = await ask(session, 'deliver_sm', receipt('early'));
      peer.accept(pdu, session, 'early');
    };
    const [id] = await send(peer, texts(1));
    await stands(id, ACCEPTED);
    assert.equal(early.command_status, 0);
    for (const [session, stat] of [[other, 'DELIVRD'], [one, 'DELIVRD'], [other, 'ENROUTE'], [one, 'UNDELIV']])
      assert.equal((await ask(session, 'deliver_sm', receipt('early', { stat }))).command_status, 0);
    assert.deepEqual((await arrived(peer, 5)).map((record) => [record.id, record.state]), [
      ['early', DELIVERED], ['early', DELIVERED], ['early', DELIVERED], ['early', ACCEPTED], ['early', 8],
    ]);
  });

  test('case 29: text, TLVs, payload and every esm_class that means a receipt', async () => {
    const peer = await connect({ receipt_zone_s: 10800 });
    const [session] = peer.bound;
    const tlvs = { receipted_message_id: 'B1', message_state: 5, network_error_code: Buffer.from([3, 0, 11]), short_message: { message: Buffer.alloc(0) } };
    const variants = [
      receipt('A1'),
      receipt('A2', { esm_class: 0x07 }),
      receipt('A3', { esm_class: 0x20, stat: 'ENROUTE' }),
      receipt('x', tlvs),
      receipt('x', { ...tlvs, esm_class: 0 }),
      receipt('x', { short_message: { message: Buffer.alloc(0) }, message_payload: { message: Buffer.from('id:C1 stat:EXPIRED err:027') } }),
    ];
    for (const fields of variants) assert.equal((await ask(session, 'deliver_sm', fields)).command_status, 0);
    const records = await arrived(peer, variants.length);
    assert.deepEqual(records.map(({ id, state, err }) => [id, state, err]), [
      ['a1', 9, '000'], ['a2', 9, '000'], ['a3', 2, '000'], ['b1', 8, '011'], ['b1', 8, '011'], ['c1', 7, '027'],
    ]);
    assert.equal(records[0].msisdn, 79161234567);
    assert.equal(records[0].doneMs, Date.UTC(2026, 2, 5, 11, 30));
  });

  test('texts from subscribers are taken: single, with a header, with sar TLVs; they are no receipts', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    const text = { source_addr: '79161234567', destination_addr: 'INFO' };
    const long = Buffer.concat([Buffer.from([5, 0, 3, 9, 2, 1]), Buffer.from('STOP')]);
    for (const fields of [
      { ...text, short_message: { message: Buffer.from('STOP') } },
      { ...text, esm_class: 0x40, short_message: long },
      { ...text, sar_msg_ref_num: 9, sar_total_segments: 2, sar_segment_seqnum: 1, short_message: { message: Buffer.from('STOP') } },
    ]) assert.equal((await ask(session, 'deliver_sm', fields)).command_status, 0);
    // What follows them in the queue shows that they are not in it.
    assert.equal((await ask(session, 'deliver_sm', receipt('after'))).command_status, 0);
    assert.deepEqual((await arrived(peer, 1)).map((record) => record.id), ['after']);
  });

  test('nothing is acknowledged that the broker has not confirmed', async () => {
    const peer = await connect();
    const [session] = peer.bound;
    await house.stack.run('settle');
    await house.stack.run('kill', 'rabbitmq');
    let answer;
    try {
      session.deliver_sm(receipt('D1'), (pdu) => { answer = pdu; });
      await alive(session);
      assert.notEqual(answer?.command_status, 0);
    } finally {
      await house.stack.run('restart-one', 'rabbitmq');
    }
    // A centre delivers again what was refused or not answered; smppd may have closed the line meanwhile.
    await waitFor('the receipt to be taken', async () => {
      const now = await waitFor('a session', () => peer.bound[0]);
      return (await ask(now, 'deliver_sm', receipt('D1'))).command_status === 0;
    }, { timeoutMs: 60_000 });
    assert.equal((await arrived(peer, 1))[0].id, 'd1');
  });
});

describe('the end', () => {
  test('SIGTERM unbinds every session', async () => {
    const peer = await connect({ sessions: 2 });
    const sessions = [...peer.bound];
    const exit = await smppd.stop();
    assert.equal(exit.code, 0, smppd.log());
    for (const session of sessions) assert.ok(session.pdus.some((pdu) => pdu.command === 'unbind'));
  });

  test('tshark finds no malformed PDU in what smppd wrote', async () => {
    const { pdus, faults } = await capture.judge();
    assert.deepEqual(faults, []);
    for (const command of [0x01, 0x02, 0x04, 0x09, 0x15, 0x06, RESP, RESP + 0x05, RESP + 0x06, RESP + 0x15])
      assert.ok(pdus.get(command) > 0, `command 0x${command.toString(16)} was captured: ${[...pdus]}`);
  });
});

/** [ref, total, seq] of the header's element of concatenation, which is of 8 or 16 bits. */
function concatenation(pdu) {
  const element = pdu.short_message.udh.find((octets) => octets[0] === 0x00 || octets[0] === 0x08);
  const wide = element[0] === 0x08;
  const at = wide ? 4 : 3;
  return [wide ? element.readUInt16BE(2) : element[2], element[at], element[at + 1], wide];
}
