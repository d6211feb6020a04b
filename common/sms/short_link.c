/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* short_link - see short_link.h. */
#include "common/sms/short_link.h"

#include <string.h>

#define BASE	 58
#define DAYS	 (BASE * BASE)
#define DAY_S	 86400			  /* an id counts seconds in its upper 32 bits */
#define KEYS	 INT64_C(128063081718016) /* BASE to the power of KEY_LEN */
#define DAY_LEN	 2
#define KEY_LEN	 8
/* A chunk's ids are drawn at once, but a midnight may fall between them. */
#define SPREAD_S 60

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

int64_t short_link_key(uint64_t random)
{
	return (int64_t)(random % (uint64_t)KEYS);
}

static void write_number(int64_t value, size_t len, char *out)
{
	while (len-- > 0) {
		out[len] = digits[value % BASE];
		value /= BASE;
	}
}

static bool read_number(const char *text, size_t len, int64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;

		if (digit == NULL)
			return false;
		*out = *out * BASE + (digit - digits);
	}
	return true;
}

static int64_t day_of(int64_t message_id)
{
	return (message_id >> 32) / DAY_S;
}

size_t short_link_code(int64_t message_id, int64_t key, size_t link, char out[SHORT_LINK_CODE_SIZE])
{
	size_t len = DAY_LEN + KEY_LEN;

	write_number(day_of(message_id) % DAYS, DAY_LEN, out);
	write_number(key, KEY_LEN, out + DAY_LEN);
	if (link > 0)
		out[len++] = (char)('0' + link);
	out[len] = '\0';
	return len;
}

bool short_link_parse(const char *code, int64_t now_id, struct short_link *out)
{
	int64_t today = day_of(now_id), day;
	size_t len = strlen(code);

	if (len < DAY_LEN + KEY_LEN || len > SHORT_LINK_CODE_SIZE - 1 ||
	    !read_number(code, DAY_LEN, &day) || !read_number(code + DAY_LEN, KEY_LEN, &out->key))
		return false;
	out->link = 0;
	if (len > DAY_LEN + KEY_LEN) {
		char c = code[DAY_LEN + KEY_LEN];

		if (c < '1' || c > '9')
			return false;
		out->link = (size_t)(c - '0');
	}
	day = today - ((today - day) % DAYS + DAYS) % DAYS;
	if (day < 0)
		return false;
	out->first_id = (day * DAY_S) << 32;
	out->last_id = ((day + 1) * DAY_S + SPREAD_S) << 32;
	return true;
}
