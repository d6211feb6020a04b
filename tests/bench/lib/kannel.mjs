// SPDX-License-Identifier: AGPL-3.0-or-later
// kannel - Debian's Kannel under the load `make bench` gives Vestnik.
//
// bearerbox sends over one SMPP session with the same window; its own tool for mass sending,
// mtbatch, feeds it one text for all numbers (no placeholders, which favours it); smsbox takes the
// receipts and drops them.  Receipts are matched in PostgreSQL or in memory.

import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';

import { Program } from '../../system/lib/process.mjs';
import { waitFor } from '../../system/lib/wait.mjs';
import { phoneOf } from '../../system/lib/clients.mjs';

// Kannel deletes by oid, a system column until PostgreSQL 12; a column of that name serves.
const DLR_TABLE = `CREATE TABLE dlr (
  oid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  smsc varchar(40), ts varchar(40), destination varchar(40), source varchar(40), service varchar(40),
  url varchar(255), mask integer, status integer, boxc varchar(40))`;

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function configuration({ admin, boxes, smscPort, receipts, database, sms, window }) {
  const url = new URL(database);
  const storage = receipts === 'internal' ? '' : `
group = pgsql-connection
id = receipts
host = ${url.hostname}
port = ${url.port}
username = ${url.username}
password = ${url.password}
database = ${url.pathname.slice(1)}
max-connections = 4

group = dlr-db
id = receipts
table = dlr
field-smsc = smsc
field-timestamp = ts
field-destination = destination
field-source = source
field-service = service
field-url = url
field-mask = mask
field-status = status
field-boxc-id = boxc
`;
  return `group = core
admin-interface = 127.0.0.1
admin-port = ${admin}
admin-password = bench
smsbox-port = ${boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-level = 3
dlr-storage = ${receipts}

group = smsc
smsc = smpp
smsc-id = sim
host = 127.0.0.1
port = ${smscPort}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = ""
max-pending-submits = ${window}
enquire-link-interval = 30
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = ${boxes}
smsbox-id = sink
sendsms-port = ${sms}
sendsms-interface = 127.0.0.1
log-level = 3

group = sms-service
keyword = default
omit-empty = true
max-messages = 0
text = "no reply"
${storage}`;
}

/** Send `count` messages through Kannel; resolves to { seconds, roots } once every receipt is in. */
export async function runKannel({ dir, count, text, simulator, receipts, database, query, window, onStart }) {
  const home = path.join(dir, `kannel-${receipts}`);
  mkdirSync(path.join(home, 'log'), { recursive: true });
  const ports = { admin: await freePort(), boxes: await freePort(), sms: await freePort() };
  const conf = path.join(home, 'kannel.conf');
  writeFileSync(conf, configuration({ ...ports, smscPort: simulator.port, receipts, database, window }));
  if (receipts === 'pgsql') {
    await query('DROP TABLE IF EXISTS dlr');
    await query(DLR_TABLE);
    await query('CREATE INDEX ON dlr (smsc, ts)');
  }
  const numbers = path.join(home, 'numbers');
  const file = createWriteStream(numbers);
  for (let i = 0; i < count; i++)
    if (!file.write(`${phoneOf(i).slice(1)}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
  writeFileSync(path.join(home, 'text'), text);

  const log = (name) => path.join(home, 'log', `${name}.log`);
  const bearerbox = new Program('bearerbox', ['/usr/sbin/bearerbox', '-v', '3', conf], log('bearerbox')).spawn();
  const smsbox = new Program('smsbox', ['/usr/sbin/smsbox', '-v', '3', conf], log('smsbox'));
  const mtbatch = new Program('mtbatch', ['/usr/bin/mtbatch', '-v', '4', '-b', '127.0.0.1', '-p', String(ports.boxes),
    '-f', 'Kannel', '-D', '3', '-u', 'x', path.join(home, 'text'), numbers], log('mtbatch'));
  try {
    await waitFor('Kannel to bind', async () => {
      bearerbox.mustRun();
      return (await simulator.stats()).sessions === 1;
    });
    smsbox.spawn();
    await smsbox.waitLog(/./s, { timeoutMs: 500 }).catch(() => {});
    const usage = onStart({ bearerbox: bearerbox.pid, smsbox: smsbox.pid });
    const begin = performance.now();
    mtbatch.spawn();
    let seen = -1;
    let seenAt = 0;
    await waitFor(`all receipts of ${count} messages`, async () => {
      bearerbox.mustRun();
      const { receipts_acked: acked } = await simulator.stats();
      if (acked !== seen) [seen, seenAt] = [acked, performance.now()];
      if (performance.now() - seenAt > 60_000) throw new Error(`stands at ${seen}`);
      return acked >= count;
    }, { timeoutMs: 3_600_000, everyMs: 100 });
    const seconds = (performance.now() - begin) / 1000;
    return { seconds, usage: usage.stop() };
  } finally {
    await Promise.all([mtbatch, smsbox, bearerbox].map((program) => program.kill()));
  }
}
