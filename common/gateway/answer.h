/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer - the answering thread of one account: commits bundles of answers in groups.
 *
 *   answer.c           the thread: groups, retries, outcomes of a COMMIT that were not heard
 *   answer_store.c     one group as one transaction
 *   answer_messages.c  in it: doubts, retries, other accounts
 *
 * A group is tried until it is known to be committed, or the process gives up (give_up.h). */
#ifndef VESTNIK_GATEWAY_ANSWER_H
#define VESTNIK_GATEWAY_ANSWER_H

#include "common/gateway/bundle.h"
#include "common/gateway/gate.h"

void *answer_thread(void *gate);

#endif
