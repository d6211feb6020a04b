/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* placeholders - the names a text may use: fields of every client under their code and their
 * Russian name, then own columns of the list it goes to, then attributes. */
#ifndef VESTNIK_APID_PLACEHOLDERS_H
#define VESTNIK_APID_PLACEHOLDERS_H

#include "apid/api.h"
#include "common/model/client_field.h"

#define PLACEHOLDER_FIELDS (CLIENT_COLUMNS - 1) /* all but the phone */
#define PLACEHOLDERS_MAX   (2 * PLACEHOLDER_FIELDS + 500 + LIST_COLUMNS_MAX)

struct placeholders {
	/* Codes of the fields, their Russian names in the same order, columns of the list,
	 * attributes. */
	const char *name[PLACEHOLDERS_MAX];
	size_t count;
	/* Name and type of each column of the list and each attribute, and whether it is a column;
	 * owns the names. */
	struct pg_result *rows;
};

/* list_id 0: of all clients. */
bool placeholders_read(struct request *r, int64_t list_id, struct placeholders *out,
		       struct err *err);
/* Refuse, as list_id, a list (0: none) of departments out of the caller's reach and not above it.
 * False: the store failed. */
bool placeholders_may_list(struct request *r, enum right right, int64_t list_id, struct err *err);
void placeholders_deinit(struct placeholders *p);

#endif
