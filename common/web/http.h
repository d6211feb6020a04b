/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http - an HTTP/1.1 server that strangers may talk to, over libmicrohttpd.
 *
 * One event thread (whoever calls http_server_run()) owns all sockets and never blocks.  A request
 * is matched against the routes, its headers and body are gathered within the route's limits, and
 * it is put into the route's queue; a worker thread takes the call from there, runs the route's
 * handler in straight lines, and gives it back with http_call_done().
 *
 * What protects it: a limit of connections, of which the longest idle ones are closed when it is
 * three quarters reached; 16 KiB of headers; 15 s for the first headers of a connection, 60 s idle
 * between requests; a body limit for each route, answered 413 as soon as it is known to be passed;
 * 30 s for a whole body, or for streamed ones 1 KiB/s in every 30 s; 64 MiB of bodies held in
 * memory by all requests together.
 *
 * What no route matches may be a file (see files.h): the event thread answers it from memory at
 * once. Every answer carries the headers of http_headers.c, which keep a browser from running,
 * framing or storing what it should not; only pages the HTTP library itself writes about broken
 * requests don't.
 *
 * Nothing of a request but its route's pattern is ever logged. */
#ifndef VESTNIK_WEB_HTTP_H
#define VESTNIK_WEB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/queue.h"
#include "common/web/files.h"
#include "common/web/nets.h"
#include "common/web/problem.h"

struct http_call;
struct http_server;

enum http_body {
	HTTP_BODY_NONE,	  /* a body is refused */
	HTTP_BODY_WHOLE,  /* gathered before the handler runs */
	HTTP_BODY_STREAM, /* the handler runs at once and reads it with http_body_read() */
};

/* `worker` is whatever the thread hands to http_call_handle(). */
typedef void http_handler(struct http_call *call, void *worker);

struct http_route {
	const char *method;
	const char *pattern; /* "/v1/imports/{id}/bad-rows"; at most two {names} */
	enum http_body body;
	size_t body_max;
	size_t queue;	    /* index into http_options.queues */
	size_t in_hand_max; /* calls with workers at a time, more are answered 503; 0: no limit */
	http_handler *handler;
	const void *context; /* the handler's own */
};

/* How long a client may take; 0: the time in the comment. */
struct http_patience {
	int64_t first_headers_ms; /* 15 s from connecting to the end of the first headers */
	int64_t idle_ms;	  /* 60 s between requests */
	int64_t body_ms;	  /* 30 s for a whole body */
	int64_t window_ms;	  /* 30 s in which a streamed body must bring 1 KiB/s */
};

struct http_options {
	const char *listen;	/* "127.0.0.1:8080", "[::1]:0" */
	size_t connections_max; /* 0: 4096 */
	size_t streams_max;	/* 0: 1000 */
	struct http_patience patience;
	const struct http_route *routes;
	size_t route_count;
	const struct files *files;  /* NULL: none; outlives the server */
	const char *const *headers; /* more to keep, in lower case, NULL-ended; NULL: none */
	bool raw_query;		    /* queries are kept as they came and not decoded */
	const struct nets *trusted; /* proxies whose X-Forwarded-For is believed; NULL: none */
	struct queue **queues;	    /* of struct http_call *; drained by the caller's threads */
	void (*on_turn)(void *arg); /* each turn of the loop, at least once a second; or NULL */
	void *arg;
};

bool http_server_new(const struct http_options *options, struct http_server **out, struct err *err);
int http_server_port(const struct http_server *s);
/* Serve until stop_fd is readable; then accept nothing new, end streams, answer what is in hand
 * (at most stop_ms) and return. */
bool http_server_run(struct http_server *s, int stop_fd, int64_t stop_ms, struct err *err);
/* Calls still with workers (stop_ms was too short) keep it alive until the process ends. */
void http_server_free(struct http_server **s);

/* --- worker side: what came ----------------------------------------------------------------------
 */

/* All borrowed, valid until http_call_done(). */
const struct http_route *http_call_route(const struct http_call *call);
/* The i-th {name} of the pattern, decoded. */
const char *http_param(const struct http_call *call, size_t i);
/* A query parameter, decoded and valid UTF-8; NULL when absent. */
const char *http_query(const struct http_call *call, const char *name);
/* The query as it came, without the question mark; "" for none.  With raw_query only. */
const char *http_raw_query(const struct http_call *call);
/* Fill *unknown_out with the first query parameter not in the NULL-terminated list; false if none.
 */
bool http_query_unknown(const struct http_call *call, const char *const *known,
			const char **unknown_out);
/* One of the headers that are kept (http_kept in http_call.c), in lower case; NULL when absent. */
const char *http_header(const struct http_call *call, const char *name);
/* The same for any name, in any case of letters; NULL for one that is not kept. */
const char *http_any_header(const struct http_call *call, const char *name);
/* The value of a cookie; false when absent or longer than size - 1. */
bool http_cookie(const struct http_call *call, const char *name, char *out, size_t size);
/* The address at the other end of the connection, "" when not known: a proxy's, if one is between.
 */
const char *http_peer(const struct http_call *call);
/* The address of who calls: what a trusted proxy says, or else http_peer(). */
void http_call_address(const struct http_call *call, char out[ADDRESS_SIZE]);
/* A route of GET is asked by HEAD too: only whether and how it would answer. */
bool http_is_head(const struct http_call *call);
/* By Accept-Language; problems are rendered in it. */
enum lang http_lang(const struct http_call *call);
const char *http_body(const struct http_call *call, size_t *len_out);
/* Next bytes of a streamed body: true with *len_out 0 at its end.  ERR_LOST: the client is gone or
 * the server stops; nothing of the request may stay. */
bool http_body_read(struct http_call *call, void *out, size_t size, size_t *len_out,
		    struct err *err);

/* --- worker side: what is answered
 * ---------------------------------------------------------------- */

/* A later reply replaces an earlier one; none at all is a 500. */
void http_reply(struct http_call *call, int status, const char *content_type, const void *body,
		size_t len);
void http_reply_buf(struct http_call *call, int status, const char *content_type,
		    struct buf *body); /* takes the bytes; *body is empty afterwards */
void http_reply_problem(struct http_call *call, const struct problem *problem);
/* A file from its start; takes fd. */
void http_reply_file(struct http_call *call, int status, const char *content_type, int fd,
		     uint64_t size);
/* An endless text/event-stream: `first` at once, then what http_publish() sends to `topic`. */
void http_reply_stream(struct http_call *call, int64_t topic, const struct buf *first);
/* Besides the body's own; at most 4, values are copied. */
void http_reply_header(struct http_call *call, const char *name, const char *value);

/* Run the route's handler. */
void http_call_handle(struct http_call *call, void *worker);
/* Give the call back; it is the server's from now on. */
void http_call_done(struct http_call *call);

/* --- streams
 * -------------------------------------------------------------------------------------- */

/* Send a text to every stream of a topic, then end them when `last`.  A stream that has not taken
 * what was sent before is ended instead of growing.  Any thread. */
void http_publish(struct http_server *s, int64_t topic, const char *text, size_t len, bool last);
/* The topics somebody listens to, each once. */
size_t http_topics(struct http_server *s, int64_t *out, size_t max);

#endif
