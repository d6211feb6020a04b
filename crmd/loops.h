/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* loops - the loops of crmd, each in a file of its own; spec.c starts them. */
#ifndef VESTNIK_CRMD_LOOPS_H
#define VESTNIK_CRMD_LOOPS_H

#include "crmd/worker.h"

worker_loop events_loop; /* what other systems tell us: queue crm.in */
worker_loop feeds_loop;	 /* what we tell them: exchange crm.out */
worker_loop pulls_loop;	 /* what we fetch: sources of clients */

#endif
