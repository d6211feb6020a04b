/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feeds - what other systems are told: events into exchange crm.out. */
#include "common/base/daemon.h"
#include "crmd/loops.h"

#define TURN_MS 500

void feeds_loop(struct worker *w)
{
	(void)w;
	while (worker_sleep(TURN_MS))
		;
}
