// SPDX-License-Identifier: AGPL-3.0-or-later
// vault - seals secrets as common/store/vault.c does, for tests that put them into the database themselves.

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** The key of every house; its file is house.vaultFile. */
export const VAULT_KEY = 'the key of tests, which seals no secret that is one';

const derived = (key, use) => createHmac('sha256', key).update(use).digest();

/** What `owner` ('account' or 'source') number `id` keeps under `name`, as the column `sealed` holds it. */
export function sealed(owner, id, name, text, key = VAULT_KEY) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', derived(key, 'vestnik-vault-seal'), nonce);
  cipher.setAAD(Buffer.from(`${owner}/${id}/${name}`));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([1]), derived(key, 'vestnik-vault-id').subarray(0, 8), nonce, body, cipher.getAuthTag()]);
}

/** The secret again. */
export function unsealed(owner, id, name, bytes, key = VAULT_KEY) {
  const decipher = createDecipheriv('aes-256-gcm', derived(key, 'vestnik-vault-seal'), bytes.subarray(9, 21));
  decipher.setAAD(Buffer.from(`${owner}/${id}/${name}`));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(21, -16)), decipher.final()]).toString('utf8');
}

/** Set secrets of an account, { password: 'x' } for one of SMPP; gateways take them up with the account's next change. */
export async function putSecrets(db, accountId, secrets) {
  for (const [name, text] of Object.entries(secrets)) {
    await db.query(
      `INSERT INTO account_secret (account_id, name, sealed) VALUES ($1, $2, $3)
       ON CONFLICT (account_id, name) DO UPDATE SET sealed = excluded.sealed, changed_at = clock_timestamp()`,
      [accountId, name, sealed('account', accountId, name, text)],
    );
  }
}

/** Insert an account with its secrets, at once: a gateway may look between two statements.  Resolves to its id. */
export async function insertAccount(db, columns, secrets) {
  const { rows: [{ id }] } = await db.query("SELECT nextval(pg_get_serial_sequence('account', 'id'))::int AS id");
  const keys = Object.keys(columns);
  const names = Object.keys(secrets);
  await db.query(
    `WITH a AS (INSERT INTO account (id, ${keys.join(', ')}) OVERRIDING SYSTEM VALUE
                VALUES ($1, ${keys.map((_, i) => `$${i + 4}`).join(', ')}) RETURNING id)
     INSERT INTO account_secret (account_id, name, sealed)
     SELECT a.id, u.name, u.sealed FROM a, unnest($2::text[], $3::bytea[]) AS u(name, sealed)`,
    [id, names, names.map((name) => sealed('account', id, name, secrets[name])), ...Object.values(columns)],
  );
  return id;
}
