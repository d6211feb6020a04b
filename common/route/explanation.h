/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* explanation - why a message would go the way it would go, for a person who asks.
 *
 * The engine's own verdicts, with what stands around them: whose number it is, what caps have left,
 * by which contract advertising may go there.  A run's plan is not asked: it speaks of a run.
 *
 * Owner: whoever made it. */
#ifndef VESTNIK_ROUTE_EXPLANATION_H
#define VESTNIK_ROUTE_EXPLANATION_H

#include "common/route/store.h"

#define EXPLANATION_NAME_SIZE	  101
#define EXPLANATION_CONTRACT_SIZE 201

struct explanation_ask {
	int64_t msisdn;
	enum message_category category;
	enum message_class class;
	const char *sender;
	const char *text; /* "": one part of the 7-bit alphabet */
	int16_t pinned;	  /* 0: nobody chose an account */
};

struct explanation_candidate {
	const struct route_account *account; /* of the store */
	const struct route_measure *measure;
	struct route_verdict verdict;
	int64_t cap_left;			  /* parts; -1: no cap */
	char contract[EXPLANATION_CONTRACT_SIZE]; /* with the number's operator; "" none */
};

struct explanation {
	int16_t operator_id;			   /* 0: not known */
	char operator_name[EXPLANATION_NAME_SIZE]; /* "" likewise */
	bool ported;
	struct sms_parts parts;
	bool routed;
	struct route_decision decision;
	const struct route_rule *rule; /* that speaks; NULL: none does */
	size_t count;
	struct explanation_candidate candidate[ROUTE_ACCOUNTS_MAX]; /* by id */
};

/* The store is borrowed for as long as the explanation lives.  ERR_LIMIT: the text is longer than
 * any message may be. */
bool explanation_make(const struct route_store *store, struct pg *pg,
		      const struct explanation_ask *ask, struct explanation **out, struct err *err);
void explanation_free(struct explanation **e);

#endif
