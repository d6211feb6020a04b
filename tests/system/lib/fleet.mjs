// SPDX-License-Identifier: AGPL-3.0-or-later
// fleet - a whole Vestnik for one test: simulator, account, clients, every daemon, a campaign, and the
// proof: the simulator's own log held against the database.

import assert from 'node:assert/strict';

import { Simulator } from './smscsim.mjs';
import { House, waitFor } from './stack.mjs';
import { insertAccount } from './vault.mjs';

export const KINDS = ['schedulerd', 'dispatcherd', 'smppd', 'dlrd', 'apid'];

/** Per daemon: what a test's configuration says beyond the common part. */
const CONFIG = {
  apid: { http: { listen: '127.0.0.1:0' }, web: { dir: '' } },
  schedulerd: { receipt_grace: '5s' },
};

export class Fleet {
  /**
   * @param {string} name
   * @param {object} [options]
   * @param {number} [options.clients] how many clients, numbers 79000000001 and on
   * @param {object} [options.sim] options of the simulator
   * @param {object} [options.account] columns of the account
   * @param {number} [options.copies] how many of each daemon
   * @param {string[]} [options.kinds] which daemons
   * @param {boolean} [options.consent] advertising needs consents
   * @param {object} [options.config] per daemon, merged into its configuration
   * @param {boolean} [options.rules] hours and limits hold
   */
  static async open(name, { clients = 0, sim = {}, account = {}, copies = 1, kinds = KINDS, config = {}, consent = false, rules = false } = {}) {
    const fleet = new Fleet();
    fleet.house = await House.open(name, { consent, rules });
    fleet.db = fleet.house.db;
    try {
      await fleet.startSimulator(sim);
      await fleet.addAccount('sim', account);
      if (clients > 0) await fleet.addClients(clients);
      fleet.daemons = {};
      for (const kind of kinds) {
        fleet.daemons[kind] = [];
        for (let i = 1; i <= copies; i++)
          fleet.daemons[kind].push(fleet.house.daemon(kind, { instance: String(i), config: { ...CONFIG[kind], ...config[kind] } }));
      }
      await Promise.all(fleet.all().map((daemon) => daemon.start()));
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  all() {
    return Object.values(this.daemons ?? {}).flat();
  }

  async startSimulator(options) {
    this.sim = await Simulator.start(this.house.dir, { 'receipt-delay-ms': '50-500', ...options });
    this.house.programs.push(this.sim);
  }

  /** An account at the simulator; resolves to its id. */
  async addAccount(name, columns = {}) {
    const row = {
      name, host: '127.0.0.1', port: this.sim.port, system_id: name, window_size: 200, reconnect_min_ms: 200,
      response_timeout_ms: 5000, receipt_zone_s: 10800, ...columns,
    };
    return insertAccount(this.db, row, { password: 'secret' });
  }

  async addClients(count) {
    await this.db.query(
      "INSERT INTO client (external_id, msisdn, first_name) SELECT 'c' || n, 79000000000 + n, 'Client ' || n FROM generate_series(1, $1::int) n",
      [count],
    );
    await this.db.query('ANALYZE client');
  }

  /** Launch a campaign to everybody; resolves to its id. */
  async launch(columns = {}) {
    const row = {
      name: 'test', text: 'Hello {first_name}', sender: 'Vestnik', class: 1, category: 1, validity_s: 600,
      status: 'planned', start_at: new Date(), ...columns,
    };
    const keys = Object.keys(row);
    return this.house.value(
      `INSERT INTO campaign (${keys.join(', ')}) VALUES (${keys.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
      Object.values(row),
    );
  }

  /** Give every account this rate; when this resolves, smppd keeps it (it looks for changes every few seconds). */
  async setRate(partsPerS) {
    const changes = () => this.daemons.smppd.flatMap((daemon) => daemon.log().match(/account changed/g) ?? []).length;
    const before = changes();
    await this.db.query('UPDATE account SET parts_per_s = $1, changed_at = clock_timestamp()', [partsPerS]);
    await waitFor('smppd to keep the new rate', () => changes() > before);
  }

  /** What `apid` does for pause, resume and cancel, without it. */
  async setStatus(campaign, status) {
    await this.db.query('WITH c AS (UPDATE campaign SET status = $2 WHERE id = $1) UPDATE run SET status = $2 WHERE campaign_id = $1', [campaign, status]);
  }

  counts(campaign) {
    return this.db.query(
      `SELECT r.id, r.status, r.audience, r.finished_at, sum(messages) AS messages, sum(suppressed) AS suppressed, sum(accepted) AS accepted,
              sum(unknown) AS unknown, sum(cancelled) AS cancelled, sum(failed) AS failed, sum(rejected) AS rejected,
              sum(expired) AS expired, sum(undelivered) AS undelivered, sum(delivered) AS delivered
         FROM run r LEFT JOIN run_count k ON k.run_id = r.id WHERE r.campaign_id = $1 GROUP BY r.id`,
      [campaign],
    ).then(({ rows }) => Object.fromEntries(Object.entries(rows[0] ?? {}).map(([k, v]) => [k, k === 'status' || v === null || v instanceof Date ? v : Number(v)])));
  }

  /** Wait until the run has ended; resolves to its counts. */
  async finished(campaign, timeoutMs) {
    let counts = {};
    try {
      return await waitFor(`campaign ${campaign} to finish`, async () => {
        counts = await this.counts(campaign);
        return counts.finished_at && counts;
      }, { timeoutMs, everyMs: 250 });
    } catch (error) {
      throw new Error(`${error.message}; it stands at ${JSON.stringify(counts)}`);
    }
  }

  /** Accepted parts by destination and part number. */
  async arrivals() {
    const arrivals = new Map();
    for (const submit of await this.sim.rows()) {
      if (submit.status !== 0) continue;
      const key = `${submit.destination}/${submit.seq}`;
      arrivals.set(key, (arrivals.get(key) ?? 0) + 1);
    }
    return arrivals;
  }

  /**
   * Every client of the snapshot has exactly one final fate, counts equal the ledger, nothing is
   * delivered that never arrived; advertising arrived at most once, anything else at least once and every double
   * was marked in doubt first.  Resolves to figures worth printing.
   */
  async prove(campaign, { messageClass = 1, parts = 1, mayLoseReceipts = false } = {}) {
    const counts = await this.counts(campaign);
    const { rows } = await this.db.query(
      `SELECT u.msisdn, m.n AS messages, s.n AS suppressions, m.state, m.reason, m.id FROM run r JOIN chunk c ON c.run_id = r.id
         CROSS JOIN LATERAL unnest(c.client_ids, c.msisdns) AS u(client_id, msisdn)
         LEFT JOIN (SELECT m.msisdn, count(*) AS n, max(st.state) AS state, max(st.reason) AS reason, max(m.id) AS id FROM message m
                      JOIN message_state st ON st.id = m.id JOIN batch h ON h.id = m.id & ~255::bigint
                     WHERE h.run_id = $1 GROUP BY 1) m USING (msisdn)
         LEFT JOIN (SELECT msisdn, count(*) AS n FROM suppression WHERE run_id = $1 GROUP BY 1) s USING (msisdn)
        WHERE r.id = $1`,
      [counts.id],
    );
    const arrivals = await this.arrivals();
    const doubts = new Set((await this.db.query('SELECT DISTINCT msisdn FROM doubt')).rows.map((row) => String(row.msisdn)));
    const states = {};
    let doubled = 0;

    assert.equal(rows.length, counts.audience, 'the snapshot is whole');
    for (const row of rows) {
      const times = arrivals.get(`${row.msisdn}/${parts > 1 ? 1 : 0}`) ?? 0;
      assert.equal((row.messages ?? 0) + (row.suppressions ?? 0), 1, `client ${row.msisdn} has exactly one fate`);
      if (!row.messages) continue;
      states[row.state] = (states[row.state] ?? 0) + 1;
      assert.ok(row.state >= 3, `message of ${row.msisdn} is final (${row.state})`);
      if (row.state >= 6) assert.ok(times > 0, `${row.msisdn} has a receipt, so it must have arrived`);
      if (messageClass === 1) assert.ok(times <= 1, `advertising to ${row.msisdn} arrived ${times} times`);
      else assert.ok(times >= 1 || row.state === 4, `${row.msisdn} is missing`);
      if (times > 1) {
        doubled++;
        assert.ok(doubts.has(String(row.msisdn)), `the double of ${row.msisdn} was marked in doubt`);
      }
      if (row.state === 3 && row.reason !== 10)
        assert.ok(mayLoseReceipts, `${row.msisdn} is unknown (reason ${row.reason}) although no receipt could be lost`);
    }
    const stored = (state) => states[state] ?? 0;
    assert.deepEqual(
      [counts.messages, counts.unknown, counts.cancelled, counts.failed, counts.rejected, counts.expired, counts.undelivered, counts.delivered],
      [Object.values(states).reduce((a, b) => a + b, 0), stored(3), stored(4), stored(5), stored(6), stored(7), stored(8), stored(9)],
      'counts equal the ledger',
    );
    return { audience: counts.audience, delivered: counts.delivered, unknown: counts.unknown, doubts: doubts.size, doubled };
  }

  async close() {
    await this.house.close();
  }
}
