/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attributes - attributes of clients as an administrator defines them: name, type, choices.
 *
 * Imports make attributes too, as texts.  Whoever changes one holds the lock under which clients
 * are merged, so no import writes by the old type. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/attribute.h"
#include "common/model/import_columns.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/model/client_merge.h"
#include "common/text/utf8.h"

#define NAME_CHARS_MAX	 100
#define CHOICE_CHARS_MAX 100

#define ATTRIBUTE_COLUMNS                                                                          \
	"SELECT a.slot, a.name, a.type, a.choices, a.created_at FROM client_attribute a "

static void put_attribute(struct json_out *json, const struct pg_result *rows, size_t i)
{
	const char *choice[CLIENT_CHOICES_MAX];
	size_t len[CLIENT_CHOICES_MAX];
	size_t count = pg_text_array(rows, i, 3, choice, len, CLIENT_CHOICES_MAX);

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "name", pg_text(rows, i, 1));
	json_put_text(json, "type", pg_text(rows, i, 2));
	json_array(json, "choices");
	for (size_t k = 0; k < count; k++)
		json_put_text_len(json, NULL, choice[k], len[k]);
	json_array_end(json);
	json_put_time(json, "created_at", pg_time_us(rows, i, 4));
	json_object_end(json);
}

/* GET /v1/attributes */
bool attribute_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"attribute_list",
					    ATTRIBUTE_COLUMNS "ORDER BY a.slot LIMIT 500"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "attributes");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_attribute(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- what a request says
 * ------------------------------------------------------------------------------- */

struct wish {
	struct request *r;
	struct attribute is;	 /* as it stands; of a change */
	struct attribute wanted; /* what was not said is as it stands */
	char *name;		 /* as a placeholder writes it; NULL: not said */
	bool has_type, has_choices, clear;
	struct pg_result *row; /* owns what `is` borrows */
};

static bool takes_choices(enum client_kind kind)
{
	return kind == CLIENT_KIND_ONE_OF || kind == CLIENT_KIND_MANY_OF;
}

static void read_name(struct json_in *in, enum json_need need, struct wish *w)
{
	const char *said = json_in_text(in, "name", need, NAME_CHARS_MAX);

	if (said == NULL)
		return;
	w->name = import_attribute_name(said, strlen(said));
	if (w->name == NULL)
		json_in_refuse(in, "name", said,
			       "a name that begins with a letter and holds letters, digits and "
			       "underscores, and is no field's name");
}

static void read_type(struct json_in *in, enum json_need need, struct wish *w)
{
	const char *type = json_in_text(in, "type", need, NAME_CHARS_MAX);

	if (type == NULL)
		return;
	w->has_type = client_attribute_kind_find(type, &w->wanted.kind);
	if (!w->has_type)
		json_in_refuse(in, "type", type,
			       "one of text, number, date, yes_no, one_of and many_of");
}

/* Two that differ in capitals only could not be told apart. */
static bool is_choice(const struct attribute *a, const char *text)
{
	static _Thread_local struct client_room room;
	const struct client_choices before = {a->choice, a->choice_count};
	struct client_value value;
	struct err err;
	size_t len = strlen(text);

	room.used = 0;
	return len > 0 && utf8_count(text, len) <= CHOICE_CHARS_MAX &&
	       strpbrk(text, ",\n") == NULL && client_trim(text, &len) == text &&
	       text[len] == '\0' &&
	       !client_value_parse(CLIENT_KIND_ONE_OF, &before, text, len, &room, &value, &err);
}

static void read_choices(struct json_in *in, struct wish *w)
{
	const cJSON *array = json_in_array(in, "choices", JSON_OPTIONAL, CLIENT_CHOICES_MAX);
	const cJSON *item;

	if (array == NULL)
		return;
	w->has_choices = true;
	cJSON_ArrayForEach(item, array)
	{
		const char *text = cJSON_IsString(item) ? item->valuestring : "";

		if (!is_choice(&w->wanted, text)) {
			json_in_refuse(in, "choices", text,
				       "different words of 1 to 100 characters without commas");
			return;
		}
		w->wanted.choice[w->wanted.choice_count++] = text;
	}
}

static void read_unfit(struct json_in *in, struct wish *w)
{
	const char *unfit = json_in_text(in, "unfit", JSON_OPTIONAL, NAME_CHARS_MAX);

	w->clear = unfit != NULL && strcmp(unfit, "clear") == 0;
	if (unfit != NULL && !w->clear && strcmp(unfit, "refuse") != 0)
		json_in_refuse(in, "unfit", unfit, "refuse or clear");
}

/* The choices that belong to the type, and no others. */
static void check_choices(struct wish *w)
{
	if (takes_choices(w->wanted.kind) && w->wanted.choice_count == 0)
		problem_field(&w->r->problem, "choices", "nothing", "what the attribute can hold");
	else if (!takes_choices(w->wanted.kind) && w->has_choices)
		problem_field(&w->r->problem, "choices", "choices",
			      "choices only when type is one_of or many_of");
}

/* --- writing
 * ------------------------------------------------------------------------------------------- */

/* The lock of client_merge.h. */
static bool lock(struct request *r, struct err *err)
{
	return pg_exec(r->pg,
		       "SET LOCAL statement_timeout = '300s'; SELECT pg_advisory_xact_lock(7003)",
		       err);
}

static bool put_one(struct request *r, int32_t slot, struct err *err)
{
	static const struct pg_stmt get = {"attribute_get",
					   ATTRIBUTE_COLUMNS "WHERE a.slot = $1::integer"};
	struct pg_result *rows = NULL;

	pg_param_int32(r->params, slot);
	if (!request_query(r, &get, &rows, err))
		return false;
	put_attribute(&r->json, rows, 0);
	pg_result_free(&rows);
	return true;
}

/* The unique name is taken: say so rather than fail. */
static bool name_is_taken(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
		return false;
	problem_field(&r->problem, "name", "the name of another attribute", "a name of its own");
	return request_refused(err);
}

static void push_wanted(struct wish *w)
{
	struct pg_params *p = w->r->params;

	pg_param_text(p, w->wanted.name);
	pg_param_text(p, client_kind_code(w->wanted.kind));
	if (takes_choices(w->wanted.kind))
		pg_param_text_array(p, w->wanted.choice, w->wanted.choice_count);
	else
		pg_param_null(p);
}

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt create = {
		"attribute_create",
		"INSERT INTO client_attribute (slot, name, type, choices)"
		" SELECT s, $1::text, $2::text, $3::text[] FROM generate_series(1, 500) s"
		"  WHERE NOT EXISTS (SELECT 1 FROM client_attribute a WHERE a.slot = s)"
		"  ORDER BY s LIMIT 1 RETURNING slot"};
	struct wish *w = arg;
	struct request *r = w->r;
	struct pg_result *rows = NULL;

	(void)pg;
	json_out_reset(&r->json);
	if (!lock(r, err))
		return false;
	push_wanted(w);
	if (!request_query(r, &create, &rows, err))
		return name_is_taken(r, err);
	w->wanted.slot = pg_rows(rows) == 1 ? (int32_t)pg_int(rows, 0, 0) : 0;
	pg_result_free(&rows);
	if (w->wanted.slot != 0)
		return put_one(r, w->wanted.slot, err);
	problem_conflict(&r->problem,
			 "Clients have %d attributes already, no more are possible. "
			 "Delete one that nothing needs",
			 CLIENT_SLOTS_MAX);
	return request_refused(err);
}

/* POST /v1/attributes */
bool attribute_create(struct request *r, struct err *err)
{
	struct wish w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	read_name(&in, JSON_REQUIRED, &w);
	read_type(&in, JSON_REQUIRED, &w);
	read_choices(&in, &w);
	json_in_end(&in);
	w.wanted.name = w.name;
	if (!problem_found(&r->problem))
		check_choices(&w);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, create_body, &w, err);
	if (ok && !problem_found(&r->problem))
		log_info("attribute made", LI("attribute", w.wanted.slot));
	mem_free(w.name);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, 201));
}

/* Lock it and read what it is; one that is not there is the problem. */
static bool read_attribute(struct wish *w, struct err *err)
{
	static const struct pg_stmt get = {"attribute_lock", ATTRIBUTE_COLUMNS
					   "WHERE a.slot = $1::integer FOR UPDATE"};
	struct request *r = w->r;

	pg_result_free(&w->row); /* of a try before */
	if (!lock(r, err))
		return false;
	pg_param_int32(r->params, w->is.slot);
	if (!request_query(r, &get, &w->row, err))
		return false;
	if (pg_rows(w->row) == 0) {
		problem_not_found(&r->problem, "attribute");
		return request_refused(err);
	}
	w->is.name = pg_text(w->row, 0, 1);
	w->is.kind = client_attribute_kind(pg_text(w->row, 0, 2));
	return true;
}

/* What was not said stays as it is. */
static bool complete(struct wish *w, struct client_attribute_types *types, struct err *err)
{
	w->wanted.slot = w->is.slot;
	w->wanted.name = w->name != NULL ? w->name : w->is.name;
	if (!w->has_type)
		w->wanted.kind = w->is.kind;
	if (w->has_choices || !takes_choices(w->wanted.kind))
		return true;
	if (!client_attribute_types_load(w->r->pg, &w->is.name, 1, types, err))
		return false;
	w->wanted.choice_count = types->choices[0].count;
	for (size_t i = 0; i < w->wanted.choice_count; i++)
		w->wanted.choice[i] = types->choices[0].text[i];
	return true;
}

static bool change(struct wish *w, struct err *err)
{
	static const struct pg_stmt update = {
		"attribute_change", "UPDATE client_attribute SET name = $1::text, type = $2::text,"
				    "       choices = $3::text[] WHERE slot = $4::integer"};
	struct request *r = w->r;

	check_choices(w);
	if (!problem_found(&r->problem) &&
	    (strcmp(w->wanted.name, w->is.name) != 0 || w->wanted.kind != w->is.kind) &&
	    !attribute_refuse_used(r, w->is.name, err))
		return false;
	if (!problem_found(&r->problem) && (w->has_type || w->has_choices) &&
	    !attribute_convert(r, &w->wanted, w->clear, err) && !problem_found(&r->problem))
		return false;
	if (problem_found(&r->problem))
		return request_refused(err);
	push_wanted(w);
	pg_param_int32(r->params, w->wanted.slot);
	return request_query(r, &update, NULL, err) || name_is_taken(r, err);
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	struct wish *w = arg;
	struct client_attribute_types types = {0};
	bool ok;

	(void)pg;
	json_out_reset(&w->r->json);
	ok = read_attribute(w, err) && complete(w, &types, err) && change(w, err) &&
	     put_one(w->r, w->wanted.slot, err);
	client_attribute_types_free(&types);
	return ok;
}

/* PATCH /v1/attributes/{id} */
bool attribute_patch(struct request *r, struct err *err)
{
	struct wish w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "attribute", &id) || !request_json(r, &doc))
		return true;
	w.is.slot = id <= CLIENT_SLOTS_MAX ? (int32_t)id : 0;
	json_in_begin(&in, doc, &r->problem, "");
	read_name(&in, JSON_OPTIONAL, &w);
	read_type(&in, JSON_OPTIONAL, &w);
	read_choices(&in, &w);
	read_unfit(&in, &w);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, patch_body, &w, err);
	if (ok && !problem_found(&r->problem))
		log_info("attribute changed", LI("attribute", id));
	pg_result_free(&w.row);
	mem_free(w.name);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, 200));
}

static bool delete_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt remove = {
		"attribute_delete", "DELETE FROM client_attribute WHERE slot = $1::integer"};
	struct wish *w = arg;

	(void)pg;
	if (!read_attribute(w, err) || !attribute_refuse_used(w->r, w->is.name, err))
		return false;
	if (problem_found(&w->r->problem))
		return request_refused(err);
	pg_param_int32(w->r->params, w->is.slot);
	return request_query(w->r, &remove, NULL, err) && attribute_empty(w->r, w->is.slot, err);
}

/* DELETE /v1/attributes/{id}, with the values of all clients */
bool attribute_delete(struct request *r, struct err *err)
{
	struct wish w = {.r = r};
	int64_t id;
	bool ok;

	if (!request_id(r, 0, "attribute", &id))
		return true;
	w.is.slot = id <= CLIENT_SLOTS_MAX ? (int32_t)id : 0;
	ok = pg_transaction(r->pg, delete_body, &w, err);
	pg_result_free(&w.row);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("attribute deleted", LI("attribute", id));
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
