/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quota - how much a program may send: taken in the transaction that accepts its messages.
 *
 * A row of table quota is held until COMMIT, so that the sum of what is accepted never goes beyond
 * a limit, however many processes accept; what is rolled back is not counted. */
#ifndef VESTNIK_MODEL_QUOTA_H
#define VESTNIK_MODEL_QUOTA_H

#include "common/store/pg.h"
#include "common/web/problem.h"

enum quota_bar {
	QUOTA_FITS,
	QUOTA_PARTS_PER_HOUR,
	QUOTA_PARTS_PER_DAY,
	QUOTA_MONEY_PER_HOUR,
	QUOTA_MONEY_PER_DAY,
};

/* One request: it is counted as a whole or not at all. */
struct quota_ask {
	int64_t quota_id;
	int64_t parts, money_micro;
	enum quota_bar bar; /* what it would go beyond; the rest is said of that */
	int64_t allowed, used;
	int retry_s;
};

/* Inside a transaction: count those that fit, in their order. `params` are empty before and after.
 */
bool quota_take(struct pg *pg, struct pg_params *params, struct quota_ask *const *asks,
		size_t count, struct err *err);
/* Why it is refused and what to do about it, as a sentence of common/web/ru.txt. */
#define QUOTA_REASON_SIZE 400
const char *quota_reason(const struct quota_ask *ask, char out[QUOTA_REASON_SIZE]);
/* A filled 429. */
void quota_refuse(struct problem *problem, const struct quota_ask *ask);

#endif
