/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gather - bundles from queue `receipt` into one group; those of queue `inbound` are stored on the
 * way. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "dlrd/dlrd.h"

/* Decode one bundle behind what is gathered.  A broken one must not hold up the rest: it goes to
 * the dead letters, where a person can look at it. */
static void take_bundle(struct dlrd *d, const struct mq_delivery *delivery)
{
	struct group *g = &d->group;
	struct err err;
	size_t count;

	if (!receipt_bundle_decode(delivery->body, delivery->len, &g->receipts[g->count], &count,
				   &err)) {
		log_err("receipt bundle is broken and was moved to " QUEUE_RECEIPT_DEAD, &err,
			LI("bytes", delivery->len));
		mq_reject(d->mq, delivery->tag, false);
		metric_add(d->metrics.dead_bundles, 1);
		return;
	}
	g->count += count;
	d->last_tag = delivery->tag;
}

bool gather_bundles(struct dlrd *d, uint64_t deadline_ms, int stop_fd, struct err *err)
{
	struct group *g = &d->group;
	struct mq_delivery delivery;
	bool first = true;

	g->count = 0;
	d->last_tag = 0;
	while (g->count < (size_t)d->config->gather_receipts &&
	       g->cap - g->count >= RECEIPT_BUNDLE_MAX) {
		if (!mq_take(d->mq, deadline_ms, stop_fd, &delivery, err))
			return err->kind == ERR_TIMEOUT;
		if (strcmp(delivery.queue, QUEUE_INBOUND) == 0) {
			if (!inbound_take_bundle(d, &delivery, err))
				return false;
			continue;
		}
		take_bundle(d, &delivery);
		if (first)
			deadline_ms = clock_mono_ms() + (uint64_t)d->config->gather_ms;
		first = false;
	}
	return true;
}
