/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reach - see reach.h. */
#include "common/provider/reach.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct block4 {
	uint32_t net;
	int bits;
};

/* The IANA registry of special addresses, and multicast. */
static const struct block4 special4[] = {
	{0x00000000, 8},  /* this network */
	{0x0a000000, 8},  /* private */
	{0x64400000, 10}, /* carrier NAT */
	{0x7f000000, 8},  /* this host */
	{0xa9fe0000, 16}, /* link; metadata of clouds */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* protocols */
	{0xc0000200, 24}, /* documentation */
	{0xc0586300, 24}, /* 6to4 relays */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xc6336400, 24}, /* documentation */
	{0xcb007100, 24}, /* documentation */
	{0xe0000000, 3},  /* groups, reserved, broadcast */
};

static bool is_public4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(*special4); i++)
		if ((address ^ special4[i].net) >> (32 - special4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only 2000::/3 is given out; of it, what is special or holds an IPv4 address. */
static bool is_public6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};

	if (memcmp(a, mapped, sizeof(mapped)) == 0 || memcmp(a, nat64, sizeof(nat64)) == 0)
		return is_public4(be32(a + 12));
	if ((a[0] & 0xe0) != 0x20)
		return false;
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return is_public4(be32(a + 2));
	if (a[0] == 0x20 && a[1] == 0x01 && (a[2] & 0xfe) == 0) /* protocols; Teredo */
		return false;
	if (a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0) /* documentation */
		return false;
	return !(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8);
}

bool reach_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		return is_public4(ntohl(in.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		return is_public6(in6.sin6_addr.s6_addr);
	}
	return false;
}

void reach_host(const char *url, char out[REACH_HOST_SIZE])
{
	const char *at = strstr(url, "://");
	size_t len, user;

	out[0] = '\0';
	if (at == NULL)
		return;
	at += 3;
	len = strcspn(at, "/?#");
	user = len;
	while (user > 0 && at[user - 1] != '@')
		user--;
	at += user;
	len -= user;
	if (len > 0 && *at == '[') {
		at++;
		len = strcspn(at, "]");
	} else {
		size_t port = strcspn(at, ":");

		len = port < len ? port : len;
	}
	if (len >= REACH_HOST_SIZE)
		return;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)at[i]);
	out[len] = '\0';
}

bool reach_is_allowed(const char *host, const struct config_list *allow_hosts)
{
	for (size_t i = 0; i < allow_hosts->count; i++)
		if (strcasecmp(allow_hosts->items[i], host) == 0)
			return true;
	return false;
}
