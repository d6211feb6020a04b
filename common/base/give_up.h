/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* give_up - the moment in a stop from which nobody waits for another any longer.
 *
 * A stop waits for stores and peers as long as it may; then give_up() makes every wait for the
 * database (pg.h) and the broker (mq.h) in this process end at once, and every later one fail at
 * once, as if the other side were gone.  What is in hand stays as a crash would leave it.  The
 * skeleton (daemon.h) calls it; waits of other kinds watch give_up_fd(). */
#ifndef VESTNIK_BASE_GIVE_UP_H
#define VESTNIK_BASE_GIVE_UP_H

#include <stdbool.h>

/* For good; from any thread, as often as liked. */
void give_up(void);
bool gave_up(void);
int give_up_fd(void); /* readable for ever once given up */

#endif
