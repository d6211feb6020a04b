/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* placeholders - see placeholders.h. */
#include "apid/placeholders.h"

#include "common/sms/filter.h"

static const char *const fields[PLACEHOLDER_FIELDS] = {"first_name", "last_name", "middle_name",
						       "external_id"};

bool placeholders_read(struct request *r, struct placeholders *out, struct err *err)
{
	static const struct pg_stmt names = {
		"attribute_names", "SELECT name FROM client_attribute ORDER BY slot LIMIT 500"};

	*out = (struct placeholders){0};
	if (!request_query(r, &names, &out->rows, err))
		return false;
	for (size_t i = 0; i < PLACEHOLDER_FIELDS; i++)
		out->name[out->count++] = fields[i];
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

/* GET /v1/placeholders */
bool placeholder_list(struct request *r, struct err *err)
{
	struct placeholders p;

	if (!placeholders_read(r, &p, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "placeholders");
	for (size_t i = 0; i < p.count; i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "name", p.name[i]);
		json_put_text(&r->json, "kind", i < PLACEHOLDER_FIELDS ? "field" : "attribute");
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	put_filters(&r->json);
	json_object_end(&r->json);
	placeholders_deinit(&p);
	return request_reply(r, 200);
}
