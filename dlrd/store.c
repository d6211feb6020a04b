/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* store - a gathered group in one transaction, tried until it is in. */
#include <poll.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "dlrd/dlrd.h"

#define REFUSED_MS 1000

struct attempt {
	struct dlrd *d;
	int64_t now_us;
};

static bool store_in_transaction(struct pg *pg, void *arg, struct err *err)
{
	struct attempt *a = arg;
	struct group *g = &a->d->group;

	return match_group(pg, g, a->now_us, err) && apply_states(pg, g, a->d->slot, err) &&
	       apply_history(pg, g, a->now_us, err) && apply_stops(pg, g, err) &&
	       park_unmatched(pg, g, a->now_us, err);
}

static void count_group(struct dlrd *d, uint64_t begun_ns)
{
	int64_t matched = 0;

	for (size_t k = 0; k < d->group.count; k++)
		matched += d->group.matches[k].message_id != 0;
	metric_add(d->metrics.receipts, (int64_t)d->group.count);
	metric_add(d->metrics.matched, matched);
	metric_add(d->metrics.parked, (int64_t)d->group.count - matched);
	metric_observe_us(d->metrics.transaction, (clock_mono_ns() - begun_ns) / 1000);
}

bool database_reconnect(struct dlrd *d, struct err *err)
{
	while (!daemon_stopping()) {
		daemon_alive();
		if (pg_reconnect_wait(d->pg, patience_round(&d->patience, PATIENCE_MS), err))
			return true;
	}
	return err_set(err, ERR_STOPPING, "stopping while waiting for the database");
}

/* What to do about a failure: reconnect, or wait a little and try again. */
static bool prepare_again(struct dlrd *d, struct err *err)
{
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	log_err("receipts could not be stored, will try again", err,
		LI("receipts", d->group.count));
	if (!pg_usable(d->pg))
		return database_reconnect(d, err);
	if (err->kind != ERR_RETRY && poll(&stop, 1, REFUSED_MS) > 0)
		return err_set(err, ERR_STOPPING, "stopping with receipts not stored");
	daemon_alive();
	return true;
}

bool store_group(struct dlrd *d, struct err *err)
{
	for (;;) {
		struct attempt a = {.d = d, .now_us = clock_wall_us()};
		uint64_t begun_ns = clock_mono_ns();

		if (pg_transaction(d->pg, store_in_transaction, &a, err)) {
			count_group(d, begun_ns);
			return true;
		}
		if (!prepare_again(d, err))
			return false;
	}
}
