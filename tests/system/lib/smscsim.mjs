// SPDX-License-Identifier: AGPL-3.0-or-later
// smscsim - our SMSC simulator as a test drives it: started with options, changed by control lines,
// its log read as rows.
//
//   const sim = await Simulator.start(dir, { 'receipt-delay-ms': '0' });
//   await sim.set('rate', 10);
//   assert.equal((await sim.stats()).submits, 3);
//   const rows = await sim.rows();
//   await sim.stop();

import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';

import { BIN, Program } from './process.mjs';

export class Simulator extends Program {
  /** Start one in `dir`; `options` are those of `smscsim --help`. */
  static async start(dir, options = {}, { name = 'smscsim' } = {}) {
    const proof = path.join(dir, `${name}.proof`);
    const words = Object.entries({ port: 0, control: 0, log: proof, ...options })
      .flatMap(([key, value]) => [`--${key}`, String(value)]);
    const sim = new Simulator(name, [path.join(BIN, 'smscsim'), ...words], path.join(dir, `${name}.log`));
    sim.proof = proof;
    await sim.begin();
    return sim;
  }

  /** Start (again); with port 0 the port is a new one. */
  async begin() {
    this.spawn();
    this.port = Number((await this.waitLog(/^listening (\d+)$/m))[1]);
    const port = Number((await this.waitLog(/^control (\d+)$/m))[1]);
    const socket = net.connect(port, '127.0.0.1');
    // It is ended or killed under us on purpose.
    socket.on('error', () => {});
    this.waiting = [];
    readline.createInterface({ input: socket }).on('line', (line) => this.waiting.shift()?.resolve(line));
    socket.on('close', () => {
      for (const one of this.waiting.splice(0)) one.reject(new Error(`${this.name} went away`));
    });
    this.socket = socket;
  }

  /** One control line; resolves to what follows `ok`, rejects what begins with `error`. */
  async command(...words) {
    const answer = await new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(`${words.join(' ')}\n`);
    });
    if (!answer.startsWith('ok')) throw new Error(`${this.name}: ${words.join(' ')}: ${answer}`);
    return answer.slice(3);
  }

  set(key, value) {
    return this.command('set', key, value);
  }

  async stats() {
    return JSON.parse(await this.command('stats'));
  }

  /** The log as it stands in the file: see tests/smscsim/proof_log.h. */
  async rows() {
    if (this.running) await this.command('flush');
    const lines = readFileSync(this.proof, 'utf8').split('\n').slice(0, -1).map((line) => line.split(' '));
    const rows = lines.filter(([first]) => first !== 'lost').map(
      ([ms, session, systemId, destination, ref, total, seq, id, hash, status, fate, sequence]) => ({
        ms: Number(ms), session: Number(session), systemId, destination, ref: Number(ref), total: Number(total),
        seq: Number(seq), id, hash, status: Number(status), lost: fate === 'lost', sequence: Number(sequence),
      }),
    );
    const lost = new Set(lines.filter(([first]) => first === 'lost').map(([, , session, sequence]) => `${session} ${sequence}`));
    for (const row of rows) row.lost ||= lost.has(`${row.session} ${row.sequence}`);
    return rows;
  }

  async stop(options) {
    this.socket?.destroy();
    return super.stop(options);
  }

  async kill() {
    this.socket?.destroy();
    return super.kill();
  }
}

/** The hash column for a text as it stood on the wire (without its header). */
export function hashOf(octets) {
  let hash = 0xcbf29ce484222325n;
  for (const octet of octets) hash = BigInt.asUintN(64, (hash ^ BigInt(octet)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
