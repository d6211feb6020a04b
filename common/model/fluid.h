/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fluid - when campaigns that share accounts will be done, as liquids that share pipes.
 *
 * What waits is counted in messages that flow at rates, and rates hold from one event to the next:
 * a campaign begins or stops, hours begin or end, a stream runs dry.  Rates are those schedulerd
 * feeds by (feed.c): on each account the greater priority first, a floor share for the others, no
 * more of a paced campaign than its pace.  So a forecast costs as many steps as there are events,
 * however many messages there are.
 *
 * Nothing here reads a clock or a store.  Owner: the caller of all arrays; fluid_run() uses them
 * up. */
#ifndef VESTNIK_MODEL_FLUID_H
#define VESTNIK_MODEL_FLUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLUID_NEVER INT64_MAX

struct fluid_interval {
	int64_t opens_us, closes_us;
};

struct fluid_account {
	double parts_per_s; /* 0: not known, taken for boundless */
};

struct fluid_campaign {
	int priority;		     /* greater goes first; of equals the one that stands first */
	int64_t starts_us, stops_us; /* FLUID_NEVER: does not stop by itself */
	double pace_per_s;	     /* 0: none */
	int64_t until_us;	     /* spread evenly until then; 0: not */
	/* What comes of it. */
	int64_t ends_us; /* the last one leaves or is given up; FLUID_NEVER: not in sight */
	double sent;	 /* messages */
	double cut;	 /* that have no time left */
	bool unknown;	 /* nobody knows how fast: neither a pace nor an account bounds it */
};

/* What of a campaign waits for one account and has the same hours. */
struct fluid_stream {
	size_t campaign, account;
	double left; /* messages */
	double parts_each;
	int64_t deadline_us;		   /* what has not left by then is cut; FLUID_NEVER: none */
	const struct fluid_interval *open; /* ascending, passed on as they end; NULL: always */
	size_t open_count;
	double rate; /* of the step, as whether it flows; inner */
	bool flows;
};

struct fluid {
	struct fluid_account *account;
	struct fluid_campaign *campaign;
	struct fluid_stream *stream;
	size_t account_count, campaign_count, stream_count;
};

/* What flowed of a stream in from_us .. to_us. */
typedef void fluid_flow_fn(void *arg, const struct fluid_stream *stream, int64_t from_us,
			   int64_t to_us, double messages);

/* Let it flow from now_us until everything has an end or until_us has come; `on_flow` may be NULL.
 * Fills what comes of each campaign. */
void fluid_run(struct fluid *f, int64_t now_us, int64_t until_us, fluid_flow_fn *on_flow,
	       void *arg);

#endif
