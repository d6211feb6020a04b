/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_rules - what the company lets texts say: a campaign's texts against R-44 (no words of
 * advertising in what is none, unless a lawyer agreed) and R-45 (advertising says whose it is and
 * how to refuse). */
#ifndef VESTNIK_APID_TEXT_RULES_H
#define VESTNIK_APID_TEXT_RULES_H

#include "apid/campaign_terms.h"

/* Add what the rules forbid to the problems of the terms, and what they warn of to its warnings. */
bool text_rules_check(struct request *r, struct terms *t, struct err *err);
#endif
