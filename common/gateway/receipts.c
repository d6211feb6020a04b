/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipts - see receipts.h.
 *
 * Loads wait in a list in the order they came.  Each turn publishes all that are due, in bundles of
 * many receipts, and awaits the confirms together.  A failed round is repeated: dlrd takes receipts
 * twice without harm, and messages from phones as well. */
#include "common/gateway/receipts.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/queue.h"
#include "common/broker/topology.h"
#include "common/gateway/gate.h"

#define LOADS_MAX	256  /* waiting in the queue: 65,536 receipts */
#define ROUND_LOADS	64   /* published together */
#define ANSWERS_WAIT_MS 2000 /* for the answers read before */
#define IDLE_MS		200
#define CONFIRM_MS	2000 /* of one round */
#define CALL_MS		2000
#define COMPLAIN_MS	5000 /* between log lines about the same trouble */
#define BUNDLE_BYTES	(1u << 20)

struct receipts {
	const struct gateway *gateway;
	pthread_t thread;
	struct queue *queue;
	_Atomic bool waiting; /* some load waits for answers: pokes are wanted */
	_Atomic bool stopping;
	struct mq *mq;
	bool declared;
	uint64_t complain_at_ms;
	struct buf body;
	struct receipt_load *head, *tail;
};

static struct note poke = {NOTE_WAKE};

/* --- the list ----------------------------------------------------------------------------------
 */

static void append(struct receipts *r, struct receipt_load *load)
{
	load->next = NULL;
	if (r->tail != NULL)
		r->tail->next = load;
	else
		r->head = load;
	r->tail = load;
}

static void collect(struct receipts *r)
{
	uint64_t wait_ms = r->head != NULL ? 20 : IDLE_MS;
	struct note *note;

	atomic_store(&r->waiting, r->head != NULL);
	note = queue_take(r->queue, clock_mono_ms() + wait_ms);
	atomic_store(&r->waiting, false);
	while (note != NULL) {
		if (note != &poke)
			append(r, (struct receipt_load *)note);
		note = queue_try_take(r->queue);
	}
}

static bool is_due(const struct receipt_load *load, uint64_t now_ms)
{
	return load->gate == NULL || atomic_load(&load->gate->committed) >= load->mark ||
	       now_ms - load->read_ms >= ANSWERS_WAIT_MS;
}

/* Move what is due to a list of its own, at most ROUND_LOADS of it. */
static struct receipt_load *take_due(struct receipts *r, uint64_t now_ms)
{
	struct receipt_load *due = NULL, **end = &due, *load = r->head, *next;
	size_t taken = 0;

	r->head = r->tail = NULL;
	for (; load != NULL; load = next) {
		next = load->next;
		if (taken < ROUND_LOADS && is_due(load, now_ms)) {
			load->next = NULL;
			*end = load;
			end = &load->next;
			taken++;
		} else {
			append(r, load);
		}
	}
	return due;
}

static void give_back(struct receipts *r, struct receipt_load *load, bool published)
{
	load->published = published;
	(void)queue_put(r->gateway->loop, load, CLOCK_NEVER_MS);
}

/* --- publishing --------------------------------------------------------------------------------
 */

static void publish_body(struct receipts *r)
{
	mq_publish(r->mq, QUEUE_RECEIPT, r->body.data, r->body.len);
	receipt_bundle_begin(&r->body);
}

static void publish_messages(struct receipts *r, const struct receipt_load *due)
{
	for (; due != NULL; due = due->next)
		if (due->messages.len > 0)
			mq_publish(r->mq, QUEUE_INBOUND, due->messages.data, due->messages.len);
}

static void publish_receipts(struct receipts *r, const struct receipt_load *due)
{
	size_t in_body = 0;

	receipt_bundle_begin(&r->body);
	for (; due != NULL; due = due->next) {
		for (size_t i = 0; i < due->count; i++) {
			if (due->asked[i].message)
				continue;
			if (!receipt_bundle_add(&r->body, &due->asked[i].receipt)) {
				publish_body(r);
				(void)receipt_bundle_add(&r->body, &due->asked[i].receipt);
				in_body = 0;
			}
			in_body++;
		}
	}
	if (in_body > 0)
		publish_body(r);
}

static bool declare(struct receipts *r, struct err *err)
{
	if (!r->declared)
		r->declared = topology_declare_receipts(r->mq, err) &&
			      topology_declare_inbound(r->mq, err);
	return r->declared;
}

/* A connection once lost is opened anew, and the queues are declared anew: the broker may have lost
 * them with everything else. */
static void connect_anew(struct receipts *r)
{
	const struct mq_options options = {
		.url = r->gateway->broker_url,
		.name = r->gateway->application,
		.timeout_ms = CALL_MS,
	};
	struct err err = {0};

	if (r->mq != NULL && mq_usable(r->mq))
		return;
	r->declared = false;
	mq_close(&r->mq);
	if (!mq_open(&options, &r->mq, &err))
		panic("the broker's URL was readable at start: %s", err.msg);
}

static void complain(struct receipts *r, const struct err *err)
{
	if (clock_mono_ms() < r->complain_at_ms)
		return;
	r->complain_at_ms = clock_mono_ms() + COMPLAIN_MS;
	log_warn("receipts wait for the broker", LS("error", err->msg));
}

static bool publish(struct receipts *r, const struct receipt_load *due, uint64_t deadline_ms)
{
	struct err err = {0};

	connect_anew(r);
	if (declare(r, &err)) {
		publish_messages(r, due);
		publish_receipts(r, due);
		if (mq_confirm(r->mq, deadline_ms, &err))
			return true;
		/* Refused: a queue is gone perhaps. */
		r->declared = r->declared && err.kind != ERR_REFUSED;
	}
	complain(r, &err);
	return false;
}

static bool is_overdue(const struct receipts *r, const struct receipt_load *load, uint64_t now_ms)
{
	uint64_t until_ms = atomic_load(&r->gateway->receipts_until_ms);

	return now_ms - load->read_ms >= (uint64_t)r->gateway->receipt_wait_ms ||
	       (until_ms != 0 && now_ms >= until_ms);
}

/* Give those back that have waited too long; the rest stays. */
static struct receipt_load *drop_overdue(struct receipts *r, struct receipt_load *due,
					 uint64_t now_ms)
{
	struct receipt_load *left = NULL, **end = &left, *next;

	for (; due != NULL; due = next) {
		next = due->next;
		due->next = NULL;
		if (is_overdue(r, due, now_ms)) {
			give_back(r, due, false);
		} else {
			*end = due;
			end = &due->next;
		}
	}
	return left;
}

static void round_trip(struct receipts *r)
{
	uint64_t now_ms = clock_mono_ms();
	struct receipt_load *due = take_due(r, now_ms), *next;

	while (due != NULL) {
		if (publish(r, due, clock_mono_ms() + CONFIRM_MS)) {
			for (; due != NULL; due = next) {
				next = due->next;
				give_back(r, due, true);
			}
			return;
		}
		due = drop_overdue(r, due, clock_mono_ms());
		if (due != NULL) {
			struct timespec pause = {.tv_nsec = 100000000};

			nanosleep(&pause, NULL);
		}
	}
}

/* --- the thread --------------------------------------------------------------------------------
 */

static void *run(void *arg)
{
	struct receipts *r = arg;
	struct mq_delivery none;
	struct err err;

	while (!atomic_load(&r->stopping) || r->head != NULL || queue_len(r->queue) > 0) {
		collect(r);
		if (r->head != NULL)
			round_trip(r);
		else if (r->mq != NULL) /* keeps the connection alive */
			(void)mq_take(r->mq, 0, -1, &none, &err);
	}
	return NULL;
}

struct receipts *receipts_start(const struct gateway *gateway)
{
	struct receipts *r = mem_calloc(1, sizeof(*r));

	r->gateway = gateway;
	r->queue = queue_new(LOADS_MAX);
	buf_init(&r->body, BUNDLE_BYTES);
	if (pthread_create(&r->thread, NULL, run, r) != 0)
		panic("the receipt thread cannot be started");
	return r;
}

void receipts_stop(struct receipts **handle)
{
	struct receipts *r = *handle;

	if (r == NULL)
		return;
	atomic_store(&r->stopping, true);
	(void)queue_try_put(r->queue, &poke);
	pthread_join(r->thread, NULL);
	mq_close(&r->mq);
	buf_deinit(&r->body);
	while (queue_try_take(r->queue) != NULL)
		;
	queue_free(&r->queue);
	mem_free(r);
	*handle = NULL;
}

struct receipt_load *receipt_load_new(struct gate *gate)
{
	struct receipt_load *load = mem_alloc(sizeof(*load));

	memset(load, 0, offsetof(struct receipt_load, asked));
	load->note.kind = NOTE_RECEIPTS;
	load->gate = gate;
	load->read_ms = clock_mono_ms();
	return load;
}

struct receipt_asked *receipt_load_add(struct receipt_load *load, const struct receipt_asker *asker)
{
	struct receipt_asked *asked = &load->asked[load->count++];

	asked->asker = *asker;
	asked->message = false;
	return asked;
}

bool receipt_load_add_message(struct receipt_load *load, const struct receipt_asker *asker,
			      const struct inbound_part *part)
{
	if (load->messages.len == 0) {
		buf_init(&load->messages, INBOUND_BUNDLE_BYTES);
		inbound_bundle_begin(&load->messages);
	}
	if (!inbound_bundle_add(&load->messages, part))
		return false;
	receipt_load_add(load, asker)->message = true;
	return true;
}

void receipt_load_free(struct receipt_load *load)
{
	if (load != NULL)
		buf_deinit(&load->messages);
	mem_free(load);
}

bool receipts_put(struct receipts *r, struct receipt_load *load)
{
	return queue_try_put(r->queue, load);
}

void receipts_poke(struct receipts *r)
{
	if (atomic_exchange(&r->waiting, false))
		(void)queue_try_put(r->queue, &poke);
}
