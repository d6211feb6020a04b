/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_conns - who is connected, and who has to go: idle ones when it gets full, slow ones when
 * their time is over.
 *
 * A connection is closed by shutting its socket down; MHD sees the end and lets go in its own time,
 * so nothing is freed here.  Suspended connections are with a worker and are left alone. */
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/web/http_internal.h"

#define STREAM_BYTES_PER_S 1024
#define SWEEP_MS	   250
#define EVICT_AFTER_MS	   5000 /* a request still being read may be evicted after this */

static void started(struct http_server *s, struct MHD_Connection *connection, void **context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_conn *conn = mem_calloc(1, sizeof(*conn));

	conn->fd = info->connect_fd;
	conn->since_ms = clock_mono_ms();
	TAILQ_INSERT_TAIL(&s->idle, conn, link);
	*context = conn;
	s->connections++;
	metric_set(s->connections_open, (int64_t)s->connections);
}

static void closed(struct http_server *s, void **context)
{
	struct http_conn *conn = *context;

	if (conn == NULL)
		return;
	if (conn->active)
		TAILQ_REMOVE(&s->active, conn, link);
	else
		TAILQ_REMOVE(&s->idle, conn, link);
	mem_free(conn->raw_query);
	mem_free(conn);
	*context = NULL;
	s->connections--;
	metric_set(s->connections_open, (int64_t)s->connections);
}

static void cut_silently(struct http_conn *conn)
{
	conn->cut = true;
	shutdown(conn->fd, SHUT_RDWR);
}

static bool being_read(const struct http_conn *conn)
{
	const struct http_call *call = conn->call;

	return call != NULL && !call->suspended && !call->answered && !call->body_complete;
}

/* Make room: the longest idle connection goes, else the oldest request still being read. */
static void evict_one(struct http_server *s)
{
	struct http_conn *conn;
	uint64_t now_ms = clock_mono_ms();

	for (conn = TAILQ_FIRST(&s->idle); conn != NULL; conn = TAILQ_NEXT(conn, link)) {
		if (conn->cut)
			continue;
		cut_silently(conn);
		metric_add(s->evicted, 1);
		/* to the end, so that the next search starts with one that is still open */
		TAILQ_REMOVE(&s->idle, conn, link);
		TAILQ_INSERT_TAIL(&s->idle, conn, link);
		return;
	}
	for (conn = TAILQ_FIRST(&s->active); conn != NULL; conn = TAILQ_NEXT(conn, link)) {
		if (now_ms - conn->since_ms < EVICT_AFTER_MS)
			return;
		if (conn->cut || !being_read(conn))
			continue;
		http_cut(conn, 503, "Service Unavailable",
			 "Too many connections are open. Try again in a moment");
		metric_add(s->evicted, 1);
		return;
	}
}

void http_on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
			enum MHD_ConnectionNotificationCode toe)
{
	struct http_server *s = cls;

	if (toe == MHD_CONNECTION_NOTIFY_CLOSED) {
		closed(s, socket_context);
		return;
	}
	if (s->connections >= s->connections_max / 4 * 3)
		evict_one(s);
	started(s, connection, socket_context);
}

void http_conn_begin(struct http_server *s, struct http_conn *conn, struct http_call *call)
{
	TAILQ_REMOVE(&s->idle, conn, link);
	conn->active = true;
	conn->call = call;
	conn->since_ms = clock_mono_ms();
	TAILQ_INSERT_TAIL(&s->active, conn, link);
}

void http_conn_end(struct http_server *s, struct http_conn *conn)
{
	TAILQ_REMOVE(&s->active, conn, link);
	conn->active = false;
	conn->served = true;
	conn->call = NULL;
	conn->since_ms = clock_mono_ms();
	TAILQ_INSERT_TAIL(&s->idle, conn, link);
}

static void sweep_idle(struct http_server *s, uint64_t now_ms)
{
	struct http_conn *conn;

	for (conn = TAILQ_FIRST(&s->idle); conn != NULL; conn = TAILQ_NEXT(conn, link)) {
		uint64_t limit_ms = (uint64_t)(conn->served ? s->patience.idle_ms
							    : s->patience.first_headers_ms);

		if (!conn->cut && now_ms - conn->since_ms >= limit_ms)
			cut_silently(conn);
	}
}

/* A streamed body is slow when a window brought too little; time it stood suspended because of us
 * is not counted against it. */
static bool stream_is_slow(struct http_call *call, uint64_t now_ms)
{
	uint64_t window_ms = (uint64_t)call->server->patience.window_ms;
	bool slow;

	if (call->suspended) {
		call->window_ms = now_ms;
		call->window_seen = call->body_seen;
		return false;
	}
	if (now_ms - call->window_ms < window_ms)
		return false;
	slow = call->body_seen - call->window_seen < window_ms * STREAM_BYTES_PER_S / 1000;
	call->window_ms = now_ms;
	call->window_seen = call->body_seen;
	return slow;
}

/* The peer has closed and MHD, whose edge-triggered look saw data and end at once, did not notice.
 */
static bool peer_ended(const struct http_conn *conn)
{
	char byte;

	return recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void sweep_active(struct http_server *s, uint64_t now_ms)
{
	struct http_conn *conn;

	for (conn = TAILQ_FIRST(&s->active); conn != NULL; conn = TAILQ_NEXT(conn, link)) {
		struct http_call *call = conn->call;

		if (conn->cut || call == NULL || call->answered || call->body_complete)
			continue;
		if (!call->suspended && peer_ended(conn))
			cut_silently(conn);
		else if (call->pipe != NULL
				 ? stream_is_slow(call, now_ms)
				 : now_ms - conn->since_ms >= (uint64_t)s->patience.body_ms)
			http_cut(conn, 408, "Request Timeout",
				 "The body arrived too slowly. Send it again over a better line");
	}
}

void http_sweep(struct http_server *s, uint64_t now_ms)
{
	if (now_ms - s->swept_ms < SWEEP_MS)
		return;
	s->swept_ms = now_ms;
	sweep_idle(s, now_ms);
	sweep_active(s, now_ms);
}
