/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_state - what stands behind `struct mq`, shared by mq.c, mq_publish.c and mq_consume.c only. */
#ifndef VESTNIK_BROKER_MQ_STATE_H
#define VESTNIK_BROKER_MQ_STATE_H

#include "common/broker/mq.h"
#include "common/broker/mq_conn.h"

#define MQ_QUEUE_NAME_MAX 255 /* an AMQP short string */

/* Publishing: what is gathered, and which of it the broker has settled. */
struct mq_pub {
	struct mq_conn conn;
	bool ever_used;
	struct buf gathered; /* records, see mq_publish.c */
	size_t count;
	size_t encoded;		/* bytes of `gathered` that went to this connection */
	bool begun;		/* the confirm at hand has its first_tag */
	bool too_long;		/* a body over MQ_BODY_MAX was given */
	uint64_t next_tag;	/* of the next message on this channel */
	uint64_t first_tag;	/* of the first message of the confirm at hand */
	unsigned char *settled; /* one flag a message of the confirm at hand */
	size_t settled_cap;
	size_t settled_to;  /* all before this one are settled */
	size_t unsettled;   /* sent and not settled */
	struct err refusal; /* kind ERR_NONE: none */
};

/* One delivery, whole or growing; taken from and returned to a free list. */
struct mq_node {
	struct mq_node *next;
	size_t consumer; /* index */
	uint64_t serial;
	bool redelivered;
	bool oversize; /* its body is skipped, it will be rejected */
	char user_id[MQ_USER_SIZE];
	uint64_t want; /* bytes announced */
	size_t len, cap;
	unsigned char *body;
};

struct mq_node_list {
	struct mq_node *head, *tail;
};

/* Each consumer has a channel of its own (index + 2), so prefetch and multiple acks are its own.
 * The tag handed out is (index + 1) << 48 | serial; serial = base + the broker's tag, and base
 * grows past every serial given out when the channel dies, so an old tag is recognised. */
struct mq_consumer {
	char *name;
	const char *given; /* the caller's string, for deliveries */
	bool channel_open, consuming;
	uint64_t base, last;
	struct mq_node *growing; /* its content frames are coming in */
};

struct mq_sub {
	struct mq_conn conn;
	bool control_open; /* channel 1, for declaring */
	struct mq_consumer *consumers;
	size_t count;
	struct mq_node_list inbox, spare;
	size_t spare_count;
	struct mq_node *lent; /* its body was given out by the last mq_take() */
	uint64_t unwritten_since_ms;
};

struct mq {
	struct mq_link link;
	struct mq_pub pub;
	struct mq_sub sub;
};

/* mq_publish.c */
void mq_pub_init(struct mq_pub *p, const struct mq_link *link);
void mq_pub_deinit(struct mq_pub *p);
bool mq_pub_open(struct mq_pub *p, uint64_t deadline_ms, int wake_fd, struct err *err);

/* mq_consume.c */
void mq_sub_init(struct mq_sub *s, const struct mq_link *link);
void mq_sub_deinit(struct mq_sub *s);
/* OPEN already, or open it; LOST stays lost until mq_sub_reset(). */
bool mq_sub_ready(struct mq_sub *s, uint64_t deadline_ms, int wake_fd, struct err *err);
void mq_sub_reset(struct mq_sub *s);

/* mq.c: the deadline of declaring and the like. */
uint64_t mq_call_deadline(const struct mq *mq);
/* Let the connection that is not at the centre keep its heartbeats.  Its loss shows when used. */
void mq_tend(struct mq_conn *c);

#endif
