/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vault - secrets of others that we must be able to use (passwords of accounts, keys of sources),
 * in the database only sealed; the keys are in a file.
 *
 * Each line of the file is a key: the first seals, all of them open, so a key is changed by putting
 * a new line before the others, sealing everything anew (vestnik secrets rotate) and then taking
 * the old lines out.  The file is read again when it has changed; no daemon is restarted for it.
 * When the changed file cannot be read, the keys known before go on.
 *
 * A sealed secret is one octet for the format (1), eight that name the key, and what seal.h
 * describes.  It opens only for the owner and the name it was sealed for.
 *
 * Threads: any; one vault serves all of them. */
#ifndef VESTNIK_STORE_VAULT_H
#define VESTNIK_STORE_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define VAULT_TEXT_MAX	 65536 /* octets of a secret: keys of SFTP are the long ones */
#define VAULT_SEALED_MAX (VAULT_TEXT_MAX + 64)

/* One line for --help-config of every daemon that has the setting. */
#define VAULT_KEY_HELP                                                                             \
	"file with the keys of stored secrets, one a line (openssl rand -hex 32), for this user "  \
	"alone to read; the same for all daemons, kept apart from backups of the database"

struct vault;

/* What a secret belongs to. */
struct vault_place {
	const char *owner; /* VAULT_ACCOUNT, VAULT_SOURCE or VAULT_PERSON */
	int64_t id;	   /* of the owner */
	const char *name;  /* of the secret, among those of its owner */
};
#define VAULT_ACCOUNT "account"
#define VAULT_SOURCE  "source"
#define VAULT_PERSON  "person"

/* Read the keys: up to 16 lines of at least 32 octets each.  A file that everybody may read is
 * refused.  "" is no vault: *out is NULL, and everything below says that secrets.key_file is
 * missing.  `path` is copied. */
bool vault_load(const char *path, struct vault **out, struct err *err);
void vault_free(struct vault **vault);

/* Append the sealed secret to `out`. */
bool vault_seal(struct vault *vault, const struct vault_place *place, const void *text, size_t len,
		struct buf *out, struct err *err);
/* Append the secret to `out`, which the caller wipes. */
bool vault_unseal(struct vault *vault, const struct vault_place *place, const void *sealed,
		  size_t len, struct buf *out, struct err *err);
/* Whether it is sealed with the key that seals now. */
bool vault_is_current(struct vault *vault, const void *sealed, size_t len);

#endif
