/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_use - what a campaign does with its audience, beside sending to it: whom it holds back
 * to compare with, and what counts as success.  All of it is named before the launch.
 *
 *   campaign_use_read.c  what a request says; no store, so that it can be fuzzed alone
 *   campaign_use.c       checking, storing and showing it */
#ifndef VESTNIK_APID_CAMPAIGN_USE_H
#define VESTNIK_APID_CAMPAIGN_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/model/assign.h"
#include "common/web/json.h"

struct request;
struct pg_result;
struct json_out;

/* Strings are borrowed from the document.  What was not asked stays as it is. */
struct campaign_use {
	bool control_asked, goal_asked, variants_asked, trial_asked;
	int64_t control_percent; /* 0: none */
	const char *control_by;
	const char *goal_action; /* NULL: none */
	int64_t goal_days;
	int64_t trial_clients;			       /* 0: none */
	int64_t trial_wait_min;			       /* 0: until a person says so */
	double trial_fail_percent, trial_stop_percent; /* 0: no limit */
	size_t variant_count;			       /* of further texts; 0: none */
	struct campaign_variant {
		const char *name, *text;
		int64_t share; /* percent */
	} variant[ASSIGN_VARIANTS_MAX - 1];
};

/* Members `control_group`, `goal`, `variants` and `trial` of a campaign. */
void campaign_use_read(struct json_in *in, struct campaign_use *out);
/* What errors call the text of further text `i`. */
const char *variant_text_field(size_t i);
/* Against the store, for a campaign to this list (0: all clients); the problem is filled when
 * something is wrong. */
bool campaign_use_check(struct request *r, const struct campaign_use *use, int64_t list_id,
			struct err *err);
/* Within the transaction that stores the campaign. */
bool campaign_use_store(struct request *r, int64_t id, const struct campaign_use *use,
			struct err *err);

/* Columns of a campaign `c`, each a document or null. */
#define CAMPAIGN_USE_SQL                                                                           \
	"CASE WHEN c.control_percent IS NOT NULL THEN jsonb_build_object('percent', "              \
	"c.control_percent, 'by', c.control_by)::text END, CASE WHEN c.goal_action IS NOT NULL "   \
	"THEN jsonb_build_object('action', c.goal_action, 'days', c.goal_days)::text END, "        \
	"coalesce(c.variants, '[]')::text, CASE WHEN c.trial_clients IS NOT NULL THEN "            \
	"jsonb_build_object('clients', c.trial_clients, 'wait_min', c.trial_wait_min, "            \
	"'fail_percent', c.trial_fail_percent, 'stop_percent', c.trial_stop_percent)::text END"
/* Write them as members of the open object; they begin at `col`. */
void campaign_use_put(struct json_out *json, const struct pg_result *rows, size_t i, int col);

#endif
