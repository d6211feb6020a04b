/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pacer - see pacer.h. */
#include "common/gateway/pacer.h"

#define NS_PER_S     UINT64_C(1000000000)
#define NS_PER_MS    UINT64_C(1000000)
#define BURSTS_PER_S 50

void pacer_set_rate(struct pacer *p, uint32_t rate_per_sec)
{
	uint64_t burst = rate_per_sec / BURSTS_PER_S;

	p->ns_per_token = rate_per_sec > 0 ? NS_PER_S / rate_per_sec : 0;
	p->burst_ns = (burst > 0 ? burst : 1) * p->ns_per_token;
}

void pacer_init(struct pacer *p, uint32_t rate_per_sec)
{
	pacer_set_rate(p, rate_per_sec);
	p->full_at_ns = 0;
}

bool pacer_take(struct pacer *p, uint64_t now_ns, uint32_t *wait_ms_out)
{
	uint64_t from = p->full_at_ns > now_ns ? p->full_at_ns : now_ns;
	uint64_t full_at = from + p->ns_per_token;

	if (p->ns_per_token == 0)
		return true;
	if (full_at - now_ns > p->burst_ns) {
		uint64_t wait_ns = full_at - now_ns - p->burst_ns;

		*wait_ms_out = (uint32_t)((wait_ns + NS_PER_MS - 1) / NS_PER_MS);
		return false;
	}
	p->full_at_ns = full_at;
	return true;
}

void pacer_charge(struct pacer *p, uint32_t more)
{
	p->full_at_ns += more * p->ns_per_token;
}
