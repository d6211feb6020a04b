// SPDX-License-Identifier: AGPL-3.0-or-later
// gateway - smppd alone between the database, the broker and the simulator: batches are inserted as
// dispatcherd would, tickets published as schedulerd would.
//
//   const g = await Gateway.open('claims');
//   const account = await g.account();
//   await g.smppd();
//   const batch = await g.batch(account, { count: 200 });
//   await g.answered(batch);

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';

import amqp from 'amqplib';

import { Simulator } from './smscsim.mjs';
import { House, waitFor } from './stack.mjs';
import { insertAccount } from './vault.mjs';

export { waitFor } from './stack.mjs';

export const ADVERTISING = 1;
export const SERVICE = 2;
export const QUEUED = 0;
export const ACCEPTED = 2;
export const UNKNOWN = 3;
export const CANCELLED = 4;
export const FAILED = 5;

let numbers = 79000000000;

// One house for all tests of a file: opening one costs seconds.  Between tests it is emptied.
let shared;
after(() => shared?.close());

const TABLES = `account, account_secret, account_lease, campaign, run, run_count, batch, message, message_state, receipt_ref, refusal,
  receipt, parked_receipt, retry, doubt, opt_out`;

export class Gateway {
  static async open(name, simOptions = {}) {
    const g = new Gateway();
    shared ??= await House.open('smppd');
    g.house = shared;
    g.name = name;
    g.db = g.house.db;
    g.sims = [];
    if (simOptions) g.sim = await g.simulator(simOptions);
    return g;
  }

  async close() {
    await this.amqp?.close().catch(() => {});
    await Promise.all([...this.sims, ...this.house.programs.splice(0)].map((program) => program.kill()));
    await this.house.stack.run('start');
    await waitFor('the tables to be empty', () => this.db.query(`TRUNCATE ${TABLES} CASCADE`));
  }

  async simulator(options = {}, name = `sim${this.sims.length + 1}`) {
    const dir = path.join(this.house.dir, `${this.name}-${name}`);
    mkdirSync(dir);
    const sim = await Simulator.start(dir, { 'receipt-delay-ms': '20', ...options }, { name });
    this.sims.push(sim);
    return sim;
  }

  /** An account at a simulator; resolves to its id. */
  async account(columns = {}, { name = 'main', password = 'secret', sim = this.sim } = {}) {
    const row = {
      name, host: '127.0.0.1', port: sim?.port ?? 1, system_id: name, window_size: 50, reconnect_min_ms: 200,
      response_timeout_ms: 5000, bind_timeout_ms: 10_000, ...columns,
    };
    return insertAccount(this.db, row, { password });
  }

  change(account, columns) {
    const keys = Object.keys(columns);
    return this.db.query(
      `UPDATE account SET ${keys.map((key, i) => `${key} = $${i + 2}`).join(', ')}, changed_at = clock_timestamp() WHERE id = $1`,
      [account, ...Object.values(columns)],
    );
  }

  /** A smppd; `bound`: wait until it can send. */
  async smppd({ instance = '1', config = {}, bound = true } = {}) {
    const daemon = await this.house.start('smppd', { instance, config });
    if (bound) await this.bound(daemon);
    return daemon;
  }

  async bound(daemon, sessions = 1, name = 'main') {
    await waitFor(`${sessions} sessions of ${name} to be bound`, async () => {
      daemon.mustRun();
      return (await daemon.metrics())[`vestnik_smppd_sessions_bound{account="${name}"}`] >= sessions;
    });
  }

  async metric(daemon, name, account = 'main', more = '') {
    return (await daemon.metrics())[`vestnik_smppd_${name}{account="${account}"${more}}`] ?? 0;
  }

  /** A running run; resolves to its id. */
  async run({ validityS = 3600 } = {}) {
    return this.house.value(
      `WITH c AS (INSERT INTO campaign (name, text, sender, class, category, status)
                  VALUES ('test', 'Hello', 'Vestnik', 1, 1, 'running') RETURNING id)
       INSERT INTO run (campaign_id, status, deadline) SELECT id, 'running', now() + $1 * interval '1 s' FROM c RETURNING id`,
      [validityS],
    );
  }

  setRun(run, status) {
    return this.db.query('UPDATE run SET status = $2 WHERE id = $1', [run, status]);
  }

  /** Insert a batch and (unless publish is false) its ticket; resolves to { id, ids, msisdns }. */
  async batch(account, {
    count = 1, text = 'Hello', parts = 1, encoding = 0, cls = SERVICE, category = 2, lane = 'bulk', run = null, sender = 'Vestnik',
    validityS = 3600, publish = true, msisdns,
  } = {}) {
    const to = msisdns ?? Array.from({ length: count }, () => { numbers += 1; return numbers; });
    const texts = Array.isArray(text) ? text : to.map(() => text);
    const { rows: [{ id }] } = await this.db.query('SELECT (message_base_ids(1))[1]::text AS id');
    const base = BigInt(id);
    const ids = to.map((_, i) => String(base + BigInt(i)));
    await this.db.query(
      `INSERT INTO message (id, msisdn, price_micro, parts, encoding, text)
       SELECT u.id, u.msisdn, 0, $4, $5, u.text FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS u(id, msisdn, text)`,
      [ids, to, texts, parts, encoding],
    );
    await this.db.query('INSERT INTO message_state (id) SELECT unnest($1::bigint[])', [ids]);
    await this.db.query(
      `INSERT INTO batch (id, run_id, account_id, state, lane, class, category, message_count, parts, sender, deadline, filtered_at, published_at, publish_count)
       VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 s', now(), now(), 1)`,
      [id, run, account, lane === 'urgent' ? 0 : 1, cls, category, to.length, to.length * parts, sender, validityS],
    );
    const batch = { id, ids, msisdns: to, account, lane };
    if (publish) await this.publish(batch);
    return batch;
  }

  async channel() {
    if (!this.amqp) {
      this.amqp = await amqp.connect(this.house.brokerUrl);
      this.amqp.on('error', () => {});
      this.amqp.on('close', () => { this.amqp = undefined; this.channelOpen = undefined; });
      this.channelOpen = await this.amqp.createConfirmChannel();
      this.channelOpen.on('error', () => {});
    }
    return this.channelOpen;
  }

  /** A ticket for it, as often as wanted. */
  async publish({ id, account, lane }) {
    const channel = await this.channel();
    const queue = `batch.${account}.${lane}`;
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    // A queue that is being declared by two at once may refuse what comes in its first moment.
    await waitFor('the broker to take a ticket', () => new Promise((resolve, reject) => {
      channel.sendToQueue(queue, Buffer.from(`batch ${id}`), { persistent: true }, (error) => (error ? reject(error) : resolve(true)));
    }));
  }

  async depth(queue) {
    return (await (await this.channel()).checkQueue(queue)).messageCount;
  }

  async batchRow({ id }) {
    const { rows } = await this.db.query('SELECT state, claimed, answered, message_count, epoch FROM batch WHERE id = $1', [id]);
    return rows[0];
  }

  /** Wait until every position of it is settled. */
  async answered(batch, timeoutMs = 20_000) {
    await waitFor(`batch ${batch.id} to be answered`, async () => {
      const row = await this.batchRow(batch);
      if (row.state === 3) return true;
      throw new Error(JSON.stringify(row));
    }, { timeoutMs });
  }

  async count(sql, params) {
    return Number(await this.house.value(sql, params));
  }

  refs(batch) {
    return this.count('SELECT count(*) FROM receipt_ref WHERE message_id = ANY ($1)', [batch.ids]);
  }

  /** States of its messages in order. */
  async states(batch) {
    const { rows } = await this.db.query('SELECT state, reason FROM message_state WHERE id = ANY ($1) ORDER BY id', [batch.ids]);
    return rows;
  }

  accepted(run = null) {
    return this.count('SELECT coalesce(sum(accepted), 0) FROM run_count WHERE run_id = $1', [run ?? 0]);
  }

  /** What the simulator saw of these numbers. */
  async wire(batch, sim = this.sim) {
    const wanted = new Set(batch.msisdns.map(String));
    return (await sim.rows()).filter((row) => wanted.has(row.destination));
  }
}
