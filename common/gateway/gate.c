/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gate - life of an account, what others should know of it, its receipts (contract in gate.h). */
#include "common/gateway/gate.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/gateway/answer.h"
#include "common/gateway/claim.h"

/* Answers and receipts are gathered so long: each hand-over is a transaction. */
#define HAND_MS	    20
#define SECOND_MS   1000
#define BLOCKED_MS  3000 /* nothing could be written that long: others may have the messages */
#define NOTES_MAX   64
#define BUNDLES_MAX 256
#define SLOTS	    32768
#define SLOT_STRIDE 257 /* accounts of one process count into rows of their own */

/* --- metrics -----------------------------------------------------------------------------------
 */

struct namer {
	const char *daemon;
	char name[96], labels[96];
};

static const char *named(struct namer *n, const char *what)
{
	snprintf(n->name, sizeof(n->name), "vestnik_%s_%s", n->daemon, what);
	return n->name;
}

static struct metric *counter(struct namer *n, const char *what, const char *help)
{
	return metrics_counter(named(n, what), help, n->labels);
}

static struct metric *gauge(struct namer *n, const char *what, const char *help)
{
	return metrics_gauge(named(n, what), help, n->labels);
}

static struct metric *histogram(struct namer *n, const char *what, const char *help)
{
	return metrics_histogram(named(n, what), help, n->labels);
}

static void register_refusals(struct gate_metrics *m, const struct gateway_kind *kind,
			      const char *account)
{
	struct namer n = {.daemon = kind->name};

	for (int refusal = REFUSAL_NONE + 1; refusal < REFUSAL_COUNT; refusal++) {
		if (refusal == REFUSAL_REBIND && !kind->rebinds)
			continue;
		snprintf(n.labels, sizeof(n.labels), "account=\"%s\",action=\"%s\"", account,
			 refusal_word((enum refusal)refusal));
		m->refused[refusal] =
			counter(&n, "refused_parts_total", "Parts refused, by what that means");
	}
}

static void register_metrics(struct gate_metrics *m, const struct gateway_kind *kind,
			     const char *account)
{
	struct namer n = {.daemon = kind->name};

	snprintf(n.labels, sizeof(n.labels), "account=\"%s\"", account);
	m->unwritten = gauge(&n, "unwritten_parts", "Parts claimed and not yet written");
	m->epoch = gauge(&n, "lease_epoch", "Epoch of the lease held; 0: not held");
	m->submitted = counter(&n, "submitted_parts_total", "Parts written");
	m->accepted = counter(&n, "accepted_parts_total", "Parts accepted");
	m->throttled = counter(&n, "throttled_total", "Times the operator slowed the account");
	m->timeouts = counter(&n, "response_timeouts_total", "Parts not answered in time");
	m->doubts = counter(&n, "in_doubt_total", "Messages put in doubt");
	m->receipts = counter(&n, "receipts_total", "Receipts handed on");
	m->receipts_refused = counter(&n, "receipts_refused_total",
				      "Receipts the operator was asked to deliver again");
	m->replies = counter(&n, "messages_received_total",
			     "Messages from phones, and parts of such, handed on");
	m->replies_refused =
		counter(&n, "messages_refused_total",
			"Messages from phones the operator was asked to deliver again");
	m->answer_time = histogram(&n, "answer_seconds", "From writing a part to its answer");
	m->claim_time = histogram(&n, "claim_seconds", "Transactions that claim slices");
	register_refusals(m, kind, account);
}

/* --- what others should know -------------------------------------------------------------------
 */

bool gate_owned(const struct gate *g)
{
	return !g->dropped && lease_valid(g->lease);
}

void gate_wake_claims(struct gate *g)
{
	static struct note wake = {NOTE_WAKE};

	if (!atomic_exchange(&g->wake_posted, true))
		(void)queue_try_put(g->claims, &wake);
}

/* Whether nothing could be written for long. */
static bool blocked(struct gate *g, bool room, uint64_t now_ms)
{
	if (room && !rate_paused(&g->rate, now_ms)) {
		g->unwritable_since_ms = 0;
		return false;
	}
	if (g->unwritable_since_ms == 0)
		g->unwritable_since_ms = now_ms;
	return now_ms - g->unwritable_since_ms >= BLOCKED_MS;
}

void gate_publish(struct gate *g, bool sends, bool room)
{
	bool may_send;

	sends = sends && !g->stopped;
	may_send = g->phase == GATE_RUNNING && sends && gate_owned(g) &&
		   !blocked(g, room, clock_mono_ms());
	atomic_store(&g->allowed, rate_allowed(&g->rate));
	atomic_store(&g->measured, g->rate.measured);
	if (atomic_exchange(&g->may_send, may_send) != may_send)
		gate_wake_claims(g);
	if (!g->dropped)
		lease_report(g->lease, !sends, g->stopped_reason);
}

void gate_stop(struct gate *g, const char *reason)
{
	if (!g->stopped)
		log_error("account stopped, waiting for a person to correct it",
			  LS("account", g->settings->name), LS("reason", reason));
	g->stopped = true;
	snprintf(g->stopped_reason, sizeof(g->stopped_reason), "%s", reason);
}

void gate_second(struct gate *g, uint64_t now_ms)
{
	rate_tick(&g->rate, now_ms, g->written);
	g->written = 0;
	pacer_set_rate(&g->pacer, rate_allowed(&g->rate));
	metric_set(g->metrics.unwritten,
		   atomic_load(&g->unwritten[LANE_URGENT]) + atomic_load(&g->unwritten[LANE_BULK]));
	g->second_at_ms = now_ms + SECOND_MS;
}

/* --- receipts ----------------------------------------------------------------------------------
 */

void gate_hand_soon(struct gate *g)
{
	const struct timeval soon = {0, HAND_MS * 1000};

	if (!event_pending(g->hand, EV_TIMEOUT, NULL))
		event_add(g->hand, &soon);
}

struct receipt_load *gate_load(struct gate *g, struct receipt_load **full_out)
{
	*full_out = NULL;
	if (g->load != NULL && g->load->count == RECEIPT_LOAD_MAX)
		*full_out = gate_hand_receipts(g);
	if (g->load == NULL) {
		g->load = receipt_load_new(g);
		gate_hand_soon(g);
	}
	return g->load;
}

struct receipt_load *gate_hand_receipts(struct gate *g)
{
	struct receipt_load *load = g->load;

	if (load == NULL)
		return NULL;
	g->load = NULL;
	/* Answers read before these receipts are in this bundle or an earlier one. */
	gate_hand_bundle(g);
	load->mark = g->handed;
	if (!receipts_put(g->gateway->receipts, load))
		return load;
	g->receipts_pending++;
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------
 */

void gate_open(struct gate *g, struct gateway *gateway, struct lease *lease, int32_t epoch,
	       struct gateway_settings *settings)
{
	uint64_t now_ms = clock_mono_ms();

	g->gateway = gateway;
	g->settings = settings;
	g->lease = lease;
	g->epoch = epoch;
	g->slot = (int16_t)((daemon_slot() + settings->account_id * SLOT_STRIDE) % SLOTS);
	g->claims = queue_new(NOTES_MAX);
	g->answers = queue_new(BUNDLES_MAX);
	g->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (g->stop_fd < 0)
		panic("no file descriptors left for account %s", settings->name);
	register_metrics(&g->metrics, gateway->kind, settings->name);
	metric_set(g->metrics.epoch, epoch);
	pacer_init(&g->pacer, (uint32_t)settings->parts_per_s);
	rate_init(&g->rate, (uint32_t)settings->parts_per_s, now_ms);
	g->second_at_ms = now_ms + SECOND_MS;
	if (settings->problem[0] != '\0')
		gate_stop(g, settings->problem);
}

void gate_set_settings(struct gate *g, struct gateway_settings *settings)
{
	settings->older = g->settings;
	g->settings = settings;
	g->stopped = false;
	g->stopped_reason[0] = '\0';
	if (g->rate.configured == (uint32_t)settings->parts_per_s)
		return;
	rate_init(&g->rate, (uint32_t)settings->parts_per_s, clock_mono_ms());
	pacer_set_rate(&g->pacer, rate_allowed(&g->rate));
	/* Claims were measured by the old rate; a pause of three seconds is no obstacle now. */
	g->unwritable_since_ms = 0;
	gate_wake_claims(g);
}

void gate_start_threads(struct gate *g)
{
	if (pthread_create(&g->answer_thread, NULL, answer_thread, g) != 0 ||
	    pthread_create(&g->claim_thread, NULL, claim_thread, g) != 0)
		panic("no thread can be started for account %s", g->settings->name);
	g->answer_running = g->claim_running = true;
}

void gate_drain(struct gate *g)
{
	const uint64_t one = 1;

	if (g->phase != GATE_RUNNING)
		return;
	g->phase = GATE_DRAINING;
	g->drain_until_ms = clock_mono_ms() + (uint64_t)g->gateway->drain_ms;
	(void)!write(g->stop_fd, &one, sizeof(one));
	gate_wake_claims(g);
}

bool gate_drained(const struct gate *g, uint32_t outstanding, uint64_t now_ms)
{
	return !g->claim_running && (outstanding == 0 || now_ms >= g->drain_until_ms);
}

bool gate_ended(struct gate *g)
{
	if (g->receipts_pending > 0)
		return false;
	gate_hand_bundle(g);
	if (g->ready_head == NULL)
		atomic_store(&g->answers_end, true);
	return !g->answer_running;
}

void gate_thread_ended(struct gate *g, enum note_kind kind)
{
	if (kind == NOTE_CLAIM_ENDED) {
		pthread_join(g->claim_thread, NULL);
		g->claim_running = false;
	} else {
		pthread_join(g->answer_thread, NULL);
		g->answer_running = false;
	}
}

static void free_bundles(struct gate *g)
{
	struct bundle *b;

	mem_free(g->bundle);
	while ((b = g->ready_head) != NULL) {
		g->ready_head = b->next;
		mem_free(b);
	}
	while ((b = queue_try_take(g->answers)) != NULL)
		mem_free(b);
}

/* Nothing of it was written; the next epoch finds it claimed and unanswered. */
static void discard_queue(struct gate *g)
{
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		struct slice *slice = g->queue_head[lane], *next;

		for (; slice != NULL; slice = next) {
			next = slice->next;
			slice->unresolved -= (uint16_t)(slice->count - slice->cursor);
			slice->cursor = slice->count;
			gate_slice_done(slice);
		}
		g->queue_head[lane] = g->queue_tail[lane] = NULL;
	}
}

static void free_settings(struct gate *g)
{
	const struct gateway_kind *kind = g->gateway->kind;
	struct gateway_settings *s = g->settings, *older;

	for (; s != NULL; s = older) {
		older = s->older;
		kind->settings_free(&s);
	}
	kind->settings_free(&g->next_settings);
}

void gate_close(struct gate *g)
{
	discard_queue(g);
	free_bundles(g);
	receipt_load_free(g->load);
	while (queue_try_take(g->claims) != NULL)
		;
	queue_free(&g->claims);
	queue_free(&g->answers);
	close(g->stop_fd);
	metric_set(g->metrics.epoch, 0);
	metric_set(g->metrics.unwritten, 0);
	free_settings(g);
}
