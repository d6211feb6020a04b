// SPDX-License-Identifier: AGPL-3.0-or-later
// daemon - a daemon of this project as a program: its configuration, readiness and metrics.

import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { BIN, Program } from './process.mjs';
import { waitFor } from './wait.mjs';

/** A daemon under test: started with a configuration file, ready when /readyz says so. */
export class Daemon extends Program {
  /** `dir` gets the configuration, and dir/log the log. */
  constructor(dir, kind, instance, config) {
    const name = `${kind}-${instance}`;
    const file = path.join(dir, `${name}.yaml`);
    super(name, [path.join(BIN, kind), '--config', file], path.join(dir, 'log', `${name}.log`));
    this.kind = kind;
    this.file = file;
    this.configure(config);
  }

  configure(config) {
    this.config = config;
    writeFileSync(this.file, yaml(config));
  }

  /** Start it and wait until it is ready (or, with ready: false, until it listens). */
  async start({ ready = true, timeoutMs = 20_000 } = {}) {
    this.spawn();
    const match = await this.waitLog(/metrics listening.*\bport=(\d+)/, { timeoutMs });
    this.url = `http://127.0.0.1:${match[1]}`;
    if (ready) await this.waitReady({ timeoutMs });
    return this;
  }

  async waitReady({ timeoutMs = 20_000 } = {}) {
    await waitFor(`${this.name} to be ready`, async () => {
      this.mustRun();
      return (await fetch(`${this.url}/readyz`)).status === 200;
    }, { timeoutMs });
  }

  async restart(options) {
    await this.kill();
    return this.start(options);
  }

  /** /metrics as an object: { 'name{label="x"}': 1 }. */
  async metrics() {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Object.fromEntries(
      text.split('\n').filter((line) => line && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  }
}

/** A nested object as YAML; strings in double quotes, which YAML reads as JSON does. */
export function yaml(value, indent = '') {
  return Object.entries(value).map(([key, v]) => {
    if (Array.isArray(v)) return `${indent}${key}:\n${v.map((item) => `${indent}  - ${JSON.stringify(item)}\n`).join('')}`;
    if (v !== null && typeof v === 'object') return `${indent}${key}:\n${yaml(v, `${indent}  `)}`;
    return `${indent}${key}: ${JSON.stringify(v)}\n`;
  }).join('');
}
