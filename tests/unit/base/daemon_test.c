/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of daemon: what an operator, systemd and Prometheus see of any Vestnik daemon. */
#include "common/base/daemon.h"

#include "tests/unit/base/tinyd.h"
#include "tests/unit/support/run.h"

static struct tinyd tinyd;

static void end(void)
{
	tinyd_end(&tinyd);
}

static void assert_answer(const char *answer, const char *status, const char *body)
{
	char head[64];
	const char *text = strstr(answer, "\r\n\r\n");

	snprintf(head, sizeof(head), "HTTP/1.1 %s", status);
	ck_assert_msg(strncmp(answer, head, strlen(head)) == 0, "%s", answer);
	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text + 4, body);
}

/* The records that hold `a` and `b` are both there, in this order. */
static void assert_order(const struct tinyd *t, const char *a, const char *b)
{
	const char *first = strstr(t->out, a);

	ck_assert_msg(first != NULL && strstr(first, b) != NULL, "\"%s\" then \"%s\" in:\n%s", a, b,
		      t->out);
}

static void stop_cleanly(void)
{
	kill(tinyd.pid, SIGTERM);
	ck_assert_int_eq(tinyd_wait(&tinyd), 0);
}

START_TEST(test_a_life)
{
	tinyd_init(&tinyd, "instance: a.1\ndatabase: {url: 'postgres://u:hush@h/d'}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await_notify(&tinyd, "STATUS=ready");
	tinyd_await_notify(&tinyd, "READY=1");
	assert_answer(tinyd_get(&tinyd, "/readyz"), "200", "ready\n");
	assert_answer(tinyd_get(&tinyd, "/healthz"), "200", "ok\n");
	ck_assert_ptr_nonnull(
		strstr(tinyd_get(&tinyd, "/metrics"), "\nvestnik_build_info{version="));
	kill(tinyd.pid, SIGPIPE); /* ignored */
	kill(tinyd.pid, SIGTERM);
	tinyd_await_notify(&tinyd, "STOPPING=1");
	ck_assert_int_eq(tinyd_wait(&tinyd), 0);
	ck_assert_ptr_nonnull(
		strstr(tinyd.out, "INFO tinyd hook start number=5 zero=0 instance=a.1\n"));
	assert_order(&tinyd, "INFO tinyd starting version=", "hook start");
	assert_order(&tinyd, "hook start", "INFO tinyd ready\n");
	assert_order(&tinyd, "INFO tinyd ready\n", "stopping signal=TERM");
	assert_order(&tinyd, "stopping signal=TERM", "hook run ends stopping=1");
	assert_order(&tinyd, "hook run ends", "hook stop number=5");
	assert_order(&tinyd, "hook stop", "stopped result=ok\n");
	ck_assert_msg(strstr(tinyd.out, "hush") == NULL, "a secret was logged");
}
END_TEST

START_TEST(test_interrupt_stops_too)
{
	tinyd_init(&tinyd, "log: {format: json}\nmetrics: {listen: ''}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await(&tinyd, "\"msg\":\"ready\"");
	kill(tinyd.pid, SIGINT);
	ck_assert_int_eq(tinyd_wait(&tinyd), 0);
	ck_assert_ptr_nonnull(strstr(tinyd.out, "\"msg\":\"stopping\",\"signal\":\"INT\""));
	ck_assert_msg(strstr(tinyd.out, "metrics listening") == NULL, "listens on nothing");
}
END_TEST

START_TEST(test_reload_takes_a_good_file)
{
	tinyd_init(&tinyd, "work: {number: 5}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await_notify(&tinyd, "READY=1");
	tinyd_configure(&tinyd, "work: {number: 6}\nlog: {level: warn}\n");
	kill(tinyd.pid, SIGHUP);
	tinyd_await_notify(&tinyd, "RELOADING=1");
	tinyd_await_notify(&tinyd, "READY=1");
	tinyd_configure(&tinyd, "instance: b\nmetrics: {listen: ''}\n");
	kill(tinyd.pid, SIGHUP);
	tinyd_await(&tinyd, "hook reload from=5 to=5");
	stop_cleanly();
	ck_assert_msg(strstr(tinyd.out, "to=6") == NULL, "the level of the file holds at once");
	assert_order(&tinyd, "takes effect after a restart key=instance",
		     "takes effect after a restart key=metrics.listen");
	assert_order(&tinyd, "to=5", "configuration reloaded");
	/* The configuration given to start is still valid and unchanged in stop. */
	ck_assert_ptr_nonnull(strstr(tinyd.out, "hook stop number=5"));
}
END_TEST

START_TEST(test_reload_refuses_a_broken_file)
{
	tinyd_init(&tinyd, "work: {number: 5}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await_notify(&tinyd, "READY=1");
	tinyd_configure(&tinyd, "work: {number: 60}\n");
	kill(tinyd.pid, SIGHUP);
	tinyd_await_notify(&tinyd, "RELOADING=1");
	tinyd_await_notify(&tinyd, "READY=1");
	tinyd_await(&tinyd, "ERROR tinyd configuration refused, the old one stays error=\"");
	tinyd_await(&tinyd,
		    ":1: work.number: found \\\"60\\\"; expected a whole number from 1 to 9");
	assert_answer(tinyd_get(&tinyd, "/readyz"), "200", "ready\n");
	stop_cleanly();
	ck_assert_msg(strstr(tinyd.out, "hook reload") == NULL, "the hook saw a broken file");
}
END_TEST

START_TEST(test_a_second_term_leaves_at_once)
{
	tinyd_init(&tinyd, "work: {mode: busy}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await(&tinyd, "tinyd ready");
	kill(tinyd.pid, SIGTERM);
	tinyd_await(&tinyd, "hook run ends");
	assert_answer(tinyd_get(&tinyd, "/readyz"), "503", "stopping\n");
	kill(tinyd.pid, SIGTERM);
	ck_assert_int_eq(tinyd_wait(&tinyd), 1);
	ck_assert_ptr_nonnull(
		strstr(tinyd.out, "asked twice to stop, leaving at once signal=TERM"));
	ck_assert_ptr_null(strstr(tinyd.out, "hook stop"));
}
END_TEST

/* The watchdog's turns let the child notice the moved clock soon. */
START_TEST(test_a_stop_that_lasts_too_long_is_cut)
{
	tinyd_init(&tinyd, _i == 0 ? "work: {mode: busy}\n" : "work: {mode: slow_stop}\n");
	tinyd_start(&tinyd, NULL, 20000);
	tinyd_await(&tinyd, "tinyd ready");
	kill(tinyd.pid, SIGTERM);
	tinyd_await(&tinyd, "hook run ends");
	tinyd_skip_ms(9000);
	tinyd_await_notify(&tinyd, "WATCHDOG=1");
	tinyd_await_notify(&tinyd, "WATCHDOG=1"); /* still there at 9 s */
	tinyd_skip_ms(1000);
	ck_assert_int_eq(tinyd_wait(&tinyd), 1);
	ck_assert_ptr_nonnull(
		strstr(tinyd.out,
		       "ERROR tinyd did not stop in time, leaving work in hand waited_ms=9500"));
}
END_TEST

START_TEST(test_a_stop_gives_up_on_a_silent_store)
{
	tinyd_init(&tinyd,
		   _i == 0 ? "work: {mode: store_silent}\n" : "work: {mode: start_silent}\n");
	tinyd_start(&tinyd, NULL, 20000);
	tinyd_await(&tinyd, _i == 0 ? "tinyd ready" : "waiting for a store");
	kill(tinyd.pid, SIGTERM);
	tinyd_await(&tinyd, "waiting for a store");
	tinyd_await_notify(&tinyd, "STOPPING=1");
	tinyd_await_notify(&tinyd, "WATCHDOG=1"); /* the deadlines stand */
	tinyd_skip_ms(8000);
	tinyd_await_notify(&tinyd, "WATCHDOG=1");
	tinyd_await_notify(&tinyd, "WATCHDOG=1");
	ck_assert_msg(waitpid(tinyd.pid, NULL, WNOHANG) == 0, "stores are waited for at 8 s");
	tinyd_skip_ms(1000);
	ck_assert_int_eq(tinyd_wait(&tinyd), 0);
	assert_order(&tinyd, "WARN tinyd stores are waited for no longer", "stopped result=ok");
	ck_assert_ptr_null(strstr(tinyd.out, "ERROR"));
}
END_TEST

/* Anything that came before now does not count. */
static void drain_notify(void)
{
	char datagram[1024];

	while (recv(tinyd.notify_fd, datagram, sizeof(datagram), MSG_DONTWAIT) >= 0)
		;
}

START_TEST(test_watchdog_is_fed_while_the_loop_turns)
{
	struct pollfd fd;

	tinyd_init(&tinyd, _i == 0 ? "work: {mode: normal}\n" : "work: {mode: silent}\n");
	fd = (struct pollfd){.fd = tinyd.notify_fd, .events = POLLIN};
	tinyd_start(&tinyd, NULL, 20000); /* fed each 10 ms */
	tinyd_await(&tinyd, "tinyd ready");
	tinyd_await_notify(&tinyd, "READY=1");
	tinyd_await_notify(&tinyd, "WATCHDOG=1");
	tinyd_skip_ms(31000);
	if (_i == 0) {
		tinyd_await_notify(&tinyd, "WATCHDOG=1");
		drain_notify();
		tinyd_await_notify(&tinyd, "WATCHDOG=1");
		assert_answer(tinyd_get(&tinyd, "/healthz"), "200", "ok\n");
		stop_cleanly();
		return;
	}
	/* A feeding that was under way when the clock jumped may still come; then silence. */
	ck_assert_ptr_nonnull(strstr(tinyd_get(&tinyd, "/healthz"), "HTTP/1.1 503"));
	ck_assert_ptr_nonnull(
		strstr(tinyd_get(&tinyd, "/healthz"), "the main loop has not turned for 3"));
	drain_notify();
	ck_assert_int_eq(poll(&fd, 1, 200), 0);
	stop_cleanly();
}
END_TEST

START_TEST(test_readiness_is_the_daemons_word)
{
	tinyd_init(&tinyd, _i == 0 ? "work: {mode: not_ready}\n" : "work: {mode: ready_again}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await_notify(&tinyd, "STATUS=broker is away");
	tinyd_await_notify(&tinyd, "READY=1");
	tinyd_await(&tinyd, "WARN tinyd not ready reason=\"broker is away\"");
	if (_i == 0) {
		assert_answer(tinyd_get(&tinyd, "/readyz"), "503", "broker is away\n");
	} else {
		tinyd_await(&tinyd, "INFO tinyd ready");
		assert_answer(tinyd_get(&tinyd, "/readyz"), "200", "ready\n");
	}
	stop_cleanly();
}
END_TEST

static const struct {
	const char *why, *config, *want;
	int status;
} ends[] = {
	{"start fails", "work: {mode: start_fails}",
	 "ERROR tinyd start failed error=\"no database\"", 1},
	{"run fails", "work: {mode: run_fails}", "ERROR tinyd run failed error=\"lost it\"", 1},
};

START_TEST(test_failed_hooks_exit_1_after_stop)
{
	tinyd_init(&tinyd, ends[_i].config);
	tinyd_start(&tinyd, NULL, 0);
	ck_assert_msg(tinyd_wait(&tinyd) == ends[_i].status, "%s", ends[_i].why);
	ck_assert_msg(strstr(tinyd.out, ends[_i].want) != NULL, "%s:\n%s", ends[_i].why, tinyd.out);
	assert_order(&tinyd, ends[_i].want, "hook stop");
	assert_order(&tinyd, "hook stop", "stopped result=failed");
}
END_TEST

START_TEST(test_giving_up_when_told_to_stop_is_no_failure)
{
	tinyd_init(&tinyd, "work: {mode: gives_up}\n");
	tinyd_start(&tinyd, NULL, 0);
	tinyd_await(&tinyd, "tinyd ready");
	stop_cleanly();
	ck_assert_ptr_null(strstr(tinyd.out, "ERROR"));
}
END_TEST

static const struct {
	const char *why, *config, *want;
} refused[] = {
	{"a key nobody knows", "wrok: 1", "wrok: unknown key; did you mean work?"},
	{"a bad name", "instance: a b",
	 "instance: found \"a b\"; expected 1 to 32 letters, digits"},
	{"no name", "instance: ''", "instance: found \"\"; expected 1 to 32 letters, digits"},
	{"a host name to listen on", "metrics: {listen: 'localhost:80'}",
	 "metrics.listen: found \"localhost:80\"; expected ADDRESS:PORT"},
	{"no port", "metrics: {listen: '127.0.0.1:'}", "metrics.listen: found \"127.0.0.1:\""},
	{"no address", "metrics: {listen: ':80'}", "metrics.listen: found \":80\""},
	{"a port that is none", "metrics: {listen: '127.0.0.1:http'}",
	 "metrics.listen: found \"127.0.0.1:http\""},
};

START_TEST(test_bad_configuration)
{
	char *options[] = {"--check-config", "--config", tinyd.config_path, NULL};

	tinyd_init(&tinyd, refused[_i].config);
	tinyd_start(&tinyd, options, 0);
	ck_assert_msg(tinyd_wait(&tinyd) == 1, "%s", refused[_i].why);
	ck_assert_int_eq(strncmp(tinyd.out, tinyd.config_path, strlen(tinyd.config_path)), 0);
	ck_assert_msg(strstr(tinyd.out, refused[_i].want) != NULL, "%s: %s", refused[_i].why,
		      tinyd.out);
	tinyd_end(&tinyd);

	tinyd_init(&tinyd, refused[_i].config);
	tinyd_start(&tinyd, NULL, 0);
	ck_assert_int_eq(tinyd_wait(&tinyd), 1);
	ck_assert_ptr_nonnull(strstr(tinyd.out, "ERROR tinyd configuration refused error="));
	ck_assert_ptr_null(strstr(tinyd.out, "hook start"));
}
END_TEST

START_TEST(test_good_configuration)
{
	char *options[] = {"--config", tinyd.config_path, "--check-config", NULL};
	char want[100];

	tinyd_init(&tinyd, "instance: x\nmetrics: {listen: '[::1]:9100'}\n");
	tinyd_start(&tinyd, options, 0);
	ck_assert_int_eq(tinyd_wait(&tinyd), 0);
	snprintf(want, sizeof(want), "%s: ok\n", tinyd.config_path);
	ck_assert_str_eq(tinyd.out, want);
}
END_TEST

static const struct {
	const char *why;
	char *options[4];
	int status;
	const char *want;
} lines[] = {
	{"nothing", {NULL}, 2, "tinyd: --config FILE is missing; try --help\n"},
	{"check of nothing", {"--check-config"}, 2, "tinyd: --config FILE is missing"},
	{"no file name", {"--config"}, 2, "tinyd: a file name is missing after --config"},
	{"an unknown option", {"--colour"}, 2, "tinyd: unknown option --colour; try --help\n"},
	{"an unknown letter", {"-x"}, 2, "tinyd: unknown option -x; try --help\n"},
	{"an argument", {"--version", "now"}, 2, "tinyd: unexpected argument now"},
	{"a file that is not there",
	 {"--config", "/nowhere/f.yaml"},
	 1,
	 "error=\"/nowhere/f.yaml: No such file or directory\"\n"},
	{"the version", {"--version"}, 0, "tinyd "},
	{"help", {"--help"}, 0, "tinyd - be tested\n"},
	{"help names the options", {"--help"}, 0, "--check-config"},
	{"help on keys has the common ones",
	 {"--help-config"},
	 0,
	 "log.level              info         one of debug, info, warn, error"},
	{"help on keys has the daemon's own",
	 {"--help-config"},
	 0,
	 "work.number            5            a whole number from 1 to 9"},
};

START_TEST(test_command_lines)
{
	tinyd_init(&tinyd, "");
	tinyd_start(&tinyd, lines[_i].options, 0);
	ck_assert_msg(tinyd_wait(&tinyd) == lines[_i].status, "%s: %s", lines[_i].why, tinyd.out);
	ck_assert_msg(strstr(tinyd.out, lines[_i].want) != NULL, "%s: %s", lines[_i].why,
		      tinyd.out);
}
END_TEST

START_TEST(test_a_port_in_use_is_named)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[100];

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	snprintf(text, sizeof(text), "metrics: {listen: '127.0.0.1:%d'}", ntohs(address.sin_port));
	tinyd_init(&tinyd, text);
	tinyd_start(&tinyd, NULL, 0);
	ck_assert_int_eq(tinyd_wait(&tinyd), 1);
	snprintf(text, sizeof(text), "metrics.listen: 127.0.0.1:%d: Address already in use",
		 ntohs(address.sin_port));
	ck_assert_msg(strstr(tinyd.out, text) != NULL, "%s", tinyd.out);
	close(fd);
}
END_TEST

START_TEST(test_http_is_strict)
{
	static char long_head[40000];

	tinyd_init(&tinyd, "");
	tinyd_start(&tinyd, NULL, 0);
	assert_answer(tinyd_get(&tinyd, "/"), "404", "here are /metrics, /healthz and /readyz\n");
	assert_answer(tinyd_http(&tinyd,
				 "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				 "Content-Length: 3\r\n\r\nabc"),
		      "405", "only GET is served here\n");
	assert_answer(tinyd_http(&tinyd, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
					 "Content-Length: 3\r\n\r\nabc"),
		      "200", "ok\n");
	memset(long_head, 'a', sizeof(long_head) - 1);
	memcpy(long_head, "GET /metrics HTTP/1.1\r\nX: ", 26);
	ck_assert_ptr_null(strstr(tinyd_http(&tinyd, long_head), "HTTP/1.1 200"));
	assert_answer(tinyd_get(&tinyd, "/healthz"), "200", "ok\n");
	stop_cleanly();
}
END_TEST

/* Modules that ask these are tested without a daemon around them. */
START_TEST(test_answers_outside_a_daemon)
{
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};

	tinyd_init(&tinyd, "");
	ck_assert(!daemon_stopping());
	ck_assert_int_eq(poll(&stop, 1, 0), 0);
	ck_assert_int_eq(daemon_stop_fd(), stop.fd);
	ck_assert_str_eq(daemon_instance(), "1");
	ck_assert_int_ge(daemon_slot(), 0);
	ck_assert_int_lt(daemon_slot(), 32768);
	ck_assert_int_eq(daemon_slot(), daemon_slot());
	daemon_alive();
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	TCase *tests = tcase_create("daemon");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, NULL, end);
	tcase_add_test(tests, test_a_life);
	tcase_add_test(tests, test_interrupt_stops_too);
	tcase_add_test(tests, test_reload_takes_a_good_file);
	tcase_add_test(tests, test_reload_refuses_a_broken_file);
	tcase_add_test(tests, test_a_second_term_leaves_at_once);
	tcase_add_loop_test(tests, test_a_stop_that_lasts_too_long_is_cut, 0, 2);
	tcase_add_loop_test(tests, test_a_stop_gives_up_on_a_silent_store, 0, 2);
	tcase_add_loop_test(tests, test_watchdog_is_fed_while_the_loop_turns, 0, 2);
	tcase_add_loop_test(tests, test_readiness_is_the_daemons_word, 0, 2);
	tcase_add_loop_test(tests, test_failed_hooks_exit_1_after_stop, 0, COUNT(ends));
	tcase_add_test(tests, test_giving_up_when_told_to_stop_is_no_failure);
	tcase_add_loop_test(tests, test_bad_configuration, 0, COUNT(refused));
	tcase_add_test(tests, test_good_configuration);
	tcase_add_loop_test(tests, test_command_lines, 0, COUNT(lines));
	tcase_add_test(tests, test_a_port_in_use_is_named);
	tcase_add_test(tests, test_http_is_strict);
	tcase_add_test(tests, test_answers_outside_a_daemon);
	return case_run("daemon", tests);
}
