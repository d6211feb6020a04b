/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* identity - see identity.h. */
#include "apid/identity.h"

#include <string.h>

bool identity_person(struct pg *pg, const struct identity *who, int64_t *person_id_out,
		     enum identity_found *found_out, struct err *err)
{
	static const struct pg_stmt find = {
		"identity_person",
		"SELECT person_id, outcome FROM directory_person($1::text, $2::text, $3::text, "
		"coalesce($4::text, ''), coalesce($5::text, ''), $6::text[])"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, who->way);
	pg_param_text(params, who->issuer);
	pg_param_text(params, who->subject);
	pg_param_text(params, who->login);
	pg_param_text(params, who->name);
	pg_param_text_array(params, who->groups, who->group_count);
	ok = pg_run(pg, &find, params, &rows, err);
	if (ok) {
		const char *found = pg_text(rows, 0, 1);

		*person_id_out = pg_int(rows, 0, 0);
		*found_out = strcmp(found, "ok") == 0	      ? IDENTITY_OK
			     : strcmp(found, "disabled") == 0 ? IDENTITY_DISABLED
							      : IDENTITY_NO_ROLE;
	}
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}
