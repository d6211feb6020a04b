/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audience - how many clients a campaign reaches, who is left out and why, what it costs.
 *
 * Counted by the rules of the snapshot (common/model/audience.h) and of dispatcherd
 * (common/model/compose.h).  Up to AUDIENCE_EXACT_MAX clients every one is rendered; of more, about
 * AUDIENCE_SAMPLE chosen by a hash of their ids, always the same ones, stand for all. */
#ifndef VESTNIK_APID_AUDIENCE_H
#define VESTNIK_APID_AUDIENCE_H

#include "apid/api.h"
#include "common/model/assign.h"
#include "common/model/compose.h"
#include "common/route/store.h"

#define AUDIENCE_EXACT_MAX  200000
#define AUDIENCE_SAMPLE	    20000
#define AUDIENCE_SHARES_MAX 64 /* what other accounts carry is not told apart */

struct audience_terms {
	int64_t list_id;		/* 0: all clients */
	const struct render_plan *plan; /* NULL: no text yet; then nothing is left out for it */
	struct assign_variants variants;
	/* Of the further texts, from variant 1; all plans read the same (render_plan_widen()). */
	const struct render_plan *further[ASSIGN_VARIANTS_MAX - 1];
	enum message_category category;
	bool cap_exempt; /* no limit of messages leaves anybody out */
	int max_parts;
	struct route_ask ask; /* what routing is asked about it */
	const struct route_store *routes;
	bool compare;		       /* count every spelling */
	struct assign_control control; /* who gets nothing, to compare with */
};

/* What the audience would get in one spelling. */
struct audience_spelled {
	int64_t recipients; /* the others' text is too long in it */
	int64_t parts, cost_micro;
};

/* What one account carries of it. */
struct audience_share {
	int16_t account_id;
	int64_t parts;
};

struct audience {
	int64_t clients;		   /* on the list, or all */
	bool exact;			   /* else all but `clients` is an estimate */
	int64_t duplicates;		   /* another client has their number */
	int64_t left_out[REASON_LAST + 1]; /* by enum message_reason */
	int64_t recipients;		   /* clients minus everybody left out */
	int64_t parts, cost_micro;
	int64_t ceiling_micro; /* over the dearest accounts that may carry them */
	size_t share_count;
	struct audience_share share[AUDIENCE_SHARES_MAX];
	struct audience_spelled spelled[SPELLING_LAST + 1]; /* by spelling, when it is compared */
};

/* Inside a transaction. */
bool audience_count(struct request *r, const struct audience_terms *terms, struct audience *out,
		    struct err *err);
/* Write clients .. cost as members of the open object. */
void audience_put(struct json_out *json, const struct audience *a);

#endif
