/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source_kind - see source_kind.h. */
#include "common/model/source_kind.h"

#include <string.h>

#define VALUE_BYTES_MAX	 1000
#define DIGEST_CHARS_MIN 43 /* 32 bytes, the padding may be left out */
#define DIGEST_CHARS_MAX 44

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

const struct source_kind source_kinds[] = {
	{"folder",
	 false,
	 false,
	 {{"folder", SOURCE_FOLDER, true}, {"pattern", SOURCE_PATTERN, false}}},
	{"postgresql",
	 true,
	 true,
	 {{"host", SOURCE_HOST, true},
	  {"port", SOURCE_PORT, false},
	  {"database", SOURCE_TEXT, true},
	  {"user", SOURCE_TEXT, true},
	  {"tls", SOURCE_WORD, false},
	  {"schema", SOURCE_TEXT, false},
	  {"table", SOURCE_TEXT, true}}},
	{"odbc",
	 true,
	 true,
	 {{"driver", SOURCE_WORD, true},
	  {"host", SOURCE_HOST, true},
	  {"port", SOURCE_PORT, false},
	  {"database", SOURCE_TEXT, true},
	  {"user", SOURCE_TEXT, true},
	  {"schema", SOURCE_TEXT, false},
	  {"table", SOURCE_TEXT, true}}},
	{"https", false, true, {{"url", SOURCE_URL_WEB, true}, {"user", SOURCE_TEXT, false}}},
	{"sftp",
	 false,
	 true,
	 {{"url", SOURCE_URL_SFTP, true},
	  {"user", SOURCE_TEXT, true},
	  {"host_key", SOURCE_DIGEST, true}}},
	{"http_json",
	 true,
	 true,
	 {{"url", SOURCE_URL_WEB, true},
	  {"user", SOURCE_TEXT, false},
	  {"rows", SOURCE_POINTER, false},
	  {"next", SOURCE_POINTER, false},
	  {"next_parameter", SOURCE_WORD, false}}},
};
const size_t source_kind_count = sizeof(source_kinds) / sizeof(source_kinds[0]);

const struct source_kind *source_kind_find(const char *name)
{
	for (size_t i = 0; i < source_kind_count; i++)
		if (strcmp(source_kinds[i].name, name) == 0)
			return &source_kinds[i];
	return NULL;
}

const struct source_setting *source_kind_setting(const struct source_kind *kind, const char *name)
{
	for (const struct source_setting *s = kind->settings; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static bool only(const char *value, const char *chars)
{
	return value[0] != '\0' && value[strspn(value, chars)] == '\0';
}

static bool is_port(const char *value)
{
	int port = 0;

	if (!only(value, DIGITS) || strlen(value) > 5)
		return false;
	for (const char *c = value; *c != '\0'; c++)
		port = port * 10 + (*c - '0');
	return port > 0 && port <= 65535;
}

/* No user or password in it: those are settings of their own. */
static bool is_url(const char *value, const char *scheme)
{
	size_t len = strlen(scheme);
	const char *host = value + len;

	return strncmp(value, scheme, len) == 0 && host[strcspn(host, "/?#@")] != '@' &&
	       strcspn(host, "/?#") > 0 && strpbrk(value, " \"<>\\^`") == NULL;
}

static bool is_plain(const char *value)
{
	for (const char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return value[0] != '\0' && strlen(value) <= VALUE_BYTES_MAX;
}

const char *source_setting_wrong(const struct source_setting *setting, const char *value)
{
	bool plain = is_plain(value);

	switch (setting->check) {
	case SOURCE_FOLDER:
		return plain && only(value, LETTERS DIGITS "._-") && value[0] != '.'
			       ? NULL
			       : "the name of one folder: Latin letters, digits, dots, dashes and "
				 "underscores";
	case SOURCE_PATTERN:
		return plain && strchr(value, '/') == NULL ? NULL
							   : "names of files, for instance *.csv";
	case SOURCE_HOST:
		return plain && only(value, LETTERS DIGITS ".:-_") ? NULL
								   : "the name or address of a "
								     "computer";
	case SOURCE_PORT:
		return is_port(value) ? NULL : "a port from 1 to 65535";
	case SOURCE_URL_WEB:
		return plain && (is_url(value, "https://") || is_url(value, "http://"))
			       ? NULL
			       : "an address that begins with https:// and holds no password";
	case SOURCE_URL_SFTP:
		return plain && is_url(value, "sftp://")
			       ? NULL
			       : "an address that begins with sftp:// and holds no password";
	case SOURCE_POINTER:
		return value[0] == '\0' || (plain && value[0] == '/')
			       ? NULL
			       : "a path into the answer that begins with a slash, for instance "
				 "/data/clients";
	case SOURCE_WORD:
		return plain && only(value, LETTERS DIGITS "._- ")
			       ? NULL
			       : "Latin letters, digits, dots, dashes and underscores";
	case SOURCE_DIGEST:
		return plain && only(value, LETTERS DIGITS "+/=") &&
				       strlen(value) >= DIGEST_CHARS_MIN &&
				       strlen(value) <= DIGEST_CHARS_MAX
			       ? NULL
			       : "the SHA-256 fingerprint of the server's key as ssh-keygen -l "
				 "prints it, without SHA256:";
	case SOURCE_TEXT:
		break;
	}
	return plain ? NULL : "one line of at most 1,000 characters";
}
