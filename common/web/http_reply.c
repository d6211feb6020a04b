/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_reply - what goes back. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/web/http_internal.h"

void http_reply(struct http_call *call, int status, const char *content_type, const void *body,
		size_t len)
{
	call->status = status;
	call->reply_type = content_type;
	buf_reset(&call->reply);
	if (!buf_add(&call->reply, body, len))
		panic("http_reply: %zu bytes are too many for an answer", len);
}

void http_reply_buf(struct http_call *call, int status, const char *content_type, struct buf *body)
{
	size_t max = body->max;

	call->status = status;
	call->reply_type = content_type;
	buf_deinit(&call->reply);
	call->reply = *body;
	buf_init(body, max);
}

void http_reply_problem(struct http_call *call, const struct problem *problem)
{
	buf_reset(&call->reply);
	problem_render(problem, call->lang, &call->reply);
	call->status = problem->status;
	call->reply_type = "application/problem+json";
	if (problem->retry_after_s > 0) {
		char text[16];

		snprintf(text, sizeof(text), "%d", problem->retry_after_s);
		http_reply_header(call, "Retry-After", text);
	}
}

void http_reply_file(struct http_call *call, int status, const char *content_type, int fd,
		     uint64_t size)
{
	call->status = status;
	call->reply_type = content_type;
	call->reply_fd = fd;
	call->reply_size = size;
}

void http_reply_stream(struct http_call *call, int64_t topic, const struct buf *first)
{
	http_reply(call, 200, "text/event-stream", buf_str(first), first->len);
	call->topic = topic;
}

void http_reply_header(struct http_call *call, const char *name, const char *value)
{
	if (call->reply_headers == HTTP_HEADERS_MAX)
		panic("http_reply_header: more than %d headers", HTTP_HEADERS_MAX);
	call->reply_header[call->reply_headers].name = mem_strdup(name);
	call->reply_header[call->reply_headers++].value = mem_strdup(value);
}

/* --- event thread
 * ----------------------------------------------------------------------------------- */

static struct MHD_Response *make_response(struct http_call *call)
{
	struct MHD_Response *response;

	if (call->reply_fd >= 0) {
		response = MHD_create_response_from_fd64(call->reply_size, call->reply_fd);
		call->reply_fd = -1;
	} else if (call->reply_static != NULL) {
		/* Persistent memory is only read. */
		response = MHD_create_response_from_buffer(call->reply_static_len,
							   (void *)(uintptr_t)call->reply_static,
							   MHD_RESPMEM_PERSISTENT);
	} else {
		char *data = call->reply.data != NULL ? call->reply.data : mem_strdup("");

		response = MHD_create_response_from_buffer_with_free_callback(call->reply.len, data,
									      mem_free);
		buf_init(&call->reply, 0);
	}
	if (response == NULL)
		panic("MHD_create_response: out of memory");
	return response;
}

void http_count_reply(struct http_call *call, int status)
{
	struct http_server *s = call->server;
	uint64_t us = (clock_mono_ns() - call->started_ns) / 1000;
	struct http_route_state *m;

	if (call->route == NULL)
		return;
	m = &s->route_state[call->route - s->routes];
	metric_add(m->by_class[status / 100], 1);
	metric_observe_us(m->seconds, us);
	log_debug("request", LS("method", call->route->method), LS("route", call->route->pattern),
		  LI("status", status), LI("us", us));
}

enum MHD_Result http_send_reply(struct http_call *call)
{
	struct MHD_Response *response;
	enum MHD_Result queued;

	if (call->status == 0) {
		struct problem problem;

		problem_init(&problem);
		problem_set(&problem, 500, "internal", "The service failed",
			    "The request was read and nothing answered it. Tell whoever runs it");
		http_reply_problem(call, &problem);
		problem_deinit(&problem);
	}
	http_count_reply(call, call->status);
	response = make_response(call);
	if (call->reply_type != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, call->reply_type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
				call->reply_cache != NULL ? call->reply_cache : "no-store");
	http_add_headers(response);
	for (size_t i = 0; i < call->reply_headers; i++)
		MHD_add_response_header(response, call->reply_header[i].name,
					call->reply_header[i].value);
	if (call->server->stopping)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	queued = MHD_queue_response(call->connection, (unsigned)call->status, response);
	MHD_destroy_response(response);
	call->answered = true;
	return queued;
}

void http_cut(struct http_conn *conn, int status, const char *reason, const char *detail)
{
	struct problem problem;
	struct buf body;
	struct buf text;

	problem_init(&problem);
	problem_set(&problem, status, "refused", reason, "%s", detail);
	buf_init(&body, 4096);
	problem_render(&problem, conn->call != NULL ? conn->call->lang : LANG_EN, &body);
	buf_init(&text, 8192);
	buf_printf(&text,
		   "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\n"
		   "Content-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n",
		   status, reason, body.len);
	http_print_headers(&text);
	buf_printf(&text, "\r\n%s", buf_str(&body));
	(void)!send(conn->fd, buf_str(&text), text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	conn->cut = true;
	shutdown(conn->fd, SHUT_RDWR);
	buf_deinit(&text);
	buf_deinit(&body);
	problem_deinit(&problem);
}
