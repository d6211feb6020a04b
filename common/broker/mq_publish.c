/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_publish - gather messages, send them, await the broker's word on each (contract in mq.h).
 *
 * Messages are published persistent and mandatory through the default exchange on a channel in
 * confirm mode.  Each settles by ack (also as part of a multiple), nack, or basic.return followed
 * by an ack; only the first kind is success.  While the broker has the connection blocked nothing
 * more is encoded.  A confirm that ends at its deadline leaves the connection alone if all written
 * messages left whole, else drops it, so that no half frame meets the next message. */
#include <string.h>

#include <endian.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/broker/mq_state.h"

#define PUBLISH_CHANNEL	   1
#define GATHERED_BYTES_MAX (64u << 20)
#define GATHERED_KEEP	   (1u << 20)
#define OUT_BYTES_ENOUGH   (256u << 10) /* encoded ahead of the socket */

/* --- what the broker says ----------------------------------------------------------------------
 */

static void settle_one(struct mq_pub *p, size_t k)
{
	if (p->settled[k])
		return;
	p->settled[k] = 1;
	p->unsettled--;
}

/* Tags of an earlier confirm, given up at its deadline, are no longer anyone's business. */
static bool settle(struct mq_pub *p, uint64_t tag, bool multiple, struct err *err)
{
	size_t k;

	if (tag == 0 && multiple)
		tag = p->next_tag - 1;
	if (tag < p->first_tag)
		return true;
	if (tag >= p->next_tag)
		return err_set(err, ERR_LOST, "the broker confirmed a message never sent");
	k = (size_t)(tag - p->first_tag);
	if (!multiple) {
		settle_one(p, k);
		return true;
	}
	for (; p->settled_to <= k; p->settled_to++)
		settle_one(p, p->settled_to);
	return true;
}

static void on_return(struct mq_pub *p, const amqp_basic_return_t *r)
{
	if (p->refusal.kind != ERR_NONE)
		return;
	err_set(&p->refusal, ERR_REFUSED,
		"queue %.*s does not exist, so a message for it was returned; declare the queue",
		(int)(r->routing_key.len < MQ_QUEUE_NAME_MAX ? r->routing_key.len
							     : MQ_QUEUE_NAME_MAX),
		(const char *)r->routing_key.bytes);
}

static bool on_pub_event(void *arg, const struct mq_event *event, struct err *err)
{
	struct mq_pub *p = arg;
	const amqp_basic_ack_t *ack = event->fields;
	const amqp_basic_nack_t *nack = event->fields;

	if (event->type != MQ_EVENT_METHOD)
		return true; /* the content of a returned message */
	switch (event->id) {
	case AMQP_BASIC_ACK_METHOD:
		return settle(p, ack->delivery_tag, ack->multiple, err);
	case AMQP_BASIC_NACK_METHOD:
		if (p->refusal.kind == ERR_NONE &&
		    (nack->delivery_tag >= p->first_tag || nack->delivery_tag == 0))
			err_set(&p->refusal, ERR_REFUSED,
				"the broker could not store a message (nack); publish it again");
		return settle(p, nack->delivery_tag, nack->multiple, err);
	case AMQP_BASIC_RETURN_METHOD:
		on_return(p, event->fields);
		return true;
	default:
		return err_set(err, ERR_LOST, "the broker sent %s to a publisher",
			       amqp_method_name(event->id));
	}
}

/* --- the connection ----------------------------------------------------------------------------
 */

void mq_pub_init(struct mq_pub *p, const struct mq_link *link)
{
	mq_conn_init(&p->conn, link, on_pub_event, p);
	buf_init(&p->gathered, GATHERED_BYTES_MAX);
}

void mq_pub_deinit(struct mq_pub *p)
{
	mq_conn_deinit(&p->conn);
	buf_deinit(&p->gathered);
	mem_free(p->settled);
}

bool mq_pub_open(struct mq_pub *p, uint64_t deadline_ms, int wake_fd, struct err *err)
{
	amqp_confirm_select_t select = {0};

	p->ever_used = true;
	p->next_tag = p->first_tag = 1;
	p->unsettled = 0;
	p->begun = false;
	return mq_conn_open(&p->conn, deadline_ms, wake_fd, err) &&
	       mq_conn_channel(&p->conn, PUBLISH_CHANNEL, deadline_ms, err) &&
	       mq_conn_call(&p->conn, PUBLISH_CHANNEL, AMQP_CONFIRM_SELECT_METHOD, &select,
			    AMQP_CONFIRM_SELECT_OK_METHOD, deadline_ms, err);
}

/* --- gathering ---------------------------------------------------------------------------------
 */

struct record {
	uint16_t queue_len;
	uint32_t body_len;
	const char *queue, *body;
};

#define RECORD_HEAD 6

void mq_publish(struct mq *mq, const char *queue, const void *body, size_t len)
{
	struct mq_pub *p = &mq->pub;
	size_t queue_len = strlen(queue);
	uint16_t queue_len16 = (uint16_t)queue_len;
	uint32_t body_len32 = (uint32_t)len;
	char *at;

	if (queue_len == 0 || queue_len > MQ_QUEUE_NAME_MAX)
		panic("queue name of %zu bytes", queue_len);
	p->count++;
	if (len > MQ_BODY_MAX) {
		p->too_long = true;
		return;
	}
	at = buf_reserve(&p->gathered, RECORD_HEAD + queue_len + len);
	if (at == NULL) {
		p->gathered.overflow = true;
		return;
	}
	memcpy(at, &queue_len16, 2);
	memcpy(at + 2, &body_len32, 4);
	memcpy(at + RECORD_HEAD, queue, queue_len);
	if (len > 0)
		memcpy(at + RECORD_HEAD + queue_len, body, len);
	p->gathered.len += RECORD_HEAD + queue_len + len;
}

static void record_at(const struct mq_pub *p, size_t offset, struct record *out)
{
	const char *at = p->gathered.data + offset;

	memcpy(&out->queue_len, at, 2);
	memcpy(&out->body_len, at + 2, 4);
	out->queue = at + RECORD_HEAD;
	out->body = out->queue + out->queue_len;
}

static void forget_gathered(struct mq_pub *p)
{
	p->count = 0;
	p->encoded = 0;
	p->begun = false;
	p->too_long = false;
	if (p->gathered.cap <= GATHERED_KEEP) {
		buf_reset(&p->gathered);
		return;
	}
	buf_deinit(&p->gathered);
	buf_init(&p->gathered, GATHERED_BYTES_MAX);
}

/* --- sending -----------------------------------------------------------------------------------
 */

static bool put_header(struct mq_wire *w, uint64_t body_len, struct err *err)
{
	amqp_basic_properties_t properties = {
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
	};
	unsigned char payload[64] = {AMQP_BASIC_CLASS >> 8, AMQP_BASIC_CLASS & 0xff};
	uint64_t size = htobe64(body_len);
	amqp_bytes_t room = {.len = sizeof(payload) - 12, .bytes = payload + 12};
	int len;

	memcpy(payload + 4, &size, sizeof(size));
	len = amqp_encode_properties(AMQP_BASIC_CLASS, &properties, room);
	if (len < 0)
		return err_set(err, ERR_LIMIT, "message properties cannot be encoded");
	return mq_wire_put_raw(w, AMQP_FRAME_HEADER, PUBLISH_CHANNEL, payload, 12 + (size_t)len,
			       err);
}

static bool put_message(struct mq_pub *p, const struct record *r, struct err *err)
{
	struct mq_wire *w = &p->conn.wire;
	size_t chunk_max = w->frame_max - MQ_FRAME_EXTRA;
	amqp_basic_publish_t publish = {
		.exchange = amqp_empty_bytes,
		.routing_key = {.len = r->queue_len, .bytes = (void *)(uintptr_t)r->queue},
		.mandatory = 1,
	};

	if (!mq_wire_put_method(w, PUBLISH_CHANNEL, AMQP_BASIC_PUBLISH_METHOD, &publish, err) ||
	    !put_header(w, r->body_len, err))
		return false;
	for (size_t done = 0; done < r->body_len; done += chunk_max) {
		size_t chunk = r->body_len - done < chunk_max ? r->body_len - done : chunk_max;

		if (!mq_wire_put_raw(w, AMQP_FRAME_BODY, PUBLISH_CHANNEL, r->body + done, chunk,
				     err))
			return false;
	}
	p->settled[p->next_tag++ - p->first_tag] = 0;
	p->unsettled++;
	return true;
}

/* Something is left, the broker lets us, and we are not too far ahead of the socket. */
static bool can_encode(const struct mq_pub *p)
{
	return p->encoded < p->gathered.len && !p->conn.blocked &&
	       mq_wire_unwritten(&p->conn.wire) < OUT_BYTES_ENOUGH;
}

static bool put_some(struct mq_pub *p, struct err *err)
{
	while (can_encode(p)) {
		struct record r;

		record_at(p, p->encoded, &r);
		if (!put_message(p, &r, err))
			return mq_conn_fail(&p->conn, err);
		p->encoded += RECORD_HEAD + r.queue_len + r.body_len;
	}
	return true;
}

/* A new confirm, or the one that mq_send() has begun on this connection. */
static void begin_confirm(struct mq_pub *p)
{
	if (p->count > p->settled_cap) {
		p->settled_cap = p->count * 2;
		p->settled = mem_realloc(p->settled, p->settled_cap, 1);
	}
	if (p->begun)
		return;
	p->begun = true;
	p->encoded = 0;
	p->first_tag = p->next_tag;
	p->settled_to = 0;
	p->unsettled = 0;
	p->refusal.kind = ERR_NONE;
}

static bool timed_out(struct mq_pub *p, struct err *err)
{
	if (p->conn.blocked)
		err_set(err, ERR_TIMEOUT,
			"the broker has blocked publishing (%s); free memory or disk there",
			p->conn.blocked_why);
	else
		err_set(err, ERR_TIMEOUT, "the broker has not confirmed in time");
	if (mq_wire_unwritten(&p->conn.wire) > 0)
		mq_conn_drop(&p->conn);
	return false;
}

static bool send_and_await(struct mq *mq, uint64_t deadline_ms, struct err *err)
{
	struct mq_pub *p = &mq->pub;
	bool got;

	begin_confirm(p);
	for (;;) {
		uint64_t due_ms = deadline_ms;

		if (!put_some(p, err) || !mq_conn_step(&p->conn, &got, err))
			return false;
		if (p->encoded == p->gathered.len && p->unsettled == 0)
			break;
		if (mq_wire_late(deadline_ms))
			return timed_out(p, err);
		mq_tend(&mq->sub.conn);
		if (got || can_encode(p))
			continue;
		if (mq_conn_due_ms(&p->conn) < due_ms)
			due_ms = mq_conn_due_ms(&p->conn);
		if (mq_conn_due_ms(&mq->sub.conn) < due_ms)
			due_ms = mq_conn_due_ms(&mq->sub.conn);
		mq_wire_wait(&p->conn.wire, due_ms, -1);
	}
	if (p->refusal.kind != ERR_NONE) {
		*err = p->refusal;
		return false;
	}
	return true;
}

static bool open_in_time(struct mq *mq, uint64_t deadline_ms, struct err *err)
{
	uint64_t own_ms = mq_call_deadline(mq);
	bool got;

	/* A connection that died while nobody looked is no news: nothing was sent on it. */
	if (mq->pub.conn.state == MQ_CONN_OPEN && mq_conn_step(&mq->pub.conn, &got, err))
		return true;
	if (mq_pub_open(&mq->pub, deadline_ms < own_ms ? deadline_ms : own_ms, -1, err))
		return true;
	if (clock_mono_ms() >= deadline_ms)
		err->kind = ERR_TIMEOUT;
	return false;
}

void mq_send(struct mq *mq)
{
	struct mq_pub *p = &mq->pub;
	struct err err; /* mq_confirm() finds out again */
	bool got;

	if (p->conn.state != MQ_CONN_OPEN || p->too_long || p->gathered.overflow)
		return;
	begin_confirm(p);
	if (put_some(p, &err))
		(void)mq_conn_step(&p->conn, &got, &err);
}

bool mq_confirm(struct mq *mq, uint64_t deadline_ms, struct err *err)
{
	struct mq_pub *p = &mq->pub;
	bool ok;

	mq_tend(&mq->sub.conn);
	if (p->count == 0) {
		mq_tend(&p->conn);
		return true;
	}
	if (p->too_long)
		ok = err_set(err, ERR_LIMIT, "a message is longer than %u bytes", MQ_BODY_MAX);
	else if (p->gathered.overflow)
		ok = err_set(err, ERR_LIMIT, "more than %u bytes gathered for one confirm",
			     GATHERED_BYTES_MAX);
	else
		ok = open_in_time(mq, deadline_ms, err) && send_and_await(mq, deadline_ms, err);
	forget_gathered(p);
	return ok;
}
