/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik numbering - the register of the Russian numbering plan and ported numbers. */
#include <getopt.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/numbering.h"
#include "cli/table.h"
#include "common/sms/msisdn.h"

/* A register takes seconds, twenty million ported numbers minutes. */
enum { TIMEOUT_MS = 30000, LOAD_TIMEOUT_MS = 3600000 };

struct request {
	struct numbering_options options;
	char **argument;
	size_t arguments;
};

/* --- load ----------------------------------------------------------------------------------------
 */

static bool load(struct pg *pg, const struct request *q, struct err *err)
{
	struct registry registry;
	bool ok = true;

	registry_init(&registry);
	for (size_t i = 0; ok && i < q->arguments; i++)
		ok = registry_read(&registry, q->argument[i], err);
	if (ok) {
		registry_check(&registry);
		ok = line_problems_none(&registry.problems, err) &&
		     numbering_load(pg, &registry, &q->options, err);
	}
	registry_deinit(&registry);
	return ok;
}

static bool load_ported(struct pg *pg, const struct request *q, struct err *err)
{
	return ported_load(pg, q->argument[0], &q->options, err);
}

/* --- show ----------------------------------------------------------------------------------------
 */

static void line(const char *what, const char *value)
{
	(void)printf("%-10s %s\n", what, *value != '\0' ? value : "-");
}

static void show_plan(int64_t msisdn)
{
	static const char *const kinds[] = {[MSISDN_MOBILE] = "mobile",
					    [MSISDN_FIXED] = "fixed line",
					    [MSISDN_TOLL_FREE] = "toll-free",
					    [MSISDN_OTHER] = "other, or not known",
					    [MSISDN_SPECIAL] = "special"};
	static const char *const levels[] = {[MSISDN_IMPOSSIBLE] = "impossible",
					     [MSISDN_POSSIBLE] = "possible, not known to be in use",
					     [MSISDN_VALID] = "valid"};

	(void)printf("%-10s +%lld\n", "number", (long long)msisdn);
	line("country", msisdn_country(msisdn));
	line("kind", kinds[msisdn_kind(msisdn)]);
	line("plan", levels[msisdn_level(msisdn)]);
}

static bool show(struct pg *pg, const struct request *q, struct err *err)
{
	/* The range's own names, which the look-up has no need of. */
	static const struct pg_stmt select = {
		"numbering_show",
		"SELECT coalesce(o.name, ''), coalesce(g.name, rn.name, ''), "
		"       coalesce(array_to_string(i.zones, ', '), ''), i.ported, "
		"       coalesce(p.source, ''), coalesce(onm.name, ''), coalesce(rn.name, ''), "
		"       coalesce(r.lo || ' - ' || r.hi, ''), coalesce(v.id::text, '') "
		"  FROM number_info(ARRAY[$1::bigint]) i "
		"  LEFT JOIN operator o ON o.id = i.operator_id "
		"  LEFT JOIN region g ON g.id = i.region_id "
		"  LEFT JOIN ported_number p ON p.msisdn = i.msisdn "
		"  LEFT JOIN numbering_version v ON v.valid_to IS NULL "
		"  LEFT JOIN numbering_range r "
		"    ON r.version_id = v.id AND i.msisdn BETWEEN r.lo AND r.hi "
		"  LEFT JOIN numbering_operator_name onm ON onm.id = r.operator_name_id "
		"  LEFT JOIN numbering_region_name rn ON rn.id = r.region_name_id"};
	const char *text = q->argument[0];
	struct pg_params *params;
	struct pg_result *r = NULL;
	int64_t msisdn;
	char source[96];
	bool ok;

	if (!msisdn_parse(text, strlen(text), &msisdn, err))
		return false;
	params = pg_params_new();
	pg_param_int64(params, msisdn);
	ok = pg_run(pg, &select, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	show_plan(msisdn);
	line("operator", pg_text(r, 0, 0));
	line("region", pg_text(r, 0, 1));
	line("zone", pg_text(r, 0, 2));
	line("ported", pg_bool(r, 0, 3) ? "yes" : "no");
	if (pg_bool(r, 0, 3))
		(void)snprintf(source, sizeof(source), "ported numbers (%s)", pg_text(r, 0, 4));
	else if (*pg_text(r, 0, 7) != '\0')
		(void)snprintf(source, sizeof(source), "register, version %s", pg_text(r, 0, 8));
	else
		(void)snprintf(source, sizeof(source), "in no range of the register");
	line("source", source);
	line("range", pg_text(r, 0, 7));
	line("of", pg_text(r, 0, 5));
	line("in", pg_text(r, 0, 6));
	pg_result_free(&r);
	return true;
}

/* --- list and map --------------------------------------------------------------------------------
 */

static bool print_versions(struct pg *pg, int64_t *current_out, struct err *err)
{
	static const struct pg_stmt select = {
		"numbering_list",
		"SELECT id, ranges, numbers, valid_from, valid_to, array_to_string(files, ' ') "
		"  FROM numbering_version ORDER BY id"};
	static const char *const headings[] = {
		">version", ">ranges", ">numbers", "in force (UTC)", "until (UTC)", "files", NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char time[32];

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	*current_out = 0;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_int(t, pg_int(r, i, 0));
		table_int(t, pg_int(r, i, 1));
		table_int(t, pg_int(r, i, 2));
		table_text(t, cli_time(pg_time_us(r, i, 3), time));
		table_text(t, cli_time(pg_time_us(r, i, 4), time));
		table_text(t, pg_text(r, i, 5));
		if (pg_null(r, i, 4))
			*current_out = pg_int(r, i, 0);
	}
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool print_ported(struct pg *pg, struct err *err)
{
	static const struct pg_stmt select = {
		"numbering_ported", "SELECT source, count(*), max(seen_at) FROM ported_number "
				    "GROUP BY source ORDER BY source"};
	static const char *const headings[] = {"ported, by source", ">numbers", "last news (UTC)",
					       NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char time[32];

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		table_int(t, pg_int(r, i, 1));
		table_text(t, cli_time(pg_time_us(r, i, 2), time));
	}
	if (pg_rows(r) > 0)
		table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool list(struct pg *pg, const struct request *q, struct err *err)
{
	int64_t current;

	(void)q;
	return print_versions(pg, &current, err) && print_ported(pg, err) &&
	       numbering_print_unmapped(pg, current, err);
}

/* Teach one name, by `stmt` ($1 the name, $2 what it means), and understand all names anew. */
static bool map(struct pg *pg, const struct request *q, const struct pg_stmt *stmt,
		const char *unknown, struct err *err)
{
	static const struct pg_stmt remap = {"numbering_remap", "SELECT numbering_names_map(true)"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool ok;

	pg_param_text(params, q->argument[0]);
	pg_param_text(params, q->argument[1]);
	ok = pg_run(pg, stmt, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	ok = pg_affected(r) == 1;
	pg_result_free(&r);
	if (!ok)
		return err_set(err, ERR_INPUT, "there is no %s \"%s\"", unknown, q->argument[1]);
	if (!pg_run(pg, &remap, NULL, &r, err))
		return false;
	(void)printf("names of the register understood anew: %lld\n", (long long)pg_int(r, 0, 0));
	pg_result_free(&r);
	return true;
}

static bool map_operator(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt stmt = {
		"numbering_map_operator",
		"INSERT INTO operator_alias (key, operator_id) "
		"SELECT numbering_key($1::text), id FROM operator WHERE code = $2 "
		"ON CONFLICT (key) DO UPDATE SET operator_id = excluded.operator_id"};

	return map(pg, q, &stmt, "operator", err);
}

static bool map_region(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt stmt = {
		"numbering_map_region",
		"INSERT INTO region_alias (key, region_id) "
		"SELECT numbering_key($1::text), id FROM region WHERE name = $2 "
		"ON CONFLICT (key) DO UPDATE SET region_id = excluded.region_id"};

	return map(pg, q, &stmt, "region", err);
}

/* --- words ---------------------------------------------------------------------------------------
 */

static const struct action {
	const char *words[2]; /* the second may be NULL */
	size_t least, most;   /* arguments */
	bool loads;	      /* takes --dry-run and --force */
	bool (*run)(struct pg *pg, const struct request *q, struct err *err);
} actions[] = {
	{{"load", NULL}, 1, REGISTRY_FILES_MAX, true, load},
	{{"show", NULL}, 1, 1, false, show},
	{{"list", NULL}, 0, 0, false, list},
	{{"ported", "load"}, 1, 1, true, load_ported},
	{{"map", "operator"}, 2, 2, false, map_operator},
	{{"map", "region"}, 2, 2, false, map_region},
};

static const struct action *action_find(size_t count, char **words)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (count > 0 && strcmp(words[0], actions[i].words[0]) == 0 &&
		    (actions[i].words[1] == NULL ||
		     (count > 1 && strcmp(words[1], actions[i].words[1]) == 0)))
			return &actions[i];
	return NULL;
}

/* Options may stand anywhere; what is left is words. */
static bool take_options(int argc, char **argv, struct numbering_options *out)
{
	static const struct option options[] = {{"dry-run", no_argument, NULL, 'n'},
						{"force", no_argument, NULL, 'f'},
						{NULL, 0, NULL, 0}};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			out->dry_run = true;
		else if (c == 'f')
			out->force = true;
		else
			return false;
	}
	return true;
}

int cmd_numbering(struct cli *cli, int argc, char **argv)
{
	static const char usage[] =
		"numbering load [--dry-run] [--force] FILE..., numbering ported load [--dry-run] "
		"[--force] FILE, numbering show PHONE, numbering list, numbering map operator NAME "
		"CODE, or numbering map region NAME REGION?";
	struct request q = {0};
	const struct action *action;
	struct err err = {0};
	struct pg *pg = NULL;
	size_t words;
	int status;

	if (!take_options(argc, argv, &q.options))
		return cli_usage("%s", usage);
	q.argument = argv + optind;
	q.arguments = (size_t)(argc - optind);
	action = action_find(q.arguments, q.argument);
	if (action == NULL || (!action->loads && (q.options.dry_run || q.options.force)))
		return cli_usage("%s", usage);
	words = action->words[1] != NULL ? 2 : 1;
	q.argument += words;
	q.arguments -= words;
	if (q.arguments < action->least || q.arguments > action->most)
		return cli_usage("%s", usage);
	status = cli_connect(cli, action->loads ? LOAD_TIMEOUT_MS : TIMEOUT_MS, &pg);
	if (status == CLI_OK && !action->run(pg, &q, &err))
		status = cli_failed(&err);
	pg_close(&pg);
	return status;
}
