/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_link - see directory_link.h: connecting, searching, proving. */
#include "apid/directory_link.h"

#include <ldap.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "apid/directory_text.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

#define SYSTEM_CA    "/etc/ssl/certs/ca-certificates.crt"
#define FILTER_BYTES 8192
#define ONE	     2 /* entries are asked for, to see whether there is one */

struct directory_link {
	const struct directory_config *config;
	const char *password;
	LDAP *ld;
	uint64_t deadline_ms;
};

/* Whether it is the directory that is ill, and not what was asked of it. */
static bool is_ill(int code)
{
	return LDAP_API_ERROR(code) || code == LDAP_BUSY || code == LDAP_UNAVAILABLE;
}

static bool link_err(struct err *err, const char *doing, int code)
{
	return err_set(err, is_ill(code) ? ERR_IO : ERR_INPUT, "the directory, %s: %s", doing,
		       ldap_err2string(code));
}

/* With what the library found wrong with the certificate. */
static bool tls_err(struct directory_link *l, int code, struct err *err)
{
	char *why = NULL;

	ldap_get_option(l->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &why);
	err_set(err, ERR_IO, "the directory, StartTLS: %s%s%.200s", ldap_err2string(code),
		why != NULL ? ": " : "", why != NULL ? why : "");
	ldap_memfree(why);
	return false;
}

/* The time that is left, for the next call; false: there is none. */
static bool time_left(struct directory_link *l, struct timeval *out, struct err *err)
{
	uint64_t now = clock_mono_ms();
	uint64_t left = l->deadline_ms > now ? l->deadline_ms - now : 0;

	if (left == 0)
		return err_set(err, ERR_TIMEOUT, "the directory did not answer within %lld ms",
			       (long long)l->config->timeout_ms);
	out->tv_sec = (time_t)(left / 1000);
	out->tv_usec = (suseconds_t)(left % 1000 * 1000);
	ldap_set_option(l->ld, LDAP_OPT_TIMEOUT, out);
	ldap_set_option(l->ld, LDAP_OPT_NETWORK_TIMEOUT, out);
	return true;
}

static void start_clock(struct directory_link *l)
{
	l->deadline_ms = clock_mono_ms() + (uint64_t)l->config->timeout_ms;
}

/* --- connecting --------------------------------------------------------------------------------
 */

static bool set_options(struct directory_link *l, struct err *err)
{
	const char *ca = l->config->ca_file[0] != '\0' ? l->config->ca_file : SYSTEM_CA;
	int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER, server = 0;
	int demand = LDAP_OPT_X_TLS_DEMAND, tls = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;

	/* Referrals would send passwords to servers nobody named. */
	if (ldap_set_option(l->ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(l->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(l->ld, LDAP_OPT_DEREF, &never) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(l->ld, LDAP_OPT_X_TLS_CACERTFILE, ca) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(l->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(l->ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(l->ld, LDAP_OPT_X_TLS_NEWCTX, &server) != LDAP_OPT_SUCCESS)
		return err_set(err, ERR_INPUT,
			       "directory.ca_file: TLS cannot begin with %s; it must be a PEM file "
			       "of certificates",
			       ca);
	return true;
}

static int bind_as(struct directory_link *l, const char *dn, const char *password)
{
	struct berval secret = {.bv_val = (char *)password, .bv_len = strlen(password)};

	return ldap_sasl_bind_s(l->ld, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
}

static bool bind_service(struct directory_link *l, struct err *err)
{
	struct timeval left;
	int code;

	if (!time_left(l, &left, err))
		return false;
	code = bind_as(l, l->config->bind_dn, l->password);
	return code == LDAP_SUCCESS || link_err(err, "signing in as directory.bind_dn", code);
}

static bool connect_link(struct directory_link *l, struct err *err)
{
	int code = ldap_initialize(&l->ld, l->config->url);
	struct timeval left;

	if (code != LDAP_SUCCESS)
		return link_err(err, "directory.url", code);
	if (!set_options(l, err) || !time_left(l, &left, err))
		return false;
	if (l->config->start_tls && strncmp(l->config->url, "ldap://", 7) == 0) {
		code = ldap_start_tls_s(l->ld, NULL, NULL);
		if (code != LDAP_SUCCESS)
			return tls_err(l, code, err);
	}
	return bind_service(l, err);
}

bool directory_link_open(const struct directory_config *c, const char *password,
			 struct directory_link **out, struct err *err)
{
	struct directory_link *l = mem_calloc(1, sizeof(*l));

	l->config = c;
	l->password = password;
	start_clock(l);
	if (!connect_link(l, err)) {
		directory_link_close(&l);
		return false;
	}
	*out = l;
	return true;
}

void directory_link_close(struct directory_link **l)
{
	if (*l == NULL)
		return;
	if ((*l)->ld != NULL)
		ldap_unbind_ext_s((*l)->ld, NULL, NULL);
	mem_free(*l);
	*l = NULL;
}

/* --- who --------------------------------------------------------------------------------------
 */

/* The first value of an attribute, by `as`; NULL when there is none. */
static char *value_of(struct directory_link *l, LDAPMessage *entry, const char *attribute,
		      char *(*as)(const struct berval *value))
{
	struct berval **values = ldap_get_values_len(l->ld, entry, attribute);
	char *out = NULL;

	if (values != NULL && values[0] != NULL && values[0]->bv_len > 0)
		out = as(values[0]);
	ldap_value_free_len(values);
	return out;
}

static bool read_entry(struct directory_link *l, LDAPMessage *entry, struct directory_entry *out,
		       struct err *err)
{
	char *dn = ldap_get_dn(l->ld, entry);

	out->dn = mem_strdup(dn);
	ldap_memfree(dn);
	out->subject = value_of(l, entry, l->config->id_attribute, directory_subject);
	out->login = value_of(l, entry, l->config->login_attribute, directory_value_text);
	out->name = value_of(l, entry, l->config->name_attribute, directory_value_text);
	if (out->dn != NULL && out->subject != NULL)
		return true;
	directory_entry_free(out);
	return err_set(err, ERR_INPUT, "the directory shows no %s of a person; see directory.id",
		       l->config->id_attribute);
}

/* False: nothing was learnt. */
static bool search(struct directory_link *l, const char *base, const struct buf *filter,
		   char **attributes, int max, LDAPMessage **out, struct err *err)
{
	struct timeval left;
	int code;

	*out = NULL;
	if (filter->overflow)
		return err_set(err, ERR_LIMIT, "a filter for the directory would be too long");
	if (!time_left(l, &left, err))
		return false;
	code = ldap_search_ext_s(l->ld, base, LDAP_SCOPE_SUBTREE, buf_str(filter), attributes, 0,
				 NULL, NULL, &left, max, out);
	return code == LDAP_SUCCESS || (code == LDAP_SIZELIMIT_EXCEEDED && max == ONE) ||
	       link_err(err, "searching", code);
}

static enum directory_found find(struct directory_link *l, const struct buf *filter,
				 struct directory_entry *out, struct err *err)
{
	char *attributes[] = {l->config->id_attribute, l->config->login_attribute,
			      l->config->name_attribute, NULL};
	enum directory_found found = DIRECTORY_NONE;
	LDAPMessage *answer = NULL;

	*out = (struct directory_entry){0};
	if (!search(l, l->config->base, filter, attributes, ONE, &answer, err))
		found = DIRECTORY_FAILED;
	else if (ldap_count_entries(l->ld, answer) == 1)
		found = read_entry(l, ldap_first_entry(l->ld, answer), out, err) ? DIRECTORY_FOUND
										 : DIRECTORY_FAILED;
	ldap_msgfree(answer);
	return found;
}

enum directory_found directory_link_find(struct directory_link *l, const char *login,
					 struct directory_entry *out, struct err *err)
{
	enum directory_found found;
	struct buf filter;

	buf_init(&filter, FILTER_BYTES);
	directory_filter(l->config->filter, "{login}", login, &filter);
	found = find(l, &filter, out, err);
	buf_deinit(&filter);
	return found;
}

enum directory_found directory_link_find_subject(struct directory_link *l, const char *subject,
						 struct directory_entry *out, struct err *err)
{
	enum directory_found found;
	struct buf filter;

	start_clock(l);
	buf_init(&filter, FILTER_BYTES);
	buf_add_str(&filter, "(&");
	directory_filter(l->config->filter, "{login}", NULL, &filter);
	buf_printf(&filter, "(%s=", l->config->id_attribute);
	directory_subject_filter(subject, &filter);
	buf_add_str(&filter, "))");
	found = find(l, &filter, out, err);
	buf_deinit(&filter);
	return found;
}

enum directory_found directory_link_prove(struct directory_link *l, const char *dn,
					  const char *password, struct err *err)
{
	struct timeval left;
	int code;

	if (dn[0] == '\0' || password[0] == '\0')
		return DIRECTORY_NONE;
	if (!time_left(l, &left, err))
		return DIRECTORY_FAILED;
	code = bind_as(l, dn, password);
	if (code == LDAP_SUCCESS)
		return DIRECTORY_FOUND;
	if (!is_ill(code))
		return DIRECTORY_NONE;
	link_err(err, "bind", code);
	return DIRECTORY_FAILED;
}

/* --- groups ------------------------------------------------------------------------------------
 */

static void take_groups(struct directory_link *l, LDAPMessage *answer, struct directory_entry *e)
{
	int count = ldap_count_entries(l->ld, answer);

	e->groups = mem_calloc((size_t)(count > 0 ? count : 1), sizeof(*e->groups));
	for (LDAPMessage *entry = ldap_first_entry(l->ld, answer); entry != NULL;
	     entry = ldap_next_entry(l->ld, entry)) {
		char *dn = ldap_get_dn(l->ld, entry);
		char *key = dn != NULL ? directory_dn_key(dn) : NULL;

		if (key != NULL)
			e->groups[e->group_count++] = key;
		ldap_memfree(dn);
	}
}

enum directory_found directory_link_groups(struct directory_link *l, struct directory_entry *e,
					   struct err *err)
{
	static char none[] = LDAP_NO_ATTRS;
	char *attributes[] = {none, NULL};
	const char *base =
		l->config->group_base[0] != '\0' ? l->config->group_base : l->config->base;
	LDAPMessage *answer = NULL;
	struct buf filter;
	bool ok;

	/* Whoever signed in may not be allowed to see groups. */
	if (l->config->bind_dn[0] != '\0' && !bind_service(l, err))
		return DIRECTORY_FAILED;
	buf_init(&filter, FILTER_BYTES);
	directory_filter(l->config->group_filter, "{dn}", e->dn, &filter);
	ok = search(l, base, &filter, attributes, DIRECTORY_GROUPS_MAX, &answer, err);
	buf_deinit(&filter);
	if (ok)
		take_groups(l, answer, e);
	ldap_msgfree(answer);
	return ok ? DIRECTORY_FOUND : DIRECTORY_FAILED;
}
