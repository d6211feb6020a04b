/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria - criteria of requests: checked, counted, shown. */
#ifndef VESTNIK_APID_CRITERIA_H
#define VESTNIK_APID_CRITERIA_H

#include "apid/api.h"
#include "common/model/criteria.h"

/* Whether the tree can be compiled; else the problem is filled. */
bool criteria_check(struct request *r, const struct cJSON *tree, struct err *err);

/* criteria_compile() for the request, with its params.  False: the store failed; else look at the
 * problem. */
bool criteria_compile_tree(struct request *r, const struct cJSON *tree, struct buf *sql,
			   struct criteria_compiled *out, struct err *err);

/* How many clients fulfil the tree; nothing when the problem is filled. */
bool criteria_clients(struct request *r, const struct cJSON *tree, int64_t *clients_out,
		      struct err *err);

/* One question about the clients who fulfil a tree: SQL that stands before the FROM of their rows,
 * and behind their conditions.  Unless `last` is 0, `after` ends where a parameter is expected:
 * `last`. */
struct criteria_question {
	const char *before, *after;
	int64_t last;
	struct pg_result *rows; /* the answer; whoever asked lets it go */
};

/* Ask in a transaction that only reads.  No tree: about everybody.  No rows when the problem is
 * filled. */
bool criteria_ask(struct request *r, const struct cJSON *tree, struct criteria_question *q,
		  struct err *err);

#endif
