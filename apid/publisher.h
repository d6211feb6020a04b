/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* publisher - hands tickets of committed chunks to the broker, on a thread of its own.
 *
 * Nobody waits for it: the chunk stands in PostgreSQL, and schedulerd publishes again what does not
 * get done.  So a broker that is down costs delay and nothing else. */
#ifndef VESTNIK_APID_PUBLISHER_H
#define VESTNIK_APID_PUBLISHER_H

#include <stdint.h>

#include "common/model/message.h"

struct publisher;

struct publisher *publisher_new(const char *broker_url);
/* Never waits; a full queue drops the ticket. */
void publisher_put(struct publisher *p, int64_t chunk_id, enum lane lane);
/* Publishes what is queued (at most 1 s) and ends the thread. */
void publisher_free(struct publisher **p);

#endif
