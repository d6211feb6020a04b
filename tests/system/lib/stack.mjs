// SPDX-License-Identifier: AGPL-3.0-or-later
// stack - a house of Vestnik for one test file: own database, own virtual host, own daemons.
//
//   const house = await House.open('campaign');
//   after(() => house.close());
//   const dlrd = await house.start('dlrd');
//
// PostgreSQL and RabbitMQ are those of `make test` (scripts/stack, exported as VESTNIK_STACK), or,
// when a file is run by itself, a stack of its own in a temporary folder that goes away with it.
// Files share the servers and nothing else.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import pg from 'pg';

import { Daemon } from './daemon.mjs';
import { BIN, ROOT, Program, mustRun } from './process.mjs';
import { VAULT_KEY } from './vault.mjs';
import { waitFor } from './wait.mjs';

export { Daemon, yaml } from './daemon.mjs';
export { BIN, ROOT, Program, mustRun, run } from './process.mjs';
export { waitFor } from './wait.mjs';

const SCRIPT = path.join(ROOT, 'scripts/stack');

// bigint stays text in pg; counts and ids of the tests fit, so they become numbers where safe.
pg.types.setTypeParser(20, (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)));

/** The daemons that open or seal secrets. */
const OPENS_VAULT = new Set(['apid', 'smppd', 'httpgwd', 'crmd']);
/** The daemons that need the key of erasures. */
const KEEPS_SECRETS = new Set(['apid', 'schedulerd', 'crmd']);

/** The private servers. */
class Stack {
  static async use() {
    if (process.env.VESTNIK_STACK) return new Stack(process.env.VESTNIK_STACK, process.env, false);
    const dir = mkdtempSync(path.join(os.tmpdir(), 'vestnik-stack-'));
    process.on('exit', () => spawnSync(SCRIPT, ['destroy', dir]));
    // `postgres` must be able to walk in when the test runs as root.
    spawnSync('chmod', ['755', dir]);
    await mustRun([SCRIPT, 'start', dir]);
    const exports = await mustRun([SCRIPT, 'env', dir]);
    return new Stack(dir, Object.fromEntries(
      [...exports.matchAll(/^export (\w+)='([^']*)'$/gm)].map((m) => [m[1], m[2]]),
    ), true);
  }

  constructor(dir, env, own) {
    this.dir = dir;
    this.database = env.VESTNIK_DATABASE;
    this.broker = env.VESTNIK_BROKER;
    this.own = own;
  }

  run(...words) {
    return mustRun([SCRIPT, words[0], this.dir, ...words.slice(1)]);
  }

  databaseUrl(database, role) {
    const url = new URL(this.database);
    url.pathname = `/${database}`;
    if (role) url.username = role;
    return url.href;
  }

  brokerUrl(vhost) {
    return this.broker.replace('/%2F', `/${vhost}`);
  }
}

export class House {
  /**
   * A database with all migrations, a virtual host and a folder, all named after the test.
   *
   * @param {object} [options]
   * @param {boolean} [options.consent] advertising needs consents, as it does in a new database; most tests are about
   *   something else and switch that off
   * @param {boolean} [options.rules] hours and limits hold, as in a new database; else they are off, because tests run
   *   at night too and write to the same clients again and again
   */
  static async open(name, { consent = false, rules = false } = {}) {
    const house = new House();
    house.name = `t_${name.replace(/[^a-z0-9]+/gi, '_').toLowerCase()}_${process.pid}`;
    house.programs = [];
    house.dir = mkdtempSync(path.join(os.tmpdir(), `vestnik-${house.name}-`));
    process.on('exit', () => { if (!process.env.VESTNIK_KEEP) rmSync(house.dir, { recursive: true, force: true }); });
    mkdirSync(path.join(house.dir, 'log'));
    house.keyFile = path.join(house.dir, 'privacy.key');
    writeFileSync(house.keyFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    house.vaultFile = path.join(house.dir, 'secrets.key');
    writeFileSync(house.vaultFile, `${VAULT_KEY}\n`, { mode: 0o600 });
    house.stack = await Stack.use();
    await house.admin(`CREATE DATABASE ${house.name}`);
    house.databaseUrl = house.stack.databaseUrl(house.name);
    // Roles belong to all databases of the server, so two files cannot make them at once.
    await house.admin('SELECT pg_advisory_lock(1)', async () => {
      await house.migrate();
      await house.stack.run('roles');
    });
    await house.stack.run('vhost', house.name);
    house.brokerUrl = house.stack.brokerUrl(house.name);
    house.db = new pg.Pool({ connectionString: house.databaseUrl, max: 4 });
    // The server is killed on purpose now and then; the pool connects again by itself.
    house.db.on('error', () => {});
    if (!consent) await house.db.query('UPDATE purpose SET required = false');
    if (!rules) await house.db.query("UPDATE setting SET value = 'off' WHERE name IN ('quiet_hours', 'frequency_caps')");
    return house;
  }

  /** The database as one role sees it, e.g. for a daemon's configuration. */
  roleUrl(role) {
    return this.stack.databaseUrl(this.name, role);
  }

  /** A statement of the server's owner, and what is done while its session lasts. */
  async admin(sql, body = async () => {}) {
    const client = new pg.Client({ connectionString: this.stack.databaseUrl('postgres') });
    await client.connect();
    try {
      await client.query(sql);
      await body();
    } finally {
      await client.end();
    }
  }

  /** Run the operator's command; resolves to its stdout. */
  vestnik(...words) {
    return mustRun([path.join(BIN, 'vestnik'), ...words], { env: { VESTNIK_DATABASE: this.databaseUrl, VESTNIK_BROKER: this.brokerUrl ?? '', VESTNIK_SECRETS_KEY_FILE: this.vaultFile, VESTNIK_PRIVACY_KEY_FILE: this.keyFile } });
  }

  migrate(...words) {
    return this.vestnik('migrate', '--dir', path.join(ROOT, 'migrations'), ...words);
  }

  /** A daemon, not yet started; `config` is merged into what every daemon needs. */
  daemon(kind, { instance = '1', config = {} } = {}) {
    const daemon = new Daemon(this.dir, kind, instance, {
      instance,
      metrics: { listen: '127.0.0.1:0' },
      database: { url: this.roleUrl(`vestnik_${kind}`) },
      broker: { url: this.brokerUrl },
      ...(KEEPS_SECRETS.has(kind) ? { privacy: { key_file: this.keyFile } } : {}),
      ...(kind === 'apid' ? { providers: { dir: path.join(ROOT, 'providers') } } : {}),
      ...(OPENS_VAULT.has(kind) ? { secrets: { key_file: this.vaultFile } } : {}),
      ...config,
    });
    this.programs.push(daemon);
    return daemon;
  }

  async start(kind, options) {
    return this.daemon(kind, options).start(options);
  }

  /** Any other program (the simulator), logged into the house's folder. */
  program(name, argv, env) {
    const program = new Program(name, argv, path.join(this.dir, 'log', `${name}.log`), env);
    this.programs.push(program);
    return program;
  }

  /** One value of one row. */
  async value(sql, params) {
    const { rows } = await this.db.query(sql, params);
    return rows.length ? Object.values(rows[0])[0] : undefined;
  }

  /** What much writing leaves to be done, writing pages out and analysing them, is done: quiet is to mean quiet. */
  async settled() {
    await this.db.query('VACUUM (ANALYZE)'); // what autovacuum would come to do later, in the middle of a measurement
    await this.db.query('CHECKPOINT');
  }

  /** A build that counts its lines saves the counts when it is asked to stop, not when it is killed. */
  async end(program) {
    if (process.env.VESTNIK_BIN && program.running) {
      program.signal('SIGCONT');
      program.signal('SIGTERM');
      await waitFor(`${program.name} to end`, () => !program.running, { timeoutMs: 10_000, everyMs: 20 }).catch(() => {});
    }
    await program.kill();
  }

  /** Stop everything and remove it, also when the test failed. */
  async close() {
    await Promise.all(this.programs.map((program) => this.end(program)));
    await this.db.end();
    await this.stack.run('start');
    await this.admin(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    await this.stack.run('drop-vhost', this.name);
    if (this.stack.own) await this.stack.run('destroy');
    if (!process.env.VESTNIK_KEEP) rmSync(this.dir, { recursive: true, force: true });
  }
}
