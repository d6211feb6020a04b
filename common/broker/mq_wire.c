/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* mq_wire - bytes and frames between us and the broker (contract in mq_wire.h). */
#include "common/broker/mq_wire.h"

#include <endian.h>
#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/mem.h"

#define METHOD_BYTES_MAX 4096 /* the longest method we send is connection.start-ok */
#define OUT_KEEP_BYTES	 (1u << 20)
#define FRAME_HEAD	 7

void mq_wire_init(struct mq_wire *w)
{
	*w = (struct mq_wire){.fd = -1};
	buf_init(&w->out, MQ_OUT_BYTES_MAX);
}

void mq_wire_drop(struct mq_wire *w)
{
	SSL_free(w->ssl);
	w->ssl = NULL;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	mem_free(w->in);
	w->in = NULL;
	w->in_at = w->in_len = 0;
	buf_deinit(&w->out);
	buf_init(&w->out, MQ_OUT_BYTES_MAX);
	w->out_at = 0;
	w->read_wants_write = false;
}

void mq_wire_deinit(struct mq_wire *w)
{
	mq_wire_drop(w);
}

/* --- bytes -------------------------------------------------------------------------------------
 */

/* What a TLS call that moved nothing means: true to come back later, false when the peer is gone.
 */
static bool tls_again(struct mq_wire *w, int result, bool reading, struct err *err)
{
	int why = SSL_get_error(w->ssl, result);
	unsigned long detail;

	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		w->read_wants_write = reading && why == SSL_ERROR_WANT_WRITE;
		return true;
	}
	if (why == SSL_ERROR_ZERO_RETURN)
		return err_set(err, ERR_LOST, "the broker closed the connection");
	detail = ERR_get_error();
	return err_set(err, ERR_LOST, "TLS failed: %s",
		       detail != 0  ? ERR_reason_error_string(detail)
		       : errno != 0 ? strerror(errno)
				    : "the connection was cut");
}

static bool socket_again(ssize_t result, struct err *err)
{
	if (result == 0)
		return err_set(err, ERR_LOST, "the broker closed the connection");
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return true;
	return err_set(err, ERR_LOST, "the connection broke: %s", strerror(errno));
}

bool mq_wire_read(struct mq_wire *w, bool *got_out, struct err *err)
{
	ssize_t n;

	*got_out = false;
	if (w->in_at == w->in_len)
		w->in_at = w->in_len = 0;
	if (w->in_at > 0 && MQ_IN_BYTES - w->in_len < MQ_FRAME_MAX) {
		memmove(w->in, w->in + w->in_at, w->in_len - w->in_at);
		w->in_len -= w->in_at;
		w->in_at = 0;
	}
	if (w->in_len == MQ_IN_BYTES)
		return true;
	errno = 0;
	if (w->ssl != NULL) {
		ERR_clear_error();
		w->read_wants_write = false;
		n = SSL_read(w->ssl, w->in + w->in_len, (int)(MQ_IN_BYTES - w->in_len));
		if (n <= 0)
			return tls_again(w, (int)n, true, err);
	} else {
		n = recv(w->fd, w->in + w->in_len, MQ_IN_BYTES - w->in_len, 0);
		if (n <= 0)
			return socket_again(n, err);
	}
	w->in_len += (size_t)n;
	w->last_rx_ms = clock_mono_ms();
	*got_out = true;
	return true;
}

size_t mq_wire_unwritten(const struct mq_wire *w)
{
	return w->out.len - w->out_at;
}

static void out_emptied(struct mq_wire *w)
{
	w->out_at = 0;
	if (w->out.cap <= OUT_KEEP_BYTES) {
		buf_reset(&w->out);
		return;
	}
	buf_deinit(&w->out);
	buf_init(&w->out, MQ_OUT_BYTES_MAX);
}

bool mq_wire_write(struct mq_wire *w, struct err *err)
{
	while (mq_wire_unwritten(w) > 0) {
		const char *at = w->out.data + w->out_at;
		size_t len = mq_wire_unwritten(w);
		ssize_t n;

		errno = 0;
		if (w->ssl != NULL) {
			ERR_clear_error();
			n = SSL_write(w->ssl, at, (int)len);
			if (n <= 0)
				return tls_again(w, (int)n, false, err);
		} else {
			n = send(w->fd, at, len, MSG_NOSIGNAL);
			if (n < 0)
				return socket_again(n, err);
		}
		w->out_at += (size_t)n;
		w->last_tx_ms = clock_mono_ms();
	}
	out_emptied(w);
	return true;
}

static int poll_timeout(uint64_t now_ms, uint64_t deadline_ms)
{
	uint64_t left = deadline_ms > now_ms ? deadline_ms - now_ms : 0;

	return left > 60000 ? 60000 : (int)left;
}

bool mq_wire_late(uint64_t deadline_ms)
{
	return gave_up() || clock_mono_ms() >= deadline_ms;
}

enum mq_wake mq_wire_wait(const struct mq_wire *w, uint64_t deadline_ms, int wake_fd)
{
	bool write = mq_wire_unwritten(w) > 0 || w->read_wants_write;
	struct pollfd fds[3] = {
		{.fd = w->fd, .events = (short)(POLLIN | (write ? POLLOUT : 0))},
		{.fd = wake_fd, .events = POLLIN},
		{.fd = give_up_fd(), .events = POLLIN},
	};

	for (;;) {
		uint64_t now = clock_mono_ms();
		int n = poll(fds, 3, poll_timeout(now, deadline_ms));

		if (n > 0 && fds[1].revents != 0)
			return MQ_WAKE_FD;
		if (n > 0 && fds[2].revents == 0)
			return MQ_WAKE_IO;
		if (mq_wire_late(deadline_ms))
			return MQ_WAKE_DEADLINE;
	}
}

/* --- frames ------------------------------------------------------------------------------------
 */

static uint32_t load_be32(const unsigned char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return be32toh(v);
}

bool mq_wire_frame(struct mq_wire *w, struct mq_frame *out, bool *got_out, struct err *err)
{
	const unsigned char *at = w->in + w->in_at;
	size_t have = w->in_len - w->in_at;
	uint32_t len;

	*got_out = false;
	if (have >= 4 && memcmp(at, "AMQP", 4) == 0)
		return err_set(err, ERR_LOST, "the broker does not speak AMQP 0-9-1");
	if (have >= 1 && (at[0] < AMQP_FRAME_METHOD || at[0] > AMQP_FRAME_BODY) &&
	    at[0] != AMQP_FRAME_HEARTBEAT && at[0] != 'A')
		return err_set(err, ERR_LOST,
			       "what answers is no AMQP broker (frame type 0x%02x); check host "
			       "and port",
			       at[0]);
	if (have < FRAME_HEAD)
		return true;
	len = load_be32(at + 3);
	if (len > w->frame_max - MQ_FRAME_EXTRA)
		return err_set(err, ERR_LOST,
			       "the broker announced a frame of %u bytes; %u are agreed", len,
			       w->frame_max - MQ_FRAME_EXTRA);
	if (have < (size_t)len + MQ_FRAME_EXTRA)
		return true;
	if (at[FRAME_HEAD + len] != AMQP_FRAME_END)
		return err_set(err, ERR_LOST, "the broker sent a frame without its end mark");
	*out = (struct mq_frame){
		.type = at[0],
		.channel = (uint16_t)(at[1] << 8 | at[2]),
		.payload = at + FRAME_HEAD,
		.len = len,
	};
	w->in_at += (size_t)len + MQ_FRAME_EXTRA;
	*got_out = true;
	return true;
}

static void put_frame_head(unsigned char *at, uint8_t type, uint16_t channel, uint32_t len)
{
	at[0] = type;
	at[1] = (unsigned char)(channel >> 8);
	at[2] = (unsigned char)channel;
	len = htobe32(len);
	memcpy(at + 3, &len, sizeof(len));
}

static bool too_much(struct err *err)
{
	return err_set(err, ERR_LIMIT, "more than %u bytes wait to be written to the broker",
		       MQ_OUT_BYTES_MAX);
}

bool mq_wire_put_method(struct mq_wire *w, uint16_t channel, amqp_method_number_t id, void *fields,
			struct err *err)
{
	unsigned char *at = (unsigned char *)buf_reserve(&w->out, METHOD_BYTES_MAX);
	uint32_t number = htobe32(id);
	amqp_bytes_t room;
	int len;

	if (at == NULL)
		return too_much(err);
	memcpy(at + FRAME_HEAD, &number, sizeof(number));
	room.bytes = at + FRAME_HEAD + sizeof(number);
	room.len = METHOD_BYTES_MAX - FRAME_HEAD - sizeof(number) - 1;
	len = amqp_encode_method(id, fields, room);
	if (len < 0)
		return err_set(err, ERR_LIMIT, "%s cannot be encoded: a field is too long",
			       amqp_method_name(id));
	len += (int)sizeof(number);
	put_frame_head(at, AMQP_FRAME_METHOD, channel, (uint32_t)len);
	at[FRAME_HEAD + len] = AMQP_FRAME_END;
	w->out.len += (size_t)len + MQ_FRAME_EXTRA;
	return true;
}

bool mq_wire_put_raw(struct mq_wire *w, uint8_t type, uint16_t channel, const void *payload,
		     size_t len, struct err *err)
{
	unsigned char *at = (unsigned char *)buf_reserve(&w->out, len + MQ_FRAME_EXTRA);

	if (at == NULL)
		return too_much(err);
	put_frame_head(at, type, channel, (uint32_t)len);
	if (len > 0)
		memcpy(at + FRAME_HEAD, payload, len);
	at[FRAME_HEAD + len] = AMQP_FRAME_END;
	w->out.len += len + MQ_FRAME_EXTRA;
	return true;
}
