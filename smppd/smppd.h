/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smppd - what the process has once: the gateway, and a resolver, which never blocks. */
#ifndef VESTNIK_SMPPD_SMPPD_H
#define VESTNIK_SMPPD_SMPPD_H

#include <event2/dns.h>

#include "common/gateway/gateway.h"

struct smppd {
	struct gateway gateway; /* first */
	struct evdns_base *dns;
};

#endif
