/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* patience - a descriptor that becomes readable when the daemon stops or some seconds have passed,
 * so that a wait for a store ends now and then and the watchdog hears of us. */
#ifndef VESTNIK_DISPATCHERD_PATIENCE_H
#define VESTNIK_DISPATCHERD_PATIENCE_H

#include <stdbool.h>

#include "common/base/err.h"

#define PATIENCE_S 5

struct patience {
	int epoll, timer;
};
#define PATIENCE_NONE ((struct patience){-1, -1})

/* `stop_fd` must outlive it. */
bool patience_init(struct patience *p, int stop_fd, struct err *err);
void patience_deinit(struct patience *p);
/* Begin a wait: the descriptor to watch, readable PATIENCE_S from now or at stop. */
int patience_start(struct patience *p);

#endif
