/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cap - how many messages of a category one number gets, across all campaigns.
 *
 * dispatcherd counts by this condition, apid forecasts by the same one. */
#ifndef VESTNIK_MODEL_CAP_H
#define VESTNIK_MODEL_CAP_H

/* Whether a row `k` of send_count leaves room for one more on `day`: its days are ascending, so the
 * n-th last tells whether there are n since.  Limits of a day, 7 and 30 days; null: none. */
#define CAP_ROOM_SQL(k, day, per_day, per_week, per_month)                                         \
	"(coalesce(" k ".days[cardinality(" k ".days) + 1 - " per_day "] < " day ", true)"         \
	" AND coalesce(" k ".days[cardinality(" k ".days) + 1 - " per_week "] <= " day             \
	" - 7, true)"                                                                              \
	" AND coalesce(" k ".days[cardinality(" k ".days) + 1 - " per_month "] <= " day            \
	" - 30, true))"

#endif
