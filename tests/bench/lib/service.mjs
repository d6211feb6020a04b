// SPDX-License-Identifier: AGPL-3.0-or-later
// service - a Vestnik to measure: one of each daemon, the simulator, and clients imported by the API.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';

import { Http } from '../../system/lib/http.mjs';
import { csv } from '../../system/lib/clients.mjs';
import { Simulator } from '../../system/lib/smscsim.mjs';
import { ROOT } from '../../system/lib/process.mjs';
import { House, waitFor } from '../../system/lib/stack.mjs';
import { insertAccount } from '../../system/lib/vault.mjs';

export const DAEMONS = ['apid', 'schedulerd', 'dispatcherd', 'smppd', 'dlrd'];
const CONFIG = { apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } }, dispatcherd: { lanes: 'bulk' } };
const FATES = ['unknown', 'cancelled', 'failed', 'rejected', 'expired', 'undelivered', 'delivered'];

/** What every peer gets: quick answers, receipts a tenth of a second later. */
export const SIMULATOR = { 'receipt-delay-ms': 100, 'deliver-window': 500 };
export const WINDOW = 500;
/** Processes for urgent chunks: one does about 200 a second on a busy machine. */
const URGENT = 3;

export class Service {
  static async open(name) {
    const service = new Service();
    service.house = await House.open(name);
    const { house } = service;
    service.simulator = await Simulator.start(house.dir, SIMULATOR);
    house.programs.push(service.simulator);
    await service.addAccount();
    service.daemons = {};
    for (const kind of DAEMONS)
      service.daemons[kind] = await house.start(kind, { config: CONFIG[kind] ?? {} });
    // As an operator is told to: urgent chunks have processes of their own.
    for (let i = 1; i <= URGENT; i++)
      service.daemons[`dispatcherd-urgent${i}`] = await house.start('dispatcherd', { instance: `urgent${i}`, config: { lanes: 'urgent' } });
    const port = (await service.daemons.apid.waitLog(/api listening.*\bport=(\d+)/))[1];
    service.api = new Http(`http://127.0.0.1:${port}`, (await house.vestnik('token', 'create', 'bench')).trim());
    return service;
  }

  async addAccount() {
    await insertAccount(this.house.db, {
      name: 'sim', host: '127.0.0.1', port: this.simulator.port, system_id: 'bench', window_size: WINDOW, reconnect_min_ms: 200,
    }, { password: 'bench' });
  }

  /** Process families to watch: the daemons, the simulator and the two servers. */
  roots() {
    const server = (name) => Number(readFileSync(path.join(this.house.stack.dir, 'pid', name), 'utf8').split(' ')[0]);
    return {
      ...Object.fromEntries(Object.entries(this.daemons).map(([name, daemon]) => [name, daemon.pid])),
      postgres: server('postgres'),
      rabbitmq: server('rabbitmq'),
      smscsim: this.simulator.pid,
    };
  }

  /** Everybody has agreed to advertising, which from now on is required. */
  async agree() {
    await this.house.db.query(
      `WITH t AS (INSERT INTO consent_text (purpose_id, version, text, digest, published_by)
                  SELECT id, 1, 'yes', sha256('yes'), 'bench' FROM purpose WHERE code = 'marketing' RETURNING purpose_id, id, digest),
            e AS (INSERT INTO consent_event (kind, subject, client_id, msisdn, purpose_id, channel, text_id, text_digest, form, at, expires_at, source, origin, identity, entered_by)
                  SELECT 'given', c.id, c.id, c.msisdn, t.purpose_id, 'sms', t.id, t.digest, 'form', now(), now() + interval '1 year', 'bench', 'ip', 'none', 'bench'
                    FROM t, client c RETURNING *)
       INSERT INTO consent (msisdn, purpose_id, channel, client_id, state, event_id, at, valid_to)
       SELECT msisdn, purpose_id, channel, client_id, 1, id, at, expires_at FROM e`);
    await this.house.db.query("UPDATE purpose SET required = true WHERE code = 'marketing'");
    await this.house.db.query('ANALYZE consent');
  }

  /** Import `count` clients; resolves to the seconds it took. */
  async importClients(count) {
    const begin = performance.now();
    await this.api.importClients(csv(count));
    return (performance.now() - begin) / 1000;
  }

  /** Launch a campaign to everybody; resolves to { id, launchedAt } (performance clock). */
  async launch(text) {
    const campaign = await this.api.call('POST', '/v1/campaigns', {
      name: 'bench', text, sender: 'Vestnik', class: 'advertising', category: 'advertising',
    });
    const launchedAt = performance.now();
    await this.api.call('POST', `/v1/campaigns/${campaign.id}/launch`);
    return { id: campaign.id, launchedAt };
  }

  async counts(campaign) {
    const { rows } = await this.house.db.query(
      `SELECT max(r.audience) AS audience, bool_or(r.snapshot_at IS NOT NULL) AS snapshot, sum(suppressed) AS suppressed,
              ${FATES.map((fate) => `sum(${fate}) AS ${fate}`).join(', ')}
         FROM run r LEFT JOIN run_count k ON k.run_id = r.id WHERE r.campaign_id = $1`, [campaign]);
    return Object.fromEntries(Object.entries(rows[0]).map(([key, value]) => [key, key === 'snapshot' ? value : Number(value ?? 0)]));
  }

  /** Where a campaign stands that does not go on: what holds its work, and what the stores and daemons are doing. */
  async standing(campaign) {
    const asked = {
      chunks: 'SELECT k.state, k.taken, count(*), min(k.published_at) AS oldest FROM chunk k JOIN run r ON r.id = k.run_id WHERE r.campaign_id = $1 GROUP BY 1, 2',
      batches: `SELECT b.state, b.publish_count, count(*), sum(b.message_count - b.claimed) AS unclaimed, sum(b.claimed - b.answered) AS unanswered
                  FROM batch b JOIN run r ON r.id = b.run_id WHERE r.campaign_id = $1 GROUP BY 1, 2`,
      accepted: 'SELECT sum(k.accepted) AS accepted FROM run_count k JOIN run r ON r.id = k.run_id WHERE r.campaign_id = $1',
      parked: 'SELECT count(*), max(tries) AS tries FROM parked_receipt WHERE $1 <> 0',
      lease: 'SELECT epoch, until - clock_timestamp() AS left, down_since, stopped FROM account_lease WHERE $1 <> 0',
      busy: `SELECT usename, state, wait_event_type, wait_event, clock_timestamp() - query_start AS since, left(query, 200) AS query
               FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND $1 <> 0`,
    };
    const found = {};
    for (const [name, sql] of Object.entries(asked)) found[name] = (await this.house.db.query(sql, [campaign])).rows;
    found.queues = execFileSync(path.join(ROOT, 'scripts/stack'), ['rabbitmqctl', this.house.stack.dir, '-q', 'list_queues',
      '-p', this.house.name, 'name', 'messages_ready', 'messages_unacknowledged', 'consumers'], { encoding: 'utf8' }).split('\n');
    found.dead = Object.values(this.daemons).filter((daemon) => !daemon.running).map((daemon) => daemon.name);
    found.logs = Object.values(this.daemons).map((daemon) => `${daemon.name}: ${daemon.log().trimEnd().split('\n').slice(-5).join('\n  ')}`);
    return found;
  }

  /** Wait until every message of the campaign has its fate stored; resolves to seconds and counts. */
  async finished({ id, launchedAt }) {
    let counts;
    let best = -1;
    let bestAt = performance.now();
    await waitFor(`campaign ${id} to be delivered`, async () => {
      counts = await this.counts(id);
      const done = counts.suppressed + FATES.reduce((sum, fate) => sum + counts[fate], 0);
      if (done > best) [best, bestAt] = [done, performance.now()];
      if (performance.now() - bestAt > 60_000)
        throw Object.assign(new Error(`the campaign stands still at ${JSON.stringify(counts)}: ${inspect(await this.standing(id), { depth: 4 })}`), { fatal: true });
      return counts.snapshot && counts.audience > 0 && done >= counts.audience;
    }, { timeoutMs: 7_200_000, everyMs: 50 });
    return { seconds: (performance.now() - launchedAt) / 1000, counts };
  }

  async close() {
    this.api?.close();
    await this.house.close();
  }
}
