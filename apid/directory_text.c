/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_text - see directory_text.h, and the texts of directory_link.h. */
#include "apid/directory_text.h"

#include <ctype.h>
#include <ldap.h>
#include <string.h>

#include "apid/directory_link.h"
#include "common/base/mem.h"
#include "common/text/utf8.h"

#define VALUE_BYTES_MAX 400
#define BINARY		"\\x"

/* --- filters (RFC 4515) ------------------------------------------------------------------------
 */

/* Any octet may be written as a backslash and two digits; what has no meaning anywhere need not. */
static void add_escaped(const char *value, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x80 && (isalnum(c) || c == '.' || c == '@' || c == '-' || c == '_'))
			buf_add_char(out, (char)c);
		else
			buf_printf(out, "\\%02x", c);
	}
}

bool directory_filter(const char *pattern, const char *place, const char *value, struct buf *out)
{
	const char *at;

	while ((at = strstr(pattern, place)) != NULL) {
		buf_add(out, pattern, (size_t)(at - pattern));
		if (value == NULL)
			buf_add_char(out, '*');
		else
			add_escaped(value, strlen(value), out);
		pattern = at + strlen(place);
	}
	return buf_add_str(out, pattern);
}

/* --- values ------------------------------------------------------------------------------------
 */

char *directory_value_text(const struct berval *value)
{
	size_t len = value->bv_len < VALUE_BYTES_MAX ? value->bv_len : VALUE_BYTES_MAX;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value->bv_val[i] < 0x20 || value->bv_val[i] == 0x7f)
			return NULL;
	len = utf8_valid(value->bv_val, len);
	return len > 0 ? mem_strndup(value->bv_val, len) : NULL;
}

static bool is_plain(const struct berval *value)
{
	for (size_t i = 0; i < value->bv_len; i++)
		if ((unsigned char)value->bv_val[i] <= 0x20 ||
		    (unsigned char)value->bv_val[i] >= 0x7f)
			return false;
	return strncmp(value->bv_val, BINARY, strlen(BINARY)) != 0;
}

char *directory_subject(const struct berval *value)
{
	struct buf hex;
	char *out = NULL;

	if (value->bv_len > VALUE_BYTES_MAX / 2)
		return NULL;
	if (is_plain(value))
		return mem_strndup(value->bv_val, value->bv_len);
	buf_init(&hex, 2 * VALUE_BYTES_MAX);
	buf_add_str(&hex, BINARY);
	for (size_t i = 0; i < value->bv_len; i++)
		buf_printf(&hex, "%02x", (unsigned char)value->bv_val[i]);
	out = mem_strdup(buf_str(&hex));
	buf_deinit(&hex);
	return out;
}

void directory_subject_filter(const char *subject, struct buf *out)
{
	if (strncmp(subject, BINARY, strlen(BINARY)) != 0) {
		add_escaped(subject, strlen(subject), out);
		return;
	}
	subject += strlen(BINARY);
	for (; isxdigit((unsigned char)subject[0]) && isxdigit((unsigned char)subject[1]);
	     subject += 2)
		buf_printf(out, "\\%.2s", subject);
}

/* --- DNs ---------------------------------------------------------------------------------------
 */

/* In small letters: directories tell groups apart without looking at them. */
static char *in_small(const char *text)
{
	const char *at = text, *end = at + strlen(text);
	struct buf small;
	char *out;

	buf_init(&small, 4 * strlen(text) + 1);
	while (at < end) {
		char letter[4];

		buf_add(&small, letter, utf8_put(utf8_lower(utf8_next(&at, end)), letter));
	}
	out = mem_strdup(buf_str(&small));
	buf_deinit(&small);
	return out;
}

char *directory_dn_key(const char *dn)
{
	LDAPDN parsed = NULL;
	char *text = NULL;
	char *key;

	if (dn[0] == '\0' || utf8_valid(dn, strlen(dn)) != strlen(dn) ||
	    ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || parsed == NULL)
		return NULL;
	if (ldap_dn2str(parsed, &text, LDAP_DN_FORMAT_LDAPV3 | LDAP_DN_PRETTY) != LDAP_SUCCESS)
		text = NULL;
	ldap_dnfree(parsed);
	key = text != NULL && utf8_valid(text, strlen(text)) == strlen(text) ? in_small(text)
									     : NULL;
	ldap_memfree(text);
	return key;
}

void directory_entry_free(struct directory_entry *e)
{
	mem_free(e->dn);
	mem_free(e->subject);
	mem_free(e->login);
	mem_free(e->name);
	for (size_t i = 0; i < e->group_count; i++)
		mem_free(e->groups[i]);
	mem_free(e->groups);
	*e = (struct directory_entry){0};
}

/* --- what is configured ------------------------------------------------------------------------
 */

static bool is_loopback(const char *host)
{
	return host != NULL && (strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
				strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0);
}

static bool check_url(const struct directory_config *c, struct err *err)
{
	LDAPURLDesc *url = NULL;
	bool clear;

	if (strchr(c->url, ' ') != NULL || ldap_url_parse(c->url, &url) != LDAP_URL_SUCCESS)
		return err_set(err, ERR_INPUT,
			       "directory.url: \"%.200s\" is no ldap:// or ldaps:// address",
			       c->url);
	clear = strcmp(url->lud_scheme, "ldap") == 0 && !c->start_tls &&
		!is_loopback(url->lud_host);
	ldap_free_urldesc(url);
	if (clear)
		return err_set(
			err, ERR_INPUT,
			"directory.start_tls: false is for a directory on this very host; "
			"passwords do not cross a network in clear. Use ldaps:// or StartTLS");
	return true;
}

bool directory_config_check(const struct directory_config *c, struct err *err)
{
	if (c->url[0] == '\0')
		return true;
	if (!check_url(c, err))
		return false;
	if (c->base[0] == '\0')
		return err_set(err, ERR_INPUT,
			       "directory.base: name the DN below which people are");
	if (strstr(c->filter, "{login}") == NULL || c->filter[0] != '(')
		return err_set(
			err, ERR_INPUT,
			"directory.filter: it is a filter in parentheses with {login} in it, "
			"as (uid={login})");
	if (strstr(c->group_filter, "{dn}") == NULL || c->group_filter[0] != '(')
		return err_set(err, ERR_INPUT,
			       "directory.group_filter: it is a filter in parentheses with {dn} in "
			       "it, as (member={dn})");
	if ((c->bind_dn[0] == '\0') != (c->bind_password_file[0] == '\0'))
		return err_set(err, ERR_INPUT,
			       "directory.bind_dn: it and directory.bind_password_file are given "
			       "together or not at all");
	return true;
}
