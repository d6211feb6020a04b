// SPDX-License-Identifier: AGPL-3.0-or-later
// waiting - messages that wait for one account, as dispatcherd and schedulerd leave them, with their tickets.

import amqp from 'amqplib';

export const BATCH = 200;

/** Messages of a run in published batches, as dispatcherd and schedulerd leave them; resolves to the batch ids. */
export async function fill(db, account, count) {
  const batches = Math.ceil(count / BATCH);
  const run = (await db.query(
    `WITH c AS (INSERT INTO campaign (name, text, sender, class, category, status)
                VALUES ('bench', 'Hello', 'Vestnik', 1, 1, 'running') RETURNING id)
     INSERT INTO run (campaign_id, status, deadline) SELECT id, 'running', now() + interval '1 day' FROM c RETURNING id`)).rows[0].id;
  const { rows } = await db.query('SELECT unnest(message_base_ids($1))::text AS id', [batches]);
  const ids = rows.map((row) => row.id);
  await db.query(
    `INSERT INTO message (id, msisdn, price_micro, parts, encoding, text)
     SELECT b.id + n, 79000000000 + (b.ord - 1) * $2 + n, 0, 1, 0, 'Vash zakaz gotov, zhdem vas do 21:00'
       FROM unnest($1::bigint[]) WITH ORDINALITY AS b(id, ord), generate_series(0, $2::int - 1) n`, [ids, BATCH]);
  await db.query('INSERT INTO message_state (id) SELECT b.id + n FROM unnest($1::bigint[]) AS b(id), generate_series(0, $2::int - 1) n', [ids, BATCH]);
  await db.query(
    `INSERT INTO batch (id, run_id, account_id, state, lane, class, category, message_count, parts, sender, deadline, filtered_at,
                        published_at, publish_count)
     SELECT id, $2, $3, 1, 1, 1, 1, $4::int, $4::int, 'Vestnik', now() + interval '1 day', now(), now(), 1 FROM unnest($1::bigint[]) AS b(id)`,
    [ids, run, account, BATCH]);
  await db.query('ANALYZE message, message_state, batch');
  return { ids, run };
}

/** Tickets for these batches, as schedulerd publishes them. */
export async function tickets(url, account, ids) {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const queue = `batch.${account}.bulk`;
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const id of ids) channel.sendToQueue(queue, Buffer.from(`batch ${id}`), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}
