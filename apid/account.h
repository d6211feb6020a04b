/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - accounts at providers, as the API has them: their state, their settings, secrets that
 * go in and never come out. */
#ifndef VESTNIK_APID_ACCOUNT_H
#define VESTNIK_APID_ACCOUNT_H

#include "apid/api.h"
#include "common/model/account.h"
#include "common/model/account_state.h"

/* account_view.c: the state of row i of account_states_read(), as members of an open object. */
void account_put_state(struct json_out *json, const struct pg_result *states, size_t i);
/* The answer about one account: state, and for who may edit it settings and which secrets are kept.
 */
bool account_put_one(struct request *r, int64_t id, struct err *err);
/* Its settings over the defaults in `s`; *found_out false: there is no such account. */
bool account_load(struct request *r, int64_t id, struct account_settings *s, bool *found_out,
		  struct err *err);

/* account_in.c: what a document says, over what `s` holds.  What is wrong is in the problem. */
void account_in(const struct cJSON *doc, struct account_settings *s, struct problem *problem);
/* A JSON object of texts as pairs; what was there is freed.  False: it is none. */
bool account_pairs_in(const struct cJSON *object, struct config_pairs *out);

#endif
