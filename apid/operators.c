/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* operators - whose numbers there are, for whoever names one. */
#include "apid/api.h"

/* GET /v1/operators */
bool operator_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"operator_list",
					    "SELECT code, name FROM operator ORDER BY id"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "operators");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "code", pg_text(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
