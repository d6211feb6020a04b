/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* patience - waiting for a store to come back, in rounds short enough to feed the watchdog.
 *
 * mq_reconnect_wait() and pg_reconnect_wait() wait until a descriptor is readable; the one given
 * here is so once the daemon stops or the round is over, whichever is first. */
#ifndef VESTNIK_BASE_PATIENCE_H
#define VESTNIK_BASE_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

/* A round that leaves the watchdog of the units (45 s) ample time. */
#define PATIENCE_MS 5000

struct patience {
	int epoll_fd, timer_fd;
};
#define PATIENCE_NONE ((struct patience){-1, -1})

/* `stop_fd` must outlive it. */
bool patience_init(struct patience *p, int stop_fd, struct err *err);
/* Harmless on PATIENCE_NONE. */
void patience_deinit(struct patience *p);
/* Begin a round of this length; returns the descriptor to wait on. */
int patience_round(struct patience *p, int64_t ms);

#endif
