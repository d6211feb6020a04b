/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* list - list.replace: the members of a fixed list, all of them. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "crmd/kinds.h"

#define NAME_CHARS_MAX 200
#define MEMBERS_MAX    100000

struct list {
	const char *name;
	const char **members; /* external ids; behind the struct, in the same memory */
	size_t count;
	bool skip_unknown;
};

static bool skip_in(struct json_in *in)
{
	const char *word = json_in_text(in, "on_unknown", JSON_OPTIONAL, 10);

	if (word == NULL || strcmp(word, "refuse") == 0)
		return false;
	if (strcmp(word, "skip") != 0)
		json_in_refuse(in, "on_unknown", word, "refuse or skip");
	return true;
}

static void read_members(struct list *l, const cJSON *array, struct json_in *in)
{
	const cJSON *member;
	char path[32];

	cJSON_ArrayForEach(member, array)
	{
		if (!cJSON_IsString(member) || member->valuestring[0] == '\0') {
			snprintf(path, sizeof(path), "members[%zu]", l->count);
			json_in_refuse(in, path, "something else", "the external id of a client");
			return;
		}
		l->members[l->count++] = member->valuestring;
	}
}

/* An empty array empties the list. */
static const cJSON *members_in(struct json_in *in)
{
	const cJSON *value = json_in_has(in, "members")
				     ? cJSON_GetObjectItemCaseSensitive(in->object, "members")
				     : NULL;

	if (cJSON_IsArray(value) && cJSON_GetArraySize(value) <= MEMBERS_MAX)
		return value;
	json_in_refuse(in, "members", "something else", "an array of at most 100000 external ids");
	return NULL;
}

void list_read(struct event *e, struct json_in *in)
{
	const cJSON *members = members_in(in);
	size_t count = (size_t)cJSON_GetArraySize(members);
	struct list *l = mem_calloc(1, sizeof(*l) + count * sizeof(*l->members));

	l->members = (const char **)(l + 1);
	e->payload = l;
	e->key = l->name = json_in_text(in, "list", JSON_REQUIRED, NAME_CHARS_MAX);
	l->skip_unknown = skip_in(in);
	read_members(l, members, in);
}

/* Whether it may be replaced; if not, the event is refused. */
static bool check_list(struct worker *w, struct event *e, bool *may_out, struct err *err)
{
	static const struct pg_stmt find = {"list_is_dynamic",
					    "SELECT 1 FROM list WHERE name = $1 AND department_id "
					    "= 1 AND criteria IS NOT NULL"};
	static const struct pg_stmt unknown = {
		"list_unknown_member",
		"SELECT u.n::integer FROM unnest($1::text[]) WITH ORDINALITY AS u(id, n)"
		"  LEFT JOIN LATERAL (SELECT c.id FROM client c WHERE c.external_id = u.id LIMIT "
		"1) c"
		"       ON true"
		" WHERE c.id IS NULL ORDER BY u.n LIMIT 1"};
	const struct list *l = e->payload;
	struct pg_result *rows = NULL;
	char field[48];

	pg_param_text(w->params, l->name);
	if (!worker_run(w, &find, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		event_refuse(e, "data.list", "a fixed list; this one follows from criteria");
	pg_result_free(&rows);
	if (e->outcome == EVENT_DONE && !l->skip_unknown) {
		pg_param_text_array(w->params, l->members, l->count);
		if (!worker_run(w, &unknown, &rows, err))
			return false;
		if (pg_rows(rows) > 0) {
			snprintf(field, sizeof(field), "data.members[%lld]",
				 (long long)pg_int(rows, 0, 0) - 1);
			event_refuse(e, field, client_expected);
		}
		pg_result_free(&rows);
	}
	*may_out = e->outcome == EVENT_DONE;
	return true;
}

static bool replace(struct worker *w, const struct list *l, struct err *err)
{
	static const struct pg_stmt make = {
		"list_make",
		"INSERT INTO list (name) VALUES ($1) ON CONFLICT (department_id, name) DO NOTHING"};
	static const struct pg_stmt lock = {
		"list_lock",
		"SELECT id FROM list WHERE name = $1 AND department_id = 1 FOR UPDATE"};
	static const struct pg_stmt change = {
		"list_change",
		"WITH wanted AS (SELECT DISTINCT c.id FROM unnest($2::text[]) AS u(id)"
		"                CROSS JOIN LATERAL (SELECT c.id FROM client c"
		"                                     WHERE c.external_id = u.id LIMIT 1) c),"
		" gone AS (DELETE FROM list_member m WHERE m.list_id = $1::bigint"
		"             AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.id = m.client_id)"
		"          RETURNING 1),"
		" added AS (INSERT INTO list_member (list_id, client_id)"
		"           SELECT $1::bigint, w.id FROM wanted w ON CONFLICT DO NOTHING RETURNING "
		"1)"
		" UPDATE list SET size = size - (SELECT count(*) FROM gone)"
		"                      + (SELECT count(*) FROM added) WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;

	pg_param_text(w->params, l->name);
	if (!worker_run(w, &make, NULL, err))
		return false;
	pg_param_text(w->params, l->name);
	if (!worker_run(w, &lock, &rows, err))
		return false;
	id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	pg_param_int64(w->params, id);
	pg_param_text_array(w->params, l->members, l->count);
	return worker_run(w, &change, NULL, err);
}

bool list_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		bool may;

		if (!check_list(w, events[i], &may, err) ||
		    (may && !replace(w, events[i]->payload, err)))
			return false;
	}
	return true;
}
