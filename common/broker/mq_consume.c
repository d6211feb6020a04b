/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_consume - consumers, deliveries and acknowledgements (contract in mq.h).
 *
 * Deliveries are assembled into nodes and wait in an inbox that prefetch bounds; nodes are reused.
 * Acknowledgements are written with the next read that has to go to the socket, or when they have
 * waited ACK_WAIT_MS, or ACK_BYTES of them gathered. */
#include <poll.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/broker/mq_state.h"

#define FIRST_CHANNEL	2 /* consumer 0 */
#define CONSUMERS_MAX	1000
#define TAG_SERIAL_BITS 48
#define TAG_SERIAL_MASK ((UINT64_C(1) << TAG_SERIAL_BITS) - 1)
#define ACK_WAIT_MS	10
#define ACK_BYTES	8192
#define SPARE_MAX	256
#define SPARE_BODY_MAX	(256u << 10) /* longer bodies are not kept */
#define CONSUMER_TAG	"v"	     /* one consumer a channel, so one tag serves all */

/* --- nodes -------------------------------------------------------------------------------------
 */

static void list_push(struct mq_node_list *l, struct mq_node *n)
{
	n->next = NULL;
	if (l->tail != NULL)
		l->tail->next = n;
	else
		l->head = n;
	l->tail = n;
}

static struct mq_node *list_pop(struct mq_node_list *l)
{
	struct mq_node *n = l->head;

	if (n != NULL) {
		l->head = n->next;
		if (l->head == NULL)
			l->tail = NULL;
	}
	return n;
}

static void node_free(struct mq_node *n)
{
	if (n != NULL)
		mem_free(n->body);
	mem_free(n);
}

static struct mq_node *node_take(struct mq_sub *s)
{
	struct mq_node *n = list_pop(&s->spare);

	if (n == NULL)
		return mem_calloc(1, sizeof(*n));
	s->spare_count--;
	n->len = 0;
	n->oversize = false;
	return n;
}

static void node_give(struct mq_sub *s, struct mq_node *n)
{
	if (n == NULL)
		return;
	if (s->spare_count >= SPARE_MAX || n->cap > SPARE_BODY_MAX) {
		node_free(n);
		return;
	}
	list_push(&s->spare, n);
	s->spare_count++;
}

/* --- what the broker says ----------------------------------------------------------------------
 */

static uint16_t channel_of(size_t consumer)
{
	return (uint16_t)(consumer + FIRST_CHANNEL);
}

static bool send_reject(struct mq_sub *s, size_t consumer, uint64_t serial, bool requeue,
			struct err *err)
{
	amqp_basic_reject_t reject = {
		.delivery_tag = serial - s->consumers[consumer].base,
		.requeue = requeue,
	};

	return mq_conn_send(&s->conn, channel_of(consumer), AMQP_BASIC_REJECT_METHOD, &reject, err);
}

/* A whole delivery: into the inbox, or back where it came from. */
static bool node_done(struct mq_sub *s, struct mq_node *n, struct err *err)
{
	struct mq_consumer *c = &s->consumers[n->consumer];
	bool ok = true;

	c->growing = NULL;
	if (n->oversize || !c->consuming) {
		ok = send_reject(s, n->consumer, n->serial, !n->oversize, err);
		node_give(s, n);
		return ok;
	}
	list_push(&s->inbox, n);
	return true;
}

static bool on_deliver(struct mq_sub *s, size_t consumer, const amqp_basic_deliver_t *d,
		       struct err *err)
{
	struct mq_consumer *c = &s->consumers[consumer];

	if (c->growing != NULL)
		return err_set(err, ERR_LOST, "the broker began a delivery inside another");
	if (d->delivery_tag == 0 || d->delivery_tag > TAG_SERIAL_MASK - c->base)
		return err_set(err, ERR_LOST, "the broker sent an impossible delivery tag");
	c->growing = node_take(s);
	c->growing->consumer = consumer;
	c->growing->serial = c->base + d->delivery_tag;
	c->growing->redelivered = d->redelivered;
	c->growing->want = UINT64_MAX; /* no header yet */
	if (c->growing->serial > c->last)
		c->last = c->growing->serial;
	return true;
}

/* One that is too long to be anybody's is kept as one that nobody has. */
static void note_user(struct mq_node *n, amqp_bytes_t user_id)
{
	n->user_id[0] = '\0';
	if (user_id.len == 0)
		return;
	if (user_id.len >= sizeof(n->user_id) || memchr(user_id.bytes, '\0', user_id.len) != NULL) {
		memcpy(n->user_id, "?", 2);
		return;
	}
	memcpy(n->user_id, user_id.bytes, user_id.len);
	n->user_id[user_id.len] = '\0';
}

static bool on_header(struct mq_sub *s, struct mq_node *n, const struct mq_event *event,
		      struct err *err)
{
	uint64_t body_size = event->body_size;

	if (n == NULL || n->want != UINT64_MAX)
		return err_set(err, ERR_LOST, "the broker sent a content header out of place");
	note_user(n, event->user_id);
	n->want = body_size;
	n->oversize = body_size > MQ_BODY_MAX;
	if (!n->oversize && body_size > n->cap) {
		n->cap = body_size < 256 ? 256 : (size_t)body_size;
		mem_free(n->body);
		n->body = mem_alloc(n->cap);
	}
	return body_size > 0 || node_done(s, n, err);
}

static bool on_body(struct mq_sub *s, struct mq_node *n, const unsigned char *chunk, size_t len,
		    struct err *err)
{
	if (n == NULL || n->want == UINT64_MAX || len > n->want - n->len)
		return err_set(err, ERR_LOST, "the broker sent more content than it announced");
	if (!n->oversize && len > 0)
		memcpy(n->body + n->len, chunk, len);
	n->len += len;
	return n->len < n->want || node_done(s, n, err);
}

static bool on_sub_method(struct mq_sub *s, size_t consumer, const struct mq_event *event,
			  struct err *err)
{
	switch (event->id) {
	case AMQP_BASIC_DELIVER_METHOD:
		return on_deliver(s, consumer, event->fields, err);
	case AMQP_BASIC_CANCEL_METHOD:
		return err_set(err, ERR_LOST, "queue %s was deleted or moved while it was consumed",
			       s->consumers[consumer].name);
	default:
		return err_set(err, ERR_LOST, "the broker sent %s to a consumer",
			       amqp_method_name(event->id));
	}
}

static bool on_sub_event(void *arg, const struct mq_event *event, struct err *err)
{
	struct mq_sub *s = arg;
	size_t consumer = (size_t)event->channel - FIRST_CHANNEL;

	if (event->channel < FIRST_CHANNEL || consumer >= s->count ||
	    !s->consumers[consumer].channel_open)
		return err_set(err, ERR_LOST, "the broker spoke on a channel that is not open");
	if (event->type == MQ_EVENT_METHOD)
		return on_sub_method(s, consumer, event, err);
	if (event->type == MQ_EVENT_HEADER)
		return on_header(s, s->consumers[consumer].growing, event, err);
	return on_body(s, s->consumers[consumer].growing, event->chunk, event->len, err);
}

/* --- the connection ----------------------------------------------------------------------------
 */

void mq_sub_init(struct mq_sub *s, const struct mq_link *link)
{
	mq_conn_init(&s->conn, link, on_sub_event, s);
}

/* The connection is gone or going: what was fetched comes again, old tags are recognised. */
void mq_sub_reset(struct mq_sub *s)
{
	mq_conn_drop(&s->conn);
	s->control_open = false;
	for (size_t k = 0; k < s->count; k++) {
		struct mq_consumer *c = &s->consumers[k];

		c->channel_open = c->consuming = false;
		c->base = c->last;
		node_give(s, c->growing);
		c->growing = NULL;
	}
	while (s->inbox.head != NULL)
		node_give(s, list_pop(&s->inbox));
}

void mq_sub_deinit(struct mq_sub *s)
{
	mq_sub_reset(s);
	mq_conn_deinit(&s->conn);
	for (size_t k = 0; k < s->count; k++)
		mem_free(s->consumers[k].name);
	mem_free(s->consumers);
	while (s->spare.head != NULL)
		node_free(list_pop(&s->spare));
	node_free(s->lent);
}

static bool report_lost(const struct mq_sub *s, struct err *err)
{
	*err = s->conn.why;
	return false;
}

bool mq_sub_ready(struct mq_sub *s, uint64_t deadline_ms, int wake_fd, struct err *err)
{
	if (s->conn.state == MQ_CONN_OPEN)
		return true;
	if (s->conn.state == MQ_CONN_LOST)
		return report_lost(s, err);
	return mq_conn_open(&s->conn, deadline_ms, wake_fd, err);
}

/* --- consumers ---------------------------------------------------------------------------------
 */

static struct mq_consumer *consumer_find(struct mq_sub *s, const char *queue)
{
	for (size_t k = 0; k < s->count; k++)
		if (strcmp(s->consumers[k].name, queue) == 0)
			return &s->consumers[k];
	return NULL;
}

/* A consumer keeps its place and channel for the life of the handle. */
static struct mq_consumer *consumer_get(struct mq_sub *s, const char *queue, struct err *err)
{
	struct mq_consumer *c = consumer_find(s, queue);

	if (c != NULL)
		return c;
	if (strlen(queue) == 0 || strlen(queue) > MQ_QUEUE_NAME_MAX)
		panic("queue name of %zu bytes", strlen(queue));
	if (s->count == CONSUMERS_MAX) {
		err_set(err, ERR_LIMIT, "more than %d queues consumed by one process",
			CONSUMERS_MAX);
		return NULL;
	}
	s->consumers = mem_realloc(s->consumers, s->count + 1, sizeof(*s->consumers));
	c = &s->consumers[s->count++];
	*c = (struct mq_consumer){.name = mem_strdup(queue)};
	return c;
}

/* Deliveries may come before consume-ok is read, so the consumer counts as consuming at once. */
static bool start_consuming(struct mq_sub *s, struct mq_consumer *c, uint16_t prefetch,
			    uint64_t deadline_ms, struct err *err)
{
	uint16_t channel = channel_of((size_t)(c - s->consumers));
	amqp_basic_qos_t qos = {.prefetch_count = prefetch};
	amqp_basic_consume_t consume = {
		.queue = mq_bytes(c->name),
		.consumer_tag = mq_bytes(CONSUMER_TAG),
	};

	if (!c->channel_open) {
		c->channel_open = true;
		if (!mq_conn_channel(&s->conn, channel, deadline_ms, err))
			return false;
	}
	c->consuming = true;
	if (mq_conn_call(&s->conn, channel, AMQP_BASIC_QOS_METHOD, &qos, AMQP_BASIC_QOS_OK_METHOD,
			 deadline_ms, err) &&
	    mq_conn_call(&s->conn, channel, AMQP_BASIC_CONSUME_METHOD, &consume,
			 AMQP_BASIC_CONSUME_OK_METHOD, deadline_ms, err))
		return true;
	c->consuming = c->channel_open = false;
	c->base = c->last;
	return false;
}

bool mq_consume(struct mq *mq, const char *queue, uint16_t prefetch, struct err *err)
{
	uint64_t deadline_ms = mq_call_deadline(mq);
	struct mq_consumer *c;

	if (prefetch == 0)
		panic("prefetch must bound what is in hand");
	mq_tend(&mq->pub.conn);
	if (!mq_sub_ready(&mq->sub, deadline_ms, -1, err))
		return false;
	c = consumer_get(&mq->sub, queue, err);
	if (c == NULL)
		return false;
	if (c->consuming)
		panic("queue %s is consumed already", queue);
	c->given = queue;
	return start_consuming(&mq->sub, c, prefetch, deadline_ms, err) ||
	       err_wrap(err, "consuming queue %s", queue);
}

/* Send back what lies in the inbox for one consumer; the order of the others stays. */
static bool return_fetched(struct mq_sub *s, size_t consumer, struct err *err)
{
	struct mq_node_list all = s->inbox;
	struct mq_node *n;
	bool ok = true;

	s->inbox = (struct mq_node_list){NULL, NULL};
	while ((n = list_pop(&all)) != NULL) {
		if (n->consumer != consumer) {
			list_push(&s->inbox, n);
			continue;
		}
		ok = ok && send_reject(s, consumer, n->serial, true, err);
		node_give(s, n);
	}
	return ok;
}

bool mq_cancel(struct mq *mq, const char *queue, struct err *err)
{
	struct mq_sub *s = &mq->sub;
	struct mq_consumer *c = consumer_find(s, queue);
	amqp_basic_cancel_t cancel = {.consumer_tag = mq_bytes(CONSUMER_TAG)};
	size_t index;

	mq_tend(&mq->pub.conn);
	if (s->conn.state == MQ_CONN_LOST)
		return report_lost(s, err);
	if (c == NULL || !c->consuming)
		return true;
	index = (size_t)(c - s->consumers);
	c->consuming = false; /* deliveries that are still under way go back */
	if (!mq_conn_call(&s->conn, channel_of(index), AMQP_BASIC_CANCEL_METHOD, &cancel,
			  AMQP_BASIC_CANCEL_OK_METHOD, mq_call_deadline(mq), err) ||
	    !return_fetched(s, index, err))
		return false;
	if (mq_wire_write(&s->conn.wire, err))
		return true;
	return mq_conn_fail(&s->conn, err);
}

/* --- taking ------------------------------------------------------------------------------------
 */

static bool lend(struct mq_sub *s, struct mq_delivery *out)
{
	struct mq_node *n = list_pop(&s->inbox);

	if (n == NULL)
		return false;
	s->lent = n;
	*out = (struct mq_delivery){
		.tag = (uint64_t)(n->consumer + 1) << TAG_SERIAL_BITS | n->serial,
		.queue = s->consumers[n->consumer].given,
		.body = n->body != NULL ? n->body : (const void *)"",
		.len = n->len,
		.redelivered = n->redelivered,
		.user_id = n->user_id,
	};
	return true;
}

static bool acks_are_due(const struct mq_sub *s, uint64_t now_ms)
{
	size_t waiting = mq_wire_unwritten(&s->conn.wire);

	return waiting >= ACK_BYTES ||
	       (waiting > 0 && now_ms >= s->unwritten_since_ms + ACK_WAIT_MS);
}

static uint64_t earliest(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t least = a < b ? a : b;

	return least < c ? least : c;
}

bool mq_take(struct mq *mq, uint64_t deadline_ms, int wake_fd, struct mq_delivery *out,
	     struct err *err)
{
	struct mq_sub *s = &mq->sub;
	bool woken = false, got;

	node_give(s, s->lent);
	s->lent = NULL;
	for (;;) {
		uint64_t now = clock_mono_ms();

		mq_tend(&mq->pub.conn);
		if (s->conn.state == MQ_CONN_LOST)
			return report_lost(s, err);
		got = false;
		if (s->conn.state == MQ_CONN_OPEN &&
		    (s->inbox.head == NULL || acks_are_due(s, now) ||
		     now >= mq_conn_due_ms(&s->conn)) &&
		    !mq_conn_step(&s->conn, &got, err))
			return report_lost(s, err);
		if (lend(s, out))
			return true;
		if (got)
			continue;
		if (woken || mq_wire_late(deadline_ms))
			return err_set(err, ERR_TIMEOUT, "nothing to take");
		woken = mq_wire_wait(&s->conn.wire,
				     earliest(deadline_ms, mq_conn_due_ms(&s->conn),
					      mq_conn_due_ms(&mq->pub.conn)),
				     wake_fd) == MQ_WAKE_FD;
	}
}

/* --- acknowledging -----------------------------------------------------------------------------
 */

/* The consumer a tag belongs to, or NULL when its connection is gone. */
static struct mq_consumer *tag_owner(struct mq_sub *s, uint64_t tag, uint64_t *serial_out)
{
	size_t index = (size_t)(tag >> TAG_SERIAL_BITS) - 1;
	struct mq_consumer *c;

	if (tag >> TAG_SERIAL_BITS == 0 || index >= s->count ||
	    (tag & TAG_SERIAL_MASK) > s->consumers[index].last)
		panic("delivery tag %llu was never given out", (unsigned long long)tag);
	c = &s->consumers[index];
	*serial_out = tag & TAG_SERIAL_MASK;
	if (s->conn.state != MQ_CONN_OPEN || !c->channel_open || *serial_out <= c->base)
		return NULL;
	if (mq_wire_unwritten(&s->conn.wire) == 0)
		s->unwritten_since_ms = clock_mono_ms();
	return c;
}

void mq_ack(struct mq *mq, uint64_t tag, bool multiple)
{
	struct mq_sub *s = &mq->sub;
	struct err ignored; /* a lost connection is reported by the next mq_take() */
	uint64_t serial;
	struct mq_consumer *c = tag_owner(s, tag, &serial);
	amqp_basic_ack_t ack = {.multiple = multiple};

	if (c == NULL)
		return;
	ack.delivery_tag = serial - c->base;
	(void)mq_conn_send(&s->conn, channel_of((size_t)(c - s->consumers)), AMQP_BASIC_ACK_METHOD,
			   &ack, &ignored);
}

void mq_reject(struct mq *mq, uint64_t tag, bool requeue)
{
	struct mq_sub *s = &mq->sub;
	struct err ignored;
	uint64_t serial;
	struct mq_consumer *c = tag_owner(s, tag, &serial);

	if (c != NULL)
		(void)send_reject(s, (size_t)(c - s->consumers), serial, requeue, &ignored);
}

bool mq_flush(struct mq *mq, uint64_t deadline_ms, struct err *err)
{
	struct mq_sub *s = &mq->sub;
	bool got;

	mq_tend(&mq->pub.conn);
	mq_tend(&s->conn);
	if (s->conn.state == MQ_CONN_LOST)
		return report_lost(s, err);
	while (mq_wire_unwritten(&s->conn.wire) > 0) {
		if (!mq_conn_step(&s->conn, &got, err))
			return false;
		if (mq_wire_unwritten(&s->conn.wire) == 0)
			break;
		if (mq_wire_late(deadline_ms))
			return mq_conn_lose(&s->conn, ERR_LOST,
					    "the broker takes no acknowledgements", err);
		if (!got)
			mq_wire_wait(&s->conn.wire, deadline_ms, -1);
	}
	return true;
}
