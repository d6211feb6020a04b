/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering - what `vestnik numbering` stores: versions of the register, and ported numbers. */
#ifndef VESTNIK_CLI_NUMBERING_H
#define VESTNIK_CLI_NUMBERING_H

#include "cli/registry.h"
#include "common/store/pg.h"

struct numbering_options {
	bool dry_run; /* show what would change and store nothing */
	bool force;   /* also when the size differs much from what is stored */
};

/* Store a checked register as a new version and put it into force, in one transaction; prints how
 * it differs from the version before.  A register in which nothing differs makes no version. */
bool numbering_load(struct pg *pg, const struct registry *r,
		    const struct numbering_options *options, struct err *err);

/* Make the file's numbers the ported ones, in one transaction; numbers of other sources stay, but
 * the file wins where both know a number.  Rows are number;operator, with more columns if it likes.
 */
bool ported_load(struct pg *pg, const char *path, const struct numbering_options *options,
		 struct err *err);

/* Names of the version that nobody has taught us, with how many numbers bear them; to stdout. */
bool numbering_print_unmapped(struct pg *pg, int64_t version, struct err *err);

/* Refuse when `now` is not within a fifth of `before`; `what` names both ("ranges"). */
bool numbering_size_plausible(int64_t before, int64_t now, const char *what, bool force,
			      struct err *err);

#endif
