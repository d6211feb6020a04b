/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv_head - what the first bytes of a table tell about the rest. */
#include "common/text/csv_head.h"

#include <stdint.h>
#include <string.h>

#include "common/text/utf8.h"

bool csv_head_is_cp1251(const char *head, size_t len, bool cut)
{
	const char *at = head, *end = head + len;
	size_t good = 0, bad = 0;

	while (at < end) {
		const char *start = at;
		uint32_t c = utf8_next(&at, end);

		if (c == UTF8_BAD && !(cut && end - start < 4))
			bad++;
		else if (c >= 0x80)
			good++;
	}
	return bad > good;
}

char csv_head_separator(const char *head, size_t len)
{
	static const char candidates[] = ";\t,";
	size_t counts[3] = {0}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		const char *candidate = memchr(candidates, head[i], 3);

		if (head[i] == '"')
			quoted = !quoted;
		else if (!quoted && (head[i] == '\n' || head[i] == '\r'))
			break;
		else if (!quoted && candidate != NULL)
			counts[candidate - candidates]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (counts[i] > counts[best])
			best = i;
	return counts[best] > 0 ? candidates[best] : ',';
}

size_t csv_head_separator_line(const char *head, size_t len, char *separator_out)
{
	size_t at = 5;

	if (len < 6 || memcmp(head, "sep=", 4) != 0 || memchr(";,\t|", head[4], 4) == NULL ||
	    (head[5] != '\r' && head[5] != '\n'))
		return 0;
	if (head[at++] == '\r' && at < len && head[at] == '\n')
		at++;
	*separator_out = head[4];
	return at;
}
