/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* program_terms - what programs may, as options of a command: for tokens and for users of the
 * broker.
 *
 *   --rights, --events A,B   --templates 3,7   --addresses 10.0.0.0/8,192.0.2.7   --expires
 * 2027-06-01|90d
 *   --parts-per-hour N   --parts-per-day N   --money-per-hour SUM   --money-per-day SUM
 *   --department ID   --note TEXT */
#ifndef VESTNIK_CLI_PROGRAM_TERMS_H
#define VESTNIK_CLI_PROGRAM_TERMS_H

#include "common/store/pg.h"

/* Texts are borrowed from the arguments; NULL: not said. */
struct program_terms {
	const char *rights, *events, *templates, *addresses, *expires, *note;
	const char *parts_per_hour, *parts_per_day, *money_per_hour, *money_per_day;
	int64_t department_id;
};

/* Read options and exactly one name out of the arguments behind the action.  `takes` names the
 * options there are, with spaces between.  CLI_OK, or an exit status when it said what is wrong. */
int program_terms_take(int argc, char **argv, const char *takes, struct program_terms *out,
		       const char **name_out);
/* Inside a transaction: templates and department must be there, and the expiry is to come. */
bool program_terms_check(struct pg *pg, const struct program_terms *t, struct err *err);
/* Make a quota of the limits; 0 when there are none. */
bool program_terms_quota(struct pg *pg, const struct program_terms *t, int64_t *out,
			 struct err *err);
/* Push templates as text of an array, the expiry as text, the note, department and quota; for
 * PROGRAM_TERMS_SQL, which makes columns of $1 to $5. */
void program_terms_push(struct pg_params *params, const struct program_terms *t, int64_t quota_id);
#define PROGRAM_EXPIRES_SQL(param)                                                                 \
	"CASE WHEN " param "::text ~ '^[0-9]+d$' THEN clock_timestamp() + rtrim(" param            \
	"::text, 'd')::integer * interval '1 day' ELSE " param                                     \
	"::text::timestamp AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone') END"
#define PROGRAM_TERMS_COLUMNS "templates, expires_at, note, department_id, quota_id"
#define PROGRAM_TERMS_SQL                                                                          \
	"string_to_array($1::text, ',')::bigint[], " PROGRAM_EXPIRES_SQL(                          \
		"$2") ", $3::text, $4::bigint, nullif($5::bigint, 0)"

/* "1000 parts/hour, 50.00 a day" and so on, of the quota `q`; empty when there is none. */
#define PROGRAM_LIMITS_SQL                                                                         \
	"concat_ws(', ', q.parts_per_hour || ' parts/hour', q.parts_per_day || ' parts/day',"      \
	"       trim_scale(q.money_micro_per_hour / 1000000.0) || ' money/hour',"                  \
	"       trim_scale(q.money_micro_per_day / 1000000.0) || ' money/day')"

#endif
