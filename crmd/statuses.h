/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* statuses - the fates of messages whose sender asked for them, as events message.status.
 *
 * Nothing on the message path marks what changed, and no index says it.  So the states of a home
 * batch are looked at now and then: first soon after it was made, then after half its age each
 * time.  A fate is told at the latest half again as late as it came to be, and each message is read
 * about twenty times in its life, two hundred by one look.  What was told stands in
 * status_report.told, a digit a message. */
#ifndef VESTNIK_CRMD_STATUSES_H
#define VESTNIK_CRMD_STATUSES_H

#include "crmd/worker.h"

/* Batches of campaigns that report and are not known yet. */
bool statuses_discover(struct worker *w, struct err *err);
/* Tell what changed in the batches that are due next; *more_out: there may be more at once. */
bool statuses_step(struct worker *w, bool *more_out, struct err *err);

#endif
