/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gateway - see gateway.h. */
#include "common/gateway/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/queue.h"
#include "common/broker/mq.h"
#include "common/gateway/claim.h"
#include "common/gateway/gate.h"
#include "common/gateway/receipts.h"

#define TICK_MS		    250
#define DRAIN_MS	    8000 /* for outstanding answers, at a stop */
#define RECEIPTS_AT_STOP_MS 4000 /* a broker that is away then holds the stop no longer */
#define RECEIPT_WAIT_MS	    8000
#define NOTES_MAX	    4096
#define NOTES_A_TURN	    256

/* --- accounts ----------------------------------------------------------------------------------
 */

static struct gate *gate_of(struct gateway *g, const struct lease *lease)
{
	for (struct gate *a = g->gates; a != NULL; a = a->next)
		if (a->lease == lease)
			return a;
	return NULL;
}

static void add_gate(struct gateway *g, struct lease *lease, int32_t epoch,
		     struct gateway_settings *settings)
{
	struct gate *a = g->kind->open(g, lease, epoch, settings);

	a->next = g->gates;
	g->gates = a;
}

static void remove_gate(struct gateway *g, const struct gate *gate)
{
	struct gate **at = &g->gates;

	while (*at != gate)
		at = &(*at)->next;
	*at = gate->next;
}

static void leave_loop_when_done(struct gateway *g)
{
	if (g->stopping && g->gates == NULL && (g->kind->busy == NULL || !g->kind->busy(g)))
		event_base_loopbreak(g->base);
}

void gateway_gate_gone(struct gate *gate)
{
	struct gateway *g = gate->gateway;
	struct lease *lease = gate->lease;
	int32_t epoch = gate->epoch;
	bool reopen =
		gate->next_settings != NULL && !g->stopping && !gate->dropped && lease_valid(lease);
	struct gateway_settings *settings = NULL;

	if (reopen) {
		settings = gate->next_settings;
		gate->next_settings = NULL;
	}
	log_info("account closed", LS("account", gate->settings->name), LI("epoch", epoch));
	remove_gate(g, gate);
	g->kind->release(gate);
	if (reopen)
		add_gate(g, lease, epoch, settings);
	else
		lease_release(lease);
	leave_loop_when_done(g);
}

/* --- notes -------------------------------------------------------------------------------------
 */

static void free_lease_note(const struct gateway *g, struct lease_note *note)
{
	g->kind->settings_free(&note->settings);
	mem_free(note);
}

static struct gateway_settings *take_settings(struct lease_note *note)
{
	struct gateway_settings *settings = note->settings;

	note->settings = NULL;
	return settings;
}

static void change(struct gateway *g, struct gate *gate, struct gateway_settings *settings)
{
	bool ready = gate->phase == GATE_RUNNING && !gate->dropped && settings->problem[0] == '\0';

	if (ready && g->kind->apply != NULL && g->kind->apply(gate, settings))
		return;
	g->kind->settings_free(&gate->next_settings);
	gate->next_settings = settings;
	g->kind->close(gate, false);
}

static void on_lease_note(struct gateway *g, struct lease_note *note)
{
	struct gate *a = gate_of(g, note->lease);

	switch (note->event) {
	case LEASE_WON:
		if (g->stopping)
			lease_release(note->lease);
		else
			add_gate(g, note->lease, note->epoch, take_settings(note));
		break;
	case LEASE_CHANGED:
		if (a != NULL)
			change(g, a, take_settings(note));
		break;
	case LEASE_REVOKED:
		if (a != NULL) {
			g->kind->settings_free(&a->next_settings);
			g->kind->close(a, false);
		}
		break;
	case LEASE_LOST:
		if (a != NULL)
			g->kind->close(a, true);
		else
			lease_release(note->lease);
		break;
	}
	free_lease_note(g, note);
}

static void on_slice(struct gateway *g, struct slice *slice)
{
	struct gate *gate = slice->gate;

	if (gate_take_slice(gate, slice))
		g->kind->pump(gate);
}

static void on_receipts(struct gateway *g, struct receipt_load *load)
{
	if (load->gate != NULL)
		load->gate->receipts_pending--;
	g->kind->receipts_done(g, load);
}

static void on_note(struct gateway *g, struct note *note)
{
	switch (note->kind) {
	case NOTE_LEASE:
		on_lease_note(g, (struct lease_note *)note);
		break;
	case NOTE_SLICE:
		on_slice(g, (struct slice *)note);
		break;
	case NOTE_RECALL:
		gate_recall(((struct recall *)note)->gate, (struct recall *)note);
		break;
	case NOTE_CLAIM_ENDED:
	case NOTE_ANSWER_ENDED:
		gate_thread_ended(((struct ended_note *)note)->gate, note->kind);
		break;
	case NOTE_RECEIPTS:
		on_receipts(g, (struct receipt_load *)note);
		break;
	case NOTE_OWN:
		g->kind->note(g, note);
		break;
	case NOTE_WAKE:
		break;
	}
}

static void on_notes(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g = arg;
	void *notes[NOTES_A_TURN];
	size_t count = queue_take_many(g->loop, notes, NOTES_A_TURN);

	(void)fd;
	(void)what;
	for (size_t i = 0; i < count; i++)
		on_note(g, notes[i]);
}

/* --- stopping ----------------------------------------------------------------------------------
 */

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g = arg;

	(void)fd;
	(void)what;
	event_del(g->stop_event);
	atomic_store(&g->receipts_until_ms, clock_mono_ms() + RECEIPTS_AT_STOP_MS);
	log_info("stopping: what is unwritten goes back, answers are waited for");
	g->stopping = true;
	for (struct gate *a = g->gates; a != NULL; a = a->next)
		g->kind->close(a, false);
	leave_loop_when_done(g);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *g = arg;

	(void)fd;
	(void)what;
	daemon_alive();
	daemon_ready(leases_kept(g->leases), "the database does not answer: no lease is kept");
	leave_loop_when_done(g);
}

/* --- life --------------------------------------------------------------------------------------
 */

static void name_process(struct gateway *g)
{
	char host[40] = "";

	(void)gethostname(host, sizeof(host) - 1);
	snprintf(g->application, sizeof(g->application), "%s/%s", g->kind->name, daemon_instance());
	snprintf(g->owner, sizeof(g->owner), "%s/%.16s/%s/%d/%08x", g->kind->name,
		 daemon_instance(), host, (int)getpid(), (unsigned)arc4random());
}

static void make_events(struct gateway *g)
{
	const struct timeval tick = {0, TICK_MS * 1000};

	g->note_event = event_new(g->base, queue_fd(g->loop), EV_READ | EV_PERSIST, on_notes, g);
	g->stop_event = event_new(g->base, daemon_stop_fd(), EV_READ | EV_PERSIST, on_stop, g);
	g->tick_event = event_new(g->base, -1, EV_PERSIST, on_tick, g);
	event_add(g->note_event, NULL);
	event_add(g->stop_event, NULL);
	event_add(g->tick_event, &tick);
}

bool gateway_start(struct gateway *g, const struct gateway_kind *kind,
		   const struct gateway_config *config, struct err *err)
{
	const struct mq_options broker = {.url = config->broker_url, .name = kind->name};
	struct mq *probe = NULL;

	if (!mq_open(&broker, &probe, err)) /* reads the URL, connects nothing */
		return err_wrap(err, "broker.url");
	mq_close(&probe);
	if (!vault_load(config->secrets_key_file, &g->vault, err))
		return err_wrap(err, "secrets.key_file");
	g->kind = kind;
	g->database_url = config->database_url;
	g->broker_url = config->broker_url;
	g->drain_ms = DRAIN_MS;
	g->receipt_wait_ms = RECEIPT_WAIT_MS;
	name_process(g);
	g->base = event_base_new();
	if (g->base == NULL)
		return err_set(err, ERR_IO, "libevent finds no way to wait for sockets here");
	g->loop = queue_new(NOTES_MAX);
	make_events(g);
	g->receipts = receipts_start(g);
	g->leases = leases_start(g, config->accounts.items, config->accounts.count);
	return true;
}

void gateway_run(struct gateway *g)
{
	event_base_dispatch(g->base);
}

/* Notes that came after the loop had ended: nothing of an account is among them. */
static void drain_notes(struct gateway *g)
{
	struct note *note;

	while ((note = queue_try_take(g->loop)) != NULL)
		if (note->kind == NOTE_LEASE)
			free_lease_note(g, (struct lease_note *)note);
		else if (note->kind == NOTE_OWN)
			g->kind->note(g, note);
}

void gateway_stop(struct gateway *g)
{
	receipts_stop(&g->receipts);
	leases_stop(&g->leases);
	vault_free(&g->vault);
	if (g->base == NULL)
		return;
	event_free(g->stop_event);
	event_free(g->tick_event);
	event_free(g->note_event);
	drain_notes(g);
	queue_free(&g->loop);
	event_base_free(g->base);
	g->base = NULL;
}
