/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audience - whom a campaign goes to: one client a phone number, the one with the lowest id, and
 * nobody who is blocked.
 *
 * schedulerd takes its snapshot with these statements, apid counts with the same ones, so that the
 * two cannot disagree. */
#ifndef VESTNIK_MODEL_AUDIENCE_H
#define VESTNIK_MODEL_AUDIENCE_H

/* Whose clients may be seen: ids of departments in the session's setting; null: everybody's. */
#define AUDIENCE_VIEW_SQL "(SELECT nullif(current_setting('vestnik.clients', true), '')::bigint[])"
/* Whether client `c` may be seen at all: by the person whose request this is, or by who launched
 * the campaign.  What belongs to no department is everybody's. */
#define AUDIENCE_SEEN_SQL(c)                                                                       \
	"(" AUDIENCE_VIEW_SQL " IS NULL OR " c ".department_id IS NULL"                            \
	" OR " c ".department_id = ANY (" AUDIENCE_VIEW_SQL "::bigint[]))"

/* Whether client `c` may be in any audience: neither one its sources have no longer, nor one that
 * is blocked; and whether it may be in this one. */
#define AUDIENCE_PRESENT_SQL(c) c ".gone_at IS NULL AND " c ".blocked_at IS NULL"
#define AUDIENCE_HAS_SQL(c)	AUDIENCE_PRESENT_SQL(c) " AND " AUDIENCE_SEEN_SQL(c)

/* The first where all rows are read: these columns are the row's last, and reading a row that far
 * costs more than looking for its id among the few that are gone. */
#define AUDIENCE_NOT_GONE_SQL(c)                                                                   \
	c ".id NOT IN (SELECT g.id FROM client g WHERE g.gone_at IS NOT NULL"                      \
	  " UNION ALL SELECT g.id FROM client g WHERE g.blocked_at IS NOT NULL)"

/* Rows (id, msisdn), in order of numbers: of all clients, or of the list whose id is the parameter
 * `list`, for instance "$4". */
#define AUDIENCE_ALL_SQL                                                                           \
	"SELECT DISTINCT ON (c.msisdn) c.id, c.msisdn FROM client c"                               \
	" WHERE " AUDIENCE_HAS_SQL("c") " ORDER BY c.msisdn, c.id"
#define AUDIENCE_LIST_SQL(list)                                                                    \
	"SELECT DISTINCT ON (c.msisdn) c.id, c.msisdn FROM list_member l"                          \
	"  JOIN client c ON c.id = l.client_id AND " AUDIENCE_HAS_SQL(                             \
		"c") " WHERE l.list_id = " list "::bigint ORDER BY c.msisdn, c.id"

/* How many clients these rows are made of, those with the same number included. */
#define AUDIENCE_COUNT_ALL_SQL "SELECT count(*) FROM client c WHERE " AUDIENCE_HAS_SQL("c")
#define AUDIENCE_COUNT_LIST_SQL(list)                                                              \
	"SELECT count(*) FROM list_member l JOIN client c ON c.id = l.client_id"                   \
	"   AND " AUDIENCE_HAS_SQL("c") " WHERE l.list_id = " list "::bigint"

/* The same rule for one client `k`: whether another stands before it.  For samples of an audience
 * too large to sort. */
#define AUDIENCE_ALL_REPEATED_SQL                                                                  \
	"EXISTS (SELECT 1 FROM client d WHERE d.msisdn = k.msisdn AND d.id < k.id"                 \
	"   AND " AUDIENCE_HAS_SQL("d") ")"
#define AUDIENCE_LIST_REPEATED_SQL(list)                                                           \
	"EXISTS (SELECT 1 FROM client d"                                                           \
	"  JOIN list_member e ON e.list_id = " list "::bigint AND e.client_id = d.id"              \
	" WHERE d.msisdn = k.msisdn AND d.id < k.id AND " AUDIENCE_HAS_SQL("d") ")"

#endif
