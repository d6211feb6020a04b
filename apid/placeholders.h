/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* placeholders - the names a text may use: fields of every client, then attributes of files. */
#ifndef VESTNIK_APID_PLACEHOLDERS_H
#define VESTNIK_APID_PLACEHOLDERS_H

#include "apid/api.h"

#define PLACEHOLDER_FIELDS 4
#define PLACEHOLDERS_MAX   (PLACEHOLDER_FIELDS + 500)

struct placeholders {
	const char *name[PLACEHOLDERS_MAX]; /* the first PLACEHOLDER_FIELDS are fields */
	size_t count;
	struct pg_result *rows; /* owns the names of attributes */
};

bool placeholders_read(struct request *r, struct placeholders *out, struct err *err);
void placeholders_deinit(struct placeholders *p);

#endif
