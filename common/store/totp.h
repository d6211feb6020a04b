/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* totp - codes that change every half minute (RFC 6238: SHA-1, six digits, 30 s), as every
 * authenticator on a phone has them.
 *
 * A secret is 20 random bytes, written in Base32.  Threads: any. */
#ifndef VESTNIK_STORE_TOTP_H
#define VESTNIK_STORE_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

#define TOTP_SECRET_SIZE 33 /* of the text, with its NUL */

/* Random bytes in Base32 without padding: `chars`, a multiple of 8, and a NUL. */
void base32_random(char *out, size_t chars);

/* A new secret. */
void totp_secret_new(char out[TOTP_SECRET_SIZE]);
/* The step (of 30 s since 1970) whose code this is, of the one of `now_s`, the one before and the
 * one after: clocks of phones are not exact.  0: of none.  Whichever it is takes the same time. */
int64_t totp_step(const char *secret, const char *code, int64_t now_s);
/* What an authenticator reads from a picture.  The login needs no escaping but of @. */
bool totp_uri(const char *secret, const char *login, struct buf *out);

#endif
