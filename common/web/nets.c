/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* nets - see nets.h. */
#include "common/web/nets.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

#define V4_BITS	  96 /* ::ffff:0:0/96 */
#define TEXT_SIZE 80 /* more is no address */

struct net {
	uint8_t address[16];
	unsigned bits;
};

struct nets {
	size_t count;
	struct net net[];
};

/* IPv4 becomes ::ffff:a.b.c.d. */
static bool read_address(const char *text, uint8_t out[16], bool *v4_out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	*v4_out = inet_pton(AF_INET, text, out + sizeof(mapped)) == 1;
	if (*v4_out)
		memcpy(out, mapped, sizeof(mapped));
	return *v4_out || inet_pton(AF_INET6, text, out) == 1;
}

static bool read_net(const char *text, struct net *out)
{
	const char *slash = strchr(text, '/');
	char address[TEXT_SIZE];
	unsigned long bits;
	char *end = NULL;
	bool v4;

	(void)snprintf(address, sizeof(address), "%.*s",
		       slash != NULL ? (int)(slash - text) : (int)strlen(text), text);
	if (!read_address(address, out->address, &v4))
		return false;
	out->bits = 128;
	if (slash == NULL)
		return true;
	bits = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > (v4 ? 32 : 128))
		return false;
	out->bits = (unsigned)bits + (v4 ? V4_BITS : 0);
	return true;
}

bool nets_new(const struct config_list *list, struct nets **out, struct err *err)
{
	struct nets *nets;

	*out = NULL;
	if (list->count == 0)
		return true;
	nets = mem_calloc(1, sizeof(*nets) + list->count * sizeof(nets->net[0]));
	for (size_t i = 0; i < list->count; i++)
		if (!read_net(list->items[i], &nets->net[nets->count++])) {
			mem_free(nets);
			return err_set(err, ERR_INPUT,
				       "found \"%.60s\"; expected an address such as 10.0.0.1 or "
				       "a net such as 10.0.0.0/8 or fd00::/8",
				       list->items[i]);
		}
	*out = nets;
	return true;
}

void nets_free(struct nets **nets)
{
	mem_free(*nets);
	*nets = NULL;
}

static bool is_in(const struct net *net, const uint8_t address[16])
{
	size_t whole = net->bits / 8;
	unsigned rest = net->bits % 8;

	if (memcmp(net->address, address, whole) != 0)
		return false;
	return rest == 0 || ((net->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

bool nets_have(const struct nets *nets, const char *address)
{
	uint8_t bytes[16];
	bool v4;

	if (nets == NULL || !read_address(address, bytes, &v4))
		return false;
	for (size_t i = 0; i < nets->count; i++)
		if (is_in(&nets->net[i], bytes))
			return true;
	return false;
}

/* "[::1]:80", "[::1]" and "192.0.2.1:80" without what is no address. */
static void take_off_port(char *text)
{
	char *colon = strchr(text, ':');
	char *end = strchr(text, ']');

	if (text[0] == '[' && end != NULL) {
		*end = '\0';
		memmove(text, text + 1, strlen(text));
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		*colon = '\0';
	}
}

bool address_read(const char *text, size_t len, char out[ADDRESS_SIZE])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char copy[TEXT_SIZE];
	uint8_t bytes[16];
	bool v4;

	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	take_off_port(copy);
	if (!read_address(copy, bytes, &v4))
		return false;
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return inet_ntop(AF_INET, bytes + sizeof(mapped), out, ADDRESS_SIZE) != NULL;
	return inet_ntop(AF_INET6, bytes, out, ADDRESS_SIZE) != NULL;
}

void address_of_caller(const struct nets *trusted, const char *peer, const char *forwarded,
		       char out[ADDRESS_SIZE])
{
	char at[ADDRESS_SIZE];
	size_t end = forwarded != NULL ? strlen(forwarded) : 0;

	/* A peer with a scope ("fe80::1%eth0") is an address of its own, too. */
	if (!address_read(peer, strlen(peer), out))
		(void)snprintf(out, ADDRESS_SIZE, "%s", peer);
	while (end > 0 && nets_have(trusted, out)) {
		size_t begin = end;

		while (begin > 0 && forwarded[begin - 1] != ',')
			begin--;
		if (!address_read(forwarded + begin, end - begin, at))
			return;
		memcpy(out, at, sizeof(at));
		end = begin > 0 ? begin - 1 : 0;
	}
}
