/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* address - networks, and whether a caller's address lies in one. */
#ifndef VESTNIK_WEB_ADDRESS_H
#define VESTNIK_WEB_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "10.0.0.0/8", "2001:db8::/32", "192.0.2.7": in the form of IPv6, where ::ffff:0:0/96 is IPv4. */
struct address_range {
	uint8_t octet[16];
	uint8_t bits;
};

/* False: it is no network, or bits beyond the mask are set. */
bool address_range_parse(const char *text, struct address_range *out);
/* Whether `address` lies in one of them; one that cannot be read lies in none. */
bool address_in(const char *address, const struct address_range *ranges, size_t count);

#endif
