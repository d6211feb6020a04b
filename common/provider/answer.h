/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer - what a provider's answer to a request says about each of its messages.
 *
 * An answer that cannot be understood is no refusal: the message may be on its way. */
#ifndef VESTNIK_PROVIDER_ANSWER_H
#define VESTNIK_PROVIDER_ANSWER_H

#include "common/provider/request.h"

#define OUTCOME_ID_SIZE	   129
#define OUTCOME_CODE_SIZE  65
#define OUTCOME_PRICE_SIZE 33

struct provider_outcome {
	enum profile_action action;
	char id[OUTCOME_ID_SIZE];	/* the provider's; "": it gives none, or did not take it */
	char code[OUTCOME_CODE_SIZE];	/* its error, "": none was said */
	char price[OUTCOME_PRICE_SIZE]; /* as it wrote it; "": not said */
	int parts;			/* 0: not said */
};

/* Read the answer to the request that `messages` were composed into; out[count]. */
void provider_answer_read(const struct provider_profile *p, const struct provider_message *messages,
			  size_t count, int status, const char *body, size_t len,
			  struct provider_outcome *out);
/* The same for a request that had no answer: nothing was `written`, or it may have been read. */
void provider_answer_none(size_t count, bool written, struct provider_outcome *out);

#endif
