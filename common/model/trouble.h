/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* trouble - what is wrong now, worst first, for whoever is woken at night: since when, how bad,
 * what it is, and what to do about it, each in a sentence. */
#ifndef VESTNIK_MODEL_TROUBLE_H
#define VESTNIK_MODEL_TROUBLE_H

#include <stdint.h>

#include "common/store/pg.h"

enum trouble_weight {
	TROUBLE_CRITICAL, /* messages do not leave, or nobody knows what becomes of them */
	TROUBLE_WARNING,  /* they will not, or not as they should */
	TROUBLE_NOTICE,	  /* to be put right by day */
};

#define TROUBLE_TEXT_SIZE 480

struct trouble {
	const char *code; /* account_down and its like; static */
	enum trouble_weight weight;
	int64_t account_id; /* 0: of no account */
	char account[40], provider[240], contact[1024];
	int64_t since_us; /* 0: nobody knows */
	char what[TROUBLE_TEXT_SIZE], action[TROUBLE_TEXT_SIZE];
};

/* All of them; *out is the caller's to mem_free().  `states` are those of account_states_read() for
 * all accounts, so that who shows both asks once. */
bool troubles_read(struct pg *pg, const struct pg_result *states, struct trouble **out,
		   size_t *count_out, struct err *err);
/* "critical" and its like. */
const char *trouble_weight_name(enum trouble_weight weight);

#endif
