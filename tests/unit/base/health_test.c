/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of health: which addresses it takes, and what it says when there is too much to say.  What
 * it answers in a daemon's life is in daemon_test.c. */
#include "common/base/health.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/metrics.h"
#include "tests/unit/support/run.h"

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

static const char *get(const char *path)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t got;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", path);
	while ((got = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)got;
	answer[len] = '\0';
	close(fd);
	return answer;
}

START_TEST(test_checks_decide_the_answer)
{
	serve("127.0.0.1:0");
	ck_assert_ptr_nonnull(strstr(get("/healthz"), " 200 OK"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nfine\n"));
	ck_assert_ptr_nonnull(strstr(get("/readyz"), " 503 Service Unavailable"));
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nbroken\n"));
	health_stop(&health);
	ck_assert_ptr_null(health);
	health_stop(&health);
}
END_TEST

/* Five megabytes of labels cannot be a sensible scrape. */
START_TEST(test_too_many_metrics_are_no_answer)
{
	static char label[60000];

	for (int i = 0; i < 90; i++) {
		int head = snprintf(label, sizeof(label), "n%d=\"", i);

		memset(label + head, 'x', sizeof(label) - (size_t)head);
		memcpy(label + sizeof(label) - 2, "\"", 2);
		metrics_gauge("vestnik_much", "Much.", label);
	}
	serve("127.0.0.1:0");
	ck_assert_ptr_nonnull(strstr(get("/metrics"), " 500 "));
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
	tcase_add_test(tests, test_checks_decide_the_answer);
	tcase_add_test(tests, test_too_many_metrics_are_no_answer);
	tcase_add_loop_test(tests, test_addresses, 0, sizeof(addresses) / sizeof(addresses[0]));
	return case_run("health", tests);
}
