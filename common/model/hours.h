/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* hours - where clients are and when a message may reach them there.
 *
 * The rules stand in the database (campaign_hours() and campaign_zones() of the migrations).
 * schedulerd spreads a snapshot over the hours with these statements, apid forecasts with the same
 * ones, so that the two cannot disagree. */
#ifndef VESTNIK_MODEL_HOURS_H
#define VESTNIK_MODEL_HOURS_H

/* Further members of a WITH whose member `audience` has rows (id, msisdn), each number once: `span`
 * has the different hours at a time (no, opens_at, closes_at, zones: of all who have them),
 * `spread` says who has which (id, msisdn, span).  No zones: not known, and the rule is not to
 * send. */
#define HOURS_SPREAD_SQL(campaign, category, at)                                                   \
	"place AS MATERIALIZED ("                                                                  \
	"  SELECT a.id, a.msisdn, coalesce(c.time_zone, '') AS own,"                               \
	"         coalesce(f.region_name_id, 0) AS region"                                         \
	"    FROM audience a JOIN client c ON c.id = a.id"                                         \
	"    LEFT JOIN numbering_find(ARRAY(SELECT msisdn FROM audience), statement_timestamp()) " \
	"f"                                                                                        \
	"      ON f.msisdn = a.msisdn),"                                                           \
	" kind AS MATERIALIZED ("                                                                  \
	"  SELECT d.own, d.region, z.zones, h.opens_at, h.closes_at"                               \
	"    FROM (SELECT DISTINCT own, region FROM place) d"                                      \
	"   CROSS JOIN LATERAL (SELECT campaign_zones(" campaign "::bigint, " category             \
	"::smallint, d.own, d.region) AS zones) z"                                                 \
	"   CROSS JOIN LATERAL campaign_hours(" campaign "::bigint, " category                     \
	"::smallint, z.zones, " at ") h),"                                                         \
	" span AS MATERIALIZED ("                                                                  \
	"  SELECT k.opens_at, k.closes_at, row_number() OVER () AS no,"                            \
	"         coalesce(array_agg(DISTINCT u.zone) FILTER (WHERE u.zone IS NOT NULL), '{}')"    \
	"         AS zones"                                                                        \
	"    FROM kind k LEFT JOIN LATERAL unnest(k.zones) AS u(zone) ON true GROUP BY 1, 2),"     \
	" kind_span AS MATERIALIZED ("                                                             \
	"  SELECT k.own, k.region, s.no FROM kind k JOIN span s"                                   \
	"      ON (s.opens_at, s.closes_at) IS NOT DISTINCT FROM (k.opens_at, k.closes_at)),"      \
	" spread AS ("                                                                             \
	"  SELECT p.id, p.msisdn, k.no AS span FROM place p"                                       \
	"    JOIN kind_span k ON k.own = p.own AND k.region = p.region)"

#endif
