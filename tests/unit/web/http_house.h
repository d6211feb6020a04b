/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_house - a server with a few routes, its worker, and a raw client; for the tests of http. */
#ifndef VESTNIK_TESTS_HTTP_HOUSE_H
#define VESTNIK_TESTS_HTTP_HOUSE_H

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/web/http.h"

#define ANSWER_MAX 65536

/* --- the house
 * ------------------------------------------------------------------------------------ */

static struct {
	struct http_server *server;
	const struct files *files;
	struct queue *queue;
	pthread_t event_thread;
	pthread_t worker;
	int stop_fd;
	int hold_fd; /* handlers of /hold wait until it is readable */
	atomic_bool ending;
	atomic_int lost;
	atomic_size_t streamed;
	_Atomic uint64_t turns;
} house;

static void on_echo(struct http_call *call, void *worker)
{
	size_t len;
	const char *body = http_body(call, &len);
	const char *q = http_query(call, "q");

	ck_assert_ptr_eq(worker, &house);
	http_reply_header(call, "X-Param", http_param(call, 0));
	http_reply_header(call, "X-Query", q != NULL ? q : "-");
	http_reply_header(call, "X-Key",
			  http_header(call, "idempotency-key") != NULL
				  ? http_header(call, "idempotency-key")
				  : "-");
	http_reply(call, 200, "text/plain", body, len);
}

static void on_stream(struct http_call *call, void *worker)
{
	static char piece[10000];
	bool early = http_query(call, "early") != NULL;
	struct err err;
	size_t total = 0;
	size_t len = 1;
	char text[32];

	(void)worker;
	while (len > 0 && !(early && total > 0)) {
		if (!http_body_read(call, piece, sizeof(piece), &len, &err)) {
			ck_assert_int_eq(err.kind, ERR_LOST);
			atomic_fetch_add(&house.lost, 1);
			return;
		}
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)piece[i] != (total + i) % 251)
				ck_abort_msg("byte %zu differs", total + i);
		total += len;
		atomic_store(&house.streamed, total);
	}
	snprintf(text, sizeof(text), "%zu", total);
	http_reply(call, 200, "text/plain", text, strlen(text));
}

static void on_hold(struct http_call *call, void *worker)
{
	eventfd_t value;

	(void)worker;
	ck_assert_int_eq(eventfd_read(house.hold_fd, &value), 0);
	http_reply(call, 200, "text/plain", "held", 4);
}

static void on_events(struct http_call *call, void *worker)
{
	struct buf first;

	(void)worker;
	buf_init(&first, 100);
	buf_add_str(&first, "data: first\n\n");
	http_reply_stream(call, strtol(http_param(call, 0), NULL, 10), &first);
	buf_deinit(&first);
}

static void on_file(struct http_call *call, void *worker)
{
	FILE *file = tmpfile();
	int fd;

	(void)worker;
	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 100000; i++)
		fputs("0123456789", file);
	fflush(file);
	fd = dup(fileno(file));
	fclose(file);
	http_reply_file(call, 200, "text/csv", fd, 1000000);
}

static void on_nothing(struct http_call *call, void *worker)
{
	(void)call;
	(void)worker;
}

static const struct http_route routes[] = {
	{"GET", "/echo/{name}", HTTP_BODY_NONE, 0, 0, 0, on_echo, NULL},
	{"POST", "/echo", HTTP_BODY_WHOLE, 1000, 0, 0, on_echo, NULL},
	{"PUT", "/echo", HTTP_BODY_WHOLE, 1000, 0, 0, on_echo, NULL},
	{"POST", "/stream", HTTP_BODY_STREAM, 10000000, 0, 0, on_stream, NULL},
	{"POST", "/hold", HTTP_BODY_NONE, 0, 0, 1, on_hold, NULL},
	{"GET", "/events/{id}/x/{y}", HTTP_BODY_NONE, 0, 0, 0, on_events, NULL},
	{"GET", "/file", HTTP_BODY_NONE, 0, 0, 0, on_file, NULL},
	{"GET", "/nothing", HTTP_BODY_NONE, 0, 0, 0, on_nothing, NULL},
};

static void on_turn(void *arg)
{
	ck_assert_ptr_eq(arg, &house);
	atomic_fetch_add(&house.turns, 1);
}

static void *event_thread(void *arg)
{
	struct err err;

	(void)arg;
	ck_assert_msg(http_server_run(house.server, house.stop_fd, 3000, &err), "%s", err.msg);
	return NULL;
}

static void *worker(void *arg)
{
	(void)arg;
	while (!atomic_load(&house.ending)) {
		struct http_call *call = queue_take(house.queue, clock_mono_ms() + 20);

		if (call == NULL)
			continue;
		http_call_handle(call, &house);
		http_call_done(call);
	}
	return NULL;
}

static inline void open_house(void)
{
	struct http_options options = {
		.listen = "127.0.0.1:0",
		.connections_max = 64,
		.streams_max = 2,
		.patience = {.first_headers_ms = 600,
			     .idle_ms = 1200,
			     .body_ms = 600,
			     .window_ms = 500},
		.routes = routes,
		.route_count = sizeof(routes) / sizeof(routes[0]),
		.files = house.files,
		.queues = &house.queue,
		.on_turn = on_turn,
		.arg = &house,
	};
	struct err err;

	house.queue = queue_new(8);
	house.stop_fd = eventfd(0, EFD_CLOEXEC);
	house.hold_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	ck_assert_msg(http_server_new(&options, &house.server, &err), "%s", err.msg);
	pthread_create(&house.event_thread, NULL, event_thread, NULL);
	pthread_create(&house.worker, NULL, worker, NULL);
}

static inline void close_house(void)
{
	eventfd_write(house.stop_fd, 1);
	pthread_join(house.event_thread, NULL);
	atomic_store(&house.ending, true);
	pthread_join(house.worker, NULL);
	http_server_free(&house.server);
	queue_free(&house.queue);
	close(house.stop_fd);
	close(house.hold_fd);
}

/* --- a client
 * ---------------------------------------------------------------------------------------- */

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)http_server_port(house.server))};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static bool put(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool put_text(int fd, const char *text)
{
	return put(fd, text, strlen(text));
}

/* Read until `what` stands there or the connection ends; the text so far is returned. */
static const char *read_until(int fd, const char *what)
{
	static char text[ANSWER_MAX];
	size_t len = 0;

	text[0] = '\0';
	while (len < sizeof(text) - 1 && (what == NULL || strstr(text, what) == NULL)) {
		ssize_t n = recv(fd, text + len, sizeof(text) - 1 - len, 0);

		if (n <= 0) {
			ck_assert_msg(n == 0 || errno == ECONNRESET, "no end: %s", text);
			break;
		}
		len += (size_t)n;
		text[len] = '\0';
	}
	return text;
}

/* One request on a connection of its own, closed by the server. */
static inline const char *ask(const char *request)
{
	int fd = dial();
	const char *answer;

	put_text(fd, request);
	answer = read_until(fd, NULL);
	close(fd);
	return answer;
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

#endif
