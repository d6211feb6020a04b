/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attribute_values - what clients have in a slot, when what it holds changes.
 *
 * Each different value is read once and by the rules of imports; what becomes another is changed in
 * one statement. */
#include <string.h>

#include "apid/attribute.h"

#define FETCH_ROWS 5000

struct conversion {
	struct request *r;
	const struct attribute *to;
	struct client_choices choices;
	int64_t unfit; /* clients whose value does not fit */
	int64_t changed;
	struct pg_copy *copy;
};

static void convert(struct conversion *c, const char *text, size_t len, int64_t clients)
{
	static _Thread_local struct client_room room;
	struct client_value value;
	struct err err;

	room.used = 0;
	if (!client_value_parse(c->to->kind, &c->choices, text, len, &room, &value, &err)) {
		c->unfit += clients;
		value.text = NULL;
	}
	if (value.text != NULL && value.len == len && memcmp(value.text, text, len) == 0)
		return;
	c->changed++;
	pg_copy_row(c->copy, 2);
	pg_copy_text(c->copy, text, len);
	pg_copy_text(c->copy, value.text, value.len);
}

static bool read_values(struct conversion *c, struct err *err)
{
	static const struct pg_stmt open = {
		"attribute_values_open",
		"DECLARE attribute_values NO SCROLL CURSOR FOR SELECT attrs[$1::integer], count(*)"
		" FROM client WHERE attrs[$1::integer] IS NOT NULL GROUP BY 1"};
	static const struct pg_stmt fetch = {"attribute_values_fetch",
					     "FETCH 5000 FROM attribute_values"};
	size_t count;

	pg_param_int32(c->r->params, c->to->slot);
	if (!request_query(c->r, &open, NULL, err))
		return false;
	do {
		struct pg_result *rows = NULL;

		if (!request_query(c->r, &fetch, &rows, err))
			return false;
		count = pg_rows(rows);
		for (size_t i = 0; i < count; i++)
			convert(c, pg_text(rows, i, 0), pg_len(rows, i, 0), pg_int(rows, i, 1));
		pg_result_free(&rows);
		if (!pg_copy_send(c->r->pg, c->copy, err))
			return false;
		pg_copy_reset(c->copy);
	} while (count == FETCH_ROWS);
	return pg_exec(c->r->pg, "CLOSE attribute_values", err);
}

static bool write_values(struct conversion *c, struct err *err)
{
	static const struct pg_stmt update = {
		"attribute_values_write",
		"UPDATE client k SET attrs[$1::integer] = v.now, updated_at = clock_timestamp()"
		"  FROM attribute_value v WHERE k.attrs[$1::integer] = v.was"};

	if (c->changed == 0)
		return true;
	pg_param_int32(c->r->params, c->to->slot);
	return pg_exec(c->r->pg, "ANALYZE attribute_value", err) &&
	       request_query(c->r, &update, NULL, err);
}

bool attribute_convert(struct request *r, const struct attribute *to, bool clear, struct err *err)
{
	struct conversion c = {.r = r, .to = to, .choices = {to->choice, to->choice_count}};
	bool ok;

	if (to->kind == CLIENT_KIND_TEXT)
		return true; /* every value is one */
	c.copy = pg_copy_new("COPY attribute_value FROM STDIN (FORMAT binary)");
	ok = pg_exec(r->pg, "CREATE TEMP TABLE attribute_value (was text, now text) ON COMMIT DROP",
		     err) &&
	     read_values(&c, err);
	pg_copy_free(&c.copy);
	if (!ok)
		return false;
	if (c.unfit > 0 && !clear)
		return problem_conflict(&r->problem,
					"Clients whose values would not fit: %lld. Correct them, "
					"or send unfit: clear to take these values away",
					(long long)c.unfit);
	return write_values(&c, err);
}

bool attribute_empty(struct request *r, int32_t slot, struct err *err)
{
	static const struct pg_stmt empty = {
		"attribute_empty",
		"UPDATE client SET attrs[$1::integer] = NULL, updated_at = clock_timestamp()"
		" WHERE attrs[$1::integer] IS NOT NULL"};

	pg_param_int32(r->params, slot);
	return request_query(r, &empty, NULL, err);
}
