/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_internal - what the files of the HTTP server share; see http.h.
 *
 * Who touches a call: the event thread until it is put into a queue, then the worker, and after the
 * done event the event thread again.  For a streamed body both work at the same time: the worker
 * on the request and reply fields, the event thread on `conn` to `body_seen`; they meet in `pipe`.
 * Only the event thread frees a call: when the worker is done and the connection has let go. */
#ifndef VESTNIK_WEB_HTTP_INTERNAL_H
#define VESTNIK_WEB_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "common/base/metrics.h"
#include "common/web/body.h"
#include "common/web/http.h"

#define HTTP_PARAMS_MAX	  2
#define HTTP_QUERY_MAX	  16
#define HTTP_HEADERS_MAX  4
#define HTTP_KEPT_MAX	  16
#define HTTP_MORE_MAX	  16
#define HTTP_PIPE_BYTES	  (256 * 1024)
#define HTTP_STREAM_BYTES (64 * 1024)

/* A connection, in exactly one of the server's lists. */
struct http_conn {
	TAILQ_ENTRY(http_conn) link;
	int fd;
	bool active; /* a request is in hand: in list `active`, else in `idle` */
	bool served; /* has finished a request before */
	bool cut;    /* shut down by us, MHD has not yet noticed */
	uint64_t since_ms;
	char *raw_query; /* of the request that begins, until there is a call */
	struct http_call *call;
};
TAILQ_HEAD(http_conn_list, http_conn);

enum http_event_kind { HTTP_EVENT_DONE, HTTP_EVENT_DRAINED, HTTP_EVENT_PUBLISH };

/* What workers tell the event thread. */
struct http_note {
	enum http_event_kind kind;
	struct http_call *call; /* DONE, DRAINED: the note is embedded in it */
};

struct http_event {
	struct http_note note; /* PUBLISH: allocated */
	int64_t topic;
	bool last;
	size_t len;
	char text[];
};

struct http_stream {
	LIST_ENTRY(http_stream) link;
	struct http_server *server;
	struct MHD_Connection *connection;
	int64_t topic;
	struct buf out;
	bool waiting; /* suspended for want of text */
	bool ending;
};

LIST_HEAD(http_stream_list, http_stream);

struct http_call {
	struct http_server *server;
	const struct http_route *route;
	char *params[HTTP_PARAMS_MAX];
	struct {
		char *name;
		char *value;
	} query[HTTP_QUERY_MAX];
	size_t query_count;
	char *header[HTTP_KEPT_MAX]; /* in the order of http_kept */
	char *more[HTTP_MORE_MAX];   /* in the order of the server's */
	char *raw_query;
	char *forwarded; /* X-Forwarded-For, all its lines as one; NULL: none, or not believed */
	enum lang lang;
	char peer[46]; /* address without port */
	bool head;     /* the method is HEAD */
	struct buf body;
	struct body *pipe; /* streamed */

	/* the reply */
	int status;
	const char *reply_type;
	struct buf reply;
	const char *reply_static; /* instead of `reply`: outlives the server, is not copied */
	size_t reply_static_len;
	const char *reply_cache; /* Cache-Control; NULL: no-store */
	int reply_fd;		 /* -1: none */
	uint64_t reply_size;
	int64_t topic; /* > 0: a stream */
	struct {
		char *name;
		char *value;
	} reply_header[HTTP_HEADERS_MAX];
	size_t reply_headers;
	struct http_note done_note;
	struct http_note drained_note;

	/* event thread */
	struct MHD_Connection *connection; /* NULL: the connection has let go */
	struct http_conn *conn;
	bool with_worker;
	bool finished; /* the done event has come */
	bool suspended;
	bool answered;	    /* a response is queued with MHD */
	bool body_complete; /* all of it was seen */
	uint64_t body_seen;
	uint64_t started_ns;
	uint64_t window_ms; /* start of the present 30 s of a streamed body */
	uint64_t window_seen;
};

struct http_route_state {
	size_t in_hand;
	struct metric *seconds;
	struct metric *by_class[6]; /* 1xx .. 5xx */
};

struct http_server {
	struct MHD_Daemon *mhd;
	const struct http_route *routes;
	size_t route_count;
	struct http_route_state *route_state;
	const struct files *files;
	const char *const *headers; /* NULL: none */
	bool raw_query;
	const struct nets *trusted; /* NULL: none */
	struct metric *connections_open;
	struct metric *evicted;
	struct queue **queues;
	struct queue *events; /* from workers: struct http_note * or struct http_event * */
	int listen_fd;
	int epoll_fd;
	int port;
	size_t connections_max;
	size_t connections;
	size_t streams_max;
	size_t stream_count;
	size_t in_hand;		      /* calls with a worker */
	size_t buffered;	      /* bytes of bodies held */
	struct http_conn_list idle;   /* longest idle first */
	struct http_conn_list active; /* oldest request first */
	struct http_stream_list streams;
	struct http_patience patience;
	bool stopping;
	void (*on_turn)(void *arg);
	void *arg;
	uint64_t swept_ms;
	pthread_mutex_t topics_lock;
	int64_t *topics; /* one entry a stream */
	size_t topic_count;
};

/* http_request.c: MHD's callbacks */
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload_data,
				size_t *upload_data_size, void **con_cls);
void http_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
		       enum MHD_RequestTerminationCode toe);
void http_call_free(struct http_call *call);

/* http_request.c: MHD has read a request's first line */
void *http_on_line(void *cls, const char *uri, struct MHD_Connection *connection);

/* http_call.c: the request headers that are kept, lower case, ended by NULL */
extern const char *const http_kept[HTTP_KEPT_MAX];

/* http_route.c */
/* The route of method and path, params filled; NULL with *allow filled when only the method is
 * wrong, empty when there is no such path. */
const struct http_route *http_route_find(struct http_server *s, const char *method,
					 const char *path, char *params[HTTP_PARAMS_MAX],
					 struct buf *allow);

/* http_reply.c */
enum MHD_Result http_send_reply(struct http_call *call);
/* A status line and problem written straight to the socket, then closed: MHD cannot answer in the
 * middle of a body. */
void http_cut(struct http_conn *conn, int status, const char *reason, const char *detail);
void http_count_reply(struct http_call *call, int status);

/* http_headers.c: what every answer carries */
void http_add_headers(struct MHD_Response *response);
void http_print_headers(struct buf *out);

/* http_files.c */
/* A file is at `path`: the reply is filled. */
bool http_reply_found_file(struct http_call *call, const char *method, const char *path);

/* http_conns.c */
void http_on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
			enum MHD_ConnectionNotificationCode toe);
void http_conn_begin(struct http_server *s, struct http_conn *conn, struct http_call *call);
void http_conn_end(struct http_server *s, struct http_conn *conn);
void http_sweep(struct http_server *s, uint64_t now_ms);

/* http_stream.c */
enum MHD_Result http_stream_start(struct http_call *call);
void http_stream_publish(struct http_server *s, const struct http_event *event);
void http_streams_end(struct http_server *s);

#endif
