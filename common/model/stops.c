/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stops - see stops.h. */
#include "common/model/stops.h"

#include "common/base/mem.h"

#define NUMBERS_AT_ONCE 20000

const struct pg_stmt stops_restore_stmt = {"stops_restore",
					   "SELECT stops_restore($1::bigint[], $2::bytea)"};

void stops_params(struct pg_params *params, const struct privacy_key *key, const int64_t *msisdns,
		  size_t count)
{
	uint8_t *hashes;

	pg_param_int64_array(params, msisdns, count);
	if (key == NULL) {
		pg_param_null(params);
		return;
	}
	hashes = mem_calloc(count + 1, PRIVACY_HASH_BYTES);
	for (size_t i = 0; i < count; i++)
		privacy_hash_number(key, msisdns[i], hashes + i * PRIVACY_HASH_BYTES);
	pg_param_bytes(params, hashes, count * PRIVACY_HASH_BYTES);
	mem_free(hashes);
}

bool stops_restore(struct pg *pg, const struct privacy_key *key, const int64_t *msisdns,
		   size_t count, struct err *err)
{
	struct pg_params *params = pg_params_new();
	bool ok;

	stops_params(params, key, msisdns, count);
	ok = pg_run(pg, &stops_restore_stmt, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool any_hash(struct pg *pg, bool *out, struct err *err)
{
	static const struct pg_stmt any = {"stops_any", "SELECT EXISTS (SELECT 1 FROM stop_hash)"};
	struct pg_result *rows = NULL;
	bool ok = pg_run(pg, &any, NULL, &rows, err);

	*out = ok && pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return ok;
}

/* Restore the next of the cursor; *count_out is how many there were. */
static bool restore_next(struct pg *pg, const struct privacy_key *key, int64_t *msisdns,
			 size_t *count_out, struct err *err)
{
	static const struct pg_stmt fetch = {"stops_fetch", "FETCH 20000 FROM stops_numbers"};
	struct pg_result *rows = NULL;
	bool ok = pg_run(pg, &fetch, NULL, &rows, err);

	*count_out = ok ? pg_rows(rows) : 0;
	for (size_t i = 0; i < *count_out; i++)
		msisdns[i] = pg_int(rows, i, 0);
	pg_result_free(&rows);
	return ok && (*count_out == 0 || stops_restore(pg, key, msisdns, *count_out, err));
}

bool stops_restore_from(struct pg *pg, const struct privacy_key *key, const struct pg_stmt *declare,
			struct err *err)
{
	static const struct pg_stmt close = {"stops_close", "CLOSE stops_numbers"};
	int64_t *msisdns;
	size_t count = 0;
	bool any, ok;

	if (!any_hash(pg, &any, err))
		return false;
	if (!any)
		return true;
	msisdns = mem_calloc(NUMBERS_AT_ONCE, sizeof(*msisdns));
	ok = pg_run(pg, declare, NULL, NULL, err);
	do {
		ok = ok && restore_next(pg, key, msisdns, &count, err);
	} while (ok && count > 0);
	mem_free(msisdns);
	return ok && pg_run(pg, &close, NULL, NULL, err);
}
