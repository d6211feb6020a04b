/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_publish - gather messages, send them, await the broker's word on each (contract in mq.h).
 *
 * Messages are published persistent and mandatory on a channel in confirm
 * mode.  Each settles by ack (also as part of a multiple), nack, or basic.return followed
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

static int shown(const amqp_bytes_t *name)
{
	return (int)(name->len < MQ_QUEUE_NAME_MAX ? name->len : MQ_QUEUE_NAME_MAX);
}

static void on_return(struct mq_pub *p, const amqp_basic_return_t *r)
{
	if (p->refusal.kind != ERR_NONE)
		return;
	err_set(&p->refusal, ERR_REFUSED,
		"%s %.*s does not exist, so a message for it was returned; declare the queue",
		r->exchange.len == 0 ? "queue" : "a queue bound for", shown(&r->routing_key),
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

/* How a message is gathered: these lengths, then what they measure. */
struct record_head {
	uint32_t body_len;
	uint16_t properties_len;
	uint8_t exchange_len, key_len;
};

struct record {
	struct record_head head;
	const char *exchange, *key, *properties, *body;
	size_t len; /* of it all */
};

#define PROPERTIES_MAX 2048

static void set_text(amqp_basic_properties_t *p, amqp_flags_t flag, amqp_bytes_t *field,
		     const char *text)
{
	if (text == NULL)
		return;
	p->_flags |= flag;
	*field = mq_bytes(text);
}

static size_t encode_properties(const struct mq_envelope *e, unsigned char out[PROPERTIES_MAX])
{
	amqp_table_entry_t reason = {.key = mq_bytes("x-reason")};
	amqp_basic_properties_t p = {
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
	};
	int len;

	set_text(&p, AMQP_BASIC_CONTENT_TYPE_FLAG, &p.content_type, e->content_type);
	set_text(&p, AMQP_BASIC_MESSAGE_ID_FLAG, &p.message_id, e->message_id);
	set_text(&p, AMQP_BASIC_TYPE_FLAG, &p.type, e->type);
	if (e->reason != NULL) {
		reason.value.kind = AMQP_FIELD_KIND_UTF8;
		reason.value.value.bytes = mq_bytes(e->reason);
		p._flags |= AMQP_BASIC_HEADERS_FLAG;
		p.headers = (amqp_table_t){.num_entries = 1, .entries = &reason};
	}
	len = amqp_encode_properties(AMQP_BASIC_CLASS, &p,
				     (amqp_bytes_t){.len = PROPERTIES_MAX, .bytes = out});
	if (len < 0)
		panic("message properties do not fit");
	return (size_t)len;
}

static char *put_bytes(char *at, const void *data, size_t len)
{
	if (len > 0)
		memcpy(at, data, len);
	return at + len;
}

void mq_publish_to(struct mq *mq, const struct mq_envelope *e, const void *body, size_t len)
{
	struct mq_pub *p = &mq->pub;
	size_t exchange_len = strlen(e->exchange), key_len = strlen(e->routing_key);
	unsigned char properties[PROPERTIES_MAX];
	struct record_head head;
	size_t whole;
	char *at;

	if (key_len == 0 || key_len > MQ_QUEUE_NAME_MAX || exchange_len > MQ_QUEUE_NAME_MAX)
		panic("routing key of %zu bytes", key_len);
	p->count++;
	if (len > MQ_BODY_MAX) {
		p->too_long = true;
		return;
	}
	head = (struct record_head){
		.body_len = (uint32_t)len,
		.properties_len = (uint16_t)encode_properties(e, properties),
		.exchange_len = (uint8_t)exchange_len,
		.key_len = (uint8_t)key_len,
	};
	whole = sizeof(head) + exchange_len + key_len + head.properties_len + len;
	at = buf_reserve(&p->gathered, whole);
	if (at == NULL) {
		p->gathered.overflow = true;
		return;
	}
	at = put_bytes(at, &head, sizeof(head));
	at = put_bytes(at, e->exchange, exchange_len);
	at = put_bytes(at, e->routing_key, key_len);
	at = put_bytes(at, properties, head.properties_len);
	put_bytes(at, body, len);
	p->gathered.len += whole;
}

void mq_publish(struct mq *mq, const char *queue, const void *body, size_t len)
{
	mq_publish_to(mq, &(struct mq_envelope){.exchange = "", .routing_key = queue}, body, len);
}

static void record_at(const struct mq_pub *p, size_t offset, struct record *out)
{
	const char *at = p->gathered.data + offset;

	memcpy(&out->head, at, sizeof(out->head));
	out->exchange = at + sizeof(out->head);
	out->key = out->exchange + out->head.exchange_len;
	out->properties = out->key + out->head.key_len;
	out->body = out->properties + out->head.properties_len;
	out->len = (size_t)(out->body - at) + out->head.body_len;
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

#define HEADER_FIXED 12 /* class, weight, body size */

static bool put_header(struct mq_wire *w, const struct record *r, struct err *err)
{
	unsigned char payload[HEADER_FIXED + PROPERTIES_MAX] = {AMQP_BASIC_CLASS >> 8,
								AMQP_BASIC_CLASS & 0xff};
	uint64_t size = htobe64(r->head.body_len);

	memcpy(payload + 4, &size, sizeof(size));
	memcpy(payload + HEADER_FIXED, r->properties, r->head.properties_len);
	return mq_wire_put_raw(w, AMQP_FRAME_HEADER, PUBLISH_CHANNEL, payload,
			       HEADER_FIXED + r->head.properties_len, err);
}

static amqp_bytes_t name_bytes(const char *name, size_t len)
{
	return (amqp_bytes_t){.len = len, .bytes = (void *)(uintptr_t)name};
}

static bool put_message(struct mq_pub *p, const struct record *r, struct err *err)
{
	struct mq_wire *w = &p->conn.wire;
	size_t chunk_max = w->frame_max - MQ_FRAME_EXTRA, body_len = r->head.body_len;
	amqp_basic_publish_t publish = {
		.exchange = name_bytes(r->exchange, r->head.exchange_len),
		.routing_key = name_bytes(r->key, r->head.key_len),
		.mandatory = 1,
	};

	if (!mq_wire_put_method(w, PUBLISH_CHANNEL, AMQP_BASIC_PUBLISH_METHOD, &publish, err) ||
	    !put_header(w, r, err))
		return false;
	for (size_t done = 0; done < body_len; done += chunk_max) {
		size_t chunk = body_len - done < chunk_max ? body_len - done : chunk_max;

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
		p->encoded += r.len;
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
