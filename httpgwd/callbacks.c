/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* callbacks - the server, calls that wait for the broker, answers (contract in callbacks.h). */
#include "httpgwd/callbacks_internal.h"

#include <string.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/gateway/gate.h"

#define CALLS_MAX	1024
#define CONNECTIONS_MAX 1000
#define STOP_MS		8000
#define HAND_MS		20
#define CALLS_A_TURN	64

/* --- loads -------------------------------------------------------------------------------------
 */

/* Receipts wait for the answers of their account, where this process commits those. */
static struct gate *gate_of(struct callbacks *c, int16_t account_id)
{
	struct gate *g = c->httpgwd->gateway.gates;

	while (g != NULL && (g->settings->account_id != account_id || g->phase >= GATE_ENDING))
		g = g->next;
	return g;
}

static void hand_own(struct callbacks *c)
{
	struct receipt_load *load = c->load;

	c->load = NULL;
	if (load == NULL)
		return;
	if (receipts_put(c->httpgwd->gateway.receipts, load))
		c->pending++;
	else
		callbacks_answer(c, load);
}

static void on_hand(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	hand_own(arg);
}

static struct receipt_load *own_load(struct callbacks *c)
{
	const struct timeval soon = {0, HAND_MS * 1000};

	if (c->load != NULL && c->load->count == RECEIPT_LOAD_MAX)
		hand_own(c);
	if (c->load == NULL) {
		c->load = receipt_load_new(NULL);
		event_add(c->hand, &soon);
	}
	return c->load;
}

struct receipt_load *callback_load(struct callbacks *c, int16_t account_id)
{
	struct gate *g = gate_of(c, account_id);
	struct receipt_load *full, *load;

	if (g == NULL)
		return own_load(c);
	load = gate_load(g, &full);
	if (full != NULL)
		callbacks_answer(c, full);
	return load;
}

void callback_hand(struct callbacks *c, int16_t account_id)
{
	struct gate *g = gate_of(c, account_id);
	struct receipt_load *refused = NULL;

	if (g == NULL)
		hand_own(c);
	else
		refused = gate_hand_receipts(g);
	if (refused != NULL)
		callbacks_answer(c, refused);
}

/* --- answers -----------------------------------------------------------------------------------
 */

static const struct {
	const char *word; /* in metrics */
	int status;
	const char *text;
} results[CALL_RESULTS] = {
	[CALL_TAKEN] = {"taken", 200, ""},
	[CALL_OTHER] = {"other", 200, ""},
	[CALL_FORGED] = {"forged", 403, "forbidden\n"},
	[CALL_UNREADABLE] = {"unreadable", 400, "not understood\n"},
	[CALL_TOO_MANY] = {"too_many", 429, "too many requests\n"},
	[CALL_AGAIN] = {"again", 503, "not stored, call again\n"},
};

static void count(struct callbacks *c, struct caller *caller, enum call_result result)
{
	if (caller == NULL) {
		metric_add(c->strangers, 1);
		return;
	}
	metric_add(caller->calls[result], 1);
}

void callback_reply(struct callbacks *c, struct http_call *call, struct caller *caller,
		    const struct provider_profile *profile, enum call_result result)
{
	int status = results[result].status;

	count(c, caller, result);
	if (status == 200)
		http_reply(call, status, profile->report.answer_type, profile->report.answer,
			   strlen(profile->report.answer));
	else
		http_reply(call, status, "text/plain", results[result].text,
			   strlen(results[result].text));
	if (status == 429 || status == 503)
		http_reply_header(call, "Retry-After", "5");
	http_call_done(call);
}

struct slot *callback_slot(struct callbacks *c)
{
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		struct slot *slot = &c->slots[i];

		if (slot->call != NULL)
			continue;
		slot->generation++;
		slot->waits = 1; /* until it is sealed */
		slot->failed = false;
		return slot;
	}
	return NULL;
}

static void slot_step(struct callbacks *c, struct slot *slot)
{
	struct http_call *call = slot->call;

	if (--slot->waits > 0)
		return;
	slot->call = NULL;
	c->waiting--;
	callback_reply(c, call, slot->caller, slot->profile,
		       slot->failed ? CALL_AGAIN : CALL_TAKEN);
}

void callback_sealed(struct callbacks *c, struct slot *slot)
{
	slot_step(c, slot);
}

static void count_load(const struct receipt_load *load, int64_t messages)
{
	const struct gate_metrics *m;

	if (load->gate == NULL)
		return;
	m = &load->gate->metrics;
	metric_add(load->published ? m->receipts : m->receipts_refused,
		   (int64_t)load->count - messages);
	metric_add(load->published ? m->replies : m->replies_refused, messages);
}

void callbacks_answer(struct callbacks *c, struct receipt_load *load)
{
	int64_t messages = 0;

	for (size_t i = 0; i < load->count; i++) {
		const struct receipt_asked *asked = &load->asked[i];

		messages += asked->message;
		if (c == NULL || asked->asker.place >= SLOTS_MAX)
			continue;
		if (c->slots[asked->asker.place].generation != asked->asker.generation)
			continue;
		c->slots[asked->asker.place].failed |= !load->published;
		slot_step(c, &c->slots[asked->asker.place]);
	}
	count_load(load, messages);
	receipt_load_free(load);
}

void callbacks_done(struct callbacks *c, struct receipt_load *load)
{
	if (c != NULL && load->gate == NULL)
		c->pending--;
	callbacks_answer(c, load);
}

/* --- calls come --------------------------------------------------------------------------------
 */

static void to_queue(struct http_call *call, void *worker)
{
	(void)call;
	(void)worker;
}

static const struct http_route routes[] = {
	{"GET", "/callback/{account}/{token}", HTTP_BODY_NONE, 0, 0, 0, to_queue, NULL},
	{"POST", "/callback/{account}/{token}", HTTP_BODY_WHOLE, CALL_BYTES_MAX, 0, 0, to_queue,
	 NULL},
};

static void on_calls(evutil_socket_t fd, short what, void *arg)
{
	struct callbacks *c = arg;
	void *calls[CALLS_A_TURN];
	size_t n = queue_take_many(c->calls, calls, CALLS_A_TURN);

	(void)fd;
	(void)what;
	for (size_t i = 0; i < n; i++)
		callback_take(c, calls[i]);
}

static void *serve(void *arg)
{
	struct callbacks *c = arg;
	struct err err = {0};

	if (!http_server_run(c->server, daemon_stop_fd(), STOP_MS, &err))
		log_err("calls of providers are no longer taken", &err);
	atomic_store(&c->ended, true);
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------
 */

/* Headers that profiles verify calls by. */
static const char *const *wanted_headers(const struct shelf *shelf)
{
	static const char *names[17];
	size_t n = 0;

	names[n++] = "x-twilio-signature";
	for (size_t i = 0; i < shelf->count && n + 2 < sizeof(names) / sizeof(*names); i++) {
		const struct profile_verify_part *v = &shelf->profiles[i]->verify;

		if (v->name[0] != '\0')
			names[n++] = v->name;
		if (v->time[0] != '\0')
			names[n++] = v->time;
	}
	names[n] = NULL;
	return names;
}

bool callbacks_start(struct httpgwd *h, struct callbacks **out, struct err *err)
{
	struct callbacks *c = mem_calloc(1, sizeof(*c));
	const struct http_options options = {
		.listen = h->config->listen,
		.connections_max = CONNECTIONS_MAX,
		.routes = routes,
		.route_count = sizeof(routes) / sizeof(*routes),
		.queues = &c->calls,
		.headers = wanted_headers(&h->shelf),
		.raw_query = true,
	};

	c->httpgwd = h;
	c->calls = queue_new(CALLS_MAX);
	if (!http_server_new(&options, &c->server, err)) {
		queue_free(&c->calls);
		mem_free(c);
		return err_wrap(err, "http.listen");
	}
	c->strangers = metrics_counter("vestnik_httpgwd_strange_calls_total",
				       "Calls that name no account", NULL);
	c->calls_event =
		event_new(h->gateway.base, queue_fd(c->calls), EV_READ | EV_PERSIST, on_calls, c);
	c->hand = evtimer_new(h->gateway.base, on_hand, c);
	event_add(c->calls_event, NULL);
	if (pthread_create(&c->thread, NULL, serve, c) != 0)
		panic("no thread can be started for calls of providers");
	log_info("providers may call", LI("port", http_server_port(c->server)));
	*out = c;
	return true;
}

bool callbacks_busy(const struct callbacks *c)
{
	return c != NULL && (!atomic_load(&c->ended) || c->pending > 0 || c->load != NULL);
}

void callbacks_stop(struct callbacks **handle)
{
	struct callbacks *c = *handle;
	struct caller *caller;

	if (c == NULL)
		return;
	pthread_join(c->thread, NULL);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (c->slots[i].call != NULL)
			http_call_done(c->slots[i].call);
	http_server_free(&c->server);
	event_free(c->calls_event);
	event_free(c->hand);
	receipt_load_free(c->load);
	queue_free(&c->calls);
	directory_free(&c->directory);
	while ((caller = c->callers) != NULL) {
		c->callers = caller->next;
		mem_free(caller);
	}
	mem_free(c);
	*handle = NULL;
}
