/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* users - see users.h. */
#include "crmd/users.h"

#include <string.h>

#include "common/base/mem.h"

enum column {
	COL_N,
	COL_KNOWN,
	COL_DISABLED,
	COL_EXPIRED,
	COL_MAY,
	COL_QUOTA,
	COL_QUOTA_MONEY,
	COL_BOUND,
	COL_TEMPLATES,
};

static bool find(struct worker *w, const struct event *events, size_t count, struct pg_result **out,
		 struct err *err)
{
	static const struct pg_stmt find = {
		"users_find",
		"SELECT u.n::integer, a.id IS NOT NULL, a.disabled_at IS NOT NULL,"
		"       coalesce(a.expires_at <= clock_timestamp(), false),"
		"       a.events && ARRAY['*', u.type], q.id,"
		"       coalesce(q.money_micro_per_hour, q.money_micro_per_day) IS NOT NULL,"
		"       a.templates IS NOT NULL, a.templates"
		"  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(name, type, n)"
		"  LEFT JOIN amqp_user a ON a.name = u.name"
		"  LEFT JOIN quota q ON q.id = a.quota_id"
		"   AND coalesce(q.parts_per_hour, q.parts_per_day, q.money_micro_per_hour,"
		"                q.money_micro_per_day) IS NOT NULL"
		" WHERE EXISTS (SELECT 1 FROM amqp_user)"};
	const char **names = mem_calloc(count, sizeof(*names));
	const char **types = mem_calloc(count, sizeof(*types));

	for (size_t i = 0; i < count; i++) {
		names[i] = events[i].user_id;
		types[i] = events[i].kind != NULL ? events[i].kind->name : "";
	}
	pg_param_text_array(w->params, names, count);
	pg_param_text_array(w->params, types, count);
	mem_free(names);
	mem_free(types);
	return worker_run(w, &find, out, err);
}

/* Why the event of a row may not be sent; NULL: it may. */
static const char *judge(const struct pg_result *rows, size_t row, const struct event *e,
			 const char **field)
{
	*field = "user-id";
	if (!pg_bool(rows, row, COL_KNOWN))
		return e->user_id[0] == '\0'
			       ? "the name of the broker's user as property user-id of the message"
			       : "a user that vestnik amqp-user list shows";
	if (pg_bool(rows, row, COL_DISABLED))
		return "a user that is not disabled; ask whoever runs the service";
	if (pg_bool(rows, row, COL_EXPIRED))
		return "a user whose time is not over; ask whoever runs the service";
	*field = "type";
	return pg_bool(rows, row, COL_MAY)
		       ? NULL
		       : "a type of event that this user may send; ask whoever runs the service";
}

static void read_terms(const struct pg_result *rows, size_t row, struct send_terms *out)
{
	out->quota_id = pg_int(rows, row, COL_QUOTA);
	out->quota_money = pg_bool(rows, row, COL_QUOTA_MONEY);
	out->bound = pg_bool(rows, row, COL_BOUND);
	out->template_count =
		pg_int_array(rows, row, COL_TEMPLATES, out->template_id, SEND_TEMPLATES_MAX);
}

bool users_judge(struct worker *w, struct event *events, size_t count, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!find(w, events, count, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows); row++) {
		struct event *e = &events[pg_int(rows, row, COL_N) - 1];

		e->barred = judge(rows, row, e, &e->barred_field);
		read_terms(rows, row, &e->terms);
	}
	pg_result_free(&rows);
	return true;
}
