/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smppd - what the process has once: the gateway, a resolver, which never blocks, and the thread
 * that looks for missing receipts. */
#ifndef VESTNIK_SMPPD_SMPPD_H
#define VESTNIK_SMPPD_SMPPD_H

#include <event2/dns.h>

#include "common/gateway/gateway.h"
#include "smppd/asker.h"

struct smppd {
	struct gateway gateway; /* first */
	struct evdns_base *dns;
	struct asker *asker;
};

#endif
