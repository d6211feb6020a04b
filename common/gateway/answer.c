/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer - the answering thread of one account (contract in answer.h).
 *
 * While one group is being committed the next one gathers in the queue: little traffic commits at
 * once, much commits in large groups, without any clock. */
#include "common/gateway/answer.h"

#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/gateway/answer_store.h"
#include "common/gateway/receipts.h"
#include "common/gateway/xact.h"

#define IDLE_MS	    100
#define BUNDLES_MAX (GROUP_ANSWERS_MAX / BUNDLE_ANSWERS)
#define CONFLICT_MS 20
#define REFUSED_MS  1000

struct group {
	struct bundle *bundles[BUNDLES_MAX];
	size_t bundle_count, counted;
	const struct answer *answers[GROUP_ANSWERS_MAX];
	size_t count;
};

static void group_add(struct group *g, struct bundle *b)
{
	g->bundles[g->bundle_count++] = b;
	g->counted += b->counted;
	for (size_t i = 0; i < b->count; i++)
		g->answers[g->count++] = &b->answers[i];
}

/* False when nothing came within the time. */
static bool gather(struct gate *gate, struct group *g)
{
	struct bundle *b = queue_take(gate->answers, clock_mono_ms() + IDLE_MS);

	g->bundle_count = g->counted = g->count = 0;
	while (b != NULL) {
		group_add(g, b);
		b = g->bundle_count < BUNDLES_MAX ? queue_try_take(gate->answers) : NULL;
	}
	return g->bundle_count > 0;
}

/* Wait for whatever may mend `err`; false when the process gives up. */
static bool recover(struct gate *gate, struct answer_store *store, int64_t id, struct err *err,
		    bool *committed)
{
	struct pg *pg = answer_store_pg(store);

	if (err->kind == ERR_UNKNOWN)
		return xact_outcome(pg, id, give_up_fd(), committed, err);
	if (!pg_usable(pg))
		return pg_reconnect_wait(pg, give_up_fd(), err);
	if (err->kind == ERR_RETRY)
		return xact_pause(1 + (int64_t)arc4random_uniform(CONFLICT_MS), give_up_fd());
	log_err("answers cannot be stored, trying again", err, LS("account", gate->settings->name));
	return xact_pause(REFUSED_MS, give_up_fd());
}

static bool commit(struct gate *gate, struct answer_store *store, const struct group *g)
{
	struct err err = {0};
	int64_t id = 0;
	bool committed = false;

	while (!committed) {
		committed = answer_store_commit(store, g->answers, g->count, &id, &err);
		if (!committed && !recover(gate, store, id, &err, &committed)) {
			log_err("answers are lost, their messages will be in doubt", &err,
				LS("account", gate->settings->name), LI("answers", g->count));
			return false;
		}
	}
	atomic_fetch_add(&gate->committed, g->counted);
	receipts_poke(gate->gateway->receipts);
	return true;
}

static void work(struct gate *gate, struct answer_store *store, struct group *g)
{
	for (;;) {
		/* Asked before looking: what was put before the end is taken. */
		bool end = atomic_load(&gate->answers_end);
		bool ok = true;

		if (!gather(gate, g)) {
			if (end || gave_up())
				return;
			continue;
		}
		ok = commit(gate, store, g);
		for (size_t i = 0; i < g->bundle_count; i++)
			mem_free(g->bundles[i]);
		if (!ok)
			return;
	}
}

void *answer_thread(void *arg)
{
	struct gate *gate = arg;
	struct answer_store *store = NULL;
	struct group *g = mem_calloc(1, sizeof(*g));
	struct err err = {0};

	if (answer_store_open(gate, &store, &err))
		work(gate, store, g);
	answer_store_close(&store);
	mem_free(g);
	gate->answer_ended = (struct ended_note){{NOTE_ANSWER_ENDED}, gate};
	(void)queue_put(gate->gateway->loop, &gate->answer_ended, CLOCK_NEVER_MS);
	return NULL;
}
