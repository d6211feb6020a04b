/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* loop - see loop.h. */
#include "smppd/loop.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/queue.h"
#include "smppd/account.h"
#include "smppd/claim.h"
#include "smppd/receipts.h"

#define NOTES_MAX    4096
#define NOTES_A_TURN 256

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

/* --- life --------------------------------------------------------------------------------------
 */

/* Names are looked up by libevent's own resolver, which never blocks. */
static struct evdns_base *make_resolver(struct event_base *base)
{
	struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	if (dns == NULL)
		panic("libevent is out of memory");
	(void)evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	return dns;
}

bool loop_init(struct loop *loop, struct err *err)
{
	loop->base = event_base_new();
	if (loop->base == NULL)
		return err_set(err, ERR_IO, "libevent finds no way to wait for sockets here");
	loop->dns = make_resolver(loop->base);
	loop->context.loop = queue_new(NOTES_MAX);
	loop->note_event = event_new(loop->base, queue_fd(loop->context.loop), EV_READ | EV_PERSIST,
				     on_notes, loop);
	event_add(loop->note_event, NULL);
	return true;
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
	for (struct account *a = loop->accounts; a != NULL; a = a->next)
		account_close(a, false);
	leave_loop_when_done(loop);
}

/* Notes that came after the loop had ended: nothing but lease notes and wake-ups is left. */
static void drain_notes(struct loop *loop)
{
	struct note *note;

	while ((note = queue_try_take(loop->context.loop)) != NULL)
		if (note->kind == NOTE_LEASE)
			mem_free(note);
}

void loop_deinit(struct loop *loop)
{
	if (loop->base == NULL)
		return;
	event_free(loop->note_event);
	drain_notes(loop);
	queue_free(&loop->context.loop);
	evdns_base_free(loop->dns, 0);
	event_base_free(loop->base);
	loop->base = NULL;
}
