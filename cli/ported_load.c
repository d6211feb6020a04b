/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ported_load - a file of ported numbers, some twenty millions, becomes the rows of source mnp.
 *
 * It goes through a temporary table, so that only what differs is written. */
#include <string.h>

#include "cli/numbering.h"
#include "cli/table.h"
#include "common/sms/msisdn.h"
#include "common/sms/plus7.h"

enum { ROWS_A_FLUSH = 100000, COLUMNS_MAX = 32 };

/* --- the file ------------------------------------------------------------------------------------
 */

struct ported_file {
	struct lines lines;
	char separator; /* 0 until a line has shown it */
	struct line_problems *problems;
};

static char separator_of(const char *text)
{
	size_t at = strcspn(text, ";\t,");

	return text[at] != '\0' ? text[at] : ';';
}

/* Without the quotes a spreadsheet puts around a field. */
static char *unquote(char *text)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

static bool is_heading(const struct ported_file *f, const char *first_field)
{
	return f->lines.number == 1 && strpbrk(first_field, "0123456789") == NULL;
}

/* NULL, or what is wrong. */
static const char *take_number(const char *text, int64_t *msisdn, struct err *err)
{
	if (!msisdn_parse(text, strlen(text), msisdn, err))
		return err->msg;
	if (!plus7_owns(*msisdn) || plus7_kind(*msisdn) != MSISDN_MOBILE)
		return "column 1 is no Russian mobile number; only those are ported";
	return NULL;
}

static void take_row(struct ported_file *f, struct pg_copy *copy, const struct line *line)
{
	char *field[COLUMNS_MAX];
	const char *problem = line->problem;
	struct err err = {0};
	int64_t msisdn = 0;
	size_t count = 0;

	if (problem == NULL) {
		if (f->separator == '\0')
			f->separator = separator_of(line->text);
		count = line_split(line->text, f->separator, field, COLUMNS_MAX);
		if (is_heading(f, field[0]))
			return;
		if (count < 2 || *(field[1] = unquote(field[1])) == '\0')
			problem = "the operator is missing; a row is number;operator";
		else
			problem = take_number(unquote(field[0]), &msisdn, &err);
	}
	if (problem != NULL) {
		line_problem(f->problems, f->lines.path, f->lines.number, "%s", problem);
		return;
	}
	pg_copy_row(copy, 3);
	pg_copy_int64(copy, (int64_t)f->lines.number);
	pg_copy_int64(copy, msisdn);
	pg_copy_text(copy, field[1], strlen(field[1]));
}

static bool copy_lines(struct pg *pg, struct ported_file *f, struct pg_copy *copy, struct err *err)
{
	struct line line;
	bool ok = pg_copy_stream_begin(pg, copy, err);

	while (ok && lines_next(&f->lines, &line)) {
		if (line.problem == NULL && line.len == 0)
			continue;
		take_row(f, copy, &line);
		if (pg_copy_rows(copy) == ROWS_A_FLUSH)
			ok = pg_copy_stream_flush(pg, copy, err);
	}
	return ok && pg_copy_stream_end(pg, copy, err);
}

static bool copy_file(struct pg *pg, const char *path, struct err *err)
{
	struct line_problems problems = {0};
	struct ported_file f = {.problems = &problems};
	struct pg_copy *copy;
	bool ok;

	if (!lines_open(&f.lines, path, err))
		return false;
	copy = pg_copy_new("COPY ported_file (line, msisdn, operator) FROM STDIN (FORMAT binary)");
	ok = copy_lines(pg, &f, copy, err);
	ok = lines_close(&f.lines, ok ? err : &(struct err){0}) && ok;
	ok = ok && line_problems_none(&problems, err);
	pg_copy_free(&copy);
	line_problems_free(&problems);
	return ok;
}

/* --- the table -----------------------------------------------------------------------------------
 */

static const char prepare_sql[] =
	"CREATE TEMPORARY TABLE ported_file (line bigint, msisdn bigint, operator text) "
	"ON COMMIT DROP";
/* A number that stands twice: its last line counts. */
static const char gather_sql[] =
	"CREATE TEMPORARY TABLE ported_name ON COMMIT DROP AS "
	"SELECT n.operator, a.operator_id "
	"  FROM (SELECT DISTINCT operator FROM ported_file) n "
	"  LEFT JOIN operator_alias a ON a.key = numbering_key(n.operator); "
	"CREATE TEMPORARY TABLE ported_new ON COMMIT DROP AS "
	"SELECT DISTINCT ON (f.msisdn) f.msisdn, n.operator_id "
	"  FROM ported_file f JOIN ported_name n USING (operator) ORDER BY f.msisdn, f.line DESC; "
	"ALTER TABLE ported_new ADD PRIMARY KEY (msisdn); "
	"ANALYZE ported_new";

static bool affected(struct pg *pg, const struct pg_stmt *stmt, int64_t *out, struct err *err)
{
	struct pg_result *r = NULL;

	if (!pg_run(pg, stmt, NULL, &r, err))
		return false;
	*out = pg_affected(r);
	pg_result_free(&r);
	return true;
}

static bool print_unknown(struct pg *pg, struct err *err)
{
	static const struct pg_stmt select = {
		"ported_unknown",
		"SELECT n.operator, count(*) FROM ported_name n JOIN ported_file f "
		"USING (operator) WHERE n.operator_id IS NULL "
		"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"};
	static const char *const headings[] = {"operator not known", ">rows", NULL};
	struct pg_result *r = NULL;
	struct table *t;

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		table_int(t, pg_int(r, i, 1));
	}
	if (pg_rows(r) > 0)
		table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool plausible(struct pg *pg, bool force, struct err *err)
{
	static const struct pg_stmt count = {
		"ported_count", "SELECT (SELECT count(*) FROM ported_number WHERE source = 'mnp'), "
				"(SELECT count(*) FROM ported_new)"};
	struct pg_result *r = NULL;
	int64_t before, now;

	if (!pg_run(pg, &count, NULL, &r, err))
		return false;
	before = pg_int(r, 0, 0);
	now = pg_int(r, 0, 1);
	pg_result_free(&r);
	return numbering_size_plausible(before, now, "numbers", force, err);
}

static bool replace(struct pg *pg, struct err *err)
{
	static const struct pg_stmt remove = {
		"ported_remove",
		"DELETE FROM ported_number p WHERE p.source = 'mnp' "
		"AND NOT EXISTS (SELECT FROM ported_new n WHERE n.msisdn = p.msisdn)"};
	static const struct pg_stmt put = {
		"ported_put",
		"INSERT INTO ported_number AS p (msisdn, operator_id, source) "
		"SELECT msisdn, operator_id, 'mnp' FROM ported_new ON CONFLICT (msisdn) DO UPDATE "
		"SET operator_id = excluded.operator_id, source = excluded.source, "
		"    seen_at = excluded.seen_at "
		"WHERE (p.operator_id, p.source) IS DISTINCT FROM "
		"      (excluded.operator_id, excluded.source)"};
	int64_t gone, written;

	if (!affected(pg, &remove, &gone, err) || !affected(pg, &put, &written, err))
		return false;
	(void)printf("ported numbers: %lld new or changed, %lld gone\n", (long long)written,
		     (long long)gone);
	return true;
}

bool ported_load(struct pg *pg, const char *path, const struct numbering_options *options,
		 struct err *err)
{
	if (!pg_begin(pg, err))
		return false;
	if (!pg_exec(pg, "LOCK TABLE ported_number IN SHARE ROW EXCLUSIVE MODE", err) ||
	    !pg_exec(pg, prepare_sql, err) || !copy_file(pg, path, err) ||
	    !pg_exec(pg, gather_sql, err) || !plausible(pg, options->force, err) ||
	    !print_unknown(pg, err) || !replace(pg, err)) {
		pg_rollback(pg);
		return false;
	}
	if (options->dry_run) {
		pg_rollback(pg);
		(void)printf("a dry run: nothing is stored\n");
		return true;
	}
	return pg_commit(pg, err);
}
