/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* token - API tokens: `vst_` and 43 characters of base64url that say 32 random bytes.
 *
 * Only the SHA-256 of the whole token, prefix included, is stored (token.secret_hash). */
#ifndef VESTNIK_STORE_TOKEN_H
#define VESTNIK_STORE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_LEN = 47, TOKEN_HASH_SIZE = 32 };

/* A new token; false when the system has no randomness to give. */
bool token_new(char out[TOKEN_LEN + 1]);
/* Does `text` have the form of a token?  What has not need not be looked up. */
bool token_wellformed(const char *text, size_t len);
void token_hash(const char *token, size_t len, uint8_t out[TOKEN_HASH_SIZE]);

#endif
