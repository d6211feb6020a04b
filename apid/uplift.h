/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* uplift - how much more of one group did something than of another, and how sure that is. */
#ifndef VESTNIK_APID_UPLIFT_H
#define VESTNIK_APID_UPLIFT_H

#include <stdbool.h>
#include <stdint.h>

/* Shares, as fractions of one. */
struct uplift {
	double difference; /* share of the group minus that of the other */
	double low, high;  /* 95 % confidence interval of the difference */
};

/* `did` of `all` against `other_did` of `other_all`: Newcombe's hybrid score interval, made of the
 * Wilson intervals of both shares, d - sqrt((p1-l1)^2 + (u2-p2)^2) to d + sqrt((u1-p1)^2 +
 * (p2-l2)^2), z = 1.96.  Unlike p1-p2 +- z*s.e. it holds for small groups and for shares near 0.
 * False: one of the groups is empty. */
bool uplift_of(int64_t did, int64_t all, int64_t other_did, int64_t other_all, struct uplift *out);

#endif
