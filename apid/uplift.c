/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* uplift - see uplift.h. */
#include "apid/uplift.h"

#include <math.h>

#define Z 1.959963984540054

struct share {
	double p, low, high;
};

/* Wilson's score interval. */
static struct share share_of(int64_t did, int64_t all)
{
	double n = (double)all, p = (double)did / n, z2 = Z * Z;
	double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
	double half = Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));

	return (struct share){p, middle - half, middle + half};
}

bool uplift_of(int64_t did, int64_t all, int64_t other_did, int64_t other_all, struct uplift *out)
{
	struct share a, b;

	if (all <= 0 || other_all <= 0)
		return false;
	a = share_of(did, all);
	b = share_of(other_did, other_all);
	out->difference = a.p - b.p;
	out->low = out->difference - hypot(a.p - a.low, b.high - b.p);
	out->high = out->difference + hypot(a.high - a.p, b.p - b.low);
	return true;
}
