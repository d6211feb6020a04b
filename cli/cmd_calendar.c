/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik calendar - days off and moved working days, as the yearly decree says them.
 *
 * A file holds whole years: the days of every year it names are replaced, others stay. */
#include <string.h>

#include "cli/cli.h"
#include "cli/lines.h"
#include "common/web/json.h"

enum { TIMEOUT_MS = 30000, FIELDS_MAX = 4, DAYS_MAX = 2000 };

struct calendar {
	size_t count;
	int32_t day[DAYS_MAX]; /* since 1970-01-01 */
	const char *kind[DAYS_MAX];
	char note[DAYS_MAX][200];
	struct line_problems problems;
};

static const char *const kinds[] = {"working", "off", "silent"};

static const char *kind_of(const char *text)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], text) == 0)
			return kinds[i];
	return NULL;
}

/* NULL, or what is wrong. */
static const char *take_day(struct calendar *c, char **field, size_t count)
{
	const char *kind;
	int32_t day;

	if (count < 2 || count > 3)
		return "a row is day;kind or day;kind;note";
	if (!date_parse(field[0], &day))
		return "column 1 is no day such as 2026-11-04";
	kind = kind_of(field[1]);
	if (kind == NULL)
		return "column 2 is none of working, off, silent";
	for (size_t i = 0; i < c->count; i++)
		if (c->day[i] == day)
			return "the day stands in the file twice";
	if (c->count == DAYS_MAX)
		return "the file has more than 2000 days";
	c->day[c->count] = day;
	c->kind[c->count] = kind;
	(void)snprintf(c->note[c->count++], sizeof(c->note[0]), "%s", count == 3 ? field[2] : "");
	return NULL;
}

static bool read_file(struct calendar *c, const char *path, struct err *err)
{
	static struct lines lines;
	struct line line;

	if (!lines_open(&lines, path, err))
		return false;
	while (lines_next(&lines, &line)) {
		char *field[FIELDS_MAX];
		const char *problem = line.problem;
		bool heading = lines.number == 1 && line.text != NULL &&
			       strncmp(line.text, "day;", 4) == 0;

		if (problem == NULL && (line.len == 0 || line.text[0] == '#' || heading))
			continue;
		if (problem == NULL)
			problem = take_day(c, field, line_split(line.text, ';', field, FIELDS_MAX));
		if (problem != NULL)
			line_problem(&c->problems, path, lines.number, "%s", problem);
	}
	if (!lines_close(&lines, err) || !line_problems_none(&c->problems, err))
		return false;
	return c->count > 0 || err_set(err, ERR_INPUT, "%s: no day stands there", path);
}

static bool store(struct pg *pg, const struct calendar *c, struct err *err)
{
	/* One statement, so that nobody reads a calendar with half its days. */
	static const struct pg_stmt put = {
		"calendar_put",
		"WITH u AS (SELECT date '1970-01-01' + x.day AS day, x.kind, x.note"
		"             FROM unnest($1::integer[], $2::text[], $3::text[]) AS x(day, kind, "
		"note)),"
		" put AS (INSERT INTO calendar_day SELECT * FROM u ON CONFLICT (day) DO UPDATE"
		"            SET kind = excluded.kind, note = excluded.note)"
		" DELETE FROM calendar_day d WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.day = d.day)"
		"    AND extract(year FROM d.day) IN (SELECT extract(year FROM u.day) FROM u)"};
	struct pg_params *params = pg_params_new();
	const char *notes[DAYS_MAX];
	bool ok;

	for (size_t i = 0; i < c->count; i++)
		notes[i] = c->note[i];
	pg_param_int32_array(params, c->day, c->count);
	pg_param_text_array(params, c->kind, c->count);
	pg_param_text_array(params, notes, c->count);
	ok = pg_begin(pg, err) && pg_run(pg, &put, params, NULL, err) &&
	     pg_exec(pg, "SELECT send_hours_review()", err) && pg_commit(pg, err);
	pg_params_free(&params);
	return ok;
}

static int load(struct cli *cli, const char *path)
{
	static struct calendar calendar;
	struct pg *pg = NULL;
	struct err err = {0};
	bool ok = read_file(&calendar, path, &err);
	int status;

	line_problems_free(&calendar.problems);
	if (!ok)
		return cli_failed(&err);
	status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status != CLI_OK)
		return status;
	ok = store(pg, &calendar, &err);
	pg_close(&pg);
	if (!ok)
		return cli_failed(&err);
	(void)printf("calendar: %zu days\n", calendar.count);
	return CLI_OK;
}

int cmd_calendar(struct cli *cli, int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "load") == 0)
		return load(cli, argv[2]);
	return cli_usage("calendar load FILE");
}
