/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_link - who a person is in the company's directory or at OpenID Connect. */
#ifndef VESTNIK_CLI_USER_LINK_H
#define VESTNIK_CLI_USER_LINK_H

#include <stdbool.h>

#include "common/store/pg.h"

struct user_link {
	const char *login;
	const char *way;     /* ldap or oidc */
	const char *issuer;  /* who vouches; NULL: the directory, whose name nobody changed */
	const char *subject; /* the unique id there; link alone */
};

/* Why the words do not make a link, for the usage; NULL when they do. */
const char *user_link_wrong(const struct user_link *link, bool subject);
/* Link; by LDAP the password of our own goes, for it is the directory's from now on. */
bool user_link(struct pg *pg, const struct user_link *link, struct err *err);
/* Take away every link of this way. */
bool user_unlink(struct pg *pg, const struct user_link *link, struct err *err);

#endif
