/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* promo_file - see promo_file.h. */
#include "apid/promo_file.h"

#include <string.h>

#include "common/base/mem.h"

#define PIECE_BYTES (64 * 1024)
#define FLUSH_ROWS  20000
#define CODE_CHARS  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

struct upload {
	struct request *r;
	int64_t pool_id, line, count;
	struct pg_copy *copy;
	bool copying;
	char code[PROMO_CODE_MAX + 2]; /* of the line at hand; one more than may be */
	size_t len;
	size_t longest;
	char piece[PIECE_BYTES];
};

/* --- lines ---------------------------------------------------------------------------------------
 */

static bool flush(struct upload *u, struct err *err)
{
	return pg_copy_rows(u->copy) < FLUSH_ROWS || pg_copy_stream_flush(u->r->pg, u->copy, err);
}

static void refuse_line(struct upload *u)
{
	problem_line(&u->r->problem, u->line, "code",
		     u->len > PROMO_CODE_MAX ? "a longer line" : u->code,
		     "a code of 1 to 64 Latin letters, digits and - _ . in each line");
}

static bool end_line(struct upload *u, struct err *err)
{
	u->line++;
	while (u->len > 0 && u->len <= PROMO_CODE_MAX && strchr(" \t\r", u->code[u->len - 1]))
		u->len--;
	u->code[u->len] = '\0';
	if (u->len == 0)
		return true; /* empty lines part codes, and end files */
	if (u->len > PROMO_CODE_MAX || strspn(u->code, CODE_CHARS) != u->len) {
		refuse_line(u);
	} else {
		pg_copy_row(u->copy, 2);
		pg_copy_int64(u->copy, u->line);
		pg_copy_text(u->copy, u->code, u->len);
		u->count++;
		u->longest = u->len > u->longest ? u->len : u->longest;
	}
	u->len = 0;
	return flush(u, err);
}

static bool take_bytes(struct upload *u, const char *at, size_t len, struct err *err)
{
	for (const char *end = at + len; at < end; at++) {
		if (*at == '\n') {
			if (!end_line(u, err))
				return false;
		} else if (u->len <= PROMO_CODE_MAX) {
			u->code[u->len++] = *at != '\0' ? *at : '?';
		}
	}
	return true;
}

static bool read_lines(struct upload *u, struct err *err)
{
	size_t len;

	do {
		if (!http_body_read(u->r->call, u->piece, sizeof(u->piece), &len, err) ||
		    !take_bytes(u, u->piece, len, err))
			return false;
	} while (len > 0);
	return u->len == 0 || end_line(u, err);
}

/* --- storing -------------------------------------------------------------------------------------
 */

static bool find_pool(struct upload *u, struct err *err)
{
	static const struct pg_stmt find = {
		"promo_pool_upload", "SELECT 1 FROM promo_pool WHERE id = $1::bigint FOR UPDATE"};
	struct pg_result *rows = NULL;

	pg_param_int64(u->r->params, u->pool_id);
	if (!request_query(u->r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&u->r->problem, "pool of promo codes");
	pg_result_free(&rows);
	return true;
}

static bool read_file(struct upload *u, struct err *err)
{
	if (!pg_exec(u->r->pg,
		     "CREATE TEMPORARY TABLE promo_upload (line bigint, code text) ON COMMIT DROP",
		     err) ||
	    !pg_copy_stream_begin(u->r->pg, u->copy, err))
		return false;
	u->copying = true;
	if (!read_lines(u, err))
		return false;
	u->copying = false;
	return pg_copy_stream_end(u->r->pg, u->copy, err);
}

static bool find_repeated(struct upload *u, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = pg_run_once(
		u->r->pg,
		"SELECT x.line, x.code, x.n > 1 FROM (SELECT line, code,"
		"       row_number() OVER (PARTITION BY code ORDER BY line) AS n FROM "
		"promo_upload) x"
		" WHERE x.n > 1 OR EXISTS (SELECT 1 FROM promo_code p WHERE p.code = x.code)"
		" ORDER BY x.line LIMIT 200",
		u->r->params, &rows, err);

	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		problem_line(&u->r->problem, pg_int(rows, i, 0), "code", pg_text(rows, i, 1),
			     pg_bool(rows, i, 2) ? "each code once in the file"
						 : "a code that was not uploaded before");
	pg_result_free(&rows);
	return ok;
}

static bool store_codes(struct upload *u, struct err *err)
{
	static const struct pg_stmt grow = {
		"promo_pool_grow",
		"UPDATE promo_pool SET size = size + $2::bigint,"
		"       longest = greatest(longest, $3::smallint) WHERE id = $1::bigint"};
	struct request *r = u->r;
	bool ok;

	pg_param_int64(r->params, u->pool_id);
	ok = pg_run_once(r->pg,
			 "INSERT INTO promo_code (pool_id, code)"
			 " SELECT $1::bigint, code FROM promo_upload ORDER BY line",
			 r->params, NULL, err);
	pg_params_reset(r->params);
	if (!ok && strcmp(pg_sqlstate(r->pg), "23505") == 0)
		return problem_conflict(&r->problem, "Somebody uploads the same promo codes just "
						     "now; nothing of this file was stored");
	if (!ok)
		return false;
	pg_param_int64(r->params, u->pool_id);
	pg_param_int64(r->params, u->count);
	pg_param_int16(r->params, (int16_t)u->longest);
	return request_query(r, &grow, NULL, err) && pg_commit(r->pg, err);
}

/* True with a problem filled: nothing is to be stored. */
static bool store_file(struct upload *u, struct err *err)
{
	struct problem *problem = &u->r->problem;

	if (!pg_begin(u->r->pg, err) || !find_pool(u, err))
		return false;
	if (problem_found(problem))
		return true;
	if (!read_file(u, err))
		return false;
	if (!problem_found(problem) && u->count == 0)
		problem_field(problem, "(the file)", "nothing", "a promo code in each line");
	if (problem_found(problem))
		return true;
	if (!find_repeated(u, err))
		return false;
	return problem_found(problem) || store_codes(u, err);
}

bool promo_file_store(struct request *r, int64_t pool_id, int64_t *count_out, struct err *err)
{
	struct upload *u = mem_calloc(1, sizeof(*u));
	bool ok;

	u->r = r;
	u->pool_id = pool_id;
	u->copy = pg_copy_new("COPY promo_upload (line, code) FROM STDIN (FORMAT binary)");
	ok = store_file(u, err);
	*count_out = u->count;
	if (u->copying)
		pg_copy_stream_abort(r->pg, u->copy);
	if (!ok || problem_found(&r->problem))
		pg_rollback(r->pg);
	pg_copy_free(&u->copy);
	mem_free(u);
	return ok;
}
