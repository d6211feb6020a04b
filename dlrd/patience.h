/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* patience - waiting for a store to come back, in rounds short enough to feed the watchdog.
 *
 * patience_fd() is readable once the daemon stops or the round is over, whichever is first. */
#ifndef DLRD_PATIENCE_H
#define DLRD_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience {
	int epoll_fd, timer_fd;
};

bool patience_init(struct patience *p, int stop_fd);
void patience_deinit(struct patience *p);
/* Begin a round of this length; returns the descriptor to wait on. */
int patience_round(struct patience *p, int64_t ms);

#endif
