/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_conn - one AMQP connection: opening, heartbeats, connection.blocked, calls and their answers.
 *
 * States: CLOSED -> OPEN -> LOST, and back to CLOSED by mq_conn_drop().  Whatever breaks the
 * connection passes through one place, which keeps the reason in `why`.  Methods and contents that
 * are not the answer to a call are handed to `on_event` while frames are read.
 *
 * Owner: the mq that embeds it. */
#ifndef VESTNIK_BROKER_MQ_CONN_H
#define VESTNIK_BROKER_MQ_CONN_H

#include "common/broker/mq_wire.h"

struct mq_link {
	struct mq_address address;
	char *name;
	int64_t heartbeat_ms;
	int64_t timeout_ms;
};

/* What came in on a channel other than 0. */
struct mq_event {
	uint16_t channel;
	enum { MQ_EVENT_METHOD, MQ_EVENT_HEADER, MQ_EVENT_BODY } type;
	amqp_method_number_t id; /* METHOD */
	const void *fields;	 /* METHOD: amqp_..._t */
	uint64_t body_size;	 /* HEADER */
	amqp_bytes_t user_id;	 /* HEADER: who the broker says published it; empty: it does not */
	const unsigned char *chunk; /* BODY: borrowed for the call */
	size_t len;
};

/* False (err set): the peer broke the protocol or a promise; the connection is then lost. */
typedef bool mq_on_event(void *arg, const struct mq_event *event, struct err *err);

struct mq_conn {
	enum { MQ_CONN_CLOSED, MQ_CONN_OPEN, MQ_CONN_LOST } state;
	struct mq_wire wire;
	const struct mq_link *link;
	mq_on_event *on_event;
	void *arg;
	int wake_fd;	       /* ends calls while opening; -1 otherwise */
	struct err why;	       /* LOST: the reason */
	uint64_t heartbeat_ms; /* agreed; 0 is none */
	bool blocked;	       /* connection.blocked is in force */
	char blocked_why[80];  /* the broker's words */
	amqp_pool_t pool;      /* what the frame at hand was decoded into */
	struct {	       /* the call that waits for its answer, if any */
		uint16_t channel;
		amqp_method_number_t want; /* 0: none */
		bool answered, refused;
		void *fields; /* valid until the next frame is read */
		int code;     /* refused: the broker's reply code and text */
		char text[200];
	} call;
};

void mq_conn_init(struct mq_conn *c, const struct mq_link *link, mq_on_event *on_event, void *arg);
void mq_conn_deinit(struct mq_conn *c);
/* CLOSED or LOST to OPEN.  ERR_LOST (also at the deadline) or ERR_STOPPING (wake_fd). */
bool mq_conn_open(struct mq_conn *c, uint64_t deadline_ms, int wake_fd, struct err *err);
bool mq_conn_channel(struct mq_conn *c, uint16_t channel, uint64_t deadline_ms, struct err *err);
void mq_conn_drop(struct mq_conn *c);
/* Write what is left, say goodbye, wait for the answer until the deadline; then drop. */
void mq_conn_close(struct mq_conn *c, uint64_t deadline_ms);
/* OPEN to LOST, for the reason in err or the one given; both return false with it in err. */
bool mq_conn_fail(struct mq_conn *c, struct err *err);
bool mq_conn_lose(struct mq_conn *c, enum err_kind kind, const char *reason, struct err *err);

/* Queue a method.  Fails only as mq_wire_put_method() does, which loses the connection. */
bool mq_conn_send(struct mq_conn *c, uint16_t channel, amqp_method_number_t id, void *fields,
		  struct err *err);
/* Send and await the answer `want`.  ERR_REFUSED when the broker closed the channel instead (code
 * and text in c->call); past the deadline the connection is lost, for nobody knows its state. */
bool mq_conn_call(struct mq_conn *c, uint16_t channel, amqp_method_number_t id, void *fields,
		  amqp_method_number_t want, uint64_t deadline_ms, struct err *err);
/* Write, read once, hand out events, keep heartbeats.  *got_out: something was read. */
bool mq_conn_step(struct mq_conn *c, bool *got_out, struct err *err);
/* When mq_conn_step() must run next for the heartbeats' sake. */
uint64_t mq_conn_due_ms(const struct mq_conn *c);

amqp_bytes_t mq_bytes(const char *text);

#endif
