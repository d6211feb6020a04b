/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_send - which messages go into which request, and when (contract in account.h).
 *
 * A request holds neighbours of one slice: they have the sender and the deadline in common, which
 * is what a request says once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/gateway/reference.h"
#include "httpgwd/account.h"

#define TEXT_BYTES_MAX (1024u * 1024)

/* --- requests ----------------------------------------------------------------------------------
 */

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct request *q = arg;

	(void)fd;
	(void)what;
	account_request_start(q->account, q);
}

static struct request *make_request(struct account *a)
{
	struct request *q = mem_calloc(1, sizeof(*q));

	q->account = a;
	transfer_init(&q->transfer, &a->rules);
	buf_init(&q->texts, TEXT_BYTES_MAX);
	q->again = evtimer_new(a->gate.gateway->base, on_again, q);
	return q;
}

struct request *account_request(struct account *a)
{
	struct request *q = a->spare;

	if (q != NULL)
		a->spare = q->next;
	else
		q = make_request(a);
	q->count = 0;
	q->tries = 0;
	q->running = false;
	q->next = a->busy;
	a->busy = q;
	a->busy_count++;
	return q;
}

void account_request_done(struct account *a, struct request *q)
{
	struct request **at = &a->busy;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	a->busy_count--;
	event_del(q->again);
	q->next = a->spare;
	a->spare = q;
}

/* --- what a request says -----------------------------------------------------------------------
 */

/* Texts gather behind each other: pointers into a buffer that grows are taken at the end. */
struct place {
	size_t to, text, ref, callback;
};

static size_t put(struct buf *b, const char *text, size_t len)
{
	size_t at = b->len;

	buf_add(b, text, len);
	buf_add_char(b, '\0');
	return at;
}

static void write_message(struct account *a, struct request *q, size_t i, struct place *place)
{
	const struct settings *s = a->settings;
	const struct slice *slice = q->slice;
	const struct slice_message *m = &slice->messages[q->messages[i]];
	const struct slice_part *part = &slice->part[m->first_part];
	char number[24], ref[REFERENCE_SIZE], callback[sizeof(a->callback) + REFERENCE_SIZE];
	size_t len = part->len;

	/* All of it stands together, whatever parts it was counted as. */
	snprintf(number, sizeof(number), "%" PRId64, m->msisdn);
	reference_make(s->ref_key, s->ref_key_len, m->id, slice->attempt, ref);
	snprintf(callback, sizeof(callback), "%s%s", a->callback, ref);
	place->to = put(&q->texts, number, strlen(number));
	place->text = put(&q->texts, slice->text + part->offset, len);
	place->ref = put(&q->texts, ref, strlen(ref));
	place->callback = put(&q->texts, callback, strlen(callback));
	q->said[i].ucs2 = m->encoding == SMS_UCS2;
}

static int64_t ttl_s(const struct account *a, const struct slice *slice, int64_t wall_us)
{
	int64_t left_s = (slice->deadline_us - wall_us) / 1000000;

	if (left_s > a->settings->validity_max_s)
		left_s = a->settings->validity_max_s;
	return left_s > 1 ? left_s : 1;
}

static bool compose(struct account *a, struct request *q, int64_t wall_us, struct err *err)
{
	struct place places[REQUEST_MESSAGES_MAX];
	const char *base;

	buf_reset(&q->texts);
	for (size_t i = 0; i < q->count; i++)
		write_message(a, q, i, &places[i]);
	if (q->texts.overflow)
		return err_set(err, ERR_LIMIT, "the texts are too long for one request");
	base = buf_str(&q->texts);
	for (size_t i = 0; i < q->count; i++) {
		struct provider_message *said = &q->said[i];

		said->to = base + places[i].to;
		said->text = base + places[i].text;
		said->ref = base + places[i].ref;
		said->callback = base + places[i].callback;
		said->sender = q->slice->sender;
		said->ttl_s = ttl_s(a, q->slice, wall_us);
	}
	return provider_request_compose(&q->transfer.request, a->settings->profile,
					&a->settings->values, q->said, q->count, wall_us / 1000000,
					err);
}

void account_request_start(struct account *a, struct request *q)
{
	const struct profile_send *send = &a->settings->profile->send;

	transfer_begin(&q->transfer, send->method, send->url[0] == '{', send->timeout_ms);
	q->running = true;
	q->tries++;
	q->began_us = clock_mono_ns() / 1000;
	fetcher_start(a->fetcher, &q->transfer);
	a->gate.unwritable_since_ms = 0; /* all connections at work are no standstill */
	metric_add(a->metrics.requests, 1);
}

/* --- the pump ----------------------------------------------------------------------------------
 */

static void arm_pace(struct account *a, uint32_t wait_ms)
{
	const struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};

	event_add(a->pace, &wait);
}

/* As many messages of the slice as stand next to each other and go together; how many parts. */
static uint32_t fill(struct account *a, struct request *q, struct slice *slice, int64_t wall_us)
{
	size_t max = (size_t)a->settings->profile->send.batch_max;
	uint32_t parts = 0;

	q->slice = slice;
	do {
		unsigned index = gate_take(&a->gate, slice);

		q->messages[q->count++] = (uint16_t)index;
		parts += slice->messages[index].parts;
		gate_written(&a->gate, slice->lane, 1);
	} while (q->count < max && gate_next(&a->gate, wall_us) == slice);
	return parts;
}

/* None of them can ever be sent like this. */
static void give_up(struct account *a, struct request *q, const struct err *err)
{
	struct slice *slice = q->slice;

	log_err("messages cannot be written as the profile wants", err,
		LS("account", a->gate.settings->name), LI("messages", q->count));
	for (size_t i = 0; i < q->count; i++) {
		struct slice_message *m = &slice->messages[q->messages[i]];

		gate_refuse(&a->gate, slice, m, m->todo, slice_ref_part(m, 0, false), REFUSAL_FAIL,
			    REFUSED_BY_WORD);
		gate_resolve(&a->gate, slice, m);
	}
	account_request_done(a, q);
}

/* One request; false when none can be begun now. */
static bool send_one(struct account *a, uint64_t now_ns, int64_t wall_us)
{
	struct slice *slice = gate_next(&a->gate, wall_us);
	struct err err = {0};
	struct request *q;
	uint32_t wait_ms, parts;

	if (slice == NULL)
		return false;
	if (!pacer_take(&a->gate.pacer, now_ns, &wait_ms)) {
		arm_pace(a, wait_ms);
		return false;
	}
	q = account_request(a);
	parts = fill(a, q, slice, wall_us);
	pacer_charge(&a->gate.pacer, parts - 1);
	a->gate.written += parts;
	metric_add(a->gate.metrics.submitted, parts);
	if (compose(a, q, wall_us, &err))
		account_request_start(a, q);
	else
		give_up(a, q, &err);
	return true;
}

void account_pump(struct account *a)
{
	struct gate *g = &a->gate;
	uint64_t now_ns = clock_mono_ns();
	int64_t wall_us = clock_wall_us();
	bool sent = false;

	/* Answers that cannot be handed over hold new questions back. */
	if (g->phase >= GATE_ENDING || g->dropped || g->stopped || !gate_owned(g) ||
	    rate_paused(&g->rate, now_ns / 1000000) || account_rests(a, now_ns / 1000000) ||
	    g->ready_head != NULL)
		return;
	while (a->busy_count < account_limit(a) && send_one(a, now_ns, wall_us))
		sent = true;
	if (sent)
		gate_ask_for_more(g);
}
