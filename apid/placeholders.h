/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* placeholders - the names a text may use: fields of every client under their code and their
 * Russian name, then attributes. */
#ifndef VESTNIK_APID_PLACEHOLDERS_H
#define VESTNIK_APID_PLACEHOLDERS_H

#include "apid/api.h"
#include "common/model/client_field.h"

#define PLACEHOLDER_FIELDS (CLIENT_COLUMNS - 1) /* all but the phone */
#define PLACEHOLDERS_MAX   (2 * PLACEHOLDER_FIELDS + 500)

struct placeholders {
	/* Codes of the fields, their Russian names in the same order, attributes. */
	const char *name[PLACEHOLDERS_MAX];
	size_t count;
	struct pg_result *rows; /* name and type of each attribute; owns the names */
};

bool placeholders_read(struct request *r, struct placeholders *out, struct err *err);
void placeholders_deinit(struct placeholders *p);

#endif
