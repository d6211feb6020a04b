/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cap - see cap.h. */
#include "dispatcherd/cap.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/cap.h"

struct candidate {
	int64_t msisdn;
	size_t row;
};

struct cap {
	struct pg_params *params;
	struct candidate candidate[CHUNK_MESSAGES_MAX]; /* not asked yet, by number */
	size_t count;
	int64_t asked[CHUNK_MESSAGES_MAX];
	size_t asked_row[CHUNK_MESSAGES_MAX];
	size_t asked_count;
	bool refused[CHUNK_MESSAGES_MAX];
	int64_t back[CHUNK_MESSAGES_MAX];
	size_t back_count;
};

struct cap *cap_new(void)
{
	struct cap *cap = mem_calloc(1, sizeof(*cap));

	cap->params = pg_params_new();
	return cap;
}

void cap_free(struct cap **cap)
{
	if (*cap == NULL)
		return;
	pg_params_free(&(*cap)->params);
	mem_free(*cap);
	*cap = NULL;
}

/* --- who asks ------------------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->msisdn != y->msisdn)
		return x->msisdn < y->msisdn ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static void gather(struct cap *cap, const struct chunk_head *head, const struct pg_result *rows,
		   bool (*wanted)(const struct chunk_head *head, const struct pg_result *rows,
				  size_t row))
{
	cap->count = cap->back_count = 0;
	for (size_t row = 0; row < pg_rows(rows); row++) {
		cap->refused[row] = wanted(head, rows, row);
		if (cap->refused[row])
			cap->candidate[cap->count++] = (struct candidate){
				.msisdn = pg_int(rows, row, LOAD_MSISDN), .row = row};
	}
	qsort(cap->candidate, cap->count, sizeof(cap->candidate[0]), by_number);
}

/* Each number once; its further messages stay candidates. */
static void ask_next(struct cap *cap)
{
	size_t kept = 0;

	cap->asked_count = 0;
	for (size_t i = 0; i < cap->count; i++) {
		const struct candidate *c = &cap->candidate[i];

		if (cap->asked_count > 0 && cap->asked[cap->asked_count - 1] == c->msisdn) {
			cap->candidate[kept++] = *c;
			continue;
		}
		cap->asked[cap->asked_count] = c->msisdn;
		cap->asked_row[cap->asked_count++] = c->row;
	}
	cap->count = kept;
}

/* --- counting ------------------------------------------------------------------------------------
 */

static void push_limit(struct pg_params *params, int limit)
{
	if (limit == 0)
		pg_param_null(params);
	else
		pg_param_int16(params, (int16_t)limit);
}

static void push_numbers(struct cap *cap, const struct chunk_head *head, const int64_t *msisdns,
			 size_t count)
{
	pg_params_reset(cap->params);
	pg_param_int64_array(cap->params, msisdns, count);
	pg_param_int16(cap->params, (int16_t)head->category);
	pg_param_int16(cap->params, head->cap.day);
}

static int number_of(const void *key, const void *item)
{
	int64_t a = *(const int64_t *)key, b = *(const int64_t *)item;

	return a < b ? -1 : a > b;
}

static bool count_asked(struct cap *cap, struct pg *pg, const struct chunk_head *head,
			struct err *err)
{
	/* 62 days are kept: more than any limit looks at. */
	static const struct pg_stmt take = {
		"cap_take",
		"INSERT INTO send_count AS k (msisdn, category, days)"
		" SELECT u.msisdn, $2::smallint, ARRAY[$3::smallint]"
		"   FROM unnest($1::bigint[]) AS u(msisdn) ORDER BY u.msisdn"
		" ON CONFLICT (msisdn, category) DO UPDATE"
		"    SET days = (k.days || excluded.days)[greatest(1, cardinality(k.days) - 60):]"
		"  WHERE " CAP_ROOM_SQL("k", "$3::smallint", "$4::smallint", "$5::smallint",
					"$6::smallint") " RETURNING msisdn"};
	struct pg_result *rows = NULL;

	push_numbers(cap, head, cap->asked, cap->asked_count);
	push_limit(cap->params, head->cap.per_day);
	push_limit(cap->params, head->cap.per_week);
	push_limit(cap->params, head->cap.per_month);
	if (!pg_run(pg, &take, cap->params, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t msisdn = pg_int(rows, i, 0);
		const int64_t *found = bsearch(&msisdn, cap->asked, cap->asked_count,
					       sizeof(cap->asked[0]), number_of);

		if (found != NULL)
			cap->refused[cap->asked_row[found - cap->asked]] = false;
	}
	pg_result_free(&rows);
	return true;
}

bool cap_take(struct cap *cap, struct pg *pg, const struct chunk_head *head,
	      const struct pg_result *rows,
	      bool (*wanted)(const struct chunk_head *head, const struct pg_result *rows,
			     size_t row),
	      struct err *err)
{
	gather(cap, head, rows, wanted);
	while (cap->count > 0) {
		ask_next(cap);
		if (!count_asked(cap, pg, head, err))
			return false;
	}
	return true;
}

bool cap_refused(const struct cap *cap, size_t row)
{
	return cap->refused[row];
}

/* --- giving back ---------------------------------------------------------------------------------
 */

void cap_give_back(struct cap *cap, int64_t msisdn)
{
	cap->back[cap->back_count++] = msisdn;
}

bool cap_return(struct cap *cap, struct pg *pg, const struct chunk_head *head, struct err *err)
{
	static const struct pg_stmt back = {
		"cap_return", "UPDATE send_count SET days = send_days_without(days, $3::smallint)"
			      " WHERE msisdn = ANY ($1::bigint[]) AND category = $2::smallint"};

	if (cap->back_count == 0)
		return true;
	push_numbers(cap, head, cap->back, cap->back_count);
	return pg_pipeline_add(pg, &back, cap->params, err);
}
