/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* claim - the claiming thread of one account (contract in claim.h).
 *
 * One turn: take what the broker has, claim as much as the account is short of, sleep until a
 * ticket, a wake-up or a tenth of a second has come.  Batches claimed in part are held and gone on
 * with, before new tickets; urgent before bulk.  Every 200 ms the runs with unwritten slices are
 * asked after. */
#include "common/gateway/claim_internal.h"

#include <poll.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/gateway/rate.h"
#include "common/gateway/xact.h"

#define BULK_PARTS    400 /* of one round: what an urgent ticket may have to wait for */
#define IDLE_MS	      100
#define RUN_POLL_MS   200
#define RUN_MEMORY_MS 30000 /* a slice that waits longer was recalled for another reason */
#define BUSY_MS	      20
#define BUSY_TRIES    50

static bool stopping(const struct claimer *c)
{
	struct pollfd p = {.fd = c->gate->stop_fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

/* --- what is held ------------------------------------------------------------------------------
 */

struct held *claim_held_find(struct claimer *c, int64_t batch_id)
{
	for (size_t i = 0; i < c->held_count; i++)
		if (c->held[i].batch_id == batch_id)
			return &c->held[i];
	return NULL;
}

void claim_held_drop(struct claimer *c, int64_t batch_id)
{
	struct held *h = claim_held_find(c, batch_id);

	if (h == NULL)
		return;
	c->held_count--;
	memmove(h, h + 1, (size_t)(&c->held[c->held_count] - h) * sizeof(*h));
}

static void held_keep(struct claimer *c, const struct claim *claim, enum lane lane)
{
	struct held *h = claim_held_find(c, claim->batch_id);

	if (claim->to >= claim->message_count) {
		claim_held_drop(c, claim->batch_id);
		return;
	}
	if (h == NULL) {
		if (c->held_count == c->held_cap) {
			c->held_cap = c->held_cap * 2 + 16;
			c->held = mem_realloc(c->held, c->held_cap, sizeof(*c->held));
		}
		h = &c->held[c->held_count++];
	}
	*h = (struct held){
		.batch_id = claim->batch_id,
		.run_id = claim->run_id,
		.lane = lane,
		.next = claim->to,
		.count = claim->message_count,
		.paced = claim->wait_ms >= 0,
	};
}

/* The pace of a run leaves nothing for any of its batches before. */
static void held_pace(struct claimer *c, const struct claim *claim, uint64_t now_ms)
{
	if (claim->wait_ms < 0)
		return;
	for (size_t i = 0; i < c->held_count; i++) {
		if (c->held[i].run_id != claim->run_id)
			continue;
		c->held[i].paced = true;
		c->held[i].not_before_ms = now_ms + (uint64_t)claim->wait_ms;
	}
}

static void run_note(struct claimer *c, int64_t run_id, uint64_t now_ms)
{
	size_t oldest = 0;

	if (run_id == 0)
		return;
	for (size_t i = 0; i < c->run_count; i++) {
		if (c->runs[i].run_id == run_id) {
			c->runs[i].at_ms = now_ms;
			return;
		}
		if (c->runs[i].at_ms < c->runs[oldest].at_ms)
			oldest = i;
	}
	if (c->run_count < RUNS_MAX)
		oldest = c->run_count++;
	c->runs[oldest] = (struct run_seen){run_id, now_ms};
}

static void runs_forget_old(struct claimer *c, uint64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->run_count; i++)
		if (now_ms - c->runs[i].at_ms < RUN_MEMORY_MS)
			c->runs[kept++] = c->runs[i];
	c->run_count = kept;
}

static uint32_t unwritten(const struct claimer *c)
{
	return atomic_load(&c->gate->unwritten[LANE_URGENT]) +
	       atomic_load(&c->gate->unwritten[LANE_BULK]);
}

/* --- claiming ----------------------------------------------------------------------------------
 */

static void want(struct claimer *c, const struct origin *o, uint32_t messages, uint32_t *budget)
{
	size_t n = c->claim_count++;

	c->claims[n] = (struct claim){.batch_id = o->batch_id, .max_parts = *budget};
	c->origins[n] = *o;
	*budget -= messages < *budget ? messages : *budget;
}

static bool run_wanted(const struct claimer *c, int64_t run_id)
{
	for (size_t i = 0; i < c->claim_count; i++)
		if (c->origins[i].paced_run == run_id)
			return true;
	return false;
}

static void want_held(struct claimer *c, const struct held *h, uint32_t *budget)
{
	const struct origin o = {.held = true,
				 .lane = h->lane,
				 .batch_id = h->batch_id,
				 .paced_run = h->paced ? h->run_id : 0};

	if (!h->paced || !run_wanted(c, h->run_id))
		want(c, &o, (uint32_t)(h->count - h->next), budget);
}

/* How many parts a message has is not known here: one is assumed, the next round corrects. */
static void want_lane(struct claimer *c, enum lane lane, uint64_t now_ms, uint32_t *budget)
{
	struct tickets *t = &c->tickets;

	for (size_t i = 0; i<c->held_count && * budget> 0 && c->claim_count < CLAIMS_MAX; i++) {
		const struct held *h = &c->held[i];

		if (h->lane == lane && now_ms >= h->not_before_ms)
			want_held(c, h, budget);
	}
	for (size_t i = 0; i < t->count[lane];) {
		const struct ticket *k = &t->list[lane][i];

		if (claim_held_find(c, k->batch_id) != NULL) { /* published again meanwhile */
			tickets_done(t, lane, i);
			continue;
		}
		i++;
		if (now_ms >= k->not_before_ms && *budget > 0 && c->claim_count < CLAIMS_MAX) {
			const struct origin o = {.lane = lane, .batch_id = k->batch_id};

			want(c, &o, c->messages_a_batch[lane], budget);
		}
	}
}

static void plan_lane(struct claimer *c, enum lane lane, uint64_t now_ms)
{
	uint32_t allowed = atomic_load(&c->gate->allowed);
	uint32_t measured = atomic_load(&c->gate->measured);
	uint32_t budget = rate_slice_parts(allowed, measured);
	uint32_t ahead =
		lane == LANE_URGENT ? atomic_load(&c->gate->unwritten[LANE_URGENT]) : unwritten(c);

	if (ahead >= rate_low_mark(allowed, measured))
		return;
	if (lane == LANE_BULK && budget > BULK_PARTS)
		budget = BULK_PARTS;
	want_lane(c, lane, now_ms, &budget);
}

/* Urgent claims have rounds of their own, which do not wait for bulk's to be read and committed;
 * where both are wanted they take turns. */
static bool plan(struct claimer *c, uint64_t now_ms)
{
	enum lane lane = c->bulk_turn ? LANE_BULK : LANE_URGENT;

	c->claim_count = 0;
	plan_lane(c, lane, now_ms);
	if (c->claim_count == 0) {
		lane = lane == LANE_URGENT ? LANE_BULK : LANE_URGENT;
		plan_lane(c, lane, now_ms);
	}
	c->bulk_turn = lane == LANE_URGENT;
	return c->claim_count > 0;
}

static void ticket_answered(struct claimer *c, const struct origin *o, const struct claim *claim,
			    uint64_t now_ms)
{
	struct tickets *t = &c->tickets;

	for (size_t i = 0; i < t->count[o->lane]; i++) {
		struct ticket *k = &t->list[o->lane][i];

		if (k->batch_id != o->batch_id)
			continue;
		if (claim->outcome == CLAIM_BUSY && k->tries++ < BUSY_TRIES)
			k->not_before_ms = now_ms + BUSY_MS;
		else if (claim->outcome != CLAIM_NO_LEASE)
			tickets_done(t, o->lane, i);
		return;
	}
}

static void held_answered(struct claimer *c, const struct claim *claim, uint64_t now_ms)
{
	struct held *h = claim_held_find(c, claim->batch_id);

	if (h == NULL || claim->outcome == CLAIM_CLAIMED || claim->outcome == CLAIM_PACED ||
	    claim->outcome == CLAIM_NO_LEASE)
		return;
	if (claim->outcome == CLAIM_BUSY)
		h->not_before_ms = now_ms + BUSY_MS;
	else
		claim_held_drop(c, claim->batch_id);
}

static void hand_over(struct claimer *c, const struct origin *o, struct claim *claim,
		      uint64_t now_ms)
{
	struct slice *slice = claim->slice;

	run_note(c, claim->run_id, now_ms);
	held_keep(c, claim, o->lane);
	if (!o->held)
		c->messages_a_batch[o->lane] =
			(c->messages_a_batch[o->lane] * 7 + claim->message_count + 7) / 8;
	atomic_fetch_add(&c->gate->unwritten[slice->lane], slice->parts_left);
	(void)queue_put(c->gate->gateway->loop, slice, CLOCK_NEVER_MS);
	claim->slice = NULL;
}

static void answered(struct claimer *c, size_t n, uint64_t now_ms)
{
	struct claim *claim = &c->claims[n];
	const struct origin *o = &c->origins[n];

	if (o->held)
		held_answered(c, claim, now_ms);
	else
		ticket_answered(c, o, claim, now_ms);
	switch (claim->outcome) {
	case CLAIM_CLAIMED:
		hand_over(c, o, claim, now_ms);
		held_pace(c, claim, now_ms);
		break;
	case CLAIM_PACED:
		held_keep(c, claim, o->lane);
		held_pace(c, claim, now_ms);
		break;
	case CLAIM_STOPPED:
		/* The database has stopped the run: do not wait for the next poll. */
		c->run_poll_ms = 0;
		run_note(c, claim->run_id, now_ms);
		break;
	case CLAIM_NO_LEASE:
		c->no_lease = true;
		break;
	default:
		break;
	}
}

static void database_failed(struct claimer *c, struct err *err)
{
	log_err("claiming failed", err, LS("account", c->gate->settings->name));
	if (!pg_usable(c->store.pg))
		(void)pg_reconnect_wait(c->store.pg, c->gate->stop_fd, err);
	else
		(void)xact_pause(CLAIM_RETRY_MS, c->gate->stop_fd);
}

/* One transaction of claims; false when nothing is short or nothing is to be had. */
static bool claim_round(struct claimer *c)
{
	uint64_t now_ms = clock_mono_ms();
	uint64_t began_ns = clock_mono_ns();
	struct err err = {0};

	if (!plan(c, now_ms))
		return false;
	if (!claim_store_claim(&c->store, c->claims, c->claim_count, &err)) {
		database_failed(c, &err);
		return false;
	}
	metric_observe_us(c->gate->metrics.claim_time, (clock_mono_ns() - began_ns) / 1000);
	for (size_t i = 0; i < c->claim_count; i++)
		answered(c, i, now_ms);
	return !c->no_lease;
}

/* --- the thread --------------------------------------------------------------------------------
 */

static void drain_notes(struct claimer *c)
{
	while (queue_try_take(c->gate->claims) != NULL)
		atomic_store(&c->gate->wake_posted, false);
}

static void poll_runs(struct claimer *c)
{
	int64_t runs[RUNS_MAX], stopped[RUNS_MAX];
	uint64_t now_ms = clock_mono_ms();
	size_t count = 0;
	struct err err = {0};

	if (now_ms < c->run_poll_ms)
		return;
	c->run_poll_ms = now_ms + RUN_POLL_MS;
	runs_forget_old(c, now_ms);
	if (c->run_count == 0 || (unwritten(c) == 0 && c->held_count == 0))
		return;
	for (size_t i = 0; i < c->run_count; i++)
		runs[i] = c->runs[i].run_id;
	if (!claim_store_stopped_runs(&c->store, runs, c->run_count, stopped, &count, &err)) {
		database_failed(c, &err);
		return;
	}
	for (size_t i = 0; i < count; i++)
		claim_give_back(c, stopped[i]);
}

/* The account cannot send: others may have what is here. */
static void rest(struct claimer *c)
{
	struct pollfd p = {.fd = queue_fd(c->gate->claims), .events = POLLIN};

	tickets_give_back(&c->tickets);
	if (unwritten(c) > 0)
		claim_give_back(c, -1);
	claim_release_held(c);
	tickets_collect(&c->tickets, 0, -1); /* keeps the connection alive */
	(void)poll(&p, 1, IDLE_MS);
}

static void turn(struct claimer *c)
{
	struct pollfd p = {.fd = queue_fd(c->gate->claims), .events = POLLIN};

	drain_notes(c);
	if (!atomic_load(&c->gate->may_send) || c->no_lease) {
		rest(c);
		return;
	}
	poll_runs(c);
	(void)tickets_start(&c->tickets);
	tickets_collect(&c->tickets, 0, -1);
	if (claim_round(c))
		return;
	if (c->tickets.consuming)
		tickets_collect(&c->tickets, clock_mono_ms() + IDLE_MS, p.fd);
	else
		(void)poll(&p, 1, IDLE_MS);
}

static bool recover(struct claimer *c)
{
	struct err err = {0};
	int32_t marked = 0;

	while (!claim_store_recover(&c->store, &marked, &err)) {
		log_err("recovery failed", &err, LS("account", c->gate->settings->name));
		if (pg_usable(c->store.pg)
			    ? !xact_pause(CLAIM_RETRY_MS, c->gate->stop_fd)
			    : !pg_reconnect_wait(c->store.pg, c->gate->stop_fd, &err))
			return false;
	}
	metric_add(c->gate->metrics.doubts, marked);
	if (marked > 0)
		log_warn("messages of an earlier holder are in doubt",
			 LS("account", c->gate->settings->name), LI("messages", marked));
	return true;
}

static void work(struct claimer *c)
{
	struct err err = {0};

	if (!claim_store_open(&c->store, c->gate, &err))
		return;
	if (recover(c)) {
		while (!stopping(c))
			turn(c);
		tickets_give_back(&c->tickets);
		claim_give_back(c, -1);
		claim_release_held(c);
	}
}

void *claim_thread(void *arg)
{
	struct gate *gate = arg;
	struct claimer *c = mem_calloc(1, sizeof(*c));
	struct err err = {0};

	c->gate = gate;
	for (int lane = 0; lane < LANE_COUNT; lane++)
		c->messages_a_batch[lane] = BATCH_MESSAGES_MAX;
	if (tickets_init(&c->tickets, gate, &err))
		work(c);
	else
		log_err("claiming cannot begin", &err, LS("account", gate->settings->name));
	claim_store_close(&c->store);
	tickets_deinit(&c->tickets);
	mem_free(c->held);
	mem_free(c);
	gate->claim_ended = (struct ended_note){{NOTE_CLAIM_ENDED}, gate};
	(void)queue_put(gate->gateway->loop, &gate->claim_ended, CLOCK_NEVER_MS);
	return NULL;
}
