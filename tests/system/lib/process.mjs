// SPDX-License-Identifier: AGPL-3.0-or-later
// process - the programs a test starts: found, started, signalled, and never left behind.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { fatal, waitFor } from './wait.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** Where the programs are; VESTNIK_BIN chooses another build. */
export const BIN = path.resolve(ROOT, process.env.VESTNIK_BIN ?? 'build/release/bin');

const alive = new Set();

// However this process ends, nothing stays: 'exit' also runs after an uncaught error.
process.on('exit', () => {
  for (const child of alive) {
    try {
      process.kill(child.pid, 'SIGCONT');
      process.kill(child.pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }
});
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]])
  process.on(signal, () => process.exit(status));

/** A running program whose stdout and stderr go to a file. */
export class Program {
  /** Whether programs get a process group of their own, out of reach of Ctrl-C at the terminal. */
  static ownGroup = false;

  /**
   * @param {string} name   how messages call it
   * @param {string[]} argv program and arguments
   * @param {string} logFile
   * @param {object} [env]
   */
  constructor(name, argv, logFile, env = {}) {
    this.name = name;
    this.argv = argv;
    this.logFile = logFile;
    this.env = env;
    this.exit = null;
    this.logStart = 0;
  }

  /** Start it (again); its log goes on in the same file. */
  spawn() {
    this.logStart = this.fullLog().length;
    const fd = openSync(this.logFile, 'a');
    this.child = spawn(this.argv[0], this.argv.slice(1), {
      stdio: ['ignore', fd, fd],
      detached: Program.ownGroup,
      env: { ...process.env, ...this.env },
    });
    closeSync(fd);
    this.exit = null;
    const child = this.child;
    alive.add(child);
    this.exited = new Promise((resolve) => {
      child.on('error', (error) => resolve({ error }));
      child.on('exit', (code, signal) => resolve({ code, signal }));
    }).then((exit) => {
      alive.delete(child);
      if (this.child === child) this.exit = exit;
      return exit;
    });
    return this;
  }

  get pid() {
    return this.child.pid;
  }

  get running() {
    return this.child !== undefined && this.exit === null;
  }

  fullLog() {
    try {
      return readFileSync(this.logFile, 'utf8');
    } catch {
      return '';
    }
  }

  /** What it has said since it was started last. */
  log() {
    return this.fullLog().slice(this.logStart);
  }

  /** Wait until its log matches; the match is the result.  Ends at once when the program dies. */
  async waitLog(pattern, options) {
    return waitFor(`${this.name} to say ${pattern}`, () => {
      const match = this.log().match(pattern);
      if (!match) this.mustRun();
      return match;
    }, options);
  }

  mustRun() {
    if (this.running) return;
    throw fatal(`${this.name} ended (${JSON.stringify(this.exit)}):\n${this.log().slice(-3000)}`);
  }

  signal(signal) {
    if (this.running) process.kill(this.pid, signal);
  }

  /** SIGTERM; resolves to { code, signal, ms }. SIGKILL after `timeoutMs` is an error. */
  async stop({ timeoutMs = 15_000 } = {}) {
    if (!this.running) return { ...this.exit, ms: 0 };
    const begin = performance.now();
    this.signal('SIGTERM');
    const late = setTimeout(() => this.signal('SIGKILL'), timeoutMs);
    const exit = await this.exited;
    clearTimeout(late);
    const ms = performance.now() - begin;
    if (ms >= timeoutMs) throw new Error(`${this.name} had not ended ${timeoutMs} ms after SIGTERM`);
    return { ...exit, ms };
  }

  /** SIGKILL; also wakes a stopped process. */
  async kill() {
    if (!this.running) return;
    this.signal('SIGKILL');
    this.signal('SIGCONT');
    await this.exited;
  }
}

/** Run a program to its end; resolves to { code, stdout, stderr }, never rejects for its status. */
export function run(argv, { env = {}, cwd = ROOT, input = '', timeoutMs = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), { cwd, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    alive.add(child);
    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      alive.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** The same, but a status other than 0 is an error that shows what was said. */
export async function mustRun(argv, options) {
  const done = await run(argv, options);
  if (done.code !== 0)
    throw new Error(`${argv.join(' ')} ended with ${done.code ?? done.signal}:\n${done.stderr}${done.stdout}`);
  return done.stdout;
}
