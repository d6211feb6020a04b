// SPDX-License-Identifier: AGPL-3.0-or-later
// capture - what went over a loopback port, judged by tshark's SMPP dissector.

import path from 'node:path';

import { mustRun, Program } from './process.mjs';

// Expert information of tshark: group "malformed" and severity "error".
const FAULT = '(_ws.malformed || _ws.expert.group == "Malformed" || _ws.expert.severity == "Error")';

export class Capture extends Program {
  /** Begin; resolves once packets are taken.  Needs root or the right to use dumpcap. */
  static async start(port, file) {
    const capture = new Capture(
      'tshark', ['tshark', '-n', '-i', 'lo', '-f', `tcp port ${port}`, '-w', file],
      path.join(path.dirname(file), 'tshark.log'),
    );
    capture.port = port;
    capture.file = file;
    capture.spawn();
    try {
      await capture.waitLog(/Capture started/);
    } catch (error) {
      throw new Error(`loopback traffic cannot be captured: install tshark and run as root or as a member of group wireshark (${error.message})`);
    }
    return capture;
  }

  tshark(filter, ...fields) {
    return mustRun(['tshark', '-n', '-r', this.file, '-d', `tcp.port==${this.port},smpp`, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]);
  }

  /** Stop; resolves to what was written towards the port: PDUs by command, and every fault. */
  async judge() {
    await this.stop();
    const written = `tcp.dstport == ${this.port}`;
    const lines = async (...words) => (await this.tshark(...words)).split('\n').filter((line) => line !== '');
    const pdus = new Map();
    for (const line of await lines(`${written} && smpp`, 'smpp.command_id'))
      for (const id of line.split(',')) pdus.set(Number(id), (pdus.get(Number(id)) ?? 0) + 1);
    return { pdus, faults: await lines(`${written} && ${FAULT}`, 'frame.number', '_ws.col.Info', '_ws.expert.message') };
  }
}
