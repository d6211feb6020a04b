/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/broker/mq and topology against a real RabbitMQ.
 *
 *   VESTNIK_TEST_BROKER      its URL
 *   VESTNIK_TEST_BROKER_CTL  the command to administer it, e.g. "env RABBITMQ_NODENAME=...
 * rabbitmqctl"
 *
 * Everything happens in a virtual host of its own, deleted at the end.  Alarm and restart concern
 * the whole node, so nothing else may use it meanwhile. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/broker/mq_address.h"
#include "common/broker/topology.h"
#include "tests/unit/support/run.h"

static char vhost[64];
static char url[512];

#define MUST(call) ck_assert_msg(call, "%s: %s", #call, err.msg)

/* --- the node ----------------------------------------------------------------------------------
 */

static int ctl(const char *arguments)
{
	char command[1024];

	snprintf(command, sizeof(command), "%s -q %s >/dev/null", getenv("VESTNIK_TEST_BROKER_CTL"),
		 arguments);
	return system(command);
}

static void must_ctl(const char *arguments)
{
	ck_assert_msg(ctl(arguments) == 0, "rabbitmqctl %s failed", arguments);
}

static bool prepare_node(void)
{
	const char *given = getenv("VESTNIK_TEST_BROKER");
	struct mq_address a;
	struct err err = {0};
	char arguments[256];
	bool ok;

	if (given == NULL || getenv("VESTNIK_TEST_BROKER_CTL") == NULL) {
		fprintf(stderr, "mq_test: set VESTNIK_TEST_BROKER (amqp://...) and "
				"VESTNIK_TEST_BROKER_CTL (rabbitmqctl command)\n");
		return false;
	}
	if (!mq_address_parse(given, &a, &err)) {
		fprintf(stderr, "mq_test: VESTNIK_TEST_BROKER: %s\n", err.msg);
		return false;
	}
	snprintf(vhost, sizeof(vhost), "mq_test_%d", (int)getpid());
	snprintf(url, sizeof(url), "amqp://%s:%s@%s:%d/%s", a.user, a.password, a.host, a.port,
		 vhost);
	snprintf(arguments, sizeof(arguments), "add_vhost %s", vhost);
	ok = ctl(arguments) == 0;
	snprintf(arguments, sizeof(arguments), "set_permissions -p %s %s '.*' '.*' '.*'", vhost,
		 a.user);
	ok = ok && ctl(arguments) == 0;
	mq_address_deinit(&a);
	if (!ok)
		fprintf(stderr, "mq_test: VESTNIK_TEST_BROKER_CTL cannot make a virtual host\n");
	return ok;
}

static void clean_node(void)
{
	char arguments[256];

	snprintf(arguments, sizeof(arguments), "delete_vhost %s", vhost);
	(void)ctl(arguments);
}

static struct mq *open_mq(void)
{
	struct mq_options options = {.url = url, .name = "mq_test", .timeout_ms = 10000};
	struct err err = {0};
	struct mq *mq = NULL;

	MUST(mq_open(&options, &mq, &err));
	return mq;
}

static uint64_t in_ms(uint64_t ms)
{
	return clock_mono_ms() + ms;
}

static void publish_text(struct mq *mq, const char *queue, const char *text)
{
	struct err err = {0};

	mq_publish(mq, queue, text, strlen(text));
	MUST(mq_confirm(mq, in_ms(10000), &err));
}

static void expect_text(struct mq *mq, struct mq_delivery *d, const char *text)
{
	struct err err = {0};

	MUST(mq_take(mq, in_ms(10000), -1, d, &err));
	ck_assert_uint_eq(d->len, strlen(text));
	ck_assert_mem_eq(d->body, text, d->len);
}

/* Ready messages, once there are `want` of them (the broker counts a little behind). */
static uint32_t depth_reaches(struct mq *mq, const char *queue, uint32_t want)
{
	uint64_t deadline_ms = in_ms(10000);
	struct err err = {0};
	uint32_t ready = 0;
	bool exists;

	do
		MUST(mq_depth(mq, queue, &ready, &exists, &err));
	while (ready != want && clock_mono_ms() < deadline_ms);
	return ready;
}

/* --- everyday ----------------------------------------------------------------------------------
 */

START_TEST(test_fifty_thousand)
{
	enum { N = 50000, GROUP = 1000, SIZE = 64 };
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};
	char body[SIZE] = {0};
	uint64_t begun, published;

	MUST(mq_declare(mq, "many", NULL, &err));
	begun = clock_mono_ms();
	for (uint32_t k = 0; k < N; k++) {
		memcpy(body, &k, sizeof(k));
		mq_publish(mq, "many", body, SIZE);
		if (k % GROUP == GROUP - 1)
			MUST(mq_confirm(mq, in_ms(30000), &err));
	}
	published = clock_mono_ms();
	MUST(mq_consume(mq, "many", 2000, &err));
	for (uint32_t k = 0; k < N; k++) {
		uint32_t got;

		MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
		memcpy(&got, d.body, sizeof(got));
		ck_assert_uint_eq(got, k);
		ck_assert_uint_eq(d.len, SIZE);
		ck_assert_str_eq(d.queue, "many");
		if (k % 100 == 99)
			mq_ack(mq, d.tag, true);
	}
	MUST(mq_flush(mq, in_ms(5000), &err));
	printf("%d messages published and confirmed in %llu ms, consumed in %llu ms\n", N,
	       (unsigned long long)(published - begun),
	       (unsigned long long)(clock_mono_ms() - published));
	mq_close(&mq);

	mq = open_mq();
	ck_assert_msg(depth_reaches(mq, "many", 0) == 0, "all acknowledged");
	mq_close(&mq);
}
END_TEST

START_TEST(test_sizes)
{
	static const size_t sizes[] = {0, 1, 131063, 131064, 131065, 400000, 4u << 20};
	struct mq *mq = open_mq();
	unsigned char *body = mem_alloc(4u << 20);
	struct mq_delivery d;
	struct err err = {0};

	for (size_t k = 0; k < 4u << 20; k++)
		body[k] = (unsigned char)(k * 31 >> 3);
	MUST(mq_declare(mq, "sizes", NULL, &err));
	MUST(mq_consume(mq, "sizes", 10, &err));
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
		mq_publish(mq, "sizes", body, sizes[k]);
	MUST(mq_confirm(mq, in_ms(30000), &err));
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
		ck_assert_uint_eq(d.len, sizes[k]);
		ck_assert(memcmp(d.body, body, d.len) == 0);
		mq_ack(mq, d.tag, false);
	}
	mem_free(body);
	mq_close(&mq);
}
END_TEST

START_TEST(test_prefetch_bounds_what_is_in_hand)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};
	uint64_t first = 0;

	MUST(mq_declare(mq, "prefetch", NULL, &err));
	for (int k = 0; k < 30; k++)
		mq_publish(mq, "prefetch", "x", 1);
	MUST(mq_confirm(mq, in_ms(10000), &err));
	MUST(mq_consume(mq, "prefetch", 10, &err));
	for (int k = 0; k < 10; k++) {
		MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
		first = k == 0 ? d.tag : first;
	}
	ck_assert_msg(!mq_take(mq, in_ms(300), -1, &d, &err), "the eleventh must wait");
	ck_assert_int_eq(err.kind, ERR_TIMEOUT);
	ck_assert_uint_eq(depth_reaches(mq, "prefetch", 20), 20);
	mq_ack(mq, first, false);
	MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
	ck_assert_msg(!mq_take(mq, in_ms(200), -1, &d, &err), "one out, one in");
	mq_ack(mq, d.tag, true);
	for (int k = 0; k < 10; k++)
		MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
	ck_assert_uint_eq(depth_reaches(mq, "prefetch", 9), 9);
	mq_close(&mq);
}
END_TEST

/* A multiple ack of one queue must leave the other queue's deliveries alone. */
START_TEST(test_multiple_ack_is_of_one_queue)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};
	uint64_t last_a = 0;

	MUST(mq_declare(mq, "two.a", NULL, &err));
	MUST(mq_declare(mq, "two.b", NULL, &err));
	for (int k = 0; k < 10; k++) {
		mq_publish(mq, "two.a", "a", 1);
		mq_publish(mq, "two.b", "b", 1);
	}
	MUST(mq_confirm(mq, in_ms(10000), &err));
	MUST(mq_consume(mq, "two.a", 100, &err));
	MUST(mq_consume(mq, "two.b", 100, &err));
	for (int k = 0; k < 20; k++) {
		MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
		ck_assert(memcmp(d.body, strcmp(d.queue, "two.a") == 0 ? "a" : "b", 1) == 0);
		if (strcmp(d.queue, "two.a") == 0)
			last_a = d.tag;
	}
	mq_ack(mq, last_a, true);
	mq_close(&mq);

	mq = open_mq();
	ck_assert_uint_eq(depth_reaches(mq, "two.a", 0), 0);
	ck_assert_uint_eq(depth_reaches(mq, "two.b", 10), 10);
	mq_close(&mq);
}
END_TEST

START_TEST(test_reject_and_dead_letter)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};

	MUST(mq_declare(mq, "work", "work.dead", &err));
	MUST(mq_consume(mq, "work", 10, &err));
	MUST(mq_consume(mq, "work.dead", 10, &err));
	publish_text(mq, "work", "poison");
	expect_text(mq, &d, "poison");
	ck_assert_str_eq(d.queue, "work");
	ck_assert(!d.redelivered);
	mq_reject(mq, d.tag, true);
	expect_text(mq, &d, "poison");
	ck_assert_str_eq(d.queue, "work");
	ck_assert_msg(d.redelivered, "it came back");
	mq_reject(mq, d.tag, false);
	expect_text(mq, &d, "poison");
	ck_assert_str_eq(d.queue, "work.dead");
	mq_ack(mq, d.tag, false);
	mq_close(&mq);
}
END_TEST

/* Payload redelivered five times without success is set aside; a ticket never is. */
START_TEST(test_delivery_limit)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};

	MUST(mq_declare(mq, "limited", "limited.dead", &err));
	MUST(mq_declare(mq, "ticket", NULL, &err));
	MUST(mq_consume(mq, "limited", 10, &err));
	MUST(mq_consume(mq, "limited.dead", 10, &err));
	publish_text(mq, "limited", "x");
	for (int k = 0; k < 6; k++) {
		expect_text(mq, &d, "x");
		ck_assert_str_eq(d.queue, "limited");
		mq_reject(mq, d.tag, true);
	}
	expect_text(mq, &d, "x");
	ck_assert_str_eq(d.queue, "limited.dead");
	mq_ack(mq, d.tag, false);

	MUST(mq_consume(mq, "ticket", 10, &err));
	publish_text(mq, "ticket", "t");
	for (int k = 0; k < 20; k++) {
		expect_text(mq, &d, "t");
		mq_reject(mq, d.tag, true);
	}
	expect_text(mq, &d, "t");
	mq_ack(mq, d.tag, false);
	mq_close(&mq);
}
END_TEST

START_TEST(test_missing_queue_is_named)
{
	struct mq *mq = open_mq();
	struct err err = {0};
	uint32_t ready = 99;
	bool exists = true;

	MUST(mq_declare(mq, "there", NULL, &err));
	mq_publish(mq, "there", "x", 1);
	mq_publish(mq, "not.there", "x", 1);
	mq_publish(mq, "there", "y", 1);
	ck_assert(!mq_confirm(mq, in_ms(10000), &err));
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	ck_assert_msg(strstr(err.msg, "queue not.there does not exist") != NULL, "%s", err.msg);
	MUST(mq_depth(mq, "not.there", &ready, &exists, &err));
	ck_assert(!exists);
	ck_assert_uint_eq(ready, 0);
	ck_assert(!mq_consume(mq, "not.there", 1, &err));
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	ck_assert_msg(strstr(err.msg, "not.there") != NULL, "%s", err.msg);
	/* and the handle goes on */
	ck_assert(mq_usable(mq));
	publish_text(mq, "there", "z");
	ck_assert_uint_eq(depth_reaches(mq, "there", 3), 3);
	mq_close(&mq);
}
END_TEST

START_TEST(test_declared_otherwise)
{
	struct mq *mq = open_mq();
	struct err err = {0};

	MUST(mq_declare(mq, "once", NULL, &err));
	MUST(mq_declare(mq, "once", NULL, &err));
	ck_assert(!mq_declare(mq, "once", "once.dead", &err));
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	ck_assert_msg(strstr(err.msg, "queue once") != NULL, "%s", err.msg);
	MUST(mq_declare(mq, "once.dead", NULL, &err));
	mq_close(&mq);
}
END_TEST

START_TEST(test_exchange)
{
	struct mq *mq = open_mq();
	struct err err = {0};
	struct mq_delivery d;
	struct mq_envelope to = {.exchange = "out",
				 .routing_key = "client.made",
				 .content_type = "text/plain",
				 .message_id = "1",
				 .type = "client.made",
				 .reason = "because"};

	MUST(mq_declare_exchange(mq, "out", &err));
	MUST(mq_declare_exchange(mq, "out", &err)); /* as often as liked */
	MUST(mq_declare(mq, "clients", NULL, &err));
	mq_publish_to(mq, &to, "lost", 4);
	ck_assert(!mq_confirm(mq, in_ms(10000), &err));
	ck_assert_msg(strstr(err.msg, "a queue bound for client.made") != NULL, "%s", err.msg);

	MUST(mq_bind(mq, "clients", "out", "client.*", &err));
	MUST(mq_consume(mq, "clients", 10, &err));
	mq_publish_to(mq, &to, "found", 5);
	MUST(mq_confirm(mq, in_ms(10000), &err));
	expect_text(mq, &d, "found");
	mq_ack(mq, d.tag, false);
	mq_close(&mq);
}
END_TEST

START_TEST(test_full_queue_refuses)
{
	static const struct mq_queue small = {.name = "small", .messages_max = 10};
	struct mq *mq = open_mq();
	struct err err = {0};
	uint64_t until_ms = in_ms(20000);
	bool refused = false;

	MUST(mq_declare_queue(mq, &small, &err));
	while (!refused && clock_mono_ms() < until_ms) {
		for (int k = 0; k < 50; k++)
			mq_publish(mq, "small", "x", 1);
		refused = !mq_confirm(mq, in_ms(10000), &err);
	}
	ck_assert(refused);
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	mq_close(&mq);
}
END_TEST

START_TEST(test_single_consumer)
{
	static const struct mq_queue turns = {.name = "turns", .single_consumer = true};
	struct mq *first = open_mq(), *second = open_mq();
	struct err err = {0};
	struct mq_delivery d;

	MUST(mq_declare_queue(first, &turns, &err));
	MUST(mq_consume(first, "turns", 1, &err));
	MUST(mq_consume(second, "turns", 1, &err));
	publish_text(first, "turns", "a");
	publish_text(first, "turns", "b");
	expect_text(first, &d, "a");
	ck_assert(!mq_take(second, in_ms(300), -1, &d, &err));
	mq_close(&first);
	expect_text(second, &d, "a");
	mq_ack(second, d.tag, false);
	expect_text(second, &d, "b");
	mq_ack(second, d.tag, false);
	mq_close(&second);
}
END_TEST

START_TEST(test_cancel_gives_back)
{
	struct mq *mq = open_mq();
	struct mq_delivery taken, d;
	struct err err = {0};

	MUST(mq_declare(mq, "cancel", NULL, &err));
	MUST(mq_cancel(mq, "cancel", &err));
	MUST(mq_declare(mq, "other", NULL, &err));
	for (int k = 0; k < 20; k++)
		mq_publish(mq, "cancel", "x", 1);
	mq_publish(mq, "other", "o", 1);
	MUST(mq_confirm(mq, in_ms(10000), &err));
	MUST(mq_consume(mq, "cancel", 15, &err));
	MUST(mq_take(mq, in_ms(10000), -1, &taken, &err));
	MUST(mq_consume(mq, "other", 15, &err));
	MUST(mq_cancel(mq, "cancel", &err));
	ck_assert_uint_eq(depth_reaches(mq, "cancel", 19), 19);
	mq_ack(mq, taken.tag, false);
	expect_text(mq, &d, "o");
	ck_assert_str_eq(d.queue, "other");
	ck_assert(!mq_take(mq, in_ms(200), -1, &d, &err));
	MUST(mq_consume(mq, "cancel", 100, &err));
	for (int k = 0; k < 19; k++)
		expect_text(mq, &d, "x");
	ck_assert_msg(!mq_take(mq, in_ms(200), -1, &d, &err), "the acknowledged one is gone");
	mq_close(&mq);
}
END_TEST

START_TEST(test_wake_fd_and_deadlines)
{
	struct mq *mq = open_mq();
	int fd = eventfd(0, EFD_CLOEXEC);
	struct mq_delivery d;
	struct err err = {0};
	uint64_t begun;

	/* nothing consumed yet: a wait is a wait */
	begun = clock_mono_ms();
	ck_assert(!mq_take(mq, in_ms(100), fd, &d, &err) && err.kind == ERR_TIMEOUT);
	ck_assert_uint_ge(clock_mono_ms() - begun, 100);

	MUST(mq_declare(mq, "wake", NULL, &err));
	MUST(mq_consume(mq, "wake", 10, &err));
	begun = clock_mono_ms();
	ck_assert(!mq_take(mq, 0, fd, &d, &err) && err.kind == ERR_TIMEOUT);
	ck_assert_uint_lt(clock_mono_ms() - begun, 100);
	eventfd_write(fd, 1);
	begun = clock_mono_ms();
	ck_assert(!mq_take(mq, in_ms(10000), fd, &d, &err) && err.kind == ERR_TIMEOUT);
	ck_assert_uint_lt(clock_mono_ms() - begun, 2000);
	/* what is there is given out all the same */
	publish_text(mq, "wake", "x");
	begun = clock_mono_ms();
	while (!mq_take(mq, in_ms(1000), fd, &d, &err))
		ck_assert_msg(clock_mono_ms() - begun < 10000, "never came");
	mq_ack(mq, d.tag, false);
	close(fd);
	mq_close(&mq);
}
END_TEST

START_TEST(test_topology)
{
	static const char *const names[] = {"chunk.urgent", "chunk.bulk", "batch.7.urgent",
					    "batch.7.bulk", "receipt",	  "receipt.dead"};
	struct mq *mq = open_mq();
	struct err err = {0};
	uint32_t ready;
	bool exists;

	MUST(topology_declare_chunks(mq, &err));
	MUST(topology_declare_account(mq, 7, &err));
	MUST(topology_declare_receipts(mq, &err));
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		MUST(mq_depth(mq, names[k], &ready, &exists, &err));
		ck_assert_msg(exists, "%s", names[k]);
	}
	mq_close(&mq);
}
END_TEST

static void close_connections(void)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "close_all_connections --vhost %s test", vhost);
	must_ctl(arguments);
}

/* --- trouble -----------------------------------------------------------------------------------
 */

START_TEST(test_connection_cut)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};
	uint64_t old_tag;

	MUST(mq_declare(mq, "cut", NULL, &err));
	MUST(mq_consume(mq, "cut", 10, &err));
	publish_text(mq, "cut", "x");
	expect_text(mq, &d, "x");
	old_tag = d.tag;
	close_connections();
	ck_assert(!mq_take(mq, in_ms(10000), -1, &d, &err));
	ck_assert_msg(err.kind == ERR_LOST, "%s", err.msg);
	ck_assert(!mq_usable(mq));
	mq_ack(mq, old_tag, false); /* silently nothing */
	MUST(mq_reconnect_wait(mq, -1, &err));
	ck_assert(mq_usable(mq));
	MUST(mq_consume(mq, "cut", 10, &err));
	expect_text(mq, &d, "x");
	ck_assert_msg(d.redelivered, "unacknowledged work comes again");
	ck_assert_uint_ne(d.tag, old_tag);
	mq_ack(mq, old_tag, true); /* still nothing, though a connection is open */
	publish_text(mq, "cut", "y");
	mq_ack(mq, d.tag, false);
	expect_text(mq, &d, "y");
	mq_close(&mq);

	mq = open_mq();
	ck_assert_uint_eq(depth_reaches(mq, "cut", 1), 1);
	mq_close(&mq);
}
END_TEST

/* Nobody looked while the publishing connection died: the next confirm just connects again. */
START_TEST(test_publisher_cut_while_idle)
{
	struct mq *mq = open_mq();
	struct err err = {0};

	MUST(mq_declare(mq, "idle", NULL, &err));
	publish_text(mq, "idle", "x");
	close_connections();
	publish_text(mq, "idle", "y");
	MUST(mq_reconnect_wait(mq, -1, &err));
	ck_assert_uint_eq(depth_reaches(mq, "idle", 2), 2);
	mq_close(&mq);
}
END_TEST

/* What was sent ahead counts in the confirm; what a dead connection may have swallowed comes again.
 */
START_TEST(test_sent_before_confirm)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};

	MUST(mq_declare(mq, "ahead", NULL, &err));
	mq_send(mq); /* nothing gathered, no connection */
	publish_text(mq, "ahead", "first");
	for (int i = 0; i < 100; i++) {
		mq_publish(mq, "ahead", "x", 1);
		mq_send(mq);
	}
	MUST(mq_confirm(mq, in_ms(10000), &err));
	ck_assert_uint_eq(depth_reaches(mq, "ahead", 101), 101);
	mq_publish(mq, "ahead", "last", 4);
	mq_send(mq);
	close_connections();
	MUST(mq_confirm(mq, in_ms(10000), &err));
	MUST(mq_reconnect_wait(mq, -1, &err));
	ck_assert_uint_ge(depth_reaches(mq, "ahead", 102), 102);
	MUST(mq_consume(mq, "ahead", 200, &err));
	expect_text(mq, &d, "first");
	for (int i = 0; i < 100; i++)
		expect_text(mq, &d, "x");
	expect_text(mq, &d, "last");
	mq_publish(mq, "no-such-queue", "x", 1);
	mq_send(mq);
	ck_assert(!mq_confirm(mq, in_ms(10000), &err));
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	publish_text(mq, "ahead", "after");
	mq_close(&mq);
}
END_TEST

START_TEST(test_queue_deleted_under_consumer)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};
	char arguments[128];

	MUST(mq_declare(mq, "doomed", NULL, &err));
	MUST(mq_consume(mq, "doomed", 10, &err));
	snprintf(arguments, sizeof(arguments), "delete_queue -p %s doomed", vhost);
	must_ctl(arguments);
	ck_assert(!mq_take(mq, in_ms(10000), -1, &d, &err));
	ck_assert_int_eq(err.kind, ERR_LOST);
	ck_assert_msg(strstr(err.msg, "doomed") != NULL, "%s", err.msg);
	MUST(mq_reconnect_wait(mq, -1, &err));
	MUST(mq_declare(mq, "doomed", NULL, &err));
	MUST(mq_consume(mq, "doomed", 10, &err));
	publish_text(mq, "doomed", "x");
	expect_text(mq, &d, "x");
	mq_close(&mq);
}
END_TEST

START_TEST(test_broker_restarted)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};

	MUST(mq_declare(mq, "restart", NULL, &err));
	MUST(mq_consume(mq, "restart", 10, &err));
	publish_text(mq, "restart", "x");
	must_ctl("stop_app");
	mq_publish(mq, "restart", "y", 1);
	ck_assert(!mq_confirm(mq, in_ms(3000), &err));
	ck_assert_msg(err.kind == ERR_LOST, "%s", err.msg);
	while (mq_take(mq, in_ms(3000), -1, &d, &err))
		continue;
	ck_assert_msg(err.kind == ERR_LOST, "%s", err.msg);
	/* comes back while we wait */
	ck_assert_int_eq(system("(eval \"$VESTNIK_TEST_BROKER_CTL -q start_app\") >/dev/null &"),
			 0);
	MUST(mq_reconnect_wait(mq, -1, &err));
	must_ctl("await_startup");
	for (int tries = 0; !mq_consume(mq, "restart", 10, &err); tries++) {
		ck_assert_msg(tries < 20, "%s", err.msg);
		MUST(mq_reconnect_wait(mq, -1, &err)); /* the queue may still be starting */
	}
	expect_text(mq, &d, "x");
	mq_ack(mq, d.tag, false);
	publish_text(mq, "restart", "z");
	expect_text(mq, &d, "z");
	mq_close(&mq);
}
END_TEST

static void clear_alarm(void)
{
	(void)ctl("set_vm_memory_high_watermark 0.4");
}

START_TEST(test_memory_alarm)
{
	struct mq *mq = open_mq();
	struct mq_delivery d;
	struct err err = {0};
	uint64_t begun;

	MUST(mq_declare(mq, "alarm", NULL, &err));
	for (int k = 0; k < 10; k++)
		publish_text(mq, "alarm", "x");
	must_ctl("set_vm_memory_high_watermark 0.0001");
	for (int k = 0; k < 3; k++) {
		begun = clock_mono_ms();
		mq_publish(mq, "alarm", "y", 1);
		ck_assert_msg(!mq_confirm(mq, begun + 400, &err), "published under an alarm");
		ck_assert_msg(err.kind == ERR_TIMEOUT, "%s", err.msg);
		ck_assert_uint_ge(clock_mono_ms() - begun, 400);
		ck_assert_uint_lt(clock_mono_ms() - begun, 1500);
	}
	ck_assert_msg(strstr(err.msg, "blocked") != NULL, "%s", err.msg);
	ck_assert(mq_usable(mq));
	MUST(mq_consume(mq, "alarm", 10, &err));
	for (int k = 0; k < 10; k++) {
		expect_text(mq, &d, "x");
		mq_ack(mq, d.tag, false);
	}
	clear_alarm();
	publish_text(mq, "alarm", "z");
	mq_close(&mq);
}
END_TEST

/* More than the socket takes while the broker does not read: the deadline holds, and the half
 * written message does not spoil the next. */
START_TEST(test_alarm_with_full_socket)
{
	struct mq *mq = open_mq();
	char *big = mem_calloc(1, 3u << 20);
	struct mq_delivery d;
	struct err err = {0};
	uint64_t begun;
	int found = 0;

	MUST(mq_declare(mq, "full", NULL, &err));
	must_ctl("set_vm_memory_high_watermark 0.0001");
	for (int k = 0; k < 15; k++)
		mq_publish(mq, "full", big, 3u << 20);
	begun = clock_mono_ms();
	ck_assert(!mq_confirm(mq, begun + 1000, &err));
	ck_assert_int_eq(err.kind, ERR_TIMEOUT);
	ck_assert_uint_lt(clock_mono_ms() - begun, 3000);
	clear_alarm();
	publish_text(mq, "full", "after");
	MUST(mq_consume(mq, "full", 1, &err));
	while (found == 0) {
		MUST(mq_take(mq, in_ms(10000), -1, &d, &err));
		ck_assert(d.len == 3u << 20 || d.len == 5);
		found += d.len == 5;
		mq_ack(mq, d.tag, false);
	}
	mem_free(big);
	mq_close(&mq);
}
END_TEST

int main(void)
{
	TCase *everyday, *trouble;
	Suite *s;
	int status;

	if (!prepare_node())
		return EXIT_FAILURE;
	s = suite_create("mq with RabbitMQ");
	everyday = tcase_create("everyday");
	trouble = tcase_create("trouble");
	tcase_set_timeout(everyday, 120);
	tcase_add_test(everyday, test_fifty_thousand);
	tcase_add_test(everyday, test_sizes);
	tcase_add_test(everyday, test_prefetch_bounds_what_is_in_hand);
	tcase_add_test(everyday, test_multiple_ack_is_of_one_queue);
	tcase_add_test(everyday, test_reject_and_dead_letter);
	tcase_add_test(everyday, test_delivery_limit);
	tcase_add_test(everyday, test_missing_queue_is_named);
	tcase_add_test(everyday, test_declared_otherwise);
	tcase_add_test(everyday, test_exchange);
	tcase_add_test(everyday, test_full_queue_refuses);
	tcase_add_test(everyday, test_single_consumer);
	tcase_add_test(everyday, test_cancel_gives_back);
	tcase_add_test(everyday, test_wake_fd_and_deadlines);
	tcase_add_test(everyday, test_topology);
	suite_add_tcase(s, everyday);
	tcase_set_timeout(trouble, 120);
	tcase_add_unchecked_fixture(trouble, NULL, clear_alarm);
	tcase_add_test(trouble, test_connection_cut);
	tcase_add_test(trouble, test_publisher_cut_while_idle);
	tcase_add_test(trouble, test_sent_before_confirm);
	tcase_add_test(trouble, test_queue_deleted_under_consumer);
	tcase_add_test(trouble, test_broker_restarted);
	tcase_add_test(trouble, test_memory_alarm);
	tcase_add_test(trouble, test_alarm_with_full_socket);
	suite_add_tcase(s, trouble);
	status = suite_run(s);
	clean_node();
	return status;
}
