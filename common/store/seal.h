/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* seal - small texts encrypted so that a change is noticed: AES-256-GCM (NIST SP 800-38D), and the
 * files their keys come from.
 *
 * A sealed text is a random nonce of 12 octets, as many octets as the text has, and a tag of 16.
 * What `about` says is not in it and must be the same at both ends, so a sealed text moved to
 * another place opens nowhere.  Threads: any. */
#ifndef VESTNIK_STORE_SEAL_H
#define VESTNIK_STORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define SEAL_KEY_BYTES	  32
#define SEAL_EXTRA_BYTES  28 /* a sealed text is so much longer */
#define KEY_FILE_TEXT_MIN 32
#define KEY_FILE_TEXT_MAX 4096

/* HMAC-SHA-256 of `use` under `secret`: a key for one use alone. */
void seal_derive(const void *secret, size_t len, const char *use, uint8_t out[SEAL_KEY_BYTES]);

/* Append the sealed text to `out`.  ERR_LIMIT: there is no room for it. */
bool seal_close(const uint8_t key[SEAL_KEY_BYTES], const char *about, const void *text, size_t len,
		struct buf *out, struct err *err);
/* Append the text to `out`.  ERR_INPUT: another key, about something else, or changed since. */
bool seal_open(const uint8_t key[SEAL_KEY_BYTES], const char *about, const void *sealed, size_t len,
	       struct buf *out, struct err *err);

/* Read a file of KEY_FILE_TEXT_MIN to KEY_FILE_TEXT_MAX octets, line feeds at the end not counted,
 * with a NUL behind them.  One that everybody may read is refused.  `out` is the caller's to wipe.
 */
bool key_file_read(const char *path, char out[KEY_FILE_TEXT_MAX + 1], size_t *len_out,
		   struct err *err);

#endif
