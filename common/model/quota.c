/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quota - see quota.h. */
#include "common/model/quota.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

#define MONEY_SIZE 32

static enum quota_bar bar_of(const char *name)
{
	static const char *const names[] = {
		[QUOTA_PARTS_PER_HOUR] = "parts_per_hour",
		[QUOTA_PARTS_PER_DAY] = "parts_per_day",
		[QUOTA_MONEY_PER_HOUR] = "money_per_hour",
		[QUOTA_MONEY_PER_DAY] = "money_per_day",
	};

	for (int bar = QUOTA_PARTS_PER_HOUR; bar <= QUOTA_MONEY_PER_DAY; bar++)
		if (strcmp(names[bar], name) == 0)
			return bar;
	panic("the database names a limit \"%s\"", name);
}

bool quota_take(struct pg *pg, struct pg_params *params, struct quota_ask *const *asks,
		size_t count, struct err *err)
{
	static const struct pg_stmt take = {
		"quota_take", "SELECT n, bar, allowed, used, retry_s FROM quota_take($1::bigint[],"
			      " $2::bigint[], $3::bigint[])"};
	int64_t *column = mem_calloc(3 * count + 1, sizeof(*column));
	struct pg_result *rows = NULL;
	bool ok;

	for (size_t i = 0; i < count; i++) {
		column[i] = asks[i]->quota_id;
		column[count + i] = asks[i]->parts;
		column[2 * count + i] = asks[i]->money_micro;
		asks[i]->bar = QUOTA_FITS;
	}
	for (size_t c = 0; c < 3; c++)
		pg_param_int64_array(params, column + c * count, count);
	mem_free(column);
	ok = pg_run(pg, &take, params, &rows, err);
	pg_params_reset(params);
	for (size_t row = 0; ok && row < pg_rows(rows); row++) {
		struct quota_ask *ask = asks[pg_int(rows, row, 0) - 1];

		ask->bar = bar_of(pg_text(rows, row, 1));
		ask->allowed = pg_int(rows, row, 2);
		ask->used = pg_int(rows, row, 3);
		ask->retry_s = (int)pg_int(rows, row, 4);
	}
	pg_result_free(&rows);
	return ok;
}

/* "2500.00": hundredths, as people write roubles. */
static const char *money(int64_t micro, char out[MONEY_SIZE])
{
	snprintf(out, MONEY_SIZE, "%lld.%02lld", (long long)(micro / 1000000),
		 (long long)(micro / 10000 % 100));
	return out;
}

static const char *parts_reason(const struct quota_ask *ask, char out[QUOTA_REASON_SIZE])
{
	snprintf(
		out, QUOTA_REASON_SIZE,
		ask->bar == QUOTA_PARTS_PER_HOUR
			? "Parts this program may send in an hour: %lld, sent already: %lld, asked "
			  "for now: %lld, so nothing of the request was accepted. Send it again "
			  "in %d s, send less at once, or ask whoever runs the service for a "
			  "higher limit"
			: "Parts this program may send in a day: %lld, sent already: %lld, asked "
			  "for now: %lld, so nothing of the request was accepted. Send it again "
			  "in %d s, send less at once, or ask whoever runs the service for a "
			  "higher limit",
		(long long)ask->allowed, (long long)ask->used, (long long)ask->parts, ask->retry_s);
	return out;
}

static const char *money_reason(const struct quota_ask *ask, char out[QUOTA_REASON_SIZE])
{
	char allowed[MONEY_SIZE], used[MONEY_SIZE], asked[MONEY_SIZE];

	snprintf(
		out, QUOTA_REASON_SIZE,
		ask->bar == QUOTA_MONEY_PER_HOUR
			? "Roubles this program may spend in an hour: %s, spent already: %s, asked "
			  "for now: %s, so nothing of the request was accepted. Send it again "
			  "in %d s, send less at once, or ask whoever runs the service for a "
			  "higher limit"
			: "Roubles this program may spend in a day: %s, spent already: %s, asked "
			  "for now: %s, so nothing of the request was accepted. Send it again "
			  "in %d s, send less at once, or ask whoever runs the service for a "
			  "higher limit",
		money(ask->allowed, allowed), money(ask->used, used),
		money(ask->money_micro, asked), ask->retry_s);
	return out;
}

const char *quota_reason(const struct quota_ask *ask, char out[QUOTA_REASON_SIZE])
{
	if (ask->bar == QUOTA_PARTS_PER_HOUR || ask->bar == QUOTA_PARTS_PER_DAY)
		return parts_reason(ask, out);
	return money_reason(ask, out);
}

void quota_refuse(struct problem *problem, const struct quota_ask *ask)
{
	char reason[QUOTA_REASON_SIZE];

	problem_set(problem, 429, "quota-used-up", "This program has sent as much as it may", "%s",
		    quota_reason(ask, reason));
	problem->retry_after_s = ask->retry_s;
}
