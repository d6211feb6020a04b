/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* http_call - a request as a worker sees it. */
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/web/http_internal.h"

#define BODY_WAIT_MS 60000 /* longer than the sweep lets a stream stand still */

const char *const http_kept[HTTP_KEPT_MAX] = {
	"authorization", "content-type",   "idempotency-key", "cookie",	    "host",
	"origin",	 "sec-fetch-site", "x-vestnik-web",   "user-agent", "purpose",
	"sec-purpose",	 "x-purpose",	   "x-moz",
};

const struct http_route *http_call_route(const struct http_call *call)
{
	return call->route;
}

const char *http_param(const struct http_call *call, size_t i)
{
	return i < HTTP_PARAMS_MAX && call->params[i] != NULL ? call->params[i] : "";
}

const char *http_query(const struct http_call *call, const char *name)
{
	for (size_t i = 0; i < call->query_count; i++)
		if (strcmp(call->query[i].name, name) == 0)
			return call->query[i].value;
	return NULL;
}

bool http_query_unknown(const struct http_call *call, const char *const *known,
			const char **unknown_out)
{
	for (size_t i = 0; i < call->query_count; i++) {
		const char *const *k = known;

		while (*k != NULL && strcmp(*k, call->query[i].name) != 0)
			k++;
		if (*k == NULL) {
			*unknown_out = call->query[i].name;
			return true;
		}
	}
	return false;
}

const char *http_header(const struct http_call *call, const char *name)
{
	for (size_t i = 0; http_kept[i] != NULL; i++)
		if (strcmp(http_kept[i], name) == 0)
			return call->header[i];
	panic("http_header: %s is not kept", name);
}

const char *http_any_header(const struct http_call *call, const char *name)
{
	const char *const *more = call->server->headers;

	for (size_t i = 0; http_kept[i] != NULL; i++)
		if (strcasecmp(http_kept[i], name) == 0)
			return call->header[i];
	for (size_t i = 0; more != NULL && i < HTTP_MORE_MAX && more[i] != NULL; i++)
		if (strcasecmp(more[i], name) == 0)
			return call->more[i];
	return NULL;
}

const char *http_raw_query(const struct http_call *call)
{
	return call->raw_query != NULL ? call->raw_query : "";
}

bool http_cookie(const struct http_call *call, const char *name, char *out, size_t size)
{
	const char *at = http_header(call, "cookie");
	size_t name_len = strlen(name);

	while (at != NULL) {
		size_t len;

		at += strspn(at, " \t;");
		len = strcspn(at, ";");
		if (len > name_len && strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
			len -= name_len + 1;
			if (len >= size)
				return false;
			memcpy(out, at + name_len + 1, len);
			out[len] = '\0';
			return true;
		}
		at = at[len] != '\0' ? at + len : NULL;
	}
	return false;
}

const char *http_peer(const struct http_call *call)
{
	return call->peer;
}

void http_call_address(const struct http_call *call, char out[ADDRESS_SIZE])
{
	address_of_caller(call->server->trusted, call->peer, call->forwarded, out);
}

bool http_is_head(const struct http_call *call)
{
	return call->head;
}

enum lang http_lang(const struct http_call *call)
{
	return call->lang;
}

const char *http_body(const struct http_call *call, size_t *len_out)
{
	*len_out = call->body.len;
	return buf_str(&call->body);
}

static void tell_drained(struct http_call *call)
{
	call->drained_note = (struct http_note){.kind = HTTP_EVENT_DRAINED, .call = call};
	queue_put(call->server->events, &call->drained_note, UINT64_MAX);
}

bool http_body_read(struct http_call *call, void *out, size_t size, size_t *len_out,
		    struct err *err)
{
	bool drained;
	enum body_outcome outcome =
		body_take(call->pipe, out, size, clock_mono_ms() + BODY_WAIT_MS, len_out, &drained);

	if (drained)
		tell_drained(call);
	if (outcome == BODY_DATA || outcome == BODY_END)
		return true;
	return err_set(err, ERR_LOST,
		       outcome == BODY_GONE ? "the client went away in the middle of the body"
					    : "the body stood still for too long");
}

void http_call_handle(struct http_call *call, void *worker)
{
	call->route->handler(call, worker);
}

void http_call_done(struct http_call *call)
{
	call->done_note = (struct http_note){.kind = HTTP_EVENT_DONE, .call = call};
	queue_put(call->server->events, &call->done_note, UINT64_MAX);
}
