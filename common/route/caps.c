/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* caps - grants and what becomes of them. */
#include "common/route/caps.h"

#include <string.h>

#include "common/base/clock.h"

#define FIRST_NEED   20 /* of `want`, a twentieth: nothing is known yet */
#define ASKS_MAX     8
#define ASK_AGAIN_MS 2000

static const struct pg_stmt reserve_stmt = {
	"route_cap_reserve",
	"SELECT cap_reserve($1::smallint, $2::smallint, $3::bigint)",
};
static const struct pg_stmt take_stmt = {
	"route_cap_take",
	"SELECT cap_take($1::smallint, $2::smallint[], $3::bigint[])",
};

static void forget(struct route_caps *caps)
{
	caps->count = 0;
	caps->asked_ms = 0;
	memset(caps->given, 0, sizeof(caps->given));
}

void route_caps_init(struct route_caps *caps, int16_t slot, int64_t want)
{
	caps->slot = slot;
	caps->want = want;
	caps->need = want / FIRST_NEED;
	forget(caps);
}

/* Accounts come and go, and so do caps: what is held is laid out beside the table anew. */
static void lay_out(struct route_caps *caps, const struct route_store *store)
{
	int64_t held[ROUTE_ACCOUNTS_MAX];
	int16_t whose[ROUTE_ACCOUNTS_MAX];
	size_t count = caps->count;

	memcpy(held, caps->left, count * sizeof(*held));
	memcpy(whose, caps->account, count * sizeof(*whose));
	caps->count = store->book.table.count;
	for (size_t i = 0; i < caps->count; i++) {
		caps->account[i] = store->book.table.account[i].id;
		caps->left[i] = store->capped[i] ? 0 : INT64_MAX;
		for (size_t k = 0; store->capped[i] && k < count; k++)
			if (whose[k] == caps->account[i] && held[k] != INT64_MAX)
				caps->left[i] = held[k];
	}
}

/* One grant; 0: there is no more. */
static bool reserve(struct route_caps *caps, size_t i, struct pg *pg, int64_t *granted,
		    struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int16(params, caps->account[i]);
	pg_param_int16(params, caps->slot);
	pg_param_int64(params, caps->want);
	ok = pg_run(pg, &reserve_stmt, params, &rows, err);
	if (ok) {
		*granted = pg_int(rows, 0, 0);
		if (pg_null(rows, 0, 0)) /* the cap has gone since the last look */
			caps->left[i] = INT64_MAX;
		else
			caps->left[i] += *granted;
	}
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok || err_wrap(err, "asking for parts of a cap");
}

/* Grants grow small as a cap comes to its end, so that others get some too. */
static bool have_enough(struct route_caps *caps, size_t i, struct pg *pg, struct err *err)
{
	int64_t granted = 1;

	for (int asks = 0; asks < ASKS_MAX && granted > 0 && caps->left[i] < 2 * caps->need; asks++)
		if (!reserve(caps, i, pg, &granted, err))
			return false;
	if (granted == 0) /* there is no more: not at every chunk */
		caps->asked_ms = clock_mono_ms();
	return true;
}

/* What a transaction that was rolled back gave is there again. */
static void take_back(struct route_caps *caps)
{
	for (size_t i = 0; i < caps->count; i++) {
		if (caps->left[i] != INT64_MAX)
			caps->left[i] += caps->given[i];
		caps->given[i] = 0;
	}
}

bool route_caps_prepare(struct route_caps *caps, const struct route_store *store, struct pg *pg,
			struct err *err)
{
	take_back(caps);
	lay_out(caps, store);
	if (!store->caps ||
	    (caps->asked_ms != 0 && clock_mono_ms() - caps->asked_ms < ASK_AGAIN_MS))
		return true;
	caps->asked_ms = 0;
	for (size_t i = 0; i < caps->count; i++)
		if (!have_enough(caps, i, pg, err))
			return false;
	return true;
}

const int64_t *route_caps_left(const struct route_caps *caps, const struct route_store *store)
{
	return store->caps ? caps->left : NULL;
}

void route_caps_give(struct route_caps *caps, size_t place, int parts)
{
	if (place >= caps->count || caps->left[place] == INT64_MAX)
		return;
	caps->left[place] -= parts;
	caps->given[place] += parts;
}

bool route_caps_count(struct route_caps *caps, struct pg *pg, struct err *err)
{
	int16_t accounts[ROUTE_ACCOUNTS_MAX];
	int64_t parts[ROUTE_ACCOUNTS_MAX];
	struct pg_params *params;
	struct pg_result *rows = NULL;
	size_t n = 0;
	bool ok, taken = false;

	for (size_t i = 0; i < caps->count; i++) {
		if (caps->given[i] == 0)
			continue;
		accounts[n] = caps->account[i];
		parts[n++] = caps->given[i];
	}
	if (n == 0)
		return true;
	params = pg_params_new();
	pg_param_int16(params, caps->slot);
	pg_param_int16_array(params, accounts, n);
	pg_param_int64_array(params, parts, n);
	ok = pg_run(pg, &take_stmt, params, &rows, err);
	taken = ok && pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	pg_params_free(&params);
	if (ok && !taken) {
		forget(caps);
		return err_set(err, ERR_RETRY, "parts granted of a cap are not there any more");
	}
	return ok;
}

void route_caps_done(struct route_caps *caps)
{
	for (size_t i = 0; i < caps->count; i++)
		if (caps->given[i] > caps->need)
			caps->need = caps->given[i];
	memset(caps->given, 0, sizeof(caps->given));
}
