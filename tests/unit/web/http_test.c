/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the server answers, to good requests and wrong ones, and where its limits are. */
#include "tests/unit/support/run.h"
#include "tests/unit/web/http_house.h"

/* --- what is answered
 * --------------------------------------------------------------------------------- */

static const struct {
	const char *why;
	const char *request;
	const char *status;
	const char *part; /* of the answer */
} asked[] = {
	{"a path with a parameter and a query",
	 "GET /echo/a%20b?q=%D0%96+1 HTTP/1.1\r\n" CLOSE "Idempotency-Key: k\r\n\r\n", "200 OK",
	 "X-Query: \xd0\x96 1"},
	{"the key", "GET /echo/n HTTP/1.1\r\n" CLOSE "idempotency-KEY: k7\r\n\r\n", "200 OK",
	 "X-Key: k7"},
	{"a parameter", "GET /echo/name HTTP/1.1\r\n" CLOSE "\r\n", "200 OK", "X-Param: name"},
	{"HEAD", "HEAD /echo/name HTTP/1.1\r\n" CLOSE "\r\n", "200 OK", "X-Param: name"},
	{"a body", "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 5\r\n\r\nhello", "200 OK",
	 "\r\n\r\nhello"},
	{"a chunked body",
	 "POST /echo HTTP/1.1\r\n" CLOSE
	 "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
	 "200 OK", "\r\n\r\nhello"},
	{"an empty body", "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "200 OK",
	 "Content-Length: 0"},
	{"an unknown path", "GET /nowhere HTTP/1.1\r\n" CLOSE "\r\n", "404 Not Found",
	 "urn:vestnik:problem:not-found"},
	{"a path with more behind", "GET /echo/a/b HTTP/1.1\r\n" CLOSE "\r\n", "404 Not Found",
	 "problem+json"},
	{"a NUL in a parameter", "GET /echo/a%00b HTTP/1.1\r\n" CLOSE "\r\n", "200 OK",
	 "X-Param: a\xff"
	 "b"},
	{"an empty parameter", "GET /echo/ HTTP/1.1\r\n" CLOSE "\r\n", "404 Not Found",
	 "problem+json"},
	{"another method", "DELETE /echo HTTP/1.1\r\n" CLOSE "\r\n", "405 Method Not Allowed",
	 "Allow: POST, PUT"},
	{"a body where none belongs",
	 "GET /echo/a HTTP/1.1\r\n" CLOSE "Content-Length: 5\r\n\r\nhello", "400 Bad Request",
	 "takes no body"},
	{"a chunked body where none belongs",
	 "GET /echo/a HTTP/1.1\r\n" CLOSE
	 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	 "400 Bad Request", "takes no body"},
	{"a gigabyte announced",
	 "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 1073741824\r\n\r\n", "413 ",
	 "at most 1000 bytes"},
	{"a length without end",
	 "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 99999999999999999999999\r\n\r\n", "413 ",
	 ""},
	{"two framings",
	 "POST /echo HTTP/1.1\r\n" CLOSE
	 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	 "400 Bad Request", ""},
	{"an unknown coding",
	 "POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	 "400 Bad Request", ""},
	{"a query that is no UTF-8", "GET /echo/a?q=%FF HTTP/1.1\r\n" CLOSE "\r\n",
	 "400 Bad Request", "percent-encoded UTF-8"},
	{"a NUL in a query", "GET /echo/a?q=a%00b HTTP/1.1\r\n" CLOSE "\r\n", "400 Bad Request",
	 "NUL"},
	{"no HTTP at all", "HELLO\r\n\r\n", "", ""},
	{"a handler without an answer", "GET /nothing HTTP/1.1\r\n" CLOSE "\r\n",
	 "500 Internal Server Error", "problem+json"},
};

START_TEST(test_asked)
{
	const char *answer;
	char status[100];

	open_house();
	answer = ask(asked[_i].request);
	snprintf(status, sizeof(status), "HTTP/1.1 %s", asked[_i].status);
	if (asked[_i].status[0] != '\0')
		ck_assert_msg(strncmp(answer, status, strlen(status)) == 0, "%s: %s", asked[_i].why,
			      answer);
	ck_assert_msg(strstr(answer, asked[_i].part) != NULL, "%s: %s", asked[_i].why, answer);
	ck_assert_ptr_nonnull(strstr(ask("GET /echo/still HTTP/1.1\r\n" CLOSE "\r\n"), "200 OK"));
	close_house();
}
END_TEST

START_TEST(test_many_queries_are_refused)
{
	char request[1000] = "GET /echo/a?";

	open_house();
	for (int i = 0; i < 17; i++)
		snprintf(request + strlen(request), sizeof(request) - strlen(request), "p%d=1&", i);
	snprintf(request + strlen(request), sizeof(request) - strlen(request),
		 " HTTP/1.1\r\n" CLOSE "\r\n");
	ck_assert_ptr_nonnull(strstr(ask(request), "at most 16"));
	close_house();
}
END_TEST

START_TEST(test_long_headers_are_refused)
{
	static char request[40000] = "GET /echo/a HTTP/1.1\r\n" CLOSE "X: ";
	const char *answer;

	open_house();
	memset(request + strlen(request), 'x', 35000);
	snprintf(request + strlen(request), sizeof(request) - strlen(request), "\r\n\r\n");
	answer = ask(request);
	ck_assert_msg(strncmp(answer, "HTTP/1.1 4", 10) == 0 || answer[0] == '\0', "%s", answer);
	close_house();
}
END_TEST

START_TEST(test_a_connection_serves_many_requests)
{
	int fd;

	open_house();
	fd = dial();
	for (int i = 0; i < 20; i++) {
		put_text(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
		ck_assert_ptr_nonnull(strstr(read_until(fd, "\r\n\r\nabc"), "200 OK"));
	}
	close(fd);
	close_house();
}
END_TEST

START_TEST(test_a_chunked_body_is_counted)
{
	static char chunk[600];
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	memset(chunk, 'x', sizeof(chunk));
	for (int i = 0; i < 2; i++) {
		put_text(fd, "258\r\n");
		put(fd, chunk, sizeof(chunk));
		put_text(fd, "\r\n");
	}
	ck_assert_ptr_nonnull(strstr(read_until(fd, NULL), "413 Content Too Large"));
	close(fd);
	close_house();
}
END_TEST

/* --- limits
 * ------------------------------------------------------------------------------------------------
 */

START_TEST(test_a_busy_route_says_so)
{
	int fd;
	const char *answer;

	open_house();
	fd = dial();
	put_text(fd, "POST /hold HTTP/1.1\r\n" CLOSE "\r\n");
	do {
		answer = ask("POST /hold HTTP/1.1\r\n" CLOSE "\r\n");
		if (strstr(answer, "503") == NULL) /* it came first */
			eventfd_write(house.hold_fd, 1);
	} while (strstr(answer, "503 Service Unavailable") == NULL);
	ck_assert_ptr_nonnull(strstr(answer, "Retry-After: 1"));
	eventfd_write(house.hold_fd, 1);
	ck_assert_ptr_nonnull(strstr(read_until(fd, NULL), "\r\n\r\nheld"));
	close(fd);
	close_house();
}
END_TEST

START_TEST(test_stopping_answers_what_is_in_hand)
{
	int fd;
	uint64_t turns;

	open_house();
	fd = dial();
	put_text(fd, "POST /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	turns = atomic_load(&house.turns);
	while (atomic_load(&house.turns) < turns + 4)
		usleep(1000);
	eventfd_write(house.stop_fd, 1);
	turns = atomic_load(&house.turns);
	while (atomic_load(&house.turns) < turns + 2)
		usleep(1000);
	eventfd_write(house.hold_fd, 1);
	ck_assert_ptr_nonnull(strstr(read_until(fd, NULL), "Connection: close"));
	close(fd);
	close_house();
}
END_TEST

static const struct {
	const char *listen;
	const char *said;
} addresses[] = {
	{"8080", "host:port"},
	{":8080", "host:port"},
	{"127.0.0.1:65536", "host:port"},
	{"192.0.2.1:0", "cannot listen"},
};

START_TEST(test_addresses)
{
	struct http_options options = {.listen = addresses[_i].listen,
				       .routes = routes,
				       .route_count = 1,
				       .queues = &house.queue};
	struct http_server *server = NULL;
	struct err err;

	ck_assert(!http_server_new(&options, &server, &err));
	ck_assert_msg(strstr(err.msg, addresses[_i].said) != NULL, "%s", err.msg);
	ck_assert_ptr_null(server);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	const TTest *const singles[] = {
		test_many_queries_are_refused,
		test_long_headers_are_refused,
		test_a_connection_serves_many_requests,
		test_a_chunked_body_is_counted,
		test_a_busy_route_says_so,
		test_stopping_answers_what_is_in_hand,
	};
	Suite *suite = suite_create("http");
	TCase *tcase = tcase_create("http");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, test_asked, 0, COUNT(asked));
	tcase_add_loop_test(tcase, test_addresses, 0, COUNT(addresses));
	for (int i = 0; i < COUNT(singles); i++)
		tcase_add_test(tcase, singles[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
