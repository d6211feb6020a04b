/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quality - what share of messages arrives, by account and operator.
 *
 * Counted from samples of messages that had time for their receipts, fading with a half-life of six
 * hours.  A rate is drawn towards what is known of the wider field until there is enough of its
 * own: an operator's towards the account's, the account's towards 95 %.  So three messages that did
 * not arrive do not condemn a new account, and three that did do not recommend it. */
#ifndef VESTNIK_ROUTE_QUALITY_H
#define VESTNIK_ROUTE_QUALITY_H

#define QUALITY_HALF_LIFE_S  21600.0
#define QUALITY_PRIOR	     0.95
/* So many messages weigh as much as what is known of the wider field. */
#define QUALITY_PRIOR_WEIGHT 100.0

struct quality {
	double sent, delivered; /* faded sums */
};

/* Fade by the time that passed and count what is new. */
void quality_add(struct quality *q, double passed_s, double sent, double delivered);
/* The rate drawn towards `prior`. */
double quality_rate(const struct quality *q, double prior);

#endif
