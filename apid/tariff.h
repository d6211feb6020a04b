/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff - what operations about money share: whose it is, its terms, the file that is the body. */
#ifndef VESTNIK_APID_TARIFF_H
#define VESTNIK_APID_TARIFF_H

#include "apid/api.h"
#include "common/route/tariff_store.h"

/* A query parameter that must be one of two words, which `expected` says; `fallback` NULL: it must
 * be there.  Returns whether it is the second.  What is wrong is in the problem. */
struct money_choice {
	const char *name, *first, *second, *fallback, *expected;
};
bool money_choice(struct request *r, const struct money_choice *choice);
extern const struct money_choice money_vat;
/* Per cent, as hundredths of one; TARIFF_BY_LAW when absent. */
int32_t money_percent(struct request *r, const char *name);
/* From account= and provider=, of which one is needed.  False: the store failed. */
bool money_owner(struct request *r, struct tariff_owner *out, struct err *err);
/* The name a caller gives the file, "" when none. */
const char *money_file_name(struct request *r);

/* The body as a file without a name; -1: err says why. */
int money_body_file(struct request *r, struct err *err);
/* What is wrong with a file becomes the problem: a table's faults, or an ERR_INPUT in *err.  False:
 * it is neither. */
bool money_refuse_sheet(struct request *r, const struct sheet *sheet);
bool money_refuse_file(struct request *r, const struct err *err);

/* Conditions of a row as members: operator, category, registered, sender. */
void money_put_conditions(struct json_out *json, int64_t category, int64_t registered,
			  int64_t sender);

#endif
