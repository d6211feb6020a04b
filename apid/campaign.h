/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign - a campaign's resource, shared by the files that answer with one. */
#ifndef VESTNIK_APID_CAMPAIGN_H
#define VESTNIK_APID_CAMPAIGN_H

#include "apid/api.h"

/* Write the resource of one campaign into r->json; a missing one is a filled 404. */
bool campaign_put(struct request *r, int64_t id, struct err *err);

#endif
