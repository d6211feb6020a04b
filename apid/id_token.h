/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* id_token - who somebody is, as an OpenID Connect provider signs it (OpenID Connect Core 1.0,
 * 3.1.3.7).
 *
 * Signatures are RS256 or ES256 with a key of the provider's set that is meant for it: "none" and
 * anything with a shared secret are refused before a key is looked at.  No I/O. */
#ifndef VESTNIK_APID_ID_TOKEN_H
#define VESTNIK_APID_ID_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define ID_TOKEN_BYTES_MAX  (64 * 1024)
#define ID_TOKEN_GROUPS_MAX 500

struct id_token_wanted {
	const char *issuer, *client_id, *nonce;
	const char *login_claim, *name_claim, *groups_claim;
	int64_t now_s;
};

struct id_token {
	char *subject;
	char *login, *name; /* NULL: not said */
	char **groups;
	size_t group_count;
};

enum id_token_end {
	ID_TOKEN_GOOD,
	ID_TOKEN_KEY_UNKNOWN, /* it names a key that is not in the set, which may be old */
	ID_TOKEN_BAD,	      /* err says why; nothing of the token is in it */
};

/* `keys` is a JWK set.  *out is the caller's to free when the token is good. */
enum id_token_end id_token_read(const char *token, const char *keys,
				const struct id_token_wanted *wanted, struct id_token *out,
				struct err *err);
void id_token_free(struct id_token *t); /* what it holds */

#endif
