/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* worker_test - the whole daemon in a child process, on a real PostgreSQL and RabbitMQ.
 *
 *   VESTNIK_TEST_DB, VESTNIK_TEST_BROKER   their URLs
 *   VESTNIK_TEST_BROKER_CTL                rabbitmqctl, to make a virtual host of the test's own
 */
#include "tests/unit/dispatcherd/database.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/base/clock.h"
#include "common/broker/mq_address.h"
#include "common/broker/topology.h"
#include "dispatcherd/spec.h"
#include "tests/unit/support/run.h"

#define WAIT_MS 20000

static char vhost[64], broker_url[512];
static struct pg *admin;
static struct mq *mq;
static pid_t daemon_pid;

/* --- the broker ----------------------------------------------------------------------------------
 */

static int __attribute__((format(printf, 1, 2))) ctl(const char *fmt, ...)
{
	char arguments[256], command[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(arguments, sizeof(arguments), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "%s -q %s >/dev/null", getenv("VESTNIK_TEST_BROKER_CTL"),
		 arguments);
	return system(command);
}

static void broker_prepare(void)
{
	const char *given = getenv("VESTNIK_TEST_BROKER");
	struct mq_address a;
	struct err err = {0};

	if (given == NULL || getenv("VESTNIK_TEST_BROKER_CTL") == NULL ||
	    !mq_address_parse(given, &a, &err)) {
		(void)fprintf(stderr, "VESTNIK_TEST_BROKER must hold the amqp:// URL of a RabbitMQ "
				      "and VESTNIK_TEST_BROKER_CTL its rabbitmqctl\n");
		exit(EXIT_FAILURE);
	}
	snprintf(vhost, sizeof(vhost), "dispatcherd_%d", (int)getpid());
	snprintf(broker_url, sizeof(broker_url), "amqp://%s:%s@%s:%d/%s", a.user, a.password,
		 a.host, a.port, vhost);
	if (ctl("add_vhost %s", vhost) != 0 ||
	    ctl("set_permissions -p %s %s '.*' '.*' '.*'", vhost, a.user) != 0) {
		(void)fprintf(stderr, "cannot make a virtual host\n");
		exit(EXIT_FAILURE);
	}
	mq_address_deinit(&a);
}

static void broker_connect(void)
{
	struct mq_options options = {.url = broker_url, .name = "worker_test"};
	struct err err = {0};

	ck_assert_msg(mq_open(&options, &mq, &err), "%s", err.msg);
	ck_assert_msg(topology_declare_chunks(mq, &err), "%s", err.msg);
}

static void publish(const char *queue, const char *body)
{
	struct err err = {0};

	mq_publish(mq, queue, body, strlen(body));
	ck_assert_msg(mq_confirm(mq, clock_mono_ms() + WAIT_MS, &err), "%s", err.msg);
}

static void publish_chunk(enum lane lane, int64_t id)
{
	char body[TICKET_SIZE];

	ticket_chunk(id, body);
	publish(queue_chunk(lane), body);
}

/* --- the daemon ----------------------------------------------------------------------------------
 */

/* With the rights of its role, as in life. */
static void daemon_start(const char *lanes)
{
	int config = memfd_create("config", 0);
	char path[64];

	dprintf(config,
		"instance: test\n"
		"lanes: %s\n"
		"database:\n  url: %s%coptions=-crole%%3Dvestnik_dispatcherd\n"
		"broker:\n  url: %s\n",
		lanes, database.url, strchr(database.url, '?') != NULL ? '&' : '?', broker_url);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", config);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		char *argv[] = {"dispatcherd", "--config", path, NULL};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(daemon_main(3, argv, &dispatcherd_spec));
	}
	close(config);
}

/* SIGTERM, and the exit status. */
static int daemon_stop(void)
{
	int status = -1;

	kill(daemon_pid, SIGTERM);
	ck_assert_int_eq(waitpid(daemon_pid, &status, 0), daemon_pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void setup(void)
{
	admin = test_pg_open(database.url);
	database_exec(admin,
		      "TRUNCATE client, opt_out, account, campaign, run, run_count, chunk,"
		      " batch, message, message_state, suppression RESTART IDENTITY CASCADE;"
		      "INSERT INTO account (name, host, port, system_id) VALUES ('a', 'x', 1, 'x');"
		      "INSERT INTO client (msisdn) VALUES (79120000001);"
		      "INSERT INTO campaign (name, text, sender, class, category, status)"
		      " VALUES ('c', 'text', 's', 2, 2, 'running');"
		      "INSERT INTO run (campaign_id, status, deadline)"
		      " VALUES (1, 'running', now() + interval '1 day')");
	broker_connect();
}

static void teardown(void)
{
	mq_close(&mq);
	pg_close(&admin);
}

/* Released chunks 1 to `count`, a message each. */
static void add_chunks(enum lane lane, int count)
{
	database_do(admin,
		    "INSERT INTO chunk (run_id, no, state, lane, size, client_ids, msisdns)"
		    " SELECT 1, coalesce((SELECT max(no) FROM chunk), 0) + n, 1, %d, 1, '{1}',"
		    "        '{79120000001}' FROM generate_series(1, %d) AS n",
		    (int)lane, count);
}

static int64_t count_of(const char *what)
{
	static const struct pg_stmt done = {"done", "SELECT count(*) FROM chunk WHERE state = 2"};
	static const struct pg_stmt stuck = {"stuck", "SELECT count(*) FROM chunk WHERE state = 3"};
	static const struct pg_stmt sessions = {
		"sessions",
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
		" application_name = 'dispatcherd/test' AND datname = current_database()"};
	struct pg_result *rows = NULL;
	struct err err = {0};
	int64_t count;

	ck_assert_msg(pg_run(admin,
			     strcmp(what, "done") == 0	  ? &done
			     : strcmp(what, "stuck") == 0 ? &stuck
							  : &sessions,
			     NULL, &rows, &err),
		      "%s", err.msg);
	count = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return count;
}

static void await(const char *what, int64_t want)
{
	uint64_t deadline_ms = clock_mono_ms() + WAIT_MS;

	while (count_of(what) != want) {
		ck_assert_msg(clock_mono_ms() < deadline_ms, "%s never became %lld", what,
			      (long long)want);
		usleep(10000);
	}
}

/* --- tests
 * -----------------------------------------------------------------------------------------
 */

START_TEST(test_tickets)
{
	char queue[QUEUE_NAME_SIZE];
	struct mq_delivery delivery;
	struct err err = {0};
	int64_t batch;

	ck_assert(topology_declare_account(mq, 1, &err));
	ck_assert(mq_consume(mq, queue_batch(1, LANE_URGENT, queue), 10, &err));
	daemon_start("all");
	add_chunks(LANE_BULK, 3);
	add_chunks(LANE_URGENT, 1);
	publish(queue_chunk(LANE_BULK), "not a ticket");
	publish_chunk(LANE_BULK, 1);
	publish_chunk(LANE_BULK, 1); /* a double finds nothing to do */
	publish_chunk(LANE_BULK, 2);
	publish_chunk(LANE_URGENT, 4);
	publish_chunk(LANE_BULK, 3);
	await("done", 4);
	database_wants(admin, "4", "SELECT count(*) FROM message");
	/* The urgent batch, and it alone, was published at once. */
	ck_assert_msg(mq_take(mq, clock_mono_ms() + WAIT_MS, -1, &delivery, &err), "%s", err.msg);
	ck_assert(ticket_parse("batch", delivery.body, delivery.len, &batch));
	database_wants(admin, "1 0",
		       "SELECT concat_ws(' ', state, lane) FROM batch WHERE id = %lld",
		       (long long)batch);
	ck_assert_int_eq(daemon_stop(), 0);
}
END_TEST

START_TEST(test_lane_of_its_own)
{
	uint32_t ready = 0;
	struct err err = {0};
	bool exists;

	daemon_start("urgent");
	add_chunks(LANE_BULK, 1);
	add_chunks(LANE_URGENT, 1);
	publish_chunk(LANE_BULK, 1);
	publish_chunk(LANE_URGENT, 2);
	await("done", 1);
	database_wants(admin, "1 2", "SELECT string_agg(state::text, ' ' ORDER BY id) FROM chunk");
	ck_assert(mq_depth(mq, queue_chunk(LANE_BULK), &ready, &exists, &err));
	ck_assert_uint_eq(ready, 1);
	ck_assert_int_eq(daemon_stop(), 0);
	daemon_start("bulk");
	await("done", 2);
	ck_assert_int_eq(daemon_stop(), 0);
}
END_TEST

/* Urgent tickets without end do not starve a bulk one: it is done before the last of them. */
START_TEST(test_bulk_has_its_turn)
{
	add_chunks(LANE_BULK, 1);
	add_chunks(LANE_URGENT, 40);
	publish_chunk(LANE_BULK, 1);
	for (int64_t id = 2; id <= 41; id++)
		publish_chunk(LANE_URGENT, id);
	daemon_start("all");
	await("done", 41);
	database_wants(admin, "true",
		       "SELECT (SELECT xmin::text::bigint FROM chunk WHERE lane = 1) <"
		       " (SELECT max(xmin::text::bigint) FROM chunk WHERE lane = 0)");
	ck_assert_int_eq(daemon_stop(), 0);
}
END_TEST

/* A chunk that cannot be dispatched is taken five times and then left for a person. */
START_TEST(test_poison)
{
	daemon_start("all");
	add_chunks(LANE_BULK, 2);
	database_exec(admin, "UPDATE chunk SET size = 5 WHERE id = 1");
	publish_chunk(LANE_BULK, 1);
	publish_chunk(LANE_BULK, 2);
	await("stuck", 1);
	await("done", 1);
	database_wants(admin, "5 0", "SELECT string_agg(taken::text, ' ' ORDER BY id) FROM chunk");
	ck_assert_int_eq(daemon_stop(), 0);
}
END_TEST

START_TEST(test_lost_stores)
{
	daemon_start("all");
	add_chunks(LANE_BULK, 3);
	publish_chunk(LANE_BULK, 1);
	await("done", 1);
	ck_assert_int_gt(count_of("sessions"), 0); /* and ends them */
	publish_chunk(LANE_BULK, 2);
	await("done", 2);
	ck_assert_int_eq(ctl("close_all_connections --vhost %s test", vhost), 0);
	mq_close(&mq);
	broker_connect();
	publish_chunk(LANE_BULK, 3);
	await("done", 3);
	ck_assert_int_eq(daemon_stop(), 0);
}
END_TEST

START_TEST(test_no_store_at_start)
{
	int status = -1;

	snprintf(database.url, sizeof(database.url), "postgresql://127.0.0.1:1/none");
	daemon_start("all");
	ck_assert_int_eq(waitpid(daemon_pid, &status, 0), daemon_pid);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker");
	TCase *tcase = tcase_create("worker");
	int status;

	broker_prepare();
	tcase_set_timeout(tcase, 120);
	tcase_add_unchecked_fixture(tcase, database_create, database_drop);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_tickets);
	tcase_add_test(tcase, test_lane_of_its_own);
	tcase_add_test(tcase, test_bulk_has_its_turn);
	tcase_add_test(tcase, test_poison);
	tcase_add_test(tcase, test_lost_stores);
	tcase_add_test(tcase, test_no_store_at_start);
	suite_add_tcase(suite, tcase);
	status = suite_run(suite);
	(void)ctl("delete_vhost %s", vhost);
	return status;
}
