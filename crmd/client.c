/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client - client.upsert: who a client is, as far as the event says.
 *
 * A member that is left out keeps what is stored, null takes it away.  Values are read twice: with
 * the event, to refuse it before its transaction begins, and on their way into the database,
 * because in their one form they are large. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/client_merge.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define CLIENT_CHARS_MAX 200
#define SCRATCH_BYTES	 (64u << 10)

struct client {
	const char *external_id;
	const cJSON *field[CLIENT_FIELDS]; /* NULL: left out */
	const cJSON *attributes;	   /* NULL: left out */
};

/* A row in the making, and where JSON that is no text is written as text. */
struct making {
	struct client_row row;
	size_t used;
	char scratch[SCRATCH_BYTES];
};
static _Thread_local struct making making;

/* --- values ------------------------------------------------------------------------------------
 */

static bool scratch_add(const char *text, size_t len)
{
	if (making.used + len + 1 > SCRATCH_BYTES)
		return false;
	memcpy(making.scratch + making.used, text, len);
	making.used += len;
	making.scratch[making.used] = '\0';
	return true;
}

/* The items of an array with line feeds between. */
static bool scratch_lines(const cJSON *array)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsString(item) ||
		    !scratch_add(item->valuestring, strlen(item->valuestring)) ||
		    (item->next != NULL && !scratch_add("\n", 1)))
			return false;
	}
	return true;
}

/* What a file would say for `value`; null is "".  NULL: it is nothing a value can be. */
static const char *text_of(const cJSON *value, enum client_kind kind)
{
	const char *text = making.scratch + making.used;
	char number[32];

	if (cJSON_IsString(value))
		return value->valuestring;
	if (cJSON_IsNull(value))
		return "";
	making.scratch[making.used] = '\0';
	if (cJSON_IsNumber(value)) {
		snprintf(number, sizeof(number), "%.15g", value->valuedouble);
		if (!scratch_add(number, strlen(number)))
			return NULL;
	} else if (cJSON_IsBool(value)) {
		if (!scratch_add(cJSON_IsTrue(value) ? "yes" : "no", cJSON_IsTrue(value) ? 3 : 2))
			return NULL;
	} else if (!cJSON_IsArray(value) ||
		   (kind != CLIENT_KIND_TAGS && kind != CLIENT_KIND_MANY_OF) ||
		   !scratch_lines(value)) {
		return NULL;
	}
	making.used++; /* the NUL stays */
	return text;
}

static bool parse(const cJSON *value, enum client_kind kind, const struct client_choices *choices,
		  struct client_value *out, struct err *err)
{
	const char *text = text_of(value, kind);

	if (text == NULL)
		return err_set(err, ERR_INPUT, "a text, a number or null");
	return client_value_parse(kind, choices, text, strlen(text), &making.row.room, out, err);
}

static void making_begin(void)
{
	making.used = 0;
	making.row.room.used = 0;
	making.row.given = 0;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static void read_fields(struct client *c, struct json_in *in)
{
	struct client_value value;
	struct err err;

	making_begin();
	for (int f = 0; f < CLIENT_FIELDS; f++) {
		const char *code = client_fields[f].code;

		if (f == CLIENT_EXTERNAL_ID || !json_in_has(in, code))
			continue;
		c->field[f] = cJSON_GetObjectItemCaseSensitive(in->object, code);
		if (!parse(c->field[f], client_fields[f].kind, NULL, &value, &err))
			json_in_refuse(in, code, "something else", err.msg);
	}
}

static void read_attributes(struct client *c, struct json_in *in)
{
	const cJSON *attribute;
	char path[JSON_PATH_MAX];

	if (!json_in_has(in, "attributes"))
		return;
	c->attributes = cJSON_GetObjectItemCaseSensitive(in->object, "attributes");
	if (!cJSON_IsObject(c->attributes)) {
		json_in_refuse(in, "attributes", "something else", "an object in braces");
		return;
	}
	cJSON_ArrayForEach(attribute, c->attributes)
	{
		if (client_attribute_name_ok(attribute->string))
			continue;
		snprintf(path, sizeof(path), "attributes.%.60s", attribute->string);
		json_in_refuse(in, path, "this name",
			       "a name of small letters, digits and underscores that no field has");
	}
}

void client_read(struct event *e, struct json_in *in)
{
	struct client *c = mem_calloc(1, sizeof(*c));

	e->payload = c;
	e->key = c->external_id = json_in_text(in, "client", JSON_REQUIRED, CLIENT_CHARS_MAX);
	read_fields(c, in);
	read_attributes(c, in);
}

/* --- attributes of a batch ---------------------------------------------------------------------
 */

struct attributes {
	size_t count;
	const char *name[CLIENT_ATTRIBUTES_MAX];
	struct client_attribute_types types; /* those that an administrator typed hold what fits */
};

static int attribute_find(const struct attributes *a, const char *name)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->name[i], name) == 0)
			return (int)i;
	return -1;
}

/* Too many for one merge is an err that makes the caller try fewer events. */
static bool gather_names(struct attributes *a, struct event *const *events, size_t count,
			 struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct client *c = events[i]->payload;
		const cJSON *attribute;

		cJSON_ArrayForEach(attribute, c->attributes)
		{
			if (attribute_find(a, attribute->string) >= 0)
				continue;
			if (a->count == CLIENT_ATTRIBUTES_MAX)
				return err_set(err, ERR_LIMIT,
					       "events name more than %d attributes",
					       CLIENT_ATTRIBUTES_MAX);
			a->name[a->count++] = attribute->string;
		}
	}
	return true;
}

/* --- rows --------------------------------------------------------------------------------------
 */

static bool make_fields(const struct client *c, struct client_row *row)
{
	struct err err;

	for (int f = 0; f < CLIENT_FIELDS; f++) {
		row->field[f] = (struct client_value){0};
		if (c->field[f] == NULL)
			continue;
		row->given |= CLIENT_BIT(f);
		if (!parse(c->field[f], client_fields[f].kind, NULL, &row->field[f], &err))
			return false; /* it was read before */
	}
	row->given |= CLIENT_BIT(CLIENT_EXTERNAL_ID);
	row->field[CLIENT_EXTERNAL_ID] =
		(struct client_value){.text = c->external_id, .len = strlen(c->external_id)};
	return true;
}

/* A value that is taken away is a text of length 0. */
static bool make_attributes(const struct attributes *a, struct event *e, struct client_row *row)
{
	const struct client *c = e->payload;
	char field[EVENT_FIELD_SIZE];
	const cJSON *attribute;
	struct err err;

	for (size_t i = 0; i < a->count; i++)
		row->attribute[i] = (struct client_value){0};
	cJSON_ArrayForEach(attribute, c->attributes)
	{
		int i = attribute_find(a, attribute->string);
		struct client_value *value = &row->attribute[i];

		if (!parse(attribute, a->types.kind[i], &a->types.choices[i], value, &err)) {
			snprintf(field, sizeof(field), "data.attributes.%s", attribute->string);
			event_refuse(e, field, err.msg);
			return false;
		}
		if (value->text == NULL)
			*value = (struct client_value){.text = ""};
	}
	return true;
}

static bool put_rows(struct client_merge *m, const struct attributes *a,
		     struct event *const *events, size_t count, struct err *err)
{
	if (!client_merge_begin(m, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		making_begin();
		if (make_fields(events[i]->payload, &making.row) &&
		    make_attributes(a, events[i], &making.row))
			client_merge_add(m, (int64_t)i + 1, &making.row);
	}
	return client_merge_end(m, err);
}

/* A client who was not known and came without a number is none. */
static bool refuse_phoneless(struct worker *w, struct event *const *events, struct err *err)
{
	static const char sql[] =
		"SELECT t.line::integer FROM client_row t WHERE t.msisdn IS NULL"
		"   AND NOT EXISTS (SELECT 1 FROM client k WHERE k.external_id = t.external_id)";
	struct pg_result *rows = NULL;

	if (!pg_run_once(w->pg, sql, w->params, &rows, err))
		return false;
	refuse_rows(rows, events, "data.phone", "a mobile number: the client is not known yet");
	pg_result_free(&rows);
	return true;
}

static bool merge(struct worker *w, const struct attributes *a, struct event *const *events,
		  size_t count, struct err *err)
{
	struct client_merge m = {
		.privacy_key = w->key,
		.pg = w->pg,
		.fields = CLIENT_BIT(CLIENT_EXTERNAL_ID) | CLIENT_BIT(CLIENT_PHONE),
		.by_row = true,
		.attributes = a->name,
		.attribute_count = a->count,
		.source = "crm",
		.types = &a->types,
	};
	bool ok;

	for (size_t i = 0; i < count; i++)
		for (int f = 0; f < CLIENT_FIELDS; f++)
			if (((const struct client *)events[i]->payload)->field[f] != NULL)
				m.fields |= CLIENT_BIT(f);
	ok = put_rows(&m, a, events, count, err) && client_merge_store(&m, err) &&
	     refuse_phoneless(w, events, err);
	client_merge_deinit(&m);
	return ok;
}

bool client_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	struct attributes a = {0};
	bool ok = gather_names(&a, events, count, err) &&
		  client_attribute_types_load(w->pg, a.name, a.count, &a.types, err) &&
		  merge(w, &a, events, count, err);

	client_attribute_types_free(&a.types);
	return ok;
}
