/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - opening, timers, draining and closing of an account (contract in account.h). */
#include "smppd/account.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "smppd/answer.h"
#include "smppd/claim.h"

/* Answers and receipts are gathered so long: each hand-over is a transaction. */
#define HAND_MS	    20
#define TICK_MS	    50
#define SECOND_MS   1000
#define BLOCKED_MS  3000 /* nothing could be written that long: others may have the messages */
#define NOTES_MAX   64
#define BUNDLES_MAX 256
#define SLOTS	    32768
#define SLOT_STRIDE 257 /* accounts of one process count into rows of their own */

/* --- metrics -----------------------------------------------------------------------------------
 */

static const char *const ACTION_NAMES[] = {
	[SMPP_OK] = "ok",	  [SMPP_RETRY] = "retry", [SMPP_SLOW] = "slow",
	[SMPP_ROUTE] = "route",	  [SMPP_FAIL] = "fail",	  [SMPP_BAD] = "bad",
	[SMPP_REBIND] = "rebind",
};

static void register_refusals(struct account_metrics *m, const char *name)
{
	char labels[96];

	for (int action = SMPP_RETRY; action <= SMPP_REBIND; action++) {
		snprintf(labels, sizeof(labels), "account=\"%s\",action=\"%s\"", name,
			 ACTION_NAMES[action]);
		m->refused[action] = metrics_counter("vestnik_smppd_refused_parts_total",
						     "Parts refused, by what that means", labels);
	}
}

static void register_metrics(struct account_metrics *m, const char *name)
{
	char l[64];

	snprintf(l, sizeof(l), "account=\"%s\"", name);
	m->bound = metrics_gauge("vestnik_smppd_sessions_bound", "Sessions bound", l);
	m->window_used = metrics_gauge("vestnik_smppd_window_used",
				       "Parts written and not answered, all sessions", l);
	m->unwritten = metrics_gauge("vestnik_smppd_unwritten_parts",
				     "Parts claimed and not yet written", l);
	m->epoch = metrics_gauge("vestnik_smppd_lease_epoch",
				 "Epoch of the lease held; 0: not held", l);
	m->submitted = metrics_counter("vestnik_smppd_submitted_parts_total", "Parts written", l);
	m->accepted = metrics_counter("vestnik_smppd_accepted_parts_total", "Parts accepted", l);
	m->throttled = metrics_counter("vestnik_smppd_throttled_total",
				       "Times the operator slowed the account", l);
	m->timeouts = metrics_counter("vestnik_smppd_response_timeouts_total",
				      "Parts not answered in time", l);
	m->doubts = metrics_counter("vestnik_smppd_in_doubt_total", "Messages put in doubt", l);
	m->receipts = metrics_counter("vestnik_smppd_receipts_total", "Receipts handed on", l);
	m->receipts_refused =
		metrics_counter("vestnik_smppd_receipts_refused_total",
				"Receipts the operator was asked to deliver again", l);
	m->replies = metrics_counter("vestnik_smppd_messages_received_total",
				     "Messages from phones, and parts of such, handed on", l);
	m->replies_refused =
		metrics_counter("vestnik_smppd_messages_refused_total",
				"Messages from phones the operator was asked to deliver again", l);
	m->malformed = metrics_counter("vestnik_smppd_malformed_pdus_total",
				       "PDUs that could not be read", l);
	m->answer_time = metrics_histogram("vestnik_smppd_answer_seconds",
					   "From writing a part to its answer", l);
	m->claim_time = metrics_histogram("vestnik_smppd_claim_seconds",
					  "Transactions that claim slices", l);
	register_refusals(m, name);
}

/* --- what others should know -------------------------------------------------------------------
 */

bool account_owned(const struct account *a)
{
	return !a->dropped && lease_valid(a->shared.lease);
}

void shared_wake_claims(struct shared *s)
{
	static struct note wake = {NOTE_WAKE};

	if (!atomic_exchange(&s->wake_posted, true))
		(void)queue_try_put(s->claims, &wake);
}

/* Whether any session could take a part now, or has been able to lately. */
static bool blocked(struct account *a, uint64_t now_ms)
{
	bool writable = false;

	for (int i = 0; i < a->session_count && !writable; i++)
		writable = session_has_room(&a->sessions[i]);
	if (writable && !rate_paused(&a->rate, now_ms)) {
		a->unwritable_since_ms = 0;
		return false;
	}
	if (a->unwritable_since_ms == 0)
		a->unwritable_since_ms = now_ms;
	return now_ms - a->unwritable_since_ms >= BLOCKED_MS;
}

void account_publish(struct account *a)
{
	bool sends = account_can_send(a) && !a->stopped;
	bool may_send = a->phase == ACCOUNT_RUNNING && sends && account_owned(a) &&
			!blocked(a, clock_mono_ms());

	atomic_store(&a->shared.allowed, rate_allowed(&a->rate));
	atomic_store(&a->shared.measured, a->rate.measured);
	if (atomic_exchange(&a->shared.may_send, may_send) != may_send)
		shared_wake_claims(&a->shared);
	if (!a->dropped)
		lease_report(a->shared.lease, !sends, a->stopped_reason);
}

void account_stop(struct account *a, const char *reason)
{
	if (!a->stopped)
		log_error("account stopped, waiting for a person to correct it",
			  LS("account", a->shared.settings.name), LS("reason", reason));
	a->stopped = true;
	snprintf(a->stopped_reason, sizeof(a->stopped_reason), "%s", reason);
	account_publish(a);
}

/* Not for ever: the next bind may succeed. */
void account_bind_refused(struct account *a, const char *reason)
{
	if (!a->stopped)
		snprintf(a->stopped_reason, sizeof(a->stopped_reason), "%s", reason);
	log_error("bind refused, waiting long before the next try",
		  LS("account", a->shared.settings.name), LS("reason", reason));
}

void account_session_changed(struct account *a, struct session *s)
{
	int64_t bound = 0;

	for (int i = 0; i < a->session_count; i++)
		bound += a->sessions[i].state == SESSION_BOUND;
	metric_set(a->shared.metrics.bound, bound);
	if (s->state == SESSION_BOUND && !a->stopped)
		a->stopped_reason[0] = '\0';
	account_publish(a);
	if (s->state == SESSION_BOUND)
		account_pump(a);
}

/* --- timers ------------------------------------------------------------------------------------
 */

static void step_phase(struct account *a, uint64_t now_ms);

static void each_second(struct account *a, uint64_t now_ms)
{
	const struct account_metrics *m = &a->shared.metrics;

	for (int i = 0; i < a->session_count; i++)
		session_delivers_decay(&a->sessions[i]);
	rate_tick(&a->rate, now_ms, a->written);
	a->written = 0;
	pacer_set_rate(&a->pacer, rate_allowed(&a->rate));
	metric_set(m->window_used, account_outstanding(a));
	metric_set(m->unwritten, atomic_load(&a->shared.unwritten[LANE_URGENT]) +
					 atomic_load(&a->shared.unwritten[LANE_BULK]));
	a->second_at_ms = now_ms + SECOND_MS;
}

static void account_tick(struct account *a)
{
	uint64_t now_ms = clock_mono_ms();

	if (!a->dropped && a->phase < ACCOUNT_ENDING && !lease_valid(a->shared.lease)) {
		log_warn("lease is over, sessions are cut", LS("account", a->shared.settings.name));
		account_close(a, true);
	}
	for (int i = 0; i < a->session_count; i++)
		session_tick(&a->sessions[i], now_ms);
	if (now_ms >= a->second_at_ms)
		each_second(a, now_ms);
	account_hand_bundle(a);
	account_hand_receipts(a);
	account_pump(a);
	account_publish(a);
	step_phase(a, now_ms);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	account_tick(arg);
}

static void on_pace(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	account_pump(arg);
}

void account_hand_soon(struct account *a)
{
	const struct timeval soon = {0, HAND_MS * 1000};

	if (!event_pending(a->hand, EV_TIMEOUT, NULL))
		event_add(a->hand, &soon);
}

static void on_hand(evutil_socket_t fd, short what, void *arg)
{
	struct account *a = arg;

	(void)fd;
	(void)what;
	account_hand_bundle(a);
	account_hand_receipts(a);
}

/* --- opening -----------------------------------------------------------------------------------
 */

static void make_sessions(struct account *a, uint64_t now_ms)
{
	const struct settings *s = &a->shared.settings;
	int roles = s->tx_rx ? 2 : 1;

	a->session_count = s->sessions * roles;
	a->sessions = mem_calloc((size_t)a->session_count, sizeof(*a->sessions));
	for (int i = 0; i < a->session_count; i++) {
		enum session_role role = ROLE_BOTH;

		if (s->tx_rx)
			role = i % 2 == 0 ? ROLE_TRANSMITTER : ROLE_RECEIVER;
		session_init(&a->sessions[i], a, i, role);
		session_start(&a->sessions[i], now_ms);
	}
}

static void make_tls(struct account *a)
{
	const struct settings *s = &a->shared.settings;
	struct err err = {0};

	if (s->tls == TLS_OFF)
		return;
	a->tls = wire_tls_new(s->tls == TLS_ON, s->tls_ca_file[0] != '\0' ? s->tls_ca_file : NULL,
			      &err);
	if (a->tls == NULL)
		account_stop(a, err.msg);
}

static void make_shared(struct account *a, struct lease *lease, int32_t epoch,
			const struct settings *settings)
{
	struct shared *s = &a->shared;

	s->context = &a->loop->context;
	s->settings = *settings;
	s->lease = lease;
	s->epoch = epoch;
	s->slot = (int16_t)((daemon_slot() + settings->account_id * SLOT_STRIDE) % SLOTS);
	s->claims = queue_new(NOTES_MAX);
	s->answers = queue_new(BUNDLES_MAX);
	s->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->stop_fd < 0)
		panic("no file descriptors left for account %s", settings->name);
	register_metrics(&s->metrics, settings->name);
	metric_set(s->metrics.epoch, epoch);
}

static void start_threads(struct account *a)
{
	if (pthread_create(&a->answer_thread, NULL, answer_thread, &a->shared) != 0 ||
	    pthread_create(&a->claim_thread, NULL, claim_thread, &a->shared) != 0)
		panic("no thread can be started for account %s", a->shared.settings.name);
	a->answer_running = a->claim_running = true;
}

struct account *account_open(struct loop *loop, struct lease *lease, int32_t epoch,
			     const struct settings *settings)
{
	struct account *a = mem_calloc(1, sizeof(*a));
	const struct timeval tick = {0, TICK_MS * 1000};
	uint64_t now_ms = clock_mono_ms();

	a->loop = loop;
	make_shared(a, lease, epoch, settings);
	pacer_init(&a->pacer, (uint32_t)settings->parts_per_s);
	rate_init(&a->rate, (uint32_t)settings->parts_per_s, now_ms);
	submitter_init(&a->submitter, &a->shared.settings);
	a->second_at_ms = now_ms + SECOND_MS;
	a->tick = event_new(loop->base, -1, EV_PERSIST, on_tick, a);
	a->pace = evtimer_new(loop->base, on_pace, a);
	a->hand = evtimer_new(loop->base, on_hand, a);
	event_add(a->tick, &tick);
	make_tls(a);
	if (settings->tls == TLS_OFF || a->tls != NULL)
		make_sessions(a, now_ms);
	start_threads(a);
	account_publish(a);
	log_info("account opened", LS("account", settings->name), LI("epoch", epoch),
		 LI("sessions", a->session_count));
	return a;
}

/* --- closing -----------------------------------------------------------------------------------
 */

static void cut_sessions(struct account *a, const char *reason)
{
	for (int i = 0; i < a->session_count; i++) {
		a->sessions[i].wanted = false;
		session_end(&a->sessions[i], END_ASKED, reason);
	}
}

static void drop(struct account *a)
{
	a->dropped = true;
	cut_sessions(a, "the lease is over");
	/* What is queued goes back by the claiming thread, if the database still lets this epoch.
	 */
}

void account_close(struct account *a, bool dropping)
{
	const uint64_t one = 1;

	if (a->phase == ACCOUNT_RUNNING) {
		a->phase = ACCOUNT_DRAINING;
		a->drain_until_ms = clock_mono_ms() + (uint64_t)a->loop->context.drain_ms;
		(void)!write(a->shared.stop_fd, &one, sizeof(one));
		shared_wake_claims(&a->shared);
	}
	if (dropping && !a->dropped)
		drop(a);
	account_publish(a);
}

void account_claim_ended(struct account *a)
{
	pthread_join(a->claim_thread, NULL);
	a->claim_running = false;
}

void account_answer_ended(struct account *a)
{
	pthread_join(a->answer_thread, NULL);
	a->answer_running = false;
}

static bool sessions_closed(const struct account *a)
{
	for (int i = 0; i < a->session_count; i++)
		if (a->sessions[i].state != SESSION_CLOSED)
			return false;
	return true;
}

static void begin_ending(struct account *a)
{
	a->phase = ACCOUNT_ENDING;
	for (int i = 0; i < a->session_count; i++) {
		/* What nobody answered in all that time. */
		if (a->sessions[i].submits.open.count > 0)
			session_end(&a->sessions[i], END_ASKED, "answers are missing");
		else
			session_unbind(&a->sessions[i]);
	}
}

static void step_phase(struct account *a, uint64_t now_ms)
{
	switch (a->phase) {
	case ACCOUNT_DRAINING:
		if (!a->claim_running &&
		    (account_outstanding(a) == 0 || now_ms >= a->drain_until_ms))
			begin_ending(a);
		break;
	case ACCOUNT_ENDING:
		if (gave_up())
			cut_sessions(a, "unbinding takes too long");
		if (!sessions_closed(a) || a->receipts_pending > 0)
			break;
		account_hand_bundle(a);
		if (a->ready_head == NULL)
			atomic_store(&a->shared.answers_end, true);
		if (!a->answer_running) {
			a->phase = ACCOUNT_GONE;
			loop_account_gone(a);
		}
		break;
	default:
		break;
	}
}

static void free_bundles(struct account *a)
{
	struct bundle *b;

	mem_free(a->bundle);
	while ((b = a->ready_head) != NULL) {
		a->ready_head = b->next;
		mem_free(b);
	}
	while ((b = queue_try_take(a->shared.answers)) != NULL)
		mem_free(b);
}

void account_free(struct account *a)
{
	account_discard_queue(a);
	for (int i = 0; i < a->session_count; i++)
		session_deinit(&a->sessions[i]);
	mem_free(a->sessions);
	free_bundles(a);
	receipt_load_free(a->load);
	submitter_deinit(&a->submitter);
	event_free(a->tick);
	event_free(a->pace);
	event_free(a->hand);
	if (a->tls != NULL)
		SSL_CTX_free(a->tls);
	while (queue_try_take(a->shared.claims) != NULL)
		;
	queue_free(&a->shared.claims);
	queue_free(&a->shared.answers);
	close(a->shared.stop_fd);
	metric_set(a->shared.metrics.epoch, 0);
	metric_set(a->shared.metrics.bound, 0);
	metric_set(a->shared.metrics.window_used, 0);
	metric_set(a->shared.metrics.unwritten, 0);
	explicit_bzero(&a->shared.settings, sizeof(a->shared.settings));
	explicit_bzero(&a->next_settings, sizeof(a->next_settings));
	mem_free(a);
}
