/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dlrd as a process of its own, seen from outside: it stores what comes, survives the loss of its
 * broker and of its database connection, and ends in order.
 *
 * In a virtual host of its own; VESTNIK_TEST_BROKER_CTL administers the broker. */
#include "tests/unit/support/database.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/base/clock.h"
#include "common/broker/mq_address.h"
#include "common/model/message.h"
#include "dlrd/dlrd.h"
#include "tests/unit/support/run.h"

static struct test_database db;
static char vhost[64], broker_url[512];
static struct mq *mq;
static pid_t dlrd;

static int ctl(const char *arguments)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "%s -q %s >/dev/null",
		       test_env("VESTNIK_TEST_BROKER_CTL"), arguments);
	return system(command);
}

static void make_vhost(void)
{
	struct mq_address a;
	char arguments[256];

	ck_ok(mq_address_parse(test_env("VESTNIK_TEST_BROKER"), &a, err));
	(void)snprintf(vhost, sizeof(vhost), "dlrd_test_%d", (int)getpid());
	(void)snprintf(broker_url, sizeof(broker_url), "amqp://%s:%s@%s:%d/%s", a.user, a.password,
		       a.host, a.port, vhost);
	(void)snprintf(arguments, sizeof(arguments), "add_vhost %s", vhost);
	ck_assert_int_eq(ctl(arguments), 0);
	(void)snprintf(arguments, sizeof(arguments), "set_permissions -p %s %s '.*' '.*' '.*'",
		       vhost, a.user);
	ck_assert_int_eq(ctl(arguments), 0);
	mq_address_deinit(&a);
}

static void drop_vhost(void)
{
	char arguments[256];

	(void)snprintf(arguments, sizeof(arguments), "delete_vhost %s", vhost);
	(void)ctl(arguments);
}

/* Its configuration has no name in any folder, and it ends with this test whatever happens. */
static void start_dlrd(void)
{
	int fd = memfd_create("dlrd.yaml", 0);
	char config_file[32];
	char *argv[] = {"dlrd", "--config", config_file, NULL};

	ck_assert_int_ge(fd, 0);
	(void)snprintf(config_file, sizeof(config_file), "/proc/self/fd/%d", fd);
	ck_assert_int_gt(dprintf(fd,
				 "metrics:\n  listen: \"\"\n"
				 "database:\n  url: \"%s\"\nbroker:\n  url: \"%s\"\n"
				 "gather:\n  receipts: 100\n",
				 db.url, broker_url),
			 0);
	(void)fflush(NULL);
	dlrd = fork();
	if (dlrd == 0) {
		signal(SIGTERM, SIG_DFL); /* Check's own would end the whole test */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(daemon_main(3, argv, &dlrd_spec));
	}
	ck_assert_int_gt(dlrd, 0);
	close(fd);
}

static int stop_dlrd(int signal)
{
	int status = -1;

	kill(dlrd, signal);
	ck_assert_int_eq(waitpid(dlrd, &status, 0), dlrd);
	dlrd = 0;
	return status;
}

static void setup(void)
{
	struct mq_options options = {.name = "worker_test"};

	test_database_open(&db, "dlrd_worker");
	make_vhost();
	options.url = broker_url;
	ck_ok(mq_open(&options, &mq, err));
	start_dlrd();
}

static void teardown(void)
{
	if (dlrd != 0)
		(void)stop_dlrd(SIGKILL);
	mq_close(&mq);
	test_database_close(&db);
	drop_vhost();
}

/* `count` receipts from number `from` on, in bundles of 10, of messages nobody knows: each is
 * parked once it is stored. */
/* One try at a group of bundles; a queue made anew may refuse while it has no leader yet. */
static bool try_publish(int from, int count)
{
	struct buf bundle;
	struct err refusal;

	buf_init(&bundle, 1 << 20);
	ck_ok(topology_declare_receipts(mq, err));
	for (int k = from; k < from + count; k += 10) {
		receipt_bundle_begin(&bundle);
		for (int n = k; n < k + 10; n++) {
			struct receipt r = {
				.account_id = 1,
				.state = MESSAGE_DELIVERED,
				.received_at_us = clock_wall_us(),
			};

			r.provider_id_len =
				(uint8_t)snprintf(r.provider_id, sizeof(r.provider_id), "id%d", n);
			ck_assert(receipt_bundle_add(&bundle, &r));
		}
		mq_publish(mq, QUEUE_RECEIPT, bundle.data, bundle.len);
	}
	buf_deinit(&bundle);
	return mq_confirm(mq, clock_mono_ms() + 10000, &refusal);
}

/* What is not confirmed is published again, as gateways do; stored() counts no receipt twice. */
static void publish(int from, int count)
{
	uint64_t deadline_ms = clock_mono_ms() + 30000;

	while (!try_publish(from, count))
		ck_assert_msg(clock_mono_ms() < deadline_ms, "the broker takes no bundles");
}

static int64_t stored(void)
{
	return test_number(db.pg, "SELECT count(DISTINCT provider_id) FROM parked_receipt");
}

static void await_stored(int64_t want)
{
	uint64_t deadline_ms = clock_mono_ms() + 30000;

	while (stored() != want)
		ck_assert_msg(clock_mono_ms() < deadline_ms, "%lld of %lld stored",
			      (long long)stored(), (long long)want);
}

static bool consuming(void)
{
	return test_number(db.pg, "SELECT count(*) FROM pg_stat_activity WHERE application_name ="
				  " 'dlrd/1'") == 1;
}

static void await_consuming(void)
{
	uint64_t deadline_ms = clock_mono_ms() + 30000;

	while (!consuming())
		ck_assert_msg(clock_mono_ms() < deadline_ms, "dlrd does not connect");
}

static void await_queue(void)
{
	uint64_t deadline_ms = clock_mono_ms() + 30000;
	bool exists = false;
	uint32_t ready;

	while (!exists) {
		ck_ok(mq_depth(mq, QUEUE_RECEIPT, &ready, &exists, err));
		ck_assert_msg(clock_mono_ms() < deadline_ms, "dlrd does not declare its queue");
	}
}

START_TEST(test_stores_and_ends_in_order)
{
	uint32_t ready;
	bool exists;
	int status;

	publish(0, 1000);
	await_stored(1000);
	status = stop_dlrd(SIGTERM);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	ck_ok(mq_depth(mq, QUEUE_RECEIPT, &ready, &exists, err));
	ck_assert_msg(ready == 0, "all acknowledged");
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM parked_receipt"), 1000);
}
END_TEST

START_TEST(test_stopped_amid_work)
{
	int status;

	await_consuming();
	publish(0, 5000);
	status = stop_dlrd(SIGTERM);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	/* what was stored was acknowledged, the rest comes to the next one, nothing twice */
	start_dlrd();
	await_stored(5000);
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM parked_receipt"), 5000);
}
END_TEST

START_TEST(test_killed_amid_work)
{
	await_consuming();
	publish(0, 5000);
	(void)stop_dlrd(SIGKILL);
	start_dlrd();
	await_stored(5000);
}
END_TEST

START_TEST(test_survives_its_broker)
{
	char arguments[128];

	publish(0, 100);
	await_stored(100);
	(void)snprintf(arguments, sizeof(arguments), "close_all_connections --vhost %s test",
		       vhost);
	ck_assert_int_eq(ctl(arguments), 0);
	ck_ok(mq_reconnect_wait(mq, -1, err));
	publish(100, 100);
	await_stored(200);
	/* and a queue deleted under it is made again, by it */
	(void)snprintf(arguments, sizeof(arguments), "delete_queue -p %s receipt", vhost);
	ck_assert_int_eq(ctl(arguments), 0);
	await_queue();
	publish(200, 100);
	await_stored(300);
}
END_TEST

START_TEST(test_survives_its_database)
{
	publish(0, 100);
	await_stored(100);
	ck_ok(pg_exec(db.pg,
		      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
		      " WHERE application_name = 'dlrd/1'",
		      err));
	publish(100, 100);
	await_stored(200);
	/* a table that refuses is waited for */
	ck_ok(pg_exec(db.pg, "ALTER TABLE parked_receipt RENAME TO elsewhere", err));
	publish(200, 100);
	ck_ok(pg_exec(db.pg, "SELECT pg_sleep(0.5)", err));
	ck_ok(pg_exec(db.pg, "ALTER TABLE elsewhere RENAME TO parked_receipt", err));
	await_stored(300);
	/* SIGTERM while it is refused: in order, and nothing is lost */
	ck_ok(pg_exec(db.pg, "ALTER TABLE parked_receipt RENAME TO elsewhere", err));
	publish(300, 100);
	ck_assert_int_eq(stop_dlrd(SIGTERM), 0);
	ck_ok(pg_exec(db.pg, "ALTER TABLE elsewhere RENAME TO parked_receipt", err));
	start_dlrd();
	await_stored(400);
}
END_TEST

START_TEST(test_starts_before_its_broker_lets_it)
{
	char arguments[256];
	uint64_t deadline_ms = clock_mono_ms() + 30000;
	struct mq_address a;

	/* no rights in the virtual host: it waits, and goes on once they are there */
	await_consuming();
	(void)stop_dlrd(SIGTERM);
	ck_ok(mq_address_parse(broker_url, &a, err));
	ck_ok(topology_declare_receipts(mq, err));
	(void)snprintf(arguments, sizeof(arguments), "set_permissions -p %s %s '^$' '.*' '^$'",
		       vhost, a.user);
	ck_assert_int_eq(ctl(arguments), 0);
	start_dlrd();
	await_consuming();
	(void)snprintf(arguments, sizeof(arguments), "set_permissions -p %s %s '.*' '.*' '.*'",
		       vhost, a.user);
	ck_assert_int_eq(ctl(arguments), 0);
	mq_close(&mq); /* rights are cached by connection */
	ck_ok(mq_open(&(struct mq_options){.url = broker_url, .name = "worker_test"}, &mq, err));
	publish(0, 100);
	await_stored(100);
	ck_assert_uint_lt(clock_mono_ms(), deadline_ms);
	mq_address_deinit(&a);
}
END_TEST

int main(void)
{
	Suite *s;
	TCase *tc;

	(void)test_env("VESTNIK_TEST_DB");
	(void)test_env("VESTNIK_TEST_BROKER");
	(void)test_env("VESTNIK_TEST_BROKER_CTL");
	s = suite_create("dlrd as a process");
	tc = tcase_create("process");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_stores_and_ends_in_order);
	tcase_add_test(tc, test_stopped_amid_work);
	tcase_add_test(tc, test_killed_amid_work);
	tcase_add_test(tc, test_survives_its_broker);
	tcase_add_test(tc, test_survives_its_database);
	tcase_add_test(tc, test_starts_before_its_broker_lets_it);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
