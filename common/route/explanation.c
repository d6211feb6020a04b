/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* explanation - the engine asked for one number. */
#include "common/route/explanation.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

static const struct pg_stmt number_stmt = {
	"explanation_number",
	"SELECT ported_to($1)",
};
static const struct pg_stmt operator_stmt = {
	"explanation_operator",
	"SELECT name FROM operator WHERE id = $1",
};
static const struct pg_stmt facts_stmt = {
	"explanation_facts",
	"SELECT a.id, cap_unused(a.id), (SELECT c.number FROM operator_contract c,"
	"       (SELECT (statement_timestamp() AT TIME ZONE 'Europe/Moscow')::date AS day) t"
	"  WHERE c.account_id = a.id AND c.operator_id = $1 AND c.valid_from <= t.day"
	"    AND coalesce(c.valid_to, t.day) >= t.day ORDER BY c.valid_from DESC LIMIT 1)"
	"  FROM account a",
};

static bool find_operator(const struct route_store *store, struct pg *pg, struct pg_params *params,
			  int64_t msisdn, struct explanation *e, struct err *err)
{
	struct pg_result *rows = NULL;
	int64_t ported;

	pg_params_reset(params);
	pg_param_int64(params, msisdn);
	if (!pg_run(pg, &number_stmt, params, &rows, err))
		return false;
	ported = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	e->ported = ported != 0;
	/* Also where nothing depends on it: who asks wants to know. */
	e->operator_id = ported < 0   ? 0
			 : ported > 0 ? (int16_t)ported
				      : route_numbers_find(&store->numbers, msisdn);
	if (e->operator_id == 0)
		return true;
	pg_params_reset(params);
	pg_param_int16(params, e->operator_id);
	if (!pg_run(pg, &operator_stmt, params, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		(void)snprintf(e->operator_name, sizeof(e->operator_name), "%s",
			       pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

/* Caps and contracts; caps as they stand, for the engine to ask. */
static bool read_facts(struct pg *pg, struct pg_params *params, struct explanation *e,
		       struct err *err)
{
	struct pg_result *rows = NULL;

	pg_params_reset(params);
	pg_param_int16(params, e->operator_id);
	if (!pg_run(pg, &facts_stmt, params, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		for (size_t k = 0; k < e->count; k++) {
			struct explanation_candidate *c = &e->candidate[k];

			if (c->account->id != pg_int(rows, i, 0))
				continue;
			c->cap_left = pg_null(rows, i, 1) ? -1 : pg_int(rows, i, 1);
			(void)snprintf(c->contract, sizeof(c->contract), "%s", pg_text(rows, i, 2));
		}
	}
	pg_result_free(&rows);
	return true;
}

static void ask_engine(const struct route_store *store, const struct explanation_ask *ask,
		       struct explanation *e)
{
	struct route_verdict verdict[ROUTE_ACCOUNTS_MAX];
	int64_t left[ROUTE_ACCOUNTS_MAX];
	struct registered_text *text = registered_text_new();
	const struct route_ask question = {
		.category = ask->category,
		.class = ask->class,
		.sender = ask->sender,
		.pinned = ask->pinned,
		.registered = store->registered,
		.known = registered_find(store->registered, ask->sender),
		.left = left,
	};
	struct route_message message = {
		.msisdn = ask->msisdn,
		.operator_id = e->operator_id,
		.encoding = e->parts.encoding,
		.parts = e->parts.count,
		.draw = 1, /* not the turn of those on trial */
		.text = text,
	};
	struct route_scope scope;

	for (size_t i = 0; i < e->count; i++)
		left[i] = e->candidate[i].cap_left < 0 ? INT64_MAX : e->candidate[i].cap_left;
	registered_read(store->registered, question.known, ask->category, ask->text,
			strlen(ask->text), text);
	route_scope_init(&scope, &store->book, &question);
	e->rule = route_rule_of(&scope, &message);
	e->routed = route_explain(&scope, &message, verdict, &e->decision);
	for (size_t i = 0; i < e->count; i++)
		e->candidate[i].verdict = verdict[i];
	registered_text_free(&text);
}

bool explanation_make(const struct route_store *store, struct pg *pg,
		      const struct explanation_ask *ask, struct explanation **out, struct err *err)
{
	struct explanation *e = mem_calloc(1, sizeof(*e));
	struct pg_params *params = pg_params_new();
	bool ok;

	e->count = store->book.table.count;
	for (size_t i = 0; i < e->count; i++)
		e->candidate[i] = (struct explanation_candidate){
			.account = &store->book.table.account[i],
			.measure = &store->book.measure[i],
			.cap_left = -1,
		};
	ok = sms_split(ask->text, strlen(ask->text), SMS_SPLIT_UDH8, SMS_PARTS_MAX, &e->parts,
		       err) &&
	     find_operator(store, pg, params, ask->msisdn, e, err) &&
	     read_facts(pg, params, e, err);
	pg_params_free(&params);
	if (!ok) {
		mem_free(e);
		return false;
	}
	ask_engine(store, ask, e);
	*out = e;
	return true;
}

void explanation_free(struct explanation **e)
{
	mem_free(*e);
	*e = NULL;
}
