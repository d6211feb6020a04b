/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* claim_back - giving back what was claimed and not written (contract in claim_internal.h). */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/gateway/bundle.h"
#include "common/gateway/claim_internal.h"
#include "common/gateway/xact.h"

#define ALL_RUNS   (-1)
#define GIVE_UP_MS 100 /* between looks at it, with the answering thread's queue full */

/* Ask the event thread for what no connection has taken and wait for it. */
static struct recall *recall(struct claimer *c, int64_t run_id)
{
	struct recall *r = mem_calloc(1, sizeof(*r));
	struct note *note;

	r->note.kind = NOTE_RECALL;
	r->gate = c->gate;
	r->all = run_id == ALL_RUNS;
	r->run_id = run_id;
	(void)queue_put(c->gate->gateway->loop, r, CLOCK_NEVER_MS);
	for (;;) {
		note = queue_take(c->gate->claims, CLOCK_NEVER_MS);
		if (note != NULL && note->kind == NOTE_RECALL)
			return r;
		atomic_store(&c->gate->wake_posted, false);
	}
}

/* The answering thread takes nothing more once the process has given up. */
static void hand_bundle(struct claimer *c, struct bundle *b)
{
	while (!queue_put(c->gate->answers, b, clock_mono_ms() + GIVE_UP_MS)) {
		if (gave_up()) {
			mem_free(b);
			return;
		}
	}
}

/* Positions that cannot go back any more: their batch was closed; their messages get its fate. */
static void settle(struct claimer *c, const struct recalled *item, const struct unclaimed *u)
{
	struct bundle *b = NULL;
	uint16_t weight = (uint16_t)(item->to - item->from);

	for (size_t i = 0; i < item->count; i++) {
		struct answer *a;

		if (b == NULL)
			b = bundle_new();
		a = bundle_add(b);
		a->kind = ANSWER_SETTLE;
		a->message_id = item->ids[i];
		a->batch_id = item->batch_id;
		a->run_id = item->run_id;
		a->attempt = item->attempt;
		a->state = (uint8_t)u->state;
		a->reason = u->reason;
		a->weight = i == 0 ? weight : 0;
		a->at_us = clock_wall_us();
		if (b->count == BUNDLE_ANSWERS || i + 1 == item->count) {
			hand_bundle(c, b);
			b = NULL;
		}
	}
}

/* False: the process has given up; the positions stay claimed. */
static bool unclaim(struct claimer *c, const struct recalled *item)
{
	struct unclaimed u;
	struct err err = {0};

	claim_held_drop(c, item->batch_id);
	if (gave_up())
		return false;
	while (!claim_store_unclaim(&c->store, item->batch_id, item->from, item->to, &u, &err)) {
		log_err("slices cannot be given back yet", &err,
			LS("account", c->gate->settings->name));
		if (pg_usable(c->store.pg) ? !xact_pause(CLAIM_RETRY_MS, give_up_fd())
					   : !pg_reconnect_wait(c->store.pg, give_up_fd(), &err))
			return false;
	}
	if (u.done)
		return true;
	if (u.state != MESSAGE_QUEUED)
		settle(c, item, &u);
	else if (item->from < item->to)
		log_warn("positions stay claimed", LI("batch", item->batch_id),
			 LI("from", item->from), LI("to", item->to));
	return true;
}

/* The last first: a batch takes back its end only. */
void claim_give_back(struct claimer *c, int64_t run_id)
{
	struct recall *r = recall(c, run_id);
	size_t given = 0, kept = 0;

	for (size_t i = r->count; i > 0; i--) {
		const struct recalled *item = &r->items[i - 1];

		if (unclaim(c, item))
			given += item->count;
		else
			kept += item->count;
		mem_free(item->ids);
	}
	if (given > 0)
		log_info("messages given back unwritten", LS("account", c->gate->settings->name),
			 LI("messages", given));
	if (kept > 0)
		log_warn("messages not given back, they will be in doubt",
			 LS("account", c->gate->settings->name), LI("messages", kept));
	mem_free(r->items);
	mem_free(r);
}

void claim_release_held(struct claimer *c)
{
	while (c->held_count > 0) {
		const struct held *h = &c->held[c->held_count - 1];
		const struct recalled nothing = {.batch_id = h->batch_id,
						 .run_id = h->run_id,
						 .from = h->next,
						 .to = h->next};

		(void)unclaim(c, &nothing);
	}
}
