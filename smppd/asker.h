/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* asker - the thread that looks for parts whose receipt did not come, and says which of them their
 * centres are to be asked about now (table part_query; docs/smpp.md).
 *
 * One for the process.  Straight-line and blocking; it connects to the database with the first
 * account that wants it.  Accounts are told by their id: one may be gone when its questions come.
 */
#ifndef VESTNIK_SMPPD_ASKER_H
#define VESTNIK_SMPPD_ASKER_H

#include <stdint.h>

#include "common/gateway/gateway.h"
#include "common/gateway/note.h"
#include "common/gateway/slice.h"
#include "common/model/receipt.h"

#define ASKER_QUESTIONS_MAX 50 /* of one account, at a time */

struct asker;

/* A part: what its centre called it, and what a receipt would have to agree with. */
struct question {
	int64_t msisdn;
	char id[RECEIPT_PROVIDER_ID_MAX + 1];	  /* normalised */
	char raw_id[RECEIPT_PROVIDER_ID_MAX + 2]; /* as the centre wrote it */
	char sender[SENDER_SIZE];
};

/* A note to the event thread, released with mem_free(). */
struct questions {
	struct note note; /* NOTE_OWN */
	int16_t account_id;
	size_t count;
	struct question question[ASKER_QUESTIONS_MAX];
};

struct asker *asker_start(const struct gateway *gateway);
void asker_stop(struct asker **asker);
/* Look for parts of this account that have waited `after_s` seconds; 0: no more.  Cheap, and any
 * number of times. */
void asker_want(struct asker *asker, int16_t account_id, int32_t after_s);

#endif
