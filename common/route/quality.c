/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quality - faded counts and the rate that follows. */
#include "common/route/quality.h"

#include <math.h>

void quality_add(struct quality *q, double passed_s, double sent, double delivered)
{
	double kept = exp2(-fmax(passed_s, 0) / QUALITY_HALF_LIFE_S);

	q->sent = q->sent * kept + sent;
	q->delivered = q->delivered * kept + delivered;
}

double quality_rate(const struct quality *q, double prior)
{
	return (q->delivered + prior * QUALITY_PRIOR_WEIGHT) / (q->sent + QUALITY_PRIOR_WEIGHT);
}
