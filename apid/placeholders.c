/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* placeholders - see placeholders.h. */
#include "apid/placeholders.h"

#include "common/sms/filter.h"

/* The i-th field that is listed: people look for names first. */
static enum client_field field_at(size_t i)
{
	static const enum client_field first[] = {CLIENT_FIRST_NAME, CLIENT_LAST_NAME,
						  CLIENT_MIDDLE_NAME, CLIENT_EXTERNAL_ID};

	return i < 4 ? first[i] : (enum client_field)(i + 1);
}

bool placeholders_read(struct request *r, int64_t list_id, struct placeholders *out,
		       struct err *err)
{
	/* Where both have a name the list's own column is meant. */
	static const struct pg_stmt names = {
		"placeholder_names",
		"(SELECT c.name, c.type, true FROM list_column c WHERE c.list_id = $1::bigint"
		"  ORDER BY c.place LIMIT 32) UNION ALL"
		" (SELECT a.name, a.type, false FROM client_attribute a WHERE NOT EXISTS (SELECT 1"
		"    FROM list_column c WHERE c.list_id = $1::bigint AND c.name = a.name)"
		"  ORDER BY a.slot LIMIT 500)"};

	*out = (struct placeholders){0};
	pg_param_int64(r->params, list_id);
	if (!request_query(r, &names, &out->rows, err))
		return false;
	for (size_t i = 0; i < PLACEHOLDER_FIELDS; i++) {
		out->name[i] = client_fields[field_at(i)].code;
		out->name[PLACEHOLDER_FIELDS + i] = client_fields[field_at(i)].russian;
	}
	out->count = 2 * (size_t)PLACEHOLDER_FIELDS;
	for (size_t i = 0; i < pg_rows(out->rows); i++)
		out->name[out->count++] = pg_text(out->rows, i, 0);
	return true;
}

void placeholders_deinit(struct placeholders *p)
{
	pg_result_free(&p->rows);
}

static void put_filters(struct json_out *json)
{
	size_t count;
	const struct filter_info *filter = filter_list(&count);

	json_array(json, "filters");
	for (size_t i = 0; i < count; i++) {
		json_object(json, NULL);
		json_put_text(json, "name", filter[i].name);
		json_put_text(json, "arguments", filter[i].arguments);
		json_put_sentence(json, "purpose", filter[i].purpose);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_placeholder(struct json_out *json, const char *name, const char *kind,
			    const char *russian, const char *type)
{
	json_object(json, NULL);
	json_put_text(json, "name", name);
	json_put_text(json, "kind", kind);
	json_put_text(json, "russian", russian);
	json_put_text(json, "type", type);
	json_object_end(json);
}

static void put_placeholders(struct json_out *json, const struct placeholders *p)
{
	json_array(json, "placeholders");
	for (size_t i = 0; i < PLACEHOLDER_FIELDS; i++)
		put_placeholder(json, p->name[i], "field", p->name[PLACEHOLDER_FIELDS + i],
				client_kind_code(client_fields[field_at(i)].kind));
	for (size_t i = 0; i < pg_rows(p->rows); i++)
		put_placeholder(json, pg_text(p->rows, i, 0),
				pg_bool(p->rows, i, 2) ? "list" : "attribute", NULL,
				pg_text(p->rows, i, 1));
	json_array_end(json);
}

bool placeholders_may_list(struct request *r, enum right right, int64_t list_id, struct err *err)
{
	bool outside;

	if (!scope_outside(r->pg, &r->caller, SCOPE_LIST_ABOVE, right, list_id, &outside, err))
		return false;
	if (outside)
		problem_field(&r->problem, "list_id", "an id of no list",
			      "the id of a list from GET /v1/lists, or null for all clients");
	return true;
}

/* GET /v1/placeholders */
bool placeholder_list(struct request *r, struct err *err)
{
	const char *list = http_query(r->call, "list_id");
	struct placeholders p;
	int64_t list_id = 0;

	if (list != NULL && !id_parse(list, &list_id)) {
		problem_field(&r->problem, "list_id", list, "the id of a list");
		return true;
	}
	if (!placeholders_may_list(r, RIGHT_CAMPAIGNS_READ, list_id, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!placeholders_read(r, list_id, &p, err))
		return false;
	json_object(&r->json, NULL);
	put_placeholders(&r->json, &p);
	put_filters(&r->json);
	json_object_end(&r->json);
	placeholders_deinit(&p);
	return request_reply(r, 200);
}
