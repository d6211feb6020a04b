/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quote - see quote.h. */
#include "common/route/quote.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/route/carry.h"

struct quote {
	const struct route_store *store;
	const struct message_item *like; /* the scope is for messages like this one; NULL: none */
	struct route_scope scope;
	struct carry carry;
	struct buf text; /* as it is sent */
};

static bool is_like(const struct message_item *a, const struct message_item *b)
{
	return a->category == b->category && a->class == b->class &&
	       a->account_id == b->account_id && strcmp(a->sender, b->sender) == 0;
}

/* Neighbours are mostly alike. */
static void scope_for(struct quote *q, const struct message_item *item)
{
	const struct registered *registered = q->store->registered;
	const struct route_ask ask = {
		.category = item->category,
		.class = item->class,
		.sender = item->sender,
		.pinned = item->account_id,
		.registered = registered,
		.known = registered_find(registered, item->sender),
	};

	if (q->like != NULL && is_like(q->like, item))
		return;
	route_scope_init(&q->scope, &q->store->book, &ask);
	q->like = item;
}

static int64_t cost_of(struct quote *q, const struct message_item *item, int64_t ported)
{
	struct route_message message = {
		.msisdn = item->msisdn,
		.operator_id = route_store_operator(q->store, item->msisdn, ported),
		.draw = (uint64_t)item->msisdn,
	};
	struct carried carried;

	scope_for(q, item);
	q->carry.scope = &q->scope;
	q->carry.max_parts = item->max_parts;
	buf_reset(&q->text);
	buf_add(&q->text, item->text, strlen(item->text));
	q->text.len = sms_normalise(q->text.data, q->text.len, q->text.data);
	if (q->scope.count == 0 ||
	    carry_text(&q->carry, &q->text, &message, &carried) != REASON_NONE)
		return 0;
	return carried.decision.cost_micro;
}

/* As route_store_operator() takes it, of each item; all 0 when nothing depends on it. */
static bool find_ported(const struct route_store *store, struct message_item *const *items,
			size_t count, int64_t *ported, struct pg *pg, struct pg_params *params,
			struct err *err)
{
	static const struct pg_stmt find = {
		"quote_ported", "SELECT u.n::integer, coalesce(q.operator_id, -1)::integer"
				"  FROM unnest($1::bigint[]) WITH ORDINALITY AS u(msisdn, n)"
				"  JOIN ported_number q ON q.msisdn = u.msisdn"};
	struct pg_result *rows = NULL;
	int64_t *msisdns;
	bool ok;

	if (!store->ported)
		return true;
	msisdns = mem_calloc(count + 1, sizeof(*msisdns));
	for (size_t i = 0; i < count; i++)
		msisdns[i] = items[i]->msisdn;
	pg_param_int64_array(params, msisdns, count);
	mem_free(msisdns);
	ok = pg_run(pg, &find, params, &rows, err);
	pg_params_reset(params);
	for (size_t row = 0; ok && row < pg_rows(rows); row++)
		ported[pg_int(rows, row, 0) - 1] = pg_int(rows, row, 1);
	pg_result_free(&rows);
	return ok;
}

bool quote_items(const struct route_store *store, struct message_item *const *items, size_t count,
		 struct pg *pg, struct pg_params *params, struct err *err)
{
	int64_t *ported = mem_calloc(count + 1, sizeof(*ported));
	struct quote *q;
	bool ok = find_ported(store, items, count, ported, pg, params, err);

	if (ok) {
		q = mem_calloc(1, sizeof(*q));
		q->store = store;
		buf_init(&q->text, COMPOSE_BYTES_MAX);
		carry_init(&q->carry);
		for (size_t i = 0; i < count; i++)
			items[i]->cost_micro = cost_of(q, items[i], ported[i]);
		carry_deinit(&q->carry);
		buf_deinit(&q->text);
		mem_free(q);
	}
	mem_free(ported);
	return ok;
}
