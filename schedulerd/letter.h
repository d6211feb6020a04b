/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* letter - what a notice says by mail, in its reader's language.
 *
 * Nothing about clients stands in one: names of campaigns, departments and colleagues, numbers of
 * clients and sums. */
#ifndef VESTNIK_SCHEDULERD_LETTER_H
#define VESTNIK_SCHEDULERD_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

struct letter {
	int64_t id; /* of the notice: the same one is known again when it comes twice */
	const char *from, *to;
	const char *kind;
	bool russian;
	int64_t created_at_us;
	const char *web; /* address of the pages, "" when nobody has set it */
	/* What the kind speaks of; "" or 0 for what it does not. */
	int64_t campaign_id;
	const char *campaign, *department, *month, *person, *reason;
	int64_t percent, clients, ceiling_micro;
};

#define LETTER_BYTES_MAX (64u * 1024)
/* Append head and body; false: the kind is not known, or it does not fit. */
bool letter_write(const struct letter *letter, struct buf *out);

#endif
