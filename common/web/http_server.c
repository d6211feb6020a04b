/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_server - setting up, the loop of the event thread, and the end; see http.h. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/web/http_internal.h"

#define CONNECTIONS_DEFAULT 4096
#define STREAMS_DEFAULT	    1000
#define HEADER_BYTES_MAX    (32 * 1024) /* of a connection's memory, half of it for reading */
#define SILENT_S_MAX	    60		/* nothing read or written on an answer */
#define BACKLOG		    1024
#define EVENTS_MAX	    4096
#define TURN_MS		    250

/* --- listening -----------------------------------------------------------------------------------
 */

/* "host:port" or "[v6]:port" apart. */
static bool split_address(const char *text, char *host, size_t host_size, const char **port_out)
{
	const char *colon = strrchr(text, ':');
	size_t len;

	if (colon == NULL || colon == text)
		return false;
	len = (size_t)(colon - text);
	if (text[0] == '[' && colon[-1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= host_size)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	*port_out = colon + 1;
	len = strspn(*port_out, "0123456789");
	return len > 0 && len < 6 && (*port_out)[len] == '\0' &&
	       strtol(*port_out, NULL, 10) <= UINT16_MAX;
}

static int listen_on(const struct addrinfo *address)
{
	int one = 1;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static int bound_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return 0;
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static bool open_socket(struct http_server *s, const char *listen_text, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *found = NULL;
	char host[256];
	const char *port;
	int failed;

	if (!split_address(listen_text, host, sizeof(host), &port))
		return err_set(err, ERR_INPUT,
			       "cannot listen on \"%s\": write it as host:port, such as "
			       "127.0.0.1:8080",
			       listen_text);
	failed = getaddrinfo(host, port, &hints, &found);
	if (failed != 0)
		return err_set(err, ERR_IO, "cannot listen on %s: %s", listen_text,
			       gai_strerror(failed));
	s->listen_fd = listen_on(found);
	freeaddrinfo(found);
	if (s->listen_fd < 0)
		return err_set(err, ERR_IO, "cannot listen on %s: %s; is another process there?",
			       listen_text, strerror(errno));
	s->port = bound_port(s->listen_fd);
	return true;
}

/* As many descriptors as connections may be, if the hard limit lets us; else fewer connections. */
static void raise_descriptor_limit(struct http_server *s)
{
	struct rlimit limit;
	rlim_t wanted = s->connections_max + 256;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
		s->connections_max = limit.rlim_cur > 512 ? limit.rlim_cur - 256 : 256;
		log_warn("fewer connections than configured: the limit of open files is low",
			 LI("connections", s->connections_max));
	}
}

/* --- setting up
 * ------------------------------------------------------------------------------------ */

static void register_metrics(struct http_server *s)
{
	s->route_state = mem_calloc(s->route_count, sizeof(*s->route_state));
	for (size_t i = 0; i < s->route_count; i++) {
		char labels[200];

		snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\"", s->routes[i].method,
			 s->routes[i].pattern);
		s->route_state[i].seconds =
			metrics_histogram("vestnik_http_request_seconds",
					  "Time from a request's headers to its answer", labels);
		for (int class = 1; class <= 5; class ++) {
			snprintf(labels, sizeof(labels),
				 "method=\"%s\",route=\"%s\",status=\"%dxx\"", s->routes[i].method,
				 s->routes[i].pattern, class);
			s->route_state[i].by_class[class] = metrics_counter(
				"vestnik_http_requests_total", "Requests answered", labels);
		}
	}
	s->connections_open = metrics_gauge("vestnik_http_connections", "Connections open", NULL);
	s->evicted = metrics_counter("vestnik_http_evicted_total",
				     "Connections closed to make room for others", NULL);
}

/* A decoded NUL would end a text early; 0xff is refused wherever a text is looked at. */
static size_t unescape(void *cls, struct MHD_Connection *connection, char *text)
{
	size_t len = MHD_http_unescape(text);

	(void)cls;
	(void)connection;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '\xff';
	return len;
}

static bool start_mhd(struct http_server *s, struct err *err)
{
	/* The name of an option that is not wanted ends the list. */
	int line = s->raw_query ? MHD_OPTION_URI_LOG_CALLBACK : MHD_OPTION_END;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;

	s->mhd = MHD_start_daemon(
		flags, 0, NULL, NULL, http_on_request, s, MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->connections_max,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S_MAX, MHD_OPTION_NOTIFY_COMPLETED,
		http_on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, s,
		MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, line, http_on_line, s, MHD_OPTION_END);
	if (s->mhd == NULL)
		return err_set(err, ERR_IO, "the HTTP library did not start: %s", strerror(errno));
	return true;
}

static bool watch(struct http_server *s, int fd, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		return err_set(err, ERR_IO, "epoll_ctl: %s", strerror(errno));
	return true;
}

static int64_t or_default(int64_t value, int64_t usual)
{
	return value > 0 ? value : usual;
}

bool http_server_new(const struct http_options *options, struct http_server **out, struct err *err)
{
	struct http_server *s = mem_calloc(1, sizeof(*s));

	s->routes = options->routes;
	s->route_count = options->route_count;
	s->files = options->files;
	s->headers = options->headers;
	s->raw_query = options->raw_query;
	s->trusted = options->trusted;
	s->queues = options->queues;
	s->on_turn = options->on_turn;
	s->arg = options->arg;
	s->connections_max =
		options->connections_max > 0 ? options->connections_max : CONNECTIONS_DEFAULT;
	s->streams_max = options->streams_max > 0 ? options->streams_max : STREAMS_DEFAULT;
	s->patience = (struct http_patience){
		.first_headers_ms = or_default(options->patience.first_headers_ms, 15000),
		.idle_ms = or_default(options->patience.idle_ms, 60000),
		.body_ms = or_default(options->patience.body_ms, 30000),
		.window_ms = or_default(options->patience.window_ms, 30000),
	};
	s->topics = mem_calloc(s->streams_max, sizeof(*s->topics));
	s->events = queue_new(EVENTS_MAX);
	s->listen_fd = -1;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	TAILQ_INIT(&s->idle);
	TAILQ_INIT(&s->active);
	pthread_mutex_init(&s->topics_lock, NULL);
	raise_descriptor_limit(s);
	register_metrics(s);
	if (!open_socket(s, options->listen, err) || !start_mhd(s, err) ||
	    !watch(s, queue_fd(s->events), err) ||
	    !watch(s, MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, err)) {
		http_server_free(&s);
		return false;
	}
	*out = s;
	return true;
}

int http_server_port(const struct http_server *s)
{
	return s->port;
}

/* --- the loop
 * --------------------------------------------------------------------------------------- */

static void resume(struct http_call *call)
{
	if (!call->suspended)
		return;
	call->suspended = false;
	MHD_resume_connection(call->connection);
}

static void on_done(struct http_server *s, struct http_call *call)
{
	call->with_worker = false;
	call->finished = true;
	s->in_hand--;
	s->route_state[call->route - s->routes].in_hand--;
	if (call->connection == NULL) {
		http_call_free(call);
		return;
	}
	if (s->stopping && call->pipe != NULL && !call->body_complete)
		http_cut(call->conn, 503, "Service Unavailable",
			 "The service is being stopped. Send the file again in a moment");
	resume(call);
}

static void take_events(struct http_server *s)
{
	void *items[64];
	size_t n;

	while ((n = queue_take_many(s->events, items, 64)) > 0) {
		for (size_t i = 0; i < n; i++) {
			struct http_note *note = items[i];

			if (note->kind == HTTP_EVENT_DONE) {
				on_done(s, note->call);
			} else if (note->kind == HTTP_EVENT_DRAINED) {
				resume(note->call);
			} else {
				http_stream_publish(s, items[i]);
				mem_free(items[i]);
			}
		}
	}
}

/* One turn: wait for something, do it, look at the clock. */
static bool turn(struct http_server *s, struct err *err)
{
	struct epoll_event events[8];
	MHD_UNSIGNED_LONG_LONG mhd_ms;
	int wait_ms = TURN_MS;

	if (MHD_get_timeout(s->mhd, &mhd_ms) == MHD_YES && mhd_ms < (unsigned)wait_ms)
		wait_ms = (int)mhd_ms;
	if (epoll_wait(s->epoll_fd, events, 8, wait_ms) < 0 && errno != EINTR)
		return err_set(err, ERR_IO, "epoll_wait: %s", strerror(errno));
	take_events(s);
	if (MHD_run(s->mhd) != MHD_YES)
		return err_set(err, ERR_IO, "the HTTP library gave up: %s", strerror(errno));
	http_sweep(s, clock_mono_ms());
	if (s->on_turn != NULL)
		s->on_turn(s->arg);
	return true;
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Requests whose answer is not yet written out, and bodies on their way in. */
static bool busy(const struct http_server *s)
{
	return s->in_hand > 0 || !TAILQ_EMPTY(&s->active);
}

static void abort_uploads(struct http_server *s)
{
	struct http_conn *conn;

	for (conn = TAILQ_FIRST(&s->active); conn != NULL; conn = TAILQ_NEXT(conn, link))
		if (conn->call != NULL && conn->call->pipe != NULL && !conn->call->body_complete)
			body_abort(conn->call->pipe);
}

bool http_server_run(struct http_server *s, int stop_fd, int64_t stop_ms, struct err *err)
{
	uint64_t deadline_ms;

	if (!watch(s, stop_fd, err))
		return false;
	while (!readable(stop_fd))
		if (!turn(s, err))
			return false;
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, stop_fd, NULL);
	s->stopping = true;
	close(MHD_quiesce_daemon(s->mhd));
	http_streams_end(s);
	abort_uploads(s);
	deadline_ms = clock_mono_ms() + (uint64_t)stop_ms;
	while (busy(s) && clock_mono_ms() < deadline_ms)
		if (!turn(s, err))
			return false;
	return true;
}

void http_server_free(struct http_server **server)
{
	struct http_server *s = *server;

	if (s == NULL)
		return;
	take_events(s);
	if (s->in_hand > 0) { /* out of time: the process ends with workers still at it */
		*server = NULL;
		return;
	}
	if (s->mhd != NULL)
		MHD_stop_daemon(s->mhd); /* closes listen_fd unless quiesced */
	else if (s->listen_fd >= 0)
		close(s->listen_fd);
	take_events(s);
	queue_free(&s->events);
	close(s->epoll_fd);
	pthread_mutex_destroy(&s->topics_lock);
	mem_free(s->topics);
	mem_free(s->route_state);
	mem_free(s);
	*server = NULL;
}
