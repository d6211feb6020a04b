/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* worker - the loop over tickets. */
#include "dispatcherd/worker.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/base/patience.h"
#include "common/broker/topology.h"
#include "dispatcherd/chunk.h"

#define TURN_MS		   1000 /* the loop turns at least this often */
#define PUBLISH_TIMEOUT_MS 2000 /* then schedulerd publishes again */
#define PAUSE_MS	   1000 /* before work that failed is tried again */
#define UNCONFIRMED_MAX	   16
#define UNCONFIRMED_MS	   5 /* with nothing at hand, before confirms are waited for */
#define PREFETCH_URGENT	   (4 + UNCONFIRMED_MAX)
#define PREFETCH_BULK	   2 /* the next one is here when this one is done */
#define PENDING_MAX	   (PREFETCH_URGENT + PREFETCH_BULK)
#define CONFLICTS_MAX	   5
/* Urgent tickets go first, but not for ever: after so many in a row one bulk ticket has its turn.
 */
#define URGENT_ROW_MAX	   8

struct ticket {
	int64_t chunk_id;
	uint64_t tag;
	enum lane lane;
	bool again; /* somebody had it before and came to no end */
};

struct meters {
	struct metric *chunks, *messages, *suppressed, *stuck, *failures, *seconds;
};

struct worker {
	const struct worker_config *config;
	struct pg *pg;
	struct mq *mq;
	struct chunker *chunker;
	struct patience patience;
	struct meters meters;
	bool consuming;
	struct ticket pending[PENDING_MAX];
	size_t pending_count;
	/* Chunks done whose batch tickets the broker has not confirmed yet. */
	uint64_t unconfirmed[UNCONFIRMED_MAX];
	size_t unconfirmed_count;
	int urgent_row;		      /* urgent tickets taken since the last bulk one */
	bool declared[INT16_MAX + 1]; /* account queues known to this broker connection */
};

static void meters_init(struct meters *m)
{
	m->chunks = metrics_counter("vestnik_dispatcherd_chunks_total",
				    "Chunks turned into batches and committed", NULL);
	m->messages = metrics_counter("vestnik_dispatcherd_messages_total",
				      "Messages rendered and stored", NULL);
	m->suppressed = metrics_counter("vestnik_dispatcherd_suppressed_total",
					"Clients who got no message, with a reason stored", NULL);
	m->stuck = metrics_counter("vestnik_dispatcherd_chunks_stuck_total",
				   "Chunks given up after being taken too often", NULL);
	m->failures = metrics_counter("vestnik_dispatcherd_failures_total",
				      "Attempts at a chunk that failed", NULL);
	m->seconds = metrics_histogram("vestnik_dispatcherd_chunk_seconds",
				       "Time from taking a chunk to its commit", NULL);
}

bool worker_new(const struct worker_config *config, struct worker **out, struct err *err)
{
	char name[64];
	struct pg_options pg_options = {.url = config->database_url, .application = name};
	struct mq_options mq_options = {.url = config->broker_url, .name = name};
	struct worker *w = mem_calloc(1, sizeof(*w));

	(void)snprintf(name, sizeof(name), "dispatcherd/%s", daemon_instance());
	w->config = config;
	w->patience = PATIENCE_NONE;
	meters_init(&w->meters);
	if (!pg_open(&pg_options, &w->pg, err)) {
		err_wrap(err, "database");
	} else if (!mq_open(&mq_options, &w->mq, err)) {
		err_wrap(err, "broker");
	} else if (patience_init(&w->patience, daemon_stop_fd(), err)) {
		w->chunker = chunker_new((int16_t)daemon_slot());
		*out = w;
		return true;
	}
	worker_free(&w);
	return false;
}

void worker_free(struct worker **worker)
{
	struct worker *w = *worker;

	if (w == NULL)
		return;
	patience_deinit(&w->patience);
	chunker_free(&w->chunker);
	mq_close(&w->mq);
	pg_close(&w->pg);
	mem_free(w);
	*worker = NULL;
}

/* Wait before trying again; false: the daemon stops. */
static bool worker_pause(void)
{
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	daemon_alive();
	(void)poll(&stop, 1, PAUSE_MS);
	return !daemon_stopping();
}

/* --- the broker ----------------------------------------------------------------------------------
 */

static bool lane_wanted(const struct worker *w, enum lane lane)
{
	return w->config->lanes == WORKER_ALL ||
	       (w->config->lanes == WORKER_URGENT) == (lane == LANE_URGENT);
}

static bool consume(struct worker *w, enum lane lane, uint16_t prefetch, struct err *err)
{
	return !lane_wanted(w, lane) || mq_consume(w->mq, queue_chunk(lane), prefetch, err);
}

/* One bounded attempt to have a working broker connection that consumes. */
static bool broker_regain(struct worker *w, struct err *err)
{
	if (w->consuming && mq_usable(w->mq))
		return true;
	w->consuming = false;
	w->pending_count = w->unconfirmed_count = 0; /* the tags died; the tickets come again */
	memset(w->declared, 0, sizeof(w->declared));
	if (!mq_usable(w->mq) &&
	    !mq_reconnect_wait(w->mq, patience_round(&w->patience, PATIENCE_MS), err))
		return false;
	if (!topology_declare_chunks(w->mq, err) ||
	    !consume(w, LANE_URGENT, PREFETCH_URGENT, err) ||
	    !consume(w, LANE_BULK, PREFETCH_BULK, err))
		return false;
	w->consuming = true;
	log_info("consuming chunk tickets");
	daemon_ready(true, "");
	return true;
}

static void ticket_add(struct worker *w, const struct mq_delivery *delivery)
{
	struct ticket *ticket = &w->pending[w->pending_count];

	if (!ticket_parse("chunk", delivery->body, delivery->len, &ticket->chunk_id)) {
		log_error("a ticket that names no chunk is dropped", LS("queue", delivery->queue));
		mq_ack(w->mq, delivery->tag, false);
		return;
	}
	ticket->tag = delivery->tag;
	ticket->again = delivery->redelivered;
	ticket->lane =
		strcmp(delivery->queue, queue_chunk(LANE_URGENT)) == 0 ? LANE_URGENT : LANE_BULK;
	w->pending_count++;
}

/* Wait for the broker's word on urgent batches.  A failure is no loss: schedulerd publishes again
 * what nobody claimed. */
static void confirm_urgent(struct worker *w)
{
	struct err err;

	if (w->unconfirmed_count == 0)
		return;
	if (!mq_confirm(w->mq, clock_mono_ms() + PUBLISH_TIMEOUT_MS, &err))
		log_err("urgent batches stay for schedulerd to publish", &err,
			LI("chunks", w->unconfirmed_count));
	for (size_t i = 0; i < w->unconfirmed_count; i++)
		mq_ack(w->mq, w->unconfirmed[i], false);
	w->unconfirmed_count = 0;
}

/* Take what is there, at the first wait until `deadline_ms`. */
static bool tickets_take(struct worker *w, uint64_t deadline_ms, struct err *err)
{
	struct mq_delivery delivery;

	while (w->pending_count < PENDING_MAX) {
		if (!mq_take(w->mq, deadline_ms, daemon_stop_fd(), &delivery, err))
			return err->kind == ERR_TIMEOUT;
		ticket_add(w, &delivery);
		deadline_ms = 0;
	}
	return true;
}

/* With nothing at hand wait a turn for it; confirms come meanwhile and hold nobody up. */
static bool tickets_gather(struct worker *w, struct err *err)
{
	if (w->pending_count > 0)
		return tickets_take(w, 0, err);
	if (w->unconfirmed_count > 0) {
		if (!tickets_take(w, clock_mono_ms() + UNCONFIRMED_MS, err))
			return false;
		if (w->pending_count > 0)
			return true;
		confirm_urgent(w);
	}
	return tickets_take(w, clock_mono_ms() + TURN_MS, err);
}

/* The ticket of this lane that came first, else the first of all. */
static size_t ticket_find(const struct worker *w, enum lane lane)
{
	for (size_t i = 0; i < w->pending_count; i++) {
		if (w->pending[i].lane == lane)
			return i;
	}
	return 0;
}

static struct ticket ticket_next(struct worker *w)
{
	bool bulk_turn = w->urgent_row >= URGENT_ROW_MAX;
	size_t at = ticket_find(w, bulk_turn ? LANE_BULK : LANE_URGENT);
	struct ticket ticket = w->pending[at];

	w->urgent_row = ticket.lane == LANE_URGENT ? w->urgent_row + 1 : 0;
	w->pending_count--;
	memmove(w->pending + at, w->pending + at + 1,
		(w->pending_count - at) * sizeof(w->pending[0]));
	return ticket;
}

/* Send the tickets of urgent batches; confirm_urgent() waits for the broker's word. */
static void publish_urgent(struct worker *w, const struct chunk_report *report)
{
	struct err err;

	for (size_t i = 0; i < report->urgent_count; i++) {
		int16_t account = report->urgent[i].account_id;
		char queue[QUEUE_NAME_SIZE], body[TICKET_SIZE];
		size_t len = ticket_batch(report->urgent[i].batch_id, body);

		if (!w->declared[account]) {
			if (!topology_declare_account(w->mq, account, &err)) {
				log_err("queues of an account cannot be declared", &err,
					LI("account", account));
				return;
			}
			w->declared[account] = true;
		}
		mq_publish(w->mq, queue_batch(account, LANE_URGENT, queue), body, len);
	}
	mq_send(w->mq);
}

/* --- the database
 * ----------------------------------------------------------------------------------
 */

/* Have a usable connection again; false: the daemon stops. */
static bool database_regain(struct worker *w)
{
	struct err err;

	while (!pg_usable(w->pg)) {
		daemon_ready(false, "waiting for the database");
		if (!pg_reconnect_wait(w->pg, patience_round(&w->patience, PATIENCE_MS), &err)) {
			if (daemon_stopping())
				return false;
			if (err.kind != ERR_STOPPING)
				log_err("the database is not there", &err);
		}
		daemon_alive();
	}
	daemon_ready(true, "");
	return true;
}

/* Conditions of the server, not of the chunk: out of disk or memory, being shut down, read-only. */
static bool server_trouble(const char *sqlstate)
{
	static const char *const classes[] = {"53", "57P", "58", "25006"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(sqlstate, classes[i], strlen(classes[i])) == 0)
			return true;
	return false;
}

/* --- chunks --------------------------------------------------------------------------------------
 */

enum verdict {
	VERDICT_ACK,
	VERDICT_AGAIN,	 /* the same take goes on */
	VERDICT_REQUEUE, /* somebody shall take it anew */
	VERDICT_STOP,	 /* the daemon stops: the broker gives the ticket to another */
};

/* What a failed attempt at a chunk means. */
static enum verdict judge_failure(struct worker *w, int64_t chunk_id, struct err *err,
				  int *conflicts)
{
	bool commit_unknown = err->kind == ERR_UNKNOWN, done = false;
	const char *state = pg_sqlstate(w->pg);
	bool trouble = err->kind == ERR_REFUSED && server_trouble(state);

	metric_add(w->meters.failures, 1);
	if (err->kind == ERR_RETRY && ++*conflicts <= CONFLICTS_MAX) {
		pg_rollback(w->pg);
		return VERDICT_AGAIN;
	}
	log_err("chunk failed", err, LI("chunk", chunk_id), LS("sqlstate", state));
	pg_rollback(w->pg);
	if (!pg_usable(w->pg)) {
		if (!database_regain(w))
			return VERDICT_STOP;
		if (commit_unknown && !chunk_is_done(w->pg, chunk_id, &done, err))
			return VERDICT_AGAIN;
		return done ? VERDICT_ACK : VERDICT_AGAIN;
	}
	if (!worker_pause())
		return VERDICT_STOP;
	return trouble ? VERDICT_AGAIN : VERDICT_REQUEUE;
}

static void account_for(struct worker *w, int64_t chunk_id, const struct chunk_report *report,
			uint64_t since_ns)
{
	switch (report->outcome) {
	case CHUNK_STORED:
		metric_add(w->meters.chunks, 1);
		metric_add(w->meters.messages, report->messages);
		metric_add(w->meters.suppressed, report->suppressed);
		metric_observe_us(w->meters.seconds, (clock_mono_ns() - since_ns) / 1000);
		log_debug("chunk dispatched", LI("chunk", chunk_id),
			  LI("messages", report->messages), LI("suppressed", report->suppressed));
		break;
	case CHUNK_GIVEN_UP:
		metric_add(w->meters.stuck, 1);
		log_error(
			"chunk is stuck: taken too often without progress; see the failures above",
			LI("chunk", chunk_id));
		break;
	case CHUNK_PUT_BACK:
		log_debug("chunk waits again", LI("chunk", chunk_id));
		break;
	case CHUNK_NOT_HERE:
		break;
	}
}

static void work(struct worker *w, const struct ticket *ticket)
{
	enum verdict verdict = VERDICT_AGAIN;
	uint64_t since_ns = clock_mono_ns();
	struct chunk_report report;
	bool count_take = ticket->again;
	int conflicts = 0;
	struct err err;

	while (verdict == VERDICT_AGAIN) {
		daemon_alive();
		if (chunk_dispatch(w->chunker, w->pg, ticket->chunk_id, count_take, &report, &err))
			verdict = VERDICT_ACK;
		else
			verdict = judge_failure(w, ticket->chunk_id, &err, &conflicts);
		count_take = false;
	}
	if (verdict == VERDICT_REQUEUE)
		mq_reject(w->mq, ticket->tag, true);
	if (verdict != VERDICT_ACK)
		return;
	account_for(w, ticket->chunk_id, &report, since_ns);
	if (report.urgent_count == 0) {
		mq_ack(w->mq, ticket->tag, false);
		return;
	}
	publish_urgent(w, &report);
	w->unconfirmed[w->unconfirmed_count++] = ticket->tag;
	if (w->unconfirmed_count == UNCONFIRMED_MAX)
		confirm_urgent(w);
}

void worker_run(struct worker *w)
{
	while (!daemon_stopping()) {
		struct err err;
		struct ticket ticket;

		daemon_alive();
		if (!broker_regain(w, &err) || !tickets_gather(w, &err)) {
			w->consuming = false;
			if (daemon_stopping())
				break;
			daemon_ready(false, "waiting for the broker");
			if (err.kind != ERR_STOPPING)
				log_err("the broker is not there", &err);
			(void)worker_pause();
			continue;
		}
		if (w->pending_count == 0 || daemon_stopping())
			continue;
		ticket = ticket_next(w);
		work(w, &ticket);
	}
	confirm_urgent(w);
}
