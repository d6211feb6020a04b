/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_rule - a row of the routing policy as the API reads it (docs/routing.md).
 *
 * Strings are borrowed from the request's document.  Ids are looked up by route_rule_find(). */
#ifndef VESTNIK_APID_ROUTE_RULE_H
#define VESTNIK_APID_ROUTE_RULE_H

#include "apid/api.h"
#include "common/route/engine.h"

struct route_rule_in {
	const char *name;
	bool enabled, only_these;
	int16_t category, class;		     /* 0: any */
	const char *operator_code, *prefix, *sender; /* NULL: any */
	int16_t operator_id;
	size_t count;
	const char *account[ROUTE_RULE_ACCOUNTS_MAX];
	int16_t account_id[ROUTE_RULE_ACCOUNTS_MAX];
	int32_t weight[ROUTE_RULE_ACCOUNTS_MAX];
	bool weighted;	       /* every account has its weight; else none has */
	const char *price_max; /* decimal roubles; NULL: no ceiling */
	int32_t delivery_min;  /* per cent; 0: no floor */
	int32_t spread;	       /* per cent */
	int32_t receipt_s;     /* 0: never */
};

/* Read it from a body; what is wrong becomes the problem. */
void route_rule_read(struct request *r, const struct cJSON *doc, struct route_rule_in *out);
/* Look up operator and accounts; one that is not there becomes the problem. */
bool route_rule_find(struct request *r, struct route_rule_in *rule, struct err *err);
/* $1 to $14, in the order of ROUTE_RULE_COLUMNS. */
void route_rule_push(struct pg_params *params, const struct route_rule_in *rule);
#define ROUTE_RULE_COLUMNS                                                                         \
	"name, enabled, category, class, operator_id, prefix, sender, accounts, weights, "         \
	"only_these, price_max_micro, delivery_min, spread_percent, receipt_within_s"
#define ROUTE_RULE_VALUES                                                                          \
	"$1::text, $2::boolean, $3::smallint, $4::smallint, $5::smallint, $6::text, $7::text, "    \
	"$8::smallint[], $9::integer[], $10::boolean, ($11::text::numeric * 1000000)::bigint, "    \
	"$12::integer::real / 100, $13::smallint, $14::integer"

#endif
