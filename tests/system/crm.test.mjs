// SPDX-License-Identifier: AGPL-3.0-or-later
// The exchange with other systems, by nothing but docs/amqp.md: what each event does, which are refused and how,
// and that order, repetition and kills change nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Crm } from './lib/crm.mjs';
import { House, waitFor } from './lib/stack.mjs';

let house;
let crmd;
let crm;
let version = 1;

const rows = async (sql, params) => (await house.db.query(sql, params)).rows;
const outcome = (id) => waitFor(`the outcome of event ${id}`, async () => (await house.value('SELECT outcome FROM crm_event WHERE id = $1', [id])));
/** Send an event and wait until it is taken; resolves to its outcome. */
const done = async (type, data, more) => outcome(await crm.send(type, data, more));
const next = () => ({ version: version++ });

before(async () => {
  house = await House.open('crm');
  await house.db.query("INSERT INTO client (external_id, msisdn) SELECT 'c' || n, 79000000000 + n FROM generate_series(1, 1000) n");
  crmd = await house.start('crmd');
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
  const message = { to: '+7 900 000-00-01', text: 'Hello', sender: 'Vestnik', class: 'service' };

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
  const standby = await house.start('crmd', { instance: '2' });
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

test('a lost broker and a lost database are waited for', async () => {
  await house.stack.run('kill', 'postgres');
  const id = await crm.send('client.action', { client: 'c1', kind: 'visit', at: '2026-11-27T10:00:00Z' });
  await house.stack.run('restart-one', 'postgres');
  assert.equal(await waitFor('the event', async () => house.value('SELECT outcome FROM crm_event WHERE id = $1', [id]).catch(() => undefined), { timeoutMs: 30_000 }), 'done');
});
