/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_plan - POST /v1/imports/plan: an import before its file, so that neither the file's name
 * nor what its columns mean stand in a URL; and POST /v1/imports/{id}/cancel. */
#include <string.h>

#include "apid/import.h"

#define FILE_NAME_CHARS_MAX 255
#define LIST_NAME_CHARS_MAX 200
#define FILE_BYTES_MAX	    (INT64_C(1) << 50)

static bool read_skip(struct json_in *in)
{
	const char *on_error = json_in_text(in, "on_error", JSON_OPTIONAL, 20);

	if (on_error == NULL || strcmp(on_error, "refuse") == 0)
		return false;
	if (strcmp(on_error, "skip") != 0)
		json_in_refuse(in, "on_error", on_error, "refuse or skip");
	return true;
}

static const char *read_file_name(struct json_in *in)
{
	const char *name = json_in_string(in, "file_name", JSON_REQUIRED, FILE_NAME_CHARS_MAX);

	return name == NULL || name[0] == '\0' ? "clients.csv" : name;
}

/* Refused here, for a browser that is cut off in the midst of sending learns no reason. */
static void refuse_large(struct request *r, int64_t file_bytes)
{
	int64_t mb_max = r->api->config->import_mb_max;

	if (file_bytes > mb_max << 20)
		problem_set(&r->problem, 413, "too-large", "The file is too large",
			    "A file may have %lld MiB. Send it in several parts",
			    (long long)mb_max);
}

/* POST /v1/imports/plan */
bool import_plan(struct request *r, struct err *err)
{
	struct import im = {.r = r};
	const char *file_name;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!import_may(r) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	file_name = read_file_name(&in);
	im.list = json_in_text(&in, "list", JSON_OPTIONAL, LIST_NAME_CHARS_MAX);
	im.skip = read_skip(&in);
	refuse_large(r, json_in_int(&in, "file_bytes", JSON_OPTIONAL, 0, FILE_BYTES_MAX, 0));
	import_mapping_in(&in, "columns", &im.mapping);
	if (im.list == NULL && import_mapping_has_own(&im.mapping))
		json_in_refuse(&in, "list", "none",
			       "the name of a list, for a column is to be the list's own");
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = import_reap(r, err) && import_note_waiting(&im, file_name, err) &&
		     import_put(r, im.id, NULL, err) && request_reply(r, 201);
	import_mapping_free(&im.mapping);
	json_free(&doc);
	return ok;
}

/* POST /v1/imports/{id}/cancel */
bool import_cancel(struct request *r, struct err *err)
{
	static const struct pg_stmt cancel = {
		"import_cancel",
		"UPDATE import SET status = 'cancelled', finished_at = clock_timestamp()"
		" WHERE id = $1::bigint AND status IN ('waiting', 'running')"};
	struct pg_result *rows = NULL;
	int64_t id, cancelled;

	if (!request_id(r, 0, "import", &id))
		return true;
	if (!import_reap(r, err))
		return false;
	pg_param_int64(r->params, id);
	if (!request_query(r, &cancel, &rows, err))
		return false;
	cancelled = pg_affected(rows);
	pg_result_free(&rows);
	if (cancelled == 0)
		return import_refuse_state(r, id, err);
	return import_put(r, id, NULL, err) && request_reply(r, 200);
}
