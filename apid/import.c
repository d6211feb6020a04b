/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import - POST /v1/imports: and PUT /v1/imports/{id}/file: from the first byte of the file to
 * the answer; see import.h. */
#include "apid/import.h"
#include "common/model/import_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/spool.h"
#include "common/text/utf8.h"
#include "common/text/xlsx.h"

#define PIECE_BYTES    (64 * 1024)
#define BAD_RAW_BYTES  (256 * 1024)
#define NAME_CHARS_MAX 200

/* --- the request
 * ------------------------------------------------------------------------------------------- */

static bool check_name(struct request *r, const char *parameter, const char *value)
{
	size_t chars = value != NULL ? utf8_count(value, strlen(value)) : 0;

	if (value == NULL || (chars > 0 && chars <= NAME_CHARS_MAX))
		return true;
	problem_field(&r->problem, parameter, chars == 0 ? "nothing" : "a longer name",
		      "a name of 1 to 200 characters");
	return false;
}

bool import_check_type(struct request *r)
{
	static const char workbook[] =
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	static const char *const taken[] = {"text/csv",
					    "text/plain",
					    "text/tab-separated-values",
					    "application/octet-stream",
					    "application/csv",
					    "application/vnd.ms-excel",
					    workbook};
	const char *type = http_header(r->call, "content-type");

	if (type == NULL)
		return true;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strncmp(type, taken[i], strlen(taken[i])) == 0)
			return true;
	return problem_set(
		&r->problem, 415, "wrong-content-type", "The body must be the file itself",
		"Send the CSV file as the body with the header Content-Type: text/csv, not "
		"as a form");
}

static bool read_request(struct request *r, struct import *im)
{
	const char *on_error = http_query(r->call, "on_error");

	if (!import_may(r))
		return false;
	im->list = http_query(r->call, "list");
	im->skip = on_error != NULL && strcmp(on_error, "skip") == 0;
	if (on_error != NULL && !im->skip && strcmp(on_error, "refuse") != 0)
		problem_field(&r->problem, "on_error", on_error, "refuse or skip");
	check_name(r, "list", im->list);
	check_name(r, "file_name", http_query(r->call, "file_name"));
	return !problem_found(&r->problem) && import_check_type(r);
}

/* --- reading the file
 * ------------------------------------------------------------------------------------------ */

enum outcome { READ_ALL, READ_GONE, READ_CANCELLED, READ_REFUSED, READ_FAILED };

static enum outcome next_piece(struct import *im, char piece[PIECE_BYTES], size_t *len,
			       struct err *err)
{
	if (!http_body_read(im->r->call, piece, PIECE_BYTES, len, err))
		return READ_GONE;
	return import_note_progress(im) ? READ_ALL : READ_CANCELLED;
}

static enum outcome stopped(const struct import *im, struct err *err)
{
	*err = im->err;
	return im->failed ? READ_FAILED : READ_REFUSED;
}

static enum outcome read_csv(struct import *im, char piece[PIECE_BYTES], size_t len,
			     struct err *err)
{
	while (len > 0) {
		enum outcome outcome;

		if (!csv_feed(im->csv, piece, len))
			return stopped(im, err);
		outcome = next_piece(im, piece, &len, err);
		if (outcome != READ_ALL)
			return outcome;
	}
	return csv_end(im->csv) ? READ_ALL : stopped(im, err);
}

static enum outcome spool_workbook(struct import *im, int fd, char piece[PIECE_BYTES], size_t len,
				   struct err *err)
{
	while (len > 0) {
		enum outcome outcome;

		if (!spool_write(fd, piece, len, err))
			return READ_FAILED;
		outcome = next_piece(im, piece, &len, err);
		if (outcome != READ_ALL)
			return outcome;
	}
	return READ_ALL;
}

/* What the cells of a sheet mean stands behind it, so a workbook must be whole. */
static enum outcome read_workbook(struct import *im, char piece[PIECE_BYTES], size_t len,
				  struct err *err)
{
	int fd = spool_open(err);
	enum outcome outcome = fd < 0 ? READ_FAILED : spool_workbook(im, fd, piece, len, err);

	im->workbook = true;
	if (outcome == READ_ALL && !xlsx_read(fd, import_on_row, im, err)) {
		outcome = err->kind == ERR_INPUT ? READ_REFUSED : READ_FAILED;
		if (outcome == READ_REFUSED)
			import_refuse_workbook(&im->r->problem, err);
	}
	if (fd >= 0)
		close(fd);
	return im->failed ? stopped(im, err) : outcome;
}

static enum outcome read_file(struct import *im, struct err *err)
{
	static _Thread_local char piece[PIECE_BYTES];
	size_t len = 0;
	enum outcome outcome = next_piece(im, piece, &len, err);

	if (outcome != READ_ALL)
		return outcome;
	if (import_is_old_workbook(piece, len, &im->r->problem))
		return READ_REFUSED;
	outcome = xlsx_is_workbook(piece, len) ? read_workbook(im, piece, len, err)
					       : read_csv(im, piece, len, err);
	if (outcome != READ_ALL)
		return outcome;
	if (!im->header_read)
		problem_line(&im->r->problem, 1, "(the file)", "nothing",
			     "a line with the names of the columns and a line for every client");
	return problem_found(&im->r->problem) ? READ_REFUSED : READ_ALL;
}

static bool store_file(struct import *im, struct err *err)
{
	return client_merge_end(&im->merge, err) && import_merge(im, err) &&
	       import_note_end(im, "done", "", err) && pg_commit(im->r->pg, err);
}

static void end_transaction(struct import *im)
{
	client_merge_abort(&im->merge);
	pg_rollback(im->r->pg);
}

static bool refuse(struct import *im, struct err *err)
{
	struct problem *p = &im->r->problem;

	if (im->rows_bad >= PROBLEM_ERRORS_MAX)
		snprintf(p->detail, sizeof(p->detail),
			 "Nothing was stored: at least %lld of the rows read are wrong (import "
			 "%lld). Correct them and upload the file again, or upload it with "
			 "on_error=skip to store the good rows and get the bad ones back as a file",
			 (long long)im->rows_bad, (long long)im->id);
	else if (im->rows_bad > 0)
		snprintf(p->detail, sizeof(p->detail),
			 "Nothing was stored: %lld of the rows read are wrong (import %lld). "
			 "Correct them and upload the file again, or upload it with on_error=skip "
			 "to store the good rows and get the bad ones back as a file",
			 (long long)im->rows_bad, (long long)im->id);
	else if (p->error_count > 0)
		snprintf(p->detail, sizeof(p->detail),
			 "Nothing was stored (import %lld). Correct what `errors` names and upload "
			 "the file again",
			 (long long)im->id);
	p->kind = "import-refused";
	p->title = "The file was refused";
	return import_note_end(im, "refused", p->detail, err) && import_note_named_lines(im, err);
}

/* After the transaction is gone: note how it ended. */
static void note_failure(struct import *im, const char *status, const char *problem)
{
	struct err err;

	if ((!pg_usable(im->r->pg) && !pg_reconnect(im->r->pg, &err)) ||
	    !import_note_end(im, status, problem, &err))
		log_err("the end of an import could not be noted", &err, LI("import", im->id));
}

static bool run_import(struct import *im, struct err *err)
{
	struct err cause = {0};
	enum outcome outcome = read_file(im, &cause);

	if (outcome == READ_ALL && store_file(im, &cause))
		return true;
	end_transaction(im);
	if (im->cancelled)
		return problem_set(&im->r->problem, 409, "import-cancelled",
				   "The import was cancelled",
				   "Nothing was stored. Upload the file again if it is wanted "
				   "after all");
	if (outcome == READ_GONE) {
		note_failure(im, "cancelled", cause.msg);
		return problem_set(&im->r->problem, 503, "upload-broken", "The upload broke off",
				   "Nothing was stored. Upload the file again");
	}
	if (problem_found(&im->r->problem))
		return refuse(im, err);
	log_err("import failed", &cause, LI("import", im->id));
	note_failure(im, "failed", "the database failed; upload the file again");
	*err = cause;
	return false;
}

/* --- the two ways in
 * ------------------------------------------------------------------------------------ */

static bool take_file(struct import *im, struct err *err)
{
	struct request *r = im->r;
	uint64_t begin_ms = clock_mono_ms();
	char location[64];
	bool ok;

	im->csv = csv_new(import_on_row, im);
	buf_init(&im->bad_raw, BAD_RAW_BYTES);
	ok = run_import(im, err);
	import_unlock(im);
	snprintf(location, sizeof(location), "/v1/imports/%lld", (long long)im->id);
	http_reply_header(r->call, "Location", location);
	if (ok && !problem_found(&r->problem)) {
		log_info("import stored", LI("import", im->id), LI("rows", im->rows_read),
			 LI("bad", im->rows_bad), LI("new", im->merge.made),
			 LI("changed", im->merge.changed), LI("ms", clock_mono_ms() - begin_ms));
		ok = import_put(r, im->id, &im->columns, err) && request_reply(r, 201);
	}
	client_merge_deinit(&im->merge);
	csv_free(&im->csv);
	import_columns_free(&im->columns);
	mem_free(im->header_raw);
	buf_deinit(&im->bad_raw);
	return ok || problem_found(&r->problem);
}

/* POST /v1/imports */
bool import_create(struct request *r, struct err *err)
{
	static _Thread_local struct import im;
	const char *name = http_query(r->call, "file_name");

	memset(&im, 0, sizeof(im));
	im.r = r;
	if (!read_request(r, &im))
		return true;
	return import_reap(r, err) &&
	       import_note_running(&im, name != NULL ? name : "clients.csv", err) &&
	       take_file(&im, err);
}

/* PUT /v1/imports/{id}/file */
bool import_file_put(struct request *r, struct err *err)
{
	static _Thread_local struct import im;
	bool ok;

	memset(&im, 0, sizeof(im));
	im.r = r;
	if (!import_may(r) || !request_id(r, 0, "import", &im.id) || !import_check_type(r))
		return true;
	ok = import_note_claimed(&im, err) && (problem_found(&r->problem) || take_file(&im, err));
	import_mapping_free(&im.mapping);
	pg_result_free(&im.plan);
	return ok;
}
