/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stops - numbers that come in may have said stop before they were erased: those stops stand again.
 *
 * Of an erased number only a keyed hash is left (table stop_hash), so each way in asks here, for
 * many numbers at once and in the transaction that stores them. */
#ifndef VESTNIK_MODEL_STOPS_H
#define VESTNIK_MODEL_STOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/privacy_key.h"
#include "common/store/pg.h"

/* For a pipeline: the statement, and its parameters appended to `params`.  `key` may be NULL; then
 * the statement fails once there is a stop that nobody could find without it. */
extern const struct pg_stmt stops_restore_stmt;
void stops_params(struct pg_params *params, const struct privacy_key *key, const int64_t *msisdns,
		  size_t count);

bool stops_restore(struct pg *pg, const struct privacy_key *key, const int64_t *msisdns,
		   size_t count, struct err *err);
/* The same for the numbers of a statement "DECLARE stops_numbers NO SCROLL CURSOR FOR SELECT
 * msisdn ...", read some thousands at a time; no round trip more than one when nobody was erased.
 * Inside a transaction. */
bool stops_restore_from(struct pg *pg, const struct privacy_key *key, const struct pg_stmt *declare,
			struct err *err);

#endif
