/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tally - who of the clients that were read gets a message, in how many parts, over which account
 * and at what price.
 *
 * The one place where apid judges clients in great numbers, by the rules that dispatcherd sends by
 * (common/model/compose, common/route/carry).  Its callers read the clients: all of them, a sample
 * (audience), or range after range (estimate). */
#ifndef VESTNIK_APID_TALLY_H
#define VESTNIK_APID_TALLY_H

#include "apid/audience.h"
#include "common/model/cap.h"
#include "common/route/carry.h"

/* Columns of a client `k`, in the order of enum tally_column; `repeated` is SQL that says whether
 * another client with the number stands before it.  The parameters are $2 to $5 of
 * compose_params(), $7 the purpose that consent is needed for and $8 the category whose limits hold
 * (0: none),
 * $9 whether it is looked up where the number was ported to. */
#define TALLY_LOOK_SQL(repeated)                                                                   \
	"SELECT k.msisdn, " COMPOSE_OPT_OUT_SQL                                                    \
	", n.id, d.msisdn IS NOT NULL AND NOT " CAP_ROOM_SQL(                                      \
		"d", " (SELECT send_day(statement_timestamp()))", "p.per_day", "p.per_week",       \
		"p.per_month") ", " repeated                                                       \
			       ", CASE WHEN $9::boolean THEN coalesce((SELECT coalesce("           \
			       "q.operator_id, -1) FROM ported_number q WHERE q.msisdn = "         \
			       "k.msisdn), 0) ELSE 0 END, k.id, " COMPOSE_CLIENT_SQL
/* What else is known of `k`: stands behind the FROM that names it. */
#define TALLY_JOIN_SQL                                                                             \
	"  LEFT JOIN opt_out o ON o.msisdn = k.msisdn" COMPOSE_CONSENT_SQL(                        \
		"$7", "k.msisdn", "k.id") " LEFT JOIN send_cap p ON p.category = $8::smallint"     \
					  " LEFT JOIN send_count d ON d.msisdn = k.msisdn AND "    \
					  "d.category = p.category"

/* Messages over one account to one operator that take the same number of parts. */
struct tally_line {
	int16_t account_id;
	int16_t operator_id; /* 0: nothing depends on it, or it is not known */
	int16_t parts_each;
	int64_t messages, cost_micro;
};

/* Owner: whoever called tally_init(). */
struct tally {
	const struct audience_terms *terms;
	int16_t purpose;     /* 0: no consent is needed */
	struct audience sum; /* all but `clients` and `exact` */
	int64_t looked_at;
	struct tally_line *line;
	size_t line_count, line_cap;
	/* inner */
	struct buf text, other;
	struct route_scope scope;
	struct carry carry;
	struct tally_line *last; /* the line of the message before */
};

/* `terms` must outlive it. */
void tally_init(struct tally *t, const struct audience_terms *terms, int16_t purpose);
void tally_deinit(struct tally *t);
/* Push $2 to $9. */
void tally_params(const struct tally *t, struct pg_params *params);
/* Judge every client of these rows. */
void tally_rows(struct tally *t, const struct pg_result *rows);
/* Nothing more comes: fill the shares of the sum. */
void tally_end(struct tally *t);

#endif
