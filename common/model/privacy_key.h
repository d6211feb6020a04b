/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_key - the key that is not in the database: what of an erased person must stay is kept
 * under it.
 *
 * From the one secret in a file keys are derived for three uses: hashes of numbers (so that a stop
 * survives its number), seals (so that an act can name whom the database cannot), signatures of
 * acts.  Threads: any, once loaded. */
#ifndef VESTNIK_MODEL_PRIVACY_KEY_H
#define VESTNIK_MODEL_PRIVACY_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define PRIVACY_HASH_BYTES 32
#define PRIVACY_ID_BYTES   8
#define PRIVACY_SEALED_MAX 65536

/* One line for --help-config of every daemon that has the setting. */
#define PRIVACY_KEY_HELP                                                                           \
	"file with the secret of erasures (openssl rand -hex 32), for this user alone to read; "   \
	"the same for all daemons, kept apart from backups of the database"

struct privacy_key;

/* Read the secret: 32 to 4096 octets, a line feed at the end not counted.  A file that others may
 * read is refused.  "" is no key: *out is NULL. */
bool privacy_key_load(const char *path, struct privacy_key **out, struct err *err);
void privacy_key_free(struct privacy_key **key);

/* Names the key without telling it; PRIVACY_ID_BYTES octets. */
const uint8_t *privacy_key_id(const struct privacy_key *key);
/* HMAC-SHA-256 of a number. */
void privacy_hash_number(const struct privacy_key *key, int64_t msisdn,
			 uint8_t out[PRIVACY_HASH_BYTES]);
/* HMAC-SHA-256 of a digest. */
void privacy_sign(const struct privacy_key *key, const uint8_t digest[PRIVACY_HASH_BYTES],
		  uint8_t out[PRIVACY_HASH_BYTES]);

/* AES-256-GCM; appends nonce, text and tag to `out`. */
bool privacy_seal(const struct privacy_key *key, const void *text, size_t len, struct buf *out,
		  struct err *err);
/* Appends the text.  ERR_INPUT: sealed with another key, or changed since. */
bool privacy_unseal(const struct privacy_key *key, const void *sealed, size_t len, struct buf *out,
		    struct err *err);

#endif
