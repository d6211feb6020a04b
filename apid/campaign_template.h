/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_template - a campaign whose text is a version of a template. */
#ifndef VESTNIK_APID_CAMPAIGN_TEMPLATE_H
#define VESTNIK_APID_CAMPAIGN_TEMPLATE_H

#include "apid/api.h"
#include "apid/campaign_request.h"

/* Take the text of the version that the request names (the newest unless it says which), and sender
 * and category where neither request nor campaign says them.  *rows_out owns the strings taken.
 * One that is not there is a problem of its field. */
bool campaign_template_take(struct request *r, struct campaign_fields *fields,
			    struct pg_result **rows_out, struct err *err);

#endif
