// SPDX-License-Identifier: AGPL-3.0-or-later
// The ground the other tests stand on: private servers that can be killed, wiped and started again,
// and nothing left behind.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';

import amqp from 'amqplib';

import { House, run, waitFor } from './lib/stack.mjs';

let house;

before(async () => { house = await House.open('servers'); });
after(() => house?.close());

test('PostgreSQL is durable, and what was committed outlives SIGKILL', async () => {
  assert.equal(await house.value('SHOW fsync'), 'on');
  assert.equal(await house.value('SHOW synchronous_commit'), 'on');
  await house.db.query('CREATE TABLE kept (n integer)');
  await house.db.query('INSERT INTO kept SELECT generate_series(1, 1000)');
  await house.stack.run('kill', 'postgres');
  await assert.rejects(house.value('SELECT count(*) FROM kept'));
  await house.stack.run('restart-one', 'postgres');
  assert.equal(await house.value('SELECT count(*) FROM kept'), 1000);
});

test('RabbitMQ keeps confirmed messages over SIGKILL and comes back empty after a wipe', async () => {
  const depth = async (publish) => {
    const connection = await amqp.connect(house.brokerUrl);
    try {
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue('kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
      for (let i = 0; i < publish; i++) channel.sendToQueue('kept', Buffer.from('x'), { persistent: true });
      await channel.waitForConfirms();
      return (await channel.checkQueue('kept')).messageCount;
    } finally {
      await connection.close();
    }
  };
  assert.equal(await depth(100), 100);
  await house.stack.run('settle');
  await house.stack.run('kill', 'rabbitmq');
  await assert.rejects(amqp.connect(house.brokerUrl));
  await house.stack.run('restart-one', 'rabbitmq');
  assert.equal(await waitFor('the queue to serve again', () => depth(0)), 100);

  await house.stack.run('wipe-rabbitmq');
  await house.stack.run('restart-one', 'rabbitmq');
  assert.equal(await depth(1), 1, 'same address, user and virtual host, nothing else');
});

test('a daemon becomes ready, stops on SIGTERM and can be killed and started again', async () => {
  const daemon = await house.start('schedulerd');
  const metrics = await daemon.metrics();
  assert.ok(Object.keys(metrics).length > 0);
  await daemon.restart();
  const { code, ms } = await daemon.stop();
  assert.equal(code, 0, daemon.log());
  assert.ok(ms < 10_000, `took ${ms} ms`);
});

test('migrating twice changes nothing', async () => {
  await house.migrate();
  assert.match(await house.migrate('--status'), /0001/);
});

test('a stack of its own goes away whole', async () => {
  const dir = `${house.dir}/stack`;
  const script = 'scripts/stack';
  const started = await run([script, 'start', dir]);
  assert.equal(started.code, 0, started.stderr);
  assert.equal((await run([script, 'status', dir])).code, 0);
  assert.equal((await run([script, 'start', dir])).code, 0, 'starting twice is fine');
  const { stdout } = await run(['pgrep', '-f', dir]);
  assert.ok(stdout.trim() !== '');
  assert.equal((await run([script, 'destroy', dir])).code, 0);
  assert.ok(!existsSync(dir));
  // A zombie that init has not reaped yet has no command line any more.
  assert.equal((await run(['pgrep', '-f', dir])).stdout.trim(), '');
});
