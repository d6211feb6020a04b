/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pace_request - how fast and when a campaign goes out, as JSON says it; no store, so that it can
 * be fuzzed with campaign_request. */
#ifndef VESTNIK_APID_PACE_REQUEST_H
#define VESTNIK_APID_PACE_REQUEST_H

#include "common/web/json.h"

/* Days and hours of a campaign's own, beside those the law permits. */
struct own_window {
	uint8_t days;	       /* bit 0 is Monday; 0: it has no window of its own */
	const char *from, *to; /* "10:00", borrowed */
	bool of_client;	       /* in each client's zone, else in the company's */
};

struct pace_fields {
	int64_t per_min;  /* 0: none */
	int64_t until_us; /* spread evenly until then; 0: not */
	int64_t stop_us;  /* 0: never */
	struct own_window window;
};

/* Read the members that are there over what *fields holds: `pace_per_min`, `pace_until`, `stop_at`.
 * One of the first two takes the place of the other. */
void pace_read(struct json_in *in, struct pace_fields *fields);
/* Member `window`; null takes it away. */
void own_window_read(struct json_in *in, struct own_window *window);

#endif
