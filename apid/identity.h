/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* identity - a person whom somebody else vouches for: the directory or OpenID Connect.
 *
 * A person is found by who vouches and the unique id there, never by the login: an equal login is
 * not the same person until `vestnik user link` says so. */
#ifndef VESTNIK_APID_IDENTITY_H
#define VESTNIK_APID_IDENTITY_H

#include "apid/api.h"

struct identity {
	const char *way;    /* "ldap" or "oidc" */
	const char *issuer; /* who vouches */
	const char *subject;
	const char *login, *name;  /* of a new person; may be NULL */
	const char *const *groups; /* as directory_group.key has them */
	size_t group_count;
};

enum identity_found {
	IDENTITY_OK,
	IDENTITY_DISABLED,
	IDENTITY_NO_ROLE, /* no group of theirs gives one */
};

/* Find or make the person and give the roles of the groups; *person_id_out counts with IDENTITY_OK
 * alone. */
bool identity_person(struct pg *pg, const struct identity *who, int64_t *person_id_out,
		     enum identity_found *found_out, struct err *err);

#endif
