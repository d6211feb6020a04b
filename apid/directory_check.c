/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_check - who is gone from the directory is disabled; the others' roles follow their
 * groups. */
#include <string.h>

#include "apid/directory.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define BATCH_MAX 500
#define GONE_FEW  3 /* so many are never too many */

struct round {
	int64_t gone[BATCH_MAX];
	size_t gone_count, asked;
};

/* Claims: several apid share the work, and who is claimed and not asked about is due again later.
 * Once somebody is due the others are asked about as well: a mistake in the configuration shows in
 * a whole round, and would not in the two or three who happen to be due this minute. */
static bool claim(struct directory *d, struct pg *pg, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt due = {
		"directory_due",
		"UPDATE person_identity i SET checked_at = clock_timestamp()"
		"  FROM (SELECT d.way, d.issuer, d.subject FROM person_identity d"
		"          JOIN person p ON p.id = d.person_id"
		"         WHERE d.way = 'ldap' AND d.issuer = $1::text AND p.disabled_at IS NULL"
		"           AND d.checked_at < statement_timestamp() - $2::bigint * interval '0.5 "
		"ms'"
		"           AND EXISTS (SELECT FROM person_identity f JOIN person o ON o.id = "
		"f.person_id"
		"                WHERE f.way = 'ldap' AND f.issuer = $1::text AND o.disabled_at IS "
		"NULL"
		"                  AND f.checked_at < statement_timestamp()"
		"                                     - $2::bigint * interval '1 ms')"
		"         ORDER BY d.checked_at LIMIT 500 FOR UPDATE OF d SKIP LOCKED) w"
		" WHERE i.way = w.way AND i.issuer = w.issuer AND i.subject = w.subject"
		" RETURNING i.person_id, i.subject"};
	const struct directory_config *c = directory_settings(d);
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, c->name);
	pg_param_int64(params, c->check_ms);
	ok = pg_run(pg, &due, params, out, err);
	pg_params_free(&params);
	return ok;
}

static bool give_roles(struct pg *pg, int64_t person_id, const struct directory_entry *e,
		       struct err *err)
{
	static const struct pg_stmt give = {
		"directory_roles", "SELECT directory_roles($1::bigint, 'ldap', $2::text[])"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int64(params, person_id);
	pg_param_text_array(params, (const char *const *)e->groups, e->group_count);
	ok = pg_run(pg, &give, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool ask_one(struct directory_link *l, struct pg *pg, int64_t person_id, const char *subject,
		    struct round *round, struct err *err)
{
	struct directory_entry entry = {0};
	enum directory_found found = directory_link_find_subject(l, subject, &entry, err);
	bool ok = found != DIRECTORY_FAILED;

	if (found == DIRECTORY_FOUND)
		ok = directory_link_groups(l, &entry, err) == DIRECTORY_FOUND &&
		     give_roles(pg, person_id, &entry, err);
	else if (found == DIRECTORY_NONE)
		round->gone[round->gone_count++] = person_id;
	round->asked++;
	directory_entry_free(&entry);
	return ok;
}

static bool disable(struct pg *pg, const struct round *round, struct err *err)
{
	static const struct pg_stmt gone = {
		"directory_gone",
		"WITH gone AS (UPDATE person SET disabled_at = clock_timestamp()"
		"               WHERE id = ANY ($1::bigint[]) AND disabled_at IS NULL RETURNING id)"
		" UPDATE session s SET ended_at = clock_timestamp() FROM gone"
		"  WHERE s.person_id = gone.id AND s.ended_at IS NULL"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int64_array(params, round->gone, round->gone_count);
	ok = pg_run(pg, &gone, params, NULL, err);
	pg_params_free(&params);
	for (size_t i = 0; ok && i < round->gone_count; i++)
		log_info("a person is gone from the directory and was disabled",
			 LI("person", round->gone[i]));
	return ok;
}

static bool ask_all(struct directory *d, struct pg *pg, const struct pg_result *due,
		    struct round *round, struct err *err)
{
	struct directory_link *l = NULL;
	bool ok;

	if (pg_rows(due) == 0)
		return true;
	ok = directory_open(d, &l, err);
	for (size_t i = 0; ok && i < pg_rows(due) && i < BATCH_MAX && !directory_ending(d); i++)
		ok = ask_one(l, pg, pg_int(due, i, 0), pg_text(due, i, 1), round, err);
	directory_link_close(&l);
	return ok;
}

/* False: nobody was due, or something failed. */
static bool check_some(struct directory *d, struct pg *pg, struct round *round, struct err *err)
{
	struct pg_result *due = NULL;
	bool ok;

	memset(round, 0, sizeof(*round));
	ok = claim(d, pg, &due, err) && ask_all(d, pg, due, round, err);
	pg_result_free(&due);
	if (!ok || round->gone_count == 0)
		return ok && round->asked > 0;
	if (round->gone_count > GONE_FEW && round->gone_count * 5 > round->asked) {
		log_error("the directory lacks so many people that none was disabled; see "
			  "directory.base and directory.filter",
			  LI("asked", round->asked), LI("gone", round->gone_count));
		return true;
	}
	return disable(pg, round, err);
}

void directory_check(struct directory *d, struct pg *pg)
{
	struct round *round = mem_alloc(sizeof(*round));
	struct err err = {0};

	while (!directory_ending(d) && check_some(d, pg, round, &err))
		;
	if (err.kind != ERR_NONE)
		log_err("the directory is not compared", &err);
	mem_free(round);
}
