/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_request - from MHD's callbacks to a call in its route's queue. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/text/utf8.h"
#include "common/web/http_internal.h"

#define BUFFERED_BYTES_MAX  (64u * 1024 * 1024)
#define REPLY_BYTES_MAX	    (16u * 1024 * 1024)
#define FORWARDED_BYTES_MAX (16u * 1024)

/* "" for what is no Internet address. */
static void read_peer(struct MHD_Connection *connection, char *out, size_t size)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	socklen_t len = sizeof(struct sockaddr_in);

	if (info == NULL || info->client_addr == NULL)
		return;
	if (info->client_addr->sa_family == AF_INET6)
		len = sizeof(struct sockaddr_in6);
	if (getnameinfo(info->client_addr, len, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		out[0] = '\0';
}

static struct http_call *call_new(struct http_server *s, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_call *call = mem_calloc(1, sizeof(*call));

	call->server = s;
	call->connection = connection;
	call->conn = info->socket_context;
	call->reply_fd = -1;
	read_peer(connection, call->peer, sizeof(call->peer));
	call->lang = lang_wanted(MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							     MHD_HTTP_HEADER_ACCEPT_LANGUAGE));
	call->started_ns = clock_mono_ns();
	call->window_ms = clock_mono_ms();
	buf_init(&call->reply, REPLY_BYTES_MAX);
	http_conn_begin(s, call->conn, call);
	return call;
}

void http_call_free(struct http_call *call)
{
	call->server->buffered -= call->body.len;
	for (size_t i = 0; i < HTTP_PARAMS_MAX; i++)
		mem_free(call->params[i]);
	for (size_t i = 0; i < call->query_count; i++) {
		mem_free(call->query[i].name);
		mem_free(call->query[i].value);
	}
	for (size_t i = 0; i < call->reply_headers; i++) {
		mem_free(call->reply_header[i].name);
		mem_free(call->reply_header[i].value);
	}
	for (size_t i = 0; i < HTTP_KEPT_MAX; i++)
		mem_free(call->header[i]);
	for (size_t i = 0; i < HTTP_MORE_MAX; i++)
		mem_free(call->more[i]);
	mem_free(call->raw_query);
	mem_free(call->forwarded);
	buf_deinit(&call->body);
	buf_deinit(&call->reply);
	body_free(&call->pipe);
	if (call->reply_fd >= 0)
		close(call->reply_fd);
	mem_free(call);
}

/* --- what the headers say -----------------------------------------------------------------------
 */

static bool refuse(struct http_call *call, int status, const char *kind, const char *title,
		   const char *detail)
{
	struct problem problem;

	problem_init(&problem);
	problem_set(&problem, status, kind, title, "%s", detail);
	http_reply_problem(call, &problem);
	problem_deinit(&problem);
	return false;
}

static enum MHD_Result add_query(void *cls, enum MHD_ValueKind kind, const char *key,
				 size_t key_size, const char *value, size_t value_size)
{
	struct http_call *call = cls;

	(void)kind;
	if (value == NULL)
		value = "";
	if (call->query_count == HTTP_QUERY_MAX || strlen(key) != key_size ||
	    strlen(value) != value_size || utf8_valid(key, key_size) != key_size ||
	    utf8_valid(value, value_size) != value_size) {
		refuse(call, 400, "bad-request", "The query cannot be read",
		       "Query parameters must be percent-encoded UTF-8 without NUL, at most 16");
		return MHD_NO;
	}
	call->query[call->query_count].name = mem_strdup(key);
	call->query[call->query_count++].value = mem_strdup(value);
	return MHD_YES;
}

static bool find_route(struct http_call *call, const char *url, const char *method)
{
	struct buf allow;

	buf_init(&allow, 200);
	call->route = http_route_find(call->server, method, url, call->params, &allow);
	if (call->route == NULL && allow.len == 0 && http_reply_found_file(call, method, url)) {
		/* answered */
	} else if (call->route == NULL && allow.len > 0) {
		refuse(call, 405, "method-not-allowed", "This path does not take this method",
		       "The methods it takes are in the header Allow");
		http_reply_header(call, "Allow", buf_str(&allow));
	} else if (call->route == NULL) {
		refuse(call, 404, "not-found", "There is no such path",
		       "GET /openapi.yaml describes every path of this service");
	}
	buf_deinit(&allow);
	return call->route != NULL;
}

static bool too_large(struct http_call *call)
{
	char detail[160];

	if (call->route->body == HTTP_BODY_NONE)
		return refuse(call, 400, "bad-request", "This request takes no body",
			      "Send it without a body");
	snprintf(detail, sizeof(detail),
		 "This path takes at most %zu bytes. Send less at a time, in several requests",
		 call->route->body_max);
	return refuse(call, 413, "too-large", "The body is too large", detail);
}

/* Framing is refused where two servers could read it differently. */
static bool check_framing(struct http_call *call)
{
	const char *length = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_CONTENT_LENGTH);
	const char *coding = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_TRANSFER_ENCODING);
	size_t max = call->route->body == HTTP_BODY_NONE ? 0 : call->route->body_max;
	char *end = NULL;

	if (coding != NULL && (length != NULL || strcasecmp(coding, "chunked") != 0))
		return refuse(call, 400, "bad-request", "The body's framing is ambiguous",
			      "Send either Content-Length or Transfer-Encoding: chunked");
	if (length != NULL && (strlen(length) > 18 || strtoull(length, &end, 10) > max))
		return too_large(call);
	return true;
}

/* A proxy may add a line of its own after those that came: all of them are one list. */
static enum MHD_Result add_forwarded(void *cls, enum MHD_ValueKind kind, const char *key,
				     const char *value)
{
	struct buf *all = cls;

	(void)kind;
	if (strcasecmp(key, "x-forwarded-for") == 0)
		buf_printf(all, "%s%s", all->len > 0 ? "," : "", value != NULL ? value : "");
	return MHD_YES;
}

static void copy_forwarded(struct http_call *call)
{
	struct buf all;

	if (!nets_have(call->server->trusted, call->peer))
		return;
	buf_init(&all, FORWARDED_BYTES_MAX);
	MHD_get_connection_values(call->connection, MHD_HEADER_KIND, add_forwarded, &all);
	/* More than all headers may have: none of it is believed. */
	if (all.len > 0 && !all.overflow)
		call->forwarded = mem_strdup(buf_str(&all));
	buf_deinit(&all);
}

static void copy_headers(struct http_call *call)
{
	const char *const *more = call->server->headers;

	copy_forwarded(call);
	for (size_t i = 0; http_kept[i] != NULL; i++)
		call->header[i] = mem_strdup(MHD_lookup_connection_value(
			call->connection, MHD_HEADER_KIND, http_kept[i]));
	for (size_t i = 0; more != NULL && i < HTTP_MORE_MAX && more[i] != NULL; i++)
		call->more[i] = mem_strdup(
			MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, more[i]));
	if (call->server->raw_query) {
		call->raw_query = call->conn->raw_query;
		call->conn->raw_query = NULL;
	} else {
		MHD_get_connection_values_n(call->connection, MHD_GET_ARGUMENT_KIND, add_query,
					    call);
	}
}

/* Its query, before MHD takes it to pieces. */
void *http_on_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_conn *conn = info != NULL ? info->socket_context : NULL;
	const char *query = strchr(uri, '?');

	(void)cls;
	if (conn != NULL) {
		mem_free(conn->raw_query);
		conn->raw_query = query != NULL ? mem_strdup(query + 1) : NULL;
	}
	return NULL;
}

/* --- into the queue ------------------------------------------------------------------------------
 */

static bool to_worker(struct http_call *call)
{
	struct http_server *s = call->server;
	struct http_route_state *state = &s->route_state[call->route - s->routes];
	size_t max = call->route->in_hand_max;

	if (s->stopping || (max > 0 && state->in_hand >= max) ||
	    !queue_try_put(s->queues[call->route->queue], call)) {
		refuse(call, 503, "busy", "Too much is waiting",
		       "The service has more of these requests than it can take now. Send it "
		       "again after the time in Retry-After");
		http_reply_header(call, "Retry-After", "1");
		return false;
	}
	call->with_worker = true;
	s->in_hand++;
	state->in_hand++;
	return true;
}

static void suspend(struct http_call *call)
{
	call->suspended = true;
	MHD_suspend_connection(call->connection);
}

static bool announces_body(const struct http_call *call)
{
	return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND,
					   MHD_HTTP_HEADER_CONTENT_LENGTH) != NULL ||
	       MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND,
					   MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

/* A file or a refusal.  What is answered before MHD has looked for a body ends the connection, so
 * a file waits for that; a browser asks for many. */
static enum MHD_Result answer_without_route(struct http_call *call)
{
	if (call->reply_static != NULL && !announces_body(call))
		return MHD_YES;
	return http_send_reply(call);
}

static enum MHD_Result first_call(struct http_server *s, struct MHD_Connection *connection,
				  const char *url, const char *method, void **con_cls)
{
	struct http_call *call = call_new(s, connection);

	*con_cls = call;
	call->head = strcmp(method, "HEAD") == 0;
	if (!find_route(call, url, method))
		return answer_without_route(call);
	copy_headers(call);
	if (call->status != 0 || !check_framing(call))
		return http_send_reply(call);
	if (call->route->body == HTTP_BODY_WHOLE)
		buf_init(&call->body, call->route->body_max);
	if (call->route->body == HTTP_BODY_STREAM) {
		call->pipe = body_new(HTTP_PIPE_BYTES);
		if (!to_worker(call))
			return http_send_reply(call);
	}
	return MHD_YES;
}

/* --- the body
 * ------------------------------------------------------------------------------------- */

static enum MHD_Result cut_body(struct http_call *call, int status, const char *reason,
				const char *detail)
{
	http_cut(call->conn, status, reason, detail);
	http_count_reply(call, status);
	return MHD_NO;
}

static enum MHD_Result take_whole(struct http_call *call, const char *data, size_t *size)
{
	struct http_server *s = call->server;

	if (call->route->body == HTTP_BODY_NONE)
		return cut_body(call, 400, "Bad Request", "This request takes no body");
	if (s->buffered + *size > BUFFERED_BYTES_MAX)
		return cut_body(call, 503, "Service Unavailable",
				"Too many large requests are arriving. Try again in a moment");
	if (!buf_add(&call->body, data, *size))
		return cut_body(call, 413, "Content Too Large",
				"The body is too large. Send less at a time");
	s->buffered += *size;
	*size = 0;
	return MHD_YES;
}

/* Once the worker is done the rest is read and forgotten, because MHD cannot answer in the middle.
 */
static enum MHD_Result take_stream(struct http_call *call, const char *data, size_t *size)
{
	size_t taken;

	if (call->finished && call->server->stopping)
		return cut_body(call, 503, "Service Unavailable",
				"The service is being stopped. Send the file again in a moment");
	if (call->body_seen + *size > call->route->body_max)
		return cut_body(call, 413, "Content Too Large",
				"The file is too large. Send it in several parts");
	taken = call->finished ? *size : body_put(call->pipe, data, *size);
	call->body_seen += taken;
	*size -= taken;
	if (*size > 0)
		suspend(call);
	return MHD_YES;
}

static enum MHD_Result body_ended(struct http_call *call)
{
	if (call->route == NULL)
		return http_send_reply(call);
	if (!call->body_complete) {
		call->body_complete = true;
		if (call->pipe != NULL)
			body_finish(call->pipe);
		else if (!to_worker(call))
			return http_send_reply(call);
	}
	if (call->finished)
		return call->topic > 0 ? http_stream_start(call) : http_send_reply(call);
	suspend(call);
	return MHD_YES;
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload_data,
				size_t *upload_data_size, void **con_cls)
{
	struct http_call *call = *con_cls;

	(void)version;
	if (call == NULL)
		return first_call(cls, connection, url, method, con_cls);
	if (*upload_data_size == 0)
		return body_ended(call);
	if (call->pipe != NULL)
		return take_stream(call, upload_data, upload_data_size);
	return take_whole(call, upload_data, upload_data_size);
}

void http_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
		       enum MHD_RequestTerminationCode toe)
{
	struct http_call *call = *con_cls;

	(void)cls;
	(void)connection;
	(void)toe;
	if (call == NULL)
		return;
	*con_cls = NULL;
	http_conn_end(call->server, call->conn);
	call->connection = NULL;
	if (call->pipe != NULL && !call->body_complete)
		body_abort(call->pipe);
	if (!call->with_worker)
		http_call_free(call);
}
