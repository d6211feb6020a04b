/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_wire - one non-blocking socket to the broker, plain or TLS, and the frames on it.
 *
 * librabbitmq translates methods and properties to bytes and back; frame headers, buffers and
 * waiting are here.  Nothing blocks but mq_wire_connect() and mq_wire_wait(), and those end at
 * their deadline, when `wake_fd` (-1: none) is readable, or when the process gives up (give_up.h),
 * which counts as the deadline.  With TLS the process must ignore
 * SIGPIPE.
 *
 * Owner: the mq_conn that embeds it. */
#ifndef VESTNIK_BROKER_MQ_WIRE_H
#define VESTNIK_BROKER_MQ_WIRE_H

#include <amqp.h>
#include <amqp_framing.h>

#include "common/base/buf.h"
#include "common/broker/mq_address.h"

#define MQ_FRAME_MAX	 131072 /* largest frame we agree to, header and end octet included */
#define MQ_FRAME_EXTRA	 8	/* header and end octet */
#define MQ_IN_BYTES	 (2 * MQ_FRAME_MAX) /* read buffer */
#define MQ_BODY_MAX	 (4u << 20)
#define MQ_OUT_BYTES_MAX (2 * MQ_BODY_MAX)

struct mq_wire {
	int fd; /* -1 when closed */
	SSL *ssl;
	bool read_wants_write; /* TLS must write before it can read on */
	unsigned char *in;     /* in_at..in_len is read and not yet parsed */
	size_t in_at, in_len;
	struct buf out; /* out_at..len is not yet written */
	size_t out_at;
	uint32_t frame_max;
	uint64_t last_rx_ms, last_tx_ms;
};

struct mq_frame {
	uint8_t type; /* AMQP_FRAME_METHOD, _HEADER, _BODY, _HEARTBEAT */
	uint16_t channel;
	const unsigned char *payload; /* borrowed until the next mq_wire_read() */
	size_t len;
};

enum mq_wake { MQ_WAKE_IO, MQ_WAKE_DEADLINE, MQ_WAKE_FD };

void mq_wire_init(struct mq_wire *w);
void mq_wire_deinit(struct mq_wire *w);
/* Resolve, connect and, with TLS, shake hands.  ERR_LOST (also at the
 * deadline) or ERR_STOPPING (wake_fd). */
bool mq_wire_connect(struct mq_wire *w, const struct mq_address *address, uint64_t deadline_ms,
		     int wake_fd, struct err *err);
/* Close without ceremony; fine when closed already. */
void mq_wire_drop(struct mq_wire *w);

/* Read what is there; *got_out tells whether anything was.  False: the peer is gone (ERR_LOST). */
bool mq_wire_read(struct mq_wire *w, bool *got_out, struct err *err);
/* Write as much as the socket takes. */
bool mq_wire_write(struct mq_wire *w, struct err *err);
size_t mq_wire_unwritten(const struct mq_wire *w);
/* The deadline is over, or the process has given up. */
bool mq_wire_late(uint64_t deadline_ms);
enum mq_wake mq_wire_wait(const struct mq_wire *w, uint64_t deadline_ms, int wake_fd);

/* The next whole frame in the read buffer: *got_out false when there is none yet.  False: the peer
 * broke the protocol (ERR_LOST). */
bool mq_wire_frame(struct mq_wire *w, struct mq_frame *out, bool *got_out, struct err *err);
/* Append a frame to what will be written.  False: too much waits unwritten, or a field is too long
 * (ERR_LIMIT). */
bool mq_wire_put_method(struct mq_wire *w, uint16_t channel, amqp_method_number_t id, void *fields,
			struct err *err);
bool mq_wire_put_raw(struct mq_wire *w, uint8_t type, uint16_t channel, const void *payload,
		     size_t len, struct err *err);

#endif
