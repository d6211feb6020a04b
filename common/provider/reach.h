/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reach - which addresses a provider may be at.
 *
 * The names of hosts come from people and their addresses from anybody's name server, so neither
 * may lead into our own network: an address that is not public is refused where the socket is
 * opened, whatever the name was (RFC 6890 and its like). */
#ifndef VESTNIK_PROVIDER_REACH_H
#define VESTNIK_PROVIDER_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/base/config.h"

#define REACH_HOST_SIZE 256

/* Whether it is an address of the Internet: not of this host, a private network, a link, a cloud's
 * metadata, a group, or anything reserved; nor one of these inside another. */
bool reach_is_public(const struct sockaddr *address);
/* The host of a URL in small letters, without port, user and brackets; "" when it has none. */
void reach_host(const char *url, char out[REACH_HOST_SIZE]);
/* Whether somebody allowed the host by its name, wherever it is. */
bool reach_is_allowed(const char *host, const struct config_list *allow_hosts);

#endif
