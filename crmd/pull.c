/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pull - see pull.h.
 *
 * A dry run is the run itself, rolled back: so it cannot tell anything else than what would
 * happen. */
#include "crmd/pull.h"

#include <stdio.h>
#include <string.h>

#include "common/base/daemon.h"
#include "common/base/mem.h"
#include "common/model/stops.h"

#define FLUSH_BYTES (1 << 20)
#define FOUND_BYTES 300

static bool fail(struct pull *p)
{
	p->failed = true;
	return false;
}

/* --- the heading
 * ---------------------------------------------------------------------------------- */

static void put_headers(const struct csv_row *row, struct buf *out)
{
	buf_init(out, FOUND_BYTES);
	for (size_t i = 0; i < row->count && !out->overflow; i++)
		buf_printf(out, "%s%.60s", i > 0 ? ", " : "", row->field[i].text);
}

static bool has_header(const struct csv_row *row, const char *header)
{
	for (size_t i = 0; i < row->count; i++) {
		size_t len = row->field[i].len;
		const char *text = client_trim(row->field[i].text, &len);

		if (strlen(header) == len && memcmp(header, text, len) == 0)
			return true;
	}
	return false;
}

/* Said in one sentence here, because a page shows it long after. */
static bool check_headers(struct pull *p, const struct csv_row *row)
{
	struct buf found;

	put_headers(row, &found);
	for (size_t i = 0; i < p->mapping.count; i++)
		if (!has_header(row, p->mapping.column[i].header))
			err_set(&p->err, ERR_INPUT, "there is no column \"%.100s\"; there are: %s",
				p->mapping.column[i].header, buf_str(&found));
	buf_deinit(&found);
	return p->err.kind == ERR_NONE || fail(p);
}

static bool read_columns(struct pull *p, const struct csv_row *row)
{
	struct problem problem;
	bool ok;

	problem_init(&problem);
	ok = import_columns_read(row, &p->mapping, &p->columns, &problem);
	if (!ok && problem.error_count > 0)
		err_set(&p->err, ERR_INPUT, "column \"%.100s\": found %.200s; expected %.150s",
			problem.errors[0].field, problem.errors[0].found,
			problem.errors[0].expected);
	else if (!ok)
		err_set(&p->err, ERR_INPUT, "the first row is no heading");
	problem_deinit(&problem);
	return ok || fail(p);
}

static bool go_on(void *arg, struct err *err)
{
	(void)arg;
	return !daemon_stopping() || err_set(err, ERR_STOPPING, "the service was stopped");
}

static bool begin_merge(struct pull *p)
{
	for (size_t i = 0; i < p->columns.count; i++) {
		const struct import_column *column = &p->columns.column[i];

		if (column->field < CLIENT_FIELDS)
			p->merge.fields |= CLIENT_BIT(column->field);
	}
	p->merge.pg = p->pg;
	p->merge.attribute_count = p->columns.attributes;
	p->merge.attributes = p->columns.attribute;
	p->merge.types = &p->columns.types;
	p->merge.source = "source";
	p->merge.go_on = go_on;
	p->merging = true;
	return (client_attribute_types_load(p->pg, p->merge.attributes, p->merge.attribute_count,
					    &p->columns.types, &p->err) &&
		client_merge_begin(&p->merge, &p->err)) ||
	       fail(p);
}

static bool on_heading(struct pull *p, const struct csv_row *row)
{
	if (row->problem != NULL) {
		err_set(&p->err, ERR_INPUT, "the first row is no heading: %.200s", row->problem);
		return fail(p);
	}
	p->heading = mem_strndup(row->raw, row->raw_len);
	return check_headers(p, row) && read_columns(p, row) && begin_merge(p);
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

/* Whose row it is, so that a client with a wrong number is not taken for missing. */
static void remember_refused(struct pull *p, const struct csv_row *row)
{
	int column = p->columns.of_field[CLIENT_EXTERNAL_ID];
	size_t len = 0;
	const char *key = "";

	if (column >= 0 && (size_t)column < row->count) {
		len = row->field[column].len;
		key = client_trim(row->field[column].text, &len);
	}
	if (len == 0 || !buf_add(&p->refused_keys, key, len) ||
	    !buf_add_char(&p->refused_keys, '\0'))
		p->refused_unknown = true;
}

static void take_row(struct pull *p, const struct csv_row *row)
{
	struct import_fault fault = {0};

	p->rows_read++;
	if (import_row_check(&p->columns, row, &p->client, &fault)) {
		client_merge_add(&p->merge, (int64_t)row->line, &p->client);
		return;
	}
	p->rows_bad++;
	remember_refused(p, row);
	client_merge_refuse(&p->merge, (int64_t)row->line,
			    &(struct client_refusal){.field = fault.field,
						     .problem = fault.expected,
						     .raw = row->raw,
						     .raw_len = row->raw_len});
}

static bool on_row(const struct csv_row *row, void *arg)
{
	struct pull *p = arg;

	if (import_row_is_empty(row))
		return true;
	if (!p->merging)
		return on_heading(p, row);
	take_row(p, row);
	p->unsent_bytes += row->raw_len + 64;
	if (p->unsent_bytes < FLUSH_BYTES)
		return true;
	p->unsent_bytes = 0;
	pull_tell(p);
	return (go_on(p, &p->err) && client_merge_flush(&p->merge, &p->err)) || fail(p);
}

/* --- the run
 * -------------------------------------------------------------------------------------- */

static bool read_rows(struct pull *p, struct err *err)
{
	bool ok;

	p->reading.on_row = on_row;
	p->reading.arg = p;
	ok = reader_read(&p->reading, err);
	if (p->failed) {
		*err = p->err;
		return false;
	}
	if (!ok)
		return false;
	return p->merging || p->reading.next.len == 0 ||
	       err_set(err, ERR_INPUT, "there is not even a heading");
}

/* Who said stop and was erased since is not written to again. */
static bool restore_stops(struct pull *p, struct err *err)
{
	static const struct pg_stmt numbers = {"pull_stops",
					       "DECLARE stops_numbers NO SCROLL CURSOR FOR"
					       " SELECT msisdn FROM client_row"
					       "  WHERE bad_field IS NULL AND msisdn IS NOT NULL"};

	if ((p->merge.fields & CLIENT_BIT(CLIENT_PHONE)) == 0)
		return true;
	return stops_restore_from(p->pg, p->w->key, &numbers, err);
}

static bool merge_dry(struct pull *p, struct err *err)
{
	bool held = false;

	return pull_remember(p, err) && client_merge_store(&p->merge, err) &&
	       pull_settle(p, &held, err) && pull_compare(p, err);
}

static bool merge_rows(struct pull *p, enum pull_end *end_out, struct err *err)
{
	bool held = false;

	if (!client_merge_store(&p->merge, err) || !restore_stops(p, err) ||
	    !pull_settle(p, &held, err))
		return false;
	*end_out = held ? PULL_HELD : PULL_DONE;
	return pull_note_stored(p, *end_out, err) && pg_commit(p->pg, err);
}

static bool transaction(struct pull *p, enum pull_end *end_out, struct err *err)
{
	if (!pg_begin(p->pg, err) || !pg_exec(p->pg, "SET LOCAL statement_timeout = 0", err) ||
	    !read_rows(p, err))
		return false;
	if (!p->merging) /* nothing is new */
		return true;
	if (!client_merge_end(&p->merge, err) ||
	    !pg_exec(p->pg, "SET LOCAL statement_timeout = '600s'; SET LOCAL work_mem = '64MB'",
		     err))
		return false;
	return p->dry ? merge_dry(p, err) : merge_rows(p, end_out, err);
}

bool pull_run(struct pull *p, enum pull_end *end_out, struct err *err)
{
	bool ok;

	*end_out = PULL_DONE;
	buf_init(&p->reading.next, READER_CURSOR_MAX);
	ok = transaction(p, end_out, err);
	if (p->merging)
		client_merge_abort(&p->merge);
	pg_rollback(p->pg);
	return ok && ((p->merging && !p->dry) || pull_note_ended(p, PULL_DONE, NULL, err));
}
