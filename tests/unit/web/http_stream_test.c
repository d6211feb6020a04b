/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Bodies and answers that take their time: streams, files, events, slow clients and idle ones. */
#include "tests/unit/support/run.h"
#include "tests/unit/web/http_house.h"

/* --- streamed bodies
 * ----------------------------------------------------------------------------------- */

static void put_pattern(int fd, size_t len)
{
	static char piece[251 * 100];
	size_t sent = 0;

	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (char)(i % 251);
	while (sent < len) {
		size_t n = len - sent < sizeof(piece) ? len - sent : sizeof(piece);

		if (!put(fd, piece, n))
			return;
		sent += n;
	}
}

START_TEST(test_a_large_body_streams)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "POST /stream HTTP/1.1\r\n" CLOSE "Content-Length: 5000000\r\n\r\n");
	put_pattern(fd, 5000000);
	ck_assert_ptr_nonnull(strstr(read_until(fd, NULL), "\r\n\r\n5000000"));
	close(fd);
	close_house();
}
END_TEST

START_TEST(test_an_early_answer_comes_after_the_body)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "POST /stream?early=1 HTTP/1.1\r\n" CLOSE "Content-Length: 5000000\r\n\r\n");
	put_pattern(fd, 5000000);
	ck_assert_ptr_nonnull(strstr(read_until(fd, NULL), "200 OK"));
	close(fd);
	close_house();
}
END_TEST

START_TEST(test_a_streamed_body_is_counted)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd,
		 "POST /stream HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n98967E\r\n");
	put_pattern(fd, 9999998);
	put_text(fd, "\r\n3\r\nxyz");
	ck_assert_ptr_nonnull(strstr(read_until(fd, NULL), "413 Content Too Large"));
	close(fd);
	while (atomic_load(&house.lost) == 0)
		usleep(1000);
	close_house();
}
END_TEST

START_TEST(test_a_client_that_goes_is_noticed)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
	put_pattern(fd, 100000);
	while (atomic_load(&house.streamed) < 100000)
		usleep(1000);
	close(fd);
	while (atomic_load(&house.lost) == 0)
		usleep(1000);
	close_house();
}
END_TEST

START_TEST(test_stopping_ends_an_upload)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n");
	put_pattern(fd, 100000);
	while (atomic_load(&house.streamed) < 100000)
		usleep(1000);
	eventfd_write(house.stop_fd, 1);
	while (atomic_load(&house.lost) == 0)
		usleep(1000);
	close(fd);
	close_house();
}
END_TEST

/* --- slow and idle clients
 * ------------------------------------------------------------------------------ */

START_TEST(test_slow_headers_end)
{
	uint64_t begin_ms = clock_mono_ms();
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "GET /echo/a HTTP/1.1\r\nX-Slow: ");
	ck_assert_str_eq(read_until(fd, NULL), "");
	ck_assert_uint_ge(clock_mono_ms() - begin_ms, 500);
	ck_assert_uint_lt(clock_mono_ms() - begin_ms, 5000);
	close(fd);
	close_house();
}
END_TEST

START_TEST(test_an_idle_connection_ends)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "GET /echo/a HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(read_until(fd, "\r\n\r\n"), "200 OK"));
	ck_assert_str_eq(read_until(fd, NULL), "");
	close(fd);
	close_house();
}
END_TEST

/* One byte every 50 ms: each read is in time, the whole is not. */
static const char *drip(const char *head)
{
	int fd = dial();
	const char *answer;

	put_text(fd, head);
	for (int i = 0; i < 100; i++) {
		char byte = (char)(i % 251);

		if (!put(fd, &byte, 1))
			break;
		usleep(50000);
	}
	answer = read_until(fd, NULL);
	close(fd);
	return answer;
}

START_TEST(test_a_slow_body_ends)
{
	open_house();
	ck_assert_ptr_nonnull(
		strstr(drip("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"),
		       "408 Request Timeout"));
	close_house();
}
END_TEST

START_TEST(test_a_slow_stream_ends)
{
	open_house();
	ck_assert_ptr_nonnull(
		strstr(drip("POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"),
		       "408 Request Timeout"));
	while (atomic_load(&house.lost) == 0)
		usleep(1000);
	close_house();
}
END_TEST

START_TEST(test_idle_connections_make_room)
{
	int fds[200];

	open_house();
	for (int i = 0; i < 200; i++)
		fds[i] = dial();
	ck_assert_ptr_nonnull(strstr(ask("GET /echo/a HTTP/1.1\r\n" CLOSE "\r\n"), "200 OK"));
	for (int i = 0; i < 200; i++)
		close(fds[i]);
	close_house();
}
END_TEST

/* --- files and events
 * ---------------------------------------------------------------------------------------- */

START_TEST(test_a_file_is_sent_whole)
{
	int fd;
	size_t total = 0;
	char piece[8192];
	ssize_t n;

	open_house();
	fd = dial();
	put_text(fd, "GET /file HTTP/1.1\r\n" CLOSE "\r\n");
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		total += (size_t)n;
	ck_assert_uint_gt(total, 1000000);
	ck_assert_uint_lt(total, 1001000);
	close(fd);
	close_house();
}
END_TEST

START_TEST(test_events)
{
	int64_t topics[4];
	int a;
	int b;

	open_house();
	a = dial();
	b = dial();
	put_text(a, "GET /events/7/x/1 HTTP/1.1\r\nHost: x\r\n\r\n");
	put_text(b, "GET /events/8/x/1 HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(read_until(a, "first\n\n"), "text/event-stream"));
	read_until(b, "first\n\n");
	ck_assert_uint_eq(http_topics(house.server, topics, 4), 2);
	ck_assert_int_eq(topics[0] + topics[1], 15);
	ck_assert_ptr_nonnull(strstr(ask("GET /events/9/x/1 HTTP/1.1\r\n" CLOSE "\r\n"),
				     "503 Service Unavailable"));
	http_publish(house.server, 7, "data: seven\n\n", 13, false);
	http_publish(house.server, 8, "data: eight\n\n", 13, true);
	ck_assert_ptr_nonnull(strstr(read_until(a, "seven\n\n"), "data: seven"));
	ck_assert_ptr_nonnull(strstr(read_until(b, "0\r\n\r\n"), "data: eight"));
	while (http_topics(house.server, topics, 4) != 1)
		usleep(1000);
	eventfd_write(house.stop_fd, 1);
	ck_assert_ptr_nonnull(strstr(read_until(a, "0\r\n\r\n"), "0\r\n\r\n"));
	close(a);
	close(b);
	close_house();
}
END_TEST

START_TEST(test_a_listener_that_does_not_read_is_dropped)
{
	static char text[60000];
	int64_t topics[4];
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "GET /events/7/x/1 HTTP/1.1\r\nHost: x\r\n\r\n");
	read_until(fd, "first\n\n");
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 500 && http_topics(house.server, topics, 4) > 0; i++)
		http_publish(house.server, 7, text, sizeof(text), false);
	while (recv(fd, text, sizeof(text), 0) > 0)
		;
	while (http_topics(house.server, topics, 4) > 0)
		usleep(1000);
	close(fd);
	close_house();
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	const TTest *const singles[] = {
		test_a_large_body_streams,
		test_an_early_answer_comes_after_the_body,
		test_a_streamed_body_is_counted,
		test_a_client_that_goes_is_noticed,
		test_stopping_ends_an_upload,
		test_slow_headers_end,
		test_an_idle_connection_ends,
		test_a_slow_body_ends,
		test_a_slow_stream_ends,
		test_idle_connections_make_room,
		test_a_file_is_sent_whole,
		test_events,
		test_a_listener_that_does_not_read_is_dropped,
	};
	Suite *suite = suite_create("http_stream");
	TCase *tcase = tcase_create("http_stream");

	tcase_set_timeout(tcase, 30);
	for (int i = 0; i < COUNT(singles); i++)
		tcase_add_test(tcase, singles[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
