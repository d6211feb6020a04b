/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plans - the render plans of the runs being dispatched, kept between chunks. */
#ifndef VESTNIK_MODEL_PLANS_H
#define VESTNIK_MODEL_PLANS_H

#include "common/store/pg.h"
#include "common/sms/render.h"

#define PLANS_KEPT 64

struct plans {
	struct render_plan *plan[PLANS_KEPT]; /* by run, the newest of those that fall together */
};

/* Compile a text, bind its placeholders to own columns of the list it goes to (0: none) and to
 * attribute slots, its links to the base of short links and its promo code to its pool; the caller
 * frees the plan, and says how it is spelled. */
bool plan_load(struct pg *pg, const char *text, size_t len, int64_t list_id,
	       struct render_plan **out, struct err *err);

void plans_deinit(struct plans *plans);
/* The plan for a run's text (of the variant), spelling and list, compiled and bound when it is not
 * at hand.  Owned by `plans`, valid until the next call. */
bool plans_get(struct plans *plans, struct pg *pg, int64_t run_id, int variant, const char *text,
	       size_t len, enum sms_spelling spelling, int64_t list_id,
	       const struct render_plan **out, struct err *err);

#endif
