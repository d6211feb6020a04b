/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_conn - one AMQP connection (contract in mq_conn.h; opening and closing in mq_open.c). */
#include "common/broker/mq_conn.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

#define POOL_PAGE_BYTES 4096

amqp_bytes_t mq_bytes(const char *text)
{
	return (amqp_bytes_t){.len = strlen(text), .bytes = (void *)(uintptr_t)text};
}

void mq_conn_init(struct mq_conn *c, const struct mq_link *link, mq_on_event *on_event, void *arg)
{
	*c = (struct mq_conn){.link = link, .on_event = on_event, .arg = arg, .wake_fd = -1};
	mq_wire_init(&c->wire);
	init_amqp_pool(&c->pool, POOL_PAGE_BYTES);
}

void mq_conn_drop(struct mq_conn *c)
{
	mq_wire_drop(&c->wire);
	c->state = MQ_CONN_CLOSED;
	c->blocked = false;
	c->call.want = 0;
}

void mq_conn_deinit(struct mq_conn *c)
{
	mq_conn_drop(c);
	mq_wire_deinit(&c->wire);
	empty_amqp_pool(&c->pool);
}

bool mq_conn_fail(struct mq_conn *c, struct err *err)
{
	mq_conn_drop(c);
	c->state = MQ_CONN_LOST;
	err_wrap(err, "broker at %s:%d", c->link->address.host, c->link->address.port);
	c->why = *err;
	c->why.kind = ERR_LOST;
	return false;
}

bool mq_conn_lose(struct mq_conn *c, enum err_kind kind, const char *reason, struct err *err)
{
	err_set(err, kind, "%s", reason);
	return mq_conn_fail(c, err);
}

bool mq_conn_send(struct mq_conn *c, uint16_t channel, amqp_method_number_t id, void *fields,
		  struct err *err)
{
	if (mq_wire_put_method(&c->wire, channel, id, fields, err))
		return true;
	err->kind = ERR_LOST;
	return mq_conn_fail(c, err);
}

/* --- what comes in -----------------------------------------------------------------------------
 */

static void copy_text(char *out, size_t size, amqp_bytes_t text)
{
	snprintf(out, size, "%.*s", (int)(text.len < size ? text.len : size - 1),
		 text.len > 0 ? (const char *)text.bytes : "");
}

static bool on_connection_method(struct mq_conn *c, amqp_method_number_t id, void *fields,
				 struct err *err)
{
	const amqp_connection_close_t *close = fields;
	const amqp_connection_blocked_t *blocked = fields;
	amqp_connection_close_ok_t close_ok = {0};
	char text[200];

	switch (id) {
	case AMQP_CONNECTION_CLOSE_METHOD:
		copy_text(text, sizeof(text), close->reply_text);
		err_set(err, ERR_LOST, "the broker closed the connection: %s (%d)", text,
			close->reply_code);
		if (mq_wire_put_method(&c->wire, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &close_ok,
				       &(struct err){0}))
			mq_wire_write(&c->wire, &(struct err){0});
		return false;
	case AMQP_CONNECTION_BLOCKED_METHOD:
		copy_text(c->blocked_why, sizeof(c->blocked_why), blocked->reason);
		c->blocked = true;
		return true;
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		c->blocked = false;
		return true;
	default:
		return err_set(err, ERR_LOST, "the broker sent %s unasked", amqp_method_name(id));
	}
}

/* The broker closes a channel to refuse what was asked on it; unasked it is as good as lost. */
static bool on_channel_close(struct mq_conn *c, uint16_t channel, const amqp_channel_close_t *close,
			     struct err *err)
{
	amqp_channel_close_ok_t close_ok = {0};

	copy_text(c->call.text, sizeof(c->call.text), close->reply_text);
	c->call.code = close->reply_code;
	if (c->call.want == 0 || c->call.channel != channel)
		return err_set(err, ERR_LOST, "the broker closed the channel: %s", c->call.text);
	c->call.refused = true;
	return mq_wire_put_method(&c->wire, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &close_ok, err);
}

static bool on_method(struct mq_conn *c, const struct mq_frame *f, struct err *err)
{
	struct mq_event event = {.channel = f->channel, .type = MQ_EVENT_METHOD};
	amqp_bytes_t encoded;
	uint32_t number;
	void *fields;

	if (f->len < sizeof(number))
		return err_set(err, ERR_LOST, "the broker sent a method frame of %zu bytes",
			       f->len);
	memcpy(&number, f->payload, sizeof(number));
	event.id = be32toh(number);
	encoded.bytes = (void *)(uintptr_t)(f->payload + sizeof(number));
	encoded.len = f->len - sizeof(number);
	recycle_amqp_pool(&c->pool);
	if (amqp_decode_method(event.id, &c->pool, encoded, &fields) != AMQP_STATUS_OK)
		return err_set(err, ERR_LOST,
			       "the broker sent a method that cannot be decoded (%u)", event.id);
	if (c->call.want == event.id && c->call.channel == f->channel) {
		c->call.answered = true;
		c->call.fields = fields;
		return true;
	}
	if (f->channel == 0)
		return on_connection_method(c, event.id, fields, err);
	if (event.id == AMQP_CHANNEL_CLOSE_METHOD)
		return on_channel_close(c, f->channel, fields, err);
	event.fields = fields;
	return c->on_event(c->arg, &event, err);
}

#define HEADER_FIXED 12 /* class, weight, body size; flags and properties follow */

/* The property user-id.  Few messages have it, and the others are not decoded. */
static bool read_user_id(struct mq_conn *c, const struct mq_frame *f, amqp_bytes_t *out,
			 struct err *err)
{
	amqp_bytes_t encoded = {.bytes = (void *)(uintptr_t)(f->payload + HEADER_FIXED),
				.len = f->len - HEADER_FIXED};
	const amqp_basic_properties_t *p;
	uint16_t flags;
	void *decoded;

	memcpy(&flags, f->payload + HEADER_FIXED, sizeof(flags));
	if ((be16toh(flags) & AMQP_BASIC_USER_ID_FLAG) == 0)
		return true;
	recycle_amqp_pool(&c->pool);
	if (amqp_decode_properties(AMQP_BASIC_CLASS, &c->pool, encoded, &decoded) != AMQP_STATUS_OK)
		return err_set(err, ERR_LOST, "the broker sent properties that cannot be decoded");
	p = decoded;
	*out = p->user_id;
	return true;
}

static bool on_header(struct mq_conn *c, const struct mq_frame *f, struct err *err)
{
	struct mq_event event = {.channel = f->channel, .type = MQ_EVENT_HEADER};
	uint64_t size;

	if (f->len < HEADER_FIXED + sizeof(uint16_t))
		return err_set(err, ERR_LOST, "the broker sent a content header of %zu bytes",
			       f->len);
	memcpy(&size, f->payload + 4, sizeof(size));
	event.body_size = be64toh(size);
	if (!read_user_id(c, f, &event.user_id, err))
		return false;
	return c->on_event(c->arg, &event, err);
}

static bool on_frame(struct mq_conn *c, const struct mq_frame *f, struct err *err)
{
	if (f->type == AMQP_FRAME_METHOD)
		return on_method(c, f, err);
	if (f->type == AMQP_FRAME_HEARTBEAT)
		return true;
	if (f->channel == 0)
		return err_set(err, ERR_LOST, "the broker sent content on channel 0");
	if (f->type == AMQP_FRAME_HEADER)
		return on_header(c, f, err);
	return c->on_event(c->arg,
			   &(struct mq_event){.channel = f->channel,
					      .type = MQ_EVENT_BODY,
					      .chunk = f->payload,
					      .len = f->len},
			   err);
}

/* Stops at the answer to a call, whose fields live in the buffer and the pool. */
static bool dispatch(struct mq_conn *c, struct err *err)
{
	struct mq_frame frame;
	bool got;

	for (;;) {
		if (!mq_wire_frame(&c->wire, &frame, &got, err))
			return false;
		if (!got)
			return true;
		if (!on_frame(c, &frame, err))
			return false;
		if (c->call.answered || c->call.refused)
			return true;
	}
}

/* --- heartbeats --------------------------------------------------------------------------------
 */

uint64_t mq_conn_due_ms(const struct mq_conn *c)
{
	uint64_t send, drop;

	if (c->state != MQ_CONN_OPEN || c->heartbeat_ms == 0)
		return CLOCK_NEVER_MS;
	send = c->wire.last_tx_ms + c->heartbeat_ms / 2;
	drop = c->wire.last_rx_ms + 2 * c->heartbeat_ms;
	return c->blocked || send < drop ? send : drop;
}

/* Silence counts only when there was nothing to read: then it is the peer's, not our own absence.
 * A socket that takes nothing gets no heartbeats piled up; last_tx moves all the same, so that this
 * is looked at once per interval. */
static bool keep_alive(struct mq_conn *c, bool silent, struct err *err)
{
	uint64_t now = clock_mono_ms();

	if (c->heartbeat_ms == 0)
		return true;
	if (silent && !c->blocked && now >= c->wire.last_rx_ms + 2 * c->heartbeat_ms)
		return err_set(err, ERR_LOST, "the broker was silent for %llu ms",
			       (unsigned long long)(now - c->wire.last_rx_ms));
	if (now < c->wire.last_tx_ms + c->heartbeat_ms / 2)
		return true;
	c->wire.last_tx_ms = now;
	if (mq_wire_unwritten(&c->wire) > 0)
		return true;
	return mq_wire_put_raw(&c->wire, AMQP_FRAME_HEARTBEAT, 0, NULL, 0, err) &&
	       mq_wire_write(&c->wire, err);
}

/* Reads first: a broker that closes says why before writing to it fails. */
bool mq_conn_step(struct mq_conn *c, bool *got_out, struct err *err)
{
	*got_out = false;
	if (!mq_wire_read(&c->wire, got_out, err) || !dispatch(c, err) ||
	    !mq_wire_write(&c->wire, err) || !keep_alive(c, !*got_out, err))
		return mq_conn_fail(c, err);
	return true;
}

/* --- calls -------------------------------------------------------------------------------------
 */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool mq_conn_call(struct mq_conn *c, uint16_t channel, amqp_method_number_t id, void *fields,
		  amqp_method_number_t want, uint64_t deadline_ms, struct err *err)
{
	bool got;

	c->call.channel = channel;
	c->call.want = want;
	c->call.answered = c->call.refused = false;
	if (id != 0 && !mq_conn_send(c, channel, id, fields, err))
		return false;
	if (!dispatch(c, err)) /* frames may wait behind the answer to an earlier call */
		return mq_conn_fail(c, err);
	while (!c->call.answered && !c->call.refused) {
		if (!mq_conn_step(c, &got, err))
			return false;
		if (got || c->call.answered || c->call.refused)
			continue;
		if (mq_wire_late(deadline_ms))
			return mq_conn_lose(c, ERR_LOST, "no answer in time", err);
		if (mq_wire_wait(&c->wire, earlier(deadline_ms, mq_conn_due_ms(c)), c->wake_fd) ==
		    MQ_WAKE_FD)
			return mq_conn_lose(c, ERR_STOPPING, "stopping", err);
	}
	c->call.want = 0;
	if (c->call.answered) {
		c->call.answered = false;
		return true;
	}
	c->call.refused = false;
	return err_set(err, ERR_REFUSED, "the broker refused: %s", c->call.text);
}
