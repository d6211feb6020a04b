// SPDX-License-Identifier: AGPL-3.0-or-later
// The exchange with other systems, by nothing but docs/amqp.md: what each event does, which are refused and how,
// and that order, repetition and kills change nothing.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Crm, faults } from './lib/crm.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let crmd;
let config;
let crm;
let version = 1;

const rows = async (sql, params) => (await house.db.query(sql, params)).rows;
const outcome = (id) => waitFor(`the outcome of event ${id}`, async () => (await house.value('SELECT outcome FROM crm_event WHERE id = $1', [id])));
/** Send an event and wait until it is taken; resolves to its outcome. */
const done = async (type, data, more) => {
  const said = await outcome(await crm.send(type, data, more));
  if (said === 'done') assert.deepEqual(faults({ id: 'x', type, ...more, data: JSON.parse(JSON.stringify(data)) }), [], 'what is taken is as its schema says');
  return said;
};
const next = () => ({ version: version++ });

before(async () => {
  house = await House.open('crm');
  await house.db.query("INSERT INTO client (external_id, msisdn) SELECT 'c' || n, 79000000000 + n FROM generate_series(1, 1000) n");
  const key = path.join(house.dir, 'crm.key');
  writeFileSync(key, 'x'.repeat(64), { mode: 0o600 });
  config = { privacy: { key_file: key } };
  crmd = await house.start('crmd', { config });
  crm = await Crm.connect(house);
});
after(async () => {
  await crm?.close();
  await house?.close();
});

describe('client.action', () => {
  const action = { client: 'c1', kind: 'purchase', at: '2026-11-27T10:00:00+03:00', amount: '1250.50', category: 'shoes' };

  test('stands in the history of the client', async () => {
    assert.equal(await done('client.action', action), 'done');
    const [row] = await rows(
      `SELECT a.at, a.amount_micro, k.code AS kind, g.code AS category FROM action a JOIN client c ON c.id = a.client_id
         JOIN action_kind k ON k.id = a.kind JOIN action_category g ON g.id = a.category WHERE c.external_id = 'c1'`);
    assert.deepEqual(row, { at: new Date('2026-11-27T07:00:00Z'), amount_micro: 1250500000, kind: 'purchase', category: 'shoes' });
  });

  test('a kind nobody had before is learnt; amount and category may be left out', async () => {
    assert.equal(await done('client.action', { client: 'c2', kind: 'newsletter_read', at: action.at }), 'done');
    const [row] = await rows(
      "SELECT a.amount_micro, a.category, k.code FROM action a JOIN action_kind k ON k.id = a.kind JOIN client c ON c.id = a.client_id WHERE c.external_id = 'c2'");
    assert.deepEqual(row, { amount_micro: null, category: null, code: 'newsletter_read' });
  });

  test('the same event twice is done once', async () => {
    const id = await crm.send('client.action', { ...action, client: 'c3' });
    await crm.send('client.action', { ...action, client: 'c3' }, { id });
    await done('client.action', { ...action, client: 'c4' });
    assert.equal(await house.value("SELECT count(*) FROM action a JOIN client c ON c.id = a.client_id WHERE c.external_id = 'c3'"), 1);
  });

  const wrong = [
    ['an unknown client', { client: 'nobody' }, 'data.client'],
    ['an amount that is no number', { amount: '12,5' }, 'data.amount'],
    ['a time without a zone', { at: '2026-11-27 10:00' }, 'data.at'],
    ['a kind in other letters', { kind: 'Покупка' }, 'data.kind'],
    ['a member nobody asked for', { colour: 'red' }, 'data.colour'],
  ];
  for (const [what, change, field] of wrong) {
    test(`${what} is refused by name`, async () => {
      const id = await crm.send('client.action', { ...action, ...change });
      const event = await crm.refused(id);
      assert.equal(event.data.field, field);
      assert.equal(event.data.event_type, 'client.action');
      assert.ok(event.data.reason.length > 3, event.data.reason);
      assert.match(event.data.reason_ru, /[а-яё]{3}/i, 'and in Russian');
      assert.equal(await outcome(id), 'refused');
    });
  }

  test('one that is refused fails none of its neighbours', async () => {
    const before = await house.value('SELECT count(*) FROM action');
    await Promise.all(Array.from({ length: 300 }, (_, i) => crm.send('client.action', { ...action, client: i % 3 ? 'c5' : 'nobody' })));
    await waitFor('all to be taken', async () => (await house.value('SELECT count(*) FROM action')) >= before + 200);
    assert.equal(await house.value('SELECT count(*) FROM action'), before + 200);
    assert.equal(await house.value("SELECT count(*) FROM crm_event WHERE field = 'data.client'"), 101);
  });
});

describe('client.action with a promo code', () => {
  const at = '2026-11-27T10:00:00+03:00';
  const redeem = (code, more = {}) => ({ kind: 'promo_redeemed', code, at, ...more });
  const codes = async () => Object.fromEntries((await rows('SELECT code, redeemed_at FROM promo_code')).map((row) => [row.code, row.redeemed_at]));

  before(() => house.db.query(`
    INSERT INTO promo_pool (name, longest, size) VALUES ('spring', 6, 5);
    WITH c AS (INSERT INTO campaign (name, text, sender, class, category, status) VALUES ('Spring', 'x', 'S', 2, 2, 'finished') RETURNING id),
         r AS (INSERT INTO run (campaign_id, status, deadline) SELECT id, 'finished', now() FROM c RETURNING id)
    INSERT INTO promo_code (pool_id, code, message_id, client_id, run_id)
    SELECT p.id, v.code, v.message, k.id, CASE WHEN v.message IS NOT NULL THEN r.id END
      FROM r, promo_pool p, (VALUES ('GIVEN1', 'c21', 1001::bigint), ('GIVEN2', 'c22', 1002), ('GIVEN3', 'c23', 1003), ('FREE', NULL, NULL)) v(code, client, message)
      LEFT JOIN client k ON k.external_id = v.client WHERE p.name = 'spring'`));

  test('is entered for whoever has the code, and counted for the campaign, once', async () => {
    assert.equal(await done('client.action', redeem('GIVEN1', { amount: '1250.50' })), 'done');
    assert.equal(await done('client.action', redeem('GIVEN1', { amount: '7' })), 'done', 'a code that came back before changes nothing');
    assert.equal(await done('client.action', redeem('GIVEN2', { client: 'c22' })), 'done');
    assert.deepEqual(await rows(`SELECT c.external_id, a.at, a.amount_micro FROM action a JOIN action_kind k ON k.id = a.kind JOIN client c ON c.id = a.client_id
      WHERE k.code = 'promo_redeemed' ORDER BY c.external_id`), [
      { external_id: 'c21', at: new Date('2026-11-27T07:00:00Z'), amount_micro: 1250500000 },
      { external_id: 'c22', at: new Date('2026-11-27T07:00:00Z'), amount_micro: null }]);
    assert.equal(await house.value('SELECT sum(redeemed)::int FROM run_count'), 2);
  });

  const wrong = [
    ['a code nobody knows', redeem('NONE'), 'data.code'],
    ['a code that was not given yet', redeem('FREE'), 'data.code'],
    ['the code of another client', redeem('GIVEN3', { client: 'c1' }), 'data.client'],
    ['a code with another kind', redeem('GIVEN3', { kind: 'visit' }), 'data.code'],
    ['neither code nor client', { kind: 'promo_redeemed', at }, 'data.client'],
  ];
  for (const [what, data, field] of wrong) {
    test(`${what} is refused, and redeems nothing`, async () => {
      const { data: { field: named, reason_ru: russian } } = await crm.refused(await crm.send('client.action', data));
      assert.equal(named, field);
      assert.match(russian, /[а-яё]{3}/i);
      const { GIVEN3, FREE } = await codes();
      assert.deepEqual([GIVEN3, FREE], [null, null]);
    });
  }

  test('many at once, some twice and some wrong', async () => {
    await house.db.query(`INSERT INTO promo_code (pool_id, code, message_id, client_id, run_id)
      SELECT p.pool_id, 'M' || n, 2000 + n, k.id, p.run_id FROM promo_code p, generate_series(1, 200) n JOIN client k ON k.external_id = 'c' || (100 + n) WHERE p.code = 'GIVEN1'`);
    const sent = await Promise.all(Array.from({ length: 450 }, (_, i) => crm.send('client.action', redeem(`M${(i % 225) + 1}`))));
    const outcomes = await Promise.all(sent.map(outcome));
    assert.equal(outcomes.filter((o) => o === 'refused').length, 50);
    assert.equal(await house.value("SELECT count(*) FROM action a JOIN action_kind k ON k.id = a.kind WHERE k.code = 'promo_redeemed'"), 202);
    assert.equal(await house.value('SELECT sum(redeemed)::int FROM run_count'), 202);
  });
});

describe('client.upsert', () => {
  const client = {
    client: 'new1', phone: '8 (912) 000-00-01', last_name: 'Орлова', first_name: 'Анна', sex: 'female', birthday: '1990-02-28', city: 'Москва',
    points: 120, debt: '1 250,50', tags: ['vip', 'online'], attributes: { shoe_size: '38', favourite: 'red' },
  };
  const stored = async (id) => (await rows(
    'SELECT msisdn, last_name, first_name, sex, birthday::text, city, points::float, debt::float, tags FROM client WHERE external_id = $1', [id]))[0];
  const attribute = (id, name) => house.value(
    'SELECT c.attrs[a.slot] FROM client c, client_attribute a WHERE c.external_id = $1 AND a.name = $2', [id, name]);

  test('makes a client', async () => {
    assert.equal(await done('client.upsert', client, next()), 'done');
    assert.deepEqual(await stored('new1'), {
      msisdn: 79120000001, last_name: 'Орлова', first_name: 'Анна', sex: 2, birthday: '1990-02-28', city: 'Москва', points: 120, debt: 1250.5, tags: ['vip', 'online'],
    });
    assert.equal(await attribute('new1', 'shoe_size'), '38');
  });

  test('what is left out stays, null takes away', async () => {
    assert.equal(await done('client.upsert', { client: 'new1', city: 'Казань', sex: null, attributes: { favourite: null } }, next()), 'done');
    const now = await stored('new1');
    assert.deepEqual([now.city, now.sex, now.last_name, now.msisdn], ['Казань', null, 'Орлова', 79120000001]);
    assert.equal(await attribute('new1', 'favourite'), null);
    assert.equal(await attribute('new1', 'shoe_size'), '38');
  });

  test('an older version that comes late is passed over', async () => {
    await done('client.upsert', { ...client, client: 'new2', city: 'New' }, { version: 1000 });
    assert.equal(await done('client.upsert', { ...client, client: 'new2', city: 'Old' }, { version: 999 }), 'stale');
    assert.equal((await stored('new2')).city, 'New');
  });

  test('what the client does right after is known to be theirs', async () => {
    const upsert = await crm.send('client.upsert', { client: 'new3', phone: '+79120000003' }, next());
    assert.equal(await done('client.action', { client: 'new3', kind: 'visit', at: '2026-11-27T10:00:00Z' }), 'done');
    assert.equal(await outcome(upsert), 'done');
  });

  test('an attribute that an administrator typed holds what fits it', async () => {
    await house.db.query("INSERT INTO client_attribute (slot, name, type, choices) VALUES (400, 'size', 'one_of', '{S,M,L}'), (401, 'since', 'date', NULL)");
    assert.equal(await done('client.upsert', { client: 'new1', attributes: { size: 'M', since: '01.02.2020' } }, next()), 'done');
    assert.equal(await attribute('new1', 'size'), 'M');
    assert.equal(await attribute('new1', 'since'), '2020-02-01');
    assert.equal((await crm.refused(await crm.send('client.upsert', { client: 'new1', attributes: { size: 'XXL' } }, next()))).data.field, 'data.attributes.size');
  });

  test('many at once, of which some are wrong', async () => {
    const ids = await Promise.all(Array.from({ length: 300 }, (_, i) => crm.send(
      'client.upsert', { client: `many${i}`, phone: i % 10 === 0 ? '123' : `+7913${String(i).padStart(7, '0')}`, attributes: { n: String(i) } }, next())));
    const outcomes = await Promise.all(ids.map(outcome));
    assert.equal(outcomes.filter((o) => o === 'done').length, 270);
    assert.equal(await house.value("SELECT count(*) FROM client WHERE external_id LIKE 'many%'"), 270);
    assert.equal(await attribute('many11', 'n'), '11');
  });

  const wrong = [
    ['a client nobody knows without a number', { client: 'nameless' }, 'data.phone'],
    ['a date that is none', { client: 'new1', birthday: '31.02.1990' }, 'data.birthday'],
    ['a language that is none', { client: 'new1', language: 'klingon' }, 'data.language'],
    ['a field that is no field', { client: 'new1', town: 'Omsk' }, 'data.town'],
    ['an attribute that is called like a field', { client: 'new1', attributes: { city: 'Omsk' } }, 'data.attributes.city'],
    ['no client', { phone: '+79120000009' }, 'data.client'],
  ];
  for (const [what, data, field] of wrong) {
    test(`${what} is refused by name`, async () => {
      assert.equal((await crm.refused(await crm.send('client.upsert', data, next()))).data.field, field);
    });
  }
});

describe('client.erase', () => {
  const exists = (client) => house.value('SELECT count(*) FROM client WHERE external_id = $1', [client]);

  test('begins an erasure; an event that was older does not bring the client back', async () => {
    await done('client.upsert', { client: 'gone', phone: '+79140000001', city: 'Omsk' }, { version: 10 });
    await crm.send('client.erase', { client: 'gone', reason: 'asked by letter' }, { version: 30 });
    assert.equal(await done('client.upsert', { client: 'gone', phone: '+79140000001' }, { version: 20 }), 'stale');
    assert.equal(await exists('gone'), 0);
    assert.equal(await house.value("SELECT count(*) FROM erasure WHERE source = 'crm' AND reason = 'asked by letter'"), 1);
  });

  test('one nobody knows is erased already, and an older erasure passes over who came back', async () => {
    assert.equal(await done('client.erase', { client: 'nobody', reason: 'asked' }, next()), 'done');
    await done('client.upsert', { client: 'back', phone: '+79140000002' }, { version: 40 });
    assert.equal(await done('client.erase', { client: 'back', reason: 'asked' }, { version: 39 }), 'stale');
    assert.equal(await exists('back'), 1);
  });

  test('R-16 the stop of an erased number stands when an event brings the number back', async () => {
    await done('client.upsert', { client: 'stopped', phone: '+79140000003' }, next());
    await house.db.query("INSERT INTO opt_out (msisdn, scope) VALUES (79140000003, 'all')");
    await done('client.erase', { client: 'stopped', reason: 'asked' }, next());
    const stop = () => house.value('SELECT scope FROM opt_out WHERE msisdn = 79140000003');
    await house.db.query('DELETE FROM opt_out WHERE msisdn = 79140000003'); // what schedulerd does in its steps
    await done('client.upsert', { client: 'again', phone: '+79140000003' }, next());
    assert.equal(await stop(), 'all');
  });

  test('whose complaint is not closed is not erased', async () => {
    await done('client.upsert', { client: 'complains', phone: '+79140000004' }, next());
    await house.db.query("INSERT INTO complaint (received_at, source, msisdn, claim, deadline) VALUES (now(), 'fas', 79140000004, 'spam', now() + interval '1 day')");
    const refused = await crm.refused(await crm.send('client.erase', { client: 'complains', reason: 'asked' }, next()));
    assert.equal(refused.data.field, 'data.client');
    assert.match(refused.data.reason ?? refused.data.expected, /complaint/);
    assert.equal(await exists('complains'), 1);
  });

  test('without a reason it is refused', async () => {
    assert.equal((await crm.refused(await crm.send('client.erase', { client: 'c1' }, next()))).data.field, 'data.reason');
  });
});

describe('consent.record and consent.withdraw', () => {
  let text;
  const consent = () => ({
    client: 'c10', purpose: 'marketing', text_id: String(text), form: 'checkbox on the order form', at: '2026-11-27T10:00:00Z', origin: '10.0.0.7', identity: 'signed in',
  });
  const state = (client) => house.value(
    "SELECT s.state FROM consent s JOIN client c ON c.msisdn = s.msisdn JOIN purpose p ON p.id = s.purpose_id WHERE c.external_id = $1 AND p.code = 'marketing'", [client]);

  before(async () => {
    text = await house.value(
      "INSERT INTO consent_text (purpose_id, version, text, digest, published_by) SELECT id, 1, 'I agree', sha256('I agree'), 'test' FROM purpose WHERE code = 'marketing' RETURNING id");
  });

  test('a consent stands in the ledger and is told on', async () => {
    assert.equal(await done('consent.record', consent()), 'done');
    assert.equal(await state('c10'), 1);
    const event = await crm.received('consent.changed', (e) => e.data.client === 'c10');
    assert.deepEqual(
      [event.data.change, event.data.purpose, event.data.channel, event.data.source, event.data.phone, event.data.at],
      ['given', 'marketing', 'sms', 'crm', '+79000000010', '2026-11-27T10:00:00.000Z']);
  });

  test('a withdrawal is a stop', async () => {
    assert.equal(await done('consent.withdraw', { client: 'c10', purpose: 'marketing', at: '2026-11-27T11:00:00Z' }), 'done');
    assert.equal(await state('c10'), 3);
    assert.equal(await house.value('SELECT scope FROM opt_out WHERE msisdn = 79000000010'), 'advertising');
    await crm.received('consent.changed', (e) => e.data.client === 'c10' && e.data.change === 'withdrawn');
  });

  test('given and withdrawn at once act in the order they were said', async () => {
    await crm.send('consent.record', { ...consent(), client: 'c11' });
    assert.equal(await done('consent.withdraw', { client: 'c11', purpose: 'marketing', at: '2026-11-27T12:00:00Z' }), 'done');
    assert.equal(await state('c11'), 3);
  });

  test('a number of which no client is known will do', async () => {
    assert.equal(await done('consent.record', { ...consent(), client: undefined, phone: '+7 915 000-00-01' }), 'done');
    assert.equal(await house.value('SELECT state FROM consent WHERE msisdn = 79150000001'), 1);
  });

  const wrong = [
    ['an unknown client', { client: 'nobody' }, 'data.client'],
    ['an unknown purpose', { purpose: 'fun' }, 'data.purpose'],
    ['a text of nobody', { text_id: '999999' }, 'data.text_id'],
    ['no origin', { origin: undefined }, 'data.origin'],
    ['a consent after a withdrawal without proof', { at: '2026-11-27T13:00:00Z' }, 'data.proof'],
  ];
  for (const [what, change, field] of wrong) {
    test(`${what} is refused by name`, async () => {
      const event = await crm.refused(await crm.send('consent.record', { ...consent(), ...change }));
      assert.equal(event.data.field, field);
      assert.ok(event.data.reason, 'with what is expected');
    });
  }
});

describe('employee.upsert', () => {
  const employee = { code: 'e1', name: 'Anna Orlova', phone: '+7 912 345-67-89', email: 'anna@example.org', department: 'Support', active: true };
  const stored = async (code) => (await rows('SELECT name, phone, email, department, active FROM employee WHERE code = $1', [code]))[0];

  test('makes an employee and changes one', async () => {
    assert.equal(await done('employee.upsert', employee, next()), 'done');
    assert.deepEqual(await stored('e1'), { name: 'Anna Orlova', phone: 79123456789, email: 'anna@example.org', department: 'Support', active: true });
    assert.equal(await done('employee.upsert', { code: 'e1', name: 'Anna Petrova', active: false }, next()), 'done');
    assert.deepEqual(await stored('e1'), { name: 'Anna Petrova', phone: null, email: null, department: null, active: false });
  });

  test('an older version that comes late is passed over', async () => {
    await done('employee.upsert', { ...employee, code: 'e2', name: 'New' }, { version: 20 });
    assert.equal(await done('employee.upsert', { ...employee, code: 'e2', name: 'Old' }, { version: 19 }), 'stale');
    assert.equal((await stored('e2')).name, 'New');
  });

  test('a hundred versions at once leave the last', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, (_, i) => crm.send('employee.upsert', { ...employee, code: 'e3', name: `Version ${i}` }, { version: 100 + i })));
    await Promise.all(ids.map(outcome));
    assert.equal((await stored('e3')).name, 'Version 99');
  });

  test('without a version it is refused', async () => {
    assert.equal((await crm.refused(await crm.send('employee.upsert', employee))).data.field, 'version');
  });

  test('a number no SMS can reach is refused', async () => {
    assert.equal((await crm.refused(await crm.send('employee.upsert', { ...employee, phone: '+7 495 123-45-67' }, next()))).data.field, 'data.phone');
  });
});

describe('list.replace', () => {
  const members = async (name) => (await rows(
    'SELECT c.external_id FROM list l JOIN list_member m ON m.list_id = l.id JOIN client c ON c.id = m.client_id WHERE l.name = $1 ORDER BY c.id', [name],
  )).map((row) => row.external_id);
  const size = (name) => house.value('SELECT size FROM list WHERE name = $1', [name]);

  test('makes a list, replaces its members, empties it', async () => {
    assert.equal(await done('list.replace', { list: 'VIP', members: ['c1', 'c2', 'c3', 'c2'] }, next()), 'done');
    assert.deepEqual(await members('VIP'), ['c1', 'c2', 'c3']);
    assert.equal(await size('VIP'), 3);
    assert.equal(await done('list.replace', { list: 'VIP', members: ['c3', 'c4'] }, next()), 'done');
    assert.deepEqual(await members('VIP'), ['c3', 'c4']);
    assert.equal(await size('VIP'), 2);
    assert.equal(await done('list.replace', { list: 'VIP', members: [] }, next()), 'done');
    assert.equal(await size('VIP'), 0);
  });

  test('an unknown client refuses the whole, by place, unless it may be skipped', async () => {
    const event = await crm.refused(await crm.send('list.replace', { list: 'new', members: ['c1', 'nobody'] }, next()));
    assert.equal(event.data.field, 'data.members[1]');
    assert.equal(await house.value("SELECT count(*) FROM list WHERE name = 'new'"), 0);
    assert.equal(await done('list.replace', { list: 'new', members: ['c1', 'nobody'], on_unknown: 'skip' }, next()), 'done');
    assert.deepEqual(await members('new'), ['c1']);
  });

  test('a list that follows from criteria is refused', async () => {
    await house.db.query("INSERT INTO list (name, criteria) VALUES ('dynamic', '{}')");
    assert.equal((await crm.refused(await crm.send('list.replace', { list: 'dynamic', members: ['c1'] }, next()))).data.field, 'data.list');
  });

  test('an older version that comes late is passed over', async () => {
    await done('list.replace', { list: 'order', members: ['c1'] }, { version: 20 });
    assert.equal(await done('list.replace', { list: 'order', members: [] }, { version: 19 }), 'stale');
    assert.deepEqual(await members('order'), ['c1']);
  });
});

describe('message.send', () => {
  const message = { to: '+7 900 000-00-01', text: 'Hello', sender: 'Vestnik', class: 'service', category: 'service' };

  test('becomes a chunk as POST /v1/messages makes them', async () => {
    assert.equal(await done('message.send', message), 'done');
    const [chunk] = await rows('SELECT state, lane, size, msisdns, texts, sender, class, category, max_parts FROM chunk ORDER BY id DESC LIMIT 1');
    assert.deepEqual(chunk, { state: 1, lane: 0, size: 1, msisdns: ['79000000001'], texts: ['Hello'], sender: 'Vestnik', class: 2, category: 2, max_parts: 10 });
  });

  test('many become one chunk', async () => {
    const ids = await Promise.all(Array.from({ length: 300 }, (_, i) => crm.send('message.send', { ...message, text: `Hello ${i}`, report: i % 2 === 0 })));
    await Promise.all(ids.map(outcome));
    const [{ count, messages }] = await rows("SELECT count(*), sum(size) AS messages FROM chunk WHERE texts[1] LIKE 'Hello %'");
    assert.equal(Number(messages), 300);
    assert.ok(count < 100, `${count} chunks`);
    assert.equal((await rows('SELECT r FROM status_report, unnest(refs) AS r WHERE r IS NOT NULL')).length, 150);
  });

  const wrong = [
    ['no text', { text: undefined }, 'data.text'],
    ['a landline', { to: '+7 495 123-45-67' }, 'data.to'],
    ['an unknown account', { account: 'nowhere' }, 'data.account'],
    ['a text that is too long', { text: 'x'.repeat(1900) }, 'data.text'],
  ];
  for (const [what, change, field] of wrong) {
    test(`${what} is refused by name`, async () => {
      assert.equal((await crm.refused(await crm.send('message.send', { ...message, ...change }))).data.field, field);
    });
  }
});

describe('what is no event', () => {
  const dead = async () => {
    const message = await waitFor('a dead letter', () => crm.channel.get('crm.in.dead', { noAck: true }));
    return { body: message.content.toString(), reason: message.properties.headers['x-reason'] };
  };
  const bodies = [
    ['no JSON', 'hello', /line 1/],
    ['half an object', '{"id": "1"', /line 1/],
    ['nothing', '', /./],
    ['no object', '[1, 2]', /an object with a text "id"/],
    ['no id', '{"type": "client.action"}', /an object with a text "id"/],
    ['an id that is none', '{"id": "a b"}', /1 to 64 letters/],
    ['a number twice', '{"id": "1", "id": "2"}', /stands twice/],
  ];
  for (const [what, body, reason] of bodies) {
    test(`${what}: a dead letter with its reason`, async () => {
      await crm.publish(body);
      const letter = await dead();
      assert.equal(letter.body, body);
      assert.match(letter.reason, reason);
    });
  }

  test('an unknown type and an unknown member of the envelope are refused', async () => {
    assert.equal((await crm.refused(await crm.send('client.dance', {}))).data.field, 'type');
    assert.equal((await crm.refused(await crm.send('client.action', { client: 'c1', kind: 'visit', at: '2026-11-27T10:00:00Z' }, { colour: 'red' }))).data.field, 'colour');
  });

  test('what the database refuses is a dead letter, and fails none of its neighbours', async () => {
    await house.db.query("ALTER TABLE action_kind ADD CONSTRAINT no_dancing CHECK (code <> 'dance')");
    const before = await house.value('SELECT count(*) FROM action');
    await Promise.all(Array.from({ length: 50 }, (_, i) => crm.send('client.action', { client: 'c1', kind: i === 20 ? 'dance' : 'visit', at: '2026-11-27T10:00:00Z' })));
    const letter = await dead();
    assert.equal(JSON.parse(letter.body).data.kind, 'dance');
    assert.match(letter.reason, /no_dancing/);
    await waitFor('the others', async () => (await house.value('SELECT count(*) FROM action')) === before + 49);
  });
});

test('several crmd take events one after another, and a standby goes on', async () => {
  const standby = await house.start('crmd', { instance: '2', config });
  await crmd.kill();
  assert.equal(await done('client.action', { client: 'c1', kind: 'visit', at: '2026-11-27T10:00:00Z' }), 'done');
  await crmd.start();
  await standby.stop();
  assert.equal(await done('client.action', { client: 'c1', kind: 'visit', at: '2026-11-27T10:00:00Z' }), 'done');
});

test('kills at any moment lose nothing and double nothing', async () => {
  const SECONDS = 6;
  const PER_TURN = 100; // a tenth of a second
  let sent = 0;
  let killing = true;
  const kills = (async () => {
    for (let i = 0; killing; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 200 + (i * 137) % 700); });
      await crmd.kill();
      await crmd.start({ ready: false });
    }
  })();
  const before = await house.value('SELECT count(*) FROM action');
  const until = Date.now() + SECONDS * 1000;
  for (let turn = Date.now(); turn < until; turn += 100) {
    await Promise.all(Array.from({ length: PER_TURN }, () => crm.send('client.action', { client: `c${1 + (sent++ % 1000)}`, kind: 'visit', at: '2026-11-27T10:00:00Z' })));
    await new Promise((resolve) => { setTimeout(resolve, Math.max(0, turn + 100 - Date.now())); });
  }
  killing = false;
  await kills;
  await waitFor('every event', async () => (await house.value('SELECT count(*) FROM action')) - before >= sent, { timeoutMs: 60_000 });
  assert.equal((await house.value('SELECT count(*) FROM action')) - before, sent);
  assert.ok(sent >= SECONDS * 900, `${sent} events`);
});

test('a number that is lost is told, with the one that takes its place', async () => {
  await house.db.query(
    "INSERT INTO client_phone_change (client_id, old_msisdn, new_msisdn, reason, source) SELECT id, msisdn, 79169999999, 'unreachable', 'schedulerd' FROM client WHERE external_id = 'c20'");
  const event = await crm.received('phone.unreachable');
  assert.deepEqual(event.data, { client: 'c20', phone: '+79000000020', next_phone: '+79169999999' });
});

test('all that was told is as its schema says', () => {
  assert.ok(crm.events.length > 100);
  assert.deepEqual([...new Set(crm.faults)], []);
});

test('a lost broker and a lost database are waited for', async () => {
  await house.stack.run('kill', 'postgres');
  const id = await crm.send('client.action', { client: 'c1', kind: 'visit', at: '2026-11-27T10:00:00Z' });
  await house.stack.run('restart-one', 'postgres');
  assert.equal(await waitFor('the event', async () => house.value('SELECT outcome FROM crm_event WHERE id = $1', [id]).catch(() => undefined), { timeoutMs: 30_000 }), 'done');
});
