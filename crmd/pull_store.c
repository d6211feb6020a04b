/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pull_store - a source and its run in the database; see pull.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "crmd/pull.h"

#define TELL_MS		1000
#define TEXT_BYTES_MAX	(64 * 1024)
#define REFUSED_ROWS	"10000" /* stored of a run */
#define REFUSED_KEY_MAX (1 << 20)

static bool run(struct pull *p, const struct pg_stmt *stmt, struct pg_result **out, struct err *err)
{
	bool ok = pg_run(p->pg, stmt, p->params, out, err);

	pg_params_reset(p->params);
	return ok;
}

/* --- claiming
 * ------------------------------------------------------------------------------------- */

static bool lock(struct pull *p, int64_t id, bool *locked_out, struct err *err)
{
	static const struct pg_stmt lock = {
		"pull_lock",
		"SELECT pg_try_advisory_lock($1::integer, ($2::bigint % 2147483647)::integer)"};
	struct pg_result *rows = NULL;

	pg_param_int32(p->params, PULL_LOCK);
	pg_param_int64(p->params, id);
	if (!run(p, &lock, &rows, err))
		return false;
	*locked_out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* What a person asked for goes first; else a run that is due is made, and the next one planned. */
bool pull_claim(struct pull *p, int64_t id, bool *found_out, struct err *err)
{
	static const struct pg_stmt claim = {
		"pull_claim",
		"WITH asked AS (UPDATE source_run SET status = 'running', started_at = "
		"clock_timestamp()"
		"   WHERE id = (SELECT min(id) FROM source_run WHERE source_id = $1::bigint"
		"                  AND status = 'waiting') RETURNING id),"
		" due AS (UPDATE source SET due_at = source_next(every_min, daily_at)"
		"   WHERE id = $1::bigint AND enabled AND due_at <= statement_timestamp()"
		"     AND NOT EXISTS (SELECT 1 FROM source_run WHERE source_id = $1::bigint"
		"                        AND status = 'waiting') RETURNING id, mode),"
		" made AS (INSERT INTO source_run (source_id, complete, status, started_at)"
		"   SELECT id, mode = 'full', 'running', clock_timestamp() FROM due RETURNING id)"
		" SELECT id FROM asked UNION ALL SELECT id FROM made"};
	struct pg_result *rows = NULL;
	bool locked = false;

	*found_out = false;
	if (!lock(p, id, &locked, err) || !locked)
		return locked || err->kind == ERR_NONE;
	pg_param_int64(p->params, id);
	if (!run(p, &claim, &rows, err))
		return false;
	*found_out = pg_rows(rows) == 1;
	if (*found_out)
		p->run_id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* --- loading
 * -------------------------------------------------------------------------------------- */

enum column {
	COL_ID,
	COL_KIND,
	COL_CURSOR_COLUMN,
	COL_CURSOR,
	COL_MODE,
	COL_SECRET,
	COL_KEYS,
	COL_VALUES,
	COL_DRY,
	COL_COMPLETE,
	COL_MAPPING,
	COL_SEALED = COL_MAPPING + 3,
};

static const char *text_or_null(const struct pg_result *row, int col)
{
	return pg_null(row, 0, col) ? NULL : pg_text(row, 0, col);
}

/* Elements of an array have no NUL behind them. */
static const char *keep_text(struct pull *p, const char *text, size_t len)
{
	size_t at = p->texts.len;

	buf_add(&p->texts, text, len);
	buf_add_char(&p->texts, '\0');
	return p->texts.data + at;
}

static void load_settings(struct pull *p)
{
	const char *key[SOURCE_SETTINGS_MAX], *value[SOURCE_SETTINGS_MAX];
	size_t key_len[SOURCE_SETTINGS_MAX], value_len[SOURCE_SETTINGS_MAX];
	struct source *s = &p->source;

	s->settings = pg_text_array(p->row, 0, COL_KEYS, key, key_len, SOURCE_SETTINGS_MAX);
	pg_text_array(p->row, 0, COL_VALUES, value, value_len, SOURCE_SETTINGS_MAX);
	if (s->settings > SOURCE_SETTINGS_MAX)
		s->settings = SOURCE_SETTINGS_MAX;
	for (size_t i = 0; i < s->settings; i++) {
		s->key[i] = keep_text(p, key[i], key_len[i]);
		s->value[i] = keep_text(p, value[i], value_len[i]);
	}
}

/* Sealed, or in clear from before secrets were sealed; none is an empty one. */
static bool load_secret(struct pull *p, struct err *err)
{
	const struct vault_place place = {VAULT_SOURCE, pg_int(p->row, 0, COL_ID), "secret"};

	if (pg_null(p->row, 0, COL_SEALED)) {
		(void)buf_add_str(&p->secret, pg_text(p->row, 0, COL_SECRET));
		return true;
	}
	return vault_unseal(p->w->vault, &place, pg_text(p->row, 0, COL_SEALED),
			    pg_len(p->row, 0, COL_SEALED), &p->secret, err) ||
	       err_wrap(err, "its secret cannot be unsealed");
}

static void load_row(struct pull *p)
{
	bool incremental = strcmp(pg_text(p->row, 0, COL_MODE), "incremental") == 0;
	bool complete = pg_bool(p->row, 0, COL_COMPLETE);

	p->source = (struct source){
		.id = pg_int(p->row, 0, COL_ID),
		.kind = source_kind_find(pg_text(p->row, 0, COL_KIND)),
		.cursor_column = text_or_null(p->row, COL_CURSOR_COLUMN),
		.secret = buf_str(&p->secret),
	};
	p->dry = pg_bool(p->row, 0, COL_DRY);
	p->keeps_cursor = incremental && complete;
	p->reading.source = &p->source;
	p->reading.complete = complete;
	/* A complete reading that somebody asked for reads, be it nothing new. */
	p->reading.from =
		complete && (incremental || p->dry) ? NULL : text_or_null(p->row, COL_CURSOR);
	load_settings(p);
	import_mapping_load(p->row, 0, COL_MAPPING, &p->mapping);
}

bool pull_load(struct pull *p, struct err *err)
{
	static const struct pg_stmt load = {
		"pull_load",
		"SELECT s.id, s.kind, s.cursor_column, s.cursor, s.mode, x.secret,"
		"   (SELECT array_agg(e.key ORDER BY e.key) FROM jsonb_each_text(s.settings) e),"
		"   (SELECT array_agg(e.value ORDER BY e.key) FROM jsonb_each_text(s.settings) e),"
		"   r.dry, r.complete, s.column_header, s.column_field, s.column_attribute,"
		" x.sealed"
		"  FROM source_run r JOIN source s ON s.id = r.source_id"
		"  LEFT JOIN source_secret x ON x.source_id = s.id WHERE r.id = $1::bigint"};

	buf_init(&p->texts, TEXT_BYTES_MAX);
	buf_init(&p->secret, VAULT_TEXT_MAX);
	buf_init(&p->refused_keys, REFUSED_KEY_MAX);
	/* Texts stay where they are: the buffer does not grow any more. */
	buf_reserve(&p->texts, TEXT_BYTES_MAX);
	pg_param_int64(p->params, p->run_id);
	if (!run(p, &load, &p->row, err))
		return false;
	if (pg_rows(p->row) == 0)
		return err_set(err, ERR_INPUT, "the source was deleted");
	if (!load_secret(p, err))
		return false;
	load_row(p);
	return p->source.kind != NULL || err_set(err, ERR_INPUT, "the kind of source is unknown");
}

/* --- noting
 * --------------------------------------------------------------------------------------- */

void pull_tell(struct pull *p)
{
	static const struct pg_stmt tell = {
		"pull_tell", "UPDATE source_run SET rows_read = $2::bigint, rows_bad = $3::bigint"
			     " WHERE id = $1::bigint"};
	uint64_t now_ms = clock_mono_ms();
	struct err err;

	if (now_ms < p->told_ms + TELL_MS)
		return;
	p->told_ms = now_ms;
	pg_param_int64(p->w->params, p->run_id);
	pg_param_int64(p->w->params, p->rows_read);
	pg_param_int64(p->w->params, p->rows_bad);
	(void)worker_run(p->w, &tell, NULL, &err); /* said the next time */
}

static const char *const end_names[] = {
	[PULL_DONE] = "done", [PULL_HELD] = "held", [PULL_FAILED] = "failed"};

#define NOTE_END                                                                                   \
	"UPDATE source_run SET status = $2::text, rows_read = $3::bigint, rows_bad = $4::bigint,"  \
	"   rows_repeated = $5::bigint, clients_new = $6::bigint, clients_changed = $7::bigint,"   \
	"   clients_same = greatest(0, $3::bigint - $4::bigint - $5::bigint - $6::bigint"          \
	"                              - $7::bigint),"                                             \
	"   clients_missing = $8::bigint, clients_known = $9::bigint, problem = $10::text,"        \
	"   difference = $11::text::jsonb, cursor = $12::text, finished_at = clock_timestamp()"    \
	" WHERE id = $1::bigint"

static void push_end(struct pull *p, struct pg_params *params, enum pull_end end,
		     const char *problem)
{
	pg_param_int64(params, p->run_id);
	pg_param_text(params, end_names[end]);
	pg_param_int64(params, p->rows_read);
	pg_param_int64(params, p->rows_bad);
	pg_param_int64(params, p->merge.repeated);
	pg_param_int64(params, p->merge.made);
	pg_param_int64(params, p->merge.changed);
	pg_param_int64(params, p->missing);
	pg_param_int64(params, p->known);
	pg_param_text(params, problem);
	pg_param_text(params, p->difference.len > 0 ? buf_str(&p->difference) : NULL);
	pg_param_text(params, p->reading.next.len > 0 ? buf_str(&p->reading.next) : NULL);
}

/* Line 0 is the heading. */
static bool store_refused(struct pull *p, struct err *err)
{
	static const struct pg_stmt heading = {
		"pull_refused_heading",
		"INSERT INTO source_refused (run_id, line, field, problem, raw)"
		" VALUES ($1::bigint, 0, '', '', $2::text)"};
	static const struct pg_stmt rows = {
		"pull_refused_rows",
		"INSERT INTO source_refused (run_id, line, field, problem, raw)"
		" SELECT $1::bigint, line, bad_field, bad_problem, raw FROM client_row"
		"  WHERE bad_field IS NOT NULL ORDER BY line LIMIT " REFUSED_ROWS};

	if (p->rows_bad == 0)
		return true;
	pg_param_int64(p->params, p->run_id);
	pg_param_text(p->params, p->heading);
	if (!run(p, &heading, NULL, err))
		return false;
	pg_param_int64(p->params, p->run_id);
	return run(p, &rows, NULL, err);
}

/* False also when the source was deleted meanwhile. */
static bool store_cursor(struct pull *p, struct err *err)
{
	static const struct pg_stmt store = {
		"pull_cursor",
		"UPDATE source SET cursor = coalesce($2::text, cursor),"
		"   due_at = CASE WHEN $3::boolean AND enabled AND due_at IS NOT NULL"
		"     THEN statement_timestamp() ELSE due_at END WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool found;

	pg_param_int64(p->params, p->source.id);
	if (p->keeps_cursor || p->reading.next.len == 0)
		pg_param_null(p->params);
	else
		pg_param_text(p->params, buf_str(&p->reading.next));
	pg_param_bool(p->params, p->reading.more);
	if (!run(p, &store, &rows, err))
		return false;
	found = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return found || err_set(err, ERR_INPUT, "the source was deleted");
}

bool pull_note_stored(struct pull *p, enum pull_end end, struct err *err)
{
	static const struct pg_stmt note = {"pull_note_stored", NOTE_END};

	if (!store_refused(p, err) || !store_cursor(p, err))
		return false;
	push_end(p, p->params, end, NULL);
	return run(p, &note, NULL, err);
}

bool pull_note_ended(struct pull *p, enum pull_end end, const char *problem, struct err *err)
{
	static const struct pg_stmt note = {"pull_note_ended", NOTE_END};

	push_end(p, p->w->params, end, problem);
	return worker_run(p->w, &note, NULL, err);
}

void pull_deinit(struct pull *p)
{
	pg_close(&p->pg);
	pg_params_free(&p->params);
	if (p->merging)
		client_merge_deinit(&p->merge);
	import_columns_free(&p->columns);
	import_mapping_free(&p->mapping);
	pg_result_free(&p->row);
	buf_deinit(&p->texts);
	if (p->secret.data != NULL)
		explicit_bzero(p->secret.data, p->secret.len);
	buf_deinit(&p->secret);
	buf_deinit(&p->refused_keys);
	buf_deinit(&p->reading.next);
	buf_deinit(&p->difference);
	mem_free(p->heading);
	mem_free(p);
}
