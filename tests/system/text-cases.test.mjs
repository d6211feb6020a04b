// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts that other senders of SMS have got wrong, where the wire or the whole way shows it: cases 19 to 28 (the rest of
// them, and what one function shows, are unit tests: text_cases_test, alphabet_test, refs_test).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { Smsc } from './lib/smsc.mjs';
import { hashOf } from './lib/smscsim.mjs';
import { fate, putAccount, putBatch } from './lib/spool.mjs';
import { House, waitFor } from './lib/stack.mjs';

const ACCEPTED = 2;
const utf16be = (text) => Buffer.from(text, 'utf16le').swap16();

describe('smppd to a peer nobody here wrote', () => {
  let house;
  let smsc;
  let counter = 0;

  before(async () => {
    house = await House.open('text_cases');
    smsc = await Smsc.listen();
    await house.start('schedulerd');
    await house.start('smppd', { ready: false });
  });
  after(async () => {
    await house?.close();
    await smsc?.close();
  });

  /** An account whose sessions are bound. */
  async function connect(columns = {}) {
    const peer = smsc.account(`acc${++counter}`);
    peer.id = await putAccount(house, peer.systemId, smsc.port, columns);
    await waitFor('a bind', () => peer.bound.length > 0);
    return peer;
  }
  const textOf = (pdu) => pdu.short_message.message.toString();
  const referenceOf = (pdu) => {
    const element = pdu.short_message.udh.find((octets) => octets[0] === 0x00);
    return { ref: element[2], total: element[3], seq: element[4] };
  };

  test('case 22: 81 Cyrillic letters are two parts of 67 and 14 characters', { timeout: 60_000 }, async () => {
    const peer = await connect();
    const text = 'ж'.repeat(81);
    await putBatch(house, peer.id, [{ msisdn: 79160000001, text, parts: 2, encoding: 1 }]);
    await waitFor('both parts', () => peer.submits.length === 2);
    assert.deepEqual(peer.submits.map(({ pdu }) => [pdu.data_coding, textOf(pdu)]), [[8, 'ж'.repeat(67)], [8, 'ж'.repeat(14)]]);
  });

  test('case 23: @ in the text and in the sender arrives as @', { timeout: 60_000 }, async () => {
    const peer = await connect();
    const text = '@ write to shop@example.com @';
    const [id] = await putBatch(house, peer.id, [{ msisdn: 79160000002, text }], { sender: 'sh@p' });
    await waitFor('the submit', () => peer.submits.length === 1);
    const [{ pdu }] = peer.submits;
    assert.deepEqual([pdu.data_coding, textOf(pdu), pdu.source_addr, pdu.destination_addr], [0, text, 'sh@p', '79160000002']);
    await waitFor('the answer', async () => (await fate(house, id)).state === ACCEPTED);
  });

  test('case 26: long messages to one phone have a reference each, and so have 300 under way at once', { timeout: 60_000 }, async () => {
    const peer = await connect({ window_size: 1000 });
    const answers = [];
    peer.onSubmit = (pdu, session) => answers.push(() => peer.accept(pdu, session));
    const text = 'a'.repeat(170);
    const same = Array.from({ length: 16 }, () => ({ msisdn: 79160000003, text, parts: 2 }));
    const others = (from, count) => Array.from({ length: count }, (_, i) => ({ msisdn: 79170000000 + from + i, text, parts: 2 }));
    await putBatch(house, peer.id, same);
    await putBatch(house, peer.id, others(0, 150));
    await putBatch(house, peer.id, others(150, 150));
    await waitFor('all parts, not one of them answered', () => peer.submits.length === 2 * (16 + 300));
    answers.forEach((answer) => answer());

    const byPhone = new Map();
    for (const { pdu } of peer.submits) byPhone.set(pdu.destination_addr, [...(byPhone.get(pdu.destination_addr) ?? []), referenceOf(pdu)]);
    const mine = byPhone.get('79160000003');
    const references = new Set(mine.map(({ ref }) => ref));
    assert.equal(references.size, 16, `${[...references]}`);
    for (const ref of references) assert.deepEqual(mine.filter((one) => one.ref === ref).map(({ total, seq }) => [total, seq]), [[2, 1], [2, 2]]);
    byPhone.delete('79160000003');
    assert.equal(byPhone.size, 300);
    for (const parts of byPhone.values()) assert.deepEqual([parts.length, parts[0].ref, parts.map(({ seq }) => seq)], [2, parts[1].ref, [1, 2]]);
  });
});

describe('the whole way', () => {
  let fleet;
  let api;
  const ok = async (promise, status = 200) => {
    const answer = await promise;
    assert.equal(answer.status, status, answer.text);
    return answer.body;
  };
  const wireOf = async (phone) => (await fleet.sim.rows()).filter(({ destination }) => destination === phone.slice(1));

  before(async () => {
    fleet = await Fleet.open('text_cases_way', {});
    api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'texts')).trim());
  });
  after(() => fleet?.close());

  /** Send to a list of people by name; resolves to their messages and suppressions, in the order of the names. */
  async function sendTo(names, more) {
    const name = `List of ${names.length}, ${Date.now()}`;
    const phones = names.map((_, i) => `+7916${String(5_000_000 + i)}`);
    const { list_id: list } = await ok(api.upload(['Телефон;Имя', ...names.map((one, i) => `${phones[i]};"${one}"`)].join('\n'), `?list=${encodeURIComponent(name)}`), 201);
    const { id } = await ok(api.post('/v1/campaigns', { name, sender: 'SHOP', class: 'service', category: 'service', list_id: list, ...more }), 201);
    const check = await ok(api.get(`/v1/campaigns/${id}/check`));
    if (check.recipients > 0) {
      await ok(api.post(`/v1/campaigns/${id}/launch`, { recipients: check.recipients }));
      await fleet.finished(id, 60_000);
    }
    const { rows } = await fleet.db.query(
      `SELECT m.msisdn::text AS phone, m.text, m.parts FROM message m JOIN batch b ON b.id = m.id & ~255::bigint JOIN run r ON r.id = b.run_id WHERE r.campaign_id = $1`, [id]);
    return { check, messages: phones.map((phone) => rows.find((row) => `+${row.phone}` === phone)), phones };
  }

  test('case 19 and 20: what is counted before is what leaves, an emoji and an escaped sign at the edge of a part', { timeout: 60_000 }, async () => {
    for (const [text, parts] of [[`${'ж'.repeat(69)}😀`, ['ж'.repeat(67), 'жж😀']], [`${'ж'.repeat(66)}😀${'ж'.repeat(5)}`, ['ж'.repeat(66), `😀${'ж'.repeat(5)}`]]]) {
      const before = (await fleet.sim.rows()).length;
      const { check, messages, phones } = await sendTo(['x'], { text });
      assert.deepEqual([check.parts, messages[0].parts], [2, 2]);
      const rows = (await fleet.sim.rows()).slice(before).filter(({ destination }) => destination === phones[0].slice(1));
      assert.deepEqual(rows.map(({ hash }) => hash), parts.map((part) => hashOf(utf16be(part))));
    }
    const before = (await fleet.sim.rows()).length;
    const { check } = await sendTo(['x'], { text: `${'a'.repeat(152)}[${'a'.repeat(8)}` });
    assert.equal(check.parts, 2);
    const gsm = [Buffer.from('a'.repeat(152)), Buffer.concat([Buffer.from([0x1b, 0x3c]), Buffer.from('a'.repeat(8))])];
    assert.deepEqual((await fleet.sim.rows()).slice(before).map(({ hash }) => hash), gsm.map(hashOf));
  });

  test('case 27: a text of more parts than are allowed is refused or left out, never cut', { timeout: 60_000 }, async () => {
    const text = 'ж'.repeat(6 * 67 + 1);
    const refused = await api.post('/v1/messages', { to: '+79165100000', text, sender: 'SHOP', class: 'service', category: 'service', max_parts: 6 });
    assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'text'], refused.text);
    assert.match(refused.body.errors[0].found, /needs 7 parts and at most 6/);
    const { check, messages } = await sendTo(['x'], { text, max_parts: 6 });
    assert.deepEqual([check.recipients, check.left_out, messages], [0, [{ reason: 'text_too_long', count: 1 }], [undefined]]);
    const whole = await sendTo(['x'], { text: text.slice(1), max_parts: 6 });
    assert.deepEqual([whole.messages[0].parts, whole.messages[0].text], [6, text.slice(1)]);
  });

  test('case 28: a value makes three parts of one, an empty one is none, and one that looks like a template is text', { timeout: 60_000 }, async () => {
    const long = 'я'.repeat(150);
    const names = ['Я', long, '', '{{first_name}}', '{link https://evil.example/}'];
    const { check, messages, phones } = await sendTo(names, { text: 'Здравствуйте, {first_name|друг}!' });
    assert.deepEqual([check.recipients, check.parts], [5, 7]);
    assert.deepEqual(messages.map(({ text, parts }) => [text, parts]), [
      ['Здравствуйте, Я!', 1], [`Здравствуйте, ${long}!`, 3], ['Здравствуйте, друг!', 1],
      ['Здравствуйте, {{first_name}}!', 1], ['Здравствуйте, {link https://evil.example/}!', 1]]);
    assert.equal((await wireOf(phones[3])).at(-1).hash, hashOf(utf16be('Здравствуйте, {{first_name}}!')));
    const needed = await sendTo(['Я', ''], { text: 'Здравствуйте, {first_name}!' });
    assert.deepEqual([needed.check.left_out, needed.messages.map((one) => one?.text)], [[{ reason: 'text_empty', count: 1 }], ['Здравствуйте, Я!', undefined]]);
  });
});
