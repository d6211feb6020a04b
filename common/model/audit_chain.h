/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit_chain - the hashes that hold the audit log and the log of readings together.
 *
 * Rows of both logs stand in one order (table audit_chain).  The hash of a row is the SHA-256 of
 * the hash before it (32 octets; zeros before the first), then of its number, its log, its id and
 * each of its columns, as text with its length before it: "5:hello," and "-," for null.  So a row
 * that was changed, taken away, put in or put elsewhere makes the chain wrong at that place.
 *
 * Whoever can write everything can also make a whole new chain.  Anchors say where the chain stood,
 * signed under the key that is not in the database (privacy_key.h), and stand in schedulerd's own
 * log.  What has been kept long enough goes in whole prefixes, up to an anchor of kind "cut". */
#ifndef VESTNIK_MODEL_AUDIT_CHAIN_H
#define VESTNIK_MODEL_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/privacy_key.h"
#include "common/store/pg.h"

#define AUDIT_HASH_BYTES 32
#define AUDIT_HEX_SIZE	 65
#define AUDIT_FIELDS_MAX 16

enum audit_log { AUDIT_LOG_CHANGES = 1, AUDIT_LOG_READINGS = 2 };

/* Holds whoever goes on with the chain, for their transaction. */
#define AUDIT_LOCK "SELECT pg_try_advisory_xact_lock(7040)"

/* A text[] of what is hashed of the rows a and r, which are joined by AUDIT_JOIN to a row c that
 * has log and entry_id; null: there is no such row. */
#define AUDIT_FIELDS                                                                               \
	"CASE WHEN a.id IS NOT NULL THEN"                                                          \
	" ARRAY[(extract(epoch FROM a.at) * 1000000)::bigint::text, a.actor, a.address, a.device," \
	"       a.action, a.kind, a.object, a.changes::text]"                                      \
	" WHEN r.id IS NOT NULL THEN"                                                              \
	" ARRAY[(extract(epoch FROM r.at) * 1000000)::bigint::text, r.token_id::text,"             \
	"       r.person_id::text, r.operation, r.client_id::text, encode(r.query_digest, 'hex')," \
	"       r.people::text, r.masked::text, r.reason, r.address] END"
#define AUDIT_JOIN                                                                                 \
	" LEFT JOIN audit a ON c.log = 1 AND a.id = c.entry_id"                                    \
	" LEFT JOIN reading r ON c.log = 2 AND r.id = c.entry_id "

/* A row in its place; fields[i] NULL: null. */
struct audit_entry {
	int64_t number;
	int64_t log; /* enum audit_log */
	int64_t id;
	const char *fields[AUDIT_FIELDS_MAX];
	size_t lens[AUDIT_FIELDS_MAX];
	size_t count;
};

/* Take the column AUDIT_FIELDS; borrowed from the result.  False: there is no such row. */
bool audit_entry_fields(struct audit_entry *e, const struct pg_result *rows, size_t i, int col);
void audit_hash(const uint8_t before[AUDIT_HASH_BYTES], const struct audit_entry *e,
		uint8_t out[AUDIT_HASH_BYTES]);

struct audit_anchor {
	int64_t no; /* from 1, without a gap */
	bool cut;
	int64_t number;
	uint8_t hash[AUDIT_HASH_BYTES];
	int64_t at_us;
};

void audit_anchor_sign(const struct privacy_key *key, const struct audit_anchor *a,
		       uint8_t out[PRIVACY_HASH_BYTES]);

const char *audit_hex(const uint8_t hash[AUDIT_HASH_BYTES], char out[AUDIT_HEX_SIZE]);

#endif
