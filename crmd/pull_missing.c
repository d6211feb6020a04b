/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pull_missing - whom a source delivered, and who is missing from all of it.
 *
 * Missing is only looked for after everything was read.  More than 2 % of whom the source had are
 * not believed: half a file looks just like that.  Nor is anybody believed to be missing when a
 * refused row does not say whose it is. */
#include <string.h>

#include "crmd/pull.h"

#define BELIEVED_PERCENT 2
#define REFUSED_KEYS_MAX 10000

static bool run_with_source(struct pull *p, const struct pg_stmt *stmt, struct pg_result **out,
			    struct err *err)
{
	bool ok;

	pg_params_reset(p->params);
	pg_param_int64(p->params, p->source.id);
	ok = pg_run(p->pg, stmt, p->params, out, err);
	pg_params_reset(p->params);
	return ok;
}

static bool read_count(struct pull *p, const struct pg_stmt *stmt, int64_t *out, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!run_with_source(p, stmt, &rows, err))
		return false;
	*out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* Table source_now: the clients that came. */
static bool find_clients(struct pull *p, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, 4096);
	buf_printf(&sql,
		   "CREATE TEMP TABLE source_now ON COMMIT DROP AS SELECT DISTINCT k.id AS "
		   "client_id FROM client_row t JOIN client k ON %s WHERE t.bad_field IS NULL;"
		   "ANALYZE source_now",
		   client_merge_key(&p->merge));
	ok = pg_exec(p->pg, buf_str(&sql), err);
	buf_deinit(&sql);
	return ok;
}

/* They are the source's, and none of them is missing any more. */
static bool take_in(struct pull *p, struct err *err)
{
	static const struct pg_stmt statements[] = {
		{"pull_found_again",
		 "DELETE FROM source_missing m USING source_now n"
		 " WHERE m.source_id = $1::bigint AND m.client_id = n.client_id"},
		{"pull_known_now", "INSERT INTO source_client (source_id, client_id)"
				   " SELECT $1::bigint, client_id FROM source_now ORDER BY 2"
				   " ON CONFLICT DO NOTHING"},
	};

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (!run_with_source(p, &statements[i], NULL, err))
			return false;
	return true;
}

/* --- who is missing
 * ------------------------------------------------------------------------------- */

static size_t split_keys(const struct buf *keys, const char **out, size_t max)
{
	size_t count = 0;

	for (size_t at = 0; at < keys->len && count < max; at += strlen(keys->data + at) + 1)
		out[count++] = keys->data + at;
	return count;
}

/* Clients whose rows were refused are there, only not as they should be. */
static bool spare_refused(struct pull *p, struct err *err)
{
	static const struct pg_stmt spare = {
		"pull_spare_refused",
		"DELETE FROM source_missing m USING client k WHERE m.source_id = $1::bigint"
		"   AND k.id = m.client_id AND k.external_id = ANY ($2::text[])"};
	static _Thread_local const char *keys[REFUSED_KEYS_MAX];
	size_t count = split_keys(&p->refused_keys, keys, REFUSED_KEYS_MAX);

	p->refused_unknown |= count == REFUSED_KEYS_MAX;
	if (count == 0)
		return true;
	pg_params_reset(p->params);
	pg_param_int64(p->params, p->source.id);
	pg_param_text_array(p->params, keys, count);
	return pg_run(p->pg, &spare, p->params, NULL, err);
}

/* What an earlier run held is looked at anew. */
static bool find_missing(struct pull *p, struct err *err)
{
	static const struct pg_stmt statements[] = {
		{"pull_supersede", "UPDATE source_run SET status = 'dropped',"
				   "       problem = 'a later run looked for the missing anew'"
				   " WHERE source_id = $1::bigint AND status = 'held'"},
		{"pull_forget_missing", "DELETE FROM source_missing WHERE source_id = $1::bigint"},
		{"pull_missing",
		 "INSERT INTO source_missing (source_id, client_id)"
		 " SELECT c.source_id, c.client_id FROM source_client c"
		 "  WHERE c.source_id = $1::bigint AND NOT EXISTS (SELECT 1 FROM source_now n"
		 "        WHERE n.client_id = c.client_id)"
		 "    AND EXISTS (SELECT 1 FROM client k WHERE k.id = c.client_id)"}, /* not erased
										       */
	};
	static const struct pg_stmt count = {
		"pull_count_missing",
		"SELECT count(*) FROM source_missing WHERE source_id = $1::bigint"};

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (!run_with_source(p, &statements[i], NULL, err))
			return false;
	return spare_refused(p, err) && read_count(p, &count, &p->missing, err);
}

bool pull_settle(struct pull *p, bool *held_out, struct err *err)
{
	static const struct pg_stmt known = {
		"pull_count_known",
		"SELECT count(*) FROM source_client WHERE source_id = $1::bigint"};
	static const struct pg_stmt let_go = {"pull_let_go", "SELECT source_let_go($1::bigint)"};
	int64_t gone;

	if (!read_count(p, &known, &p->known, err) || !find_clients(p, err) || !take_in(p, err))
		return false;
	if (!p->reading.complete)
		return true;
	if (!find_missing(p, err))
		return false;
	*held_out = p->missing * 100 > p->known * BELIEVED_PERCENT ||
		    (p->missing > 0 && p->refused_unknown);
	return p->dry || *held_out || p->missing == 0 || read_count(p, &let_go, &gone, err);
}
