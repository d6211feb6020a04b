/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbers - sorted ranges. */
#include "common/route/numbers.h"

#include "common/base/mem.h"

#define FIRST_SIZE 1024

static const struct pg_stmt ranges_stmt = {
	"route_ranges",
	"SELECT r.lo, r.hi, o.operator_id FROM numbering_range r"
	"  JOIN numbering_operator_name o ON o.id = r.operator_name_id"
	" WHERE r.version_id = (SELECT v.id FROM numbering_version v"
	"        WHERE v.valid_from <= statement_timestamp()"
	"          AND (v.valid_to IS NULL OR statement_timestamp() < v.valid_to)"
	"        ORDER BY v.id DESC LIMIT 1)"
	"   AND o.operator_id IS NOT NULL ORDER BY r.lo",
};

void route_numbers_clear(struct route_numbers *n)
{
	n->count = 0;
}

void route_numbers_deinit(struct route_numbers *n)
{
	mem_free(n->from);
	mem_free(n->to);
	mem_free(n->operator_id);
	*n = (struct route_numbers){0};
}

void route_numbers_add(struct route_numbers *n, int64_t from, int64_t to, int16_t operator_id)
{
	if (n->count > 0 && n->to[n->count - 1] + 1 == from &&
	    n->operator_id[n->count - 1] == operator_id) {
		n->to[n->count - 1] = to;
		return;
	}
	if (n->count == n->size) {
		n->size = n->size == 0 ? FIRST_SIZE : n->size * 2;
		n->from = mem_realloc(n->from, n->size, sizeof(*n->from));
		n->to = mem_realloc(n->to, n->size, sizeof(*n->to));
		n->operator_id = mem_realloc(n->operator_id, n->size, sizeof(*n->operator_id));
	}
	n->from[n->count] = from;
	n->to[n->count] = to;
	n->operator_id[n->count++] = operator_id;
}

bool route_numbers_load(struct route_numbers *n, struct pg *pg, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &ranges_stmt, NULL, &rows, err))
		return err_wrap(err, "reading the numbering register");
	route_numbers_clear(n);
	for (size_t i = 0; i < pg_rows(rows); i++)
		route_numbers_add(n, pg_int(rows, i, 0), pg_int(rows, i, 1),
				  (int16_t)pg_int(rows, i, 2));
	pg_result_free(&rows);
	return true;
}

int16_t route_numbers_find(const struct route_numbers *n, int64_t msisdn)
{
	size_t from = 0, to = n->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (n->from[middle] <= msisdn)
			from = middle + 1;
		else
			to = middle;
	}
	return from > 0 && n->to[from - 1] >= msisdn ? n->operator_id[from - 1] : 0;
}
