/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* health - from sums of gateways to points, grade and trial. */
#include "common/route/health.h"

#include <math.h>
#include <stdlib.h>

#include "common/base/mem.h"

#define ASSUMED_ANSWERS	 20.0 /* good ones, always */
#define ERROR_SHARE_FULL 0.2  /* above the others' by this: no points */
#define ANSWER_POINTS	 50.0
#define RECEIPT_POINTS	 30.0
#define TIMES_WORST	 3.0   /* longer than the others' by this factor costs all of it */
#define ANSWER_MS_FINE	 500.0 /* nobody is slow below this */
#define RECEIPT_S_FINE	 60.0
#define GRADE_POINTS	 10.0
#define GRADE_BEYOND	 5.0
#define GRADES		 10
#define US_PER_S	 1e6

void health_init(struct health *h)
{
	*h = (struct health){.points = HEALTH_FULL};
}

/* --- what fades ----------------------------------------------------------------------------------
 */

/* What came since the last look; after a takeover the sums begin anew. */
static int64_t grown(int64_t now, int64_t before, bool same)
{
	return same && now >= before ? now - before : now;
}

static void take_in(struct health *h, const struct health_sums *sums, double passed_s)
{
	bool same = sums->epoch == h->seen.epoch;
	double kept = exp2(-passed_s / HEALTH_HALF_LIFE_S);
	int64_t timeouts = grown(sums->timeouts, h->seen.timeouts, same);
	int64_t answered = grown(sums->answered, h->seen.answered, same);

	h->answered = h->answered * kept + (double)(answered + timeouts);
	h->errors =
		h->errors * kept + (double)(grown(sums->refused, h->seen.refused, same) + timeouts);
	h->answer_ms =
		h->answer_ms * kept + (double)grown(sums->answer_ms, h->seen.answer_ms, same);
	h->seen = *sums;
}

static double error_share(const struct health *h)
{
	return h->errors / (h->answered + ASSUMED_ANSWERS);
}

/* Mean answer time, in which a few fine answers stand. */
static double answer_ms(const struct health *h)
{
	return (h->answer_ms + ASSUMED_ANSWERS * ANSWER_MS_FINE) / (h->answered + ASSUMED_ANSWERS);
}

/* --- the others ----------------------------------------------------------------------------------
 */

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

/* The lower median: of two accounts the better one sets the measure. */
static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return count == 0 ? 0 : values[(count - 1) / 2];
}

struct others {
	double errors, answer_ms, receipt_s;
};

/* Who carries nothing tells nothing of the market. */
static struct others look_at_others(struct health *const *all,
				    const struct health_sums *const *sums, size_t count)
{
	double *value = mem_alloc((count + 1) * sizeof(*value));
	struct others o;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (sums[i] != NULL && all[i]->answered >= 1)
			value[n++] = error_share(all[i]);
	o.errors = median(value, n);
	n = 0;
	for (size_t i = 0; i < count; i++)
		if (sums[i] != NULL && all[i]->answered >= 1)
			value[n++] = answer_ms(all[i]);
	o.answer_ms = fmax(median(value, n), ANSWER_MS_FINE);
	n = 0;
	for (size_t i = 0; i < count; i++)
		if (sums[i] != NULL && all[i]->receipt_s > 0)
			value[n++] = all[i]->receipt_s;
	o.receipt_s = fmax(median(value, n), RECEIPT_S_FINE);
	mem_free(value);
	return o;
}

/* --- points --------------------------------------------------------------------------------------
 */

static double clamp(double v, double low, double high)
{
	return fmin(fmax(v, low), high);
}

/* 0 for as long as the others, 1 for so much longer that it is hopeless. */
static double slowness(double own, double others)
{
	return clamp((own / others - 1) / (TIMES_WORST - 1), 0, 1);
}

static double belongs_at(const struct health *h, const struct others *o)
{
	double points = HEALTH_FULL;

	points -= HEALTH_FULL * clamp((error_share(h) - o->errors) / ERROR_SHARE_FULL, 0, 1);
	points -= ANSWER_POINTS * slowness(answer_ms(h), o->answer_ms);
	points -= RECEIPT_POINTS * slowness(h->receipt_s, o->receipt_s);
	return fmax(points, 0);
}

/* The grade follows the points when they are well beyond its border. */
static void move(struct health *h, double target, double passed_s)
{
	double grade_points;

	h->points = clamp(target, h->points - HEALTH_FULL / HEALTH_FALL_S * passed_s,
			  h->points + HEALTH_FULL / HEALTH_RISE_S * passed_s);
	/* A grade stands for the points (10 - grade) x 10 down to ten less. */
	grade_points = HEALTH_FULL - h->grade * GRADE_POINTS;
	if (h->points < grade_points - GRADE_POINTS - GRADE_BEYOND ||
	    h->points > grade_points + GRADE_BEYOND)
		h->grade = (int)clamp(floor((HEALTH_FULL - h->points) / GRADE_POINTS), 0, GRADES);
	if (h->points >= HEALTH_FULL)
		h->grade = 0;
	if (h->points < HEALTH_TRIAL_BELOW)
		h->trial = true;
	else if (h->points > HEALTH_TRIAL_UNTIL)
		h->trial = false;
}

void health_look(struct health *const *all, const struct health_sums *const *sums, size_t count,
		 int64_t now_us)
{
	struct others others;

	for (size_t i = 0; i < count; i++) {
		if (sums[i] == NULL)
			continue;
		if (all[i]->at_us == 0) /* what was before the first look is not just now */
			all[i]->seen = *sums[i];
		else
			take_in(all[i], sums[i], (double)(now_us - all[i]->at_us) / US_PER_S);
	}
	others = look_at_others(all, sums, count);
	for (size_t i = 0; i < count; i++) {
		double passed_s = (double)(now_us - all[i]->at_us) / US_PER_S;

		if (sums[i] != NULL && all[i]->at_us != 0 && passed_s > 0)
			move(all[i], belongs_at(all[i], &others), passed_s);
		all[i]->at_us = now_us;
	}
}
