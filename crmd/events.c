/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* events - what other systems tell us: events from queue crm.in into the database.
 *
 * A batch is one transaction and is acknowledged after COMMIT, so a crmd that is killed loses
 * nothing; what comes again is known by its id, so nothing is done twice. */
#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/broker/topology.h"
#include "crmd/batch.h"
#include "crmd/loops.h"

#define PREFETCH   (2 * BATCH_EVENTS_MAX)
#define TURN_MS	   1000
#define CONFIRM_MS 5000
#define FLUSH_MS   2000

static struct {
	struct metric *outcome[EVENT_DEAD + 1];
	struct metric *transaction;
} metrics;

static void metrics_init(void)
{
	static const char *const labels[] = {
		[EVENT_DONE] = "outcome=\"done\"",   [EVENT_KNOWN] = "outcome=\"known\"",
		[EVENT_STALE] = "outcome=\"stale\"", [EVENT_REFUSED] = "outcome=\"refused\"",
		[EVENT_DEAD] = "outcome=\"dead\"",
	};

	for (size_t i = 0; i <= EVENT_DEAD; i++)
		metrics.outcome[i] = metrics_counter("vestnik_crm_events_total",
						     "Events of other systems", labels[i]);
	metrics.transaction = metrics_histogram("vestnik_crm_events_transaction_seconds",
						"Time to store one batch of events", NULL);
}

static bool begin_consuming(struct worker *w)
{
	struct err err;

	while (worker_broker(w)) {
		if (mq_consume(w->mq, QUEUE_CRM_IN, PREFETCH, &err)) {
			log_info("consuming events");
			worker_ready(w, true, "");
			return true;
		}
		log_err("the broker does not let us consume, will try again", &err);
		if (!worker_sleep(TURN_MS))
			break;
	}
	return false;
}

/* Dead letters are sent by ourselves, because the broker would not say why. */
static bool bury_dead(struct worker *w, const struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct event *e = &b->events[i];

		if (e->outcome == EVENT_DEAD)
			mq_publish_to(w->mq,
				      &(struct mq_envelope){.exchange = "",
							    .routing_key = QUEUE_CRM_IN_DEAD,
							    .message_id = e->id,
							    .reason = e->reason},
				      e->body, e->len);
	}
	return mq_confirm(w->mq, clock_mono_ms() + CONFIRM_MS, err);
}

static void count_outcomes(const struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		metric_add(metrics.outcome[b->events[i].outcome], 1);
}

/* Take a batch, do it, acknowledge it.  False: the broker is lost. */
static bool turn(struct worker *w, struct batch *b, struct err *err)
{
	uint64_t begun_ns;

	if (!batch_gather(b, w->mq, clock_mono_ms() + TURN_MS, daemon_stop_fd(), err))
		return false;
	if (b->count == 0)
		return true;
	begun_ns = clock_mono_ns();
	if (!batch_store(w, b->events, b->count))
		return true; /* stopping */
	metric_observe_us(metrics.transaction, (clock_mono_ns() - begun_ns) / 1000);
	if (!bury_dead(w, b, err))
		return false;
	mq_ack(w->mq, b->events[b->count - 1].tag, true);
	count_outcomes(b);
	batch_advance(b);
	return true;
}

void events_loop(struct worker *w)
{
	struct batch batch;
	struct err err;
	bool consuming = false;

	metrics_init();
	batch_init(&batch);
	while (!daemon_stopping()) {
		if (!consuming && !begin_consuming(w))
			break;
		consuming = true;
		worker_alive(w);
		if (turn(w, &batch, &err))
			continue;
		log_err("broker lost; what is not acknowledged comes again", &err);
		batch_clear(&batch);
		consuming = false;
	}
	if (consuming && !mq_flush(w->mq, clock_mono_ms() + FLUSH_MS, &err))
		log_warn("last acknowledgements were not written; their events come again");
	batch_deinit(&batch);
}
