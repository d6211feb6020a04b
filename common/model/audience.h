/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audience - whom a campaign goes to: one client a phone number, the one with the lowest id, and
 * nobody who is blocked.
 *
 * schedulerd takes its snapshot with these statements, apid counts with the same ones, so that the
 * two cannot disagree. */
#ifndef VESTNIK_MODEL_AUDIENCE_H
#define VESTNIK_MODEL_AUDIENCE_H

/* Rows (id, msisdn), in order of numbers: of all clients, or of the list whose id is the parameter
 * `list`, for instance "$4". */
#define AUDIENCE_ALL_SQL                                                                           \
	"SELECT DISTINCT ON (msisdn) id, msisdn FROM client WHERE blocked_at IS NULL"              \
	" ORDER BY msisdn, id"
#define AUDIENCE_LIST_SQL(list)                                                                    \
	"SELECT DISTINCT ON (c.msisdn) c.id, c.msisdn FROM list_member l"                          \
	"  JOIN client c ON c.id = l.client_id"                                                    \
	" WHERE l.list_id = " list "::bigint AND c.blocked_at IS NULL ORDER BY c.msisdn, c.id"

/* How many clients that is, doubles included. */
#define AUDIENCE_ALL_COUNT_SQL                                                                     \
	"((SELECT count(*) FROM client)"                                                           \
	" - (SELECT count(*) FROM client WHERE blocked_at IS NOT NULL))"
#define AUDIENCE_LIST_COUNT_SQL(list)                                                              \
	"((SELECT count(*) FROM list_member WHERE list_id = " list "::bigint)"                     \
	" - (SELECT count(*) FROM client b JOIN list_member m ON m.client_id = b.id"               \
	"     WHERE b.blocked_at IS NOT NULL AND m.list_id = " list "::bigint))"

/* The same rule for one client `k`: whether another stands before it.  For samples of an audience
 * too large to sort. */
#define AUDIENCE_ALL_REPEATED_SQL                                                                  \
	"EXISTS (SELECT 1 FROM client d WHERE d.msisdn = k.msisdn AND d.id < k.id"                 \
	" AND d.blocked_at IS NULL)"
#define AUDIENCE_LIST_REPEATED_SQL(list)                                                           \
	"EXISTS (SELECT 1 FROM client d"                                                           \
	"  JOIN list_member e ON e.list_id = " list "::bigint AND e.client_id = d.id"              \
	" WHERE d.msisdn = k.msisdn AND d.id < k.id AND d.blocked_at IS NULL)"

#endif
