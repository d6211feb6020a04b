/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smppd - SMPP sessions to operators: claims slices of batches, sends them within window and rate,
 * commits the answers, hands receipts on.
 *
 * Threads: the event thread (this one) owns all sockets and never blocks; one lease thread and one
 * receipt thread for the process; a claiming and an answering thread for every account owned.  They
 * meet in bounded queues.  docs/architecture.md holds the contract. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/queue.h"
#include "common/broker/mq.h"
#include "smppd/account.h"
#include "smppd/answer.h"
#include "smppd/claim.h"
#include "smppd/lease.h"
#include "smppd/receipts.h"

#define NOTES_MAX	4096
#define NOTES_A_TURN	256
#define TICK_MS		250
#define DRAIN_MS	8000 /* for outstanding answers, at a stop */
#define GIVE_UP_MS	9000 /* the skeleton ends the process soon after */
#define RECEIPT_WAIT_MS 8000

struct smppd_config {
	char *database_url, *broker_url;
	struct config_list accounts;
};

static const struct config_row config_rows[] = {
	{"database.url", CONFIG_STR, offsetof(struct smppd_config, database_url), NULL, 0, 0, NULL,
	 "PostgreSQL, e.g. postgresql://vestnik_smppd@127.0.0.1/vestnik"},
	{"broker.url", CONFIG_STR, offsetof(struct smppd_config, broker_url), NULL, 0, 0, NULL,
	 "RabbitMQ, e.g. amqp://vestnik:secret@127.0.0.1/%2F"},
	{"accounts", CONFIG_LIST, offsetof(struct smppd_config, accounts), "[]", 0, 0, NULL,
	 "names of the accounts this process may own; none: all"},
	{NULL, CONFIG_STR, 0, NULL, 0, 0, NULL, NULL},
};

struct smppd {
	struct loop loop;
	uint64_t stop_at_ms; /* when the stop was asked for */
	bool gave_up;
};

/* --- accounts ----------------------------------------------------------------------------------
 */

static struct account *account_of(struct loop *loop, const struct lease *lease)
{
	for (struct account *a = loop->accounts; a != NULL; a = a->next)
		if (a->shared.lease == lease)
			return a;
	return NULL;
}

static void add_account(struct loop *loop, struct lease *lease, int32_t epoch,
			const struct settings *settings)
{
	struct account *a = account_open(loop, lease, epoch, settings);

	a->next = loop->accounts;
	loop->accounts = a;
}

static void remove_account(struct loop *loop, struct account *a)
{
	struct account **at = &loop->accounts;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
}

static void leave_loop_when_done(struct loop *loop)
{
	if (loop->stopping && loop->accounts == NULL)
		event_base_loopbreak(loop->base);
}

void loop_account_gone(struct account *a)
{
	struct loop *loop = a->loop;
	struct lease *lease = a->shared.lease;
	struct settings settings = a->next_settings;
	int32_t epoch = a->shared.epoch;
	bool reopen = a->reopen && !loop->stopping && !a->dropped && lease_valid(lease);

	log_info("account closed", LS("account", a->shared.settings.name), LI("epoch", epoch));
	remove_account(loop, a);
	account_free(a);
	if (reopen)
		add_account(loop, lease, epoch, &settings);
	else
		lease_release(lease);
	explicit_bzero(&settings, sizeof(settings));
	leave_loop_when_done(loop);
}

static void on_lease_note(struct loop *loop, struct lease_note *note)
{
	struct account *a = account_of(loop, note->lease);

	switch (note->event) {
	case LEASE_WON:
		if (loop->stopping)
			lease_release(note->lease);
		else
			add_account(loop, note->lease, note->epoch, &note->settings);
		break;
	case LEASE_CHANGED:
		if (a == NULL)
			break;
		a->reopen = true;
		a->next_settings = note->settings;
		account_close(a, false);
		break;
	case LEASE_REVOKED:
		if (a != NULL) {
			a->reopen = false;
			account_close(a, false);
		}
		break;
	case LEASE_LOST:
		if (a != NULL)
			account_close(a, true);
		else
			lease_release(note->lease);
		break;
	}
	explicit_bzero(&note->settings, sizeof(note->settings));
	mem_free(note);
}

/* --- notes -------------------------------------------------------------------------------------
 */

static void on_note(struct loop *loop, struct note *note)
{
	struct slice *slice;
	struct recall *recall;

	switch (note->kind) {
	case NOTE_LEASE:
		on_lease_note(loop, (struct lease_note *)note);
		break;
	case NOTE_SLICE:
		slice = (struct slice *)note;
		account_take_slice((struct account *)slice->shared, slice);
		break;
	case NOTE_RECALL:
		recall = (struct recall *)note;
		account_recall((struct account *)recall->shared, recall);
		break;
	case NOTE_CLAIM_ENDED:
		account_claim_ended((struct account *)((struct ended_note *)note)->shared);
		break;
	case NOTE_ANSWER_ENDED:
		account_answer_ended((struct account *)((struct ended_note *)note)->shared);
		break;
	case NOTE_RECEIPTS:
		account_receipts_done((struct receipt_load *)note);
		break;
	case NOTE_WAKE:
		break;
	}
}

static void on_notes(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	void *notes[NOTES_A_TURN];
	size_t count = queue_take_many(loop->context.loop, notes, NOTES_A_TURN);

	(void)fd;
	(void)what;
	for (size_t i = 0; i < count; i++)
		on_note(loop, notes[i]);
}

/* --- stopping ----------------------------------------------------------------------------------
 */

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct smppd *d = arg;

	(void)fd;
	(void)what;
	event_del(d->loop.stop_event);
	d->loop.stopping = true;
	d->stop_at_ms = clock_mono_ms();
	log_info("stopping: what is unwritten goes back, answers are waited for");
	for (struct account *a = d->loop.accounts; a != NULL; a = a->next)
		account_close(a, false);
	leave_loop_when_done(&d->loop);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct smppd *d = arg;

	(void)fd;
	(void)what;
	daemon_alive();
	if (!d->loop.stopping || d->gave_up || clock_mono_ms() - d->stop_at_ms < GIVE_UP_MS)
		return;
	d->gave_up = true;
	log_error("stores do not answer: what is in hand will be in doubt");
	for (struct account *a = d->loop.accounts; a != NULL; a = a->next)
		account_give_up(a);
}

/* --- life --------------------------------------------------------------------------------------
 */

static void name_process(struct context *c)
{
	char host[40] = "";

	(void)gethostname(host, sizeof(host) - 1);
	snprintf(c->application, sizeof(c->application), "smppd/%s", daemon_instance());
	snprintf(c->owner, sizeof(c->owner), "smppd/%.16s/%s/%d/%08x", daemon_instance(), host,
		 (int)getpid(), (unsigned)arc4random());
}

/* Names are looked up by libevent's own resolver, which never blocks. */
static struct evdns_base *make_resolver(struct event_base *base)
{
	struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	if (dns == NULL)
		panic("libevent is out of memory");
	(void)evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	return dns;
}

static bool start(void *state, const void *config, struct err *err)
{
	struct smppd *d = state;
	struct loop *loop = &d->loop;
	const struct smppd_config *c = config;
	const struct timeval tick = {0, TICK_MS * 1000};
	struct mq *probe = NULL;
	const struct mq_options broker = {.url = c->broker_url, .name = "smppd"};

	if (!mq_open(&broker, &probe, err)) /* reads the URL, connects nothing */
		return err_wrap(err, "broker.url");
	mq_close(&probe);
	loop->context.database_url = c->database_url;
	loop->context.broker_url = c->broker_url;
	loop->context.drain_ms = DRAIN_MS;
	loop->context.receipt_wait_ms = RECEIPT_WAIT_MS;
	name_process(&loop->context);
	loop->base = event_base_new();
	if (loop->base == NULL)
		return err_set(err, ERR_IO, "libevent finds no way to wait for sockets here");
	loop->dns = make_resolver(loop->base);
	loop->context.loop = queue_new(NOTES_MAX);
	loop->note_event = event_new(loop->base, queue_fd(loop->context.loop), EV_READ | EV_PERSIST,
				     on_notes, loop);
	loop->stop_event =
		event_new(loop->base, daemon_stop_fd(), EV_READ | EV_PERSIST, on_stop, d);
	loop->tick_event = event_new(loop->base, -1, EV_PERSIST, on_tick, d);
	event_add(loop->note_event, NULL);
	event_add(loop->stop_event, NULL);
	event_add(loop->tick_event, &tick);
	loop->context.receipts = receipts_start(&loop->context);
	loop->leases = leases_start(&loop->context, c->accounts.items, c->accounts.count);
	return true;
}

static bool run(void *state, struct err *err)
{
	struct smppd *d = state;

	(void)err;
	event_base_dispatch(d->loop.base);
	return true;
}

/* Notes that came after the loop had ended: nothing but lease notes and wake-ups is left. */
static void drain_notes(struct loop *loop)
{
	struct note *note;

	while ((note = queue_try_take(loop->context.loop)) != NULL)
		if (note->kind == NOTE_LEASE)
			mem_free(note);
}

static void free_event(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

static void stop(void *state)
{
	struct loop *loop = &((struct smppd *)state)->loop;

	receipts_stop(&loop->context.receipts);
	leases_stop(&loop->leases);
	free_event(loop->note_event);
	free_event(loop->stop_event);
	free_event(loop->tick_event);
	if (loop->context.loop != NULL) {
		drain_notes(loop);
		queue_free(&loop->context.loop);
	}
	if (loop->dns != NULL)
		evdns_base_free(loop->dns, 0);
	if (loop->base != NULL)
		event_base_free(loop->base);
}

int main(int argc, char **argv)
{
	static const struct daemon_spec spec = {
		.name = "smppd",
		.purpose = "SMPP sessions to operators",
		.config = config_rows,
		.config_size = sizeof(struct smppd_config),
		.state_size = sizeof(struct smppd),
		.start = start,
		.run = run,
		.stop = stop,
	};

	return daemon_main(argc, argv, &spec);
}
