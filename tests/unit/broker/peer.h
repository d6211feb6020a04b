/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* peer - a broker of our own that misbehaves on request, in a thread on a loopback port.
 *
 * It answers calls as a broker would (peer_serve) until the test's script has something else to
 * say. One peer serves one connection after another, each with the same script. */
#ifndef VESTNIK_TESTS_BROKER_PEER_H
#define VESTNIK_TESTS_BROKER_PEER_H

#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/broker/mq_conn.h"

struct peer;
typedef void peer_script(struct peer *p);

struct peer {
	int listen_fd;
	pthread_t thread;
	peer_script *script;
	const void *arg; /* the script's own */
	struct mq_wire wire;
	amqp_pool_t pool;
	atomic_bool stop;
	char url[64];
	int port;
	SSL_CTX *tls; /* NULL: plain */
	uint16_t heartbeat_s;
	/* what peer_serve() stopped at */
	amqp_method_number_t got;
	uint16_t channel;
	void *fields;
};

static inline void peer_say(struct peer *p, uint16_t channel, amqp_method_number_t id, void *fields)
{
	struct err err = {0};

	if (!mq_wire_put_method(&p->wire, channel, id, fields, &err) ||
	    !mq_wire_write(&p->wire, &err))
		fprintf(stderr, "peer: %s\n", err.msg);
}

static inline void peer_say_raw(struct peer *p, const void *bytes, size_t len)
{
	struct err err = {0};

	buf_add(&p->wire.out, bytes, len);
	(void)mq_wire_write(&p->wire, &err);
}

/* Header and body frames of a content. */
static inline void peer_say_content(struct peer *p, uint16_t channel, uint64_t announced,
				    const void *body, size_t len)
{
	unsigned char header[14] = {0, 60};
	struct err err = {0};

	for (int k = 0; k < 8; k++)
		header[4 + k] = (unsigned char)(announced >> (56 - 8 * k));
	mq_wire_put_raw(&p->wire, AMQP_FRAME_HEADER, channel, header, sizeof(header), &err);
	if (len > 0)
		mq_wire_put_raw(&p->wire, AMQP_FRAME_BODY, channel, body, len, &err);
	(void)mq_wire_write(&p->wire, &err);
}

static inline void peer_deliver(struct peer *p, uint16_t channel, uint64_t tag)
{
	amqp_basic_deliver_t d = {.consumer_tag = mq_bytes("v"),
				  .delivery_tag = tag,
				  .exchange = amqp_empty_bytes,
				  .routing_key = mq_bytes("q")};

	peer_say(p, channel, AMQP_BASIC_DELIVER_METHOD, &d);
}

/* The next method the client sends; contents and heartbeats are skipped.  False: client gone. */
static inline bool peer_hear(struct peer *p)
{
	struct err err = {0};
	struct mq_frame f;
	bool got;

	for (;;) {
		if (!mq_wire_frame(&p->wire, &f, &got, &err))
			return false;
		if (got && f.type == AMQP_FRAME_METHOD) {
			amqp_bytes_t rest = {.bytes = (void *)(uintptr_t)(f.payload + 4),
					     .len = f.len - 4};

			p->got = (uint32_t)f.payload[0] << 24 | (uint32_t)f.payload[1] << 16 |
				 (uint32_t)f.payload[2] << 8 | f.payload[3];
			p->channel = f.channel;
			recycle_amqp_pool(&p->pool);
			return amqp_decode_method(p->got, &p->pool, rest, &p->fields) == 0;
		}
		if (got)
			continue;
		if (!mq_wire_write(&p->wire, &err) || !mq_wire_read(&p->wire, &got, &err))
			return false;
		if (!got && mq_wire_wait(&p->wire, clock_mono_ms() + 50, -1) == MQ_WAKE_DEADLINE &&
		    p->stop)
			return false;
	}
}

/* What a broker says to each call of ours, in the order our client makes them. */
static inline bool peer_answer(struct peer *p)
{
	amqp_connection_tune_t tune = {
		.channel_max = 2047, .frame_max = MQ_FRAME_MAX, .heartbeat = p->heartbeat_s};
	amqp_connection_open_ok_t open_ok = {.known_hosts = amqp_empty_bytes};
	amqp_channel_open_ok_t channel_ok = {.channel_id = amqp_empty_bytes};
	amqp_queue_declare_ok_t declare_ok = {.queue = mq_bytes("q"), .message_count = 7};
	amqp_basic_consume_ok_t consume_ok = {.consumer_tag = mq_bytes("v")};
	amqp_basic_cancel_ok_t cancel_ok = {.consumer_tag = mq_bytes("v")};
	char nothing[8] = {0};

	switch (p->got) {
	case AMQP_CONNECTION_START_OK_METHOD:
		peer_say(p, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
		return true;
	case AMQP_CONNECTION_TUNE_OK_METHOD:
		return true;
	case AMQP_CONNECTION_OPEN_METHOD:
		peer_say(p, 0, AMQP_CONNECTION_OPEN_OK_METHOD, &open_ok);
		return true;
	case AMQP_CONNECTION_CLOSE_METHOD:
		peer_say(p, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, nothing);
		return true;
	case AMQP_CHANNEL_OPEN_METHOD:
		peer_say(p, p->channel, AMQP_CHANNEL_OPEN_OK_METHOD, &channel_ok);
		return true;
	case AMQP_CONFIRM_SELECT_METHOD:
		peer_say(p, p->channel, AMQP_CONFIRM_SELECT_OK_METHOD, nothing);
		return true;
	case AMQP_QUEUE_DECLARE_METHOD:
		peer_say(p, p->channel, AMQP_QUEUE_DECLARE_OK_METHOD, &declare_ok);
		return true;
	case AMQP_BASIC_QOS_METHOD:
		peer_say(p, p->channel, AMQP_BASIC_QOS_OK_METHOD, nothing);
		return true;
	case AMQP_BASIC_CONSUME_METHOD:
		peer_say(p, p->channel, AMQP_BASIC_CONSUME_OK_METHOD, &consume_ok);
		return true;
	case AMQP_BASIC_CANCEL_METHOD:
		peer_say(p, p->channel, AMQP_BASIC_CANCEL_OK_METHOD, &cancel_ok);
		return true;
	default:
		return false;
	}
}

static inline void peer_say_start(struct peer *p, uint8_t minor, const char *mechanisms)
{
	amqp_connection_start_t start = {
		.version_minor = minor,
		.mechanisms = mq_bytes(mechanisms),
		.locales = mq_bytes("en_US"),
	};

	peer_say(p, 0, AMQP_CONNECTION_START_METHOD, &start);
}

/* Swallow the protocol header, greet, and answer calls until `until` has been answered (or heard,
 * where there is no answer).  False: client gone. */
static inline bool peer_serve(struct peer *p, amqp_method_number_t until)
{
	while (peer_hear(p)) {
		(void)peer_answer(p);
		if (p->got == until)
			return true;
	}
	return false;
}

static inline bool peer_greet(struct peer *p)
{
	struct mq_wire *w = &p->wire;
	struct err err;
	bool got;

	while (w->in_len - w->in_at < 8) {
		if (p->stop || !mq_wire_read(w, &got, &err))
			return false;
		if (!got)
			mq_wire_wait(w, clock_mono_ms() + 50, -1);
	}
	w->in_at += 8;
	return memcmp(w->in + w->in_at - 8, "AMQP\0\0\x09\x01", 8) == 0;
}

static inline bool peer_tls_accept(struct peer *p)
{
	int result;

	if (p->tls == NULL)
		return true;
	p->wire.ssl = SSL_new(p->tls);
	SSL_set_fd(p->wire.ssl, p->wire.fd);
	while ((result = SSL_accept(p->wire.ssl)) != 1) {
		int why = SSL_get_error(p->wire.ssl, result);

		if (p->stop || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE))
			return false;
		mq_wire_wait(&p->wire, clock_mono_ms() + 50, -1);
	}
	return true;
}

static inline void *peer_main(void *arg)
{
	struct peer *p = arg;

	while (!p->stop) {
		int fd = accept4(p->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			break;
		p->wire.fd = fd;
		p->wire.in = mem_alloc(MQ_IN_BYTES);
		p->wire.frame_max = MQ_FRAME_MAX;
		if (peer_tls_accept(p))
			p->script(p);
		mq_wire_drop(&p->wire);
	}
	return NULL;
}

static inline struct peer *peer_start_tls(peer_script *script, const void *arg, SSL_CTX *tls)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	struct peer *p = mem_calloc(1, sizeof(*p));

	mq_wire_init(&p->wire);
	init_amqp_pool(&p->pool, 4096);
	p->script = script;
	p->arg = arg;
	p->tls = tls;
	p->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(p->listen_fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(p->listen_fd, 8), 0);
	ck_assert_int_eq(getsockname(p->listen_fd, (struct sockaddr *)&a, &len), 0);
	p->port = ntohs(a.sin_port);
	snprintf(p->url, sizeof(p->url), "amqp://guest:guest@127.0.0.1:%d", p->port);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, peer_main, p), 0);
	return p;
}

static inline struct peer *peer_start(peer_script *script, const void *arg)
{
	return peer_start_tls(script, arg, NULL);
}

static inline void peer_stop(struct peer *p)
{
	p->stop = true;
	shutdown(p->listen_fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->listen_fd);
	empty_amqp_pool(&p->pool);
	mem_free(p);
}

/* Hold the connection open without a word until the test is over. */
static inline void peer_fall_silent(struct peer *p)
{
	while (!p->stop) {
		struct timespec slice = {.tv_nsec = 10 * 1000 * 1000};

		nanosleep(&slice, NULL);
	}
}

#endif
