// SPDX-License-Identifier: AGPL-3.0-or-later
// smppd in trouble: throttling, refusals of every kind, lost answers, cut sessions, early receipts, TLS,
// wrong passwords, stores that go away.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

import { ACCEPTED, ADVERTISING, FAILED, Gateway, SERVICE, UNKNOWN, waitFor } from './lib/gateway.mjs';
import { putSecrets } from './lib/vault.mjs';

async function withGateway(name, simOptions, body) {
  const g = await Gateway.open(name, simOptions);
  try {
    await body(g);
  } finally {
    await g.close();
  }
}

const retryRows = async (g, batch) => (await g.db.query(
  `SELECT account_id, parts_mask::int AS mask, reason, extract(epoch FROM due_at - now())::float AS due_s
     FROM retry WHERE message_id = ANY ($1) ORDER BY message_id`, [batch.ids])).rows;

test('each window is kept, over several sessions', { timeout: 60_000 }, async () => {
  await withGateway('windows', { window: 7, 'latency-ms': '30' }, async (g) => {
    const account = await g.account({ window_size: 7, sessions: 4 });
    const smppd = await g.smppd();
    await g.bound(smppd, 4);
    const batch = await g.batch(account, { count: 200 });
    await g.answered(batch);
    const rows = await g.wire(batch);
    assert.equal(rows.filter((row) => row.status === 0).length, 200, 'nothing beyond the window of seven');
    assert.equal(new Set(rows.map((row) => row.session)).size, 4);
  });
});

test('throttling halves, pauses, recovers; what was refused goes again a second later and counts no try', { timeout: 60_000 }, async () => {
  await withGateway('throttle', { rate: 100 }, async (g) => {
    const account = await g.account({ retry_max: 1 });
    const smppd = await g.smppd();
    const run = await g.run();
    const batches = [];
    for (let i = 0; i < 3; i++) batches.push(await g.batch(account, { count: 100, run }));
    for (const batch of batches) await g.answered(batch, 40_000);
    const rows = await g.sim.rows();
    const refused = rows.filter((row) => row.status === 0x58).length;
    assert.ok(refused > 0 && refused < 250, `${refused} refused`);
    const taken = rows.length - refused;
    assert.equal(await g.count('SELECT count(*) FROM receipt_ref'), taken);
    assert.equal(await g.count('SELECT count(*) FROM refusal WHERE status = 88'), refused);
    assert.equal(await g.count('SELECT count(*) FROM retry WHERE parts_mask = -1 AND reason = 1088'), refused);
    assert.equal(await g.accepted(run), taken);
    assert.ok(await g.metric(smppd, 'throttled_total') >= 1);
    const gaps = rows.map((row, i) => (i ? row.ms - rows[i - 1].ms : 0));
    assert.ok(Math.max(...gaps) >= 900, 'it paused for a second');
  });
});

test('case 4: a throttled part of three: only what was refused goes again', { timeout: 60_000 }, async () => {
  await withGateway('throttle_part', {}, async (g) => {
    const account = await g.account({ window_size: 1 });
    await g.smppd();
    await g.sim.set('errors', '0x14:300');
    const batch = await g.batch(account, { count: 8, text: 'ж'.repeat(150), parts: 3, encoding: 1 });
    await g.answered(batch, 60_000);
    const rows = await g.wire(batch);
    const { rows: retries } = await g.db.query('SELECT message_id::text AS id, parts_mask::int AS mask FROM retry');
    assert.ok(retries.length > 0);
    for (const { id, mask } of retries) {
      const destination = String(batch.msisdns[batch.ids.indexOf(id)]);
      const accepted = rows.filter((row) => row.destination === destination && row.status === 0).map((row) => row.seq);
      const wanted = accepted.length === 0 ? -1 : [1, 2, 3].filter((seq) => !accepted.includes(seq)).reduce((bits, seq) => bits | 1 << (seq - 1), 0);
      assert.equal(mask, wanted, `message ${id}`);
    }
    assert.equal(await g.accepted(), 8 - retries.length);
  });
});

test('what a refusal means: retry, give up, another account, stop', { timeout: 60_000 }, async () => {
  await withGateway('refusals', {}, async (g) => {
    const account = await g.account({ retry_max: 3 });
    const other = await g.account({ price_micro: 5 }, { name: 'other' });
    const smppd = await g.smppd();

    await g.sim.set('errors', '0x08:1000');
    const later = await g.batch(account);
    await g.answered(later);
    const [row] = await retryRows(g, later);
    assert.deepEqual([row.account_id, row.mask, row.reason], [account, -1, 1008]);
    assert.ok(row.due_s > 2 && row.due_s < 5.5, `due in ${row.due_s} s`);

    await g.sim.set('errors', '0x0B:1000');
    const wrong = await g.batch(account);
    await g.answered(wrong);
    assert.deepEqual(await g.states(wrong), [{ state: FAILED, reason: 1011 }]);

    await g.sim.set('errors', '0x0A:1000');
    const elsewhere = await g.batch(account);
    await g.answered(elsewhere);
    assert.deepEqual((await retryRows(g, elsewhere)).map((r) => [r.account_id, r.mask]), [[0, -1]], 'whom the routing names');
    const pinned = await g.batch(account, { publish: false });
    await g.db.query('UPDATE batch SET pinned = true WHERE id = $1', [pinned.id]);
    await g.publish(pinned);
    await g.answered(pinned);
    assert.deepEqual(await g.states(pinned), [{ state: FAILED, reason: 1010 }]);

    // The third try is the last.
    await g.sim.set('errors', '0x08:1000');
    const again = await g.batch(account, { publish: false });
    for (const attempt of [1, 2, 3]) {
      await g.db.query('DELETE FROM retry');
      await g.db.query('UPDATE batch SET state = 1, claimed = 0, slice_from = 0, answered = 0, attempt = $2 WHERE id = $1', [again.id, attempt]);
      await g.publish(again);
      await g.answered(again);
      const [due] = await retryRows(g, again);
      if (attempt === 2) assert.ok(due.due_s > 12 && due.due_s < 15.5, `second try: due in ${due.due_s} s`);
      if (attempt === 3) assert.equal(due, undefined);
    }
    assert.deepEqual(await g.states(again), [{ state: FAILED, reason: 13 }]);

    await g.sim.set('errors', '0x15:1000');
    const bad = await g.batch(account, { count: 1 });
    await g.answered(bad);
    const [waits] = await retryRows(g, bad);
    assert.ok(waits.due_s > 50, 'again after a minute');
    await waitFor('the lease to say why', async () => /ESME_RINVSERTYP/.test(await g.house.value('SELECT stopped FROM account_lease WHERE account_id = $1 AND down_since IS NOT NULL', [account]) ?? ''));
    const untouched = await g.batch(account, { count: 2 });
    await waitFor('the ticket to stay in the queue', async () => await g.depth(`batch.${account}.bulk`) === 1);
    assert.equal((await g.wire(untouched)).length, 0);
    await g.sim.set('errors', '');
    await g.change(account, { service_type: '' });
    await g.answered(untouched);
    assert.equal(await g.refs(untouched), 2);
    await waitFor('the reason to go', async () => await g.house.value('SELECT stopped FROM account_lease WHERE account_id = $1', [account]) === null);
    assert.equal(await g.metric(smppd, 'refused_parts_total', 'main', ',action="bad"'), 1);
  });
});

for (const cls of [ADVERTISING, SERVICE]) {
  test(`lost answers: in doubt after the timeout, slots freed; class ${cls === SERVICE ? 'service' : 'advertising'}`, { timeout: 60_000 }, async () => {
    await withGateway(`lost_${cls}`, { lost: 200, receipts: 'none' }, async (g) => {
      const account = await g.account({ window_size: 4, response_timeout_ms: 300 });
      const smppd = await g.smppd();
      const batch = await g.batch(account, { count: 100, cls });
      await g.answered(batch, 40_000);
      const lost = (await g.wire(batch)).filter((row) => row.lost).length;
      assert.ok(lost > 0);
      assert.equal(await g.count('SELECT count(*) FROM doubt'), lost);
      assert.equal(await g.refs(batch), 100 - lost);
      assert.equal(await g.accepted(), 100 - lost);
      assert.equal(await g.metric(smppd, 'response_timeouts_total'), lost);
      assert.equal((await g.states(batch)).filter((s) => s.state === UNKNOWN).length, cls === ADVERTISING ? lost : 0);
      assert.equal((await retryRows(g, batch)).length, cls === SERVICE ? lost : 0);
    });
  });
}

test('case 7: late answers bring what was in doubt back', { timeout: 60_000 }, async () => {
  await withGateway('late', { 'latency-ms': '1200', receipts: 'none' }, async (g) => {
    const account = await g.account({ window_size: 100, response_timeout_ms: 500 });
    await g.smppd();
    const run = await g.run();
    const batch = await g.batch(account, { count: 50, cls: ADVERTISING, run });
    await g.answered(batch);
    await waitFor('all to be accepted after all', async () => (await g.states(batch)).every((s) => s.state === ACCEPTED));
    assert.equal(await g.refs(batch), 50);
    assert.equal(await g.accepted(run), 50);
    assert.equal(await g.count('SELECT sum(unknown) FROM run_count WHERE run_id = $1', [run]), 0);
    assert.equal(await g.count('SELECT count(*) FROM doubt WHERE outcome = 2'), 50);
  });
});

test('cut sessions: what was unanswered is in doubt, the rest goes on over a new session', { timeout: 60_000 }, async () => {
  await withGateway('cut', { 'cut-every': 70, 'latency-ms': '3', receipts: 'none' }, async (g) => {
    const account = await g.account({ window_size: 10, reconnect_min_ms: 100 });
    await g.smppd();
    const run = await g.run();
    const batch = await g.batch(account, { count: 200, cls: ADVERTISING, run });
    await waitFor('the batch to be done', async () => {
      if ((await g.batchRow(batch)).state === 0) await g.publish(batch);
      return (await g.batchRow(batch)).state === 3;
    }, { everyMs: 200, timeoutMs: 40_000 });
    const rows = await g.wire(batch);
    const doubts = await g.count('SELECT count(*) FROM doubt');
    assert.equal(new Set(rows.map((row) => row.destination)).size, rows.length, 'nobody twice');
    assert.ok(doubts > 0 && doubts <= 10 * (await g.sim.stats()).cuts, `${doubts} in doubt`);
    assert.equal(await g.refs(batch), 200 - doubts);
    assert.equal(await g.accepted(run), 200 - doubts);
  });
});

test('cases 1, 2 and 31: transmitter and receiver, early and repeated receipts, ids in two bases', { timeout: 60_000 }, async () => {
  await withGateway('receipts', { early: 500, duplicate: 200, 'id-format': 'hexdec', 'receipt-format': 'both' }, async (g) => {
    const account = await g.account({ bind_mode: 'tx_rx', id_response_base: 'hex_to_dec' });
    const smppd = await g.smppd();
    await g.bound(smppd, 2);
    assert.match(await g.sim.command('sessions'), /tx.*rx|rx.*tx/);
    await g.house.start('dlrd');
    const batch = await g.batch(account, { count: 200 });
    await g.answered(batch);
    await waitFor('all to be delivered', async () => (await g.states(batch)).every((s) => s.state === 9), { timeoutMs: 30_000 });
  });
});

test('case 14: a wrong password: told in the lease, tried again only after long; mended, it goes on', { timeout: 60_000 }, async () => {
  await withGateway('password', { password: 'right' }, async (g) => {
    const account = await g.account();
    const smppd = await g.smppd({ bound: false });
    await waitFor('the lease to say why', async () => /bind refused: ESME_RINVPASWD/.test(await g.house.value('SELECT stopped FROM account_lease') ?? ''));
    assert.match(smppd.log(), /again_in_ms=([6-9]\d{4}|\d{6})/);
    assert.doesNotMatch(smppd.log(), /secret/);
    await putSecrets(g.db, account, { password: 'right' });
    await g.change(account, { window_size: 51 });
    await g.bound(smppd);
    await waitFor('the reason to go', async () => await g.count('SELECT count(*) FROM account_lease WHERE stopped IS NOT NULL OR down_since IS NOT NULL') === 0);
  });
});

test('TLS: verified by name and authority, refused when either is wrong', { timeout: 60_000 }, async () => {
  await withGateway('tls', null, async (g) => {
    const cert = path.join(g.house.dir, 'cert.pem');
    const key = path.join(g.house.dir, 'key.pem');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
      '-days', '2', '-subj', '/CN=smsc.example', '-addext', 'subjectAltName=DNS:smsc.example'], { stdio: 'ignore' });
    const sim = await g.simulator({ 'tls-cert': cert, 'tls-key': key });
    const account = await g.account({ tls: 'on', tls_ca_file: cert, tls_server_name: 'smsc.example' }, { sim });
    const smppd = await g.smppd();
    const batch = await g.batch(account, { count: 200, text: 'ж'.repeat(200), parts: 3, encoding: 1 });
    await g.answered(batch);
    assert.equal((await g.wire(batch, sim)).length, 600);
    await g.change(account, { tls_server_name: 'other.example' });
    await smppd.waitLog(/TLS handshake: hostname mismatch/i);
    await g.change(account, { tls_server_name: 'smsc.example', tls_ca_file: null });
    await smppd.waitLog(/TLS handshake: self.signed certificate/i);
    await g.change(account, { tls: 'insecure' });
    await g.bound(smppd);
    await g.change(account, { tls: 'on', tls_ca_file: '/nowhere.pem' });
    await waitFor('the lease to say why', async () => /\/nowhere\.pem/.test(await g.house.value('SELECT stopped FROM account_lease') ?? ''));
  });
});

test('case 13: a silent operator: sessions are cut, and a batch is not held for ever', { timeout: 60_000 }, async () => {
  await withGateway('silent', {}, async (g) => {
    const account = await g.account({ window_size: 5, response_timeout_ms: 4_000, enquire_link_ms: 1_000, parts_per_s: 50 });
    const smppd = await g.smppd();
    await g.sim.set('silent', 'on');
    const batch = await g.batch(account, { count: 100 });
    await waitFor('what cannot be sent to go back', async () => {
      const row = await g.batchRow(batch);
      return row.state === 0 && row.claimed === 5;
    }, { everyMs: 50 });
    await smppd.waitLog(/no answer to enquire_link/, { timeoutMs: 40_000 });
    await waitFor('doubts', async () => await g.count('SELECT count(*) FROM doubt') === 5);
    await waitFor('the lease to say it is down', async () => await g.count('SELECT count(*) FROM account_lease WHERE down_since IS NOT NULL') === 1);
    await g.sim.set('silent', 'off');
    await g.bound(smppd);
    await g.publish(batch);
    await g.answered(batch);
  });
});

test('the broker goes away and comes back: sending goes on, receipts are asked for again, none is lost', { timeout: 120_000 }, async () => {
  await withGateway('broker', { 'receipt-delay-ms': '500' }, async (g) => {
    const account = await g.account({ parts_per_s: 40 });
    const smppd = await g.smppd();
    const batch = await g.batch(account, { count: 200 });
    // A quorum queue that is killed in the second of its birth may come back without its log.
    await waitFor('sending to be under way', async () => (await g.wire(batch)).length > 120);
    await g.house.stack.run('kill', 'rabbitmq');
    await g.answered(batch);
    assert.equal(await g.refs(batch), 200, 'a batch in hand needs no broker');
    await waitFor('receipts to be put off', async () => await g.metric(smppd, 'receipts_refused_total') > 0, { timeoutMs: 30_000 });
    await g.house.stack.run('restart-one', 'rabbitmq');
    await waitFor('the receipts to be taken', async () => await g.metric(smppd, 'receipts_total') >= 200, { timeoutMs: 60_000 });
    const later = await g.batch(account);
    await g.answered(later);
  });
});

for (const how of ['kill', 'stop']) {
  test(`the database goes away (${how}) at speed and comes back: nothing doubled, what was in hand is marked`, { timeout: 120_000 }, async () => {
    await withGateway(`db_${how}`, { 'latency-ms': '5', receipts: 'none' }, async (g) => {
      const account = await g.account({ window_size: 100 });
      const smppd = await g.smppd();
      const run = await g.run();
      const batches = [];
      for (let i = 0; i < 80; i++) batches.push(await g.batch(account, { count: 200, cls: ADVERTISING, run, publish: false }));
      for (const batch of batches) await g.publish(batch);
      await waitFor('sending to be at speed', async () => (await g.sim.stats()).submits > 2_000);
      if (how === 'kill') await g.house.stack.run('kill', 'postgres');
      else await g.db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1', ['smppd%']);
      if (how === 'kill') await g.house.stack.run('restart-one', 'postgres');
      await waitFor('all batches to be done', async () => {
        const { rows } = await g.db.query('SELECT id FROM batch WHERE state IN (0, 1)');
        for (const { id } of rows) await g.publish({ id, account, lane: 'bulk' });
        return await g.count('SELECT count(*) FROM batch WHERE state <> 3') === 0;
      }, { everyMs: 1000, timeoutMs: 60_000 });
      const rows = await g.sim.rows();
      assert.equal(new Set(rows.map((row) => row.destination)).size, rows.length, 'nobody twice');
      const doubts = await g.count('SELECT count(*) FROM doubt WHERE outcome = 0');
      const accepted = await g.count('SELECT count(DISTINCT message_id) FROM receipt_ref');
      assert.equal(await g.count('SELECT count(*) FROM receipt_ref'), accepted, 'no answer stored twice');
      assert.equal(accepted + doubts, 16_000, `${accepted} accepted, ${doubts} in doubt`);
      assert.equal(await g.accepted(run), accepted);
      assert.equal(await g.count('SELECT count(*) FROM message_state WHERE state = 3'), doubts);
      assert.equal((await smppd.stop()).code, 0);
    });
  });
}
