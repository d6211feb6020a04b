/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* health - how well an account does just now, as points that move slowly.
 *
 * Gateways report sums (account_meter); each look at them gives what was answered, refused, lost
 * and how long answers took since the last one.  These fade with a half-life of a minute, and a few
 * good answers are always assumed, so that three messages judge nobody.  From them follows where
 * the points belong:
 *
 *     100 - 100 x (share of errors above that of the others) / 20 %
 *         - 50  x (answer time above that of the others, by which it is longer, up to 3 times)
 *         - 30  x (receipts' delay above that of the others, likewise)
 *
 * "The others" is the median of all accounts that work just now: when all are slow at once, it is
 * our network or the whole market, nobody is better than another, and nobody moves.  Points fall by
 * at most 100 in a minute and rise by at most 100 in twenty minutes.
 *
 * The engine reads not the points but a grade (one for ten points, and it takes five points beyond
 * a border to change it) and whether the account is on trial: from below 30 points until above 60.
 *
 * Pure: time is an argument, state belongs to the caller. */
#ifndef VESTNIK_ROUTE_HEALTH_H
#define VESTNIK_ROUTE_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEALTH_FULL	   100.0
#define HEALTH_FALL_S	   60.0	  /* from full to nothing */
#define HEALTH_RISE_S	   1200.0 /* from nothing to full */
#define HEALTH_HALF_LIFE_S 60.0
#define HEALTH_TRIAL_BELOW 30.0
#define HEALTH_TRIAL_UNTIL 60.0

/* Sums that only grow within an epoch of the account's lease: account_meter. */
struct health_sums {
	int32_t epoch;
	int64_t answered, refused, timeouts, answer_ms;
};

struct health {
	double points;
	int grade;  /* 0 healthy .. 10 */
	bool trial; /* gets a trickle only */
	/* What fades. */
	double answered, errors, answer_ms;
	double receipt_s; /* mean delay of receipts; 0: not known */
	struct health_sums seen;
	int64_t at_us; /* of the last look; 0: there was none */
};

/* A new account is taken for healthy. */
void health_init(struct health *h);
/* One look at all accounts.  `sums[i]` NULL: account i has no gateway now, and its points rest. */
void health_look(struct health *const *all, const struct health_sums *const *sums, size_t count,
		 int64_t now_us);

#endif
