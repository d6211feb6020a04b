/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq - RabbitMQ in straight lines: one connection, every call with a deadline.
 *
 * librabbitmq serves as a codec only (amqp_decode_method, amqp_encode_*); the socket is our own and
 * non-blocking, so nothing here can wait past its deadline, not even under a broker alarm, nor past
 * the moment the process gives up (give_up.h), which counts as every deadline.  One
 * handle holds two AMQP connections inside, one for publishing and one for consuming and declaring,
 * because alarms block publishers only; each opens at its first use.  Confirms are on; heartbeats
 * are kept by own timers (checked in every call; call something at least every second);
 * `connection.blocked` and `consumer_cancel_notify` are announced and honoured; bodies over 4 MiB
 * are refused before anything is allocated (a fetched one is rejected without requeueing).
 *
 * After ERR_LOST: mq_reconnect_wait().  Until then consuming and declaring go on saying ERR_LOST,
 * while mq_confirm() tries to connect anew each time it is called.  Delivery tags die with the
 * connection: acknowledging an old one is silently nothing (the broker delivers again).
 *
 * Owner: the thread that opened it. */
#ifndef VESTNIK_BROKER_MQ_H
#define VESTNIK_BROKER_MQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct mq;

struct mq_options {
	const char *url;      /* amqp://user:password@host:port/vhost, amqps:// for TLS */
	const char *name;     /* connection_name shown by the broker, e.g. "dlrd/1" */
	int64_t heartbeat_ms; /* default 10000 if 0 */
	int64_t timeout_ms;   /* bound of connecting and declaring; default 10000 if 0 */
};

/* Connects nothing yet, so a broker that is down is no error; ERR_INPUT for a bad URL.
 * `?cacertfile=PATH` behind an amqps URL names the authorities to trust instead of the system's;
 * with amqps the process must ignore SIGPIPE. */
bool mq_open(const struct mq_options *options, struct mq **out, struct err *err);
/* Drop both connections and connect again with growing jittered delay (0.1 s to 5 s) until it works
 * or stop_fd is readable (ERR_STOPPING).  Reasons for trying again are logged here.  Consumers are
 * not restored: the caller declares and consumes again. */
bool mq_reconnect_wait(struct mq *mq, int stop_fd, struct err *err);
void mq_close(struct mq **mq); /* polite within 500 ms, then hard */
bool mq_usable(const struct mq *mq);

/* --- queues ------------------------------------------------------------------------------------
 */

/* Declare a durable quorum queue.  `dead_letter_queue` NULL: no delivery limit and no dead
 * lettering (tickets); else rejected or 5 times redelivered messages go to that queue, declared
 * too. */
bool mq_declare(struct mq *mq, const char *queue, const char *dead_letter_queue, struct err *err);
/* A queue that is more than a name. */
struct mq_queue {
	const char *name;
	const char *dead_letter_queue; /* NULL: none; declared by the caller */
	int delivery_limit;	       /* then to the dead letters; 0: none */
	int messages_max;	       /* when full, publishing is refused (nack); 0: no bound */
	int64_t ttl_ms;		       /* then a message is gone; 0: never */
	bool single_consumer; /* one at a time, the others stand by: what comes stays in order */
};
bool mq_declare_queue(struct mq *mq, const struct mq_queue *queue, struct err *err);
/* A durable topic exchange, and a queue's share of it ("#": everything). */
bool mq_declare_exchange(struct mq *mq, const char *exchange, struct err *err);
bool mq_bind(struct mq *mq, const char *queue, const char *exchange, const char *pattern,
	     struct err *err);
/* Messages ready in a queue (not those delivered and unacknowledged); declares nothing.
 * *exists_out false when there is no such queue. */
bool mq_depth(struct mq *mq, const char *queue, uint32_t *ready_out, bool *exists_out,
	      struct err *err);

/* --- publishing --------------------------------------------------------------------------------
 */

/* Queue one persistent message to `queue` through the default exchange; nothing waits.  The body is
 * copied.  Sent by the next mq_send() or mq_confirm(). */
void mq_publish(struct mq *mq, const char *queue, const void *body, size_t len);
/* The same through an exchange, with what receivers who are strangers read beside the body. */
struct mq_envelope {
	const char *exchange; /* "": the default one, whose routing key is a queue's name */
	const char *routing_key;
	const char *content_type; /* these three may be NULL */
	const char *message_id;
	const char *type;
	const char *reason; /* header x-reason: why a message is a dead letter; NULL: none */
};
void mq_publish_to(struct mq *mq, const struct mq_envelope *envelope, const void *body, size_t len);
/* Hand what is gathered to the socket as far as that goes without waiting, so that the broker can
 * work on it; it stays gathered until mq_confirm(), which speaks for all of it and sends what this
 * call could not, or what a connection that died meanwhile had taken with it. */
void mq_send(struct mq *mq);
/* Send what mq_publish() gathered and wait until the broker has confirmed all of it.
 * ERR_TIMEOUT (also while the broker is blocked), ERR_LOST and ERR_REFUSED (nack, or a queue that
 * does not exist, then named) all mean: unknown which arrived; publish again, takers deduplicate.
 * ERR_LIMIT: more gathered than 64 MiB, or a body over 4 MiB; nothing was sent.  In every case
 * nothing stays gathered. */
bool mq_confirm(struct mq *mq, uint64_t deadline_ms, struct err *err);

/* --- consuming ---------------------------------------------------------------------------------
 */

#define MQ_USER_SIZE 128 /* longer names are none */

struct mq_delivery {
	uint64_t tag;	   /* for mq_ack; unique within this mq for its life */
	const char *queue; /* the string given to mq_consume */
	const void *body;  /* borrowed until the next mq_take on this mq */
	size_t len;
	bool redelivered;
	const char *user_id; /* property user-id, for which the broker vouches: whose connection
				published it; "" when it does not say; borrowed like the body */
};

/* Start consuming (a queue not yet consumed here) with at most `prefetch` unacknowledged deliveries
 * for this consumer.  `queue` must outlive the consumer. */
bool mq_consume(struct mq *mq, const char *queue, uint16_t prefetch, struct err *err);
/* Stop consuming; what was fetched and not yet taken goes back to the queue.  Deliveries taken
 * before may still be acknowledged.  Not consuming is fine. */
bool mq_cancel(struct mq *mq, const char *queue, struct err *err);
/* Take the next delivery.  Returns false with ERR_TIMEOUT at the deadline or when `wake_fd` (-1:
 * none) becomes readable, ERR_LOST when the connection or the consumer (queue deleted) died.
 * Deadline 0: only what is already here. */
bool mq_take(struct mq *mq, uint64_t deadline_ms, int wake_fd, struct mq_delivery *out,
	     struct err *err);
/* Acknowledge one delivery, or with `multiple` it and all before it of the same queue's consumer.
 */
void mq_ack(struct mq *mq, uint64_t tag, bool multiple);
/* Give a delivery back: to the queue, or (requeue false) to its dead-letter queue. */
void mq_reject(struct mq *mq, uint64_t tag, bool requeue);
/* Write out acknowledgements now (mq_take does it too), and keep both connections' heartbeats: who
 * only publishes now and then calls it in between.  False: ERR_LOST. */
bool mq_flush(struct mq *mq, uint64_t deadline_ms, struct err *err);

#endif
