/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pack - a ZIP of proof: files, and a manifest that names each with its length and SHA-256.
 *
 * The digest of a pack is that of its manifest, so one line of hex stands for every octet of every
 * file.  pack_verify() needs nothing but the file, which may come from a stranger: it is read in
 * pieces, within the limits below, and read twice, along its entries and along its directory, so
 * that no program unpacks anything else than what was verified. */
#ifndef VESTNIK_MODEL_PACK_H
#define VESTNIK_MODEL_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define PACK_FILES_MAX	    500 /* beside the manifest */
#define PACK_FILE_BYTES_MAX (16u << 20)
#define PACK_BYTES_MAX	    (256u << 20) /* of all files, unpacked */
#define PACK_NAME_MAX	    100
#define PACK_DIGEST_BYTES   32
#define PACK_HEX_SIZE	    (2 * PACK_DIGEST_BYTES + 1)
#define PACK_MANIFEST	    "manifest.json"

/* What a pack says of itself, in its manifest. */
struct pack_about {
	int64_t complaint_id;
	int64_t made_at_us;
	const char *made_by; /* "person 7" */
	const char *system;  /* the information system's name */
};

struct pack_sum {
	size_t files; /* with the manifest */
	uint64_t bytes;
	uint8_t digest[PACK_DIGEST_BYTES];
};

/* --- writing -------------------------------------------------------------------------------------
 */

struct pack_writer;

/* Into an empty file that can be written; fd stays the caller's. */
bool pack_begin(int fd, int64_t made_at_us, struct pack_writer **out, struct err *err);
/* ERR_LIMIT: the pack would be larger than a pack may be.  Names are small Latin letters, digits
 * and
 * "-_.", in one folder at most; another one or one that was added is a caller's bug. */
bool pack_add(struct pack_writer *w, const char *name, const void *data, size_t len,
	      struct err *err);
/* Add the manifest and end the file.  The writer is gone afterwards, also on failure. */
bool pack_end(struct pack_writer **w, const struct pack_about *about, struct pack_sum *out,
	      struct err *err);
void pack_abort(struct pack_writer **w); /* NULL inside is fine */

/* --- reading -------------------------------------------------------------------------------------
 */

struct pack_report {
	int64_t complaint_id;
	int64_t made_at_us;
	struct pack_sum sum;
};

/* Whether a regular file is a pack and every file in it is what the manifest says, with none extra
 * and none missing.  The err names the first that is not. */
bool pack_verify(int fd, struct pack_report *out, struct err *err);

const char *pack_hex(const uint8_t digest[PACK_DIGEST_BYTES], char out[PACK_HEX_SIZE]);
/* Whether a file in a pack may have this name. */
bool pack_name_is_valid(const char *name);

#endif
