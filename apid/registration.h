/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registration - what registrations of senders and of texts share: through whom, with which
 * operator, what it said, until when. */
#ifndef VESTNIK_APID_REGISTRATION_H
#define VESTNIK_APID_REGISTRATION_H

#include "apid/api.h"

/* What a request says of one; strings are borrowed from the document. */
struct registration {
	const char *account, *provider;		      /* one of them, when it is new */
	const char *operator_code;		      /* NULL: every operator */
	int64_t account_id, provider_id, operator_id; /* 0: none; registration_find() */
	const char *state, *contract, *note;	      /* NULL: as it is */
	bool has_from, has_to, has_fee;
	int32_t from_day, to_day; /* since 1970-01-01; REGISTRATION_NO_DAY: no bound */
	int64_t fee_micro;	  /* -1: not known */
};
#define REGISTRATION_NO_DAY INT32_MIN

/* The members they share.  `made`: of a new one, which says whose it is; else of a change, which
 * cannot say that. */
void registration_read(struct json_in *in, bool made, struct registration *out);
/* Find account, provider and operator by their names; one that is not there is a filled problem. */
bool registration_find(struct request *r, struct registration *registration, struct err *err);

/* Parameters $1 to $9 of both statements below. */
void registration_push(struct pg_params *params, const struct registration *registration);
/* ... and, of an INSERT, the next three. */
void registration_push_whose(struct pg_params *params, const struct registration *registration);
#define REGISTRATION_DAY_SQL(n) "date '1970-01-01' + $" #n "::integer"
#define REGISTRATION_INSERT_COLUMNS                                                                \
	"state, valid_from, valid_to, contract, fee_micro, note, account_id, provider_id, "        \
	"operator_id"
#define REGISTRATION_INSERT_VALUES                                                                 \
	"coalesce($1::text, 'asked'), " REGISTRATION_DAY_SQL(3) ", " REGISTRATION_DAY_SQL(         \
		5) ", coalesce($6::text, ''),"                                                     \
		   " $8::bigint, coalesce($9::text, ''), $10::bigint, $11::bigint, $12::bigint"
#define REGISTRATION_UPDATE_SQL                                                                    \
	"state = coalesce($1::text, state),"                                                       \
	" valid_from = CASE WHEN $2::boolean THEN " REGISTRATION_DAY_SQL(                          \
		3) " ELSE valid_from END,"                                                         \
		   " valid_to = CASE WHEN $4::boolean THEN " REGISTRATION_DAY_SQL(                 \
			   5) " ELSE valid_to END,"                                                \
			      " contract = coalesce($6::text, contract),"                          \
			      " fee_micro = CASE WHEN $7::boolean THEN $8::bigint ELSE fee_micro " \
			      "END,"                                                               \
			      " note = coalesce($9::text, note), changed_at = clock_timestamp()"

/* What the database refuses of them (a second one, days in the wrong order) as a filled problem.
 * False: it is something else. */
bool registration_refused(struct request *r, struct err *err);

/* The columns of a registration `r` from column `col` on, and its members. */
#define REGISTRATION_SQL                                                                           \
	"r.id, a.name, CASE WHEN r.provider_id IS NOT NULL THEN p.name END, o.code, r.state,"      \
	" r.valid_from::text, r.valid_to::text, r.contract, r.fee_micro, p.currency, r.note,"      \
	" r.state = 'active' AND coalesce(r.valid_from <= company_day(statement_timestamp()), "    \
	"true)"                                                                                    \
	" AND coalesce(r.valid_to >= company_day(statement_timestamp()), true), r.changed_at"
#define REGISTRATION_JOIN_SQL                                                                      \
	" LEFT JOIN account a ON a.id = r.account_id"                                              \
	" LEFT JOIN provider p ON p.id = coalesce(r.provider_id, a.provider_id)"                   \
	" LEFT JOIN operator o ON o.id = r.operator_id "
#define REGISTRATION_COLUMNS 13
void registration_put(struct json_out *json, const struct pg_result *rows, size_t i);

#endif
