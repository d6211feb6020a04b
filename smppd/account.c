/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - opening, timers, draining and closing of an account (contract in account.h). */
#include "smppd/account.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define TICK_MS 50

/* --- what others should know -------------------------------------------------------------------
 */

static void register_metrics(struct account_metrics *m, const char *name)
{
	char l[64];

	snprintf(l, sizeof(l), "account=\"%s\"", name);
	m->bound = metrics_gauge("vestnik_smppd_sessions_bound", "Sessions bound", l);
	m->window_used = metrics_gauge("vestnik_smppd_window_used",
				       "Parts written and not answered, all sessions", l);
	m->malformed = metrics_counter("vestnik_smppd_malformed_pdus_total",
				       "PDUs that could not be read", l);
	m->queries = metrics_counter("vestnik_smppd_queries_total",
				     "Parts whose centre was asked what became of them", l);
	m->queries_settled = metrics_counter("vestnik_smppd_queries_settled_total",
					     "Of these, answered with a final state", l);
}

bool account_owned(const struct account *a)
{
	return gate_owned(&a->gate);
}

static bool has_room(const struct account *a)
{
	for (int i = 0; i < a->session_count; i++)
		if (session_has_room(&a->sessions[i]) && !a->sessions[i].leaving)
			return true;
	return false;
}

void account_publish(struct account *a)
{
	gate_publish(&a->gate, account_can_send(a), has_room(a));
}

void account_stop(struct account *a, const char *reason)
{
	gate_stop(&a->gate, reason);
	account_publish(a);
}

/* Not for ever: the next bind may succeed. */
void account_bind_refused(struct account *a, const char *reason)
{
	if (!a->gate.stopped)
		snprintf(a->gate.stopped_reason, sizeof(a->gate.stopped_reason), "%s", reason);
	log_error("bind refused, waiting long before the next try",
		  LS("account", a->gate.settings->name), LS("reason", reason));
}

void account_session_changed(struct account *a, struct session *s)
{
	int64_t bound = 0;

	for (int i = 0; i < a->session_count; i++)
		bound += a->sessions[i].state == SESSION_BOUND;
	metric_set(a->metrics.bound, bound);
	if (s->state == SESSION_BOUND && !a->gate.stopped)
		a->gate.stopped_reason[0] = '\0';
	account_publish(a);
	if (s->state == SESSION_BOUND)
		account_pump(a);
}

/* --- timers ------------------------------------------------------------------------------------
 */

static void account_close(struct account *a, bool dropping);
static void step_phase(struct account *a, uint64_t now_ms);

static void each_second(struct account *a, uint64_t now_ms)
{
	for (int i = 0; i < a->session_count; i++)
		session_delivers_decay(&a->sessions[i]);
	gate_second(&a->gate, now_ms);
	metric_set(a->metrics.window_used, account_outstanding(a));
}

static void account_tick(struct account *a)
{
	uint64_t now_ms = clock_mono_ms();

	if (!a->gate.dropped && a->gate.phase < GATE_ENDING && !lease_valid(a->gate.lease)) {
		log_warn("lease is over, sessions are cut", LS("account", a->gate.settings->name));
		account_close(a, true);
	}
	for (int i = 0; i < a->session_count; i++)
		session_tick(&a->sessions[i], now_ms);
	if (now_ms >= a->gate.second_at_ms)
		each_second(a, now_ms);
	account_renew_stale(a);
	gate_hand_bundle(&a->gate);
	account_hand_receipts(a);
	account_pump(a);
	account_query_tick(a, now_ms);
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

static void on_hand(evutil_socket_t fd, short what, void *arg)
{
	struct account *a = arg;

	(void)fd;
	(void)what;
	gate_hand_bundle(&a->gate);
	account_hand_receipts(a);
}

/* --- opening -----------------------------------------------------------------------------------
 */

static void make_sessions(struct account *a, uint64_t now_ms)
{
	const struct settings *s = a->settings;

	a->session_count = settings_binds(s);
	for (int i = 0; i < a->session_count; i++) {
		session_init(&a->sessions[i], a, i);
		session_start(&a->sessions[i], now_ms);
	}
}

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

SSL_CTX *account_tls(const struct settings *s, struct err *err)
{
	const struct wire_tls tls = {
		.verify = s->tls == TLS_ON,
		.ca_file = or_null(s->tls_ca_file),
		.cert_file = or_null(s->tls_cert_file),
		.key_file = or_null(s->tls_key_file),
	};

	return wire_tls_new(&tls, err);
}

static void make_tls(struct account *a)
{
	const struct settings *s = a->settings;
	struct err err = {0};

	if (s->tls == TLS_OFF)
		return;
	a->tls = account_tls(s, &err);
	if (a->tls == NULL)
		account_stop(a, err.msg);
}

static struct gate *account_open(struct gateway *gateway, struct lease *lease, int32_t epoch,
				 struct gateway_settings *settings)
{
	struct account *a = mem_calloc(1, sizeof(*a));
	const struct timeval tick = {0, TICK_MS * 1000};

	a->smppd = (struct smppd *)gateway;
	a->settings = (const struct settings *)settings;
	gate_open(&a->gate, gateway, lease, epoch, settings);
	register_metrics(&a->metrics, settings->name);
	submitter_init(&a->submitter, a->settings);
	bind_throttle_init(&a->throttle, (uint32_t)a->settings->binds_per_min);
	a->tick = event_new(gateway->base, -1, EV_PERSIST, on_tick, a);
	a->pace = evtimer_new(gateway->base, on_pace, a);
	a->gate.hand = evtimer_new(gateway->base, on_hand, a);
	event_add(a->tick, &tick);
	if (!a->gate.stopped)
		make_tls(a);
	if (!a->gate.stopped)
		make_sessions(a, clock_mono_ms());
	gate_start_threads(&a->gate);
	account_query_set(a);
	account_publish(a);
	log_info("account opened", LS("account", settings->name), LI("epoch", epoch),
		 LI("sessions", a->session_count));
	return &a->gate;
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
	a->gate.dropped = true;
	cut_sessions(a, "the lease is over");
	/* What is queued goes back by the claiming thread, if the database still lets this epoch.
	 */
}

static void account_close(struct account *a, bool dropping)
{
	gate_drain(&a->gate);
	if (dropping && !a->gate.dropped)
		drop(a);
	account_publish(a);
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
	account_query_stop(a);
	a->gate.phase = GATE_ENDING;
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
	switch (a->gate.phase) {
	case GATE_DRAINING:
		if (gate_drained(&a->gate, account_outstanding(a), now_ms))
			begin_ending(a);
		break;
	case GATE_ENDING:
		if (gave_up())
			cut_sessions(a, "unbinding takes too long");
		if (sessions_closed(a) && gate_ended(&a->gate)) {
			a->gate.phase = GATE_GONE;
			gateway_gate_gone(&a->gate);
		}
		break;
	default:
		break;
	}
}

static void account_free(struct account *a)
{
	for (int i = 0; i < a->session_count; i++)
		session_deinit(&a->sessions[i]);
	account_query_stop(a);
	bind_throttle_deinit(&a->throttle);
	submitter_deinit(&a->submitter);
	event_free(a->tick);
	event_free(a->pace);
	event_free(a->gate.hand);
	if (a->tls != NULL)
		SSL_CTX_free(a->tls);
	metric_set(a->metrics.bound, 0);
	metric_set(a->metrics.window_used, 0);
	gate_close(&a->gate);
	mem_free(a);
}

/* --- hooks -------------------------------------------------------------------------------------
 */

static void on_close(struct gate *gate, bool dropping)
{
	account_close((struct account *)gate, dropping);
}

static void on_release(struct gate *gate)
{
	account_free((struct account *)gate);
}

static void on_pump(struct gate *gate)
{
	account_pump((struct account *)gate);
}

const struct gateway_kind *account_kind(void)
{
	static struct gateway_kind kind = {
		.name = "smppd",
		.reason_base = REASON_SMPP_BASE,
		.rebinds = true,
		.settings_load = settings_load,
		.settings_free = settings_free,
		.open = account_open,
		.apply = account_apply,
		.close = on_close,
		.release = on_release,
		.pump = on_pump,
		.note = account_note,
		.receipts_done = account_receipts_done,
	};

	kind.slow_count = 0;
	for (uint32_t status = 1; status <= UINT8_MAX; status++)
		if (smpp_status_action(status) == SMPP_SLOW && kind.slow_count < GATEWAY_SLOW_MAX)
			kind.slow[kind.slow_count++] = status;
	return &kind;
}
