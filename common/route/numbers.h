/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbers - whose a number is by the numbering register, from memory.
 *
 * The ranges of the version in force are laid out as sorted arrays and searched (a tenth of a
 * microsecond); neighbouring ranges of one operator are one.  Ported numbers are not here: who
 * needs them asks the database for those of a chunk at once. */
#ifndef VESTNIK_ROUTE_NUMBERS_H
#define VESTNIK_ROUTE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/store/pg.h"

struct route_numbers {
	size_t count;
	int64_t *from, *to; /* both included, ascending */
	int16_t *operator_id;
	size_t size; /* of the arrays */
};

void route_numbers_deinit(struct route_numbers *n);
void route_numbers_clear(struct route_numbers *n);
/* Ranges come in ascending order. */
void route_numbers_add(struct route_numbers *n, int64_t from, int64_t to, int16_t operator_id);
/* Read the version in force, in place of what was there. */
bool route_numbers_load(struct route_numbers *n, struct pg *pg, struct err *err);
/* The operator, 0 when none is known. */
int16_t route_numbers_find(const struct route_numbers *n, int64_t msisdn);

#endif
