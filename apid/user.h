/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user - a person's resource as others see it, and the roles a request gives. */
#ifndef VESTNIK_APID_USER_H
#define VESTNIK_APID_USER_H

#include "apid/api.h"

#define USER_ROLES_MAX 50

/* Answer with one; a missing one is a filled 404.  `password` NULL: it is not told. */
bool user_reply(struct request *r, int64_t id, const char *password, int status, struct err *err);

struct user_roles {
	bool asked;
	const char *role[USER_ROLES_MAX];
	int64_t department_id[USER_ROLES_MAX];
	const char *reach[USER_ROLES_MAX];
	const char *clients[USER_ROLES_MAX];
	size_t count;
};

/* Member "roles"; its texts are borrowed from the document. */
void user_roles_in(struct json_in *in, enum json_need need, struct user_roles *out);
/* Within the transaction: each is there and the caller's to give, else refused. */
bool user_roles_check(struct request *r, const struct user_roles *roles, struct err *err);
/* Let a person have these and no others. */
bool user_roles_store(struct request *r, int64_t person_id, const struct user_roles *roles,
		      struct err *err);

#endif
