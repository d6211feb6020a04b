/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* link - see link.h. */
#include "common/model/link.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

bool link_is_local(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

bool link_allowed(const char *host, bool checked, const char *ground, struct err *err)
{
	if (checked || (ground != NULL && ground[0] != '\0') || link_is_local(host))
		return true;
	return err_set(err, ERR_REFUSED,
		       "passwords and clients would go to %.100s in clear or to anybody: encrypt "
		       "the link (tls on, https), or say as clear_link_ground why not (a VPN)",
		       host);
}

/* The host of a URL behind its scheme; brackets of IPv6 are taken off.  False: there is none. */
static bool take_host(const char *rest, char out[LINK_HOST_SIZE])
{
	size_t len = strcspn(rest, "/?#");
	const char *end = rest + len;

	if (memchr(rest, '@', len) != NULL)
		return false;
	if (*rest == '[') {
		rest++;
		len = strcspn(rest, "]");
		if (rest[len] != ']')
			return false;
	} else {
		len = strcspn(rest, ":/?#");
	}
	if (len == 0 || len >= LINK_HOST_SIZE || rest + len > end)
		return false;
	memcpy(out, rest, len);
	out[len] = '\0';
	return true;
}

bool link_url_allowed(const char *url, const char *ground, struct err *err)
{
	bool tls = strncmp(url, "https://", 8) == 0;
	char host[LINK_HOST_SIZE];

	if (!tls && strncmp(url, "http://", 7) != 0)
		return err_set(err, ERR_INPUT, "an address that begins with https:// or http://");
	if (!take_host(url + (tls ? 8 : 7), host))
		return err_set(err, ERR_INPUT, "an address with a host, and no user, in it");
	return link_allowed(host, tls, ground, err);
}
