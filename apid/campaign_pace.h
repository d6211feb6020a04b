/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_pace - how fast and when a campaign goes out, in the store. */
#ifndef VESTNIK_APID_CAMPAIGN_PACE_H
#define VESTNIK_APID_CAMPAIGN_PACE_H

#include "apid/api.h"
#include "apid/pace_request.h"

/* Columns of campaign `c`, PACE_COLUMNS of them. */
#define PACE_SELECT_SQL                                                                            \
	"c.pace_per_min, c.pace_until, c.stop_at, c.window_days, to_char(c.window_from, "          \
	"'HH24:MI'), to_char(c.window_to, 'HH24:MI'), c.window_zone"
#define PACE_COLUMNS 7

/* Of a row with these columns from `col` on; borrows from it. */
void pace_from_row(const struct pg_result *rows, size_t i, int col, struct pace_fields *out);
/* Write members pace_per_min, pace_until, stop_at and window. */
void pace_put(struct json_out *json, const struct pg_result *rows, size_t i, int col);
/* Six parameters: pace_until, stop_at, window_days, window_from, window_to, window_zone. */
void pace_params(struct pg_params *p, const struct pace_fields *f);

#endif
