// SPDX-License-Identifier: AGPL-3.0-or-later
// spool - what stands on either side of smppd in the house: accounts and batches in the database, and
// receipts in their queue.

import amqp from 'amqplib';

import { insertAccount } from './vault.mjs';
import { waitFor } from './wait.mjs';

const BATCH_STATE_WAITING = 0;
export const URGENT = 0;
export const ADVERTISING = 1;
export const SERVICE = 2;

/** Insert an account; resolves to its id.  `columns` are those of table account. */
export function putAccount(house, name, port, columns = {}, password = 'secret') {
  return insertAccount(house.db, { name, host: '127.0.0.1', port, system_id: name, reconnect_min_ms: 100, ...columns }, { password });
}

export function disableAccount(house, id) {
  return house.db.query('UPDATE account SET enabled = false, changed_at = clock_timestamp() WHERE id = $1', [id]);
}

/**
 * Insert a waiting home batch of at most 200 messages; resolves to their ids.  A message is
 * { msisdn, text, parts, encoding }: parts 1 and GSM 7-bit unless said.
 */
export async function putBatch(house, accountId, messages, {
  sender = 'INFO', lane = URGENT, messageClass = SERVICE, category = 2, validityS = 3600,
} = {}) {
  const client = await house.db.connect();
  try {
    await client.query('BEGIN');
    const { rows: [{ base }] } = await client.query('SELECT (message_base_ids(1))[1]::text AS base');
    const ids = messages.map((_, i) => (BigInt(base) + BigInt(i)).toString());
    await client.query(
      `INSERT INTO message (id, msisdn, price_micro, parts, encoding, text)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::smallint[], $6::text[])`,
      [ids, messages.map((m) => m.msisdn), messages.map(() => 0), messages.map((m) => m.parts ?? 1),
        messages.map((m) => m.encoding ?? 0), messages.map((m) => m.text)],
    );
    await client.query('INSERT INTO message_state (id) SELECT unnest($1::bigint[])', [ids]);
    await client.query(
      `INSERT INTO batch (id, account_id, state, lane, class, category, message_count, parts, sender, deadline, filtered_at, pinned)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + $10 * interval '1 s', clock_timestamp(), true)`,
      [base, accountId, BATCH_STATE_WAITING, lane, messageClass, category, messages.length,
        messages.reduce((sum, m) => sum + (m.parts ?? 1), 0), sender, validityS],
    );
    await client.query('COMMIT');
    return ids;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** { state, reason } as people see them. */
export async function fate(house, id) {
  const { rows: [row] } = await house.db.query('SELECT state, reason FROM message_view WHERE id = $1', [id]);
  return row;
}

export async function providerIds(house, id) {
  const { rows } = await house.db.query('SELECT provider_id FROM receipt_ref WHERE message_id = $1 ORDER BY part', [id]);
  return rows.map((row) => row.provider_id);
}

/** The bundle format of common/model/receipt.h. */
function decodeBundle(body) {
  if (body.toString('latin1', 0, 3) !== 'VR1') throw new Error('a receipt bundle without its magic');
  const records = [];
  let at = 5;
  const text = () => {
    const len = body[at];
    at += 1 + len;
    return body.toString('latin1', at - len, at);
  };
  for (let i = body.readUInt16BE(3); i > 0; i--) {
    const record = {
      account: body.readInt16BE(at), state: body[at + 3], stopped: body[at + 2] === 1, msisdn: Number(body.readBigInt64BE(at + 4)),
      doneMs: Number(body.readBigInt64BE(at + 12) / 1000n),
    };
    at += 28;
    record.id = text();
    record.err = text();
    records.push(record);
  }
  if (at !== body.length) throw new Error('a receipt bundle with something behind its end');
  return records;
}

/** Takes receipts from their queue in dlrd's place. */
export class Receipts {
  constructor(house) {
    this.house = house;
    this.records = [];
  }

  /** Take what comes from now on.  The queue must be there: smppd declares it with its first receipt. */
  async consume() {
    if (this.connection) return;
    const connection = await amqp.connect(this.house.brokerUrl);
    try {
      connection.on('error', () => {});
      connection.on('close', () => { if (this.connection === connection) this.connection = undefined; });
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      await channel.checkQueue('receipt');
      await channel.consume('receipt', (message) => {
        if (message === null) return;
        this.records.push(...decodeBundle(message.content));
        channel.ack(message);
      });
      this.connection = connection;
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
  }

  /** Wait until `count` receipts of the account were in the queue; resolves to them. */
  arrived(accountId, count, options) {
    return waitFor(`${count} receipts in their queue`, async () => {
      await this.consume();
      const records = this.records.filter((record) => record.account === accountId);
      return records.length >= count && records;
    }, options);
  }

  async close() {
    await this.connection?.close().catch(() => {});
  }
}
