/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_quirks - see smpp_quirks.h.  All three are lists with commas; spaces around an entry mean
 * nothing. */
#include "common/sms/smpp_quirks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PORT_MAX  65535
#define TAG_CHARS 4

struct entry {
	const char *at;
	size_t len;
};

/* The next entry of the list at *text, which may be empty; false at the end. */
static bool next_entry(const char **text, struct entry *out)
{
	const char *at = *text + strspn(*text, " \t\r\n");
	size_t len;

	if (*at == '\0')
		return false;
	len = strcspn(at, ",");
	*text = at[len] == ',' ? at + len + 1 : at + len;
	while (len > 0 && isspace((unsigned char)at[len - 1]))
		len--;
	*out = (struct entry){at, len};
	return true;
}

#define SHOWN_SIZE 60

/* What was found, as much of it as can be shown, and what a person should write instead. */
static bool refuse_entry(struct err *err, struct entry e, const char *expected)
{
	char found[SHOWN_SIZE];
	size_t len = e.len < sizeof(found) ? e.len : sizeof(found) - 1;

	memcpy(found, e.at, len);
	found[len] = '\0';
	return err_set(err, ERR_INPUT, "\"%s\"; expected %s", found, expected);
}

/* --- hosts ---------------------------------------------------------------------------------------
 */

static bool host_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_' || c == ':';
}

static bool read_port(const char *at, size_t len, int32_t *out)
{
	char digits[6] = "";
	long v;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, at, len);
	if (strspn(digits, "0123456789") != len)
		return false;
	v = strtol(digits, NULL, 10);
	*out = (int32_t)v;
	return v >= 1 && v <= PORT_MAX;
}

static bool read_host(struct entry e, struct smpp_host *out)
{
	bool brackets = e.len > 0 && e.at[0] == '[';
	const char *end = brackets ? memchr(e.at, ']', e.len) : memchr(e.at, ':', e.len);
	const char *name = e.at + brackets;
	size_t name_len, used;

	if (brackets && end == NULL)
		return false;
	name_len = end != NULL ? (size_t)(end - name) : e.len;
	used = name_len + (brackets ? 2 : 0);
	if (name_len == 0 || name_len >= sizeof(out->name))
		return false;
	for (size_t i = 0; i < name_len; i++)
		if (!host_char(name[i]))
			return false;
	memcpy(out->name, name, name_len);
	out->name[name_len] = '\0';
	return used == e.len ||
	       (e.at[used] == ':' && read_port(e.at + used + 1, e.len - used - 1, &out->port));
}

bool smpp_hosts_parse(const char *text, int32_t port, struct smpp_host out[SMPP_HOSTS_MAX],
		      size_t *count_out, struct err *err)
{
	struct entry e;
	size_t n = 0;

	*count_out = 0;
	while (next_entry(&text, &e)) {
		if (n == SMPP_HOSTS_MAX)
			return err_set(err, ERR_INPUT, "at most %d hosts are possible",
				       SMPP_HOSTS_MAX);
		out[n].port = port;
		if (!read_host(e, &out[n++]))
			return refuse_entry(err, e, "a host, or a host and its port: name:2775");
	}
	*count_out = n;
	return true;
}

/* --- TLVs ----------------------------------------------------------------------------------------
 */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Octets of pairs of digits; false for anything else, or more than fit. */
static bool read_hex(const char *at, size_t chars, uint8_t *out, size_t out_size)
{
	if (chars % 2 != 0 || chars / 2 > out_size)
		return false;
	for (size_t i = 0; i < chars; i += 2) {
		int high = hex_digit(at[i]), low = hex_digit(at[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool smpp_tlvs_parse(const char *text, uint8_t out[SMPP_TLVS_SIZE], size_t *len_out,
		     struct err *err)
{
	static const char expected[] = "a tag and its value in hexadecimal digits: 1401:626f6e";
	struct entry e;
	size_t n = 0;

	*len_out = 0;
	while (next_entry(&text, &e)) {
		size_t value;

		if (e.len > 2 && e.at[0] == '0' && (e.at[1] == 'x' || e.at[1] == 'X'))
			e = (struct entry){e.at + 2, e.len - 2};
		if (e.len <= TAG_CHARS || e.at[TAG_CHARS] != ':')
			return refuse_entry(err, e, expected);
		value = (e.len - TAG_CHARS - 1) / 2;
		if (n + 4 + value > SMPP_TLVS_SIZE)
			return err_set(err, ERR_INPUT, "at most %d octets of TLVs are possible",
				       SMPP_TLVS_SIZE);
		if (!read_hex(e.at, TAG_CHARS, out + n, 2) ||
		    !read_hex(e.at + TAG_CHARS + 1, e.len - TAG_CHARS - 1, out + n + 4, value))
			return refuse_entry(err, e, expected);
		out[n + 2] = (uint8_t)(value >> 8);
		out[n + 3] = (uint8_t)value;
		n += 4 + value;
	}
	*len_out = n;
	return true;
}

/* --- actions -------------------------------------------------------------------------------------
 */

static bool read_action(const char *at, size_t len, enum smpp_action *out)
{
	static const char *const words[] = {
		[SMPP_RETRY] = "retry", [SMPP_SLOW] = "slow", [SMPP_ROUTE] = "route",
		[SMPP_FAIL] = "fail",	[SMPP_BAD] = "bad",   [SMPP_REBIND] = "rebind",
	};

	for (size_t i = SMPP_RETRY; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == len && memcmp(words[i], at, len) == 0) {
			*out = (enum smpp_action)i;
			return true;
		}
	}
	return false;
}

/* Decimal, or hexadecimal behind 0x; 0 is no refusal. */
static bool read_status(const char *at, size_t len, uint32_t *out)
{
	char text[12] = "";
	char *end;
	unsigned long long v;

	if (len == 0 || len >= sizeof(text) || !isdigit((unsigned char)at[0]))
		return false;
	memcpy(text, at, len);
	v = strtoull(text, &end, len > 2 && (text[1] == 'x' || text[1] == 'X') ? 16 : 10);
	*out = (uint32_t)v;
	return *end == '\0' && v > 0 && v <= UINT32_MAX;
}

bool smpp_actions_parse(const char *text, struct smpp_actions *out, struct err *err)
{
	struct entry e;

	out->count = 0;
	while (next_entry(&text, &e)) {
		const char *sign = memchr(e.at, '=', e.len);
		size_t n = out->count;

		if (n == SMPP_ACTIONS_MAX)
			return err_set(err, ERR_INPUT, "at most %d statuses are possible",
				       SMPP_ACTIONS_MAX);
		if (sign == NULL ||
		    !read_status(e.at, (size_t)(sign - e.at), &out->row[n].status) ||
		    !read_action(sign + 1, e.len - (size_t)(sign - e.at) - 1, &out->row[n].action))
			return refuse_entry(
				err, e,
				"a command_status and what it means: 0x45=fail (retry, slow, "
				"route, fail, bad, rebind)");
		out->count++;
	}
	return true;
}

enum smpp_action smpp_action_of(const struct smpp_actions *actions, uint32_t status)
{
	for (size_t i = 0; i < actions->count; i++)
		if (actions->row[i].status == status)
			return actions->row[i].action;
	return smpp_status_action(status);
}
