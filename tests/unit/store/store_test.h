/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the store's tests share: the server they run against, and a relay in front of it that loses
 * connections at chosen moments. */
#ifndef VESTNIK_TESTS_STORE_TEST_H
#define VESTNIK_TESTS_STORE_TEST_H

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/pg_internal.h"

static inline const char *test_db_url(void)
{
	const char *url = getenv("VESTNIK_TEST_DB");

	if (url == NULL || *url == '\0') {
		(void)fprintf(stderr, "VESTNIK_TEST_DB must hold the URL of a PostgreSQL database "
				      "these tests may write to\n");
		exit(EXIT_FAILURE);
	}
	return url;
}

static inline struct pg *test_open(const char *url, int64_t timeout_ms)
{
	struct pg_options options = {
		.url = url, .application = "store_test", .timeout_ms = timeout_ms};
	struct pg *pg = NULL;
	struct err err = {0};

	ck_assert_msg(pg_open(&options, &pg, &err), "%s", err.msg);
	return pg;
}

#define ck_ok(call)                                                                                \
	do {                                                                                       \
		struct err err_ = {0};                                                             \
		struct err *err = &err_;                                                           \
		ck_assert_msg((call), "%s", err_.msg);                                             \
	} while (0)

#define ck_fails(call, wanted)                                                                     \
	do {                                                                                       \
		struct err err_ = {0};                                                             \
		struct err *err = &err_;                                                           \
		ck_assert_msg(!(call), "it succeeded");                                            \
		ck_assert_msg(err_.kind == (wanted), "kind %d: %s", err_.kind, err_.msg);          \
		ck_assert_msg(err_.msg[0] != '\0', "no message");                                  \
	} while (0)

/* The only value of a statement, as an integer. */
static inline int64_t test_int(struct pg *pg, const char *name, const char *sql)
{
	struct pg_stmt stmt = {name, sql};
	struct pg_result *r = NULL;
	int64_t v;

	ck_ok(pg_run(pg, &stmt, NULL, &r, err));
	ck_assert_uint_eq(pg_rows(r), 1);
	v = pg_int(r, 0, 0);
	pg_result_free(&r);
	return v;
}

/* --- the relay ---------------------------------------------------------------------------------
 */

enum relay_mode {
	RELAY_PASS,
	RELAY_REFUSE,		 /* drop every connection, take none */
	RELAY_SWALLOW_REPLIES,	 /* the server's words vanish */
	RELAY_CUT_AFTER_REPLY,	 /* the next request arrives, its reply is lost with the line */
	RELAY_CUT_BEFORE_REQUEST /* the next request is lost with the line */
};

enum { RELAY_LINES = 8 };

struct relay {
	pthread_t thread;
	int listen_fd;
	int port;
	atomic_int mode;
	atomic_bool stop;
	atomic_int refused;
	struct sockaddr_storage server;
	socklen_t server_len;
	struct relay_line {
		int client_fd, server_fd;
	} lines[RELAY_LINES];
	size_t count;
};

static inline void relay_close(struct relay *r, size_t i)
{
	(void)close(r->lines[i].client_fd);
	(void)close(r->lines[i].server_fd);
	r->lines[i] = r->lines[--r->count];
}

static inline void relay_accept(struct relay *r)
{
	int client_fd = accept(r->listen_fd, NULL, NULL);
	int server_fd;

	if (client_fd < 0)
		return;
	server_fd = socket(r->server.ss_family, SOCK_STREAM, 0);
	if (r->mode == RELAY_REFUSE || r->count == RELAY_LINES ||
	    connect(server_fd, (struct sockaddr *)&r->server, r->server_len) != 0) {
		(void)close(client_fd);
		(void)close(server_fd);
		r->refused++;
		return;
	}
	r->lines[r->count++] = (struct relay_line){client_fd, server_fd};
}

static inline bool relay_all(int fd, const char *data, ssize_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, (size_t)len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

/* False: the line is to be closed. */
static inline bool relay_move(struct relay *r, struct relay_line *line, bool from_client)
{
	static char data[65536];
	ssize_t n = recv(from_client ? line->client_fd : line->server_fd, data, sizeof(data), 0);
	int mode = r->mode;

	if (n <= 0)
		return false;
	if (from_client) {
		return mode != RELAY_CUT_BEFORE_REQUEST && relay_all(line->server_fd, data, n);
	}
	if (mode == RELAY_SWALLOW_REPLIES)
		return true;
	if (mode == RELAY_CUT_AFTER_REPLY)
		return false;
	return relay_all(line->client_fd, data, n);
}

static inline void *relay_run(void *arg)
{
	struct relay *r = arg;

	while (!r->stop) {
		struct pollfd fds[1 + RELAY_LINES * 2] = {{.fd = r->listen_fd, .events = POLLIN}};
		size_t count = r->count;

		for (size_t i = 0; i < count; i++) {
			fds[1 + i * 2] = (struct pollfd){r->lines[i].client_fd, POLLIN, 0};
			fds[2 + i * 2] = (struct pollfd){r->lines[i].server_fd, POLLIN, 0};
		}
		(void)poll(fds, 1 + count * 2, 2);
		for (size_t i = count; i-- > 0;) {
			bool ok = r->mode != RELAY_REFUSE;

			if (ok && fds[1 + i * 2].revents != 0)
				ok = relay_move(r, &r->lines[i], true);
			if (ok && fds[2 + i * 2].revents != 0)
				ok = relay_move(r, &r->lines[i], false);
			if (!ok)
				relay_close(r, i);
		}
		if (fds[0].revents != 0)
			relay_accept(r);
	}
	while (r->count > 0)
		relay_close(r, r->count - 1);
	return NULL;
}

/* Where the server of an open connection is. */
static inline void relay_find_server(struct relay *r, struct pg *pg)
{
	const char *host = PQhost(pg->conn);

	if (host[0] == '/') {
		struct sockaddr_un *un = (struct sockaddr_un *)&r->server;

		un->sun_family = AF_UNIX;
		(void)snprintf(un->sun_path, sizeof(un->sun_path), "%s/.s.PGSQL.%s", host,
			       PQport(pg->conn));
		r->server_len = sizeof(*un);
	} else {
		socklen_t len = sizeof(r->server);

		ck_assert_int_eq(
			getpeername(PQsocket(pg->conn), (struct sockaddr *)&r->server, &len), 0);
		r->server_len = len;
	}
}

/* Start a relay; `url_out` connects through it as the same user to the same database. */
static inline struct relay *relay_start(char *url_out, size_t size)
{
	struct relay *r = mem_calloc(1, sizeof(*r));
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	struct pg *pg = test_open(test_db_url(), 10000);

	relay_find_server(r, pg);
	r->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(r->listen_fd, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(r->listen_fd, 16), 0);
	ck_assert_int_eq(getsockname(r->listen_fd, (struct sockaddr *)&at, &len), 0);
	r->port = ntohs(at.sin_port);
	(void)snprintf(url_out, size,
		       "host=127.0.0.1 port=%d user=%s dbname=%s password='%s' "
		       "sslmode=disable",
		       r->port, PQuser(pg->conn), PQdb(pg->conn),
		       PQpass(pg->conn) != NULL ? PQpass(pg->conn) : "");
	pg_close(&pg);
	ck_assert_int_eq(pthread_create(&r->thread, NULL, relay_run, r), 0);
	return r;
}

static inline void relay_stop(struct relay *r)
{
	r->stop = true;
	(void)pthread_join(r->thread, NULL);
	(void)close(r->listen_fd);
	mem_free(r);
}

#endif
