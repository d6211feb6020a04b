/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_link - one connection to the company's directory (LDAP), for one sign-in or one check.
 *
 * Everything on a connection is done within directory.timeout.  It is encrypted, by ldaps:// or
 * StartTLS, and the server's certificate checked; in clear only to this very host. What a person
 * typed goes into a filter escaped (RFC 4515), so it matches a login and nothing else.
 *
 * Threads: one at a time for each link. */
#ifndef VESTNIK_APID_DIRECTORY_LINK_H
#define VESTNIK_APID_DIRECTORY_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct directory_config {
	char *url; /* "": there is no directory */
	char *name;
	bool start_tls;
	char *ca_file;
	char *bind_dn;
	char *bind_password_file;
	char *base;
	char *filter;
	char *login_attribute, *name_attribute, *id_attribute;
	char *group_base;
	char *group_filter;
	int64_t timeout_ms;
	int64_t check_ms;
};

#define DIRECTORY_GROUPS_MAX 500

/* A person of the directory. */
struct directory_entry {
	char *dn;
	char *subject; /* the unique id; "\x" and hexadecimal digits when it is no plain text */
	char *login, *name;
	char **groups; /* DNs in one form */
	size_t group_count;
};

void directory_entry_free(struct directory_entry *e); /* what it holds */

enum directory_found {
	DIRECTORY_FOUND,
	DIRECTORY_NONE,	  /* nobody, or the password is wrong */
	DIRECTORY_FAILED, /* nothing was learnt; err says why */
};

struct directory_link;

/* Whether what is configured can be meant: encrypted, filters with their places. */
bool directory_config_check(const struct directory_config *c, struct err *err);

/* Connect, encrypt, and bind as bind_dn (as nobody for ""). */
bool directory_link_open(const struct directory_config *c, const char *password,
			 struct directory_link **out, struct err *err);
void directory_link_close(struct directory_link **l);
/* Who has the login; more than one is nobody.  *out is the caller's to free. */
enum directory_found directory_link_find(struct directory_link *l, const char *login,
					 struct directory_entry *out, struct err *err);
/* Who has the unique id and is still one whom the filter finds. */
enum directory_found directory_link_find_subject(struct directory_link *l, const char *subject,
						 struct directory_entry *out, struct err *err);
/* Whether the password is that of `dn`.  An empty password or dn would be an unauthenticated bind
 * (RFC 4513, 5.1.2), which many servers answer with success: neither is ever sent. */
enum directory_found directory_link_prove(struct directory_link *l, const char *dn,
					  const char *password, struct err *err);
/* Fill e->groups; binds as bind_dn again. */
enum directory_found directory_link_groups(struct directory_link *l, struct directory_entry *e,
					   struct err *err);

/* --- texts -------------------------------------------------------------------------------------
 */

/* Append `pattern` with `value` escaped for a filter wherever `place` stands; NULL: any value. */
bool directory_filter(const char *pattern, const char *place, const char *value, struct buf *out);
/* A DN in the one form in which DNs are compared; NULL when it is none.  The caller's: mem_free().
 */
char *directory_dn_key(const char *dn);

#endif
