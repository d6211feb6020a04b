/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/broker/mq against a peer that breaks the protocol, lies, or says nothing: every
 * call must end in time with a sentence that names the trouble. */
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

#include "common/base/give_up.h"
#include "common/broker/mq.h"
#include "tests/unit/broker/peer.h"
#include "tests/unit/support/run.h"

#define BYTES(s) s, sizeof(s) - 1

static struct mq *open_mq(const char *url, int64_t timeout_ms, int64_t heartbeat_ms)
{
	struct mq_options options = {
		.url = url, .name = "test", .timeout_ms = timeout_ms, .heartbeat_ms = heartbeat_ms};
	struct err err = {0};
	struct mq *mq = NULL;

	ck_assert_msg(mq_open(&options, &mq, &err), "%s", err.msg);
	return mq;
}

/* --- URLs --------------------------------------------------------------------------------------
 */

static const struct {
	const char *why, *url, *want;
} bad_urls[] = {
	{"another scheme", "http://localhost/", "not understood"},
	{"no scheme", "localhost:5672", "not understood"},
	{"a port that is no number", "amqp://h:port/", "not understood"},
	{"an unknown option", "amqps://h/?verify=no", "only option"},
	{"two options", "amqps://h/?cacertfile=/a&cacertfile=/b", "only option"},
	{"authorities without TLS", "amqp://h/?cacertfile=/a", "amqps"},
	{"authorities that are not there", "amqps://h/?cacertfile=/nonexistent.pem",
	 "/nonexistent.pem"},
};

START_TEST(test_bad_url)
{
	struct mq_options options = {.url = bad_urls[_i].url, .name = "test"};
	struct err err = {0};
	struct mq *mq = NULL;

	ck_assert_msg(!mq_open(&options, &mq, &err), "%s", bad_urls[_i].why);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_msg(strstr(err.msg, bad_urls[_i].want) != NULL, "%s: %s", bad_urls[_i].why,
		      err.msg);
	ck_assert_ptr_null(mq);
	mq_close(&mq);
}
END_TEST

START_TEST(test_long_url)
{
	char url[4000] = "amqp://user:";
	struct mq_options options = {.url = url, .name = "test"};
	struct err err = {0};
	struct mq *mq = NULL;

	memset(url + 12, 'x', sizeof(url) - 13);
	ck_assert(!mq_open(&options, &mq, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
}
END_TEST

START_TEST(test_url_parts)
{
	struct mq_address a;
	struct err err = {0};

	ck_assert(mq_address_parse("amqp://me:p%40ss@[::1]:5673/v%2f1", &a, &err));
	ck_assert_str_eq(a.host, "::1");
	ck_assert_int_eq(a.port, 5673);
	ck_assert_str_eq(a.password, "p@ss");
	ck_assert_str_eq(a.vhost, "v/1");
	ck_assert_ptr_null(a.tls);
	mq_address_deinit(&a);
	ck_assert(mq_address_parse("amqps://host/", &a, &err));
	ck_assert_int_eq(a.port, 5671);
	ck_assert_str_eq(a.vhost, "/");
	ck_assert_ptr_nonnull(a.tls);
	mq_address_deinit(&a);
}
END_TEST

/* --- while connecting --------------------------------------------------------------------------
 */

struct speech {
	const char *why;
	const char *bytes;
	size_t len;
	bool then_close;
	const char *want;
};

static const struct speech speeches[] = {
	{"says nothing", BYTES(""), false, "no answer in time"},
	{"closes at once", BYTES(""), true, "closed the connection"},
	{"a web server", BYTES("HTTP/1.1 400 Bad Request\r\n"), false, "no AMQP broker"},
	{"AMQP 1.0", BYTES("AMQP\0\1\0\0"), false, "does not speak AMQP 0-9-1"},
	{"half a frame, then gone", BYTES("\x01\0\0\0\0\0\x20\0\x0a\0"), true, "closed"},
	{"half a frame, then nothing", BYTES("\x01\0\0\0\0\0\x20\0\x0a\0"), false, "no answer"},
	{"a frame of 2 GB", BYTES("\x01\0\0\x7f\xff\xff\xff\0\x0a\0"), false,
	 "frame of 2147483647 bytes"},
	{"a frame without end mark", BYTES("\x01\0\0\0\0\0\4\0\x0a\0\x0a\xcd"), false, "end mark"},
	{"a method of two bytes", BYTES("\x01\0\0\0\0\0\2\0\x0a\xce"), false, "2 bytes"},
	{"an unknown method", BYTES("\x01\0\0\0\0\0\4\0\x63\0\1\xce"), false, "cannot be decoded"},
	{"a start cut short", BYTES("\x01\0\0\0\0\0\6\0\x0a\0\x0a\0\x09\xce"), false,
	 "cannot be decoded"},
	{"a method out of turn", BYTES("\x01\0\0\0\0\0\5\0\x0a\0\x29\0\xce"), false, "unasked"},
	{"content on channel 0", BYTES("\x03\0\0\0\0\0\1x\xce"), false, "channel 0"},
	{"a content header cut short", BYTES("\x02\0\1\0\0\0\1x\xce"), false, "content header"},
	{"a delivery before the start", BYTES("\x03\0\2\0\0\0\1x\xce"), false, "not open"},
};

static void say_speech(struct peer *p)
{
	const struct speech *s = p->arg;

	if (!peer_greet(p))
		return;
	if (s->len > 0)
		peer_say_raw(p, s->bytes, s->len);
	if (!s->then_close)
		peer_fall_silent(p);
}

START_TEST(test_bad_greeting)
{
	const struct speech *s = &speeches[_i];
	struct peer *p = peer_start(say_speech, s);
	struct mq *mq = open_mq(p->url, 400, 0);
	struct err err = {0};
	uint64_t begun = clock_mono_ms();

	ck_assert_msg(!mq_declare(mq, "q", NULL, &err), "%s", s->why);
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert_msg(strstr(err.msg, s->want) != NULL, "%s: %s", s->why, err.msg);
	ck_assert_msg(strstr(err.msg, "127.0.0.1") != NULL, "the broker is named: %s", err.msg);
	ck_assert_uint_lt(clock_mono_ms() - begun, 3000);
	ck_assert(!mq_usable(mq));
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

START_TEST(test_confirm_against_silence)
{
	struct peer *p = peer_start(say_speech, &speeches[0]);
	struct mq *mq = open_mq(p->url, 10000, 0);
	struct err err = {0};
	uint64_t begun = clock_mono_ms();

	mq_publish(mq, "q", "x", 1);
	ck_assert(!mq_confirm(mq, begun + 300, &err));
	ck_assert_msg(err.kind == ERR_TIMEOUT, "%s", err.msg);
	ck_assert_uint_ge(clock_mono_ms() - begun, 300);
	ck_assert_uint_lt(clock_mono_ms() - begun, 2000);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

static void *give_up_soon(void *arg)
{
	(void)arg;
	(void)poll(NULL, 0, 50); /* too early does no harm: the call then fails at once */
	give_up();
	return NULL;
}

START_TEST(test_giving_up_ends_every_wait)
{
	struct peer *p = peer_start(say_speech, &speeches[0]);
	struct mq *mq = open_mq(p->url, 20000, 0);
	struct err err = {0};
	uint64_t begun = clock_mono_ms();
	struct mq_delivery none;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, give_up_soon, NULL), 0);
	mq_publish(mq, "q", "x", 1);
	ck_assert(!mq_confirm(mq, begun + 20000, &err));
	pthread_join(thread, NULL);
	ck_assert(!mq_declare(mq, "q", NULL, &err));
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert(!mq_take(mq, begun + 20000, -1, &none, &err));
	ck_assert(!mq_reconnect_wait(mq, -1, &err));
	ck_assert_int_eq(err.kind, ERR_STOPPING);
	mq_close(&mq);
	ck_assert_uint_lt(clock_mono_ms() - begun, 5000);
	peer_stop(p);
}
END_TEST

/* A stop ends waiting for a broker that accepts and says nothing, or is not there at all. */
START_TEST(test_stop_while_connecting)
{
	struct peer *p = peer_start(say_speech, &speeches[0]);
	struct mq *silent = open_mq(p->url, 60000, 0);
	struct mq *absent = open_mq("amqp://127.0.0.1:1", 60000, 0);
	int stop_fd = eventfd(1, EFD_CLOEXEC);
	struct err err = {0};
	uint64_t begun = clock_mono_ms();

	ck_assert(!mq_reconnect_wait(silent, stop_fd, &err));
	ck_assert_int_eq(err.kind, ERR_STOPPING);
	ck_assert(!mq_reconnect_wait(absent, stop_fd, &err));
	ck_assert_int_eq(err.kind, ERR_STOPPING);
	ck_assert_uint_lt(clock_mono_ms() - begun, 5000);
	mq_close(&silent);
	mq_close(&absent);
	close(stop_fd);
	peer_stop(p);
}
END_TEST

/* Names go the way through the resolver's thread.  (A label of 70 characters is refused there
 * without asking anybody.) */
START_TEST(test_names)
{
	struct peer *p = peer_start(say_speech, &speeches[2]);
	char url[64];
	struct mq *local, *none;
	struct err err = {0};

	snprintf(url, sizeof(url), "amqp://localhost:%s", strrchr(p->url, ':') + 1);
	local = open_mq(url, 5000, 0);
	ck_assert(!mq_declare(local, "q", NULL, &err));
	ck_assert_msg(strstr(err.msg, "no AMQP broker") != NULL, "%s", err.msg);
	mq_close(&local);
	peer_stop(p);

	none = open_mq(
		"amqp://nameofmorethansixtythreecharactersnameofmorethansixtythreecharacters", 5000,
		0);
	ck_assert(!mq_declare(none, "q", NULL, &err));
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert_msg(strstr(err.msg, "nameofmore") != NULL, "%s", err.msg);
	mq_close(&none);
}
END_TEST

static void say_noise(struct peer *p)
{
	unsigned seed = *(const unsigned *)p->arg;
	char noise[512];

	if (!peer_greet(p))
		return;
	peer_say_start(p, 9, "PLAIN");
	if (rand_r(&seed) % 2 && !peer_serve(p, AMQP_CHANNEL_OPEN_METHOD))
		return;
	for (size_t k = 0; k < sizeof(noise); k++)
		noise[k] = (char)rand_r(&seed);
	/* half of them look like a frame at first */
	if (rand_r(&seed) % 2)
		memcpy(noise, "\x01\0\1\0\0\0\x40\0\x3c\0\x3c", 11);
	peer_say_raw(p, noise, sizeof(noise));
}

START_TEST(test_noise)
{
	unsigned seed = (unsigned)time(NULL) + (unsigned)_i * 7919;
	struct peer *p = peer_start(say_noise, &seed);
	struct mq *mq = open_mq(p->url, 500, 0);
	struct mq_delivery d;
	struct err err = {0};

	printf("seed %u\n", seed);
	if (mq_consume(mq, "q", 10, &err))
		while (mq_take(mq, clock_mono_ms() + 500, -1, &d, &err))
			continue;
	ck_assert_int_eq(err.kind, ERR_LOST);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

/* --- greetings with a meaning ------------------------------------------------------------------
 */

static void refuse_version(struct peer *p)
{
	if (peer_greet(p))
		peer_say_start(p, 8, "PLAIN");
	peer_fall_silent(p);
}

static void refuse_plain(struct peer *p)
{
	if (peer_greet(p))
		peer_say_start(p, 9, "EXTERNAL");
	peer_fall_silent(p);
}

static void refuse_login(struct peer *p)
{
	amqp_connection_close_t close = {
		.reply_code = 403,
		.reply_text = mq_bytes("ACCESS_REFUSED - Login was refused"),
	};

	if (peer_greet(p)) {
		peer_say_start(p, 9, "PLAIN AMQPLAIN");
		if (peer_hear(p))
			peer_say(p, 0, AMQP_CONNECTION_CLOSE_METHOD, &close);
	}
	peer_fall_silent(p);
}

static void offer_tiny_frames(struct peer *p)
{
	amqp_connection_tune_t tune = {.frame_max = 1024, .heartbeat = 10};

	if (peer_greet(p)) {
		peer_say_start(p, 9, "PLAIN");
		if (peer_hear(p))
			peer_say(p, 0, AMQP_CONNECTION_TUNE_METHOD, &tune);
	}
	peer_fall_silent(p);
}

static const struct {
	const char *why;
	peer_script *script;
	const char *want;
} refusals[] = {
	{"AMQP 0-8", refuse_version, "0-9-1"},
	{"no PLAIN", refuse_plain, "PLAIN"},
	{"wrong password", refuse_login, "Login was refused"},
	{"tiny frames", offer_tiny_frames, "4096"},
};

START_TEST(test_refused_greeting)
{
	struct peer *p = peer_start(refusals[_i].script, NULL);
	struct mq *mq = open_mq(p->url, 2000, 0);
	struct err err = {0};

	ck_assert_msg(!mq_declare(mq, "q", NULL, &err), "%s", refusals[_i].why);
	ck_assert_msg(strstr(err.msg, refusals[_i].want) != NULL, "%s: %s", refusals[_i].why,
		      err.msg);
	ck_assert_msg(strstr(err.msg, "guest") == NULL, "no credentials in errors: %s", err.msg);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

/* --- while consuming ---------------------------------------------------------------------------
 */

static bool serve_consumer(struct peer *p)
{
	if (!peer_greet(p))
		return false;
	peer_say_start(p, 9, "PLAIN");
	return peer_serve(p, AMQP_BASIC_CONSUME_METHOD);
}

static void deliver_inside_another(struct peer *p)
{
	peer_deliver(p, 2, 1);
	peer_deliver(p, 2, 2);
}

static void header_without_delivery(struct peer *p)
{
	peer_say_content(p, 2, 1, "x", 1);
}

static void two_headers(struct peer *p)
{
	peer_deliver(p, 2, 1);
	peer_say_content(p, 2, 5, NULL, 0);
	peer_say_content(p, 2, 5, NULL, 0);
}

static void body_too_long(struct peer *p)
{
	peer_deliver(p, 2, 1);
	peer_say_content(p, 2, 1, "xyz", 3);
}

static void deliver_on_strange_channel(struct peer *p)
{
	peer_deliver(p, 9, 1);
}

static void deliver_tag_zero(struct peer *p)
{
	peer_deliver(p, 2, 0);
}

static void confirm_to_consumer(struct peer *p)
{
	amqp_basic_ack_t ack = {.delivery_tag = 1};

	peer_say(p, 2, AMQP_BASIC_ACK_METHOD, &ack);
}

static void close_channel(struct peer *p)
{
	amqp_channel_close_t close = {.reply_code = 406,
				      .reply_text = mq_bytes("PRECONDITION_FAILED - timeout")};

	peer_say(p, 2, AMQP_CHANNEL_CLOSE_METHOD, &close);
}

static void cancel_consumer(struct peer *p)
{
	amqp_basic_cancel_t cancel = {.consumer_tag = mq_bytes("v"), .nowait = 1};

	peer_say(p, 2, AMQP_BASIC_CANCEL_METHOD, &cancel);
}

static const struct offence {
	const char *why;
	peer_script *commit;
	const char *want;
} offences[] = {
	{"a delivery inside another", deliver_inside_another, "inside another"},
	{"a header without delivery", header_without_delivery, "out of place"},
	{"two headers", two_headers, "out of place"},
	{"a body longer than announced", body_too_long, "more content"},
	{"a delivery on a strange channel", deliver_on_strange_channel, "not open"},
	{"delivery tag 0", deliver_tag_zero, "delivery tag"},
	{"a confirm to a consumer", confirm_to_consumer, "BASIC_ACK"},
	{"the channel closed", close_channel, "PRECONDITION_FAILED"},
	{"the queue deleted", cancel_consumer, "queue q was deleted"},
};

static void offend(struct peer *p)
{
	const struct offence *o = p->arg;

	if (serve_consumer(p))
		o->commit(p);
	peer_fall_silent(p);
}

START_TEST(test_offence_while_consuming)
{
	struct peer *p = peer_start(offend, &offences[_i]);
	struct mq *mq = open_mq(p->url, 2000, 0);
	struct mq_delivery d;
	struct err err = {0};

	ck_assert_msg(mq_consume(mq, "q", 10, &err), "%s", err.msg);
	ck_assert(!mq_take(mq, clock_mono_ms() + 5000, -1, &d, &err));
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert_msg(strstr(err.msg, offences[_i].want) != NULL, "%s: %s", offences[_i].why,
		      err.msg);
	/* lost stays lost, whatever is called */
	ck_assert(!mq_take(mq, 0, -1, &d, &err) && err.kind == ERR_LOST);
	ck_assert(!mq_declare(mq, "q", NULL, &err) && err.kind == ERR_LOST);
	ck_assert(!mq_flush(mq, 0, &err) && err.kind == ERR_LOST);
	ck_assert(!mq_cancel(mq, "q", &err) && err.kind == ERR_LOST);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

/* 5 MiB arrive: none of it is kept, it is rejected for good, and the next delivery is given out. */
static void deliver_giant(struct peer *p)
{
	enum { CHUNK = 65536, CHUNKS = 80 };
	static char chunk[CHUNK];
	struct err err = {0};

	if (!serve_consumer(p))
		return;
	peer_deliver(p, 2, 1);
	peer_say_content(p, 2, (uint64_t)CHUNK * CHUNKS, NULL, 0);
	for (int k = 0; k < CHUNKS && !p->stop; k++) {
		mq_wire_put_raw(&p->wire, AMQP_FRAME_BODY, 2, chunk, CHUNK, &err);
		while (mq_wire_write(&p->wire, &err) && mq_wire_unwritten(&p->wire) > 0)
			mq_wire_wait(&p->wire, clock_mono_ms() + 100, -1);
	}
	if (peer_serve(p, AMQP_BASIC_REJECT_METHOD)) {
		const amqp_basic_reject_t *reject = p->fields;

		peer_deliver(p, 2, 2);
		if (reject->delivery_tag == 1 && !reject->requeue)
			peer_say_content(p, 2, 5, "right", 5);
		else
			peer_say_content(p, 2, 5, "wrong", 5);
	}
	peer_serve(p, AMQP_CONNECTION_CLOSE_METHOD);
}

START_TEST(test_giant_delivery)
{
	struct peer *p = peer_start(deliver_giant, NULL);
	struct mq *mq = open_mq(p->url, 2000, 0);
	struct mq_delivery d;
	struct err err = {0};

	ck_assert_msg(mq_consume(mq, "q", 10, &err), "%s", err.msg);
	ck_assert_msg(mq_take(mq, clock_mono_ms() + 10000, -1, &d, &err), "%s", err.msg);
	ck_assert_uint_eq(d.len, 5);
	ck_assert_mem_eq(d.body, "right", 5);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

static void consume_then_silence(struct peer *p)
{
	p->heartbeat_s = 1;
	if (serve_consumer(p))
		peer_fall_silent(p);
}

/* Heartbeats of 1 s: silence is noticed after two of them, not at the deadline. */
START_TEST(test_silence_while_consuming)
{
	struct peer *p = peer_start(consume_then_silence, NULL);
	struct mq *mq = open_mq(p->url, 2000, 1000);
	struct mq_delivery d;
	struct err err = {0};
	uint64_t begun = clock_mono_ms();

	ck_assert_msg(mq_consume(mq, "q", 10, &err), "%s", err.msg);
	ck_assert(!mq_take(mq, clock_mono_ms() + 20000, -1, &d, &err));
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert_msg(strstr(err.msg, "silent") != NULL, "%s", err.msg);
	ck_assert_uint_ge(clock_mono_ms() - begun, 1900);
	ck_assert_uint_lt(clock_mono_ms() - begun, 5000);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

/* Counts heartbeats on a connection that is only kept, for as long as the client stays. */
static atomic_int heartbeats;

static void count_heartbeats(struct peer *p)
{
	struct mq_frame f;
	struct err err;
	bool got;

	p->heartbeat_s = 1;
	if (!peer_greet(p))
		return;
	peer_say_start(p, 9, "PLAIN");
	if (!peer_serve(p, AMQP_QUEUE_DECLARE_METHOD))
		return;
	while (!p->stop && mq_wire_frame(&p->wire, &f, &got, &err)) {
		heartbeats += got && f.type == AMQP_FRAME_HEARTBEAT;
		if (got)
			continue;
		mq_wire_put_raw(&p->wire, AMQP_FRAME_HEARTBEAT, 0, NULL, 0, &err);
		if (!mq_wire_write(&p->wire, &err) || !mq_wire_read(&p->wire, &got, &err))
			return;
		if (!got)
			mq_wire_wait(&p->wire, clock_mono_ms() + 100, -1);
	}
}

/* An idle publisher keeps its connection by flushing, or by confirming nothing. */
START_TEST(test_kept_alive)
{
	struct peer *p = peer_start(count_heartbeats, NULL);
	struct mq *mq = open_mq(p->url, 2000, 1000);
	struct err err = {0};
	uint64_t begun;

	heartbeats = 0;
	ck_assert_msg(mq_declare(mq, "q", NULL, &err), "%s", err.msg);
	for (begun = clock_mono_ms(); heartbeats < 4;) {
		ck_assert_msg(clock_mono_ms() - begun < 20000, "%d heartbeats", heartbeats);
		ck_assert_msg(heartbeats % 2 ? mq_flush(mq, clock_mono_ms() + 100, &err)
					     : mq_confirm(mq, clock_mono_ms() + 100, &err),
			      "%s", err.msg);
		poll(NULL, 0, 20);
	}
	ck_assert_msg(clock_mono_ms() - begun > 1400, "at half the interval, not all the time");
	ck_assert(mq_usable(mq));
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

/* --- while publishing --------------------------------------------------------------------------
 */

static bool serve_publisher(struct peer *p)
{
	if (!peer_greet(p))
		return false;
	peer_say_start(p, 9, "PLAIN");
	return peer_serve(p, AMQP_BASIC_PUBLISH_METHOD);
}

static void nack_all(struct peer *p)
{
	amqp_basic_nack_t nack = {.delivery_tag = 0, .multiple = 1};

	if (serve_publisher(p) && peer_serve(p, AMQP_BASIC_PUBLISH_METHOD))
		peer_say(p, 1, AMQP_BASIC_NACK_METHOD, &nack);
	peer_fall_silent(p);
}

static void ack_what_was_never_sent(struct peer *p)
{
	amqp_basic_ack_t ack = {.delivery_tag = 99};

	if (serve_publisher(p))
		peer_say(p, 1, AMQP_BASIC_ACK_METHOD, &ack);
	peer_fall_silent(p);
}

static void deliver_to_publisher(struct peer *p)
{
	if (serve_publisher(p))
		peer_deliver(p, 1, 1);
	peer_fall_silent(p);
}

static void cut_publisher(struct peer *p)
{
	(void)serve_publisher(p);
}

static void ack_out_of_order(struct peer *p)
{
	amqp_basic_ack_t second = {.delivery_tag = 2};
	amqp_basic_ack_t both = {.delivery_tag = 2, .multiple = 1};

	if (serve_publisher(p) && peer_serve(p, AMQP_BASIC_PUBLISH_METHOD)) {
		peer_say(p, 1, AMQP_BASIC_ACK_METHOD, &second);
		peer_say(p, 1, AMQP_BASIC_ACK_METHOD, &both);
	}
	peer_serve(p, AMQP_CONNECTION_CLOSE_METHOD);
}

static const struct {
	const char *why;
	peer_script *script;
	enum err_kind kind;
	const char *want;
} publishing[] = {
	{"nacked", nack_all, ERR_REFUSED, "nack"},
	{"a confirm too many", ack_what_was_never_sent, ERR_LOST, "never sent"},
	{"a delivery to a publisher", deliver_to_publisher, ERR_LOST, "BASIC_DELIVER"},
	{"cut before the confirm", cut_publisher, ERR_LOST, "closed the connection"},
	{"acknowledged twice and out of order", ack_out_of_order, ERR_NONE, ""},
};

START_TEST(test_publishing)
{
	struct peer *p = peer_start(publishing[_i].script, NULL);
	struct mq *mq = open_mq(p->url, 2000, 0);
	struct err err = {0};

	mq_publish(mq, "q", "one", 3);
	mq_publish(mq, "q", "two", 3);
	ck_assert_msg(mq_confirm(mq, clock_mono_ms() + 5000, &err) ==
			      (publishing[_i].kind == ERR_NONE),
		      "%s: %s", publishing[_i].why, err.msg);
	ck_assert_msg(err.kind == publishing[_i].kind, "%s: %s", publishing[_i].why, err.msg);
	ck_assert_msg(strstr(err.msg, publishing[_i].want) != NULL, "%s: %s", publishing[_i].why,
		      err.msg);
	ck_assert_msg(mq_confirm(mq, 0, &err), "nothing stays gathered");
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

/* Blocked and silent past two heartbeats: the connection is kept, the deadline ends the wait, and
 * once unblocked the same connection carries the next message. */
static void block_for_a_while(struct peer *p)
{
	amqp_connection_blocked_t blocked = {.reason = mq_bytes("low on memory")};
	amqp_connection_unblocked_t unblocked = {0};
	amqp_basic_ack_t ack = {.delivery_tag = 2, .multiple = 1};
	uint64_t until;

	p->heartbeat_s = 1;
	if (!serve_publisher(p))
		return;
	peer_say(p, 0, AMQP_CONNECTION_BLOCKED_METHOD, &blocked);
	until = clock_mono_ms() + 3500;
	while (clock_mono_ms() < until && !p->stop)
		mq_wire_wait(&p->wire, clock_mono_ms() + 20, p->wire.fd);
	peer_say(p, 0, AMQP_CONNECTION_UNBLOCKED_METHOD, &unblocked);
	if (peer_serve(p, AMQP_BASIC_PUBLISH_METHOD))
		peer_say(p, 1, AMQP_BASIC_ACK_METHOD, &ack);
	peer_serve(p, AMQP_CONNECTION_CLOSE_METHOD);
}

START_TEST(test_blocked_peer)
{
	struct peer *p = peer_start(block_for_a_while, NULL);
	struct mq *mq = open_mq(p->url, 2000, 1000);
	struct err err = {0};

	mq_publish(mq, "q", "one", 3);
	ck_assert(!mq_confirm(mq, clock_mono_ms() + 2800, &err));
	ck_assert_msg(err.kind == ERR_TIMEOUT, "%s", err.msg);
	ck_assert_msg(strstr(err.msg, "low on memory") != NULL, "%s", err.msg);
	ck_assert(mq_usable(mq));
	mq_publish(mq, "q", "two", 3);
	ck_assert_msg(mq_confirm(mq, clock_mono_ms() + 10000, &err), "%s", err.msg);
	mq_close(&mq);
	peer_stop(p);
}
END_TEST

START_TEST(test_own_bounds)
{
	struct mq *mq = open_mq("amqp://127.0.0.1:1", 500, 0);
	char *big = mem_calloc(1, MQ_BODY_MAX + 1);
	struct err err = {0};

	mq_publish(mq, "q", big, MQ_BODY_MAX + 1);
	ck_assert(!mq_confirm(mq, clock_mono_ms() + 500, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	for (int k = 0; k < 17; k++)
		mq_publish(mq, "q", big, MQ_BODY_MAX);
	ck_assert(!mq_confirm(mq, clock_mono_ms() + 500, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	mq_publish(mq, "q", "x", 1);
	ck_assert(!mq_confirm(mq, clock_mono_ms() + 500, &err));
	ck_assert_msg(err.kind == ERR_LOST, "nobody listens there: %s", err.msg);
	mem_free(big);
	mq_close(&mq);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s = suite_create("mq against faults");
	TCase *tc = tcase_create("faults");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_bad_url, 0, COUNT(bad_urls));
	tcase_add_test(tc, test_long_url);
	tcase_add_test(tc, test_url_parts);
	tcase_add_loop_test(tc, test_bad_greeting, 0, COUNT(speeches));
	tcase_add_test(tc, test_confirm_against_silence);
	tcase_add_test(tc, test_giving_up_ends_every_wait);
	tcase_add_test(tc, test_stop_while_connecting);
	tcase_add_test(tc, test_names);
	tcase_add_loop_test(tc, test_noise, 0, 20);
	tcase_add_loop_test(tc, test_refused_greeting, 0, COUNT(refusals));
	tcase_add_loop_test(tc, test_offence_while_consuming, 0, COUNT(offences));
	tcase_add_test(tc, test_giant_delivery);
	tcase_add_test(tc, test_silence_while_consuming);
	tcase_add_test(tc, test_kept_alive);
	tcase_add_loop_test(tc, test_publishing, 0, COUNT(publishing));
	tcase_add_test(tc, test_blocked_peer);
	tcase_add_test(tc, test_own_bounds);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
