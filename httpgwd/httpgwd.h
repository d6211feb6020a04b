/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* httpgwd - what the process has once: the gateway, the profiles, what calls of providers need.
 *
 * Owner: main. */
#ifndef VESTNIK_HTTPGWD_HTTPGWD_H
#define VESTNIK_HTTPGWD_HTTPGWD_H

#include <stdatomic.h>

#include "common/gateway/gateway.h"
#include "common/provider/shelf.h"
#include "common/provider/transfer.h"
#include "httpgwd/settings.h"

struct callbacks;
struct inquiries;

struct httpgwd_config {
	struct gateway_config gateway;
	char *profiles, *public_url, *listen, *tls_ca_file;
	struct config_list allow_hosts;
	int64_t callback_rate, balance_every_ms;
};

struct httpgwd {
	struct gateway gateway; /* first */
	const struct httpgwd_config *config;
	struct shelf shelf;
	char agent[64];
	_Atomic(struct directory *) directory_next; /* loaded and not yet taken by callbacks */
	struct callbacks *callbacks;		    /* NULL: no http.listen */
	struct inquiries *inquiries;
};

#endif
