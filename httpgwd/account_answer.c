/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_answer - what answers and silence mean for messages (contract in account.h). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/provider/inquiry.h"
#include "httpgwd/account.h"

#define TRIES_MAX    4 /* of one request that may be repeated */
#define AGAIN_MS     1000
#define DIGITS_SHOWN 6 /* more in a row may be a number of a person */

/* --- refusals ----------------------------------------------------------------------------------
 */

static enum refusal refusal_of(enum profile_action action)
{
	static const enum refusal refusals[] = {
		[ACTION_OK] = REFUSAL_NONE,	 [ACTION_RETRY] = REFUSAL_RETRY,
		[ACTION_SLOW] = REFUSAL_SLOW,	 [ACTION_ROUTE] = REFUSAL_ROUTE,
		[ACTION_FAIL] = REFUSAL_FAIL,	 [ACTION_BAD] = REFUSAL_BAD,
		[ACTION_UNKNOWN] = REFUSAL_NONE, [ACTION_STOPPED] = REFUSAL_FAIL,
	};

	return refusals[action];
}

/* refusal.status, see REFUSED_BY_CODE. */
static uint32_t status_of(int http_status, const char *code)
{
	size_t len = strlen(code);

	if (len == 0)
		return (uint32_t)http_status;
	if (len > 8 || strspn(code, "0123456789") != len)
		return REFUSED_BY_WORD;
	return REFUSED_BY_CODE + (uint32_t)strtoul(code, NULL, 10);
}

/* A provider's error as logs and pages may show it: its words may hold anything. */
static void show_code(const char *code, char *out, size_t size)
{
	size_t digits = 0, n = 0;

	for (; *code != '\0' && n + 1 < size; code++) {
		bool digit = isdigit((unsigned char)*code);

		digits = digit ? digits + 1 : 0;
		out[n] = isprint((unsigned char)*code) ? *code : '?';
		if (digits > DIGITS_SHOWN)
			out[n] = '#';
		n++;
	}
	out[n] = '\0';
}

static void refuse_account(struct account *a, int status, const char *code)
{
	char reason[GATE_STOPPED_SIZE], shown[80];

	show_code(code, shown, sizeof(shown));
	snprintf(reason, sizeof(reason), "request refused: HTTP %d%s%s; correct the account",
		 status, shown[0] != '\0' ? ", code " : "", shown);
	account_stop(a, reason);
}

static void refused(struct account *a, struct request *q, struct slice_message *m,
		    const struct provider_outcome *outcome, uint32_t status)
{
	enum refusal refusal = refusal_of(outcome->action);
	struct answer *r = gate_refuse(&a->gate, q->slice, m, m->todo, slice_ref_part(m, 0, false),
				       refusal, status);

	snprintf(r->id, sizeof(r->id), "%s", outcome->code);
	r->stopped = outcome->action == ACTION_STOPPED;
	if (refusal == REFUSAL_SLOW && gate_throttle(&a->gate))
		account_publish(a);
	if (refusal == REFUSAL_BAD)
		refuse_account(a, q->transfer.status, outcome->code);
}

/* --- what was taken ----------------------------------------------------------------------------
 */

/* Of an id longer than is kept, the end: ids of one provider differ there. */
static void keep_id(char *out, size_t size, const char *id)
{
	size_t len = strlen(id);

	snprintf(out, size, "%s", len < size ? id : id + len - (size - 1));
}

static void accepted(struct account *a, struct request *q, size_t i, struct slice_message *m,
		     const struct provider_outcome *outcome)
{
	const struct settings *s = a->settings;
	struct answer *r = gate_accept(&a->gate, q->slice, m, m->todo, slice_ref_part(m, 0, false),
				       m->parts, "");

	keep_id(r->id, sizeof(r->id), settings_by_reference(s) ? q->said[i].ref : outcome->id);
	r->ask = s->profile->poll.ask.url[0] != '\0';
	r->priced = outcome->price[0] != '\0' && provider_amount(outcome->price, &r->price_micro);
}

static void settle(struct account *a, struct request *q, size_t i, struct slice_message *m,
		   const struct provider_outcome *outcome)
{
	if (outcome->action == ACTION_OK)
		accepted(a, q, i, m, outcome);
	else if (outcome->action == ACTION_UNKNOWN)
		gate_doubt(&a->gate, m, m->todo);
	else
		refused(a, q, m, outcome, status_of(q->transfer.status, outcome->code));
}

/* --- the end of a request ----------------------------------------------------------------------
 */

static void take_answer(struct account *a, struct request *q)
{
	struct provider_outcome outcomes[REQUEST_MESSAGES_MAX];
	const struct transfer *t = &q->transfer;
	uint64_t took_us = clock_mono_ns() / 1000 - q->began_us;
	struct slice *slice = q->slice;
	size_t unreadable = 0;

	account_answered(a);
	provider_answer_read(a->settings->profile, q->said, q->count, t->status, buf_str(&t->body),
			     t->body.len, outcomes);
	for (size_t i = 0; i < q->count; i++) {
		struct slice_message *m = &slice->messages[q->messages[i]];

		unreadable += outcomes[i].action == ACTION_UNKNOWN;
		if (outcomes[i].action != ACTION_UNKNOWN)
			gate_answered(&a->gate, refusal_of(outcomes[i].action), took_us);
		settle(a, q, i, m, &outcomes[i]);
		gate_resolve(&a->gate, slice, m);
	}
	if (unreadable == 0)
		return;
	metric_add(a->metrics.unreadable, 1);
	log_warn("answer says neither yes nor no", LS("account", a->gate.settings->name),
		 LI("status", t->status), LI("octets", t->body.len), LI("messages", unreadable));
}

/* Nothing was written: the messages go again, which is no try of theirs. */
static void take_back(struct account *a, struct request *q)
{
	static const struct provider_outcome nothing = {.action = ACTION_RETRY};
	struct slice *slice = q->slice;

	for (size_t i = 0; i < q->count; i++) {
		struct slice_message *m = &slice->messages[q->messages[i]];

		lease_meter_timeout(a->gate.lease);
		refused(a, q, m, &nothing, REFUSED_UNREACHABLE);
		gate_resolve(&a->gate, slice, m);
	}
}

static void put_in_doubt(struct account *a, struct request *q)
{
	struct slice *slice = q->slice;

	metric_add(a->gate.metrics.timeouts, (int64_t)q->count);
	for (size_t i = 0; i < q->count; i++) {
		struct slice_message *m = &slice->messages[q->messages[i]];

		gate_doubt(&a->gate, m, m->todo);
		gate_resolve(&a->gate, slice, m);
	}
}

/* The same request again, where the provider takes it for the same. */
static bool again(struct account *a, struct request *q)
{
	int64_t wait_ms = (int64_t)AGAIN_MS << (q->tries - 1);
	const struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

	if (!a->settings->profile->send.resend_safe || q->tries >= TRIES_MAX ||
	    a->gate.phase != GATE_RUNNING || a->gate.dropped ||
	    q->slice->deadline_us <= clock_wall_us() + wait_ms * 1000)
		return false;
	log_info("request is repeated", LS("account", a->gate.settings->name),
		 LI("messages", q->count), LI("tries", q->tries));
	event_add(q->again, &wait);
	return true;
}

void account_request_ended(void *arg, struct transfer *t, CURLcode code)
{
	struct account *a = arg;
	struct request *q =
		(struct request *)(void *)((char *)t - offsetof(struct request, transfer));
	enum transfer_end end = transfer_end(t, code);

	q->running = false;
	if (end != TRANSFER_ANSWERED && !t->refused)
		account_failed(a, t->reason);
	if (end == TRANSFER_UNKNOWN && again(a, q))
		return;
	if (end == TRANSFER_ANSWERED)
		take_answer(a, q);
	else if (end == TRANSFER_UNWRITTEN && q->tries == 1)
		take_back(a, q);
	else
		put_in_doubt(a, q);
	account_request_done(a, q);
	account_pump(a);
}

void account_cut(struct account *a)
{
	while (a->busy != NULL) {
		struct request *q = a->busy;

		if (q->running)
			fetcher_cancel(a->fetcher, &q->transfer);
		if (q->tries == 1 && !q->transfer.begun)
			take_back(a, q);
		else
			put_in_doubt(a, q);
		account_request_done(a, q);
	}
}
