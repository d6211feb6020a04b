/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory - people who sign in with the password of the company's directory.
 *
 * Whoever has a password of our own signs in with that and is never asked of the directory; the
 * others are. After a failure of the directory itself nobody waits for it for 15 s.
 *
 * A thread asks every directory.check_every for those who once signed in: whom the directory no
 * longer has is disabled and signed out, and roles follow the groups.  When more than a few, and a
 * fifth of those asked about, are gone at once, that is taken for a mistake in the directory or the
 * configuration: nobody is disabled and the log says so. */
#ifndef VESTNIK_APID_DIRECTORY_H
#define VESTNIK_APID_DIRECTORY_H

#include "apid/api.h"
#include "apid/directory_link.h"

struct directory;

/* *out NULL: none is configured. */
bool directory_new(const struct directory_config *c, struct directory **out, struct err *err);
void directory_start(struct directory *d, struct pg_pool *pool); /* the thread */
void directory_free(struct directory **d);

/* Who has this login and password there; 0: nobody, or the problem is filled.  `decoy`: the login
 * is one of our own passwords', which was wrong; the directory is asked what nobody can answer, so
 * that both take as long and end alike.  False: the store failed. */
bool directory_sign_in(struct request *r, const char *login, const char *password, bool decoy,
		       int64_t *person_id_out, struct err *err);

/* --- for the check (directory_check.c) ---------------------------------------------------------
 */

const struct directory_config *directory_settings(const struct directory *d);
bool directory_open(struct directory *d, struct directory_link **out, struct err *err);
bool directory_ending(const struct directory *d);
void directory_check(struct directory *d, struct pg *pg);

/* Rows of the configuration, where struct api_config has its `directory`. */
#define DIRECTORY_ROW(k, member, t, ...)                                                           \
	{                                                                                          \
		.key = "directory." k, .type = CONFIG_##t,                                         \
		.offset = offsetof(struct api_config, directory.member), __VA_ARGS__               \
	}
#define DIRECTORY_ROWS                                                                             \
	DIRECTORY_ROW("url", url, STR, .def = "",                                                  \
		      .help = "the company's directory, ldaps:// or ldap://; \"\": none"),         \
		DIRECTORY_ROW("name", name, STR, .def = "directory",                               \
			      .help = "what its people are kept under; do not change it"),         \
		DIRECTORY_ROW("start_tls", start_tls, BOOL, .def = "true",                         \
			      .help = "encrypt ldap://; false on this very host alone"),           \
		DIRECTORY_ROW("ca_file", ca_file, STR, .def = "",                                  \
			      .help = "PEM file of who vouches for it; \"\": the system's"),       \
		DIRECTORY_ROW("bind_dn", bind_dn, STR, .def = "",                                  \
			      .help = "who searches; \"\": nobody, where it allows that"),         \
		DIRECTORY_ROW("bind_password_file", bind_password_file, STR, .def = "",            \
			      .help = "file with the password of bind_dn"),                        \
		DIRECTORY_ROW("base", base, STR, .def = "", .help = "below which people are"),     \
		DIRECTORY_ROW("filter", filter, STR,                                               \
			      .def = "(&(objectClass=person)(uid={login}))",                       \
			      .help = "who may sign in; {login} is what was typed"),               \
		DIRECTORY_ROW("login", login_attribute, STR, .def = "uid",                         \
			      .help = "attribute: the login of a new person"),                     \
		DIRECTORY_ROW("display_name", name_attribute, STR, .def = "cn",                    \
			      .help = "attribute: the name of a new person"),                      \
		DIRECTORY_ROW("id", id_attribute, STR, .def = "entryUUID",                         \
			      .help = "attribute: what stays when anything else changes"),         \
		DIRECTORY_ROW("group_base", group_base, STR, .def = "",                            \
			      .help = "below which groups are; \"\": base"),                       \
		DIRECTORY_ROW("group_filter", group_filter, STR, .def = "(member={dn})",           \
			      .help = "the groups of a person; {dn} is theirs"),                   \
		DIRECTORY_ROW("timeout", timeout_ms, MS, .def = "3s", .min = 100, .max = 30000,    \
			      .help = "how long it may take altogether"),                          \
		DIRECTORY_ROW("check_every", check_ms, MS, .def = "1h", .min = 1000,               \
			      .max = 86400000, .help = "who is gone from it is looked for")

#endif
