// SPDX-License-Identifier: AGPL-3.0-or-later
// What every gateway does, seen at smppd: which accounts it takes, and what it tells of them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Gateway, waitFor } from './lib/gateway.mjs';
import { Smsc } from './lib/smsc.mjs';

describe('an account and its meter', () => {
  let g;
  let smsc;
  let smppd;

  before(async () => {
    g = await Gateway.open('meter', null);
    smsc = await Smsc.listen();
  });
  after(async () => {
    await g?.close();
    await smsc?.close();
  });

  const meter = async (account) => {
    const { rows } = await g.db.query('SELECT epoch, answered, refused, slowed, timeouts, answer_ms_sum FROM account_meter WHERE account_id = $1', [account]);
    return rows[0];
  };

  test('account_meter counts answers, refusals by whose fault they are, and silence', { timeout: 60_000 }, async () => {
    const bank = smsc.account('main');
    const account = await g.account({ port: smsc.port, retry_max: 1, response_timeout_ms: 1000, window_size: 10 });
    const statuses = [0, 0x14, 0x0b, 0x64, 'silence', 0];
    let slowed = false;
    bank.onSubmit = (pdu, session) => {
      const status = statuses[Number(pdu.destination_addr) % 10];
      if (status === 'silence') return;
      if (status === 0x14 && slowed) {
        bank.accept(pdu, session);
      } else if (status) {
        slowed ||= status === 0x14;
        setTimeout(() => session.send(pdu.response({ command_status: status })), 50);
      } else {
        setTimeout(() => bank.accept(pdu, session), 50);
      }
    };
    smppd = await g.smppd();
    await g.answered(await g.batch(account, { msisdns: statuses.map((_, i) => 79160000000 + i) }));
    await waitFor('the meter to say it', async () => {
      const m = await meter(account);
      const said = m && [m.answered, m.refused, m.slowed, m.timeouts].map(Number);
      assert.deepEqual(said, [5, 1, 1, 1]);
      assert.ok(Number(m.answer_ms_sum) >= 5 * 45, `answers took ${m.answer_ms_sum} ms`);
      assert.ok(Number(m.answer_ms_sum) < 5 * 1000, `answers took ${m.answer_ms_sum} ms`);
      return true;
    });
  });

  test('a new epoch begins at nothing, and the account of another kind is nobody\'s', { timeout: 60_000 }, async () => {
    const [{ id, epoch }] = (await g.db.query("SELECT a.id, m.epoch FROM account a JOIN account_meter m ON m.account_id = a.id WHERE a.name = 'main'")).rows;
    const other = await g.house.value("INSERT INTO account (name, kind, profile) VALUES ('web', 'http', 'some') RETURNING id");
    await smppd.stop();
    smppd = await g.smppd();
    await waitFor('the next epoch in the meter', async () => {
      const m = await meter(id);
      assert.deepEqual([m.epoch, Number(m.answered), Number(m.timeouts)], [epoch + 1, 0, 0]);
      return true;
    });
    assert.equal(await g.count('SELECT count(*) FROM account_lease WHERE account_id = $1', [other]), 0);
    assert.doesNotMatch(smppd.log(), /web/);
  });
});

test('R-15: what an SMPP operator says of people who stopped us becomes a stop, by status and by error', { timeout: 60_000 }, async () => {
  const g = await Gateway.open('smppstops', null);
  const smsc = await Smsc.listen();
  try {
    const bank = smsc.account('main');
    const account = await g.account({ port: smsc.port, stop_statuses: '101 1281', stop_errors: '004 00B' });
    bank.onSubmit = (pdu, session) => {
      const status = { 1: 101, 2: 0x0b, 3: 1281 }[Number(pdu.destination_addr) % 10];
      if (status) session.send(pdu.response({ command_status: status }));
      else bank.accept(pdu, session, `id${pdu.destination_addr}`);
    };
    await g.smppd();
    await g.house.start('dlrd');
    await g.answered(await g.batch(account, { msisdns: [1, 2, 3, 4, 5].map((i) => 79167001000 + i) }));
    for (const [number, error] of [[79167001004, '00B'], [79167001005, '001']]) {
      bank.bound[0].deliver_sm({
        source_addr: String(number), destination_addr: 'Vestnik', esm_class: 4,
        short_message: `id:id${number} sub:001 dlvrd:000 submit date:2611290000 done date:2611290001 stat:REJECTD err:${error} text:`,
      });
    }
    await waitFor('both receipts', async () => (await g.count('SELECT count(*) FROM receipt')) === 2);
    await waitFor('the stops', async () => (await g.count('SELECT count(*) FROM opt_out')) === 3);
    const { rows } = await g.db.query('SELECT msisdn, scope, source, origin FROM opt_out ORDER BY msisdn');
    assert.deepEqual(rows, [79167001001, 79167001003, 79167001004].map((msisdn) => ({ msisdn, scope: 'advertising', source: 'provider', origin: 'main' })));
  } finally {
    await g.close();
    await smsc.close();
  }
});
