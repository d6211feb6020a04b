// SPDX-License-Identifier: AGPL-3.0-or-later
// Five hundred browsers watch a campaign at full speed, which is hardly slower for it: the same campaign in turn with
// and without them, until the difference is told from the machine's own ups and downs.
//
// The browsers are bare sockets of this process.  They come when the campaign has been launched, so finding their
// sessions and first figures is part of what is measured, and so is reading them, which others' machines would do.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';

import { Fleet } from '../system/lib/fleet.mjs';
import { Http } from '../system/lib/http.mjs';
import { compare } from './lib/pairs.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 300_000);
const STREAMS = Number(process.env.STREAMS ?? 500);
const LIMIT = 0.10;
const PASSWORD = 'streams of progress';
const EVENT = Buffer.from('event: progress');

// All sockets are read into the same memory: nothing of a read stays but the count and the last event.
const memory = Buffer.alloc(64 * 1024);

/** One open stream.  apid writes an event in one piece, so it is read in one piece. */
class Stream {
  constructor(port, request) {
    this.events = 0;
    this.ended = new Promise((resolve, reject) => {
      const callback = (size) => this.take(memory.subarray(0, size));
      const socket = net.connect({ port, host: '127.0.0.1', onread: { buffer: memory, callback } });
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.write(request);
    });
  }

  take(bytes) {
    let last = -1;
    for (let at = bytes.indexOf(EVENT); at >= 0; at = bytes.indexOf(EVENT, at + EVENT.length)) {
      this.events++;
      last = at;
    }
    if (last >= 0) this.text = bytes.latin1Slice(last);
    return true;
  }

  /** The figures of the last event. */
  last() {
    return JSON.parse(this.text.split('\n')[1].slice('data: '.length));
  }
}

/** Open the streams in the name of a signed-in person. */
function watch(person, campaign) {
  const { hostname, port } = new URL(person.url);
  const request = `GET /v1/campaigns/${campaign}/progress/stream HTTP/1.1\r\nHost: ${hostname}:${port}\r\n`
    + `Cookie: ${person.headers.cookie}\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n`;
  return Array.from({ length: STREAMS }, () => new Stream(Number(port), request));
}

/** Every stream was fed about once a second, and ended by itself with the campaign's end. */
async function mustHaveSeenAll(streams, campaign, seconds) {
  await Promise.all(streams.map((stream) => stream.ended));
  for (const stream of streams) {
    const { campaign_id, status, delivered, finished_at } = stream.last();
    assert.deepEqual([campaign_id, status, delivered], [campaign, 'finished', CLIENTS]);
    assert.ok(finished_at);
    assert.ok(stream.events > seconds / 3, `${stream.events} events in ${seconds} s`);
  }
  return streams.reduce((sum, { events }) => sum + events, 0);
}

/** One campaign to everybody; resolves to messages a second, processor time of apid and of us, and the events that came. */
async function campaign(fleet, person, streamed) {
  const [apid] = fleet.daemons.apid;
  const cpu = async () => {
    const { user, system } = process.cpuUsage();
    return [(await apid.metrics()).process_cpu_seconds_total, (user + system) / 1e6];
  };
  await fleet.db.query('CHECKPOINT');
  const { id } = await person.call('POST', '/v1/campaigns', { name: 'streams', text: 'Hello {first_name}', sender: 'Vestnik', category: 'advertising' });
  const before = await cpu();
  await person.call('POST', `/v1/campaigns/${id}/launch`);
  const streams = streamed ? watch(person, id) : [];
  await fleet.finished(id, 300_000);
  // Launched to the last receipt, by the database's clock.
  const seconds = await fleet.house.value(
    'SELECT extract(epoch FROM r.finished_at - c.launched_at)::float8 FROM campaign c JOIN run r ON r.campaign_id = c.id WHERE c.id = $1', [id]);
  const events = await mustHaveSeenAll(streams, id, seconds);
  const after = await cpu();
  return { rate: CLIENTS / seconds, cpu: after.map((value, i) => value - before[i]), events };
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;

test(`${STREAMS} live streams on a campaign to ${CLIENTS} clients at full speed`, { timeout: 1_800_000 }, async (t) => {
  const fleet = await Fleet.open('size_streams', { clients: CLIENTS, sim: { 'receipt-delay-ms': '100' }, account: { window_size: 500 } });
  let person;
  try {
    const file = path.join(fleet.house.dir, 'password');
    writeFileSync(file, PASSWORD);
    await fleet.house.vestnik('user', 'add', 'anna', '--name', 'Anna', '--password-file', file);
    const [, port] = await fleet.daemons.apid[0].waitLog(/api listening.*\bport=(\d+)/);
    person = await Http.signIn(`http://127.0.0.1:${port}`, 'anna', PASSWORD);
    await campaign(fleet, person, true); // warm

    const measure = async (streamed) => {
      const { rate, cpu, events } = await campaign(fleet, person, streamed);
      t.diagnostic(`${streamed ? 'with' : 'without'} ${Math.round(rate)}/s (apid ${cpu[0].toFixed(2)} s, browsers ${cpu[1].toFixed(2)} s, ${events} events)`);
      return rate;
    };
    const { ratio, low, pairs, a, b } = await compare(() => measure(false), () => measure(true), { bar: 1 - LIMIT });
    const said = `${pairs} pairs: without ${Math.round(a)}/s, with ${Math.round(b)}/s, slower by ${percent(1 - ratio)}, at most ${percent(1 - low)}`;
    t.diagnostic(said);
    assert.ok(low > 1 - LIMIT, said); // the doubt counts against us
  } finally {
    person?.close();
    await fleet.close();
  }
});
