/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of health: which addresses it takes, and what it says when there is too much to say.  What
 * it answers in a daemon's life is in daemon_test.c. */
#include "common/base/health.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/metrics.h"
#include "tests/unit/base/suite.h"

static bool fine(char *text_out, size_t size)
{
	snprintf(text_out, size, "fine\n");
	return true;
}

static bool broken(char *text_out, size_t size)
{
	snprintf(text_out, size, "broken\n");
	return false;
}

static const struct health_checks checks = {.healthy = fine, .ready = broken};
static struct health *health;
static uint16_t port;
static char answer[8192];

static void serve(const char *listen_on)
{
	struct err err;

	ck_assert_msg(health_start(listen_on, &checks, &health, &port, &err), "%s", err.msg);
	ck_assert_uint_ne(port, 0);
}

static const char *get(int family, const char *path)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(port),
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const bool six = family == AF_INET6;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t got;

	ck_assert_int_eq(connect(fd, six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
				 six ? sizeof(v6) : sizeof(v4)),
			 0);
	dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", path);
	while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)got;
	answer[len] = '\0';
	close(fd);
	return answer;
}

START_TEST(test_checks_are_answered_on_either_family)
{
	serve(_i == AF_INET ? "127.0.0.1:0" : "[::1]:0");
	ck_assert_ptr_nonnull(strstr(get(_i, "/healthz"), " 200 OK"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nfine\n"));
	ck_assert_ptr_nonnull(strstr(get(_i, "/readyz"), " 503 Service Unavailable"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nbroken\n"));
	health_stop(&health);
	ck_assert_ptr_null(health);
	health_stop(&health);
}
END_TEST

/* Five megabytes of labels cannot be a sensible scrape. */
START_TEST(test_too_many_metrics_are_no_answer)
{
	struct buf labels;

	buf_init(&labels, 60000);
	while (buf_add_char(&labels, 'x'))
		;
	for (int i = 0; i < 90; i++) {
		snprintf(labels.data, 20, "n%02d=\"", i);
		labels.data[strlen(labels.data)] = 'x';
		labels.data[labels.len - 1] = '"';
		metrics_gauge("vestnik_much", "Much.", labels.data);
	}
	buf_deinit(&labels);
	serve("127.0.0.1:0");
	ck_assert_ptr_nonnull(strstr(get(AF_INET, "/metrics"), " 500 "));
	ck_assert_ptr_nonnull(strstr(answer, "metrics are longer than 4 MiB\n"));
	health_stop(&health);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} addresses[] = {
	{"127.0.0.1:0", true},
	{"0.0.0.0:65535", true},
	{"[::]:9100", true},
	{"localhost:80", false},
	{"127.0.0.1", false},
	{"127.0.0.1:", false},
	{":80", false},
	{"", false},
	{"127.0.0.1:x", false},
	{"[]:80", false},
	{"11111111111111111111111111111111111111111111111111111111111111111111111:1", false},
};

START_TEST(test_addresses)
{
	struct err err;

	ck_assert_msg(health_check_listen(addresses[_i].text, &err) == addresses[_i].good, "%s",
		      addresses[_i].text);
	if (!addresses[_i].good) {
		ck_assert_ptr_nonnull(strstr(err.msg, "expected ADDRESS:PORT"));
		ck_assert(!health_start(addresses[_i].text, &checks, &health, &port, &err));
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("health");

	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, test_checks_are_answered_on_either_family, AF_INET, AF_INET + 1);
	tcase_add_loop_test(tests, test_checks_are_answered_on_either_family, AF_INET6,
			    AF_INET6 + 1);
	tcase_add_test(tests, test_too_many_metrics_are_no_answer);
	tcase_add_loop_test(tests, test_addresses, 0, sizeof(addresses) / sizeof(addresses[0]));
	return suite_run("health", tests);
}
