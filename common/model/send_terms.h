/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* send_terms - what a program may send: the terms of a token or of a user of the broker. */
#ifndef VESTNIK_MODEL_SEND_TERMS_H
#define VESTNIK_MODEL_SEND_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEND_TEMPLATES_MAX 64

/* All 0: anything. */
struct send_terms {
	int64_t quota_id; /* what its messages are counted against; 0: nothing */
	bool quota_money; /* what they cost, too */
	bool bound;	  /* it sends these templates and no text of its own */
	size_t template_count;
	int64_t template_id[SEND_TEMPLATES_MAX];
};

/* Whether a message of this template (0: a text of its own) is one of them. */
static inline bool send_terms_allow(const struct send_terms *terms, int64_t template_id)
{
	for (size_t i = 0; terms->bound && i < terms->template_count; i++)
		if (terms->template_id[i] == template_id)
			return true;
	return !terms->bound;
}

#endif
