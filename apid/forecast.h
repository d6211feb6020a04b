/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* forecast - when a campaign would begin and end, and what a person should know before. */
#ifndef VESTNIK_APID_FORECAST_H
#define VESTNIK_APID_FORECAST_H

#include "apid/campaign_terms.h"

struct forecast {
	int64_t starts_at_us;
	int64_t duration_s; /* until the last one leaves; -1: not known */
	bool account_up;
	bool night;	   /* some of it between 22 and 9 o'clock where apid runs, and no permitted
			      hours bind it */
	int64_t waiting;   /* clients who get it in later hours than those at the start */
	int64_t cut;	   /* clients the permitted hours leave no time for */
	bool late;	   /* not everything leaves before the validity is over */
	char expensive[8]; /* that character, "" when there is none */
	size_t expensive_at; /* its place in the text, from 1 */
};

/* Clients who have the same permitted hours, and the hours after these. */
struct forecast_span {
	bool never; /* none within reach, or nobody knows where they are */
	int64_t opens_us, closes_us, next_opens_us, next_closes_us;
	int64_t clients;
};

/* By the pace and by what the accounts that would carry it can send; where their limit is not
 * known, by what they sent in the last minute. */
bool forecast_make(struct request *r, const struct terms *terms, const struct audience *audience,
		   struct forecast *out, struct err *err);
/* Write member `warnings`: of the forecast, and of what the texts say. */
void forecast_put_warnings(struct json_out *json, const struct forecast *f, const struct terms *t);

/* --- parts that need no store --------------------------------------------------------------------
 */

/* Whether a time of day between 22 and 9 lies in from..from+duration, in local time. */
bool forecast_is_night(int64_t from_us, int64_t duration_s);
/* When the last of `recipients` leaves, who share the time `duration_s` (-1: not known) by their
 * spans, in the order of schedulerd: fills waiting, cut and duration_s. */
void forecast_hours(struct forecast *f, const struct forecast_span *span, size_t count,
		    int64_t recipients, bool moves);
/* The first character that doubles the price of a text which would be cheap without such ones:
 * a sign among Latin letters, never a letter of a Russian text.  What the spelling replaces costs
 * nothing. */
bool forecast_expensive(const char *text, enum sms_spelling spelling, char out[8], size_t *at_out);

#endif
