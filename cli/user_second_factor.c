/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_second_factor - see user_second_factor.h. */
#include "cli/user_second_factor.h"

#include <stdio.h>

/* One statement: the factor, what has begun with it, the sessions. */
bool user_second_factor_reset(struct pg *pg, const char *login, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_second_factor_reset",
		"WITH who AS (SELECT id FROM person WHERE login = $1::text),"
		" gone AS (DELETE FROM second_factor WHERE person_id IN (SELECT id FROM who)),"
		" steps AS (DELETE FROM sign_in_step WHERE person_id IN (SELECT id FROM who)),"
		" ended AS (UPDATE session SET ended_at = clock_timestamp() WHERE ended_at IS NULL"
		"             AND person_id IN (SELECT id FROM who))"
		" SELECT id FROM who"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, login);
	ok = pg_run(pg, &stmt, params, &rows, err);
	if (ok && pg_rows(rows) == 0)
		ok = err_set(err, ERR_INPUT, "there is no user \"%s\"; vestnik user list shows all",
			     login);
	pg_result_free(&rows);
	pg_params_free(&params);
	if (ok)
		(void)printf("user \"%s\" has no second factor and is signed out everywhere\n",
			     login);
	return ok;
}

bool user_second_factor_require(struct pg *pg, const char *role, bool required, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_second_factor_require",
		"UPDATE role SET second_factor = $2::boolean WHERE code = $1::text"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, role);
	pg_param_bool(params, required);
	ok = pg_run(pg, &stmt, params, &rows, err);
	if (ok && pg_affected(rows) == 0)
		ok = err_set(err, ERR_INPUT,
			     "there is no role \"%s\"; vestnik user roles shows all", role);
	pg_result_free(&rows);
	pg_params_free(&params);
	if (ok)
		(void)printf("role \"%s\" %s a second factor\n", role,
			     required ? "needs" : "does without");
	return ok;
}
