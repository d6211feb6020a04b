/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq - opening, reconnecting, queues (contract in mq.h).
 *
 *   mq.c           the handle: open, reconnect, declare
 *   mq_publish.c   gather, send, await confirms
 *   mq_consume.c   consumers, deliveries, acknowledgements
 *   mq_conn.c      an AMQP connection; mq_open.c how it begins and ends
 *   mq_wire.c      socket, TLS, frames; mq_connect.c reaching the broker
 *   mq_address.c   the URL */
#include "common/broker/mq.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/broker/mq_state.h"

#define HEARTBEAT_MS	10000
#define TIMEOUT_MS	10000
#define CLOSE_MS	500
#define RETRY_FIRST_MS	100
#define RETRY_MAX_MS	5000
#define CONTROL_CHANNEL 1
#define DELIVERY_LIMIT	5
#define REPLY_NOT_FOUND 404

bool mq_open(const struct mq_options *options, struct mq **out, struct err *err)
{
	struct mq *mq = mem_calloc(1, sizeof(*mq));

	if (!mq_address_parse(options->url, &mq->link.address, err)) {
		mem_free(mq);
		return false;
	}
	mq->link.name = mem_strdup(options->name);
	mq->link.heartbeat_ms = options->heartbeat_ms > 0 ? options->heartbeat_ms : HEARTBEAT_MS;
	mq->link.timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS;
	mq_pub_init(&mq->pub, &mq->link);
	mq_sub_init(&mq->sub, &mq->link);
	*out = mq;
	return true;
}

void mq_close(struct mq **handle)
{
	struct mq *mq = *handle;
	uint64_t deadline_ms = clock_mono_ms() + CLOSE_MS;

	if (mq == NULL)
		return;
	mq_conn_close(&mq->sub.conn, deadline_ms);
	mq_conn_close(&mq->pub.conn, deadline_ms);
	mq_sub_deinit(&mq->sub);
	mq_pub_deinit(&mq->pub);
	mq_address_deinit(&mq->link.address);
	mem_free(mq->link.name);
	mem_free(mq);
	*handle = NULL;
}

bool mq_usable(const struct mq *mq)
{
	return mq->sub.conn.state != MQ_CONN_LOST && mq->pub.conn.state != MQ_CONN_LOST;
}

uint64_t mq_call_deadline(const struct mq *mq)
{
	return clock_mono_ms() + (uint64_t)mq->link.timeout_ms;
}

void mq_tend(struct mq_conn *c)
{
	struct err ignored;
	bool got;

	if (clock_mono_ms() >= mq_conn_due_ms(c))
		(void)mq_conn_step(c, &got, &ignored);
}

/* --- reconnecting ------------------------------------------------------------------------------
 */

/* False when stop_fd became readable first, or the process gave up. */
static bool sleep_unless_stopped(uint64_t ms, int stop_fd)
{
	struct pollfd fds[2] = {
		{.fd = stop_fd, .events = POLLIN},
		{.fd = give_up_fd(), .events = POLLIN},
	};

	return poll(fds, 2, (int)ms) == 0;
}

static bool reconnect_once(struct mq *mq, int stop_fd, struct err *err)
{
	mq_conn_drop(&mq->pub.conn);
	mq_sub_reset(&mq->sub);
	return mq_sub_ready(&mq->sub, mq_call_deadline(mq), stop_fd, err) &&
	       (!mq->pub.ever_used || mq_pub_open(&mq->pub, mq_call_deadline(mq), stop_fd, err));
}

/* The reasons are logged here, as the caller never sees them; the same one once. */
bool mq_reconnect_wait(struct mq *mq, int stop_fd, struct err *err)
{
	struct err why = {0}, told = {0};
	uint64_t delay_ms = RETRY_FIRST_MS;

	for (;;) {
		if (reconnect_once(mq, stop_fd, &why))
			return true;
		if (why.kind == ERR_STOPPING)
			break;
		if (strcmp(why.msg, told.msg) != 0)
			log_warn("broker not reached, will try again", LS("error", why.msg));
		told = why;
		if (!sleep_unless_stopped(delay_ms / 2 + arc4random_uniform((uint32_t)delay_ms),
					  stop_fd))
			break;
		delay_ms = delay_ms * 2 < RETRY_MAX_MS ? delay_ms * 2 : RETRY_MAX_MS;
	}
	return err_set(err, ERR_STOPPING, "stopping while waiting for the broker");
}

/* --- queues ------------------------------------------------------------------------------------
 */

/* Arguments of a declaration, gathered one by one. */
struct arguments {
	amqp_table_entry_t entries[7];
	amqp_table_t table;
};

static amqp_table_entry_t *add_argument(struct arguments *a, const char *key, uint8_t kind)
{
	amqp_table_entry_t *e = &a->entries[a->table.num_entries++];

	a->table.entries = a->entries;
	e->key = mq_bytes(key);
	e->value.kind = kind;
	return e;
}

static void add_text(struct arguments *a, const char *key, const char *value)
{
	add_argument(a, key, AMQP_FIELD_KIND_UTF8)->value.value.bytes = mq_bytes(value);
}

static void add_number(struct arguments *a, const char *key, int64_t value)
{
	add_argument(a, key, AMQP_FIELD_KIND_I64)->value.value.i64 = value;
}

static void add_true(struct arguments *a, const char *key)
{
	add_argument(a, key, AMQP_FIELD_KIND_BOOLEAN)->value.value.boolean = 1;
}

/* A refused call closes its channel; it is opened again at the next need. */
static bool control_call(struct mq *mq, amqp_method_number_t id, void *fields,
			 amqp_method_number_t want, struct err *err)
{
	struct mq_sub *s = &mq->sub;
	uint64_t deadline_ms = mq_call_deadline(mq);

	mq_tend(&mq->pub.conn);
	if (!mq_sub_ready(s, deadline_ms, -1, err))
		return false;
	if (!s->control_open && !mq_conn_channel(&s->conn, CONTROL_CHANNEL, deadline_ms, err))
		return false;
	s->control_open =
		mq_conn_call(&s->conn, CONTROL_CHANNEL, id, fields, want, deadline_ms, err);
	return s->control_open;
}

static bool declare_call(struct mq *mq, amqp_queue_declare_t *declare, struct err *err)
{
	if (declare->queue.len == 0 || declare->queue.len > MQ_QUEUE_NAME_MAX)
		panic("queue name of %zu bytes", declare->queue.len);
	return control_call(mq, AMQP_QUEUE_DECLARE_METHOD, declare, AMQP_QUEUE_DECLARE_OK_METHOD,
			    err);
}

bool mq_declare_queue(struct mq *mq, const struct mq_queue *queue, struct err *err)
{
	struct arguments arguments = {0};
	amqp_queue_declare_t declare = {.queue = mq_bytes(queue->name), .durable = 1};

	add_text(&arguments, "x-queue-type", "quorum");
	if (queue->dead_letter_queue != NULL) {
		add_text(&arguments, "x-dead-letter-exchange", "");
		add_text(&arguments, "x-dead-letter-routing-key", queue->dead_letter_queue);
	}
	if (queue->delivery_limit > 0)
		add_number(&arguments, "x-delivery-limit", queue->delivery_limit);
	if (queue->messages_max > 0) {
		add_number(&arguments, "x-max-length", queue->messages_max);
		add_text(&arguments, "x-overflow", "reject-publish");
	}
	if (queue->ttl_ms > 0)
		add_number(&arguments, "x-message-ttl", queue->ttl_ms);
	if (queue->single_consumer)
		add_true(&arguments, "x-single-active-consumer");
	declare.arguments = arguments.table;
	return declare_call(mq, &declare, err) || err_wrap(err, "queue %s", queue->name);
}

bool mq_declare(struct mq *mq, const char *queue, const char *dead_letter_queue, struct err *err)
{
	const struct mq_queue dead = {.name = dead_letter_queue};
	const struct mq_queue wanted = {
		.name = queue,
		.dead_letter_queue = dead_letter_queue,
		.delivery_limit = dead_letter_queue != NULL ? DELIVERY_LIMIT : 0,
	};

	return (dead_letter_queue == NULL || mq_declare_queue(mq, &dead, err)) &&
	       mq_declare_queue(mq, &wanted, err);
}

bool mq_declare_exchange(struct mq *mq, const char *exchange, struct err *err)
{
	amqp_exchange_declare_t declare = {
		.exchange = mq_bytes(exchange), .type = mq_bytes("topic"), .durable = 1};

	return control_call(mq, AMQP_EXCHANGE_DECLARE_METHOD, &declare,
			    AMQP_EXCHANGE_DECLARE_OK_METHOD, err) ||
	       err_wrap(err, "exchange %s", exchange);
}

bool mq_bind(struct mq *mq, const char *queue, const char *exchange, const char *pattern,
	     struct err *err)
{
	amqp_queue_bind_t bind = {.queue = mq_bytes(queue),
				  .exchange = mq_bytes(exchange),
				  .routing_key = mq_bytes(pattern)};

	return control_call(mq, AMQP_QUEUE_BIND_METHOD, &bind, AMQP_QUEUE_BIND_OK_METHOD, err) ||
	       err_wrap(err, "binding queue %s to exchange %s", queue, exchange);
}

bool mq_depth(struct mq *mq, const char *queue, uint32_t *ready_out, bool *exists_out,
	      struct err *err)
{
	amqp_queue_declare_t declare = {.queue = mq_bytes(queue), .passive = 1};
	const amqp_queue_declare_ok_t *ok;

	if (declare_call(mq, &declare, err)) {
		ok = mq->sub.conn.call.fields;
		*ready_out = ok->message_count;
		*exists_out = true;
		return true;
	}
	if (err->kind != ERR_REFUSED || mq->sub.conn.call.code != REPLY_NOT_FOUND)
		return err_wrap(err, "queue %s", queue);
	*ready_out = 0;
	*exists_out = false;
	return true;
}
