/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The company's day and its attributes, as the database has them. */
#include "common/model/criteria.h"

bool criteria_env_load(struct pg *pg, struct criteria_env *out, struct err *err)
{
	static const struct pg_stmt load = {
		"criteria_env",
		"WITH day AS (SELECT value AS zone, (now() AT TIME ZONE value)::date AS today"
		"               FROM setting WHERE name = 'time_zone')"
		" SELECT d.zone, d.today - date '1970-01-01', d.today::timestamp AT TIME ZONE "
		"d.zone,"
		"        a.name, a.slot, a.type"
		"   FROM day d LEFT JOIN client_attribute a ON true ORDER BY a.slot LIMIT 500"};

	*out = (struct criteria_env){0};
	if (!pg_run(pg, &load, NULL, &out->rows, err))
		return false;
	if (pg_rows(out->rows) == 0) {
		pg_result_free(&out->rows);
		return err_set(err, ERR_REFUSED, "the table setting does not say the time_zone");
	}
	out->zone = pg_text(out->rows, 0, 0);
	out->today = (int32_t)pg_int(out->rows, 0, 1);
	out->midnight_us = pg_time_us(out->rows, 0, 2);
	for (size_t i = 0; i < pg_rows(out->rows) && !pg_null(out->rows, i, 3); i++)
		out->attributes[out->attribute_count++] = (struct criteria_attribute){
			.name = pg_text(out->rows, i, 3),
			.slot = (int)pg_int(out->rows, i, 4),
			.type = pg_text(out->rows, i, 5),
		};
	return true;
}

void criteria_env_deinit(struct criteria_env *env)
{
	pg_result_free(&env->rows);
}
