/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_stream - server-sent events: texts published to a topic reach everyone who listens. */
#include <string.h>

#include "common/base/mem.h"
#include "common/web/http_internal.h"

/* --- the list of topics other threads read -------------------------------------------------------
 */

static void topic_add(struct http_server *s, int64_t topic)
{
	pthread_mutex_lock(&s->topics_lock);
	s->topics[s->topic_count++] = topic;
	pthread_mutex_unlock(&s->topics_lock);
}

static void topic_remove(struct http_server *s, int64_t topic)
{
	pthread_mutex_lock(&s->topics_lock);
	for (size_t i = 0; i < s->topic_count; i++) {
		if (s->topics[i] != topic)
			continue;
		s->topics[i] = s->topics[--s->topic_count];
		break;
	}
	pthread_mutex_unlock(&s->topics_lock);
}

size_t http_topics(struct http_server *s, int64_t *out, size_t max)
{
	size_t count = 0;

	pthread_mutex_lock(&s->topics_lock);
	for (size_t i = 0; i < s->topic_count && count < max; i++) {
		bool known = false;

		for (size_t k = 0; k < count && !known; k++)
			known = out[k] == s->topics[i];
		if (!known)
			out[count++] = s->topics[i];
	}
	pthread_mutex_unlock(&s->topics_lock);
	return count;
}

void http_publish(struct http_server *s, int64_t topic, const char *text, size_t len, bool last)
{
	struct http_event *event = mem_alloc(sizeof(*event) + len);

	event->note = (struct http_note){.kind = HTTP_EVENT_PUBLISH};
	event->topic = topic;
	event->last = last;
	event->len = len;
	memcpy(event->text, text, len);
	queue_put(s->events, event, UINT64_MAX);
}

/* --- event thread
 * ---------------------------------------------------------------------------------- */

static ssize_t read_stream(void *cls, uint64_t pos, char *out, size_t max)
{
	struct http_stream *stream = cls;
	size_t n = stream->out.len < max ? stream->out.len : max;

	(void)pos;
	if (n == 0 && stream->ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		stream->waiting = true;
		MHD_suspend_connection(stream->connection);
		return 0;
	}
	memcpy(out, stream->out.data, n);
	buf_consume(&stream->out, n);
	return (ssize_t)n;
}

static void free_stream(void *cls)
{
	struct http_stream *stream = cls;

	LIST_REMOVE(stream, link);
	topic_remove(stream->server, stream->topic);
	stream->server->stream_count--;
	buf_deinit(&stream->out);
	mem_free(stream);
}

enum MHD_Result http_stream_start(struct http_call *call)
{
	struct http_server *s = call->server;
	struct http_stream *stream;
	struct MHD_Response *response;
	enum MHD_Result queued;

	if (s->stopping || s->stream_count == s->streams_max) {
		struct problem problem;

		problem_init(&problem);
		problem_set(&problem, 503, "busy", "Too many live streams",
			    "Ask for the counts with GET on the path without /stream");
		http_reply_problem(call, &problem);
		problem_deinit(&problem);
		return http_send_reply(call);
	}
	stream = mem_calloc(1, sizeof(*stream));
	stream->server = s;
	stream->connection = call->connection;
	stream->topic = call->topic;
	buf_init(&stream->out, HTTP_STREAM_BYTES);
	buf_add(&stream->out, buf_str(&call->reply), call->reply.len);
	LIST_INSERT_HEAD(&s->streams, stream, link);
	s->stream_count++;
	topic_add(s, stream->topic);
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream,
						     free_stream);
	if (response == NULL)
		panic("MHD_create_response: out of memory");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, call->reply_type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	http_add_headers(response);
	http_count_reply(call, 200);
	queued = MHD_queue_response(call->connection, 200, response);
	MHD_destroy_response(response);
	call->answered = true;
	return queued;
}

static void wake(struct http_stream *stream)
{
	if (!stream->waiting)
		return;
	stream->waiting = false;
	MHD_resume_connection(stream->connection);
}

void http_stream_publish(struct http_server *s, const struct http_event *event)
{
	struct http_stream *stream;

	for (stream = LIST_FIRST(&s->streams); stream != NULL; stream = LIST_NEXT(stream, link)) {
		if (stream->topic != event->topic)
			continue;
		if (!buf_add(&stream->out, event->text, event->len) || event->last)
			stream->ending = true;
		wake(stream);
	}
}

void http_streams_end(struct http_server *s)
{
	struct http_stream *stream;

	for (stream = LIST_FIRST(&s->streams); stream != NULL; stream = LIST_NEXT(stream, link)) {
		stream->ending = true;
		wake(stream);
	}
}
