/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_note - an import's row in table import: made, claimed by an upload, kept up to date,
 * ended.
 *
 * While it runs its session holds an advisory lock, so that an import whose process died is told
 * from one that runs.  Its transaction touches the row only as the last thing it does: meanwhile
 * another connection says how far it is, and anybody may cancel it. */
#include <string.h>

#include "apid/import.h"
#include "common/base/clock.h"
#include "common/model/import_check.h"

#define PROGRESS_MS	 1000
#define PROGRESS_WAIT_MS 1000

static bool lock_import(struct import *im, struct err *err)
{
	static const struct pg_stmt lock = {
		"import_lock",
		"SELECT pg_advisory_lock($1::integer, ($2::bigint % 2147483647)::integer)"};

	pg_param_int32(im->r->params, IMPORT_LOCK);
	pg_param_int64(im->r->params, im->id);
	return request_query(im->r, &lock, NULL, err);
}

void import_unlock(struct import *im)
{
	static const struct pg_stmt unlock = {
		"import_unlock",
		"SELECT pg_advisory_unlock($1::integer, ($2::bigint % 2147483647)::integer)"};
	struct err err;

	pg_param_int32(im->r->params, IMPORT_LOCK);
	pg_param_int64(im->r->params, im->id);
	/* A lost connection has unlocked already. */
	(void)request_query(im->r, &unlock, NULL, &err);
}

bool import_may(struct request *r)
{
	return !r->caller.viewing ||
	       problem_set(&r->problem, 403, "forbidden", "You may not import",
			   "An import changes whatever clients its file names, and you see those "
			   "of some departments only. Ask whoever runs the service to import it");
}

static bool insert_import(struct import *im, const char *file_name, const char *status,
			  struct err *err)
{
	static const struct pg_stmt insert = {
		"import_insert",
		"INSERT INTO import (file_name, on_error, status, list_name, token_id, person_id,"
		"                    column_header, column_field, column_attribute, department_id)"
		" VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::bigint,"
		"         $7::text[], $8::text[], $9::text[], $10::bigint) RETURNING id"};
	struct request *r = im->r;
	struct pg_result *rows = NULL;

	pg_param_text(r->params, file_name);
	pg_param_text(r->params, im->skip ? "skip" : "refuse");
	pg_param_text(r->params, status);
	pg_param_text(r->params, im->list);
	caller_params(r->params, &r->caller);
	import_mapping_push(&im->mapping, r->params);
	pg_param_int64(r->params, scope_place(&r->caller, RIGHT_CLIENTS_IMPORT, 0, &r->problem));
	if (!request_query(r, &insert, &rows, err))
		return false;
	im->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool import_note_running(struct import *im, const char *file_name, struct err *err)
{
	return insert_import(im, file_name, "running", err) && lock_import(im, err);
}

bool import_note_waiting(struct import *im, const char *file_name, struct err *err)
{
	return insert_import(im, file_name, "waiting", err);
}

/* --- a planned one
 * -------------------------------------------------------------------------------------- */

/* Nobody else uploads it: the lock comes before the status, or the reaper would find a running
 * import that nobody holds. */
static bool try_lock(struct import *im, bool *locked, struct err *err)
{
	static const struct pg_stmt lock = {
		"import_try_lock",
		"SELECT pg_try_advisory_lock($1::integer, ($2::bigint % 2147483647)::integer)"};
	struct pg_result *rows = NULL;

	pg_param_int32(im->r->params, IMPORT_LOCK);
	pg_param_int64(im->r->params, im->id);
	if (!request_query(im->r, &lock, &rows, err))
		return false;
	*locked = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool import_note_claimed(struct import *im, struct err *err)
{
	static const struct pg_stmt claim = {
		"import_claim",
		"UPDATE import SET status = 'running' WHERE id = $1::bigint AND status = 'waiting'"
		" RETURNING on_error, list_name, column_header, column_field, column_attribute"};
	struct request *r = im->r;
	bool locked = false;

	if (!try_lock(im, &locked, err))
		return false;
	if (!locked)
		return import_refuse_state(r, im->id, err);
	pg_param_int64(r->params, im->id);
	if (!request_query(r, &claim, &im->plan, err)) {
		import_unlock(im);
		return false;
	}
	if (pg_rows(im->plan) == 0) {
		import_unlock(im);
		return import_refuse_state(r, im->id, err);
	}
	im->skip = strcmp(pg_text(im->plan, 0, 0), "skip") == 0;
	im->list = pg_null(im->plan, 0, 1) ? NULL : pg_text(im->plan, 0, 1);
	import_mapping_load(im->plan, 0, 2, &im->mapping);
	return true;
}

bool import_refuse_state(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"import_status",
					   "SELECT status FROM import WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "import");
	else
		problem_conflict(&r->problem,
				 "The import is %s already. Plan another one for another file",
				 pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

/* --- while it runs
 * -------------------------------------------------------------------------------------- */

/* Failing to say how far it is fails nothing: the import goes on and says it the next time. */
static void say_progress(struct import *im)
{
	static const struct pg_stmt say = {"import_progress",
					   "UPDATE import SET rows_read = $2::bigint"
					   " WHERE id = $1::bigint AND status = 'running'"};
	struct pg_result *rows = NULL;
	struct pg_params *params;
	struct pg *pg = NULL;
	struct err err;

	if (!pg_pool_take(im->r->api->imports, clock_mono_ms() + PROGRESS_WAIT_MS, &pg, &err))
		return;
	params = pg_params_new();
	pg_param_int64(params, im->id);
	pg_param_int64(params, im->rows_read);
	if (pg_run(pg, &say, params, &rows, &err))
		im->cancelled = pg_affected(rows) == 0;
	pg_result_free(&rows);
	pg_params_free(&params);
	pg_pool_give(im->r->api->imports, pg);
}

bool import_note_progress(struct import *im)
{
	uint64_t now_ms = clock_mono_ms();

	if (now_ms >= im->progress_due_ms) {
		say_progress(im);
		im->progress_due_ms = now_ms + PROGRESS_MS;
	}
	return !im->cancelled;
}

bool import_wanted(struct import *im, struct err *err)
{
	static const struct pg_stmt wanted = {
		"import_wanted",
		"SELECT 1 FROM import WHERE id = $1::bigint AND status = 'running'"};
	struct pg_result *rows = NULL;

	pg_param_int64(im->r->params, im->id);
	if (!request_query(im->r, &wanted, &rows, err))
		return false;
	im->cancelled = pg_rows(rows) == 0;
	pg_result_free(&rows);
	return !im->cancelled || err_set(err, ERR_INPUT, "the import was cancelled");
}

/* --- its end
 * -------------------------------------------------------------------------------------------- */

bool import_note_end(struct import *im, const char *status, const char *problem, struct err *err)
{
	static const struct pg_stmt update = {
		"import_update",
		"UPDATE import SET status = $2::text, problem = nullif($3::text, ''), rows_read = "
		"$4::bigint,"
		"       rows_bad = $5::bigint, rows_repeated = $6::bigint, clients_new = "
		"$7::bigint,"
		"       clients_changed = $8::bigint, list_id = nullif($9::bigint, 0),"
		"       encoding = $10::text, separator = $11::text, finished_at = "
		"clock_timestamp()"
		" WHERE id = $1::bigint AND status = 'running'"};
	struct pg_result *rows = NULL;
	struct pg_params *p = im->r->params;
	char separator[2] = {im->workbook ? IMPORT_WORKBOOK_SEPARATOR : csv_separator(im->csv),
			     '\0'};
	const char *encoding = im->workbook ? IMPORT_WORKBOOK_ENCODING : csv_encoding(im->csv);

	pg_param_int64(p, im->id);
	pg_param_text(p, status);
	pg_param_text(p, problem);
	pg_param_int64(p, im->rows_read);
	pg_param_int64(p, im->rows_bad);
	pg_param_int64(p, im->merge.repeated);
	pg_param_int64(p, im->merge.made);
	pg_param_int64(p, im->merge.changed);
	pg_param_int64(p, im->list_id);
	pg_param_text(p, im->header_read ? encoding : NULL);
	pg_param_text(p, im->header_read ? separator : NULL);
	if (!request_query(im->r, &update, &rows, err))
		return false;
	im->cancelled = pg_affected(rows) == 0;
	pg_result_free(&rows);
	return !im->cancelled || err_set(err, ERR_INPUT, "the import was cancelled");
}

bool import_note_named_lines(struct import *im, struct err *err)
{
	static const struct pg_stmt keep = {
		"import_named_line",
		"INSERT INTO import_bad_row (import_id, line, field, problem, raw)"
		" VALUES ($1::bigint, $2::bigint, $3::text, $4::text, $5::text) ON CONFLICT DO "
		"NOTHING"};
	struct request *r = im->r;
	const char *raw = buf_str(&im->bad_raw);

	if (im->rows_bad == 0)
		return true;
	pg_param_int64(r->params, im->id);
	pg_param_int64(r->params, 0);
	pg_param_text(r->params, "");
	pg_param_text(r->params, "");
	pg_param_text(r->params, im->header_raw);
	if (!request_query(r, &keep, NULL, err))
		return false;
	for (size_t i = 0; i < r->problem.error_count; i++) {
		pg_param_int64(r->params, im->id);
		pg_param_int64(r->params, r->problem.errors[i].line);
		pg_param_text(r->params, r->problem.errors[i].field);
		pg_param_text(r->params, r->problem.errors[i].expected);
		pg_param_text(r->params, raw);
		if (!request_query(r, &keep, NULL, err))
			return false;
		raw += strlen(raw) + 1;
	}
	return true;
}
