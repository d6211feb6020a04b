/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - opening, timers, draining and closing of an account (contract in account.h). */
#include "httpgwd/account.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "httpgwd/callbacks.h"
#include "httpgwd/inquiries.h"

#define TICK_MS	     50
#define FAILURES_MAX 3
#define REST_MIN_MS  1000
#define REST_MAX_MS  60000

/* --- what others should know -------------------------------------------------------------------
 */

static void register_metrics(struct account_metrics *m, const char *name)
{
	char l[64];

	snprintf(l, sizeof(l), "account=\"%s\"", name);
	m->requests = metrics_counter("vestnik_httpgwd_requests_total", "Requests written", l);
	m->under_way =
		metrics_gauge("vestnik_httpgwd_requests_under_way", "Requests not answered yet", l);
	m->unreadable = metrics_counter("vestnik_httpgwd_unreadable_answers_total",
					"Answers that say neither yes nor no", l);
	m->resting = metrics_gauge("vestnik_httpgwd_resting",
				   "1 while a provider that fails is left alone", l);
}

void account_publish(struct account *a)
{
	bool rests = account_rests(a, clock_mono_ms());

	gate_publish(&a->gate, !rests, a->busy_count < account_limit(a));
}

void account_stop(struct account *a, const char *reason)
{
	gate_stop(&a->gate, reason);
	account_publish(a);
}

unsigned account_limit(const struct account *a)
{
	return a->failures > 0 ? 1 : (unsigned)a->settings->connections;
}

bool account_rests(const struct account *a, uint64_t now_ms)
{
	return now_ms < a->rest_until_ms;
}

void account_failed(struct account *a, const char *reason)
{
	uint64_t rest_ms = REST_MIN_MS;

	a->failures++;
	log_warn("provider does not answer", LS("account", a->gate.settings->name),
		 LS("reason", reason), LI("in_a_row", a->failures));
	if (a->failures < FAILURES_MAX)
		return;
	for (unsigned i = FAILURES_MAX; i < a->failures && rest_ms < REST_MAX_MS; i++)
		rest_ms *= 2;
	a->rest_until_ms = clock_mono_ms() + (rest_ms < REST_MAX_MS ? rest_ms : REST_MAX_MS);
	account_publish(a);
}

void account_answered(struct account *a)
{
	if (a->failures == 0)
		return;
	a->failures = 0;
	a->rest_until_ms = 0;
	account_publish(a);
}

/* --- timers ------------------------------------------------------------------------------------
 */

static void step_phase(struct account *a, uint64_t now_ms);

static void drop(struct account *a)
{
	a->gate.dropped = true;
	account_cut(a);
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

static void hand_receipts(struct account *a)
{
	struct receipt_load *refused = gate_hand_receipts(&a->gate);

	if (refused != NULL)
		callbacks_answer(a->httpgwd->callbacks, refused);
}

static void account_tick(struct account *a)
{
	uint64_t now_ms = clock_mono_ms();

	if (!a->gate.dropped && a->gate.phase < GATE_ENDING && !lease_valid(a->gate.lease)) {
		log_warn("lease is over, requests are cut", LS("account", a->gate.settings->name));
		account_close(a, true);
	}
	if (now_ms >= a->gate.second_at_ms) {
		gate_second(&a->gate, now_ms);
		metric_set(a->metrics.under_way, a->busy_count);
		metric_set(a->metrics.resting, account_rests(a, now_ms));
	}
	gate_hand_bundle(&a->gate);
	hand_receipts(a);
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

static void on_hand(evutil_socket_t fd, short what, void *arg)
{
	struct account *a = arg;

	(void)fd;
	(void)what;
	gate_hand_bundle(&a->gate);
	hand_receipts(a);
}

/* --- opening -----------------------------------------------------------------------------------
 */

static bool may_write(void *arg)
{
	const struct account *a = arg;

	return gate_owned(&a->gate);
}

/* The reference is added to it for each message. */
static void name_callback(struct account *a)
{
	const char *public_url = a->httpgwd->config->public_url;
	size_t len = strlen(public_url);

	while (len > 0 && public_url[len - 1] == '/')
		len--;
	snprintf(a->callback, sizeof(a->callback), "%.*s/callback/%s/%s?r=", (int)len, public_url,
		 a->gate.settings->name, a->settings->token);
}

static struct gate *account_open(struct gateway *gateway, struct lease *lease, int32_t epoch,
				 struct gateway_settings *settings)
{
	struct account *a = mem_calloc(1, sizeof(*a));
	const struct timeval tick = {0, TICK_MS * 1000};

	a->httpgwd = (struct httpgwd *)gateway;
	a->settings = (const struct settings *)settings;
	a->rules = (struct transfer_rules){
		.allow_hosts = &a->httpgwd->config->allow_hosts,
		.ca_file = a->httpgwd->config->tls_ca_file,
		.agent = a->httpgwd->agent,
		.may_write = may_write,
		.arg = a,
	};
	gate_open(&a->gate, gateway, lease, epoch, settings);
	register_metrics(&a->metrics, settings->name);
	name_callback(a);
	a->fetcher = fetcher_new(gateway->base, (unsigned)a->settings->connections,
				 account_request_ended, a);
	a->tick = event_new(gateway->base, -1, EV_PERSIST, on_tick, a);
	a->pace = evtimer_new(gateway->base, on_pace, a);
	a->gate.hand = evtimer_new(gateway->base, on_hand, a);
	event_add(a->tick, &tick);
	gate_start_threads(&a->gate);
	inquiries_add(a->httpgwd->inquiries, a->settings, lease);
	account_publish(a);
	log_info("account opened", LS("account", settings->name), LI("epoch", epoch),
		 LS("profile", a->settings->profile_name),
		 LI("connections", a->settings->connections));
	return &a->gate;
}

/* --- closing -----------------------------------------------------------------------------------
 */

static void step_phase(struct account *a, uint64_t now_ms)
{
	switch (a->gate.phase) {
	case GATE_DRAINING:
		if (!gate_drained(&a->gate, a->busy_count, now_ms))
			break;
		a->gate.phase = GATE_ENDING;
		account_cut(a); /* what nobody answered in all that time */
		break;
	case GATE_ENDING:
		if (gate_ended(&a->gate)) {
			a->gate.phase = GATE_GONE;
			gateway_gate_gone(&a->gate);
		}
		break;
	default:
		break;
	}
}

static void free_requests(struct request *q)
{
	while (q != NULL) {
		struct request *next = q->next;

		transfer_deinit(&q->transfer);
		buf_deinit(&q->texts);
		event_free(q->again);
		mem_free(q);
		q = next;
	}
}

static void account_free(struct account *a)
{
	inquiries_remove(a->httpgwd->inquiries, a->gate.settings->account_id);
	free_requests(a->busy);
	free_requests(a->spare);
	fetcher_free(&a->fetcher);
	event_free(a->tick);
	event_free(a->pace);
	event_free(a->gate.hand);
	metric_set(a->metrics.under_way, 0);
	metric_set(a->metrics.resting, 0);
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

static void on_receipts(struct gateway *gateway, struct receipt_load *load)
{
	callbacks_done(((struct httpgwd *)gateway)->callbacks, load);
}

static bool is_busy(const struct gateway *gateway)
{
	return callbacks_busy(((const struct httpgwd *)gateway)->callbacks);
}

const struct gateway_kind *account_kind(void)
{
	static const struct gateway_kind kind = {
		.name = "httpgwd",
		.reason_base = REASON_PROVIDER_BASE,
		/* Nobody has looked at the message: that is no try. */
		.slow = {429, REFUSED_UNREACHABLE},
		.slow_count = 2,
		.settings_load = settings_load,
		.settings_free = settings_free,
		.open = account_open,
		.close = on_close,
		.release = on_release,
		.pump = on_pump,
		.receipts_done = on_receipts,
		.busy = is_busy,
	};

	return &kind;
}
