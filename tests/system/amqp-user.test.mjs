// SPDX-License-Identifier: AGPL-3.0-or-later
// Users of the broker: each with the permissions that the command prints, what each may send, how much and how long; and that
// nobody sends in another's name.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import amqp from 'amqplib';

import { Crm } from './lib/crm.mjs';
import { House, ROOT, waitFor } from './lib/stack.mjs';

const PASSWORD = 'a-password-of-the-broker';

let house;
let crm; // the house's own user, who may everything at the broker
let template;
let next = 0;
const made = [];

before(async () => {
  house = await House.open('amqp_user');
  await house.db.query("INSERT INTO account (name, host, port, system_id, price_micro) VALUES ('main', '127.0.0.1', 1, 'x', 2350000)");
  await house.db.query("INSERT INTO client (external_id, msisdn) SELECT 'c' || n, 79000000000 + n FROM generate_series(1, 100) n");
  template = String(await house.value("WITH t AS (INSERT INTO template (name, category, sender) VALUES ('t', 2, 'VESTNIK') RETURNING id), v AS (INSERT INTO template_version (template_id, no, text) SELECT id, 1, 'Hello' FROM t) SELECT id FROM t"));
  await house.start('crmd');
  crm = await Crm.connect(house);
});
after(async () => {
  await crm.close();
  for (const name of made) await house.stack.run('rabbitmqctl', 'delete_user', name).catch(() => {});
  await house.close();
});

/** Run what the command printed, with a password for the new user; `reads`: of the two permissions the one that reads. */
async function obey(printed, { reads = false } = {}) {
  const lines = printed.split('\n').filter((line) => line.startsWith('rabbitmqctl '));
  assert.equal(lines.length, 3, printed);
  const words = (line) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare).slice(1);
  await house.stack.run('rabbitmqctl', ...words(lines[0]), PASSWORD);
  await house.stack.run('rabbitmqctl', ...words(lines[reads ? 2 : 1]));
}

/** A user of the broker and of the service; resolves to who publishes as that one. */
async function add(options, permissions) {
  const name = `u${++next}.${house.name}`;
  const printed = await house.vestnik('amqp-user', 'add', name, ...options);
  made.push(name);
  await obey(printed, permissions);
  return connect(name);
}

async function connect(name) {
  const url = new URL(house.brokerUrl);
  url.username = name;
  url.password = PASSWORD;
  const connection = await amqp.connect(url.href);
  connection.on('error', () => {});
  const user = { name, connection };
  user.channel = async () => {
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error) => { channel.why = error.message; });
    return channel;
  };
  const channel = await user.channel();
  user.send = async (type, data, userId = name) => {
    const id = `e${++next}`;
    await new Promise((resolve, reject) => {
      channel.publish('crm.in', type, Buffer.from(JSON.stringify({ id, type, data })), { persistent: true, ...(userId && { userId }) },
        (error) => (error ? reject(error) : resolve()));
    });
    return outcome(id);
  };
  user.close = () => connection.close();
  return user;
}

const outcome = (id) => waitFor(`the outcome of ${id}`, () => house.value("SELECT outcome || coalesce(' ' || field, '') FROM crm_event WHERE id = $1", [id]));
const action = () => ({ client: `c${1 + (next % 100)}`, kind: 'visit', at: '2026-11-28T10:00:00Z' });
const message = (more = {}) => ({ to: `+7916${String(++next).padStart(7, '0')}`, text: 'Hello', sender: 'VESTNIK', class: 'service', category: 'service', ...more });
const chunks = () => house.value('SELECT coalesce(sum(size), 0)::int FROM chunk');

test('before there is a user of the service, whoever may write to the exchange sends everything', async () => {
  assert.equal(await outcome(await crm.send('client.action', action())), 'done');
});

test('a user sends the events it may send, in its own name, and does nothing else at the broker', async () => {
  const user = await add(['--events', 'client.action']);
  assert.equal(await user.send('client.action', action()), 'done');
  assert.equal(await user.send('message.send', message()), 'refused type');
  assert.equal(await user.send('client.erase', { client: 'c1', reason: 'x' }), 'refused type');
  const event = await crm.received('event.refused', ({ data }) => data.event_type === 'message.send');
  assert.match(event.data.reason, /^a type of event that this user may send; ask whoever runs the service$/);
  assert.match(event.data.reason_ru, /^вид события/);
  assert.equal(await chunks(), 0);
  // Who says nothing, or is nobody here, is refused from the first user on; the broker lets nobody say another's name.
  assert.equal(await user.send('client.action', action(), null), 'refused user-id');
  assert.equal(await outcome(await crm.send('client.action', action())), 'refused user-id');
  const other = await user.channel();
  other.publish('crm.in', 'x', Buffer.from('{}'), { userId: 'vestnik' });
  await waitFor('the broker to refuse another name', () => /PRECONDITION|406/.test(other.why ?? ''));
  for (const [what, act] of [
    ['a queue of the service', (channel) => channel.publish('', 'chunk.urgent', Buffer.from('1'))],
    ['reading what others send', (channel) => channel.consume('crm.in', () => {})],
    ['reading what is told', (channel) => channel.consume('crm.out', () => {})],
    ['a queue of its own', (channel) => channel.assertQueue('mine')],
    ['telling in our name', (channel) => channel.publish('crm.out', 'x', Buffer.from('{}'))],
    ['deleting', (channel) => channel.deleteQueue('crm.in')],
  ]) {
    const channel = await user.channel();
    await Promise.resolve(act(channel)).catch(() => {});
    await waitFor(`the broker to forbid ${what}`, () => /ACCESS.REFUSED|403/.test(channel.why ?? ''));
  }
  await user.close();
});

test('one who takes events out reads that queue and no other', async () => {
  const user = await add(['--events', '*'], { reads: true });
  assert.equal(await user.send('client.action', action()), 'done');
  const channel = await user.channel();
  assert.ok((await channel.consume('crm.out', () => {})).consumerTag);
  const other = await user.channel();
  await other.consume('crm.in', () => {}).catch(() => {});
  await waitFor('the broker to forbid it', () => /ACCESS.REFUSED|403/.test(other.why ?? ''));
  await user.close();
});

test('a user bound to templates sends those alone', async () => {
  const user = await add(['--events', 'message.send', '--templates', template]);
  const before = await chunks();
  assert.equal(await user.send('message.send', message()), 'refused data.template_id');
  assert.equal(await user.send('message.send', { to: '+79160000001', class: 'service', template_id: '999' }), 'refused data.template_id');
  assert.equal(await user.send('message.send', { to: '+79160000001', class: 'service', template_id: template }), 'done');
  assert.equal(await chunks(), before + 1);
  await user.close();
});

test('a loop stops at the limit to the part, and at the money, and is told why', async () => {
  await waitFor('an hour that lasts', () => house.value('SELECT extract(minute FROM clock_timestamp()) < 59'), { timeoutMs: 70_000, everyMs: 500 });
  const user = await add(['--events', 'message.send', '--parts-per-hour', '37']);
  const before = await chunks();
  const outcomes = await Promise.all(Array.from({ length: 60 }, () => user.send('message.send', message())));
  assert.equal(outcomes.filter((said) => said === 'done').length, 37);
  assert.equal(outcomes.filter((said) => said === 'refused user-id').length, 23);
  assert.equal(await chunks(), before + 37);
  const event = await crm.received('event.refused', ({ data }) => data.field === 'user-id' && /in an hour/.test(data.reason));
  assert.match(event.data.reason, /in an hour: 37, sent already: 37, asked for now: 1, so nothing of the request was accepted/);
  assert.match(event.data.reason_ru, /в час: 37, уже отправлено: 37/);
  await user.close();
  const rich = await add(['--events', 'message.send', '--money-per-day', '10']);
  const spent = await Promise.all(Array.from({ length: 6 }, () => rich.send('message.send', message())));
  assert.equal(spent.filter((said) => said === 'done').length, 4, 'four times 2.35');
  assert.equal(await house.value('SELECT money_micro_this_day FROM quota q JOIN amqp_user a ON a.quota_id = q.id WHERE a.name = $1', [rich.name]), 9_400_000);
  await rich.close();
});

test('a disabled or expired user is refused, and works again when that is mended', async () => {
  const user = await add(['--events', 'client.action', '--expires', '30d']);
  assert.equal(await user.send('client.action', action()), 'done');
  assert.match(await house.vestnik('amqp-user', 'disable', user.name), new RegExp(`rabbitmqctl delete_user ${user.name.replaceAll('.', '\\.')}`));
  assert.equal(await user.send('client.action', action()), 'refused user-id');
  await house.vestnik('amqp-user', 'enable', user.name);
  assert.equal(await user.send('client.action', action()), 'done');
  await house.db.query("UPDATE amqp_user SET expires_at = clock_timestamp() - interval '1 s' WHERE name = $1", [user.name]);
  assert.equal(await user.send('client.action', action()), 'refused user-id');
  assert.match(await house.vestnik('amqp-user', 'list'), new RegExp(`\\n${user.name.replaceAll('.', '\\.')} .*client\\.action`));
  await user.close();
});

test('the command knows every type of event there is, and says what is wrong', async () => {
  const dir = path.join(ROOT, 'docs/amqp');
  const incoming = new Set([...readFileSync(path.join(ROOT, 'docs/amqp.md'), 'utf8').split('## Events out')[0].matchAll(/^\| `([a-z.]+)` \|/gm)].map((m) => m[1]));
  const types = readdirSync(dir).map((file) => file.replace('.schema.json', '')).filter((type) => incoming.has(type));
  assert.equal(types.length, 8);
  await house.vestnik('amqp-user', 'add', 'all', '--events', types.join(','));
  for (const [words, why] of [
    [['add', 'x'], /--events is missing/], [['add', 'x', '--events', 'client.upset'], /"client\.upset" is no type of event/],
    [['add', 'all', '--events', '*'], /already/], [['add', 'wrong name', '--events', '*'], /1 to 64 Latin letters/],
    [['add', 'x', '--events', '*', '--rights', 'messages.send'], /takes no --rights/], [['disable', 'nobody'], /no user "nobody"/],
    [['add', 'x', '--events', '*', '--templates', '999'], /no template 999/], [['fly'], /amqp-user add/],
  ])
    await assert.rejects(house.vestnik('amqp-user', ...words), why, words.join(' '));
});
