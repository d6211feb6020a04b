/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* budget - money of a department that a launch reserves (docs/budgets.md). */
#ifndef VESTNIK_APID_BUDGET_H
#define VESTNIK_APID_BUDGET_H

#include "apid/audience.h"

/* Whether some budget binds the campaign in the month it begins in: then a launch must count. */
bool budget_binds(struct request *r, int64_t campaign_id, bool *out, struct err *err);
/* Hold what the counted audience may cost at most, as the last thing of the launch's transaction.
 * `most_micro` was approved, whatever the run comes to need; -1: nothing had to be.  False with the
 * problem filled: it does not fit. */
bool budget_hold(struct request *r, int64_t campaign_id, const struct audience *audience,
		 int64_t most_micro, struct err *err);
/* Write member `money`: what a launch would reserve, and what it would be asked. */
bool budget_put_launch(struct request *r, int64_t campaign_id, const struct audience *audience,
		       struct err *err);
/* What a launch reserves for it: an audience that was estimated may be short by a hundredth. */
int64_t budget_ceiling(const struct audience *audience);

#endif
