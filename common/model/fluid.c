/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fluid - see fluid.h. */
#include "common/model/fluid.h"

#include <math.h>
#include <stdlib.h>

#include "common/base/mem.h"

#define FLOOR_PERCENT 10 /* of what the first one gets, for the others in turn: feed.c */
#define DRY	      1e-6
#define STEPS_MAX     200000
#define US	      1e6
#define SPREAD_STEPS  32 /* a rate that follows the time left is taken anew so often */
#define STEP_MIN_US   250000

/* What one account has to give to one campaign at a step. */
struct draw {
	size_t campaign;
	double most; /* parts a second it can take: its pace; else INFINITY */
	double gets;
	double waits; /* messages of its open streams there */
};

struct work {
	struct fluid *f;
	struct draw *draw;
	double *open_left; /* by campaign: messages of its open streams, over all accounts */
	double *pace;	   /* by campaign: messages a second; INFINITY: none */
};

/* --- what is open --------------------------------------------------------------------------------
 */

/* Its hours at that time or next, once those that are over are left out; NULL: none. */
static const struct fluid_interval *interval_of(const struct fluid_stream *s)
{
	return s->open != NULL && s->open_count > 0 ? s->open : NULL;
}

static bool is_open(const struct fluid *f, const struct fluid_stream *s, int64_t now)
{
	if (s->left <= 0 || now < f->campaign[s->campaign].starts_us)
		return false;
	return s->open == NULL || (s->open_count > 0 && s->open->opens_us <= now);
}

/* Time has come to `now`. */
static void open_streams(struct fluid *f, int64_t now)
{
	for (size_t i = 0; i < f->stream_count; i++) {
		struct fluid_stream *s = &f->stream[i];

		while (s->open != NULL && s->open_count > 0 && s->open->closes_us <= now) {
			s->open++;
			s->open_count--;
		}
		s->rate = 0;
		s->flows = is_open(f, s, now);
	}
}

/* Seconds of from .. to in which a stream may flow. */
static double open_seconds(const struct fluid_stream *s, int64_t from, int64_t to)
{
	double sum = 0;

	if (s->open == NULL)
		return from < to ? (double)(to - from) / US : 0;
	for (size_t i = 0; i < s->open_count; i++) {
		int64_t a = s->open[i].opens_us > from ? s->open[i].opens_us : from;
		int64_t b = s->open[i].closes_us < to ? s->open[i].closes_us : to;

		sum += a < b ? (double)(b - a) / US : 0;
	}
	return sum;
}

/* --- rates ---------------------------------------------------------------------------------------
 */

static double pace_of(const struct fluid *f, size_t campaign, int64_t now)
{
	const struct fluid_campaign *c = &f->campaign[campaign];
	double left = 0, seconds = 0;

	if (c->until_us == 0)
		return c->pace_per_s > 0 ? c->pace_per_s : INFINITY;
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct fluid_stream *s = &f->stream[i];
		double open;

		if (s->campaign != campaign || s->left <= 0)
			continue;
		left += s->left;
		open = open_seconds(s, now, c->until_us);
		seconds = open > seconds ? open : seconds;
	}
	return left / (seconds > 1 ? seconds : 1);
}

static struct draw *draw_of(struct draw *draw, size_t *count, size_t campaign)
{
	for (size_t i = 0; i < *count; i++)
		if (draw[i].campaign == campaign)
			return &draw[i];
	draw[*count] = (struct draw){.campaign = campaign};
	return &draw[(*count)++];
}

/* In the order they are fed in. */
static void sort_draws(const struct fluid *f, struct draw *draw, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct draw d = draw[i];
		size_t k = i;

		for (; k > 0; k--) {
			int before = f->campaign[draw[k - 1].campaign].priority;
			int mine = f->campaign[d.campaign].priority;

			if (before > mine || (before == mine && draw[k - 1].campaign < d.campaign))
				break;
			draw[k] = draw[k - 1];
		}
		draw[k] = d;
	}
}

/* The floor share to all but the first, then by order until nothing is left. */
static void share_out(struct draw *draw, size_t count, double rate)
{
	double floor_all = count > 1 ? rate * FLOOR_PERCENT / (100 + FLOOR_PERCENT) : 0;
	double left = rate;

	for (size_t i = 1; i < count; i++) {
		double share = floor_all / (double)(count - 1);

		draw[i].gets = share < draw[i].most ? share : draw[i].most;
		left -= draw[i].gets;
	}
	for (size_t i = 0; i < count && left > 0; i++) {
		double wants = draw[i].most - draw[i].gets;
		double more = wants < left ? wants : left;

		draw[i].gets += more;
		left -= more;
	}
}

static void account_rates(struct work *w, size_t account)
{
	struct fluid *f = w->f;
	double rate = f->account[account].parts_per_s;
	size_t count = 0;

	for (size_t i = 0; i < f->stream_count; i++) {
		struct fluid_stream *s = &f->stream[i];
		struct draw *d;

		if (s->account != account || !s->flows)
			continue;
		d = draw_of(w->draw, &count, s->campaign);
		d->waits += s->left;
		d->most +=
			w->pace[s->campaign] * s->left / w->open_left[s->campaign] * s->parts_each;
	}
	if (rate > 0) {
		sort_draws(f, w->draw, count);
		share_out(w->draw, count, rate);
	} else {
		for (size_t i = 0; i < count; i++)
			w->draw[i].gets = w->draw[i].most;
	}
	for (size_t i = 0; i < f->stream_count; i++) {
		struct fluid_stream *s = &f->stream[i];

		if (s->account != account || !s->flows)
			continue;
		for (size_t k = 0; k < count; k++)
			if (w->draw[k].campaign == s->campaign)
				s->rate = w->draw[k].gets * (s->left / w->draw[k].waits) /
					  s->parts_each;
	}
}

static void all_rates(struct work *w, int64_t now)
{
	struct fluid *f = w->f;

	for (size_t c = 0; c < f->campaign_count; c++) {
		w->open_left[c] = 0;
		w->pace[c] = pace_of(f, c, now);
	}
	for (size_t i = 0; i < f->stream_count; i++) {
		if (f->stream[i].flows)
			w->open_left[f->stream[i].campaign] += f->stream[i].left;
	}
	for (size_t a = 0; a < f->account_count; a++)
		account_rates(w, a);
}

/* --- events --------------------------------------------------------------------------------------
 */

static void earlier(int64_t *at, int64_t candidate, int64_t now)
{
	if (candidate > now && candidate < *at)
		*at = candidate;
}

/* When rates change next. */
static int64_t next_event(const struct fluid *f, int64_t now, int64_t until)
{
	int64_t at = until;

	for (size_t i = 0; i < f->stream_count; i++) {
		const struct fluid_stream *s = &f->stream[i];
		const struct fluid_campaign *c = &f->campaign[s->campaign];
		const struct fluid_interval *in = interval_of(s);

		if (s->left <= 0)
			continue;
		earlier(&at, c->starts_us, now);
		earlier(&at, c->stops_us, now);
		earlier(&at, s->deadline_us, now);
		if (in != NULL) {
			earlier(&at, in->opens_us, now);
			earlier(&at, in->closes_us, now);
		}
		if (c->until_us > now && s->rate > 0) {
			int64_t step = (c->until_us - now) / SPREAD_STEPS;

			earlier(&at, now + (step > STEP_MIN_US ? step : STEP_MIN_US), now);
		}
		if (s->rate > 0 && s->left / s->rate < (double)(at - now) / US)
			earlier(&at, now + (int64_t)ceil(s->left / s->rate * US), now);
	}
	return at;
}

static void end_of_campaign(struct fluid_campaign *c, int64_t at)
{
	if (c->ends_us == FLUID_NEVER || at > c->ends_us)
		c->ends_us = at;
}

static void advance(struct fluid *f, int64_t now, int64_t at, fluid_flow_fn *on_flow, void *arg)
{
	for (size_t i = 0; i < f->stream_count; i++) {
		struct fluid_stream *s = &f->stream[i];
		struct fluid_campaign *c = &f->campaign[s->campaign];
		double flowed = s->rate * (double)(at - now) / US;

		if (s->rate <= 0 || s->left <= 0)
			continue;
		if (flowed > s->left - DRY)
			flowed = s->left;
		s->left -= flowed;
		c->sent += flowed;
		if (on_flow != NULL)
			on_flow(arg, s, now, at, flowed);
		if (s->left <= 0)
			end_of_campaign(c, at);
	}
}

/* What has no time left, and what nobody can tell the rate of. */
static void close_streams(struct fluid *f, int64_t now)
{
	for (size_t i = 0; i < f->stream_count; i++) {
		struct fluid_stream *s = &f->stream[i];
		struct fluid_campaign *c = &f->campaign[s->campaign];

		if (s->left <= 0)
			continue;
		if (isinf(s->rate)) {
			c->unknown = true;
			s->left = s->rate = 0;
		} else if (now >= c->stops_us || now >= s->deadline_us) {
			c->cut += s->left;
			s->left = s->rate = 0;
			end_of_campaign(c, now);
		}
	}
}

static bool anything_left(const struct fluid *f)
{
	for (size_t i = 0; i < f->stream_count; i++)
		if (f->stream[i].left > 0)
			return true;
	return false;
}

/* Whoever still has something waiting has no end in sight. */
static void conclude(struct fluid *f)
{
	for (size_t i = 0; i < f->stream_count; i++)
		if (f->stream[i].left > 0)
			f->campaign[f->stream[i].campaign].ends_us = FLUID_NEVER;
	for (size_t c = 0; c < f->campaign_count; c++)
		if (f->campaign[c].unknown)
			f->campaign[c].ends_us = FLUID_NEVER;
}

void fluid_run(struct fluid *f, int64_t now_us, int64_t until_us, fluid_flow_fn *on_flow, void *arg)
{
	struct work w = {
		.f = f,
		.draw = mem_calloc(f->campaign_count + 1, sizeof(*w.draw)),
		.open_left = mem_calloc(f->campaign_count + 1, sizeof(*w.open_left)),
		.pace = mem_calloc(f->campaign_count + 1, sizeof(*w.pace)),
	};

	for (size_t c = 0; c < f->campaign_count; c++) {
		f->campaign[c].ends_us = FLUID_NEVER;
		f->campaign[c].sent = f->campaign[c].cut = 0;
		f->campaign[c].unknown = false;
	}
	for (int step = 0; step < STEPS_MAX && now_us < until_us; step++) {
		int64_t at;

		open_streams(f, now_us);
		close_streams(f, now_us);
		open_streams(f, now_us);
		all_rates(&w, now_us);
		close_streams(f, now_us);
		if (!anything_left(f))
			break;
		at = next_event(f, now_us, until_us);
		advance(f, now_us, at, on_flow, arg);
		now_us = at;
	}
	conclude(f);
	mem_free(w.draw);
	mem_free(w.open_left);
	mem_free(w.pace);
}
