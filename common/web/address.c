/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* address - see address.h. */
#include "common/web/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define V4_BITS 96 /* in front of an IPv4 address */

static bool parse_address(const char *text, uint8_t out[16], bool *v4_out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	*v4_out = inet_pton(AF_INET, text, out + sizeof(mapped)) == 1;
	if (!*v4_out)
		return inet_pton(AF_INET6, text, out) == 1;
	memcpy(out, mapped, sizeof(mapped));
	return true;
}

/* The bits of an address behind the first `bits` are nought. */
static bool ends_there(const uint8_t octet[16], unsigned bits)
{
	for (unsigned bit = bits; bit < 128; bit++)
		if ((octet[bit / 8] & 0x80u >> bit % 8) != 0)
			return false;
	return true;
}

bool address_range_parse(const char *text, struct address_range *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	unsigned bits, most;
	int used = 0;
	bool v4;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!parse_address(address, out->octet, &v4))
		return false;
	most = v4 ? 32 : 128;
	bits = most;
	if (slash != NULL &&
	    (slash[1] < '0' || slash[1] > '9' || sscanf(slash + 1, "%3u%n", &bits, &used) != 1 ||
	     slash[1 + used] != '\0' || bits > most))
		return false;
	out->bits = (uint8_t)(v4 ? V4_BITS + bits : bits);
	return ends_there(out->octet, out->bits);
}

static bool lies_in(const uint8_t octet[16], const struct address_range *range)
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;

	return memcmp(octet, range->octet, whole) == 0 &&
	       (rest == 0 || (octet[whole] ^ range->octet[whole]) >> (8 - rest) == 0);
}

bool address_in(const char *address, const struct address_range *ranges, size_t count)
{
	uint8_t octet[16];
	bool v4;

	if (!parse_address(address, octet, &v4))
		return false;
	for (size_t i = 0; i < count; i++)
		if (lies_in(octet, &ranges[i]))
			return true;
	return false;
}
