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
