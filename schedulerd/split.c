/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* split - the snapshot of a campaign with several texts or a trial: clients of one chunk get the
 * same text, and all of them are of the trial or none.
 *
 * A hash of the client decides both (common/model/assign.h).  Chunks of the trial go first; those
 * of the texts take turns, so that no text has the better time of day.  Campaigns without either
 * are not split: for them this would sort the audience once more. */
#include "common/model/assign.h"
#include "common/model/audience.h"
#include "common/model/hours.h"
#include "schedulerd/scheduler.h"

/* $1 is the run, $2 the lane, $3 the clients of a chunk, $4 the list, $5 the category, $6 the
 * campaign. */
#define SPLIT_SQL                                                                                  \
	", terms AS MATERIALIZED ("                                                                \
	"  SELECT variant_bounds(c.variants) AS bounds, variant_salt(c.id) AS salt,"               \
	"         c.trial_clients AS trial, (5::bigint << 60) + c.id AS trial_salt"                \
	"    FROM run r JOIN campaign c ON c.id = r.campaign_id WHERE r.id = $1::bigint),"         \
	" split AS MATERIALIZED ("                                                                 \
	"  SELECT a.id, a.msisdn, " ASSIGN_VARIANT_SQL(                                            \
		"a.id", "t.salt", "t.bounds") " AS variant,"                                       \
					      "         t.trial IS NOT NULL AND row_number() "     \
					      "OVER (ORDER BY CASE WHEN t.trial IS NOT "           \
					      "NULL"                                               \
					      "              THEN hashint8extended(a.id, "         \
					      "t.trial_salt) END, a.id) <= t.trial AS trial"       \
					      "    FROM audience a CROSS JOIN terms t)"

#define PLAIN_SQL                                                                                  \
	SPLIT_SQL                                                                                  \
	", numbered AS ("                                                                          \
	"  SELECT id, msisdn, variant, trial, (row_number() OVER (PARTITION BY trial, variant"     \
	"         ORDER BY msisdn) - 1) / $3::bigint AS part FROM split)"                          \
	" INSERT INTO chunk (run_id, no, lane, size, client_ids, msisdns, variant, trial)"         \
	" SELECT $1::bigint, row_number() OVER (ORDER BY NOT trial, part, variant) - 1,"           \
	"        $2::smallint, count(*), array_agg(id ORDER BY msisdn),"                           \
	"        array_agg(msisdn ORDER BY msisdn), variant, trial"                                \
	"   FROM numbered GROUP BY trial, variant, part ORDER BY 2"

#define SPREAD_SQL                                                                                 \
	SPLIT_SQL                                                                                  \
	", " HOURS_SPREAD_SQL(                                                                     \
		"$6", "$5",                                                                        \
		"statement_timestamp()") ","                                                       \
					 " numbered AS ("                                          \
					 "  SELECT p.id, p.msisdn, p.span, s.variant, s.trial, "   \
					 "(row_number() OVER (PARTITION BY "                       \
					 "p.span, s.trial, s.variant ORDER BY p.msisdn) - 1) / "   \
					 "$3::bigint AS part"                                      \
					 "    FROM spread p JOIN split s ON s.id = p.id),"         \
					 " part AS ("                                              \
					 "  SELECT span, trial, variant, part, count(*) AS size,"  \
					 "         array_agg(id ORDER BY msisdn) AS ids, "         \
					 "array_agg(msisdn ORDER BY msisdn) AS "                   \
					 "msisdns FROM numbered GROUP BY 1, 2, 3, 4)"              \
					 " INSERT INTO chunk (run_id, no, lane, size, "            \
					 "client_ids, msisdns, zones, deadline,"                   \
					 "                    not_before, variant, trial)"         \
					 " SELECT r.id, row_number() OVER (ORDER BY NOT p.trial, " \
					 "greatest(s.opens_at, "                                   \
					 "statement_timestamp()), s.closes_at, s.no, p.part, "     \
					 "p.variant) - 1,"                                         \
					 "        $2::smallint, p.size, p.ids, p.msisdns, "        \
					 "s.zones, d.deadline,"                                    \
					 "        CASE WHEN s.opens_at > statement_timestamp() "   \
					 "AND s.opens_at < d.deadline"                             \
					 "             THEN s.opens_at ELSE '-infinity' END, "     \
					 "p.variant, p.trial"                                      \
					 "   FROM part p JOIN span s ON s.no = p.span JOIN run r " \
					 "ON r.id = $1::bigint"                                    \
					 "   JOIN campaign c ON c.id = r.campaign_id"              \
					 "  CROSS JOIN LATERAL (SELECT "                           \
					 "campaign_deadline(c.id, c.after_hours, c.category, "     \
					 "s.zones,"                                                \
					 "       r.deadline - c.validity_s * interval '1 s', "     \
					 "c.validity_s, s.opens_at,"                               \
					 "       s.closes_at) AS deadline) d ORDER BY 2"

const struct pg_stmt *split_snapshot(bool listed, bool bound)
{
	static const struct pg_stmt stmts[2][2] = {
		{{"split_all", "WITH audience AS MATERIALIZED (" AUDIENCE_ALL_SQL ")" PLAIN_SQL},
		 {"split_all_spread",
		  "WITH audience AS MATERIALIZED (" AUDIENCE_ALL_SQL ")" SPREAD_SQL}},
		{{"split_list",
		  "WITH audience AS MATERIALIZED (" AUDIENCE_LIST_SQL("$4") ")" PLAIN_SQL},
		 {"split_list_spread",
		  "WITH audience AS MATERIALIZED (" AUDIENCE_LIST_SQL("$4") ")" SPREAD_SQL}},
	};

	return &stmts[listed][bound];
}
