/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_known - which operators of a campaign's recipients know its sender and its text. */
#ifndef VESTNIK_APID_CAMPAIGN_KNOWN_H
#define VESTNIK_APID_CAMPAIGN_KNOWN_H

#include "apid/campaign_terms.h"
#include "apid/preview.h"

/* Write member `known`: of each operator that sampled clients have, over each account that may
 * carry the campaign.  Empty while nothing is registered at all: then nobody keeps the register. */
bool known_put(struct request *r, const struct terms *terms, const struct samples *samples,
	       struct err *err);

#endif
