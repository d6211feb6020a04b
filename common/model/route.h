/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route - which account carries a batch.
 *
 * A campaign or an API request may name its account; then nothing else is taken, and the batch
 * waits for it.  Otherwise the cheapest enabled account that can send just now, and among equally
 * cheap ones each gets a share by its rate.  When none can send, the cheapest enabled one: what
 * waits there is routed anew by schedulerd. */
#ifndef VESTNIK_MODEL_ROUTE_H
#define VESTNIK_MODEL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sms/parts.h"
#include "common/store/pg.h"

#define ROUTE_ACCOUNTS_MAX    1000
/* The share of an account without a limit, beside parts_per_s of the others. */
#define ROUTE_UNLIMITED_SHARE 1000

struct route_account {
	int16_t id;
	bool enabled;
	bool up; /* its lease is held and its sessions were not down for 30 s */
	int64_t price_micro;
	int32_t parts_per_s;
	enum sms_split split;
	int max_parts;
};

struct route_table {
	size_t count;
	struct route_account account[ROUTE_ACCOUNTS_MAX];
};

/* Reads every account; its result goes to route_table_fill(). */
extern const struct pg_stmt route_accounts_stmt;
/* False: more accounts than the table holds, or a split this version does not know. */
bool route_table_fill(struct route_table *table, const struct pg_result *rows, struct err *err);

/* The account of one batch, or NULL when none may carry it.  `pinned` 0: any.  `draw` spreads
 * batches over equally cheap accounts; the same draw gives the same account. */
const struct route_account *route_choose(const struct route_table *table, int16_t pinned,
					 uint64_t draw);

/* The accounts among which route_choose() shares out batches just now; returns how many. */
size_t route_candidates(const struct route_table *table, int16_t pinned,
			const struct route_account *out[ROUTE_ACCOUNTS_MAX]);

#endif
