/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mask - see mask.h. */
#include "common/web/mask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_FIRST 5 /* the plus among them */
#define SHOWN_LAST  2

const char *mask_phone(int64_t msisdn, char out[MASK_PHONE_SIZE])
{
	int len = snprintf(out, MASK_PHONE_SIZE, "+%" PRId64, msisdn);

	for (int i = SHOWN_FIRST; i + SHOWN_LAST < len; i++)
		out[i] = '*';
	return out;
}

const char *mask_name(const char *name, char out[MASK_NAME_SIZE])
{
	size_t len = name[0] != '\0' ? 1 : 0;

	while (len > 0 && len < 4 && ((unsigned char)name[len] & 0xc0) == 0x80) /* UTF-8 goes on */
		len++;
	(void)snprintf(out, MASK_NAME_SIZE, "%.*s%s", (int)len, name, len > 0 ? MASK_TEXT : "");
	return out;
}
