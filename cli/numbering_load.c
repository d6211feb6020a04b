/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbering_load - a register becomes a version.
 *
 * A dry run does the same work and rolls back, so it shows what a load would, refusals included. */
#include "cli/numbering.h"

#include <string.h>

#include "cli/table.h"
#include "common/base/mem.h"

enum { ROWS_A_FLUSH = 100000, CHANGES_SHOWN = 40, NAMES_SHOWN = 20 };

bool numbering_size_plausible(int64_t before, int64_t now, const char *what, bool force,
			      struct err *err)
{
	if (force || before == 0 || (now * 5 >= before * 4 && now * 5 <= before * 6))
		return true;
	return err_set(
		err, ERR_REFUSED,
		"%lld %s where there were %lld: is a file missing, or one too many? If it is "
		"right, say --force",
		(long long)now, what, (long long)before);
}

/* --- the version ---------------------------------------------------------------------------------
 */

struct version {
	int64_t id; /* 0: none */
	int64_t ranges;
};

/* One load at a time; readers go on. */
static bool take_turn(struct pg *pg, struct version *before, struct err *err)
{
	static const struct pg_stmt current = {
		"numbering_current",
		"SELECT id, ranges FROM numbering_version WHERE valid_to IS NULL"};
	struct pg_result *rows = NULL;

	if (!pg_exec(pg, "LOCK TABLE numbering_version IN SHARE ROW EXCLUSIVE MODE", err) ||
	    !pg_run(pg, &current, NULL, &rows, err))
		return false;
	*before = (struct version){0};
	if (pg_rows(rows) == 1)
		*before = (struct version){pg_int(rows, 0, 0), pg_int(rows, 0, 1)};
	pg_result_free(&rows);
	return true;
}

static bool insert_version(struct pg *pg, const struct registry *r, int64_t *id_out,
			   struct err *err)
{
	static const struct pg_stmt end = {
		"numbering_end", "UPDATE numbering_version SET valid_to = clock_timestamp() WHERE "
				 "valid_to IS NULL"};
	static const struct pg_stmt insert = {
		"numbering_begin",
		"INSERT INTO numbering_version (files, ranges, numbers, valid_from) "
		"SELECT $1::text[], $2, $3, coalesce(max(valid_to), clock_timestamp()) "
		"  FROM numbering_version RETURNING id"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	const char *name[REGISTRY_FILES_MAX];
	bool ok;

	for (size_t i = 0; i < r->files; i++) {
		const char *slash = strrchr(r->path[i], '/');

		name[i] = slash != NULL ? slash + 1 : r->path[i];
	}
	pg_param_text_array(params, name, r->files);
	pg_param_int64(params, (int64_t)r->count);
	pg_param_int64(params, r->numbers);
	ok = pg_run(pg, &end, NULL, NULL, err) && pg_run(pg, &insert, params, &rows, err);
	if (ok) {
		*id_out = pg_int(rows, 0, 0);
		pg_result_free(&rows);
	}
	pg_params_free(&params);
	return ok;
}

/* --- names and ranges ----------------------------------------------------------------------------
 */

/* Ids of names in the order they were given, by `stmt`, which stores those that are new. */
static bool ids_of(struct pg *pg, const struct pg_stmt *insert, const struct pg_stmt *select,
		   const struct pg_params *params, int64_t *id, size_t count, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!pg_run(pg, insert, params, NULL, err) || !pg_run(pg, select, params, &rows, err))
		return false;
	if (pg_rows(rows) != count)
		panic("%zu names of %zu", pg_rows(rows), count);
	for (size_t i = 0; i < count; i++)
		id[i] = pg_int(rows, i, 0);
	pg_result_free(&rows);
	return true;
}

static bool operator_ids(struct pg *pg, const struct interned *t, int64_t *id, struct err *err)
{
#define OPERATOR_NAMES                                                                             \
	"unnest($1::text[]) WITH ORDINALITY AS u(key, no), "                                       \
	"LATERAL (SELECT split_part(u.key, E'\\x1f', 1) AS name, "                                 \
	"                split_part(u.key, E'\\x1f', 2) AS inn) AS k"
	static const struct pg_stmt insert = {
		"numbering_operators_put",
		"INSERT INTO numbering_operator_name (name, inn) SELECT k.name, k.inn "
		"FROM " OPERATOR_NAMES " ON CONFLICT DO NOTHING"};
	static const struct pg_stmt select = {
		"numbering_operators_get",
		"SELECT n.id FROM " OPERATOR_NAMES
		" JOIN numbering_operator_name n ON n.name = k.name AND n.inn = k.inn "
		"ORDER BY u.no"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text_array(params, (const char *const *)t->text, t->count);
	ok = ids_of(pg, &insert, &select, params, id, t->count, err);
	pg_params_free(&params);
	return ok;
}

static bool region_ids(struct pg *pg, const struct interned *t, int64_t *id, struct err *err)
{
	static const struct pg_stmt insert = {"numbering_regions_put",
					      "INSERT INTO numbering_region_name (name) SELECT "
					      "unnest($1::text[]) ON CONFLICT DO NOTHING"};
	static const struct pg_stmt select = {
		"numbering_regions_get",
		"SELECT n.id FROM unnest($1::text[]) WITH ORDINALITY AS u(name, no) "
		"JOIN numbering_region_name n ON n.name = u.name ORDER BY u.no"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text_array(params, (const char *const *)t->text, t->count);
	ok = ids_of(pg, &insert, &select, params, id, t->count, err);
	pg_params_free(&params);
	return ok;
}

static bool copy_ranges(struct pg *pg, const struct registry *r, int64_t version,
			const int64_t *operator_id, const int64_t *region_id, struct err *err)
{
	struct pg_copy *copy =
		pg_copy_new("COPY numbering_range (version_id, lo, hi, operator_name_id, "
			    "region_name_id) FROM STDIN (FORMAT binary)");
	bool ok = pg_copy_stream_begin(pg, copy, err);

	for (size_t i = 0; ok && i < r->count; i++) {
		const struct registry_range *range = &r->range[i];

		pg_copy_row(copy, 5);
		pg_copy_int32(copy, (int32_t)version);
		pg_copy_int64(copy, range->lo);
		pg_copy_int64(copy, range->hi);
		pg_copy_int32(copy, (int32_t)operator_id[range->operator_name]);
		pg_copy_int32(copy, (int32_t)region_id[range->region_name]);
		if (pg_copy_rows(copy) == ROWS_A_FLUSH)
			ok = pg_copy_stream_flush(pg, copy, err);
	}
	ok = ok && pg_copy_stream_end(pg, copy, err);
	pg_copy_free(&copy);
	return ok;
}

static bool store(struct pg *pg, const struct registry *r, int64_t *version_out, struct err *err)
{
	static const struct pg_stmt map = {"numbering_map", "SELECT numbering_names_map()"};
	int64_t *operator_id = mem_calloc(r->operators.count, sizeof(*operator_id));
	int64_t *region_id = mem_calloc(r->regions.count, sizeof(*region_id));
	bool ok;

	ok = insert_version(pg, r, version_out, err) &&
	     operator_ids(pg, &r->operators, operator_id, err) &&
	     region_ids(pg, &r->regions, region_id, err) &&
	     copy_ranges(pg, r, *version_out, operator_id, region_id, err) &&
	     pg_run(pg, &map, NULL, NULL, err);
	mem_free(operator_id);
	mem_free(region_id);
	return ok;
}

/* --- what has changed ----------------------------------------------------------------------------
 */

/* Ranges of version $1 beside those of $2, with their names; only where they differ. */
#define DIFFERENCES                                                                                \
	"WITH v AS (SELECT r.version_id, r.lo, r.hi, o.name AS operator, o.inn, g.name AS region " \
	"             FROM numbering_range r "                                                     \
	"             JOIN numbering_operator_name o ON o.id = r.operator_name_id "                \
	"             JOIN numbering_region_name g ON g.id = r.region_name_id), "                  \
	"d AS (SELECT coalesce(a.lo, b.lo) AS lo, coalesce(a.hi, b.hi) AS hi, "                    \
	"             a.operator AS old_operator, b.operator AS new_operator, "                    \
	"             a.region AS old_region, b.region AS new_region, "                            \
	"             a.inn AS old_inn, b.inn AS new_inn "                                         \
	"        FROM (SELECT * FROM v WHERE version_id = $1) a "                                  \
	"        FULL JOIN (SELECT * FROM v WHERE version_id = $2) b "                             \
	"          ON a.lo = b.lo AND a.hi = b.hi "                                                \
	"       WHERE (a.operator, a.inn, a.region) IS DISTINCT FROM (b.operator, b.inn, "         \
	"b.region)) "

static bool print_changes(struct pg *pg, const struct pg_params *versions, struct err *err)
{
	static const struct pg_stmt select = {
		"numbering_changes", DIFFERENCES
		"SELECT CASE WHEN old_operator IS NULL THEN 'new' "
		"            WHEN new_operator IS NULL THEN 'gone' ELSE 'changed' END, lo, hi, "
		"       CASE WHEN old_operator <> new_operator "
		"            THEN old_operator || ' -> ' || new_operator "
		"            ELSE coalesce(new_operator, old_operator) END, "
		"       CASE WHEN old_region <> new_region THEN old_region || ' -> ' || new_region "
		"            ELSE coalesce(new_region, old_region) END "
		"  FROM d ORDER BY lo, hi LIMIT 40"};
	static const char *const headings[] = {"what", "from", "to", "operator", "region", NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char number[24];

	if (!pg_run(pg, &select, versions, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		for (int col = 1; col <= 2; col++) {
			(void)snprintf(number, sizeof(number), "%lld",
				       (long long)pg_int(r, i, col));
			table_text(t, number);
		}
		table_text(t, pg_text(r, i, 3));
		table_text(t, pg_text(r, i, 4));
	}
	table_print(t, stdout);
	if (pg_rows(r) == CHANGES_SHOWN)
		(void)printf("(the first %d)\n", CHANGES_SHOWN);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

/* Print how version `now` differs from `before`; *changes_out counts ranges. */
static bool print_difference(struct pg *pg, int64_t before, int64_t now, bool rows,
			     int64_t *changes_out, struct err *err)
{
	static const struct pg_stmt count = {
		"numbering_difference", DIFFERENCES
		"SELECT count(*), count(*) FILTER (WHERE old_operator IS NULL), "
		"       count(*) FILTER (WHERE new_operator IS NULL), "
		"       count(*) FILTER (WHERE old_operator <> new_operator), "
		"       count(*) FILTER (WHERE old_region <> new_region), "
		"       count(*) FILTER (WHERE old_operator = new_operator AND old_inn <> new_inn) "
		"  FROM d"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool ok;

	pg_param_int32(params, (int32_t)before);
	pg_param_int32(params, (int32_t)now);
	ok = pg_run(pg, &count, params, &r, err);
	if (ok) {
		*changes_out = pg_int(r, 0, 0);
		(void)printf("ranges: %lld new, %lld gone, %lld with another operator, %lld with "
			     "another region, %lld with another tax number\n",
			     (long long)pg_int(r, 0, 1), (long long)pg_int(r, 0, 2),
			     (long long)pg_int(r, 0, 3), (long long)pg_int(r, 0, 4),
			     (long long)pg_int(r, 0, 5));
		pg_result_free(&r);
		if (rows && *changes_out > 0)
			ok = print_changes(pg, params, err);
	}
	pg_params_free(&params);
	return ok;
}

static bool print_names(struct pg *pg, const struct pg_stmt *stmt, int64_t version,
			const char *heading, struct err *err)
{
	const char *const headings[] = {heading, ">ranges", ">numbers", NULL};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	struct table *t;
	bool ok;

	pg_param_int32(params, (int32_t)version);
	ok = pg_run(pg, stmt, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		table_int(t, pg_int(r, i, 1));
		table_int(t, pg_int(r, i, 2));
	}
	if (pg_rows(r) > 0)
		table_print(t, stdout);
	if (pg_rows(r) == NAMES_SHOWN)
		(void)printf("(the first %d)\n", NAMES_SHOWN);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

bool numbering_print_unmapped(struct pg *pg, int64_t version, struct err *err)
{
	/* Of small fixed-line companies there are thousands, and no SMS goes there. */
	static const struct pg_stmt operators = {
		"numbering_unmapped_operators",
		"SELECT n.name, count(*), sum(r.hi - r.lo + 1)::bigint FROM numbering_range r "
		"  JOIN numbering_operator_name n ON n.id = r.operator_name_id "
		" WHERE r.version_id = $1 AND r.lo >= 79000000000 AND n.operator_id IS NULL "
		" GROUP BY n.name ORDER BY 3 DESC, 1 LIMIT 20"};
	static const struct pg_stmt regions = {
		"numbering_unmapped_regions",
		"SELECT n.name, count(*), sum(r.hi - r.lo + 1)::bigint FROM numbering_range r "
		"  JOIN numbering_region_name n ON n.id = r.region_name_id "
		" WHERE r.version_id = $1 AND n.region_ids IS NULL "
		" GROUP BY n.name ORDER BY 3 DESC, 1 LIMIT 20"};

	return print_names(pg, &operators, version, "mobile operator not known", err) &&
	       print_names(pg, &regions, version, "region not understood", err);
}

/* --- all of it -----------------------------------------------------------------------------------
 */

static bool finish(struct pg *pg, const struct registry *r, int64_t version, int64_t changes,
		   bool dry_run, struct err *err)
{
	if (changes == 0 || dry_run) {
		pg_rollback(pg);
		(void)printf(changes == 0 ? "nothing has changed, so there is no new version\n"
					  : "a dry run: nothing is stored\n");
		return true;
	}
	if (!pg_commit(pg, err))
		return err_wrap(err, "see `vestnik numbering list` for what came of it");
	(void)printf("version %lld is in force: %zu ranges\n", (long long)version, r->count);
	(void)fflush(stdout);
	/* So that look-ups read the index alone. */
	return pg_exec(pg, "VACUUM (ANALYZE) numbering_range", err);
}

bool numbering_load(struct pg *pg, const struct registry *r,
		    const struct numbering_options *options, struct err *err)
{
	struct version before;
	int64_t version, changes = 0;

	if (!pg_begin(pg, err))
		return false;
	if (!take_turn(pg, &before, err) ||
	    !numbering_size_plausible(before.ranges, (int64_t)r->count, "ranges", options->force,
				      err) ||
	    !store(pg, r, &version, err) ||
	    !print_difference(pg, before.id, version, options->dry_run && before.id != 0, &changes,
			      err) ||
	    !numbering_print_unmapped(pg, version, err)) {
		pg_rollback(pg);
		return false;
	}
	return finish(pg, r, version, changes, options->dry_run, err);
}
